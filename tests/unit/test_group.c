// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_group.c - every grouping adds up to the total */
#include "analysis/explain.h"
#include "analysis/table.h"
#include "analysis/tree.h"
#include "in_use.h"
#include "model/snapshot.h"
#include "page_guard.h"
#include "rows.h"
#include "tcpmem.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SOCKETS 501

static struct tcpmem_snapshot *snap;

static void add_process(uint32_t pid, const char *comm)
{
	struct tcpmem_process process = { .pid = pid };
	uint32_t index;

	strcpy(process.comm, comm);
	ck_assert_int_eq(tm_holders_process(snap->holders, &process, &index),
			 0);
}

static struct tcpmem_socket *add_socket(uint8_t state, uint8_t kind)
{
	struct tcpmem_socket *sock = &snap->sockets.sock[snap->sockets.count++];

	ck_assert_uint_le(snap->sockets.count, SOCKETS);
	sock->state = state;
	sock->kind = kind;
	sock->skmem_words = TM_SKMEM_WORDS;
	for (size_t i = 0; i < TM_SKMEM_WORDS; i++)
		sock->skmem[i] =
			(uint32_t)(snap->sockets.count * (i + 7) % 997);
	sock->object = (uint16_t)(1000 + snap->sockets.count % 3);
	sock->remote[0] = (uint8_t)(snap->sockets.count % 7);
	sock->local_port = (uint16_t)(snap->sockets.count % 5);
	sock->uid = 60000 + (uint32_t)(snap->sockets.count % 3);
	return sock;
}

static void hold(struct tcpmem_socket *sock, uint32_t inode, uint32_t process)
{
	sock->inode = inode;
	ck_assert_int_eq(tm_holders_add(snap->holders, inode, process), 0);
}

static void finish(void)
{
	ck_assert_int_eq(tm_holders_finish(snap->holders), 0);
	for (size_t i = 0; i < snap->sockets.count; i++)
		snap->sockets.sock[i].holder = tm_holders_find(
			snap->holders, snap->sockets.sock[i].inode);
}

static void setup(void)
{
	snap = calloc(1, sizeof(*snap));
	snap->sockets.sock = calloc(SOCKETS, sizeof(*snap->sockets.sock));
	ck_assert_int_eq(tm_holders_new(false, &snap->holders), 0);
	add_process(10, "one");
	add_process(20, "two");
	add_process(30, "three");
}

static void teardown(void)
{
	tcpmem_snapshot_free(snap);
}

static int64_t total_of(const struct tcpmem_table *table,
			enum tcpmem_metric number)
{
	return row_metric(tcpmem_table_get_total(table), number);
}

/* "every grouping adds up to the total", reach aside */
static void check_adds_up(const struct tcpmem_table *table)
{
	for (int n = 0; n < TCPMEM_METRIC_REACH; n++) {
		enum tcpmem_metric number = (enum tcpmem_metric)n;
		int64_t sum = 0;

		for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++)
			sum += row_metric(tcpmem_table_get_row(table, i),
					  number);
		ck_assert_int_eq(sum, total_of(table, number));
	}
}

static const struct tcpmem_row *row_of(const struct tcpmem_table *table,
				       const char *key)
{
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(table, i);

		if (strcmp(tcpmem_row_get_subject(row)->key, key) == 0)
			return row;
	}
	ck_abort_msg("no row %s", key);
	return NULL;
}

static int64_t sockets_of(const struct tcpmem_table *table, const char *key)
{
	return row_metric(row_of(table, key), TCPMEM_METRIC_SOCKETS);
}

static void fill(void)
{
	static const uint8_t states[] = { 1, 4, 8, 10 };

	for (uint32_t i = 0; i < 400; i++) {
		struct tcpmem_socket *sock =
			add_socket(states[i % 4], TCPMEM_KIND_PROCESS);

		hold(sock, i + 1, i % 3);
		if (i % 5 == 0)
			hold(sock, i + 1, (i + 1) % 3);
		if (i % 15 == 0)
			hold(sock, i + 1, (i + 2) % 3);
	}
	for (uint32_t i = 0; i < 50; i++)
		add_socket(4, TCPMEM_KIND_ORPHAN);
	for (uint32_t i = 0; i < 50; i++)
		add_socket(6, TCPMEM_KIND_TIME_WAIT);
	finish();
}

START_TEST(every_grouping_adds_up)
{
	static const char *const keys[] = {
		"process",
		"state",
		"process,state",
		"state,process",
		"peer",
		"user",
		"peer-port,local-port",
		"family,peer,process,user",
	};
	struct tcpmem_table *table;

	fill();
	ck_assert_int_eq(tcpmem_group(snap, keys[_i], &table), 0);
	ck_assert_int_eq(total_of(table, TCPMEM_METRIC_SOCKETS), 500);
	check_adds_up(table);
	ck_assert_int_eq(tcpmem_table_limit(table, 2), 0);
	ck_assert_uint_eq(tcpmem_table_get_row_count(table), 3);
	ck_assert_str_eq(
		tcpmem_row_get_subject(tcpmem_table_get_row(table, 2))->kind,
		"other");
	check_adds_up(table);
	tcpmem_table_free(table);
}
END_TEST

/* "what each key is, one behind the other, each with a NUL" */
START_TEST(several_keys_are_apart)
{
	struct tcpmem_table *table;

	fill();
	ck_assert_int_eq(tcpmem_group(snap, "state,process", &table), 0);
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++) {
		const struct tcpmem_subject *subject =
			tcpmem_row_get_subject(tcpmem_table_get_row(table, i));
		const char *second =
			subject->parts + strlen(subject->parts) + 1;
		char joined[512];

		ck_assert_uint_eq(subject->part_count, 2);
		snprintf(joined, sizeof(joined), "%s,%s", subject->parts,
			 second);
		ck_assert_str_eq(joined, subject->key);
	}
	ck_assert_uint_eq(tcpmem_row_get_subject(tcpmem_table_get_total(table))
				  ->part_count,
			  0);
	tcpmem_table_free(table);
	ck_assert_int_eq(tcpmem_group(snap, "state", &table), 0);
	ck_assert_ptr_eq(
		tcpmem_row_get_subject(tcpmem_table_get_row(table, 0))->parts,
		tcpmem_row_get_subject(tcpmem_table_get_row(table, 0))->key);
	tcpmem_table_free(table);
}
END_TEST

/* "a socket held by k processes counts 1/k in each", reach in full */
START_TEST(shared_sockets_are_shared_out)
{
	struct tcpmem_table *table;

	for (uint32_t i = 0; i < 100; i++) {
		struct tcpmem_socket *sock = add_socket(1, TCPMEM_KIND_PROCESS);

		hold(sock, i + 1, 0);
		hold(sock, i + 1, 1);
	}
	finish();
	ck_assert_int_eq(tcpmem_group(snap, "process", &table), 0);
	ck_assert_int_eq(sockets_of(table, "one[10]"), 50);
	ck_assert_int_eq(sockets_of(table, "two[20]"), 50);
	ck_assert_int_eq(row_metric(row_of(table, "two[20]"),
				    TCPMEM_METRIC_REACH_SOCKETS),
			 100);
	ck_assert_int_eq(
		row_metric(row_of(table, "two[20]"), TCPMEM_METRIC_REACH),
		total_of(table, TCPMEM_METRIC_HELD));
	ck_assert_uint_eq(
		tcpmem_process_get_pid(
			tcpmem_row_get_subject(row_of(table, "two[20]"))
				->process),
		20);
	check_adds_up(table);
	tcpmem_table_free(table);
}
END_TEST

/* '"Nobody" is never one row' */
START_TEST(sockets_without_process_stand_by_kind)
{
	struct tcpmem_table *table;
	const struct tcpmem_row *row;

	fill();
	ck_assert_int_eq(tcpmem_group(snap, "process", &table), 0);
	ck_assert_uint_eq(tcpmem_table_get_row_count(table), 5);
	row = row_of(table, "orphan");
	ck_assert_str_eq(tcpmem_row_get_subject(row)->kind, "orphan");
	ck_assert_ptr_null(tcpmem_row_get_subject(row)->process);
	ck_assert_int_eq(sockets_of(table, "orphan"), 50);
	ck_assert_int_eq(sockets_of(table, "time-wait"), 50);
	ck_assert_str_eq(tcpmem_row_get_subject(row_of(table, "one[10]"))->kind,
			 "process");
	tcpmem_table_free(table);
}
END_TEST

START_TEST(rows_are_sorted_as_asked)
{
	struct tcpmem_table *table;

	fill();
	ck_assert_int_eq(tcpmem_group(snap, "state", &table), 0);
	ck_assert_int_eq(tcpmem_table_sort(table, "key"), 0);
	for (size_t i = 1; i < tcpmem_table_get_row_count(table); i++)
		ck_assert_int_lt(
			strcmp(tcpmem_row_get_subject(
				       tcpmem_table_get_row(table, i - 1))
				       ->key,
			       tcpmem_row_get_subject(
				       tcpmem_table_get_row(table, i))
				       ->key),
			0);
	ck_assert_int_eq(tcpmem_table_sort(table, "-sockets,rmem"), 0);
	for (size_t i = 1; i < tcpmem_table_get_row_count(table); i++)
		ck_assert_int_ge(row_metric(tcpmem_table_get_row(table, i - 1),
					    TCPMEM_METRIC_SOCKETS),
				 row_metric(tcpmem_table_get_row(table, i),
					    TCPMEM_METRIC_SOCKETS));
	ck_assert_int_eq(tcpmem_table_sort(table, "-held,nothing"), -EINVAL);
	ck_assert_int_eq(tcpmem_table_sort(table, ""), -EINVAL);
	ck_assert_int_eq(tcpmem_table_sort(table, "held,"), -EINVAL);
	tcpmem_table_free(table);
}
END_TEST

/* "held bytes for each of its sockets", "-ENODATA if it has no socket" */
START_TEST(an_average_is_held_per_socket)
{
	struct tcpmem_table *table;
	int64_t value = 77;

	fill();
	/* a subflow: bytes, and no socket */
	add_socket(2, TCPMEM_KIND_PROCESS)->flags = TM_SOCK_SUBFLOW;
	ck_assert_int_eq(tcpmem_group(snap, "state", &table), 0);
	ck_assert_int_eq(tcpmem_row_get_held_per_socket(
				 row_of(table, "syn-sent"), &value),
			 -ENODATA);
	ck_assert_int_eq(value, 77);
	ck_assert_int_eq(tcpmem_table_sort(table, "held_per_socket"), 0);
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(table, i);
		int64_t last = value;

		if (tcpmem_row_get_held_per_socket(row, &value) < 0)
			continue;
		ck_assert_int_eq(
			value, row_metric(row, TCPMEM_METRIC_HELD) /
				       row_metric(row, TCPMEM_METRIC_SOCKETS));
		ck_assert(i <= 1 || value >= last);
	}
	tcpmem_table_free(table);
}
END_TEST

/* "there is no part of a lower bound", and no average */
START_TEST(a_lower_bound_is_not_divided)
{
	struct tcpmem_table *table;
	double percent;
	int64_t value;

	add_socket(1, TCPMEM_KIND_IN_FLIGHT);
	add_socket(8, TCPMEM_KIND_IN_FLIGHT);
	add_socket(8, TCPMEM_KIND_IN_FLIGHT)->skmem_words = 0;
	finish();
	ck_assert_int_eq(tcpmem_group(snap, "state", &table), 0);
	ck_assert_int_eq(
		tcpmem_row_get_share(row_of(table, "established"), &percent),
		-ENODATA);
	ck_assert_int_eq(tcpmem_row_get_held_per_socket(
				 row_of(table, "established"), &value),
			 0);
	ck_assert_int_eq(tcpmem_row_get_held_per_socket(
				 row_of(table, "close-wait"), &value),
			 -ENODATA);
	tcpmem_table_free(table);
}
END_TEST

START_TEST(what_is_no_grouping_is_refused)
{
	static const char *const keys[] = {
		"",
		"proces",
		"processs",
		"state,",
		",state",
		"state,,state",
		"state,state,state,state,state",
	};
	struct tcpmem_table *table = NULL;

	ck_assert_int_eq(tcpmem_group(snap, keys[_i], &table), -EINVAL);
	ck_assert_ptr_null(table);
}
END_TEST

START_TEST(an_empty_snapshot_has_an_empty_total)
{
	struct tcpmem_table *table;

	finish();
	ck_assert_int_eq(tcpmem_group(snap, "process", &table), 0);
	ck_assert_uint_eq(tcpmem_table_get_row_count(table), 0);
	ck_assert_int_eq(total_of(table, TCPMEM_METRIC_HELD), 0);
	tcpmem_table_free(table);
}
END_TEST

/* "-EBUSY after tcpmem_table_finish()"; a clear table counts anew */
START_TEST(a_table_can_be_filled_by_hand)
{
	struct tcpmem_table *table;

	fill();
	ck_assert_int_eq(tcpmem_table_new("state", &table), 0);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < snap->sockets.count; i++)
			ck_assert_int_eq(
				tcpmem_table_add(table, snap,
						 &snap->sockets.sock[i]),
				0);
		ck_assert_int_eq(tcpmem_table_finish(table), 0);
		ck_assert_int_eq(
			tcpmem_table_add(table, snap, snap->sockets.sock),
			-EBUSY);
		ck_assert_int_eq(total_of(table, TCPMEM_METRIC_SOCKETS), 500);
		check_adds_up(table);
		tcpmem_table_clear(table);
	}
	tcpmem_table_free(table);
}
END_TEST

static void group_and_free(const char *keys)
{
	struct tcpmem_table *table;

	ck_assert_int_eq(tcpmem_group(snap, keys, &table), 0);
	ck_assert_int_eq(tcpmem_table_limit(table, 2), 0);
	tcpmem_table_free(table);
}

static void clear_and_free(void)
{
	struct tcpmem_table *table;

	ck_assert_int_eq(tcpmem_table_new("process,user", &table), 0);
	for (int i = 0; i < 3; i++) {
		table->listed = true;
		for (size_t k = 0; k < 3; k++)
			ck_assert_int_eq(
				tcpmem_table_add(table, snap,
						 &snap->sockets.sock[k]),
				0);
		/* tm_random_seed(): "an odd number that nobody knows" */
		ck_assert_uint_eq(table->groups.seed % 2, 1);
		ck_assert_int_eq(tcpmem_table_finish(table), 0);
		tcpmem_table_clear(table);
	}
	tcpmem_table_free(table);
}

START_TEST(a_table_that_is_freed_leaves_nothing)
{
	fill();
	LEAVES_NOTHING(group_and_free("process"));
	LEAVES_NOTHING(group_and_free("state,congestion"));
	LEAVES_NOTHING(clear_and_free());
}
END_TEST

/* "Those of one key are processes that reused a pid: the older one first." */
START_TEST(of_one_key_the_older_process_comes_first)
{
	struct tcpmem_process process = { .pid = 40, .comm = "web" };
	static const uint64_t starts[] = { 7, 5, 9, 6 };
	struct tcpmem_table *table;

	for (uint32_t i = 0; i < 4; i++) {
		uint32_t index;

		process.start_time = starts[i];
		ck_assert_int_eq(
			tm_holders_process(snap->holders, &process, &index), 0);
		hold(add_socket(1, TCPMEM_KIND_PROCESS), i + 1, index);
	}
	finish();
	ck_assert_int_eq(tcpmem_group(snap, "process", &table), 0);
	ck_assert_int_eq(tcpmem_table_sort(table, "sockets"), 0);
	for (size_t i = 0; i < 4; i++) {
		static const uint64_t order[] = { 5, 6, 7, 9 };
		const struct tcpmem_subject *subject =
			tcpmem_row_get_subject(tcpmem_table_get_row(table, i));

		ck_assert_str_eq(subject->key, "web[40]");
		ck_assert_uint_eq(
			tcpmem_process_get_start_time(subject->process),
			order[i]);
	}
	tcpmem_table_free(table);
}
END_TEST

/* "-" puts the largest first, and what is not known stands last either way. */
START_TEST(an_order_is_read_to_its_end)
{
	static const char *const orders[][2] = {
		{ "key", "close-wait" },
		{ "-key", "syn-sent" },
		{ "held_per_socket", "" },
		{ "-held_per_socket", "" },
		{ "sockets,sockets,sockets,sockets,sockets,sockets,sockets,key",
		  "syn-sent" },
		{ "-sockets,-key", "syn-recv" },
	};
	struct tcpmem_table *table;
	size_t last;

	add_socket(1, TCPMEM_KIND_IN_FLIGHT);
	add_socket(1, TCPMEM_KIND_IN_FLIGHT);
	add_socket(3, TCPMEM_KIND_IN_FLIGHT);
	add_socket(3, TCPMEM_KIND_IN_FLIGHT);
	add_socket(8, TCPMEM_KIND_IN_FLIGHT);
	add_socket(2, TCPMEM_KIND_IN_FLIGHT)->flags = TM_SOCK_SUBFLOW;
	finish();
	ck_assert_int_eq(tcpmem_group(snap, "state", &table), 0);
	last = tcpmem_table_get_row_count(table) - 1;
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		ck_assert_int_eq(tcpmem_table_sort(table, orders[i][0]), 0);
		if (*orders[i][1])
			ck_assert_str_eq(tcpmem_row_get_subject(
						 tcpmem_table_get_row(table, 0))
						 ->key,
					 orders[i][1]);
		else
			ck_assert_str_eq(
				tcpmem_row_get_subject(
					tcpmem_table_get_row(table, last))
					->key,
				"syn-sent");
	}
	ck_assert_int_eq(
		tcpmem_table_sort(table, "key,key,key,key,key,key,key,key,key"),
		-EINVAL);
	ck_assert_int_eq(tcpmem_table_sort(table, "-"), -EINVAL);
	ck_assert_int_eq(
		tcpmem_table_sort(table, "a_word_of_more_than_its_32_bytes"),
		-EINVAL);
	tcpmem_table_free(table);
}
END_TEST

/* "in percent of what all rows hold"; what a table has not is refused */
START_TEST(a_share_is_of_what_all_hold)
{
	const struct tcpmem_row *row;
	struct tcpmem_table *table;
	double percent, sum = 0;
	int64_t value = 7;

	fill();
	ck_assert_int_eq(tcpmem_group(snap, "state", &table), 0);
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++) {
		row = tcpmem_table_get_row(table, i);
		ck_assert_int_eq(tcpmem_row_get_share(row, &percent), 0);
		ck_assert_double_eq_tol(
			percent,
			100.0 * (double)row_metric(row, TCPMEM_METRIC_HELD) /
				(double)total_of(table, TCPMEM_METRIC_HELD),
			1e-9);
		sum += percent;
	}
	ck_assert_double_eq_tol(sum, 100, 1e-6);
	row = tcpmem_table_get_total(table);
	ck_assert_int_eq(
		tcpmem_row_get_metric(
			row, (enum tcpmem_metric)TCPMEM_METRIC_COUNT, &value),
		-ENODATA);
	ck_assert_int_eq(value, 7);
	/* what is not more than was asked for stays */
	value = (int64_t)tcpmem_table_get_row_count(table);
	ck_assert_int_eq(tcpmem_table_limit(table, (size_t)value), 0);
	ck_assert_int_eq((int64_t)tcpmem_table_get_row_count(table), value);
	ck_assert_int_eq(tcpmem_table_limit(table, 1), 0);
	ck_assert_int_eq(
		tcpmem_row_get_share(tcpmem_table_get_row(table, 1), &percent),
		0);
	ck_assert_str_eq(
		tcpmem_row_get_subject(tcpmem_table_get_row(table, 1))->key,
		"other");
	tcpmem_table_free(table);
}
END_TEST

static void look_through_by_tables(const struct tcpmem_snapshot *later)
{
	struct tcpmem_check *check;
	struct tcpmem_table *table;
	struct tcpmem_trend *trend;
	struct tcpmem_diff *diff;

	ck_assert_int_eq(tcpmem_group(snap, "process,state", &table), 0);
	tcpmem_table_free(table);
	ck_assert_int_eq(tcpmem_diff(snap, later, "process", &diff), 0);
	tcpmem_diff_free(diff);
	ck_assert_int_eq(tcpmem_check_new(&check), 0);
	ck_assert_int_eq(
		tcpmem_check_add(check, TCPMEM_CHECK_METRIC_SOCKETS, "1", NULL),
		0);
	ck_assert_int_eq(tcpmem_check_judge(check, snap, later), 0);
	tcpmem_check_free(check);
	ck_assert_int_eq(tcpmem_trend_new("process", 0, &trend), 0);
	ck_assert_int_eq(tcpmem_trend_add(trend, snap), 0);
	ck_assert_int_eq(tcpmem_trend_add(trend, later), 0);
	tcpmem_trend_free(trend);
}

static void look_through_one_by_one(const struct tcpmem_snapshot *later)
{
	static const bool ours[3];
	static const uint32_t pids[] = { 10 };
	const struct tm_target target = { .snap = snap,
					  .pids = pids,
					  .count = 1 };
	struct tcpmem_cgroup_accounting *accounting;
	struct tcpmem_limits limits = { 0 };
	struct tm_breakdown breakdown;
	struct tm_evidence evidence;
	struct tcpmem_blame *blame;
	struct tm_tree tree;

	ck_assert_int_eq(tm_evidence_make(snap, later, &evidence), 0);
	tm_evidence_clear(&evidence);
	ck_assert_int_eq(tcpmem_blame_new(snap, NULL, NULL, &blame), 0);
	tcpmem_blame_free(blame);
	ck_assert_int_eq(tm_breakdown_make(&target, &breakdown), 0);
	tm_breakdown_clear(&breakdown);
	ck_assert_int_eq(tcpmem_cgroup_accounting_new(snap, &accounting), 0);
	tcpmem_cgroup_accounting_free(accounting);
	tm_limits_init(&limits.limits);
	ck_assert_int_eq(tm_limits_use(&limits, snap, 0), 0);
	tm_limits_clear(&limits);
	ck_assert_int_eq(tm_tree_init(&tree, 0), 0);
	ck_assert_int_eq(tm_tree_begin(&tree, snap), 0);
	ck_assert_int_eq(tm_tree_add(&tree, later, ours, false), 0);
	tm_tree_deinit(&tree);
}

/* Whatever looks through the sockets ends at the last one. */
START_TEST(nothing_is_read_behind_the_last_socket)
{
	struct tcpmem_socket *own = snap->sockets.sock;
	struct page_guard guard;
	struct tcpmem_snapshot later;

	for (uint32_t i = 0; i < 20; i++) {
		struct tcpmem_socket *sock = add_socket(
			i % 2 ? TCPMEM_STATE_ESTABLISHED
			      : TCPMEM_STATE_CLOSE_WAIT,
			i < 9 ? TCPMEM_KIND_PROCESS : TCPMEM_KIND_ORPHAN);

		sock->cookie = i + 1;
		if (i < 9)
			hold(sock, i + 1, i % 3);
	}
	finish();
	snap->netns = calloc(1, sizeof(*snap->netns));
	snap->netns_count = 1;
	snap->netns[0].name = strdup("self");
	snap->charges.source = TM_CHARGES_V1;
	strcpy(snap->clock.boot_id, "boot");
	snap->clock.boottime_ns = 1;
	page_guard_init(&guard);
	snap->sockets.sock =
		page_guard_put(&guard, own, snap->sockets.count * sizeof(*own));
	later = *snap;
	later.clock.boottime_ns = 1000000001;
	look_through_by_tables(&later);
	look_through_one_by_one(&later);
	snap->sockets.sock = own;
	page_guard_deinit(&guard);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("group");
	TCase *tc = tcase_create("group");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, every_grouping_adds_up, 0, 8);
	tcase_add_test(tc, several_keys_are_apart);
	tcase_add_test(tc, shared_sockets_are_shared_out);
	tcase_add_test(tc, sockets_without_process_stand_by_kind);
	tcase_add_test(tc, rows_are_sorted_as_asked);
	tcase_add_test(tc, an_average_is_held_per_socket);
	tcase_add_test(tc, a_lower_bound_is_not_divided);
	tcase_add_loop_test(tc, what_is_no_grouping_is_refused, 0, 7);
	tcase_add_test(tc, an_empty_snapshot_has_an_empty_total);
	tcase_add_test(tc, a_table_can_be_filled_by_hand);
	tcase_add_test(tc, a_table_that_is_freed_leaves_nothing);
	tcase_add_test(tc, of_one_key_the_older_process_comes_first);
	tcase_add_test(tc, an_order_is_read_to_its_end);
	tcase_add_test(tc, a_share_is_of_what_all_hold);
	tcase_add_test(tc, nothing_is_read_behind_the_last_socket);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
