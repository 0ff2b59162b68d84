// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_holders.c - who holds which inode, against a naive model */
#include <string.h>

#include "model/holders.h"
#include "model/socket.h"
#include "unit.h"

static struct tm_holders *new_holders(bool closed)
{
	struct tm_holders *holders;

	ck_assert_int_eq(tm_holders_new(closed, &holders), 0);
	return holders;
}

static uint32_t add_process(struct tm_holders *holders, uint32_t pid)
{
	struct tcpmem_process process = { .pid = pid, .start_time = pid * 10 };
	uint32_t index;

	ck_assert_int_eq(tm_holders_process(holders, &process, &index), 0);
	return index;
}

static void add(struct tm_holders *holders, uint32_t inode, uint32_t index)
{
	ck_assert_int_eq(tm_holders_add(holders, inode, index), 0);
}

static void finish(struct tm_holders *holders)
{
	ck_assert_int_eq(tm_holders_finish(holders), 0);
}

START_TEST(an_empty_table_finds_nobody)
{
	struct tm_holders *holders = new_holders(false);

	finish(holders);
	ck_assert_uint_eq(tm_holders_find(holders, 7), TM_HOLDER_NONE);
	ck_assert_uint_eq(tm_holders_find(holders, 0), TM_HOLDER_NONE);
	ck_assert_uint_eq(tm_holders_set_count(holders), 0);
	ck_assert_uint_eq(tm_holders_process_count(holders), 0);
	tm_holders_free(holders);
	tm_holders_free(NULL);
}
END_TEST

/* "only inodes named by tm_holders_expect() are kept; else all are" */
START_TEST(a_closed_table_keeps_what_is_expected)
{
	struct tm_holders *holders = new_holders(true);
	uint32_t index = add_process(holders, 1);

	ck_assert_int_eq(tm_holders_expect(holders, 10), 0);
	ck_assert_int_eq(tm_holders_expect(holders, 0), 0);
	ck_assert(tm_holders_wants(holders, 10));
	ck_assert(!tm_holders_wants(holders, 11));
	ck_assert(!tm_holders_wants(holders, 0));
	add(holders, 10, index);
	add(holders, 11, index);
	add(holders, 0, index);
	finish(holders);
	ck_assert_uint_eq(tm_holders_find(holders, 10), index + 1);
	ck_assert_uint_eq(tm_holders_find(holders, 11), TM_HOLDER_NONE);
	ck_assert_uint_eq(tm_holders_find(holders, 0), TM_HOLDER_NONE);
	tm_holders_free(holders);
}
END_TEST

static uint32_t holder(struct tm_fd_refs *fd_refs, uint32_t pid)
{
	const struct tcpmem_process process = { .pid = pid, .start_time = 7 };
	uint32_t index = UINT32_MAX;

	ck_assert_int_eq(tm_fd_refs_process(fd_refs, &process, &index), 0);
	return index;
}

/* "as far as they are wanted"; "no process without one" */
START_TEST(fd_refs_are_joined_if_wanted)
{
	struct tm_holders *holders = new_holders(true);
	struct tm_fd_refs fd_refs = { 0 }, more = { 0 };

	ck_assert_int_eq(tm_holders_expect(holders, 5), 0);
	ck_assert_int_eq(tm_fd_refs_add(&fd_refs, 4, holder(&fd_refs, 40)), 0);
	ck_assert_int_eq(tm_fd_refs_add(&fd_refs, 5, holder(&fd_refs, 50)), 0);
	ck_assert_int_eq(tm_fd_refs_add(&more, 5, holder(&more, 51)), 0);
	ck_assert_int_eq(tm_fd_refs_merge(&fd_refs, &more), 0);
	ck_assert_int_eq(tm_fd_refs_join(&fd_refs, holders, NULL), 0);
	ck_assert_int_eq(tm_holders_finish(holders), 0);
	ck_assert_uint_eq(tm_holders_process_count(holders), 2);
	ck_assert_uint_eq(tm_holder_count(holders, tm_holders_find(holders, 5)),
			  2);
	ck_assert_uint_eq(tm_holders_find(holders, 4), 0);
	tm_fd_refs_deinit(&fd_refs);
	tm_fd_refs_deinit(&more);
	tm_holders_free(holders);
}
END_TEST

/* "room for @count fd_refs": they are not moved before there are more */
START_TEST(fd_refs_have_the_room_that_was_reserved)
{
	struct tm_fd_refs fd_refs = { 0 };
	const struct tm_fd_ref *first;

	ck_assert_int_eq(tm_fd_refs_add(&fd_refs, 4, holder(&fd_refs, 40)), 0);
	ck_assert_int_eq(tm_fd_refs_reserve(&fd_refs, 1000), 0);
	first = fd_refs.fd_ref;
	for (uint32_t inode = 5; inode < 1004; inode++)
		ck_assert_int_eq(tm_fd_refs_add(&fd_refs, inode, 0), 0);
	ck_assert_ptr_eq(fd_refs.fd_ref, first);
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_uint_eq(fd_refs.fd_ref[i].inode, i + 4);
	tm_fd_refs_deinit(&fd_refs);
}
END_TEST

/* "these inodes alone"; "a process that @holders know already stays" */
START_TEST(what_is_missing_is_joined_later)
{
	struct tm_holders *holders = new_holders(true);
	struct tm_fd_refs first = { 0 }, second = { 0 };
	struct tm_u64set missing;
	uint32_t index;

	ck_assert_int_eq(tm_u64set_init(&missing, 64), 0);
	ck_assert_int_eq(tm_holders_expect(holders, 5), 0);
	ck_assert_int_eq(tm_holders_expect(holders, 6), 0);
	ck_assert_int_eq(tm_fd_refs_add(&first, 5, holder(&first, 50)), 0);
	ck_assert_int_eq(tm_fd_refs_join(&first, holders, NULL), 0);
	ck_assert_int_eq(tm_holders_missing(holders, &missing), 0);
	ck_assert_uint_eq(missing.count, 1);
	ck_assert(tm_u64set_has(&missing, 6));
	index = holder(&second, 50);
	ck_assert_int_eq(tm_fd_refs_add(&second, 5, holder(&second, 60)), 0);
	ck_assert_int_eq(tm_fd_refs_add(&second, 6, index), 0);
	ck_assert_int_eq(tm_fd_refs_join(&second, holders, &missing), 0);
	ck_assert_int_eq(tm_holders_finish(holders), 0);
	ck_assert_uint_eq(tm_holders_process_count(holders), 1);
	ck_assert_uint_eq(tm_holders_find(holders, 5),
			  tm_holders_find(holders, 6));
	tm_u64set_deinit(&missing);
	tm_fd_refs_deinit(&first);
	tm_fd_refs_deinit(&second);
	tm_holders_free(holders);
}
END_TEST

START_TEST(an_open_table_keeps_all)
{
	struct tm_holders *holders = new_holders(false);
	uint32_t index = add_process(holders, 1);

	ck_assert(tm_holders_wants(holders, UINT32_MAX));
	ck_assert(!tm_holders_wants(holders, 0));
	add(holders, UINT32_MAX, index);
	finish(holders);
	ck_assert_uint_eq(tm_holders_find(holders, UINT32_MAX), index + 1);
	ck_assert_uint_eq(tm_holders_find(holders, 1), TM_HOLDER_NONE);
	tm_holders_free(holders);
}
END_TEST

/* "The same pair again changes nothing (dup(2), several threads)." */
START_TEST(a_pair_counts_once)
{
	struct tm_holders *holders = new_holders(false);
	uint32_t a = add_process(holders, 1), b = add_process(holders, 2);

	for (int i = 0; i < 3; i++) {
		add(holders, 10, a);
		add(holders, 11, a);
		add(holders, 11, b);
		add(holders, 11, a);
	}
	finish(holders);
	ck_assert_uint_eq(tm_holders_find(holders, 10), a + 1);
	ck_assert_uint_eq(
		tm_holder_count(holders, tm_holders_find(holders, 11)), 2);
	ck_assert_uint_eq(tm_holders_set_count(holders), 1);
	tm_holders_free(holders);
}
END_TEST

/* "index of process number @i of @holder, sorted by pid" */
START_TEST(a_set_is_sorted_by_pid)
{
	struct tm_holders *holders = new_holders(false);
	const uint32_t pids[] = { 300, 7, 4000000, 12 };
	const uint32_t sorted[] = { 7, 12, 300, 4000000 };
	uint32_t holder;

	for (size_t i = 0; i < 4; i++)
		add(holders, 10, add_process(holders, pids[i]));
	finish(holders);
	holder = tm_holders_find(holders, 10);
	ck_assert(holder & TM_HOLDER_SHARED);
	ck_assert_uint_eq(tm_holder_count(holders, holder), 4);
	for (size_t i = 0; i < 4; i++) {
		uint32_t index = tm_holder_get(holders, holder, i);

		ck_assert_uint_eq(tm_holders_get_process(holders, index)->pid,
				  sorted[i]);
	}
	tm_holders_free(holders);
}
END_TEST

/* Found in whatever order, the same processes are the same set. */
START_TEST(equal_sets_have_one_number)
{
	struct tm_holders *holders = new_holders(false);
	const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
				   { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	for (uint32_t i = 0; i < 3; i++)
		add_process(holders, 100 - i);
	for (uint32_t i = 0; i < 6; i++)
		for (int j = 0; j < 3; j++)
			add(holders, 10 + i, (uint32_t)orders[i][j]);
	finish(holders);
	ck_assert_uint_eq(tm_holders_set_count(holders), 1);
	for (uint32_t i = 0; i < 6; i++)
		ck_assert_uint_eq(tm_holders_find(holders, 10 + i),
				  TM_HOLDER_SHARED);
	tm_holders_free(holders);
}
END_TEST

static uint32_t unite(struct tm_holders *holders, uint32_t a, uint32_t b,
		      uint32_t c)
{
	uint32_t part[] = { a, b, c }, holder = 0;

	ck_assert_int_eq(tm_holders_union(holders, part, 3, &holder), 0);
	return holder;
}

START_TEST(a_union_holds_all)
{
	struct tm_holders *holders = new_holders(false);
	uint32_t ab, c, all, none = 1;

	for (uint32_t i = 0; i < 3; i++)
		add_process(holders, 100 - i);
	add(holders, 10, 0);
	add(holders, 10, 1);
	add(holders, 11, 2);
	finish(holders);
	ab = tm_holders_find(holders, 10);
	c = tm_holders_find(holders, 11);
	all = unite(holders, ab, c, ab);
	ck_assert_uint_eq(tm_holder_count(holders, all), 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(tm_holder_get(holders, all, i), 2 - i);
	ck_assert_uint_eq(unite(holders, c, TM_HOLDER_NONE, all), all);
	ck_assert_uint_eq(unite(holders, c, c, c), c);
	ck_assert_uint_eq(unite(holders, TM_HOLDER_NONE, ab, TM_HOLDER_NONE),
			  ab);
	ck_assert_uint_eq(tm_holders_set_count(holders), 2);
	ck_assert_int_eq(tm_holders_union(holders, NULL, 0, &none), 0);
	ck_assert_uint_eq(none, TM_HOLDER_NONE);
	tm_holders_free(holders);
}
END_TEST

#define MODEL_INODES	3000
#define MODEL_PROCESSES 12

/*
 * Random adds against a matrix. Few of the processes are favoured so that
 * inodes held once, shared and expected in vain all occur.
 */
static void fill_randomly(struct tm_holders *holders, bool closed,
			  bool held[MODEL_INODES][MODEL_PROCESSES])
{
	for (uint32_t i = 1; closed && i < MODEL_INODES; i += 2)
		if (tm_holders_expect(holders, i * 1000) < 0)
			ck_abort();
	for (int i = 0; i < MODEL_INODES * 2; i++) {
		uint32_t inode = (uint32_t)rand() % MODEL_INODES;
		uint32_t index = (uint32_t)rand() % MODEL_PROCESSES;

		index = rand() % 2 ? index : index / 4;
		if (tm_holders_add(holders, inode * 1000, index) < 0)
			ck_abort();
		if (inode && (!closed || inode % 2))
			held[inode][index] = true;
	}
}

/*
 * Whether @holder stands for the processes that @held names. Process index i
 * has pid 99 - i: sorted by pid is backwards by index.
 */
static bool same(const struct tm_holders *holders, uint32_t holder,
		 const bool held[MODEL_PROCESSES])
{
	size_t count = 0;

	for (uint32_t i = MODEL_PROCESSES; i-- > 0;) {
		if (!held[i])
			continue;
		if (count >= tm_holder_count(holders, holder) ||
		    tm_holder_get(holders, holder, count) != i)
			return false;
		count++;
	}
	return tm_holder_count(holders, holder) == count &&
	       !!(holder & TM_HOLDER_SHARED) == (count > 1);
}

/*
 * Libcheck's assertions are too slow for each of millions of comparisons: so
 * they are counted.
 */
static void check_against_model(const struct tm_holders *holders,
				bool held[MODEL_INODES][MODEL_PROCESSES])
{
	size_t wrong = 0;

	for (uint32_t inode = 0; inode < MODEL_INODES; inode++)
		wrong += !same(holders, tm_holders_find(holders, inode * 1000),
			       held[inode]);
	ck_assert_uint_eq(wrong, 0);
}

/* The same set of processes, the same number, and the other way round. */
static void check_numbers(const struct tm_holders *holders,
			  bool held[MODEL_INODES][MODEL_PROCESSES])
{
	static uint32_t set_of[1 << MODEL_PROCESSES];
	size_t distinct = 0, wrong = 0;

	memset(set_of, 0, sizeof(set_of));
	for (uint32_t inode = 0; inode < MODEL_INODES; inode++) {
		uint32_t holder = tm_holders_find(holders, inode * 1000);
		uint32_t mask = 0;

		for (uint32_t i = 0; i < MODEL_PROCESSES; i++)
			mask |= (uint32_t)held[inode][i] << i;
		if (!(holder & TM_HOLDER_SHARED))
			continue;
		distinct += !set_of[mask];
		wrong += set_of[mask] && set_of[mask] != holder;
		set_of[mask] = holder;
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_gt(distinct, 10);
	ck_assert_uint_eq(distinct, tm_holders_set_count(holders));
}

START_TEST(random_adds_match_a_naive_model)
{
	static bool held[MODEL_INODES][MODEL_PROCESSES];
	bool closed = _i % 2;
	struct tm_holders *holders = new_holders(closed);

	srand((unsigned int)_i);
	memset(held, 0, sizeof(held));
	for (uint32_t i = 0; i < MODEL_PROCESSES; i++)
		add_process(holders, 99 - i);
	fill_randomly(holders, closed, held);
	finish(holders);
	check_against_model(holders, held);
	check_numbers(holders, held);
	tm_holders_free(holders);
}
END_TEST

/*
 * Forked workers that inherited every socket of their parent: memory must
 * grow with the ways of sharing, not with sockets times workers.
 */
START_TEST(inherited_sockets_make_one_set)
{
	struct tm_holders *holders = new_holders(false);
	size_t wrong = 0;

	for (uint32_t pid = 1; pid <= 200; pid++) {
		uint32_t index = add_process(holders, pid);

		for (uint32_t inode = 1; inode <= 5000; inode++)
			if (tm_holders_add(holders, inode, index) < 0)
				ck_abort();
	}
	finish(holders);
	ck_assert_uint_eq(tm_holders_set_count(holders), 1);
	for (uint32_t inode = 1; inode <= 5000; inode++)
		wrong += tm_holder_count(holders,
					 tm_holders_find(holders, inode)) !=
			 200;
	ck_assert_uint_eq(wrong, 0);
	tm_holders_free(holders);
}
END_TEST

static void expect_pids(const struct tm_holders *holders, uint32_t inode,
			uint32_t first, uint32_t second)
{
	uint32_t holder = tm_holders_find(holders, inode);
	const uint32_t pid[] = { first, second };

	ck_assert_uint_eq(tm_holder_count(holders, holder), second ? 2 : 1);
	for (size_t i = 0; i < tm_holder_count(holders, holder); i++)
		ck_assert_uint_eq(
			tm_holders_get_process(
				holders, tm_holder_get(holders, holder, i))
				->pid,
			pid[i]);
}

/* "takes over who holds the inodes that @late knows"; "Processes that were
 * handed out stay where they are" */
START_TEST(what_is_learnt_late_changes_nothing_else)
{
	struct tm_holders *holders = new_holders(false);
	struct tm_holders *late = new_holders(false);
	const struct tcpmem_process *first;
	uint32_t shared;

	add_process(holders, 1);
	add_process(holders, 2);
	add(holders, 10, 0);
	add(holders, 11, 0);
	add(holders, 11, 1);
	finish(holders);
	first = tm_holders_get_process(holders, 0);
	shared = tm_holders_find(holders, 11);

	add_process(late, 3);
	add_process(late, 2);
	add(late, 20, 1);
	add(late, 21, 0);
	add(late, 21, 1);
	add(late, 10, 1); /* somebody holds it already */
	finish(late);
	ck_assert_int_eq(tm_holders_learn(holders, late), 0);
	tm_holders_free(late);

	ck_assert_ptr_eq(tm_holders_get_process(holders, 0), first);
	ck_assert_uint_eq(tm_holders_find(holders, 11), shared);
	expect_pids(holders, 10, 1, 0);
	expect_pids(holders, 11, 1, 2);
	expect_pids(holders, 20, 2, 0);
	expect_pids(holders, 21, 2, 3);
	ck_assert_uint_eq(tm_holders_process_count(holders), 3);
	tm_holders_free(holders);
}
END_TEST

/* "no more new ones are taken over than there is room for" */
START_TEST(who_has_no_room_is_not_learnt)
{
	struct tm_holders *holders = new_holders(false);
	struct tm_holders *late = new_holders(false);
	const struct tcpmem_process *first;

	add(holders, 10, add_process(holders, 1));
	finish(holders);
	first = tm_holders_get_process(holders, 0);
	for (uint32_t i = 0; i < 1000; i++)
		add(late, 100 + i, add_process(late, 100 + i));
	finish(late);
	ck_assert_int_eq(tm_holders_learn(holders, late), 0);
	tm_holders_free(late);
	ck_assert_ptr_eq(tm_holders_get_process(holders, 0), first);
	ck_assert_uint_lt(tm_holders_process_count(holders), 1001);
	ck_assert_uint_eq(tm_holders_find(holders, 1099), TM_HOLDER_NONE);
	expect_pids(holders, 10, 1, 0);
	tm_holders_free(holders);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("holders");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, an_empty_table_finds_nobody);
	tcase_add_test(tc, a_closed_table_keeps_what_is_expected);
	tcase_add_test(tc, fd_refs_are_joined_if_wanted);
	tcase_add_test(tc, fd_refs_have_the_room_that_was_reserved);
	tcase_add_test(tc, what_is_missing_is_joined_later);
	tcase_add_test(tc, an_open_table_keeps_all);
	tcase_add_test(tc, a_pair_counts_once);
	tcase_add_test(tc, a_set_is_sorted_by_pid);
	tcase_add_test(tc, equal_sets_have_one_number);
	tcase_add_test(tc, a_union_holds_all);
	tcase_add_loop_test(tc, random_adds_match_a_naive_model, 0, 40);
	tcase_add_test(tc, inherited_sockets_make_one_set);
	tcase_add_test(tc, what_is_learnt_late_changes_nothing_else);
	tcase_add_test(tc, who_has_no_room_is_not_learnt);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
