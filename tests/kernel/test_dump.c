// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_dump.c - streamed, narrowed or kept: the same sockets */
#include "../unit/rows.h"
#include "look.h"
#include "need.h"
#include "rest.h"
#include "scene.h"
#include "suite.h"

#include <errno.h>

/* What a look at all scenes at once sees, in each way of looking. */
struct views {
	struct look kept;
	struct tcpmem_snapshot *streamed;
	struct tcpmem_table *table; /* of the streamed sockets, by state */
	size_t delivered;
	size_t by_state[TCPMEM_STATE_MAX + 1]; /* narrowed to each state */
};

static void make_all(struct fx_set *set, const void *arg)
{
	(void)arg;
	for (size_t i = 0; i < FX_SCENE_SS_COUNT; i++)
		for (int j = 0; j < FX_FLAVOUR_COUNT; j++)
			if (fx_has_flavour((enum fx_flavour_id)j))
				fx_scenes[i].make(set, &fx_flavours[j]);
}

static int on_socket(const struct tcpmem_snapshot *snapshot,
		     const struct tcpmem_socket *sock, void *user)
{
	struct views *views = user;

	views->delivered++;
	return tcpmem_table_add(views->table, snapshot, sock);
}

static void on_restart(void *user)
{
	struct views *views = user;

	views->delivered = 0;
	tcpmem_table_clear(views->table);
}

static void stream(struct views *views)
{
	const struct tcpmem_dump_ops ops = {
		.size = sizeof(ops),
		.socket = on_socket,
		.restart = on_restart,
	};

	tcpmem_table_free(views->table);
	tcpmem_snapshot_free(views->streamed);
	views->delivered = 0;
	ck_assert_int_eq(tcpmem_table_new("state,process", &views->table), 0);
	ck_assert_int_eq(tcpmem_dump(views->kept.ctx, views->kept.query, &ops,
				     views, &views->streamed),
			 0);
	ck_assert_int_eq(tcpmem_table_finish(views->table), 0);
}

static void narrow(struct views *views)
{
	struct look look;

	look_open(&look);
	for (int state = 1; state <= TCPMEM_STATE_MAX; state++) {
		int ret = tcpmem_query_set_states(look.query, 1u << state);

		if (!tcpmem_state_describe((enum tcpmem_state)state)->name) {
			ck_assert_int_eq(ret, -EINVAL);
			continue;
		}
		ck_assert_int_eq(ret, 0);
		look_take(&look);
		views->by_state[state] = look_count(&look);
		for (size_t i = 0; i < look_count(&look); i++)
			ck_assert_int_eq(
				tcpmem_socket_get_state(look_at(&look, i)),
				state);
	}
	look_close(&look);
}

static void look_every_way(void *user)
{
	struct views *views = user;

	look_take(&views->kept);
	stream(views);
	narrow(views);
}

/* Rows in the order of their keys; every number of each. */
static void check_tables(struct tcpmem_table *a, struct tcpmem_table *b)
{
	size_t count = tcpmem_table_get_row_count(a);

	ck_assert_int_eq(tcpmem_table_sort(a, "key"), 0);
	ck_assert_int_eq(tcpmem_table_sort(b, "key"), 0);
	ck_assert_uint_eq(tcpmem_table_get_row_count(b), count);
	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_row *x = tcpmem_table_get_row(a, i);
		const struct tcpmem_row *y = tcpmem_table_get_row(b, i);

		ck_assert_str_eq(tcpmem_row_get_subject(x)->key,
				 tcpmem_row_get_subject(y)->key);
		ck_assert_str_eq(tcpmem_row_get_subject(x)->kind,
				 tcpmem_row_get_subject(y)->kind);
		for (int n = 0; n < TCPMEM_METRIC_COUNT; n++)
			ck_assert_int_eq(row_metric(x, (enum tcpmem_metric)n),
					 row_metric(y, (enum tcpmem_metric)n));
	}
}

static size_t kept_in_state(const struct look *look, int state)
{
	size_t count = 0;

	for (size_t i = 0; i < look_count(look); i++)
		count += tcpmem_socket_get_state(look_at(look, i)) ==
			 (enum tcpmem_state)state;
	return count;
}

START_TEST(test_every_way_sees_the_same)
{
	struct views views = { 0 };
	struct tcpmem_table *table;
	struct fx_worker worker;
	struct fx_ss ss = { 0 };

	look_open(&views.kept);
	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, make_all, NULL, 0);
	fx_rest_or_fail(&worker, 1, look_every_way, &views, &ss);
	ck_assert_uint_eq(look_count(&views.kept), ss.count);
	ck_assert_uint_eq(views.delivered, ss.count);
	ck_assert_uint_eq(tcpmem_snapshot_get_socket_count(views.streamed), 0);
	for (int state = 1; state <= TCPMEM_STATE_MAX; state++)
		ck_assert_uint_eq(views.by_state[state],
				  kept_in_state(&views.kept, state));
	ck_assert_int_eq(
		tcpmem_group(views.kept.snapshot, "state,process", &table), 0);
	check_tables(table, views.table);
	tcpmem_table_free(table);
	tcpmem_table_free(views.table);
	tcpmem_snapshot_free(views.streamed);
	look_close(&views.kept);
	fx_ss_free(&ss);
	fx_worker_stop(&worker);
}
END_TEST

#define ENOUGH 42

static int stop(const struct tcpmem_snapshot *snapshot,
		const struct tcpmem_socket *sock, void *user)
{
	(void)snapshot;
	(void)sock;
	(void)user;
	return ENOUGH;
}

/* tcpmem.h: "anything else ends the dump and is returned by it" */
START_TEST(test_an_ended_dump_leaves_nothing)
{
	/* the second asks where sockets live, and so has all of them kept */
	static const char *const filters[] = { "rmem >= 0",
					       "not unit = nobody's" };
	const struct tcpmem_dump_ops ops = {
		.size = sizeof(ops),
		.socket = stop,
	};
	struct tcpmem_snapshot *snapshot = NULL;
	struct tcpmem_filter *filter;
	struct tcpmem_filter_error error = {
		.size = sizeof(error),
	};
	struct fx_worker worker;
	struct look look;

	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, make_all, NULL, 0);
	look_open(&look);
	ck_assert_int_eq(tcpmem_filter_parse(filters[_i], &error, &filter), 0);
	ck_assert_int_eq(tcpmem_query_set_filter(look.query, filter), 0);
	tcpmem_filter_free(filter);
	ck_assert_int_eq(
		tcpmem_dump(look.ctx, look.query, &ops, NULL, &snapshot),
		ENOUGH);
	ck_assert_ptr_null(snapshot);
	look_close(&look);
	fx_worker_stop(&worker);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("dump");

	tcase_add_loop_test(fx_suite_case(suite, "ended"),
			    test_an_ended_dump_leaves_nothing, 0, 2);
	tcase_add_test(fx_suite_case(suite, "views"),
		       test_every_way_sees_the_same);
	return suite;
}

int main(void)
{
	fx_need_program("ss");
	fx_skip_flavours();
	return fx_suite_run(make_suite);
}
