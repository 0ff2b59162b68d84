// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_shares.c - sockets that fork() gave to several processes */
#include "../unit/rows.h"
#include "look.h"
#include "need.h"
#include "rest.h"
#include "sock.h"
#include "suite.h"

#include <stdlib.h>
#include <unistd.h>

#define HOLDERS 3

/*
 * part_of() rounds each socket down; a table, each of a buffer's four terms
 * for each set of holders.
 */
#define ROUNDING (10 + 2 * 4)

/* Held by all, and by all but the last. */
struct estate {
	struct fx_pair all;
	struct fx_pair some;
	int listener;
};

struct legacy {
	struct estate estate;
	bool last;
};

static void inherit(struct fx_set *set, const void *arg)
{
	const struct legacy *legacy = arg;
	const struct estate *estate = &legacy->estate;

	fx_set_add_or_fail(set, estate->all.near, TCPMEM_STATE_ESTABLISHED);
	fx_set_add_or_fail(set, estate->all.far, TCPMEM_STATE_ESTABLISHED);
	fx_set_add_or_fail(set, estate->listener, TCPMEM_STATE_LISTENING);
	if (legacy->last) {
		close(estate->some.near);
		close(estate->some.far);
		return;
	}
	fx_set_add_or_fail(set, estate->some.near, TCPMEM_STATE_ESTABLISHED);
	fx_set_add_or_fail(set, estate->some.far, TCPMEM_STATE_ESTABLISHED);
}

static void bequeath(struct fx_worker *workers,
		     const struct fx_flavour *flavour)
{
	struct legacy legacy = { .last = false };
	struct estate *estate = &legacy.estate;

	estate->listener = fx_listener_or_fail(flavour, 2);
	estate->all = fx_pair_or_fail(flavour, estate->listener);
	estate->some = fx_pair_or_fail(flavour, estate->listener);
	fx_fill_or_fail(estate->all.near);
	fx_fill_or_fail(estate->some.far);
	for (size_t i = 0; i < HOLDERS; i++) {
		fx_worker_start_or_fail(&workers[i]);
		legacy.last = i == HOLDERS - 1;
		fx_worker_run_or_fail(&workers[i], inherit, &legacy,
				      sizeof(legacy));
	}
	close(estate->listener);
	close(estate->all.near);
	close(estate->all.far);
	close(estate->some.near);
	close(estate->some.far);
}

/* What @worker holds of the whole: of each socket, @number over its holders;
 * an msk's subflow has its inode. */
static int64_t part_of(const struct look *look, const struct fx_worker *worker,
		       enum tcpmem_metric number, bool shared)
{
	int64_t sum = 0;

	for (size_t i = 0; i < look_count(look); i++) {
		const struct tcpmem_socket *seen = look_at(look, i);
		size_t holders =
			tcpmem_snapshot_get_holder_count(look->snapshot, seen);
		int64_t inode = look_field(seen, TCPMEM_SOCKET_FIELD_INODE);

		for (size_t j = 0; j < worker->set.count; j++)
			if (worker->set.sock[j].inode == inode)
				sum += look_number(seen, number) /
				       (shared ? (int64_t)holders : 1);
	}
	return sum;
}

static void check_row(const struct look *look, const struct tcpmem_row *row,
		      const struct fx_worker *worker)
{
	int64_t buffer = row_metric(row, TCPMEM_METRIC_BUFFER);

	ck_assert_int_le(llabs(buffer - part_of(look, worker,
						TCPMEM_METRIC_BUFFER, true)),
			 ROUNDING);
	ck_assert_int_eq(row_metric(row, TCPMEM_METRIC_REACH),
			 part_of(look, worker, TCPMEM_METRIC_HELD, false));
	ck_assert_int_eq(row_metric(row, TCPMEM_METRIC_REACH_SOCKETS),
			 (int64_t)worker->set.count);
}

static void check_holders(const struct look *look, const struct fx_sock *sock,
			  const struct fx_worker *workers, size_t count)
{
	const struct tcpmem_socket *seen = look_find(look, sock);

	ck_assert_uint_eq(
		tcpmem_snapshot_get_holder_count(look->snapshot, seen), count);
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(
			tcpmem_process_get_pid(tcpmem_snapshot_get_holder(
				look->snapshot, seen, i)),
			(uint32_t)workers[i].pid);
}

/* tcpmem.h: "a socket held by k processes counts 1/k in each; REACH and
 * REACH_SOCKETS count it in full in each" */
START_TEST(test_forks_share)
{
	struct fx_worker workers[HOLDERS];
	struct tcpmem_table *table;
	struct fx_ss ss = { 0 };
	struct look look;

	look_open(&look);
	bequeath(workers, &fx_flavours[_i]);
	fx_rest_or_fail(workers, HOLDERS, look_take, &look, &ss);
	table = look_by_process(&look);
	ck_assert_uint_eq(tcpmem_table_get_row_count(table), HOLDERS);
	for (size_t i = 0; i < HOLDERS; i++)
		check_row(&look, look_row_of_pid(table, workers[i].pid),
			  &workers[i]);
	for (size_t i = 0; i < workers[0].set.count; i++)
		check_holders(&look, &workers[0].set.sock[i], workers,
			      i < workers[HOLDERS - 1].set.count ? HOLDERS
								 : HOLDERS - 1);
	tcpmem_table_free(table);
	fx_ss_free(&ss);
	for (size_t i = 0; i < HOLDERS; i++)
		fx_worker_stop(&workers[i]);
	look_close(&look);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("shares");
	TCase *tcase = fx_suite_case(suite, "shares");

	fx_suite_add_flavours(tcase, test_forks_share, 1);
	return suite;
}

int main(void)
{
	fx_need_program("ss");
	fx_skip_flavours();
	return fx_suite_run(make_suite);
}
