// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * trend_known.c - sockets from one snapshot to the next: new, older, gone
 *
 * What tells a leak from busy sockets is whether old ones stay, and are not in
 * use. So each socket is known with the sample that it was first seen in, and
 * the one that saw it in use last, in each group by itself: one that comes to a
 * group is new there.
 */
#include "analysis/trend.h"

#include "analysis/table.h"
#include "base/util.h"
#include "model/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * CLOSE_WAIT for longer than this is taken for a leak, if enough samples saw
 * it: while a machine is suspended no program can close anything.
 */
#define CLOSE_WAIT_NS INT64_C(60000000000)

/* struct meeting - a snapshot's sockets compared with the tracked ones */
struct meeting {
	struct tcpmem_trend *trend;
	struct tm_known_set next;
	int64_t ns;
	int64_t elapsed_ns; /* since the sample before */
	uint32_t sample;
	struct tm_use use; /* of the socket that is met */
};

void tm_known_set_deinit(struct tm_known_set *set)
{
	free(set->known);
	tm_index_deinit(&set->index);
	memset(set, 0, sizeof(*set));
}

static struct tm_known *find(const struct tm_known_set *set, uint32_t hash,
			     uint64_t id, uint32_t group)
{
	struct tm_index_walk walk = { .hash = hash };

	while (tm_index_next(&set->index, &walk)) {
		struct tm_known *known = &set->known[walk.number];

		if (known->id == id && known->group == group && !known->met)
			return known;
	}
	return NULL;
}

/* Numbers of groups change when some are dropped, labels do not. */
static uint32_t hash_of(const struct tcpmem_trend *trend, uint64_t id,
			uint32_t group)
{
	return tm_hash(trend->seed + trend->group[group]->label, id);
}

static bool is_chosen(const struct tcpmem_trend *trend, uint64_t id)
{
	uint32_t mask = (1u << trend->sparse) - 1;

	return (tm_hash(trend->seed, id) & mask) == 0;
}

/* Too many: half of the sockets are dropped, the others count twice. */
static int forget_half(struct tcpmem_trend *trend, struct tm_known_set *set)
{
	struct tm_known_set kept = { .known = set->known,
				     .capacity = set->capacity };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < set->count; i++) {
		const struct tm_known known = set->known[i];

		if (!is_chosen(trend, known.id))
			continue;
		kept.known[kept.count] = known;
		ret = tm_index_add(&kept.index,
				   hash_of(trend, known.id, known.group),
				   (uint32_t)kept.count);
		kept.count++;
	}
	tm_index_deinit(&set->index);
	*set = kept;
	return ret;
}

static int keep(struct meeting *m, uint32_t hash, const struct tm_known *known)
{
	struct tm_known_set *set = &m->next;
	int ret = tm_append(set->known, set->count, set->capacity, known);

	return ret ? ret
		   : tm_index_add(&set->index, hash, (uint32_t)set->count - 1);
}

static void age(const struct meeting *m, struct tm_age_histogram *ages,
		uint32_t since)
{
	uint64_t samples = since ? m->sample - since : UINT64_MAX;

	for (size_t i = 0; i < TM_TREND_AGES; i++)
		if (samples >= tm_trend_age(i))
			ages->old[i] += 1u << m->trend->sparse;
}

static bool has_waited_long(const struct meeting *m,
			    const struct tm_known *known)
{
	uint32_t first = known->waits_since ? known->waits_since : 1;

	return m->ns - known->waits_ns >= CLOSE_WAIT_NS &&
	       m->sample - first + 1 >= TCPMEM_TREND_SAMPLES_MIN;
}

/* What is in its send queue was written, or so it may be. */
static bool may_be_in_use(const struct meeting *m,
			  const struct tcpmem_socket *sock,
			  const struct tm_known *known)
{
	return known->used == m->sample || (!m->use.known && sock->wqueue);
}

static void wait_or_not(struct meeting *m, const struct tcpmem_socket *sock,
			struct tm_known *known)
{
	struct tm_trend_group *group = m->trend->group[known->group];
	struct tm_point *now = tm_trend_now(m->trend, known->group);
	struct tm_age_histogram *ages = &now->ages[TM_TREND_CLOSE_WAIT];

	if (sock->state != TCPMEM_STATE_CLOSE_WAIT) {
		known->waits_since = TM_TREND_NEVER;
		return;
	}
	/* half-closed connections may be in use */
	if (known->waits_since == TM_TREND_NEVER ||
	    may_be_in_use(m, sock, known)) {
		known->waits_since = m->sample == 1 ? 0 : m->sample;
		known->waits_ns = m->ns;
	}
	age(m, ages, known->waits_since);
	group->close_wait += 1 << m->trend->sparse;
	if (has_waited_long(m, known))
		group->close_wait_aged += 1 << m->trend->sparse;
}

static bool has_connection(const struct tcpmem_socket *sock)
{
	return !(sock->flags & TM_SOCK_MINI) &&
	       sock->state != TCPMEM_STATE_CLOSED &&
	       sock->state != TCPMEM_STATE_LISTENING &&
	       sock->state != TCPMEM_STATE_BOUND_INACTIVE;
}

/* Without a connection nothing can be read or written. */
static struct tm_use use_of(const struct tcpmem_snapshot *snap,
			    const struct tcpmem_socket *sock)
{
	struct tm_use use = { .wqueue = sock->wqueue };
	int64_t received, acked;

	if (!has_connection(sock))
		return (struct tm_use){ .known = true };
	if (tcpmem_socket_get_info(snap, sock, TCPMEM_INFO_BYTES_RECEIVED,
				   &received) < 0 ||
	    tcpmem_socket_get_info(snap, sock, TCPMEM_INFO_BYTES_ACKED,
				   &acked) < 0)
		return use;
	use.known = true;
	use.read = (uint64_t)received - sock->rqueue;
	use.acked = (uint64_t)acked;
	return use;
}

/* @old: what the sample before had; its pause ends if it was in use since. */
static void note_use(const struct meeting *m, struct tm_known *known)
{
	struct tm_use old = known->use;
	uint32_t pause = m->sample - known->used;

	known->use = m->use;
	if (!m->use.known ||
	    (old.known && old.read == m->use.read &&
	     old.acked + old.wqueue == m->use.acked + m->use.wqueue))
		return;
	/* until it was first measured it may have been in use */
	if (old.known && pause > 1 && pause > known->pause)
		known->pause = pause;
	known->used = m->sample;
}

/*
 * A socket that is used now and then is so again: its pauses are no end. Whose
 * use was not measured may be in use.
 */
static void age_unused(const struct meeting *m, struct tm_point *now,
		       const struct tm_known *known)
{
	struct tm_age_histogram *ages = &now->ages[TM_TREND_UNUSED];

	if (!m->use.known)
		return;
	if (!known->since)
		age(m, ages, 0);
	else if (m->sample - known->used > 2 * known->pause)
		age(m, ages, known->used);
}

/* Whether a queue would be empty within a second at the pace of the last. */
static bool drains(const struct meeting *m, uint64_t moved, uint32_t queue)
{
	return m->elapsed_ns > 0 &&
	       (double)queue * (double)m->elapsed_ns <= (double)moved * 1e9;
}

/* What the queues of a socket have more than when it was first seen. */
static void add_queues(const struct meeting *m, struct tm_point *now,
		       const struct tcpmem_socket *sock,
		       const struct tm_known *known, const struct tm_use *old)
{
	int64_t unit = INT64_C(1) << m->trend->sparse;
	bool told = old && old->known && m->use.known;

	if (!told || !drains(m, m->use.read - old->read, sock->rqueue))
		now->same_rmem += ((int64_t)sock->skmem[TCPMEM_METRIC_RMEM] -
				   known->rmem) *
				  unit;
	if (!told || !drains(m, m->use.acked - old->acked, sock->wqueue))
		now->same_wmem +=
			((int64_t)sock->skmem[TCPMEM_METRIC_WMEM_QUEUED] -
			 known->wmem) *
			unit;
}

/* One socket in one of its groups. */
static int meet_one(struct meeting *m, const struct tcpmem_socket *sock,
		    uint64_t id, uint32_t number)
{
	struct tcpmem_trend *trend = m->trend;
	uint32_t hash = hash_of(trend, id, number);
	struct tm_known *old = find(&trend->known, hash, id, number);
	struct tm_point *now = tm_trend_now(trend, number);
	struct tm_known known = {
		.id = id,
		.group = number,
		.since = m->sample == 1 ? 0 : m->sample,
		.used = m->sample,
		.use = m->use,
		.waits_since = TM_TREND_NEVER,
		.rmem = sock->skmem[TCPMEM_METRIC_RMEM],
		.wmem = sock->skmem[TCPMEM_METRIC_WMEM_QUEUED],
	};

	if (old) {
		old->met = true;
		known = *old;
		known.met = false;
		note_use(m, &known);
	} else if (known.since) {
		trend->group[number]->opened += 1 << trend->sparse;
	}
	if (known.since)
		trend->group[number]->kept += 1 << trend->sparse;
	if (known.since && !m->use.known)
		trend->group[number]->unmeasured += 1 << trend->sparse;
	age(m, &now->ages[TM_TREND_ALL], known.since);
	age_unused(m, now, &known);
	add_queues(m, now, sock, &known, old ? &old->use : NULL);
	wait_or_not(m, sock, &known);
	return keep(m, hash, &known);
}

/* A tracked socket that is missing was closed or left its group. */
static void see_off(struct meeting *m)
{
	struct tcpmem_trend *trend = m->trend;

	for (size_t i = 0; i < trend->known.count; i++) {
		const struct tm_known *known = &trend->known.known[i];

		if (!known->met)
			trend->group[known->group]->closed += 1
							      << trend->sparse;
	}
}

/* Where each group's members begin in the table's list. */
static size_t *index_members(const struct tcpmem_table *table)
{
	size_t groups = 0;
	size_t *first;

	if (table->member_count)
		groups = table->member[table->member_count - 1].group + 1;
	first = calloc(groups + 1, sizeof(*first));
	if (!first)
		return NULL;
	for (size_t i = 0; i < table->member_count; i++)
		first[table->member[i].group + 1] = i + 1;
	return first;
}

static uint32_t pid_of(const struct tcpmem_snapshot *snap,
		       const struct tcpmem_socket *sock)
{
	uint32_t index = tm_holder_get(snap->holders, sock->holder, 0);

	return tm_holders_get_process(snap->holders, index)->pid;
}

/* The cookie identifies a socket in every namespace. */
static uint64_t identity_of(const struct tcpmem_snapshot *snap,
			    const struct tcpmem_socket *sock)
{
	return tm_socket_identity(sock) ^
	       snap->netns[sock->netns].inode * UINT64_C(0x9e3779b97f4a7c15);
}

static int meet_socket(struct meeting *m, const struct tcpmem_snapshot *snap,
		       size_t i, const struct tm_member *member, size_t count,
		       const uint32_t *group)
{
	const struct tcpmem_socket *sock = &snap->sockets.sock[i];
	uint64_t id = identity_of(snap, sock);
	int ret;

	if (sock->flags & TM_SOCK_SUBFLOW || !is_chosen(m->trend, id))
		return 0;
	m->use = use_of(snap, sock);
	ret = meet_one(m, sock, id, TM_TREND_TOTAL);
	for (size_t k = 0; ret == 0 && k < count; k++) {
		uint32_t number = group[member[k].row];

		ret = meet_one(m, sock, id, number);
		if (sock->holder != TM_HOLDER_NONE)
			m->trend->group[number]->sample_pid =
				pid_of(snap, sock);
	}
	return ret;
}

int tm_trend_meet(struct tcpmem_trend *trend,
		  const struct tcpmem_snapshot *snapshot,
		  const struct tcpmem_table *table, const uint32_t *place,
		  const uint32_t *group)
{
	struct meeting m = {
		.trend = trend,
		.ns = trend->when[trend->slots - 1].ns,
		.elapsed_ns = trend->when[trend->slots - 1].ns - trend->last_ns,
		.sample = (uint32_t)trend->epoch_samples,
	};
	size_t *first = index_members(table);
	int ret = first ? 0 : -ENOMEM;

	for (size_t i = 0; i < trend->group_count; i++) {
		struct tm_trend_group *g = trend->group[i];

		g->close_wait = g->close_wait_aged = 0;
		g->kept = g->unmeasured = 0;
	}
	for (size_t i = 0; ret == 0 && i < snapshot->sockets.count; i++) {
		size_t from;

		if (place[i] == UINT32_MAX)
			continue;
		from = first[place[i]];
		ret = meet_socket(&m, snapshot, i, table->member + from,
				  first[place[i] + 1] - from, group);
	}
	free(first);
	if (ret == 0)
		see_off(&m);
	trend->last_ns = m.ns;
	tm_known_set_deinit(&trend->known);
	trend->known = m.next;
	while (ret == 0 && trend->known.count > TM_TREND_KNOWN) {
		trend->sparse++;
		ret = forget_half(trend, &trend->known);
	}
	return ret;
}
