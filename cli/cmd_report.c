// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_report.c - tcpmem report: many moments as one page of HTML */
#include "messages.h"
#include "output/file.h"
#include "report/report.h"
#include "session.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* struct capture - one of the files, and when it was taken */
struct capture {
	const char *file;
	int64_t ns;
};

struct captures {
	struct session *session;
	struct capture *capture;
};

static int load(void *user, size_t index, struct tcpmem_snapshot **snap,
		char **source)
{
	const struct captures *captures = user;
	const char *file = captures->capture[index].file;
	char *made = report_from(file);
	int ret = made ? session_load(captures->session, file, snap) : -ENOMEM;

	if (ret == 0)
		*source = made;
	else
		free(made);
	return ret;
}

static int compare_times(const void *a, const void *b)
{
	const struct capture *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

/* Files come in the order of their names, a report goes by time. */
static int sort_captures(struct captures *captures, char **files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct tcpmem_snapshot *snap;
		int ret = session_load(captures->session, files[i], &snap);

		if (ret < 0)
			return ret;
		captures->capture[i].file = files[i];
		captures->capture[i].ns = tcpmem_snapshot_get_time_ns(snap);
		tcpmem_snapshot_free(snap);
		if (captures->capture[i].ns == TCPMEM_UNKNOWN) {
			message("%s: it does not say when it was made",
				files[i]);
			return EXIT_FAILED;
		}
	}
	qsort(captures->capture, count, sizeof(*captures->capture),
	      compare_times);
	return 0;
}

static int save_page(const char *file, const char *page, size_t size)
{
	int ret = file_replace(file, page, size, 0);

	if (ret < 0)
		message("cannot write to %s: %s", file, strerror(-ret));
	return ret < 0 ? EXIT_FAILED : 0;
}

static int write_page(const struct options *options,
		      const struct report *report)
{
	char *page = NULL;
	size_t size;
	FILE *out = memstream_open(&page, &size);
	int ret;

	if (out)
		report_page(out, report);
	ret = memstream_close(out, &page);
	if (ret)
		return ret;
	if (options->report) {
		ret = save_page(options->report, page, size);
	} else {
		fwrite(page, 1, size, stdout);
		ret = stdout_status();
	}
	free(page);
	return ret;
}

static size_t count_words(char **words)
{
	size_t count = 0;

	while (words[count])
		count++;
	return count;
}

static int gather_captures(struct session *session, char **files, size_t count,
			   struct report *report)
{
	struct captures captures = { .session = session };
	const struct report_source source = { .count = count,
					      .load = load,
					      .user = &captures };
	int ret;

	captures.capture = calloc(count, sizeof(*captures.capture));
	ret = captures.capture ? sort_captures(&captures, files, count)
			       : -ENOMEM;
	if (ret == 0)
		ret = report_gather(report, &source);
	free(captures.capture);
	return ret;
}

static int make_report(struct session *session, char **files, size_t count)
{
	const struct options *options = session->options;
	char *only = report_only(options);
	struct report report = { .key = options->by ? options->by : "process",
				 .only = only };
	int ret;

	if (!only)
		return -ENOMEM;
	ret = options->from ? report_gather_store(session, &report)
			    : gather_captures(session, files, count, &report);
	if (ret == 0)
		ret = write_page(options, &report);
	report_free(&report);
	free(only);
	return ret;
}

/* -ERANGE is the trend's: two captures of one moment. */
static int failed(const struct session *session, int ret)
{
	if (ret > 0)
		return ret;
	if (ret == -ERANGE)
		message("two captures were taken at the same time: give each "
			"once");
	else
		return session_failed(session, ret);
	return EXIT_FAILED;
}

static int run(const struct options *options, char **args)
{
	uint32_t needs = TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA |
			 TCPMEM_NEED_INFO | TCPMEM_NEED_PEERS;
	size_t count = count_words(args);
	struct session session;
	int ret;

	if (!count == !options->from) {
		message("report needs captures: 'tcpmem report -o report.html "
			"CAPTURE...', which 'tcpmem save' makes, or --from "
			"STORE, which 'tcpmem record' fills");
		return EXIT_USAGE;
	}
	if ((options->since || options->until) && !options->from) {
		message("--since and --until are moments of a store: give it "
			"--from DIR");
		return EXIT_USAGE;
	}
	if (!options->report && isatty(STDOUT_FILENO)) {
		message("a page of HTML is not for a terminal: 'tcpmem report -o "
			"report.html CAPTURE...'");
		return EXIT_USAGE;
	}
	ret = options->by ? tcpmem_keys_require(options->by, &needs) : 0;
	if (ret < 0)
		return keys_report(ret, options->by);
	ret = session_open(&session, options, needs);
	if (ret == 0)
		ret = make_report(&session, args, count);
	if (ret)
		ret = failed(&session, ret);
	session_close(&session);
	return ret;
}

const struct command cmd_report = {
	.name = "report",
	.args = "[CAPTURE]...",
	.max_args = INT_MAX,
	.text = "many moments as one page of HTML",
	.about = "Writes a page about moments of one host: in words when TCP "
		 "memory rose, who\n"
		 "held it, why, and how near the limit it came; then pictures "
		 "and the tables\n"
		 "behind them. It has no script and fetches nothing.\n",
	.examples = "  for i in 1 2 3 4 5; do tcpmem save --info $i.tcpmem; "
		    "sleep 60; done\n"
		    "  tcpmem report -o report.html *.tcpmem\n"
		    "  tcpmem report --by container -o report.html *.tcpmem\n"
		    "  tcpmem report --from /var/lib/tcpmem --since '3h ago' "
		    "-o report.html\n",
	.options = OPTIONS(OPTION_REPORT, OPTION_BY, OPTION_FROM,
			   OPTION_SINCE_TIME, OPTION_UNTIL, OPTION_SALVAGE,
			   OPTION_NETNS, OPTION_STATE),
	.run = run,
};
