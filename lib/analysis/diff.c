// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * diff.c - two snapshots -> what changed in each group
 *
 * Each socket is looked up once in the other snapshot, and counts in a table
 * for each thing that happened to it. So sockets that processes share are
 * shared out as they are everywhere, and what the tables have in common is a
 * row. Time is linear in the sockets of both.
 */
#include "analysis/diff.h"

#include "analysis/table.h"
#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The later snapshot first: a row has the name that it has after. */
enum part {
	AFTER,
	BEFORE,
	PART_OPENED,
	PART_CLOSED,
	PART_GROWN,
	PART_SHRUNK,
	PART_CHANGED,
};
#define PARTS (PART_CHANGED + 1)

struct work {
	struct tm_pairs pairs;
	struct tcpmem_table *table[PARTS];
	struct tcpmem_diff *diff;
	struct tm_index index; /* of the rows */
	uint32_t seed;
	bool *alone[2]; /* namespaces that only AFTER, or only BEFORE, saw */
	bool resized;	/* they have other sizes of the same kernel's objects */
};

/*
 * What a socket of the earlier snapshot would hold more with the sizes of the
 * later one: root reads them in slabinfo, others take those of BTF.
 */
static int64_t resize(const struct work *w, const struct tcpmem_socket *sock)
{
	return w->resized ? tm_account_change(sock, &w->pairs.before->objects,
					      &w->pairs.after->objects)
			  : 0;
}

/* What the socket holds more than before; 0 if that is not known */
static int64_t growth(const struct work *w, const struct tcpmem_socket *before,
		      const struct tcpmem_socket *after)
{
	int64_t was, is;

	if (tcpmem_socket_get_metric(before, TCPMEM_METRIC_HELD, &was) < 0 ||
	    tcpmem_socket_get_metric(after, TCPMEM_METRIC_HELD, &is) < 0)
		return 0;
	return is - was - resize(w, before);
}

static int count(struct work *w, enum part part,
		 const struct tcpmem_socket *sock)
{
	bool old = part == BEFORE || part == PART_CLOSED;
	const struct tcpmem_snapshot *snap = old ? w->pairs.before
						 : w->pairs.after;
	struct tcpmem_table *table = w->table[part];
	uint32_t group;
	int ret = tm_table_place(table, snap, sock, &group);

	if (ret == 0 && old)
		table->groups.group[group].sums.object += resize(w, sock);
	return ret;
}

/*
 * A socket that only one of them has, in a state that the other was not asked
 * for: nothing tells whether it was opened or closed between them.
 */
static bool is_untold(struct work *w, const struct tcpmem_snapshot *other,
		      const struct tcpmem_socket *sock)
{
	bool untold = other->lacks_states & 1u << sock->state;

	w->diff->partial |= untold;
	return untold;
}

static int count_after(struct work *w, const struct tcpmem_socket *sock)
{
	const struct tcpmem_socket *before = tm_pairs_find(&w->pairs, sock);
	int64_t grown;
	int ret;

	if (!before && is_untold(w, w->pairs.before, sock))
		return 0;
	ret = count(w, AFTER, sock);
	if (ret)
		return ret;
	if (!before)
		return count(w, PART_OPENED, sock);
	if (before->state != sock->state)
		ret = count(w, PART_CHANGED, sock);
	grown = growth(w, before, sock);
	if (ret == 0 && grown)
		ret = count(w, grown > 0 ? PART_GROWN : PART_SHRUNK, sock);
	return ret;
}

/* One that began anew has the name that was asked for. */
static bool saw_netns(const struct tcpmem_snapshot *snap,
		      const struct tm_netns *netns, bool by_name)
{
	for (size_t i = 0; i < snap->netns_count; i++)
		if (snap->netns[i].inode == netns->inode)
			return snap->netns[i].seen;
	for (size_t i = 0; by_name && i < snap->netns_count; i++)
		if (strcmp(snap->netns[i].name, netns->name) == 0)
			return snap->netns[i].seen;
	return false;
}

/*
 * What one of them could not look into, or was not asked for, was neither
 * opened nor closed between them. Return: 0 or -ENOMEM.
 */
static int find_alone(const struct tcpmem_snapshot *snap,
		      const struct tcpmem_snapshot *other,
		      struct tcpmem_diff *diff, bool **alone)
{
	bool scope =
		tm_warnings_have(&other->warnings, TCPMEM_WARNING_NETNS_SCOPE);

	if (!scope &&
	    !tm_warnings_have(&other->warnings, TCPMEM_WARNING_NETNS_DENIED))
		return 0;
	*alone = calloc(snap->netns_count + 1, sizeof(bool));
	for (size_t i = 0; *alone && i < snap->netns_count; i++) {
		(*alone)[i] = !saw_netns(other, &snap->netns[i], scope);
		diff->partial |= scope && (*alone)[i];
	}
	return *alone ? 0 : -ENOMEM;
}

static bool is_alone(const struct work *w, enum part part,
		     const struct tcpmem_socket *sock)
{
	return w->alone[part] && w->alone[part][sock->netns];
}

static int count_sockets(struct work *w)
{
	const struct tcpmem_snapshot *before = w->pairs.before;
	const struct tcpmem_snapshot *after = w->pairs.after;
	int ret = find_alone(after, before, w->diff, &w->alone[AFTER]);

	if (ret == 0)
		ret = find_alone(before, after, w->diff, &w->alone[BEFORE]);
	for (size_t i = 0; ret == 0 && i < after->sockets.count; i++)
		if (!is_alone(w, AFTER, &after->sockets.sock[i]))
			ret = count_after(w, &after->sockets.sock[i]);
	for (size_t i = 0; ret == 0 && i < before->sockets.count; i++) {
		const struct tcpmem_socket *sock = &before->sockets.sock[i];
		bool met = tm_pairs_met(&w->pairs, i);

		if (is_alone(w, BEFORE, sock) ||
		    (!met && is_untold(w, after, sock)))
			continue;
		ret = count(w, BEFORE, sock);
		if (ret == 0 && !met)
			ret = count(w, PART_CLOSED, sock);
	}
	return ret;
}

/* Pids are reused, after a reboot even with the same start time. */
static bool same_process(const struct work *w, const struct tcpmem_process *a,
			 const struct tcpmem_process *b)
{
	if (!a || !b)
		return a == b;
	return tm_pairs_same_process(&w->pairs, a, b);
}

static bool is_row(const struct work *w, const struct tcpmem_diff_row *known,
		   const struct tcpmem_row *row, const char *id)
{
	char known_id[TM_IDENTITY_SIZE];

	if (strcmp(known->subject.kind, row->subject.kind) != 0 ||
	    (known->subject.process != row->subject.process &&
	     !same_process(w, known->subject.process, row->subject.process)))
		return false;
	tm_identify(known->subject.process, known->subject.key, known_id);
	return strcmp(known_id, id) == 0;
}

/* Finds the diff's row for a row of a table. */
static int find_row(struct work *w, const struct tcpmem_row *row,
		    struct tcpmem_diff_row **found)
{
	struct tcpmem_diff *diff = w->diff;
	struct tcpmem_diff_row *rows;
	struct tm_index_walk walk = { 0 };
	char id[TM_IDENTITY_SIZE];

	tm_identify(row->subject.process, row->subject.key, id);
	walk.hash = tm_hash_text(w->seed, id);
	while (tm_index_next(&w->index, &walk)) {
		*found = &diff->row[walk.number];
		if (is_row(w, *found, row, id))
			return 0;
	}
	rows = tm_grow(diff->row, diff->row_count, &diff->row_capacity,
		       sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	diff->row = rows;
	*found = &rows[diff->row_count];
	**found = (struct tcpmem_diff_row){
		.class = row->class,
		.elapsed_ns = diff->elapsed_ns,
	};
	if (tm_subject_copy(&(*found)->subject, &row->subject) < 0)
		return -ENOMEM;
	diff->row_count++;
	return tm_index_add(&w->index, walk.hash,
			    (uint32_t)diff->row_count - 1);
}

/* Two rows of a table may have one name, as two namespaces can. */
static void fill(struct tcpmem_diff_row *row, enum part part,
		 const struct tm_sums *sums)
{
	static const enum tcpmem_event events[] = {
		[PART_OPENED] = TCPMEM_EVENT_OPENED,
		[PART_CLOSED] = TCPMEM_EVENT_CLOSED,
		[PART_GROWN] = TCPMEM_EVENT_GROWN,
		[PART_SHRUNK] = TCPMEM_EVENT_SHRUNK,
		[PART_CHANGED] = TCPMEM_EVENT_CHANGED,
	};

	if (part == BEFORE)
		tm_sums_merge(&row->before, sums);
	else if (part == AFTER)
		tm_sums_merge(&row->after, sums);
	else
		row->event[events[part]] += sums->reach_sockets;
}

/* A socket in another group now was moved into one and out of the other. */
static void count_moved(struct tcpmem_diff_row *row)
{
	row->event[TCPMEM_EVENT_MOVED] = row->after.reach_sockets -
					 row->before.reach_sockets -
					 row->event[TCPMEM_EVENT_OPENED] +
					 row->event[TCPMEM_EVENT_CLOSED];
}

static int join_table(struct work *w, enum part part)
{
	const struct tcpmem_table *table = w->table[part];

	for (size_t i = 0; i < table->row_count; i++) {
		struct tcpmem_diff_row *row;
		int ret = find_row(w, &table->row[i], &row);

		if (ret)
			return ret;
		fill(row, part, &table->row[i].sums);
	}
	fill(&w->diff->total, part, &table->total.sums);
	return 0;
}

/*
 * Without its holder a socket is in another group than with it; what two boots
 * or hosts have is not the same group at all.
 */
static void mark_unsure(struct work *w, const char *keys)
{
	const uint32_t holders = TM_COVERAGE_HOLDERS | TM_COVERAGE_SHARES;
	struct tcpmem_diff *diff = w->diff;
	uint32_t needs = 0;

	if (diff->match == TCPMEM_MATCH_NOTHING) {
		diff->total.unsure = diff->row_count > 0;
		for (size_t i = 0; i < diff->row_count; i++)
			diff->row[i].unsure = true;
		return;
	}
	if (tcpmem_keys_require(keys, &needs) < 0 ||
	    !(needs & TCPMEM_NEED_HOLDERS) ||
	    (!tm_coverage_missing(w->pairs.before, holders) &&
	     !tm_coverage_missing(w->pairs.after, holders)))
		return;
	for (size_t i = 0; i < diff->row_count; i++)
		diff->row[i].unsure = diff->row[i].event[TCPMEM_EVENT_MOVED];
}

static int join(struct work *w)
{
	struct tcpmem_diff *diff = w->diff;

	for (int part = 0; part < PARTS; part++) {
		int ret = tcpmem_table_finish(w->table[part]);

		if (ret == 0)
			ret = join_table(w, (enum part)part);
		if (ret)
			return ret;
	}
	for (size_t i = 0; i < diff->row_count; i++)
		count_moved(&diff->row[i]);
	diff->total.subject.kind = "total";
	diff->total.elapsed_ns = diff->elapsed_ns;
	diff->total.subject.key = strdup("total");
	return diff->total.subject.key ? 0 : -ENOMEM;
}

/*
 * The wall clock can be set; within a boot and a time namespace CLOCK_BOOTTIME
 * is used.
 */
static void set_elapsed(struct work *w)
{
	const struct tm_clock *before = &w->pairs.before->clock;
	const struct tm_clock *after = &w->pairs.after->clock;
	struct tcpmem_diff *diff = w->diff;

	if (w->pairs.clock_unknown)
		return;
	diff->timed = true;
	if (w->pairs.match == TCPMEM_MATCH_COOKIE && !w->pairs.skew_ns &&
	    before->boottime_ns && after->boottime_ns)
		diff->elapsed_ns = after->boottime_ns - before->boottime_ns;
	else if (before->wall_ns && after->wall_ns)
		diff->elapsed_ns = after->wall_ns - before->wall_ns;
	else
		diff->timed = false;
}

static int make(struct work *w, const char *keys)
{
	int ret = 0;

	for (int part = 0; ret == 0 && part < PARTS; part++)
		ret = tcpmem_table_new(keys, &w->table[part]);
	if (ret)
		return ret;
	w->diff->match = w->pairs.match;
	w->resized = w->pairs.match != TCPMEM_MATCH_NOTHING &&
		     memcmp(w->pairs.before->objects.bytes,
			    w->pairs.after->objects.bytes,
			    sizeof(w->pairs.after->objects.bytes)) != 0;
	set_elapsed(w);
	ret = count_sockets(w);
	if (ret == 0)
		ret = join(w);
	if (ret == 0)
		mark_unsure(w, keys);
	return ret;
}

int tcpmem_diff(const struct tcpmem_snapshot *before,
		const struct tcpmem_snapshot *after, const char *keys,
		struct tcpmem_diff **diff)
{
	struct work w = { .seed = (uint32_t)tm_random_seed() };
	int ret;

	w.diff = calloc(1, sizeof(*w.diff));
	if (!w.diff)
		return -ENOMEM;
	ret = tm_pairs_init(&w.pairs, before, after);
	if (ret == 0)
		ret = make(&w, keys);
	for (int part = 0; part < PARTS; part++)
		tcpmem_table_free(w.table[part]);
	free(w.alone[AFTER]);
	free(w.alone[BEFORE]);
	tm_index_deinit(&w.index);
	tm_pairs_deinit(&w.pairs);
	if (ret == 0)
		ret = tcpmem_diff_sort(w.diff, "-held_delta,-sockets_delta");
	if (ret) {
		tcpmem_diff_free(w.diff);
		return ret;
	}
	*diff = w.diff;
	return 0;
}
