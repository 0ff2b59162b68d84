// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_buffers.c - what a process holds is what its sockets say, to the byte
 *
 * 1,000 connections with full queues, both ways for half of them, over four
 * processes; and getsockopt(SO_MEMINFO) on each fd in the holding process.
 */
#include "../unit/rows.h"
#include "fail.h"
#include "look.h"
#include "need.h"
#include "patience.h"
#include "sandbox.h"
#include "sock.h"
#include "suite.h"
#include "worker.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_EACH 500 /* of each server with its client */
#define PROCESSES	 4
#define QUEUE		 "4096 65536 65536"

/* What the client's job is told. */
struct target {
	enum fx_flavour_id flavour;
	uint16_t port;
};

static void fill_set(const struct fx_set *set)
{
	int *fds = calloc(set->count, sizeof(*fds));
	size_t count = 0;

	if (!fds)
		fx_fail("out of memory");
	for (size_t i = 0; i < set->count; i++)
		if (set->sock[i].state == TCPMEM_STATE_ESTABLISHED)
			fds[count++] = set->sock[i].fd;
	if (!fx_fill_all_or_fail(fds, count))
		fx_fail("nothing could be sent");
	free(fds);
}

static void serve(struct fx_set *set, const void *arg)
{
	const enum fx_flavour_id *flavour = arg;

	fx_set_add_or_fail(
		set,
		fx_listener_or_fail(&fx_flavours[*flavour], CONNECTIONS_EACH),
		TCPMEM_STATE_LISTENING);
}

static void connect_all(struct fx_set *set, const void *arg)
{
	const struct target *target = arg;
	const struct fx_flavour *flavour = &fx_flavours[target->flavour];

	for (int i = 0; i < CONNECTIONS_EACH; i++)
		fx_set_add_or_fail(set,
				   fx_connect_or_fail(flavour, target->port),
				   TCPMEM_STATE_ESTABLISHED);
}

static void accept_all(struct fx_set *set, const void *arg)
{
	(void)arg;
	for (int i = 0; i < CONNECTIONS_EACH; i++)
		fx_set_add_or_fail(set, fx_accept_any_or_fail(set->sock[0].fd),
				   TCPMEM_STATE_ESTABLISHED);
}

static void fill(struct fx_set *set, const void *arg)
{
	(void)arg;
	fill_set(set);
}

/* A server with its connections, and the client at their other end. */
static void start_couple(struct fx_worker *server, struct fx_worker *client,
			 enum fx_flavour_id flavour)
{
	struct target target = { .flavour = flavour };

	fx_worker_start_or_fail(server);
	fx_worker_run_or_fail(server, serve, &flavour, sizeof(flavour));
	target.port = server->set.sock[0].local.port;
	fx_worker_start_or_fail(client);
	fx_worker_run_or_fail(client, connect_all, &target, sizeof(target));
	fx_worker_run_or_fail(server, accept_all, NULL, 0);
	fx_worker_run_or_fail(client, fill, NULL, 0);
}

static void measure(struct fx_worker *workers, int64_t *buffer)
{
	memset(buffer, 0, PROCESSES * sizeof(*buffer));
	for (size_t i = 0; i < PROCESSES; i++) {
		const struct fx_set *set = &workers[i].set;

		fx_worker_measure_or_fail(&workers[i]);
		for (size_t j = 0; j < set->count; j++)
			buffer[i] += fx_mem_buffer(set->sock[j].mem);
	}
}

/* Looks between two equal measurements. */
static void look_at_rest(struct look *look, struct fx_worker *workers,
			 int64_t *buffer)
{
	struct fx_deadline deadline = fx_deadline_start();
	int64_t before[PROCESSES];

	for (;;) {
		measure(workers, before);
		look_take(look);
		measure(workers, buffer);
		if (!memcmp(before, buffer, sizeof(before)))
			return;
		if (!fx_deadline_wait(&deadline))
			fx_fail("the queues do not come to rest");
	}
}

static void check_row(const struct tcpmem_row *row,
		      const struct fx_worker *worker, int64_t buffer)
{
	ck_assert_int_eq(row_metric(row, TCPMEM_METRIC_SOCKETS),
			 (int64_t)worker->set.count);
	ck_assert_int_eq(row_metric(row, TCPMEM_METRIC_BUFFER), buffer);
}

/* tcpmem.h: "buffer = rmem + max(wmem_queued, wmem_alloc) + optmem +
 * backlog" */
START_TEST(test_buffers_to_the_byte)
{
	struct fx_worker workers[PROCESSES];
	int64_t buffer[PROCESSES], total = 0;
	struct tcpmem_table *table;
	struct look look;

	fx_sysctl_or_fail("net/ipv4/tcp_rmem", QUEUE);
	fx_sysctl_or_fail("net/ipv4/tcp_wmem", QUEUE);
	look_open(&look);
	start_couple(&workers[0], &workers[1], FX_IPV4);
	start_couple(&workers[2], &workers[3], FX_IPV6);
	fx_worker_run_or_fail(&workers[2], fill, NULL, 0);
	look_at_rest(&look, workers, buffer);
	table = look_by_process(&look);
	ck_assert_uint_eq(tcpmem_table_get_row_count(table), PROCESSES);
	for (size_t i = 0; i < PROCESSES; i++) {
		ck_assert_int_gt(buffer[i], CONNECTIONS_EACH * 4096);
		check_row(look_row_of_pid(table, workers[i].pid), &workers[i],
			  buffer[i]);
		total += buffer[i];
	}
	ck_assert_int_eq(
		row_metric(tcpmem_table_get_total(table), TCPMEM_METRIC_BUFFER),
		total);
	tcpmem_table_free(table);
	for (size_t i = 0; i < PROCESSES; i++)
		fx_worker_stop(&workers[i]);
	look_close(&look);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("buffers");

	tcase_add_test(fx_suite_case(suite, "buffers"),
		       test_buffers_to_the_byte);
	return suite;
}

int main(void)
{
	fx_need_flavour(FX_IPV6);
	fx_need_fds(2 * CONNECTIONS_EACH);
	return fx_suite_run(make_suite);
}
