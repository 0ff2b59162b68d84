// SPDX-License-Identifier: LGPL-2.1-or-later
/* known.c - the sockets of known namespaces once more, whatever was asked for
 */
#include "collect/sources.h"

#include "base/hash.h"

#include <errno.h>

/*
 * All sockets, in those states, of the namespaces with that status. Return: 0;
 * -ENODATA if not all of them could be asked; what the sink returned; as
 * tm_netns_lacks().
 */
static int dump_again(struct tm_live *live, enum tm_dump_status which,
		      uint32_t states, const struct tm_sink *sink)
{
	struct tm_warnings warnings = { 0 };
	const struct tm_plan plan = tm_plan_of_states(live->plan, states);
	const struct tm_dump dump = {
		.plan = &plan,
		.objects = &live->snap->objects,
		.sink = sink,
		.which = 1u << which,
		.list = &live->list,
		.status = &live->status,
		.warnings = &warnings,
	};
	size_t denied = tm_status_count(&live->status, TM_DUMP_DENIED);
	bool whole;
	int ret;

	ret = tm_dump_all(&dump);
	whole = ret == 0 &&
		!tm_warnings_have(&warnings, TCPMEM_WARNING_DUMP_INTERRUPTED) &&
		tm_status_count(&live->status, TM_DUMP_DENIED) == denied;
	tm_warnings_clear(&warnings);
	return whole || ret > 0 || tm_netns_lacks(ret) ? ret : -ENODATA;
}

/* What is noted before a restart is noted once. */
static int on_noted_restart(uint16_t netns, void *user)
{
	(void)netns;
	(void)user;
	return 0;
}

/* Mini-sockets have no inode. */
#define WITH_INODES          \
	(TCPMEM_STATES_ALL & \
	 ~(1u << TCPMEM_STATE_SYN_RECV | 1u << TCPMEM_STATE_TIME_WAIT))

/* struct inode_sink - @left: how many of @wanted are not in @found yet */
struct inode_sink {
	const struct tm_u64set *wanted;
	struct tm_u64set *found;
	size_t left;
};

static int on_inode(struct tcpmem_socket *sock, const struct tm_info *info,
		    void *user)
{
	struct inode_sink *to = user;

	(void)info;
	if (!tm_u64set_has(to->wanted, sock->inode) ||
	    tm_u64set_has(to->found, sock->inode))
		return 0;
	if (tm_u64set_add(to->found, sock->inode) < 0)
		return -ENOMEM;
	/* 1: other sockets tell nothing more */
	return --to->left == 0;
}

int tm_live_find_inodes(struct tm_live *live, const struct tm_u64set *wanted,
			struct tm_u64set *found)
{
	struct inode_sink to = { wanted, found, wanted->count };
	const struct tm_sink sink = {
		.socket = on_inode,
		.restart = on_noted_restart,
		.restarts = TM_RESTART_NETNS,
		.user = &to,
	};
	int ret = dump_again(live, TM_DUMP_DUMPED,
			     live->plan->states & WITH_INODES, &sink);

	return ret > 0 ? 0 : ret;
}

int tm_known_init(struct tm_known *known)
{
	*known = (struct tm_known){ 0 };
	if (tm_u64set_init(&known->inodes, 64) < 0 ||
	    tm_u64set_init(&known->bound, 64) < 0 ||
	    tm_u64set_init(&known->msks, 64) < 0 ||
	    tm_u64set_init(&known->subflows, 64) < 0)
		return -ENOMEM;
	return 0;
}

void tm_known_deinit(struct tm_known *known)
{
	tm_u64set_deinit(&known->inodes);
	tm_u64set_deinit(&known->bound);
	tm_u64set_deinit(&known->msks);
	tm_u64set_deinit(&known->subflows);
}

static int add(struct tm_u64set *set, bool is, uint64_t key)
{
	return is && key ? tm_u64set_add(set, key) : 0;
}

static int on_known(struct tcpmem_socket *sock, const struct tm_info *info,
		    void *user)
{
	struct tm_known *known = user;
	int ret = add(&known->inodes, true, sock->inode);

	(void)info;
	if (ret == 0)
		ret = add(&known->bound,
			  sock->state == TCPMEM_STATE_BOUND_INACTIVE,
			  sock->inode);
	if (ret == 0)
		ret = add(&known->msks, sock->flags & TM_SOCK_MPTCP,
			  sock->cookie);
	if (ret == 0)
		ret = add(&known->subflows, sock->flags & TM_SOCK_SUBFLOW,
			  sock->cookie);
	return ret;
}

static bool may_have_msks(const struct tm_status *status)
{
	for (size_t i = 0; i < status->count; i++)
		if (status->ns[i].status == TM_DUMP_DUMPED &&
		    tm_status_may_have_mptcp(status, i))
			return true;
	return false;
}

/* @msks: they were dumped, too */
static void leave_out(struct tm_live *live, const struct tm_known *known,
		      bool msks)
{
	struct tm_accounting *accounting = &live->snap->accounting;
	struct tm_accounting all = { .bound = (int64_t)known->bound.count };

	if (msks) {
		all.msks = (int64_t)known->msks.count;
		all.subflows = (int64_t)known->subflows.count;
	}
	/* what was dumped before was not dumped again */
	if (!live->plan->prefiltered) {
		tm_accounting_merge(&all, accounting);
	} else if (!msks) {
		all.msks = accounting->msks;
		all.subflows = accounting->subflows;
	}
	tm_accounting_leave_out(accounting, &all);
}

int tm_live_find_known(struct tm_live *live, struct tm_known *known)
{
	const struct tm_sink sink = {
		.socket = on_known,
		.restart = on_noted_restart,
		.restarts = TM_RESTART_NETNS,
		.user = known,
	};
	const uint32_t bound = 1u << TCPMEM_STATE_BOUND_INACTIVE;
	const struct tm_plan *plan = live->plan;
	struct tm_accounting *accounting = &live->snap->accounting;
	bool whole = tm_plan_needs(plan, TCPMEM_NEED_HOLDERS) ||
		     may_have_msks(&live->status);
	uint32_t states = whole ? WITH_INODES : bound;
	int ret = 0;

	accounting->left_out = 0;
	if (!plan->prefiltered)
		states &= ~plan->states;
	if (states)
		ret = dump_again(live, TM_DUMP_DUMPED, states, &sink);
	if (ret == 0)
		leave_out(live, known, whole);
	if (ret == 0 && states & bound && tm_accounting_unfound(accounting)) {
		ret = dump_again(live, TM_DUMP_EMPTY, bound, &sink);
		leave_out(live, known, whole);
	}
	return ret == -ENODATA ? 0 : ret;
}
