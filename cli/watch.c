// SPDX-License-Identifier: LGPL-2.1-or-later
/* watch.c - many samples, and what leaks: diff --every */
#include "cli.h"

#include "columns/columns.h"
#include "messages.h"
#include "options.h"
#include "output/footer.h"
#include "output/out.h"
#include "output/text.h"
#include "sample_timer.h"
#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USUAL_COLUMNS                                        \
	"key,verdict,reason,sure%,opened,kept,sockets_last," \
	"held_last,held_per_minute"

/* --until-leak asks again and again: it has to be surer, and not by chance. */
#define CERTAIN	     0.99
#define CERTAIN_ROWS 2

struct job {
	const struct options *options;
	const char *key;
	uint32_t needs;
	struct columns columns;
	struct sort sort;
	struct tcpmem_trend *trend;
	struct tcpmem_snapshot *snap; /* the last one */
	struct sample_timer timer;
	int certain; /* how often it was so, one after the other */
	bool incomplete;
	bool progress;
};

static bool is_alarm(const struct tcpmem_trend_row *row, double least)
{
	double sure;

	return tcpmem_trend_row_get_sure(row, &sure) == 0 && sure >= least;
}

static bool has_alarm(const struct tcpmem_trend *trend, double least)
{
	if (is_alarm(tcpmem_trend_get_total(trend), least))
		return true;
	for (size_t i = 0; i < tcpmem_trend_get_row_count(trend); i++)
		if (is_alarm(tcpmem_trend_get_row(trend, i), least))
			return true;
	return false;
}

static void show_progress(const struct job *job)
{
	char bytes[HUMAN_SIZE];
	const struct tcpmem_trend_row *total;

	if (!job->progress)
		return;
	total = tcpmem_trend_get_total(job->trend);
	human_bytes(tcpmem_trend_row_get_last(total, TCPMEM_METRIC_HELD),
		    bytes);
	fprintf(stderr,
		"\r\033[K%" PRIu64 " samples, %.0f s: %" PRId64
		" sockets, %s held; Ctrl-C ends it with a verdict",
		tcpmem_trend_get_sample_count(job->trend),
		(double)tcpmem_trend_get_elapsed_ns(job->trend) / 1e9,
		tcpmem_trend_row_get_last(total, TCPMEM_METRIC_SOCKETS), bytes);
	fflush(stderr);
}

static int add(struct job *job, struct tcpmem_sampler *sampler)
{
	struct tcpmem_snapshot *snap;
	int ret = tcpmem_sampler_next(sampler, &snap);

	if (ret < 0)
		return ret;
	tcpmem_snapshot_free(job->snap);
	job->snap = snap;
	job->incomplete |= !tcpmem_snapshot_is_complete(snap);
	ret = tcpmem_trend_add(job->trend, snap);
	if (ret == 0 && (job->options->until_leak || job->progress))
		ret = tcpmem_trend_judge(job->trend);
	if (ret < 0)
		return ret;
	show_progress(job);
	if (job->options->until_leak && has_alarm(job->trend, CERTAIN))
		job->certain++;
	else
		job->certain = 0;
	return 0;
}

static int sample(struct job *job, struct tcpmem_sampler *sampler)
{
	do {
		int ret;

		sample_timer_mark(&job->timer);
		ret = add(job, sampler);
		if (ret < 0)
			return ret;
	} while (job->certain < CERTAIN_ROWS && sample_timer_wait(&job->timer));
	return 0;
}

/* Whoever wants it to end gets the verdict on what was seen so far. */
static int sample_until_ended(struct job *job, const struct session *session)
{
	struct tcpmem_sampler *sampler;
	int ret = tcpmem_sampler_new(session->ctx, session->query, &sampler);

	if (ret < 0)
		return ret;
	sample_timer_start(&job->timer, job->options->every_ns,
			   job->options->for_ns);
	ret = sample(job, sampler);
	sample_timer_stop(&job->timer);
	tcpmem_sampler_free(sampler);
	if (job->progress)
		fputs("\r\033[K", stderr);
	return ret ? ret : tcpmem_trend_judge(job->trend);
}

static int compare(const void *a, const void *b, void *user)
{
	const struct tcpmem_trend_row *const *p = a;
	const struct tcpmem_trend_row *const *q = b;
	const struct sort *sort = user;

	for (size_t i = 0; i < sort->columns.count; i++) {
		struct value left, right;
		int result;

		column_get(sort->columns.column[i], NULL, *p, &left);
		column_get(sort->columns.column[i], NULL, *q, &right);
		result = value_compare(&left, &right, sort->falling[i]);
		if (result)
			return result;
	}
	return (*p > *q) - (*p < *q);
}

static bool is_shown(const struct job *job, const struct tcpmem_trend_row *row)
{
	return job->options->all ||
	       tcpmem_trend_row_get_class(row) != TCPMEM_TREND_CLASS_STEADY;
}

/* The rows to print, in their order; NULL: no memory. */
static const struct tcpmem_trend_row **choose(const struct job *job,
					      size_t *count)
{
	size_t rows = tcpmem_trend_get_row_count(job->trend);
	const struct tcpmem_trend_row **row = calloc(rows + 1, sizeof(*row));
	struct sort sort = job->sort;

	*count = 0;
	for (size_t i = 0; row && i < rows; i++) {
		row[*count] = tcpmem_trend_get_row(job->trend, i);
		*count += is_shown(job, row[*count]);
	}
	if (row)
		qsort_r(row, *count, sizeof(*row), compare, &sort);
	if (job->options->limited && *count > job->options->limit)
		*count = job->options->limit;
	return row;
}

static void print_queue(FILE *out, const struct tcpmem_trend_row *row,
			enum tcpmem_metric number, const char *queue)
{
	char bytes[HUMAN_SIZE], growth[HUMAN_SIZE];
	double rate = 0;

	(void)tcpmem_trend_row_get_per_minute(row, number, &rate);
	human_bytes(tcpmem_trend_row_get_last(row, number), bytes);
	human_bytes((int64_t)rate, growth);
	fprintf(out, "%s are in %s queues, %s more each minute", bytes, queue,
		growth);
}

/* The figures that show it. */
static void print_figures(FILE *out, const struct tcpmem_trend_row *row)
{
	switch (tcpmem_trend_row_get_reason(row)) {
	case TCPMEM_REASON_KEPT_OPEN:
		fprintf(out,
			"of %" PRId64 " sockets opened meanwhile %" PRId64
			" are still there",
			tcpmem_trend_row_get_metric(row,
						    TCPMEM_TREND_METRIC_OPENED),
			tcpmem_trend_row_get_metric(row,
						    TCPMEM_TREND_METRIC_KEPT));
		break;
	case TCPMEM_REASON_CLOSE_WAIT:
		fprintf(out, "%" PRId64 " sockets are in CLOSE_WAIT",
			tcpmem_trend_row_get_metric(
				row, TCPMEM_TREND_METRIC_CLOSE_WAIT));
		break;
	case TCPMEM_REASON_UNREAD:
		print_queue(out, row, TCPMEM_METRIC_RMEM, "receive");
		break;
	case TCPMEM_REASON_NOT_TAKEN:
		print_queue(out, row, TCPMEM_METRIC_WMEM_QUEUED, "send");
		break;
	case TCPMEM_REASON_NONE:
		break;
	}
}

static void print_until(FILE *out, int64_t ns, const char *what)
{
	char time[HUMAN_SIZE];

	human_time(ns / 1000, time);
	fprintf(out, "; %s in %s, if it goes on", what, time);
}

/* What a person is told in words of a leak or growth. */
static void explain(const struct tcpmem_trend_row *row)
{
	char since[WHEN_SIZE];
	char *text = NULL;
	size_t size;
	int64_t ns;
	FILE *out;

	if (tcpmem_trend_row_get_since_ns(row, &ns) < 0)
		return;
	out = open_memstream(&text, &size);
	if (!out)
		return;
	when_text(ns, since);
	fprintf(out, "%s: %s since %s, %s: ", tcpmem_trend_row_get_key(row),
		tcpmem_trend_class_name(tcpmem_trend_row_get_class(row)), since,
		tcpmem_reason_text(tcpmem_trend_row_get_reason(row)));
	print_figures(out, row);
	if (tcpmem_trend_row_get_until_ns(row, &ns) == 0)
		print_until(out, ns, "tcp_mem's pressure is met");
	if (tcpmem_trend_row_get_until_limit_ns(row, &ns) == 0)
		print_until(out, ns, "its cgroup's limit is met");
	if (fclose(out) == 0)
		footer_print_text(text);
	free(text);
}

static int print_rows(const struct job *job,
		      const struct tcpmem_trend_row *const *row, size_t count)
{
	const struct tcpmem_trend_row *total =
		tcpmem_trend_get_total(job->trend);
	struct out out = {
		.options = job->options,
		.schema = "tcpmem.trend/1",
		.by = job->key,
		.columns = &job->columns,
		.trend = job->trend,
	};
	int ret = out_open(&out, job->snap);

	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = out_row(&out, job->snap, row[i]);
	if (ret == 0)
		ret = out_close(&out, job->snap, total);
	out_free(&out);
	if (ret < 0 || job->options->format != FORMAT_TABLE ||
	    job->options->noheadings)
		return ret;
	if (has_alarm(job->trend, 0))
		puts("Found:");
	for (size_t i = 0; i < count; i++)
		explain(row[i]);
	explain(total);
	return 0;
}

static int print(const struct job *job)
{
	const struct tcpmem_trend_row **row;
	size_t count;
	int ret;

	row = choose(job, &count);
	if (!row)
		return -ENOMEM;
	ret = print_rows(job, row, count);
	free(row);
	return ret ? ret : stdout_flush();
}

static int exit_code(const struct job *job)
{
	if (job->options->strict && job->incomplete)
		return EXIT_TROUBLE;
	return has_alarm(job->trend, 0) ? EXIT_DIFFERS : EXIT_DONE;
}

static int execute(struct job *job)
{
	struct session session;
	int code = EXIT_TROUBLE;
	int ret = session_open(&session, job->options, job->needs);

	if (ret == 0)
		ret = sample_until_ended(job, &session);
	if (ret == 0)
		tcpmem_trend_read_limits(session.ctx, job->trend);
	if (ret == 0)
		ret = print(job);
	if (ret == 0)
		code = exit_code(job);
	else
		session_failed(&session, ret);
	tcpmem_snapshot_free(job->snap);
	session_close(&session);
	return code;
}

/* TIME_WAIT is nobody's fault, unless it is asked for by name. */
static unsigned int trend_flags(const struct options *options)
{
	uint32_t bit = UINT32_C(1) << TCPMEM_STATE_TIME_WAIT;

	return options->states & bit ? TCPMEM_TREND_TIME_WAIT : 0;
}

int watch(const struct options *options, const char *word)
{
	struct job job = { .options = options,
			   .key = options->by ? options->by : "process",
			   .progress = isatty(STDERR_FILENO) };
	int code;

	if (word) {
		message("--every watches what is now: '%s' has no place beside it",
			word);
		return EXIT_USAGE;
	}
	if (tcpmem_keys_require(job.key, &job.needs) < 0)
		return keys_report_unknown(job.key);
	code = out_columns(options, &trend_columns, USUAL_COLUMNS,
			   &job.columns);
	if (code == 0 && options->sort)
		code = sort_parse(&trend_columns, options->sort, &job.sort);
	if (code)
		return code;
	if (tcpmem_trend_new(job.key, trend_flags(options), &job.trend) < 0) {
		message("out of memory");
		return EXIT_TROUBLE;
	}
	code = execute(&job);
	tcpmem_trend_free(job.trend);
	return code;
}
