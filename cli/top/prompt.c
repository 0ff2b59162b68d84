// SPDX-License-Identifier: LGPL-2.1-or-later
/* prompt.c - what the last line asks for: a text, a filter, a file, an action
 */
#include "ui.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

void ui_open_prompt(struct ui *ui, enum ui_prompt prompt, const char *text)
{
	ui->prompt = prompt;
	*ui->wrong = '\0';
	snprintf(ui->text, sizeof(ui->text), "%s", text);
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
void ui_search(struct ui *ui, size_t from)
{
	const struct top_state *state = &ui->state;
	char name[256];

	for (size_t i = 0; *ui->text && i < state->rows.count; i++) {
		size_t at = (from + i) % state->rows.count;

		top_row_name(state->view, state->look, &state->rows.row[at],
			     name, sizeof(name));
		if (!contains(name, ui->text))
			continue;
		ui_move_to(ui, at);
		*ui->wrong = '\0';
		return;
	}
	snprintf(ui->wrong, sizeof(ui->wrong), "no row has it");
	ui->wrong_at = 0;
}

void ui_ask_for_file(struct ui *ui)
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
	ui_open_prompt(ui, UI_SAVE, name);
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
	ui_ask(ui, filter);
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
		ui_show_view(ui, top_view_find(ui->text));
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
		ui_search(ui, ui->state.among ? ui->state.cursor_at : 0);
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
	case UI_JUMP:
	case UI_JUMP_BACK:
	case UI_GO_TO:
		if (!ui_replay_accept(ui))
			return;
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
