// SPDX-License-Identifier: LGPL-2.1-or-later
/* netns_cache.c - the namespaces of an earlier look, while there are no others
 */
#include "collect/plan.h"

#include "base/util.h"
#include "model/accounting.h"
#include "netns/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* What no cheap sign tells of is found after so long. */
#define FULL_NS INT64_C(30000000000)

/*
 * struct signs - what tasks tell of the namespaces that are known
 * @inhabited: of each, whether its process is still there
 * @others: a task is in one that is not known, or known without a process
 */
struct signs {
	const struct tm_ns_list *list;
	bool *inhabited;
	bool others;
};

static void on_task(uint32_t pid, uint64_t netns, void *user)
{
	struct signs *signs = user;
	size_t index = tm_ns_list_find(signs->list, netns);
	const struct tm_ns *ns = &signs->list->ns[index];

	/* a task that ends is in none */
	if (!netns)
		return;
	if (index == signs->list->count || !ns->task.pid)
		signs->others = true;
	else if (ns->task.pid == pid)
		signs->inhabited[index] = true;
}

/* Of a process that is gone, the namespace may be, and its name is another. */
static bool are_inhabited(const struct signs *signs)
{
	for (size_t i = 0; i < signs->list->count; i++)
		if (signs->list->ns[i].task.pid && !signs->inhabited[i])
			return false;
	return true;
}

static bool tasks_are_known(const struct tm_plan *plan,
			    const struct tm_cache *cache)
{
	const struct tm_ns_list *list = &cache->netns.list;
	struct signs signs = {
		.list = list,
		.inhabited = calloc(list->count + 1, sizeof(bool)),
	};
	int ret = -EOPNOTSUPP;
	bool known;

	if (!signs.inhabited)
		return false;
	if (cache->program)
		ret = tm_holders_bpf_tasks(cache->program, on_task, &signs);
	if (ret < 0)
		ret = tm_ns_visit_processes(plan->ctx, on_task, &signs);
	known = ret == 0 && !signs.others && are_inhabited(&signs);
	free(signs.inhabited);
	return known;
}

static bool mounts_changed(int mounts)
{
	struct pollfd poll_mounts = { .fd = mounts, .events = POLLPRI };

	return poll(&poll_mounts, 1, 0) != 0;
}

/* The calling thread may have moved. */
static bool is_same_own(const struct tm_plan *plan,
			const struct tm_ns_list *list)
{
	struct tm_ns_list now;

	return tm_ns_list_init(plan->ctx, &now) == 0 &&
	       now.own_inode == list->own_inode;
}

static bool is_valid(const struct tm_plan *plan, const struct tm_cache *cache)
{
	const struct tm_netns_cache *netns = &cache->netns;

	return netns->list.count && !plan->query->netns_count &&
	       is_same_own(plan, &netns->list) &&
	       tm_now_ns(CLOCK_MONOTONIC) - netns->read_ns < FULL_NS &&
	       !mounts_changed(netns->mounts) && tasks_are_known(plan, cache);
}

void tm_netns_recall(const struct tm_plan *plan, struct tm_cache *cache,
		     struct tm_ns_list *list)
{
	struct tm_netns_cache *netns = &cache->netns;

	if (!cache->fds)
		return;
	if (is_valid(plan, cache)) {
		*list = netns->list;
		netns->list = (struct tm_ns_list){ 0 };
		return;
	}
	tm_ns_list_clear(&netns->list);
	if (netns->mounts >= 0)
		close(netns->mounts);
	/* before they are read: what changes meanwhile is told next time */
	netns->mounts = tm_open_below(plan->ctx->proc, "self/mountinfo");
	netns->read_ns = tm_now_ns(CLOCK_MONOTONIC);
}

/* What cannot be told apart, or only an fd leads to, is found each time. */
static bool can_be_recalled(const struct tm_ns_list *list)
{
	if (list->unread_proc || list->unidentified || list->unreadable_count ||
	    list->unread_threads)
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (list->ns[i].fd >= 0)
			return false;
	return true;
}

/* What a filter leaves out is in the counts of its namespace all the same. */
static int64_t unseen_of(const struct tm_accounting *accounting)
{
	if (!accounting->narrowed)
		return tm_accounting_unseen(accounting);
	return accounting->unhashed_known ? accounting->unhashed : 0;
}

bool tm_netns_is_outgrown(const struct tm_cache *cache,
			  const struct tm_accounting *accounting)
{
	return unseen_of(accounting) > cache->netns.unseen;
}

/*
 * The fewest, since some are opened and closed at any moment; of a part the
 * most of the last looks: what it leaves out comes and goes as well, and each
 * time that there are more all namespaces are found again.
 */
static void remember_unseen(struct tm_netns_cache *netns,
			    const struct tm_accounting *accounting)
{
	int64_t unseen = unseen_of(accounting);

	if (accounting->narrowed && unseen < netns->unseen &&
	    netns->read_ns - netns->unseen_ns < FULL_NS)
		return;
	netns->unseen = unseen;
	netns->unseen_ns = netns->read_ns;
}

void tm_netns_remember(struct tm_cache *cache, bool found,
		       const struct tm_accounting *accounting,
		       struct tm_ns_list *list)
{
	struct tm_netns_cache *netns = &cache->netns;

	if (!cache->fds || netns->mounts < 0 || !can_be_recalled(list))
		return;
	if (!found && tm_netns_is_outgrown(cache, accounting))
		return;
	remember_unseen(netns, accounting);
	netns->left_out = accounting->left_out;
	netns->list = *list;
	*list = (struct tm_ns_list){ 0 };
}
