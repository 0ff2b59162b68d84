// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_group.c - every grouping adds up to the total */
#include "analysis/table.h"
#include "group_fixture.h"
#include "in_use.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>

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

static int64_t sockets_of(const struct tcpmem_table *table, const char *key)
{
	return row_metric(row_of(table, key), TCPMEM_METRIC_SOCKETS);
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

int main(void)
{
	Suite *suite = suite_create("group");
	TCase *tc = tcase_create("group");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, every_grouping_adds_up, 0, 8);
	tcase_add_test(tc, several_keys_are_apart);
	tcase_add_test(tc, shared_sockets_are_shared_out);
	tcase_add_test(tc, sockets_without_process_stand_by_kind);
	tcase_add_loop_test(tc, what_is_no_grouping_is_refused, 0, 7);
	tcase_add_test(tc, an_empty_snapshot_has_an_empty_total);
	tcase_add_test(tc, a_table_can_be_filled_by_hand);
	tcase_add_test(tc, a_table_that_is_freed_leaves_nothing);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
