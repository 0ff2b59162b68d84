// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_bpf.c - the kernel's iterator finds the holders that /proc shows */
#include "fail.h"
#include "kinds.h"
#include "need.h"
#include "sock.h"

#include <string.h>
#include <unistd.h>

/* A connection and its listener that two processes hold, and one in flight. */
static void make_sockets(struct fx_set *set, const void *arg)
{
	const enum fx_flavour_id *id = arg;

	kinds_leave_in_flight(set, id);
	if (fork() == 0)
		for (;;)
			pause();
}

static void compare_holders(const struct look *proc, const struct look *bpf,
			    const struct fx_sock *sock, size_t expected)
{
	const struct tcpmem_socket *a = look_find(proc, sock);
	const struct tcpmem_socket *b = look_find(bpf, sock);

	ck_assert_uint_eq(tcpmem_snapshot_get_holder_count(proc->snapshot, a),
			  expected);
	ck_assert_uint_eq(tcpmem_snapshot_get_holder_count(bpf->snapshot, b),
			  expected);
	for (size_t i = 0; i < expected; i++) {
		const struct tcpmem_process *x =
			tcpmem_snapshot_get_holder(proc->snapshot, a, i);
		const struct tcpmem_process *y =
			tcpmem_snapshot_get_holder(bpf->snapshot, b, i);

		ck_assert_uint_eq(tcpmem_process_get_pid(x),
				  tcpmem_process_get_pid(y));
		ck_assert_uint_eq(tcpmem_process_get_start_time(x),
				  tcpmem_process_get_start_time(y));
		ck_assert_str_eq(tcpmem_process_get_comm(x),
				 tcpmem_process_get_comm(y));
	}
}

static void look_by(struct look *look, enum tcpmem_holder_source source)
{
	look_open(look);
	ck_assert_int_eq(tcpmem_query_set_holder_source(look->query, source),
			 0);
	look_take(look);
}

/* tcpmem.h: "what is faster and allowed; both answer alike" */
START_TEST(test_both_find_the_same)
{
	const enum fx_flavour_id flavour = (enum fx_flavour_id)_i;
	struct look proc, bpf;
	struct kinds kinds;

	kinds_open(&kinds, make_sockets, &flavour, sizeof(flavour));
	look_by(&proc, TCPMEM_HOLDER_SOURCE_PROC);
	look_by(&bpf, TCPMEM_HOLDER_SOURCE_BPF);
	for (size_t i = 0; i < kinds.worker.set.count; i++)
		compare_holders(&proc, &bpf, &kinds.worker.set.sock[i],
				i ? 2 : 0);
	/* The iterator sees every process, so this one is surely nobody's. */
	ck_assert_int_eq(tcpmem_socket_get_kind(
				 look_find(&bpf, &kinds.worker.set.sock[0])),
			 TCPMEM_KIND_IN_FLIGHT);
	kinds_close(&kinds);
	look_close(&proc);
	look_close(&bpf);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("bpf");

	tcase_add_loop_test(fx_suite_case(suite, "bpf"),
			    test_both_find_the_same, 0, FX_FLAVOUR_COUNT);
	return suite;
}

static void need_bpf(void)
{
	struct tcpmem_snapshot *snapshot = NULL;
	struct tcpmem_query *query;
	struct tcpmem_ctx *ctx;
	int ret;

	if (tcpmem_ctx_new(&ctx) < 0 || tcpmem_query_new(&query) < 0)
		fx_fail("out of memory");
	tcpmem_query_set_holder_source(query, TCPMEM_HOLDER_SOURCE_BPF);
	ret = tcpmem_snapshot_take(ctx, query, &snapshot);
	tcpmem_snapshot_free(snapshot);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	if (ret < 0)
		fx_skip("no BPF iterator here: %s", strerror(-ret));
}

int main(void)
{
	fx_need_host_root();
	fx_need_program("ss");
	fx_need_all_flavours();
	need_bpf();
	return fx_suite_run_on_host(make_suite);
}
