// SPDX-License-Identifier: LGPL-2.1-or-later
/* main.c - finds the command, runs it, checks that stdout was written */
#include "cli.h"
#include "columns/columns.h"
#include "messages.h"
#include "options.h"
#include "output/output.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
	&cmd_summary, &cmd_top,	   &cmd_by,	 &cmd_sockets, &cmd_explain,
	&cmd_blame,   &cmd_limits, &cmd_save,	 &cmd_diff,    &cmd_check,
	&cmd_run,     &cmd_export, &cmd_watch,	 &cmd_report,
#ifdef HAVE_STORE
	&cmd_record,  &cmd_mark,   &cmd_history, &cmd_store,
#endif
	NULL,
};

static void print_usage(FILE *out)
{
	fputs("Usage: tcpmem [COMMAND [OPTION]...]\n\n"
	      "Shows where the kernel's TCP memory is, and who holds it. Without a\n"
	      "COMMAND: summary.\n\n"
	      "Commands:\n",
	      out);
	for (size_t i = 0; commands[i]; i++) {
		char words[40];

		snprintf(words, sizeof(words), "%s %s", commands[i]->name,
			 commands[i]->args ? commands[i]->args : "");
		fprintf(out, "  %-21s %s\n", words, commands[i]->text);
	}
	fputs("\n  -h, --help     this text; behind a command, or help COMMAND: its own\n"
	      "  -V, --version  the versions of command and library\n\n"
	      "Exit codes: 0 done, 1 failed, 2 wrong usage,\n"
	      "3 incomplete (only under --strict).\n",
	      out);
}

/* Options stand anywhere, but not behind a command that has its own. */
static void print_synopsis(const struct command *command)
{
	const char *args = command->args ? command->args : "";

	if (command->takes_command)
		printf("Usage: tcpmem %s [OPTION]... [--] %s [ARGUMENT]...\n",
		       command->name, args);
	else
		printf("Usage: tcpmem %s%s%s [OPTION]...%s\n", command->name,
		       *args ? " " : "", args,
		       command->filter ? " [FILTER]" : "");
}

static void print_help(const struct command *command)
{
	print_synopsis(command);
	printf("\n%s\n", command->about);
	if (command->help) {
		command->help(stdout);
		putchar('\n');
	}
	puts("Options:");
	options_help(command, stdout);
	printf("\nExamples:\n%s", command->examples);
}

static int list_columns(const struct command *command,
			const struct options *options)
{
	const struct column_table *table = options->every_ns && command->every
						   ? command->every
						   : command->columns;
	struct columns columns = { 0 };
	struct row_output out = {
		.options = options,
		.schema = "tcpmem.columns/1",
		.columns = &columns,
	};
	int ret = 0;

	columns_all(&column_columns, &columns);
	row_output_open(&out);
	for (size_t i = 0; ret == 0 && i < table->count; i++)
		ret = row_output_row(&out, NULL, &table->column[i]);
	return row_output_end(&out, ret);
}

/* A monitor takes 2 for critical, who runs a command for the command's own. */
static int wrong(const struct command *command, int code)
{
	return command->trouble ? command->trouble : code;
}

/* @args: the arguments of the command, then the words of the filter */
static int run_filtered(const struct command *command, struct options *options,
			int count, char **args)
{
	int own = count < command->max_args ? count : command->max_args;
	int ret;

	if (own && command->is_arg && !command->is_arg(*args))
		own = 0;
	ret = filter_read(options, args + own);
	if (ret)
		return wrong(command, ret);
	args[own] = NULL;
	ret = options->explain_filter ? filter_explain(options)
				      : command->run(options, args);
	tcpmem_filter_free(options->filter);
	return ret;
}

/*
 * A standard stream that is closed would be the next file or socket opened.
 * /dev/null takes its place, open for what the stream is not used for: reading
 * or writing the stream fails as on a closed one. A command that is run finds
 * the stream closed.
 */
static bool open_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int flags = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", flags | O_CLOEXEC) != fd)
			return false;
	}
	return true;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	struct options options;
	int first;
	int ret;

	if (command->plugin)
		message_as_plugin();
	if (!open_streams()) {
		message("/dev/null cannot stand in for a closed standard stream");
		return wrong(command, EXIT_FAILED);
	}
	ret = options_parse(command, argc, argv, &options, &first);
	if (ret)
		return wrong(command, ret);
	if (options.help) {
		print_help(command);
		return EXIT_DONE;
	}
	if (options.list_columns)
		return list_columns(command, &options);
	if (argc - first > command->max_args && !command->filter) {
		message("unexpected argument '%s' (see 'tcpmem %s --help')",
			argv[first + command->max_args], command->name);
		return wrong(command, EXIT_USAGE);
	}
	return run_filtered(command, &options, argc - first, argv + first);
}

/* "ps ..." is "by process ...". */
static int run_alias(const struct command *command, int argc, char **argv)
{
	char **longer = calloc((size_t)argc + 2, sizeof(*longer));
	int ret;

	if (!longer) {
		message("out of memory");
		return EXIT_FAILED;
	}
	longer[0] = argv[0];
	longer[1] = (char *)command->alias_arg;
	memcpy(longer + 2, argv + 1, (size_t)argc * sizeof(*argv));
	ret = run_command(command, argc + 1, longer);
	free(longer);
	return ret;
}

static int dispatch(int argc, char **argv)
{
	struct suggest suggest;

	suggest_init(&suggest, argv[0]);
	for (size_t i = 0; commands[i]; i++) {
		const struct command *command = commands[i];

		if (strcmp(argv[0], command->name) == 0)
			return run_command(command, argc, argv);
		suggest_offer(&suggest, command->name);
		if (!command->alias)
			continue;
		if (strcmp(argv[0], command->alias) == 0)
			return run_alias(command, argc, argv);
		suggest_offer(&suggest, command->alias);
	}
	suggest_message(&suggest, "command",
			"'tcpmem --help' lists the commands");
	return EXIT_USAGE;
}

/* "help" is "--help", and "help ps ..." is "ps --help". */
static int help(const char *name)
{
	char *words[] = { (char *)name, (char *)"--help", NULL };

	if (name)
		return dispatch(2, words);
	print_usage(stdout);
	return EXIT_DONE;
}

static int start(int argc, char **argv)
{
	static char *summary[] = { (char *)"summary", NULL };

	if (argc < 2)
		return dispatch(1, summary);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage(stdout);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("tcpmem %s (libtcpmem %s)\n", TCPMEM_VERSION,
		       tcpmem_version());
		return EXIT_DONE;
	}
	if (argv[1][0] == '-') {
		message("'%s' before a command: options come behind it, as in "
			"'tcpmem summary %s'",
			argv[1], argv[1]);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "help") == 0)
		return help(argv[2]);
	if (strcmp(argv[1], "__complete") == 0)
		return complete(commands, argv + 2);
	return dispatch(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	/* only one thread writes; a lock for each character doubles the time */
	__fsetlocking(stdout, FSETLOCKING_BYCALLER);
	/* the locale's characters, but not its decimal point */
	setlocale(LC_CTYPE, "");
	return stdout_close(start(argc, argv));
}
