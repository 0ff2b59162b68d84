// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_file_write.c - files that are written and replaced, and bounds of paths
 */
#include "file_tree.h"
#include "output/file.h"
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void check_file(const char *name, const char *wanted, mode_t mode)
{
	struct stat st;
	char text[64] = "";
	int fd = open(at(name), O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(read(fd, text, sizeof(text) - 1), 0);
	ck_assert_str_eq(text, wanted);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, mode);
	close(fd);
}

/* Names in the tree but "." and ".." */
static int count_names(void)
{
	DIR *dir = opendir(tree.root);
	int count = -2;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

START_TEST(a_file_is_replaced_with_its_mode)
{
	umask(027);
	ck_assert_int_eq(file_replace(at("file"), "text", 4, 0), 0);
	check_file("file", "text", 0640);
	ck_assert_int_eq(file_replace(at("file"), "new", 3, 0604), 0);
	check_file("file", "new", 0604);
	ck_assert_uint_eq(umask(0), 027);
	ck_assert_int_eq(count_names(), 1);
	/* of the old one nothing is left, to who has it open as well */
	umask(077);
	ck_assert_int_eq(file_replace(at("file"), "", 0, 0), 0);
	check_file("file", "", 0600);
}
END_TEST

START_TEST(what_is_no_file_is_written_to)
{
	int fd;
	char text[8] = "";

	tree_link(&tree, "link", "real");
	tree_file(&tree, "real", "longer than it");
	ck_assert_int_eq(chmod(at("real"), 0640), 0);
	ck_assert_int_eq(file_replace(at("link"), "text", 4, 0600), 0);
	check_file("real", "text", 0640);
	ck_assert_int_eq(mkfifo(at("pipe"), 0600), 0);
	fd = open(at("pipe"), O_RDONLY | O_NONBLOCK);
	ck_assert_int_eq(file_replace(at("pipe"), "text", 4, 0), 0);
	ck_assert_int_eq(read(fd, text, sizeof(text)), 4);
	ck_assert_str_eq(text, "text");
	close(fd);
	tree_dir(&tree, "dir");
	ck_assert_int_eq(file_replace(at("dir"), "text", 4, 0), -EISDIR);
	ck_assert_int_eq(count_names(), 4);
}
END_TEST

START_TEST(what_fails_leaves_nothing)
{
	static const char *const names[] = { "file", "other", "link" };
	struct rlimit limit, less;
	char *name;
	int ret[3];

	umask(022);
	ck_assert_int_eq(file_replace(at("no/file"), "a", 1, 0), -ENOENT);
	ck_assert_int_eq(file_can_replace(at("no/file")), -ENOENT);
	ck_assert_int_eq(file_make_beside(at("no/file"), &name), -ENOENT);
	free(name);
	tree_file(&tree, "file", "text");
	tree_link(&tree, "link", "third");
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	less = limit;
	less.rlim_cur = 2;
	signal(SIGXFSZ, SIG_IGN);
	/* a part is written before; what fails here is written, too */
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &less), 0);
	for (int i = 0; i < 3; i++)
		ret[i] = file_replace(at(names[i]), "new", 3, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(ret[i], -EFBIG);
	check_file("file", "text", 0644);
	ck_assert_int_eq(file_take_place(-1, at("file"), at("x")), -EBADF);
	ck_assert_int_eq(count_names(), 3);
}
END_TEST

START_TEST(who_asks_changes_nothing)
{
	tree_file(&tree, "file", "text");
	ck_assert_int_eq(chmod(at("file"), 0640), 0);
	ck_assert_int_eq(file_can_replace(at("file")), 0);
	ck_assert_int_eq(file_can_replace(at("new")), 0);
	ck_assert_int_eq(mkfifo(at("pipe"), 0600), 0);
	ck_assert_int_eq(file_can_replace(at("pipe")), 0);
	check_file("file", "text", 0640);
	ck_assert_int_eq(count_names(), 2);
	ck_assert_int_lt(open("/dev/null", O_RDONLY), 10); /* none stays open */
}
END_TEST

START_TEST(a_file_takes_the_place_of_another)
{
	char *name;
	int fd = file_make_beside(at("file"), &name);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(strncmp(name, at("file"), strlen(at("file"))), 0);
	ck_assert_int_eq(file_write(fd, "text", 4), 0);
	tree_file(&tree, "file", "old");
	ck_assert_int_eq(file_take_place(fd, name, at("file")), 0);
	check_file("file", "text", 0600);
	ck_assert_int_eq(file_take_place(fd, name, at("file")), -ENOENT);
	close(fd);
	free(name);
}
END_TEST

static void wake(int number)
{
	(void)number;
}

enum { MUCH = 200000 };

/* Reads all, in parts, and wakes the writer before each. */
static _Noreturn void read_much(int fd)
{
	size_t got = 0;
	unsigned char part[20000];
	ssize_t len = 1;

	while (len > 0) {
		usleep(1000);
		kill(getppid(), SIGUSR1);
		len = read(fd, part, sizeof(part));
		for (ssize_t i = 0; i < len; i++, got++)
			if (part[i] != got % 251)
				_exit(1);
	}
	_exit(got == MUCH ? 0 : 2);
}

START_TEST(all_is_written_although_it_is_interrupted)
{
	const struct sigaction action = { .sa_handler = wake };
	static unsigned char data[MUCH];
	int pipes[2], status;
	pid_t reader;

	for (size_t i = 0; i < MUCH; i++)
		data[i] = (unsigned char)(i % 251);
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(pipe(pipes), 0);
	reader = fork();
	if (reader == 0) {
		close(pipes[1]);
		read_much(pipes[0]);
	}
	close(pipes[0]);
	ck_assert_int_eq(file_write(pipes[1], data, MUCH), 0);
	close(pipes[1]);
	while (waitpid(reader, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_int_eq(file_write(-1, data, 1), -EBADF);
	ck_assert_int_eq(file_write(-1, data, 0), 0);
}
END_TEST

START_TEST(links_are_followed_as_far_as_the_kernel_does)
{
	char name[16], to[16], target[PATH_MAX];

	tree_file(&tree, "l40", "text");
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(to, sizeof(to), "l%d", i + 1);
		tree_link(&tree, name, to);
	}
	ck_assert_int_eq(file_find_target(at("l0"), target), 0);
	ck_assert_str_eq(target, at("l40"));
	tree_link(&tree, "more", "l0");
	ck_assert_int_eq(file_find_target(at("more"), target), -ELOOP);
	/* one that begins at the root */
	tree_link(&tree, "root", at("new"));
	ck_assert_int_eq(file_find_target(at("root"), target), 0);
	ck_assert_str_eq(target, at("new"));
	ck_assert_int_eq(chdir(tree.root), 0);
	tree_dir(&tree, "dir");
	tree_link(&tree, "here", "new");
	tree_link(&tree, "dir/up", "../new");
	ck_assert_int_eq(file_find_target("here", target), 0);
	ck_assert_str_eq(target, "./new");
	ck_assert_int_eq(file_find_target("dir/up", target), 0);
	ck_assert_str_eq(target, "dir/../new");
	/* a directory, or a link to one below the root */
	ck_assert_int_eq(file_find_target("/bin", target), -EEXIST);
}
END_TEST

/* A path of @len bytes to nothing, in names that are short enough */
static void fill_path(char *path, size_t len)
{
	memset(path, 'a', len);
	for (size_t i = 0; i < len; i += 200)
		path[i] = '/';
	path[len] = '\0';
}

START_TEST(paths_that_are_too_long_are_refused)
{
	char path[2 * PATH_MAX], target[PATH_MAX];
	size_t root = strlen(tree.root) + 1;

	fill_path(path, PATH_MAX - 1);
	ck_assert_int_eq(file_find_target(path, target), 0);
	ck_assert_uint_eq(strlen(target), PATH_MAX - 1);
	fill_path(path, PATH_MAX);
	ck_assert_int_eq(file_find_target(path, target), -ENAMETOOLONG);
	ck_assert_int_eq(file_open_to_write(path), -ENAMETOOLONG);
	/* the directory of a link, and what it says */
	fill_path(path, PATH_MAX - 1 - root + 1);
	tree_link(&tree, "fits", path + 1);
	ck_assert_int_eq(file_find_target(at("fits"), target), 0);
	ck_assert_uint_eq(strlen(target), PATH_MAX - 1);
	fill_path(path, PATH_MAX - 1 - root + 2);
	tree_link(&tree, "long", path + 1);
	ck_assert_int_eq(file_find_target(at("long"), target), -ENAMETOOLONG);
	fill_path(path, 2 * PATH_MAX - 1);
	ck_assert(!file_is_planted(path));
}
END_TEST

START_TEST(what_is_open_already_is_written_to)
{
	char path[64], text[8] = "";
	int pipes[2], fd;

	ck_assert_int_eq(pipe(pipes), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pipes[1]);
	fd = file_open_to_write(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write(fd, "text", 4), 0);
	ck_assert_int_eq(read(pipes[0], text, sizeof(text)), 4);
	close(fd);
	ck_assert_int_eq(file_replace(path, "a", 1, 0), 0);
	ck_assert_int_eq(read(pipes[0], text, sizeof(text)), 1);
	ck_assert_int_eq(file_open_to_write(tree.root), -EISDIR);
	ck_assert_int_eq(file_open_to_write(at("no/file")), -ENOENT);
	fd = file_open_to_write("/dev/null");
	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("file_write");
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_file_is_replaced_with_its_mode);
	tcase_add_test(tcase, what_is_no_file_is_written_to);
	tcase_add_test(tcase, what_fails_leaves_nothing);
	tcase_add_test(tcase, who_asks_changes_nothing);
	tcase_add_test(tcase, a_file_takes_the_place_of_another);
	tcase_add_test(tcase, all_is_written_although_it_is_interrupted);
	tcase_add_test(tcase, links_are_followed_as_far_as_the_kernel_does);
	tcase_add_test(tcase, paths_that_are_too_long_are_refused);
	tcase_add_test(tcase, what_is_open_already_is_written_to);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
