// SPDX-License-Identifier: LGPL-2.1-or-later
/* watch.c - tcpmem diff --every: many samples, and what leaks */
#include "messages.h"
#include "output/file.h"
#include "output/plot.h"
#include "output/text.h"
#include "rows.h"
#include "sample_timer.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

/* --until-leak tests each sample: a higher certainty, and twice in a row. */
#define CERTAIN	     0.99
#define CERTAIN_ROWS 2

/*
 * struct watch_state - the samples so far
 * @certain: samples in a row that were certain of a leak or growth
 * @progress: the last sample is shown on the terminal
 */
struct watch_state {
	const struct options *options;
	struct tcpmem_trend *trend;
	struct sample_timer timer;
	int certain;
	bool progress;
};

/* A leak or growth; of some no confidence is computed. */
static bool is_alarm(const struct tcpmem_trend_row *row)
{
	return tcpmem_trend_row_get_judgement(row)->trend_class >=
	       TCPMEM_TREND_CLASS_GROWTH;
}

static bool is_certain(const struct tcpmem_trend_row *row)
{
	double sure = tcpmem_trend_row_get_judgement(row)->sure;

	return !isnan(sure) && sure >= CERTAIN;
}

static bool has_row(const struct tcpmem_trend *trend,
		    bool (*is)(const struct tcpmem_trend_row *row))
{
	if (is(tcpmem_trend_get_total(trend)))
		return true;
	for (size_t i = 0; i < tcpmem_trend_get_row_count(trend); i++)
		if (is(tcpmem_trend_get_row(trend, i)))
			return true;
	return false;
}

static void show_progress(const struct watch_state *state)
{
	char bytes[HUMAN_SIZE];
	const struct tcpmem_trend_row *total;

	if (!state->progress)
		return;
	total = tcpmem_trend_get_total(state->trend);
	human_bytes(trend_change(total, TCPMEM_METRIC_HELD).after, bytes);
	fprintf(stderr,
		"\r\033[K%" PRIu64 " samples, %.0f s: %" PRId64
		" sockets, %s held; Ctrl-C ends it with a verdict",
		tcpmem_trend_get_sample_count(state->trend),
		(double)tcpmem_trend_get_elapsed_ns(state->trend) / 1e9,
		trend_change(total, TCPMEM_METRIC_SOCKETS).after, bytes);
	fflush(stderr);
}

/* What one sample did not see is missing from the trend: its warnings stay. */
static void keep(struct tcpmem_snapshot *snap, struct tcpmem_snapshot **kept)
{
	if (*kept && !tcpmem_snapshot_is_complete(*kept)) {
		tcpmem_snapshot_free(snap);
		return;
	}
	tcpmem_snapshot_free(*kept);
	*kept = snap;
}

static int add(struct watch_state *state, struct tcpmem_sampler *sampler,
	       struct tcpmem_snapshot **kept)
{
	struct tcpmem_snapshot *snap;
	int ret = tcpmem_sampler_next(sampler, &snap);

	if (ret < 0)
		return ret;
	ret = tcpmem_trend_add(state->trend, snap);
	keep(snap, kept);
	if (ret == 0 && (state->options->until_leak || state->progress))
		ret = tcpmem_trend_judge(state->trend, NULL);
	if (ret < 0)
		return ret;
	show_progress(state);
	if (state->options->until_leak && has_row(state->trend, is_certain))
		state->certain++;
	else
		state->certain = 0;
	return 0;
}

static int sample(struct watch_state *state, struct tcpmem_sampler *sampler,
		  struct tcpmem_snapshot **kept)
{
	do {
		int ret;

		sample_timer_mark(&state->timer);
		ret = add(state, sampler, kept);
		if (ret < 0)
			return ret;
	} while (state->certain < CERTAIN_ROWS &&
		 sample_timer_wait(&state->timer));
	return 0;
}

/* A signal ends the samples; those taken until then are judged. */
static int sample_until_ended(struct row_run *run, struct watch_state *state)
{
	struct tcpmem_sampler *sampler;
	int ret = tcpmem_sampler_new(run->session.ctx, run->session.query,
				     &sampler);

	if (ret < 0)
		return ret;
	sample_timer_start(&state->timer, run->options->every_ns,
			   run->options->for_ns);
	ret = sample(state, sampler, &run->snap);
	run->out.footer.missed = sample_timer_missed(&state->timer);
	sample_timer_stop(&state->timer);
	tcpmem_sampler_free(sampler);
	if (state->progress)
		fputs("\r\033[K", stderr);
	return ret ? ret : tcpmem_trend_judge(state->trend, run->session.ctx);
}

/* TIME_WAIT sockets leak nothing, unless --state names them. */
static unsigned int trend_flags(const struct options *options)
{
	uint32_t bit = UINT32_C(1) << TCPMEM_STATE_TIME_WAIT;

	return options->states & bit ? TCPMEM_TREND_TIME_WAIT : 0;
}

static bool is_class(const struct tcpmem_trend_row *row,
		     enum tcpmem_trend_class trend_class)
{
	return tcpmem_trend_row_get_judgement(row)->trend_class == trend_class;
}

/* Steady rows are left out, unless all are asked for. */
static int take_rows(struct row_run *run, const struct tcpmem_trend *trend)
{
	size_t count = tcpmem_trend_get_row_count(trend);
	int ret = row_run_alloc(run, count);

	for (size_t i = 0; ret == 0 && i < count; i++) {
		const struct tcpmem_trend_row *row =
			tcpmem_trend_get_row(trend, i);

		if (run->options->all ||
		    !is_class(row, TCPMEM_TREND_CLASS_STEADY))
			run->row[run->count++] = row;
	}
	run->total = tcpmem_trend_get_total(trend);
	return ret;
}

static int fetch(struct row_run *run)
{
	struct watch_state *state = run->state;
	int ret = tcpmem_trend_new(run->key, trend_flags(run->options),
				   &state->trend);
	if (ret == 0)
		ret = sample_until_ended(run, state);
	if (ret == 0)
		ret = take_rows(run, state->trend);
	run->out.footer.trend = state->trend;
	return ret;
}

static void print_queue(FILE *out, const struct tcpmem_trend_row *row,
			enum tcpmem_metric number, const char *queue)
{
	char bytes[HUMAN_SIZE], growth[HUMAN_SIZE];
	struct tcpmem_change change = trend_change(row, number);

	if (change.after == TCPMEM_UNKNOWN) {
		fprintf(out, "how much is in %s queues is not known of all",
			queue);
		return;
	}
	human_bytes(change.after, bytes);
	human_bytes(isnan(change.per_minute) ? 0
					     : human_round(change.per_minute),
		    growth);
	fprintf(out, "%s are in %s queues, %s more each minute", bytes, queue,
		growth);
}

static int64_t count_of(const struct tcpmem_trend_row *row,
			enum tcpmem_trend_metric metric)
{
	int64_t count = 0;

	(void)tcpmem_trend_row_get_metric(row, metric, &count);
	return count;
}

/* The metrics that show a leak or growth */
static void print_metrics(FILE *out, const struct tcpmem_trend_row *row)
{
	enum tcpmem_reason reason = tcpmem_trend_row_get_judgement(row)->reason;

	switch (reason) {
	case TCPMEM_REASON_KEPT_OPEN:
	case TCPMEM_REASON_IN_USE:
	case TCPMEM_REASON_USE_UNKNOWN:
		fprintf(out,
			"of %" PRId64 " sockets opened meanwhile %" PRId64
			" are still there%s",
			count_of(row, TCPMEM_TREND_METRIC_OPENED),
			count_of(row, TCPMEM_TREND_METRIC_KEPT),
			reason == TCPMEM_REASON_KEPT_OPEN
				? "; a pool that is still being filled looks "
				  "the same"
				: "");
		break;
	case TCPMEM_REASON_CLOSE_WAIT:
		fprintf(out, "%" PRId64 " sockets are in CLOSE_WAIT",
			count_of(row, TCPMEM_TREND_METRIC_CLOSE_WAIT));
		break;
	case TCPMEM_REASON_UNREAD:
		print_queue(out, row, TCPMEM_METRIC_RMEM, "receive");
		break;
	case TCPMEM_REASON_NOT_TAKEN:
		print_queue(out, row, TCPMEM_METRIC_WMEM_QUEUED, "send");
		break;
	case TCPMEM_REASON_RISES:
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

/* A leak or growth in a sentence */
static void explain(const struct tcpmem_trend_row *row)
{
	const struct tcpmem_judgement *judged =
		tcpmem_trend_row_get_judgement(row);
	char since[WHEN_SIZE];
	char *text = NULL;
	size_t size;
	FILE *out;

	if (judged->since_ns == TCPMEM_UNKNOWN)
		return;
	out = memstream_open(&text, &size);
	if (!out) {
		stdout_lost(ENOMEM);
		return;
	}
	when_text(judged->since_ns, since);
	fprintf(out,
		"%s: %s since %s, %s: ", tcpmem_trend_row_get_subject(row)->key,
		tcpmem_trend_class_describe(judged->trend_class)->name, since,
		tcpmem_reason_describe(judged->reason)->text);
	print_metrics(out, row);
	if (judged->until_ns != TCPMEM_UNKNOWN)
		print_until(out, judged->until_ns, "tcp_mem's pressure is met");
	if (judged->until_limit_ns != TCPMEM_UNKNOWN)
		print_until(out, judged->until_limit_ns,
			    "its cgroup's limit is met");
	memstream_end(out, &text);
	if (text)
		footer_print_text("%s", text);
	free(text);
}

/* Rows that are drawn: lines, and charts of --plot */
enum { LINES_MAX = 20, CHARTS_MAX = 3 };

static void draw_row(const struct row_run *run,
		     const struct tcpmem_trend_row *row, bool chart)
{
	const struct watch_state *state = run->state;
	int64_t ns[PLOT_POINTS], value[PLOT_POINTS];
	struct plot plot = {
		.name = tcpmem_trend_row_get_subject(row)->key,
		.ns = ns,
		.value = value,
		.bytes = true,
	};

	if (tcpmem_trend_row_get_series(state->trend, row, TCPMEM_METRIC_HELD,
					ns, value, PLOT_POINTS,
					&plot.count) < 0 ||
	    plot.count < 2)
		return;
	if (chart)
		plot_print_chart(&plot, run->options);
	else
		plot_print_line(&plot, run->options);
}

/* The rows that were printed, those that leak or grow first, and the total */
static void draw(const struct row_run *run)
{
	bool charts = run->options->plot;
	size_t most = charts ? CHARTS_MAX : LINES_MAX;

	if (!plot_wanted(run->options))
		return;
	puts("Held over the samples:");
	for (size_t i = 0; i < run->printed && i < most; i++)
		draw_row(run, run->row[i], charts);
	draw_row(run, run->total, charts);
}

static void print_too_few(const struct watch_state *state)
{
	uint64_t samples = tcpmem_trend_get_sample_count(state->trend);

	footer_print_text("%" PRIu64 " samples are too few to tell what rises; "
			  "a longer --for, or a shorter --every, gives %d or "
			  "more",
			  samples, TCPMEM_TREND_SAMPLES_MIN);
}

static void print_tail(const struct row_run *run)
{
	const struct watch_state *state = run->state;

	draw(run);

	if (has_row(state->trend, is_alarm))
		puts("Found:");
	for (size_t i = 0; i < run->printed; i++)
		explain(run->row[i]);
	explain(run->total);
	if (is_class(run->total, TCPMEM_TREND_CLASS_UNKNOWN))
		print_too_few(state);
}

static int exit_code(const struct row_run *run)
{
	const struct watch_state *state = run->state;

	if (run->options->strict && !tcpmem_snapshot_is_complete(run->snap))
		return EXIT_TROUBLE;
	if (has_row(state->trend, is_alarm))
		return EXIT_DIFFERS;
	return row_run_lacks(run, run->snap) ||
			       is_class(run->total, TCPMEM_TREND_CLASS_UNKNOWN)
		       ? EXIT_INCOMPLETE
		       : EXIT_DONE;
}

static const struct row_command trend = {
	.columns = &trend_columns,
	.schema = "tcpmem.trend/1",
	.usual_columns = "key,verdict,reason,sure%,opened,kept,sockets_last,"
			 "held_last,held_per_minute",
	.needs = TCPMEM_NEED_INFO, /* whether sockets are in use */
	.failure = EXIT_TROUBLE,
	.fetch = fetch,
	.print_tail = print_tail,
	.exit_code = exit_code,
};

int watch(const struct options *options, const char *word)
{
	struct watch_state state = {
		.options = options,
		.progress = isatty(STDERR_FILENO),
	};
	struct row_run run = {
		.command = &trend,
		.options = options,
		.key = options->by ? options->by : "process",
		.state = &state,
	};
	int code;

	if (word || options->from) {
		message("--every samples the kernel's sockets, not a capture: '%s'",
			word ? word : options->from);
		return EXIT_USAGE;
	}
	code = row_run(&run);
	tcpmem_trend_free(state.trend);
	tcpmem_snapshot_free(run.snap);
	return code;
}
