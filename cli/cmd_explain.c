// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_explain.c - tcpmem explain: where a process's memory is */
#include "blame/blame.h"
#include "explain/explain.h"
#include "messages.h"
#include "session.h"

#include <errno.h>
#include <stdlib.h>

int explain_get_rest(const struct tcpmem_explanation *e,
		     const struct pprof *pprof, int64_t *bytes)
{
	int64_t rss;

	if (!pprof->known[PPROF_KEPT] ||
	    tcpmem_explanation_get_metric(e, TCPMEM_PROCESS_METRIC_RSS, &rss) <
		    0)
		return -ENODATA;
	*bytes = rss - pprof->value[PPROF_KEPT];
	return 0;
}

/* Of several processes with one name, those that have ended are left out. */
static int read_all(struct explain *explain, struct tcpmem_ctx *ctx)
{
	size_t read = 0;
	int ret = -ENOENT;

	explain->process = calloc(explain->count, sizeof(*explain->process));
	if (!explain->process)
		return -ENOMEM;
	for (size_t i = 0; i < explain->count; i++) {
		ret = tcpmem_explain(ctx, explain->snap, NULL, explain->pids[i],
				     &explain->process[read]);
		if (ret == 0)
			read++;
		else if (ret != -ENOENT)
			break;
	}
	explain->count = read;
	return read && ret == -ENOENT ? 0 : ret;
}

/* Return: 0, -errno, or an exit code after a message. */
static int find_processes(struct explain *explain, struct session *session,
			  const char *spec)
{
	const struct options *options = explain->options;
	int ret = tcpmem_find_processes(session->ctx, spec, &explain->pids,
					&explain->count);

	if (ret < 0 || (!options->pprof && !options->every_ns))
		return ret;
	if (explain->count > 1) {
		message("--%s is about one process, and %zu are called '%s': "
			"give a pid",
			options->pprof ? "pprof" : "every", explain->count,
			spec);
		return EXIT_USAGE;
	}
	return options->pprof ? pprof_fetch(options->pprof, &explain->pprof)
			      : 0;
}

static bool has_waiting_data(const struct tcpmem_explanation *e)
{
	const struct tcpmem_finding *finding;

	for (size_t i = 0; (finding = tcpmem_explanation_get_finding(e, i));
	     i++)
		switch (finding->code) {
		case TCPMEM_FINDING_UNREAD:
		case TCPMEM_FINDING_ZERO_WINDOW:
		case TCPMEM_FINDING_RETRANSMITTING:
		case TCPMEM_FINDING_UNDELIVERED:
		case TCPMEM_FINDING_UNACCEPTED:
			return true;
		default:
			break;
		}
	return false;
}

/*
 * The chains of the whole host, since they may go on anywhere: not where a
 * filter left sockets out. The time between two looks has passed already.
 */
static int find_chains(struct explain *explain, struct session *session)
{
	bool waits = false;

	for (size_t i = 0; i < explain->count; i++)
		waits = waits || has_waiting_data(explain->process[i]);
	if (!waits || explain->options->filter)
		return 0;
	return blame_look_after(session, explain->snap, 0, &explain->blame);
}

static int explain_all(struct explain *explain, struct session *session,
		       const char *spec)
{
	int ret = find_processes(explain, session, spec);

	if (ret == 0 && explain->options->every_ns) {
		ret = explain_sample(explain, session->ctx, session->query);
		if (ret == 0 && explain->options->format == FORMAT_JSON)
			explain_print_json(explain);
		return ret ? ret : stdout_status();
	}
	if (ret == 0) {
		ret = session_fetch(session, &explain->snap);
		explain->denied = ret < 0;
	}
	if (ret == 0)
		ret = read_all(explain, session->ctx);
	if (ret == 0)
		ret = explain_look_again(explain, session->ctx);
	if (ret == 0)
		ret = find_chains(explain, session);
	if (ret != 0)
		return ret;
	if (explain->options->format == FORMAT_JSON)
		explain_print_json(explain);
	else
		explain_print_text(explain);
	return stdout_status();
}

static void clear(struct explain *explain)
{
	for (size_t i = 0; explain->process && i < explain->count; i++)
		tcpmem_explanation_free(explain->process[i]);
	free(explain->process);
	tcpmem_free(explain->pids);
	tcpmem_trend_free(explain->growth.trend);
	free(explain->pprof);
	tcpmem_blame_free(explain->blame);
	tcpmem_snapshot_free(explain->snap);
}

static int run(const struct options *options, char **args)
{
	struct explain explain = { .options = options };
	struct session session;
	int code, ret;

	if (!args[0]) {
		message("explain needs a PROCESS: 'tcpmem explain 1', 'tcpmem "
			"explain nginx'");
		return EXIT_USAGE;
	}
	ret = session_open(&session, options, BLAME_NEEDS);
	if (ret == 0)
		ret = explain_all(&explain, &session, args[0]);
	if (ret == -ENOENT && !explain.denied) {
		message("no process is called '%s'", args[0]);
		code = EXIT_FAILED;
	} else if (ret < 0) {
		code = session_failed(&session, ret);
	} else {
		code = ret ? ret : session_exit_code(options, explain.snap);
	}
	clear(&explain);
	session_close(&session);
	return code;
}

const struct command cmd_explain = {
	.name = "explain",
	.args = "PID",
	.max_args = 1,
	.text = "where a process's memory is, TCP's beside it",
	.about = "Shows the memory of the process PID, or of all processes "
		 "with that name:\n"
		 "each metric with its source, the TCP memory beside it, and "
		 "findings.\n"
		 "What one look at the queues does not prove, a second one "
		 "does, --for later\n"
		 "(200 ms, then 1 s).\n",
	.examples = "  tcpmem explain 1                 one process\n"
		    "  tcpmem explain 1 --every 1s --for 2s\n"
		    "  tcpmem explain 1 -J | jq '.processes[].findings'\n",
	.options = OPTIONS(OPTIONS_FILTER, OPTION_BYTES, OPTION_JSON,
			   OPTION_NETNS, OPTION_HOLDERS, OPTION_PPROF,
			   OPTION_EVERY, OPTION_FOR, OPTION_COLOR,
			   OPTION_STRICT),
	.run = run,
};
