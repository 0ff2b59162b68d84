/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cli.h - what every part of the command shares: commands, exit codes */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_INCOMPLETE = 3, /* under --strict; of diff always */

	/* exit codes of diff, as those of diff(1) */
	EXIT_DIFFERS = 1,
	EXIT_TROUBLE = 2,

	/* exit code of check for an unknown state; others are its levels */
	EXIT_UNKNOWN = 3,
};

struct options;
struct column_table;

/*
 * struct command - one command of tcpmem
 * @alias: stands for the command with the argument @alias_arg; NULL: none
 * @args: its arguments in the usage line; NULL: none
 * @max_args: the number of its arguments at most
 * @filter: a FILTER may follow the arguments; session_open() queries with it
 * @is_arg: whether the first word is an argument, not of the filter; NULL: it
 * is
 * @takes_command: the arguments are a command with options of its own
 * @text: its purpose in one line
 * @about: its purpose in a paragraph, with line breaks
 * @help: more lines for --help; NULL: none
 * @plugin: a monitor runs it: errors are a line on stdout
 * @trouble: exit code of wrong usage; 0: %EXIT_USAGE
 * @columns: the columns that -o can choose; NULL: it takes no -o
 * @every: the columns under --every; NULL: @columns
 * @options: OPTIONS() of enum option_id
 * @run: runs it; @args ends with NULL. Return: an exit code.
 */
struct command {
	const char *name;
	const char *alias;
	const char *alias_arg;
	const char *args;
	int max_args;
	bool filter;
	bool (*is_arg)(const char *word);
	bool takes_command;
	const char *text;
	const char *about;
	void (*help)(FILE *out);
	const char *examples;
	bool plugin;
	int trouble;
	const struct column_table *columns;
	const struct column_table *every;
	const uint8_t *options;
	int (*run)(const struct options *options, char **args);
};

extern const struct command cmd_summary;
extern const struct command cmd_by;
extern const struct command cmd_sockets;
extern const struct command cmd_explain;
extern const struct command cmd_blame;
extern const struct command cmd_limits;
extern const struct command cmd_save;
extern const struct command cmd_diff;
extern const struct command cmd_check;
extern const struct command cmd_report;
extern const struct command cmd_run;
extern const struct command cmd_export;
extern const struct command cmd_watch;
extern const struct command cmd_top;
extern const struct command cmd_record;
extern const struct command cmd_mark;
extern const struct command cmd_history;
extern const struct command cmd_store;

/*
 * watch() - tcpmem diff --every: samples, and a verdict on their trend
 * @word: an argument, which is refused; NULL: none
 *
 * Return: an exit code: 0 nothing, 1 a leak or growth, 2 trouble.
 */
int watch(const struct options *options, const char *word);

/*
 * complete() - prints the words that may stand at a shell's cursor
 * @commands: ends with NULL
 * @words: the words behind "tcpmem"; ends with NULL
 *
 * Return: an exit code.
 */
int complete(const struct command *const *commands, char **words);

#endif
