// SPDX-License-Identifier: LGPL-2.1-or-later
/* total_per_process.c - what each process's TCP sockets cost, most first */
#include <tcpmem.h>

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_row(const struct tcpmem_row *row)
{
	int64_t held = 0, sockets = 0;

	tcpmem_row_get_metric(row, TCPMEM_METRIC_HELD, &held);
	tcpmem_row_get_metric(row, TCPMEM_METRIC_SOCKETS, &sockets);
	printf("%12" PRId64 " %8" PRId64 "  ", held, sockets);
	/* a process chooses its name: no control codes for the terminal */
	for (const char *c = tcpmem_row_get_subject(row)->key; *c; c++)
		putchar(iscntrl((unsigned char)*c) ? '?' : *c);
	putchar('\n');
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
	if (ret == 0) {
		for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++)
			print_row(tcpmem_table_get_row(table, i));
		print_row(tcpmem_table_get_total(table));
	} else {
		fprintf(stderr, "total_per_process: %s\n", strerror(-ret));
	}
	tcpmem_table_free(table);
	tcpmem_snapshot_free(snapshot);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	return ret ? 1 : 0;
}
