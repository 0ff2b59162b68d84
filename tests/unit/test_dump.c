// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_dump.c - a namespace is counted and dumped, or refuses to be */
#include "collect_fixture.h"
#include "unit.h"

#define LISTED                                                                \
	"  sl  local_address rem_address   st\n"                              \
	"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 " \
	"00000000     0        0 11 1 0 100 0 0 10 0\n"

#define MAX_PATH "sys/net/ipv4/tcp_max_tw_buckets"

/* Counts of @tw sockets in TIME_WAIT besides two others */
static void set_time_wait(int tw)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "sockets: used 9\nTCP: inuse 2 orphan 0 tw %d alloc 4 mem 0\n",
		 tw);
	replace_file("net/sockstat", text);
}

/* "The kernel has no sock_diag, or [...] refuses it" */
START_TEST(each_refusal_leads_to_the_list)
{
	static const struct {
		int error;
		int opens; /* some have the dump asked for by family */
	} some[] = {
		{ EPERM, 1 },	     { EACCES, 1 },	     { ENOSYS, 1 },
		{ EAFNOSUPPORT, 1 }, { EINVAL, 2 },	     { EOPNOTSUPP, 2 },
		{ ENOENT, 2 },	     { EPROTONOSUPPORT, 2 },
	};

	set_counts(1, 1);
	for (int i = 0; i < some[_i].opens; i++)
		script_next(fake.script[OWN])->error = -some[_i].error;
	tree_file(&tree, "list/1/tcp", LISTED);
	make_plan(0, TM_SINK_KEEP);
	take();
	ck_assert_uint_eq(snap->sockets.count, 1);
	ck_assert_uint_eq(snap->sockets.sock[0].inode, 11);
	ck_assert(tm_warnings_have(&snap->warnings,
				   TCPMEM_WARNING_SOCK_DIAG_CLOSED));
}
END_TEST

/* What is not a refusal is an error, though a list is there. */
START_TEST(errors_that_are_no_refusals)
{
	static const int errors[] = { EMFILE, ENOMEM, EIO };

	script_next(fake.script[OWN])->error = -errors[_i];
	tree_file(&tree, "list/1/tcp", LISTED);
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_keep_take(&plan, &cache, &snap), -errors[_i]);
	snap = NULL;
}
END_TEST

/* Behind a socket an error is none of the request. */
START_TEST(who_has_sent_a_socket_is_not_closed)
{
	struct script_open *open = script_next(fake.script[OWN]);

	script_datagram(open);
	script_socket(open, 1, 100, 1);
	script_end(open, 1, NLMSG_DONE, -EPERM);
	tree_file(&tree, "list/1/tcp", LISTED);
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_keep_take(&plan, &cache, &snap), -EPERM);
	snap = NULL;
}
END_TEST

/* "as it is where no TIME_WAIT socket makes it matter", and of one's own */
START_TEST(time_wait_has_its_limit)
{
	add_process(10, "net:[1]", "/dev/null");
	add_process(20, "net:[2]", "/dev/null");
	tree_file(&tree, MAX_PATH, "4096\n");
	set_counts(2, 4);
	set_time_wait(_i ? 3 : 0);
	script_dump(OWN, 1, 100, 2);
	script_dump(OTHER, 1, 102, 2);
	make_plan(0, TM_SINK_KEEP);
	take();
	ck_assert_uint_eq(snap->netns_count, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(snap->netns[i].time_wait, _i ? 3 : 0);
		ck_assert_int_eq(snap->netns[i].time_wait_max,
				 _i || snap->netns[i].own ? 4096
							  : TCPMEM_UNKNOWN);
	}
}
END_TEST

START_TEST(a_limit_that_makes_no_sense_is_unknown)
{
	static const char *const texts[] = { "1152921504606846976\n",
					     "1152921504606846977\n", "x\n" };

	tree_file(&tree, MAX_PATH, texts[_i]);
	script_dump(OWN, 1, 100, 2);
	make_plan(0, TM_SINK_KEEP);
	take();
	ck_assert_int_eq(snap->netns[0].time_wait_max,
			 _i ? TCPMEM_UNKNOWN : TM_FACT_MAX);
}
END_TEST

/* "MPTCP is in use and the kernel does not show its sockets" */
START_TEST(msks_that_are_not_shown)
{
	static const struct {
		int msks;
		const char *netstat;
		bool warned;
	} some[] = {
		{ 1, NULL, true },
		{ 0, "MPTcpExt: A\nMPTcpExt: 1\n", true },
		{ 0, "MPTcpExt: A\nMPTcpExt: 0\n", false },
		{ 0, NULL, false },
	};
	struct script_open *open = script_next(fake.script[OWN]);
	char text[128];

	script_datagram(open);
	script_end(open, 1, NLMSG_DONE, -ENOENT);
	script_dump(OWN, 2, 100, 2);
	snprintf(text, sizeof(text), "TCP 2304 2 0 no\nMPTCP 1936 %d 0 no\n",
		 some[_i].msks);
	tree_file(&tree, "net/protocols", text);
	if (some[_i].netstat)
		tree_file(&tree, "net/netstat", some[_i].netstat);
	make_plan(0, TM_SINK_KEEP);
	take();
	ck_assert_uint_eq(snap->sockets.count, 2);
	ck_assert_int_eq(
		tm_warnings_have(&snap->warnings, TCPMEM_WARNING_MPTCP_MISSING),
		some[_i].warned);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dump");
	TCase *tc = tcase_create("dump");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, each_refusal_leads_to_the_list, 0, 8);
	tcase_add_loop_test(tc, errors_that_are_no_refusals, 0, 3);
	tcase_add_test(tc, who_has_sent_a_socket_is_not_closed);
	tcase_add_loop_test(tc, time_wait_has_its_limit, 0, 2);
	tcase_add_loop_test(tc, a_limit_that_makes_no_sense_is_unknown, 0, 3);
	tcase_add_loop_test(tc, msks_that_are_not_shown, 0, 4);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
