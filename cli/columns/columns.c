// SPDX-License-Identifier: LGPL-2.1-or-later
/* columns.c - lists of columns: -o, --sort */
#include "columns.h"

#include "cli.h"
#include "messages.h"

#include <ctype.h>
#include <string.h>

const char *column_name(const struct column *column)
{
	if (column->name)
		return column->name;
	return column->is_info ? tcpmem_info_describe(column->info)->name
			       : tcpmem_metric_describe(column->metric)->name;
}

const char *column_json(const struct column *column)
{
	if (column->name)
		return column->json ? column->json : column->name;
	return column->is_info ? tcpmem_info_describe(column->info)->json
			       : tcpmem_metric_describe(column->metric)->json;
}

const char *column_text(const struct column *column)
{
	if (column->name)
		return column->text;
	return column->is_info ? tcpmem_info_describe(column->info)->text
			       : tcpmem_metric_describe(column->metric)->text;
}

static enum value_type info_type(enum tcpmem_info info)
{
	switch (tcpmem_info_describe(info)->unit) {
	case TCPMEM_UNIT_BYTES:
		return VALUE_BYTES;
	case TCPMEM_UNIT_BYTES_PER_SECOND:
		return VALUE_SPEED;
	case TCPMEM_UNIT_MICROSECONDS:
		return VALUE_MICROSECONDS;
	case TCPMEM_UNIT_MILLISECONDS:
		return VALUE_MILLISECONDS;
	case TCPMEM_UNIT_TIMER:
		return VALUE_TEXT;
	default:
		return VALUE_INTEGER;
	}
}

enum value_type column_type(const struct column *column)
{
	if (column->name)
		return column->type;
	if (column->is_info)
		return info_type(column->info);
	if (tcpmem_metric_describe(column->metric)->unit == TCPMEM_UNIT_BYTES)
		return VALUE_BYTES;
	return VALUE_INTEGER;
}

void column_get(const struct column *column, const struct tcpmem_snapshot *snap,
		const void *row, struct value *value)
{
	const struct cell cell = { column, snap, row };

	value->type = VALUE_UNKNOWN;
	column->get(&cell, value);
}

const char *column_part(const struct column *column,
			const struct tcpmem_subject *subject)
{
	const char *part = subject->parts;

	if (column->part > subject->part_count)
		return NULL;
	for (unsigned int i = 1; i < column->part; i++)
		part += strlen(part) + 1;
	return part;
}

struct tcpmem_process_details
column_process(const struct cell *cell, const struct tcpmem_process *process)
{
	struct tcpmem_process_details details = {
		.size = sizeof(details),
		.parent = TCPMEM_UNKNOWN,
		.rss = TCPMEM_UNKNOWN,
		.fds = TCPMEM_UNKNOWN,
	};

	if (process)
		(void)tcpmem_process_get_details(cell->snap, process, &details);
	return details;
}

void column_header(const struct column *column, char text[COLUMN_HEADER_SIZE])
{
	const char *name = column_name(column);
	size_t i;

	for (i = 0; name[i] && i < COLUMN_HEADER_SIZE - 1; i++)
		text[i] = name[i] == '_'
				  ? '-'
				  : (char)toupper((unsigned char)name[i]);
	text[i] = '\0';
}

static unsigned int count_keys(const char *keys)
{
	unsigned int count = keys != NULL;

	for (const char *at = keys; at && *at; at++)
		count += *at == ',';
	return count;
}

/* One key is the column "key" itself. */
void columns_with_keys(const struct column_table *table, const char *keys,
		       struct columns *columns)
{
	unsigned int count = count_keys(keys);

	columns->count = 0;
	for (size_t i = 0; i < table->count; i++) {
		const struct column *column = &table->column[i];

		if (column->part ? count > 1 && column->part <= count
				 : !column->on_demand)
			columns->column[columns->count++] = column;
	}
}

void columns_all(const struct column_table *table, struct columns *columns)
{
	columns_with_keys(table, NULL, columns);
}

static int folded(char c)
{
	return c == '-' ? '_' : tolower((unsigned char)c);
}

static bool same_name(const char *a, const char *b)
{
	while (*a && folded(*a) == folded(*b)) {
		a++;
		b++;
	}
	return folded(*a) == folded(*b);
}

/* Copies the first word of a comma list, cut to @size. Return: the rest. */
static const char *next_word(const char *list, char *word, size_t size)
{
	size_t len = strcspn(list, ",");
	size_t kept = len < size ? len : size - 1;

	memcpy(word, list, kept);
	word[kept] = '\0';
	return list[len] ? list + len + 1 : NULL;
}

/* "state" of "process,state" is "key2". */
static const char *name_part(const char *keys, const char *word, char part[8])
{
	char key[64];

	for (unsigned int i = 1; keys; i++) {
		keys = next_word(keys, key, sizeof(key));
		if (!same_name(key, word))
			continue;
		snprintf(part, 8, "key%u", i);
		return part;
	}
	return word;
}

static const struct column *find_column(const struct column_table *table,
					const char *key, const char *word,
					bool sorting)
{
	struct suggest suggest;
	char part[8];

	if (key && same_name(key, word))
		word = "key";
	else if (key && !sorting)
		word = name_part(key, word, part);
	suggest_init(&suggest, word);
	for (size_t i = 0; i < table->count; i++) {
		const struct column *column = &table->column[i];

		if (sorting && column->unsorted)
			continue;
		if (same_name(column_name(column), word) ||
		    (column->alias && same_name(column->alias, word)))
			return column;
		suggest_offer(&suggest, column_name(column));
	}
	suggest_message(&suggest, sorting ? "sort column" : "column",
			"--list-columns lists the columns");
	return NULL;
}

static void add_column(struct columns *columns, const struct column *column)
{
	for (size_t i = 0; i < columns->count; i++)
		if (columns->column[i] == column)
			return;
	columns->column[columns->count++] = column;
}

int columns_parse(const struct column_table *table, const char *list,
		  struct columns *columns)
{
	char word[64];

	if (*list == '+')
		list++;
	else
		columns->count = 0;
	while (list) {
		const struct column *column;

		list = next_word(list, word, sizeof(word));
		column = find_column(table, columns->key, word, false);
		if (!column)
			return EXIT_USAGE;
		add_column(columns, column);
	}
	return 0;
}

uint32_t columns_need(const struct columns *columns)
{
	uint32_t needs = 0;

	for (size_t i = 0; i < columns->count; i++)
		needs |= columns->column[i]->needs;
	return needs;
}

int sort_parse(const struct column_table *table, const char *list,
	       struct sort *sort)
{
	struct columns *columns = &sort->columns;
	char word[64];

	columns->count = 0;
	while (list) {
		const struct column *column;
		bool falling;

		list = next_word(list, word, sizeof(word));
		falling = word[0] == '-';
		if (columns->count == SORT_MAX) {
			message("--sort takes at most %d columns", SORT_MAX);
			return EXIT_USAGE;
		}
		column = find_column(table, columns->key, word + falling, true);
		if (!column)
			return EXIT_USAGE;
		sort->falling[columns->count] = falling;
		columns->column[columns->count++] = column;
	}
	return 0;
}

bool sort_text(const struct sort *sort, char text[SORT_TEXT_SIZE])
{
	size_t used = 0;

	for (size_t i = 0; i < sort->columns.count; i++)
		used += (size_t)snprintf(text + used, SORT_TEXT_SIZE - used,
					 "%s%s%s", i ? "," : "",
					 sort->falling[i] ? "-" : "",
					 column_name(sort->columns.column[i]));
	return used;
}
