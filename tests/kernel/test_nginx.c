// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_nginx.c - a real server: its listeners are shared, each connection is
 * on the worker that accepted it
 *
 * A master with two workers, connections that stay while others come and go,
 * and /proc/PID/fd of the three, inode by inode.
 */
#include "../unit/rows.h"
#include "fail.h"
#include "look.h"
#include "need.h"
#include "nginx.h"
#include "patience.h"
#include "sandbox.h"
#include "sock.h"
#include "suite.h"
#include "worker.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 40 /* at a time, of each size */
#define LISTENERS   2
#define QUEUE	    "4096 65536 262144"

/* Sockets of an idle worker: listeners, and pairs to talk to the others. */
#define IDLE_MAX (LISTENERS + 2 * NGINX_PROCESSES)

static void request(int fd, const char *path)
{
	char text[256], byte;
	int len = snprintf(text, sizeof(text),
			   "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);

	if (send(fd, text, (size_t)len, MSG_NOSIGNAL) != len)
		fx_fail_errno("send");
	/* An answer begun is a connection accepted; the rest is not read. */
	if (recv(fd, &byte, 1, 0) != 1)
		fx_fail_errno("nginx does not answer");
}

static void visit(struct fx_set *set, const struct fx_flavour *flavour,
		  const char *path)
{
	int fd = fx_connect_or_fail(flavour, NGINX_PORT);

	request(fd, path);
	fx_set_add_or_fail(set, fd, TCPMEM_STATE_ESTABLISHED);
}

static void visit_all(struct fx_set *set, const void *arg)
{
	(void)arg;
	for (int i = 0; i < CONNECTIONS; i++) {
		const struct fx_flavour *flavour =
			&fx_flavours[i % 2 ? FX_IPV6 : FX_IPV4];

		visit(set, flavour, "/small");
		visit(set, flavour, "/large");
	}
}

static void come_and_go(void)
{
	for (;;) {
		int fd = fx_connect_or_fail(&fx_flavours[FX_IPV4], NGINX_PORT);

		request(fd, "/small");
		close(fd);
	}
}

/* Load that goes on while the test looks, until its worker is stopped. */
static void start_load(struct fx_set *set, const void *arg)
{
	(void)set;
	(void)arg;
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	come_and_go();
}

/* Both workers serve some: which one accepts is up to the kernel. */
static void visit_both_workers(struct fx_worker *client,
			       const struct nginx *nginx)
{
	struct fx_deadline deadline = fx_deadline_start();
	struct nginx_fds fds;
	bool both;

	do {
		fx_worker_run_or_fail(client, visit_all, NULL, 0);
		nginx_fds_read(nginx, &fds);
		both = fds.count[1] > IDLE_MAX && fds.count[2] > IDLE_MAX;
		nginx_fds_free(&fds);
	} while (!both && fx_deadline_wait(&deadline));
	if (!both)
		fx_fail("one worker of nginx accepts nothing");
}

/* Exactly those of the three have it that have its inode in /proc/PID/fd. */
static void check_holders(const struct look *look, const struct nginx *nginx,
			  const struct nginx_fds *fds,
			  const struct tcpmem_socket *seen)
{
	uint32_t inode = (uint32_t)look_field(seen, TCPMEM_SOCKET_FIELD_INODE);
	size_t expected = 0;

	for (size_t i = 0; i < NGINX_PROCESSES; i++) {
		if (!nginx_fds_has(fds, i, inode))
			continue;
		expected++;
		ck_assert_msg(look_is_held_by(look, seen, nginx->pid[i]),
			      "socket:[%u] is not on process %d", inode,
			      (int)nginx->pid[i]);
	}
	ck_assert_uint_gt(expected, 0);
	ck_assert_uint_eq(
		tcpmem_snapshot_get_holder_count(look->snapshot, seen),
		expected);
}

/* The server's end of a connection whose other end is @client. */
static const struct tcpmem_socket *far_end(const struct look *look,
					   const struct fx_sock *client)
{
	for (size_t i = 0; i < look_count(look); i++) {
		const struct tcpmem_socket *seen = look_at(look, i);
		struct fx_addr local = look_local(seen);
		struct fx_addr remote = look_remote(seen);

		if (fx_addr_equal(&local, &client->remote) &&
		    fx_addr_equal(&remote, &client->local))
			return seen;
	}
	ck_abort_msg("the peer of port %u is not there", client->local.port);
}

static void check_connections(const struct look *look,
			      const struct nginx *nginx,
			      const struct nginx_fds *fds,
			      const struct fx_set *clients)
{
	for (size_t i = 0; i < clients->count; i++) {
		const struct tcpmem_socket *seen =
			far_end(look, &clients->sock[i]);

		ck_assert_uint_eq(
			tcpmem_snapshot_get_holder_count(look->snapshot, seen),
			1);
		check_holders(look, nginx, fds, seen);
	}
}

static void check_listeners(const struct look *look, const struct nginx *nginx,
			    const struct nginx_fds *fds)
{
	size_t listeners = 0;

	for (size_t i = 0; i < look_count(look); i++) {
		const struct tcpmem_socket *seen = look_at(look, i);

		if (tcpmem_socket_get_state(seen) != TCPMEM_STATE_LISTENING)
			continue;
		listeners++;
		check_holders(look, nginx, fds, seen);
		ck_assert_uint_eq(
			tcpmem_snapshot_get_holder_count(look->snapshot, seen),
			NGINX_PROCESSES);
	}
	ck_assert_uint_eq(listeners, LISTENERS);
}

/* Each process's row is the sum over what its /proc/PID/fd names. */
static void check_rows(const struct look *look, const struct nginx *nginx,
		       const struct nginx_fds *fds)
{
	struct tcpmem_table *table = look_by_process(look);

	for (size_t i = 0; i < NGINX_PROCESSES; i++) {
		const struct tcpmem_row *row =
			look_row_of_pid(table, nginx->pid[i]);
		int64_t held = 0, sockets = 0;

		for (size_t j = 0; j < look_count(look); j++) {
			const struct tcpmem_socket *seen = look_at(look, j);
			uint32_t inode = (uint32_t)look_field(
				seen, TCPMEM_SOCKET_FIELD_INODE);

			if (!inode || !nginx_fds_has(fds, i, inode))
				continue;
			held += look_number(seen, TCPMEM_METRIC_HELD);
			sockets++;
		}
		ck_assert_int_eq(row_metric(row, TCPMEM_METRIC_REACH), held);
		ck_assert_int_eq(row_metric(row, TCPMEM_METRIC_REACH_SOCKETS),
				 sockets);
	}
	tcpmem_table_free(table);
}

/* Looks while no process of nginx opens or closes a socket. */
static void look_at_rest(struct look *look, const struct nginx *nginx,
			 struct nginx_fds *fds)
{
	struct fx_deadline deadline = fx_deadline_start();
	struct nginx_fds before;
	bool same;

	for (;;) {
		nginx_fds_read(nginx, &before);
		look_take(look);
		nginx_fds_read(nginx, fds);
		same = nginx_fds_equal(&before, fds);
		nginx_fds_free(&before);
		if (same)
			return;
		nginx_fds_free(fds);
		if (!fx_deadline_wait(&deadline))
			fx_fail("nginx does not come to rest");
	}
}

START_TEST(test_nginx_under_load)
{
	struct fx_worker client, load;
	struct nginx_fds fds;
	struct nginx nginx;
	struct look look;

	fx_sysctl_or_fail("net/ipv4/tcp_wmem", QUEUE);
	look_open(&look);
	nginx_start_or_fail(&nginx);
	fx_worker_start_or_fail(&client);
	fx_worker_start_or_fail(&load);
	visit_both_workers(&client, &nginx);
	fx_worker_run_or_fail(&load, start_load, NULL, 0);
	look_take(&look);
	nginx_fds_read(&nginx, &fds);
	check_listeners(&look, &nginx, &fds);
	check_connections(&look, &nginx, &fds, &client.set);
	nginx_fds_free(&fds);
	fx_worker_stop(&load);
	look_at_rest(&look, &nginx, &fds);
	check_listeners(&look, &nginx, &fds);
	check_connections(&look, &nginx, &fds, &client.set);
	check_rows(&look, &nginx, &fds);
	nginx_fds_free(&fds);
	fx_worker_stop(&client);
	nginx_stop(&nginx);
	look_close(&look);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("nginx");

	tcase_add_test(fx_suite_case(suite, "nginx"), test_nginx_under_load);
	return suite;
}

int main(void)
{
	fx_need_program("nginx");
	fx_need_flavour(FX_IPV6);
	return fx_suite_run(make_suite);
}
