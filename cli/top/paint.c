// SPDX-License-Identifier: LGPL-2.1-or-later
/* paint.c - the page: header, rows or what lies over them, the last line */
#include "blame/blame.h"
#include "ui.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const labels[] = {
	[UI_SEARCH] = "/",	  [UI_FILTER] = "filter: ",
	[UI_SAVE] = "save to: ",  [UI_COMMAND] = ":",
	[UI_JUMP] = "later by: ", [UI_JUMP_BACK] = "earlier by: ",
	[UI_GO_TO] = "go to: ",
};

/* Of the keys in keys.c, those that lead to the others */
static const char *const hints[] = {
	"? help",    "q quit", "Tab view",  "Enter sockets", "/ search",
	"\\ filter", "m mark", "e explain", "p pause",
};

static const char *const replay_hints[] = {
	"? help",    "q quit",	"t next",     "T previous", "j later",
	"J earlier", "b go to", "n incident", "m mark",	    "Tab view",
};

/* "Nobody" is an answer only if nothing is undecided, or left out. */
static void add_nobody(struct top_page *page, const struct top_state *state)
{
	const struct tcpmem_blame *blame = state->look->blame;

	bool unseen = tcpmem_snapshot_get_unseen(state->look->snap,
						 TCPMEM_NEED_HOLDERS);
	bool left_out = blame->small || blame->unmatched;

	if (!unseen && !left_out && (blame->undecided || blame->unmeasured))
		page_add(page, TOP_PLAIN,
			 "Nobody is seen to hold anybody up; not decided: "
			 "%" PRId64 " connections",
			 blame->undecided + blame->unmeasured);
	else
		page_add(page, TOP_PLAIN, "%s", blame_none(blame, unseen));
}

static void add_rows(struct ui *ui, struct top_page *page, int lines)
{
	struct top_state *state = &ui->state;

	page_add_table(page, state, lines);
	if (state_lacks(state) || state->rows.count || lines < 2)
		return;
	if (state->view->kind == TOP_BLAME)
		add_nobody(page, state);
}

/* The end of a line of @width columns: at a blank, if there is one */
static size_t wrap(const char *text, size_t len, size_t width)
{
	size_t end = width;

	if (len <= width)
		return len;
	while (end && text[end] != ' ')
		end--;
	return end ? end : width;
}

/* Lines of text, the first of them left out, the longer ones broken */
static void add_pager(struct ui *ui, struct top_page *page, int lines)
{
	const char *text = ui->pager;
	size_t width = (size_t)page->width, number = 0;

	page_add(page, TOP_HEADING, "%s (Esc closes it)", ui->title);
	while (*text && page->count < (size_t)page->height - 1 && lines > 1) {
		size_t len = strcspn(text, "\n");

		do {
			size_t part = wrap(text, len, width);

			if (number++ >= ui->pager_first &&
			    page->count < (size_t)page->height - 1)
				page_add(page, TOP_PLAIN, "%.*s", (int)part,
					 text);
			text += part;
			len -= part;
			if (len && *text == ' ') {
				text++;
				len--;
			}
		} while (len);
		text += *text == '\n';
	}
}

static void add_prompt(const struct ui *ui, struct top_page *page)
{
	const char *label = labels[ui->prompt];

	/* the mark stands below what it is about, as on a command line */
	if (*ui->wrong && page->count)
		free(page->line[--page->count].text);
	if (*ui->wrong)
		page_add(page, TOP_BAD, "%*s^ %s",
			 (int)(text_width(label) + (int)ui->wrong_at), "",
			 ui->wrong);
	page_add(page, TOP_BOLD, "%s%s", label, ui->text);
}

void ui_paint(struct ui *ui, struct top_page *page)
{
	int most = ui->state.file ? 4 : 5;
	int header = page->height >= 20	  ? most
		     : page->height >= 16 ? 4
		     : page->height >= 10 ? 2
					  : 1;
	int lines = page->height - header - 1;

	page_add_header(page, &ui->state, header);
	if (lines > 0 && ui->pager)
		add_pager(ui, page, lines);
	else if (lines > 0)
		add_rows(ui, page, lines);
	ui->lines = lines > 3 ? (size_t)lines - 3 : 1;
	while (page->count < (size_t)(header + lines))
		page_add(page, TOP_PLAIN, "%s", "");
	if (ui->prompt != UI_NONE)
		add_prompt(ui, page);
	else if (*ui->state.message)
		page_add(page, TOP_BOLD, "%s", ui->state.message);
	else if (ui->state.replay.count)
		page_add_parts(page, TOP_PLAIN, replay_hints,
			       ARRAY_SIZE(replay_hints));
	else
		page_add_parts(page, TOP_PLAIN, hints, ARRAY_SIZE(hints));
}
