// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_capture_file.c - a file is replaced as a whole or not at all */
#include "capture/internal.h"

#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/tcpmem-file-XXXXXX";
static char target[PATH_MAX];

static void make_dir(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(target, sizeof(target), "%s/target", dir);
}

/* How many files are in the directory; they are removed. */
static int remove_files(void)
{
	DIR *d = opendir(dir);
	int count = 0;

	for (struct dirent *entry; (entry = readdir(d));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		count++;
		unlinkat(dirfd(d), entry->d_name, 0);
	}
	closedir(d);
	return count;
}

static void empty_dir(void)
{
	remove_files();
}

static void remove_dir(void)
{
	remove_files();
	rmdir(dir);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void assert_file(const char *path, const char *text)
{
	char buf[64] = "";
	int fd = open(path, O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(read(fd, buf, sizeof(buf) - 1), 0);
	close(fd);
	ck_assert_str_eq(buf, text);
}

static void begin(struct tm_capture_file *file, const char *text)
{
	ck_assert_int_eq(tm_capture_file_open(target, file), 0);
	ck_assert_int_eq(write(file->fd, text, strlen(text)),
			 (ssize_t)strlen(text));
}

/* "Whoever looks finds the old file or the new one" */
START_TEST(commit_replaces)
{
	struct tm_capture_file file;
	struct stat st;

	write_file(target, "old");
	begin(&file, "new");
	assert_file(target, "old");
	ck_assert_int_eq(tm_capture_file_commit(&file), 0);
	assert_file(target, "new");
	ck_assert_int_eq(stat(target, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(remove_files(), 1);
}
END_TEST

START_TEST(abort_leaves_the_old_file)
{
	struct tm_capture_file file;

	write_file(target, "old");
	begin(&file, "new");
	tm_capture_file_abort(&file);
	assert_file(target, "old");
	ck_assert_int_eq(remove_files(), 1);
}
END_TEST

START_TEST(a_link_stays_a_link)
{
	struct tm_capture_file file;
	char real[PATH_MAX];
	struct stat st;

	snprintf(real, sizeof(real), "%s/real", dir);
	write_file(real, "old");
	ck_assert_int_eq(symlink("real", target), 0);
	begin(&file, "new");
	ck_assert_int_eq(tm_capture_file_commit(&file), 0);
	assert_file(real, "new");
	ck_assert_int_eq(lstat(target, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
}
END_TEST

/* "A pipe or a device is written to as it is" */
START_TEST(a_pipe_is_written_to)
{
	struct tm_capture_file file;
	char buf[8] = "";
	int fd;

	ck_assert_int_eq(mkfifo(target, 0600), 0);
	fd = open(target, O_RDONLY | O_NONBLOCK);
	begin(&file, "new");
	ck_assert_int_eq(tm_capture_file_commit(&file), 0);
	ck_assert_int_eq(read(fd, buf, sizeof(buf)), 3);
	close(fd);
	ck_assert_str_eq(buf, "new");
	ck_assert_int_eq(remove_files(), 1);
}
END_TEST

/* "-errno of open(2)", "-errno of rename(2)" */
START_TEST(errors_leave_nothing_behind)
{
	struct tm_capture_file file;
	char path[PATH_MAX];

	ck_assert_int_eq(tm_capture_file_open(dir, &file), -EISDIR);
	snprintf(path, sizeof(path), "%s/none/target", dir);
	ck_assert_int_eq(tm_capture_file_open(path, &file), -ENOENT);
	begin(&file, "new");
	ck_assert_int_eq(mkdir(target, 0700), 0);
	ck_assert_int_eq(tm_capture_file_commit(&file), -EISDIR);
	ck_assert_int_eq(rmdir(target), 0);
	ck_assert_int_eq(remove_files(), 0);
}
END_TEST

static void expect_target(const char *path, int ret, const char *name,
			  bool exists)
{
	struct tm_target found;

	ck_assert_int_eq(tm_target_open(path, &found), ret);
	if (ret == 0) {
		ck_assert_int_ge(found.dir, 0);
		ck_assert_str_eq(found.name, name);
		ck_assert_int_eq(found.exists, exists);
		ck_assert(!found.magic);
		tm_target_close(&found);
	}
	ck_assert_int_eq(found.dir, -1);
}

/* How many fds are open */
static int count_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void make_link(const char *name, const char *to)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	ck_assert_int_eq(symlink(to, path), 0);
}

/* "-EISDIR if it has no name behind the last slash"; else as open(2) */
START_TEST(a_path_leads_to_a_name)
{
	char path[PATH_MAX], name[NAME_MAX + 2];
	int fds = count_fds();

	write_file(target, "old");
	expect_target(target, 0, "target", true);
	snprintf(path, sizeof(path), "%s//.///new", dir);
	expect_target(path, 0, "new", false);
	snprintf(path, sizeof(path), "%s/target/", dir);
	expect_target(path, -ENOTDIR, NULL, false);
	snprintf(path, sizeof(path), "%s/target/x", dir);
	expect_target(path, -ENOTDIR, NULL, false);
	snprintf(path, sizeof(path), "%s/none/x", dir);
	expect_target(path, -ENOENT, NULL, false);
	snprintf(path, sizeof(path), "%s/", dir);
	expect_target(path, -EISDIR, NULL, false);
	expect_target("/", -EISDIR, NULL, false);
	expect_target("", -ENOENT, NULL, false);
	memset(name, 'x', sizeof(name));
	name[NAME_MAX] = '\0';
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	expect_target(path, 0, name, false);
	name[NAME_MAX] = 'x';
	name[NAME_MAX + 1] = '\0';
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	expect_target(path, -ENAMETOOLONG, NULL, false);
	ck_assert_int_eq(chdir(dir), 0);
	expect_target("target", 0, "target", true);
	expect_target("../none-of-these", 0, "none-of-these", false);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(count_fds(), fds);
}
END_TEST

/* "As many as the kernel follows in one path": 40 */
START_TEST(links_of_ones_own_are_followed)
{
	char name[16], to[PATH_MAX];
	int fds = count_fds();

	make_link("0", "target");
	for (int i = 1; i < 41; i++) {
		snprintf(name, sizeof(name), "%d", i);
		snprintf(to, sizeof(to), i == 20 ? "%s/%d" : "%.0s%d", dir,
			 i - 1);
		make_link(name, to);
	}
	snprintf(to, sizeof(to), "%s/39", dir);
	expect_target(to, 0, "target", false);
	write_file(target, "old");
	expect_target(to, 0, "target", true);
	snprintf(to, sizeof(to), "%s/40", dir);
	expect_target(to, -ELOOP, NULL, false);
	make_link("loop", "loop");
	snprintf(to, sizeof(to), "%s/loop", dir);
	expect_target(to, -ELOOP, NULL, false);
	make_link("here", ".");
	snprintf(to, sizeof(to), "%s/here/here/target", dir);
	expect_target(to, 0, "target", true);
	ck_assert_int_eq(count_fds(), fds);
}
END_TEST

/* Whatever becomes of it, nothing stays open. */
START_TEST(no_fd_stays_open)
{
	struct tm_capture_file file;
	int fds = count_fds();

	begin(&file, "new");
	ck_assert(file.replaces);
	ck_assert_int_eq(fcntl(file.fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(tm_capture_file_commit(&file), 0);
	begin(&file, "new");
	tm_capture_file_abort(&file);
	ck_assert_int_eq(tm_capture_file_open(dir, &file), -EISDIR);
	ck_assert_int_eq(tm_capture_file_open("/dev/null", &file), 0);
	ck_assert(!file.replaces);
	ck_assert_int_eq(fcntl(file.fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(file.fd, F_GETFL) & O_ACCMODE, O_WRONLY);
	ck_assert_int_eq(tm_capture_file_commit(&file), 0);
	ck_assert_int_eq(count_fds(), fds);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("capture_file");
	TCase *files = tcase_create("files");

	tcase_add_unchecked_fixture(files, make_dir, remove_dir);
	tcase_add_checked_fixture(files, empty_dir, NULL);
	tcase_add_test(files, commit_replaces);
	tcase_add_test(files, abort_leaves_the_old_file);
	tcase_add_test(files, a_link_stays_a_link);
	tcase_add_test(files, a_pipe_is_written_to);
	tcase_add_test(files, errors_leave_nothing_behind);
	tcase_add_test(files, a_path_leads_to_a_name);
	tcase_add_test(files, links_of_ones_own_are_followed);
	tcase_add_test(files, no_fd_stays_open);
	suite_add_tcase(suite, files);
	return unit_run(suite);
}
