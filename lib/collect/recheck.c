// SPDX-License-Identifier: LGPL-2.1-or-later
/* recheck.c - asks the kernel once more for sockets that nobody holds */
#include "collect/internal.h"

#include "base/util.h"

#include "netlink/internal.h"

#include <errno.h>
#include <unistd.h>

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
	r->ret = tm_shortage(r->fd);
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

	if (!tm_is_unowned(sock) || r->ret || r->asked == TM_RECHECK_MAX)
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
