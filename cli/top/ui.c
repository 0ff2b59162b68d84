// SPDX-License-Identifier: LGPL-2.1-or-later
/* ui.c - what the keys of tcpmem top do */
#include "ui.h"

#include <string.h>

#define EVERY_MIN_NS INT64_C(500000000)
#define EVERY_MAX_NS INT64_C(60000000000)

void ui_free(struct ui *ui)
{
	ui_close_pager(ui);
	top_child_end(&ui->child);
	state_free(&ui->state);
}

void ui_rebuild(struct ui *ui, bool sort)
{
	int ret = state_rebuild(&ui->state, sort);

	if (ret < 0)
		SAY(ui, "%s", strerror(-ret));
}

/* The next look is to tell what the view shows. */
void ui_ask(struct ui *ui, struct tcpmem_filter *filter)
{
	struct top_request request = state_request(&ui->state);

	request.filter = filter;
	request.filter_number = ui->filter_number;
	if (ui->thread)
		top_thread_ask(ui->thread, &request);
	else if (filter)
		tcpmem_filter_free(filter);
}

void ui_show_view(struct ui *ui, const struct top_view *view)
{
	struct top_state *state = &ui->state;

	state->view = view;
	state->among = false;
	state->first = 0;
	top_rows_free(&state->rows);
	state_set_order(state, view->order);
	ui_rebuild(ui, true);
	if (state_lacks(state))
		ui_ask(ui, NULL);
}

static void change_view(struct ui *ui, size_t step)
{
	size_t at = (size_t)(ui->state.view - top_views);

	ui->state.zoom = (struct top_zoom){ 0 };
	ui_show_view(ui, &top_views[(at + step) % TOP_VIEWS]);
}

void ui_move_to(struct ui *ui, size_t index)
{
	struct top_state *state = &ui->state;

	if (!state->rows.count)
		return;
	if (index >= state->rows.count)
		index = state->rows.count - 1;
	state->among = true;
	state->cursor_at = index;
	state->cursor = state->rows.row[index].id;
}

static void move(struct ui *ui, long step)
{
	const struct top_state *state = &ui->state;
	size_t at = state->cursor_at;

	if (ui->pager)
		ui_scroll_pager(ui, step);
	else if (!state->among)
		ui_move_to(ui, state->first);
	else if (step < 0 && (size_t)-step > at)
		ui_move_to(ui, 0);
	else
		ui_move_to(ui, at + (size_t)step);
}

const struct top_row *ui_current(struct ui *ui)
{
	const struct top_state *state = &ui->state;

	if (state->among && state->cursor_at < state->rows.count)
		return &state->rows.row[state->cursor_at];
	SAY(ui, "choose a row first: Down, or /");
	return NULL;
}

static void zoom(struct ui *ui, const struct top_row *row)
{
	struct top_state *state = &ui->state;

	state->zoom.view = state->view;
	state->zoom.id = row->id;
	top_row_name(state->view, state->look, row, state->zoom.name,
		     sizeof(state->zoom.name));
	ui_show_view(ui, top_view_find("sockets"));
}

static void enter(struct ui *ui)
{
	const struct top_row *row;

	if (ui->pager)
		return;
	switch (ui->state.view->kind) {
	case TOP_BLAME:
		ui_show_chain(ui);
		break;
	case TOP_GROUPS:
		row = ui_current(ui);
		if (row)
			zoom(ui, row);
		break;
	default:
		SAY(ui, "there is nothing below this row");
		break;
	}
}

static void back(struct ui *ui)
{
	struct top_state *state = &ui->state;
	struct top_zoom zoom = state->zoom;

	if (ui->pager) {
		ui_close_pager(ui);
		return;
	}
	if (!zoom.view) {
		state->among = false;
		state->first = 0;
		ui_rebuild(ui, true);
		return;
	}
	state->zoom = (struct top_zoom){ 0 };
	ui_show_view(ui, zoom.view);
	ui_move_to(ui, top_rows_find(&state->rows, zoom.id));
}

/* Return: why rows cannot be sorted by @name; NULL if they can. */
static const char *find_obstacle(const struct ui *ui, const char *name)
{
	if (top_view_column(ui->state.view, name))
		return NULL;
	if ((strcmp(name, "delta") != 0 && strcmp(name, "trend") != 0) ||
	    ui->state.view->kind > TOP_SOCKETS)
		return "this view has no such column";
	return state_is_moment(&ui->state)
		       ? "a capture is one moment: nothing grows"
		       : NULL;
}

/* "delta" and "trend" are of every view, and others not on the screen, too. */
static void sort_by(struct ui *ui, const char *name, bool falling)
{
	const char *obstacle = find_obstacle(ui, name);

	if (obstacle) {
		SAY(ui, "%s", obstacle);
		return;
	}
	ui->state.order.name = name;
	ui->state.order.falling = falling;
	ui_rebuild(ui, true);
	SAY(ui, "sorted by %s%s", falling ? "-" : "", name);
}

static void sort_beside(struct ui *ui, int step)
{
	const struct top_column *column = ui->state.view->column;
	int count = 0, at = 0;

	for (; column[count].name; count++)
		if (strcmp(column[count].name, ui->state.order.name) == 0)
			at = count;
	do
		at = (at + step + count) % count;
	while (state_is_moment(&ui->state) &&
	       !top_view_column(ui->state.view, column[at].name));
	sort_by(ui, column[at].name, at > 0);
}

/* What sockets held, of the view; DELTA is 0 everywhere then */
static void mark(struct ui *ui)
{
	struct top_state *state = &ui->state;

	if (state_is_moment(state) || state_lacks(state)) {
		SAY(ui, state_is_moment(state)
				? "a capture is one moment: nothing grows"
				: "nothing to mark yet");
		return;
	}
	top_baseline_set(&state->baseline, state->look);
	ui_rebuild(ui, false);
	SAY(ui, "DELTA counts from here");
}

static void pause_rows(struct ui *ui)
{
	struct top_state *state = &ui->state;
	struct top_look *look = state->held_back;

	state->paused = !state->paused;
	state->held_back = NULL;
	if (look && state_show(state, look) < 0)
		SAY(ui, "out of memory");
}

static void change_past(struct ui *ui)
{
	struct top_state *state = &ui->state;

	if (state->file) {
		SAY(ui, "a capture does not know who held what before");
		return;
	}
	state->past = !state->past;
	SAY(ui, state->past ? "what nobody holds has the name of who held it"
			    : "what nobody holds has no name");
	ui_ask(ui, NULL);
}

static void change_every(struct ui *ui, bool slower)
{
	int64_t every = ui->state.status.every_ns;
	char text[HUMAN_SIZE];

	every = slower ? every * 2 : every / 2;
	if (every < EVERY_MIN_NS)
		every = EVERY_MIN_NS;
	if (every > EVERY_MAX_NS)
		every = EVERY_MAX_NS;
	ui->state.status.every_ns = every;
	if (ui->thread)
		top_thread_set_every(ui->thread, every);
	human_time(every / 1000, text);
	SAY(ui, "a look every %s", text);
}

static void move_by(struct ui *ui, enum top_action action)
{
	long page = ui->lines > 1 ? (long)ui->lines - 1 : 1;
	const long distance[] = {
		[TOP_UP] = -1,
		[TOP_DOWN] = 1,
		[TOP_PAGE_UP] = -page,
		[TOP_PAGE_DOWN] = page,
		[TOP_FIRST] = -INT32_MAX,
		[TOP_LAST] = INT32_MAX,
	};

	move(ui, distance[action]);
	/* a key that only begins to move is at the first row that is seen */
	if (!ui->pager && action == TOP_FIRST)
		ui_move_to(ui, 0);
	if (!ui->pager && action == TOP_LAST)
		ui_move_to(ui, SIZE_MAX);
}

static void quit(struct ui *ui)
{
	ui->quit = true;
}

static void invert(struct ui *ui)
{
	sort_by(ui, ui->state.order.name, !ui->state.order.falling);
}

static void search_next(struct ui *ui)
{
	ui_search(ui, ui->state.among ? ui->state.cursor_at + 1 : 0);
	if (*ui->wrong)
		SAY(ui, "%s", ui->wrong);
}

static void change_units(struct ui *ui)
{
	ui->state.bytes = !ui->state.bytes;
}

static void hide_rows(struct ui *ui)
{
	ui->state.hide = !ui->state.hide;
	ui_rebuild(ui, false);
	SAY(ui, ui->state.hide ? "rows of what is 0 are hidden"
			       : "all rows are shown");
}

/* Actions that are what a key says, whichever way */
static void (*const actions[TOP_ACTIONS])(struct ui *ui) = {
	[TOP_QUIT] = quit,
	[TOP_HELP] = ui_show_help,
	[TOP_ENTER] = enter,
	[TOP_BACK] = back,
	[TOP_INVERT] = invert,
	[TOP_SEARCH_NEXT] = search_next,
	[TOP_MARK] = mark,
	[TOP_PAUSE] = pause_rows,
	[TOP_EXPLAIN] = ui_explain,
	[TOP_SAVE] = ui_ask_for_file,
	[TOP_UNSEEN] = ui_show_unseen,
	[TOP_UNITS] = change_units,
	[TOP_HIDE] = hide_rows,
	[TOP_PAST] = change_past,
};

/* Columns that actions sort by, the largest first */
static const char *const orders[TOP_ACTIONS] = {
	[TOP_SORT_HELD] = "held",
	[TOP_SORT_BUFFER] = "buffer",
	[TOP_SORT_SOCKETS] = "sockets",
	[TOP_SORT_GROWTH] = "delta",
};

/* Actions that go one way or the other, or ask for a text */
static void act(struct ui *ui, enum top_action action)
{
	switch (action) {
	case TOP_NEXT_VIEW:
	case TOP_PREVIOUS_VIEW:
		ui_close_pager(ui);
		change_view(ui, action == TOP_NEXT_VIEW ? 1 : TOP_VIEWS - 1);
		break;
	case TOP_UP:
	case TOP_DOWN:
	case TOP_PAGE_UP:
	case TOP_PAGE_DOWN:
	case TOP_FIRST:
	case TOP_LAST:
		move_by(ui, action);
		break;
	case TOP_SORT_LEFT:
	case TOP_SORT_RIGHT:
		sort_beside(ui, action == TOP_SORT_LEFT ? -1 : 1);
		break;
	case TOP_SLOWER:
	case TOP_FASTER:
		change_every(ui, action == TOP_SLOWER);
		break;
	case TOP_SEARCH:
	case TOP_COMMAND:
		ui_open_prompt(
			ui, action == TOP_SEARCH ? UI_SEARCH : UI_COMMAND, "");
		break;
	case TOP_FILTER:
		ui_open_prompt(ui, UI_FILTER, ui->state.filter);
		break;
	default:
		ui_replay(ui, action);
		break;
	}
}

void ui_action(struct ui *ui, enum top_action action)
{
	*ui->state.message = '\0';
	ui->state.touched_ns = top_clock_ns();
	if (actions[action])
		actions[action](ui);
	else if (orders[action])
		sort_by(ui, orders[action], true);
	else
		act(ui, action);
}

void ui_tick(struct ui *ui)
{
	struct top_look *look = NULL;
	int ret;

	ui->state.status.now_ns = top_clock_ns();
	if (ui->thread)
		look = top_thread_take(ui->thread, &ui->state.status);
	ret = look ? state_show(&ui->state, look) : 0;
	if (ret < 0)
		SAY(ui, "%s", strerror(-ret));
	if (ui->child.pid)
		ui_read_child(ui);
}
