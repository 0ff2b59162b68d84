// SPDX-License-Identifier: LGPL-2.1-or-later
/* worst.c - of several processes those that stand out */
#include "explain.h"
#include "output/output.h"
#include "output/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* Rows of the table for people */
#define WORST_ROWS 8

static int64_t waiting(const struct tcpmem_row *row)
{
	return row_metric(row, TCPMEM_METRIC_UNREAD) +
	       row_metric(row, TCPMEM_METRIC_UNSENT);
}

static int compare_numbers(int64_t a, int64_t b)
{
	return (a < b) - (a > b);
}

static int compare(const void *a, const void *b)
{
	const struct tcpmem_row *const *p = a, *const *q = b;
	int ret = compare_numbers(waiting(*p), waiting(*q));

	if (ret == 0)
		ret = compare_numbers(row_metric(*p, TCPMEM_METRIC_HELD),
				      row_metric(*q, TCPMEM_METRIC_HELD));
	/* else in the library's order, by address */
	return ret ? ret : (*p > *q) - (*p < *q);
}

int explain_worst(const struct explain *explain, const struct explained *item,
		  struct tcpmem_table **rows, const struct tcpmem_row ***row,
		  size_t *count)
{
	size_t all;
	int ret = tcpmem_group(explain->snap, "process", rows);

	if (ret < 0)
		return ret;
	all = tcpmem_table_get_row_count(*rows);
	*count = 0;
	*row = calloc(all + 1, sizeof(**row));
	if (!*row) {
		tcpmem_table_free(*rows);
		return -ENOMEM;
	}
	for (size_t i = 0; i < all; i++) {
		const struct tcpmem_row *one = tcpmem_table_get_row(*rows, i);
		const struct tcpmem_process *process =
			tcpmem_row_get_subject(one)->process;

		if (process &&
		    explain_is_in(item, tcpmem_process_get_pid(process)))
			(*row)[(*count)++] = one;
	}
	qsort(*row, *count, sizeof(**row), compare);
	return 0;
}

static int print_rows(const struct explain *explain,
		      const struct tcpmem_row **row, size_t count)
{
	struct columns columns = { 0 };
	struct table *table;

	/* names of columns that exist are no mistake */
	(void)columns_parse(&row_columns,
			    "pid,unread,unsent,held,rss,fds,cmdline", &columns);
	table = table_new(explain->options, &columns, NULL, NULL);
	for (size_t i = 0; i < count; i++)
		table_add(table, explain->snap, row[i], false);
	return table_finish(table);
}

int explain_print_worst(const struct explain *explain,
			const struct explained *item)
{
	const struct tcpmem_row **row;
	struct tcpmem_table *rows;
	size_t count, shown;
	int ret = explain_worst(explain, item, &rows, &row, &count);

	if (ret < 0)
		return ret;
	shown = count < WORST_ROWS ? count : WORST_ROWS;
	if (shown) {
		puts("By process, those with the most data waiting first");
		ret = print_rows(explain, row, shown);
	}
	if (shown && item->is->pid_count > shown)
		printf("  and %zu more, %zu of them without a TCP socket%s\n",
		       item->is->pid_count - shown, item->is->pid_count - count,
		       tcpmem_snapshot_is_complete(explain->snap)
			       ? ""
			       : " that was seen");
	free(row);
	tcpmem_table_free(rows);
	return ret;
}
