// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_summary.c - tcpmem summary: the host at a glance */
#include "messages.h"
#include "rows.h"
#include "session.h"
#include "summary/summary.h"

#include <string.h>

static void get_state(const struct cell *cell, struct value *value)
{
	const struct state_row *state = cell->row;

	value_set_text(value, state->name);
}

static void get_number(const struct cell *cell, struct value *value)
{
	const struct state_row *state = cell->row;

	value_set_number(
		value, column_type(cell->column),
		state->unasked ? TCPMEM_UNKNOWN
			       : row_metric(state->row, cell->column->metric));
}

static const struct column columns[] = {
	{ .name = "state", .type = VALUE_TEXT, .get = get_state },
	COLUMN_SUMS(get_number),
};

const struct column_table state_columns = { columns, ARRAY_SIZE(columns) };

static const struct tcpmem_row *find_row(const struct tcpmem_table *table,
					 const char *key)
{
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(table, i);

		if (strcmp(tcpmem_row_get_subject(row)->key, key) == 0)
			return row;
	}
	return NULL;
}

void summary_states(const struct summary *summary,
		    struct state_row rows[SUMMARY_STATES])
{
	uint32_t asked = tcpmem_snapshot_get_states(summary->snap);
	size_t count = 0;

	for (int i = 0; i <= TCPMEM_STATE_MAX; i++) {
		const char *name =
			tcpmem_state_describe((enum tcpmem_state)i)->name;

		if (!name)
			continue;
		rows[count].name = name;
		rows[count].row = find_row(summary->states, name);
		rows[count].unasked = !rows[count].row && !(asked & 1u << i);
		count++;
	}
}

static int collect_kept(struct summary *summary, struct session *session)
{
	const struct options *options = summary->options;
	int ret = session_fetch(session, &summary->snap);

	if (ret == 0)
		ret = tcpmem_group(summary->snap, "state", &summary->states);
	if (ret || options->no_processes)
		return ret;
	ret = tcpmem_group(summary->snap, "process", &summary->processes);
	if (ret < 0)
		return ret;
	summary_find_most(summary);
	return 0;
}

int summary_limit(const struct summary *summary, size_t usual)
{
	const struct options *options = summary->options;

	if (!summary->processes)
		return 0;
	return rows_arrange(summary->processes, &summary->sort, true,
			    options->limited ? options->limit : usual);
}

static int on_socket(const struct tcpmem_snapshot *snap,
		     const struct tcpmem_socket *sock, void *user)
{
	struct summary *summary = user;

	return tcpmem_table_add(summary->states, snap, sock);
}

static void on_restart(void *user)
{
	struct summary *summary = user;

	tcpmem_table_clear(summary->states);
}

/* Totals keep no socket: memory does not grow with the number of sockets. */
static int collect_totals(struct summary *summary,
			  const struct session *session)
{
	const struct tcpmem_dump_ops ops = {
		.size = sizeof(ops),
		.socket = on_socket,
		.restart = on_restart,
	};
	int ret = tcpmem_table_new("state", &summary->states);

	if (ret == 0)
		ret = tcpmem_dump(session->ctx, session->query, &ops, summary,
				  &summary->snap);
	return ret ? ret : tcpmem_table_finish(summary->states);
}

static int print(const struct summary *summary)
{
	int ret;

	if (summary->options->format != FORMAT_JSON)
		return summary_text(summary);
	ret = summary_limit(summary, SUMMARY_PROCESSES);
	if (ret < 0)
		return ret;
	summary_json(summary);
	return stdout_status();
}

/* Processes and cgroups are attributed to sockets that a snapshot keeps. */
static bool may_stream(const struct options *options)
{
	return options->no_processes && !options->from && !options->cgroups;
}

static int run(const struct options *options, char **args)
{
	struct summary summary = { .options = options };
	struct session session;
	int code, ret = 0;

	(void)args;
	if (options->past && options->no_processes) {
		message("--past names processes: it excludes --no-processes");
		return EXIT_USAGE;
	}
	if (options->sort)
		ret = sort_parse(&row_columns, options->sort, &summary.sort);
	if (ret)
		return ret;
	ret = session_open(
		&session, options,
		(options->no_processes ? 0 : TCPMEM_NEED_HOLDERS) |
			(options->cgroups ? TCPMEM_NEED_CHARGES : 0));
	if (ret == 0)
		ret = may_stream(options) ? collect_totals(&summary, &session)
					  : collect_kept(&summary, &session);
	if (ret == 0)
		ret = tcpmem_reconcile(summary.snap, &summary.reconciliation);
	if (ret == 0 && options->cgroups)
		ret = tcpmem_cgroup_accounting_new(summary.snap,
						   &summary.cgroups);
	if (ret == 0)
		ret = print(&summary);
	code = ret < 0 ? session_failed(&session, ret)
		       : session_exit_code(options, summary.snap);
	tcpmem_cgroup_accounting_free(summary.cgroups);
	tcpmem_reconciliation_free(summary.reconciliation);
	tcpmem_table_free(summary.states);
	tcpmem_table_free(summary.processes);
	tcpmem_snapshot_free(summary.snap);
	session_close(&session);
	return code;
}

const struct command cmd_summary = {
	.name = "summary",
	.filter = true,
	.text = "the host at a glance: states, limits, top processes",
	.about = "Says how much TCP memory there is, who has it and what "
		 "stands out; then sockets\n"
		 "by state, the kernel's limits, and the processes that hold "
		 "the most.\n",
	.examples =
		"  tcpmem summary --limit 3          the top three processes\n"
		"  tcpmem summary --no-processes     fast, in constant memory\n"
		"  tcpmem summary --cgroups          beside what cgroups are charged\n"
		"  tcpmem summary -J | jq .total.held_bytes\n",
	.columns = &row_columns,
	.options = OPTIONS(OPTIONS_READ, OPTION_BYTES, OPTION_JSON, OPTION_SORT,
			   OPTION_LIMIT, OPTION_NO_PROCESSES, OPTION_CGROUPS,
			   OPTION_COLOR, OPTION_ALL, OPTION_VERBOSE,
			   OPTION_PAST),
	.run = run,
};
