// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_check.c - tcpmem check: an exit code for what is beyond a threshold */
#include "check/check.h"
#include "messages.h"
#include "options.h"
#include "sample_timer.h"
#include "session.h"

#include <string.h>

/* struct job - one run of the command */
struct job {
	const struct options *options;
	struct tcpmem_check *check;
	struct tcpmem_snapshot *before;
	struct tcpmem_snapshot *snap;
};

static bool has_any(const struct tcpmem_check *check)
{
	for (int i = 0; i < TCPMEM_CHECK_METRIC_COUNT; i++)
		if (tcpmem_check_has(check, (enum tcpmem_check_metric)i))
			return true;
	return false;
}

/* Growth is what lies between two moments. */
static bool has_snapshots(const struct options *options, bool growth)
{
	int moments = (options->since != NULL) + (options->for_ns > 0);

	if (growth && moments == 1)
		return true;
	if (!growth && !moments)
		return true;
	if (growth)
		message("--max-growth compares two moments: give it --since FILE, "
			"or --for TIME");
	else
		message("--since and --for are for --max-growth, which is not "
			"asked for");
	return false;
}

static int read_options(struct job *job)
{
	const struct options *options = job->options;
	int ret = thresholds_read(options, job->check);

	if (ret)
		return ret;
	if (!has_any(job->check)) {
		message("nothing is to be checked: give it a threshold, as "
			"--max-held 1G,2G; 'tcpmem check --help' lists them");
		return EXIT_USAGE;
	}
	if (!has_snapshots(
		    options,
		    tcpmem_check_has(job->check, TCPMEM_CHECK_METRIC_GROWTH)))
		return EXIT_USAGE;
	if (options->from && (options->keep || options->for_ns)) {
		message("--from FILE has one moment, and it is saved already: it "
			"excludes --for and --keep");
		return EXIT_USAGE;
	}
	if (options->per && tcpmem_check_set_keys(job->check, options->per) < 0)
		return keys_report_unknown(options->per);
	return 0;
}

static int fetch(struct job *job, struct session *session)
{
	const struct options *options = job->options;
	int ret = 0;

	if (options->since)
		ret = session_load(session, options->since, &job->before);
	else if (options->for_ns)
		ret = session_fetch(session, &job->before);
	if (ret == 0 && options->for_ns)
		pause_for(options->for_ns);
	return ret ? ret : session_fetch(session, &job->snap);
}

static bool lacks(const struct tcpmem_snapshot *snap)
{
	return snap && !tcpmem_snapshot_is_complete(snap);
}

static int print(const struct job *job, struct check_out *out)
{
	*out = (struct check_out){
		.options = job->options,
		.check = job->check,
		.before = job->before,
		.snap = job->snap,
		.level = tcpmem_check_get_level(job->check),
		.incomplete = job->options->strict &&
			      (lacks(job->before) || lacks(job->snap)),
	};
	/* what is too much already is so whatever else there is */
	if (out->incomplete && out->level != TCPMEM_LEVEL_CRITICAL)
		out->level = TCPMEM_LEVEL_UNKNOWN;
	if (job->options->format == FORMAT_JSON)
		check_out_json(out);
	else if (job->options->format == FORMAT_JUNIT)
		check_out_junit(out);
	else
		check_out_text(out);
	return stdout_flush();
}

static int execute(struct job *job)
{
	struct check_out out;
	uint32_t needs = 0;
	struct session session;
	int ret;

	tcpmem_check_require(job->check, &needs);
	ret = session_open(&session, job->options, needs);
	if (ret == 0)
		ret = fetch(job, &session);
	if (ret == 0)
		ret = tcpmem_check_judge(job->check, job->before, job->snap);
	if (ret == 0)
		ret = print(job, &out);
	if (ret < 0)
		session_failed(&session, ret);
	else if (out.level == TCPMEM_LEVEL_CRITICAL && job->options->keep)
		retain(&session, job->options->keep);
	session_close(&session);
	return ret < 0 ? EXIT_UNKNOWN : (int)out.level;
}

static int run(const struct options *options, char **args)
{
	struct job job = { .options = options };
	int code = EXIT_UNKNOWN;

	(void)args;
	if (options->format == FORMAT_JSON || options->format == FORMAT_JUNIT)
		message_to_stderr();
	if (tcpmem_check_new(&job.check) < 0)
		message("out of memory");
	else if (read_options(&job) == 0)
		code = execute(&job);
	tcpmem_check_free(job.check);
	tcpmem_snapshot_free(job.before);
	tcpmem_snapshot_free(job.snap);
	return code;
}

const struct command cmd_check = {
	.name = "check",
	.filter = true,
	.plugin = true,
	.text = "thresholds, a line and an exit code for a monitor",
	.about = "Each threshold is WARN,CRIT, or CRIT alone. Exit codes: 0 "
		 "all is well,\n"
		 "1 a warning, 2 critical, 3 it is not known.\n",
	.examples =
		"  tcpmem check --max-held 1G,2G --max-sockets 50k,100k\n"
		"  tcpmem check --max-close-wait 100 --per process\n"
		"  tcpmem check --max-growth 10M/min --for 1s sport = :80\n",
	.options = OPTIONS_READ | OPTIONS_MAX | OPTION_BIT(OPTION_JSON) |
		   OPTION_BIT(OPTION_JUNIT) | OPTION_BIT(OPTION_PER) |
		   OPTION_BIT(OPTION_SINCE) | OPTION_BIT(OPTION_FOR) |
		   OPTION_BIT(OPTION_KEEP),
	.run = run,
};
