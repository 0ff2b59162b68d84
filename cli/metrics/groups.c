// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * groups.c - sums of the largest groups, of all others, and of ports
 *
 * A name that was among the largest keeps its series for some looks, so that
 * series do not come and go with every change of order.
 */
#include "look.h"

#include "../output/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOOKS_KEPT 5
#define OTHER	   "(other)"

const enum tcpmem_metric metrics_row_metric[METRICS_ROW_VALUES] = {
	TCPMEM_METRIC_HELD,	  TCPMEM_METRIC_BUFFER, TCPMEM_METRIC_SOCKETS,
	TCPMEM_METRIC_CLOSE_WAIT, TCPMEM_METRIC_UNREAD,
};

const char *metrics_group_name(size_t index)
{
	static const char *const names[] = { "program", "unit", "cgroup",
					     "container" };

	return index < sizeof(names) / sizeof(*names) ? names[index] : NULL;
}

int metrics_needs(const struct metrics_config *config, uint32_t *needs)
{
	const char *name;
	int ret = 0;

	*needs = TCPMEM_NEED_HOLDERS | TCPMEM_SUMS_SUFFICE;
	if (config->port_count)
		ret = tcpmem_keys_require("local-port", needs);
	if (ret < 0 || !config->group)
		return ret;
	for (size_t i = 0; (name = metrics_group_name(i)); i++)
		if (strcmp(name, config->group) == 0)
			return tcpmem_keys_require(name, needs);
	return -EINVAL;
}

const char *metrics_ports(struct metrics_config *config, const char *text)
{
	char *end = (char *)text;

	do {
		unsigned long port = strtoul(text, &end, 10);

		if (*text < '0' || *text > '9' || !port || port > UINT16_MAX)
			return "ports with commas between, as in 443,8080";
		if (config->port_count == METRICS_PORTS)
			return "32 ports at most";
		config->port[config->port_count++] = (uint16_t)port;
		text = end + 1;
	} while (*end == ',');
	return *end ? "ports with commas between, as in 443,8080" : NULL;
}

int64_t metrics_row_value(const struct tcpmem_row *row,
			  enum tcpmem_metric metric)
{
	int64_t value;

	return tcpmem_row_get_metric(row, metric, &value) ? TCPMEM_UNKNOWN
							  : value;
}

/* What is no character of UTF-8, or steers whoever shows it, is U+FFFD. */
static char *make_utf8(const char *text)
{
	char *copy = malloc(3 * strlen(text) + 1);
	char *to = copy;

	while (copy && *text) {
		const unsigned char *at = (const unsigned char *)text;
		size_t len = utf8_length(at);
		bool plain = len && !utf8_control(at, len);

		to = mempcpy(to, plain ? text : "\xef\xbf\xbd",
			     plain ? len : 3);
		text += len ? len : 1;
	}
	if (copy)
		*to = '\0';
	return copy;
}

/* What no process holds has a name that no program's path is. */
static char *make_label(const struct tcpmem_subject *subject)
{
	char *label;

	if (strcmp(subject->kind, "group") == 0)
		return make_utf8(subject->key);
	return asprintf(&label, "(%s)", subject->key) < 0 ? NULL : label;
}

static int read_row(const struct tcpmem_row *row, struct metrics_row *to)
{
	to->label = make_label(tcpmem_row_get_subject(row));
	for (size_t v = 0; v < METRICS_ROW_VALUES; v++)
		to->value[v] = metrics_row_value(row, metrics_row_metric[v]);
	return to->label ? 0 : -ENOMEM;
}

static int read_rows(const struct tcpmem_snapshot *snap, const char *key,
		     struct metrics_rows *rows)
{
	struct tcpmem_table *table;
	int ret = tcpmem_group(snap, key, &table);
	size_t count;

	if (ret < 0)
		return ret;
	count = tcpmem_table_get_row_count(table);
	rows->row = calloc(count + 1, sizeof(*rows->row));
	ret = rows->row ? 0 : -ENOMEM;
	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = read_row(tcpmem_table_get_row(table, i),
			       &rows->row[rows->count++]);
	tcpmem_table_free(table);
	return ret;
}

static int compare_labels(const void *a, const void *b)
{
	const struct metrics_row *one = a, *other = b;

	return strcmp(one->label, other->label);
}

/* Largest first; of equals by name, so that the order is no accident */
static int compare_held(const void *a, const void *b)
{
	const struct metrics_row *one = a, *other = b;

	if (one->value[0] != other->value[0])
		return one->value[0] < other->value[0] ? 1 : -1;
	return compare_labels(a, b);
}

static void add_row(struct metrics_row *sum, const struct metrics_row *row,
		    bool first)
{
	for (size_t v = 0; v < METRICS_ROW_VALUES; v++)
		metrics_add(&sum->value[v], row->value[v], first);
}

/* Two names that differ in what is not UTF-8 would be one series twice. */
static void merge_equals(struct metrics_rows *rows)
{
	size_t kept = 0;

	qsort(rows->row, rows->count, sizeof(*rows->row), compare_labels);
	for (size_t i = 0; i < rows->count; i++) {
		struct metrics_row *row = &rows->row[i];

		if (kept && compare_labels(row, &rows->row[kept - 1]) == 0) {
			add_row(&rows->row[kept - 1], row, false);
			free(row->label);
		} else {
			rows->row[kept++] = *row;
		}
	}
	rows->count = kept;
}

static int add_group(struct metrics_memory *memory, const char *label)
{
	void *more = reallocarray(memory->group, memory->count + 1,
				  sizeof(*memory->group));
	char *copy = more ? strdup(label) : NULL;

	if (more)
		memory->group = more;
	if (!copy)
		return -ENOMEM;
	memory->group[memory->count].label = copy;
	memory->group[memory->count++].left = LOOKS_KEPT + 1;
	return 0;
}

/* A group whose name is that of all others is counted among them. */
static int remember(struct metrics_memory *memory, const char *label)
{
	if (strcmp(label, OTHER) == 0)
		return 0;
	for (size_t i = 0; i < memory->count; i++) {
		if (strcmp(memory->group[i].label, label) == 0) {
			memory->group[i].left = LOOKS_KEPT + 1;
			return 0;
		}
	}
	return add_group(memory, label);
}

static void forget_oldest(struct metrics_memory *memory)
{
	size_t kept = 0;

	for (size_t i = 0; i < memory->count; i++) {
		if (--memory->group[i].left)
			memory->group[kept++] = memory->group[i];
		else
			free(memory->group[i].label);
	}
	memory->count = kept;
}

void metrics_memory_free(struct metrics_memory *memory)
{
	for (size_t i = 0; i < memory->count; i++)
		free(memory->group[i].label);
	free(memory->group);
	*memory = (struct metrics_memory){ 0 };
}

/*
 * The remembered groups, largest first; a group that is gone is 0
 * @all: sorted by their labels
 */
static int choose_rows(const struct metrics_memory *memory,
		       struct metrics_rows *all, struct metrics_rows *chosen)
{
	/* one more row, for all other groups */
	chosen->row = calloc(memory->count + 1, sizeof(*chosen->row));
	if (!chosen->row)
		return -ENOMEM;
	for (size_t i = 0; i < memory->count; i++) {
		struct metrics_row *to = &chosen->row[chosen->count];
		struct metrics_row key = { .label = memory->group[i].label };
		const struct metrics_row *row = bsearch(&key, all->row,
							all->count, sizeof(key),
							compare_labels);

		if (row)
			*to = *row;
		to->label = strdup(key.label);
		if (!to->label)
			return -ENOMEM;
		chosen->count++;
	}
	qsort(chosen->row, chosen->count, sizeof(*chosen->row), compare_held);
	return 0;
}

/* Rows beyond @room are dropped; what has no row of its own is "(other)". */
static int fold_others(struct metrics_rows *all, struct metrics_rows *chosen,
		       size_t room)
{
	struct metrics_row other = { .label = strdup(OTHER) };
	bool first = true;

	if (!other.label)
		return -ENOMEM;
	while (chosen->count > room)
		free(chosen->row[--chosen->count].label);
	for (size_t i = 0; i < chosen->count; i++) {
		struct metrics_row *row = bsearch(&chosen->row[i], all->row,
						  all->count, sizeof(*row),
						  compare_labels);

		if (row)
			row->shown = true;
	}
	for (size_t i = 0; i < all->count; i++) {
		if (all->row[i].shown)
			continue;
		add_row(&other, &all->row[i], first);
		first = false;
	}
	chosen->row[chosen->count++] = other;
	return 0;
}

size_t metrics_least_series(const struct metrics_config *config)
{
	return METRICS_FIXED + (config->port_count + 2) * METRICS_ROW_VALUES;
}

static size_t count_room(const struct metrics_config *config)
{
	size_t rows = (config->max_series - METRICS_FIXED) / METRICS_ROW_VALUES;

	return rows - config->port_count - 1;
}

static int remember_largest(const struct metrics_config *config,
			    struct metrics_memory *memory,
			    struct metrics_rows *all)
{
	int ret = 0;

	qsort(all->row, all->count, sizeof(*all->row), compare_held);
	for (size_t i = 0; ret == 0 && i < all->count && i < config->top; i++)
		ret = remember(memory, all->row[i].label);
	forget_oldest(memory);
	qsort(all->row, all->count, sizeof(*all->row), compare_labels);
	return ret;
}

void metrics_rows_free(struct metrics_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		free(rows->row[i].label);
	free(rows->row);
}

int metrics_read_groups(const struct metrics_config *config,
			struct metrics_memory *memory,
			const struct tcpmem_snapshot *snap,
			struct metrics_look *look)
{
	struct metrics_rows all = { 0 };
	size_t room = count_room(config);
	int ret = read_rows(snap, config->group, &all);

	if (ret == 0) {
		merge_equals(&all);
		ret = remember_largest(config, memory, &all);
	}
	if (ret == 0)
		ret = choose_rows(memory, &all, &look->group);
	if (ret == 0 && look->group.count > room)
		look->dropped = (int64_t)(look->group.count - room) *
				METRICS_ROW_VALUES;
	if (ret == 0)
		ret = fold_others(&all, &look->group, room);
	metrics_rows_free(&all);
	return ret;
}

/* A port without a socket is 0. */
int metrics_read_ports(const struct metrics_config *config,
		       const struct tcpmem_snapshot *snap,
		       struct metrics_look *look)
{
	struct metrics_rows all = { 0 };
	struct metrics_rows *rows = &look->port;
	int ret = read_rows(snap, "local-port", &all);

	rows->row = calloc(config->port_count, sizeof(*rows->row));
	if (ret == 0 && !rows->row)
		ret = -ENOMEM;
	for (size_t i = 0; ret == 0 && i < config->port_count; i++) {
		struct metrics_row *row = &rows->row[i];

		if (asprintf(&row->label, "%u", config->port[i]) < 0) {
			ret = -ENOMEM;
			break;
		}
		rows->count++;
		for (size_t k = 0; k < all.count; k++)
			if (strcmp(all.row[k].label, row->label) == 0)
				memcpy(row->value, all.row[k].value,
				       sizeof(row->value));
	}
	metrics_rows_free(&all);
	return ret;
}
