// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_run.c - tcpmem run: a command, and the TCP memory that it took */
#include "check/check.h"
#include "messages.h"
#include "output/file.h"
#include "run/run.h"
#include "session.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * struct run_state - the command that runs, and what follows it
 * @text, @size: what was written to @out, if it is of a file
 */
struct run_state {
	const struct options *options;
	char **argv;
	FILE *out;
	char *text;
	size_t size;
	struct session session;
	struct tcpmem_check *check;
	struct run_sampler sampler;
	struct run_cgroup cgroup;
	struct child child;
};

static int judge_metric(const struct run_state *state,
			enum tcpmem_check_metric metric, int64_t value,
			bool least)
{
	return tcpmem_check_judge_value(state->check, metric, state->argv[0],
					(double)value, least);
}

static int judge_peaks(const struct run_state *state, const struct run *run)
{
	int ret = 0;

	for (int i = 0; ret == 0 && i <= TCPMEM_CHECK_METRIC_ORPHANS; i++) {
		enum tcpmem_check_metric metric = (enum tcpmem_check_metric)i;
		const struct tcpmem_tree_metric *seen =
			tcpmem_tree_get_metric(state->sampler.tree, metric);

		if (seen)
			ret = judge_metric(state, metric, seen->peak,
					   run_peak_is_least(run, metric));
	}
	return ret;
}

/*
 * Between two samples there may have been more than in one. The last sample
 * shows what is held. Of what nobody holds the cgroup tells whose it was;
 * without one, or where it was left, only a sample that saw it open.
 */
static int judge(const struct run_state *state, const struct run *run)
{
	const struct tcpmem_tree *tree = state->sampler.tree;
	const struct tcpmem_tree_metric *seen;
	int ret = judge_peaks(state, run);

	seen = tcpmem_tree_get_metric(tree, TCPMEM_CHECK_METRIC_SOCKETS);
	if (ret == 0 && seen)
		ret = judge_metric(state, TCPMEM_CHECK_METRIC_LEFT, seen->value,
				   seen->least || (!run->saw_enough &&
						   (!state->child.cgroup ||
						    run->escaped)));
	seen = tcpmem_tree_get_metric(tree, TCPMEM_CHECK_METRIC_OPENED);
	if (ret == 0)
		ret = judge_metric(state, TCPMEM_CHECK_METRIC_OPENED,
				   seen->value, !run->opened_exactly);
	return ret;
}

static int write_report(struct run_state *state, const struct run *run)
{
	int ret;

	/* a closed pipe must not change the exit code of the command */
	signal(SIGPIPE, SIG_IGN);
	if (state->options->format == FORMAT_JSON)
		ret = run_json(run, state->out);
	else if (state->options->format == FORMAT_JUNIT)
		ret = run_junit(run, state->out);
	else
		ret = run_text(run, state->out);
	if (ret == 0 && (fflush(state->out) != 0 || ferror(state->out)))
		ret = errno ? -errno : -EIO;
	if (ret == 0 && state->text)
		ret = file_replace(state->options->report, state->text,
				   state->size, 0);
	return ret;
}

/* The exit code of a command that failed goes before that of the check. */
static int exit_code(const struct run_state *state, const struct run *run,
		     int ret)
{
	if (run->code)
		return run->code;
	if (ret)
		return RUN_EXIT_TROUBLE;
	switch (tcpmem_check_get_level(state->check)) {
	case TCPMEM_LEVEL_CRITICAL:
		return RUN_EXIT_BEYOND;
	case TCPMEM_LEVEL_UNKNOWN:
		return RUN_EXIT_UNKNOWN;
	default:
		return EXIT_DONE;
	}
}

static int report(struct run_state *state, int64_t begin, int64_t elapsed)
{
	const struct run_sampler *sampler = &state->sampler;
	struct run run = {
		.options = state->options,
		.argv = state->argv,
		.tree = sampler->tree,
		.snap = sampler->last,
		.check = state->check,
		.elapsed_ns = elapsed,
		.samples = sampler->during + 1,
		.longest_ns = sampler->longest,
		.offset_ns = begin - sampler->baseline,
		.saw_enough = run_sampler_saw_enough(sampler, elapsed),
		.events = run_sampler_heard(sampler) ? &sampler->events : NULL,
		.silence = sampler->silence,
		.hooked = sampler->hooked,
		.unsettled = sampler->unsettled,
	};
	int ret = sampler->error;

	run.code = child_reap(&state->child);
	run.others = child_has_others(&state->child);
	run.escaped = state->child.escaped || sampler->escaped;
	if (state->child.code != CLD_EXITED)
		run.signal = state->child.status;
	if (ret == 0)
		ret = run_count(&run);
	if (ret == 0)
		ret = judge(state, &run);
	if (ret) {
		session_failed(&state->session, ret);
	} else {
		ret = write_report(state, &run);
		if (ret)
			message("cannot write the report: %s", strerror(-ret));
	}
	return exit_code(state, &run, ret);
}

static int run_command(struct run_state *state)
{
	int64_t begin = run_clock_ns(), elapsed;
	int ret, code;

	code = child_start(&state->child, state->argv, state->cgroup.procs);
	if (code)
		return code;
	if (run_cgroup_has(&state->cgroup, state->child.pid))
		state->child.cgroup = state->sampler.cgroup = &state->cgroup;
	else
		run_sampler_unhook(&state->sampler);
	ret = run_sampler_start(&state->sampler, begin);
	child_wait(&state->child);
	elapsed = run_clock_ns() - begin;
	if (ret == 0)
		run_sampler_stop(&state->sampler, begin + elapsed);
	else
		state->sampler.error = ret;
	return report(state, begin, elapsed);
}

/* Return: whether a threshold is a percentage, which is reported. */
static bool refuse_percentage(const struct options *options)
{
	for (int i = 0; i < TCPMEM_CHECK_METRIC_COUNT; i++) {
		enum tcpmem_check_metric metric = (enum tcpmem_check_metric)i;
		const char *text = options->max[i];

		if (!text || !strchr(text, '%'))
			continue;
		message("--max-%s '%s': of a command it is a number, not a "
			"percentage",
			tcpmem_check_metric_describe(metric)->name, text);
		return true;
	}
	return false;
}

/* A percentage is of a limit of the host, not of one command. */
static int read_thresholds(struct run_state *state)
{
	int ret = tcpmem_check_new(&state->check);

	if (ret < 0) {
		message("out of memory");
		return RUN_EXIT_TROUBLE;
	}
	if (refuse_percentage(state->options) ||
	    thresholds_read(state->options, state->check))
		return RUN_EXIT_TROUBLE;
	return 0;
}

static int prepare(struct run_state *state)
{
	int ret = child_prepare(&state->child);

	if (ret) {
		message("cannot follow a command: %s", strerror(-ret));
		return RUN_EXIT_TROUBLE;
	}
	ret = session_open(&state->session, state->options, true);
	if (ret == 0) {
		run_cgroup_make(&state->cgroup);
		ret = run_sampler_open(&state->sampler, &state->session,
				       state->options, &state->cgroup);
	}
	if (ret)
		session_failed(&state->session, ret);
	return ret ? RUN_EXIT_TROUBLE : 0;
}

/* What keeps the report from being written is told before the command runs. */
static int open_report(struct run_state *state)
{
	const char *path = state->options->report;
	int ret;

	if (!path)
		return 0;
	ret = file_can_replace(path);
	state->out = ret ? NULL : memstream_open(&state->text, &state->size);
	if (state->out)
		return 0;
	message("cannot write to %s: %s", path, strerror(ret ? -ret : errno));
	return RUN_EXIT_TROUBLE;
}

static int run(const struct options *options, char **args)
{
	struct run_state state = {
		.options = options,
		.argv = args,
		.out = stderr,
		.cgroup = { .procs = -1, .lock = -1 },
	};
	int code;

	if (!args[0]) {
		message("run needs a command, as in 'tcpmem run -- curl URL'");
		return RUN_EXIT_TROUBLE;
	}
	code = read_thresholds(&state);
	if (code) {
		tcpmem_check_free(state.check);
		return code;
	}
	code = open_report(&state);
	if (code) {
		tcpmem_check_free(state.check);
		return code;
	}
	code = prepare(&state);
	if (code == 0)
		code = run_command(&state);
	run_cgroup_remove(&state.cgroup);
	tcpmem_check_free(state.check);
	run_sampler_close(&state.sampler);
	session_close(&state.session);
	if (options->report)
		(void)memstream_close(state.out, &state.text);
	free(state.text);
	return code;
}

const struct command cmd_run = {
	.name = "run",
	.args = "COMMAND",
	.max_args = INT_MAX,
	.takes_command = true,
	.trouble = RUN_EXIT_TROUBLE,
	.text = "a command, its peak, and what it leaves open",
	.about = "Runs a command and follows the processes that it starts, "
		 "daemons too. When it\n"
		 "has ended, tells on stderr how many sockets and how much "
		 "memory they had at\n"
		 "most, what is still open, orphaned or in TIME_WAIT. Signals "
		 "and exit code are\n"
		 "the command's: 128 + n if signal n ended it, 126 and 127 if "
		 "it cannot be run,\n"
		 "125 in trouble; if it ended with 0, 122 if a threshold is "
		 "exceeded,\n"
		 "123 if that is not known.\n",
	.examples =
		"  tcpmem run -- curl -s https://example.org\n"
		"  tcpmem run -o report.json -J -- ./integration-test\n"
		"  tcpmem run --max-left 0 --junit -o left.xml -- make check\n",
	.options = OPTIONS(OPTION_MAX_HELD, OPTION_MAX_SOCKETS,
			   OPTION_MAX_CLOSE_WAIT, OPTION_MAX_TIME_WAIT,
			   OPTION_MAX_ORPHANS, OPTION_MAX_LEFT,
			   OPTION_MAX_OPENED, OPTION_NO_EVENTS, OPTION_REPORT,
			   OPTION_EVERY, OPTION_BYTES, OPTION_JSON,
			   OPTION_JUNIT, OPTION_NETNS, OPTION_HOLDERS),
	.run = run,
};
