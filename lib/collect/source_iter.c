// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * source_iter.c - sockets from the BPF iterator, in place of dumps
 *
 * A dump walks the tables of the whole host in each namespace. Where all that
 * a namespace counts was found by fds, there is nothing else to be dumped.
 */
#include "collect/sources.h"

#include "base/hash.h"
#include "base/util.h"

#include <errno.h>
#include <stdlib.h>

/*
 * How long it takes, in sockets that a dump passes: the rest of the table, to
 * load the iterator, and what that does for a socket.
 */
#define TABLE_AS_SOCKETS 2500
#define LOAD_AS_SOCKETS	 110000
#define ITER_AS_SOCKETS	 4

/*
 * struct found - of a namespace that the iterator saw sockets in
 * @status: NULL: it is not asked for, or not deferred
 * @index: in the list
 * @hashed: sockets that the namespace counts too
 */
struct found {
	struct tm_netns_status *status;
	uint16_t index;
	uint64_t hashed;
};

/* The first socket of each port, in the order of a dump. */
struct first_by_port {
	struct tm_index index;
	uint32_t *sock;
	size_t count, capacity;
};

/* A merge under way. */
struct merge {
	const struct tm_iter *iter;
	struct found *found;
	int ret;
};

/* TIME_WAIT has no fd, and subflows have none of their own. */
bool tm_iter_may_be_whole(const struct tm_netns_status *ns)
{
	return ns->status == TM_DUMP_PENDING && ns->counted &&
	       !ns->stat.time_wait && !ns->stat.mptcp;
}

/* A dump passes the sockets of all namespaces, whichever it is about. */
bool tm_iter_pays(const struct tm_plan *plan, const struct tm_status *status)
{
	uint64_t dumps = 0, sockets = 0;

	if (tm_plan_needs(plan, TCPMEM_NEED_INFO))
		return false;
	for (size_t i = 0; i < status->count; i++) {
		const struct tm_netns_status *ns = &status->ns[i];

		sockets += ns->counted ? ns->stat.inuse : 0;
		dumps += tm_iter_may_be_whole(ns) && ns->stat.inuse;
	}
	return dumps * (sockets + TABLE_AS_SOCKETS) >
	       LOAD_AS_SOCKETS + ITER_AS_SOCKETS * sockets;
}

int tm_iter_start(const struct tm_plan *plan, const struct tm_status *status,
		  struct tm_cache *cache, struct tm_holder_scan **scan)
{
	int ret;

	*scan = NULL;
	if (!tm_iter_pays(plan, status))
		return 0;
	ret = tm_holder_scan_start(plan, TM_SCAN_ALL_OR_NOTHING, cache, scan);
	if (ret == 0 && tm_holder_scan_brings_sockets(*scan))
		return 0;
	tm_holder_scan_free(*scan);
	*scan = NULL;
	return ret;
}

bool tm_iter_defer(struct tm_status *status)
{
	bool deferred = false;

	for (size_t i = 0; i < status->count; i++) {
		if (!tm_iter_may_be_whole(&status->ns[i]))
			continue;
		status->ns[i].status = TM_DUMP_DEFERRED;
		deferred = true;
	}
	return deferred;
}

static struct found *find_namespaces(const struct tm_iter *iter)
{
	const struct tm_iter_sockets *from = iter->from;
	struct found *found = calloc(from->netns_count + 1, sizeof(*found));

	for (size_t i = 0; found && i < from->netns_count; i++) {
		size_t index =
			tm_ns_list_find(iter->list, from->netns[i].inode);

		if (index >= iter->status->count ||
		    iter->status->ns[index].status != TM_DUMP_DEFERRED)
			continue;
		found[i].status = &iter->status->ns[index];
		found[i].index = (uint16_t)index;
	}
	return found;
}

/* A socket has a record for each fd. */
static bool is_repeat(struct tcpmem_socket *sock, void *user)
{
	struct merge *merge = user;
	struct found *found = &merge->found[sock->netns];

	if (merge->ret < 0 || !found->status)
		return true;
	merge->ret = tm_holders_add_once(merge->iter->expected, sock->inode);
	if (merge->ret <= 0)
		return true;
	found->hashed += sock->state != TCPMEM_STATE_BOUND_INACTIVE;
	return false;
}

static bool is_current(const struct tm_iter_sums *sums, size_t i)
{
	return sums->sum[i].look == sums->look;
}

/* Namespaces in which all that was found was added up. */
static int list_netns_of_sums(const struct tm_iter *iter)
{
	const struct tm_iter_sums *sums = iter->sums;
	uint16_t netns;
	int ret = 0;

	for (size_t i = 0; sums && ret == 0 && i < sums->count; i++)
		if (is_current(sums, i))
			ret = tm_iter_sockets_netns(
				iter->from, sums->sum[i].key.netns, &netns);
	return ret;
}

/* NULL: it is of an earlier look */
static struct found *found_of_sum(const struct merge *merge, size_t i)
{
	uint16_t netns = 0;

	if (!is_current(merge->iter->sums, i))
		return NULL;
	(void)tm_iter_sockets_netns(
		merge->iter->from, merge->iter->sums->sum[i].key.netns, &netns);
	return &merge->found[netns];
}

static void count_sums(const struct merge *merge)
{
	const struct tm_iter_sums *sums = merge->iter->sums;

	for (size_t i = 0; sums && i < sums->count; i++) {
		struct found *found = found_of_sum(merge, i);

		if (found)
			found->hashed += (uint64_t)sums->sum[i].sockets;
	}
}

/* Sums of namespaces that were not asked for are left out later. */
static int check_sums(const struct merge *merge)
{
	const struct tm_iter_sums *sums = merge->iter->sums;
	struct tm_live *live = merge->iter->live;
	int ret = 0;

	for (size_t i = 0; sums && i < sums->count; i++) {
		const struct found *found = found_of_sum(merge, i);

		if (!found || !found->status ||
		    found->status->status == TM_DUMP_DUMPED)
			continue;
		if (tm_sums_pause(live->cache, sums->sum[i].key.netns) < 0)
			return -ENOMEM;
		ret = -ESTALE;
	}
	return ret;
}

/* Orphans, what waits to be accepted, what is in flight: they are counted. */
static bool accept_whole(const struct merge *merge)
{
	const struct tm_iter_sockets *from = merge->iter->from;
	bool all = true;

	for (size_t i = 0; i < from->netns_count; i++) {
		struct tm_netns_status *status = merge->found[i].status;

		if (!status || status->status != TM_DUMP_DEFERRED)
			continue;
		if (!from->netns[i].partial && !status->stat.time_wait &&
		    !status->stat.mptcp &&
		    merge->found[i].hashed == status->stat.inuse)
			status->status = TM_DUMP_DUMPED;
		else
			all = false;
	}
	return all;
}

/* What was opened or closed after the first count may be in a second one. */
static int decide(const struct merge *merge)
{
	struct tm_status *status = merge->iter->status;
	int ret = 0;

	if (!accept_whole(merge)) {
		ret = tm_live_recount(merge->iter->live);
		(void)accept_whole(merge);
	}
	for (size_t i = 0; i < status->count; i++)
		if (status->ns[i].status == TM_DUMP_DEFERRED)
			status->ns[i].status = TM_DUMP_PENDING;
	return ret;
}

static bool is_unwanted(struct tcpmem_socket *sock, void *user)
{
	const struct merge *merge = user;
	const struct tm_plan *plan = merge->iter->plan;
	const struct tm_netns_status *ns = merge->found[sock->netns].status;

	return ns->status != TM_DUMP_DUMPED ||
	       !(plan->states & 1u << sock->state) ||
	       !tm_select_may(plan, &ns->facts, sock);
}

static bool wants_all(const struct merge *merge)
{
	const struct tm_plan *plan = merge->iter->plan;

	if (plan->prefiltered || plan->states != TCPMEM_STATES_ALL)
		return false;
	for (size_t i = 0; i < merge->iter->from->netns_count; i++)
		if (merge->found[i].status &&
		    merge->found[i].status->status != TM_DUMP_DUMPED)
			return false;
	return true;
}

/* Dumps show listeners, then bound sockets, then the others by their place. */
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
	int ret;

	while (tm_index_next(&first_by_port->index, &walk)) {
		uint32_t *first = &first_by_port->sock[walk.number];

		if (sock[*first].netns != self->netns ||
		    sock[*first].local_port != self->local_port)
			continue;
		if (comes_before(self, &sock[*first]))
			*first = number;
		return 0;
	}
	ret = tm_append(first_by_port->sock, first_by_port->count,
			first_by_port->capacity, &number);
	return ret ? ret
		   : tm_index_add(&first_by_port->index, walk.hash,
				  (uint32_t)first_by_port->count - 1);
}

/* By one that was added up, and comes first in a dump. */
static bool is_paid(const struct tm_iter *iter,
		    const struct tcpmem_socket *sock)
{
	return iter->sums &&
	       tm_iter_sums_pay_port(
		       iter->sums, (uint32_t)iter->list->ns[sock->netns].inode,
		       sock->local_port);
}

/* Makes of each what a dump would have shown. */
static int account(const struct merge *merge)
{
	const struct tm_iter *iter = merge->iter;
	struct tm_socket_set *set = &iter->from->sockets;
	struct first_by_port first_by_port = { 0 };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < set->count; i++) {
		struct tcpmem_socket *sock = &set->sock[i];
		struct found *found = &merge->found[sock->netns];

		sock->netns = found->index;
		tm_accounting_add(&found->status->seen, sock, iter->page_size);
		tm_account_found(sock, iter->objects, false);
		if (tm_account_has_port(sock))
			ret = add_first(&first_by_port, set->sock, (uint32_t)i);
	}
	for (size_t i = 0; ret == 0 && i < first_by_port.count; i++) {
		struct tcpmem_socket *sock = &set->sock[first_by_port.sock[i]];

		if (!is_paid(iter, sock))
			tm_account_found(sock, iter->objects, true);
	}
	free(first_by_port.sock);
	tm_index_deinit(&first_by_port.index);
	return ret;
}

static int merge_sockets(struct merge *merge)
{
	const struct tm_iter *iter = merge->iter;
	struct tm_socket_set *set = &iter->from->sockets;
	int ret;

	tm_socket_set_remove_if(set, is_repeat, merge);
	if (merge->ret < 0)
		return merge->ret;
	count_sums(merge);
	ret = decide(merge);
	if (ret == 0)
		ret = check_sums(merge);
	if (ret)
		return ret;
	if (!wants_all(merge))
		tm_socket_set_remove_if(set, is_unwanted, merge);
	ret = account(merge);
	return ret ? ret : tm_socket_set_merge(iter->sockets, set);
}

int tm_iter_merge(const struct tm_iter *iter)
{
	struct merge merge = { .iter = iter };
	int ret = list_netns_of_sums(iter);

	if (ret == 0) {
		merge.found = find_namespaces(iter);
		ret = merge.found ? merge_sockets(&merge) : -ENOMEM;
	}
	free(merge.found);
	tm_iter_sockets_deinit(iter->from);
	return ret;
}
