// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_states.c - every state in every family, as ss(8) sees it too */
#include "look.h"
#include "need.h"
#include "rest.h"
#include "scene.h"
#include "suite.h"

#include <errno.h>
#include <sys/socket.h>

static void check_counters(const struct tcpmem_socket *seen,
			   const struct fx_ss_sock *ss)
{
	for (int i = 0; i < FX_MEM_WORDS; i++) {
		enum tcpmem_metric number = (enum tcpmem_metric)i;
		int64_t value;
		int ret = tcpmem_socket_get_metric(seen, number, &value);

		if (!ss->full) {
			ck_assert_int_eq(ret, -ENODATA);
			continue;
		}
		ck_assert_int_eq(ret, 0);
		ck_assert_msg((uint32_t)value == ss->mem[i],
			      "%s is %jd, ss says %u",
			      tcpmem_metric_describe(number)->name,
			      (intmax_t)value, ss->mem[i]);
	}
}

static void check_queues(const struct tcpmem_socket *seen,
			 const struct fx_ss_sock *ss)
{
	ck_assert_int_eq(look_field(seen, TCPMEM_SOCKET_FIELD_RECV_Q),
			 ss->receive);
	ck_assert_int_eq(look_field(seen, TCPMEM_SOCKET_FIELD_SEND_Q),
			 ss->send);
}

/* tcpmem.h: "its user, as the kernel says, which forgets that of mini-sockets"
 */
static void check_uid(const struct tcpmem_socket *seen,
		      const struct fx_ss_sock *ss)
{
	int64_t uid;
	int ret = tcpmem_socket_get_field(seen, TCPMEM_SOCKET_FIELD_UID, &uid);

	ck_assert_int_eq(ret, ss->full ? 0 : -ENODATA);
	if (!ret)
		ck_assert_int_eq(uid, ss->uid);
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

static void check_ss_sock(const struct look *look, const struct fx_ss_sock *ss)
{
	const struct tcpmem_socket *seen = NULL;

	for (size_t i = 0; i < look_count(look) && !seen; i++)
		if (is_same(look_at(look, i), ss))
			seen = look_at(look, i);
	ck_assert_msg(seen, "ss shows port %u -> %u, %s", ss->local.port,
		      ss->remote.port, tcpmem_state_describe(ss->state)->name);
	ck_assert_int_eq(tcpmem_socket_get_state(seen), ss->state);
	ck_assert_uint_eq(look_field(seen, TCPMEM_SOCKET_FIELD_INODE),
			  ss->inode);
	check_counters(seen, ss);
	check_queues(seen, ss);
	check_uid(seen, ss);
}

static void check_sock(const struct look *look, const struct fx_sock *sock)
{
	const struct tcpmem_socket *seen = look_find(look, sock);
	enum tcpmem_family family = sock->domain == AF_INET
					    ? TCPMEM_FAMILY_IPV4
					    : TCPMEM_FAMILY_IPV6;

	ck_assert_int_eq(tcpmem_socket_get_state(seen), sock->state);
	ck_assert_int_eq(tcpmem_socket_get_family(seen), family);
	ck_assert_uint_eq(look_field(seen, TCPMEM_SOCKET_FIELD_INODE),
			  sock->inode);
	ck_assert_int_eq(look_number(seen, TCPMEM_METRIC_SOCKETS), 1);
}

/* Every socket of the scene counts as one, and no other does. */
static void check_socket_count(const struct look *look,
			       const struct fx_set *set)
{
	int64_t sockets = 0;

	for (size_t i = 0; i < look_count(look); i++)
		sockets += look_number(look_at(look, i), TCPMEM_METRIC_SOCKETS);
	ck_assert_int_eq(sockets, (int64_t)set->count);
}

static void check_scene(enum fx_scene_id scene, enum fx_flavour_id flavour)
{
	struct fx_scene_call call = { .scene = scene, .flavour = flavour };
	struct fx_worker worker;
	struct fx_ss ss = { 0 };
	struct look look;

	look_open(&look);
	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, fx_scene_job, &call, sizeof(call));
	fx_rest_or_fail(&worker, 1, look_take, &look, &ss);
	ck_assert_uint_eq(look_count(&look), ss.count);
	for (size_t i = 0; i < ss.count; i++)
		check_ss_sock(&look, &ss.sock[i]);
	for (size_t i = 0; i < worker.set.count; i++)
		check_sock(&look, &worker.set.sock[i]);
	check_socket_count(&look, &worker.set);
	fx_ss_free(&ss);
	fx_worker_stop(&worker);
	look_close(&look);
}

/* Bound, inactive sockets are unknown to ss: test_bound.c has them. */
START_TEST(test_scene)
{
	check_scene((enum fx_scene_id)(_i % FX_SCENE_SS_COUNT),
		    (enum fx_flavour_id)(_i / FX_SCENE_SS_COUNT));
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("states");
	TCase *tcase = fx_suite_case(suite, "scenes");

	fx_suite_add_flavours(tcase, test_scene, FX_SCENE_SS_COUNT);
	return suite;
}

int main(void)
{
	fx_need_program("ss");
	fx_skip_flavours();
	return fx_suite_run(make_suite);
}
