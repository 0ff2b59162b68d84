// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_explain.c - tcpmem explain: where a process's memory is */
#include "blame/blame.h"
#include "explain/explain.h"
#include "messages.h"
#include "session.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int explain_get_rest(const struct tcpmem_explanation *e,
		     const struct pprof *pprof, int64_t *bytes)
{
	int64_t rss;

	if (!pprof->known[PPROF_KEPT] ||
	    tcpmem_explanation_get_metric(e, TCPMEM_PROCESS_METRIC_RSS, &rss,
					  NULL) < 0)
		return -ENODATA;
	*bytes = rss - pprof->value[PPROF_KEPT];
	return 0;
}

/* Bytes that a runtime may well keep for what comes next */
#define NOTABLE_IDLE (INT64_C(64) << 20)

const char *explain_advise(const struct tcpmem_explanation *e,
			   const struct pprof *pprof)
{
	int64_t kept = pprof->value[PPROF_KEPT], idle, limit;

	if (!pprof->known[PPROF_KEPT])
		return NULL;
	idle = pprof->value[PPROF_HEAP_IDLE] -
	       pprof->value[PPROF_HEAP_RELEASED];
	if (tcpmem_explanation_get_metric(e, TCPMEM_PROCESS_METRIC_CGROUP_LIMIT,
					  &limit, NULL) == 0 &&
	    limit != TCPMEM_UNLIMITED && kept > limit / 5 * 4)
		return "the runtime keeps more than 80 % of the cgroup's "
		       "limit: set GOMEMLIMIT below that limit, with room for "
		       "TCP memory, which it does not count";
	if (idle > NOTABLE_IDLE && idle > kept / 2)
		return "more than half of what the runtime keeps is idle: "
		       "GOMEMLIMIT makes it give that back, a lower GOGC makes "
		       "less of it, debug.FreeOSMemory() does so once";
	return NULL;
}

static int add(struct explain *explain, struct explained item)
{
	void *moved =
		reallocarray(explain->item, explain->count + 1, sizeof(item));

	if (!moved) {
		free(item.pids);
		return -ENOMEM;
	}
	explain->item = moved;
	explain->item[explain->count++] = item;
	return 0;
}

/*
 * Where /proc does not show all processes, nothing says that there is none; nor
 * does a capture that lacks sockets, or knows not who held them: of its reasons
 * those that are about processes come first.
 */
static const char *find_blindness(const struct tcpmem_snapshot *snap,
				  bool saved, bool named)
{
	enum tcpmem_warning_code code;
	const char *text = NULL;

	for (size_t i = 0;
	     snap && (text = tcpmem_snapshot_get_warning(snap, i, &code)); i++)
		if (code == TCPMEM_WARNING_PROC_HIDDEN ||
		    code == TCPMEM_WARNING_PROC_FOREIGN ||
		    (saved && code == TCPMEM_WARNING_FDS_UNREADABLE) ||
		    (named && code == TCPMEM_WARNING_CGROUPS_UNREADABLE))
			return text;
	return snap && saved
		       ? tcpmem_snapshot_get_unseen(snap, TCPMEM_NEED_HOLDERS)
		       : NULL;
}

/* @unread: the names of some processes could not be read */
static void report_missing(struct explain *explain, const char *name,
			   bool unread)
{
	struct tcpmem_snapshot *look = NULL;
	bool named = name[strspn(name, "0123456789")];
	const char *blind, *seen;

	if (!explain->snap && explain->session)
		(void)session_fetch(explain->session, &look);
	blind = find_blindness(look ? look : explain->snap,
			       explain->options->from, named);
	seen = blind ? " that can be seen" : unread ? " that can be read" : "";

	if (named)
		message("no process%s is called '%s', nor is its program, "
			"unit, container or cgroup%s%s",
			seen, name, blind ? ": " : "", blind ? blind : "");
	else
		message("no process %s%s%s%s", name, seen, blind ? ": " : "",
			blind ? blind : "");
	tcpmem_snapshot_free(look);
	explain->missing = true;
}

static void keep_first(struct explain *explain, size_t count)
{
	while (explain->count > count)
		free(explain->item[--explain->count].pids);
}

/* Processes that have ended are left out. */
static int read_all(struct explain *explain)
{
	size_t read = 0;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < explain->count; i++) {
		struct explained *item = &explain->item[i];

		ret = tcpmem_explain(explain->ctx, explain->snap, NULL,
				     item->pids, item->count, &item->is);
		if (ret == 0) {
			struct explained kept = *item;

			*item = explain->item[read];
			explain->item[read++] = kept;
		} else if (ret == -ENOENT) {
			if (!item->part)
				report_missing(explain, item->name, false);
			ret = 0;
		}
	}
	if (ret == 0)
		keep_first(explain, read);
	return ret;
}

/* Return: 0, -errno, or an exit code after a message. */
static int check_single(const struct explain *explain, size_t names)
{
	const struct options *options = explain->options;
	const char *option = options->pprof ? "pprof" : "every";

	if (names > 1) {
		message("--%s is about one process", option);
		return EXIT_USAGE;
	}
	if (explain->count && explain->item->count > 1) {
		message("--%s is about one process, and %zu are called '%s': "
			"give a pid",
			option, explain->item->count, explain->item->name);
		return EXIT_USAGE;
	}
	return 0;
}

/* JSON has the processes of a sum one by one, too. */
static int add_parts(struct explain *explain, struct explained whole)
{
	int ret = 0;

	if (explain->options->format != FORMAT_JSON || whole.count < 2)
		return 0;
	for (size_t i = 0; ret == 0 && i < whole.count; i++) {
		struct explained part = {
			.name = whole.name,
			.pids = malloc(sizeof(*part.pids)),
			.count = 1,
			.part = true,
		};

		if (!part.pids)
			return -ENOMEM;
		*part.pids = whole.pids[i];
		ret = add(explain, part);
	}
	return ret;
}

/* Return: 0, -errno, or an exit code after a message. */
static int find_processes(struct explain *explain, char **names)
{
	const struct options *options = explain->options;
	size_t count = 0;
	int ret = 0;

	for (; ret == 0 && names[count]; count++) {
		struct explained item = { .name = names[count] };

		ret = tcpmem_find_processes(explain->ctx, explain->snap,
					    item.name, &item.pids, &item.count);
		if (ret == -ENOENT || ret == -EACCES) {
			report_missing(explain, item.name, ret == -EACCES);
			ret = 0;
			continue;
		}
		if (ret == 0)
			ret = add(explain, item);
		if (ret == 0)
			ret = add_parts(explain, item);
	}
	if (ret == 0 && (options->pprof || options->every_ns))
		ret = check_single(explain, count);
	if (ret == 0 && explain->count && options->pprof)
		ret = pprof_fetch(options->pprof, *explain->item->pids,
				  &explain->pprof);
	return ret == 0 && !explain->count ? EXIT_FAILED : ret;
}

bool explain_is_in(const struct explained *item, uint32_t pid)
{
	for (size_t i = 0; i < item->count; i++)
		if (item->pids[i] == pid)
			return true;
	return false;
}

bool explain_has_chain(const struct explained *item,
		       const struct tcpmem_chain *chain)
{
	for (size_t i = 0; i < item->count; i++)
		if (blame_has(chain, item->pids[i]))
			return true;
	return false;
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
 * filter left sockets out. They rest on the looks that there were.
 */
static int find_chains(struct explain *explain, struct session *session)
{
	bool waits = false;

	for (size_t i = 0; i < explain->count; i++)
		waits = waits || has_waiting_data(explain->item[i].is);
	if (!waits || !explain->ctx || explain->options->filter)
		return 0;
	if (explain->waits && explain->other)
		return tcpmem_blame_new(explain->snap, explain->other, NULL,
					&explain->blame);
	return blame_look_after(session, explain->snap, 0, &explain->blame);
}

static int fetch(struct explain *explain, struct session *session)
{
	int ret = session_fetch(session, &explain->snap);

	explain->denied = ret < 0;
	return ret;
}

/* Return: 0, -errno, or an exit code after a message. */
static int explain_all(struct explain *explain, struct session *session,
		       char **names)
{
	bool live = !explain->options->from;
	int ret = live ? 0 : fetch(explain, session);

	explain->ctx = live ? session->ctx : NULL;
	explain->session = live ? session : NULL;
	if (ret == 0)
		ret = find_processes(explain, names);
	if (ret == 0 && explain->options->every_ns) {
		ret = explain_sample(explain, session->query);
		if (ret == 0 && explain->options->format == FORMAT_JSON)
			explain_print_json(explain);
		return ret ? ret : stdout_status();
	}
	if (ret == 0 && live) {
		ret = fetch(explain, session);
		if (ret == 0)
			ret = explain_add_info(explain, session);
	}
	if (ret == 0)
		ret = read_all(explain);
	if (ret == 0 && !explain->count)
		return EXIT_FAILED;
	if (ret == 0)
		ret = explain_look_again(explain, session);
	if (ret == 0)
		ret = find_chains(explain, session);
	if (ret != 0)
		return ret;
	if (explain->options->format == FORMAT_JSON)
		explain_print_json(explain);
	else
		ret = explain_print_text(explain);
	return ret ? ret : stdout_status();
}

static void clear(struct explain *explain)
{
	for (size_t i = 0; i < explain->count; i++) {
		tcpmem_explanation_free(explain->item[i].is);
		free(explain->item[i].pids);
	}
	free(explain->item);
	tcpmem_trend_free(explain->growth.trend);
	free(explain->pprof);
	tcpmem_blame_free(explain->blame);
	tcpmem_snapshot_free(explain->other);
	tcpmem_snapshot_free(explain->growth.incomplete);
	tcpmem_snapshot_free(explain->snap);
}

static int run(const struct options *options, char **args)
{
	struct explain explain = { .options = options };
	uint32_t needs = TCPMEM_NEED_PEERS | TCPMEM_NEED_METADATA;
	struct session session;
	int code, ret;

	if (!args[0]) {
		message("explain needs WHO: 'tcpmem explain 1', 'tcpmem "
			"explain nginx'");
		return EXIT_USAGE;
	}
	if (options->from &&
	    (options->pprof || options->every_ns || options->for_ns)) {
		message("--%s asks a process, not a capture",
			options->pprof	    ? "pprof"
			: options->every_ns ? "every"
					    : "for");
		return EXIT_USAGE;
	}
	if (options->plot && !options->every_ns) {
		message("--plot needs --every: 'tcpmem explain PID --every 1s "
			"--plot'");
		return EXIT_USAGE;
	}
	/* of one look, the tcp_info of most sockets is not needed */
	if (options->from || options->every_ns)
		needs |= TCPMEM_NEED_INFO;
	if (options->from)
		needs |= TCPMEM_NEED_LIMITS;
	ret = session_open(&session, options, needs);
	if (ret == 0)
		ret = explain_all(&explain, &session, args);
	if (ret == -ENOENT && !explain.denied) {
		report_missing(&explain, args[0], false);
		code = EXIT_FAILED;
	} else if (ret < 0) {
		code = session_failed(&session, ret);
	} else {
		code = ret ? ret : session_exit_code(options, explain.snap);
		if (!code && explain.growth.incomplete)
			code = session_exit_code(options,
						 explain.growth.incomplete);
		if (!code && explain.missing)
			code = EXIT_FAILED;
	}
	clear(&explain);
	session_close(&session);
	return code;
}

const struct command cmd_explain = {
	.name = "explain",
	.args = "WHO",
	.max_args = INT_MAX,
	.text = "where a process's memory is, TCP's beside it",
	.about =
		"Shows the memory of a process: each metric with its source, "
		"the TCP memory\n"
		"beside it, and findings. WHO is a pid, the name of a process, "
		"or of its program,\n"
		"unit, container or cgroup; several processes are added up, the "
		"worst first.\n"
		"What one look at the queues does not prove, a second one "
		"does, --for later\n"
		"(200 ms, then 1 s).\n",
	.examples = "  tcpmem explain 1                 one process\n"
		    "  tcpmem explain --netns self 1\n"
		    "  tcpmem explain 1 --every 1s --for 2s\n"
		    "  tcpmem explain 1 -J | jq '.processes[].findings'\n",
	.options = OPTIONS(OPTIONS_FILTER, OPTION_FROM, OPTION_AT,
			   OPTION_SALVAGE, OPTION_BYTES, OPTION_JSON,
			   OPTION_NETNS, OPTION_HOLDERS, OPTION_PPROF,
			   OPTION_EVERY, OPTION_PLOT, OPTION_FOR, OPTION_COLOR,
			   OPTION_STRICT),
	.run = run,
};
