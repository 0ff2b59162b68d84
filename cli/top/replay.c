// SPDX-License-Identifier: LGPL-2.1-or-later
/* replay.c - the keys that go through the looks of a store */
#include "ui.h"

#include <string.h>

/* The look that is shown is another: it has to be read. */
static void show(struct ui *ui)
{
	ui_ask(ui, NULL);
}

static bool is_replay(struct ui *ui)
{
	if (ui->state.replay.count)
		return true;
	SAY(ui, "this goes through a store: --from DIR");
	return false;
}

static void step(struct ui *ui, bool forward)
{
	struct replay *replay = &ui->state.replay;

	if (forward ? replay->at + 1 == replay->count : !replay->at) {
		SAY(ui, "this is the %s look", forward ? "last" : "first");
		return;
	}
	replay->at += forward ? 1 : (size_t)-1;
	show(ui);
}

static void go_to_event(struct ui *ui, bool forward)
{
	const struct replay_event *event =
		replay_event(&ui->state.replay, forward);

	if (!event) {
		SAY(ui, "no incident or mark is %s this look",
		    forward ? "behind" : "before");
		return;
	}
	SAY(ui, "%.25s: %.200s", event->time, event->text);
	show(ui);
}

void ui_replay(struct ui *ui, enum top_action action)
{
	struct replay *replay = &ui->state.replay;

	if (!is_replay(ui))
		return;
	switch (action) {
	case TOP_NEXT_LOOK:
	case TOP_PREVIOUS_LOOK:
		step(ui, action == TOP_NEXT_LOOK);
		break;
	case TOP_NEXT_EVENT:
	case TOP_PREVIOUS_EVENT:
		go_to_event(ui, action == TOP_NEXT_EVENT);
		break;
	case TOP_JUMP:
		ui_open_prompt(ui, UI_JUMP, "");
		break;
	case TOP_JUMP_BACK:
		ui_open_prompt(ui, UI_JUMP_BACK, "");
		break;
	case TOP_GO_TO:
		ui_open_prompt(ui, UI_GO_TO, "");
		break;
	default:
		replay->at = action == TOP_FIRST_LOOK ? 0 : replay->count - 1;
		show(ui);
		break;
	}
}

bool ui_replay_accept(struct ui *ui)
{
	struct replay *replay = &ui->state.replay;
	int64_t ns;

	if (ui->prompt == UI_GO_TO) {
		if (!replay_go(replay, ui->text)) {
			snprintf(ui->wrong, sizeof(ui->wrong),
				 "a time: 03:12, 3h ago, 2026-11-28T03:12:00Z");
			return false;
		}
	} else if (duration_parse(ui->text, &ns)) {
		replay_jump(replay, ui->prompt == UI_JUMP ? ns : -ns);
	} else {
		snprintf(ui->wrong, sizeof(ui->wrong), "a time: 10m, 3h, 2d");
		return false;
	}
	show(ui);
	return true;
}
