/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ui.h - what keys do, and the page that follows; it knows no terminal */
#ifndef CLI_TOP_UI_H
#define CLI_TOP_UI_H

#include "child.h"
#include "keys.h"
#include "state.h"
#include "thread.h"

/* enum ui_prompt - what the last line asks for */
enum ui_prompt {
	UI_NONE,
	UI_SEARCH,
	UI_FILTER,
	UI_SAVE,
	UI_COMMAND,
	UI_JUMP,
	UI_JUMP_BACK,
	UI_GO_TO,
};

/*
 * struct ui - the screen's state, and what lies over the rows
 * @thread: NULL: nothing is asked of it
 * @text, @wrong: of the prompt; an error below it, "" without one
 * @wrong_at: column of the error
 * @pager: lines over the rows; NULL: none; @pager_first: at the top
 * @child_saves: @child saves a capture; else its output is for the pager
 * @filter_number: of the filter that was asked for last
 * @lines: rows that the page has room for
 */
struct ui {
	struct top_state state;
	struct top_thread *thread;
	enum ui_prompt prompt;
	char text[256];
	char wrong[128];
	size_t wrong_at;
	char *pager;
	char title[160];
	size_t pager_first;
	struct top_child child;
	bool child_saves;
	unsigned int filter_number;
	size_t lines;
	bool quit;
};

void ui_free(struct ui *ui);

/* ui_action() - what a key does while no prompt is open */
void ui_action(struct ui *ui, enum top_action action);

/* ui_type() - a character for the prompt; ui_erase(): the last one goes */
void ui_type(struct ui *ui, const char *bytes, size_t len);
void ui_erase(struct ui *ui);

/* ui_accept(), ui_cancel() - the prompt's end */
void ui_accept(struct ui *ui);
void ui_cancel(struct ui *ui);

/* ui_tick() - looks and output that have come */
void ui_tick(struct ui *ui);

/* ui_paint() - all lines of the page, which has its size already */
void ui_paint(struct ui *ui, struct top_page *page);

/* A sentence in the last line, until the next key */
#define SAY(ui, ...) \
	snprintf((ui)->state.message, sizeof((ui)->state.message), __VA_ARGS__)

/* ---- ui.c, for the files below ---- */

void ui_rebuild(struct ui *ui, bool sort);

/* ui_ask() - the next look is to tell what the view shows; takes @filter */
void ui_ask(struct ui *ui, struct tcpmem_filter *filter);

void ui_show_view(struct ui *ui, const struct top_view *view);

/* ui_move_to() - the cursor; to the last row, if @index is beyond it */
void ui_move_to(struct ui *ui, size_t index);

/* ui_current() - the cursor's row; NULL after a message: there is none */
const struct top_row *ui_current(struct ui *ui);

/* ---- pager.c ---- */

void ui_close_pager(struct ui *ui);
void ui_scroll_pager(struct ui *ui, long step);
void ui_show_unseen(struct ui *ui);
void ui_show_help(struct ui *ui);

/* ui_explain() - of the row's process; ui_show_chain(): that it is in */
void ui_explain(struct ui *ui);
void ui_show_chain(struct ui *ui);

/* ui_read_child() - what the other command has printed */
void ui_read_child(struct ui *ui);

/* ---- replay.c ---- */

/* ui_replay() - an action from TOP_REPLAY on */
void ui_replay(struct ui *ui, enum top_action action);

/* ui_replay_accept() - a time was typed. Return: false: it is none */
bool ui_replay_accept(struct ui *ui);

/* ---- prompt.c ---- */

void ui_open_prompt(struct ui *ui, enum ui_prompt prompt, const char *text);

/* ui_search() - the first row from @from on, round to the one before it */
void ui_search(struct ui *ui, size_t from);
void ui_ask_for_file(struct ui *ui);

#endif
