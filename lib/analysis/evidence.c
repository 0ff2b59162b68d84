// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * evidence.c - what each socket did between two snapshots
 *
 * A full queue is no proof that nobody reads it: a fast reader may have one at
 * any moment. What was read is what came, less what the queue grew by; what was
 * written is what the peer acknowledged, plus what the queue grew by.
 */
#include "analysis/blame.h"

#include "analysis/diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS 1000000

/* struct looks - a socket's record in the earlier and the later snapshot */
struct looks {
	const struct tcpmem_snapshot *before_snap, *after_snap;
	const struct tcpmem_socket *before, *after;
	int64_t elapsed_ms;
};

/* Counters only rise: one that falls is none. */
static int64_t difference(const struct looks *looks, enum tcpmem_info which)
{
	int64_t before, after, value;

	if (tcpmem_socket_get_info(looks->before_snap, looks->before, which,
				   &before) < 0 ||
	    tcpmem_socket_get_info(looks->after_snap, looks->after, which,
				   &after) < 0 ||
	    __builtin_sub_overflow(after, before, &value) || value < 0)
		return TCPMEM_UNKNOWN;
	return value;
}

/*
 * The kernel reads the queues before the counters, and a packet may come in
 * between: a small negative result is 0.
 */
static int64_t less(int64_t bytes, int64_t growth)
{
	int64_t value;

	if (bytes == TCPMEM_UNKNOWN ||
	    __builtin_sub_overflow(bytes, growth, &value))
		return TCPMEM_UNKNOWN;
	return value > 0 ? value : 0;
}

bool tm_window_is_shut(const struct tcpmem_snapshot *snap,
		       const struct tcpmem_socket *sock)
{
	int64_t window;

	return sock->timer == TCPMEM_TIMER_PROBE ||
	       (tcpmem_socket_get_info(snap, sock, TCPMEM_INFO_SND_WND,
				       &window) == 0 &&
		window == 0);
}

/* The time since @which, ms in the earlier snapshot, until the later one. */
static int64_t age(const struct looks *looks, enum tcpmem_info which)
{
	int64_t ms = 0;

	(void)tcpmem_socket_get_info(looks->before_snap, looks->before, which,
				     &ms);
	return ms + looks->elapsed_ms;
}

static int64_t age_unsent(const struct looks *looks)
{
	int64_t sent = age(looks, TCPMEM_INFO_LAST_SND);
	int64_t heard = age(looks, TCPMEM_INFO_LAST_ACK_RECV);

	return sent > heard ? sent : heard;
}

static void compare(const struct looks *looks, struct tm_activity *activity)
{
	int64_t unread = (int64_t)looks->after->rqueue - looks->before->rqueue;
	int64_t unsent = (int64_t)tm_socket_unsent(looks->after) -
			 tm_socket_unsent(looks->before);

	activity->received = difference(looks, TCPMEM_INFO_BYTES_RECEIVED);
	activity->acked = difference(looks, TCPMEM_INFO_BYTES_ACKED);
	activity->read = less(activity->received, unread);
	activity->written = less(activity->acked, -unsent);
	activity->busy_us = difference(looks, TCPMEM_INFO_BUSY_TIME);
	activity->rwnd_us = difference(looks, TCPMEM_INFO_RWND_LIMITED);
	activity->sndbuf_us = difference(looks, TCPMEM_INFO_SNDBUF_LIMITED);
	activity->shut = tm_window_is_shut(looks->before_snap, looks->before) ||
			 tm_window_is_shut(looks->after_snap, looks->after);
	if (looks->before->rqueue && looks->after->rqueue &&
	    activity->read == 0)
		activity->unread_ms = age(looks, TCPMEM_INFO_LAST_RCV);
	if (tm_socket_unsent(looks->before) && tm_socket_unsent(looks->after) &&
	    activity->acked == 0)
		activity->unsent_ms = age_unsent(looks);
}

static const struct tm_activity nothing = {
	.received = TCPMEM_UNKNOWN,
	.read = TCPMEM_UNKNOWN,
	.written = TCPMEM_UNKNOWN,
	.acked = TCPMEM_UNKNOWN,
	.busy_us = TCPMEM_UNKNOWN,
	.rwnd_us = TCPMEM_UNKNOWN,
	.sndbuf_us = TCPMEM_UNKNOWN,
	.unread_ms = TCPMEM_UNKNOWN,
	.unsent_ms = TCPMEM_UNKNOWN,
};

/* @first: the snapshot that evidence is about is the earlier one */
static void compare_all(struct tm_pairs *pairs, bool first,
			struct tm_evidence *evidence)
{
	const struct tcpmem_snapshot *snap = pairs->after;
	const struct tcpmem_snapshot *other = pairs->before;
	uint32_t last = 0;

	for (size_t i = 0; i < evidence->count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];
		const struct tcpmem_socket *found = tm_pairs_find(pairs, sock);
		struct looks looks = { first ? snap : other,
				       first ? other : snap,
				       first ? sock : found,
				       first ? found : sock,
				       evidence->elapsed_ns / NS_PER_MS };

		if (!found)
			continue;
		evidence->place[i] = ++last;
		evidence->activity[last] = nothing;
		evidence->activity[last].other = found;
		compare(&looks, &evidence->activity[last]);
	}
}

static bool is_earlier(const struct tcpmem_snapshot *a,
		       const struct tcpmem_snapshot *b)
{
	return a->clock.boottime_ns < b->clock.boottime_ns;
}

int tm_evidence_make(const struct tcpmem_snapshot *snap,
		     const struct tcpmem_snapshot *other,
		     struct tm_evidence *evidence)
{
	bool first = is_earlier(snap, other);
	struct tm_pairs pairs;
	int ret;

	memset(evidence, 0, sizeof(*evidence));
	evidence->count = snap->sockets.count;
	evidence->place = calloc(evidence->count + 1, sizeof(*evidence->place));
	/* each of the other one's is found once */
	evidence->activity = malloc((other->sockets.count + 1) *
				    sizeof(*evidence->activity));
	if (!evidence->place || !evidence->activity)
		return -ENOMEM;
	*evidence->activity = nothing;
	/* the other one may have far fewer sockets */
	ret = tm_pairs_init(&pairs, other, snap);
	if (ret == 0 && pairs.match == TCPMEM_MATCH_COOKIE) {
		evidence->elapsed_ns = llabs(snap->clock.boottime_ns -
					     other->clock.boottime_ns);
		if (first)
			evidence->ahead_ms = evidence->elapsed_ns / NS_PER_MS;
		compare_all(&pairs, first, evidence);
	}
	tm_pairs_deinit(&pairs);
	return ret;
}

static int make_room_for_info(struct tm_socket_set *set)
{
	if (set->with_info)
		return 0;
	set->info = calloc(set->count + 1, sizeof(*set->info));
	if (!set->info)
		return -ENOMEM;
	set->info_capacity = set->count + 1;
	set->with_info = true;
	return 0;
}

/* Memory stays what the sums were made of. */
static void renew(struct tcpmem_socket *sock, const struct tcpmem_socket *now)
{
	sock->rqueue = now->rqueue;
	sock->wqueue = now->wqueue;
	sock->timer = now->timer;
	sock->retrans = now->retrans;
}

int tcpmem_snapshot_add_info(struct tcpmem_snapshot *snapshot,
			     const struct tcpmem_snapshot *other)
{
	struct tm_socket_set *set = &snapshot->sockets;
	struct tm_pairs pairs;
	int ret;

	if (!other->sockets.with_info)
		return -EINVAL;
	ret = tm_pairs_init(&pairs, other, snapshot);
	if (ret == 0)
		ret = make_room_for_info(set);
	for (size_t i = 0; ret == 0 && i < set->count; i++) {
		const struct tcpmem_socket *now =
			tm_pairs_find(&pairs, &set->sock[i]);

		if (!now)
			continue;
		renew(&set->sock[i], now);
		set->info[i] = other->sockets.info[now - other->sockets.sock];
	}
	if (ret == 0)
		snapshot->clock = other->clock;
	tm_pairs_deinit(&pairs);
	return ret;
}

void tm_evidence_clear(struct tm_evidence *evidence)
{
	free(evidence->place);
	free(evidence->activity);
	memset(evidence, 0, sizeof(*evidence));
}

int64_t tm_evidence_rate(const struct tm_evidence *evidence, int64_t bytes)
{
	if (bytes == TCPMEM_UNKNOWN || evidence->elapsed_ns <= 0)
		return TCPMEM_UNKNOWN;
	return (int64_t)((double)bytes * 1e9 / (double)evidence->elapsed_ns);
}
