// SPDX-License-Identifier: LGPL-2.1-or-later
/* options_table.c - the options of all commands: one table */
#include "messages.h"
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int set_limit(struct options *options, const char *arg)
{
	char *end;

	errno = 0;
	options->limited = true;
	options->limit = strtoul(arg, &end, 10);
	/* strtoul() takes a sign and blanks, and turns -1 into a huge number */
	if (!errno && !*end && *arg >= '0' && *arg <= '9')
		return 0;
	message("--limit '%s': a number of rows is needed, as in --limit 10",
		arg);
	return EXIT_USAGE;
}

/* A whole number, at least 1 */
static int read_number(const char *name, const char *arg, int64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoll(arg, &end, 10);
	if (errno == 0 && !*end && *arg >= '0' && *arg <= '9' && *number)
		return 0;
	message("--%s '%s': a number is needed, as in --%s 100", name, arg,
		name);
	return EXIT_USAGE;
}

/* "256M", "1G"; a number alone counts bytes. */
static int read_size(const char *name, const char *arg, int64_t *size)
{
	static const char units[] = "KMGT";
	char *end;
	double value;
	const char *unit;

	value = *arg >= '0' && *arg <= '9' ? strtod(arg, &end) : -1;
	if (value >= 0 && *end && (unit = strchr(units, *end)) && !end[1])
		for (; unit >= units; unit--, end += *end != '\0')
			value *= 1024;
	if (value < 1 || *end || value > 1e15) {
		message("--%s '%s': a size is needed, as in 256M or 1G", name,
			arg);
		return EXIT_USAGE;
	}
	*size = (int64_t)value;
	return 0;
}

/* Nothing is a size, too: below 0, for 0 stands for an option not given. */
static int read_room(const char *name, const char *arg, int64_t *size)
{
	if (strcmp(arg, "0") != 0)
		return read_size(name, arg, size);
	*size = -1;
	return 0;
}

static int read_duration(const char *name, const char *arg, int64_t *ns)
{
	if (duration_parse(arg, ns))
		return 0;
	message("--%s '%s': a time is needed, as in 500ms, 10s, 5m or 1h", name,
		arg);
	return EXIT_USAGE;
}

static int set_holders(struct options *options, const char *arg)
{
	const char *name;

	for (int i = 0;
	     (name = tcpmem_holder_source_describe((enum tcpmem_holder_source)i)
			     ->name);
	     i++) {
		if (strcmp(name, arg) == 0) {
			options->holders = (enum tcpmem_holder_source)i;
			return 0;
		}
	}
	message("--holders '%s': it is auto, proc or bpf", arg);
	return EXIT_USAGE;
}

static int add_state(struct options *options, const char *name)
{
	struct suggest suggest;
	uint32_t states;

	if (tcpmem_states_from_name(name, &states) == 0) {
		options->states |= states;
		return 0;
	}
	suggest_init(&suggest, name);
	for (int i = 0; i <= TCPMEM_STATE_MAX; i++)
		if (tcpmem_state_describe((enum tcpmem_state)i)->name)
			suggest_offer(&suggest, tcpmem_state_describe(
							(enum tcpmem_state)i)
							->name);
	suggest_message(&suggest, "state", "'tcpmem summary' shows the states");
	return EXIT_USAGE;
}

static int set_state(struct options *options, const char *arg)
{
	char *list = strdup(arg);
	char *rest = list;
	char *name;
	int ret = 0;

	if (!list) {
		message("out of memory");
		return EXIT_FAILED;
	}
	while (ret == 0 && (name = strsep(&rest, ",")))
		ret = add_state(options, name);
	free(list);
	return ret;
}

static int set_netns(struct options *options, const char *arg)
{
	if (options->netns_count == OPTIONS_NETNS_MAX) {
		message("--netns may be given %d times", OPTIONS_NETNS_MAX);
		return EXIT_USAGE;
	}
	options->netns[options->netns_count++] = arg;
	return 0;
}

static int add_counter(struct options *options, const char *arg)
{
	if (options->max_counter_count == OPTIONS_COUNTERS_MAX) {
		message("--max-counter may be given %d times",
			OPTIONS_COUNTERS_MAX);
		return EXIT_USAGE;
	}
	options->max_counter[options->max_counter_count++] = arg;
	return 0;
}

const char *options_color_name(enum color color)
{
	static const char *const names[] = {
		[COLOR_AUTO] = "auto",
		[COLOR_ALWAYS] = "always",
		[COLOR_NEVER] = "never",
	};

	return (size_t)color < ARRAY_SIZE(names) ? names[color] : NULL;
}

static int set_color(struct options *options, const char *arg)
{
	struct suggest suggest;
	const char *name;

	suggest_init(&suggest, arg);
	for (int i = 0; (name = options_color_name((enum color)i)); i++) {
		if (strcmp(arg, name) == 0) {
			options->color = (enum color)i;
			return 0;
		}
		suggest_offer(&suggest, name);
	}
	suggest_message(&suggest, "color choice", "auto, always or never");
	return EXIT_USAGE;
}

#define FIELD(name) .field = offsetof(struct options, name)

/* An option; members of struct option_def follow its text */
#define OPTION(id, word, what, ...) \
	[OPTION_##id] = { .name = word, .text = what, __VA_ARGS__ }

/* A threshold, by the metric of the library that it bounds */
#define MAX(id, word, argument, what)                        \
	OPTION(MAX_##id, "max-" word, what, .arg = argument, \
	       FIELD(max[TCPMEM_CHECK_METRIC_##id]))

const struct option_def option_defs[OPTION_COUNT] = {
	OPTION(OUTPUT, "output", "columns to print; +COLUMNS adds to the usual",
	       .letter = 'o', .arg = "COLUMNS", FIELD(output)),
	OPTION(LIST_COLUMNS, "list-columns",
	       "list the columns that -o and --sort can take", .letter = 'H',
	       FIELD(list_columns)),
	OPTION(NOHEADINGS, "noheadings",
	       "no headings; the footer goes to stderr", .letter = 'n',
	       FIELD(noheadings)),
	OPTION(BYTES, "bytes", "exact bytes, not K, M, G", .letter = 'b',
	       FIELD(bytes)),
	OPTION(RAW, "raw", "one blank between columns, exact bytes",
	       .letter = 'r', .format = FORMAT_RAW),
	OPTION(JSON, "json", "one JSON object", .letter = 'J',
	       .format = FORMAT_JSON),
	OPTION(JSONL, "jsonl", "one JSON object a row", .format = FORMAT_JSONL),
	OPTION(JUNIT, "junit", "JUnit XML, for continuous integration",
	       .format = FORMAT_JUNIT),
	OPTION(CSV, "csv", "CSV, a heading of JSON's keys, exact numbers",
	       .format = FORMAT_CSV),
	OPTION(SORT, "sort", "sort by columns; -COLUMN puts the largest first",
	       .arg = "ORDER", FIELD(sort)),
	OPTION(LIMIT, "limit", "at most N rows, the first ones", .arg = "N",
	       .set = set_limit),
	OPTION(STATE, "state", "only sockets in these states; may be repeated",
	       .arg = "STATES", .set = set_state),
	OPTION(NETNS, "netns",
	       "only this network namespace: NAME, PID, PATH, self",
	       .arg = "NETNS", .set = set_netns),
	OPTION(FILTER, "filter",
	       "only sockets that match; see tcpmem-filter(7)", .arg = "EXPR",
	       FIELD(filter_text)),
	OPTION(EXPLAIN_FILTER, "explain-filter",
	       "print which part of the filter the kernel evaluates",
	       FIELD(explain_filter)),
	OPTION(BY, "by", "group by KEY; 'tcpmem by --help' lists the keys",
	       .arg = "KEY", FIELD(by)),
	OPTION(ALL, "all", "rows of zeroes, or without a change, too",
	       FIELD(all)),
	OPTION(VERBOSE, "verbose",
	       "all that could not be seen, and where sizes are from",
	       .letter = 'v', FIELD(verbose)),
	MAX(HELD, "held", "BYTES", "bytes that sockets hold: 512M,1G"),
	MAX(SOCKETS, "sockets", "N", "number of sockets: 10k"),
	MAX(CLOSE_WAIT, "close-wait", "N", "sockets in CLOSE_WAIT"),
	MAX(TIME_WAIT, "time-wait", "N",
	    "sockets in TIME_WAIT (check: or % of their limit)"),
	MAX(ORPHANS, "orphans", "N",
	    "orphaned sockets (check: or % of their limit)"),
	MAX(TCP_MEM, "tcp-mem", "N",
	    "the kernel's TCP memory, or % of tcp_mem"),
	MAX(GROWTH, "growth", "RATE", "growth of held bytes: 10M/min"),
	MAX(UNEXPLAINED, "unexplained", "N",
	    "difference of sums and kernel, or %"),
	MAX(LEFT, "left", "N", "sockets that it leaves open"),
	MAX(RECV_Q, "recv-q", "BYTES", "bytes received and not read"),
	MAX(RSS, "rss", "BYTES", "memory of a process that holds one"),
	MAX(FDS, "fds", "N", "open files of such a process, or %"),
	MAX(PORTS, "ports", "N", "local ports toward one destination, or %"),
	OPTION(MAX_COUNTER, "max-counter",
	       "rises of a counter a second: ListenDrops=1,10", .arg = "RATE",
	       .set = add_counter),
	MAX(OPENED, "opened", "N", "connections that it makes or accepts"),
	OPTION(OWNERS, "owners", "hook who closes sockets, for --past",
	       FIELD(owners)),
	OPTION(MIN_AGE, "min-age", "those alone that were open so long",
	       .arg = "TIME", .read = read_duration, FIELD(min_age_ns)),
	OPTION(MAX_RATE, "max-rate", "rows a second; how many more is told",
	       .arg = "N", .read = read_number, FIELD(max_rate)),
	OPTION(ROWS, "count", "end after N rows", .arg = "N",
	       .read = read_number, FIELD(count)),
	OPTION(PER, "per", "apply the thresholds to each group", .arg = "KEY",
	       FIELD(per)),
	OPTION(SINCE, "since", "compare with this capture", .arg = "FILE",
	       FIELD(since)),
	OPTION(SINCE_TIME, "since", "of a store, from TIME on", .arg = "TIME",
	       FIELD(since)),
	OPTION(UNTIL, "until", "of a store, up to TIME", .arg = "TIME",
	       FIELD(until)),
	OPTION(FOR, "for", "how long to sample: 500ms, 10s, 5m, 1h",
	       .arg = "TIME", .read = read_duration, FIELD(for_ns)),
	OPTION(KEEP, "keep", "save a capture in DIR if a result is critical",
	       .arg = "DIR", FIELD(keep)),
	OPTION(EVERY, "every",
	       "time between samples, as far as they are fast enough",
	       .arg = "TIME", .read = read_duration, FIELD(every_ns)),
	OPTION(UNTIL_LEAK, "until-leak",
	       "end as soon as a leak or growth is certain", FIELD(until_leak)),
	OPTION(PLOT, "plot", "with --every: draw charts of the first rows",
	       FIELD(plot)),
	OPTION(BATCH, "batch", "print plain screens, one below the other",
	       .letter = 'b', FIELD(batch)),
	OPTION(COUNT_LOOKS, "count", "end after N looks", .letter = 'n',
	       .arg = "N", .read = read_number, FIELD(count)),
	OPTION(DELAY, "delay",
	       "time between looks: 2s, if they are fast enough", .letter = 'd',
	       .arg = "TIME", .read = read_duration, FIELD(every_ns)),
	OPTION(NO_UNICODE, "no-unicode",
	       "draw with ASCII alone, whatever the locale has",
	       FIELD(no_unicode)),
	OPTION(REPORT, "report", "write the report to FILE", .letter = 'o',
	       .arg = "FILE", FIELD(report)),
	OPTION(FROM, "from", "read a capture, or the store of 'tcpmem record'",
	       .arg = "FILE", FIELD(from)),
	OPTION(AT, "at", "of a store, the last look at TIME: 03:12, '3h ago'",
	       .arg = "TIME", FIELD(at)),
	OPTION(SALVAGE, "salvage",
	       "of a damaged FILE, read the sections that are whole",
	       FIELD(salvage)),
	OPTION(STORE, "store", "keep the looks in this directory", .arg = "DIR",
	       FIELD(store)),
	OPTION(MAX_SIZE, "max-size", "of the store; the oldest looks go: 256M",
	       .arg = "SIZE", .read = read_size, FIELD(max_size)),
	OPTION(KEEP_FREE, "keep-free", "of its file system: 1G; 0: nothing",
	       .arg = "SIZE", .read = read_room, FIELD(keep_free)),
	OPTION(ANONYMIZE, "anonymize",
	       "pseudonyms for addresses, no command lines", FIELD(anonymize)),
	OPTION(INFO, "info",
	       "save tcp_info too, for 'sockets --from FILE -o +rtt'",
	       FIELD(info)),
	OPTION(NO_PROCESSES, "no-processes",
	       "totals only: processes are not looked up", FIELD(no_processes)),
	OPTION(NO_EVENTS, "no-events",
	       "only look: what lives between two looks is not known",
	       FIELD(no_events)),
	OPTION(PAST, "past", "name who held what nobody holds any more",
	       FIELD(past)),
	OPTION(CGROUPS, "cgroups", "compare with what each cgroup is charged",
	       FIELD(cgroups)),
	OPTION(HOLDERS, "holders",
	       "find processes by proc, bpf, or auto (the faster)",
	       .arg = "HOW", .set = set_holders),
	OPTION(PPROF, "pprof",
	       "a Go program's heap and stacks, from its /debug/pprof",
	       .arg = "URL", FIELD(pprof)),
	OPTION(ADVISE, "advise",
	       "recommend other limits, with reasons and costs", FIELD(advise)),
	OPTION(OPENMETRICS, "openmetrics",
	       "OpenMetrics 1.0, not Prometheus' text format 0.0.4",
	       .format = FORMAT_OPENMETRICS),
	OPTION(TEXTFILE, "textfile",
	       "replace FILE as a whole, for node_exporter's collector",
	       .arg = "FILE", FIELD(textfile)),
	OPTION(SQLITE, "sqlite", "write the rows over time to FILE, a database",
	       .arg = "FILE", FIELD(sqlite)),
	OPTION(GROUP, "group",
	       "series of each program, unit, cgroup or container",
	       .arg = "GROUP", FIELD(group)),
	OPTION(TOP, "top", "the N largest groups have a name; default 20",
	       .arg = "N", .read = read_number, FIELD(top)),
	OPTION(PORT, "port", "series of each of these local ports",
	       .arg = "PORTS", FIELD(ports)),
	OPTION(MAX_SERIES, "max-series",
	       "at most N series, default 500; counts those dropped",
	       .arg = "N", .read = read_number, FIELD(max_series)),
	OPTION(COLOR, "color", "auto, always or never; auto heeds NO_COLOR",
	       .arg = "WHEN", .set = set_color),
	OPTION(STRICT, "strict",
	       "exit with 3 (diff: 2) if the snapshot is incomplete",
	       FIELD(strict)),
	OPTION(HELP, "help", "this text", .letter = 'h', FIELD(help)),
};
