/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* columns.h - the columns of rows, sockets, limits */
#ifndef CLI_COLUMNS_COLUMNS_H
#define CLI_COLUMNS_COLUMNS_H

#include "output/value.h"

#include <math.h>

/* subject_start() - of a process, whose pid is used again; else 0 */
static inline uint64_t subject_start(const struct tcpmem_subject *subject)
{
	return subject->process
		       ? tcpmem_process_get_start_time(subject->process)
		       : 0;
}

struct column;

/* struct cell - a column of a row */
struct cell {
	const struct column *column;
	const struct tcpmem_snapshot *snap;
	const void *row;
};

/*
 * struct column - one column of a kind of row
 * @name: its name for -o; NULL: the library names @metric, or @info
 * @json: its JSON key; NULL: the same as @name
 * @heading: of a table, where it is not the name
 * @text: its meaning, for --list-columns
 * @type: the type of its values; known ones have no other
 * @unsorted: --sort refuses it
 * @wrap: its cells wrap on a narrow terminal; @cut: they are cut there
 * @rank: where there is no room, the column of the highest goes first; the
 *	last of the line, where they are equal
 * @needs: bits of enum tcpmem_need without which its values are unknown
 * @on_demand: JSON and CSV have it only if -o names it
 * @is_info: the library names it by @info
 * @part: of one of several keys its number from 1 on, and 0; JSON and CSV have
 *	it if there are as many
 * @get: sets the value of a cell; leaves it alone if it is unknown
 */
struct column {
	const char *name;
	const char *alias;
	const char *json;
	const char *heading;
	const char *text;
	enum value_type type;
	bool unsorted;
	bool wrap;
	bool cut;
	int8_t rank;
	uint32_t needs;
	bool on_demand;
	bool is_info;
	unsigned int part;
	union {
		enum tcpmem_metric metric;
		enum tcpmem_info info;
		enum tcpmem_socket_field field;
		enum tcpmem_event event;
		enum tcpmem_trend_metric count;
		enum tcpmem_cgroup_metric cgroup;
	};
	void (*get)(const struct cell *cell, struct value *value);
};

/* A column of VALUE_@kind; members of struct column follow its text */
#define COLUMN(word, kind, meaning, ...)                             \
	{                                                            \
		.name = word, .type = VALUE_##kind, .text = meaning, \
		__VA_ARGS__                                          \
	}

#define COLUMN_NUMBER(x, reader)                           \
	{                                                  \
		.metric = TCPMEM_METRIC_##x, .get = reader \
	}
#define COLUMN_NUMBER_AS(x, reader, ...)                                \
	{                                                               \
		.metric = TCPMEM_METRIC_##x, .get = reader, __VA_ARGS__ \
	}

/* The bytes that hold data, those that do not, and both */
#define COLUMN_HELD(reader)                                                 \
	COLUMN_NUMBER_AS(CHARGED, reader, .rank = 3),                       \
		COLUMN_NUMBER_AS(BUFFER, reader, .rank = 2),                \
		COLUMN_NUMBER_AS(OBJECT, reader, .rank = 2,                 \
				 .heading = "objects", .alias = "objects"), \
		COLUMN_NUMBER_AS(HELD, reader, .rank = -1)

#define COLUMN_INFO(x, needed, reader)                                       \
	{                                                                    \
		.on_demand = true, .is_info = true, .info = TCPMEM_INFO_##x, \
		.needs = needed, .get = reader                               \
	}

/* A getter @name that calls value_set_@kind() with an expression of its cell */
#define COLUMN_GETTER(name, kind, expression)                          \
	static void name(const struct cell *cell, struct value *value) \
	{                                                              \
		value_set_##kind(value, expression);                   \
	}

/*
 * The first columns of grouped rows: key, kind, process. @type names the
 * library's getters. Where the library sorts the rows, it knows the key alone
 * (@is_unsorted).
 */
#define COLUMN_WHO_GETTERS(type)                                           \
	COLUMN_GETTER(get_key, text,                                       \
		      tcpmem_##type##_get_subject(cell->row)->key)         \
	COLUMN_GETTER(get_part, text,                                      \
		      column_part(cell->column,                            \
				  tcpmem_##type##_get_subject(cell->row))) \
	COLUMN_GETTER(get_kind, text,                                      \
		      tcpmem_##type##_get_subject(cell->row)->kind)        \
	COLUMN_GETTER(get_pid, pid,                                        \
		      tcpmem_##type##_get_subject(cell->row)->process)     \
	COLUMN_GETTER(get_comm, comm,                                      \
		      tcpmem_##type##_get_subject(cell->row)->process)

#define COLUMN_PART(number)                                                   \
	COLUMN("key" #number, TEXT, "key number " #number " of 'by KEY,KEY'", \
	       .part = number, .on_demand = true, .unsorted = true,           \
	       .wrap = true, .get = get_part)

#define COLUMN_WHO(is_unsorted)                                                \
	COLUMN("key", TEXT, "what the row stands for: a process, a state ...", \
	       .wrap = true, .get = get_key),                                  \
		COLUMN_PART(1), COLUMN_PART(2), COLUMN_PART(3),                \
		COLUMN_PART(4),                                                \
		COLUMN("kind", TEXT,                                           \
		       "process, group, other; or why there is no process",    \
		       .unsorted = is_unsorted, .get = get_kind),              \
		COLUMN("pid", INTEGER, "process id", .unsorted = is_unsorted,  \
		       .get = get_pid),                                        \
		COLUMN("comm", TEXT, "the process's name", .wrap = true,       \
		       .unsorted = is_unsorted, .get = get_comm)

/* column_part() - what the key of @column is; NULL: there is none */
const char *column_part(const struct column *column,
			const struct tcpmem_subject *subject);

/* column_process() - what was read of @process; all unknown if it is NULL */
struct tcpmem_process_details
column_process(const struct cell *cell, const struct tcpmem_process *process);

/* The getters of COLUMN_PROCESS; @process is an expression of their cell */
#define PROCESS_GETTERS(process)                             \
	COLUMN_GETTER(get_cmdline, text,                     \
		      column_process(cell, process).cmdline) \
	COLUMN_DETAIL(get_ppid, INTEGER, process, parent)    \
	COLUMN_DETAIL(get_rss, BYTES, process, rss)          \
	COLUMN_DETAIL(get_fds, INTEGER, process, fds)

#define COLUMN_DETAIL(name, kind, process, member)                      \
	static void name(const struct cell *cell, struct value *value)  \
	{                                                               \
		value_set_number(value, VALUE_##kind,                   \
				 column_process(cell, process).member); \
	}

#define COLUMN_OF_PROCESS(word, kind, meaning, is_unsorted, ...)    \
	COLUMN(word, kind, meaning, .on_demand = true,              \
	       .unsorted = is_unsorted,                             \
	       .needs = TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA, \
	       __VA_ARGS__)

/* What else is known of the process that a row is about, or of a holder */
#define COLUMN_PROCESS(is_unsorted)                                            \
	COLUMN_OF_PROCESS("cmdline", TEXT, "the process's command line",       \
			  is_unsorted, .cut = true, .get = get_cmdline),       \
		COLUMN_OF_PROCESS("ppid", INTEGER, "its parent's process id",  \
				  is_unsorted, .get = get_ppid),               \
		COLUMN_OF_PROCESS("rss", BYTES,                                \
				  "its resident memory, none of it TCP's",     \
				  is_unsorted, .json = "rss_bytes", .rank = 1, \
				  .get = get_rss),                             \
		COLUMN_OF_PROCESS("fds", INTEGER, "files that it has open",    \
				  is_unsorted, .get = get_fds)

/* The sums of grouped sockets, in the order of JSON. */
#define COLUMN_SUMS(reader)                                  \
	COLUMN_NUMBER(SOCKETS, reader), COLUMN_HELD(reader), \
		{ .alias = "recv_q",                         \
		  .metric = TCPMEM_METRIC_UNREAD,            \
		  .get = reader },                           \
		{ .alias = "send_q",                         \
		  .metric = TCPMEM_METRIC_UNSENT,            \
		  .get = reader },                           \
		COLUMN_NUMBER(CLOSE_WAIT, reader),           \
		COLUMN_NUMBER(REACH, reader),                \
		COLUMN_NUMBER(REACH_SOCKETS, reader), COLUMN_COUNTERS(reader)

/* The kernel's skmem counters and drops, in its order. */
#define COLUMN_COUNTERS(reader)                                                \
	COLUMN_NUMBER(RMEM, reader), COLUMN_NUMBER(RCVBUF, reader),            \
		COLUMN_NUMBER(WMEM_ALLOC, reader),                             \
		COLUMN_NUMBER(SNDBUF, reader),                                 \
		COLUMN_NUMBER(FWD_ALLOC, reader),                              \
		COLUMN_NUMBER(WMEM_QUEUED, reader),                            \
		COLUMN_NUMBER(OPTMEM, reader), COLUMN_NUMBER(BACKLOG, reader), \
		COLUMN_NUMBER(DROPS, reader)

/* struct column_table - all columns of one kind of row, in the order of JSON */
struct column_table {
	const struct column *column;
	size_t count;
};

extern const struct column_table row_columns;	 /* struct tcpmem_row */
extern const struct column_table diff_columns;	 /* struct tcpmem_diff_row */
extern const struct column_table trend_columns;	 /* struct tcpmem_trend_row */
extern const struct column_table socket_columns; /* struct tcpmem_socket */
/* struct tcpmem_socket that has ended */
extern const struct column_table ended_columns;
extern const struct column_table history_columns; /* of a store's groups */
extern const struct column_table limit_columns;	  /* struct tcpmem_limit */
extern const struct column_table column_columns;  /* struct column */

const char *column_name(const struct column *column);
const char *column_json(const struct column *column);
const char *column_text(const struct column *column);
enum value_type column_type(const struct column *column);

/* limit_full() - the use at which @limit is reached */
int64_t limit_full(const struct tcpmem_limit *limit);

/* row_metric() - a sum of @row, or TCPMEM_UNKNOWN; 0 without a row */
int64_t row_metric(const struct tcpmem_row *row, enum tcpmem_metric metric);

/* diff_change(), trend_change() - a sum of @row at two moments */
struct tcpmem_change diff_change(const struct tcpmem_diff_row *row,
				 enum tcpmem_metric metric);
struct tcpmem_change trend_change(const struct tcpmem_trend_row *row,
				  enum tcpmem_metric metric);

/* column_get() - the value of @column in @row */
void column_get(const struct column *column, const struct tcpmem_snapshot *snap,
		const void *row, struct value *value);

#define COLUMN_HEADER_SIZE 32

/* The getters of a row's change from one sample to another */
#define CHANGE_GETTER(name, change, member)                              \
	static void name(const struct cell *cell, struct value *value)   \
	{                                                                \
		value_set_number(                                        \
			value, cell->column->type,                       \
			change(cell->row, cell->column->metric).member); \
	}
#define CHANGE_GET_PER_MINUTE(change)                                       \
	static void get_per_minute(const struct cell *cell,                 \
				   struct value *value)                     \
	{                                                                   \
		double rate =                                               \
			change(cell->row, cell->column->metric).per_minute; \
                                                                            \
		if (!isnan(rate))                                           \
			value_set_rate(value, cell->column->type, rate);    \
	}

/* @when: of the sums that have a number @id, with its getter */
#define CHANGE_COLUMN(id, word, key, when, unit, what, getter, ...) \
	COLUMN(word when, unit, what, .json = key when,             \
	       .metric = TCPMEM_METRIC_##id, .get = getter, __VA_ARGS__)

/* A change of which nothing is known yet */
#define CHANGE_UNKNOWN                                             \
	{                                                          \
		.size = sizeof(struct tcpmem_change),              \
		.before = TCPMEM_UNKNOWN, .after = TCPMEM_UNKNOWN, \
		.delta = TCPMEM_UNKNOWN, .per_minute = NAN         \
	}

/* column_header() - the heading of a table: "WMEM-QUEUED" */
void column_header(const struct column *column, char text[COLUMN_HEADER_SIZE]);

#define COLUMNS_MAX 128

/*
 * struct columns - chosen columns, none twice
 * @key: "process" of "by process": what the column "key" is called, too; or
 *	NULL
 */
struct columns {
	const char *key;
	const struct column *column[COLUMNS_MAX];
	size_t count;
};

/* columns_with_keys() - likewise, and a column for each of several @keys */
void columns_with_keys(const struct column_table *table, const char *keys,
		       struct columns *columns);

/* columns_all() - the columns of @table but those on demand */
void columns_all(const struct column_table *table, struct columns *columns);

/*
 * columns_parse() - "name,name"; "+name,name" adds to what @columns has
 *
 * Upper and lower case, "-" and "_" are the same in names.
 *
 * Return: 0, or EXIT_USAGE after a message.
 */
int columns_parse(const struct column_table *table, const char *list,
		  struct columns *columns);

/* columns_need() - bits of enum tcpmem_need for @columns */
uint32_t columns_need(const struct columns *columns);

#define SORT_MAX 8

/* struct sort - an order of rows, the most significant column first */
struct sort {
	struct columns columns;
	bool falling[SORT_MAX];
};

/*
 * sort_parse() - "-held,sockets": a "-" puts the largest first
 *
 * Return: 0, or EXIT_USAGE after a message.
 */
int sort_parse(const struct column_table *table, const char *list,
	       struct sort *sort);

#define SORT_TEXT_SIZE (SORT_MAX * COLUMN_HEADER_SIZE)

/* sort_text() - the order for the library. Return: false: there is none. */
bool sort_text(const struct sort *sort, char text[SORT_TEXT_SIZE]);

#endif
