// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_cgroup_accounting.c - cgroups' charges, against a tree as v2 has it */
#include "collect/sources.h"
#include "in_use.h"
#include "metadata_fixture.h"
#include "model/snapshot.h"
#include "tcpmem.h"
#include "tree.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define PAGE	  4096
#define TOLERANCE (64 * PAGE) /* one CPU */
#define MIB	  (1 << 20)

/* Processes: 0 lives in /a/web, 1 in /a/db, 2 in the root. */
enum { WEB, DB, ROOT };

static struct tree tree;
static struct tcpmem_ctx *ctx;
static struct tcpmem_snapshot snap;
static struct tcpmem_cgroup_accounting *accounting;
static struct tcpmem_socket sock[8];

static void add_process(const char *cgroup)
{
	struct tm_metadata *metadata = &snap.metadata;
	uint32_t index = (uint32_t)metadata->process_count++;
	struct tcpmem_process process = { .pid = 10 + index };

	metadata->process[index].cgroup = put_text(&snap.metadata, cgroup);
	ck_assert_int_eq(tm_holders_process(snap.holders, &process, &index), 0);
	ck_assert_int_eq(tm_holders_add(snap.holders, 1000 + index, index), 0);
}

static void mount_tree(bool v2)
{
	char line[256];

	snprintf(line, sizeof(line), "none %s/cg %s rw,memory 0 0\n", tree.root,
		 v2 ? "cgroup2" : "cgroup");
	tree_file(&tree, "proc/self/mounts", line);
	tree_dir(&tree, "cg/a/web");
	tree_dir(&tree, "cg/a/db");
	if (v2)
		tree_file(&tree, "cg/cgroup.controllers", "cpu memory pids\n");
}

static void setup(void)
{
	char proc[128];

	tree_make(&tree);
	mount_tree(true);
	snprintf(proc, sizeof(proc), "%s/proc", tree.root);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, proc, NULL), 0);
	memset(&snap, 0, sizeof(snap));
	memset(sock, 0, sizeof(sock));
	snap.sockets.sock = sock;
	snap.host.fact[TCPMEM_HOST_METRIC_CPUS] = 1;
	snap.host.fact[TCPMEM_HOST_METRIC_PAGE_SIZE] = PAGE;
	snap.metadata.process = calloc(4, sizeof(*snap.metadata.process));
	ck_assert_int_eq(tm_holders_new(false, &snap.holders), 0);
	add_process("/a/web");
	add_process("/a/db");
	add_process("/");
	ck_assert_int_eq(tm_holders_finish(snap.holders), 0);
	put_cgroup(&snap.metadata, 1, "/");
	put_cgroup(&snap.metadata, 7, "/a/web");
	put_cgroup(&snap.metadata, 8, "/a/db");
	accounting = NULL;
}

static void teardown(void)
{
	tcpmem_cgroup_accounting_free(accounting);
	tcpmem_cgroup_accounting_free(NULL);
	tm_holders_free(snap.holders);
	tm_metadata_deinit(&snap.metadata);
	free(snap.charges.charge);
	tcpmem_ctx_free(ctx);
	tree_remove(&tree);
}

/* A socket of cgroup @id with @bytes unread, held by @process. */
static struct tcpmem_socket *add(uint64_t id, int process, uint32_t bytes)
{
	struct tcpmem_socket *s = &sock[snap.sockets.count++];

	s->flags = TM_SOCK_HAS_CGROUP;
	s->cgroup_id = id;
	s->state = TCPMEM_STATE_ESTABLISHED;
	s->kind = TCPMEM_KIND_PROCESS;
	s->skmem_words = 9;
	s->skmem[TCPMEM_METRIC_RMEM] = bytes;
	s->holder = tm_holders_find(snap.holders, 1000 + (uint32_t)process);
	ck_assert_uint_ne(s->holder, TM_HOLDER_NONE);
	return s;
}

/* As the kernel writes it: other rows begin likewise. */
static void charge(const char *cgroup, int64_t bytes)
{
	char path[64], stat[256];

	snprintf(path, sizeof(path), "cg%s/memory.stat", cgroup);
	snprintf(stat, sizeof(stat),
		 "anon 8192\nfile 0\nsock_throttled 3\nsock %lld\nshmem 1\n",
		 (long long)bytes);
	tree_file(&tree, path, stat);
}

static void compare(void)
{
	ck_assert_int_eq(tm_charges_read(ctx, &snap.metadata, &snap.charges,
					 &snap.warnings),
			 0);
	ck_assert_int_eq(tcpmem_cgroup_accounting_new(&snap, &accounting), 0);
}

static const struct tcpmem_cgroup *get(size_t i)
{
	return tcpmem_cgroup_accounting_get(accounting, i);
}

static const struct tcpmem_cgroup *find(const char *path)
{
	size_t i = 0;

	while (get(i) && strcmp(get(i)->path, path) != 0)
		i++;
	ck_assert_msg(get(i), "no %s", path);
	ck_assert_uint_eq(get(i)->size, sizeof(*get(i)));
	return get(i);
}

static int64_t number(const char *path, enum tcpmem_cgroup_metric which)
{
	int64_t value;

	ck_assert_int_eq(tcpmem_cgroup_get_metric(find(path), which, &value),
			 0);
	return value;
}

static void check(const char *path, enum tcpmem_verdict verdict,
		  const char *reason)
{
	const struct tcpmem_cgroup *cgroup = find(path);

	ck_assert_str_eq(tcpmem_verdict_describe(cgroup->verdict)->name,
			 tcpmem_verdict_describe(verdict)->name);
	if (reason)
		ck_assert_msg(strstr(cgroup->text, reason), "%s: %s", path,
			      cgroup->text);
}

/* "each above it, those below included", but not the root */
START_TEST(test_sums_go_up)
{
	add(7, WEB, 5 * MIB);
	add(8, DB, 3 * MIB);
	add(1, ROOT, 9 * MIB);
	charge("/a/web", 5 * MIB);
	charge("/a/db", 3 * MIB);
	charge("/a", 8 * MIB);
	compare();
	ck_assert_ptr_null(get(3));
	ck_assert_str_eq(get(0)->path, "/a");
	ck_assert_int_eq(number("/a", TCPMEM_CGROUP_METRIC_CHARGED), 8 * MIB);
	ck_assert_int_eq(number("/a", TCPMEM_CGROUP_METRIC_KERNEL), 8 * MIB);
	ck_assert_int_eq(number("/a", TCPMEM_CGROUP_METRIC_RESIDUAL), 0);
	ck_assert_int_eq(number("/a/db", TCPMEM_CGROUP_METRIC_CHARGED),
			 3 * MIB);
	check("/a", TCPMEM_VERDICT_AGREES, "agrees");
	check("/a/web", TCPMEM_VERDICT_AGREES, NULL);
}
END_TEST

/* "CPUs tell the counter with a delay": 64 pages each, to the byte */
START_TEST(test_tolerance)
{
	add(7, WEB, 5 * MIB);
	charge("/a/web", 5 * MIB - TOLERANCE);
	charge("/a", 5 * MIB + TOLERANCE + 1);
	compare();
	ck_assert_int_eq(number("/a", TCPMEM_CGROUP_METRIC_TOLERANCE),
			 TOLERANCE);
	check("/a/web", TCPMEM_VERDICT_AGREES, NULL);
	check("/a", TCPMEM_VERDICT_UNEXPLAINED, "differs from the kernel");
	ck_assert_int_eq(number("/a", TCPMEM_CGROUP_METRIC_RESIDUAL),
			 TOLERANCE + 1);
}
END_TEST

/* "waiting connections (charged to nobody)", and no byte more */
START_TEST(test_waiting)
{
	add(7, WEB, 5 * MIB);
	add(7, WEB, 2 * MIB)->kind = TCPMEM_KIND_UNACCEPTED;
	charge("/a/web", 5 * MIB);
	charge("/a", 5 * MIB - TOLERANCE - 1);
	compare();
	ck_assert_int_eq(number("/a/web", TCPMEM_CGROUP_METRIC_WAITING),
			 2 * MIB);
	check("/a/web", TCPMEM_VERDICT_EXPLAINED,
	      "2097152 bytes wait to be accepted");
	check("/a", TCPMEM_VERDICT_UNEXPLAINED, NULL);
}
END_TEST

/* "sockets whose process lives in another cgroup": accepted there, it is
 * charged there; passed on, it is not. Above both it makes no difference. */
START_TEST(test_held_elsewhere)
{
	add(7, DB, 4 * MIB);
	charge("/a/web", 0);
	charge("/a/db", 4 * MIB);
	charge("/a", 4 * MIB);
	compare();
	ck_assert_int_eq(number("/a/web", TCPMEM_CGROUP_METRIC_LEFT), 4 * MIB);
	ck_assert_int_eq(number("/a/db", TCPMEM_CGROUP_METRIC_ARRIVED),
			 4 * MIB);
	ck_assert_int_eq(number("/a", TCPMEM_CGROUP_METRIC_LEFT), 0);
	ck_assert_int_eq(number("/a", TCPMEM_CGROUP_METRIC_ARRIVED), 0);
	check("/a/web", TCPMEM_VERDICT_EXPLAINED, "held by processes else");
	check("/a/db", TCPMEM_VERDICT_EXPLAINED, "opened elsewhere");
	check("/a", TCPMEM_VERDICT_AGREES, NULL);
}
END_TEST

START_TEST(test_held_elsewhere_and_not_moved)
{
	add(7, DB, 4 * MIB);
	charge("/a/web", 4 * MIB);
	charge("/a/db", 0);
	charge("/a", 0);
	compare();
	check("/a/web", TCPMEM_VERDICT_AGREES, NULL);
	check("/a/db", TCPMEM_VERDICT_AGREES, NULL);
	check("/a", TCPMEM_VERDICT_UNEXPLAINED, NULL);
}
END_TEST

/* "sockets whose cgroup the kernel does not tell": charged here, or elsewhere
 */
START_TEST(test_dark)
{
	add(7, WEB, 4 * MIB)->flags = 0;
	charge("/a/web", 4 * MIB);
	charge("/a/db", 4 * MIB);
	compare();
	ck_assert_int_eq(number("/a/web", TCPMEM_CGROUP_METRIC_ARRIVED), 0);
	check("/a/web", TCPMEM_VERDICT_EXPLAINED,
	      "processes here hold 4194304 bytes of sockets whose cgroup the "
	      "kernel does not tell");
	check("/a/db", TCPMEM_VERDICT_UNEXPLAINED, NULL);
}
END_TEST

/* "or other protocols": as much as the host has of them */
START_TEST(test_udp)
{
	tree_file(&tree, "proc/net/sockstat",
		  "TCP: inuse 1 mem 9\nUDP: inuse 2 mem 256\n");
	add(7, WEB, 4 * MIB);
	charge("/a/web", 5 * MIB);
	charge("/a", 5 * MIB + TOLERANCE + 1);
	compare();
	check("/a/web", TCPMEM_VERDICT_EXPLAINED,
	      "UDP is counted too, 1048576 bytes");
	check("/a", TCPMEM_VERDICT_UNEXPLAINED, NULL);
}
END_TEST

/* "MSG_ZEROCOPY": queued, and not charged */
START_TEST(test_by_reference)
{
	struct tcpmem_socket *s = add(7, WEB, 0);

	s->skmem[TCPMEM_METRIC_WMEM_QUEUED] = 3 * MIB + 100;
	s->skmem[TCPMEM_METRIC_OPTMEM] = 832;
	charge("/a/web", 0);
	compare();
	check("/a/web", TCPMEM_VERDICT_EXPLAINED, "sent by reference");
}
END_TEST

/* "-ENODATA if the kernel does not count this cgroup" */
START_TEST(test_what_is_not_counted)
{
	int64_t value = 42;

	add(7, WEB, 4 * MIB);
	tree_file(&tree, "cg/a/web/memory.stat", "anon 1\nsocket 5\n");
	tree_file(&tree, "cg/a/db/memory.stat", "sock 99999999999999999999\n");
	compare();
	check("/a", TCPMEM_VERDICT_UNKNOWN, "does not count");
	check("/a/web", TCPMEM_VERDICT_UNKNOWN, NULL);
	check("/a/db", TCPMEM_VERDICT_UNKNOWN, NULL);
	ck_assert_int_eq(tcpmem_cgroup_get_metric(find("/a/web"),
						  TCPMEM_CGROUP_METRIC_KERNEL,
						  &value),
			 -ENODATA);
	ck_assert_int_eq(
		tcpmem_cgroup_get_metric(
			find("/a/web"),
			(enum tcpmem_cgroup_metric)TCPMEM_CGROUP_METRIC_COUNT,
			&value),
		-ENODATA);
	ck_assert_int_eq(value, 42);
	ck_assert_int_eq(number("/a/web", TCPMEM_CGROUP_METRIC_CHARGED),
			 4 * MIB);
}
END_TEST

/* "what the kernel counts of cgroups could not be read": not "it counts none"
 */
START_TEST(test_what_cannot_be_looked_at)
{
	static const char *const needed[] = { "proc/self/mounts",
					      "cg/cgroup.controllers" };
	char path[PATH_MAX];

	tree_path(&tree, needed[_i], path);
	ck_assert_int_eq(unlink(path), 0);
	add(7, WEB, 5 * MIB);
	compare();
	ck_assert(tm_warnings_have(&snap.warnings,
				   TCPMEM_WARNING_CGROUPS_UNREADABLE));
	tm_warnings_clear(&snap.warnings);
}
END_TEST

/* As unshare -C leaves it: its root is not what a process's "/" stands for. */
START_TEST(test_mount_of_another_namespace)
{
	char line[256], dir[PATH_MAX];
	struct statx mount;

	tree_path(&tree, "cg", dir);
	ck_assert_int_eq(statx(AT_FDCWD, dir, 0, STATX_MNT_ID, &mount), 0);
	snprintf(line, sizeof(line), "%llu 1 0:1 %s /cg rw - cgroup2 none rw\n",
		 (unsigned long long)mount.stx_mnt_id, _i ? "/.." : "/");
	tree_file(&tree, "proc/self/mountinfo", line);
	add(7, WEB, 5 * MIB);
	compare();
	ck_assert_int_eq(tm_warnings_have(&snap.warnings,
					  TCPMEM_WARNING_CGROUPS_UNREADABLE),
			 _i);
	tm_warnings_clear(&snap.warnings);
}
END_TEST

/* Without the memory controller in v2 there is v1's, by the process. */
START_TEST(test_v1)
{
	mount_tree(false);
	add(8, WEB, 4 * MIB);
	tree_file(&tree, "cg/a/web/memory.kmem.tcp.usage_in_bytes",
		  "4194304\n");
	tree_file(&tree, "cg/a/web/memory.kmem.tcp.limit_in_bytes",
		  "1073741824\n");
	tree_file(&tree, "cg/a/db/memory.kmem.tcp.usage_in_bytes", "0\n");
	tree_file(&tree, "cg/a/db/memory.kmem.tcp.limit_in_bytes",
		  "9223372036854771712\n");
	tree_file(&tree, "cg/a/memory.kmem.tcp.usage_in_bytes", "4096\n");
	tree_file(&tree, "cg/a/memory.kmem.tcp.limit_in_bytes", "4096\n");
	compare();
	ck_assert_int_eq(number("/a/web", TCPMEM_CGROUP_METRIC_TOLERANCE), 0);
	check("/a/web", TCPMEM_VERDICT_AGREES, NULL);
	check("/a/db", TCPMEM_VERDICT_UNKNOWN, NULL);
	check("/a", TCPMEM_VERDICT_UNEXPLAINED,
	      "opened before a limit was set are not counted");
}
END_TEST

/* "A path above the reader's own root begins with /..": it is not opened. */
START_TEST(test_outside_of_the_namespace)
{
	snap.metadata.process[DB].cgroup =
		put_text(&snap.metadata, "/../../cg/a/db");
	charge("/a/db", 4 * MIB);
	add(7, WEB, 4 * MIB);
	charge("/a/web", 4 * MIB);
	compare();
	for (size_t i = 0; get(i); i++)
		ck_assert_ptr_null(strstr(get(i)->path, ".."));
	check("/a/web", TCPMEM_VERDICT_AGREES, NULL);
}
END_TEST

/* A part that is all of what was charged is one by chance. */
START_TEST(test_narrowed)
{
	snap.accounting.narrowed = true;
	add(7, WEB, 4 * MIB);
	charge("/a/web", _i ? 4 * MIB : 9 * MIB);
	compare();
	check("/a/web", TCPMEM_VERDICT_NARROWED, "only a part");
}
END_TEST

/* "of any other the accounting are empty" */
START_TEST(test_not_asked_for)
{
	add(7, WEB, 4 * MIB);
	ck_assert_int_eq(tcpmem_cgroup_accounting_new(&snap, &accounting), 0);
	ck_assert_ptr_null(get(0));
}
END_TEST

/* What waits and what is held elsewhere may be missing, and no byte more. */
START_TEST(test_less_is_explained_exactly)
{
	add(7, WEB, 4 * MIB);
	add(7, WEB, 2 * MIB)->kind = TCPMEM_KIND_UNACCEPTED;
	add(7, DB, MIB);
	charge("/a/web", 4 * MIB - TOLERANCE - _i);
	charge("/a", 5 * MIB - TOLERANCE - _i);
	compare();
	ck_assert_int_eq(number("/a/web", TCPMEM_CGROUP_METRIC_CHARGED),
			 7 * MIB);
	check("/a/web",
	      _i ? TCPMEM_VERDICT_UNEXPLAINED : TCPMEM_VERDICT_EXPLAINED,
	      "; 2097152 bytes wait to be accepted and are nobody's yet; "
	      "1048576 bytes are held by processes elsewhere");
	check("/a", _i ? TCPMEM_VERDICT_UNEXPLAINED : TCPMEM_VERDICT_EXPLAINED,
	      NULL);
	ck_assert_ptr_null(strstr(find("/a")->text, "elsewhere"));
}
END_TEST

/* What came from elsewhere, is not told, and is no TCP may be there, too. */
START_TEST(test_more_is_explained_exactly)
{
	tree_file(&tree, "proc/net/sockstat",
		  "TCP: inuse 1 mem 9\nUDP: inuse 2 mem 256\n");
	add(7, DB, MIB);
	add(7, DB, 2 * MIB)->flags = 0;
	charge("/a/db", 4 * MIB + TOLERANCE + _i);
	charge("/a", 4 * MIB + TOLERANCE + _i);
	compare();
	check("/a/db",
	      _i ? TCPMEM_VERDICT_UNEXPLAINED : TCPMEM_VERDICT_EXPLAINED,
	      "; processes here hold 1048576 bytes of sockets that were opened "
	      "elsewhere; processes here hold 2097152 bytes of sockets whose "
	      "cgroup the kernel does not tell; UDP is counted too, 1048576 "
	      "bytes on this host");
	/* of all there 1 MiB is charged, 2 are not told, 1 is UDP's */
	check("/a", _i ? TCPMEM_VERDICT_UNEXPLAINED : TCPMEM_VERDICT_EXPLAINED,
	      NULL);
	ck_assert_ptr_null(strstr(find("/a")->text, "opened elsewhere"));
}
END_TEST

/* "a counter that the kernel did not report is unknown": ours, not its own */
START_TEST(test_without_counters)
{
	int64_t value;

	snap.accounting.uncounted = 1;
	add(7, WEB, 4 * MIB);
	charge("/a/web", 4 * MIB);
	compare();
	check("/a/web", TCPMEM_VERDICT_UNKNOWN,
	      "sockets came without counters");
	for (int i = 0; i < TCPMEM_CGROUP_METRIC_COUNT; i++) {
		bool known = i == TCPMEM_CGROUP_METRIC_KERNEL ||
			     i == TCPMEM_CGROUP_METRIC_TOLERANCE;

		ck_assert_int_eq(tcpmem_cgroup_get_metric(
					 find("/a/web"),
					 (enum tcpmem_cgroup_metric)i, &value),
				 known ? 0 : -ENODATA);
	}
}
END_TEST

/* The host's change while sockets were read may have been in any cgroup. */
START_TEST(test_moved)
{
	snap.accounting.before.memory = 3 * MIB;
	snap.accounting.after.memory = _i % 2 ? MIB : 5 * MIB;
	add(7, WEB, 4 * MIB);
	charge("/a/web", 6 * MIB + TOLERANCE + _i / 2);
	compare();
	ck_assert_int_eq(number("/a/web", TCPMEM_CGROUP_METRIC_TOLERANCE),
			 2 * MIB + TOLERANCE);
	check("/a/web",
	      _i / 2 ? TCPMEM_VERDICT_UNEXPLAINED : TCPMEM_VERDICT_AGREES,
	      NULL);
}
END_TEST

/* Below is inside; a name that begins alike is not. */
START_TEST(test_below)
{
	static const char *const paths[] = { "/a/web/deep", "/a/webx" };

	add(7, WEB, 4 * MIB);
	snap.metadata.process[WEB].cgroup = put_text(&snap.metadata, paths[_i]);
	charge("/a/web", 4 * MIB);
	charge("/a", 4 * MIB);
	compare();
	ck_assert_int_eq(number(paths[_i], TCPMEM_CGROUP_METRIC_ARRIVED),
			 4 * MIB);
	ck_assert_int_eq(number("/a/web", TCPMEM_CGROUP_METRIC_LEFT),
			 _i ? 4 * MIB : 0);
	ck_assert_int_eq(number("/a/web", TCPMEM_CGROUP_METRIC_ARRIVED), 0);
	ck_assert_int_eq(number("/a", TCPMEM_CGROUP_METRIC_LEFT), 0);
}
END_TEST

static void compare_and_free(void)
{
	ck_assert_int_eq(tcpmem_cgroup_accounting_new(&snap, &accounting), 0);
	tcpmem_cgroup_accounting_free(accounting);
	accounting = NULL;
}

START_TEST(test_freed)
{
	add(7, WEB, 4 * MIB);
	add(7, DB, 4 * MIB);
	charge("/a/web", 6 * MIB);
	compare();
	tcpmem_cgroup_accounting_free(accounting);
	LEAVES_NOTHING(compare_and_free());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cgroup_accounting");
	TCase *tcase = tcase_create("cgroup_accounting");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_sums_go_up);
	tcase_add_test(tcase, test_tolerance);
	tcase_add_test(tcase, test_waiting);
	tcase_add_test(tcase, test_held_elsewhere);
	tcase_add_test(tcase, test_held_elsewhere_and_not_moved);
	tcase_add_test(tcase, test_dark);
	tcase_add_test(tcase, test_udp);
	tcase_add_test(tcase, test_by_reference);
	tcase_add_test(tcase, test_what_is_not_counted);
	tcase_add_loop_test(tcase, test_what_cannot_be_looked_at, 0, 2);
	tcase_add_loop_test(tcase, test_mount_of_another_namespace, 0, 2);
	tcase_add_test(tcase, test_v1);
	tcase_add_test(tcase, test_outside_of_the_namespace);
	tcase_add_loop_test(tcase, test_narrowed, 0, 2);
	tcase_add_test(tcase, test_not_asked_for);
	tcase_add_loop_test(tcase, test_less_is_explained_exactly, 0, 2);
	tcase_add_loop_test(tcase, test_more_is_explained_exactly, 0, 2);
	tcase_add_test(tcase, test_without_counters);
	tcase_add_loop_test(tcase, test_moved, 0, 4);
	tcase_add_loop_test(tcase, test_below, 0, 2);
	tcase_add_test(tcase, test_freed);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
