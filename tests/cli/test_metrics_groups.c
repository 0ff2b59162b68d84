// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_metrics_groups.c - which groups have a series, and for how many looks
 *
 * The argument is the directory of captures. Of states.tcpmem the ports 8080
 * and 38592 hold most; of netns.tcpmem 8080 and 9090, alike.
 */
#include "metrics/look.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static const char *captures;
static struct tcpmem_snapshot *states, *netns;
static struct metrics_memory memory;
static struct metrics_look look;
static struct metrics_config config;

static struct tcpmem_snapshot *load(const char *name)
{
	struct tcpmem_snapshot *snap = NULL;
	struct tcpmem_query *query = NULL;
	struct tcpmem_ctx *ctx = NULL;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s.tcpmem", captures, name);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tcpmem_query_new(&query), 0);
	ck_assert_int_eq(tcpmem_snapshot_load(ctx, query, path, 0, NULL, &snap),
			 0);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	return snap;
}

static void set_up(void)
{
	states = load("states");
	netns = load("netns");
	look = (struct metrics_look){ 0 };
	config = (struct metrics_config){ .group = "local-port",
					  .top = 2,
					  .max_series = METRICS_MAX_SERIES };
}

static void tear_down(void)
{
	metrics_look_free(&look);
	metrics_memory_free(&memory);
	ck_assert_uint_eq(memory.count, 0);
	tcpmem_snapshot_free(states);
	tcpmem_snapshot_free(netns);
}

static void look_at(const struct tcpmem_snapshot *snap)
{
	metrics_look_free(&look);
	look = (struct metrics_look){ 0 };
	ck_assert_int_eq(metrics_read_groups(&config, &memory, snap, &look), 0);
}

/* The labels, with blanks between; all rows are the total of @snap. */
static void check_groups(const struct tcpmem_snapshot *snap, const char *wanted)
{
	int64_t sum[METRICS_ROW_VALUES] = { 0 };
	struct tcpmem_table *table;
	char labels[256] = "";

	for (size_t i = 0; i < look.group.count; i++) {
		strcat(labels, i ? " " : "");
		strcat(labels, look.group.row[i].label);
		for (size_t v = 0; v < METRICS_ROW_VALUES; v++)
			sum[v] += look.group.row[i].value[v];
	}
	ck_assert_str_eq(labels, wanted);
	ck_assert_int_eq(tcpmem_group(snap, "state", &table), 0);
	for (size_t v = 0; v < METRICS_ROW_VALUES; v++)
		ck_assert_int_eq(
			sum[v], metrics_row_value(tcpmem_table_get_total(table),
						  metrics_row_metric[v]));
	tcpmem_table_free(table);
}

static int64_t held(size_t row)
{
	return look.group.row[row].value[0];
}

/* A group that was among the largest keeps its series for 5 looks. */
START_TEST(what_was_large_stays_for_some_looks)
{
	look_at(states);
	check_groups(states, "8080 38592 (other)");
	ck_assert_int_gt(held(0), held(1));
	for (int i = 1; i < 5; i++) {
		look_at(netns);
		/* of equals by name; who is gone has 0 */
		check_groups(netns, "8080 9090 38592 (other)");
		ck_assert_int_eq(held(0), held(1));
		ck_assert_int_eq(held(2), 0);
		ck_assert_int_gt(held(3), 0);
	}
	look_at(netns);
	check_groups(netns, "8080 9090 (other)");
	ck_assert_int_eq(look.dropped, 0);
}
END_TEST

START_TEST(who_is_large_again_stays_anew)
{
	look_at(states);
	look_at(netns);
	look_at(states);
	check_groups(states, "8080 38592 9090 (other)");
	for (int i = 1; i < 5; i++)
		look_at(netns);
	check_groups(netns, "8080 9090 38592 (other)");
	look_at(netns);
	check_groups(netns, "8080 9090 (other)");
}
END_TEST

START_TEST(what_has_no_room_is_dropped_and_counted)
{
	/* of 3 rows one is for all others */
	config.max_series = METRICS_FIXED + 3 * METRICS_ROW_VALUES;
	look_at(states);
	check_groups(states, "8080 38592 (other)");
	ck_assert_int_eq(look.dropped, 0);
	look_at(netns);
	check_groups(netns, "8080 9090 (other)");
	ck_assert_int_eq(look.dropped, METRICS_ROW_VALUES);
	/* less than a row is none */
	config.max_series += METRICS_ROW_VALUES - 1;
	look_at(netns);
	ck_assert_int_eq(look.dropped, METRICS_ROW_VALUES);
	config.max_series++;
	look_at(netns);
	check_groups(netns, "8080 9090 38592 (other)");
	ck_assert_int_eq(look.dropped, 0);
	/* a port has a row, too */
	config.port_count = 1;
	look_at(netns);
	ck_assert_int_eq(look.dropped, METRICS_ROW_VALUES);
}
END_TEST

START_TEST(without_names_all_are_others)
{
	config.top = 0;
	look_at(states);
	check_groups(states, "(other)");
}
END_TEST

START_TEST(ports_without_a_socket_are_0)
{
	config.port_count = 2;
	config.port[0] = 9;
	config.port[1] = 8080;
	look_at(states);
	ck_assert_int_eq(metrics_read_ports(&config, states, &look), 0);
	ck_assert_uint_eq(look.port.count, 2);
	ck_assert_str_eq(look.port.row[0].label, "9");
	ck_assert_str_eq(look.port.row[1].label, "8080");
	for (size_t v = 0; v < METRICS_ROW_VALUES; v++) {
		ck_assert_int_eq(look.port.row[0].value[v], 0);
		ck_assert_int_eq(look.port.row[1].value[v],
				 look.group.row[0].value[v]);
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("metrics_groups");
	TCase *tc = tcase_create("all");

	captures = argc > 1 ? argv[1] : "captures";
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, what_was_large_stays_for_some_looks);
	tcase_add_test(tc, who_is_large_again_stays_anew);
	tcase_add_test(tc, what_has_no_room_is_dropped_and_counted);
	tcase_add_test(tc, without_names_all_are_others);
	tcase_add_test(tc, ports_without_a_socket_are_0);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
