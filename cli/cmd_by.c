// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_by.c - tcpmem by KEY: sockets grouped, rows that add up to the total */
#include "messages.h"
#include "rows.h"

#include <string.h>

#define USUAL "key,sockets,unread,unsent,object,held,share%"

static const char with_rss[] = USUAL ",rss";

static bool is_known(const struct row_run *run, const struct column *column)
{
	for (size_t i = 0; i < run->count; i++) {
		struct value value;

		column_get(column, run->snap, run->row[i], &value);
		if (value.type != VALUE_UNKNOWN)
			return true;
	}
	return false;
}

/* Captures of before do not have it, nor do sockets that nobody holds. */
static void drop_unknown(struct row_run *run)
{
	struct columns *columns = &run->columns;
	size_t kept = 0;

	for (size_t i = 0; i < columns->count; i++) {
		const struct column *column = columns->column[i];

		if (strcmp(column_name(column), "rss") != 0 ||
		    is_known(run, column))
			columns->column[kept++] = column;
	}
	columns->count = kept;
}

static int fetch(struct row_run *run)
{
	struct tcpmem_table **table = run->state;
	int ret = session_fetch(&run->session, &run->snap);

	if (ret == 0)
		ret = tcpmem_group(run->snap, run->key, table);
	if (ret == 0)
		ret = rows_arrange(*table, &run->sort, run->options->limited,
				   run->options->limit);
	if (ret == 0)
		ret = row_run_alloc(run, tcpmem_table_get_row_count(*table));
	if (ret < 0)
		return ret;
	run->count = tcpmem_table_get_row_count(*table);
	for (size_t i = 0; i < run->count; i++)
		run->row[i] = tcpmem_table_get_row(*table, i);
	run->total = tcpmem_table_get_total(*table);
	if (run->command->usual_columns == with_rss && !run->options->output)
		drop_unknown(run);
	return 0;
}

static const struct row_command by = {
	.columns = &row_columns,
	.schema = "tcpmem.by/1",
	.usual_columns = USUAL,
	.past_columns = "+source",
	.failure = EXIT_FAILED,
	.library_sorts = true,
	.fetch = fetch,
};

static int run(const struct options *options, char **args)
{
	struct row_command command = by;
	struct tcpmem_table *table = NULL;
	struct row_run run = {
		.command = &command,
		.options = options,
		.key = args[0],
		.state = &table,
	};
	int code;

	if (!args[0]) {
		message("by needs a KEY: 'tcpmem by process', 'tcpmem by state'");
		return EXIT_USAGE;
	}
	/* where a person looks: it takes some files of each process to read */
	if (strcmp(args[0], "process") == 0 && options->format == FORMAT_TABLE)
		command.usual_columns = with_rss;
	code = row_run(&run);
	tcpmem_table_free(table);
	tcpmem_snapshot_free(run.snap);
	return code;
}

const struct command cmd_by = {
	.name = "by",
	.alias = "ps",
	.alias_arg = "process",
	.args = "KEY",
	.max_args = 1,
	.filter = true,
	.text = "sockets and memory grouped by KEY (ps = by process)",
	.about = "Groups the sockets by KEY. A socket that several processes "
		 "hold is shared out\n"
		 "among them, so each column adds up to the total, to the "
		 "byte.\n",
	.help = keys_help,
	.examples =
		"  tcpmem ps --limit 10             who holds the most\n"
		"  tcpmem by process -o +reach      shared sockets in full, "
		"too\n"
		"  tcpmem by peer dport = :5432     only connections to "
		"databases\n"
		"  tcpmem by state --sort -sockets  by number, not by memory\n",
	.columns = &row_columns,
	.options = OPTIONS(OPTIONS_ROWS, OPTION_PAST),
	.run = run,
};
