// SPDX-License-Identifier: LGPL-2.1-or-later
/* state.c - rows of the look on the screen: their order, and the cursor's row
 */
#include "state.h"

#include "messages.h"
#include "session.h"

#include <string.h>

bool state_can_sort(const struct top_view *view, const char *order)
{
	const char *name = order + (*order == '-');

	for (const struct top_column *top = view->column; top->name; top++)
		if (strcmp(top->name, name) == 0)
			return true;
	return false;
}

void state_set_order(struct top_state *state, const char *order)
{
	state->order.falling = *order == '-';
	state->order.name = order + state->order.falling;
}

static int report_view(const char *name)
{
	struct suggest suggest;

	suggest_init(&suggest, name);
	for (size_t i = 0; i < TOP_VIEWS; i++)
		suggest_offer(&suggest, top_views[i].name);
	suggest_message(&suggest, "view",
			"'tcpmem top --help' lists the views");
	return EXIT_USAGE;
}

int state_init(struct top_state *state, const struct options *options)
{
	const char *name = options->by ? options->by : "process";

	*state = (struct top_state){
		.options = options,
		.file = options->from,
		.past = options->past,
		.bytes = options->bytes,
		.view = top_view_find(name),
		.status = { .own = -1 },
	};
	for (size_t i = 0; i < TOP_EVENTS; i++)
		state->rate[i] = -1;
	if (!state->view)
		return report_view(name);
	state_set_order(state,
			options->sort ? options->sort : state->view->order);
	if (state_can_sort(state->view, state->order.name))
		return 0;
	message("the view %s has no column '%s' to sort by", state->view->name,
		state->order.name);
	return EXIT_USAGE;
}

void state_free(struct top_state *state)
{
	top_rows_free(&state->rows);
	top_baseline_set(&state->baseline, NULL);
	for (size_t i = 0; i < TOP_VIEWS; i++)
		top_history_clear(&state->history[i]);
	top_look_put(state->look);
	top_look_put(state->held_back);
	replay_free(&state->replay);
}

struct top_request state_request(const struct top_state *state)
{
	struct top_request request = {
		.needs = top_view_needs(state->view),
		.blame = state->view->kind == TOP_BLAME,
		.limits = state->view->kind == TOP_LIMITS,
	};
	const struct replay *replay = &state->replay;

	if (state->past)
		request.needs |= TCPMEM_NEED_PAST;
	if (replay->count) {
		request.at = replay->moment[replay->at];
		request.moment = replay->at;
	}

	if (state->zoom.view)
		request.needs |= top_view_needs(state->zoom.view) &
				 TCPMEM_NEEDS_ALL;
	return request;
}

bool state_is_moment(const struct top_state *state)
{
	return state->file && !state->replay.count;
}

int state_exit_code(const struct top_state *state)
{
	if (state->look)
		return session_exit_code(state->options, state->look->snap);
	return state->status.error || state->status.ended ? EXIT_FAILED
							  : EXIT_DONE;
}

bool state_lacks(const struct top_state *state)
{
	const struct top_look *look = state->look;
	struct top_request request = state_request(state);

	return !look || look->totals ||
	       !top_needs_are_met(request.needs, look) ||
	       (request.blame && !look->blame) ||
	       (request.limits && !look->limits);
}

static void set_values(struct top_state *state, struct top_rows *rows)
{
	const char *name = state->order.name;
	const struct column *column = top_view_column(state->view, name);
	bool delta = strcmp(name, "delta") == 0;

	for (size_t i = 0; i < rows->count; i++) {
		struct top_row *row = &rows->row[i];

		row->value.type = VALUE_UNKNOWN;
		if (column)
			column_get(column, state->look->snap, row->row,
				   &row->value);
		else
			value_set_number(&row->value, VALUE_BYTES,
					 delta ? top_baseline_delta(
							 &state->baseline, row)
					       : row->held);
	}
}

/* The cursor stays with its row; where that is gone, it stays where it is. */
static void follow(struct top_state *state)
{
	const struct top_rows *rows = &state->rows;
	size_t at;

	if (!state->among)
		return;
	if (!rows->count) {
		state->among = false;
		return;
	}
	at = top_rows_find(rows, state->cursor);
	if (at < rows->count)
		state->cursor_at = at;
	else if (state->cursor_at >= rows->count)
		state->cursor_at = rows->count - 1;
	state->cursor = rows->row[state->cursor_at].id;
}

int state_rebuild(struct top_state *state, bool sort)
{
	struct top_rows rows = { 0 }, before = state->rows;
	int ret = 0;

	if (!state_lacks(state)) {
		ret = top_baseline_use(&state->baseline, state->view,
				       &state->zoom);
		if (ret == 0)
			ret = top_rows_make(state->view, &state->zoom,
					    state->look, &rows);
		if (ret == 0 && state->hide)
			top_rows_hide(state->view, state->look, &rows);
		if (ret == 0)
			set_values(state, &rows);
		if (ret == 0)
			ret = top_rows_sort(&rows, state->order.falling,
					    sort ? NULL : &before);
	}
	if (ret < 0) {
		top_rows_free(&rows);
		return ret;
	}
	top_rows_free(&state->rows);
	state->rows = rows;
	follow(state);
	return 0;
}

/* Rows keep their place while the cursor is among them and keys are pressed. */
static bool may_sort(const struct top_state *state)
{
	return !state->among ||
	       state->status.now_ns - state->touched_ns > TOP_IDLE_NS;
}

int state_show(struct top_state *state, struct top_look *look)
{
	int ret;

	if (state->paused) {
		top_look_put(state->held_back);
		state->held_back = look;
		return 0;
	}
	if (state->look)
		top_counters_rates(&state->look->counters, &look->counters,
				   state->rate);
	/* rows point into the look that they are of */
	top_look_put(state->held_back);
	state->held_back = state->look;
	state->look = look;
	state->look_number += !look->totals;
	ret = state_rebuild(state, may_sort(state));
	top_look_put(state->held_back);
	state->held_back = NULL;
	/* a capture is one moment, however often it is read */
	if (ret < 0 || state->file || state_lacks(state))
		return ret;
	return top_history_add(&state->history[state->view - top_views],
			       &state->rows, state->look_number);
}
