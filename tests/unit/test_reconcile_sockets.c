// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_reconcile_sockets.c - sockets that are counted, and those unseen */
#include "reconcile_fixture.h"
#include "unit.h"

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

START_TEST(test_dark)
{
	snap.accounting.dark = 3;
	judge();
	ck_assert_int_eq(number(TCPMEM_RECONCILE_METRIC_SOCKETS_DARK), 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reconcile_sockets");
	TCase *tcase = tcase_create("reconcile_sockets");

	tcase_add_checked_fixture(tcase, setup, teardown);
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
	tcase_add_test(tcase, test_narrowed_agrees_only_if_all_was_seen);
	tcase_add_test(tcase, test_accounting_count_as_the_kernel);
	tcase_add_test(tcase, test_accounting_know_zerocopy);
	tcase_add_test(tcase, test_dark);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
