// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_sockstat.c - a namespace's own counts, whole, odd and broken */
#include "base/util.h"
#include "netns/internal.h"
#include "proc_tree.h"
#include "unit.h"

#define SOCKSTAT                                                    \
	"sockets: used 17\nTCP: inuse 1 orphan 0 tw 3 alloc 4 mem " \
	"365\nUDP: inuse 0 mem 0\n"
#define PROTOCOLS                                             \
	"protocol  size sockets  memory press maxhdr  slab\n" \
	"MPTCPv6   2064      5     365   no       0   yes\n"  \
	"UDP-Lite  1344      9       0   NI       0   yes\n"  \
	"TCPv6     2432      2     365   no     192   yes\n"  \
	"UNIX-STREAM 1152    2      -1   NI       0   yes\n"  \
	"MPTCP     1936      6     365   no       0   yes\n"  \
	"TCP       2304      7     365   no     192   yes\n"

static int read_counts(const char *sockstat, const char *protocols,
		       struct tm_sockstat *stat)
{
	tree_file(&tree, "7/net/sockstat", sockstat);
	tree_file(&tree, "7/net/protocols", protocols);
	return tm_sockstat_read(ctx, "7/net", stat);
}

/* "TCP sockets, both families"; "MPTCP connections" */
START_TEST(test_counts)
{
	struct tm_sockstat stat;

	ck_assert_int_eq(read_counts(SOCKSTAT, PROTOCOLS, &stat), 0);
	ck_assert_uint_eq(stat.inuse, 9);
	ck_assert_uint_eq(stat.time_wait, 3);
	ck_assert_uint_eq(stat.mptcp, 11);
	ck_assert(stat.has_mptcp);
	ck_assert(!tm_sockstat_is_empty(&stat));
}
END_TEST

START_TEST(test_kernel_without_ipv6_and_mptcp)
{
	struct tm_sockstat stat;

	ck_assert_int_eq(read_counts("TCP: inuse 0 tw 0 mem 1\n",
				     "TCP 2304 0 365 no\n", &stat),
			 0);
	ck_assert(tm_sockstat_is_empty(&stat));
	ck_assert(!stat.has_mptcp);
}
END_TEST

/* "6.1 counts none, however many there are": it has the protocol all the same
 */
START_TEST(test_kernel_that_counts_no_mptcp)
{
	struct tm_sockstat stat;

	ck_assert_int_eq(read_counts("TCP: inuse 4 tw 0 mem 1\n",
				     "MPTCP 1936 0 365 no\n"
				     "TCP 2304 4 365 no\n",
				     &stat),
			 0);
	ck_assert_uint_eq(stat.mptcp, 0);
	ck_assert(stat.has_mptcp);
}
END_TEST

/* "whether the namespace ever sent or was sent an MPTCP handshake" */
START_TEST(test_mptcp_that_was_used)
{
	static const struct {
		const char *netstat;
		bool used;
	} some[] = {
		{ "MPTcpExt: MPCapableSYNRX Retrans\nMPTcpExt: 0 0\n", false },
		{ "MPTcpExt: A B\nMPTcpExt: 0 10\nXExt: A\n", true },
		{ "MPTcpExt: A B\nMPTcpExt: 0 0\nXExt: 7\n", false },
		{ "TcpExt: A\nTcpExt: 7\n", false },
		{ "MPTcpExt: A1\n", false },
		{ "MPTcpExt: A1\nMPTcpExt: ", false },
		{ "", false },
	};

	ck_assert(!tm_sockstat_used_mptcp(ctx, "7/net"));
	for (size_t i = 0; i < TM_ARRAY_SIZE(some); i++) {
		tree_file(&tree, "7/net/netstat", some[i].netstat);
		ck_assert_int_eq(tm_sockstat_used_mptcp(ctx, "7/net"),
				 some[i].used);
	}
}
END_TEST

/* Asking 200 namespaces costs: those without a socket are not asked further. */
START_TEST(test_no_sockets_at_all)
{
	struct tm_sockstat stat;

	tree_file(&tree, "7/net/sockstat",
		  "sockets: used 0\nTCP: inuse 0 orphan 9 tw 0 alloc 9\n");
	tree_file(&tree, "7/net/sockstat6", "TCP6: inuse 0\n");
	ck_assert_int_eq(tm_sockstat_read(ctx, "7/net", &stat), 0);
	ck_assert(tm_sockstat_is_empty(&stat));
}
END_TEST

/* A mini-socket is no socket; the kernel's own are in no count but TCP's. */
START_TEST(test_what_is_asked_further)
{
	static const char *const some[][2] = {
		{ "sockets: used 1\nTCP: inuse 0 tw 0\n", "TCP6: inuse 0\n" },
		{ "sockets: used 0\nTCP: inuse 1 tw 0\n", "TCP6: inuse 0\n" },
		{ "sockets: used 0\nTCP: inuse 0 tw 0\n", "TCP6: inuse 1\n" },
		{ "sockets: used 0\nTCP: inuse 0 tw 0\n", "TCP6: in" },
		{ "TCP: inuse 0 tw 0\n", "TCP6: inuse 0\n" },
	};
	struct tm_sockstat stat;

	for (size_t i = 0; i < TM_ARRAY_SIZE(some); i++) {
		tree_file(&tree, "7/net/sockstat6", some[i][1]);
		ck_assert_int_eq(read_counts(some[i][0], PROTOCOLS, &stat), 0);
		ck_assert_uint_eq(stat.inuse, 9);
		ck_assert_uint_eq(stat.mptcp, 11);
	}
	tree_file(&tree, "7/net/sockstat6", "TCP6: inuse 0\n");
	ck_assert_int_eq(read_counts("sockets: used 0\nTCP: inuse 0 tw 5\n",
				     PROTOCOLS, &stat),
			 0);
	ck_assert_uint_eq(stat.time_wait, 5);
	ck_assert(!tm_sockstat_is_empty(&stat));
}
END_TEST

/* Each count alone makes a namespace worth a walk. */
START_TEST(test_what_is_empty)
{
	ck_assert(tm_sockstat_is_empty(&(struct tm_sockstat){ 0 }));
	ck_assert(!tm_sockstat_is_empty(&(struct tm_sockstat){ .inuse = 1 }));
	ck_assert(
		!tm_sockstat_is_empty(&(struct tm_sockstat){ .time_wait = 1 }));
	ck_assert(!tm_sockstat_is_empty(&(struct tm_sockstat){ .mptcp = 1 }));
}
END_TEST

/* "-EBADMSG if a count is not there": never taken for 0. */
START_TEST(test_broken)
{
	struct tm_sockstat stat = { .inuse = 42 };

	ck_assert_int_eq(read_counts("", PROTOCOLS, &stat), -EBADMSG);
	ck_assert_int_eq(read_counts("TCP: inuse 1", PROTOCOLS, &stat),
			 -EBADMSG);
	ck_assert_int_eq(read_counts("TCP: inuse 1 tw ", PROTOCOLS, &stat),
			 -EBADMSG);
	ck_assert_int_eq(
		read_counts("TCP: inuse 1\nX: tw 1\n", PROTOCOLS, &stat),
		-EBADMSG);
	ck_assert_int_eq(read_counts(SOCKSTAT, "", &stat), -EBADMSG);
	ck_assert_int_eq(read_counts(SOCKSTAT, "TCP 2304 x\n", &stat),
			 -EBADMSG);
	ck_assert_int_eq(read_counts(SOCKSTAT, "TCP 1 1\nTCPv6 1\n", &stat),
			 -EBADMSG);
	ck_assert_uint_eq(stat.inuse, 42);
}
END_TEST

START_TEST(test_missing)
{
	struct tm_sockstat stat;

	ck_assert_int_eq(tm_sockstat_read(ctx, "8/net", &stat), -ENOENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sockstat");
	TCase *tcase = tcase_create("sockstat");

	tcase_add_checked_fixture(tcase, proc_tree_make, proc_tree_remove);
	tcase_add_test(tcase, test_counts);
	tcase_add_test(tcase, test_kernel_without_ipv6_and_mptcp);
	tcase_add_test(tcase, test_kernel_that_counts_no_mptcp);
	tcase_add_test(tcase, test_mptcp_that_was_used);
	tcase_add_test(tcase, test_no_sockets_at_all);
	tcase_add_test(tcase, test_what_is_asked_further);
	tcase_add_test(tcase, test_what_is_empty);
	tcase_add_test(tcase, test_broken);
	tcase_add_test(tcase, test_missing);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
