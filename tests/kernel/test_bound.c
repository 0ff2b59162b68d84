// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_bound.c - bound sockets that neither listen nor connect
 *
 * ss(8) does not know the state yet, so the sockets themselves are asked.
 */
#include "look.h"
#include "need.h"
#include "scene.h"
#include "suite.h"
#include "worker.h"

#include <sys/socket.h>

static const enum fx_flavour_id flavours[] = { FX_IPV4, FX_IPV6, FX_MAPPED };

static void check_counters(const struct tcpmem_socket *seen,
			   const struct fx_sock *sock)
{
	for (int i = 0; i < FX_MEM_WORDS; i++)
		ck_assert_int_eq(look_number(seen, (enum tcpmem_metric)i),
				 (int32_t)sock->mem[i]);
}

/* tcpmem.h: "a bound socket that neither listens nor connects as
 * %TCPMEM_STATE_BOUND_INACTIVE" */
START_TEST(test_bound_is_shown)
{
	struct fx_scene_call call = {
		.scene = FX_SCENE_BOUND,
		.flavour = flavours[_i],
	};
	const struct tcpmem_socket *seen;
	const struct fx_sock *sock;
	struct fx_worker worker;
	struct look look;

	look_open(&look);
	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, fx_scene_job, &call, sizeof(call));
	look_take(&look);
	ck_assert_uint_eq(look_count(&look), 1);
	sock = &worker.set.sock[0];
	seen = look_find(&look, sock);
	ck_assert_int_eq(tcpmem_socket_get_state(seen),
			 TCPMEM_STATE_BOUND_INACTIVE);
	ck_assert_int_eq(tcpmem_socket_get_family(seen),
			 sock->domain == AF_INET ? TCPMEM_FAMILY_IPV4
						 : TCPMEM_FAMILY_IPV6);
	ck_assert_uint_eq(look_field(seen, TCPMEM_SOCKET_FIELD_INODE),
			  sock->inode);
	ck_assert_int_eq(tcpmem_socket_get_kind(seen), TCPMEM_KIND_PROCESS);
	check_counters(seen, sock);
	fx_worker_stop(&worker);
	look_close(&look);
}
END_TEST

static void leave_in_flight(struct fx_set *set, const void *call)
{
	fx_scene_job(set, call);
	fx_set_fly_or_fail(set, 0);
}

/* The same, of one that no process holds: the kernel finds it by its cookie
 * in no table that it looks into, and it is there all the same. */
START_TEST(test_bound_of_nobody_is_shown)
{
	struct fx_scene_call call = {
		.scene = FX_SCENE_BOUND,
		.flavour = flavours[_i],
	};
	const struct tcpmem_socket *seen;
	struct fx_worker worker;
	struct look look;

	look_open(&look);
	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, leave_in_flight, &call, sizeof(call));
	look_take(&look);
	ck_assert_uint_eq(look_count(&look), 1);
	seen = look_find(&look, &worker.set.sock[0]);
	ck_assert_int_eq(tcpmem_socket_get_state(seen),
			 TCPMEM_STATE_BOUND_INACTIVE);
	ck_assert_int_ne(tcpmem_socket_get_kind(seen), TCPMEM_KIND_PROCESS);
	fx_worker_stop(&worker);
	look_close(&look);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("bound");
	TCase *tcase = fx_suite_case(suite, "bound");

	tcase_add_loop_test(tcase, test_bound_is_shown, 0,
			    sizeof(flavours) / sizeof(flavours[0]));
	tcase_add_loop_test(tcase, test_bound_of_nobody_is_shown, 0,
			    sizeof(flavours) / sizeof(flavours[0]));
	return suite;
}

int main(void)
{
	fx_need_flavour(FX_IPV6);
	fx_need_bound_dump();
	return fx_suite_run(make_suite);
}
