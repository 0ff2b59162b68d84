// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_limits.c - tcpmem limits: what bounds TCP memory, and what has hit it */
#include "messages.h"
#include "rows.h"
#include "sample_timer.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const struct {
	const char *key;
	enum tcpmem_worst which;
} worst_members[] = {
	{ "connections", TCPMEM_WORST_CONNECTIONS },
	{ "current_bytes", TCPMEM_WORST_CURRENT },
	{ "autotuned_bytes", TCPMEM_WORST_AUTOTUNED },
	{ "tcp_mem_high_bytes", TCPMEM_WORST_TCP_MEM },
	{ "ram_bytes", TCPMEM_WORST_RAM },
};

static void json_worst(struct json *json, const struct tcpmem_limits *limits)
{
	json_open_object(json, "worst_case");
	for (size_t i = 0; i < ARRAY_SIZE(worst_members); i++) {
		int64_t value = 0;
		int ret = tcpmem_limits_get_worst(
			limits, worst_members[i].which, &value);

		json_optional(json, worst_members[i].key, ret, value);
	}
	json_close_object(json);
}

static void json_advice(struct json *json, const struct tcpmem_limits *limits)
{
	const struct tcpmem_advice *advice;

	json_open_array(json, "advice");
	for (size_t i = 0; (advice = tcpmem_limits_get_advice(limits, i));
	     i++) {
		json_open_object(json, NULL);
		json_text(json, "setting", advice->setting);
		json_text(json, "value", advice->value);
		json_text(json, "reason", advice->reason);
		json_text(json, "effect", advice->effect);
		json_close_object(json);
	}
	json_close_array(json);
}

/*
 * Without an earlier look, what hit a limit since the namespace was made; some
 * resets and refused connections every host has.
 */
static bool is_finding(const struct tcpmem_limit *limit)
{
	if (!limit->finding)
		return false;
	return limit->rate_known ? limit->per_second > 0
				 : limit->beside && limit->count > 0;
}

static void json_findings(struct json *json, const struct tcpmem_limits *limits)
{
	json_open_array(json, "findings");
	for (size_t i = 0; i < tcpmem_limits_get_count(limits); i++) {
		const struct tcpmem_limit *limit = tcpmem_limits_get(limits, i);

		if (!is_finding(limit))
			continue;
		json_open_object(json, NULL);
		json_text(json, "name", limit->name);
		json_text(json, "netns", limit->netns);
		json_integer(json, "count", limit->count);
		json_fraction(json, "per_second",
			      limit->rate_known ? limit->per_second : NAN);
		json_text(json, "text", limit->finding);
		json_close_object(json);
	}
	json_close_array(json);
}

static void json_tail(struct json *json, const void *user)
{
	const struct row_run *run = user;
	struct tcpmem_limits *const *limits = run->state;

	json_worst(json, *limits);
	json_findings(json, *limits);
	if (run->options->advise)
		json_advice(json, *limits);
	else
		json_null(json, "advice");
}

static void bytes_text(const struct options *options,
		       const struct tcpmem_limits *limits,
		       enum tcpmem_worst which, char text[HUMAN_SIZE])
{
	int64_t bytes;

	if (tcpmem_limits_get_worst(limits, which, &bytes) < 0)
		bytes = TCPMEM_UNKNOWN;
	if (options->bytes && bytes != TCPMEM_UNKNOWN)
		snprintf(text, HUMAN_SIZE, "%" PRId64, bytes);
	else
		human_bytes(bytes, text);
}

static void print_worst(const struct options *options,
			const struct tcpmem_limits *limits)
{
	char text[TCPMEM_WORST_RAM + 1][HUMAN_SIZE];
	int64_t connections = 0;
	int ret = tcpmem_limits_get_worst(limits, TCPMEM_WORST_CONNECTIONS,
					  &connections);

	for (int i = TCPMEM_WORST_CURRENT; i <= TCPMEM_WORST_RAM; i++)
		bytes_text(options, limits, (enum tcpmem_worst)i, text[i]);
	putchar('\n');
	if (ret < 0) {
		footer_print_line("Worst case: unknown, connections in some "
				  "states were not asked for; the high limit "
				  "of tcp_mem: %s, memory of the machine: %s",
				  text[TCPMEM_WORST_TCP_MEM],
				  text[TCPMEM_WORST_RAM]);
		return;
	}
	footer_print_line(
		"Worst case for %" PRId64 " connection%s: %s at their "
		"current limits, %s at the maxima of tcp_rmem and "
		"tcp_wmem; the high limit of tcp_mem: %s, memory of "
		"the machine: %s",
		connections, connections == 1 ? "" : "s",
		text[TCPMEM_WORST_CURRENT], text[TCPMEM_WORST_AUTOTUNED],
		text[TCPMEM_WORST_TCP_MEM], text[TCPMEM_WORST_RAM]);
}

static void print_finding(const struct tcpmem_limit *limit, bool named)
{
	char rate[40] = "since the namespace was made";

	if (limit->rate_known)
		snprintf(rate, sizeof(rate), "in all, %.2f a second",
			 limit->per_second);
	printf("  %s%s%s: %" PRId64 " %s\n", limit->name, named ? " in " : "",
	       named ? limit->netns : "", limit->count, rate);
	footer_print_text("  %s.", limit->finding);
}

/* Return: whether there is any. */
static bool print_findings(const struct tcpmem_limits *limits)
{
	bool any = false;

	for (size_t i = 0; i < tcpmem_limits_get_count(limits); i++) {
		const struct tcpmem_limit *limit = tcpmem_limits_get(limits, i);

		if (!is_finding(limit))
			continue;
		if (!any)
			puts("\nIt has hurt already:");
		any = true;
		print_finding(limit, limit->netns &&
					     strcmp(limit->netns, "self") != 0);
	}
	return any;
}

/* The limits of a namespace with connections, or sockets, were not seen. */
static bool lacks_some(const struct tcpmem_limits *limits,
		       const struct tcpmem_snapshot *snap)
{
	int64_t bytes;

	return tcpmem_limits_get_worst(limits, TCPMEM_WORST_AUTOTUNED, &bytes) <
		       0 ||
	       tcpmem_snapshot_get_unseen(snap, 0);
}

/* A queue in which nothing waits has no limit of its own. */
static bool lacks_any(const struct tcpmem_limits *limits,
		      const struct tcpmem_snapshot *snap)
{
	for (size_t i = 0; i < tcpmem_limits_get_count(limits); i++) {
		const struct tcpmem_limit *limit = tcpmem_limits_get(limits, i);

		if (!limit->gone &&
		    (limit->counter ? !limit->count_known
				    : !limit->known && !limit->used_known))
			return true;
	}
	return lacks_some(limits, snap);
}

static void print_advice(const struct tcpmem_limits *limits, bool hurt,
			 bool lacks)
{
	const struct tcpmem_advice *advice =
		tcpmem_limits_get_advice(limits, 0);

	if (advice)
		puts("\nRecommended (nothing was changed):");
	else if (lacks)
		puts("\nNo change is recommended for what could be read; not all "
		     "could.");
	else if (!hurt)
		puts("\nNo change is recommended.");
	for (size_t i = 1; advice; i++) {
		printf("  %s = %s\n", advice->setting, advice->value);
		footer_print_text("  why: %s.", advice->reason);
		footer_print_text("  but: %s.", advice->effect);
		advice = tcpmem_limits_get_advice(limits, i);
	}
}

static void text_tail(const struct options *options, const void *user)
{
	const struct row_run *run = user;
	struct tcpmem_limits *const *limits = run->state;

	bool hurt = false;

	print_worst(options, *limits);
	if (options->advise || options->every_ns)
		hurt = print_findings(*limits);
	if (options->advise)
		print_advice(*limits, hurt, lacks_any(*limits, run->snap));
}

/*
 * Counters and limits without use are no part of the answer, nor is
 * tcp_mem_low: nothing begins above it.
 */
static bool is_bound(const struct tcpmem_limit *limit)
{
	return limit->known && limit->used_known && limit_full(limit) > 0 &&
	       strcmp(limit->name, "tcp_mem_low") != 0;
}

static double part_of(const struct tcpmem_limit *limit)
{
	return (double)limit->used / (double)limit_full(limit);
}

static const struct tcpmem_limit *nearest(const struct tcpmem_limits *limits)
{
	const struct tcpmem_limit *found = NULL;

	for (size_t i = 0; i < tcpmem_limits_get_count(limits); i++) {
		const struct tcpmem_limit *limit = tcpmem_limits_get(limits, i);

		if (is_bound(limit) &&
		    (!found || part_of(limit) > part_of(found)))
			found = limit;
	}
	return found;
}

/* With two looks it is of the time between them; of before, counts tell. */
static const char *what_hurt(const struct tcpmem_limits *limits, bool unseen)
{
	bool hurt = false, unread = false, rates = false;

	for (size_t i = 0; i < tcpmem_limits_get_count(limits); i++) {
		const struct tcpmem_limit *limit = tcpmem_limits_get(limits, i);

		hurt |= is_finding(limit);
		unread |= limit->counter && !limit->count_known && !limit->gone;
		rates |= limit->rate_known;
	}
	if (hurt)
		return "Limits have hurt already: see below.";
	if (unread)
		return "Not all counters could be read.";
	if (rates)
		return "Between the two looks no counter of harm rose.";
	return unseen ? "No counter that was read tells that a limit has hurt."
		      : "No counter tells that a limit has hurt.";
}

/* The answer first: what is nearest to its limit, and what has hurt */
static void print_answer(const struct tcpmem_limits *limits,
			 const struct tcpmem_snapshot *snap)
{
	const struct tcpmem_limit *near = nearest(limits);
	bool unseen = lacks_some(limits, snap);

	if (near)
		footer_print_line("Nearest to its limit%s: %s, %.1f "
				  "%%%s%s%s%s. %s",
				  unseen ? ", of what was seen" : "",
				  near->name, 100 * part_of(near),
				  near->netns ? ", namespace " : "",
				  near->netns ? near->netns : "",
				  near->busiest ? ", " : "",
				  near->busiest ? near->busiest : "",
				  what_hurt(limits, unseen));
	else
		footer_print_line("How near limits are is not known: none of "
				  "them and its use could both be read.");
	putchar('\n');
}

/* With --every, @before receives an earlier look. */
static int take_looks(struct row_run *run, struct tcpmem_snapshot **before)
{
	int ret = 0;

	if (run->options->every_ns) {
		ret = session_fetch(&run->session, before);
		pause_for(run->options->every_ns);
	}
	return ret ? ret : session_fetch(&run->session, &run->snap);
}

static int fetch(struct row_run *run)
{
	struct tcpmem_snapshot *before = NULL;
	struct tcpmem_limits **limits = run->state;
	int ret = take_looks(run, &before);

	if (ret == 0)
		ret = tcpmem_limits_read(run->session.ctx, before, run->snap,
					 NULL, limits);
	tcpmem_snapshot_free(before);
	if (ret == 0)
		ret = row_run_alloc(run, tcpmem_limits_get_count(*limits));
	if (ret < 0)
		return ret;
	run->count = tcpmem_limits_get_count(*limits);
	for (size_t i = 0; i < run->count; i++)
		run->row[i] = tcpmem_limits_get(*limits, i);
	/* who chooses columns reads them with a program */
	if (run->options->format == FORMAT_TABLE && !run->options->noheadings &&
	    !run->options->output)
		print_answer(*limits, run->snap);
	run->out.json_tail = json_tail;
	run->out.text_tail = text_tail;
	run->out.user = run;
	return 0;
}

static const struct row_command limits = {
	.columns = &limit_columns,
	.schema = "tcpmem.limits/1",
	.rows_key = "limits",
	.needs = TCPMEM_NEED_LIMITS,
	.usual_columns =
		"name,netns,value,used,used_percent,count,busiest,meaning",
	.failure = EXIT_FAILED,
	.fetch = fetch,
};

static int run(const struct options *options, char **args)
{
	struct row_command command = limits;
	struct tcpmem_limits *read = NULL;
	struct row_run run = {
		.command = &command,
		.options = options,
		.state = &read,
	};
	int code;

	(void)args;
	if (options->every_ns && options->from) {
		message("--every looks twice at this host; --from FILE is one "
			"look");
		return EXIT_USAGE;
	}
	if (options->every_ns)
		command.usual_columns = "name,netns,value,used,used_percent,"
					"count,per_second,busiest,meaning";
	code = row_run(&run);
	tcpmem_limits_free(read);
	tcpmem_snapshot_free(run.snap);
	return code;
}

const struct command cmd_limits = {
	.name = "limits",
	.text = "what bounds TCP memory, its use, and what was dropped",
	.about =
		"Shows each limit, what of it is in use, and how far today's "
		"connections could\n"
		"go. Of a limit that each network namespace has, the namespace "
		"is shown that\n"
		"comes nearest to it; of one for a socket, listener or "
		"destination, the one\n"
		"that uses the most. Below a limit stand the kernel's counters "
		"of what hit it:\n"
		"since the namespace was made and, with --every, a second. "
		"Nothing is changed.\n",
	.examples =
		"  tcpmem limits                   of all network namespaces\n"
		"  tcpmem limits --netns self      of this one alone\n"
		"  tcpmem limits --advise          recommended changes\n"
		"  tcpmem limits --every 5s        what is dropped right now\n"
		"  tcpmem limits --sort -used_percent --limit 5\n"
		"  tcpmem limits -J | jq '.limits[] | select(.used_percent > "
		"80)'\n",
	.columns = &limit_columns,
	.options = OPTIONS(OPTIONS_OUT, OPTION_NETNS, OPTION_ADVISE,
			   OPTION_EVERY, OPTION_STRICT, OPTION_FROM, OPTION_AT,
			   OPTION_SALVAGE),
	.run = run,
};
