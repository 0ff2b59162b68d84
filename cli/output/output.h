/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* output.h - what stdout gets: rows in each format, tables, the footer */
#ifndef CLI_OUTPUT_OUTPUT_H
#define CLI_OUTPUT_OUTPUT_H

#include "columns/columns.h"
#include "json.h"
#include "options.h"
#include "tcpmem.h"

/*
 * struct footer - namespaces, times and warnings of the snapshots printed
 * @before: the earlier snapshot of @diff, or, without one, of the samples that
 *	were printed; NULL: there is none
 * @trend: the samples that were judged; NULL without any
 * @missed: samples that were asked for and not taken
 * @brief: of the warnings their number and the first, in a line
 */
struct footer {
	const struct tcpmem_snapshot *snap;
	const struct tcpmem_snapshot *before;
	const struct tcpmem_diff *diff;
	const struct tcpmem_trend *trend;
	int64_t missed;
	bool brief;
};

/*
 * footer_is_partial() - whether the two snapshots have network namespaces that
 * one of them was not asked for
 */
bool footer_is_partial(const struct footer *footer);

/* footer_print() - as lines below a table */
void footer_print(const struct footer *footer, const struct options *options);

/*
 * footer_print_causes() - why sums differ from the kernel's, as lines
 * @brief: how many causes there are, and the first, in one line
 */
void footer_print_causes(const struct tcpmem_reconciliation *reconciliation,
			 bool brief);

/* footer_print_text() - one sentence, wrapped and escaped. Return: its lines */
int footer_print_text(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* footer_print_line() - the same, from the first column on */
int footer_print_line(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* footer_print_missed() - in a line, if samples were not taken */
void footer_print_missed(int64_t missed);

/* footer_message() - namespaces and warnings on stderr */
void footer_message(const struct footer *footer);

/* footer_message_warnings() - the warnings alone on stderr */
void footer_message_warnings(const struct footer *footer);

/* footer_print_warnings() - the warnings on @out, each behind @prefix */
void footer_print_warnings(FILE *out, const char *prefix,
			   const struct footer *footer);

/* footer_json_time() - ns since 1970, or null if it is TCPMEM_UNKNOWN */
void footer_json_time(struct json *json, const char *key, int64_t ns);

/* footer_json() - the members time, complete, warnings, netns ... */
void footer_json(struct json *json, const struct footer *footer);

struct table;

/*
 * table_new() - an empty table
 * @by: heading of the column "key"; NULL: its name
 * @widths: least widths of the first column and of the others; NULL: as wide
 *	as their cells
 *
 * Return: the table, or NULL without memory: the functions below take it.
 */
struct table *table_new(const struct options *options,
			const struct columns *columns, const char *by,
			const int widths[2]);

/* table_add() - one more row; @bold where stdout has colours */
void table_add(struct table *table, const struct tcpmem_snapshot *snap,
	       const void *row, bool bold);

/* table_finish() - prints the table and frees it. Return: 0 or -errno. */
int table_finish(struct table *table);
void table_free(struct table *table);

/*
 * struct row_output - rows printed in the format of --raw, --json, --csv ...
 * @schema: name of the JSON object: "tcpmem.by/1"
 * @by: the grouping key; NULL if the rows are no groups
 * @rows_key: JSON key of the rows; NULL: "rows"
 * @columns: of each row
 * @total: columns of the total, a struct tcpmem_row, where rows are something
 *	else; NULL: @columns
 * @json_tail: writes members behind the rows, @text_tail lines below a table,
 *	about @user; NULL: none
 * @footer: its snapshot is NULL as long as rows are streamed; NULL to the end
 *	if rows are not about sockets
 *
 * The caller fills these members in and calls row_output_open().
 */
struct row_output {
	const struct options *options;
	const char *schema;
	const char *by;
	const char *rows_key;
	const struct columns *columns;
	const struct columns *total;
	void (*json_tail)(struct json *json, const void *user);
	void (*text_tail)(const struct options *options, const void *user);
	const void *user;
	struct footer footer;

	const struct row_format *format;
	struct json json;
	struct table *table; /* NULL unless the format is a table */
	bool has_footer;     /* JSON: the footer's members are written */
};

/*
 * struct row_format - how one format prints rows
 * @close: NULL: the format has no total, so that sums of a column are right
 */
struct row_format {
	void (*open)(struct row_output *out);
	void (*row)(struct row_output *out, const struct tcpmem_snapshot *snap,
		    const void *row);
	int (*close)(struct row_output *out, const void *total);
};

extern const struct row_format table_format;
extern const struct row_format json_format;
extern const struct row_format jsonl_format;

/*
 * row_output_columns() - the columns that -o chooses
 * @usual: those of a table without -o; JSON and CSV have all but those on
 *	demand
 *
 * Return: 0, or EXIT_USAGE after a message.
 */
int row_output_columns(const struct options *options,
		       const struct column_table *table, const char *usual,
		       struct columns *columns);

/* row_output_open() - headings; row_output_free() is needed from here on */
void row_output_open(struct row_output *out);

/* row_output_row() - one row. Return: 0, or -EIO if stdout has failed. */
int row_output_row(struct row_output *out, const struct tcpmem_snapshot *snap,
		   const void *row);

/*
 * row_output_close() - the total and the footer
 * @total: NULL if there is none
 *
 * Return: 0 or -errno.
 */
int row_output_close(struct row_output *out, const void *total);
void row_output_free(struct row_output *out);

/*
 * row_output_end() - closes, without a total, and frees
 * @ret: what the rows returned; if that is an error, nothing is closed
 *
 * Return: an exit code, after a message if it is EXIT_FAILED; stdout_close()
 * tells of a stdout that has failed.
 */
int row_output_end(struct row_output *out, int ret);

/* row_json() - one row as a JSON object */
void row_json(struct json *json, const char *key, const struct columns *columns,
	      const struct tcpmem_snapshot *snap, const void *row);

#endif
