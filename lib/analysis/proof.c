// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * proof.c - whether a socket is what it looks like at one moment
 *
 * A busy service has full queues, closed peers and connections to be accepted
 * at any moment. What moves is in order; what has stood for a second, or would
 * take longer than that to empty at the pace of two looks, is not.
 */
#include "analysis/explain.h"
#include "base/util.h"

#include <errno.h>
#include <stdlib.h>

const struct tm_activity *tm_proof_activity(const struct tm_target *target,
					    const struct tcpmem_socket *sock)
{
	const struct tm_evidence *evidence = target->evidence;
	const struct tm_activity *activity;

	if (!evidence)
		return NULL;
	activity = tm_evidence_of(evidence,
				  (size_t)(sock - target->snap->sockets.sock));
	/* what the earlier look lacks is new, not gone: one look has it */
	return activity->other || evidence->ahead_ms ? activity : NULL;
}

static int64_t elapsed_ms(const struct tm_target *target)
{
	return target->evidence->elapsed_ns / 1000000;
}

static enum tm_proof prove_standing(int64_t ms)
{
	return ms >= TM_PROOF_MS ? TM_PROOF_GIVEN : TM_PROOF_OPEN;
}

/* @moved: bytes of @queue; @ms: for how long none of it did */
static enum tm_proof prove_queue(const struct tm_target *target, uint32_t queue,
				 int64_t moved, int64_t ms)
{
	int64_t elapsed = elapsed_ms(target);

	if (moved == TCPMEM_UNKNOWN)
		return TM_PROOF_OPEN;
	if (moved == 0)
		return prove_standing(ms);
	if ((double)queue * (double)elapsed <= (double)moved * TM_PROOF_MS)
		return TM_PROOF_REFUTED;
	return prove_standing(elapsed);
}

static uint32_t lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

enum tm_proof tm_prove_unread(const struct tm_target *target,
			      const struct tcpmem_socket *sock)
{
	const struct tm_activity *activity = tm_proof_activity(target, sock);

	if (!activity)
		return TM_PROOF_OPEN;
	if (!activity->other || !activity->other->rqueue)
		return TM_PROOF_REFUTED;
	return prove_queue(target, lower(sock->rqueue, activity->other->rqueue),
			   activity->read, activity->unread_ms);
}

enum tm_proof tm_prove_unsent(const struct tm_target *target,
			      const struct tcpmem_socket *sock)
{
	const struct tm_activity *activity = tm_proof_activity(target, sock);

	if (!activity)
		return TM_PROOF_OPEN;
	if (!activity->other || !tm_socket_unsent(activity->other))
		return TM_PROOF_REFUTED;
	return prove_queue(target,
			   lower(tm_socket_unsent(sock),
				 tm_socket_unsent(activity->other)),
			   activity->acked, activity->unsent_ms);
}

static int64_t age(const struct tm_target *target,
		   const struct tcpmem_socket *sock, enum tcpmem_info which)
{
	int64_t ms = 0;

	(void)tcpmem_socket_get_info(target->snap, sock, which, &ms);
	if (target->evidence)
		ms += target->evidence->ahead_ms;
	return ms;
}

/* How long ago something was sent, received or acknowledged last, or first. */
static int64_t age_of_any(const struct tm_target *target,
			  const struct tcpmem_socket *sock, bool first)
{
	static const enum tcpmem_info ages[] = {
		TCPMEM_INFO_LAST_SND,
		TCPMEM_INFO_LAST_RCV,
		TCPMEM_INFO_LAST_ACK_RECV,
	};
	int64_t found = age(target, sock, ages[0]);

	for (size_t i = 1; i < sizeof(ages) / sizeof(*ages); i++) {
		int64_t ms = age(target, sock, ages[i]);

		if (first ? ms > found : ms < found)
			found = ms;
	}
	return found;
}

/* Bit of tcpmem_socket.shutdown: it reads no more */
#define SHUT_READ 1

/* The peer has said that it sends no more, and waits for what comes. */
static bool is_awaited(const struct tm_target *target,
		       const struct tcpmem_socket *sock)
{
	const struct tm_socket_set *set = &target->snap->sockets;
	const struct tm_peer *peer = tm_socket_set_peer(set, sock);

	return peer && peer->status == TM_PEER_FOUND &&
	       peer->kind == TCPMEM_KIND_PROCESS &&
	       (peer->socket == TM_PEER_UNSELECTED ||
		!(set->sock[peer->socket].shutdown & SHUT_READ));
}

/* A half-closed connection may be in use: then something moves on it. */
enum tm_proof tm_prove_close_wait(const struct tm_target *target,
				  const struct tcpmem_socket *sock)
{
	const struct tm_activity *activity = tm_proof_activity(target, sock);

	if (is_awaited(target, sock))
		return TM_PROOF_REFUTED;
	if (activity && (!activity->other ||
			 activity->other->state != TCPMEM_STATE_CLOSE_WAIT ||
			 activity->read > 0 || activity->acked > 0))
		return TM_PROOF_REFUTED;
	/* without counters, it stays in its state however much moves */
	if (activity && (activity->read == TCPMEM_UNKNOWN ||
			 activity->acked == TCPMEM_UNKNOWN))
		return TM_PROOF_OPEN;
	if (activity && elapsed_ms(target) >= TM_PROOF_MS)
		return TM_PROOF_GIVEN;
	return prove_standing(age_of_any(target, sock, false));
}

/* It was there when anything came for the first time. */
enum tm_proof tm_prove_unaccepted(const struct tm_target *target,
				  const struct tcpmem_socket *sock)
{
	const struct tm_activity *activity = tm_proof_activity(target, sock);

	if (activity && (!activity->other || activity->other->inode))
		return TM_PROOF_REFUTED;
	if (activity && elapsed_ms(target) >= TM_PROOF_MS)
		return TM_PROOF_GIVEN;
	return prove_standing(age_of_any(target, sock, true));
}

/* The kernel takes one more than the limit. */
static bool is_full(const struct tcpmem_socket *listener)
{
	return tm_socket_knows_backlog(listener) &&
	       listener->rqueue > listener->wqueue;
}

enum tm_proof tm_prove_full(const struct tm_target *target,
			    const struct tcpmem_socket *sock)
{
	const struct tm_activity *activity = tm_proof_activity(target, sock);

	if (!is_full(sock))
		return TM_PROOF_REFUTED;
	if (!activity)
		return TM_PROOF_OPEN;
	if (!activity->other || !is_full(activity->other))
		return TM_PROOF_REFUTED;
	return prove_standing(elapsed_ms(target));
}

enum tm_proof tm_prove_drops(const struct tm_target *target,
			     const struct tcpmem_socket *sock, int64_t *dropped)
{
	const struct tm_activity *activity = tm_proof_activity(target, sock);
	int64_t drops = 0, other = 0;

	*dropped = 0;
	if (tcpmem_socket_get_metric(sock, TCPMEM_METRIC_DROPS, &drops) < 0 ||
	    !drops)
		return TM_PROOF_REFUTED;
	if (!activity)
		return TM_PROOF_OPEN;
	if (activity->other &&
	    tcpmem_socket_get_metric(activity->other, TCPMEM_METRIC_DROPS,
				     &other) == 0)
		*dropped = other > drops ? other - drops : drops - other;
	return *dropped ? TM_PROOF_GIVEN : tm_prove_full(target, sock);
}

/*
 * struct tm_accept_queue - what waits at a port for one set of processes
 * @listener: it is what the target's own listeners there have, else children
 * @alone: no other process holds them
 * @total: Recv-Q of the listeners, or the children
 * @waits: the children that wait; @least: what the smallest one holds, or
 *	TCPMEM_UNKNOWN, which is less than all, if one came without counters
 */
struct tm_accept_queue {
	uint32_t netns;
	uint32_t holder;
	uint16_t port;
	bool listener;
	bool alone;
	int64_t total;
	int64_t least;
	struct tm_heap waits;
};

static struct tm_accept_queue *get(struct tm_accept_queues *queues,
				   const struct tcpmem_socket *sock,
				   bool listener)
{
	const struct tm_accept_queue key = {
		.netns = sock->netns,
		.holder = sock->holder,
		.port = sock->local_port,
		.listener = listener,
	};

	for (size_t i = 0; i < queues->count; i++) {
		struct tm_accept_queue *queue = &queues->queue[i];

		if (queue->port == key.port && queue->netns == key.netns &&
		    queue->holder == key.holder && queue->listener == listener)
			return queue;
	}
	if (tm_append(queues->queue, queues->count, queues->capacity, &key) < 0)
		return NULL;
	return &queues->queue[queues->count - 1];
}

int tm_accept_queues_add_listener(struct tm_accept_queues *queues,
				  const struct tcpmem_socket *sock)
{
	struct tm_accept_queue *queue = get(queues, sock, true);

	if (!queue)
		return -ENOMEM;
	queue->total += sock->rqueue;
	return 0;
}

int tm_accept_queues_add_child(struct tm_accept_queues *queues,
			       const struct tm_target *target,
			       const struct tcpmem_socket *sock, int64_t bytes)
{
	enum tm_proof proof = tm_prove_unaccepted(target, sock);
	struct tm_accept_queue *queue = get(queues, sock, false);

	if (!queue)
		return -ENOMEM;
	queue->alone = tcpmem_snapshot_get_holder_count(target->snap, sock) < 2;
	queue->total++;
	if (tm_heap_add(&queue->waits, proof, bytes, sock->rqueue) &&
	    (queue->waits.sockets == 1 || bytes < queue->least))
		queue->least = bytes;
	return 0;
}

/*
 * How many of the children at @queue can be in queues of others: none where
 * the target's own listener has the same processes as they.
 */
static int64_t count_others(const struct tm_accept_queues *queues,
			    const struct tm_accept_queue *queue)
{
	int64_t own = 0;

	if (queue->alone)
		return 0;
	for (size_t i = 0; i < queues->count; i++) {
		const struct tm_accept_queue *each = &queues->queue[i];

		if (!each->listener || each->port != queue->port ||
		    each->netns != queue->netns)
			continue;
		if (each->holder == queue->holder)
			return 0;
		own += each->total;
	}
	return own < queue->total ? queue->total - own : 0;
}

/* Those that are proven, as far as they cannot be in queues of @others */
static void count_proven(const struct tm_accept_queue *queue, int64_t others,
			 struct tm_heap *heap)
{
	const struct tm_heap *waits = &queue->waits;
	int64_t own = waits->sockets - others;

	if (!others) {
		heap->sockets += waits->sockets;
		heap->bytes += waits->bytes;
		heap->uncounted += waits->uncounted;
	} else if (own > 0) {
		heap->sockets += own;
		if (queue->least == TCPMEM_UNKNOWN)
			heap->uncounted += own;
		else
			heap->bytes += queue->least * own;
	}
}

/* Where no own one is proven, those that are may turn out to be own ones. */
static void count_open(const struct tm_accept_queue *queue, int64_t others,
		       struct tm_heap *heap)
{
	const struct tm_heap *waits = &queue->waits;
	int64_t own = waits->sockets - others;
	int64_t open = own < 0 ? own + waits->open : waits->open;

	if (open <= 0)
		return;
	heap->open += open;
	heap->open_bytes += waits->open_bytes;
	if (own <= 0)
		heap->open_bytes += waits->bytes;
}

void tm_accept_queues_count(const struct tm_accept_queues *queues,
			    struct tm_heap *heap)
{
	for (size_t i = 0; i < queues->count; i++) {
		const struct tm_accept_queue *queue = &queues->queue[i];
		int64_t others = count_others(queues, queue);

		if (queue->listener)
			continue;
		count_proven(queue, others, heap);
		count_open(queue, others, heap);
	}
}

void tm_accept_queues_clear(struct tm_accept_queues *queues)
{
	free(queues->queue);
	*queues = (struct tm_accept_queues){ 0 };
}
