// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_proc_pids.c - which processes are read, which again, and whose they are
 */
#include <errno.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/util.h"
#include "family.h"
#include "proc_fixture.h"
#include "unit.h"

static struct tm_fd_cache *cache;
static struct tm_fd_refs refs;

static void set_up(void)
{
	proc_tree_make();
	ck_assert_int_eq(tm_fd_cache_new(&cache), 0);
}

static void tear_down(void)
{
	tm_fd_refs_deinit(&refs);
	tm_fd_cache_free(cache);
	proc_tree_remove();
}

/* ---- which fds need not be read again ---- */

static void hold(uint32_t pid, uint32_t inode)
{
	const struct tcpmem_process process = { .pid = pid };
	uint32_t index = 0;

	while (index < refs.process_count && refs.process[index].pid != pid)
		index++;
	if (index == refs.process_count)
		ck_assert_int_eq(tm_fd_refs_process(&refs, &process, &index),
				 0);
	ck_assert_int_eq(tm_fd_refs_add(&refs, inode, index), 0);
}

/* Two fds, and a directory that is the process's own */
static struct tm_fd_known known(uint32_t pid, bool kept)
{
	return (struct tm_fd_known){
		.inode = 1000 + pid, .fds = 2, .pid = pid, .kept = kept
	};
}

static bool has(uint32_t pid)
{
	const struct tm_fd_known process = known(pid, false);

	return tm_fd_cache_has(cache, &process);
}

static void update(struct tm_fd_known *all, size_t count)
{
	ck_assert_int_eq(tm_fd_cache_update(cache, &refs, all, count), 0);
}

/* "More than that long after a scan of all processes, all are read again." */
START_TEST(all_are_read_again_after_a_while)
{
	int64_t then;

	ck_assert(!tm_fd_cache_begin(cache));
	then = cache->read_ns;
	ck_assert_int_gt(then, 0);
	ck_assert(tm_fd_cache_begin(cache));
	ck_assert_int_eq(cache->read_ns, then);
	cache->read_ns -= TM_FD_CACHE_NS;
	ck_assert(!tm_fd_cache_begin(cache));
	ck_assert_int_ge(cache->read_ns, then);
	cache->read_ns -= TM_FD_CACHE_NS / 2;
	ck_assert(tm_fd_cache_begin(cache));
	tm_fd_cache_expire(cache);
	ck_assert(!tm_fd_cache_begin(cache));
	tm_fd_cache_expire(NULL);
}
END_TEST

/* "the next process with that pid has another" directory */
START_TEST(a_process_is_known_by_its_directory_and_its_fds)
{
	struct tm_fd_known all[] = { known(30, false), known(10, false),
				     known(20, false), known(25, false) };
	struct tm_fd_known other = known(20, false);

	ck_assert(!has(20));
	ck_assert(!tm_fd_cache_has(NULL, &other));
	tm_fd_cache_begin(cache);
	update(all, 4);
	ck_assert(has(10) && has(20) && has(25) && has(30));
	ck_assert(!has(15));
	other.fds++;
	ck_assert(!tm_fd_cache_has(cache, &other));
	other = known(20, false);
	other.inode++;
	ck_assert(!tm_fd_cache_has(cache, &other));
	/* nobody is left of a scan that met none */
	update(NULL, 0);
	ck_assert(!has(10));
}
END_TEST

/* "Those that hold what others hold are" read, and the scan's own process */
START_TEST(who_shares_a_socket_is_always_read)
{
	struct tm_fd_known all[] = { known(10, false), known(20, false),
				     known(30, false),
				     known((uint32_t)getpid(), false) };

	hold(10, 100);
	hold(10, 101);
	hold(20, 101);
	hold(30, 102);
	hold(30, 103);
	tm_fd_cache_begin(cache);
	update(all, 4);
	ck_assert(!has(10) && !has(20) && has(30));
	ck_assert(!has((uint32_t)getpid()));
	ck_assert_uint_eq(refs.count, 5);
}
END_TEST

/* "receives those of kept ones": not of those that were not met again */
START_TEST(kept_processes_hold_what_they_held)
{
	struct tm_fd_known first[] = { known(10, false), known(20, false),
				       known(30, false), known(40, false) };
	struct tm_fd_known then[] = { known(40, true), known(20, true),
				      known(30, false), known(50, false) };

	hold(10, 100);
	hold(20, 101);
	hold(20, 102);
	hold(30, 103);
	hold(40, 104);
	tm_fd_cache_begin(cache);
	update(first, 4);
	ck_assert(tm_fd_cache_begin(cache));
	tm_fd_refs_deinit(&refs);
	refs = (struct tm_fd_refs){ 0 };
	hold(50, 105);
	hold(50, 104);
	update(then, 4);
	ck_assert(holds(&refs, 20, 101) && holds(&refs, 20, 102) &&
		  holds(&refs, 40, 104));
	ck_assert(holds(&refs, 50, 105) && holds(&refs, 50, 104));
	ck_assert(!holds(&refs, 10, 100) && !holds(&refs, 30, 103));
	ck_assert_uint_eq(refs.count, 5);
	/* the two that share one by now are read the next time */
	ck_assert(!has(40) && !has(50) && has(20) && has(30) && !has(10));
	/* where nothing was read, who was kept is kept */
	tm_fd_refs_deinit(&refs);
	refs = (struct tm_fd_refs){ 0 };
	then[0] = known(20, true);
	update(then, 1);
	ck_assert(holds(&refs, 20, 101) && holds(&refs, 20, 102) && has(20));
	ck_assert_uint_eq(refs.count, 2);
}
END_TEST

/* ---- the processes in /proc, for threads that read them ---- */

static uint64_t next_all(struct tm_scan_state *round)
{
	struct tm_pids pids;
	uint64_t seen = 0;
	uint32_t pid;

	ck_assert_int_eq(tm_pids_open(&pids, tree.root, round), 0);
	while ((pid = tm_pids_next(&pids))) {
		ck_assert_uint_lt(pid, 64);
		ck_assert(!(seen >> pid & 1));
		seen |= UINT64_C(1) << pid;
	}
	ck_assert_uint_eq(tm_pids_next(&pids), 0);
	tm_pids_close(&pids);
	return seen;
}

/* "a process that is read from now on need not be read again, unless" */
START_TEST(who_was_read_late_is_left_out)
{
	struct tm_scan_state round;

	tree_dir(&tree, "3");
	tree_dir(&tree, "41");
	tree_dir(&tree, "x5");
	tree_dir(&tree, "6x");
	ck_assert_uint_eq(next_all(NULL), UINT64_C(1) << 3 | UINT64_C(1) << 41);
	ck_assert_int_eq(tm_scan_state_init(&round), 0);
	/* before all is dumped nobody is late */
	ck_assert_uint_eq(next_all(&round), UINT64_C(1) << 3 | UINT64_C(1)
								       << 41);
	tm_scan_state_mark_dumped(&round);
	round.repeats = true;
	next_all(&round);
	round.repeats = false;
	ck_assert_uint_eq(next_all(&round), UINT64_C(1) << 3 | UINT64_C(1)
								       << 41);
	tree_dir(&tree, "7");
	ck_assert_uint_eq(next_all(&round), UINT64_C(1) << 7);
	tm_scan_state_deinit(&round);
	ck_assert_int_eq(tm_scan_state_init(&round), 0);
	tm_scan_state_cancel(&round);
	ck_assert_uint_eq(next_all(&round), 0);
	tm_scan_state_deinit(&round);
}
END_TEST

START_TEST(no_proc_has_no_processes)
{
	struct tm_pids pids;

	ck_assert_int_eq(tm_pids_open(&pids, "/nonexistent", NULL), -ENOENT);
}
END_TEST

#define CHILDREN 6

/* "kcmp(2) orders the tables": each is met once, in whatever order */
START_TEST(each_table_is_met_once)
{
	struct tm_fd_tables met = { 0 };
	pid_t child[CHILDREN];

	if (syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILES, 0, 0) != 0)
		return; /* it may not be asked here */
	for (size_t i = 0; i < CHILDREN; i++) {
		child[i] = fork();
		if (child[i] == 0) {
			pause();
			_exit(0);
		}
	}
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < CHILDREN; i++)
			ck_assert_int_eq(
				tm_fd_tables_meet(&met, (uint32_t)child[i]),
				round == 0);
	ck_assert_uint_eq(met.count, CHILDREN);
	tm_fd_tables_clear(&met);
	ck_assert_int_eq(tm_fd_tables_meet(&met, (uint32_t)child[0]), 1);
	ck_assert_uint_eq(met.count, 1);
	for (size_t i = 0; i < CHILDREN; i++) {
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
	}
	/* "when the thread ends, its table counts as new" */
	ck_assert_int_eq(tm_fd_tables_meet(&met, (uint32_t)child[0]), 1);
	tm_fd_tables_deinit(&met);
	ck_assert_uint_eq(met.count, 0);
}
END_TEST

/* ---- which processes descend from one ---- */

static struct tm_descendants descendants;

static int descends(uint32_t pid, uint64_t start)
{
	return tm_descendants_has(&descendants, ctx, pid, start);
}

static void begin_family(void)
{
	set_up();
	ck_assert_int_eq(tm_descendants_init(&descendants, ANCESTOR), 0);
	put_family(&tree);
	put_child(&tree, 60, 9, 13);
}

static void end_family(void)
{
	tm_descendants_deinit(&descendants);
	tear_down();
}

/* "those of @ancestor, itself left out" */
START_TEST(children_and_theirs_descend)
{
	ck_assert_int_eq(descends(ANCESTOR, 10), 0);
	ck_assert_int_eq(descends(52, 12), 1);
	ck_assert_int_eq(descends(51, 11), 1);
	ck_assert_int_eq(descends(60, 13), 0);
	ck_assert_int_eq(descends(9, 5), 0);
	ck_assert_int_eq(descends(1, 1), 0);
	ck_assert_int_eq(descends(77, 1), 0);
	/* another process that has the number by now */
	ck_assert_int_eq(descends(51, 99), 0);
}
END_TEST

/* Who was asked about, or stood between, is known from then on. */
START_TEST(what_was_found_is_remembered)
{
	ck_assert_int_eq(descends(52, 12), 1);
	ck_assert_int_eq(descends(60, 13), 0);
	end_process(&tree, 51);
	end_process(&tree, 52);
	ck_assert_int_eq(descends(52, 12), 1);
	ck_assert_int_eq(descends(51, 11), 1);
	put_child(&tree, 60, ANCESTOR, 13);
	ck_assert_int_eq(descends(60, 13), 0);
	/* the next one that has the number is another */
	put_child(&tree, 60, ANCESTOR, 14);
	ck_assert_int_eq(descends(60, 14), 1);
}
END_TEST

/* A parent that ended meanwhile tells nothing, and nothing is remembered. */
START_TEST(who_may_descend_is_asked_again)
{
	put_child(&tree, 54, 53, 14);
	ck_assert_int_eq(descends(54, 14), 0);
	put_child(&tree, 53, 52, 13);
	ck_assert_int_eq(descends(54, 14), 1);
}
END_TEST

/* More than are remembered at a time, and a circle */
START_TEST(lines_of_any_length_end)
{
	for (uint32_t pid = 1000; pid < 1100; pid++)
		put_child(&tree, pid, pid == 1000 ? ANCESTOR : pid - 1, pid);
	ck_assert_int_eq(descends(1099, 1099), 1);
	ck_assert_int_eq(descends(1000, 1000), 1);
	put_child(&tree, 70, 71, 1);
	put_child(&tree, 71, 70, 2);
	ck_assert_int_eq(descends(70, 1), 0);
}
END_TEST

/* "-errno of opening /proc" */
START_TEST(without_proc_nothing_is_known)
{
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "/nonexistent", NULL), 0);
	ck_assert_int_eq(descends(51, 11), -ENOENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proc_pids");
	TCase *tc = tcase_create("pids"), *family = tcase_create("family");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, all_are_read_again_after_a_while);
	tcase_add_test(tc, a_process_is_known_by_its_directory_and_its_fds);
	tcase_add_test(tc, who_shares_a_socket_is_always_read);
	tcase_add_test(tc, kept_processes_hold_what_they_held);
	tcase_add_test(tc, who_was_read_late_is_left_out);
	tcase_add_test(tc, no_proc_has_no_processes);
	tcase_add_test(tc, each_table_is_met_once);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(family, begin_family, end_family);
	tcase_add_test(family, children_and_theirs_descend);
	tcase_add_test(family, what_was_found_is_remembered);
	tcase_add_test(family, who_may_descend_is_asked_again);
	tcase_add_test(family, lines_of_any_length_end);
	tcase_add_test(family, without_proc_nothing_is_known);
	suite_add_tcase(suite, family);
	return unit_run(suite);
}
