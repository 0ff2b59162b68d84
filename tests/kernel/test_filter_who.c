// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_filter_who.c - filters that ask for more than a socket itself tells:
 * processes, numbers, and interfaces of several namespaces
 */
#include "fail.h"
#include "look.h"
#include "need.h"
#include "sandbox.h"
#include "scene.h"
#include "sock.h"
#include "suite.h"
#include "worker.h"

#include "query/query.h"

#include <inttypes.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void name_job(struct fx_set *set, const void *name)
{
	(void)set;
	if (prctl(PR_SET_NAME, name) < 0)
		fx_fail_errno("PR_SET_NAME");
}

static void set_filter(struct tcpmem_query *query, const char *text)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter;
	int ret = tcpmem_filter_parse(text, &error, &filter);

	ck_assert_msg(ret == 0, "\"%s\": at %zu \"%s\", expected %s", text,
		      error.offset, error.found, error.expected);
	ck_assert_int_eq(tcpmem_query_set_filter(query, filter), 0);
	tcpmem_filter_free(filter);
}

static int count_socket(const struct tcpmem_snapshot *snapshot,
			const struct tcpmem_socket *sock, void *user)
{
	size_t *count = user;

	(void)snapshot;
	(void)sock;
	++*count;
	return 0;
}

static void forget_count(void *user)
{
	size_t *count = user;

	*count = 0;
}

static size_t stream(const struct look *look)
{
	const struct tcpmem_dump_ops ops = {
		.size = sizeof(ops),
		.socket = count_socket,
		.restart = forget_count,
	};
	struct tcpmem_snapshot *snapshot;
	size_t count = 0;

	ck_assert_int_eq(
		tcpmem_dump(look->ctx, look->query, &ops, &count, &snapshot),
		0);
	ck_assert_uint_eq(tcpmem_snapshot_get_socket_count(snapshot), 0);
	tcpmem_snapshot_free(snapshot);
	return count;
}

static void (*open_look)(struct look *look) = look_open;

/* Kept or streamed, with the kernel's help and without: as many match. */
static void matches(const char *text, size_t expected)
{
	struct look look;

	open_look(&look);
	ck_assert_int_eq(tcpmem_query_require(look.query, 0), 0);
	set_filter(look.query, text);
	for (int bytecode = 0; bytecode < 2; bytecode++) {
		look.query->bytecode = bytecode;
		look_take(&look);
		ck_assert_msg(look_count(&look) == expected,
			      "\"%s\" (bytecode %d) matches %zu, not %zu", text,
			      bytecode, look_count(&look), expected);
		ck_assert_msg(stream(&look) == expected,
			      "\"%s\" (bytecode %d) streams %zu, not %zu", text,
			      bytecode, stream(&look), expected);
	}
	look_close(&look);
}

__attribute__((format(printf, 2, 3))) static void
matches_f(size_t expected, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	matches(text, expected);
}

/* A listener and both ends of a connection, of one process. */
START_TEST(asks_for_processes)
{
	const struct fx_scene_call call = { .scene = 1, .flavour = FX_IPV4 };
	struct fx_worker worker;
	const struct fx_sock *sock;

	ck_assert_int_eq(fx_scenes[call.scene].state, TCPMEM_STATE_ESTABLISHED);
	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, name_job, "tcpmem who", 11);
	fx_worker_run_or_fail(&worker, fx_scene_job, &call, sizeof(call));
	ck_assert_uint_eq(worker.set.count, 3);
	sock = &worker.set.sock[1];
	matches("", 3);
	matches_f(3, "pid = %d", worker.pid);
	matches_f(0, "pid != %d", worker.pid);
	matches_f(2, "pid = %d and state established", worker.pid);
	matches("comm = \"tcpmem who\"", 3);
	matches("comm ~ \"tcpmem w*\" and not sport = 0", 3);
	matches("comm = nobody", 0);
	matches("kind = process", 3);
	matches("kind = orphan", 0);
	matches_f(3, "user = %d", geteuid());
	matches_f(0, "user != %d", geteuid());
	matches("program ~ *filter_who*", 3);
	matches("program = /nowhere", 0);
	matches("netns = self", 3);
	matches("netns ~ x*", 0);
	matches_f(1, "inode = %u", sock->inode);
	matches_f(1, "cookie = %" PRIu64, sock->cookie);
	matches_f(1, "cookie = %#" PRIx64, sock->cookie);
	matches_f(1, "sport = %u and inode >= %u and inode <= %u",
		  sock->local.port, sock->inode, sock->inode);
	/* 10,000 bytes wait at one end */
	matches("rmem > 0", 1);
	matches("rqueue = 10000", 1);
	matches("rmem > 0 or state listening", 2);
	matches("held > 1k", 3);
	matches("held > 1G", 0);
	matches("object > 0 and fwd_alloc >= -4k", 3);
	matches("family = ipv6 or protocol != tcp", 0);
	fx_worker_stop(&worker);
}
END_TEST

/* @number more interfaces are there before the one that is meant. */
static void add_interfaces(unsigned int number)
{
	char command[512];

	for (unsigned int i = 0; i <= number; i++) {
		char name[32] = "tm-meant";

		if (i < number)
			snprintf(name, sizeof(name), "tm-other%u", i);
		snprintf(command, sizeof(command),
			 "ip link add %s type veth peer name %s-p ||"
			 "ip link add %s type bridge ||"
			 "ip link add %s type ifb",
			 name, name, name, name);
		if (system(command))
			fx_fail("ip link add %s failed", name);
	}
}

/* Listens on every interface of the namespace, once each. */
static void listen_job(struct fx_set *set, const void *arg)
{
	const unsigned int *number = arg;

	fx_netns_new_or_fail();
	add_interfaces(*number);
	for (int i = 1; i < 20; i++) {
		char name[IF_NAMESIZE];
		int fd;

		if (!if_indextoname((unsigned int)i, name))
			continue;
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			fx_fail_errno("socket");
		if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name,
			       (socklen_t)strlen(name) + 1) < 0)
			fx_fail_errno("SO_BINDTODEVICE");
		if (listen(fd, 1) < 0)
			fx_fail_errno("listen");
		fx_set_add_or_fail(set, fd, TCPMEM_STATE_LISTENING);
	}
}

/* "interfaces have other numbers in each" namespace */
START_TEST(interfaces_of_several_namespaces)
{
	struct fx_worker worker[2];
	size_t all = 0;

	for (unsigned int i = 0; i < 2; i++) {
		fx_worker_start_or_fail(&worker[i]);
		fx_worker_run_or_fail(&worker[i], listen_job, &i, sizeof(i));
		all += worker[i].set.count;
	}
	/* lo, and what is meant, in one; others too in the other */
	ck_assert_uint_ge(worker[0].set.count, 2);
	ck_assert_uint_gt(worker[1].set.count, worker[0].set.count);
	open_look = look_open_everywhere;
	matches("dev != 0", all);
	matches("dev lo", 2);
	matches("dev tm-meant", 2);
	matches("dev tm-other0", 1);
	matches("dev tm-meant or dev tm-other0", 3);
	matches("not dev tm-meant", all - 2);
	matches("dev tm-meant or comm = nobody", 2);
	open_look = look_open;
	for (unsigned int i = 0; i < 2; i++)
		fx_worker_stop(&worker[i]);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("filter-who");
	TCase *tcase = fx_suite_case(suite, "filter-who");

	tcase_add_test(tcase, asks_for_processes);
	tcase_add_test(tcase, interfaces_of_several_namespaces);
	return suite;
}

int main(void)
{
	fx_need_program("ip");
	return fx_suite_run(make_suite);
}
