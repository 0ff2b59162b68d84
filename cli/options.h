/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* options.h - the command line: options, filter and keys */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli.h"
#include "output/text.h"
#include "tcpmem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum option_id {
	OPTION_OUTPUT,
	OPTION_LIST_COLUMNS,
	OPTION_NOHEADINGS,
	OPTION_BYTES,
	OPTION_RAW,
	OPTION_JSON,
	OPTION_JSONL,
	OPTION_CSV,
	OPTION_JUNIT,
	OPTION_SORT,
	OPTION_LIMIT,
	OPTION_STATE,
	OPTION_NETNS,
	OPTION_FILTER,
	OPTION_EXPLAIN_FILTER,
	OPTION_BY,
	OPTION_ALL,
	OPTION_VERBOSE,
	OPTION_MAX_HELD,
	OPTION_MAX_SOCKETS,
	OPTION_MAX_CLOSE_WAIT,
	OPTION_MAX_TIME_WAIT,
	OPTION_MAX_ORPHANS,
	OPTION_MAX_TCP_MEM,
	OPTION_MAX_GROWTH,
	OPTION_MAX_UNEXPLAINED,
	OPTION_MAX_LEFT,
	OPTION_MAX_RECV_Q,
	OPTION_MAX_RSS,
	OPTION_MAX_FDS,
	OPTION_MAX_PORTS,
	OPTION_MAX_COUNTER,
	OPTION_MAX_OPENED,
	OPTION_MAX_RATE,
	OPTION_MIN_AGE,
	OPTION_OWNERS,
	OPTION_ROWS,
	OPTION_PER,
	OPTION_SINCE,
	OPTION_SINCE_TIME,
	OPTION_UNTIL,
	OPTION_FOR,
	OPTION_KEEP,
	OPTION_EVERY,
	OPTION_UNTIL_LEAK,
	OPTION_PLOT,
	OPTION_BATCH,
	OPTION_COUNT_LOOKS,
	OPTION_DELAY,
	OPTION_NO_UNICODE,
	OPTION_REPORT,
	OPTION_FROM,
	OPTION_AT,
	OPTION_SALVAGE,
	OPTION_STORE,
	OPTION_MAX_SIZE,
	OPTION_KEEP_FREE,
	OPTION_ANONYMIZE,
	OPTION_INFO,
	OPTION_NO_PROCESSES,
	OPTION_NO_EVENTS,
	OPTION_PAST,
	OPTION_CGROUPS,
	OPTION_HOLDERS,
	OPTION_PPROF,
	OPTION_ADVISE,
	OPTION_OPENMETRICS,
	OPTION_TEXTFILE,
	OPTION_SQLITE,
	OPTION_GROUP,
	OPTION_TOP,
	OPTION_PORT,
	OPTION_MAX_SERIES,
	OPTION_COLOR,
	OPTION_STRICT,
	OPTION_HELP,
};
#define OPTION_COUNT (OPTION_HELP + 1)

/*
 * OPTIONS() - the options that a command takes; each takes --help, the last
 *
 * Lists that commands share are macros of their own, below.
 */
#define OPTIONS(...) ((const uint8_t[]){ __VA_ARGS__, OPTION_HELP })

/* Of every command that can filter sockets */
#define OPTIONS_FILTER OPTION_FILTER, OPTION_EXPLAIN_FILTER

/* Of every command that selects sockets */
#define OPTIONS_SELECT                                              \
	OPTIONS_FILTER, OPTION_STATE, OPTION_NETNS, OPTION_HOLDERS, \
		OPTION_STRICT

/* Of every command that reads sockets, from the kernel or from a file */
#define OPTIONS_READ OPTIONS_SELECT, OPTION_FROM, OPTION_AT, OPTION_SALVAGE

/* The thresholds, in the order of enum tcpmem_check_metric */
#define OPTIONS_MAX                                                           \
	OPTION_MAX_HELD, OPTION_MAX_SOCKETS, OPTION_MAX_CLOSE_WAIT,           \
		OPTION_MAX_TIME_WAIT, OPTION_MAX_ORPHANS, OPTION_MAX_TCP_MEM, \
		OPTION_MAX_GROWTH, OPTION_MAX_UNEXPLAINED, OPTION_MAX_RECV_Q, \
		OPTION_MAX_RSS, OPTION_MAX_FDS, OPTION_MAX_PORTS,             \
		OPTION_MAX_COUNTER

/* Of every command that prints rows */
#define OPTIONS_OUT                                                          \
	OPTION_OUTPUT, OPTION_LIST_COLUMNS, OPTION_NOHEADINGS, OPTION_BYTES, \
		OPTION_RAW, OPTION_JSON, OPTION_JSONL, OPTION_CSV,           \
		OPTION_SORT, OPTION_LIMIT, OPTION_COLOR

/* Of every command that prints rows about sockets */
#define OPTIONS_ROWS OPTIONS_READ, OPTIONS_OUT

enum format {
	FORMAT_TABLE,
	FORMAT_RAW,
	FORMAT_JSON,
	FORMAT_JSONL,
	FORMAT_CSV,
	FORMAT_JUNIT,
	FORMAT_OPENMETRICS,
};

/* The number of --netns options, and of --max-counter, at most */
#define OPTIONS_NETNS_MAX    64
#define OPTIONS_COUNTERS_MAX 64

/* struct options - the options of a command line */
struct options {
	const char *output;	 /* NULL: the default columns */
	const char *sort;	 /* NULL: the default order */
	const char *from;	 /* NULL: the kernel */
	const char *until;	 /* NULL: up to the last look */
	const char *at;		 /* NULL: the last look of a store */
	const char *store;	 /* NULL: no --store */
	int64_t max_size;	 /* bytes; 0: the usual */
	int64_t keep_free;	 /* likewise; below 0: nothing */
	const char *by;		 /* NULL: process */
	const char *filter_text; /* NULL: no --filter */
	const char *max[TCPMEM_CHECK_METRIC_COUNT];    /* NULL: no threshold */
	const char *max_counter[OPTIONS_COUNTERS_MAX]; /* each of one counter */
	size_t max_counter_count;
	const char *per;      /* NULL: all sockets together */
	const char *since;    /* NULL: no earlier capture */
	const char *keep;     /* NULL: keep no capture */
	int64_t for_ns;	      /* 0: no --for */
	const char *report;   /* NULL: stderr */
	const char *pprof;    /* NULL: no --pprof */
	const char *textfile; /* NULL: stdout */
	const char *sqlite;   /* likewise */
	const char *group;    /* NULL: no groups */
	const char *ports;    /* NULL: no ports */
	int64_t top;	      /* 0: the usual number */
	int64_t max_series;   /* likewise */
	int64_t every_ns;     /* 0: no --every */
	enum format format;
	enum tcpmem_holder_source holders;
	enum color color;
	bool list_columns;
	bool noheadings;
	bool bytes;
	bool no_processes;
	bool no_events;
	bool owners;
	bool past;
	bool cgroups;
	bool salvage;
	bool anonymize;
	bool info;
	bool all;
	bool verbose;
	bool strict;
	bool explain_filter;
	bool advise;
	bool until_leak;
	bool plot;
	bool batch;
	bool no_unicode;
	bool help;
	bool limited;
	size_t limit;		      /* meaningful if @limited */
	int64_t max_rate;	      /* 0: no --max-rate */
	int64_t min_age_ns;	      /* 0: no --min-age */
	int64_t count;		      /* 0: no --count */
	uint32_t states;	      /* 0: all */
	struct tcpmem_filter *filter; /* NULL: all sockets */
	const char *netns[OPTIONS_NETNS_MAX];
	size_t netns_count; /* 0: all */
};

/*
 * struct option_def - one option
 * @letter: its short form; 0 if it has none
 * @arg: name of its argument in --help; NULL if it takes none
 * @field: offset of the member of struct options that it sets: an int64_t if
 *	@read, a const char * if it has an argument, else a bool
 * @read: 0, or an exit code after a message
 * @format: instead of @field: the format that it chooses
 * @set: instead of @field; 0, or an exit code after a message
 */
struct option_def {
	const char *name;
	char letter;
	const char *arg;
	const char *text;
	size_t field;
	int (*read)(const char *name, const char *arg, int64_t *number);
	enum format format;
	int (*set)(struct options *options, const char *arg);
};

extern const struct option_def option_defs[OPTION_COUNT];

/*
 * options_parse() - parses the options of @command
 * @first: receives the index in @argv of the first argument
 *
 * Return: 0, or an exit code after a message.
 */
int options_parse(const struct command *command, int argc, char **argv,
		  struct options *options, int *first);

/* options_get() - option number @id; NULL if @command does not take it */
const struct option_def *options_get(const struct command *command, size_t id);

/*
 * options_find() - the option with a long name; NULL if @command has none
 * @word: its name, up to the end or to "="
 */
const struct option_def *options_find(const struct command *command,
				      const char *word);

/* options_expecting() - the option whose argument the word behind @word is */
const struct option_def *options_expecting(const struct command *command,
					   const char *word);

/*
 * duration_parse() - "500ms", "10s", "5m", "1h"; a number alone counts seconds
 *
 * Return: false: it is none, or below a millisecond, or over a year.
 */
bool duration_parse(const char *arg, int64_t *ns);

/* options_color_name() - "auto" ...; NULL beyond the last */
const char *options_color_name(enum color color);

/* options_help() - the lines of --help about the options of @command */
void options_help(const struct command *command, FILE *out);

/*
 * filter_read() - parses the FILTER behind the arguments, or --filter
 * @words: of the filter, to be joined with blanks as ss does; ends with NULL
 *
 * Sets @options->filter, which tcpmem_filter_free() frees, if there is one.
 *
 * Return: 0, or an exit code after a message.
 */
int filter_read(struct options *options, char **words);

/* filter_explain() - prints the parsed filter. Return: an exit code. */
int filter_explain(const struct options *options);

/*
 * keys_report() - what the library returned for them, in words
 *
 * Return: EXIT_USAGE; EXIT_FAILED where that tells nothing of the keys.
 */
int keys_report(int err, const char *keys);

/* keys_help() - the names of all keys, for --help */
void keys_help(FILE *out);

#endif
