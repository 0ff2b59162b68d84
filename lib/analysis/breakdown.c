// SPDX-License-Identifier: LGPL-2.1-or-later
/* breakdown.c - one walk over the sockets: what of them concerns a process */
#include "analysis/explain.h"
#include "tcpmem/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A connection without data for so long is called idle, ms. */
#define IDLE_MS 10000
/* Peers of orphans that are named. */
#define ORPHAN_ROWS 10

static void add(struct tm_heap *heap, int64_t bytes, int64_t payload)
{
	heap->sockets++;
	heap->payload += payload;
	if (bytes == TCPMEM_UNKNOWN)
		heap->uncounted++;
	else
		heap->bytes += bytes;
}

bool tm_heap_add(struct tm_heap *heap, enum tm_proof proof, int64_t bytes,
		 int64_t payload)
{
	if (proof == TM_PROOF_GIVEN) {
		add(heap, bytes, payload);
	} else if (proof == TM_PROOF_OPEN) {
		heap->open++;
		heap->open_bytes += bytes == TCPMEM_UNKNOWN ? 0 : bytes;
	}
	return proof == TM_PROOF_GIVEN;
}

/* Return: whether it is proven. */
static bool add_if(struct tm_breakdown *breakdown,
		   enum tcpmem_finding_code code, enum tm_proof proof,
		   int64_t bytes, int64_t payload)
{
	return tm_heap_add(&breakdown->heap[code], proof, bytes, payload);
}

/* add_if(), and who is at the other end */
static bool add_with_peer(const struct tm_target *target,
			  const struct tcpmem_socket *sock,
			  struct tm_breakdown *breakdown,
			  enum tcpmem_finding_code code, enum tm_proof proof,
			  int64_t bytes, int64_t payload)
{
	if (!add_if(breakdown, code, proof, bytes, payload))
		return false;
	tm_peer_groups_add(&breakdown->heap[code].peers, target->snap, sock);
	return true;
}

static void date(struct tm_breakdown *breakdown, enum tcpmem_finding_code code,
		 int64_t ms)
{
	struct tm_heap *heap = &breakdown->heap[code];

	if (!heap->dated || ms < heap->newest)
		heap->newest = ms;
	if (ms > heap->oldest)
		heap->oldest = ms;
	heap->dated++;
}

static int64_t number(const struct tcpmem_socket *sock,
		      enum tcpmem_metric which)
{
	int64_t value;

	return tcpmem_socket_get_metric(sock, which, &value) == 0 ? value : 0;
}

static int64_t held_by(const struct tcpmem_socket *sock)
{
	int64_t held;

	return tcpmem_socket_get_metric(sock, TCPMEM_METRIC_HELD, &held) == 0
		       ? held
		       : TCPMEM_UNKNOWN;
}

static int compare_pids(const void *a, const void *b)
{
	const uint32_t *p = a, *q = b;

	return (*p > *q) - (*p < *q);
}

bool tm_is_one_of(const uint32_t *pids, size_t count, uint32_t pid)
{
	return bsearch(&pid, pids, count, sizeof(*pids), compare_pids);
}

/* Whether somebody holds it who is, or is not, among them */
static bool has_holder(const struct tcpmem_snapshot *snap,
		       const struct tcpmem_socket *sock, const uint32_t *pids,
		       size_t pid_count, bool among)
{
	size_t count = tcpmem_snapshot_get_holder_count(snap, sock);

	for (size_t i = 0; i < count; i++)
		if (tm_is_one_of(
			    pids, pid_count,
			    tcpmem_process_get_pid(tcpmem_snapshot_get_holder(
				    snap, sock, i))) == among)
			return true;
	return false;
}

bool tm_is_held_by(const struct tcpmem_snapshot *snap,
		   const struct tcpmem_socket *sock, const uint32_t *pids,
		   size_t pid_count)
{
	return has_holder(snap, sock, pids, pid_count, true);
}

static void note(struct tm_busiest *busiest, const struct tcpmem_socket *sock,
		 int64_t amount)
{
	if (amount < busiest->most)
		return;
	busiest->port = sock->local_port;
	busiest->most = amount;
	busiest->limit = sock->wqueue;
}

static void look_at_listener(const struct tm_target *target,
			     const struct tcpmem_socket *sock,
			     struct tm_breakdown *breakdown)
{
	int64_t drops = number(sock, TCPMEM_METRIC_DROPS);
	int64_t dropped;

	if (add_if(breakdown, TCPMEM_FINDING_BACKLOG_FULL,
		   tm_prove_full(target, sock), 0, sock->rqueue))
		note(&breakdown->full, sock, sock->rqueue);
	if (add_if(breakdown, TCPMEM_FINDING_BACKLOG_DROPS,
		   tm_prove_drops(target, sock, &dropped), 0, drops)) {
		breakdown->heap[TCPMEM_FINDING_BACKLOG_DROPS].moved += dropped;
		note(&breakdown->drops, sock, drops);
	}
}

/* Limits apply to sockets of the process's own namespace alone. */
static bool is_at(const struct tm_target *target,
		  const struct tcpmem_socket *sock, const char *limit,
		  enum tcpmem_metric metric)
{
	const struct tcpmem_limit *max;

	if (!target->limits || sock->netns != target->netns)
		return false;
	max = tm_limits_find(&target->limits->limits, limit);
	return max->known && number(sock, metric) >= max->value;
}

/* What is sent again and moves all the same is not stuck, only slow. */
static bool is_sent_again(const struct tm_target *target,
			  const struct tcpmem_socket *sock)
{
	const struct tm_activity *activity = tm_proof_activity(target, sock);

	return sock->timer == TCPMEM_TIMER_RETRANSMIT && sock->retrans &&
	       (!activity || activity->acked <= 0);
}

/*
 * Who has read all that came, at one of the looks, does not shut the window:
 * the path is slow. At any moment a fast reader may have something to read.
 */
static bool is_read_out(const struct tm_target *target,
			const struct tcpmem_socket *sock)
{
	const struct tm_socket_set *set = &target->snap->sockets;
	const struct tm_peer *peer = tm_socket_set_peer(set, sock);
	const struct tm_activity *activity;
	const struct tcpmem_socket *end;

	if (!peer || peer->status != TM_PEER_FOUND ||
	    peer->socket == TM_PEER_UNSELECTED)
		return false;
	end = &set->sock[peer->socket];
	activity = tm_proof_activity(target, end);
	return !end->rqueue ||
	       (activity && activity->other && !activity->other->rqueue);
}

static void look_at_sent(const struct tm_target *target,
			 const struct tcpmem_socket *sock,
			 struct tm_breakdown *breakdown)
{
	const struct tm_activity *activity = tm_proof_activity(target, sock);
	enum tcpmem_finding_code code = TCPMEM_FINDING_UNDELIVERED;
	int64_t wmem = number(sock, TCPMEM_METRIC_WMEM_QUEUED);
	enum tm_proof proof;

	if (!wmem || !tm_socket_unsent(sock))
		return;
	proof = tm_prove_unsent(target, sock);
	if (is_sent_again(target, sock))
		code = TCPMEM_FINDING_RETRANSMITTING;
	else if ((activity ? activity->shut
			   : tm_window_is_shut(target->snap, sock)) &&
		 !is_read_out(target, sock))
		code = TCPMEM_FINDING_ZERO_WINDOW;
	if (is_at(target, sock, "tcp_wmem_max", TCPMEM_METRIC_SNDBUF))
		add_if(breakdown, TCPMEM_FINDING_SNDBUF_MAX, proof, wmem, 0);
	if (!add_with_peer(target, sock, breakdown, code, proof, wmem,
			   tm_socket_unsent(sock)) ||
	    !activity)
		return;
	breakdown->heap[code].moved += activity->acked;
	if (activity->busy_us > 0 && activity->rwnd_us > 0) {
		breakdown->heap[code].busy_us += activity->busy_us;
		breakdown->heap[code].rwnd_us += activity->rwnd_us;
	}
}

static void look_at_received(const struct tm_target *target,
			     const struct tcpmem_socket *sock,
			     struct tm_breakdown *breakdown)
{
	const struct tm_activity *activity = tm_proof_activity(target, sock);
	int64_t rmem = number(sock, TCPMEM_METRIC_RMEM);
	enum tm_proof proof;
	int64_t ms;

	/* the peer's FIN counts as one byte */
	if (!rmem || sock->rqueue <= (sock->state == TCPMEM_STATE_CLOSE_WAIT))
		return;
	proof = tm_prove_unread(target, sock);
	if (is_at(target, sock, "tcp_rmem_max", TCPMEM_METRIC_RCVBUF))
		add_if(breakdown, TCPMEM_FINDING_RCVBUF_MAX, proof, rmem, 0);
	if (!add_with_peer(target, sock, breakdown, TCPMEM_FINDING_UNREAD,
			   proof, rmem, sock->rqueue))
		return;
	breakdown->heap[TCPMEM_FINDING_UNREAD].moved += activity->read;
	if (tcpmem_socket_get_info(target->snap, sock, TCPMEM_INFO_LAST_RCV,
				   &ms) == 0)
		date(breakdown, TCPMEM_FINDING_UNREAD, ms);
}

/* Silent for longer than tcp_keepalive_time: keepalive would have probed. */
static void look_at_silence(const struct tm_target *target,
			    const struct tcpmem_socket *sock,
			    struct tm_breakdown *breakdown)
{
	const struct tcpmem_limit *time;
	int64_t data, ack, ms;

	if (!target->limits || sock->netns != target->netns ||
	    tcpmem_socket_get_info(target->snap, sock, TCPMEM_INFO_LAST_RCV,
				   &data) < 0 ||
	    tcpmem_socket_get_info(target->snap, sock,
				   TCPMEM_INFO_LAST_ACK_RECV, &ack) < 0)
		return;
	time = tm_limits_find(&target->limits->limits, "tcp_keepalive_time");
	ms = data < ack ? data : ack;
	if (!time->known || ms / 1000 <= time->value)
		return;
	add(&breakdown->heap[TCPMEM_FINDING_NO_KEEPALIVE], held_by(sock), 0);
	date(breakdown, TCPMEM_FINDING_NO_KEEPALIVE, ms);
}

/*
 * Without data at this moment, and for a while before.  What a program
 * attached to the socket keeps in optmem is no data.
 */
static bool is_idle(const struct tm_target *target,
		    const struct tcpmem_socket *sock)
{
	int64_t buffer, sent, received;

	return tcpmem_socket_get_metric(sock, TCPMEM_METRIC_BUFFER, &buffer) ==
		       0 &&
	       buffer == number(sock, TCPMEM_METRIC_OPTMEM) &&
	       tcpmem_socket_get_info(target->snap, sock, TCPMEM_INFO_LAST_SND,
				      &sent) == 0 &&
	       tcpmem_socket_get_info(target->snap, sock, TCPMEM_INFO_LAST_RCV,
				      &received) == 0 &&
	       sent >= IDLE_MS && received >= IDLE_MS;
}

static void look_at_established(const struct tm_target *target,
				const struct tcpmem_socket *sock,
				struct tm_breakdown *breakdown)
{
	bool on = sock->timer == TCPMEM_TIMER_KEEPALIVE;

	/* its subflows have the timers */
	if (sock->flags & TM_SOCK_MPTCP)
		return;
	/* the kernel reports one timer, which may hide the keepalive timer */
	if (!on && sock->timer) {
		breakdown->keepalive_unknown++;
		return;
	}
	breakdown->keepalive += on;
	breakdown->no_keepalive += !on;
	if (!on)
		look_at_silence(target, sock, breakdown);
	if (!is_idle(target, sock))
		return;
	add(&breakdown->heap[TCPMEM_FINDING_IDLE], held_by(sock), 0);
	breakdown->idle_keepalive += on;
}

/* Return: 0 or -ENOMEM. */
static int look_at(const struct tm_target *target,
		   const struct tcpmem_socket *sock,
		   struct tm_accept_queues *queues,
		   struct tm_breakdown *breakdown)
{
	int64_t held = held_by(sock);

	if (sock->state == TCPMEM_STATE_LISTENING) {
		look_at_listener(target, sock, breakdown);
		return tm_accept_queues_add_listener(queues, sock);
	}
	if (sock->kind == TCPMEM_KIND_UNACCEPTED) {
		add(&breakdown->unaccepted, held, sock->rqueue);
		return tm_accept_queues_add_child(queues, target, sock, held);
	}
	if (sock->kind == TCPMEM_KIND_DARK) {
		/* an unbound socket is in no accept queue */
		if (number(sock, TCPMEM_METRIC_RMEM))
			add(&breakdown->heap[TCPMEM_FINDING_DARK], held, 0);
		return 0;
	}
	look_at_received(target, sock, breakdown);
	look_at_sent(target, sock, breakdown);
	if (sock->state == TCPMEM_STATE_CLOSE_WAIT)
		add_with_peer(
			target, sock, breakdown, TCPMEM_FINDING_CLOSE_WAIT,
			tm_prove_close_wait(target, sock), held, sock->rqueue);
	if (sock->state == TCPMEM_STATE_ESTABLISHED)
		look_at_established(target, sock, breakdown);
	return 0;
}

/* @range: local ports of the target's namespace; NULL: unknown */
static int look_at_port(const struct tm_target *target,
			const struct tcpmem_socket *sock,
			const struct tcpmem_limit *range, bool mine,
			struct tm_port_counts *ports)
{
	if (!range || sock->netns != target->netns ||
	    sock->flags & TM_SOCK_SUBFLOW)
		return 0;
	return tm_port_counts_add(ports, sock, range, mine);
}

/* A port of namespace @netns; @address: NULL for this end's */
static uint64_t place_key(uint32_t netns, uint16_t port,
			  const uint8_t address[16])
{
	uint64_t half[2] = { 0 }, key = 0;

	if (address)
		memcpy(half, address, sizeof(half));
	for (uint32_t seed = 1; seed <= 2; seed++)
		key = key << 32 |
		      tm_hash(tm_hash(tm_hash(seed,
					      (uint64_t)netns << 16 | port),
				      half[0]),
			      half[1]);
	return key | 1;
}

/* Where @sock is, and where it leads to */
static int note_places(struct tm_u64set *places,
		       const struct tcpmem_socket *sock)
{
	int ret = tm_u64set_add(places,
				place_key(sock->netns, sock->local_port, NULL));

	if (ret == 0 && sock->remote_port)
		ret = tm_u64set_add(places,
				    place_key(sock->netns, sock->remote_port,
					      sock->remote));
	return ret;
}

/* It may have been accepted here, leads to here, or to where others here do. */
static bool is_near(const struct tm_u64set *places,
		    const struct tcpmem_socket *sock)
{
	return tm_u64set_has(places,
			     place_key(sock->netns, sock->local_port, NULL)) ||
	       tm_u64set_has(places,
			     place_key(sock->netns, sock->remote_port, NULL)) ||
	       tm_u64set_has(places, place_key(sock->netns, sock->remote_port,
					       sock->remote));
}

/* A subflow is no socket by itself. */
static void add_shared(struct tm_heap *shared, const struct tcpmem_socket *sock)
{
	add(shared, held_by(sock), 0);
	shared->sockets -= !!(sock->flags & TM_SOCK_SUBFLOW);
}

static int look_at_all(const struct tm_target *target, struct tm_u64set *places,
		       struct tm_port_counts *ports,
		       struct tm_breakdown *breakdown)
{
	const struct tcpmem_snapshot *snap = target->snap;
	const struct tcpmem_limit *range = NULL;
	struct tm_accept_queues queues = { 0 };
	int ret = 0;

	if (target->limits)
		range = tm_limits_find(&target->limits->limits,
				       "ip_local_port_range");
	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];
		bool mine =
			tm_is_held_by(snap, sock, target->pids, target->count);

		ret = look_at_port(target, sock, range, mine, ports);
		if (!mine || ret < 0)
			continue;
		ret = note_places(places, sock);
		if (ret == 0)
			ret = look_at(target, sock, &queues, breakdown);
		if (has_holder(snap, sock, target->pids, target->count, false))
			add_shared(&breakdown->shared, sock);
	}
	tm_accept_queues_count(&queues,
			       &breakdown->heap[TCPMEM_FINDING_UNACCEPTED]);
	tm_accept_queues_clear(&queues);
	return ret;
}

/* An orphan's past owner is unknown: those at other ports are others'. */
static int look_at_orphans(const struct tcpmem_snapshot *snap,
			   const struct tm_u64set *places,
			   struct tm_breakdown *breakdown)
{
	int ret = tcpmem_table_new("peer,user", &breakdown->orphans);

	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];

		if (sock->kind == TCPMEM_KIND_ORPHAN && is_near(places, sock))
			ret = tcpmem_table_add(breakdown->orphans, snap, sock);
	}
	if (ret == 0)
		ret = tcpmem_table_finish(breakdown->orphans);
	if (ret == 0)
		ret = tcpmem_table_sort(breakdown->orphans, "-held");
	return ret ? ret : tcpmem_table_limit(breakdown->orphans, ORPHAN_ROWS);
}

int tm_breakdown_make(const struct tm_target *target,
		      struct tm_breakdown *breakdown)
{
	struct tm_port_counts ports = { 0 };
	struct tm_u64set places;
	int ret;

	memset(breakdown, 0, sizeof(*breakdown));
	ret = tm_u64set_init(&places, 64);
	if (ret < 0)
		return ret;
	ret = look_at_all(target, &places, &ports, breakdown);
	if (ret == 0)
		ret = look_at_orphans(target->snap, &places, breakdown);
	if (ret == 0)
		tm_port_counts_find(&ports, &breakdown->ports);
	for (size_t i = 0; i < TCPMEM_FINDING_COUNT; i++)
		tm_peer_groups_sort(&breakdown->heap[i].peers);
	tm_port_counts_clear(&ports);
	tm_u64set_deinit(&places);
	return ret;
}

void tm_breakdown_clear(struct tm_breakdown *breakdown)
{
	for (size_t i = 0; i < TCPMEM_FINDING_COUNT; i++)
		tm_peer_groups_clear(&breakdown->heap[i].peers);
	tcpmem_table_free(breakdown->orphans);
	breakdown->orphans = NULL;
}
