// SPDX-License-Identifier: LGPL-2.1-or-later
/* missing.c - what the kernel has and no dump showed */
#include "collect/sources.h"

#include "base/hash.h"
#include "base/util.h"
#include "netns/internal.h"
#include "proc/internal.h"

#include <errno.h>
#include <unistd.h>

/*
 * struct search - over all fds of the host
 * @tid: whose fd table @task leads to
 * @task: or -errno
 * @uncopied: the kernel did not copy an fd
 * @visited: inodes that were looked at
 */
struct search {
	const struct tm_missing *missing;
	uint32_t tid;
	int task;
	bool uncopied;
	struct tm_u64set visited;
};

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
static int find_netns(struct tm_ns_list *list, struct tm_dark *dark)
{
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
static void account(const struct tm_missing *missing,
		    struct tcpmem_socket *sock)
{
	tm_account_found(sock, missing->objects,
			 sock->state != TCPMEM_STATE_CLOSED &&
				 tm_account_has_port(sock));
}

static int add_unhashed(struct search *s, struct tcpmem_socket *sock)
{
	const struct tm_missing *missing = s->missing;

	if (sock->state != TCPMEM_STATE_CLOSED &&
	    sock->state != TCPMEM_STATE_BOUND_INACTIVE)
		return 0; /* it was opened since, or its namespace is new */
	/* what the kernel filters, it is asked for alone */
	if (missing->plan->prefiltered ||
	    !(missing->plan->states & 1u << sock->state)) {
		missing->accounting->left_out += !(sock->flags & TM_SOCK_MPTCP);
		return 0;
	}
	account(missing, sock);
	sock->kind = TCPMEM_KIND_DARK;
	return tm_socket_set_add(missing->unhashed, sock, NULL);
}

static int on_fd(uint32_t pid, uint32_t tid, int fd, uint32_t inode, void *user)
{
	struct search *s = user;
	struct tm_dark dark;
	int ret;

	if (tm_holders_wants(s->missing->expected, inode) ||
	    tm_u64set_has(s->missing->known, inode) ||
	    tm_u64set_has(&s->visited, inode))
		return 0;
	ret = attach(s, pid, tid);
	if (ret >= 0)
		ret = tm_dark_probe(s->task, fd, inode, &dark);
	if (tm_shortage(ret))
		return ret;
	if (ret < 0 && ret != -EPROTONOSUPPORT) {
		s->uncopied |= ret != -ENOTSOCK && ret != -ESRCH;
		return 0;
	}
	if (tm_u64set_add(&s->visited, inode) < 0)
		return -ENOMEM;
	if (ret < 0)
		return 0;
	ret = find_netns(s->missing->list, &dark);
	if (ret == -E2BIG)
		return 0;
	return ret < 0 ? ret : add_unhashed(s, &dark.sock);
}

static int on_netns(uint64_t inode, const char *path, void *user)
{
	const struct search *s = user;
	struct tm_ns_list *list = s->missing->list;
	size_t index;
	int ret;

	if (tm_ns_list_find(list, inode) < list->count)
		return 0;
	ret = tm_ns_list_add(list, inode, path, TM_NO_TASK, &index);
	return ret == -E2BIG ? 0 : ret;
}

static int search_fds(struct search *s)
{
	const struct tm_fd_visitor visitor = {
		.socket = on_fd,
		.netns = on_netns,
		.user = s,
	};
	struct tm_accounting *accounting = s->missing->accounting;
	struct tm_proc_scan scan = { 0 };
	int ret = tm_u64set_init(&s->visited, 64);

	if (ret < 0)
		return ret;
	ret = tm_fds_proc_visit(s->missing->plan->ctx, &visitor, &scan);
	if (s->task >= 0)
		close(s->task);
	tm_u64set_deinit(&s->visited);
	accounting->fds_searched = true;
	accounting->fds_denied = scan.denied;
	accounting->fds_uncopied = s->uncopied;
	return ret;
}

/* An unhashed msk is charged and not in the kernel's count of sockets. */
static bool misses_memory(const struct tm_missing *missing)
{
	const struct tm_accounting *accounting = missing->accounting;
	int64_t memory = accounting->after.memory;

	if (accounting->before.memory < memory)
		memory = accounting->before.memory;
	return tm_accounting_is_known(accounting) &&
	       memory - accounting->charged > missing->tolerance;
}

/*
 * Closed is what no dump shows: who asks for it asks for a search. Whatever is
 * asked for, sockets that are in no table may be in a namespace that was not
 * found. Sockets that open meanwhile make the count of those that are missing
 * too low: it tells that there are some, and not when all of them are found.
 */
static bool misses_sockets(const struct tm_missing *missing)
{
	const struct tm_plan *plan = missing->plan;
	const struct tm_accounting *accounting = missing->accounting;

	if (plan->query->netns_count)
		return false;
	if (plan->states & 1u << TCPMEM_STATE_CLOSED && !plan->prefiltered &&
	    (accounting->narrowed || plan->unhashed))
		return true;
	if (accounting->narrowed)
		return tm_accounting_may_lack(accounting);
	return !tm_accounting_is_known(accounting) || misses_memory(missing) ||
	       tm_accounting_unseen(accounting);
}

int tm_missing_search(const struct tm_missing *missing)
{
	const struct tcpmem_ctx *ctx = missing->plan->ctx;
	struct search s = {
		.missing = missing,
		.task = -ESRCH,
	};
	int ret = 0;

	/* what is found might be the caller's own once more */
	if (!misses_sockets(missing) || !missing->list->own_inode)
		return 0;
	if (missing->added_up)
		return -ESTALE;
	if (missing->list->unread_threads || missing->outgrown)
		ret = tm_ns_find_tasks(ctx, missing->list, SIZE_MAX);
	if (!tm_shortage(ret))
		ret = tm_ns_find_listed(&tm_ns_lister_kernel, missing->list);
	if (ret == 0 && missing->scan)
		ret = tm_holder_scan_wait(missing->scan);
	return ret < 0 ? ret : search_fds(&s);
}

/* struct wanted - a namespace, by its inode, that an fd may lead to */
struct wanted {
	struct tm_ns_list *list;
	uint64_t inode;
	struct search search;
};

/* Without an error that ends the visit, it goes on to the last fd. */
static int on_wanted_fd(uint32_t pid, uint32_t tid, int fd, uint32_t inode,
			void *user)
{
	struct wanted *w = user;
	struct tm_dark dark;
	size_t index;
	int ret;

	if (tm_ns_list_find(w->list, w->inode) < w->list->count)
		return 0;
	ret = attach(&w->search, pid, tid);
	if (ret >= 0)
		ret = tm_dark_probe(w->search.task, fd, inode, &dark);
	if (ret < 0)
		return tm_shortage(ret);
	if (dark.netns_fd < 0)
		return 0;
	if (dark.netns == w->inode)
		return tm_ns_list_add_fd(w->list, dark.netns_fd, &index);
	close(dark.netns_fd);
	return 0;
}

static int on_wanted_netns(uint64_t inode, const char *path, void *user)
{
	const struct wanted *w = user;
	size_t index;

	return inode == w->inode ? tm_ns_list_add(w->list, inode, path,
						  TM_NO_TASK, &index)
				 : 0;
}

int tm_missing_find_netns(const struct tcpmem_ctx *ctx, uint64_t inode,
			  struct tm_ns_list *list)
{
	struct wanted w = { list, inode, { .task = -ESRCH } };
	const struct tm_fd_visitor visitor = {
		.socket = on_wanted_fd,
		.netns = on_wanted_netns,
		.user = &w,
	};
	struct tm_proc_scan scan = { 0 };
	int ret = tm_fds_proc_visit(ctx, &visitor, &scan);

	if (w.search.task >= 0)
		close(w.search.task);
	if (ret < 0)
		return ret;
	return tm_ns_list_find(list, inode) < list->count ? 0 : -ENOENT;
}
