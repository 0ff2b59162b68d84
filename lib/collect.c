// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * collect.c - the one conductor: ask + read -> a const snapshot
 *
 * Kept: dump -> who holds the inodes that were seen -> each socket's holder.
 * Streamed: who holds any socket -> dump, each socket handed on with its
 * holder as it comes.
 */
#include "collect.h"

#include "collect_places.h"

#include "read/clock.h"
#include "read/diag.h"
#include "read/holders_bpf.h"
#include "read/holders_proc.h"
#include "read/host.h"
#include "read/lookup.h"
#include "read/objects.h"
#include "util.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Sockets without a holder that are looked at again: enough for what happens
 * between two scans, not so many that a host full of them is slow.
 */
#define LOOK_AGAIN_MAX 4096

static const struct tm_diag_source own_netns = { .open = tm_diag_open };

static int add_own_netns(struct tm_collect *c)
{
	struct tm_netns *netns = calloc(1, sizeof(*netns));
	char path[4096];
	struct stat st;

	if (!netns)
		return -ENOMEM;
	c->snap->netns = netns;
	netns->name = strdup("self");
	if (!netns->name)
		return -ENOMEM;
	c->snap->netns_count = 1;
	snprintf(path, sizeof(path), "%s/thread-self/ns/net", c->ctx->proc);
	if (stat(path, &st) == 0)
		netns->inode = st.st_ino;
	return tm_gaps_add(&c->snap->gaps, TCPMEM_GAP_NETNS_SCOPE,
			   "only this network namespace was looked at; "
			   "sockets in others are not counted");
}

int tm_collect_begin(struct tm_collect *c)
{
	int ret;

	c->snap = calloc(1, sizeof(*c->snap));
	if (!c->snap)
		return -ENOMEM;
	ret = tm_msks_init(&c->msks);
	return ret ? ret : tm_listeners_new(&c->listeners);
}

int tm_collect_end(struct tm_collect *c, int ret,
		   struct tcpmem_snapshot **snapshot)
{
	tm_listeners_free(c->listeners);
	tm_msks_deinit(&c->msks);
	if (ret)
		tcpmem_snapshot_free(c->snap);
	else
		*snapshot = c->snap;
	return ret;
}

int tm_collect_host(struct tm_collect *c)
{
	tm_clock_read(c->ctx, &c->snap->clock);
	tm_objects_read(c->ctx, &c->snap->objects);
	tm_host_read(c->ctx, &c->snap->host);
	return add_own_netns(c);
}

static int keep(struct tcpmem_snapshot *snap, const struct tcpmem_socket *sock)
{
	struct tcpmem_socket *moved = tm_grow(snap->sock, snap->sock_count,
					      &snap->sock_capacity,
					      sizeof(*snap->sock));

	if (!moved)
		return -ENOMEM;
	snap->sock = moved;
	snap->sock[snap->sock_count++] = *sock;
	return 0;
}

static int pass_on(struct tm_collect *c, struct tcpmem_socket *sock)
{
	if (c->snap->holders)
		tm_attribute(sock, c->snap->holders, c->listeners, c->complete);
	else
		tm_attribute_bare(sock);
	return c->ops->socket(c->snap, sock, c->user);
}

/* The messages are saved already: who holds them is left to be found. */
static int expect(struct tm_collect *c, const struct tcpmem_socket *sock)
{
	int ret = 0;

	if (!c->snap->holders)
		return 0;
	if (sock->flags & TM_SOCK_HAS_CGROUP)
		ret = tm_places_want(&c->snap->places, sock->cgroup_id);
	return ret ? ret : tm_holders_expect(c->snap->holders, sock->inode);
}

int tm_collect_socket(struct tm_collect *c, struct tcpmem_socket *sock)
{
	if (sock->flags & TM_SOCK_MPTCP) {
		int ret = tm_msks_add(&c->msks, sock);

		if (ret < 0)
			return ret;
		if (!(c->query->states & (1u << sock->state)))
			return 0;
	} else {
		tm_msks_mark(&c->msks, sock);
	}
	tm_account_object(sock, &c->snap->objects, &c->ports);
	if (!sock->skmem_words && !(sock->flags & TM_SOCK_MINI))
		c->uncounted++;
	if (c->writer)
		return expect(c, sock);
	return c->ops ? pass_on(c, sock) : keep(c->snap, sock);
}

int tm_collect_restart(struct tm_collect *c)
{
	c->snap->sock_count = 0;
	c->uncounted = 0;
	memset(&c->ports, 0, sizeof(c->ports));
	if (c->ops)
		c->ops->restart(c->user);
	return c->writer ? tm_capture_put_restart(c->writer) : 0;
}

static int on_socket(struct tcpmem_socket *sock, void *user)
{
	return tm_collect_socket(user, sock);
}

static int on_restart(void *user)
{
	return tm_collect_restart(user);
}

static int save(const struct tm_collect *c, enum tm_capture_role role,
		const void *msg, size_t len, bool mptcp)
{
	const struct tm_capture_message message = {
		.data = msg,
		.len = len,
		.mptcp = mptcp,
		.role = role,
	};

	return tm_capture_put_message(c->writer, &message,
				      c->snap->netns[0].inode);
}

static int save_socket(const void *msg, size_t len, bool mptcp, void *user)
{
	return save(user, TM_CAPTURE_SOCKETS, msg, len, mptcp);
}

static int save_listener(const void *msg, size_t len, bool mptcp, void *user)
{
	return save(user, TM_CAPTURE_LISTENERS, msg, len, mptcp);
}

int tm_collect_uncounted(struct tm_collect *c)
{
	if (!c->uncounted)
		return 0;
	return tm_gaps_add(&c->snap->gaps, TCPMEM_GAP_COUNTERS_MISSING,
			   "%zu sockets came without memory counters",
			   c->uncounted);
}

/* MPTCP is asked for where the kernel has it; who refuses hides its msks. */
int tm_collect_walk(struct tm_collect *c)
{
	const struct tm_diag_request request = {
		.states = c->query->states,
		.mptcp = true,
	};
	const struct tm_diag_sink sink = {
		.message = c->writer ? save_socket : NULL,
		.socket = on_socket,
		.restart = !c->ops || c->ops->restart ? on_restart : NULL,
		.user = c,
	};
	bool mptcp_refused = false;
	int ret;

	ret = tm_diag_dump(c->ctx, &own_netns, &request, &sink, &c->snap->gaps,
			   &mptcp_refused);
	if (ret == 0 && mptcp_refused && tm_host_mptcp_sockets(c->ctx) > 0)
		ret = tm_gaps_add(&c->snap->gaps, TCPMEM_GAP_MPTCP_MISSING,
				  "MPTCP sockets exist and the kernel does not "
				  "show them; load the module mptcp_diag");
	return ret ? ret : tm_collect_uncounted(c);
}

static int on_listener(struct tcpmem_socket *sock, void *user)
{
	struct tm_collect *c = user;
	int ret = tm_listeners_add(c->listeners, sock);

	if (ret == 0 && sock->inode)
		ret = tm_holders_expect(c->snap->holders, sock->inode);
	return ret;
}

/* Listeners own the connections that wait in their accept queues. */
static int walk_listeners(struct tm_collect *c)
{
	const struct tm_diag_request request = {
		.states = 1u << TCPMEM_STATE_LISTENING,
	};
	const struct tm_diag_sink sink = {
		.message = c->writer ? save_listener : NULL,
		.socket = on_listener,
		.user = c,
	};
	bool unused;

	return tm_diag_dump(c->ctx, &own_netns, &request, &sink, &c->snap->gaps,
			    &unused);
}

static int scan_proc(struct tm_collect *c)
{
	struct tm_proc_scan scan;
	int ret = tm_holders_proc_scan(c->ctx, c->snap->holders, &c->snap->gaps,
				       &scan);

	if (ret < 0)
		return ret;
	c->complete = !scan.denied && !scan.hidden && !scan.nested;
	c->nested = scan.nested;
	return 0;
}

/* Nobody asked for BPF by name: what it cannot do, /proc can. */
static int scan_holders(struct tm_collect *c)
{
	enum tcpmem_holder_source source = c->query->source;
	int ret;

	if (source == TCPMEM_HOLDER_SOURCE_PROC ||
	    (source == TCPMEM_HOLDER_SOURCE_AUTO &&
	     !tm_holders_bpf_pays(c->ctx)))
		return scan_proc(c);
	ret = tm_holders_bpf_scan(c->ctx, c->snap->holders);
	if (ret == 0) {
		c->complete = true;
		return 0;
	}
	tm_debug(c->ctx, "holders by BPF: %s", strerror(-ret));
	if (source == TCPMEM_HOLDER_SOURCE_BPF ||
	    tm_holders_process_count(c->snap->holders))
		return ret;
	return scan_proc(c);
}

int tm_collect_find(struct tm_collect *c)
{
	struct tm_holders *holders = c->snap->holders;
	int ret;

	ret = walk_listeners(c);
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

static int expect_inodes(struct tm_collect *c)
{
	struct tcpmem_snapshot *snap = c->snap;
	int ret = tm_holders_reserve(snap->holders, snap->sock_count);

	for (size_t i = 0; ret == 0 && i < snap->sock_count; i++)
		ret = tm_holders_expect(snap->holders, snap->sock[i].inode);
	return ret;
}

static bool is_unclaimed(const struct tcpmem_socket *sock)
{
	return sock->kind == TCPMEM_KIND_IN_FLIGHT ||
	       sock->kind == TCPMEM_KIND_HIDDEN;
}

/*
 * A socket that was closed between dump and scan has an inode that nobody
 * holds: it is gone, or an orphan by now, and not in flight.
 *
 * Return: whether it still exists.
 */
static bool refresh(struct tm_collect *c, int fd, struct tcpmem_socket *sock)
{
	struct tcpmem_socket now;
	int ret = tm_lookup(fd, sock, &now);

	if (ret == -ENOENT || ret == -ESTALE)
		return false;
	if (ret < 0)
		return true;
	now.netns = sock->netns;
	now.object = sock->object;
	now.flags |= sock->flags & TM_SOCK_SUBFLOW;
	*sock = now;
	tm_attribute(sock, c->snap->holders, c->listeners, c->complete);
	return true;
}

static int look_again(struct tm_collect *c)
{
	struct tcpmem_snapshot *snap = c->snap;
	size_t kept = 0, looked = 0;
	int fd = own_netns.open(own_netns.user);

	if (fd < 0)
		return fd;
	for (size_t i = 0; i < snap->sock_count; i++) {
		struct tcpmem_socket *sock = &snap->sock[i];

		if (is_unclaimed(sock) && looked++ < LOOK_AGAIN_MAX &&
		    !refresh(c, fd, sock))
			continue;
		snap->sock[kept++] = *sock;
	}
	snap->sock_count = kept;
	close(fd);
	return 0;
}

/* A PID namespace with all its sockets' holders in it hides nothing. */
int tm_collect_explain(struct tm_collect *c)
{
	size_t hidden = 0;

	if (!c->nested)
		return 0;
	for (size_t i = 0; i < c->snap->sock_count; i++)
		hidden += is_unclaimed(&c->snap->sock[i]);
	if (!hidden)
		return 0;
	return tm_gaps_add(&c->snap->gaps, TCPMEM_GAP_PROC_HIDDEN,
			   "%zu sockets may belong to processes outside of "
			   "this PID namespace; run on the host",
			   hidden);
}

void tm_collect_attribute(struct tm_collect *c)
{
	struct tcpmem_snapshot *snap = c->snap;

	for (size_t i = 0; i < snap->sock_count; i++) {
		if (snap->holders)
			tm_attribute(&snap->sock[i], snap->holders,
				     c->listeners, c->complete);
		else
			tm_attribute_bare(&snap->sock[i]);
	}
}

static int attribute_kept(struct tm_collect *c)
{
	int ret;

	if (!c->query->holders) {
		tm_collect_attribute(c);
		return 0;
	}
	ret = tm_holders_new(true, &c->snap->holders);
	if (ret < 0)
		return ret;
	ret = expect_inodes(c);
	if (ret < 0)
		return ret;
	ret = tm_collect_find(c);
	if (ret < 0)
		return ret;
	tm_collect_attribute(c);
	ret = look_again(c);
	if (ret == 0 && c->query->places)
		ret = tm_collect_places(c->ctx, c->snap);
	return ret < 0 ? ret : tm_collect_explain(c);
}

static int collect_kept(struct tm_collect *c)
{
	int ret = tm_collect_walk(c);

	return ret < 0 ? ret : attribute_kept(c);
}

static int collect_streamed(struct tm_collect *c)
{
	int ret = 0;

	if (c->query->holders) {
		ret = tm_holders_new(false, &c->snap->holders);
		if (ret == 0)
			ret = tm_collect_find(c);
	}
	return ret ? ret : tm_collect_walk(c);
}

static int collect(struct tm_collect *c, struct tcpmem_snapshot **snapshot)
{
	int ret = tm_collect_begin(c);

	if (ret == 0)
		ret = tm_collect_host(c);
	if (ret == 0)
		ret = c->ops ? collect_streamed(c) : collect_kept(c);
	return tm_collect_end(c, ret, snapshot);
}

int tcpmem_snapshot_take(struct tcpmem_ctx *ctx,
			 const struct tcpmem_query *query,
			 struct tcpmem_snapshot **snapshot)
{
	struct tm_collect c = { .ctx = ctx, .query = query };

	return collect(&c, snapshot);
}

int tcpmem_dump(struct tcpmem_ctx *ctx, const struct tcpmem_query *query,
		const struct tcpmem_dump_ops *ops, void *user,
		struct tcpmem_snapshot **snapshot)
{
	struct tm_collect c = {
		.ctx = ctx,
		.query = query,
		.ops = ops,
		.user = user,
	};

	if (ops->size < sizeof(*ops) || !ops->socket)
		return -EINVAL;
	return collect(&c, snapshot);
}
