// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_top.c - tcpmem top: the live screen */
#include "messages.h"
#include "top/batch.h"
#include "top/config.h"
#include "top/keys.h"
#include "top/screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVERY_NS INT64_C(2000000000)

#ifdef HAVE_TUI
/* Return: -ENOTTY: there is no terminal that can show it */
static int show(struct ui *ui, struct top_live *live)
{
	const struct options *options = ui->state.options;
	int ret;

	if (options->batch || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return -ENOTTY;
	/* what goes wrong is on the screen, not across it */
	tcpmem_ctx_set_log(live->session.ctx, NULL, NULL);
	live->session.quiet = true;
	message_mute(true);
	ret = screen_run(ui, &live->source, options->filter);
	message_mute(false);
	if (ret == -ENOTTY)
		message("TERM=%s cannot show a screen: plain screens follow",
			getenv("TERM") ? getenv("TERM") : "");
	return ret;
}
#else
static int show(struct ui *ui, struct top_live *live)
{
	(void)live;
	if (!ui->state.options->batch)
		message("built without ncurses: plain screens follow");
	return -ENOTTY;
}
#endif

/* The filter as the library has understood it, for the header. 0 or -errno */
static int set_filter_text(struct top_state *state)
{
	char *text, *line;
	int ret;

	if (!state->options->filter)
		return 0;
	ret = tcpmem_filter_explain(state->options->filter, &text);
	if (ret < 0)
		return ret;
	line = strchr(text, ' ');
	if (line)
		snprintf(state->filter, sizeof(state->filter), "%.*s",
			 (int)strcspn(line + 1, "\n"), line + 1);
	tcpmem_free(text);
	return 0;
}

static int run_with(const struct options *options, const char *note)
{
	struct ui ui = { .child = { .fd = -1 } };
	struct top_live live;
	int code = state_init(&ui.state, options);
	int ret;

	if (code)
		return code;
	snprintf(ui.state.message, sizeof(ui.state.message), "%s", note);
	ui.state.status.every_ns = options->every_ns ? options->every_ns
						     : EVERY_NS;
	ui.state.status.interval_ns = ui.state.status.every_ns;
	ret = top_live_open(&live, options);
	if (ret == 0)
		ret = set_filter_text(&ui.state);
	if (ret == 0 && options->from && session_is_store(options->from))
		ret = replay_open(&ui.state.replay, &live.session,
				  options->from, options->at);
	if (ret == 0)
		ret = show(&ui, &live);
	if (ret == -ENOTTY && *note)
		message("%s", note);
	if (ret == -ENOTTY)
		ret = batch_run(&ui.state, &live.source, options->filter);
	code = ret < 0 ? session_failed(&live.session, ret)
		       : state_exit_code(&ui.state);
	ui_free(&ui);
	top_live_close(&live);
	return code;
}

static int run(const struct options *options, char **args)
{
	struct config config;
	int code;

	(void)args;
	config_read(&config, options);
	code = run_with(&config.options, config.note);
	config_free(&config);
	return code;
}

const struct command cmd_top = {
	.name = "top",
	.filter = true,
	.text = "a screen that goes on: who holds what, and what changes",
	.about = "Shows the host's TCP memory and who holds it, looks again "
		 "every two seconds, and\n"
		 "takes keys: '?' lists them, and tcpmem-top(1) explains "
		 "them.\n",
	.help = top_help,
	.examples =
		"  tcpmem top                        processes, those with the "
		"most first\n"
		"  tcpmem top --by unit -d 10s       systemd units, every ten "
		"seconds\n"
		"  tcpmem top --from FILE            the same over a capture\n"
		"  tcpmem top --batch -n 1           one screen, as text\n",
	.columns = &row_columns,
	.options = OPTIONS(OPTIONS_READ, OPTION_SORT, OPTION_BY, OPTION_COLOR,
			   OPTION_BATCH, OPTION_COUNT_LOOKS, OPTION_DELAY,
			   OPTION_PAST, OPTION_NO_UNICODE),
	.run = run,
};
