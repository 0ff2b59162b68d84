// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * group.c - sockets -> rows that add up to the total
 *
 * Sockets are first summed by what they are and by the set of processes that
 * hold them; then each such sum is shared out, once, among its processes. So
 * a remainder is neither lost nor doubled, and 1,000 sockets shared by two
 * processes are 500 in each.
 */
#include "analysis/table.h"
#include "base/util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_keys(struct tcpmem_table *table, const char *keys)
{
	for (const char *at = keys;; at++) {
		size_t len = strcspn(at, ",");
		const struct tm_key *key = tm_key_find(at, len);

		if (!key || table->key_count == TM_KEYS_MAX)
			return -EINVAL;
		table->key[table->key_count++] = key;
		table->needs |= key->needs;
		table->single |= !(key->needs & TCPMEM_SUMS_SUFFICE);
		at += len;
		if (!*at)
			return 0;
	}
}

int tcpmem_keys_require(const char *keys, uint32_t *needs)
{
	struct tcpmem_table table = { 0 };
	int ret = parse_keys(&table, keys);

	if (ret < 0)
		return ret;
	*needs |= table.needs & TCPMEM_NEEDS_ALL;
	if (table.single)
		*needs &= ~(uint32_t)TCPMEM_SUMS_SUFFICE;
	return 0;
}

int tcpmem_table_new(const char *keys, struct tcpmem_table **table)
{
	struct tcpmem_table *t = calloc(1, sizeof(*t));
	int ret;

	if (!t)
		return -ENOMEM;
	ret = parse_keys(t, keys);
	if (ret < 0) {
		tcpmem_table_free(t);
		return ret;
	}
	*table = t;
	return 0;
}

static void free_rows(struct tcpmem_table *table)
{
	for (size_t i = 0; i < table->row_count; i++)
		free((char *)table->row[i].subject.key);
	free(table->row);
	free((char *)table->total.subject.key);
	free(table->member);
	table->member = NULL;
	table->member_count = table->member_capacity = 0;
	table->row = NULL;
	table->row_count = 0;
	memset(&table->total, 0, sizeof(table->total));
}

void tcpmem_table_clear(struct tcpmem_table *table)
{
	free_rows(table);
	tm_groups_clear(&table->groups);
	tm_blobs_deinit(&table->view.blobs);
	table->finished = false;
}

void tcpmem_table_free(struct tcpmem_table *table)
{
	if (!table)
		return;
	tcpmem_table_clear(table);
	free(table);
}

/* Sockets of a group have one holder, unless no key asks for holders. */
static int group_key(struct tcpmem_table *table,
		     const struct tcpmem_socket *sock, struct tm_group_key *key)
{
	memset(key, 0, sizeof(*key));
	for (size_t i = 0; i < table->key_count; i++) {
		int ret = table->key[i]->id(&table->view, sock,
					    TM_KEY_NO_PROCESS, &key->id[i]);

		if (ret < 0)
			return ret;
		if (key->id[i] == TM_KEY_ASK_HOLDER)
			key->holder = sock->holder;
	}
	return 0;
}

/* Return: 0; -EBUSY; -ENOMEM. */
static int find_group(struct tcpmem_table *table,
		      const struct tcpmem_snapshot *snapshot,
		      const struct tcpmem_socket *sock, struct tm_group **group)
{
	struct tm_group_key key;
	int ret;

	if (table->finished)
		return -EBUSY;
	table->view.snap = snapshot;
	ret = group_key(table, sock, &key);
	if (ret < 0)
		return ret;
	*group = tm_groups_get(&table->groups, &key);
	return *group ? 0 : -ENOMEM;
}

int tm_table_place(struct tcpmem_table *table,
		   const struct tcpmem_snapshot *snapshot,
		   const struct tcpmem_socket *sock, uint32_t *number)
{
	struct tm_group *group;
	int ret = find_group(table, snapshot, sock, &group);

	if (ret < 0)
		return ret;
	tm_sums_add(&group->sums, sock);
	*number = (uint32_t)(group - table->groups.group);
	return 0;
}

/* Sockets of which the snapshot has the sums alone */
static int add_sums(struct tcpmem_table *table,
		    const struct tcpmem_snapshot *snapshot)
{
	const struct tm_socket_sums *summed = &snapshot->summed;
	struct tm_group *group;
	int ret = summed->like.count && table->single ? -EINVAL : 0;

	for (size_t i = 0; ret == 0 && i < summed->like.count; i++) {
		ret = find_group(table, snapshot, &summed->like.sock[i],
				 &group);
		if (ret == 0)
			tm_sums_merge(&group->sums, &summed->sums[i]);
	}
	return ret;
}

int tcpmem_table_add(struct tcpmem_table *table,
		     const struct tcpmem_snapshot *snapshot,
		     const struct tcpmem_socket *sock)
{
	uint32_t number;

	return tm_table_place(table, snapshot, sock, &number);
}

static int list_member(struct tcpmem_table *table, size_t group, size_t row)
{
	const struct tm_member member = {
		.group = (uint32_t)group,
		.row = (uint32_t)row,
	};

	return tm_append(table->member, table->member_count,
			 table->member_capacity, &member);
}

/*
 * One process's part of group number @number goes to that process's row. Two
 * processes that share a row reach the sockets they both hold once.
 */
static int give(struct tcpmem_table *table, struct tm_groups *rows,
		size_t number, uint32_t process, struct tm_sums *part)
{
	struct tm_group_key key = table->groups.group[number - 1].key;
	struct tm_group *row;
	bool again;

	key.holder = TM_HOLDER_NONE;
	for (size_t i = 0; i < table->key_count; i++) {
		if (key.id[i] != TM_KEY_ASK_HOLDER)
			continue;
		if (table->key[i]->id(&table->view, NULL, process, &key.id[i]))
			return -ENOMEM;
	}
	row = tm_groups_get(rows, &key);
	if (!row)
		return -ENOMEM;
	again = row->reached_by == number;
	if (again) {
		part->reach = 0;
		part->reach_sockets = 0;
	}
	row->reached_by = number;
	tm_sums_merge(&row->sums, part);
	if (again || !table->listed)
		return 0;
	return list_member(table, number - 1, (size_t)(row - rows->group));
}

static int share_out(struct tcpmem_table *table, struct tm_groups *rows,
		     size_t number)
{
	const struct tm_group *from = &table->groups.group[number - 1];
	uint32_t holder = (uint32_t)from->key.holder;
	struct tm_sums part;
	size_t count;
	int ret = 0;

	if (holder == TM_HOLDER_NONE) {
		tm_sums_share(&from->sums, 0, 1, &part);
		return give(table, rows, number, TM_KEY_NO_PROCESS, &part);
	}
	count = tm_holder_count(table->view.snap->holders, holder);
	for (size_t i = 0; ret == 0 && i < count; i++) {
		tm_sums_share(&from->sums, i, count, &part);
		ret = give(table, rows, number,
			   tm_holder_get(table->view.snap->holders, holder, i),
			   &part);
	}
	return ret;
}

/* Bytes of @count texts one behind the other */
static size_t parts_size(const char *parts, size_t count)
{
	const char *end = parts;

	while (count--)
		end += strlen(end) + 1;
	return (size_t)(end - parts);
}

/* One key is its own part. */
int tm_subject_copy(struct tcpmem_subject *to,
		    const struct tcpmem_subject *from)
{
	size_t len = strlen(from->key) + 1;
	size_t size = len;
	char *key;

	if (from->part_count > 1)
		size += parts_size(from->parts, from->part_count);
	key = malloc(size);
	if (!key)
		return -ENOMEM;
	*to = *from;
	memcpy(key, from->key, len);
	if (from->part_count > 1)
		memcpy(key + len, from->parts, size - len);
	to->key = key;
	if (from->part_count)
		to->parts = from->part_count > 1 ? key + len : key;
	return 0;
}

/* The parts of a key, each ended by a NUL. Return: their bytes. */
static size_t format_parts(const struct tcpmem_table *table,
			   const struct tm_group_key *key, char *parts)
{
	size_t used = 0;

	for (size_t i = 0; i < table->key_count; i++) {
		table->key[i]->format(&table->view, key->id[i], parts + used,
				      TM_COMPONENT_SIZE - 1);
		used += strlen(parts + used) + 1;
	}
	return used;
}

static int format_key(const struct tcpmem_table *table,
		      const struct tm_group_key *key,
		      struct tcpmem_subject *subject)
{
	char parts[TM_KEYS_MAX * TM_COMPONENT_SIZE];
	char joined[TM_KEYS_MAX * TM_COMPONENT_SIZE];
	struct tcpmem_subject made = {
		.key = joined,
		.parts = parts,
		.part_count = table->key_count,
	};
	size_t used = format_parts(table, key, parts);

	memcpy(joined, parts, used);
	for (size_t i = 0; i + 1 < used; i++)
		if (!joined[i])
			joined[i] = ',';
	return tm_subject_copy(subject, &made);
}

static enum tm_row_class class_of_kind(enum tcpmem_kind kind)
{
	return kind == TCPMEM_KIND_HIDDEN || kind == TCPMEM_KIND_UNKNOWN
		       ? TM_ROW_UNREAD
		       : TM_ROW_ABSENT;
}

/* The subject of a row: a process, a kind without holder, or a group. */
static void name_row(const struct tcpmem_table *table,
		     const struct tm_group_key *key, struct tcpmem_row *row)
{
	size_t none = 0;

	row->subject.kind = "group";
	for (size_t i = 0; i < table->key_count; i++) {
		none += key->id[i] == TM_KEY_NONE ||
			key->id[i] == TM_KEY_NOT_HERE;
		if (key->id[i] == TM_KEY_UNREAD)
			row->class = TM_ROW_UNREAD;
		if (key->id[i] & TM_KEY_NOBODY) {
			enum tcpmem_kind kind =
				(enum tcpmem_kind)(key->id[i] & 0xff);

			row->subject.kind = tcpmem_kind_describe(kind)->name;
			row->class = class_of_kind(kind);
		} else if (table->key[i] == &tm_key_process &&
			   key->id[i] & TM_KEY_PAST) {
			const struct tm_past *past = &table->view.snap->past;
			const struct tm_past_owner *owner =
				&past->owner[(uint32_t)key->id[i]];

			row->subject.kind = "past";
			row->subject.source = tm_past_source_name(
				(enum tm_past_source)owner->source);
			row->class = TM_ROW_ABSENT;
		} else if (table->key[i] == &tm_key_process) {
			row->subject.kind =
				tcpmem_kind_describe(TCPMEM_KIND_PROCESS)->name;
			row->subject.process = tm_holders_get_process(
				table->view.snap->holders,
				(uint32_t)key->id[i]);
		}
	}
	if (none == table->key_count)
		row->class = TM_ROW_ABSENT;
}

static int make_row(struct tcpmem_table *table, const struct tm_group *group)
{
	struct tcpmem_row *row = &table->row[table->row_count];
	int ret;

	memset(row, 0, sizeof(*row));
	ret = format_key(table, &group->key, &row->subject);
	if (ret < 0)
		return ret;
	name_row(table, &group->key, row);
	row->sums = group->sums;
	table->row_count++;
	return 0;
}

static int make_total(struct tcpmem_table *table)
{
	struct tm_sums *total = &table->total.sums;

	for (size_t i = 0; i < table->groups.count; i++)
		tm_sums_merge(total, &table->groups.group[i].sums);
	total->reach = tm_sums_number(total, TCPMEM_METRIC_HELD);
	total->reach_sockets = total->sockets;
	if (tm_sums_exact(total, TCPMEM_METRIC_HELD))
		table->total.all_held = total->reach;
	for (size_t i = 0; i < table->row_count; i++)
		table->row[i].all_held = table->total.all_held;
	table->total.subject.kind = "total";
	table->total.subject.key = strdup("total");
	return table->total.subject.key ? 0 : -ENOMEM;
}

static int make_rows(struct tcpmem_table *table, struct tm_groups *rows)
{
	int ret = 0;

	for (size_t i = 1; ret == 0 && i <= table->groups.count; i++)
		ret = share_out(table, rows, i);
	if (ret < 0)
		return ret;
	table->row = calloc(rows->count + 1, sizeof(*table->row));
	if (!table->row)
		return -ENOMEM;
	for (size_t i = 0; ret == 0 && i < rows->count; i++)
		ret = make_row(table, &rows->group[i]);
	return ret < 0 ? ret : make_total(table);
}

int tm_table_finish(struct tcpmem_table *table)
{
	struct tm_groups rows = { 0 };
	int ret = make_rows(table, &rows);
	tm_groups_clear(&rows);
	if (ret < 0) {
		free_rows(table);
		return ret;
	}
	tm_groups_clear(&table->groups);
	table->finished = true;
	return 0;
}

int tcpmem_table_finish(struct tcpmem_table *table)
{
	int ret;

	if (table->finished)
		return 0;
	ret = tm_table_finish(table);
	return ret ? ret : tcpmem_table_sort(table, "-held,key");
}

int tcpmem_group(const struct tcpmem_snapshot *snapshot, const char *keys,
		 struct tcpmem_table **table)
{
	struct tcpmem_table *t;
	int ret = tcpmem_table_new(keys, &t);

	if (ret < 0)
		return ret;
	t->view.snap = snapshot;
	for (size_t i = 0; ret == 0 && i < snapshot->sockets.count; i++)
		ret = tcpmem_table_add(t, snapshot, &snapshot->sockets.sock[i]);
	if (ret == 0)
		ret = add_sums(t, snapshot);
	if (ret == 0)
		ret = tcpmem_table_finish(t);
	if (ret < 0) {
		tcpmem_table_free(t);
		return ret;
	}
	*table = t;
	return 0;
}
