// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_filter_ss.c - a filter matches the sockets that ss(8) prints for it,
 * with the kernel's help and without
 */
#include "fail.h"
#include "look.h"
#include "many_sockets.h"
#include "need.h"
#include "patience.h"
#include "ss.h"
#include "suite.h"

#include "query/query.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* From ss's manual and its usage text, each form at least once. */
static const char *const filters[] = {
	/* USAGE EXAMPLES */
	"",
	"state established ( dport = :ssh or sport = :ssh )",
	"state fin-wait-1 ( sport = :http or sport = :https ) dst 193.233.7/24",
	"state fin-wait-1",
	/* STATE-FILTER */
	"state established",
	"state syn-sent",
	"state syn-recv",
	"state fin-wait-2",
	"state time-wait",
	"state closed",
	"state close-wait",
	"state last-ack",
	"state listening",
	"state closing",
	"state all",
	"state connected",
	"state synchronized",
	"state bucket",
	"state big",
	"exclude listening",
	"exclude established",
	"excl established exclude listening",
	"state established state listening",
	"state connected exclude established",
	"exclude listening state time-wait",
	"state unconnected",
	"state syn-rcv",
	"state ESTABLISHED",
	/* {dst|src} [=] HOST */
	"src 127.0.0.1",
	"src = 127.0.0.1",
	"dst 127.0.0.1",
	"dst == 127.0.0.2",
	"src eq 127.0.0.1:22",
	"dst 127.0.0.1:ssh",
	"src :8080",
	"src *:8080",
	"dst *",
	"src 127/8",
	"src 127.0.0.0/8:80",
	"src 127.0.0.0/255.0.0.0",
	"src 127.0.0.0/31",
	"src [::1]",
	"src [::1]:443",
	"dst [::1]:8080",
	"src [::ffff:127.0.0.1]",
	"src [::ffff:0:0/96]",
	"src ::ffff:0:0/96:8080",
	"dst ::/0",
	"dst 0.0.0.0/0",
	"src localhost",
	"src inet:127.0.0.1",
	"src inet6:[::1]",
	"src inet6:*",
	"src inet:*:8080",
	"! src inet:127.0.0.1",
	"not dst 127.0.0.1",
	"dst default",
	/* {dport|sport} [OP] [FAMILY:]:PORT, every spelling */
	"sport = :22",
	"sport :22",
	"sport 22",
	"sport == 22",
	"sport eq :ssh",
	"dport = :http",
	"sport != :8080",
	"sport ne :8080",
	"sport neq 8080",
	"sport > :8080",
	"sport gt 8080",
	"dport < :1024",
	"dport lt 1024",
	"sport >= :8080",
	"sport ge :8080",
	"sport geq 8080",
	"sport <= :8080",
	"dport le :8080",
	"dport leq 8080",
	"sport = inet6:8080",
	"sport = inet::80",
	"sport != inet6:8080",
	"dport >= inet6:443",
	"sport = :*",
	"sport = 0x16",
	/* dev, fwmark, cgroup: their own cases; autobound */
	"dev = lo",
	"dev lo",
	"dev != lo",
	"dev = 0",
	"dev = 1",
	"fwmark = 0x11",
	"fwmark 0x11",
	"fwmark = 0x01/0x0f",
	"fwmark = 0x01/0x03",
	"fwmark != 0x11",
	"fwmark = 17 or sport = 22",
	"autobound",
	"! autobound",
	"not autobound and sport < 1024",
	"state established autobound",
	/* or, and, not; juxtaposed, nested, and in their rank */
	"sport = :22 or sport = :80",
	"sport = :22 | dport = :22",
	"sport = :22 || dport = :80",
	"src 127.0.0.1 and sport = :22",
	"src 127.0.0.1 & sport = :22",
	"src 127.0.0.1 && dport = :22",
	"src 127.0.0.1 sport = :22",
	"! ( sport = :22 or dport = :22 )",
	"not ( sport = :22 dport = :22 )",
	"! ! sport = :22",
	"( ( sport = :22 ) )",
	"sport = :22 or sport = :80 and src 127.0.0.2",
	"src 127.0.0.2 and sport = :22 or sport = :80",
	"sport = :22 or sport = :80 src 127.0.0.2",
	"sport = :22 or ( sport = :80 and src 127.0.0.2 )",
	"state listening ( sport >= :22 and sport <= :443 ) or dev = lo",
	"sport \\>= 8080 \\& sport \\<= 8081",
	"state established not ( src 127/8 or src [::1] )",
	("state established ( dst 127.0.0.1 or dst 127.0.0.2 ) "
	 "( dport = :22 or dport = :80 ) ! sport = :8080"),
};
#define FILTERS (sizeof(filters) / sizeof(filters[0]))
_Static_assert(FILTERS >= 60, "the manual has more forms than that");

static struct tcpmem_filter *parse(const char *text)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter;
	int ret = tcpmem_filter_parse(text, &error, &filter);

	ck_assert_msg(ret == 0, "\"%s\": at %zu \"%s\", expected %s", text,
		      error.offset, error.found, error.expected);
	return filter;
}

static bool is_same(const struct tcpmem_socket *seen,
		    const struct fx_ss_sock *ss)
{
	struct fx_addr local = look_local(seen), remote = look_remote(seen);

	return look_is_mptcp(seen) == ss->mptcp &&
	       tcpmem_socket_get_cookie(seen) == ss->cookie &&
	       fx_addr_equal(&local, &ss->local) &&
	       fx_addr_equal(&remote, &ss->remote);
}

static bool ss_has(const struct fx_ss *ss, const struct tcpmem_socket *seen)
{
	for (size_t i = 0; i < ss->count; i++)
		if (is_same(seen, &ss->sock[i]))
			return true;
	return false;
}

/* Nothing came or went between two looks of ss. */
static bool same_sockets(const struct fx_ss *a, const struct fx_ss *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->sock[i].cookie != b->sock[i].cookie)
			return false;
	return true;
}

/* Of what ss cannot see nothing can be compared. */
static bool ss_knows(const struct tcpmem_socket *sock)
{
	return tcpmem_socket_get_state(sock) != TCPMEM_STATE_BOUND_INACTIVE;
}

static void compare(const struct look *look, const struct fx_ss *ss,
		    const char *text, bool bytecode)
{
	size_t count = 0;

	for (size_t i = 0; i < look_count(look); i++) {
		const struct tcpmem_socket *sock = look_at(look, i);

		if (!ss_knows(sock))
			continue;
		count++;
		ck_assert_msg(
			ss_has(ss, sock),
			"\"%s\" (bytecode %d): ss does not print %s, "
			"port %d to %d",
			text, bytecode,
			tcpmem_state_describe(tcpmem_socket_get_state(sock))
				->name,
			(int)look_field(sock, TCPMEM_SOCKET_FIELD_LOCAL_PORT),
			(int)look_field(sock, TCPMEM_SOCKET_FIELD_REMOTE_PORT));
	}
	ck_assert_msg(count == ss->count,
		      "\"%s\" (bytecode %d): %zu sockets, ss prints %zu", text,
		      bytecode, count, ss->count);
}

/* How many sockets match. */
static size_t check(const char *text, bool bytecode)
{
	struct fx_deadline deadline = fx_deadline_start();
	struct tcpmem_filter *filter = parse(text);
	struct fx_ss before = { 0 }, after = { 0 };
	struct look look;
	size_t count;

	look_open(&look);
	ck_assert_int_eq(tcpmem_query_require(look.query, 0), 0);
	ck_assert_int_eq(tcpmem_query_set_filter(look.query, filter), 0);
	look.query->bytecode = bytecode;
	do {
		fx_ss_filter_or_fail(&before, text);
		look_take(&look);
		fx_ss_filter_or_fail(&after, text);
	} while (!same_sockets(&before, &after) && fx_deadline_wait(&deadline));
	compare(&look, &after, text, bytecode);
	count = after.count;
	fx_ss_free(&before);
	fx_ss_free(&after);
	tcpmem_filter_free(filter);
	look_close(&look);
	return count;
}

/*
 * "the same sockets as ss prints, and the same with bytecode switched off":
 * which of the two a half of the filters begins with
 */
START_TEST(matches_what_ss_prints)
{
	struct many_sockets many_sockets;
	size_t matched = 0;

	many_sockets_gather(&many_sockets);
	for (size_t i = 0; i < FILTERS; i++) {
		matched += check(filters[i], true) > 0;
		check(filters[i], false);
	}
	/* A filter that nothing matches proves little. */
	ck_assert_uint_ge(matched, FILTERS * 9 / 10);
	many_sockets_disperse(&many_sockets);
}
END_TEST

/* The v2 cgroup that this process, and so its sockets, are in. */
static bool own_cgroup(char *path, size_t size)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[4096];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		found = strncmp(line, "0::", 3) == 0;
		if (found)
			snprintf(path, size, "%.*s",
				 (int)strcspn(line + 3, "\n"), line + 3);
	}
	if (file)
		fclose(file);
	return found;
}

/* ss takes a path below the hierarchy's root, or one in the file system. */
static bool cgroup_mount(char *path, size_t size)
{
	FILE *file = fopen("/proc/self/mounts", "re");
	char line[4096], dir[2048], type[64];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %2047s %63s", dir, type) == 2)
			found = strcmp(type, "cgroup2") == 0;
		if (found)
			snprintf(path, size, "%s", dir);
	}
	if (file)
		fclose(file);
	return found;
}

START_TEST(matches_cgroups_as_ss_does)
{
	char own[2048], mount[2048], text[5000];
	struct many_sockets many_sockets;

	ck_assert(own_cgroup(own, sizeof(own)));
	ck_assert(cgroup_mount(mount, sizeof(mount)));
	many_sockets_gather(&many_sockets);
	for (int bytecode = 0; bytecode < 2; bytecode++) {
		snprintf(text, sizeof(text), "cgroup = %s%s", mount, own);
		ck_assert_uint_gt(check(text, bytecode), 0);
		snprintf(text, sizeof(text), "cgroup %s", mount);
		check(text, bytecode);
		/* mini-sockets are in none */
		snprintf(text, sizeof(text), "cgroup != %s%s", mount, own);
		ck_assert_uint_gt(check(text, bytecode), 0);
		snprintf(text, sizeof(text),
			 "cgroup = %s%s and ( sport = :22 or dport = :22 )",
			 mount, own);
		ck_assert_uint_gt(check(text, bytecode), 0);
	}
	many_sockets_disperse(&many_sockets);
}
END_TEST

static size_t count_matches(const char *text, bool bytecode)
{
	struct tcpmem_filter *filter = parse(text);
	struct look look;
	size_t count;

	look_open(&look);
	ck_assert_int_eq(tcpmem_query_require(look.query, 0), 0);
	ck_assert_int_eq(tcpmem_query_set_filter(look.query, filter), 0);
	look.query->bytecode = bytecode;
	look_take(&look);
	count = look_count(&look);
	tcpmem_filter_free(filter);
	look_close(&look);
	return count;
}

/*
 * What was named to bind() only the kernel knows. With its help we say what ss
 * says; without it a port within the range passes for chosen by the kernel,
 * and a connection from a port beyond it for neither.
 */
START_TEST(bound_ports_are_the_kernels_secret)
{
	many_sockets_listen("127.0.0.1", 40000);
	ck_assert_uint_eq(check("autobound", true), 0);
	ck_assert_uint_eq(check("! autobound", true), 0);
	ck_assert_uint_eq(count_matches("autobound", false), 1);
	many_sockets_connect("127.0.0.1", 40000, 6999);
	ck_assert_uint_eq(check("! autobound", true), 1);
	ck_assert_uint_eq(count_matches("! autobound", false), 0);
}
END_TEST

/* "-ENODEV if the query's filter names an interface that no namespace has" */
START_TEST(an_interface_that_is_nowhere)
{
	struct tcpmem_filter *filter = parse("sport = 22 or dev nosuch0");
	struct look look;

	look_open(&look);
	ck_assert_int_eq(tcpmem_query_set_filter(look.query, filter), 0);
	ck_assert_int_eq(
		tcpmem_snapshot_take(look.ctx, look.query, &look.snapshot),
		-ENODEV);
	tcpmem_filter_free(filter);
	look_close(&look);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("filter-ss");
	TCase *tcase = fx_suite_case(suite, "filter-ss");

	tcase_add_test(tcase, matches_what_ss_prints);
	tcase_add_test(tcase, matches_cgroups_as_ss_does);
	tcase_add_test(tcase, bound_ports_are_the_kernels_secret);
	tcase_add_test(tcase, an_interface_that_is_nowhere);
	return suite;
}

int main(void)
{
	char path[2048];

	fx_need_program("ss");
	fx_need_flavour(FX_IPV6);
	fx_skip_flavours();
	if (!getservbyname("ssh", "tcp"))
		fx_skip("no service is called ssh: /etc/services is missing");
	if (!own_cgroup(path, sizeof(path)) ||
	    !cgroup_mount(path, sizeof(path)))
		fx_skip("no cgroup v2 hierarchy is mounted");
	return fx_suite_run(make_suite);
}
