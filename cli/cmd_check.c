// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_check.c - tcpmem check: thresholds, and an exit code for a monitor */
#include "check/check.h"
#include "messages.h"
#include "options.h"
#include "sample_timer.h"
#include "session.h"

#include <string.h>

/* struct check_state - @before: the earlier snapshot, for rates; or NULL */
struct check_state {
	const struct options *options;
	struct tcpmem_check *check;
	uint32_t needs;
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

/* Growth and rates need two snapshots, other metrics take one. */
static bool has_snapshots(const struct options *options, bool growth)
{
	int moments = (options->since != NULL) + (options->for_ns > 0);

	if (growth && moments == 1)
		return true;
	if (!growth && !moments)
		return true;
	if (moments == 2)
		message("--since and --for exclude each other");
	else if (growth)
		message("--max-growth and --max-counter compare two snapshots: give "
			"--since FILE, or --for TIME");
	else
		message("--since and --for are for --max-growth and --max-counter, "
			"which are not given");
	return false;
}

static int read_options(struct check_state *state)
{
	const struct options *options = state->options;
	int ret = thresholds_read(options, state->check);

	if (ret)
		return ret;
	if (!has_any(state->check)) {
		message("check needs a threshold, as "
			"--max-held 1G,2G; 'tcpmem check --help' lists them");
		return EXIT_USAGE;
	}
	if (!has_snapshots(
		    options,
		    tcpmem_check_has(state->check,
				     TCPMEM_CHECK_METRIC_GROWTH) ||
			    tcpmem_check_has(state->check,
					     TCPMEM_CHECK_METRIC_COUNTER)))
		return EXIT_USAGE;
	if (options->from && (options->keep || options->for_ns)) {
		message("--from FILE is one snapshot, and saved already: it "
			"excludes --for and --keep");
		return EXIT_USAGE;
	}
	ret = options->per ? tcpmem_check_set_keys(state->check, options->per)
			   : 0;
	if (ret < 0)
		return keys_report(ret, options->per);
	return 0;
}

/* Only file descriptors lead to some sockets: they are read if any is missing.
 */
static int fetch_whole(const struct check_state *state, struct session *session,
		       struct tcpmem_snapshot **snap)
{
	uint32_t needs = state->needs | TCPMEM_NEED_HOLDERS;
	int ret = session_fetch(session, snap);

	if (ret < 0 || session->file || needs == state->needs ||
	    !tcpmem_snapshot_get_unseen(*snap, 0))
		return ret;
	ret = tcpmem_query_require(session->query, needs);
	if (ret < 0)
		return ret;
	tcpmem_snapshot_free(*snap);
	*snap = NULL;
	return session_fetch(session, snap);
}

static int fetch(struct check_state *state, struct session *session)
{
	const struct options *options = state->options;
	int ret = 0;

	if (options->since)
		ret = session_load(session, options->since, &state->before);
	else if (options->for_ns)
		ret = fetch_whole(state, session, &state->before);
	if (ret == 0 && options->for_ns)
		pause_for(options->for_ns);
	return ret ? ret : fetch_whole(state, session, &state->snap);
}

static bool lacks(const struct tcpmem_snapshot *snap)
{
	return snap && !tcpmem_snapshot_is_complete(snap);
}

static int print(const struct check_state *state, const struct session *session,
		 struct check_out *out)
{
	*out = (struct check_out){
		.options = state->options,
		.check = state->check,
		.before = state->before,
		.snap = state->snap,
		.level = tcpmem_check_get_level(state->check),
		.incomplete = state->options->strict &&
			      (lacks(state->before) || lacks(state->snap)),
		.stale = session->stale,
	};
	/* a critical result stands, however incomplete the snapshot is */
	if ((out->incomplete || out->stale) &&
	    out->level != TCPMEM_LEVEL_CRITICAL)
		out->level = TCPMEM_LEVEL_UNKNOWN;
	if (state->options->format == FORMAT_JSON)
		check_out_json(out);
	else if (state->options->format == FORMAT_JUNIT)
		check_out_junit(out, "tcpmem check", stdout);
	else
		check_out_text(out);
	return stdout_flush();
}

static int execute(struct check_state *state)
{
	struct check_out out;
	struct session session;
	int ret;

	tcpmem_check_require(state->check, &state->needs);
	ret = session_open(&session, state->options, state->needs);
	if (ret == 0)
		ret = fetch(state, &session);
	if (ret == 0)
		ret = tcpmem_check_judge(state->check, state->before,
					 state->snap);
	if (ret == 0)
		ret = print(state, &session, &out);
	if (ret < 0)
		session_failed(&session, ret);
	else if (out.level == TCPMEM_LEVEL_CRITICAL && state->options->keep)
		retain(&session, state->options->keep);
	session_close(&session);
	return ret < 0 ? EXIT_UNKNOWN : (int)out.level;
}

static int run(const struct options *options, char **args)
{
	struct check_state state = { .options = options };
	int code = EXIT_UNKNOWN;

	(void)args;
	if (options->format == FORMAT_JSON || options->format == FORMAT_JUNIT)
		message_to_stderr();
	if (tcpmem_check_new(&state.check) < 0)
		message("out of memory");
	else if (read_options(&state) == 0)
		code = execute(&state);
	tcpmem_check_free(state.check);
	tcpmem_snapshot_free(state.before);
	tcpmem_snapshot_free(state.snap);
	return code;
}

const struct command cmd_check = {
	.name = "check",
	.filter = true,
	.plugin = true,
	.trouble = EXIT_UNKNOWN,
	.text = "thresholds, a line and an exit code for a monitor",
	.about = "Each threshold is WARN,CRIT, or CRIT alone: a largest value "
		 "or a range, 5: @0:4.\n"
		 "Exit codes: 0 ok, 1 warning, 2 critical, 3 unknown.\n",
	.examples =
		"  tcpmem check --max-held 1G,2G --max-rss 2G,3G --per program\n"
		"  tcpmem check --max-counter ListenDrops=1 --for 1s\n",
	.options = OPTIONS(OPTIONS_READ, OPTIONS_MAX, OPTION_JSON, OPTION_JUNIT,
			   OPTION_PER, OPTION_SINCE, OPTION_FOR, OPTION_KEEP),
	.run = run,
};
