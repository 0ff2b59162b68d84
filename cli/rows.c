// SPDX-License-Identifier: LGPL-2.1-or-later
/* rows.c - the frame of a command that prints rows: query, sort, limit, print
 */
#include "rows.h"

#include "messages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* struct sort_key - a row, and its values in the columns of the order */
struct sort_key {
	const void *row;
	struct value *value;
};

static int compare(const void *a, const void *b, void *user)
{
	const struct sort_key *p = a, *q = b;
	const struct sort *sort = user;

	for (size_t i = 0; i < sort->columns.count; i++) {
		int result = value_compare(&p->value[i], &q->value[i],
					   sort->falling[i]);

		if (result)
			return result;
	}
	/* rows that compare equal keep the library's order, by address */
	return ((uintptr_t)p->row > (uintptr_t)q->row) -
	       ((uintptr_t)p->row < (uintptr_t)q->row);
}

/* A text may be valid until the next cell only: it is copied. */
static int get_key(const struct row_run *run, const struct sort_key *key)
{
	for (size_t i = 0; i < run->sort.columns.count; i++) {
		struct value *value = &key->value[i];

		column_get(run->sort.columns.column[i], run->snap, key->row,
			   value);
		if (value->type != VALUE_TEXT)
			continue;
		value->text = strdup(value->text);
		if (!value->text)
			return -ENOMEM;
	}
	return 0;
}

/* Each value is asked for once, not each time that it is compared. */
static int sort_rows(struct row_run *run)
{
	size_t columns = run->sort.columns.count;
	struct value *value = calloc(run->count * columns + 1, sizeof(*value));
	struct sort_key *key = calloc(run->count + 1, sizeof(*key));
	int ret = value && key ? 0 : -ENOMEM;

	for (size_t i = 0; ret == 0 && i < run->count; i++) {
		key[i].row = run->row[i];
		key[i].value = value + i * columns;
		ret = get_key(run, &key[i]);
	}
	if (ret == 0)
		qsort_r(key, run->count, sizeof(*key), compare, &run->sort);
	for (size_t i = 0; ret == 0 && i < run->count; i++)
		run->row[i] = key[i].row;
	for (size_t i = 0; value && i < run->count * columns; i++)
		if (value[i].type == VALUE_TEXT)
			free((char *)value[i].text);
	free(value);
	free(key);
	return ret;
}

int rows_arrange(struct tcpmem_table *table, const struct sort *sort,
		 bool limited, size_t limit)
{
	char order[SORT_TEXT_SIZE];
	int ret = 0;

	if (sort_text(sort, order))
		ret = tcpmem_table_sort(table, order);
	if (ret == 0 && limited)
		ret = tcpmem_table_limit(table, limit);
	return ret;
}

int row_run_alloc(struct row_run *run, size_t count)
{
	run->row = calloc(count + 1, sizeof(*run->row));
	return run->row ? 0 : -ENOMEM;
}

/*
 * Nothing of a stream is printed before its first row: the kernel may refuse to
 * list sockets.
 */
static void open_once(struct row_run *run)
{
	if (run->opened)
		return;
	run->opened = true;
	row_output_open(&run->out);
}

int row_run_print(struct row_run *run, const struct tcpmem_snapshot *snap,
		  const void *row)
{
	const struct options *options = run->options;

	open_once(run);
	if (options->limited && !run->command->library_sorts &&
	    run->printed == options->limit)
		return 0;
	run->printed++;
	return row_output_row(&run->out, snap, row);
}

static int print(struct row_run *run)
{
	int ret = 0;

	if (!run->streamed)
		run->out.footer.snap = run->snap;
	open_once(run);
	if (run->sort.columns.count && !run->command->library_sorts)
		ret = sort_rows(run);
	for (size_t i = 0; ret == 0 && i < run->count; i++)
		ret = row_run_print(run, run->snap, run->row[i]);
	run->out.footer.snap = run->snap;
	if (ret == 0)
		ret = row_output_close(&run->out, run->total);
	if (ret == 0 && run->command->print_tail &&
	    run->options->format == FORMAT_TABLE && !run->options->noheadings)
		run->command->print_tail(run);
	return ret ? ret : stdout_flush();
}

bool row_run_lacks(const struct row_run *run,
		   const struct tcpmem_snapshot *snap)
{
	uint32_t needs = TCPMEM_NEED_INFO;

	(void)tcpmem_keys_require(run->key, &needs);
	return tcpmem_snapshot_get_unseen(snap, needs);
}

/* Return: 0, or EXIT_USAGE after a message. */
static int parse(struct row_run *run, uint32_t *needs)
{
	const struct row_command *command = run->command;
	const struct options *options = run->options;
	const char *order = options->sort;
	int ret = run->key ? tcpmem_keys_require(run->key, needs) : 0;

	if (ret < 0)
		return keys_report(ret, run->key);
	run->columns.key = run->key;
	run->sort.columns.key = run->key;
	ret = row_output_columns(options, command->columns,
				 command->usual_columns, &run->columns);
	if (ret == 0 && options->past && command->past_columns)
		ret = columns_parse(command->columns, command->past_columns,
				    &run->columns);
	if (!order && options->format == FORMAT_TABLE)
		order = command->usual_order;
	if (ret == 0 && order)
		ret = sort_parse(command->columns, order, &run->sort);
	*needs |= command->needs;
	*needs |= columns_need(&run->columns);
	*needs |= columns_need(&run->sort.columns);
	return ret;
}

int row_run(struct row_run *run)
{
	const struct row_command *command = run->command;
	uint32_t needs = 0;
	int code = parse(run, &needs);
	int ret;

	if (code)
		return code;
	run->out.options = run->options;
	run->out.schema = command->schema;
	run->out.rows_key = command->rows_key;
	run->out.by = run->key;
	run->out.columns = &run->columns;
	ret = session_open(&run->session, run->options, needs);
	if (ret == 0)
		ret = command->fetch(run);
	if (ret == 0)
		ret = print(run);
	if (ret < 0) {
		code = session_failed(&run->session, ret);
		if (code != EXIT_USAGE)
			code = command->failure;
	} else if (command->exit_code) {
		code = command->exit_code(run);
	} else {
		code = session_exit_code(run->options, run->snap);
	}
	row_output_free(&run->out);
	free(run->row);
	session_close(&run->session);
	return code;
}
