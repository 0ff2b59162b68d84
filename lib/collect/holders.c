// SPDX-License-Identifier: LGPL-2.1-or-later
/* holders.c - who holds the sockets of a collection */
#include "collect/holders.h"

#include "base/util.h"
#include "collect/dump_all.h"
#include "collect/holder_scan.h"
#include "collect/netns_call.h"
#include "netlink/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Sockets without a holder that are looked at again: enough for what happens
 * between two scans, not so many that a host full of them is slow.
 */
#define LOOK_AGAIN_MAX 4096

static int on_listener(struct tcpmem_socket *sock, const struct tm_info *info,
		       void *user)
{
	struct tm_collect *c = user;
	int ret = tm_listeners_add(c->listeners, sock);

	(void)info;
	if (ret == 0 && sock->inode && c->snap->holders)
		ret = tm_holders_expect(c->snap->holders, sock->inode);
	return ret;
}

static int save_listener(const void *msg, size_t len, bool mptcp,
			 uint16_t netns, void *user)
{
	const struct tm_collect *c = user;
	const struct tm_capture_message message = {
		.data = msg,
		.len = len,
		.netns = netns,
		.mptcp = mptcp,
		.role = TM_CAPTURE_LISTENERS,
	};

	return tm_capture_put_message(c->writer, &message,
				      c->list.ns[netns].inode);
}

/* Those that are kept were just dumped. */
static int use_kept_listeners(struct tm_collect *c)
{
	for (size_t i = 0; i < c->snap->sockets.count; i++) {
		int ret;

		if (c->snap->sockets.sock[i].state != TCPMEM_STATE_LISTENING)
			continue;
		ret = tm_listeners_add(c->listeners, &c->snap->sockets.sock[i]);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Listeners own the connections that wait in their accept queues. */
static int find_listeners(struct tm_collect *c, uint32_t outcomes)
{
	const struct tm_walk walk = {
		.ctx = c->ctx,
		.list = &c->list,
		.outcomes = outcomes,
		.objects = &c->snap->objects,
		.states = 1u << TCPMEM_STATE_LISTENING,
		.sink = {
			.message = c->writer ? save_listener : NULL,
			.socket = on_listener,
			.user = c,
		},
		.warnings = &c->snap->warnings,
	};

	if (!c->ops && !c->writer && !c->narrow &&
	    (c->states & 1u << TCPMEM_STATE_LISTENING))
		return use_kept_listeners(c);
	return tm_walk(&walk);
}

static int note_scan(struct tm_collect *c)
{
	const struct tm_holder_scan *scan = c->scan;

	if (scan->bpf_error && scan->bpf_error != -ECANCELED)
		tm_debug(c->ctx, "holders by BPF: %s",
			 strerror(-scan->bpf_error));
	c->complete = !scan->scan.denied && !scan->scan.hidden &&
		      !scan->scan.nested;
	c->nested = scan->scan.nested;
	return tm_proc_scan_explain(&scan->scan, &c->snap->warnings);
}

/* Sockets that were opened after the scan had passed their holders. */
static int look_for_missing(struct tm_collect *c)
{
	struct tm_holders *holders = c->snap->holders;
	struct tm_u64set missing;
	int ret = tm_u64set_init(&missing, 64);

	if (ret < 0)
		return ret;
	ret = tm_holders_missing(holders, &missing);
	if (ret == 0 && missing.count)
		ret = tm_holder_scan_again(c->scan, &missing);
	if (ret == 0 && missing.count)
		ret = tm_fd_refs_join(&c->scan->fd_refs, holders, &missing);
	tm_u64set_deinit(&missing);
	return ret;
}

static int scan_holders(struct tm_collect *c)
{
	bool sent_early = c->scan;
	int ret;

	if (sent_early)
		ret = tm_holder_scan_wait(c->scan);
	else
		ret = tm_holder_scan_look(c->ctx, c->query->source, NULL,
					  c->program, &c->scan);
	if (ret == 0)
		ret = note_scan(c);
	if (ret == 0)
		ret = tm_fd_refs_join(&c->scan->fd_refs, c->snap->holders,
				      NULL);
	if (ret == 0 && sent_early)
		ret = look_for_missing(c);
	tm_holder_scan_free(c->scan);
	c->scan = NULL;
	return ret;
}

int tm_collect_find(struct tm_collect *c, uint32_t outcomes)
{
	struct tm_holders *holders = c->snap->holders;
	int ret;

	ret = find_listeners(c, outcomes);
	if (ret < 0)
		return ret;
	ret = scan_holders(c);
	if (ret < 0)
		return ret;
	ret = tm_holders_finish(holders);
	if (ret < 0)
		return ret;
	return tm_listeners_finish(c->listeners, holders);
}

int tm_collect_find_listeners(struct tm_collect *c)
{
	int ret = find_listeners(c, 1u << TM_NS_DUMPED);

	return ret ? ret : tm_listeners_finish(c->listeners, NULL);
}

void tm_collect_owner(const struct tm_collect *c, struct tcpmem_socket *sock)
{
	bool dark = sock->kind == TCPMEM_KIND_DARK &&
		    sock->state == TCPMEM_STATE_CLOSED;

	if (c->snap->holders)
		tm_attribute(sock, c->snap->holders, c->listeners, c->complete);
	else
		tm_attribute_without_holders(sock);
	/* that its process is known does not make it seen */
	if (dark)
		sock->kind = TCPMEM_KIND_DARK;
}

void tm_collect_attribute(struct tm_collect *c)
{
	for (size_t i = 0; i < c->snap->sockets.count; i++)
		tm_collect_owner(c, &c->snap->sockets.sock[i]);
}

bool tm_collect_is_unclaimed(const struct tcpmem_socket *sock)
{
	return sock->kind == TCPMEM_KIND_IN_FLIGHT ||
	       sock->kind == TCPMEM_KIND_HIDDEN;
}

bool tm_collect_refresh(struct tm_collect *c, int fd,
			struct tcpmem_socket *sock)
{
	struct tcpmem_socket now;
	int ret = tm_lookup(fd, sock, &now);

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
	tm_collect_owner(c, sock);
	return true;
}

/* The unclaimed ones of one namespace; @gone notes who is no more. */
static int refresh_netns(struct tm_collect *c, size_t netns,
			 const size_t *index, size_t count, bool *gone)
{
	int fd = -1;

	for (size_t i = 0; i < count; i++) {
		struct tcpmem_socket *sock = &c->snap->sockets.sock[index[i]];

		if (sock->netns != netns)
			continue;
		if (fd < 0)
			fd = tm_netns_open(c->ctx, &c->list.ns[netns]);
		if (tm_shortage(fd))
			return fd;
		if (fd < 0)
			return 0; /* it is gone, or closed to us by now */
		gone[i] = !tm_collect_refresh(c, fd, sock);
	}
	if (fd >= 0)
		close(fd);
	return 0;
}

/* Sockets that were asked for again, in order, and which of them are gone. */
struct asked_again {
	const size_t *index;
	const bool *gone;
	size_t count;
	size_t next; /* of these */
	size_t at;   /* of all */
};

static bool is_gone(struct tcpmem_socket *sock, void *user)
{
	struct asked_again *asked = user;
	bool listed = asked->next < asked->count &&
		      asked->index[asked->next] == asked->at;

	(void)sock;
	asked->at++;
	return listed && asked->gone[asked->next++];
}

static int refresh_all(struct tm_collect *c, const size_t *index, size_t count,
		       bool *gone)
{
	struct asked_again asked = {
		.index = index,
		.gone = gone,
		.count = count,
	};

	for (size_t i = 0; i < c->list.count; i++) {
		int ret = refresh_netns(c, i, index, count, gone);

		if (ret < 0)
			return ret;
	}
	tm_socket_set_remove_if(&c->snap->sockets, is_gone, &asked);
	return 0;
}

int tm_collect_look_again(struct tm_collect *c)
{
	const struct tcpmem_snapshot *snap = c->snap;
	size_t *index = calloc(LOOK_AGAIN_MAX, sizeof(*index));
	bool *gone = calloc(LOOK_AGAIN_MAX, sizeof(*gone));
	size_t count = 0;
	int ret = -ENOMEM;

	if (index && gone) {
		for (size_t i = 0;
		     i < snap->sockets.count && count < LOOK_AGAIN_MAX; i++)
			if (tm_collect_is_unclaimed(&snap->sockets.sock[i]))
				index[count++] = i;
		ret = count ? refresh_all(c, index, count, gone) : 0;
	}
	free(index);
	free(gone);
	return ret;
}

/* A PID namespace with all its sockets' holders in it hides nothing. */
int tm_collect_explain(struct tm_collect *c)
{
	size_t hidden = 0;

	if (!c->nested)
		return 0;
	for (size_t i = 0; i < c->snap->sockets.count; i++)
		hidden += tm_collect_is_unclaimed(&c->snap->sockets.sock[i]);
	if (!hidden)
		return 0;
	return tm_warnings_add(&c->snap->warnings, TCPMEM_WARNING_PROC_HIDDEN,
			       "%zu sockets may belong to processes outside of "
			       "this PID namespace; run on the host",
			       hidden);
}
