// SPDX-License-Identifier: LGPL-2.1-or-later
/* cgroups.c - the charges of cgroups: sums of sockets, the kernel's counters */
#include "output/output.h"
#include "summary.h"

#include <stdio.h>
#include <stdlib.h>

static const char *path_of(const struct tcpmem_cgroup *cgroup)
{
	return cgroup->path;
}

static const char *verdict_of(const struct tcpmem_cgroup *cgroup)
{
	return tcpmem_verdict_describe(cgroup->verdict)->name;
}

COLUMN_GETTER(get_path, text, path_of(cell->row))
COLUMN_GETTER(get_verdict, text, verdict_of(cell->row))

static void get_number(const struct cell *cell, struct value *value)
{
	if (tcpmem_cgroup_get_metric(cell->row, cell->column->cgroup,
				     &value->integer) == 0)
		value->type = VALUE_BYTES;
}

#define NUMBER(id, word)                                               \
	{                                                              \
		.name = word, .type = VALUE_BYTES,                     \
		.cgroup = TCPMEM_CGROUP_METRIC_##id, .get = get_number \
	}

static const struct column columns[] = {
	COLUMN("cgroup", TEXT, NULL, .wrap = true, .get = get_path),
	NUMBER(CHARGED, "charged"),
	NUMBER(KERNEL, "kernel"),
	NUMBER(RESIDUAL, "residual"),
	COLUMN("verdict", TEXT, NULL, .get = get_verdict),
};

static const struct column_table cgroup_columns = { columns,
						    ARRAY_SIZE(columns) };

static const struct tcpmem_cgroup *get(const struct summary *summary, size_t i)
{
	return summary->cgroups
		       ? tcpmem_cgroup_accounting_get(summary->cgroups, i)
		       : NULL;
}

int summary_cgroups_text(const struct summary *summary)
{
	const struct tcpmem_cgroup *cgroup = get(summary, 0);
	struct columns all;
	struct table *table;

	if (!cgroup)
		return 0;
	columns_all(&cgroup_columns, &all);
	table = table_new(summary->options, &all, NULL, NULL);
	for (size_t i = 1; cgroup; i++) {
		table_add(table, summary->snap, cgroup, false);
		cgroup = get(summary, i);
	}
	putchar('\n');
	return table_finish(table);
}

/* Where a cgroup's counts agree, or one is missing, there is no text. */
static bool needs_words(enum tcpmem_verdict verdict)
{
	return verdict == TCPMEM_VERDICT_EXPLAINED ||
	       verdict == TCPMEM_VERDICT_UNEXPLAINED;
}

void summary_cgroups_footer(const struct summary *summary)
{
	const struct tcpmem_cgroup *cgroup = get(summary, 0);

	if (summary->options->cgroups && summary->options->from)
		footer_print_text("A capture has no counts of cgroups.");
	else if (summary->options->cgroups && !cgroup)
		footer_print_text("No cgroup's count can be read: it takes the "
				  "memory controller of cgroup v2, or a TCP "
				  "limit in that of v1.");
	for (size_t i = 1; cgroup; i++) {
		if (needs_words(cgroup->verdict))
			footer_print_text("%s: %s", cgroup->path, cgroup->text);
		cgroup = get(summary, i);
	}
}

static void json_cgroup(struct json *json, const struct tcpmem_cgroup *cgroup)
{
	json_open_object(json, NULL);
	json_text(json, "cgroup", cgroup->path);
	for (int n = 0; n < TCPMEM_CGROUP_METRIC_COUNT; n++) {
		enum tcpmem_cgroup_metric which = (enum tcpmem_cgroup_metric)n;
		const char *key = tcpmem_cgroup_metric_describe(which)->json;
		int64_t value = 0;
		int ret = tcpmem_cgroup_get_metric(cgroup, which, &value);

		json_optional(json, key, ret, value);
	}
	json_text(json, "verdict", verdict_of(cgroup));
	json_text(json, "text", cgroup->text);
	json_close_object(json);
}

void summary_cgroups_json(struct json *json, const struct summary *summary)
{
	const struct tcpmem_cgroup *cgroup;

	if (!summary->cgroups) {
		json_null(json, "cgroups");
		return;
	}
	json_open_array(json, "cgroups");
	for (size_t i = 0; (cgroup = get(summary, i)); i++)
		json_cgroup(json, cgroup);
	json_close_array(json);
}
