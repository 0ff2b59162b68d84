// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_options.c - the command line, read off one table */
#include "capture.h"
#include "options.h"
#include "tcpmem.h"
#include "unit.h"

#include <getopt.h>
#include <string.h>

#define ARGS_MAX 16

/* Splits @line at blanks; getopt starts anew. */
static int parse(const struct command *command, const char *line,
		 struct options *options, int *left)
{
	static char words[256];
	char *argv[ARGS_MAX] = { 0 };
	char *rest = words;
	int argc = 0;
	int first = 0;
	int ret;

	snprintf(words, sizeof(words), "%s", line);
	while (rest && argc < ARGS_MAX - 1)
		argv[argc++] = strsep(&rest, " ");
	optind = 0;
	ret = options_parse(command, argc, argv, options, &first);
	*left = argc - first;
	return ret;
}

START_TEST(reads_every_option)
{
	struct options options;
	int left;

	ck_assert_int_eq(parse(&cmd_sockets,
			       "sockets -o state -n -b -J --sort held "
			       "--limit 7 --color=never --strict",
			       &options, &left),
			 0);
	ck_assert_str_eq(options.output, "state");
	ck_assert_str_eq(options.sort, "held");
	ck_assert(options.noheadings && options.bytes && options.strict);
	ck_assert_int_eq(options.format, FORMAT_JSON);
	ck_assert_int_eq(options.color, COLOR_NEVER);
	ck_assert(options.limited);
	ck_assert_uint_eq(options.limit, 7);
	ck_assert(!options.help && !options.list_columns);
	ck_assert_int_eq(left, 0);
}
END_TEST

START_TEST(leaves_what_was_not_said)
{
	struct options options;
	int left;

	ck_assert_int_eq(parse(&cmd_by, "by process", &options, &left), 0);
	ck_assert_int_eq(left, 1);
	ck_assert_ptr_null(options.output);
	ck_assert_ptr_null(options.sort);
	ck_assert(!options.limited);
	ck_assert_uint_eq(options.states, 0);
	ck_assert_int_eq(options.format, FORMAT_TABLE);
	ck_assert_int_eq(options.color, COLOR_AUTO);
}
END_TEST

START_TEST(options_stand_before_and_behind_arguments)
{
	struct options options;
	int left;

	ck_assert_int_eq(parse(&cmd_by, "by -b process -n", &options, &left),
			 0);
	ck_assert(options.bytes && options.noheadings);
	ck_assert_int_eq(left, 1);
	ck_assert_int_eq(parse(&cmd_by, "by -- -b", &options, &left), 0);
	ck_assert(!options.bytes);
	ck_assert_int_eq(left, 1);
}
END_TEST

START_TEST(states_add_up)
{
	struct options options;
	int left;

	ck_assert_int_eq(
		parse(&cmd_sockets,
		      "sockets --state listening,established --state closed",
		      &options, &left),
		0);
	ck_assert_uint_eq(options.states,
			  1u << TCPMEM_STATE_LISTENING |
				  1u << TCPMEM_STATE_ESTABLISHED |
				  1u << TCPMEM_STATE_CLOSED);
}
END_TEST

/* A format twice is no contradiction, two formats are. */
START_TEST(formats_exclude_each_other)
{
	struct options options;
	struct capture capture;
	int left;

	ck_assert_int_eq(
		parse(&cmd_sockets, "sockets -J --json", &options, &left), 0);
	capture_stderr(&capture);
	ck_assert_int_eq(
		parse(&cmd_sockets, "sockets -r --jsonl", &options, &left),
		EXIT_USAGE);
	capture_end(&capture);
}
END_TEST

/* Everything that a command takes is in its help, and nothing else. */
START_TEST(help_is_read_off_the_same_table)
{
	struct capture capture;

	capture_begin(&capture);
	options_help(&cmd_summary, capture.out);
	ck_assert_ptr_nonnull(strstr(capture_text(&capture), "--no-processes"));
	ck_assert_ptr_null(strstr(capture.text, "--raw"));
	capture_end(&capture);
	capture_begin(&capture);
	options_help(&cmd_sockets, capture.out);
	ck_assert_ptr_null(strstr(capture_text(&capture), "--no-processes"));
	ck_assert_ptr_nonnull(strstr(capture.text, "-r, --raw"));
	capture_end(&capture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("options");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, reads_every_option);
	tcase_add_test(tc, leaves_what_was_not_said);
	tcase_add_test(tc, options_stand_before_and_behind_arguments);
	tcase_add_test(tc, states_add_up);
	tcase_add_test(tc, formats_exclude_each_other);
	tcase_add_test(tc, help_is_read_off_the_same_table);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
