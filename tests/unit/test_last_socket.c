// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_last_socket.c - what looks through sockets ends at the last one */
#include "analysis/explain.h"
#include "analysis/tree.h"
#include "group_fixture.h"
#include "page_guard.h"
#include "unit.h"

static void look_through_by_tables(const struct tcpmem_snapshot *later)
{
	struct tcpmem_check *check;
	struct tcpmem_table *table;
	struct tcpmem_trend *trend;
	struct tcpmem_diff *diff;

	ck_assert_int_eq(tcpmem_group(snap, "process,state", &table), 0);
	tcpmem_table_free(table);
	ck_assert_int_eq(tcpmem_diff(snap, later, "process", &diff), 0);
	tcpmem_diff_free(diff);
	ck_assert_int_eq(tcpmem_check_new(&check), 0);
	ck_assert_int_eq(
		tcpmem_check_add(check, TCPMEM_CHECK_METRIC_SOCKETS, "1", NULL),
		0);
	ck_assert_int_eq(tcpmem_check_judge(check, snap, later), 0);
	tcpmem_check_free(check);
	ck_assert_int_eq(tcpmem_trend_new("process", 0, &trend), 0);
	ck_assert_int_eq(tcpmem_trend_add(trend, snap), 0);
	ck_assert_int_eq(tcpmem_trend_add(trend, later), 0);
	tcpmem_trend_free(trend);
}

static void look_through_one_by_one(const struct tcpmem_snapshot *later)
{
	static const bool ours[3];
	static const uint32_t pids[] = { 10 };
	const struct tm_target target = { .snap = snap,
					  .pids = pids,
					  .count = 1 };
	struct tcpmem_cgroup_accounting *accounting;
	struct tcpmem_limits limits = { 0 };
	struct tm_breakdown breakdown;
	struct tm_evidence evidence;
	struct tcpmem_blame *blame;
	struct tm_tree tree;

	ck_assert_int_eq(tm_evidence_make(snap, later, &evidence), 0);
	tm_evidence_clear(&evidence);
	ck_assert_int_eq(tcpmem_blame_new(snap, NULL, NULL, &blame), 0);
	tcpmem_blame_free(blame);
	ck_assert_int_eq(tm_breakdown_make(&target, &breakdown), 0);
	tm_breakdown_clear(&breakdown);
	ck_assert_int_eq(tcpmem_cgroup_accounting_new(snap, &accounting), 0);
	tcpmem_cgroup_accounting_free(accounting);
	tm_limits_init(&limits.limits);
	ck_assert_int_eq(tm_limits_use(&limits, snap, 0), 0);
	tm_limits_clear(&limits);
	ck_assert_int_eq(tm_tree_init(&tree, 0), 0);
	ck_assert_int_eq(tm_tree_begin(&tree, snap), 0);
	ck_assert_int_eq(tm_tree_add(&tree, later, ours, false), 0);
	tm_tree_deinit(&tree);
}

/* Whatever looks through the sockets ends at the last one. */
START_TEST(nothing_is_read_behind_the_last_socket)
{
	struct tcpmem_socket *own = snap->sockets.sock;
	struct page_guard guard;
	struct tcpmem_snapshot later;

	for (uint32_t i = 0; i < 20; i++) {
		struct tcpmem_socket *sock = add_socket(
			i % 2 ? TCPMEM_STATE_ESTABLISHED
			      : TCPMEM_STATE_CLOSE_WAIT,
			i < 9 ? TCPMEM_KIND_PROCESS : TCPMEM_KIND_ORPHAN);

		sock->cookie = i + 1;
		if (i < 9)
			hold(sock, i + 1, i % 3);
	}
	finish();
	snap->netns = calloc(1, sizeof(*snap->netns));
	snap->netns_count = 1;
	snap->netns[0].name = strdup("self");
	snap->charges.source = TM_CHARGES_V1;
	strcpy(snap->clock.boot_id, "boot");
	snap->clock.boottime_ns = 1;
	page_guard_init(&guard);
	snap->sockets.sock =
		page_guard_put(&guard, own, snap->sockets.count * sizeof(*own));
	later = *snap;
	later.clock.boottime_ns = 1000000001;
	look_through_by_tables(&later);
	look_through_one_by_one(&later);
	snap->sockets.sock = own;
	page_guard_deinit(&guard);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("last_socket");
	TCase *tc = tcase_create("last_socket");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nothing_is_read_behind_the_last_socket);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
