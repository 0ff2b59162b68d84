// SPDX-License-Identifier: LGPL-2.1-or-later
/* table.c - rows found by hash, sorted, limited and read */
#include "analysis/table.h"

#include "base/util.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a row is sorted by, beside its metrics. */
#define BY_AVERAGE TCPMEM_METRIC_COUNT

static int find_order(const char *word, int *by)
{
	enum tcpmem_metric number;
	int ret;

	if (strcmp(word, "held_per_socket") == 0) {
		*by = BY_AVERAGE;
		return 0;
	}
	ret = tm_metric_from_name(word, &number);
	if (ret == 0)
		*by = (int)number;
	return ret;
}

static int64_t value_by(const void *from, int by)
{
	const struct tcpmem_row *row = from;
	int64_t average = TCPMEM_UNKNOWN;

	if (by != BY_AVERAGE)
		return tm_sums_number(&row->sums, (enum tcpmem_metric)by);
	(void)tcpmem_row_get_held_per_socket(row, &average);
	return average;
}

int tcpmem_table_sort(struct tcpmem_table *table, const char *order)
{
	static const struct tm_order_words words = { find_order, value_by };

	return tm_rows_sort(table->row, table->row_count, sizeof(*table->row),
			    order, &words);
}

int tcpmem_table_limit(struct tcpmem_table *table, size_t rows)
{
	struct tcpmem_row other = { .subject.kind = "other",
				    .all_held = table->total.all_held };

	if (table->row_count <= rows)
		return 0;
	other.subject.key = strdup("other");
	if (!other.subject.key)
		return -ENOMEM;
	for (size_t i = rows; i < table->row_count; i++) {
		tm_sums_merge(&other.sums, &table->row[i].sums);
		free((char *)table->row[i].subject.key);
	}
	table->row[rows] = other;
	table->row_count = rows + 1;
	return 0;
}

size_t tcpmem_table_get_row_count(const struct tcpmem_table *table)
{
	return table->row_count;
}

const struct tcpmem_row *tcpmem_table_get_row(const struct tcpmem_table *table,
					      size_t index)
{
	assert(index < table->row_count);
	return &table->row[index];
}

const struct tcpmem_row *
tcpmem_table_get_total(const struct tcpmem_table *table)
{
	return &table->total;
}

const struct tcpmem_subject *
tcpmem_row_get_subject(const struct tcpmem_row *row)
{
	return &row->subject;
}

int tcpmem_row_get_metric(const struct tcpmem_row *row,
			  enum tcpmem_metric metric, int64_t *value)
{
	if ((size_t)metric >= TCPMEM_METRIC_COUNT ||
	    !tm_sums_know(&row->sums, metric))
		return -ENODATA;
	*value = tm_sums_number(&row->sums, metric);
	return 0;
}

int tcpmem_row_get_held_per_socket(const struct tcpmem_row *row, int64_t *value)
{
	int64_t sockets = tm_sums_number(&row->sums, TCPMEM_METRIC_SOCKETS);

	if (!sockets || !tm_sums_exact(&row->sums, TCPMEM_METRIC_HELD))
		return -ENODATA;
	*value = tm_sums_number(&row->sums, TCPMEM_METRIC_HELD) / sockets;
	return 0;
}

int tcpmem_row_get_share(const struct tcpmem_row *row, double *percent)
{
	int64_t held;

	if (row->all_held <= 0 ||
	    tcpmem_row_get_metric(row, TCPMEM_METRIC_HELD, &held) < 0)
		return -ENODATA;
	*percent = 100.0 * (double)held / (double)row->all_held;
	return 0;
}

static uint32_t hash(uint32_t seed, const struct tm_group_key *key)
{
	uint32_t h = tm_hash(seed, key->holder);

	for (size_t i = 0; i < TM_KEYS_MAX; i++)
		h = tm_hash(h, key->id[i]);
	return h;
}

struct tm_group *tm_groups_get(struct tm_groups *groups,
			       const struct tm_group_key *key)
{
	struct tm_index_walk walk = { 0 };
	struct tm_group *group;

	if (!groups->seed)
		groups->seed = (uint32_t)tm_random_seed();
	walk.hash = hash(groups->seed, key);
	while (tm_index_next(&groups->index, &walk)) {
		group = &groups->group[walk.number];
		if (memcmp(&group->key, key, sizeof(*key)) == 0)
			return group;
	}
	group = tm_grow(groups->group, groups->count, &groups->capacity,
			sizeof(*group));
	if (!group)
		return NULL;
	groups->group = group;
	if (tm_index_add(&groups->index, walk.hash, (uint32_t)groups->count))
		return NULL;
	group += groups->count++;
	memset(group, 0, sizeof(*group));
	group->key = *key;
	return group;
}

void tm_groups_clear(struct tm_groups *groups)
{
	free(groups->group);
	tm_index_deinit(&groups->index);
	memset(groups, 0, sizeof(*groups));
}

int tm_metric_from_name(const char *name, enum tcpmem_metric *metric)
{
	for (int i = 0; i < TCPMEM_METRIC_COUNT; i++) {
		enum tcpmem_metric m = (enum tcpmem_metric)i;

		if (strcmp(tcpmem_metric_describe(m)->name, name) == 0) {
			*metric = m;
			return 0;
		}
	}
	return -EINVAL;
}

/* ---- rows sorted by words with commas between ---- */

#define BY_KEY (-1)

#define ORDERS_MAX 8

struct order {
	int by; /* BY_KEY, or what find() made of the word */
	bool descending;
};

struct orders {
	const struct tm_order_words *words;
	struct order order[ORDERS_MAX];
	size_t count;
};

static int parse_order(const char *text, size_t len,
		       const struct tm_order_words *words, struct order *order)
{
	char word[32];

	order->by = BY_KEY;
	order->descending = len && text[0] == '-';
	if (order->descending) {
		text++;
		len--;
	}
	if (len >= sizeof(word))
		return -EINVAL;
	memcpy(word, text, len);
	word[len] = '\0';
	return strcmp(word, "key") == 0 ? 0 : words->find(word, &order->by);
}

static int parse(const char *text, struct orders *orders)
{
	for (;; text++) {
		size_t len = strcspn(text, ",");

		if (orders->count == ORDERS_MAX ||
		    parse_order(text, len, orders->words,
				&orders->order[orders->count]) < 0)
			return -EINVAL;
		orders->count++;
		text += len;
		if (!*text)
			return 0;
	}
}

static int compare_by(const struct orders *orders, const struct order *order,
		      const struct tcpmem_subject *a,
		      const struct tcpmem_subject *b)
{
	int64_t x, y;
	int result;

	if (order->by == BY_KEY) {
		result = tm_compare_names(a->key, b->key);
	} else {
		x = orders->words->value(a, order->by);
		y = orders->words->value(b, order->by);
		/* what is not known stands last in either order */
		if (x == TCPMEM_UNKNOWN || y == TCPMEM_UNKNOWN)
			return (x == TCPMEM_UNKNOWN) - (y == TCPMEM_UNKNOWN);
		result = (x > y) - (x < y);
	}
	return order->descending ? -result : result;
}

/*
 * Equal rows are sorted by key, so that output is reproducible. Those of one
 * key are processes that reused a pid: the older one first.
 */
static int compare(const void *a, const void *b, void *user)
{
	const struct orders *orders = user;
	const struct tcpmem_subject *x = a, *y = b;
	uint64_t started, other;
	int result;

	for (size_t i = 0; i < orders->count; i++) {
		result = compare_by(orders, &orders->order[i], x, y);
		if (result)
			return result;
	}
	result = tm_compare_names(x->key, y->key);
	if (result || !x->process || !y->process)
		return result;
	started = x->process->start_time;
	other = y->process->start_time;
	return (started > other) - (started < other);
}

int tm_rows_sort(void *rows, size_t count, size_t size, const char *text,
		 const struct tm_order_words *words)
{
	struct orders orders = { .words = words };
	int ret = parse(text, &orders);

	if (ret == 0 && count)
		qsort_r(rows, count, size, compare, &orders);
	return ret;
}
