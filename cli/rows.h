/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rows.h - what the commands that print rows have in common */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include "columns/columns.h"
#include "output/output.h"
#include "session.h"

struct row_run;

/*
 * struct row_command - what one command that prints rows does in its own way
 * @needs: bits of enum tcpmem_need, beside those of its columns
 * @usual_columns: of a table without -o
 * @past_columns: under --past, beside any others: "+NAME"; NULL: none
 * @usual_order: of a table without --sort; NULL: as @fetch leaves the rows
 * @failure: exit code if it fails
 * @library_sorts: @fetch gives the library sort and limit, which folds the
 *	rows beyond the limit into one
 * @fetch: reads snapshots and makes rows of them. Return: 0 or -errno.
 * @print_tail: lines below the footer of a table; NULL: none
 * @exit_code: of rows that were printed; NULL: session_exit_code()
 */
struct row_command {
	const struct column_table *columns;
	const char *schema;
	const char *rows_key;
	uint32_t needs;
	const char *usual_columns;
	const char *past_columns;
	const char *usual_order;
	int failure;
	bool library_sorts;
	int (*fetch)(struct row_run *run);
	void (*print_tail)(const struct row_run *run);
	int (*exit_code)(const struct row_run *run);
};

/*
 * struct row_run - one run of a command that prints rows
 * @key: the grouping key; NULL: rows are no groups
 * @state: the command's own
 * @snap: the snapshot that @row is about; the caller frees it
 * @row: @count rows, then @total; NULL: there is none
 * @streamed: rows are printed before @snap is complete
 *
 * The first members are the caller's, the others @command->fetch() fills in.
 */
struct row_run {
	const struct row_command *command;
	const struct options *options;
	const char *key;
	void *state;

	struct columns columns;
	struct sort sort;
	struct session session;
	struct row_output out;
	struct tcpmem_snapshot *snap;
	const void **row;
	size_t count;
	const void *total;
	size_t printed;
	bool streamed;
	bool opened;
};

/* row_run() - parses -o and --sort, fetches, prints. Return: an exit code. */
int row_run(struct row_run *run);

/* row_run_alloc() - room for @count rows. Return: 0 or -ENOMEM. */
int row_run_alloc(struct row_run *run, size_t count);

/*
 * row_run_print() - prints one row unless --limit is reached
 *
 * Return: 0, or -EIO if stdout has failed.
 */
int row_run_print(struct row_run *run, const struct tcpmem_snapshot *snap,
		  const void *row);

/* rows_arrange() - sorts a table and limits it. Return: 0 or -errno. */
int rows_arrange(struct tcpmem_table *table, const struct sort *sort,
		 bool limited, size_t limit);

/*
 * row_run_lacks() - whether something that the command compares was not seen
 * in @snap
 */
bool row_run_lacks(const struct row_run *run,
		   const struct tcpmem_snapshot *snap);

#endif
