// SPDX-License-Identifier: LGPL-2.1-or-later
/* pager.c - texts over the rows: help, warnings, output of other commands */
#include "output/file.h"
#include "ui.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

void ui_close_pager(struct ui *ui)
{
	free(ui->pager);
	ui->pager = NULL;
	ui->pager_first = 0;
	if (!ui->child_saves)
		top_child_end(&ui->child);
}

static void open_pager(struct ui *ui, char *text, const char *title)
{
	ui_close_pager(ui);
	ui->pager = text;
	snprintf(ui->title, sizeof(ui->title), "%s", title);
}

void ui_scroll_pager(struct ui *ui, long step)
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

static void print_unseen(FILE *out, const struct tcpmem_snapshot *snap)
{
	const char *warning = tcpmem_snapshot_get_warning(snap, 0, NULL);

	if (!warning)
		fputs("Everything that was asked for was seen.", out);
	for (size_t i = 0; warning;) {
		fputs(i ? "\n- " : "- ", out);
		escape_print(out, warning, ESCAPE_TERMINAL);
		warning = tcpmem_snapshot_get_warning(snap, ++i, NULL);
	}
}

void ui_show_unseen(struct ui *ui)
{
	const struct top_look *look = ui->state.look;
	char *text = NULL;
	size_t size;
	FILE *out;

	if (!look)
		return;
	out = memstream_open(&text, &size);
	if (out)
		print_unseen(out, look->snap);
	memstream_end(out, &text);
	open_pager(ui, text, "What could not be seen");
}

void ui_show_help(struct ui *ui)
{
	char *text = NULL;
	size_t size;
	FILE *out = memstream_open(&text, &size);

	if (out)
		top_keys_list(out);
	memstream_end(out, &text);
	open_pager(ui, text, "Keys of tcpmem top");
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
		ui_close_pager(ui);
		SAY(ui, "tcpmem %s: %s", all[0], strerror(-ret));
	}
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

void ui_explain(struct ui *ui)
{
	const struct top_row *row = ui_current(ui);
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

void ui_show_chain(struct ui *ui)
{
	const struct top_row *row = ui_current(ui);
	const char *args[6] = { "blame" };
	const struct replay *replay = &ui->state.replay;
	char filter[32];
	uint32_t pid = row ? pid_of(&ui->state, row) : 0;

	if (!row)
		return;
	snprintf(filter, sizeof(filter), "pid = %" PRIu32, pid);
	if (ui->state.file) {
		args[1] = "--from";
		args[2] = ui->state.file;
		if (replay->count) {
			args[3] = "--at";
			args[4] = replay->moment[replay->at];
		}
	} else if (pid) {
		args[1] = filter;
	}
	run_child(ui, args, "tcpmem blame");
}

/* A command's output is escaped for a terminal already: of text alone. */
void ui_read_child(struct ui *ui)
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
