// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_find.c - processes by all that a user may call them */
#include "base/util.h"
#include "model/holders.h"
#include "model/snapshot.h"
#include "netns_fixture.h"
#include "tcpmem/explain.h"

#include <inttypes.h>

#define HEX_ID \
	"0123456789ab0123456789ab0123456789ab0123456789ab0123456789abcdef"
#define POD "12345678-1234-1234-1234-123456789abc"

#define USER_PROCESS   "4194560"
#define KERNEL_THREAD  "2129984"
#define ENDING_PROCESS "4194564"

static void add(unsigned int pid, const char *comm, const char *flags,
		const char *exe, const char *cgroup)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "%u/stat", pid);
	snprintf(text, sizeof(text),
		 "%u (%s) S 0 0 0 0 -1 %s 0 0 0 0 0 0 0 0 20 0 1 0 77 0\n", pid,
		 comm, flags);
	tree_file(&tree, path, text);
	snprintf(path, sizeof(path), "%u/comm", pid);
	snprintf(text, sizeof(text), "%s\n", comm);
	tree_file(&tree, path, text);
	if (exe) {
		snprintf(path, sizeof(path), "%u/exe", pid);
		tree_link(&tree, path, exe);
	}
	if (cgroup) {
		snprintf(path, sizeof(path), "%u/cgroup", pid);
		snprintf(text, sizeof(text), "0::%s\n", cgroup);
		tree_file(&tree, path, text);
	}
}

/* Return: how many; their pids, each in two digits, in @pids. */
static int find_as(struct tcpmem_ctx *at, const struct tcpmem_snapshot *snap,
		   const char *spec, uint64_t *pids)
{
	uint32_t *found = NULL;
	size_t count = 99;
	int ret = tcpmem_find_processes(at, snap, spec, &found, &count);

	*pids = 0;
	if (ret < 0)
		return ret;
	ck_assert_uint_gt(count, 0);
	for (size_t i = 0; i < count; i++)
		*pids = *pids * 100 + found[i];
	free(found);
	return (int)count;
}

static void expect(const char *spec, uint64_t wanted)
{
	uint64_t pids;
	int ret = find_as(ctx, NULL, spec, &pids);

	ck_assert_msg(wanted ? ret > 0 : ret == -ENOENT, "%s: %d", spec, ret);
	ck_assert_msg(pids == wanted, "%s: %" PRIu64, spec, pids);
}

START_TEST(by_number)
{
	add(10, "nginx", USER_PROCESS, NULL, NULL);
	add(20, "worker", USER_PROCESS, NULL, NULL);
	tree_file(&tree, "20/status", "Name:\tworker\nTgid:\t10\nPid:\t20\n");
	expect("10", 10);
	expect("20", 10); /* a thread stands for its process */
	expect("30", 0);
}
END_TEST

/* The lowest first, whatever the order of the directory */
START_TEST(by_name)
{
	for (unsigned int pid = 17; pid > 11; pid--)
		add(pid, "nginx", USER_PROCESS, "/usr/bin/other", NULL);
	add(20, "other", USER_PROCESS, "/usr/bin/nginx", NULL);
	expect("nginx", UINT64_C(121314151617));
	/* who is called so comes before programs that are */
	expect("other", 20);
	expect("ngin", 0);
	expect("nginxx", 0);
}
END_TEST

START_TEST(by_program)
{
	add(10, "a", USER_PROCESS, "/usr/bin/python3", "/x");
	add(11, "b", USER_PROCESS, "/opt/bin/python3", "/x");
	add(12, "c", USER_PROCESS, "/opt/python3/bin", "/x");
	add(13, "d", KERNEL_THREAD, "/opt/bin/python3", "/x");
	add(14, "e", ENDING_PROCESS, "/opt/bin/python3", "/x");
	add(15, "f", USER_PROCESS, "/opt/bin/xpython3", "/x");
	expect("/usr/bin/python3", 10);
	expect("python3", 1011);
	expect("bin/python3", 0);
	expect("python", 0);
}
END_TEST

START_TEST(by_cgroup_and_unit)
{
	add(10, "a", USER_PROCESS, NULL, "/system.slice/web.service");
	add(11, "b", USER_PROCESS, NULL, "/system.slice/web.service/x");
	add(12, "c", USER_PROCESS, NULL, "/system.slice/webx.service");
	add(13, "d", USER_PROCESS, NULL, "/system.slicer");
	expect("/system.slice/web.service", 1011);
	expect("/system.slice/web.service/", 1011);
	expect("/system.slice", 101112);
	expect("/system.slice///", 101112);
	expect("/system", 0);
	expect("/", 10111213);
	expect("system.slice", 0);
	expect("web.service", 1011);
	expect("web", 1011);
	expect("we", 0);
	expect("web.serv", 0);
}
END_TEST

START_TEST(by_container_and_pod)
{
	add(10, "a", USER_PROCESS, NULL, "/docker/" HEX_ID);
	tree_file(&tree,
		  "self/root/var/lib/docker/containers/" HEX_ID
		  "/config.v2.json",
		  "{\"Name\":\"/front\"}");
	add(11, "b", USER_PROCESS, NULL,
	    "/kubepods/burstable/pod" POD "/fedcba" HEX_ID);
	add(12, "c", USER_PROCESS, NULL, "/kubepods/burstable/pod" POD);
	expect(HEX_ID, 10);
	expect("0123456789ab", 10);
	expect("front", 10);
	expect("front[0123456789ab]", 10);
	expect("fron", 0);
	expect("0123456789", 0);
	expect(POD, 1112); /* what runs in it, too */
	expect("12345678-1234", 0);
}
END_TEST

/* "-EACCES": one whose name cannot be read may be the one */
START_TEST(what_cannot_be_read_may_be_it)
{
	uint64_t pids;

	add(10, "a", USER_PROCESS, "/usr/bin/x", NULL);
	add(11, "b", USER_PROCESS, "/usr/bin/y", NULL);
	expect("z", 0);
	tree_file(&tree, "12/exe", "no link\n");
	add(12, "c", USER_PROCESS, NULL, NULL);
	ck_assert_int_eq(find_as(ctx, NULL, "z", &pids), -EACCES);
	ck_assert_int_eq(find_as(ctx, NULL, "y", &pids), 1);
	ck_assert_uint_eq(pids, 11);
	ck_assert_int_eq(find_as(ctx, NULL, "40", &pids), -ENOENT);
	set_mode("12", 0);
	be_nobody(true);
	ck_assert_int_eq(find_as(ctx, NULL, "12", &pids), -EACCES);
	ck_assert_int_eq(find_as(ctx, NULL, "z", &pids), -EACCES);
	be_nobody(false);
	set_mode("12", 0755);
}
END_TEST

/* "NULL: of those that hold sockets in the snapshot" */
START_TEST(in_a_snapshot)
{
	static const struct {
		uint32_t pid;
		const char *comm, *program, *cgroup;
	} some[] = {
		{ 12, "nginx", "/usr/sbin/nginx", "/a/web.service" },
		{ 11, "nginx", NULL, "/a/db.service" },
		{ 13, "sh", "/usr/bin/nginx", NULL },
		{ 14, "web", "/usr/bin/dash", "/a/db.service" },
	};
	struct tcpmem_snapshot snap = { .netns_count = 0 };
	struct tm_metadata *metadata = &snap.metadata;
	uint64_t pids;

	ck_assert_int_eq(find_as(NULL, &snap, "nginx", &pids), -ENOENT);
	ck_assert_int_eq(tm_holders_new(false, &snap.holders), 0);
	metadata->process = calloc(4, sizeof(*metadata->process));
	for (uint32_t i = 0; i < 4; i++) {
		struct tcpmem_process process = { .pid = some[i].pid };
		struct tm_process_metadata *place = &metadata->process[i];
		uint32_t index;

		strcpy(process.comm, some[i].comm);
		ck_assert_int_eq(
			tm_holders_process(snap.holders, &process, &index), 0);
		*place = (struct tm_process_metadata)TM_PROCESS_METADATA_NONE;
		if (some[i].program)
			ck_assert_int_eq(
				tm_blobs_intern(&metadata->texts,
						some[i].program,
						strlen(some[i].program),
						&place->program),
				0);
		if (some[i].cgroup)
			ck_assert_int_eq(tm_blobs_intern(&metadata->texts,
							 some[i].cgroup,
							 strlen(some[i].cgroup),
							 &place->cgroup),
					 0);
	}
	metadata->process_count = 4;
	ck_assert_int_eq(find_as(NULL, &snap, "nginx", &pids), 2);
	ck_assert_uint_eq(pids, 1112);
	ck_assert_int_eq(find_as(NULL, &snap, "13", &pids), 1);
	ck_assert_uint_eq(pids, 13);
	ck_assert_int_eq(find_as(NULL, &snap, "15", &pids), -ENOENT);
	ck_assert_int_eq(find_as(NULL, &snap, "/usr/bin/nginx", &pids), 1);
	ck_assert_uint_eq(pids, 13);
	ck_assert_int_eq(find_as(NULL, &snap, "web", &pids), 1);
	ck_assert_uint_eq(pids, 14);
	ck_assert_int_eq(find_as(NULL, &snap, "db", &pids), 2);
	ck_assert_uint_eq(pids, 1114);
	ck_assert_int_eq(find_as(NULL, &snap, "/a", &pids), 3);
	ck_assert_uint_eq(pids, 111214);
	/* of one that came later nothing is known but its name */
	metadata->process_count = 3;
	ck_assert_int_eq(find_as(NULL, &snap, "db", &pids), 1);
	ck_assert_uint_eq(pids, 11);
	ck_assert_int_eq(find_as(NULL, &snap, "dash", &pids), -ENOENT);
	tm_metadata_deinit(metadata);
	tm_holders_free(snap.holders);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("find");
	TCase *tc = tcase_create("find");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, by_number);
	tcase_add_test(tc, by_name);
	tcase_add_test(tc, by_program);
	tcase_add_test(tc, by_cgroup_and_unit);
	tcase_add_test(tc, by_container_and_pod);
	tcase_add_test(tc, what_cannot_be_read_may_be_it);
	tcase_add_test(tc, in_a_snapshot);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
