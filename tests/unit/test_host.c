// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_host.c - the kernel's own accounting, whole, in part and broken */
#include "base/ctx.h"
#include "base/util.h"
#include "host/internal.h"
#include "model/snapshot.h"
#include "tree.h"
#include "unit.h"

#define SOCKSTAT                                          \
	"sockets: used 16\n"                              \
	"TCP: inuse 21 orphan 22 tw 23 alloc 24 mem 25\n" \
	"UDP: inuse 3 mem 4\nFRAG: inuse 0 memory 0\n"
#define SOCKSTAT6 "TCP6: inuse 100\nUDP6: inuse 5\n"
#define PROTOCOLS                                \
	"protocol  size sockets  memory press\n" \
	"MPTCPv6   2064      5       0   no\n"   \
	"TCPv6     2432      6       0   no\n"   \
	"MPTCP     1936      7       0   no\n"   \
	"TCP       2304      8       0   no\n"

/* The files of a good tree and the facts that each gives. */
static const struct file {
	const char *path;
	const char *text;
	bool sys;
	struct {
		enum tcpmem_host_metric fact;
		int64_t value;
		bool pages;
	} gives[5];
	size_t count;
} files[] = {
	{ "sys/net/ipv4/tcp_mem",
	  "10\t11\t12\n",
	  false,
	  { { TCPMEM_HOST_METRIC_TCP_MEM_LOW, 10, true },
	    { TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE, 11, true },
	    { TCPMEM_HOST_METRIC_TCP_MEM_HIGH, 12, true } },
	  3 },
	{ "sys/net/ipv4/tcp_max_orphans",
	  "13\n",
	  false,
	  { { TCPMEM_HOST_METRIC_ORPHANS_MAX, 13, false } },
	  1 },
	{ "sys/net/ipv4/tcp_max_tw_buckets",
	  "14\n",
	  false,
	  { { TCPMEM_HOST_METRIC_TIME_WAIT_MAX, 14, false } },
	  1 },
	{ "sys/net/core/mem_pcpu_rsv",
	  "256\n",
	  false,
	  { { TCPMEM_HOST_METRIC_PCPU_RESERVE, 256, true } },
	  1 },
	{ "net/sockstat",
	  SOCKSTAT,
	  false,
	  { { TCPMEM_HOST_METRIC_ORPHANS, 22, false },
	    { TCPMEM_HOST_METRIC_TIME_WAIT, 23, false },
	    { TCPMEM_HOST_METRIC_SOCKETS_ALLOC, 24, false },
	    { TCPMEM_HOST_METRIC_TCP_MEM_USED, 25, true },
	    { TCPMEM_HOST_METRIC_SOCKETS_INUSE, 121, false } },
	  5 },
	{ "net/sockstat6",
	  SOCKSTAT6,
	  false,
	  { { TCPMEM_HOST_METRIC_SOCKETS_INUSE, 121, false } },
	  1 },
	{ "net/protocols",
	  "protocol  size sockets  memory press maxhdr\n"
	  "TCPv6     2432      2     365   no     192\n"
	  "TCP       2304      7     365   yes    192\n",
	  false,
	  { { TCPMEM_HOST_METRIC_PRESSURE, 1, false } },
	  1 },
	{ "devices/system/cpu/possible",
	  "0-3,8\n",
	  true,
	  { { TCPMEM_HOST_METRIC_CPUS, 5, false } },
	  1 },
};
#define FILES ((int)TM_ARRAY_SIZE(files))

static struct tree proc, sys;
static struct tcpmem_ctx *ctx;

static void put(const struct file *file, const char *text)
{
	tree_file(file->sys ? &sys : &proc, file->path, text);
}

static void setup(void)
{
	tree_make(&proc);
	tree_make(&sys);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, proc.root, sys.root), 0);
	for (int i = 0; i < FILES; i++)
		put(&files[i], files[i].text);
}

static void teardown(void)
{
	tcpmem_ctx_free(ctx);
	tree_remove(&sys);
	tree_remove(&proc);
}

static bool is_given(const struct file *file, int fact)
{
	for (size_t i = 0; i < file->count; i++) {
		if ((int)file->gives[i].fact == fact)
			return true;
	}
	return false;
}

static int64_t expected(const struct file *file, size_t i)
{
	return file->gives[i].value *
	       (file->gives[i].pages ? sysconf(_SC_PAGESIZE) : 1);
}

/* Each fact of @file is unknown, or what the good file says. */
static void check_file(const struct tm_host *host, const struct file *file,
		       bool may_be_unknown)
{
	for (size_t i = 0; i < file->count; i++) {
		enum tcpmem_host_metric fact = file->gives[i].fact;

		if (may_be_unknown && !host->known[fact])
			continue;
		ck_assert_msg(host->known[fact], "%s",
			      tcpmem_host_metric_describe(fact)->name);
		ck_assert_int_eq(host->fact[fact], expected(file, i));
	}
}

static void check_page_size(const struct tm_host *host)
{
	ck_assert(host->known[TCPMEM_HOST_METRIC_PAGE_SIZE]);
	ck_assert_int_eq(host->fact[TCPMEM_HOST_METRIC_PAGE_SIZE],
			 sysconf(_SC_PAGESIZE));
}

/* "what the host says about itself": pages become bytes */
START_TEST(test_all)
{
	struct tm_host host;

	memset(&host, 0xee, sizeof(host));
	tm_host_read(ctx, &host);
	for (int i = 0; i < FILES; i++)
		check_file(&host, &files[i], false);
	check_page_size(&host);
}
END_TEST

/* "or, and nothing has changed, -EINVAL if a path is empty, -ENAMETOOLONG" */
START_TEST(test_wrong_roots)
{
	char longest[PATH_MAX];

	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "/other", ""), -EINVAL);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "", "/other"), -EINVAL);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "/other", longest),
			 -ENAMETOOLONG);
	ck_assert_str_eq(ctx->proc, proc.root);
	ck_assert_str_eq(ctx->sys, sys.root);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, NULL, "/other"), 0);
	ck_assert_str_eq(ctx->proc, proc.root);
	ck_assert_str_eq(ctx->sys, "/other");
}
END_TEST

/* "what could not be read ... is unknown", and nothing else is */
START_TEST(test_one_missing)
{
	const struct file *gone = &files[_i];
	char path[PATH_MAX];
	struct tm_host host;

	tree_path(gone->sys ? &sys : &proc, gone->path, path);
	ck_assert_int_eq(unlink(path), 0);
	memset(&host, 0xee, sizeof(host));
	ck_assert_int_eq(tm_host_read(ctx, &host), 0);
	/* those from there on are found in the namespaces of a snapshot */
	for (int fact = 0; fact < TCPMEM_HOST_METRIC_TIME_WAIT_ALL; fact++) {
		/* a kernel without IPv6 has no sockstat6 */
		bool known = !is_given(gone, fact) ||
			     strcmp(gone->path, "net/sockstat6") == 0;

		ck_assert_int_eq(host.known[fact], known);
	}
}
END_TEST

/* Without IPv6 what is in use is what IPv4 has in use. */
START_TEST(test_no_ipv6)
{
	char path[PATH_MAX];
	struct tm_host host;

	tree_path(&proc, "net/sockstat6", path);
	ck_assert_int_eq(unlink(path), 0);
	tm_host_read(ctx, &host);
	ck_assert_int_eq(host.fact[TCPMEM_HOST_METRIC_SOCKETS_INUSE], 21);
	/* one that is there and cannot be read is another matter */
	tree_dir(&proc, "net/sockstat6");
	tm_host_read(ctx, &host);
	ck_assert(!host.known[TCPMEM_HOST_METRIC_SOCKETS_INUSE]);
}
END_TEST

/* Cut at every byte: no part of a number is taken for the number. */
START_TEST(test_cut)
{
	const struct file *file = &files[_i];
	char *text = strdup(file->text);

	for (size_t len = strlen(text); len-- > 0;) {
		struct tm_host host;

		text[len] = '\0';
		put(file, text);
		tm_host_read(ctx, &host);
		check_file(&host, file, true);
	}
	free(text);
}
END_TEST

static const char *const bad_values[] = {
	"",	 "\n",	  "x\n",    "-1\n",  " 5\n",
	"5",	 "5 \n",  "5\n6\n", "0x5\n", "18446744073709551616\n",
	"5 6\n", "5.5\n",
};

/* "what could not be ... parsed is unknown" */
START_TEST(test_bad_value)
{
	struct tm_host host;

	for (int i = 0; i < FILES; i++)
		put(&files[i], bad_values[_i]);
	memset(&host, 0xee, sizeof(host));
	tm_host_read(ctx, &host);
	for (int fact = 0; fact < TCPMEM_HOST_METRIC_COUNT; fact++) {
		if (fact != TCPMEM_HOST_METRIC_PAGE_SIZE)
			ck_assert_msg(!host.known[fact], "%s",
				      tcpmem_host_metric_describe(
					      (enum tcpmem_host_metric)fact)
					      ->name);
		else
			check_page_size(&host);
	}
}
END_TEST

/* Two numbers, four numbers, another character between. */
START_TEST(test_bad_tcp_mem)
{
	static const char *const texts[] = {
		"10\t11\n",	 "10\t11\t12\t13\n", "10,11,12\n",
		"10\n11\n12\n",	 "10\t11\t12",	     "\t10\t11\t12\n",
		"10\t-11\t12\n",
	};
	struct tm_host host;

	for (size_t i = 0; i < TM_ARRAY_SIZE(texts); i++) {
		tree_file(&proc, "sys/net/ipv4/tcp_mem", texts[i]);
		tm_host_read(ctx, &host);
		ck_assert(!host.known[TCPMEM_HOST_METRIC_TCP_MEM_LOW]);
		ck_assert(!host.known[TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE]);
		ck_assert(!host.known[TCPMEM_HOST_METRIC_TCP_MEM_HIGH]);
	}
}
END_TEST

/* What no kernel could mean is unknown; its neighbours are known. */
START_TEST(test_overflow)
{
	struct tm_host host;

	tree_file(&proc, "sys/net/ipv4/tcp_mem",
		  "10 9223372036854775807 18446744073709551615\n");
	tree_file(&proc, "net/sockstat",
		  "TCP: inuse 18446744073709551615 orphan 1 "
		  "tw 1152921504606846977 alloc 1152921504606846976 mem 1\n");
	tm_host_read(ctx, &host);
	ck_assert(host.known[TCPMEM_HOST_METRIC_TCP_MEM_LOW]);
	ck_assert(!host.known[TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE]);
	ck_assert(!host.known[TCPMEM_HOST_METRIC_TCP_MEM_HIGH]);
	ck_assert(!host.known[TCPMEM_HOST_METRIC_SOCKETS_INUSE]);
	ck_assert(!host.known[TCPMEM_HOST_METRIC_TIME_WAIT]);
	ck_assert(host.known[TCPMEM_HOST_METRIC_SOCKETS_ALLOC]);
	ck_assert_int_eq(host.fact[TCPMEM_HOST_METRIC_SOCKETS_ALLOC],
			 TM_FACT_MAX);
}
END_TEST

/* Words may come and go between kernels; each number is found by its word. */
START_TEST(test_sockstat_words)
{
	struct tm_host host;

	tree_file(&proc, "net/sockstat",
		  "TCP: newer 1 memory 3 mem 2 inuse 4 alloc 5\n");
	tm_host_read(ctx, &host);
	ck_assert_int_eq(host.fact[TCPMEM_HOST_METRIC_TCP_MEM_USED],
			 2 * sysconf(_SC_PAGESIZE));
	ck_assert_int_eq(host.fact[TCPMEM_HOST_METRIC_SOCKETS_ALLOC], 5);
	ck_assert(!host.known[TCPMEM_HOST_METRIC_ORPHANS]);
	ck_assert(!host.known[TCPMEM_HOST_METRIC_TIME_WAIT]);
}
END_TEST

/* "yes" and "no"; what a protocol without it says is neither. */
START_TEST(test_pressure)
{
	static const struct {
		const char *row;
		int64_t pressure;
	} rows[] = {
		{ "TCP 2304 7 365 no 192\n", 0 },
		{ "TCP 2304 7 -1 yes 192\n", 1 },
		{ "TCP 2304 7 365 NI 192\n", -1 },
		{ "TCP 2304 7 365\n", -1 },
		{ "TCPv6 2304 7 365 yes 192\n", -1 },
	};
	struct tm_host host;

	for (size_t i = 0; i < TM_ARRAY_SIZE(rows); i++) {
		tree_file(&proc, "net/protocols", rows[i].row);
		tm_host_read(ctx, &host);
		ck_assert_int_eq(host.known[TCPMEM_HOST_METRIC_PRESSURE],
				 rows[i].pressure >= 0);
		if (rows[i].pressure >= 0)
			ck_assert_int_eq(host.fact[TCPMEM_HOST_METRIC_PRESSURE],
					 rows[i].pressure);
	}
}
END_TEST

static void check_boot_id(const char *text, const char *expected)
{
	struct tm_clock clock;

	memset(&clock, 0xee, sizeof(clock));
	tree_file(&proc, "sys/kernel/random/boot_id", text);
	tm_clock_read(ctx, &clock);
	ck_assert_int_gt(clock.boottime_ns, 0);
	ck_assert_int_gt(clock.wall_ns, clock.boottime_ns);
	ck_assert_str_eq(clock.boot_id, expected);
}

/* As the kernel writes it; one that is longer is none. */
START_TEST(test_boot_id)
{
	struct tm_clock clock;

	memset(&clock, 0xee, sizeof(clock));
	tm_clock_read(ctx, &clock);
	ck_assert_str_eq(clock.boot_id, "");
	check_boot_id("1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901\n",
		      "1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901");
	check_boot_id("short\nx\n", "short");
	check_boot_id("1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901x", "");
	check_boot_id("", "");
}
END_TEST

/* "that of the calling thread, which may have left the namespace" */
START_TEST(test_thread)
{
	struct tm_host host;

	tree_file(&proc, "thread-self/net/sockstat",
		  "TCP: inuse 1 orphan 2 tw 3 alloc 4 mem 5\n");
	tm_host_read(ctx, &host);
	ck_assert_int_eq(host.fact[TCPMEM_HOST_METRIC_TIME_WAIT], 3);
}
END_TEST

/* "the two counters that cover all namespaces"; "says whether it is known" */
START_TEST(test_counters)
{
	struct tm_host_counters counters = { .known = true };

	tree_file(&proc, "net/sockstat", "");
	tm_host_read_counters(ctx, &counters);
	ck_assert(!counters.known);
	tree_file(&proc, "net/sockstat",
		  "TCP: inuse 1 orphan 0 tw 3 alloc 5 mem 2\n");
	tm_host_read_counters(ctx, &counters);
	ck_assert(counters.known);
	ck_assert_int_eq(counters.sockets, 5);
	ck_assert_int_eq(counters.memory, 2 * sysconf(_SC_PAGESIZE));
	tree_file(&proc, "net/sockstat", "TCP: inuse 1 alloc 5\n");
	tm_host_read_counters(ctx, &counters);
	ck_assert(!counters.known);
	tree_file(&proc, "net/sockstat",
		  "TCP: alloc 5 mem 9223372036854775807\n");
	tm_host_read_counters(ctx, &counters);
	ck_assert(!counters.known);
	tree_file(&proc, "net/sockstat",
		  "TCP: alloc 9223372036854775808 mem 1\n");
	tm_host_read_counters(ctx, &counters);
	ck_assert(!counters.known);
	tree_file(&proc, "net/sockstat", "TCP: mem 1\n");
	tm_host_read_counters(ctx, &counters);
	ck_assert(!counters.known);
	tree_remove(&proc);
	counters.known = true;
	ck_assert_int_eq(tm_host_read_counters(ctx, &counters), 0);
	ck_assert(!counters.known);
	ck_assert_int_eq(counters.memory, 0);
}
END_TEST

START_TEST(test_bypass)
{
	ck_assert(!tm_host_may_bypass(ctx));
	tree_file(&proc, "sys/net/core/bypass_prot_mem", "0\n");
	ck_assert(!tm_host_may_bypass(ctx));
	tree_file(&proc, "sys/net/core/bypass_prot_mem", "1\n");
	ck_assert(tm_host_may_bypass(ctx));
}
END_TEST

/* "surely no MPTCP socket: no slab of theirs", and false where one is left */
START_TEST(test_no_mptcp)
{
	ck_assert(!tm_host_lacks_mptcp(ctx));
	tree_file(&sys, "kernel/slab/MPTCP/slabs", "0\n");
	ck_assert(!tm_host_lacks_mptcp(ctx));
	tree_file(&sys, "kernel/slab/MPTCPv6/slabs", "0\n");
	ck_assert(tm_host_lacks_mptcp(ctx));
	tree_file(&sys, "kernel/slab/MPTCP/slabs", "0 N0=0\n");
	ck_assert(tm_host_lacks_mptcp(ctx));
	tree_file(&sys, "kernel/slab/MPTCP/slabs", "0");
	ck_assert(tm_host_lacks_mptcp(ctx));
	tree_file(&sys, "kernel/slab/MPTCP/slabs", "07\n");
	ck_assert(!tm_host_lacks_mptcp(ctx));
	tree_file(&sys, "kernel/slab/MPTCP/slabs", "10 N0=10\n");
	ck_assert(!tm_host_lacks_mptcp(ctx));
	tree_file(&sys, "kernel/slab/MPTCP/slabs", "");
	ck_assert(!tm_host_lacks_mptcp(ctx));
}
END_TEST

/* Cut at every byte a row says what it said, or the text is refused. */
START_TEST(test_protocols_cut)
{
	static const uint64_t sizes[] = { 2304, 2432, 1936, 2064 };
	static const uint64_t sockets[] = { 8, 6, 7, 5 };
	char *text = strdup(PROTOCOLS);

	for (size_t len = strlen(text); len-- > 0;) {
		struct tm_protocol row[TM_PROTOCOL_ROWS];

		text[len] = '\0';
		tree_file(&proc, "net/protocols", text);
		if (tm_protocols_read(ctx, NULL, row) < 0)
			continue;
		for (size_t i = 0; i < TM_PROTOCOL_ROWS; i++) {
			ck_assert(row[i].known);
			ck_assert_uint_eq(row[i].size, sizes[i]);
			ck_assert_uint_eq(row[i].sockets, sockets[i]);
		}
	}
	free(text);
}
END_TEST

static const struct {
	const char *text;
	int ret;
	uint32_t count;
} lists[] = {
	{ "0\n", 0, 1 },
	{ "0-1\n", 0, 2 },
	{ "0-3,8-11\n", 0, 8 },
	{ "3,5,7-7\n", 0, 3 },
	{ "0-1,2\n", 0, 3 },
	{ "0-8191\n", 0, 8192 },
	{ "0-2147483647\n", 0, 2147483648u },
	{ "0-2147483648\n", -EBADMSG, 0 },
	{ "0-18446744073709551615\n", -EBADMSG, 0 },
	{ "", -EBADMSG, 0 },
	{ "\n", -EBADMSG, 0 },
	{ "0-3", -EBADMSG, 0 },
	{ "0-\n", -EBADMSG, 0 },
	{ "-3\n", -EBADMSG, 0 },
	{ "3-0\n", -EBADMSG, 0 },
	{ "0,\n", -EBADMSG, 0 },
	{ "0-3,2-5\n", -EBADMSG, 0 },
	{ "0,0\n", -EBADMSG, 0 },
	{ "0-3:1/2\n", -EBADMSG, 0 },
	{ "0 1\n", -EBADMSG, 0 },
	{ "0-1\n\n", -EBADMSG, 0 },
};

/* "counts the CPUs of a list"; "-EBADMSG if it is no list of CPUs" */
START_TEST(test_cpus)
{
	uint32_t count = 42;

	tree_file(&sys, "devices/system/cpu/present", lists[_i].text);
	ck_assert_int_eq(tm_cpus_read(ctx, "present", &count), lists[_i].ret);
	ck_assert_uint_eq(count, lists[_i].ret ? 42 : lists[_i].count);
}
END_TEST

/* "TIME_WAIT of the namespace nearest to its limit": where no limit can be
 * read, of that with the most. */
START_TEST(of_time_wait_without_a_limit_the_most_counts)
{
	struct tm_netns netns[] = {
		{ .time_wait = 5, .time_wait_max = TCPMEM_UNKNOWN },
		{ .time_wait = 12, .time_wait_max = TCPMEM_UNKNOWN },
		{ .time_wait_max = TCPMEM_UNKNOWN, .own = true },
	};
	struct tcpmem_snapshot snap = { .netns = netns, .netns_count = 3 };
	int64_t value;

	tm_snapshot_find_time_wait(&snap);
	ck_assert_int_eq(tcpmem_snapshot_get_host_metric(
				 &snap, TCPMEM_HOST_METRIC_TIME_WAIT, &value),
			 0);
	ck_assert_int_eq(value, 12);
	/* one with a limit comes first */
	netns[0].time_wait_max = 100;
	tm_snapshot_find_time_wait(&snap);
	ck_assert_int_eq(tcpmem_snapshot_get_host_metric(
				 &snap, TCPMEM_HOST_METRIC_TIME_WAIT, &value),
			 0);
	ck_assert_int_eq(value, 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host");
	TCase *tcase = tcase_create("host");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_all);
	tcase_add_test(tcase, test_wrong_roots);
	tcase_add_loop_test(tcase, test_one_missing, 0, FILES);
	tcase_add_test(tcase, test_no_ipv6);
	tcase_add_loop_test(tcase, test_cut, 0, FILES);
	tcase_add_loop_test(tcase, test_bad_value, 0,
			    (int)TM_ARRAY_SIZE(bad_values));
	tcase_add_test(tcase, test_bad_tcp_mem);
	tcase_add_test(tcase, test_overflow);
	tcase_add_test(tcase, test_sockstat_words);
	tcase_add_test(tcase, test_pressure);
	tcase_add_test(tcase, test_boot_id);
	tcase_add_test(tcase, test_thread);
	tcase_add_test(tcase, test_counters);
	tcase_add_test(tcase, test_bypass);
	tcase_add_test(tcase, test_no_mptcp);
	tcase_add_test(tcase, test_protocols_cut);
	tcase_add_test(tcase, of_time_wait_without_a_limit_the_most_counts);
	tcase_add_loop_test(tcase, test_cpus, 0, (int)TM_ARRAY_SIZE(lists));
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
