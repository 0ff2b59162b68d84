// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_limits_table.c - each limit is read where the kernel has it */
#include "base/util.h"
#include "limits_fixture.h"
#include "unit.h"

#include <unistd.h>

/* A file of one number, and the limit that it is */
static const struct {
	const char *file;
	const char *name;
	enum tcpmem_unit unit;
	enum tcpmem_limit_scope scope;
} one[] = {
#define HOST  TCPMEM_LIMIT_SCOPE_HOST
#define NETNS TCPMEM_LIMIT_SCOPE_NETNS
	{ "net/core/rmem_max", "rmem_max", TCPMEM_UNIT_BYTES, HOST },
	{ "net/core/wmem_max", "wmem_max", TCPMEM_UNIT_BYTES, HOST },
	{ "net/core/somaxconn", "somaxconn", TCPMEM_UNIT_SOCKETS, NETNS },
	{ "net/core/optmem_max", "optmem_max", TCPMEM_UNIT_BYTES, NETNS },
	{ "net/ipv4/tcp_moderate_rcvbuf", "tcp_moderate_rcvbuf",
	  TCPMEM_UNIT_MODE, NETNS },
	{ "net/ipv4/tcp_max_orphans", "tcp_max_orphans", TCPMEM_UNIT_SOCKETS,
	  HOST },
	{ "net/ipv4/tcp_max_tw_buckets", "tcp_max_tw_buckets",
	  TCPMEM_UNIT_SOCKETS, NETNS },
	{ "net/ipv4/tcp_tw_reuse", "tcp_tw_reuse", TCPMEM_UNIT_MODE, NETNS },
	{ "net/ipv4/tcp_tw_recycle", "tcp_tw_recycle", TCPMEM_UNIT_MODE,
	  NETNS },
	{ "net/ipv4/tcp_fin_timeout", "tcp_fin_timeout", TCPMEM_UNIT_SECONDS,
	  NETNS },
	{ "net/ipv4/tcp_keepalive_time", "tcp_keepalive_time",
	  TCPMEM_UNIT_SECONDS, NETNS },
	{ "net/ipv4/tcp_keepalive_intvl", "tcp_keepalive_intvl",
	  TCPMEM_UNIT_SECONDS, NETNS },
	{ "net/ipv4/tcp_keepalive_probes", "tcp_keepalive_probes",
	  TCPMEM_UNIT_PACKETS, NETNS },
	{ "net/ipv4/tcp_max_syn_backlog", "tcp_max_syn_backlog",
	  TCPMEM_UNIT_SOCKETS, NETNS },
	{ "net/ipv4/tcp_syncookies", "tcp_syncookies", TCPMEM_UNIT_MODE,
	  NETNS },
	{ "net/ipv4/tcp_abort_on_overflow", "tcp_abort_on_overflow",
	  TCPMEM_UNIT_MODE, NETNS },
	{ "net/ipv4/tcp_orphan_retries", "tcp_orphan_retries",
	  TCPMEM_UNIT_PACKETS, NETNS },
	{ "net/ipv4/tcp_retries2", "tcp_retries2", TCPMEM_UNIT_PACKETS, NETNS },
	{ "fs/file-max", "file-max", TCPMEM_UNIT_FILES, HOST },
	{ "fs/nr_open", "nr_open", TCPMEM_UNIT_FILES, HOST },
};

/* A file of three, and what each of them is */
static const struct {
	const char *file;
	const char *name[3];
	bool pages;
	enum tcpmem_limit_scope scope;
} three[] = {
	{ "tcp_mem",
	  { "tcp_mem_low", "tcp_mem_pressure", "tcp_mem_high" },
	  true,
	  HOST },
	{ "tcp_rmem",
	  { "tcp_rmem_min", "tcp_rmem_default", "tcp_rmem_max" },
	  false,
	  NETNS },
	{ "tcp_wmem",
	  { "tcp_wmem_min", "tcp_wmem_default", "tcp_wmem_max" },
	  false,
	  NETNS },
};

/* Words of a line, and the limit that each is about; NULL: none */
static const struct {
	const char *word;
	const char *beside;
	enum tcpmem_unit unit;
} counters[] = {
	{ "TCPMemoryPressures", "tcp_mem_pressure", TCPMEM_UNIT_EVENTS },
	{ "TCPMemoryPressuresChrono", "tcp_mem_pressure",
	  TCPMEM_UNIT_MILLISECONDS },
	{ "TCPAbortOnMemory", "tcp_mem_high", TCPMEM_UNIT_SOCKETS },
	{ "PruneCalled", "tcp_rmem_max", TCPMEM_UNIT_EVENTS },
	{ "RcvPruned", "tcp_rmem_max", TCPMEM_UNIT_PACKETS },
	{ "OfoPruned", "tcp_rmem_max", TCPMEM_UNIT_EVENTS },
	{ "TCPRcvCollapsed", "tcp_rmem_max", TCPMEM_UNIT_PACKETS },
	{ "TCPRcvQDrop", "tcp_rmem_max", TCPMEM_UNIT_PACKETS },
	{ "TCPOFODrop", "tcp_rmem_max", TCPMEM_UNIT_PACKETS },
	{ "TCPZeroWindowDrop", "tcp_rmem_max", TCPMEM_UNIT_PACKETS },
	{ "TCPBacklogDrop", "tcp_rmem_max", TCPMEM_UNIT_PACKETS },
	{ "TCPWqueueTooBig", "tcp_wmem_max", TCPMEM_UNIT_EVENTS },
	{ "TCPTimeWaitOverflow", "tcp_max_tw_buckets", TCPMEM_UNIT_SOCKETS },
	{ "TCPReqQFullDrop", "syn_queue", TCPMEM_UNIT_PACKETS },
	{ "TCPReqQFullDoCookies", "syn_queue", TCPMEM_UNIT_PACKETS },
	{ "SyncookiesSent", "tcp_syncookies", TCPMEM_UNIT_PACKETS },
	{ "SyncookiesRecv", "tcp_syncookies", TCPMEM_UNIT_PACKETS },
	{ "SyncookiesFailed", "tcp_syncookies", TCPMEM_UNIT_PACKETS },
	{ "ListenOverflows", "accept_queue", TCPMEM_UNIT_EVENTS },
	{ "ListenDrops", "accept_queue", TCPMEM_UNIT_PACKETS },
	{ "TCPAbortOnTimeout", "tcp_retries2", TCPMEM_UNIT_SOCKETS },
	{ "AttemptFails", NULL, TCPMEM_UNIT_SOCKETS },
	{ "EstabResets", NULL, TCPMEM_UNIT_SOCKETS },
	{ "OutRsts", NULL, TCPMEM_UNIT_PACKETS },
};

static void write_sysctl(const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/%s", file);
	tree_file(&tree, path, text);
}

static void expect_value(const char *name, int64_t value, enum tcpmem_unit unit,
			 enum tcpmem_limit_scope scope)
{
	const struct tcpmem_limit *l = limit(name);

	ck_assert_msg(l->known, "%s", name);
	ck_assert_int_eq(l->value, value);
	ck_assert_int_eq(l->unit, unit);
	ck_assert_int_eq(l->scope, scope);
	ck_assert(!l->counter && !l->queue && !l->beside && !l->finding);
	ck_assert_str_eq(l->name, name);
	ck_assert_str_ne(l->text, "");
}

START_TEST(a_file_of_one_number_is_a_limit)
{
	char text[32];

	for (size_t i = 0; i < TM_ARRAY_SIZE(one); i++) {
		snprintf(text, sizeof(text), "%zu\n", 100 + i);
		write_sysctl(one[i].file, text);
	}
	read_all();
	for (size_t i = 0; i < TM_ARRAY_SIZE(one); i++)
		expect_value(one[i].name, 100 + (int64_t)i, one[i].unit,
			     one[i].scope);
}
END_TEST

START_TEST(a_file_of_three_numbers_is_three_limits)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(three); i++) {
		char text[64], file[64];

		snprintf(file, sizeof(file), "net/ipv4/%s", three[i].file);
		snprintf(text, sizeof(text), "%zu\t%zu\t%zu\n", 10 + i, 20 + i,
			 30 + i);
		write_sysctl(file, text);
	}
	write_sysctl("net/ipv4/ip_local_port_range", "1000 1009\n");
	read_all();
	for (size_t i = 0; i < TM_ARRAY_SIZE(three); i++)
		for (size_t k = 0; k < 3; k++)
			expect_value(three[i].name[k],
				     (int64_t)(10 * (k + 1) + i) *
					     (three[i].pages
						      ? sysconf(_SC_PAGESIZE)
						      : 1),
				     TCPMEM_UNIT_BYTES, three[i].scope);
	expect_value("ip_local_port_range", 10, TCPMEM_UNIT_PORTS, NETNS);
}
END_TEST

START_TEST(a_word_is_a_counter)
{
	const size_t tcp = TM_ARRAY_SIZE(counters) - 3;
	char names[1024] = "TcpExt:", numbers[1024] = "TcpExt:", text[2100];

	for (size_t i = 0; i < tcp; i++) {
		snprintf(names + strlen(names), sizeof(names) - strlen(names),
			 " %s", counters[i].word);
		snprintf(numbers + strlen(numbers),
			 sizeof(numbers) - strlen(numbers), " %zu", 100 + i);
	}
	snprintf(text, sizeof(text), "%s\n%s\n", names, numbers);
	tree_file(&tree, "thread-self/net/netstat", text);
	snprintf(text, sizeof(text),
		 "Tcp: AttemptFails EstabResets OutRsts\nTcp: %zu %zu %zu\n",
		 100 + tcp, 101 + tcp, 102 + tcp);
	tree_file(&tree, "thread-self/net/snmp", text);
	read_all();
	for (size_t i = 0; i < TM_ARRAY_SIZE(counters); i++) {
		const struct tcpmem_limit *l = limit(counters[i].word);

		ck_assert_msg(l->count_known, "%s", counters[i].word);
		ck_assert_int_eq(l->count, 100 + (int64_t)i);
		ck_assert_int_eq(l->unit, counters[i].unit);
		ck_assert_int_eq(l->scope, NETNS);
		ck_assert(l->counter && !l->queue && !l->known);
		if (counters[i].beside)
			ck_assert_str_eq(l->beside, counters[i].beside);
		else
			ck_assert_ptr_null(l->beside);
		/* "NULL: no harm" */
		ck_assert_int_eq(l->finding == NULL,
				 strcmp(l->name, "SyncookiesRecv") == 0);
	}
}
END_TEST

/* The rows are all: two more are a listener's own, and one has two numbers. */
START_TEST(no_limit_is_left_out)
{
	ck_assert_uint_eq(TM_ARRAY_SIZE(one) + 3 * TM_ARRAY_SIZE(three) +
				  TM_ARRAY_SIZE(counters) + 3,
			  TM_LIMIT_COUNT);
	for (size_t i = 0; i < TM_LIMIT_COUNT; i++) {
		const struct tcpmem_limit *l = &limits.limits.limit[i];
		bool queue = strcmp(l->name, "syn_queue") == 0 ||
			     strcmp(l->name, "accept_queue") == 0;

		ck_assert_uint_eq(l->size, sizeof(*l));
		ck_assert_int_eq(l->queue, queue);
		ck_assert_ptr_eq(tm_limits_find(&limits.limits, l->name), l);
		if (queue)
			ck_assert_int_eq(l->unit, TCPMEM_UNIT_SOCKETS);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limits_table");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_file_of_one_number_is_a_limit);
	tcase_add_test(tc, a_file_of_three_numbers_is_three_limits);
	tcase_add_test(tc, a_word_is_a_counter);
	tcase_add_test(tc, no_limit_is_left_out);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
