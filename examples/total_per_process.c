// SPDX-License-Identifier: LGPL-2.1-or-later
/* total_per_process.c - what each process's TCP sockets cost, most first */
#include <tcpmem.h>

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_number(int64_t number, int width)
{
	if (number == TCPMEM_UNKNOWN)
		printf("%*s ", width, "unknown");
	else
		printf("%*" PRId64 " ", width, number);
}

static void print_row(int64_t held, int64_t sockets, const char *key)
{
	print_number(held, 12);
	print_number(sockets, 8);
	putchar(' ');
	/* a process chooses its name: no control codes for the terminal */
	for (const char *c = key; *c; c++)
		putchar(iscntrl((unsigned char)*c) ? '?' : *c);
	putchar('\n');
}

/* A column at a time: what a binding would do, at one call for each. */
static int print_rows(const struct tcpmem_table *table)
{
	size_t count = tcpmem_table_get_row_count(table);
	int64_t *held = calloc(2 * count + 1, sizeof(*held));
	int64_t *sockets = held ? held + count : NULL;
	struct tcpmem_subjects *who = NULL;
	int ret = held ? tcpmem_table_get_subjects(table, &who) : -ENOMEM;

	if (ret == 0)
		ret = tcpmem_table_read_column(table, TCPMEM_COLUMN_METRIC,
					       TCPMEM_METRIC_HELD, held, count);
	if (ret == 0)
		ret = tcpmem_table_read_column(table, TCPMEM_COLUMN_METRIC,
					       TCPMEM_METRIC_SOCKETS, sockets,
					       count);
	for (size_t i = 0; ret == 0 && i < count; i++)
		print_row(held[i], sockets[i], who->text + who->key[i]);
	tcpmem_free(who);
	free(held);
	return ret;
}

/* The other way to one number: -ENODATA where it is not known */
static int64_t metric(const struct tcpmem_row *row, enum tcpmem_metric which)
{
	int64_t number;

	return tcpmem_row_get_metric(row, which, &number) < 0 ? TCPMEM_UNKNOWN
							      : number;
}

static void print_total(const struct tcpmem_row *total)
{
	print_row(metric(total, TCPMEM_METRIC_HELD),
		  metric(total, TCPMEM_METRIC_SOCKETS),
		  tcpmem_row_get_subject(total)->key);
}

static void print_warnings(const struct tcpmem_snapshot *snapshot)
{
	const char *text;

	for (size_t i = 0;
	     (text = tcpmem_snapshot_get_warning(snapshot, i, NULL)); i++)
		fprintf(stderr, "not the whole truth: %s\n", text);
}

int main(void)
{
	struct tcpmem_ctx *ctx = NULL;
	struct tcpmem_query *query = NULL;
	struct tcpmem_snapshot *snapshot = NULL;
	struct tcpmem_table *table = NULL;
	int ret = tcpmem_ctx_new(&ctx);

	if (ret == 0)
		ret = tcpmem_query_new(&query);
	if (ret == 0)
		ret = tcpmem_snapshot_take(ctx, query, &snapshot);
	if (ret == 0)
		ret = tcpmem_group(snapshot, "process", &table);
	if (ret == 0)
		ret = tcpmem_table_sort(table, "-held");
	if (ret == 0)
		ret = print_rows(table);
	if (ret == 0) {
		print_total(tcpmem_table_get_total(table));
		print_warnings(snapshot);
	}
	if (ret < 0)
		fprintf(stderr, "total_per_process: %s\n", strerror(-ret));
	tcpmem_table_free(table);
	tcpmem_snapshot_free(snapshot);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	return ret ? 1 : 0;
}
