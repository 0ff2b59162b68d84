// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_cgroup.c - cgroup ids -> paths, processes -> cgroups */
#include "host/internal.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/tcpmem-cgroup-XXXXXX";
static struct tcpmem_ctx *ctx;
static struct tm_metadata metadata;

static void make_dir(const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", root, path);
	ck_assert_int_eq(mkdir(full, 0755), 0);
}

static void make_file(const char *path, const char *text)
{
	char full[256];
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	file = fopen(full, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static uint64_t id_of(const char *path)
{
	char full[256];
	struct stat st;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	ck_assert_int_eq(stat(full, &st), 0);
	return st.st_ino;
}

static void setup(void)
{
	char path[256];
	FILE *mounts;

	strcpy(root + sizeof(root) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	make_dir("proc");
	make_dir("proc/self");
	make_dir("cg");
	make_dir("cg/a.slice");
	make_dir("cg/a.slice/b.service");
	make_file("cg/cgroup.procs", "1\n");
	snprintf(path, sizeof(path), "%s/proc/self/mounts", root);
	mounts = fopen(path, "w");
	fprintf(mounts, "proc /proc proc rw 0 0\nnone %s/cg cgroup2 rw 0 0\n",
		root);
	fclose(mounts);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	snprintf(path, sizeof(path), "%s/proc", root);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, path, NULL), 0);
	memset(&metadata, 0, sizeof(metadata));
}

static void teardown(void)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -r '%s'", root);
	ck_assert_int_eq(system(command), 0);
	tm_metadata_deinit(&metadata);
	tcpmem_ctx_free(ctx);
}

static void check_path(uint64_t id, const char *path)
{
	const struct tm_cgroup *cgroup = tm_metadata_find(&metadata, id);

	ck_assert_ptr_nonnull(cgroup);
	if (!path) {
		ck_assert_uint_eq(cgroup->path, TM_METADATA_UNKNOWN);
		return;
	}
	ck_assert_uint_ne(cgroup->path, TM_METADATA_UNKNOWN);
	ck_assert_str_eq(tm_blobs_get(&metadata.texts, cgroup->path), path);
}

static void find_paths(bool unread)
{
	bool told = !unread;

	ck_assert_int_eq(tm_cgroup_paths(ctx, &metadata, &told), 0);
	ck_assert_int_eq(told, unread);
}

/* "a directory's inode is the cgroup's id" */
START_TEST(ids_become_paths)
{
	uint64_t top = id_of("cg"), deep = id_of("cg/a.slice/b.service");

	ck_assert_int_eq(tm_metadata_want(&metadata, top), 0);
	ck_assert_int_eq(tm_metadata_want(&metadata, deep), 0);
	ck_assert_int_eq(tm_metadata_want(&metadata, deep), 0);
	ck_assert_uint_eq(metadata.cgroup_count, 2);
	find_paths(false);
	check_path(top, "/");
	check_path(deep, "/a.slice/b.service");
}
END_TEST

START_TEST(siblings_have_paths_of_their_own)
{
	static const char *const paths[] = { "/a.slice", "/a.slice/b.service",
					     "/c",	 "/c/d",
					     "/c/e",	 "/f",
					     "/f/g" };
	uint64_t id[7];
	char path[64];

	for (size_t i = 0; i < 7; i++) {
		snprintf(path, sizeof(path), "cg%s", paths[i]);
		if (i >= 2)
			make_dir(path);
		id[i] = id_of(path);
		ck_assert_int_eq(tm_metadata_want(&metadata, id[i]), 0);
	}
	find_paths(false);
	for (size_t i = 0; i < 7; i++)
		check_path(id[i], paths[i]);
}
END_TEST

/* What is too deep to be walked was not read; a dot hides nothing. */
START_TEST(a_cgroup_that_is_not_reached_is_told)
{
	uint64_t hidden, deep;
	char path[200] = "cg";

	make_dir("cg/.hidden");
	hidden = id_of("cg/.hidden");
	ck_assert_int_eq(tm_metadata_want(&metadata, hidden), 0);
	find_paths(false);
	check_path(hidden, "/.hidden");
	for (size_t i = 0; i < 70; i++) {
		strcat(path, "/d");
		make_dir(path);
	}
	deep = id_of(path);
	ck_assert_int_eq(tm_metadata_want(&metadata, deep), 0);
	find_paths(true);
	check_path(deep, NULL);
	/* it is nothing to whoever wants others */
	tm_metadata_deinit(&metadata);
	memset(&metadata, 0, sizeof(metadata));
	ck_assert_int_eq(tm_metadata_want(&metadata, id_of("cg")), 0);
	find_paths(false);
}
END_TEST

/* 15 names of 255 bytes, and a last one of @last; the id of the last */
static uint64_t make_long(int last, char path[PATH_MAX + 256])
{
	int dir = open(root, O_PATH), next;
	char name[256];
	struct stat st;
	size_t len = 0;

	for (int i = 0; i < 17; i++) {
		int bytes = i == 0 ? 2 : i < 16 ? 255 : last;

		memset(name, 'n', sizeof(name));
		name[bytes] = '\0';
		if (i == 0)
			strcpy(name, "cg");
		if (mkdirat(dir, name, 0755) < 0)
			ck_assert_int_eq(errno, EEXIST);
		next = openat(dir, name, O_PATH);
		ck_assert_int_ge(next, 0);
		close(dir);
		dir = next;
		if (i)
			len += (size_t)sprintf(path + len, "/%s", name);
	}
	ck_assert_int_eq(fstat(dir, &st), 0);
	close(dir);
	return st.st_ino;
}

/* As long as a path can be, and a byte more */
START_TEST(a_path_without_room_is_not_reached)
{
	char path[PATH_MAX + 256];
	uint64_t id = make_long(254, path);

	ck_assert_uint_eq(strlen(path), PATH_MAX - 1);
	ck_assert_int_eq(tm_metadata_want(&metadata, id), 0);
	find_paths(false);
	check_path(id, path);
	id = make_long(255, path);
	ck_assert_int_eq(tm_metadata_want(&metadata, id), 0);
	find_paths(true);
	check_path(id, NULL);
}
END_TEST

static void mount_begins_with(const char *cgroup)
{
	char path[256];
	struct statx mount;
	FILE *info;

	snprintf(path, sizeof(path), "%s/cg", root);
	ck_assert_int_eq(statx(AT_FDCWD, path, 0, STATX_MNT_ID, &mount), 0);
	snprintf(path, sizeof(path), "%s/proc/self/mountinfo", root);
	info = fopen(path, "w");
	ck_assert_ptr_nonnull(info);
	fprintf(info, "%llu 1 0:1 /other /x rw - cgroup2 none rw\nnonsense\n",
		(unsigned long long)mount.stx_mnt_id + 1);
	fprintf(info, "%llu 1 0:1 %s /cg rw - cgroup2 none rw\n",
		(unsigned long long)mount.stx_mnt_id, cgroup);
	fprintf(info, "%llu 1 0:1 /other /x rw - cgroup2 none rw\n%llu\n",
		(unsigned long long)mount.stx_mnt_id + 1,
		(unsigned long long)mount.stx_mnt_id);
	fclose(info);
}

/* Paths begin at the reader's root, wherever the mount does. */
START_TEST(a_mount_of_a_part_has_paths_of_the_whole)
{
	uint64_t top = id_of("cg"), deep = id_of("cg/a.slice");

	ck_assert_int_eq(tm_metadata_want(&metadata, top), 0);
	ck_assert_int_eq(tm_metadata_want(&metadata, deep), 0);
	mount_begins_with("/..");
	find_paths(true);
	check_path(top, NULL);
	mount_begins_with("/../other");
	find_paths(true);
	check_path(top, NULL);
	mount_begins_with("/docker/box");
	find_paths(false);
	check_path(top, "/docker/box");
	check_path(deep, "/docker/box/a.slice");
}
END_TEST

/* A name may be one byte long, or begin with a dot. */
START_TEST(a_part_may_have_any_name)
{
	static const char *const begins[] = { "/b", "/.b" };
	uint64_t top = id_of("cg");

	ck_assert_int_eq(tm_metadata_want(&metadata, top), 0);
	mount_begins_with(begins[_i]);
	find_paths(false);
	check_path(top, begins[_i]);
}
END_TEST

/* "/" and nothing behind it: equal texts have one number. */
START_TEST(the_root_has_a_path_of_one_byte)
{
	uint64_t top = id_of("cg");
	uint32_t number;

	ck_assert_int_eq(tm_metadata_want(&metadata, top), 0);
	find_paths(false);
	ck_assert_int_eq(tm_blobs_intern(&metadata.texts, "/", 1, &number), 0);
	ck_assert_uint_eq(tm_metadata_find(&metadata, top)->path, number);
}
END_TEST

/* Where no v2 is mounted, nothing was left unread. */
START_TEST(without_a_hierarchy_there_is_nothing_to_read)
{
	uint64_t top = id_of("cg");

	make_file("proc/self/mounts", "none /x cgroup rw,memory 0 0\n");
	ck_assert_int_eq(tm_metadata_want(&metadata, top), 0);
	find_paths(false);
	check_path(top, NULL);
}
END_TEST

/* "What is not there ... stays unknown" */
START_TEST(a_removed_cgroup_stays_unknown)
{
	ck_assert_int_eq(tm_metadata_want(&metadata, UINT64_MAX), 0);
	find_paths(false);
	check_path(UINT64_MAX, NULL);
}
END_TEST

/* "whether unknown paths may be in directories that could not be read" */
START_TEST(a_hierarchy_that_cannot_be_read_is_told)
{
	uint64_t top = id_of("cg");
	char from[256], to[256];

	snprintf(from, sizeof(from), "%s/cg", root);
	snprintf(to, sizeof(to), "%s/away", root);
	ck_assert_int_eq(rename(from, to), 0);
	ck_assert_int_eq(symlink("proc/self/mounts", from), 0);
	find_paths(false);
	ck_assert_int_eq(tm_metadata_want(&metadata, top), 0);
	find_paths(true);
	check_path(top, NULL);
	/* what is mounted is there, whatever the error */
	ck_assert_int_eq(unlink(from), 0);
	find_paths(true);
	snprintf(to, sizeof(to), "%s/proc/self/mounts", root);
	ck_assert_int_eq(unlink(to), 0);
	make_dir("proc/self/mounts");
	find_paths(true);
}
END_TEST

static const struct {
	const char *text, *path;
} files[] = {
	{ "0::/system.slice/nginx.service\n", "/system.slice/nginx.service" },
	{ "12:memory:/docker/x\n3:cpu,cpuacct:/y\n0::/\n", "/docker/x" },
	{ "0::/z\n12:cpu,memory,pids:/x\n", "/x" },
	{ "4:memoryx:/x\n0::/z", "/z" },
	{ "3:cpuset:/y\n0::/z\n", "/z" },
	{ "3:m:/y\n0::/z\n", "/z" },
	{ "0::/z\n1:name=systemd:/init.scope\n", "/z" },
	{ "1:name=systemd:/init.scope\n", NULL },
	{ "0:x\nq:/y\n", NULL },
	{ "", NULL },
	{ "\n\n", NULL },
	{ "0:", NULL },
	{ "0::", NULL },
	{ "0::relative\n", NULL },
	{ "memory:/x\n", NULL },
};

START_TEST(a_process_file_names_its_cgroup)
{
	size_t len = 0;
	const char *path = tm_cgroup_of_process(files[_i].text, &len);

	if (!files[_i].path) {
		ck_assert_ptr_null(path);
		return;
	}
	ck_assert_ptr_nonnull(path);
	ck_assert_uint_eq(len, strlen(files[_i].path));
	ck_assert_mem_eq(path, files[_i].path, len);
}
END_TEST

START_TEST(equal_texts_have_one_number)
{
	uint32_t a, b, c;

	ck_assert_int_eq(
		tm_blobs_intern(&metadata.texts, "long enough", 11, &a), 0);
	ck_assert_int_eq(
		tm_blobs_intern(&metadata.texts, "long enougH", 11, &b), 0);
	ck_assert_uint_ne(a, b);
	for (uint32_t i = 0; i < 5000; i++)
		ck_assert_int_eq(
			tm_blobs_intern(&metadata.texts, &i, sizeof(i), &c), 0);
	ck_assert_int_eq(
		tm_blobs_intern(&metadata.texts, "long enough", 11, &c), 0);
	ck_assert_uint_eq(a, c);
	ck_assert_uint_eq(metadata.texts.count, 5002);
	ck_assert_str_eq(tm_blobs_get(&metadata.texts, b), "long enougH");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cgroup");
	TCase *tc = tcase_create("cgroup");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ids_become_paths);
	tcase_add_test(tc, a_cgroup_that_is_not_reached_is_told);
	tcase_add_test(tc, siblings_have_paths_of_their_own);
	tcase_add_test(tc, a_path_without_room_is_not_reached);
	tcase_add_test(tc, a_mount_of_a_part_has_paths_of_the_whole);
	tcase_add_loop_test(tc, a_part_may_have_any_name, 0, 2);
	tcase_add_test(tc, the_root_has_a_path_of_one_byte);
	tcase_add_test(tc, without_a_hierarchy_there_is_nothing_to_read);
	tcase_add_test(tc, a_removed_cgroup_stays_unknown);
	tcase_add_test(tc, a_hierarchy_that_cannot_be_read_is_told);
	tcase_add_loop_test(tc, a_process_file_names_its_cgroup, 0,
			    (int)(sizeof(files) / sizeof(files[0])));
	tcase_add_test(tc, equal_texts_have_one_number);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
