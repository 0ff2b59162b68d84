// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_reconcile.c - verdicts and causes of bytes, over made-up accounting */
#include "in_use.h"
#include "reconcile_fixture.h"
#include "unit.h"

START_TEST(test_agrees)
{
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_AGREES);
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_CHARGED), 100 * MIB);
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_KERNEL), 100 * MIB);
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_RESIDUAL), 0);
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_TOLERANCE), 2 * MIB);
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_SOCKETS_SEEN), 1000);
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_SOCKETS_KERNEL), 1000);
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN), 0);
	ck_assert_ptr_null(tcpmem_reconciliation_get_cause(r, 0, NULL));
}
END_TEST

/* "tolerance CPUs x mem_pcpu_rsv": to the byte, on both sides */
START_TEST(test_tolerance_is_exact)
{
	static const struct {
		int64_t apart;
		enum tcpmem_verdict verdict;
	} cases[] = {
		{ 2 * MIB, TCPMEM_VERDICT_AGREES },
		{ 2 * MIB + 1, TCPMEM_VERDICT_UNEXPLAINED },
		{ -2 * MIB, TCPMEM_VERDICT_AGREES },
		{ -2 * MIB - 1, TCPMEM_VERDICT_UNEXPLAINED },
	};

	snap.accounting.after.memory += cases[_i].apart;
	snap.accounting.before = snap.accounting.after;
	ck_assert_int_eq(judge(), cases[_i].verdict);
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_RESIDUAL),
			 cases[_i].apart);
}
END_TEST

/* "the kernel's count moved by as much while sockets were read" */
START_TEST(test_moving_kernel)
{
	snap.accounting.after.memory += 10 * MIB;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_EXPLAINED);
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_MOVED), 10 * MIB);
	assert_one_cause(TCPMEM_CAUSE_RACE);
}
END_TEST

/* A race that did not happen, or was too small, is not to blame. */
START_TEST(test_race_accounts_for_no_more_than_moved)
{
	snap.accounting.charged = 87 * MIB;
	snap.accounting.after.memory += 10 * MIB;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	assert_one_cause(TCPMEM_CAUSE_NOT_KNOWN);
	tcpmem_reconciliation_free(r);
	snap.accounting.charged = 88 * MIB;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	tcpmem_reconciliation_free(r);
	snap.accounting.charged = 98 * MIB;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_EXPLAINED);
}
END_TEST

/* "the kernel does not show its MPTCP sockets": known before it is guessed */
START_TEST(test_mptcp_missing)
{
	snap.accounting.before.memory = snap.accounting.after.memory =
		110 * MIB;
	ck_assert_int_eq(tm_warnings_add(&snap.warnings,
					 TCPMEM_WARNING_MPTCP_MISSING, "x"),
			 0);
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	assert_one_cause(TCPMEM_CAUSE_MPTCP_MISSING);
	tm_warnings_clear(&snap.warnings);
}
END_TEST

START_TEST(test_excess)
{
	snap.accounting.before.memory = snap.accounting.after.memory =
		110 * MIB;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	ck_assert_str_eq(tcpmem_reconciliation_get_text(r),
			 "10485760 bytes unexplained");
	assert_one_cause(TCPMEM_CAUSE_NOT_KNOWN);
}
END_TEST

START_TEST(test_ktls)
{
	snap.accounting.before.memory = snap.accounting.after.memory =
		110 * MIB;
	snap.accounting.tls = true;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	assert_one_cause(TCPMEM_CAUSE_KTLS);
}
END_TEST

/* "a record and its encrypted copy, of which one was charged in whole pages" */
START_TEST(test_ktls_covers_what_is_overdrawn)
{
	struct tcpmem_socket sock = { .skmem_words = TM_SKMEM_WORDS };
	struct tcpmem_socket subflow = { .skmem_words = TM_SKMEM_WORDS,
					 .flags = TM_SOCK_SUBFLOW };

	sock.skmem[SK_MEMINFO_FWD_ALLOC] = (uint32_t)-MIB;
	subflow.skmem[SK_MEMINFO_FWD_ALLOC] = (uint32_t)-MIB;
	tm_accounting_add(&snap.accounting, &sock, PAGE);
	tm_accounting_add(&snap.accounting, &subflow, PAGE);
	ck_assert_int_eq(snap.accounting.overdrawn, 1);
	ck_assert_int_eq(snap.accounting.overdrawn_least, MIB);
	ck_assert_int_eq(snap.accounting.overdrawn_most, 2 * (MIB + PAGE));
	snap.accounting.charged = 96 * MIB - 2 * PAGE;
	snap.accounting.before.sockets = snap.accounting.after.sockets =
		snap.accounting.sockets;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	tcpmem_reconciliation_free(r);
	snap.accounting.tls = true;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_EXPLAINED);
	assert_one_cause(TCPMEM_CAUSE_KTLS);
	tcpmem_reconciliation_free(r);
	snap.accounting.charged--;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
}
END_TEST

START_TEST(test_zerocopy)
{
	snap.accounting.charged += 8 * MIB;
	snap.accounting.zerocopy = 1;
	snap.accounting.zerocopy_queued = 8 * MIB;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_EXPLAINED);
	assert_one_cause(TCPMEM_CAUSE_ZEROCOPY);
}
END_TEST

/* "has a known cause that covers it": more than the queues hold is not */
START_TEST(test_zerocopy_covers_its_queues_only)
{
	snap.accounting.charged += 20 * MIB;
	snap.accounting.zerocopy = 1;
	snap.accounting.zerocopy_queued = 8 * MIB;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	assert_one_cause(TCPMEM_CAUSE_ZEROCOPY);
}
END_TEST

START_TEST(test_bypass)
{
	snap.accounting.charged += 8 * MIB;
	snap.accounting.bypass = true;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	assert_one_cause(TCPMEM_CAUSE_BYPASS);
}
END_TEST

START_TEST(test_narrowed)
{
	snap.accounting.narrowed = true;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_AGREES);
	tcpmem_reconciliation_free(r);
	snap.accounting.charged = MIB;
	snap.accounting.sockets = 3;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_NARROWED);
	assert_one_cause(TCPMEM_CAUSE_NARROWED);
}
END_TEST

/* "-ENODATA if the kernel's side could not be read" */
START_TEST(test_unknown)
{
	int64_t value;

	snap.accounting.after.known = false;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNKNOWN);
	ck_assert_str_eq(tcpmem_reconciliation_get_text(r),
			 "the kernel's own counts could not be read");
	ck_assert_int_eq(tcpmem_reconciliation_get_metric(
				 r, TCPMEM_RECONCILE_METRIC_KERNEL, &value),
			 -ENODATA);
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_CHARGED), 100 * MIB);
	ck_assert_int_eq(tcpmem_reconciliation_get_metric(
				 r,
				 (enum tcpmem_reconcile_metric)
					 TCPMEM_RECONCILE_METRIC_COUNT,
				 &value),
			 -ENODATA);
}
END_TEST

START_TEST(test_counters_missing)
{
	int64_t value;

	snap.accounting.before.memory = snap.accounting.after.memory =
		110 * MIB;
	snap.accounting.uncounted = 4;
	/* what they hold may be all of it, or nothing */
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNKNOWN);
	ck_assert_str_eq(tcpmem_reconciliation_get_text(r),
			 "the counters of 4 sockets could not be read");
	assert_one_cause(TCPMEM_CAUSE_COUNTERS_MISSING);
	/* a race that covers it needs nothing of them */
	tcpmem_reconciliation_free(r);
	snap.accounting.before.memory = 100 * MIB;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_EXPLAINED);
	ck_assert_int_eq(first_cause(), TCPMEM_CAUSE_COUNTERS_MISSING);
	/* and sockets that are missing are missing */
	tcpmem_reconciliation_free(r);
	snap.accounting.before.sockets = snap.accounting.after.sockets = 1012;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	snap.accounting.before.sockets = snap.accounting.after.sockets = 1000;
	/* "a counter that the kernel did not report is unknown, never 0" */
	tcpmem_reconciliation_free(r);
	snap.accounting.uncounted =
		snap.accounting.sockets + snap.accounting.msks + 1;
	judge();
	ck_assert_int_eq(tcpmem_reconciliation_get_verdict(r),
			 TCPMEM_VERDICT_UNKNOWN);
	ck_assert_str_eq(tcpmem_reconciliation_get_text(r),
			 "the sockets' own counters could not be read");
	ck_assert_int_eq(tcpmem_reconciliation_get_metric(
				 r, TCPMEM_RECONCILE_METRIC_CHARGED, &value),
			 -ENODATA);
}
END_TEST

START_TEST(test_names)
{
	for (int i = 0; i < TCPMEM_RECONCILE_METRIC_COUNT; i++)
		ck_assert_ptr_nonnull(tcpmem_reconcile_metric_describe(
					      (enum tcpmem_reconcile_metric)i)
					      ->json);
	for (int i = 0; i < TCPMEM_VERDICT_COUNT; i++)
		ck_assert_ptr_nonnull(
			tcpmem_verdict_describe((enum tcpmem_verdict)i)->name);
	for (int i = 0; i < TCPMEM_CAUSE_COUNT; i++)
		ck_assert_ptr_nonnull(
			tcpmem_cause_describe((enum tcpmem_cause)i)->name);
	ck_assert_ptr_null(tcpmem_verdict_describe(
				   (enum tcpmem_verdict)TCPMEM_VERDICT_COUNT)
				   ->name);
}
END_TEST

/* "a counter that the kernel did not report is unknown": of each socket */
START_TEST(test_none_is_counted)
{
	int64_t value;

	snap.accounting.msks = 2;
	snap.accounting.subflows = 2;
	snap.accounting.uncounted = 1002;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNKNOWN);
	ck_assert_int_eq(tcpmem_reconciliation_get_metric(
				 r, TCPMEM_RECONCILE_METRIC_CHARGED, &value),
			 -ENODATA);
	ck_assert_int_eq(tcpmem_reconciliation_get_metric(
				 r, TCPMEM_RECONCILE_METRIC_RESIDUAL, &value),
			 -ENODATA);
	tcpmem_reconciliation_free(r);
	snap.accounting.uncounted = 1001;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_AGREES);
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_CHARGED), 100 * MIB);
}
END_TEST

/* What is covered, to the byte, where our sum is the larger one */
START_TEST(test_lack_is_covered_exactly)
{
	snap.accounting.charged = 110 * MIB;
	snap.accounting.zerocopy = 1;
	snap.accounting.zerocopy_queued = 8 * MIB;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_EXPLAINED);
	tcpmem_reconciliation_free(r);
	snap.accounting.charged++;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	tcpmem_reconciliation_free(r);
	/* and what the kernel's count fell by meanwhile */
	snap.accounting.zerocopy = snap.accounting.zerocopy_queued = 0;
	snap.accounting.before.memory = 110 * MIB;
	snap.accounting.charged = 112 * MIB;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_EXPLAINED);
	assert_one_cause(TCPMEM_CAUSE_RACE);
	tcpmem_reconciliation_free(r);
	snap.accounting.charged++;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	assert_one_cause(TCPMEM_CAUSE_NOT_KNOWN);
}
END_TEST

/* Bytes that sockets without counters may hold are not unexplained. */
START_TEST(test_one_without_counters)
{
	snap.accounting.before.memory = snap.accounting.after.memory =
		110 * MIB;
	snap.accounting.uncounted = 1;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNKNOWN);
	ck_assert_str_eq(tcpmem_reconciliation_get_text(r),
			 "the counters of 1 socket could not be read");
	ck_assert_str_eq(tcpmem_reconciliation_get_cause(r, 0, NULL),
			 "1 socket came without counters");
	tcpmem_reconciliation_free(r);
	snap.accounting.before.sockets = snap.accounting.after.sockets = 1012;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	ck_assert_str_eq(tcpmem_reconciliation_get_text(r),
			 "12 sockets unseen");
	tcpmem_reconciliation_free(r);
	/* what our sum has more they cannot hold */
	snap.accounting.charged = 120 * MIB;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	ck_assert_str_eq(tcpmem_reconciliation_get_text(r),
			 "-10485760 bytes unexplained, 12 sockets unseen");
}
END_TEST

static void reconcile_and_free(void)
{
	ck_assert_int_eq(tcpmem_reconcile(&snap, &r), 0);
	tcpmem_reconciliation_free(r);
	r = NULL;
}

START_TEST(test_freed)
{
	snap.accounting.uncounted = 4;
	snap.accounting.before.sockets = snap.accounting.after.sockets = 1012;
	snap.accounting.denied = true;
	LEAVES_NOTHING(reconcile_and_free());
	tcpmem_reconciliation_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reconcile");
	TCase *tcase = tcase_create("reconcile");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_agrees);
	tcase_add_loop_test(tcase, test_tolerance_is_exact, 0, 4);
	tcase_add_test(tcase, test_moving_kernel);
	tcase_add_test(tcase, test_race_accounts_for_no_more_than_moved);
	tcase_add_test(tcase, test_mptcp_missing);
	tcase_add_test(tcase, test_excess);
	tcase_add_test(tcase, test_ktls);
	tcase_add_test(tcase, test_ktls_covers_what_is_overdrawn);
	tcase_add_test(tcase, test_zerocopy);
	tcase_add_test(tcase, test_zerocopy_covers_its_queues_only);
	tcase_add_test(tcase, test_bypass);
	tcase_add_test(tcase, test_narrowed);
	tcase_add_test(tcase, test_unknown);
	tcase_add_test(tcase, test_counters_missing);
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_none_is_counted);
	tcase_add_test(tcase, test_lack_is_covered_exactly);
	tcase_add_test(tcase, test_one_without_counters);
	tcase_add_test(tcase, test_freed);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
