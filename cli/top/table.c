// SPDX-License-Identifier: LGPL-2.1-or-later
/* table.c - the rows of a view in the columns that have room */
#include "state.h"

#include "output/file.h"
#include "output/spark.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * struct shown - a column on the screen
 * @column: NULL: delta, or trend
 * @wanted: columns of the screen that its cells would take
 * @width: that it has; 0: dropped
 */
struct shown {
	const struct top_column *top;
	const struct column *column;
	bool trend;
	bool text;
	int wanted;
	int width;
};

/* struct grid - the columns of a view, and the rows that are seen */
struct grid {
	const struct top_state *state;
	struct shown column[TOP_COLUMNS_MAX];
	size_t count;
	size_t first;
	size_t rows;
	bool utf8;
};

static void heading(const struct grid *grid, const struct shown *shown,
		    char text[COLUMN_HEADER_SIZE])
{
	const char *name = shown->top->name;

	if (strcmp(name, "key") == 0)
		name = grid->state->view->kind == TOP_BLAME
			       ? "culprit"
			       : grid->state->view->name;
	else if (shown->column && shown->column->heading)
		name = shown->column->heading;
	snprintf(text, COLUMN_HEADER_SIZE, "%s", name);
	for (char *c = text; *c; c++)
		*c = *c == '_' ? '-'
			       : (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
}

static void print_delta(FILE *out, const struct grid *grid, int64_t delta)
{
	if (delta == TCPMEM_UNKNOWN) {
		putc('-', out);
		return;
	}
	if (delta > 0)
		putc('+', out);
	value_print_bytes(out, delta, grid->state->bytes);
}

static void print_trend(FILE *out, const struct grid *grid,
			const struct top_row *row, int width)
{
	const struct top_state *state = grid->state;
	const struct top_past *past = top_history_find(
		&state->history[state->view - top_views], row->id);
	int looks = width < TOP_TREND ? width : TOP_TREND;

	if (past)
		spark_print(out, past->held + TOP_TREND - looks, (size_t)looks,
			    grid->utf8);
}

static void print_cell(FILE *out, const struct grid *grid,
		       const struct shown *shown, const struct top_row *row)
{
	const struct top_state *state = grid->state;
	const struct style style = { .escape = ESCAPE_TERMINAL,
				     .bytes = state->bytes };
	struct value value;

	if (shown->column) {
		column_get(shown->column, state->look->snap,
			   row ? row->row : state->rows.total, &value);
		value_print(out, &value, style);
	} else if (shown->trend) {
		if (row)
			print_trend(out, grid, row, shown->width);
	} else if (row) {
		print_delta(out, grid,
			    top_baseline_delta(&state->baseline, row));
	}
}

/* A cell, escaped; @row NULL: of the total */
static char *cell_text(const struct grid *grid, const struct shown *shown,
		       const struct top_row *row)
{
	char *text = NULL;
	size_t size;
	FILE *out = memstream_open(&text, &size);

	if (out)
		print_cell(out, grid, shown, row);
	memstream_end(out, &text);
	return text;
}

static void measure(struct grid *grid, struct shown *shown)
{
	const struct top_row *row = grid->state->rows.row + grid->first;
	bool total = grid->state->rows.total;
	char text[COLUMN_HEADER_SIZE];

	heading(grid, shown, text);
	shown->wanted = text_width(text);
	for (size_t i = 0; !shown->trend && i <= grid->rows; i++) {
		/* the last row is the total */
		char *cell =
			i == grid->rows && !(shown->column && total)
				? NULL
				: cell_text(grid, shown,
					    i < grid->rows ? &row[i] : NULL);
		int width = cell ? text_width(cell) : 0;

		if (width > shown->wanted)
			shown->wanted = width;
		free(cell);
	}
	if (shown->trend)
		shown->wanted = TOP_TREND;
	shown->width = shown->top->width;
	/* numbers are never cut */
	if (!shown->text && !shown->trend && shown->wanted > shown->width)
		shown->width = shown->wanted;
}

static void find_columns(struct grid *grid)
{
	const struct top_view *view = grid->state->view;

	for (const struct top_column *top = view->column; top->name; top++) {
		struct shown *shown = &grid->column[grid->count];

		shown->column = top_view_column(view, top->name);
		/* a capture is one moment; of a store there is no last look */
		if (!shown->column &&
		    (state_is_moment(grid->state) ||
		     (grid->state->file && strcmp(top->name, "trend") == 0)))
			continue;
		grid->count++;
		shown->top = top;
		shown->trend = strcmp(top->name, "trend") == 0;
		if (shown->column)
			switch (column_type(shown->column)) {
			case VALUE_TEXT:
			case VALUE_ADDRESS:
			case VALUE_HOLDERS:
				shown->text = true;
				break;
			default:
				break;
			}
		measure(grid, shown);
	}
}

static int total_width(const struct grid *grid)
{
	int width = -1;

	for (size_t i = 0; i < grid->count; i++)
		if (grid->column[i].width)
			width += grid->column[i].width + 1;
	return width;
}

/* The column that goes first; NULL: the others stay */
static struct shown *least(struct grid *grid)
{
	struct shown *found = NULL;

	for (size_t i = 0; i < grid->count; i++) {
		struct shown *shown = &grid->column[i];

		if (shown->width && shown->top->drop &&
		    (!found || shown->top->drop > found->top->drop))
			found = shown;
	}
	return found;
}

/* Of the mark that tells how many columns are not shown: " +2" */
enum { MARK_WIDTH = 3 };

/* Drops what has no room, then gives what is left to texts and the trend. */
static void set_widths(struct grid *grid, int width)
{
	struct shown *shown;
	int left;

	if (total_width(grid) > width)
		width -= MARK_WIDTH;
	while (total_width(grid) > width && (shown = least(grid)))
		shown->width = 0;
	left = width - total_width(grid);
	for (size_t i = 0; i < grid->count; i++) {
		int more;

		shown = &grid->column[i];
		more = shown->wanted - shown->width;
		if (!shown->width || (!shown->text && !shown->trend))
			continue;
		if (more > left)
			more = left;
		/* narrower than at least, where even one column has no room */
		if (more > 0 || left < 0)
			shown->width += more > 0 ? more : left;
		left -= more > 0 ? more : left < 0 ? left : 0;
		if (shown->width < 4)
			shown->width = 4;
	}
}

static void add_headings(struct top_page *page, const struct grid *grid)
{
	char *text = NULL;
	size_t size;
	FILE *out = memstream_open(&text, &size);
	size_t dropped = 0;

	for (size_t i = 0; out && i < grid->count; i++) {
		const struct shown *shown = &grid->column[i];
		char name[COLUMN_HEADER_SIZE];

		if (!shown->width) {
			dropped++;
			continue;
		}
		heading(grid, shown, name);
		if (i > dropped)
			putc(' ', out);
		text_fit(out, name, shown->width, !shown->text && !shown->trend,
			 page->utf8);
	}
	memstream_end(out, &text);
	page->failed = page->failed || !text;
	if (dropped)
		page_add(page, TOP_HEADING, "%s +%zu", text ? text : "",
			 dropped);
	else
		page_add(page, TOP_HEADING, "%s", text ? text : "");
	free(text);
}

static void write_cell(FILE *out, struct top_page *page,
		       const struct grid *grid, const struct shown *shown,
		       const struct top_row *row)
{
	char *cell = cell_text(grid, shown, row);

	page->failed = page->failed || !cell;
	text_fit(out, cell ? cell : "", shown->width,
		 !shown->text && !shown->trend, page->utf8);
	free(cell);
}

static void add_row(struct top_page *page, const struct grid *grid,
		    const struct top_row *row, enum top_style style)
{
	char *text = NULL;
	size_t size;
	FILE *out = memstream_open(&text, &size);
	size_t written = 0;

	for (size_t i = 0; out && i < grid->count; i++) {
		if (!grid->column[i].width)
			continue;
		if (written++)
			putc(' ', out);
		write_cell(out, page, grid, &grid->column[i], row);
	}
	memstream_end(out, &text);
	page->failed = page->failed || !text;
	page_add(page, style, "%s", text ? text : "");
	free(text);
}

static void scroll(struct top_state *state, size_t lines)
{
	if (state->among && state->cursor_at < state->first)
		state->first = state->cursor_at;
	if (state->among && state->cursor_at >= state->first + lines)
		state->first = state->cursor_at + 1 - lines;
	if (state->first + lines > state->rows.count)
		state->first = state->rows.count > lines
				       ? state->rows.count - lines
				       : 0;
}

void page_add_table(struct top_page *page, struct top_state *state, int lines)
{
	struct grid grid = { .state = state, .utf8 = page->utf8 };
	size_t room = lines > 1 ? (size_t)lines - 1 : 0;
	bool total = state->rows.total && room > 3;

	room -= total;
	scroll(state, room ? room : 1);
	grid.first = state->first;
	grid.rows = state->rows.count - state->first;
	if (grid.rows > room)
		grid.rows = room;
	find_columns(&grid);
	set_widths(&grid, page->width);
	add_headings(page, &grid);
	for (size_t i = 0; i < grid.rows; i++) {
		size_t index = grid.first + i;

		add_row(page, &grid, &state->rows.row[index],
			state->among && index == state->cursor_at ? TOP_CURSOR
								  : TOP_PLAIN);
	}
	if (total && state->look)
		add_row(page, &grid, NULL, TOP_BOLD);
}
