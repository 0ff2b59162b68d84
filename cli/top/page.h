/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* page.h - what the screen shows, as lines of text with a style each */
#ifndef CLI_TOP_PAGE_H
#define CLI_TOP_PAGE_H

#include "store/replay.h"
#include "top.h"

enum top_style {
	TOP_PLAIN,
	TOP_BOLD,
	TOP_HEADING,
	TOP_CURSOR,
	TOP_GOOD,
	TOP_WARNING,
	TOP_BAD,
};

/* struct top_line - @text: no wider than the page, no control characters */
struct top_line {
	enum top_style style;
	char *text;
};

/* struct top_page - @utf8: blocks and dots may be drawn with its characters */
struct top_page {
	int width;
	int height;
	bool utf8;
	struct top_line *line;
	size_t count;
	bool failed; /* there was no memory for a line */
};

/* page_clear() - no line, of a new size */
void page_clear(struct top_page *page, int width, int height);
void page_free(struct top_page *page);

/* page_add() - a line; cut, with a mark, where it is wider than the page */
void page_add(struct top_page *page, enum top_style style, const char *format,
	      ...) __attribute__((format(printf, 3, 4)));

/*
 * page_add_parts() - a line of those parts that have room, then a mark
 * @part: NULL, or "": there is none
 */
void page_add_parts(struct top_page *page, enum top_style style,
		    const char *const *part, size_t count);

/*
 * struct top_status - how the looks go, for the first line
 * @every_ns: asked for; @interval_ns: as it is, since looks take so long
 * @looking_ns: how long the look goes on that has begun; 0: none has
 * @own: CPU that the command takes, in percent; below 0: not known yet
 * @error: of the last look; 0: it has succeeded
 * @ended: no look comes any more
 */
struct top_status {
	int64_t now_ns;
	int64_t every_ns;
	int64_t interval_ns;
	int64_t looking_ns;
	double own;
	int error;
	bool ended;
};

/*
 * struct top_state - what is on the screen
 * @look: NULL: none has come
 * @look_number: counts looks, from 1 on
 * @rows: of @look, in the order of the screen
 * @among: the cursor is at a row, @cursor; rows keep their place
 * @cursor_at: index of that row in @rows
 * @first: index of the row at the top
 * @touched_ns: when a key was pressed
 * @rate: of events, from the look before
 * @past: who held what nobody holds any more is named
 * @hide: no rows of what is 0
 * @replay: of a store; its count is 0 of a file, and of the kernel
 * @filter: as it was typed; "" without one
 * @message: about the last key; "" without one
 */
struct top_state {
	const struct options *options;
	const char *file;
	const struct top_view *view;
	struct top_zoom zoom;
	struct top_order order;
	struct top_look *look;
	struct top_look *held_back;
	uint64_t look_number;
	struct top_rows rows;
	struct top_baseline baseline;
	struct top_history history[TOP_VIEWS];
	bool among;
	uint64_t cursor;
	size_t cursor_at;
	size_t first;
	int64_t touched_ns;
	double rate[TOP_EVENTS];
	struct replay replay;
	bool bytes;
	bool paused;
	bool past;
	bool hide;
	char filter[256];
	char message[256];
	struct top_status status;
};

/* page_add_header() - time, bar, counts, warnings; @lines of them at most */
void page_add_header(struct top_page *page, const struct top_state *state,
		     int lines);

/*
 * page_add_table() - headings, @lines rows, the total
 *
 * Scrolls so that the cursor is seen.
 */
void page_add_table(struct top_page *page, struct top_state *state, int lines);

#endif
