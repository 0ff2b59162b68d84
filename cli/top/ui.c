// SPDX-License-Identifier: LGPL-2.1-or-later
/* ui.c - what the keys of tcpmem top do */
#include "ui.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define EVERY_MIN_NS INT64_C(500000000)
#define EVERY_MAX_NS INT64_C(60000000000)

#define SAY(ui, ...) \
	snprintf((ui)->state.message, sizeof((ui)->state.message), __VA_ARGS__)

static void close_pager(struct ui *ui)
{
	free(ui->pager);
	ui->pager = NULL;
	ui->pager_first = 0;
	if (!ui->child_saves)
		top_child_end(&ui->child);
}

void ui_free(struct ui *ui)
{
	close_pager(ui);
	top_child_end(&ui->child);
	state_free(&ui->state);
}

static void open_pager(struct ui *ui, char *text, const char *title)
{
	close_pager(ui);
	ui->pager = text;
	snprintf(ui->title, sizeof(ui->title), "%s", title);
}

static void rebuild(struct ui *ui, bool sort)
{
	int ret = state_rebuild(&ui->state, sort);

	if (ret < 0)
		SAY(ui, "%s", strerror(-ret));
}

/* The next look is to tell what the view shows. */
static void ask(struct ui *ui, struct tcpmem_filter *filter)
{
	struct top_request request = state_request(&ui->state);

	request.filter = filter;
	request.filter_number = ui->filter_number;
	if (ui->thread)
		top_thread_ask(ui->thread, &request);
	else if (filter)
		tcpmem_filter_free(filter);
}

static void show_view(struct ui *ui, const struct top_view *view)
{
	struct top_state *state = &ui->state;

	state->view = view;
	state->among = false;
	state->first = 0;
	top_rows_free(&state->rows);
	state_set_order(state, view->order);
	rebuild(ui, true);
	if (state_lacks(state))
		ask(ui, NULL);
}

static void change_view(struct ui *ui, size_t step)
{
	size_t at = (size_t)(ui->state.view - top_views);

	ui->state.zoom = (struct top_zoom){ 0 };
	show_view(ui, &top_views[(at + step) % TOP_VIEWS]);
}

static void move_to(struct ui *ui, size_t index)
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

static void scroll_pager(struct ui *ui, long step)
{
	size_t lines = 1;

	for (const char *c = ui->pager; *c; c++)
		lines += *c == '\n' && c[1];
	if (step < 0 && (size_t)-step > ui->pager_first)
		ui->pager_first = 0;
	else
		ui->pager_first += (size_t)step;
	if (ui->pager_first + 1 > lines)
		ui->pager_first = lines - 1;
}

static void move(struct ui *ui, long step)
{
	const struct top_state *state = &ui->state;
	size_t at = state->cursor_at;

	if (ui->pager)
		scroll_pager(ui, step);
	else if (!state->among)
		move_to(ui, state->first);
	else if (step < 0 && (size_t)-step > at)
		move_to(ui, 0);
	else
		move_to(ui, at + (size_t)step);
}

static const struct top_row *current(struct ui *ui)
{
	const struct top_state *state = &ui->state;

	if (state->among && state->cursor_at < state->rows.count)
		return &state->rows.row[state->cursor_at];
	SAY(ui, "choose a row first: Down, or /");
	return NULL;
}

/* The process of a row, or the holder of a socket; 0: none */
static uint32_t pid_of(const struct top_state *state, const struct top_row *row)
{
	const struct tcpmem_process *process = NULL;
	const struct tcpmem_snapshot *snap = state->look->snap;

	switch (state->view->kind) {
	case TOP_GROUPS:
		process = tcpmem_row_get_subject(row->row)->process;
		break;
	case TOP_SOCKETS:
		if (tcpmem_snapshot_get_holder_count(snap, row->row))
			process = tcpmem_snapshot_get_holder(snap, row->row, 0);
		break;
	case TOP_BLAME:
		process = ((const struct tcpmem_chain *)row->row)
				  ->member->process;
		break;
	case TOP_LIMITS:
		break;
	}
	return process ? tcpmem_process_get_pid(process) : 0;
}

/* The output of a command in the pager, with the options of this one */
static void run_child(struct ui *ui, const char *const *args, const char *title)
{
	const char *all[12];
	size_t count = 0;
	int ret;

	open_pager(ui, strdup("..."), title);
	for (; *args && count < ARRAY_SIZE(all) - 1; args++)
		all[count++] = *args;
	all[count] = NULL;
	ui->child_saves = false;
	ret = top_child_start(&ui->child, all);
	if (ret < 0) {
		close_pager(ui);
		SAY(ui, "tcpmem %s: %s", all[0], strerror(-ret));
	}
}

static void explain(struct ui *ui)
{
	const struct top_row *row = current(ui);
	const char *args[] = { "explain", NULL, NULL };
	char pid[16], title[64];
	uint32_t number = row ? pid_of(&ui->state, row) : 0;

	if (!row)
		return;
	if (ui->state.file || !number) {
		SAY(ui, ui->state.file
				? "a capture does not have what explain reads"
				: "the row is no process");
		return;
	}
	snprintf(pid, sizeof(pid), "%" PRIu32, number);
	snprintf(title, sizeof(title), "tcpmem explain %s", pid);
	args[1] = pid;
	run_child(ui, args, title);
}

static void show_chain(struct ui *ui)
{
	const struct top_row *row = current(ui);
	const char *args[] = { "blame", NULL, NULL, NULL };
	char filter[32];
	uint32_t pid = row ? pid_of(&ui->state, row) : 0;

	if (!row)
		return;
	snprintf(filter, sizeof(filter), "pid = %" PRIu32, pid);
	if (ui->state.file) {
		args[1] = "--from";
		args[2] = ui->state.file;
	} else if (pid) {
		args[1] = filter;
	}
	run_child(ui, args, "tcpmem blame");
}

static void enter(struct ui *ui)
{
	struct top_state *state = &ui->state;
	const struct top_row *row;

	if (ui->pager)
		return;
	if (state->view->kind == TOP_BLAME) {
		show_chain(ui);
		return;
	}
	if (state->view->kind != TOP_GROUPS) {
		SAY(ui, "there is nothing below this row");
		return;
	}
	row = current(ui);
	if (!row)
		return;
	state->zoom.view = state->view;
	state->zoom.id = row->id;
	top_row_name(state->view, state->look, row, state->zoom.name,
		     sizeof(state->zoom.name));
	show_view(ui, top_view_find("sockets"));
}

static void back(struct ui *ui)
{
	struct top_state *state = &ui->state;
	struct top_zoom zoom = state->zoom;

	if (ui->pager) {
		close_pager(ui);
		return;
	}
	if (!zoom.view) {
		state->among = false;
		state->first = 0;
		rebuild(ui, true);
		return;
	}
	state->zoom = (struct top_zoom){ 0 };
	show_view(ui, zoom.view);
	move_to(ui, top_rows_find(&state->rows, zoom.id));
}

static bool contains(const char *text, const char *part)
{
	for (; *text; text++) {
		size_t i = 0;

		while (part[i] && tolower((unsigned char)text[i]) ==
					  tolower((unsigned char)part[i]))
			i++;
		if (!part[i])
			return true;
	}
	return false;
}

/* The first row from @from on, round to the one before it */
static void search(struct ui *ui, size_t from)
{
	const struct top_state *state = &ui->state;
	char name[256];

	for (size_t i = 0; *ui->text && i < state->rows.count; i++) {
		size_t at = (from + i) % state->rows.count;

		top_row_name(state->view, state->look, &state->rows.row[at],
			     name, sizeof(name));
		if (!contains(name, ui->text))
			continue;
		move_to(ui, at);
		*ui->wrong = '\0';
		return;
	}
	snprintf(ui->wrong, sizeof(ui->wrong), "no row has it");
	ui->wrong_at = 0;
}

static void sort_by(struct ui *ui, const char *name, bool falling)
{
	const struct top_column *column = ui->state.view->column;

	while (column->name && strcmp(column->name, name) != 0)
		column++;
	if (!column->name) {
		SAY(ui, "this view has no such column");
		return;
	}
	if (ui->state.file && !top_view_column(ui->state.view, name)) {
		SAY(ui, "a capture is one moment: nothing grows");
		return;
	}
	ui->state.order.name = column->name;
	ui->state.order.falling = falling;
	rebuild(ui, true);
	SAY(ui, "sorted by %s%s", falling ? "-" : "", column->name);
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
	while (ui->state.file &&
	       !top_view_column(ui->state.view, column[at].name));
	sort_by(ui, column[at].name, at > 0);
}

/* What sockets held, of the view; DELTA is 0 everywhere then */
static void mark(struct ui *ui)
{
	struct top_state *state = &ui->state;

	if (state->file || state_lacks(state)) {
		SAY(ui, state->file ? "a capture is one moment: nothing grows"
				    : "nothing to mark yet");
		return;
	}
	top_baseline_set(&state->baseline, state->look);
	rebuild(ui, false);
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

static void show_unseen(struct ui *ui)
{
	const struct top_look *look = ui->state.look;
	const char *warning;
	char *text = NULL;
	size_t size;
	FILE *out = look ? open_memstream(&text, &size) : NULL;

	if (!out)
		return;
	for (size_t i = 0;
	     (warning = tcpmem_snapshot_get_warning(look->snap, i, NULL));
	     i++) {
		fputs(i ? "\n- " : "- ", out);
		escape_print(out, warning, ESCAPE_TERMINAL);
	}
	if (!tcpmem_snapshot_get_warning(look->snap, 0, NULL))
		fputs("Everything that was asked for was seen.", out);
	fclose(out);
	open_pager(ui, text, "What could not be seen");
}

static void show_help(struct ui *ui)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	top_keys_list(out);
	fclose(out);
	open_pager(ui, text, "Keys of tcpmem top");
}

static void open_prompt(struct ui *ui, enum ui_prompt prompt, const char *text)
{
	ui->prompt = prompt;
	*ui->wrong = '\0';
	snprintf(ui->text, sizeof(ui->text), "%s", text);
}

static void ask_for_file(struct ui *ui)
{
	char name[64];
	time_t now = time(NULL);
	struct tm utc;

	if (ui->state.file) {
		SAY(ui, "this is a capture already: %s", ui->state.file);
		return;
	}
	gmtime_r(&now, &utc);
	strftime(name, sizeof(name), "tcpmem-%Y%m%dT%H%M%SZ", &utc);
	open_prompt(ui, UI_SAVE, name);
}

static void save(struct ui *ui)
{
	const char *args[2 * OPTIONS_NETNS_MAX + 4] = { "save", ui->text };
	int ret = top_child_start(&ui->child, args);

	ui->child_saves = ret == 0;
	if (ret < 0)
		SAY(ui, "tcpmem save: %s", strerror(-ret));
	else
		SAY(ui, "saving %.200s ...", ui->text);
}

/* A baseline of other sockets would make growth of what was left out. */
static void set_filter(struct ui *ui)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter = NULL;
	struct top_state *state = &ui->state;

	if (*ui->text && tcpmem_filter_parse(ui->text, &error, &filter) < 0) {
		snprintf(ui->wrong, sizeof(ui->wrong), "%s is expected",
			 error.expected ? error.expected : "less");
		ui->wrong_at = error.offset;
		return;
	}
	ui->prompt = UI_NONE;
	snprintf(state->filter, sizeof(state->filter), "%s", ui->text);
	if (state->baseline.look)
		SAY(ui, "another filter: m makes a new mark");
	top_baseline_set(&state->baseline, NULL);
	for (size_t i = 0; i < TOP_VIEWS; i++)
		top_history_clear(&state->history[i]);
	ui->filter_number++;
	ask(ui, filter);
}

static void run_command(struct ui *ui)
{
	for (size_t i = 0; i < TOP_ACTIONS; i++) {
		if (strcmp(top_keys[i].name, ui->text) != 0)
			continue;
		ui->prompt = UI_NONE;
		ui_action(ui, (enum top_action)i);
		return;
	}
	if (top_view_find(ui->text)) {
		ui->prompt = UI_NONE;
		ui->state.zoom = (struct top_zoom){ 0 };
		show_view(ui, top_view_find(ui->text));
		return;
	}
	snprintf(ui->wrong, sizeof(ui->wrong),
		 "no action or view is called so: ? lists them");
	ui->wrong_at = 0;
}

void ui_type(struct ui *ui, const char *bytes, size_t len)
{
	size_t have = strlen(ui->text);

	if (have + len >= sizeof(ui->text))
		return;
	memcpy(ui->text + have, bytes, len);
	ui->text[have + len] = '\0';
	*ui->wrong = '\0';
	if (ui->prompt == UI_SEARCH)
		search(ui, ui->state.among ? ui->state.cursor_at : 0);
}

void ui_erase(struct ui *ui)
{
	size_t len = strlen(ui->text);

	while (len && ((unsigned char)ui->text[len - 1] & 0xc0) == 0x80)
		len--;
	ui->text[len ? len - 1 : 0] = '\0';
	*ui->wrong = '\0';
}

void ui_accept(struct ui *ui)
{
	switch (ui->prompt) {
	case UI_FILTER:
		set_filter(ui);
		return;
	case UI_COMMAND:
		run_command(ui);
		return;
	case UI_SAVE:
		if (*ui->text)
			save(ui);
		break;
	case UI_SEARCH:
	case UI_NONE:
		break;
	}
	ui->prompt = UI_NONE;
}

void ui_cancel(struct ui *ui)
{
	ui->prompt = UI_NONE;
	*ui->wrong = '\0';
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

	switch (action) {
	case TOP_UP:
		move(ui, -1);
		break;
	case TOP_DOWN:
		move(ui, 1);
		break;
	case TOP_PAGE_UP:
		move(ui, -page);
		break;
	case TOP_PAGE_DOWN:
		move(ui, page);
		break;
	case TOP_FIRST:
		move(ui, -INT32_MAX);
		break;
	default:
		move(ui, INT32_MAX);
		break;
	}
	/* a key that only begins to move is at the first row that is seen */
	if (!ui->pager && action == TOP_FIRST)
		move_to(ui, 0);
	if (!ui->pager && action == TOP_LAST)
		move_to(ui, SIZE_MAX);
}

void ui_action(struct ui *ui, enum top_action action)
{
	struct top_state *state = &ui->state;

	*state->message = '\0';
	state->touched_ns = top_clock_ns();
	switch (action) {
	case TOP_QUIT:
		ui->quit = true;
		break;
	case TOP_HELP:
		show_help(ui);
		break;
	case TOP_NEXT_VIEW:
		close_pager(ui);
		change_view(ui, 1);
		break;
	case TOP_PREVIOUS_VIEW:
		close_pager(ui);
		change_view(ui, TOP_VIEWS - 1);
		break;
	case TOP_ENTER:
		enter(ui);
		break;
	case TOP_BACK:
		back(ui);
		break;
	case TOP_UP:
	case TOP_DOWN:
	case TOP_PAGE_UP:
	case TOP_PAGE_DOWN:
	case TOP_FIRST:
	case TOP_LAST:
		move_by(ui, action);
		break;
	case TOP_SEARCH:
		open_prompt(ui, UI_SEARCH, "");
		break;
	case TOP_SEARCH_NEXT:
		search(ui, state->among ? state->cursor_at + 1 : 0);
		if (*ui->wrong)
			SAY(ui, "%s", ui->wrong);
		break;
	case TOP_FILTER:
		open_prompt(ui, UI_FILTER, state->filter);
		break;
	case TOP_SORT_LEFT:
		sort_beside(ui, -1);
		break;
	case TOP_SORT_RIGHT:
		sort_beside(ui, 1);
		break;
	case TOP_INVERT:
		sort_by(ui, state->order.name, !state->order.falling);
		break;
	case TOP_SORT_HELD:
		sort_by(ui, "held", true);
		break;
	case TOP_SORT_SOCKETS:
		sort_by(ui, "sockets", true);
		break;
	case TOP_SORT_GROWTH:
		sort_by(ui, "delta", true);
		break;
	case TOP_MARK:
		mark(ui);
		break;
	case TOP_PAUSE:
		pause_rows(ui);
		break;
	case TOP_EXPLAIN:
		explain(ui);
		break;
	case TOP_SAVE:
		ask_for_file(ui);
		break;
	case TOP_UNSEEN:
		show_unseen(ui);
		break;
	case TOP_UNITS:
		state->bytes = !state->bytes;
		break;
	case TOP_SLOWER:
	case TOP_FASTER:
		change_every(ui, action == TOP_SLOWER);
		break;
	case TOP_COMMAND:
		open_prompt(ui, UI_COMMAND, "");
		break;
	}
}

/* A command's output is escaped for a terminal already: of text alone. */
static void read_child(struct ui *ui)
{
	bool ended = top_child_read(&ui->child);
	char *text = ui->child.text ? strdup(ui->child.text) : NULL;

	if (ended && ui->child_saves) {
		top_child_end(&ui->child);
		ui->child_saves = false;
		if (WIFEXITED(ui->child.status) &&
		    WEXITSTATUS(ui->child.status) == 0)
			SAY(ui, "saved: %.200s", ui->text);
		else
			SAY(ui, "%.200s", text ? text : "not saved");
	} else if (text && *text && !ui->child_saves && ui->pager) {
		free(ui->pager);
		ui->pager = text;
		text = NULL;
	}
	free(text);
	if (ended)
		top_child_end(&ui->child);
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
		read_child(ui);
}
