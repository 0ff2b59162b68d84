// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_past.c - who held what nobody holds, and how that is known */
#include "model/snapshot.h"
#include "unit.h"

#include <string.h>

#define OWNERS 100

static struct tm_past past;

static void set_up(void)
{
	memset(&past, 0, sizeof(past));
	ck_assert_int_eq(tm_past_init(&past, OWNERS), 0);
}

static void tear_down(void)
{
	tm_past_deinit(&past);
	ck_assert_ptr_null(past.ref);
	ck_assert_uint_eq(past.count, 0);
}

static struct tcpmem_process process_of(uint32_t pid)
{
	return (struct tcpmem_process){ .pid = pid, .start_time = 7 };
}

static void set(size_t i, uint32_t pid, enum tm_past_source source)
{
	const struct tcpmem_process process = process_of(pid);

	ck_assert_int_eq(tm_past_set(&past, i, &process, source), 0);
	ck_assert_uint_eq(past.ref[i].source, source);
	ck_assert_uint_eq(past.owner[past.ref[i].owner].process.pid, pid);
}

START_TEST(nothing_is_known_at_first)
{
	ck_assert_uint_eq(past.ref_count, OWNERS);
	for (size_t i = 0; i < OWNERS; i++) {
		ck_assert_uint_eq(past.ref[i].source, TM_PAST_UNKNOWN);
		ck_assert_uint_eq(past.ref[i].creator, 0);
	}
	set(0, 10, TM_PAST_EVENT);
	ck_assert_int_eq(tm_past_init(&past, 1), 0);
	ck_assert_uint_eq(past.count, 0);
	ck_assert_uint_eq(past.ref_count, 1);
	ck_assert_uint_eq(past.ref[0].source, TM_PAST_UNKNOWN);
	set(0, 10, TM_PAST_EVENT);
	ck_assert_uint_eq(past.count, 1);
}
END_TEST

/* A pid that was used again is another process. */
START_TEST(each_owner_stands_once)
{
	struct tcpmem_process again = process_of(10);

	for (uint32_t i = 0; i < OWNERS; i++)
		set(i, 10 + i, TM_PAST_EXACT);
	for (uint32_t i = 0; i < OWNERS; i++)
		set(OWNERS - 1 - i, 10 + i, TM_PAST_EXACT);
	ck_assert_uint_eq(past.count, OWNERS);
	again.start_time++;
	ck_assert_int_eq(tm_past_set(&past, 0, &again, TM_PAST_EXACT), 0);
	ck_assert_uint_eq(past.count, OWNERS + 1);
	ck_assert_uint_eq(past.ref[0].owner, OWNERS);
	ck_assert_uint_eq(past.owner[OWNERS].holder, UINT32_MAX);
}
END_TEST

/* What is known least of an owner is what holds for all of its sockets. */
START_TEST(an_owner_is_as_sure_as_its_least_sure_socket)
{
	static const enum tm_past_source sources[] = {
		TM_PAST_EXACT,
		TM_PAST_EVENT,
		TM_PAST_MEMORY,
		TM_PAST_LISTENER,
	};

	for (size_t i = 0; i < 4; i++) {
		set(i, 10, sources[i]);
		ck_assert_uint_eq(past.owner[0].source, sources[i]);
	}
	for (size_t i = 0; i < 4; i++) {
		set(i, 10, sources[i]);
		ck_assert_uint_eq(past.owner[0].source, TM_PAST_LISTENER);
	}
}
END_TEST

START_TEST(creators_are_owners_too)
{
	const struct tcpmem_process one = process_of(10), two = process_of(11);

	set(0, 10, TM_PAST_EVENT);
	ck_assert_int_eq(tm_past_set_creator(&past, 0, &one), 0);
	ck_assert_int_eq(tm_past_set_creator(&past, 1, &two), 0);
	ck_assert_uint_eq(past.count, 2);
	ck_assert_uint_eq(past.ref[0].creator, 1);
	ck_assert_uint_eq(past.ref[1].creator, 2);
	ck_assert_uint_eq(past.owner[1].process.pid, 11);
	ck_assert_uint_eq(past.owner[1].source, TM_PAST_EXACT);
	ck_assert_uint_eq(past.ref[1].source, TM_PAST_UNKNOWN);
}
END_TEST

/* "fills in the numbers of owners that hold sockets" */
START_TEST(who_holds_others_is_found)
{
	struct tm_holders *holders;

	for (uint32_t i = 0; i < OWNERS; i++)
		set(i, 10 + i, TM_PAST_EXACT);
	ck_assert_int_eq(tm_holders_new(false, &holders), 0);
	for (uint32_t i = 0; i < OWNERS; i++) {
		struct tcpmem_process process = process_of(60 + i);
		uint32_t index;

		process.start_time += i == 1;
		ck_assert_int_eq(tm_holders_process(holders, &process, &index),
				 0);
	}
	tm_past_find_holders(&past, holders);
	for (uint32_t i = 0; i < OWNERS; i++)
		ck_assert_uint_eq(past.owner[i].holder,
				  i < 50 || i == 51 ? UINT32_MAX : i - 50);
	tm_holders_free(holders);
}
END_TEST

START_TEST(sources_have_names)
{
	ck_assert_str_eq(tm_past_source_name(TM_PAST_LISTENER), "listener");
	ck_assert_str_eq(tm_past_source_name(TM_PAST_MEMORY), "memory");
	ck_assert_str_eq(tm_past_source_name(TM_PAST_EVENT), "event");
	ck_assert_str_eq(tm_past_source_name(TM_PAST_EXACT), "exact");
	ck_assert_ptr_null(tm_past_source_name(TM_PAST_UNKNOWN));
	ck_assert_ptr_null(
		tm_past_source_name((enum tm_past_source)(TM_PAST_EXACT + 1)));
	ck_assert_ptr_null(tm_past_source_name((enum tm_past_source)1000));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("past");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, nothing_is_known_at_first);
	tcase_add_test(tc, each_owner_stands_once);
	tcase_add_test(tc, an_owner_is_as_sure_as_its_least_sure_socket);
	tcase_add_test(tc, creators_are_owners_too);
	tcase_add_test(tc, who_holds_others_is_found);
	tcase_add_test(tc, sources_have_names);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
