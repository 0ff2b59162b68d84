// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_netns_files.c - counts of a namespace by files that are kept open */
#include "base/util.h"
#include "netns/internal.h"
#include "proc_tree.h"
#include "unit.h"

#include <fcntl.h>

#define NET "thread-self/net/"

/* net/protocols counts what the small files do not */
#define PROTOCOLS "TCP 2304 90 365 no\nTCPv6 2432 9 365 no\nMPTCP 1936 5 0 no\n"

static struct tm_ns_files *files;
static struct tm_ns_files_look look;
static struct tm_sockstat stat_of;
static bool tls;

static void setup(void)
{
	proc_tree_make();
	memset(&look, 0, sizeof(look));
	tls = false;
}

static void teardown(void)
{
	tm_ns_files_close(files);
	proc_tree_remove();
}

static void put(const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), NET "%s", name);
	tree_file(&tree, path, text);
}

static void open_files(void)
{
	files = tm_ns_files_open(ctx);
	ck_assert_ptr_nonnull(files);
}

static int read_files(void)
{
	memset(&stat_of, 0x5a, sizeof(stat_of));
	return tm_ns_files_read(ctx, &look, files, &stat_of, &tls);
}

/* The lowest number that is free: more open files take a higher one. */
static int lowest_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

/* "NULL if they cannot be opened": without the first nothing is known */
START_TEST(there_must_be_a_sockstat)
{
	int free_before = lowest_fd();

	put("sockstat6", "TCP6: inuse 0\n");
	put("protocols", PROTOCOLS);
	ck_assert_ptr_null(tm_ns_files_open(ctx));
	put("sockstat", "sockets: used 1\nTCP: inuse 1 tw 2\n");
	open_files();
	ck_assert_int_gt(lowest_fd(), free_before);
	tm_ns_files_close(files);
	files = NULL;
	ck_assert_int_eq(lowest_fd(), free_before);
	tm_ns_files_close(NULL);
}
END_TEST

START_TEST(files_are_read_anew_each_time)
{
	put("sockstat", "sockets: used 1\nTCP: inuse 1 tw 2\n");
	put("protocols", PROTOCOLS);
	open_files();
	ck_assert_int_eq(read_files(), 0);
	ck_assert_uint_eq(stat_of.inuse, 99);
	ck_assert_uint_eq(stat_of.time_wait, 2);
	ck_assert_uint_eq(stat_of.mptcp, 5);
	ck_assert(stat_of.has_mptcp);
	put("sockstat", "sockets: used 1\nTCP: inuse 1 tw 3\n");
	put("protocols", "TCP 2304 91 365 no\n");
	ck_assert_int_eq(read_files(), 0);
	ck_assert_uint_eq(stat_of.inuse, 91);
	ck_assert_uint_eq(stat_of.time_wait, 3);
	ck_assert_uint_eq(stat_of.mptcp, 0);
	ck_assert(!stat_of.has_mptcp);
	/* not those of a path, which would be another's namespace */
	tree_file(&tree, "7/net/sockstat", "TCP: inuse 0 tw 77\n");
	ck_assert_int_eq(read_files(), 0);
	ck_assert_uint_eq(stat_of.time_wait, 3);
}
END_TEST

/* "-ENOENT if one of the files has come since" with its module */
START_TEST(a_file_that_has_come_since)
{
	int free_before;

	put("sockstat", "sockets: used 1\nTCP: inuse 1 tw 0\n");
	put("protocols", PROTOCOLS);
	open_files();
	free_before = lowest_fd();
	tm_ns_files_begin(ctx, &look);
	ck_assert(!look.ipv6_known);
	ck_assert(!look.tls_known);
	ck_assert_int_eq(read_files(), 0);
	put("sockstat6", "TCP6: inuse 0\n");
	tm_ns_files_begin(ctx, &look);
	ck_assert(look.ipv6_known);
	ck_assert(!look.tls_known);
	ck_assert_int_eq(read_files(), -ENOENT);
	look.ipv6_known = false;
	put("tls_stat", "TlsCurrTxSw 0\n");
	tm_ns_files_begin(ctx, &look);
	ck_assert(look.tls_known);
	ck_assert_int_eq(lowest_fd(), free_before);
	look.ipv6_known = false;
	ck_assert_int_eq(read_files(), -ENOENT);
	tm_ns_files_close(files);
	open_files();
	look.ipv6_known = true;
	ck_assert_int_eq(read_files(), 0);
}
END_TEST

/* "of a namespace that has TCP sockets and none in TIME_WAIT, msks are not
 * counted"
 */
START_TEST(tcp_alone_takes_the_small_files)
{
	static const struct {
		const char *v4, *v6;
		int ret;
		uint64_t inuse;
	} some[] = {
		{ "TCP: inuse 4 tw 0\n", "TCP6: inuse 3\n", 0, 7 },
		{ "TCP: inuse 4 tw 0\n", "TCP6: inuse 0\n", 0, 4 },
		{ "TCP: inuse 0 tw 0\n", "TCP6: inuse 3\n", 0, 3 },
		{ "TCP: inuse 4 tw 1\n", "TCP6: inuse 3\n", 0, 99 },
		{ "TCP: inuse 0 tw 0\n", "TCP6: inuse 0\n", 0, 99 },
		{ "TCP: inuse 18446744073709551615 tw 0\n", "TCP6: inuse 1\n",
		  -EBADMSG, 0 },
		{ "TCP: inuse 4 tw 0\n", "TCP6: in", -EBADMSG, 0 },
		{ "TCP: inuse 4\n", "TCP6: inuse 3\n", -EBADMSG, 0 },
		{ "TCP: tw 4\n", "TCP6: inuse 3\n", -EBADMSG, 0 },
		{ "", "TCP6: inuse 3\n", -EBADMSG, 0 },
	};

	look.tcp_alone = true;
	put("protocols", PROTOCOLS);
	put("sockstat", "");
	put("sockstat6", "");
	open_files();
	for (size_t i = 0; i < TM_ARRAY_SIZE(some); i++) {
		put("sockstat", some[i].v4);
		put("sockstat6", some[i].v6);
		ck_assert_int_eq(read_files(), some[i].ret);
		if (some[i].ret)
			continue;
		ck_assert_uint_eq(stat_of.inuse, some[i].inuse);
		ck_assert_uint_eq(stat_of.mptcp, some[i].inuse == 99 ? 5 : 0);
		ck_assert_int_eq(stat_of.has_mptcp, some[i].inuse == 99);
		ck_assert_uint_eq(stat_of.time_wait, i == 3);
	}
}
END_TEST

/* A kernel without IPv6 has no sockstat6: there are no such sockets. */
START_TEST(tcp_alone_without_ipv6)
{
	look.tcp_alone = true;
	put("sockstat", "TCP: inuse 4 tw 0\n");
	open_files();
	ck_assert_int_eq(read_files(), 0);
	ck_assert_uint_eq(stat_of.inuse, 4);
	/* what the small files do not tell is in the one that is missing */
	put("sockstat", "TCP: inuse 4 tw 1\n");
	ck_assert_int_eq(read_files(), -ENOENT);
	put("sockstat", "sockets: used 0\nTCP: inuse 0 tw 0\n");
	ck_assert_int_eq(read_files(), 0);
	ck_assert(tm_sockstat_is_empty(&stat_of));
}
END_TEST

START_TEST(errors_of_reading)
{
	look.tcp_alone = _i == 0;
	tree_dir(&tree, _i == 2 ? NET "protocols" : NET "sockstat6");
	put("sockstat", "sockets: used 0\nTCP: inuse 0 tw 0\n");
	if (_i != 2)
		put("protocols", PROTOCOLS);
	else
		put("sockstat", "sockets: used 1\nTCP: inuse 1 tw 0\n");
	open_files();
	if (_i == 1) { /* whether there are others is not known */
		ck_assert_int_eq(read_files(), 0);
		ck_assert_uint_eq(stat_of.inuse, 99);
	} else {
		ck_assert_int_eq(read_files(), -EISDIR);
	}
}
END_TEST

/* One may be longer than what is read at once. */
START_TEST(long_files_are_read_whole)
{
	char text[2048];

	put("sockstat", "");
	put("protocols", PROTOCOLS);
	open_files();
	for (int len = 1015; len < 1035; len++) {
		int behind = snprintf(text, sizeof(text), "%*s\nTCP: inuse 1",
				      len - 21, "x");

		ck_assert_int_eq(snprintf(text + behind,
					  sizeof(text) - (size_t)behind,
					  " tw 123\n") +
					 behind,
				 len);
		put("sockstat", text);
		ck_assert_int_eq(read_files(), 0);
		ck_assert_uint_eq(stat_of.time_wait, 123);
	}
}
END_TEST

/* "Two counters of software kTLS": either, if it is a number above 0 */
START_TEST(tls_is_there_if_a_counter_says_so)
{
	static const struct {
		const char *text;
		bool tls;
	} some[] = {
		{ "TlsCurrTxSw \t 2\nTlsCurrRxSw 0\n", true },
		{ "TlsCurrTxSw 0\nTlsCurrRxSw 1\n", true },
		{ "TlsCurrTxSw 0\nTlsCurrRxSw 0\n", false },
		{ "TlsCurrTxSw 1\nTlsCurrRxSw 0\n", true },
		{ "TlsCurrTxDevice 3\nTlsTxSw 4\n", false },
		{ "TlsCurrTxSw x\nTlsCurrRxSw\n", false },
		{ "", false },
	};

	put("sockstat", "sockets: used 1\nTCP: inuse 1 tw 0\n");
	put("protocols", PROTOCOLS);
	ck_assert(!tm_sockstat_has_tls(ctx));
	put("tls_stat", "");
	open_files();
	for (size_t i = 0; i < TM_ARRAY_SIZE(some); i++) {
		put("tls_stat", some[i].text);
		tls = !some[i].tls;
		ck_assert_int_eq(read_files(), 0);
		ck_assert_int_eq(tls, some[i].tls);
		ck_assert_int_eq(tm_sockstat_has_tls(ctx), some[i].tls);
	}
}
END_TEST

/* "unless there is no socket" */
START_TEST(tls_of_no_socket_is_not_asked_for)
{
	put("sockstat", "sockets: used 0\nTCP: inuse 0 tw 0\n");
	put("tls_stat", "TlsCurrTxSw 1\n");
	open_files();
	ck_assert_int_eq(read_files(), 0);
	ck_assert(!tls);
	put("sockstat", "sockets: x\nTCP: inuse 1 tw 0\n"); /* no protocols */
	ck_assert_int_eq(read_files(), -ENOENT);
	ck_assert(!tls);
}
END_TEST

/* Sums of both families that no number holds */
START_TEST(sums_that_overflow)
{
	static const char *const some[] = {
		"TCP 1 18446744073709551615\nTCPv6 1 1\n",
		"TCP 1 1\nMPTCP 1 18446744073709551615\nMPTCPv6 1 1\n",
	};

	put("sockstat", "sockets: used 1\nTCP: inuse 1 tw 0\n");
	put("protocols", some[_i]);
	open_files();
	ck_assert_int_eq(read_files(), -EBADMSG);
}
END_TEST

/* A protocol of either family is the kernel's MPTCP. */
START_TEST(either_family_has_mptcp)
{
	static const char *const some[] = { "MPTCP", "MPTCPv6" };
	char text[64];

	put("sockstat", "sockets: used 1\nTCP: inuse 1 tw 0\n");
	snprintf(text, sizeof(text), "TCP 1 1\n%s 1 3\n", some[_i]);
	put("protocols", text);
	open_files();
	ck_assert_int_eq(read_files(), 0);
	ck_assert(stat_of.has_mptcp);
	ck_assert_uint_eq(stat_of.mptcp, 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("netns_files");
	TCase *tc = tcase_create("netns_files");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, there_must_be_a_sockstat);
	tcase_add_test(tc, files_are_read_anew_each_time);
	tcase_add_test(tc, a_file_that_has_come_since);
	tcase_add_test(tc, tcp_alone_takes_the_small_files);
	tcase_add_test(tc, tcp_alone_without_ipv6);
	tcase_add_loop_test(tc, errors_of_reading, 0, 3);
	tcase_add_test(tc, long_files_are_read_whole);
	tcase_add_test(tc, tls_is_there_if_a_counter_says_so);
	tcase_add_test(tc, tls_of_no_socket_is_not_asked_for);
	tcase_add_loop_test(tc, sums_that_overflow, 0, 2);
	tcase_add_loop_test(tc, either_family_has_mptcp, 0, 2);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
