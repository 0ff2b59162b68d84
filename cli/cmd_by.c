// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_by.c - tcpmem by KEY: sockets grouped, rows that add up to the total */
#include "columns/columns.h"
#include "messages.h"
#include "options.h"
#include "output/out.h"
#include "rows.h"
#include "session.h"

#define USUAL_COLUMNS "key,sockets,charged,buffer,object,held"

/* struct by - what the command line asks for */
struct by {
	const char *key;
	uint32_t needs;
	char order[ROWS_ORDER_SIZE];
	struct columns columns;
};

static int print(const struct options *options, const struct by *by,
		 const struct tcpmem_snapshot *snap,
		 const struct tcpmem_table *table)
{
	struct out out = {
		.options = options,
		.schema = "tcpmem.by/1",
		.by = by->key,
		.columns = &by->columns,
	};
	size_t count = tcpmem_table_get_row_count(table);
	int ret = out_open(&out, snap);

	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = out_row(&out, snap, tcpmem_table_get_row(table, i));
	if (ret == 0)
		ret = out_close(&out, snap, tcpmem_table_get_total(table));
	out_free(&out);
	return ret;
}

static int group(const struct options *options, const struct by *by,
		 const struct tcpmem_snapshot *snap)
{
	struct tcpmem_table *table;
	int ret = tcpmem_group(snap, by->key, &table);

	if (ret < 0)
		return ret;
	ret = rows_arrange(table, by->order, options->limited, options->limit);
	if (ret == 0)
		ret = print(options, by, snap, table);
	tcpmem_table_free(table);
	return ret;
}

static int execute(const struct options *options, const struct by *by)
{
	struct tcpmem_snapshot *snap = NULL;
	struct session session;
	int ret = session_open(&session, options, by->needs);
	int code;

	if (ret == 0)
		ret = session_fetch(&session, &snap);
	if (ret == 0)
		ret = group(options, by, snap);
	code = ret < 0 ? session_failed(&session, ret)
		       : session_exit_code(options, snap);
	tcpmem_snapshot_free(snap);
	session_close(&session);
	return code;
}

static int run(const struct options *options, char **args)
{
	struct by by = { .key = args[0] };
	int ret;

	if (!by.key) {
		message("by needs a KEY: 'tcpmem by process', 'tcpmem by state'");
		return EXIT_USAGE;
	}
	if (tcpmem_keys_require(by.key, &by.needs) < 0)
		return keys_report_unknown(by.key);
	ret = out_columns(options, &row_columns, USUAL_COLUMNS, &by.columns);
	if (ret == 0)
		ret = rows_order(options, &row_columns, by.order);
	return ret ? ret : execute(options, &by);
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
	.options = OPTIONS_ROWS,
	.run = run,
};
