// SPDX-License-Identifier: LGPL-2.1-or-later
/* missing.c - what the kernel has and no dump showed */
#include "collect/missing.h"

#include "base/u64set.h"
#include "base/util.h"
#include "collect/dump_all.h"
#include "host/internal.h"
#include "netns/internal.h"
#include "proc/internal.h"

#include <errno.h>
#include <unistd.h>

/* How often counts are read again that do not bear out what is missing. */
#define COUNTS 3

struct search {
	struct tm_collect *c;
	uint32_t tid;	      /* whose fd table @task leads to */
	int task;	      /* or -errno */
	size_t denied;	      /* fds that may not be copied */
	struct tm_u64set met; /* inodes that were looked at */
};

/* What all namespaces have in their tables; -ENODATA if one does not tell. */
static int sum_hashed(const struct tm_ns_list *list, uint32_t outcomes,
		      int64_t *hashed)
{
	*hashed = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct tm_ns *ns = &list->ns[i];

		if (!(outcomes & 1u << ns->outcome))
			continue;
		if (!ns->counted)
			return -ENODATA;
		*hashed += (int64_t)ns->stat.inuse;
	}
	return 0;
}

/*
 * While sockets come and go, a dump that takes milliseconds misses some that
 * the kernel counted before and after; counters alone are read in an instant.
 */
int tm_collect_count(struct tm_collect *c)
{
	const struct tm_walk walk = {
		.ctx = c->ctx,
		.list = &c->list,
		.outcomes = 1u << TM_NS_PENDING | 1u << TM_NS_DUMPED |
			    1u << TM_NS_EMPTY,
		.filter = c->filter,
		.count_only = true,
		.skip_empty = !c->query->netns_count,
		.warnings = &c->snap->warnings,
	};
	struct tm_accounting *accounting = &c->snap->accounting;
	struct tm_host_counters before, after;
	int64_t hashed;
	int ret = tm_host_read_counters(c->ctx, &before);

	if (ret == 0)
		ret = tm_walk(&walk);
	if (ret == 0)
		ret = tm_host_read_counters(c->ctx, &after);
	if (ret < 0)
		return ret;
	if (after.sockets > before.sockets)
		after.sockets = before.sockets;
	accounting->unhashed_known =
		before.known && after.known &&
		!sum_hashed(&c->list, walk.outcomes, &hashed);
	if (accounting->unhashed_known)
		accounting->unhashed = after.sockets - hashed;
	return 0;
}

/* Whether the dumps missed more than the counts allow. */
static bool is_inconsistent(const struct tm_accounting *accounting)
{
	struct tm_accounting dumped = *accounting;

	dumped.unhashed_known = false;
	return !accounting->narrowed && accounting->unhashed_known &&
	       tm_accounting_unseen(&dumped) > tm_accounting_unseen(accounting);
}

/*
 * A socket that was opened while the counts were read hides one that is in no
 * table. If the dumps missed more, the counts are read once more, and again:
 * none is ever too high, so the highest one is right.
 */
static int count_again(struct tm_collect *c)
{
	struct tm_accounting *accounting = &c->snap->accounting;
	int ret = 0;

	for (int i = 0; i < COUNTS && ret == 0 && is_inconsistent(accounting);
	     i++) {
		int64_t best = accounting->unhashed;

		ret = tm_collect_count(c);
		if (!accounting->unhashed_known || accounting->unhashed < best)
			accounting->unhashed = best;
		accounting->unhashed_known = true;
	}
	return ret;
}

int tm_collect_read_counters_after(struct tm_collect *c)
{
	struct tm_accounting *accounting = &c->snap->accounting;

	int ret = tm_host_read_counters(c->ctx, &accounting->after);

	if (ret < 0)
		return ret;
	accounting->bypass = tm_host_may_bypass(c->ctx);
	for (size_t i = 0; i < c->list.count; i++)
		accounting->tls |= c->list.ns[i].tls;
	return count_again(c);
}

static int attach(struct search *s, uint32_t pid, uint32_t tid)
{
	if (s->tid != tid) {
		if (s->task >= 0)
			close(s->task);
		s->task = tm_dark_attach(pid, tid);
		s->tid = tid;
	}
	return s->task;
}

static uint16_t own_netns(const struct tm_ns_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->ns[i].own)
			return (uint16_t)i;
	return 0;
}

/*
 * Whoever may copy an fd and not ask for its namespace has no rights in any
 * but the caller's own.
 */
static int find_netns(struct search *s, struct tm_dark *dark)
{
	struct tm_ns_list *list = &s->c->list;
	size_t index = tm_ns_list_find(list, dark->netns);
	int ret;

	if (dark->netns_fd < 0 || index < list->count) {
		if (dark->netns_fd >= 0)
			close(dark->netns_fd);
		dark->sock.netns = index < list->count ? (uint16_t)index
						       : own_netns(list);
		return 0;
	}
	ret = tm_ns_list_add_fd(list, dark->netns_fd, &index);
	dark->sock.netns = (uint16_t)index;
	return ret;
}

/* A port that was taken away with the connection holds no bind buckets. */
static void account(struct search *s, struct tcpmem_socket *sock)
{
	tm_account_found(sock, &s->c->snap->objects,
			 sock->state != TCPMEM_STATE_CLOSED &&
				 tm_account_has_port(sock));
}

static int take_in(struct search *s, struct tcpmem_socket *sock)
{
	struct tm_collect *c = s->c;

	if (sock->state != TCPMEM_STATE_CLOSED &&
	    sock->state != TCPMEM_STATE_BOUND_INACTIVE)
		return 0; /* it was opened since, or its namespace is new */
	if (!(c->states & 1u << sock->state))
		return 0;
	account(s, sock);
	sock->kind = TCPMEM_KIND_DARK;
	if (tm_socket_set_add(&c->dark, sock, NULL) < 0)
		return -ENOMEM;
	tm_accounting_add(&c->snap->accounting, sock, tm_collect_page_size(c));
	return 0;
}

static int on_fd(uint32_t pid, uint32_t tid, int fd, uint32_t inode, void *user)
{
	struct search *s = user;
	struct tm_dark dark;
	int ret;

	if (tm_holders_wants(s->c->known, inode) ||
	    tm_u64set_has(&s->met, inode))
		return 0;
	ret = attach(s, pid, tid);
	if (ret >= 0)
		ret = tm_dark_probe(s->task, fd, inode, &dark);
	if (tm_shortage(ret))
		return ret;
	if (ret < 0 && ret != -EPROTONOSUPPORT) {
		s->denied += ret != -ENOTSOCK && ret != -ESRCH;
		return 0;
	}
	if (tm_u64set_add(&s->met, inode) < 0)
		return -ENOMEM;
	if (ret < 0)
		return 0;
	ret = find_netns(s, &dark);
	if (ret == -E2BIG)
		return 0;
	return ret < 0 ? ret : take_in(s, &dark.sock);
}

static int on_netns(uint64_t inode, const char *path, void *user)
{
	struct search *s = user;
	struct tm_ns_list *list = &s->c->list;
	size_t index;
	int ret;

	if (tm_ns_list_find(list, inode) < list->count)
		return 0;
	ret = tm_ns_list_add(list, inode, path, 0, &index);
	return ret == -E2BIG ? 0 : ret;
}

static int search_fds(struct search *s)
{
	const struct tm_fd_visitor visitor = {
		.socket = on_fd,
		.netns = on_netns,
		.user = s,
	};
	struct tm_accounting *accounting = &s->c->snap->accounting;
	struct tm_proc_scan scan = { 0 };
	int ret = tm_u64set_init(&s->met, 64);

	if (ret < 0)
		return ret;
	ret = tm_fds_proc_visit(s->c->ctx, &visitor, &scan);
	if (s->task >= 0)
		close(s->task);
	tm_u64set_deinit(&s->met);
	accounting->fds_denied = scan.denied || scan.hidden || scan.nested ||
				 s->denied;
	return ret;
}

/* A dark msk is charged and not in the kernel's count of sockets. */
static bool misses_memory(const struct tm_collect *c)
{
	const struct tm_accounting *accounting = &c->snap->accounting;
	int64_t memory = accounting->after.memory;

	if (accounting->before.memory < memory)
		memory = accounting->before.memory;
	return tm_accounting_is_known(accounting) &&
	       memory - accounting->charged > tm_snapshot_tolerance(c->snap);
}

/*
 * Closed is what no dump shows: who asks for it asks for a search. Sockets
 * that open meanwhile make the count of those that are missing too low: it
 * tells that there are some, and not when all of them are found.
 */
static bool misses_sockets(const struct tm_collect *c)
{
	if (c->query->netns_count || c->narrow ||
	    !(c->states & 1u << TCPMEM_STATE_CLOSED))
		return false;
	return c->snap->accounting.narrowed ||
	       !tm_accounting_is_known(&c->snap->accounting) ||
	       misses_memory(c) || tm_accounting_unseen(&c->snap->accounting);
}

int tm_collect_search(struct tm_collect *c)
{
	struct search s = {
		.c = c,
		.task = -ESRCH,
	};
	int ret = 0;

	/* what is found might be the caller's own once more */
	if (!misses_sockets(c) || !c->list.own_inode)
		return 0;
	if (c->list.unread_threads)
		ret = tm_ns_find_tasks(c->ctx, &c->list, SIZE_MAX);
	if (!tm_shortage(ret))
		ret = tm_ns_find_listed(&tm_ns_lister_kernel, &c->list);
	return ret < 0 ? ret : search_fds(&s);
}
