// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_reconcile.c - verdicts and causes over made-up accounting */
#include "in_use.h"
#include "model/snapshot.h"
#include "tcpmem.h"
#include "unit.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <string.h>

#define PAGE 4096
#define MIB  (1 << 20)

static struct tcpmem_snapshot snap;
static struct tcpmem_reconciliation *r;

/* 2 CPUs that keep back 1 MiB each: 2 MiB are tolerated. */
static void setup(void)
{
	memset(&snap, 0, sizeof(snap));
	snap.host.fact[TCPMEM_HOST_METRIC_CPUS] = 2;
	snap.host.known[TCPMEM_HOST_METRIC_CPUS] = true;
	snap.host.fact[TCPMEM_HOST_METRIC_PCPU_RESERVE] = MIB;
	snap.host.known[TCPMEM_HOST_METRIC_PCPU_RESERVE] = true;
	snap.accounting.charged = 100 * MIB;
	snap.accounting.sockets = 1000;
	snap.accounting.before =
		(struct tm_host_counters){ true, 100 * MIB, 1000 };
	snap.accounting.after = snap.accounting.before;
	snap.accounting.fds_searched = true;
	r = NULL;
}

static void teardown(void)
{
	tcpmem_reconciliation_free(r);
}

static enum tcpmem_verdict judge(void)
{
	ck_assert_int_eq(tcpmem_reconcile(&snap, &r), 0);
	return tcpmem_reconciliation_get_verdict(r);
}

static int64_t number(enum tcpmem_reconcile_metric which)
{
	int64_t value;

	ck_assert_int_eq(tcpmem_reconciliation_get_metric(r, which, &value), 0);
	return value;
}

static enum tcpmem_cause first_cause(void)
{
	enum tcpmem_cause cause;

	ck_assert_str_ne(tcpmem_reconciliation_get_cause(r, 0, &cause), "");
	return cause;
}

static void assert_one_cause(enum tcpmem_cause cause)
{
	ck_assert_ptr_null(tcpmem_reconciliation_get_cause(r, 1, NULL));
	ck_assert_int_eq(first_cause(), cause);
}

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

START_TEST(test_unseen_sockets)
{
	snap.accounting.before.sockets = snap.accounting.after.sockets = 1012;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	ck_assert_str_eq(tcpmem_reconciliation_get_text(r),
			 "12 sockets unseen");
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN), 12);
	assert_one_cause(TCPMEM_CAUSE_UNREACHABLE);
}
END_TEST

START_TEST(test_unseen_sockets_and_bytes)
{
	snap.accounting.before.sockets = snap.accounting.after.sockets = 1012;
	snap.accounting.before.memory = snap.accounting.after.memory =
		110 * MIB;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_UNEXPLAINED);
	ck_assert_str_eq(tcpmem_reconciliation_get_text(r),
			 "10485760 bytes unexplained, 12 sockets unseen");
	assert_one_cause(TCPMEM_CAUSE_UNREACHABLE);
}
END_TEST

/* What was denied is named, and what was not is not. */
START_TEST(test_denied)
{
	snap.accounting.before.sockets = snap.accounting.after.sockets = 1012;
	snap.accounting.denied = true;
	judge();
	assert_one_cause(TCPMEM_CAUSE_NETNS_DENIED);
	tcpmem_reconciliation_free(r);
	snap.accounting.denied = false;
	snap.accounting.fds_denied = true;
	judge();
	assert_one_cause(TCPMEM_CAUSE_FDS_DENIED);
	tcpmem_reconciliation_free(r);
	snap.accounting.fds_denied = false;
	snap.accounting.fds_uncopied = true;
	judge();
	assert_one_cause(TCPMEM_CAUSE_FDS_DENIED);
	ck_assert_ptr_nonnull(strstr(
		tcpmem_reconciliation_get_cause(r, 0, NULL), "be copied"));
	tcpmem_reconciliation_free(r);
	snap.accounting.fds_uncopied = false;
	snap.accounting.proc_hidden = true;
	judge();
	assert_one_cause(TCPMEM_CAUSE_PROC_HIDDEN);
}
END_TEST

/* What holds no process that can be read was looked for first. */
START_TEST(test_processes_not_asked_for)
{
	snap.accounting.before.sockets = snap.accounting.after.sockets = 1012;
	snap.accounting.fds_searched = false;
	judge();
	assert_one_cause(TCPMEM_CAUSE_NOT_ASKED);
}
END_TEST

/* Sockets that were opened during the dump are not missing. */
START_TEST(test_socket_churn)
{
	snap.accounting.after.sockets = 1200;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_AGREES);
	tcpmem_reconciliation_free(r);
	snap.accounting.after.sockets = 900;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_AGREES);
}
END_TEST

/* "as far as the counts of the namespaces bear it out" */
START_TEST(test_unseen_is_borne_out)
{
	snap.accounting.before.sockets = snap.accounting.after.sockets = 1012;
	snap.accounting.unhashed_known = true;
	snap.accounting.bound = 3;
	snap.accounting.dark = 1;
	snap.accounting.unhashed = 4;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_AGREES);
	tcpmem_reconciliation_free(r);
	snap.accounting.unhashed = 9;
	judge();
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN), 5);
	tcpmem_reconciliation_free(r);
	snap.accounting.unhashed = 99;
	judge();
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN), 12);
}
END_TEST

/* "if states or a filter left others out, those that are in no tables" */
START_TEST(test_unfound)
{
	struct tm_accounting *accounting = &snap.accounting;

	accounting->before.sockets = accounting->after.sockets = 1012;
	ck_assert_int_eq(tm_accounting_unfound(accounting), 12);
	accounting->narrowed = true;
	ck_assert_int_eq(tm_accounting_unfound(accounting), 0);
	accounting->unhashed_known = true;
	accounting->unhashed = 9;
	accounting->bound = 3;
	accounting->dark = 1;
	accounting->left_out = 2;
	ck_assert_int_eq(tm_accounting_unfound(accounting), 3);
	accounting->left_out = 6;
	ck_assert_int_eq(tm_accounting_unfound(accounting), 0);
}
END_TEST

/* An msk without a subflow in a table has one in none, asked for or not. */
START_TEST(test_left_out)
{
	const struct tm_accounting all = { .bound = 5,
					   .msks = 4,
					   .subflows = 1 };
	struct tm_accounting part = {
		.narrowed = true,
		.unhashed_known = true,
		.unhashed = 10,
		.bound = 2,
		.msks = 2,
	};

	tm_accounting_leave_out(&part, &all);
	ck_assert_int_eq(part.left_out, 3 + 3 - 2);
	ck_assert_int_eq(tm_accounting_unfound(&part), 10 - 5 - 3);
}
END_TEST

/* A bound socket that only an fd led to is missing once, not twice. */
START_TEST(test_bound_and_dark)
{
	const struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_BOUND_INACTIVE,
		.kind = TCPMEM_KIND_DARK,
	};

	snap.accounting.before.sockets = snap.accounting.after.sockets = 1012;
	snap.accounting.unhashed_known = true;
	snap.accounting.unhashed = 9;
	tm_accounting_add(&snap.accounting, &sock, PAGE);
	ck_assert_int_eq(tm_accounting_unseen(&snap.accounting), 8);
}
END_TEST

/* "an msk keeps its first subflow": "one that shows none accounts for one" */
START_TEST(test_subflows_that_no_table_has)
{
	struct tcpmem_socket msk = { .flags = TM_SOCK_MPTCP };
	struct tcpmem_socket subflow = { .flags = TM_SOCK_SUBFLOW };

	snap.accounting.before.sockets = snap.accounting.after.sockets = 1003;
	tm_accounting_add(&snap.accounting, &msk, PAGE);
	tm_accounting_add(&snap.accounting, &msk, PAGE);
	tm_accounting_add(&snap.accounting, &subflow, PAGE);
	judge();
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN), 1);
	tcpmem_reconciliation_free(r);
	tm_accounting_add(&snap.accounting, &msk, PAGE);
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_AGREES);
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

/* What a filter left out is in the counts of its namespace all the same. */
START_TEST(test_narrowed_agrees_only_if_all_was_seen)
{
	int64_t value;

	snap.accounting.narrowed = true;
	snap.accounting.unhashed_known = true;
	snap.accounting.sockets = 999;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_NARROWED);
	ck_assert_int_eq(
		tcpmem_reconciliation_get_metric(
			r, TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN, &value),
		-ENODATA);
	tcpmem_reconciliation_free(r);
	snap.accounting.sockets = 1000;
	ck_assert_int_eq(judge(), TCPMEM_VERDICT_AGREES);
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_SOCKETS_UNSEEN), 0);
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

static struct tcpmem_socket full_socket(uint32_t queued, uint32_t optmem)
{
	struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_ESTABLISHED,
		.skmem_words = TM_SKMEM_WORDS,
	};

	sock.skmem[SK_MEMINFO_WMEM_QUEUED] = queued;
	sock.skmem[SK_MEMINFO_OPTMEM] = optmem;
	return sock;
}

/* "subflows, not msks, not mini-sockets"; bytes of all */
START_TEST(test_accounting_count_as_the_kernel)
{
	struct tcpmem_socket tcp = full_socket(2 * PAGE, 0);
	struct tcpmem_socket msk = tcp, subflow = tcp;
	struct tcpmem_socket mini = { .flags = TM_SOCK_MINI };
	struct tm_accounting accounting = { .denied = true };

	msk.flags = TM_SOCK_MPTCP;
	subflow.flags = TM_SOCK_SUBFLOW;
	tcp.skmem[SK_MEMINFO_FWD_ALLOC] = (uint32_t)-PAGE;
	tm_accounting_add(&accounting, &tcp, PAGE);
	tm_accounting_add(&accounting, &msk, PAGE);
	tm_accounting_add(&accounting, &subflow, PAGE);
	tm_accounting_add(&accounting, &mini, PAGE);
	ck_assert_int_eq(accounting.sockets, 2);
	ck_assert_int_eq(accounting.charged, 5 * PAGE);
	tm_accounting_forget(&accounting);
	ck_assert_int_eq(accounting.sockets, 0);
	ck_assert_int_eq(accounting.charged, 0);
	ck_assert(accounting.denied);
}
END_TEST

START_TEST(test_accounting_know_zerocopy)
{
	struct tcpmem_socket whole = full_socket(2 * PAGE, 100);
	struct tcpmem_socket plain = full_socket(2 * PAGE + 1, 0);
	struct tcpmem_socket marked = full_socket(2 * PAGE + 1, 100);
	struct tcpmem_socket dark = full_socket(0, 0);
	struct tcpmem_socket bare = { .state = TCPMEM_STATE_ESTABLISHED };
	struct tm_accounting accounting = { 0 };

	dark.kind = TCPMEM_KIND_DARK;
	tm_accounting_add(&accounting, &whole, PAGE);
	tm_accounting_add(&accounting, &plain, PAGE);
	ck_assert_int_eq(accounting.zerocopy, 0);
	tm_accounting_add(&accounting, &marked, PAGE);
	ck_assert_int_eq(accounting.zerocopy, 1);
	ck_assert_int_eq(accounting.zerocopy_queued, 2 * PAGE + 1);
	tm_accounting_add(&accounting, &dark, PAGE);
	tm_accounting_add(&accounting, &bare, PAGE);
	ck_assert_int_eq(accounting.dark, 1);
	ck_assert_int_eq(accounting.uncounted, 1);
	ck_assert_int_eq(accounting.sockets, 5);
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

START_TEST(test_dark)
{
	snap.accounting.dark = 3;
	judge();
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_SOCKETS_DARK), 3);
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
	tcase_add_test(tcase, test_unseen_sockets);
	tcase_add_test(tcase, test_unseen_sockets_and_bytes);
	tcase_add_test(tcase, test_denied);
	tcase_add_test(tcase, test_processes_not_asked_for);
	tcase_add_test(tcase, test_socket_churn);
	tcase_add_test(tcase, test_unseen_is_borne_out);
	tcase_add_test(tcase, test_unfound);
	tcase_add_test(tcase, test_left_out);
	tcase_add_test(tcase, test_bound_and_dark);
	tcase_add_test(tcase, test_subflows_that_no_table_has);
	tcase_add_test(tcase, test_narrowed);
	tcase_add_test(tcase, test_narrowed_agrees_only_if_all_was_seen);
	tcase_add_test(tcase, test_unknown);
	tcase_add_test(tcase, test_counters_missing);
	tcase_add_test(tcase, test_accounting_count_as_the_kernel);
	tcase_add_test(tcase, test_accounting_know_zerocopy);
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_none_is_counted);
	tcase_add_test(tcase, test_dark);
	tcase_add_test(tcase, test_lack_is_covered_exactly);
	tcase_add_test(tcase, test_one_without_counters);
	tcase_add_test(tcase, test_freed);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
