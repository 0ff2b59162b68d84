// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * trend.c - many snapshots -> a series for each group
 *
 * Each snapshot is grouped as a table; each row's sums are a point of that
 * group's series. All series have the same slots, so a slot has one time. When
 * the slots are used up every second one goes and new ones come half as often:
 * memory is bounded and points cover the whole time.
 */
#include "analysis/trend.h"

#include "analysis/diff.h"
#include "analysis/table.h"
#include "base/util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_state(const char *keys)
{
	for (const char *at = keys; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strcspn(at, ",") == 5 && memcmp(at, "state", 5) == 0)
			return true;
	}
	return false;
}

static struct tm_trend_group *new_group(const struct tcpmem_subject *subject)
{
	struct tm_trend_group *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	if (tm_subject_copy(&group->subject, subject) < 0) {
		free(group);
		return NULL;
	}
	if (subject->process) {
		group->process = *subject->process;
		group->subject.process = &group->process;
	}
	return group;
}

static int add_group(struct tcpmem_trend *trend,
		     const struct tcpmem_subject *subject)
{
	struct tm_trend_group **groups =
		tm_grow(trend->group, trend->group_count,
			&trend->group_capacity, sizeof(*groups));
	struct tm_trend_group *group;

	if (!groups)
		return -ENOMEM;
	trend->group = groups;
	group = new_group(subject);
	if (!group)
		return -ENOMEM;
	group->label = trend->labels++;
	group->first = trend->slots ? trend->slots - 1 : 0;
	groups[trend->group_count++] = group;
	return 0;
}

static void free_group(struct tm_trend_group *group)
{
	free((char *)group->subject.key);
	free(group);
}

static void forget(struct tcpmem_trend *trend)
{
	for (size_t i = 0; i < trend->group_count; i++)
		free_group(trend->group[i]);
	trend->group_count = 0;
	tm_index_deinit(&trend->group_index);
	tm_known_set_deinit(&trend->known);
	free(trend->row);
	trend->row = NULL;
	trend->row_count = 0;
	trend->slots = 0;
	trend->epoch_samples = 0;
	trend->stride = 1;
	trend->sparse = 0;
	trend->room = -1;
}

static int begin(struct tcpmem_trend *trend)
{
	static const struct tcpmem_subject total = { .key = "total",
						     .kind = "total" };
	static const struct tcpmem_subject other = { .key = "other",
						     .kind = "other" };
	int ret;

	forget(trend);
	memset(&trend->group_index, 0, sizeof(trend->group_index));
	ret = add_group(trend, &total);
	return ret ? ret : add_group(trend, &other);
}

int tcpmem_trend_new(const char *keys, unsigned int flags,
		     struct tcpmem_trend **trend)
{
	uint32_t needs = 0;
	struct tcpmem_trend *t;
	int ret = tcpmem_keys_require(keys, &needs);

	if (ret < 0)
		return ret;
	if (flags & ~TCPMEM_TREND_TIME_WAIT)
		return -EINVAL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->keys = strdup(keys);
	t->seed = (uint32_t)tm_random_seed();
	t->time_wait = flags & TCPMEM_TREND_TIME_WAIT || has_state(keys);
	ret = t->keys ? begin(t) : -ENOMEM;
	if (ret < 0) {
		tcpmem_trend_free(t);
		return ret;
	}
	*trend = t;
	return 0;
}

void tcpmem_trend_free(struct tcpmem_trend *trend)
{
	if (!trend)
		return;
	forget(trend);
	free(trend->group);
	free(trend->keys);
	free(trend);
}

/* Pids are reused: start times have to agree too. */
static bool is_group(const struct tm_trend_group *group,
		     const struct tcpmem_row *row, const char *id)
{
	const struct tcpmem_process *process = row->subject.process;
	char known[TM_IDENTITY_SIZE];

	if (strcmp(group->subject.kind, row->subject.kind) != 0 ||
	    !group->subject.process != !process)
		return false;
	if (process && (process->pid != group->process.pid ||
			process->start_time != group->process.start_time))
		return false;
	tm_identify(group->subject.process, group->subject.key, known);
	return strcmp(known, id) == 0;
}

/* exec(2) changes the row's label, not its identity. */
static int rename_group(struct tm_trend_group *group,
			const struct tcpmem_row *row)
{
	struct tcpmem_subject renamed;

	if (strcmp(group->subject.key, row->subject.key) == 0)
		return 0;
	if (tm_subject_copy(&renamed, &row->subject) < 0)
		return -ENOMEM;
	free((char *)group->subject.key);
	group->subject = renamed;
	group->process = *row->subject.process;
	group->subject.process = &group->process;
	return 0;
}

int tm_trend_find(struct tcpmem_trend *trend, const struct tcpmem_row *row,
		  uint32_t *number)
{
	struct tm_index_walk walk = { 0 };
	char id[TM_IDENTITY_SIZE];
	int ret;

	tm_identify(row->subject.process, row->subject.key, id);
	walk.hash = tm_hash_text(trend->seed, id);
	while (tm_index_next(&trend->group_index, &walk)) {
		if (!is_group(trend->group[walk.number], row, id))
			continue;
		*number = walk.number;
		return rename_group(trend->group[walk.number], row);
	}
	*number = TM_TREND_OTHER;
	if (trend->group_count >= TM_TREND_GROUPS)
		return 0;
	*number = (uint32_t)trend->group_count;
	ret = add_group(trend, &row->subject);
	return ret ? ret
		   : tm_index_add(&trend->group_index, walk.hash, *number);
}

/* Drops every second point and keeps the last one. */
static void thin_out(struct tcpmem_trend *trend)
{
	size_t kept = trend->slots / 2;

	for (size_t i = 0; i < kept; i++)
		trend->when[i] = trend->when[2 * i + 1];
	for (size_t g = 0; g < trend->group_count; g++) {
		struct tm_trend_group *group = trend->group[g];

		for (size_t i = 0; i < kept; i++)
			group->point[i] = group->point[2 * i + 1];
		group->first /= 2;
	}
	trend->slots = kept;
	trend->stride *= 2;
}

/* Drops groups that were absent for half of the samples. */
static int drop_groups(struct tcpmem_trend *trend)
{
	uint32_t *moved;
	size_t kept = 0;
	int ret = 0;

	moved = malloc(trend->group_count * sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	tm_index_deinit(&trend->group_index);
	memset(&trend->group_index, 0, sizeof(trend->group_index));
	for (size_t i = 0; i < trend->group_count; i++) {
		struct tm_trend_group *group = trend->group[i];
		char id[TM_IDENTITY_SIZE];

		if (i > TM_TREND_OTHER &&
		    group->seen < trend->epoch_samples / 2) {
			free_group(group);
			continue;
		}
		moved[i] = (uint32_t)kept;
		trend->group[kept] = group;
		if (ret == 0 && i > TM_TREND_OTHER) {
			tm_identify(group->subject.process, group->subject.key,
				    id);
			ret = tm_index_add(&trend->group_index,
					   tm_hash_text(trend->seed, id),
					   (uint32_t)kept);
		}
		kept++;
	}
	trend->group_count = kept;
	for (size_t i = 0; i < trend->known.count; i++)
		trend->known.known[i].group =
			moved[trend->known.known[i].group];
	free(moved);
	return ret;
}

static int64_t moment(const struct tm_clock *clock)
{
	return clock->boottime_ns ? clock->boottime_ns : clock->wall_ns;
}

static void clear_points(struct tcpmem_trend *trend)
{
	for (size_t i = 0; i < trend->group_count; i++)
		memset(tm_trend_now(trend, (uint32_t)i), 0,
		       sizeof(struct tm_point));
}

/* The current slot: a new one, or the last one if it is not full. */
static int open_slot(struct tcpmem_trend *trend, const struct tm_clock *clock)
{
	bool full = trend->epoch_samples % trend->stride == 0;
	int ret = 0;

	if (trend->group_count >= TM_TREND_GROUPS)
		ret = drop_groups(trend);
	if (full && trend->slots == TM_TREND_POINTS)
		thin_out(trend);
	if (full)
		trend->slots++;
	trend->epoch_samples++;
	trend->samples++;
	trend->when[trend->slots - 1] = (struct tm_when){
		.ns = moment(clock),
		.wall_ns = clock->wall_ns,
		.sample = trend->epoch_samples,
	};
	clear_points(trend);
	return ret;
}

static void add_sums(struct tcpmem_trend *trend, uint32_t number,
		     const struct tm_sums *sums)
{
	static const enum tcpmem_metric numbers[] = {
		[TM_TREND_SOCKETS] = TCPMEM_METRIC_SOCKETS,
		[TM_TREND_HELD] = TCPMEM_METRIC_HELD,
		[TM_TREND_CHARGED] = TCPMEM_METRIC_CHARGED,
		[TM_TREND_RMEM] = TCPMEM_METRIC_RMEM,
		[TM_TREND_WMEM] = TCPMEM_METRIC_WMEM_QUEUED,
	};
	struct tm_point *now = tm_trend_now(trend, number);

	for (size_t i = 0; i < TM_TREND_NUMBERS; i++)
		now->number[i] += tm_sums_number(sums, numbers[i]);
	trend->group[number]->seen = trend->epoch_samples;
	trend->group[number]->uncounted |=
		!tm_sums_exact(sums, TCPMEM_METRIC_HELD);
}

/* One that waits for the peer's FIN is a mini-socket, too, and ends by itself
 */
static bool is_time_wait(const struct tcpmem_socket *sock)
{
	return sock->state == TCPMEM_STATE_TIME_WAIT ||
	       (sock->state == TCPMEM_STATE_FIN_WAIT_2 &&
		sock->flags & TM_SOCK_MINI);
}

static int place_all(const struct tcpmem_trend *trend,
		     const struct tcpmem_snapshot *snap,
		     struct tcpmem_table *table, uint32_t *place)
{
	int ret = 0;

	table->listed = true;
	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++) {
		place[i] = UINT32_MAX;
		if (trend->time_wait || !is_time_wait(&snap->sockets.sock[i]))
			ret = tm_table_place(table, snap,
					     &snap->sockets.sock[i], &place[i]);
	}
	return ret ? ret : tm_table_finish(table);
}

static int add_rows(struct tcpmem_trend *trend,
		    const struct tcpmem_snapshot *snap,
		    const struct tcpmem_table *table, const uint32_t *place)
{
	uint32_t *group = calloc(table->row_count + 1, sizeof(*group));
	int ret = group ? 0 : -ENOMEM;

	for (size_t i = 0; ret == 0 && i < table->row_count; i++) {
		ret = tm_trend_find(trend, &table->row[i], &group[i]);
		if (ret == 0)
			add_sums(trend, group[i], &table->row[i].sums);
	}
	if (ret == 0) {
		add_sums(trend, TM_TREND_TOTAL, &table->total.sums);
		ret = tm_trend_meet(trend, snap, table, place, group);
	}
	free(group);
	return ret;
}

static int add_sample(struct tcpmem_trend *trend,
		      const struct tcpmem_snapshot *snap)
{
	uint32_t *place = calloc(snap->sockets.count + 1, sizeof(*place));
	struct tcpmem_table *table = NULL;
	int ret = place ? tcpmem_table_new(trend->keys, &table) : -ENOMEM;

	if (ret == 0)
		ret = place_all(trend, snap, table, place);
	if (ret == 0)
		ret = open_slot(trend, &snap->clock);
	if (ret == 0)
		ret = add_rows(trend, snap, table, place);
	tcpmem_table_free(table);
	free(place);
	return ret;
}

/* Cookies of different boots are unrelated. */
static bool is_other_boot(const struct tcpmem_trend *trend,
			  const struct tcpmem_snapshot *snap)
{
	return trend->epoch_samples && *snap->clock.boot_id &&
	       *trend->boot_id &&
	       strcmp(trend->boot_id, snap->clock.boot_id) != 0;
}

static void set_room(struct tcpmem_trend *trend, const struct tm_host *host)
{
	trend->room = -1;
	if (!host->known[TCPMEM_HOST_METRIC_TCP_MEM_USED] ||
	    !host->known[TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE])
		return;
	trend->room = host->fact[TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE] -
		      host->fact[TCPMEM_HOST_METRIC_TCP_MEM_USED];
	if (trend->room < 0)
		trend->room = 0;
}

int tcpmem_trend_add(struct tcpmem_trend *trend,
		     const struct tcpmem_snapshot *snapshot)
{
	int ret = 0;

	if (is_other_boot(trend, snapshot))
		ret = begin(trend);
	if (ret < 0)
		return ret;
	if (moment(&snapshot->clock) <=
	    (trend->slots ? trend->when[trend->slots - 1].ns : 0))
		return -EINVAL;
	snprintf(trend->boot_id, sizeof(trend->boot_id), "%s",
		 snapshot->clock.boot_id);
	if (!trend->slots)
		trend->begin_ns = moment(&snapshot->clock);
	ret = add_sample(trend, snapshot);
	if (ret == 0)
		set_room(trend, &snapshot->host);
	return ret;
}
