// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_explained.c - processes that are explained: who, and how large */
#include "analysis/explain.h"
#include "collect/explained.h"
#include "model/snapshot.h"
#include "netns_fixture.h"

#include <pwd.h>

#define WALL_NS INT64_C(1700000000000000000)
#define BOOT_NS INT64_C(1000000000000)

static struct tcpmem_snapshot snap;
static struct explanation e;

static void begin(void)
{
	setup();
	memset(&snap, 0, sizeof(snap));
	memset(&e, 0, sizeof(e));
	snap.clock.wall_ns = WALL_NS;
	snap.clock.boottime_ns = BOOT_NS;
	e.shown.start_ns = TCPMEM_UNKNOWN;
	e.pids = calloc(4, sizeof(*e.pids));
	ck_assert_ptr_nonnull(e.pids);
	ck_assert_int_eq(tm_holders_new(false, &snap.holders), 0);
}

static void end(void)
{
	free(e.pids);
	tm_metadata_deinit(&e.metadata);
	tm_metadata_deinit(&snap.metadata);
	tm_holders_free(snap.holders);
	teardown();
}

static void put(unsigned int pid, const char *file, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "%u/%s", pid, file);
	tree_file(&tree, path, text);
}

/* A process that began 77 ticks after the boot, with @fds of @soft files */
static void add(unsigned int pid, unsigned int parent, int rss, int fds,
		int soft, const char *cgroup)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "%u (p%u) S %u 0 0 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 77 "
		 "0\n",
		 pid, pid, parent);
	put(pid, "stat", text);
	snprintf(text, sizeof(text), "Threads:\t1\nVmRSS:\t%d kB\n", rss);
	put(pid, "status", text);
	snprintf(text, sizeof(text),
		 "Limit  Soft Limit  Hard Limit  Units\n"
		 "Max open files            %d                 4096   files\n",
		 soft);
	put(pid, "limits", text);
	for (int i = 0; i < fds; i++) {
		snprintf(text, sizeof(text), "%u/fd/%d", pid, i);
		tree_link(&tree, text, "/dev/null");
	}
	snprintf(text, sizeof(text), "task/%u/stat", pid);
	put(pid, text, "");
	snprintf(text, sizeof(text), "0::%s\n", cgroup);
	put(pid, "cgroup", text);
	e.pids[e.count++] = pid;
}

static int64_t value(enum tcpmem_process_metric metric)
{
	const char *source = NULL;
	int64_t number = -1;

	ck_assert_int_eq(tcpmem_explanation_get_metric(&e.shown, metric,
						       &number, &source),
			 0);
	ck_assert_ptr_nonnull(source);
	return number;
}

static bool is_known(enum tcpmem_process_metric metric)
{
	int64_t number = -1;
	int ret =
		tcpmem_explanation_get_metric(&e.shown, metric, &number, NULL);

	ck_assert(ret == 0 || (ret == -ENODATA && number == -1));
	return ret == 0;
}

START_TEST(one_process_is_as_its_files_say)
{
	add(10, 1, 20, 3, 1000, "/a.service");
	ck_assert_int_eq(tm_explained_read(ctx, &e), 0);
	ck_assert_uint_eq(e.count, 1);
	ck_assert_str_eq(e.stat.comm, "p10");
	ck_assert_int_eq(value(TCPMEM_PROCESS_METRIC_RSS), 20 * 1024);
	ck_assert_int_eq(value(TCPMEM_PROCESS_METRIC_FDS), 3);
	ck_assert_int_eq(value(TCPMEM_PROCESS_METRIC_FDS_SOFT), 1000);
	ck_assert_str_eq(e.counters.cgroup, "/a.service");
	ck_assert_uint_eq(e.nearest.pid, 10);
	ck_assert(!is_known(TCPMEM_PROCESS_METRIC_PSS));
	ck_assert(!is_known(
		(enum tcpmem_process_metric)TCPMEM_PROCESS_METRIC_COUNT));
}
END_TEST

/* Sums of what all tell; a limit is one process's, and so is nearness to it. */
START_TEST(several_processes_are_added_up)
{
	add(10, 1, 20, 3, 1000, "/a.service");
	add(11, 1, 30, 5, 10, "/a.service");
	add(12, 1, 40, 6, 100, "/a.service");
	put(10, "smaps_rollup", "0-1 ---p 0 00:00 0 [rollup]\nPss: 11 kB\n");
	ck_assert_int_eq(tm_explained_read(ctx, &e), 0);
	ck_assert_uint_eq(e.count, 3);
	ck_assert_int_eq(value(TCPMEM_PROCESS_METRIC_RSS), 90 * 1024);
	ck_assert_int_eq(value(TCPMEM_PROCESS_METRIC_FDS), 14);
	ck_assert_int_eq(value(TCPMEM_PROCESS_METRIC_THREADS), 3);
	ck_assert(!is_known(TCPMEM_PROCESS_METRIC_PSS));
	ck_assert(!is_known(TCPMEM_PROCESS_METRIC_FDS_SOFT));
	ck_assert(!is_known(TCPMEM_PROCESS_METRIC_FDS_HARD));
	ck_assert_str_eq(e.counters.cgroup, "/a.service");
	ck_assert_uint_eq(e.nearest.pid, 11);
	ck_assert_int_eq(
		e.nearest.counters.value[TCPMEM_PROCESS_METRIC_FDS_SOFT], 10);
}
END_TEST

/* Those of several cgroups are in none. */
START_TEST(processes_of_two_cgroups)
{
	add(10, 1, 20, 1, 1, "/a.service");
	add(11, 1, 30, 1, 1, "/b.service");
	ck_assert_int_eq(tm_explained_read(ctx, &e), 0);
	ck_assert_str_eq(e.counters.cgroup, "");
	for (int i = TCPMEM_PROCESS_METRIC_CGROUP_CURRENT;
	     i < TCPMEM_PROCESS_METRIC_COUNT; i++)
		ck_assert(!is_known((enum tcpmem_process_metric)i));
	ck_assert_uint_eq(e.nearest.pid, 10); /* the first of equals */
}
END_TEST

/* "Those that have ended are forgotten. [...] -ENOENT if all have" */
START_TEST(processes_that_have_ended)
{
	e.pids[e.count++] = 8;
	add(10, 1, 20, 3, 1000, "/a.service");
	e.pids[e.count++] = 9;
	ck_assert_int_eq(tm_explained_read(ctx, &e), 0);
	ck_assert_uint_eq(e.count, 1);
	ck_assert_uint_eq(e.pids[0], 10);
	ck_assert_int_eq(value(TCPMEM_PROCESS_METRIC_RSS), 20 * 1024);
	e.pids[0] = 9;
	ck_assert_int_eq(tm_explained_read(ctx, &e), -ENOENT);
	ck_assert_uint_eq(e.count, 0);
}
END_TEST

START_TEST(a_process_that_cannot_be_read)
{
	tree_dir(&tree, "10/stat");
	e.pids[e.count++] = 10;
	ck_assert_int_lt(tm_explained_read(ctx, &e), 0);
	ck_assert_int_ne(tm_explained_read(ctx, &e), -ENOENT);
}
END_TEST

START_TEST(who_the_process_is)
{
	const struct passwd *user = getpwuid(geteuid());

	add(10, 7, 20, 3, 1000, "/system.slice/web.service");
	add(7, 1, 20, 3, 1000, "/");
	e.count = 1;
	tree_link(&tree, "10/exe", "/usr/bin/web");
	ck_assert_int_eq(tm_explained_read(ctx, &e), 0);
	ck_assert_int_eq(tm_explained_read_who(ctx, &snap, &e), 0);
	ck_assert_str_eq(e.shown.who.program, "/usr/bin/web");
	ck_assert_str_eq(e.shown.who.cgroup, "/system.slice/web.service");
	ck_assert_str_eq(e.shown.unit, "web.service");
	ck_assert_ptr_null(e.shown.container);
	ck_assert_str_eq(e.shown.parent, "p7");
	if (user)
		ck_assert_str_eq(e.shown.user, user->pw_name);
	ck_assert_int_eq(e.shown.start_ns,
			 WALL_NS - BOOT_NS +
				 77 * (1000000000 / sysconf(_SC_CLK_TCK)));
}
END_TEST

/* What is not known is not made up. */
START_TEST(who_the_process_is_may_be_unknown)
{
	int64_t tick_ns = 1000000000 / sysconf(_SC_CLK_TCK);

	add(10, 7, 20, 3, 1000, "/");
	ck_assert_int_eq(tm_explained_read(ctx, &e), 0);
	snap.clock.boottime_ns = 77 * tick_ns - 1;
	for (int time = 0; time < 3; time++) {
		ck_assert_int_eq(tm_explained_read_who(ctx, &snap, &e), 0);
		ck_assert_ptr_null(e.shown.who.program); /* its name is none */
		ck_assert_ptr_null(e.shown.unit);
		ck_assert_ptr_null(e.shown.parent);
		ck_assert_int_eq(e.shown.start_ns, TCPMEM_UNKNOWN);
		snap.clock.boottime_ns = time ? BOOT_NS : 0;
		snap.clock.wall_ns = time ? 0 : WALL_NS;
	}
	snap.clock.wall_ns = WALL_NS;
	snap.clock.boottime_ns = 77 * tick_ns;
	ck_assert_int_eq(tm_explained_read_who(ctx, &snap, &e), 0);
	ck_assert_int_eq(e.shown.start_ns, WALL_NS);
}
END_TEST

static uint32_t hold(uint32_t pid, const char *comm, const char *cgroup,
		     int64_t rss, int64_t fds)
{
	struct tcpmem_process process = { .pid = pid, .start_time = 77 };
	struct tm_metadata *metadata = &snap.metadata;
	struct tm_process_metadata *place;
	uint32_t index;

	strcpy(process.comm, comm);
	ck_assert_int_eq(tm_holders_process(snap.holders, &process, &index), 0);
	metadata->process = reallocarray(metadata->process, index + 1,
					 sizeof(*metadata->process));
	metadata->process_count = index + 1;
	place = &metadata->process[index];
	*place = (struct tm_process_metadata)TM_PROCESS_METADATA_NONE;
	place->rss = rss;
	place->fds = fds;
	ck_assert_int_eq(tm_blobs_intern(&metadata->texts, cgroup,
					 strlen(cgroup), &place->cgroup),
			 0);
	return index;
}

/* "the same from a capture, which has less" */
START_TEST(processes_of_a_capture)
{
	hold(10, "a", "/x/a.service", 1000, 5);
	hold(12, "b", "/x/a.service", 2000, TCPMEM_UNKNOWN);
	e.pids[0] = 10;
	e.pids[1] = 11; /* it holds none there */
	e.pids[2] = 12;
	e.count = 3;
	ck_assert_int_eq(tm_explained_load(&snap, &e), 0);
	ck_assert_uint_eq(e.count, 2);
	ck_assert_uint_eq(e.pids[1], 12);
	ck_assert_str_eq(e.stat.comm, "a");
	ck_assert_int_eq(value(TCPMEM_PROCESS_METRIC_RSS), 3000);
	ck_assert(!is_known(TCPMEM_PROCESS_METRIC_FDS));
	ck_assert_str_eq(e.counters.source[TCPMEM_PROCESS_METRIC_RSS],
			 "capture");
	ck_assert_str_eq(e.counters.cgroup, "/x/a.service");
	e.pids[0] = 11;
	e.count = 1;
	ck_assert_int_eq(tm_explained_load(&snap, &e), -ENOENT);
}
END_TEST

START_TEST(who_the_process_of_a_capture_is)
{
	hold(10, "a", "/x/a.service", TCPMEM_UNKNOWN, 5);
	e.pids[0] = 10;
	e.count = 1;
	ck_assert_int_eq(tm_explained_load(&snap, &e), 0);
	ck_assert_int_eq(value(TCPMEM_PROCESS_METRIC_FDS), 5);
	ck_assert(!is_known(TCPMEM_PROCESS_METRIC_RSS));
	tm_explained_load_who(&snap, &e);
	ck_assert_str_eq(e.shown.unit, "a.service");
	ck_assert_ptr_null(e.shown.parent);
	ck_assert_int_eq(e.shown.start_ns,
			 WALL_NS - BOOT_NS +
				 77 * (1000000000 / sysconf(_SC_CLK_TCK)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("explained");
	TCase *tc = tcase_create("explained");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, one_process_is_as_its_files_say);
	tcase_add_test(tc, several_processes_are_added_up);
	tcase_add_test(tc, processes_of_two_cgroups);
	tcase_add_test(tc, processes_that_have_ended);
	tcase_add_test(tc, a_process_that_cannot_be_read);
	tcase_add_test(tc, who_the_process_is);
	tcase_add_test(tc, who_the_process_is_may_be_unknown);
	tcase_add_test(tc, processes_of_a_capture);
	tcase_add_test(tc, who_the_process_of_a_capture_is);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
