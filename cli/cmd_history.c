// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_history.c - tcpmem history: groups of a store over time, and marks */
#include "columns/columns.h"
#include "history/history.h"
#include "messages.h"

#include <stdlib.h>
#include <string.h>

static int read_sums(struct history *history)
{
	const char *dir = history->options->from;
	struct store_times times;
	char why[FILE_TEXT_SIZE] = "out of memory";
	int ret = store_times(dir, &history->span, false, &times, why);

	if (ret == 0) {
		store_times_sort(&times);
		history->begin = times.time[0];
		history->end = times.time[times.count - 1];
		free(times.time);
		ret = history_read_sums(history, why);
	}
	if (ret)
		message("%s: %s", dir, why);
	return ret ? EXIT_FAILED : 0;
}

static bool is_key(const char *word)
{
	for (size_t i = 0; sums_keys[i]; i++)
		if (strcmp(sums_keys[i], word) == 0)
			return true;
	return false;
}

static bool is_arg(const char *word)
{
	return is_key(word) || strcmp(word, "marks") == 0 ||
	       strcmp(word, "incidents") == 0;
}

static int print_groups(struct history *history)
{
	bool file = history->options->sqlite;
	int code;

	if (file && history_export_open(history) < 0)
		return EXIT_FAILED;
	code = history->options->filter ? history_read_looks(history)
					: read_sums(history);
	if (file && history_export_close(history, code == 0) < 0)
		code = EXIT_FAILED;
	else if (!file && code == 0)
		code = history_print(history);
	history_free(history);
	return code;
}

static int run(const struct options *options, char **args)
{
	struct history history = { .options = options,
				   .key = args[0] ? args[0] : "process" };
	const char *wrong;

	if (!options->from) {
		message("history needs a store: --from DIR, which 'tcpmem "
			"record' fills");
		return EXIT_USAGE;
	}
	if (store_span(options->since, options->until, &history.span, &wrong) <
	    0) {
		message(STORE_NO_TIME, wrong);
		return EXIT_USAGE;
	}
	if ((options->filter || options->sqlite) && !is_key(history.key)) {
		message("a filter and --sqlite are of groups, and %s have none",
			history.key);
		return EXIT_USAGE;
	}
	if (strcmp(history.key, "marks") == 0)
		return history_print_marks(&history, NULL);
	if (strcmp(history.key, "incidents") == 0)
		return history_print_marks(&history, "incident");
	return print_groups(&history);
}

const struct command cmd_history = {
	.name = "history",
	.args = "[KEY]",
	.max_args = 1,
	.filter = true,
	.is_arg = is_arg,
	.text = "groups of a store over time; its marks, incidents",
	.about = "Shows what each group held over time, the most that it held "
		 "and when, those that\n"
		 "held the most first. KEY is state, process, program, cgroup, "
		 "unit, container,\n"
		 "netns or peer; or marks, or incidents. With a FILTER, of the "
		 "sockets that\n"
		 "match it.\n",
	.examples = "  tcpmem history --from /var/lib/tcpmem --since '3h ago'\n"
		    "  tcpmem history peer --from /var/lib/tcpmem --limit 10\n"
		    "  tcpmem history 'comm = nginx and state = close-wait' "
		    "--from /var/lib/tcpmem\n"
		    "  tcpmem history incidents --from /var/lib/tcpmem\n",
	.columns = &history_columns,
	.options = OPTIONS(OPTIONS_FILTER, OPTION_FROM, OPTION_SINCE_TIME,
			   OPTION_UNTIL, OPTION_OUTPUT, OPTION_LIST_COLUMNS,
			   OPTION_NOHEADINGS, OPTION_BYTES, OPTION_RAW,
			   OPTION_JSON, OPTION_JSONL, OPTION_CSV, OPTION_SQLITE,
			   OPTION_LIMIT, OPTION_COLOR),
	.run = run,
};
