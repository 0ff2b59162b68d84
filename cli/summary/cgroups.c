// SPDX-License-Identifier: LGPL-2.1-or-later
/* cgroups.c - the charges of cgroups: sums of sockets, the kernel's counters */
#include "output/output.h"
#include "summary.h"

#include <stdio.h>
#include <stdlib.h>

struct cgroup_row {
	const struct tcpmem_cgroup_accounting *accounting;
	size_t index;
};

static void get_path(const struct cell *cell, struct value *value)
{
	const struct cgroup_row *row = cell->row;

	value_set_text(value, tcpmem_cgroup_accounting_get_path(row->accounting,
								row->index));
}

static void get_verdict(const struct cell *cell, struct value *value)
{
	const struct cgroup_row *row = cell->row;

	value_set_text(value, tcpmem_verdict_describe(
				      tcpmem_cgroup_accounting_get_verdict(
					      row->accounting, row->index))
				      ->name);
}

static void get_number(const struct cell *cell, struct value *value)
{
	const struct cgroup_row *row = cell->row;

	if (tcpmem_cgroup_accounting_get_metric(row->accounting, row->index,
						cell->column->cgroup,
						&value->integer) == 0)
		value->type = VALUE_BYTES;
}

#define NUMBER(id, word)                                               \
	{                                                              \
		.name = word, .type = VALUE_BYTES,                     \
		.cgroup = TCPMEM_CGROUP_METRIC_##id, .get = get_number \
	}

static const struct column columns[] = {
	{ .name = "cgroup", .type = VALUE_TEXT, .wrap = true, .get = get_path },
	NUMBER(CHARGED, "charged"),
	NUMBER(KERNEL, "kernel"),
	NUMBER(RESIDUAL, "residual"),
	{ .name = "verdict", .type = VALUE_TEXT, .get = get_verdict },
};

static const struct column_table cgroup_columns = { columns,
						    ARRAY_SIZE(columns) };

int summary_cgroups_text(const struct summary *summary)
{
	const struct tcpmem_cgroup_accounting *accounting = summary->cgroups;
	size_t count =
		accounting ? tcpmem_cgroup_accounting_get_count(accounting) : 0;
	struct columns all;
	struct table *table;

	if (!count)
		return 0;
	columns_all(&cgroup_columns, &all);
	table = table_new(summary->options, &all, NULL, NULL);
	for (size_t i = 0; i < count; i++)
		table_add(table, summary->snap,
			  &(struct cgroup_row){ accounting, i }, false);
	putchar('\n');
	return table_finish(table);
}

/* Verdicts that need no explanation: counts agree, or there is none. */
static bool needs_words(enum tcpmem_verdict verdict)
{
	return verdict == TCPMEM_VERDICT_EXPLAINED ||
	       verdict == TCPMEM_VERDICT_UNEXPLAINED;
}

void summary_cgroups_footer(const struct summary *summary)
{
	const struct tcpmem_cgroup_accounting *accounting = summary->cgroups;
	size_t count =
		accounting ? tcpmem_cgroup_accounting_get_count(accounting) : 0;

	if (summary->options->cgroups && !count)
		footer_print_text("No cgroup's count can be read: it takes the "
				  "memory controller of cgroup v2, or a TCP "
				  "limit in that of v1.");
	for (size_t i = 0; i < count; i++)
		if (needs_words(tcpmem_cgroup_accounting_get_verdict(accounting,
								     i)))
			footer_print_text("%s: %s",
					  tcpmem_cgroup_accounting_get_path(
						  accounting, i),
					  tcpmem_cgroup_accounting_get_text(
						  accounting, i));
}

static void json_cgroup(struct json *json,
			const struct tcpmem_cgroup_accounting *accounting,
			size_t i)
{
	json_open_object(json, NULL);
	json_text(json, "cgroup",
		  tcpmem_cgroup_accounting_get_path(accounting, i));
	for (int n = 0; n < TCPMEM_CGROUP_METRIC_COUNT; n++) {
		enum tcpmem_cgroup_metric which = (enum tcpmem_cgroup_metric)n;
		const char *key = tcpmem_cgroup_metric_describe(which)->json;
		int64_t value = 0;
		int ret = tcpmem_cgroup_accounting_get_metric(accounting, i,
							      which, &value);

		json_optional(json, key, ret, value);
	}
	json_text(json, "verdict",
		  tcpmem_verdict_describe(
			  tcpmem_cgroup_accounting_get_verdict(accounting, i))
			  ->name);
	json_text(json, "text",
		  tcpmem_cgroup_accounting_get_text(accounting, i));
	json_close_object(json);
}

void summary_cgroups_json(struct json *json, const struct summary *summary)
{
	const struct tcpmem_cgroup_accounting *accounting = summary->cgroups;

	if (!accounting) {
		json_null(json, "cgroups");
		return;
	}
	json_open_array(json, "cgroups");
	for (size_t i = 0; i < tcpmem_cgroup_accounting_get_count(accounting);
	     i++)
		json_cgroup(json, accounting, i);
	json_close_array(json);
}
