// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * collect_iter_sockets.c - sockets that a scan brought along, in place of a
 * dump
 */
#include "collect/source_iter.h"

#include "base/index.h"
#include "base/util.h"
#include "collect/filter.h"
#include "collect/holder_scan.h"

#include <errno.h>
#include <stdlib.h>

/*
 * What takes how long, in sockets that a walk passes: the rest of the table, to
 * load the iterator, and what it does for a socket.
 */
#define TABLE_AS_SOCKETS       2500
#define LOAD_AS_SOCKETS	       110000
#define ITER_SOCKET_AS_SOCKETS 4

/* Of a namespace that sockets were seen in. */
struct seen {
	struct tm_ns *ns; /* NULL: it is not asked for, or not deferred */
	uint16_t index;	  /* in the list */
	uint64_t hashed;  /* sockets that the namespace counts too */
};

/* The first socket of each port, in the order of a walk. */
struct first_by_port {
	struct tm_index index;
	uint32_t *sock;
	size_t count, capacity;
};

/* TIME_WAIT has no fd, and subflows have none of their own. */
static bool may_be_whole(const struct tm_ns *ns)
{
	return ns->outcome == TM_NS_PENDING && ns->counted &&
	       !ns->stat.time_wait && !ns->stat.mptcp;
}

/* A walk passes the sockets of all namespaces, whichever it is about. */
static bool iterator_pays(const struct tm_collect *c)
{
	uint64_t walks = 0, sockets = 0;

	for (size_t i = 0; i < c->list.count; i++) {
		const struct tm_ns *ns = &c->list.ns[i];

		sockets += ns->counted ? ns->stat.inuse : 0;
		walks += may_be_whole(ns) && ns->stat.inuse;
	}
	return walks * (sockets + TABLE_AS_SOCKETS) >
	       LOAD_AS_SOCKETS + ITER_SOCKET_AS_SOCKETS * sockets;
}

int tm_collect_send(struct tm_collect *c)
{
	bool pays;
	int ret;

	if (c->scan)
		return 0;
	pays = !(c->needs & TCPMEM_NEED_INFO) && iterator_pays(c);
	if ((c->needs & TCPMEM_NEED_HOLDERS) && !c->ops)
		return tm_holder_scan_send(
			c->ctx, c->query->source,
			pays ? TM_HOLDER_SCAN_HOLDERS_AND_ITER_SOCKETS
			     : TM_HOLDER_SCAN_HOLDERS,
			c->program, &c->scan);
	if (!pays)
		return 0;
	ret = tm_holder_scan_send(c->ctx, c->query->source,
				  TM_HOLDER_SCAN_ALL_OR_NOTHING, c->program,
				  &c->scan);
	if (ret == 0 && tm_holder_scan_brings_iter_sockets(c->scan)) {
		c->ops = NULL;
		return 0;
	}
	tm_holder_scan_free(c->scan);
	c->scan = NULL;
	return ret;
}

bool tm_collect_defer_dumps(struct tm_collect *c)
{
	bool deferred = false;

	if (!c->scan || !tm_holder_scan_brings_iter_sockets(c->scan))
		return false;
	for (size_t i = 0; i < c->list.count; i++) {
		if (!may_be_whole(&c->list.ns[i]))
			continue;
		c->list.ns[i].outcome = TM_NS_DEFERRED;
		deferred = true;
	}
	return deferred;
}

static struct seen *find_namespaces(struct tm_collect *c,
				    const struct tm_iter_sockets *iter_sockets)
{
	struct seen *seen =
		calloc(iter_sockets->netns_count + 1, sizeof(*seen));

	for (size_t i = 0; seen && i < iter_sockets->netns_count; i++) {
		size_t index =
			tm_ns_list_find(&c->list, iter_sockets->netns[i].inode);

		if (index == c->list.count ||
		    c->list.ns[index].outcome != TM_NS_DEFERRED)
			continue;
		seen[i].ns = &c->list.ns[index];
		seen[i].index = (uint16_t)index;
	}
	return seen;
}

struct meeting {
	struct tm_holders *known;
	struct seen *seen;
	int ret;
};

/* A socket that is met again, or in a namespace that is not deferred. */
static bool is_met(struct tcpmem_socket *sock, void *user)
{
	struct meeting *m = user;
	struct seen *where = &m->seen[sock->netns];

	if (m->ret < 0 || !where->ns)
		return true;
	m->ret = tm_holders_add_once(m->known, sock->inode);
	if (m->ret <= 0)
		return true;
	where->hashed += sock->state != TCPMEM_STATE_BOUND_INACTIVE;
	return false;
}

/* Keeps each socket of a deferred namespace once; @known are to be held. */
static int meet(struct tm_holders *known, struct tm_iter_sockets *iter_sockets,
		struct seen *seen)
{
	struct meeting m = { .known = known, .seen = seen };

	tm_socket_set_remove_if(&iter_sockets->sockets, is_met, &m);
	return m.ret < 0 ? m.ret : 0;
}

static int meet_each(struct tm_collect *c, struct tm_iter_sockets *iter_sockets,
		     struct seen *seen)
{
	struct tm_holders *known = NULL;
	int ret;

	if (c->known)
		return meet(c->known, iter_sockets, seen);
	ret = tm_holders_new(true, &known);
	if (ret == 0)
		ret = meet(known, iter_sockets, seen);
	tm_holders_free(known);
	return ret;
}

/* Orphans, what waits to be accepted, what is in flight: they are counted. */
static void judge(struct tm_collect *c,
		  const struct tm_iter_sockets *iter_sockets,
		  const struct seen *seen)
{
	for (size_t i = 0; i < iter_sockets->netns_count; i++)
		if (seen[i].ns && !iter_sockets->netns[i].requests &&
		    seen[i].hashed == seen[i].ns->stat.inuse)
			seen[i].ns->outcome = TM_NS_DUMPED;
	for (size_t i = 0; i < c->list.count; i++)
		if (c->list.ns[i].outcome == TM_NS_DEFERRED)
			c->list.ns[i].outcome = TM_NS_PENDING;
}

/* Dumps show listeners, then bound sockets, then the others as they lie. */
static uint64_t rank(const struct tcpmem_socket *sock)
{
	if (sock->state == TCPMEM_STATE_LISTENING)
		return 0;
	if (sock->state == TCPMEM_STATE_BOUND_INACTIVE)
		return 1;
	return UINT64_C(2) + sock->holder;
}

/* In one place of the table the youngest lies first. */
static bool comes_before(const struct tcpmem_socket *a,
			 const struct tcpmem_socket *b)
{
	return rank(a) != rank(b) ? rank(a) < rank(b) : a->inode > b->inode;
}

static int add_first(struct first_by_port *first_by_port,
		     const struct tcpmem_socket *sock, uint32_t number)
{
	const struct tcpmem_socket *self = &sock[number];
	struct tm_index_walk walk = {
		.hash = tm_hash(0,
				(uint64_t)self->netns << 16 | self->local_port),
	};
	uint32_t *moved;

	while (tm_index_next(&first_by_port->index, &walk)) {
		uint32_t *first = &first_by_port->sock[walk.number];

		if (sock[*first].netns != self->netns ||
		    sock[*first].local_port != self->local_port)
			continue;
		if (comes_before(self, &sock[*first]))
			*first = number;
		return 0;
	}
	moved = tm_grow(first_by_port->sock, first_by_port->count,
			&first_by_port->capacity, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	first_by_port->sock = moved;
	moved[first_by_port->count] = number;
	return tm_index_add(&first_by_port->index, walk.hash,
			    (uint32_t)first_by_port->count++);
}

/* Makes of each what a dump would have shown. */
static int account(struct tm_collect *c, struct tm_iter_sockets *iter_sockets,
		   const struct seen *seen)
{
	const struct tm_objects *objects = &c->snap->objects;
	int64_t page_size = tm_collect_page_size(c);
	struct first_by_port first_by_port = { 0 };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < iter_sockets->sockets.count; i++) {
		struct tcpmem_socket *sock = &iter_sockets->sockets.sock[i];

		sock->netns = seen[sock->netns].index;
		tm_accounting_add(&c->snap->accounting, sock, page_size);
		tm_account_found(sock, objects, false);
		if (tm_account_has_port(sock))
			ret = add_first(&first_by_port,
					iter_sockets->sockets.sock,
					(uint32_t)i);
	}
	for (size_t i = 0; ret == 0 && i < first_by_port.count; i++)
		tm_account_found(
			&iter_sockets->sockets.sock[first_by_port.sock[i]],
			objects, true);
	free(first_by_port.sock);
	tm_index_deinit(&first_by_port.index);
	return ret;
}

struct choice {
	const struct tm_collect *c;
	const struct seen *seen;
};

static bool is_unwanted(struct tcpmem_socket *sock, void *user)
{
	const struct choice *choice = user;
	const struct tm_collect *c = choice->c;
	const struct tm_ns *ns = choice->seen[sock->netns].ns;

	return ns->outcome != TM_NS_DUMPED ||
	       !(c->states & 1u << sock->state) ||
	       (c->narrow && !tm_collect_wants(c->filter, &ns->facts, sock));
}

static bool wants_all(const struct tm_collect *c,
		      const struct tm_iter_sockets *iter_sockets,
		      const struct seen *seen)
{
	if (c->narrow || c->states != TCPMEM_STATES_ALL)
		return false;
	for (size_t i = 0; i < iter_sockets->netns_count; i++)
		if (seen[i].ns && seen[i].ns->outcome != TM_NS_DUMPED)
			return false;
	return true;
}

/* Leaves those that a dump would have shown. */
static void drop_others(const struct tm_collect *c,
			struct tm_iter_sockets *iter_sockets,
			const struct seen *seen)
{
	struct choice choice = { .c = c, .seen = seen };

	if (!wants_all(c, iter_sockets, seen))
		tm_socket_set_remove_if(&iter_sockets->sockets, is_unwanted,
					&choice);
}

int tm_collect_merge(struct tm_collect *c)
{
	struct tm_iter_sockets *iter_sockets = &c->scan->iter_sockets;
	struct seen *seen;
	int ret = tm_holder_scan_wait(c->scan);

	if (ret < 0)
		return ret;
	seen = find_namespaces(c, iter_sockets);
	if (!seen)
		return -ENOMEM;
	ret = meet_each(c, iter_sockets, seen);
	if (ret == 0) {
		judge(c, iter_sockets, seen);
		drop_others(c, iter_sockets, seen);
		ret = account(c, iter_sockets, seen);
	}
	if (ret == 0)
		ret = tm_socket_set_merge(&c->snap->sockets,
					  &iter_sockets->sockets);
	free(seen);
	tm_iter_sockets_deinit(iter_sockets);
	return ret;
}
