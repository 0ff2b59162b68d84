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
	EXIT_INCOMPLETE = 3, /* only under --strict */

	/* of a comparison, as diff(1) has them */
	EXIT_DIFFERS = 1,
	EXIT_TROUBLE = 2,

	/* of a check, as monitoring plugins have them; others see levels */
	EXIT_UNKNOWN = 3,
};

struct options;
struct column_table;

/*
 * struct command - one word behind "tcpmem"
 * @alias: another word for the command and @alias_arg; NULL if none
 * @args: the arguments that it takes, as its usage shows them; NULL if none
 * @max_args: how many they may be
 * @filter: what stands behind them is a FILTER, which session_open() asks for
 * @takes_command: they are a command with options of its own
 * @text: what it does, in one line
 * @about: the same in a paragraph, with its line breaks
 * @help: more lines for --help; NULL if none
 * @plugin: it answers a monitor: any trouble is unknown, and said on stdout
 * @columns: what -o can choose from; NULL if -o is not taken
 * @every: what -o can choose from under --every, if that is something else
 * @options: OPTION_BIT()s of the options that it takes
 * @run: does it; @args ends with NULL. Returns an exit code.
 */
struct command {
	const char *name;
	const char *alias;
	const char *alias_arg;
	const char *args;
	int max_args;
	bool filter;
	bool takes_command;
	const char *text;
	const char *about;
	void (*help)(FILE *out);
	const char *examples;
	bool plugin;
	const struct column_table *columns;
	const struct column_table *every;
	uint64_t options;
	int (*run)(const struct options *options, char **args);
};

extern const struct command cmd_summary;
extern const struct command cmd_by;
extern const struct command cmd_sockets;
extern const struct command cmd_explain;
extern const struct command cmd_limits;
extern const struct command cmd_save;
extern const struct command cmd_diff;
extern const struct command cmd_check;
extern const struct command cmd_run;

/*
 * watch() - samples as @options want it, then says what they tell
 * @word: what stands behind the command, which is one too many; NULL: nothing
 *
 * Return: an exit code: 0 nothing, 1 a leak or growth, 2 trouble.
 */
int watch(const struct options *options, const char *word);

/*
 * complete() - prints what may stand at the cursor of a shell, a line each
 * @commands: all there are; NULL ends them
 * @words: the words behind "tcpmem"; NULL ends them
 *
 * Return: an exit code.
 */
int complete(const struct command *const *commands, char **words);

#endif
