// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_file_planted.c - what another user put there for others to write to */
#include "file_tree.h"
#include "output/file.h"
#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NOBODY 65534

static void give(const char *name)
{
	ck_assert_int_eq(lchown(at(name), NOBODY, NOBODY), 0);
}

static void make_socket(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", at(name));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)),
			 0);
	close(fd);
}

/* All that another user can put in a directory, and what root put there */
static void furnish(const char *dir, mode_t mode)
{
	static const char *const kinds[] = { "file", "link", "pipe", "dir",
					     "socket" };
	char name[64];

	tree_dir(&tree, dir);
	ck_assert_int_eq(chmod(at(dir), mode), 0);
	for (size_t i = 0; i < 10; i++) {
		const char *kind = kinds[i % 5];

		snprintf(name, sizeof(name), "%s/%s%s", dir,
			 i < 5 ? "" : "root-", kind);
		if (*kind == 'f')
			tree_file(&tree, name, "");
		else if (*kind == 'l')
			tree_link(&tree, name, at("dir"));
		else if (*kind == 'p')
			ck_assert_int_eq(mkfifo(at(name), 0600), 0);
		else if (*kind == 'd')
			tree_dir(&tree, name);
		else
			make_socket(name);
		if (i < 5)
			give(name);
	}
}

static bool is_planted(const char *dir, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return file_is_planted(at(path));
}

/* What fs.protected_symlinks, _fifos and _regular refuse */
START_TEST(what_another_user_planted_is_known)
{
	static const struct {
		const char *dir;
		mode_t mode;
		bool theirs, file, link;
	} dirs[] = {
		{ "shared", 01777, false, true, true },
		{ "open", 0777, false, false, true },
		{ "theirs", 01777, true, false, false },
	};

	if (geteuid())
		return;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		const char *dir = dirs[i].dir;

		furnish(dir, dirs[i].mode);
		if (dirs[i].theirs)
			give(dir);
		ck_assert_int_eq(is_planted(dir, "file"), dirs[i].file);
		ck_assert_int_eq(is_planted(dir, "link"), dirs[i].link);
		ck_assert(is_planted(dir, "pipe"));
		ck_assert(!is_planted(dir, "dir"));
		ck_assert(!is_planted(dir, "socket"));
		ck_assert(!is_planted(dir, "none"));
		ck_assert(!is_planted(dir, "root-file"));
		ck_assert(!is_planted(dir, "root-link"));
		ck_assert(!is_planted(dir, "root-pipe"));
		/* on the way, a link leads astray; the end of it need not be */
		ck_assert_int_eq(is_planted(dir, "link/none"), dirs[i].link);
		ck_assert_int_eq(is_planted(dir, "link//none"), dirs[i].link);
		ck_assert_int_eq(is_planted(dir, "/link/a/b"), dirs[i].link);
		ck_assert(!is_planted(dir, "root-link/none"));
		/* nor does one whose name only begins so */
		ck_assert(!is_planted(dir, "link-of-mine/none"));
		ck_assert(!is_planted(dir, "dir/none"));
	}
	ck_assert_int_eq(chdir(at("shared")), 0);
	ck_assert(file_is_planted("file"));
	ck_assert(file_is_planted("link/none"));
	ck_assert(!file_is_planted("root-file"));
	ck_assert(!file_is_planted(""));
}
END_TEST

START_TEST(what_another_user_planted_is_refused)
{
	char target[PATH_MAX];
	static const char *const names[] = { "shared/link", "shared/link/new",
					     "shared/pipe", "shared/file",
					     "over" };

	if (geteuid())
		return;
	furnish("shared", 01777);
	tree_link(&tree, "over", "shared/link");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		ck_assert_int_eq(file_find_target(at(names[i]), target),
				 -EACCES);
		ck_assert_int_eq(file_open_to_write(at(names[i])), -EACCES);
		/* a file is replaced as a whole: the directory lets them */
		if (i < 3) {
			ck_assert_int_eq(file_can_replace(at(names[i])),
					 -EACCES);
			ck_assert_int_eq(file_replace(at(names[i]), "", 0, 0),
					 -EACCES);
		}
	}
	ck_assert_int_eq(file_can_replace(at("shared/file")), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("file_planted");
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, what_another_user_planted_is_known);
	tcase_add_test(tcase, what_another_user_planted_is_refused);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
