// SPDX-License-Identifier: LGPL-2.1-or-later
/* holders.c - whose socket it is, and whether it still exists */
#include "collect/holders.h"

#include "base/util.h"
#include "netlink/internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int tm_listeners_keep(struct tm_listeners *listeners,
		      const struct tm_socket_set *set)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < set->count; i++)
		if (set->sock[i].state == TCPMEM_STATE_LISTENING)
			ret = tm_listeners_add(listeners, &set->sock[i]);
	return ret;
}

static int note_scan(const struct tm_plan *plan,
		     const struct tm_scan_result *result,
		     struct tm_owners *owners, struct tm_warnings *warnings)
{
	const struct tm_proc_scan *proc = &result->proc;

	if (result->bpf_error && result->bpf_error != -ECANCELED)
		tm_debug(plan->ctx, "holders by BPF: %s",
			 strerror(-result->bpf_error));
	owners->complete = tm_proc_scan_is_whole(proc);
	owners->nested = proc->view.nested;
	return tm_proc_scan_explain(plan->ctx, proc, warnings);
}

/*
 * Sockets that were opened after the scan had passed their holders, or, where
 * it left processes out, since the one before.
 */
static int scan_again(struct tm_holder_scan *scan, struct tm_holders *holders)
{
	const struct tm_fd_refs *refs = &tm_holder_scan_result(scan)->refs;
	const struct tm_u64set *known;
	struct tm_u64set missing;
	int ret = tm_u64set_init(&missing, 64);

	if (ret < 0)
		return ret;
	known = tm_holder_scan_known_inodes(scan);
	ret = known ? tm_holders_inodes(holders, known, &missing)
		    : tm_holders_missing(holders, &missing);
	if (ret == 0 && missing.count)
		ret = tm_holder_scan_again(scan, &missing);
	if (ret == 0 && missing.count)
		ret = tm_fd_refs_join(refs, holders, &missing);
	tm_u64set_deinit(&missing);
	return ret;
}

int tm_holders_resolve(const struct tm_plan *plan, struct tm_holder_scan *scan,
		       bool beside_dump, struct tm_owners *owners,
		       struct tm_warnings *warnings)
{
	const struct tm_scan_result *result = tm_holder_scan_result(scan);
	int ret = tm_holder_scan_wait(scan);

	if (ret == 0)
		ret = note_scan(plan, result, owners, warnings);
	if (ret == 0)
		ret = tm_fd_refs_join(&result->refs, owners->holders, NULL);
	if (ret == 0 && (beside_dump || tm_holder_scan_known_inodes(scan)))
		ret = scan_again(scan, owners->holders);
	if (ret == 0)
		ret = tm_holder_scan_join_rings(scan, owners->holders);
	if (ret == 0)
		ret = tm_holder_scan_learn(scan, owners->holders);
	return ret ? ret : tm_holders_finish(owners->holders);
}

void tm_owners_find(const struct tm_owners *owners, struct tcpmem_socket *sock)
{
	bool unhashed = sock->kind == TCPMEM_KIND_DARK &&
			sock->state == TCPMEM_STATE_CLOSED;

	if (owners->known)
		tm_attribute(sock, owners->holders, owners->listeners,
			     owners->complete);
	else
		tm_attribute_without_holders(sock);
	/* that its process is known does not make a dump show it */
	if (unhashed)
		sock->kind = TCPMEM_KIND_DARK;
}

void tm_owners_attribute(const struct tm_owners *owners,
			 struct tm_socket_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		if (owners->known && i + TM_AHEAD < set->count)
			tm_holders_prefetch(owners->holders,
					    set->sock[i + TM_AHEAD].inode);
		tm_owners_find(owners, &set->sock[i]);
	}
}

bool tm_is_unowned(const struct tcpmem_socket *sock)
{
	return sock->kind == TCPMEM_KIND_IN_FLIGHT ||
	       sock->kind == TCPMEM_KIND_HIDDEN;
}

/* A PID namespace with all its sockets' holders in it hides nothing. */
int tm_owners_explain(const struct tm_owners *owners,
		      const struct tm_socket_set *set,
		      struct tm_warnings *warnings)
{
	size_t hidden = 0;

	if (!owners->nested)
		return 0;
	for (size_t i = 0; i < set->count; i++)
		hidden += tm_is_unowned(&set->sock[i]);
	if (!hidden)
		return 0;
	return tm_warnings_add(warnings, TCPMEM_WARNING_PROC_HIDDEN,
			       "%zu sockets may belong to processes outside of "
			       "this PID namespace; run on the host",
			       hidden);
}

/*
 * struct recheck - over one set of sockets
 * @fd: a netlink socket in namespace @netns, or -errno of opening it
 * @asked: sockets that were unowned
 */
struct recheck {
	const struct tm_plan *plan;
	const struct tm_ns_list *list;
	const struct tm_owners *owners;
	int fd;
	size_t netns;
	size_t asked;
	int ret;
};

static void close_netns(struct recheck *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -ENOENT;
}

/* A namespace may be gone, or closed to us by now: its sockets stay. */
static int open_netns(struct recheck *r, size_t netns)
{
	const struct tm_kernel *kernel = r->plan->kernel;

	if (r->netns == netns)
		return r->fd;
	close_netns(r);
	r->netns = netns;
	r->fd = kernel->open(kernel, r->plan->ctx, &r->list->ns[netns], false);
	r->ret = tm_netns_lacks(r->fd);
	return r->fd;
}

/* Return: whether it still exists. */
static bool refresh(const struct recheck *r, struct tcpmem_socket *sock)
{
	struct tcpmem_socket now;
	int ret = tm_lookup(r->fd, sock, &now);

	if (ret == -ENOENT || ret == -ESTALE)
		return false;
	if (ret < 0)
		return true;
	now.netns = sock->netns;
	now.object = sock->object;
	/* one that joined a connection which was closed: an inode is left */
	if (now.flags & ~sock->flags & TM_SOCK_SUBFLOW) {
		now.flags |= TM_SOCK_ORPHAN;
		now.inode = 0;
	}
	now.flags |= sock->flags & TM_SOCK_SUBFLOW;
	*sock = now;
	tm_owners_find(r->owners, sock);
	return true;
}

static bool is_gone(struct tcpmem_socket *sock, void *user)
{
	struct recheck *r = user;

	if (!tm_is_unowned(sock) || !sock->cookie || r->ret ||
	    r->asked == TM_RECHECK_MAX)
		return false;
	r->asked++;
	return open_netns(r, sock->netns) >= 0 && !refresh(r, sock);
}

int tm_recheck(const struct tm_plan *plan, const struct tm_ns_list *list,
	       const struct tm_owners *owners, struct tm_socket_set *set)
{
	struct recheck r = {
		.plan = plan,
		.list = list,
		.owners = owners,
		.fd = -ENOENT,
		.netns = SIZE_MAX,
	};

	tm_socket_set_remove_if(set, is_gone, &r);
	close_netns(&r);
	return r.ret;
}
