// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_diff.c - tcpmem diff: what changed between two moments */
#include "cli.h"
#include "columns/columns.h"
#include "messages.h"
#include "options.h"
#include "output/footer.h"
#include "output/out.h"
#include "rows.h"
#include "session.h"

#include <string.h>

#define USUAL_COLUMNS                                   \
	"key,opened,closed,grown,shrunk,sockets_delta," \
	"held_after,held_delta,held_per_minute"

/*
 * struct job - one run of the command
 * @before: and after: the files; after is NULL for now
 */
struct job {
	const struct options *options;
	const char *key;
	const char *before;
	const char *after;
	uint32_t needs;
	char order[ROWS_ORDER_SIZE];
	struct columns columns;
	struct tcpmem_snapshot *snap[2];
	struct tcpmem_diff *diff;
};

static int arrange(struct job *job)
{
	const struct options *options = job->options;
	int ret = 0;

	if (*job->order)
		ret = tcpmem_diff_sort(job->diff, job->order);
	if (ret == 0 && !options->all)
		ret = tcpmem_diff_fold(job->diff);
	if (ret == 0 && options->limited)
		ret = tcpmem_diff_limit(job->diff, options->limit);
	return ret;
}

static int print(const struct job *job)
{
	struct out out = {
		.options = job->options,
		.schema = "tcpmem.diff/1",
		.by = job->key,
		.columns = &job->columns,
		.diff = job->diff,
		.before = job->snap[0],
	};
	const struct tcpmem_snapshot *after = job->snap[1];
	size_t count = tcpmem_diff_get_row_count(job->diff);
	int ret = out_open(&out, after);

	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = out_row(&out, after, tcpmem_diff_get_row(job->diff, i));
	if (ret == 0)
		ret = out_close(&out, after, tcpmem_diff_get_total(job->diff));
	out_free(&out);
	return ret ? ret : stdout_flush();
}

static int fetch(struct job *job, struct session *session)
{
	int ret = session_load(session, job->before, &job->snap[0]);

	if (ret)
		return ret;
	if (job->after)
		return session_load(session, job->after, &job->snap[1]);
	return session_fetch(session, &job->snap[1]);
}

static bool is_incomplete(const struct job *job)
{
	return job->options->strict &&
	       (!tcpmem_snapshot_is_complete(job->snap[0]) ||
		!tcpmem_snapshot_is_complete(job->snap[1]));
}

static int exit_code(const struct job *job)
{
	size_t count = tcpmem_diff_get_row_count(job->diff);

	if (is_incomplete(job))
		return EXIT_TROUBLE;
	for (size_t i = 0; i < count; i++)
		if (tcpmem_diff_row_get_class(tcpmem_diff_get_row(
			    job->diff, i)) != TCPMEM_CHANGE_CLASS_STEADY)
			return EXIT_DIFFERS;
	return EXIT_DONE;
}

/* An answer that was not written is no answer, whatever it is. */
static int execute(struct job *job)
{
	struct session session;
	int code = EXIT_TROUBLE;
	int ret = session_open(&session, job->options, job->needs);

	if (ret == 0)
		ret = fetch(job, &session);
	if (ret == 0)
		ret = tcpmem_diff(job->snap[0], job->snap[1], job->key,
				  &job->diff);
	if (ret == 0)
		ret = arrange(job);
	if (ret == 0)
		ret = print(job);
	if (ret == 0)
		code = exit_code(job);
	else
		session_failed(&session, ret);
	tcpmem_diff_free(job->diff);
	tcpmem_snapshot_free(job->snap[0]);
	tcpmem_snapshot_free(job->snap[1]);
	session_close(&session);
	return code;
}

static int run(const struct options *options, char **args)
{
	struct job job = { .options = options,
			   .key = options->by ? options->by : "process",
			   .before = args[0] };
	int ret;

	if (options->every_ns)
		return watch(options, args[0]);
	if (options->for_ns || options->until_leak) {
		message("--for and --until-leak tell how long to watch: "
			"'tcpmem diff --every 1s --for 1m'");
		return EXIT_USAGE;
	}
	if (!job.before) {
		message("diff needs a capture: 'tcpmem diff BEFORE AFTER', or "
			"'tcpmem diff BEFORE' to compare it with now, or "
			"'tcpmem diff --every 1s' to watch");
		return EXIT_USAGE;
	}
	job.after = args[1];
	if (job.after && strcmp(job.before, "-") == 0 &&
	    strcmp(job.after, "-") == 0) {
		message("diff can read one capture from the standard input, not "
			"two");
		return EXIT_USAGE;
	}
	if (tcpmem_keys_require(job.key, &job.needs) < 0)
		return keys_report_unknown(job.key);
	ret = out_columns(options, &diff_columns, USUAL_COLUMNS, &job.columns);
	if (ret == 0)
		ret = rows_order(options, &diff_columns, job.order);
	return ret ? ret : execute(&job);
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
		"same, or nothing leaks or grows; 1 otherwise; 2 trouble.\n",
	.examples = "  tcpmem save before; sleep 60; tcpmem diff before\n"
		    "  tcpmem diff before after --by state\n"
		    "  tcpmem diff before after -J | jq "
		    "'.rows[] | select(.opened > 100)'\n"
		    "  tcpmem diff --every 1s --for 5m --by program\n",
	.columns = &diff_columns,
	.every = &trend_columns,
	.options = (OPTIONS_ROWS & ~OPTION_BIT(OPTION_FROM)) |
		   OPTION_BIT(OPTION_BY) | OPTION_BIT(OPTION_ALL) |
		   OPTION_BIT(OPTION_EVERY) | OPTION_BIT(OPTION_FOR) |
		   OPTION_BIT(OPTION_UNTIL_LEAK),
	.run = run,
};
