/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* out.h - rows on their way out: as a table, raw, as JSON, as CSV */
#ifndef CLI_OUTPUT_OUT_H
#define CLI_OUTPUT_OUT_H

#include "columns/columns.h"
#include "footer.h"
#include "json.h"
#include "options.h"

struct out;
struct table;

/* struct out_ops - one format. Each returns 0 or -errno. */
struct out_ops {
	int (*open)(struct out *out, const struct tcpmem_snapshot *snap);
	int (*row)(struct out *out, const struct tcpmem_snapshot *snap,
		   const void *row);
	int (*close)(struct out *out, const struct tcpmem_snapshot *snap,
		     const void *total);
};

/*
 * struct out - rows being printed; fill the first part in, then open
 * @schema: "tcpmem.by/1"
 * @by: what the rows are grouped by; NULL if they are no groups
 * @columns: what is printed of each row
 * @rows: what JSON calls the rows; NULL: "rows"
 * @json_rest: writes more members of the object, behind the rows, and
 *	@text_rest more lines behind a table, about @user; NULL: there are none
 * @before: and diff: what is compared; NULL if the rows are of one moment
 * @trend: what was watched; NULL if nothing was
 * @total: what JSON tells of the total; NULL: the same columns. They differ
 *	where the rows are no struct tcpmem_row.
 */
struct out {
	const struct options *options;
	const char *schema;
	const char *by;
	const struct columns *columns;
	const struct columns *total;
	const char *rows;
	void (*json_rest)(struct json *json, const void *user);
	void (*text_rest)(const struct options *options, const void *user);
	const void *user;
	const struct tcpmem_snapshot *before;
	const struct tcpmem_diff *diff;
	const struct tcpmem_trend *trend;

	const struct out_ops *ops;
	struct json json;
	struct table *table; /* NULL unless it is a table */
	bool has_footer;     /* JSON: the footer stands before the rows */
};

extern const struct out_ops out_table_ops;
extern const struct out_ops out_raw_ops;
extern const struct out_ops out_csv_ops;
extern const struct out_ops out_json_ops;
extern const struct out_ops out_jsonl_ops;

/*
 * out_columns() - the columns that -o asks for
 * @usual: those that people see unasked; JSON and CSV show all but those on
 *	demand
 *
 * Return: 0, or EXIT_USAGE after it said what is wrong.
 */
int out_columns(const struct options *options, const struct column_table *table,
		const char *usual, struct columns *columns);

/*
 * out_open() - what stands before the rows
 * @snap: NULL if it is only known after them, as in a stream
 *
 * Return: 0 or -errno; free it even then.
 */
int out_open(struct out *out, const struct tcpmem_snapshot *snap);

/* out_row() - one row. Return: 0 or -errno: -EIO if stdout is full. */
int out_row(struct out *out, const struct tcpmem_snapshot *snap,
	    const void *row);

/*
 * out_close() - what stands behind the rows: total and footer
 * @snap: NULL if the rows are not about sockets
 * @total: a row as the others, or a struct tcpmem_row where @out->total is
 *	set; NULL if there is none
 *
 * Return: 0 or -errno.
 */
int out_close(struct out *out, const struct tcpmem_snapshot *snap,
	      const void *total);

void out_free(struct out *out);

/* out_footer() - what is to be said of rows of @snap */
struct footer out_footer(const struct out *out,
			 const struct tcpmem_snapshot *snap);

/* out_json_row() - one row as an object */
void out_json_row(struct json *json, const char *key,
		  const struct columns *columns,
		  const struct tcpmem_snapshot *snap, const void *row);

#endif
