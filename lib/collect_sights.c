// SPDX-License-Identifier: LGPL-2.1-or-later
/* collect_sights.c - sockets that a scout brought along, in place of a dump */
#include "collect_sights.h"

#include "collect_filter.h"
#include "collect_scout.h"
#include "index.h"
#include "util.h"

#include <errno.h>
#include <stdlib.h>

/*
 * What takes how long, in sockets that a walk passes: the rest of the table, to
 * load the iterator, and what it does for a socket.
 */
#define TABLE_AS_SOCKETS 2500
#define LOAD_AS_SOCKETS	 110000
#define SIGHT_AS_SOCKETS 4

/* Of a namespace that sockets were seen in. */
struct seen {
	struct tm_ns *ns; /* NULL: it is not asked for, or not spared */
	uint16_t index;	  /* in the list */
	uint64_t hashed;  /* sockets that the namespace counts too */
};

/* The first socket of each port, in the order of a walk. */
struct firsts {
	struct tm_index index;
	uint32_t *sock;
	size_t count, capacity;
};

/* TIME_WAIT has no fd, and subflows have none of their own. */
static bool may_be_whole(const struct tm_ns *ns)
{
	return ns->outcome == TM_NS_TODO && ns->counted &&
	       !ns->stat.time_wait && !ns->stat.mptcp;
}

/* A walk passes the sockets of all namespaces, whichever it is about. */
static bool is_crowded(const struct tm_collect *c)
{
	uint64_t walks = 0, sockets = 0;

	for (size_t i = 0; i < c->list.count; i++) {
		const struct tm_ns *ns = &c->list.ns[i];

		sockets += ns->counted ? ns->stat.inuse : 0;
		walks += may_be_whole(ns) && ns->stat.inuse;
	}
	return walks * (sockets + TABLE_AS_SOCKETS) >
	       LOAD_AS_SOCKETS + SIGHT_AS_SOCKETS * sockets;
}

int tm_collect_send(struct tm_collect *c)
{
	bool crowded;
	int ret;

	if (c->scout)
		return 0;
	crowded = !(c->needs & TCPMEM_NEED_INFO) && is_crowded(c);
	if ((c->needs & TCPMEM_NEED_HOLDERS) && !c->ops)
		return tm_scout_send(c->ctx, c->query->source,
				     crowded ? TM_SCOUT_HOLDERS_AND_SIGHTS
					     : TM_SCOUT_HOLDERS,
				     c->program, &c->scout);
	if (!crowded)
		return 0;
	ret = tm_scout_send(c->ctx, c->query->source, TM_SCOUT_ALL_OR_NOTHING,
			    c->program, &c->scout);
	if (ret == 0 && tm_scout_brings_sights(c->scout)) {
		c->ops = NULL;
		return 0;
	}
	tm_scout_free(c->scout);
	c->scout = NULL;
	return ret;
}

bool tm_collect_spare(struct tm_collect *c)
{
	bool spared = false;

	if (!c->scout || !tm_scout_brings_sights(c->scout))
		return false;
	for (size_t i = 0; i < c->list.count; i++) {
		if (!may_be_whole(&c->list.ns[i]))
			continue;
		c->list.ns[i].outcome = TM_NS_SPARED;
		spared = true;
	}
	return spared;
}

static struct seen *find_namespaces(struct tm_collect *c,
				    const struct tm_sights *sights)
{
	struct seen *seen = calloc(sights->netns_count + 1, sizeof(*seen));

	for (size_t i = 0; seen && i < sights->netns_count; i++) {
		size_t index =
			tm_ns_list_find(&c->list, sights->netns[i].inode);

		if (index == c->list.count ||
		    c->list.ns[index].outcome != TM_NS_SPARED)
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

/* A socket that is met again, or in a namespace that is not spared. */
static bool is_met(struct tcpmem_socket *sock, void *user)
{
	struct meeting *m = user;
	struct seen *where = &m->seen[sock->netns];

	if (m->ret < 0 || !where->ns)
		return true;
	m->ret = tm_holders_meet(m->known, sock->inode);
	if (m->ret <= 0)
		return true;
	where->hashed += sock->state != TCPMEM_STATE_BOUND_INACTIVE;
	return false;
}

/* Keeps each socket of a spared namespace once; @known are to be held. */
static int meet(struct tm_holders *known, struct tm_sights *sights,
		struct seen *seen)
{
	struct meeting m = { .known = known, .seen = seen };

	tm_socket_set_remove_if(&sights->sockets, is_met, &m);
	return m.ret < 0 ? m.ret : 0;
}

static int meet_each(struct tm_collect *c, struct tm_sights *sights,
		     struct seen *seen)
{
	struct tm_holders *known = NULL;
	int ret;

	if (c->known)
		return meet(c->known, sights, seen);
	ret = tm_holders_new(true, &known);
	if (ret == 0)
		ret = meet(known, sights, seen);
	tm_holders_free(known);
	return ret;
}

/* Orphans, what waits to be accepted, what is in flight: they are counted. */
static void judge(struct tm_collect *c, const struct tm_sights *sights,
		  const struct seen *seen)
{
	for (size_t i = 0; i < sights->netns_count; i++)
		if (seen[i].ns && !sights->netns[i].requests &&
		    seen[i].hashed == seen[i].ns->stat.inuse)
			seen[i].ns->outcome = TM_NS_WALKED;
	for (size_t i = 0; i < c->list.count; i++)
		if (c->list.ns[i].outcome == TM_NS_SPARED)
			c->list.ns[i].outcome = TM_NS_TODO;
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

static int add_first(struct firsts *firsts, const struct tcpmem_socket *sock,
		     uint32_t number)
{
	const struct tcpmem_socket *self = &sock[number];
	struct tm_index_walk walk = {
		.hash = tm_hash(0,
				(uint64_t)self->netns << 16 | self->local_port),
	};
	uint32_t *moved;

	while (tm_index_next(&firsts->index, &walk)) {
		uint32_t *first = &firsts->sock[walk.number];

		if (sock[*first].netns != self->netns ||
		    sock[*first].local_port != self->local_port)
			continue;
		if (comes_before(self, &sock[*first]))
			*first = number;
		return 0;
	}
	moved = tm_grow(firsts->sock, firsts->count, &firsts->capacity,
			sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	firsts->sock = moved;
	moved[firsts->count] = number;
	return tm_index_add(&firsts->index, walk.hash,
			    (uint32_t)firsts->count++);
}

/* Makes of each what a dump would have shown. */
static int account(struct tm_collect *c, struct tm_sights *sights,
		   const struct seen *seen)
{
	const struct tm_objects *objects = &c->snap->objects;
	int64_t page_size = tm_collect_page_size(c);
	struct firsts firsts = { 0 };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < sights->sockets.count; i++) {
		struct tcpmem_socket *sock = &sights->sockets.sock[i];

		sock->netns = seen[sock->netns].index;
		tm_books_add(&c->snap->books, sock, page_size);
		tm_account_found(sock, objects, false);
		if (tm_account_has_port(sock))
			ret = add_first(&firsts, sights->sockets.sock,
					(uint32_t)i);
	}
	for (size_t i = 0; ret == 0 && i < firsts.count; i++)
		tm_account_found(&sights->sockets.sock[firsts.sock[i]], objects,
				 true);
	free(firsts.sock);
	tm_index_deinit(&firsts.index);
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

	return ns->outcome != TM_NS_WALKED ||
	       !(c->states & 1u << sock->state) ||
	       (c->narrow && !tm_collect_wants(c->filter, &ns->facts, sock));
}

static bool wants_all(const struct tm_collect *c,
		      const struct tm_sights *sights, const struct seen *seen)
{
	if (c->narrow || c->states != TCPMEM_STATES_ALL)
		return false;
	for (size_t i = 0; i < sights->netns_count; i++)
		if (seen[i].ns && seen[i].ns->outcome != TM_NS_WALKED)
			return false;
	return true;
}

/* Leaves those that a dump would have shown. */
static void drop_others(const struct tm_collect *c, struct tm_sights *sights,
			const struct seen *seen)
{
	struct choice choice = { .c = c, .seen = seen };

	if (!wants_all(c, sights, seen))
		tm_socket_set_remove_if(&sights->sockets, is_unwanted, &choice);
}

int tm_collect_adopt(struct tm_collect *c)
{
	struct tm_sights *sights = &c->scout->sights;
	struct seen *seen;
	int ret = tm_scout_wait(c->scout);

	if (ret < 0)
		return ret;
	seen = find_namespaces(c, sights);
	if (!seen)
		return -ENOMEM;
	ret = meet_each(c, sights, seen);
	if (ret == 0) {
		judge(c, sights, seen);
		drop_others(c, sights, seen);
		ret = account(c, sights, seen);
	}
	if (ret == 0)
		ret = tm_socket_set_merge(&c->snap->sockets, &sights->sockets);
	free(seen);
	tm_sights_deinit(sights);
	return ret;
}
