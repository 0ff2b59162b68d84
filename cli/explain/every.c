// SPDX-License-Identifier: LGPL-2.1-or-later
/* every.c - tcpmem explain --every: how fast a process grows */
#include "explain.h"
#include "output/output.h"
#include "output/plot.h"
#include "output/text.h"
#include "sample_timer.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* A metric of a sample. Return: 0, or -ENODATA. */
static int read_metric(const struct tcpmem_explanation *e,
		       enum growth_metric metric, int64_t *value)
{
	switch (metric) {
	case GROWTH_RSS:
		return tcpmem_explanation_get_metric(
			e, TCPMEM_PROCESS_METRIC_RSS, value, NULL);
	case GROWTH_HELD:
		*value = row_metric(e->tcp, TCPMEM_METRIC_HELD);
		return e->sockets_known && *value != TCPMEM_UNKNOWN ? 0
								    : -ENODATA;
	case GROWTH_FDS:
		return tcpmem_explanation_get_metric(
			e, TCPMEM_PROCESS_METRIC_FDS, value, NULL);
	}
	return -ENODATA;
}

void explain_add_to_series(struct series *series, int64_t ns, int64_t value)
{
	if (series->count && ++series->skipped < series->stride)
		return;
	series->skipped = 0;
	if (series->count == SERIES_MAX) {
		series->count /= 2;
		for (size_t i = 0; i < series->count; i++) {
			series->ns[i] = series->ns[2 * i + 1];
			series->value[i] = series->value[2 * i + 1];
		}
		series->stride = series->stride ? 2 * series->stride : 2;
	}
	series->ns[series->count] = ns;
	series->value[series->count++] = value;
}

static void measure(struct growth *growth, const struct tcpmem_explanation *e,
		    int64_t now_ns)
{
	double minutes;

	growth->samples = tcpmem_trend_get_sample_count(growth->trend);
	growth->elapsed_ns = tcpmem_trend_get_elapsed_ns(growth->trend);
	minutes = (double)growth->elapsed_ns / 60e9;
	for (int i = 0; i < GROWTH_COUNT; i++) {
		bool first = growth->samples == 1;

		growth->known[i] = read_metric(e, (enum growth_metric)i,
					       &growth->last[i]) == 0 &&
				   (first || growth->known[i]);
		if (first)
			growth->first[i] = growth->last[i];
		if (growth->known[i])
			explain_add_to_series(&growth->series[i], now_ns,
					      growth->last[i]);
		if (minutes > 0)
			growth->per_minute[i] =
				(double)(growth->last[i] - growth->first[i]) /
				minutes;
	}
}

static void print_metric(const struct growth *growth, enum growth_metric metric)
{
	char now[HUMAN_SIZE] = "-", rate[HUMAN_SIZE] = "-";

	if (growth->known[metric] && metric == GROWTH_FDS)
		snprintf(now, sizeof(now), "%" PRId64, growth->last[metric]);
	else if (growth->known[metric])
		human_bytes(growth->last[metric], now);
	if (growth->known[metric] && growth->samples > 1) {
		if (metric == GROWTH_FDS)
			snprintf(rate, sizeof(rate), "%.1f",
				 growth->per_minute[metric]);
		else
			human_bytes(human_round(growth->per_minute[metric]),
				    rate);
	}
	printf(" %8s %9s", now, rate);
}

static void print_line(const struct explain *explain)
{
	char when[WHEN_SIZE];

	if (explain->options->format == FORMAT_JSON)
		return;
	if (explain->growth.samples == 1)
		printf("%-20s %8s %9s %8s %9s %8s %9s\n", "TIME", "RSS",
		       "PER-MIN", "TCP-HELD", "PER-MIN", "FDS", "PER-MIN");
	when_text(tcpmem_snapshot_get_time_ns(explain->snap), when);
	printf("%-20s", when);
	for (int i = 0; i < GROWTH_COUNT; i++)
		print_metric(&explain->growth, (enum growth_metric)i);
	putchar('\n');
	fflush(stdout);
}

/* When the process began, since boot: a pid is used again. */
static int64_t find_birth(const struct tcpmem_explanation *e,
			  const struct tcpmem_snapshot *snap)
{
	int64_t since_boot;

	(void)tcpmem_snapshot_get_boot(snap, &since_boot);
	return e->start_ns == TCPMEM_UNKNOWN
		       ? TCPMEM_UNKNOWN
		       : since_boot - (tcpmem_snapshot_get_time_ns(snap) -
				       e->start_ns);
}

/* A process that is not reaped has no memory any more, and 0 fds. */
static bool has_ended(const struct growth *growth,
		      const struct tcpmem_explanation *e,
		      const struct tcpmem_snapshot *snap)
{
	int64_t rss;

	if (!growth->samples)
		return false;
	return find_birth(e, snap) != growth->born_ns ||
	       (growth->known[GROWTH_RSS] &&
		read_metric(e, GROWTH_RSS, &rss) < 0);
}

/* What an earlier sample did not see is missing from the growth. */
static void keep(struct explain *explain, struct tcpmem_snapshot *snap)
{
	struct growth *growth = &explain->growth;

	if (explain->snap && !growth->incomplete &&
	    !tcpmem_snapshot_is_complete(explain->snap))
		growth->incomplete = explain->snap;
	else
		tcpmem_snapshot_free(explain->snap);
	explain->snap = snap;
}

/* The last sample stays in @explain, for -J. */
static int sample(struct explain *explain, struct tcpmem_sampler *sampler)
{
	struct explained *item = explain->item;
	struct tcpmem_explanation *e;
	struct tcpmem_snapshot *snap;
	int ret = tcpmem_sampler_next(sampler, &snap);

	if (ret < 0) {
		explain->denied = true;
		return ret;
	}
	ret = tcpmem_explain(explain->ctx, snap, explain->snap, item->pids, 1,
			     &e);
	if (ret == 0) {
		ret = has_ended(&explain->growth, e, snap)
			      ? -ENOENT
			      : tcpmem_trend_add(explain->growth.trend, snap);
		if (ret < 0)
			tcpmem_explanation_free(e);
	}
	if (ret < 0) {
		tcpmem_snapshot_free(snap);
		return ret;
	}
	tcpmem_explanation_free(item->is);
	keep(explain, snap);
	item->is = e;
	explain->growth.born_ns = find_birth(e, snap);
	measure(&explain->growth, e, tcpmem_snapshot_get_time_ns(snap));
	print_line(explain);
	return 0;
}

static int sample_all(struct explain *explain, struct tcpmem_sampler *sampler)
{
	struct sample_timer timer;
	int ret;

	sample_timer_start(&timer, explain->options->every_ns,
			   explain->options->for_ns);
	do {
		sample_timer_mark(&timer);
		ret = sample(explain, sampler);
	} while (ret == 0 && sample_timer_wait(&timer));
	explain->growth.missed = sample_timer_missed(&timer);
	sample_timer_stop(&timer);
	/* the process has ended: judge the samples until then */
	explain->growth.ended = ret == -ENOENT && !explain->denied &&
				explain->growth.samples;
	return explain->growth.ended ? 0 : ret;
}

/* A smaller rise of a metric is none. */
static const int64_t least[] = {
	[GROWTH_RSS] = INT64_C(1) << 20,
	[GROWTH_HELD] = 0,
	[GROWTH_FDS] = 4,
};

/* The row of the process itself; NULL: it held no socket */
static const struct tcpmem_trend_row *find_row(const struct tcpmem_trend *trend,
					       uint32_t pid)
{
	for (size_t i = 0; i < tcpmem_trend_get_row_count(trend); i++) {
		const struct tcpmem_trend_row *row =
			tcpmem_trend_get_row(trend, i);
		const struct tcpmem_process *process =
			tcpmem_trend_row_get_subject(row)->process;

		if (process && tcpmem_process_get_pid(process) == pid)
			return row;
	}
	return NULL;
}

static void judge(struct explain *explain)
{
	struct growth *growth = &explain->growth;

	growth->row = find_row(growth->trend, *explain->item->pids);
	for (int i = 0; i < GROWTH_COUNT; i++) {
		const struct series *series = &growth->series[i];

		growth->judged[i].size = sizeof(growth->judged[i]);
		(void)tcpmem_series_judge(series->ns, series->value,
					  series->count, least[i],
					  &growth->judged[i]);
	}
	if (growth->row)
		growth->judged[GROWTH_HELD] =
			*tcpmem_trend_row_get_judgement(growth->row);
}

static const char *const names[] = {
	[GROWTH_RSS] = "RSS",
	[GROWTH_HELD] = "TCP memory",
	[GROWTH_FDS] = "Open files",
};

static void draw_one(const struct plot *plot, const struct options *options)
{
	if (plot->count < 2)
		return;
	if (options->plot)
		plot_print_chart(plot, options);
	else
		plot_print_line(plot, options);
}

static void draw(const struct explain *explain)
{
	const struct options *options = explain->options;

	if (!plot_wanted(options))
		return;
	puts("Over the samples:");
	for (int i = 0; i < GROWTH_COUNT; i++) {
		const struct series *series = &explain->growth.series[i];
		const struct plot plot = {
			.name = names[i],
			.ns = series->ns,
			.value = series->value,
			.count = series->count,
			.bytes = i != GROWTH_FDS,
		};

		draw_one(&plot, options);
	}
}

static void print_verdict(const struct growth *growth,
			  enum growth_metric metric)
{
	const struct tcpmem_judgement *judged = &growth->judged[metric];
	const char *class =
		tcpmem_trend_class_describe(judged->trend_class)->name;

	if (!growth->known[metric])
		class = "unknown";
	else if (metric == GROWTH_HELD && !growth->row)
		class = "none";
	else if (judged->trend_class == TCPMEM_TREND_CLASS_UNKNOWN)
		class = "unknown: these are too few samples to tell";
	if (!growth->known[metric] || judged->reason == TCPMEM_REASON_NONE)
		footer_print_text("%s: %s", names[metric], class);
	else if (isnan(judged->sure))
		footer_print_text("%s: %s: %s", names[metric], class,
				  tcpmem_reason_describe(judged->reason)->text);
	else
		footer_print_text("%s: %s, %.1f %% sure: %s", names[metric],
				  class, judged->sure * 100,
				  tcpmem_reason_describe(judged->reason)->text);
}

static void print_verdicts(const struct explain *explain)
{
	if (explain->options->format == FORMAT_JSON)
		return;
	puts("Verdict");
	if (explain->growth.ended)
		footer_print_text("The process has ended meanwhile: this is "
				  "about the time before");
	footer_print_missed(explain->growth.missed);
	for (int i = 0; i < GROWTH_COUNT; i++)
		print_verdict(&explain->growth, (enum growth_metric)i);
	draw(explain);
	footer_print(&(struct footer){ .snap = explain->snap,
				       .before = explain->growth.incomplete },
		     explain->options);
}

int explain_sample(struct explain *explain, const struct tcpmem_query *query)
{
	struct tcpmem_sampler *sampler;
	int ret = tcpmem_trend_new("process", 0, &explain->growth.trend);
	if (ret == 0)
		ret = tcpmem_sampler_new(explain->ctx, query, &sampler);
	if (ret < 0)
		return ret;
	ret = sample_all(explain, sampler);
	tcpmem_sampler_free(sampler);
	if (ret == 0)
		ret = tcpmem_trend_judge(explain->growth.trend, NULL);
	if (ret < 0)
		return ret;
	judge(explain);
	print_verdicts(explain);
	return 0;
}
