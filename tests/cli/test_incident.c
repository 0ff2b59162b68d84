// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_incident.c - looks around an incident are kept; marks on their way */
#include "store/incident.h"
#include "store_dir.h"
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static void put(enum tier tier, int64_t begin)
{
	struct file_entry entry;

	file_entry_make(tier, begin, &entry);
	put_file(entry.name, "file", 4);
}

/* ---- incidents ---- */

static bool is_kept(int64_t begin)
{
	struct file_entry entry;
	bool kept;

	file_entry_make(TIER_INCIDENT, begin, &entry);
	kept = has_file(entry.name);
	unlink(path_of(entry.name));
	return kept;
}

static bool keeps(int64_t begin, int64_t last, int64_t incident)
{
	struct file_entry entry;

	file_entry_make(TIER_LOOK, begin, &entry);
	put_file(entry.name, "look", 4);
	incident_keep_file(dir, &entry, last, incident);
	return is_kept(begin);
}

START_TEST(ten_minutes_around_an_incident_are_kept)
{
	const int64_t around = 10 * 60000;

	ck_assert(keeps(NOON, NOON + HOUR, NOON + 5));
	ck_assert(!keeps(NOON, NOON + HOUR, 0));
	ck_assert(keeps(NOON, NOON + HOUR, NOON + HOUR + around));
	ck_assert(!keeps(NOON, NOON + HOUR, NOON + HOUR + around + 1));
	ck_assert(keeps(NOON, NOON + HOUR, NOON - around));
	ck_assert(!keeps(NOON, NOON + HOUR, NOON - around - 1));
}
END_TEST

START_TEST(files_that_ended_before_an_incident_are_kept)
{
	const int64_t next = NOON + HOUR, last = NOON + 2 * HOUR;

	put(TIER_LOOK, NOON);
	put(TIER_LOOK, next);
	put(TIER_LOOK, last);
	put(TIER_MINUTE, NOON + 9 * HOUR);
	put(TIER_QUARTER, NOON + 9 * HOUR);
	incident_keep_before(dir, next + 600000);
	ck_assert(is_kept(NOON));
	ck_assert(is_kept(next));
	/* it goes on */
	ck_assert(!is_kept(last));
	incident_keep_before(dir, next + 600001);
	ck_assert(!is_kept(NOON));
	ck_assert(is_kept(next));
	incident_keep_before(dir, last + 600001);
	ck_assert_uint_eq(count_files("incident-"), 0);
	incident_keep_before(path_of("none"), NOON);
}
END_TEST

START_TEST(twenty_captures_are_kept)
{
	struct file_entry entry;
	char data[5] = "";
	struct stat st;

	put(TIER_LOOK, NOON - HOUR);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(incident_capture(dir, NOON + i,
						  (const uint8_t *)"data!", 5),
				 0);
	ck_assert_uint_eq(count_files("capture-"), 20);
	for (int i = 20; i < 23; i++) {
		ck_assert_int_eq(incident_capture(dir, NOON + i,
						  (const uint8_t *)"data!", 5),
				 0);
		ck_assert_uint_eq(count_files("capture-"), 20);
		file_entry_make(TIER_CAPTURE, NOON + i - 20, &entry);
		ck_assert(!has_file(entry.name));
	}
	ck_assert(!has_file(".capture"));
	ck_assert(has_file("look-20261122T110000.000Z.db"));
	ck_assert_int_eq(
		stat(path_of("capture-20261122T120000.022Z.tcpmem"), &st), 0);
	ck_assert_int_eq(st.st_size, 5);
	ck_assert_int_eq(st.st_mode & 0137, 0);
	ck_assert_int_eq(
		read_file("capture-20261122T120000.022Z.tcpmem", data, 5), 5);
	ck_assert_mem_eq(data, "data!", 5);
}
END_TEST

START_TEST(a_capture_that_cannot_be_kept_leaves_nothing)
{
	ck_assert_int_eq(
		mkdir(path_of("capture-20261122T120000.000Z.tcpmem"), 0700), 0);
	ck_assert_int_lt(incident_capture(dir, NOON, (const uint8_t *)"x", 1),
			 0);
	ck_assert(!has_file(".capture"));
	ck_assert_int_eq(symlink("elsewhere", path_of(".capture")), 0);
	ck_assert_int_eq(
		incident_capture(dir, NOON + 1, (const uint8_t *)"x", 1),
		-ELOOP);
	ck_assert_uint_eq(count_files("capture-"), 1);
	ck_assert(!has_file("elsewhere"));
	ck_assert_int_eq(incident_capture(path_of("none"), NOON,
					  (const uint8_t *)"x", 1),
			 -ENOENT);
}
END_TEST

/* ---- marks ---- */

static void check_marks(const char *wanted)
{
	char *lines = NULL;

	ck_assert_int_eq(store_mark_receive(dir, &lines), 0);
	ck_assert_str_eq(lines, wanted);
	free(lines);
}

START_TEST(marks_are_received_once)
{
	char *lines, *many = malloc(20001);

	check_marks("");
	ck_assert(!has_file("marks"));
	put_file("marks", "one\ntwo\n", 8);
	check_marks("one\ntwo\n");
	check_marks("");
	/* however many there are */
	memset(many, 'm', 20000);
	many[20000] = '\0';
	put_file("marks", many, 20000);
	check_marks(many);
	put_file("marks", many, 4096);
	many[4096] = '\0';
	check_marks(many);
	free(many);
	unlink(path_of("marks"));
	ck_assert_int_eq(mkdir(path_of("marks"), 0700), 0);
	ck_assert_int_eq(store_mark_receive(dir, &lines), -EISDIR);
	free(lines);
	rmdir(path_of("marks"));
	ck_assert_int_eq(symlink("lock", path_of("marks")), 0);
	ck_assert_int_eq(store_mark_receive(dir, &lines), -ELOOP);
	free(lines);
}
END_TEST

/* Has the lock, as a recorder has it. Return: its pid */
static pid_t start_recorder(void)
{
	int ends[2];
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		struct flock lock = { .l_type = F_WRLCK };
		int fd = open(path_of("lock"), O_RDWR | O_CLOEXEC), number;
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		sigprocmask(SIG_BLOCK, &set, NULL);
		if (fcntl(fd, F_SETLK, &lock) < 0 || write(ends[1], "", 1) != 1)
			_exit(1);
		alarm(20);
		sigwait(&set, &number);
		_exit(7);
	}
	ck_assert_int_eq(read(ends[0], &c, 1), 1);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

START_TEST(a_mark_goes_to_who_writes_the_store)
{
	int status;
	pid_t pid;

	ck_assert_int_eq(store_mark_send(dir, "none"), -ESRCH);
	put_file("lock", "", 0);
	ck_assert_int_eq(store_mark_send(dir, "none"), -ESRCH);
	ck_assert(!has_file("marks"));
	pid = start_recorder();
	put_file("marks", "before\n", 7);
	ck_assert_int_eq(store_mark_send(dir, "after it"), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 7);
	check_marks("before\nafter it\n");
	ck_assert_int_eq(store_mark_send(dir, "nobody"), -ESRCH);
	pid = start_recorder();
	unlink(path_of("marks"));
	ck_assert_int_eq(mkdir(path_of("marks"), 0700), 0);
	ck_assert_int_eq(store_mark_send(dir, "no place"), -EISDIR);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("incident");
	TCase *tests = tcase_create("incident");

	tcase_add_checked_fixture(tests, make_dir, remove_dir);
	tcase_add_test(tests, ten_minutes_around_an_incident_are_kept);
	tcase_add_test(tests, files_that_ended_before_an_incident_are_kept);
	tcase_add_test(tests, twenty_captures_are_kept);
	tcase_add_test(tests, a_capture_that_cannot_be_kept_leaves_nothing);
	tcase_add_test(tests, marks_are_received_once);
	tcase_add_test(tests, a_mark_goes_to_who_writes_the_store);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
