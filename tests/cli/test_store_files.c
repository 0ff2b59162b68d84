// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_store_files.c - which file a look goes into, and who may write there */
#include "store_made.h"
#include "unit.h"

#include <errno.h>
#include <sys/wait.h>

START_TEST(a_file_is_for_an_hour)
{
	struct store_config config = usual_config();
	struct store_writer *writer;

	config.every_ms = HOUR;
	writer = open_store(&config);
	write_look(writer, moment_at(NOON), 5);
	write_look(writer, moment_at(NOON + HOUR - 1), 5);
	ck_assert_uint_eq(count_files("minute-"), 0);
	ck_assert_int_eq(ask(NOON, "SELECT count(*) FROM looks"), 2);
	write_look(writer, moment_at(NOON + HOUR), 5);
	ck_assert_uint_eq(count_files("minute-"), 1);
	ck_assert_uint_eq(count_files("quarter-"), 1);
	ck_assert_int_eq(ask(NOON + HOUR, "SELECT count(*) FROM looks"), 1);
	/* the first look of a file rests on none */
	ck_assert_int_eq(ask(NOON + HOUR, "SELECT base FROM looks"),
			 TCPMEM_UNKNOWN);
	ck_assert_int_eq(ask(NOON, "SELECT max(base) FROM looks"), NOON);
	store_writer_close(writer);
	ck_assert_uint_eq(count_files("look-"), 2);
	ck_assert_uint_eq(count_files("quarter-"), 2);
}
END_TEST

START_TEST(a_file_is_of_one_pace)
{
	struct store_config config = usual_config();
	struct store_writer *writer = open_store(&config);

	store_writer_every(writer, 20000);
	write_look(writer, moment_at(NOON), 5);
	store_writer_every(writer, 20000);
	write_look(writer, moment_at(NOON + 1000), 5);
	ck_assert_int_eq(ask(NOON, "SELECT count(*) FROM looks"), 2);
	store_writer_every(writer, 30000);
	write_look(writer, moment_at(NOON + 2000), 5);
	store_writer_close(writer);
	ck_assert_uint_eq(count_files("look-"), 2);
	ck_assert_int_eq(ask(NOON, "SELECT every_ms FROM store"), 20000);
	ck_assert_int_eq(ask(NOON + 2000, "SELECT every_ms FROM store"), 30000);
}
END_TEST

/* "what is removed at once is an eighth of the store at most" */
START_TEST(a_file_is_an_eighth_of_the_store_at_most)
{
	struct store_config config = usual_config();
	struct store_writer *writer;
	struct stat st;

	config.max_size = 8 * 100000;
	writer = open_store(&config);
	for (int i = 0; i < 40; i++) {
		write_look(writer, moment_at(NOON + i * 1000),
			   (uint32_t)(i * 7919));
		if (count_files("minute-"))
			break;
	}
	ck_assert_uint_eq(count_files("minute-"), 1);
	ck_assert_int_gt(ask(NOON, "SELECT count(*) FROM looks"), 5);
	ck_assert_int_eq(stat(path_of(name_of(TIER_LOOK, NOON)), &st), 0);
	ck_assert_int_lt(st.st_size, 100000);
	store_writer_close(writer);
}
END_TEST

START_TEST(the_oldest_file_goes_when_it_is_too_old)
{
	struct store_config config = usual_config();
	struct store_writer *writer;

	config.every_ms = 3 * DAY;
	writer = open_store(&config);
	write_look(writer, moment_at(NOON), 5);
	write_look(writer, moment_at(NOON + DAY + HOUR), 5);
	ck_assert(has_file(name_of(TIER_LOOK, NOON)));
	write_look(writer, moment_at(NOON + DAY + 2 * HOUR), 5);
	ck_assert(!has_file(name_of(TIER_LOOK, NOON)));
	ck_assert(!has_file(name_of(TIER_MINUTE, NOON)));
	ck_assert(has_file(name_of(TIER_LOOK, NOON + DAY + HOUR)));
	store_writer_close(writer);
}
END_TEST

/* "until the next hour of it they have the age that they had before" */
START_TEST(a_clock_far_ahead_costs_no_file_for_an_hour)
{
	struct moment far = moment_at(NOON + 10000);
	struct store_config config = usual_config();
	struct store_writer *writer;

	config.every_ms = 3 * DAY;
	writer = open_store(&config);
	write_look(writer, moment_at(NOON), 5);
	far.time += 100 * HOUR;
	write_look(writer, far, 5);
	ck_assert(has_file(name_of(TIER_LOOK, NOON)));
	far.time += 59 * MINUTE;
	far.boot_ms += 59 * MINUTE;
	write_look(writer, far, 5);
	ck_assert(has_file(name_of(TIER_LOOK, NOON)));
	far.time += MINUTE;
	far.boot_ms += MINUTE;
	write_look(writer, far, 5);
	ck_assert(!has_file(name_of(TIER_LOOK, NOON)));
	store_writer_close(writer);
}
END_TEST

START_TEST(what_a_full_disk_costs_is_told_once)
{
	struct store_config config = usual_config();
	struct store_writer *writer;

	config.keep_free = INT64_MAX;
	put_file(name_of(TIER_MINUTE, NOON - HOUR), "", 0);
	put_file(name_of(TIER_CAPTURE, NOON - HOUR), "", 0);
	writer = open_store(&config);
	for (int i = 0; i < 4; i++)
		write_look(writer, moment_at(NOON + i * 1000), 5);
	store_writer_close(writer);
	ck_assert_uint_eq(count_files("look-"), 1);
	ck_assert_uint_eq(count_files("capture-"), 0);
	ck_assert_str_eq(marks_of(NOON),
			 "room: 2 files removed: the disk is too full|room: "
			 "the disk is too full, and nothing of the store is "
			 "left to remove");
}
END_TEST

/* ---- who writes where ---- */

START_TEST(what_has_no_time_is_no_look)
{
	struct store_config config = usual_config();
	struct store_writer *writer = open_store(&config);
	struct bytes capture = make_look(moment_at(NOON), 5);
	struct tcpmem_snapshot *snap = made_load(&capture);
	const struct store_cost cost = { 0 };

	ck_assert_int_eq(store_write(writer, capture.data, capture.used - 1,
				     snap, &cost, ""),
			 -EBADMSG);
	ck_assert_uint_eq(count_files("look-"), 0);
	ck_assert_int_eq(store_write(writer, capture.data, capture.used, snap,
				     &cost, ""),
			 0);
	store_writer_close(writer);
	store_writer_close(NULL);
	tcpmem_snapshot_free(snap);
	bytes_free(&capture);
}
END_TEST

static int try_open(const char *where, int *owner)
{
	struct store_config config = { .dir = where };
	struct store_writer *writer = NULL;
	int ret = store_writer_open(&config, &writer, owner);

	ck_assert((ret == 0) == (writer != NULL));
	store_writer_close(writer);
	return ret;
}

START_TEST(one_writes_a_store_that_is_its_own)
{
	struct store_config config = usual_config();
	struct store_writer *writer;
	struct stat st;
	int owner, status;
	char made[100];
	pid_t pid;

	snprintf(made, sizeof(made), "%s/made", dir);
	umask(0);
	ck_assert_int_eq(try_open(made, &owner), 0);
	ck_assert_int_eq(stat(made, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0750);
	ck_assert_int_eq(chmod(made, 0770), 0);
	ck_assert_int_eq(try_open(made, &owner), 0);
	ck_assert_int_eq(chmod(made, 0752), 0);
	ck_assert_int_eq(try_open(made, &owner), -EPERM);
	ck_assert_int_eq(chmod(made, 0755), 0);
	ck_assert_int_eq(try_open(made, &owner), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(made, 0, 12345), 0);
		ck_assert_int_eq(try_open(made, &owner), 0);
		ck_assert_int_eq(chmod(made, 0770), 0);
		ck_assert_int_eq(try_open(made, &owner), -EPERM);
		ck_assert_int_eq(chown(made, 12345, 0), 0);
		ck_assert_int_eq(chmod(made, 0750), 0);
		ck_assert_int_eq(try_open(made, &owner), -EACCES);
		/* of root's, a group may be the writer's */
		unlinkat(AT_FDCWD, path_of("made/lock"), 0);
		ck_assert_int_eq(chown(made, 0, 12345), 0);
		ck_assert_int_eq(chmod(made, 0770), 0);
		ck_assert_int_eq(chmod(dir, 0711), 0);
		pid = fork();
		if (pid == 0)
			_exit(setegid(12345) || seteuid(12345) ||
			      try_open(made, &owner));
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
	unlinkat(AT_FDCWD, path_of("made/lock"), 0);
	ck_assert_int_eq(try_open(path_of("none/there"), &owner), -ENOENT);
	put_file("file", "", 0);
	ck_assert_int_eq(try_open(path_of("file"), &owner), -ENOTDIR);
	/* somebody else's file in the way */
	put_file("new.db", "not of a store", 14);
	ck_assert_int_eq(try_open(dir, &owner), -EEXIST);
	unlink(path_of("new.db"));
	writer = open_store(&config);
	pid = fork();
	if (pid == 0) {
		status = try_open(dir, &owner) == -EBUSY && owner == getppid();
		_exit(status ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	store_writer_close(writer);
	ck_assert_int_eq(try_open(dir, &owner), 0);
	ck_assert_int_eq(owner, 0);
	unlink(path_of("lock"));
	ck_assert_int_eq(symlink("file", path_of("lock")), 0);
	ck_assert_int_eq(try_open(dir, &owner), -ELOOP);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store_files");
	TCase *tests = tcase_create("store_files");

	tcase_add_checked_fixture(tests, make_dir, remove_dir);
	tcase_add_test(tests, a_file_is_for_an_hour);
	tcase_add_test(tests, a_file_is_of_one_pace);
	tcase_add_test(tests, a_file_is_an_eighth_of_the_store_at_most);
	tcase_add_test(tests, the_oldest_file_goes_when_it_is_too_old);
	tcase_add_test(tests, a_clock_far_ahead_costs_no_file_for_an_hour);
	tcase_add_test(tests, what_a_full_disk_costs_is_told_once);
	tcase_add_test(tests, what_has_no_time_is_no_look);
	tcase_add_test(tests, one_writes_a_store_that_is_its_own);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
