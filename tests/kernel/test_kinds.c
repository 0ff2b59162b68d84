// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_kinds.c - who holds a socket, and what it is if nobody does */
#include "../unit/rows.h"
#include "kinds.h"
#include "need.h"
#include "sandbox.h"
#include "scene.h"
#include "sock.h"

/* A listener, a client with unread data, and the child that waits. */
static void leave_unaccepted(struct fx_set *set, const void *arg)
{
	const enum fx_flavour_id *id = arg;
	const struct fx_flavour *flavour = &fx_flavours[*id];
	int fd = fx_listener_or_fail(flavour, 8);
	uint16_t port = fx_port_or_fail(fd);

	fx_set_add_or_fail(set, fd, TCPMEM_STATE_LISTENING);
	fd = fx_connect_or_fail(flavour, port);
	fx_send_or_fail(fd, 5000);
	fx_set_add_or_fail(set, fd, TCPMEM_STATE_ESTABLISHED);
	fx_set_add_child_or_fail(set, 0, 1, TCPMEM_STATE_ESTABLISHED);
}

/* tcpmem.h: "in the accept queue; belongs to its listener's processes" */
START_TEST(test_unaccepted)
{
	const enum fx_flavour_id flavour = (enum fx_flavour_id)_i;
	struct kinds kinds;
	const struct fx_sock *child;

	kinds_open(&kinds, leave_unaccepted, &flavour, sizeof(flavour));
	child = &kinds.worker.set.sock[2];
	kinds_check(&kinds, child, TCPMEM_KIND_UNACCEPTED, true);
	ck_assert_int_gt(kinds_buffer(&kinds, child), 5000);
	ck_assert_ptr_null(
		look_row_of_kind(kinds.table, TCPMEM_KIND_UNACCEPTED));
	kinds_close(&kinds);
}
END_TEST

static void leave_orphan(struct fx_set *set, const void *arg)
{
	const enum fx_flavour_id *id = arg;
	const struct fx_flavour *flavour = &fx_flavours[*id];
	int listener = fx_listener_or_fail(flavour, 1);
	struct fx_pair pair = fx_pair_or_fail(flavour, listener);

	fx_fill_or_fail(pair.near);
	fx_set_add_or_fail(set, pair.near, TCPMEM_STATE_ESTABLISHED);
	fx_set_add_or_fail(set, pair.far, TCPMEM_STATE_ESTABLISHED);
	fx_set_add_or_fail(set, listener, TCPMEM_STATE_LISTENING);
	fx_set_close_or_fail(set, 0, TCPMEM_STATE_FIN_WAIT_1);
}

/* tcpmem.h: "closed by its process, still kept by the kernel" */
START_TEST(test_orphan)
{
	const enum fx_flavour_id flavour = (enum fx_flavour_id)_i;
	const struct tcpmem_row *row;
	const struct fx_sock *orphan;
	struct kinds kinds;

	kinds_open(&kinds, leave_orphan, &flavour, sizeof(flavour));
	orphan = &kinds.worker.set.sock[0];
	kinds_check(&kinds, orphan, TCPMEM_KIND_ORPHAN, false);
	row = look_row_of_kind(kinds.table, TCPMEM_KIND_ORPHAN);
	ck_assert_ptr_nonnull(row);
	ck_assert_int_eq(row_metric(row, TCPMEM_METRIC_SOCKETS), 1);
	ck_assert_int_eq(row_metric(row, TCPMEM_METRIC_BUFFER),
			 kinds_buffer(&kinds, orphan));
	kinds_close(&kinds);
}
END_TEST

/* Both ends of the mini-sockets' life: TIME_WAIT, and closed in FIN_WAIT_2. */
static void leave_time_wait(struct fx_set *set, const void *arg)
{
	const enum fx_flavour_id *id = arg;
	const struct fx_flavour *flavour = &fx_flavours[*id];
	int listener = fx_listener_or_fail(flavour, 2);
	struct fx_pair gone = fx_pair_or_fail(flavour, listener);
	struct fx_pair half = fx_pair_or_fail(flavour, listener);

	fx_set_add_or_fail(set, gone.near, TCPMEM_STATE_ESTABLISHED);
	fx_set_add_or_fail(set, half.near, TCPMEM_STATE_ESTABLISHED);
	fx_set_add_or_fail(set, half.far, TCPMEM_STATE_CLOSE_WAIT);
	fx_set_add_or_fail(set, gone.far, TCPMEM_STATE_ESTABLISHED);
	fx_set_add_or_fail(set, listener, TCPMEM_STATE_LISTENING);
	fx_set_close_or_fail(set, 0, TCPMEM_STATE_TIME_WAIT);
	fx_set_close_or_fail(set, 1, TCPMEM_STATE_FIN_WAIT_2);
	fx_await_eof_or_fail(gone.far);
	fx_set_forget(set, 3);
}

/* tcpmem.h: "a mini-socket without buffers or owner" */
START_TEST(test_time_wait)
{
	const enum fx_flavour_id flavour = (enum fx_flavour_id)_i;
	const struct tcpmem_row *row;
	struct kinds kinds;

	kinds_open(&kinds, leave_time_wait, &flavour, sizeof(flavour));
	for (size_t i = 0; i < 2; i++)
		kinds_check(&kinds, &kinds.worker.set.sock[i],
			    TCPMEM_KIND_TIME_WAIT, false);
	row = look_row_of_kind(kinds.table, TCPMEM_KIND_TIME_WAIT);
	ck_assert_ptr_nonnull(row);
	ck_assert_int_eq(row_metric(row, TCPMEM_METRIC_SOCKETS), 2);
	ck_assert_int_eq(row_metric(row, TCPMEM_METRIC_BUFFER), 0);
	ck_assert_int_gt(row_metric(row, TCPMEM_METRIC_HELD), 0);
	kinds_close(&kinds);
}
END_TEST

/* tcpmem.h: "a request that has not completed its handshake" */
START_TEST(test_request)
{
	const struct fx_scene_call call = {
		.scene = FX_SCENE_SYN_RECV,
		.flavour = (enum fx_flavour_id)_i,
	};
	const struct tcpmem_row *row;
	struct kinds kinds;

	kinds_open(&kinds, fx_scene_job, &call, sizeof(call));
	kinds_check(&kinds, &kinds.worker.set.sock[2], TCPMEM_KIND_SYN_RECV,
		    false);
	row = look_row_of_kind(kinds.table, TCPMEM_KIND_SYN_RECV);
	ck_assert_ptr_nonnull(row);
	ck_assert_int_eq(row_metric(row, TCPMEM_METRIC_SOCKETS), 1);
	ck_assert_int_eq(row_metric(row, TCPMEM_METRIC_BUFFER), 0);
	kinds_close(&kinds);
}
END_TEST

/* A SYN with data makes a full socket that can be accepted at once. */
START_TEST(test_fastopen)
{
	const enum fx_flavour_id flavour = (enum fx_flavour_id)_i;
	const struct fx_sock *child;
	struct kinds kinds;

	fx_sysctl_or_fail("net/ipv4/tcp_fastopen", FX_FASTOPEN_ANY);
	kinds_open(&kinds, fx_fastopen_job, &flavour, sizeof(flavour));
	child = &kinds.worker.set.sock[2];
	kinds_check(&kinds, child, TCPMEM_KIND_UNACCEPTED, true);
	ck_assert_int_gt(kinds_buffer(&kinds, child), FX_FASTOPEN_BYTES);
	kinds_close(&kinds);
}
END_TEST

static void check_in_flight(enum fx_flavour_id flavour, enum tcpmem_kind kind)
{
	const struct tcpmem_row *row;
	const struct fx_sock *flying;
	struct kinds kinds;

	kinds_open(&kinds, kinds_leave_in_flight, &flavour, sizeof(flavour));
	flying = &kinds.worker.set.sock[0];
	kinds_check(&kinds, flying, kind, false);
	row = look_row_of_kind(kinds.table, kind);
	ck_assert_ptr_nonnull(row);
	ck_assert_int_eq(row_metric(row, TCPMEM_METRIC_SOCKETS), 1);
	ck_assert_int_eq(row_metric(row, TCPMEM_METRIC_BUFFER),
			 kinds_buffer(&kinds, flying));
	kinds_close(&kinds);
}

/* tcpmem.h: "no process that could be read holds it, although all could be
 * read: passed over a UNIX socket and not received yet" */
START_TEST(test_in_flight)
{
	fx_proc_claim_host_or_fail();
	check_in_flight((enum fx_flavour_id)_i, TCPMEM_KIND_IN_FLIGHT);
}
END_TEST

/* In a pid namespace a holder may be outside, where it could not be read. */
START_TEST(test_hidden)
{
	check_in_flight((enum fx_flavour_id)_i, TCPMEM_KIND_HIDDEN);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("kinds");
	TCase *all = fx_suite_case(suite, "all families");
	TCase *plain = fx_suite_case(suite, "TCP alone");

	fx_suite_add_flavours(all, test_unaccepted, 1);
	fx_suite_add_flavours(all, test_orphan, 1);
	fx_suite_add_flavours(all, test_request, 1);
	fx_suite_add_flavours(all, test_in_flight, 1);
	fx_suite_add_flavours(all, test_hidden, 1);
	tcase_add_loop_test(plain, test_time_wait, 0, FX_PLAIN_COUNT);
	tcase_add_loop_test(plain, test_fastopen, 0, FX_PLAIN_COUNT);
	return suite;
}

int main(void)
{
	fx_need_program("ss");
	fx_skip_flavours();
	return fx_suite_run(make_suite);
}
