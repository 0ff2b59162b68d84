// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_iter_sockets.c - what the kernel's iterator tells of sockets is what a
 * dump tells of them, whichever of the two is asked
 */
#include "flavour.h"
#include "iter.h"
#include "look.h"
#include "rest.h"
#include "scene.h"
#include "suite.h"
#include "worker.h"

#include <stdio.h>
#include <string.h>

static int scene_count;

/* An accepted msk has its listener's cookie: addresses tell them apart. */
static bool is_twin(const struct tcpmem_socket *a,
		    const struct tcpmem_socket *b)
{
	struct fx_addr near[] = { look_local(a), look_local(b) };
	struct fx_addr far[] = { look_remote(a), look_remote(b) };

	return tcpmem_socket_get_cookie(a) == tcpmem_socket_get_cookie(b) &&
	       tcpmem_socket_get_protocol(a) == tcpmem_socket_get_protocol(b) &&
	       fx_addr_equal(&near[0], &near[1]) &&
	       fx_addr_equal(&far[0], &far[1]);
}

static const struct tcpmem_socket *find_twin(const struct look *look,
					     const struct tcpmem_socket *sock)
{
	const struct tcpmem_socket *twin = NULL;

	for (size_t i = 0; i < look_count(look); i++) {
		if (!is_twin(look_at(look, i), sock))
			continue;
		ck_assert_ptr_null(twin);
		twin = look_at(look, i);
	}
	ck_assert_ptr_nonnull(twin);
	return twin;
}

/* What is still being sent grows between the looks. */
static void check_between(const char *what, int64_t before, int64_t value,
			  int64_t after)
{
	int64_t low = before < after ? before : after;
	int64_t high = before < after ? after : before;

	ck_assert_msg(low <= value && value <= high, "%s: %jd, %jd, %jd", what,
		      (intmax_t)before, (intmax_t)value, (intmax_t)after);
}

static void compare_numbers(const struct tcpmem_socket *before,
			    const struct tcpmem_socket *sock,
			    const struct tcpmem_socket *after)
{
	for (int i = 0; i < TCPMEM_METRIC_COUNT; i++) {
		enum tcpmem_metric number = (enum tcpmem_metric)i;
		int64_t x = -1, y = -1, z = -1;

		ck_assert_int_eq(tcpmem_socket_get_metric(before, number, &x),
				 tcpmem_socket_get_metric(sock, number, &y));
		tcpmem_socket_get_metric(after, number, &z);
		check_between(tcpmem_metric_describe(number)->name, x, y, z);
	}
}

static void compare_identity(const struct tcpmem_socket *a,
			     const struct tcpmem_socket *b)
{
	static const enum tcpmem_socket_field fields[] = {
		TCPMEM_SOCKET_FIELD_STATE,   TCPMEM_SOCKET_FIELD_FAMILY,
		TCPMEM_SOCKET_FIELD_INODE,   TCPMEM_SOCKET_FIELD_UID,
		TCPMEM_SOCKET_FIELD_IFINDEX, TCPMEM_SOCKET_FIELD_CGROUP_ID,
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		int64_t x = 0, y = 0;

		ck_assert_int_eq(tcpmem_socket_get_field(a, fields[i], &x),
				 tcpmem_socket_get_field(b, fields[i], &y));
		ck_assert_int_eq(x, y);
	}
}

static void compare_queues(const struct tcpmem_socket *before,
			   const struct tcpmem_socket *sock,
			   const struct tcpmem_socket *after)
{
	static const enum tcpmem_socket_field queues[] = {
		TCPMEM_SOCKET_FIELD_RECV_Q,
		TCPMEM_SOCKET_FIELD_SEND_Q,
	};

	for (size_t i = 0; i < sizeof(queues) / sizeof(*queues); i++)
		check_between(i ? "send queue" : "receive queue",
			      look_field(before, queues[i]),
			      look_field(sock, queues[i]),
			      look_field(after, queues[i]));
}

static void compare_holders(const struct look *proc,
			    const struct tcpmem_socket *a,
			    const struct look *bpf,
			    const struct tcpmem_socket *b)
{
	size_t count = tcpmem_snapshot_get_holder_count(proc->snapshot, a);

	ck_assert_int_eq(tcpmem_socket_get_kind(a), tcpmem_socket_get_kind(b));
	ck_assert_uint_eq(tcpmem_snapshot_get_holder_count(bpf->snapshot, b),
			  count);
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(
			tcpmem_process_get_pid(tcpmem_snapshot_get_holder(
				proc->snapshot, a, i)),
			tcpmem_process_get_pid(tcpmem_snapshot_get_holder(
				bpf->snapshot, b, i)));
}

static void compare_looks(const struct look *before, const struct look *bpf,
			  const struct look *after)
{
	ck_assert_uint_gt(look_count(bpf), 0);
	ck_assert_uint_eq(look_count(before), look_count(bpf));
	for (size_t i = 0; i < look_count(bpf); i++) {
		const struct tcpmem_socket *sock = look_at(bpf, i);
		const struct tcpmem_socket *a = find_twin(before, sock);
		const struct tcpmem_socket *b = find_twin(after, sock);

		compare_identity(a, sock);
		compare_numbers(a, sock, b);
		compare_queues(a, sock, b);
		compare_holders(before, a, bpf, sock);
	}
}

struct looks {
	struct look before, bpf, after;
};

static void look_thrice(void *user)
{
	struct looks *looks = user;

	look_take(&looks->before);
	look_take(&looks->bpf);
	look_take(&looks->after);
}

/* tcpmem.h: "what is faster and allowed; both answer alike" */
START_TEST(test_scenes_look_alike)
{
	struct fx_scene_call call = {
		.scene = (enum fx_scene_id)(_i % scene_count),
		.flavour = (enum fx_flavour_id)(_i / scene_count),
	};
	struct fx_worker worker;
	struct looks looks;
	struct fx_ss ss = { 0 };

	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, fx_scene_job, &call, sizeof(call));
	look_open_by(&looks.before, TCPMEM_HOLDER_SOURCE_PROC);
	look_open_by(&looks.bpf, TCPMEM_HOLDER_SOURCE_BPF);
	look_open_by(&looks.after, TCPMEM_HOLDER_SOURCE_PROC);
	fx_rest_or_fail(&worker, 1, look_thrice, &looks, &ss);
	compare_looks(&looks.before, &looks.bpf, &looks.after);
	fx_worker_stop(&worker);
	look_close(&looks.before);
	look_close(&looks.bpf);
	look_close(&looks.after);
	fx_ss_free(&ss);
}
END_TEST

/* What the kernel may have added up tells apart. */
static Suite *make_suite(void)
{
	Suite *suite = suite_create("iter_sockets");
	TCase *tcase = fx_suite_case(suite, "iter_sockets");

	fx_suite_add_flavours(tcase, test_scenes_look_alike, scene_count);
	return suite;
}

int main(void)
{
	scene_count = iter_prepare();
	return fx_suite_run_on_host(make_suite);
}
