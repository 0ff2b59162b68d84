// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_diff.c - tcpmem diff: what changed between two snapshots */
#include "messages.h"
#include "rows.h"

#include <string.h>

/*
 * struct diff_state - the two snapshots of a diff
 * @files: the captures; the second is NULL: the kernel's sockets instead
 * @before: the snapshot in the first capture
 */
struct diff_state {
	char **files;
	struct tcpmem_snapshot *before;
	struct tcpmem_diff *diff;
};

/* --from STORE: the arguments are two moments of it. */
static int fetch_looks(struct session *session, struct diff_state *state,
		       struct tcpmem_snapshot **after)
{
	const char *store = session->options->from;
	int ret = session_load_at(session, store, state->files[0],
				  &state->before);

	return ret ? ret
		   : session_load_at(session, store, state->files[1], after);
}

static int fetch_snapshots(struct row_run *run, struct diff_state *state)
{
	struct session *session = &run->session;
	int ret;

	if (run->options->from)
		return fetch_looks(session, state, &run->snap);
	ret = session_load(session, state->files[0], &state->before);
	if (ret)
		return ret;
	if (state->files[1])
		return session_load(session, state->files[1], &run->snap);
	return session_fetch(session, &run->snap);
}

static int arrange(const struct row_run *run, struct tcpmem_diff *diff)
{
	const struct options *options = run->options;
	char order[SORT_TEXT_SIZE];
	int ret = 0;

	if (sort_text(&run->sort, order))
		ret = tcpmem_diff_sort(diff, order);
	if (ret == 0 && !options->all)
		ret = tcpmem_diff_fold(diff);
	if (ret == 0 && options->limited)
		ret = tcpmem_diff_limit(diff, options->limit);
	return ret;
}

static int take_rows(struct row_run *run, const struct tcpmem_diff *diff)
{
	int ret = row_run_alloc(run, tcpmem_diff_get_row_count(diff));

	if (ret < 0)
		return ret;
	run->count = tcpmem_diff_get_row_count(diff);
	for (size_t i = 0; i < run->count; i++)
		run->row[i] = tcpmem_diff_get_row(diff, i);
	run->total = tcpmem_diff_get_total(diff);
	return 0;
}

static int fetch(struct row_run *run)
{
	struct diff_state *state = run->state;
	int ret = fetch_snapshots(run, state);

	if (ret == 0)
		ret = tcpmem_diff(state->before, run->snap, run->key,
				  &state->diff);
	if (ret == 0)
		ret = arrange(run, state->diff);
	if (ret == 0)
		ret = take_rows(run, state->diff);
	run->out.footer.before = state->before;
	run->out.footer.diff = state->diff;
	return ret;
}

static int exit_code(const struct row_run *run)
{
	const struct diff_state *state = run->state;

	if (run->options->strict &&
	    (!tcpmem_snapshot_is_complete(state->before) ||
	     !tcpmem_snapshot_is_complete(run->snap)))
		return EXIT_TROUBLE;
	for (size_t i = 0; i < run->count; i++)
		if (tcpmem_diff_row_get_class(run->row[i]) !=
		    TCPMEM_CHANGE_CLASS_STEADY)
			return EXIT_DIFFERS;
	return row_run_lacks(run, state->before) ||
			       row_run_lacks(run, run->snap) ||
			       footer_is_partial(&run->out.footer)
		       ? EXIT_INCOMPLETE
		       : EXIT_DONE;
}

static const struct row_command diff = {
	.columns = &diff_columns,
	.schema = "tcpmem.diff/1",
	.usual_columns = "key,opened,closed,grown,shrunk,sockets_delta,"
			 "held_after,held_delta,held_per_minute",
	.failure = EXIT_TROUBLE,
	.library_sorts = true,
	.fetch = fetch,
	.exit_code = exit_code,
};

static bool is_stdin(const char *file)
{
	return file && strcmp(file, "-") == 0;
}

static int run(const struct options *options, char **args)
{
	struct diff_state state = { .files = args };
	struct row_run run = {
		.command = &diff,
		.options = options,
		.key = options->by ? options->by : "process",
		.state = &state,
	};
	int code;

	if (options->every_ns)
		return watch(options, args[0]);
	if (options->for_ns || options->until_leak || options->plot) {
		message("--for, --until-leak and --plot need --every: "
			"'tcpmem diff --every 1s --for 1m'");
		return EXIT_USAGE;
	}
	if (!args[0]) {
		message("diff needs a capture: 'tcpmem diff BEFORE AFTER', or "
			"'tcpmem diff BEFORE' to compare it with now, or "
			"'tcpmem diff --every 1s' to watch, or two moments of a "
			"store: 'tcpmem diff --from STORE 03:11 03:12'");
		return EXIT_USAGE;
	}
	if (is_stdin(args[0]) && is_stdin(args[1])) {
		message("diff can read one capture from the standard input, not "
			"two");
		return EXIT_USAGE;
	}
	code = row_run(&run);
	tcpmem_diff_free(state.diff);
	tcpmem_snapshot_free(state.before);
	tcpmem_snapshot_free(run.snap);
	return code;
}

const struct command cmd_diff = {
	.name = "diff",
	.args = "BEFORE [AFTER]",
	.max_args = 2,
	.text = "what changed between two moments; what leaks",
	.about =
		"Compares two captures that 'tcpmem save' made, or one with "
		"now: sockets that\n"
		"were opened or closed, that grew, shrank or changed their "
		"state, and how fast.\n"
		"With --every it watches, and tells what leaks and what grows. "
		"Exit codes: 0 the\n"
		"same, or nothing leaks or grows; 1 otherwise; 2 trouble; 3 "
		"unknown.\n",
	.examples = "  tcpmem save before; sleep 60; tcpmem diff before\n"
		    "  tcpmem diff before after -J | jq "
		    "'.rows[] | select(.opened > 100)'\n"
		    "  tcpmem diff --every 1s --for 5m --by program\n",
	.columns = &diff_columns,
	.every = &trend_columns,
	.options = OPTIONS(OPTIONS_SELECT, OPTION_FROM, OPTION_SALVAGE,
			   OPTIONS_OUT, OPTION_BY, OPTION_ALL, OPTION_EVERY,
			   OPTION_PLOT, OPTION_FOR, OPTION_UNTIL_LEAK,
			   OPTION_PAST),
	.run = run,
};
