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
#include <time.h>

static const char *captures;
static struct tcpmem_snapshot *states, *netns;
static struct metrics_memory memory;
static struct metrics_look look;
static struct metrics_config config;

/* @asked: bits of enum tcpmem_state; 0: all */
static struct tcpmem_snapshot *load_states(const char *name, uint32_t asked)
{
	struct tcpmem_snapshot *snap = NULL;
	struct tcpmem_query *query = NULL;
	struct tcpmem_ctx *ctx = NULL;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s.tcpmem", captures, name);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tcpmem_query_new(&query), 0);
	if (asked)
		ck_assert_int_eq(tcpmem_query_set_states(query, asked), 0);
	ck_assert_int_eq(tcpmem_query_require(query, TCPMEM_NEED_HOLDERS), 0);
	ck_assert_int_eq(tcpmem_snapshot_load(ctx, query, path, 0, NULL, &snap),
			 0);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	return snap;
}

static struct tcpmem_snapshot *load(const char *name)
{
	return load_states(name, 0);
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

#define BIT(state) (1u << TCPMEM_STATE_##state)

/* Of a state that was not asked for, and a kind that has others, nothing is
 * known; of one that was there are 0. All owners are known here. */
START_TEST(what_was_not_asked_for_is_not_known)
{
	static const struct {
		enum tcpmem_kind kind;
		uint32_t states; /* that it has sockets in */
	} kinds[] = {
		{ TCPMEM_KIND_UNACCEPTED,
		  BIT(ESTABLISHED) | BIT(CLOSE_WAIT) | BIT(SYN_RECV) },
		{ TCPMEM_KIND_ORPHAN, BIT(FIN_WAIT_1) | BIT(FIN_WAIT_2) |
					      BIT(CLOSING) | BIT(LAST_ACK) },
		{ TCPMEM_KIND_TIME_WAIT, BIT(TIME_WAIT) },
		{ TCPMEM_KIND_SYN_RECV, BIT(SYN_RECV) },
		{ TCPMEM_KIND_DARK, BIT(CLOSED) },
		{ TCPMEM_KIND_IN_FLIGHT, UINT32_MAX },
		{ TCPMEM_KIND_HIDDEN, UINT32_MAX },
		{ TCPMEM_KIND_UNKNOWN, UINT32_MAX },
	};
	uint32_t all = tcpmem_snapshot_get_states(states);

	config.group = NULL;
	for (uint32_t state = 0; state <= TCPMEM_STATE_MAX; state++) {
		struct tcpmem_snapshot *snap;

		if (!(all & 1u << state))
			continue;
		snap = load_states("states", 1u << state);
		ck_assert_int_eq(
			metrics_look(&config, &memory, NULL, 0, snap, &look),
			0);
		for (uint32_t i = 0; i <= TCPMEM_STATE_MAX; i++)
			for (size_t v = 0; v < METRICS_STATE_VALUES; v++)
				ck_assert_int_eq(look.state[i][v] ==
							 TCPMEM_UNKNOWN,
						 i != state);
		for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
			for (size_t v = 0; v < 2; v++)
				ck_assert_msg((look.unowned[kinds[i].kind][v] ==
					       TCPMEM_UNKNOWN) ==
						      !(kinds[i].states &
							1u << state),
					      "kind %zu of state %u", i, state);
		tcpmem_snapshot_free(snap);
	}
}
END_TEST

START_TEST(a_look_tells_of_itself)
{
	int64_t begin_ns = metrics_clock(CLOCK_MONOTONIC);

	config.group = "state";
	config.port_count = 1;
	config.port[0] = 8080;
	ck_assert_int_eq(
		metrics_look(&config, &memory, NULL, begin_ns, netns, &look),
		0);
	ck_assert_int_gt(look.duration_ns, 0);
	ck_assert_int_lt(look.duration_ns, INT64_C(600000000000));
	ck_assert_int_gt(look.cpu_ns, 0);
	ck_assert_int_lt(look.cpu_ns, INT64_C(600000000000));
	ck_assert_int_eq(look.time_ns % 1000000, 0);
	ck_assert_int_le(look.time_ns, tcpmem_snapshot_get_time_ns(netns));
	ck_assert_int_gt(look.time_ns + 1000000,
			 tcpmem_snapshot_get_time_ns(netns));
	ck_assert_int_eq(look.netns, 2);
	ck_assert_str_eq(look.by, "state");
	ck_assert_uint_eq(look.group.count, 3);
	ck_assert_uint_eq(look.port.count, 1);
	for (int i = 0; i < METRICS_EVENT_COUNT; i++)
		ck_assert(look.event[i] == TCPMEM_UNKNOWN);
	/* neither was asked for */
	metrics_look_free(&look);
	config.group = NULL;
	config.port_count = 0;
	ck_assert_int_eq(
		metrics_look(&config, &memory, NULL, begin_ns, states, &look),
		0);
	ck_assert_uint_eq(look.group.count, 0);
	ck_assert_uint_eq(look.port.count, 0);
	ck_assert_int_eq(look.netns, 1);
	ck_assert(metrics_has_self(states));
	ck_assert(metrics_has_self(netns));
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
	tcase_add_test(tc, what_was_not_asked_for_is_not_known);
	tcase_add_test(tc, a_look_tells_of_itself);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
