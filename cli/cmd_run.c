// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_run.c - tcpmem run: a command, and what TCP memory it took */
#include "check/check.h"
#include "messages.h"
#include "run/run.h"
#include "session.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

/* struct job - one run */
struct job {
	const struct options *options;
	char **argv;
	FILE *out;
	struct session session;
	struct tcpmem_check *check;
	struct run_sampler sampler;
	struct run_cgroup cgroup;
	struct child child;
};

/* Peaks, since what was too much for a moment was too much. */
static int judge(const struct job *job)
{
	int ret = 0;

	for (int i = 0; ret == 0 && i < TCPMEM_CHECK_METRIC_COUNT; i++) {
		enum tcpmem_check_metric metric = (enum tcpmem_check_metric)i;
		int64_t peak, ns;

		if (tcpmem_tree_get_peak(job->sampler.tree, metric, &peak,
					 &ns) == 0)
			ret = tcpmem_check_judge_value(
				job->check, metric, job->argv[0], (double)peak);
	}
	return ret;
}

static int write_report(const struct job *job, const struct run *run)
{
	int ret;

	/* who does not read it is no reason to end otherwise than the command
	 */
	signal(SIGPIPE, SIG_IGN);
	if (job->options->format == FORMAT_JSON)
		ret = run_json(run, job->out);
	else
		ret = run_text(run, job->out);
	if (ret == 0 && (fflush(job->out) != 0 || ferror(job->out)))
		ret = errno ? -errno : -EIO;
	return ret;
}

/* A command that failed has failed; else what we know of it counts. */
static int exit_code(const struct job *job, const struct run *run, int ret)
{
	if (run->code)
		return run->code;
	if (ret)
		return RUN_EXIT_TROUBLE;
	if (tcpmem_check_get_level(job->check) == TCPMEM_LEVEL_CRITICAL)
		return RUN_EXIT_BEYOND;
	return EXIT_DONE;
}

static int report(struct job *job, int64_t elapsed)
{
	struct run run = {
		.options = job->options,
		.argv = job->argv,
		.tree = job->sampler.tree,
		.snap = job->sampler.last,
		.check = job->check,
		.elapsed_ns = elapsed,
	};
	int ret = job->sampler.error;

	run.code = child_reap(&job->child);
	run.others = child_has_others();
	if (job->child.code != CLD_EXITED)
		run.signal = job->child.status;
	if (ret == 0)
		ret = judge(job);
	if (ret) {
		session_failed(&job->session, ret);
	} else {
		ret = write_report(job, &run);
		if (ret)
			message("cannot write the report: %s", strerror(-ret));
	}
	return exit_code(job, &run, ret);
}

static int run_command(struct job *job)
{
	int64_t begin = run_clock_ns(), elapsed;
	int ret, code;

	tcpmem_tree_set_cgroup(job->sampler.tree, job->cgroup.id);
	code = child_start(&job->child, job->argv, job->cgroup.procs);
	if (code)
		return code;
	ret = run_sampler_start(&job->sampler);
	child_wait(&job->child);
	elapsed = run_clock_ns() - begin;
	if (ret == 0)
		run_sampler_stop(&job->sampler);
	else
		job->sampler.error = ret;
	return report(job, elapsed);
}

/* A part of the host's limit would say nothing of one command. */
static int read_thresholds(struct job *job)
{
	int ret = tcpmem_check_new(&job->check);

	if (ret < 0) {
		message("out of memory");
		return RUN_EXIT_TROUBLE;
	}
	for (int i = 0; i < TCPMEM_CHECK_METRIC_COUNT; i++) {
		const char *text = job->options->max[i];

		if (!text || !strchr(text, '%'))
			continue;
		message("--max-%s '%s': of a command it is a number, not a "
			"percentage",
			tcpmem_check_metric_name((enum tcpmem_check_metric)i),
			text);
		return EXIT_USAGE;
	}
	return thresholds_read(job->options, job->check);
}

static int prepare(struct job *job)
{
	int ret = child_prepare(&job->child);

	if (ret) {
		message("cannot follow a command: %s", strerror(-ret));
		return RUN_EXIT_TROUBLE;
	}
	ret = session_open(&job->session, job->options, true);
	if (ret == 0)
		ret = run_sampler_open(&job->sampler, &job->session,
				       job->options->every_ns);
	if (ret) {
		session_failed(&job->session, ret);
		return RUN_EXIT_TROUBLE;
	}
	run_cgroup_make(&job->cgroup);
	return 0;
}

static int run(const struct options *options, char **args)
{
	struct job job = {
		.options = options,
		.argv = args,
		.out = stderr,
		.cgroup = { .procs = -1 },
	};
	int code;

	if (!args[0]) {
		message("run needs a command, as in 'tcpmem run -- curl URL'");
		return EXIT_USAGE;
	}
	code = read_thresholds(&job);
	if (code) {
		tcpmem_check_free(job.check);
		return code;
	}
	if (options->report)
		job.out = fopen(options->report, "we");
	if (!job.out) {
		message("cannot write to %s: %s", options->report,
			strerror(errno));
		tcpmem_check_free(job.check);
		return RUN_EXIT_TROUBLE;
	}
	code = prepare(&job);
	if (code == 0)
		code = run_command(&job);
	run_cgroup_remove(&job.cgroup);
	tcpmem_check_free(job.check);
	run_sampler_close(&job.sampler);
	session_close(&job.session);
	if (options->report)
		fclose(job.out);
	return code;
}

const struct command cmd_run = {
	.name = "run",
	.args = "COMMAND",
	.max_args = INT_MAX,
	.takes_command = true,
	.text = "a command, its peak, and what it leaves open",
	.about = "Runs a command and follows the processes that it starts, "
		 "daemons too. When it\n"
		 "has ended, tells on stderr how many sockets and how much "
		 "memory they had at\n"
		 "most, what is still open, orphaned or in TIME_WAIT. Signals "
		 "and exit code are\n"
		 "the command's: 128 + n if signal n ended it, 126 and 127 if "
		 "it cannot be run,\n"
		 "125 in trouble; 122 if it ended with 0 and a peak is beyond "
		 "a threshold.\n",
	.examples = "  tcpmem run -- curl -s https://example.org\n"
		    "  tcpmem run -o report.json -J -- ./integration-test\n"
		    "  tcpmem run --every 10ms --max-held 64M -- make check\n",
	.options = OPTION_BIT(OPTION_MAX_HELD) |
		   OPTION_BIT(OPTION_MAX_SOCKETS) |
		   OPTION_BIT(OPTION_MAX_CLOSE_WAIT) |
		   OPTION_BIT(OPTION_MAX_TIME_WAIT) |
		   OPTION_BIT(OPTION_MAX_ORPHANS) | OPTION_BIT(OPTION_REPORT) |
		   OPTION_BIT(OPTION_EVERY) | OPTION_BIT(OPTION_BYTES) |
		   OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_NETNS) |
		   OPTION_BIT(OPTION_HOLDERS) | OPTION_BIT(OPTION_HELP),
	.run = run,
};
