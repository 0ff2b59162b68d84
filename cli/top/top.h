/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* top.h - tcpmem top: looks, their rows, and the screen that shows them */
#ifndef CLI_TOP_TOP_H
#define CLI_TOP_TOP_H

#include "columns/columns.h"
#include "options.h"

#include <stdatomic.h>

/* enum top_event - what the header counts, a second */
enum top_event {
	TOP_OPENED,
	TOP_RESETS,
	TOP_RETRANS,
	TOP_DROPS,
	TOP_SQUEEZED,
};
enum { TOP_EVENTS = TOP_SQUEEZED + 1 };

/* top_event_text() - as the header calls it */
const char *top_event_text(enum top_event event);

/* struct top_counters - since the namespace was made; @ns: when it was read */
struct top_counters {
	bool known;
	int64_t ns;
	int64_t value[TOP_EVENTS];
};

/* top_counters_read() - of this network namespace */
void top_counters_read(struct top_counters *counters);

/* top_counters_rates() - a second; below 0: unknown */
void top_counters_rates(const struct top_counters *before,
			const struct top_counters *now,
			double rate[TOP_EVENTS]);

/*
 * struct top_look - the sockets at one moment, and what it cost to look
 * @refs: who uses it; top_look_put() frees it with the last
 * @needs: bits of enum tcpmem_need that it was asked for
 * @filter: the number of the filter that it was asked with
 * @totals: only what the host says: first of all looks
 * @moment: number of the look in a store; 0 otherwise
 * @blame: NULL: not asked for
 * @limits: NULL: not asked for
 * @begun_ns, @ended_ns: of the monotonic clock
 * @cpu_ns: CPU time of all threads meanwhile
 */
struct top_look {
	atomic_int refs;
	struct tcpmem_snapshot *snap;
	struct tcpmem_blame *blame;
	struct tcpmem_limits *limits;
	uint32_t needs;
	unsigned int filter;
	bool totals;
	size_t moment;
	struct top_counters counters;
	int64_t begun_ns;
	int64_t ended_ns;
	int64_t cpu_ns;
};

struct top_look *top_look_new(void);
struct top_look *top_look_get(struct top_look *look);
void top_look_put(struct top_look *look);

int64_t top_clock_ns(void);

/*
 * struct top_request - what the next look is asked for
 * @filter: NULL: all sockets; @filter_number tells one from another
 * @blame, @limits: whether these are wanted
 * @at: the look of a store, as session_load_at() takes it; NULL: there is none
 */
struct top_request {
	uint32_t needs;
	struct tcpmem_filter *filter;
	unsigned int filter_number;
	bool blame;
	bool limits;
	const char *at;
	size_t moment;
};

/*
 * struct top_source - where looks come from
 * @next: fills in a look, all but times; 0, -ENODATA without another, -errno
 * @name: of the file; NULL: the kernel
 * @user: of @next
 */
struct top_source {
	int (*next)(struct top_source *source,
		    const struct top_request *request, struct top_look *look);
	const char *name;
	void *user;
};

/*
 * struct top_column - a column of a view
 * @name: of the view's table; "delta" and "trend" are of every view
 * @width: at least; the texts that may be cut get what is left
 * @drop: where there is no room, the highest goes first; 0: never
 */
struct top_column {
	const char *name;
	int width;
	int drop;
};

enum { TOP_COLUMNS_MAX = 12 };

/*
 * enum top_kind - what the rows of a view are
 */
enum top_kind {
	TOP_GROUPS,
	TOP_SOCKETS,
	TOP_BLAME,
	TOP_LIMITS,
};

/*
 * struct top_view - one view
 * @name: as the screen, --by and the manual call it
 * @order: as --sort takes it
 */
struct top_view {
	const char *name;
	enum top_kind kind;
	const struct column_table *table;
	const struct top_column *column;
	const char *order;
};

enum { TOP_VIEWS = 13 };

extern const struct top_view top_views[TOP_VIEWS];

/* top_view_find() - NULL: there is none of that name */
const struct top_view *top_view_find(const char *name);

/* top_view_needs() - what a look has to be asked for */
uint32_t top_view_needs(const struct top_view *view);

/* top_needs_are_met() - by a look; one that has sums has not all sockets */
bool top_needs_are_met(uint32_t needs, const struct top_look *look);

/* top_view_column() - a column of the view's table; NULL: "delta", "trend" */
const struct column *top_view_column(const struct top_view *view,
				     const char *name);

/*
 * struct top_row - a row of a view
 * @id: of what it stands for: the same in every look
 * @row: of the view's table
 * @held: TCPMEM_UNKNOWN if it is not known, or is not what rows are about
 * @value: of the column that is sorted by
 */
struct top_row {
	uint64_t id;
	const void *row;
	int64_t held;
	struct value value;
};

/*
 * struct top_rows - the rows of one look in one view
 * @table: that they are of; NULL: of the look itself
 * @total: NULL: there is none
 */
struct top_rows {
	struct top_row *row;
	size_t count;
	struct tcpmem_table *table;
	const struct tcpmem_row *total;
};

/* struct top_zoom - the row whose sockets are shown; @view NULL: of all */
struct top_zoom {
	const struct top_view *view;
	uint64_t id;
	char name[128];
};

/*
 * top_rows_make() - the rows of @look, in the library's order
 *
 * Return: 0 or -errno; top_rows_free() either way.
 */
int top_rows_make(const struct top_view *view, const struct top_zoom *zoom,
		  const struct top_look *look, struct top_rows *rows);
void top_rows_free(struct top_rows *rows);

/* top_rows_hide() - leaves out rows that hold nothing, limits without use */
void top_rows_hide(const struct top_view *view, const struct top_look *look,
		   struct top_rows *rows);

/* top_row_name() - what the first column says, escaped */
void top_row_name(const struct top_view *view, const struct top_look *look,
		  const struct top_row *row, char *text, size_t size);

/*
 * struct top_order - by what rows are sorted
 * @name: of the column
 */
struct top_order {
	const char *name;
	bool falling;
};

/*
 * top_rows_sort() - by @value; equal ones stay as they are
 * @before: rows that keep their place, in their order; NULL: none does. What
 *	was not there before comes last.
 *
 * Return: 0 or -ENOMEM.
 */
int top_rows_sort(struct top_rows *rows, bool falling,
		  const struct top_rows *before);

/* top_rows_find() - the index of a row; the count of rows if it is not there */
size_t top_rows_find(const struct top_rows *rows, uint64_t id);

/* struct top_mark - what a row held; of the baseline, sorted by @id */
struct top_mark {
	uint64_t id;
	int64_t held;
};

/*
 * struct top_baseline - what rows held at the moment of "m"
 * @look: NULL: there is none
 * @view, @zoom: that @mark is of; NULL, 0: it has to be made
 */
struct top_baseline {
	struct top_look *look;
	const struct top_view *view;
	uint64_t zoom;
	struct top_mark *mark;
	size_t count;
};

/* top_baseline_set() - takes a reference of @look; NULL: there is none */
void top_baseline_set(struct top_baseline *baseline, struct top_look *look);

/* top_baseline_use() - makes the marks of a view. Return: 0 or -errno. */
int top_baseline_use(struct top_baseline *baseline, const struct top_view *view,
		     const struct top_zoom *zoom);

/*
 * top_baseline_delta() - what a row holds more than then
 *
 * Return: TCPMEM_UNKNOWN without a baseline of its view; all that it holds if
 * it was not there.
 */
int64_t top_baseline_delta(const struct top_baseline *baseline,
			   const struct top_row *row);

/* The looks that a trend shows */
enum { TOP_TREND = 20 };

/* struct top_past - what a row held; TCPMEM_UNKNOWN: it was not there */
struct top_past {
	uint64_t id;
	int64_t held[TOP_TREND];
};

/*
 * struct top_history - what rows held in the last looks, sorted by @id
 * @look: number of the last one
 */
struct top_history {
	struct top_past *past;
	size_t count;
	uint64_t look;
};

/* top_history_add() - look number @look, from 1 on. Return: 0 or -ENOMEM. */
int top_history_add(struct top_history *history, const struct top_rows *rows,
		    uint64_t look);
const struct top_past *top_history_find(const struct top_history *history,
					uint64_t id);
void top_history_clear(struct top_history *history);

#endif
