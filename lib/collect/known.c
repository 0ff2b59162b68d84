// SPDX-License-Identifier: LGPL-2.1-or-later
/* known.c - the sockets of known namespaces once more, whatever was asked for
 */
#include "collect/sources.h"

#include "base/hash.h"

#include <errno.h>

/*
 * All sockets of the namespaces that were dumped, in those states. Return: 0;
 * -ENODATA if not all of them could be asked; what the sink returned; as
 * tm_netns_lacks().
 */
static int dump_again(struct tm_live *live, uint32_t states,
		      const struct tm_sink *sink)
{
	struct tm_warnings warnings = { 0 };
	struct tm_plan plan = *live->plan;
	const struct tm_dump dump = {
		.plan = &plan,
		.objects = &live->snap->objects,
		.sink = sink,
		.which = 1u << TM_DUMP_DUMPED,
		.list = &live->list,
		.status = &live->status,
		.warnings = &warnings,
	};
	size_t denied = tm_status_count(&live->status, TM_DUMP_DENIED);
	bool whole;
	int ret;

	plan.states = states;
	plan.needs = 0;
	plan.filter = NULL;
	plan.prefiltered = false;
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
	int ret = dump_again(live, live->plan->states & WITH_INODES, &sink);

	return ret > 0 ? 0 : ret;
}

static int on_known(struct tcpmem_socket *sock, const struct tm_info *info,
		    void *user)
{
	struct tm_known *known = user;
	int ret = 0;

	(void)info;
	if (sock->inode)
		ret = tm_u64set_add(&known->inodes, sock->inode);
	if (ret == 0 && sock->state == TCPMEM_STATE_BOUND_INACTIVE &&
	    sock->inode)
		ret = tm_u64set_add(&known->bound, sock->inode);
	return ret;
}

int tm_live_find_known(struct tm_live *live, struct tm_known *known)
{
	const struct tm_sink sink = {
		.socket = on_known,
		.restart = on_noted_restart,
		.restarts = TM_RESTART_NETNS,
		.user = known,
	};
	struct tm_accounting *accounting = &live->snap->accounting;
	bool holders = tm_plan_needs(live->plan, TCPMEM_NEED_HOLDERS);
	int ret = dump_again(
		live, holders ? WITH_INODES : 1u << TCPMEM_STATE_BOUND_INACTIVE,
		&sink);
	int64_t bound = (int64_t)known->bound.count - accounting->bound;

	if (bound > 0)
		accounting->left_out = bound;
	return ret == -ENODATA ? 0 : ret;
}
