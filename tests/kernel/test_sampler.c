// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_sampler.c - snapshots one after the other say what single ones say */
#include "look.h"
#include "need.h"
#include "sock.h"
#include "suite.h"
#include "worker.h"

static void add_pair(struct fx_set *set, const void *arg)
{
	const struct fx_flavour *flavour = &fx_flavours[FX_IPV4];
	int listener = fx_listener_or_fail(flavour, 1);
	struct fx_pair pair = fx_pair_or_fail(flavour, listener);

	(void)arg;
	fx_set_add_or_fail(set, listener, TCPMEM_STATE_LISTENING);
	fx_set_add_or_fail(set, pair.near, TCPMEM_STATE_ESTABLISHED);
	fx_set_add_or_fail(set, pair.far, TCPMEM_STATE_ESTABLISHED);
}

static void send_some(struct fx_set *set, const void *arg)
{
	(void)arg;
	fx_send_or_fail(set->sock[1].fd, 1000);
}

static void check_is_held(const struct look *look, const struct fx_sock *sock,
			  pid_t pid)
{
	const struct tcpmem_socket *seen = look_find(look, sock);

	ck_assert_int_eq(tcpmem_socket_get_kind(seen), TCPMEM_KIND_PROCESS);
	ck_assert_uint_eq(
		tcpmem_snapshot_get_holder_count(look->snapshot, seen), 1);
	ck_assert(look_is_held_by(look, seen, pid));
}

/* tcpmem.h: "they say the same" */
START_TEST(test_samples_follow)
{
	enum tcpmem_holder_source source = (enum tcpmem_holder_source)_i;
	struct tcpmem_sampler *sampler;
	struct fx_worker one, two;
	struct look look;

	look_open_by(&look, source);
	ck_assert_int_eq(tcpmem_sampler_new(look.ctx, look.query, &sampler), 0);
	look_next(&look, sampler);
	ck_assert_uint_eq(look_count(&look), 0);

	fx_worker_start_or_fail(&one);
	fx_worker_run_or_fail(&one, add_pair, NULL, 0);
	look_next(&look, sampler);
	ck_assert_uint_eq(look_count(&look), 3);
	for (size_t i = 0; i < 3; i++)
		check_is_held(&look, &one.set.sock[i], one.pid);

	/* what is queued since and who came since is seen */
	fx_worker_run_or_fail(&one, send_some, NULL, 0);
	fx_worker_start_or_fail(&two);
	fx_worker_run_or_fail(&two, add_pair, NULL, 0);
	look_next(&look, sampler);
	ck_assert_uint_eq(look_count(&look), 6);
	for (size_t i = 0; i < 3; i++) {
		check_is_held(&look, &one.set.sock[i], one.pid);
		check_is_held(&look, &two.set.sock[i], two.pid);
	}
	ck_assert_int_gt(look_number(look_find(&look, &one.set.sock[2]),
				     TCPMEM_METRIC_RMEM),
			 1000);

	/* who is gone is gone */
	fx_worker_stop(&one);
	look_next(&look, sampler);
	for (size_t i = 0; i < look_count(&look); i++)
		ck_assert(!look_is_held_by(&look, look_at(&look, i), one.pid));
	for (size_t i = 0; i < 3; i++)
		check_is_held(&look, &two.set.sock[i], two.pid);
	fx_worker_stop(&two);
	tcpmem_sampler_free(sampler);
	look_close(&look);
}
END_TEST

/* tcpmem.h: "lives on without the sampler" */
START_TEST(test_snapshot_outlives)
{
	struct tcpmem_sampler *sampler;
	struct fx_worker worker;
	struct look look;

	look_open(&look);
	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, add_pair, NULL, 0);
	ck_assert_int_eq(tcpmem_sampler_new(look.ctx, look.query, &sampler), 0);
	look_next(&look, sampler);
	tcpmem_sampler_free(sampler);
	ck_assert_uint_eq(look_count(&look), 3);
	check_is_held(&look, &worker.set.sock[0], worker.pid);
	fx_worker_stop(&worker);
	look_close(&look);
}
END_TEST

/* tcpmem.h: "NULL is fine" */
START_TEST(test_free_null)
{
	tcpmem_sampler_free(NULL);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("sampler");
	TCase *tcase = fx_suite_case(suite, "sampler");

	tcase_add_loop_test(tcase, test_samples_follow,
			    TCPMEM_HOLDER_SOURCE_AUTO,
			    TCPMEM_HOLDER_SOURCE_PROC + 1);
	tcase_add_test(tcase, test_snapshot_outlives);
	tcase_add_test(tcase, test_free_null);
	return suite;
}

int main(void)
{
	fx_need_host_root();
	return fx_suite_run_on_host(make_suite);
}
