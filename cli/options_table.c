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
	options->limit = strtoul(arg, &end, 10);
	/* strtoul() takes a sign and blanks, and turns -1 into a huge number */
	if (errno || *end || *arg < '0' || *arg > '9') {
		message("--limit '%s': a number of rows is needed, as in "
			"--limit 10",
			arg);
		return EXIT_USAGE;
	}
	options->limited = true;
	return 0;
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

/* A threshold, by the metric of the library that it bounds */
#define MAX(id, word, argument, what)                 \
	[OPTION_MAX_##id] = {                         \
		.name = "max-" word,                  \
		.arg = argument,                      \
		.text = what,                         \
		FIELD(max[TCPMEM_CHECK_METRIC_##id]), \
	}

const struct option_def option_defs[OPTION_COUNT] = {
	[OPTION_OUTPUT] = {
		.name = "output", .letter = 'o', .arg = "COLUMNS",
		.text = "columns to print; +COLUMNS adds to the usual",
		FIELD(output),
	},
	[OPTION_LIST_COLUMNS] = {
		.name = "list-columns", .letter = 'H',
		.text = "list the columns that -o and --sort can take",
		FIELD(list_columns),
	},
	[OPTION_NOHEADINGS] = {
		.name = "noheadings", .letter = 'n',
		.text = "no headings; the footer goes to stderr",
		FIELD(noheadings),
	},
	[OPTION_BYTES] = {
		.name = "bytes", .letter = 'b',
		.text = "exact bytes, not K, M, G",
		FIELD(bytes),
	},
	[OPTION_RAW] = {
		.name = "raw", .letter = 'r',
		.text = "one blank between columns, exact bytes",
		.format = FORMAT_RAW,
	},
	[OPTION_JSON] = {
		.name = "json", .letter = 'J',
		.text = "one JSON object",
		.format = FORMAT_JSON,
	},
	[OPTION_JSONL] = {
		.name = "jsonl",
		.text = "one JSON object a row",
		.format = FORMAT_JSONL,
	},
	[OPTION_JUNIT] = {
		.name = "junit",
		.text = "JUnit XML, for continuous integration",
		.format = FORMAT_JUNIT,
	},
	[OPTION_CSV] = {
		.name = "csv",
		.text = "CSV, a heading of JSON's keys, exact numbers",
		.format = FORMAT_CSV,
	},
	[OPTION_SORT] = {
		.name = "sort", .arg = "ORDER",
		.text = "sort by columns; -COLUMN puts the largest first",
		FIELD(sort),
	},
	[OPTION_LIMIT] = {
		.name = "limit", .arg = "N",
		.text = "at most N rows, the first ones",
		.set = set_limit,
	},
	[OPTION_STATE] = {
		.name = "state", .arg = "STATES",
		.text = "only sockets in these states; may be repeated",
		.set = set_state,
	},
	[OPTION_NETNS] = {
		.name = "netns", .arg = "NETNS",
		.text = "only this network namespace: NAME, PID, PATH, self",
		.set = set_netns,
	},
	[OPTION_FILTER] = {
		.name = "filter", .arg = "EXPR",
		.text = "only sockets that match; see tcpmem-filter(7)",
		FIELD(filter_text),
	},
	[OPTION_EXPLAIN_FILTER] = {
		.name = "explain-filter",
		.text = "print which part of the filter the kernel evaluates",
		FIELD(explain_filter),
	},
	[OPTION_BY] = {
		.name = "by", .arg = "KEY",
		.text = "group by KEY; 'tcpmem by --help' lists the keys",
		FIELD(by),
	},
	[OPTION_ALL] = {
		.name = "all",
		.text = "rows without a change, too",
		FIELD(all),
	},
	MAX(HELD, "held", "BYTES", "bytes that sockets hold: 512M,1G"),
	MAX(SOCKETS, "sockets", "N", "number of sockets: 10k"),
	MAX(CLOSE_WAIT, "close-wait", "N", "sockets in CLOSE_WAIT"),
	MAX(TIME_WAIT, "time-wait", "N", "sockets in TIME_WAIT"),
	MAX(ORPHANS, "orphans", "N", "orphaned sockets, or % of their limit"),
	MAX(TCP_MEM, "tcp-mem", "N", "the kernel's TCP memory, or % of tcp_mem"),
	MAX(GROWTH, "growth", "RATE", "growth of held bytes: 10M/min"),
	MAX(UNEXPLAINED, "unexplained", "N",
	    "difference of sums and kernel, or %"),
	MAX(LEFT, "left", "N", "sockets that it leaves open"),
	[OPTION_PER] = {
		.name = "per", .arg = "KEY",
		.text = "apply the thresholds to each group",
		FIELD(per),
	},
	[OPTION_SINCE] = {
		.name = "since", .arg = "FILE",
		.text = "compare with this capture",
		FIELD(since),
	},
	[OPTION_FOR] = {
		.name = "for", .arg = "TIME",
		.text = "how long to sample: 500ms, 10s, 5m, 1h",
		.duration = true,
		FIELD(for_ns),
	},
	[OPTION_KEEP] = {
		.name = "keep", .arg = "DIR",
		.text = "save a capture in DIR if a result is critical",
		FIELD(keep),
	},
	[OPTION_EVERY] = {
		.name = "every", .arg = "TIME",
		.text = "time between samples, as far as they are fast enough",
		.duration = true,
		FIELD(every_ns),
	},
	[OPTION_UNTIL_LEAK] = {
		.name = "until-leak",
		.text = "end as soon as a leak or growth is certain",
		FIELD(until_leak),
	},
	[OPTION_REPORT] = {
		.name = "report", .letter = 'o', .arg = "FILE",
		.text = "write the report to FILE, not to stderr",
		FIELD(report),
	},
	[OPTION_FROM] = {
		.name = "from", .arg = "FILE",
		.text = "read a capture, or a dump of 'ss -D'",
		FIELD(from),
	},
	[OPTION_SALVAGE] = {
		.name = "salvage",
		.text = "of a damaged FILE, read the sections that are whole",
		FIELD(salvage),
	},
	[OPTION_INFO] = {
		.name = "info",
		.text = "save tcp_info too, for 'sockets --from FILE -o +rtt'",
		FIELD(info),
	},
	[OPTION_NO_PROCESSES] = {
		.name = "no-processes",
		.text = "totals only: processes are not looked up",
		FIELD(no_processes),
	},
	[OPTION_CGROUPS] = {
		.name = "cgroups",
		.text = "compare with what each cgroup is charged",
		FIELD(cgroups),
	},
	[OPTION_HOLDERS] = {
		.name = "holders", .arg = "HOW",
		.text = "find processes by proc, bpf, or auto (the faster)",
		.set = set_holders,
	},
	[OPTION_PPROF] = {
		.name = "pprof", .arg = "URL",
		.text = "a Go program's heap and stacks, from its /debug/pprof",
		FIELD(pprof),
	},
	[OPTION_ADVISE] = {
		.name = "advise",
		.text = "recommend other limits, with reasons and costs",
		FIELD(advise),
	},
	[OPTION_COLOR] = {
		.name = "color", .arg = "WHEN",
		.text = "auto, always or never; auto heeds NO_COLOR",
		.set = set_color,
	},
	[OPTION_STRICT] = {
		.name = "strict",
		.text = "exit with 3 if the snapshot is incomplete",
		FIELD(strict),
	},
	[OPTION_HELP] = {
		.name = "help", .letter = 'h',
		.text = "this text",
		FIELD(help),
	},
};
