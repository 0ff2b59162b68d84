// SPDX-License-Identifier: LGPL-2.1-or-later
/* report_text.c - the report on a command, for people */
#include "check/check.h"
#include "output/output.h"
#include "output/text.h"
#include "run.h"

#include <inttypes.h>
#include <string.h>

/* Rows of each residue; there may be thousands of peers. */
#define ROWS_MAX 10

static const char *const keys[] = {
	[TCPMEM_RESIDUE_OPEN] = "process,state,peer",
	[TCPMEM_RESIDUE_ORPHAN] = "state,peer",
	[TCPMEM_RESIDUE_TIME_WAIT] = "peer",
	[TCPMEM_RESIDUE_UNCLAIMED] = "state,peer",
	[TCPMEM_RESIDUE_CLOSED] = "peer,peer-port",
	[TCPMEM_RESIDUE_UNATTRIBUTED] = "peer,peer-port",
};

static const char *const titles[] = {
	[TCPMEM_RESIDUE_OPEN] = "still open, in processes that still run",
	[TCPMEM_RESIDUE_ORPHAN] = "orphaned: closed, and not yet delivered",
	[TCPMEM_RESIDUE_TIME_WAIT] = "in time-wait, which is no leak",
	[TCPMEM_RESIDUE_UNCLAIMED] =
		"more in time-wait or orphaned, of unknown processes",
	[TCPMEM_RESIDUE_CLOSED] = "connections ended",
	[TCPMEM_RESIDUE_UNATTRIBUTED] =
		"more ended meanwhile, of unknown processes",
};

const char *run_residue_keys(enum tcpmem_residue residue)
{
	return keys[residue];
}

int run_residue(const struct run *run, enum tcpmem_residue residue,
		struct tcpmem_table **table)
{
	int ret;

	*table = NULL;
	ret = tcpmem_tree_group(run->tree, residue, keys[residue], table);
	if (ret == 0)
		ret = tcpmem_table_sort(*table, "-held,-sockets");
	return ret;
}

static int count(const struct run *run, enum tcpmem_residue residue,
		 int64_t *count)
{
	struct tcpmem_table *table;
	int ret = run_residue(run, residue, &table);

	if (ret == 0)
		*count = row_metric(tcpmem_table_get_total(table),
				    TCPMEM_METRIC_SOCKETS);
	tcpmem_table_free(table);
	return ret;
}

int run_count(struct run *run)
{
	const struct tcpmem_tree_metric *opened =
		tcpmem_tree_get_metric(run->tree, TCPMEM_CHECK_METRIC_OPENED);
	int ret;

	if (!run->events)
		return 0;
	ret = count(run, TCPMEM_RESIDUE_CLOSED, &run->closed);
	if (ret == 0)
		ret = count(run, TCPMEM_RESIDUE_UNATTRIBUTED,
			    &run->unattributed);
	run->closed_exactly = opened->value == opened->peak &&
			      !run->unsettled && !run->escaped &&
			      !run->events->lost && !run->events->deaf &&
			      !run->events->malformed;
	run->opened_exactly = !opened->least && !run->escaped &&
			      ((run->hooked && !run->options->netns_count) ||
			       (run->closed_exactly && !run->unattributed));
	return ret;
}

int64_t run_opened(const struct run *run)
{
	return tcpmem_tree_get_metric(run->tree, TCPMEM_CHECK_METRIC_OPENED)
		->value;
}

const char *run_source(const struct run *run)
{
	if (!run->events)
		return "memory";
	return run->hooked ? "exact" : "event";
}

static double seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

const char *run_signal_name(int number, char text[12])
{
	const char *name = NULL;

#ifdef HAVE_SIGABBREV_NP
	name = sigabbrev_np(number);
#endif
	if (!name)
		snprintf(text, 12, "%d", number);
	return name ? name : text;
}

double run_peak_seconds(const struct run *run, int64_t ns)
{
	ns -= run->offset_ns;
	if (ns < 0)
		ns = 0;
	return seconds(ns < run->elapsed_ns ? ns : run->elapsed_ns);
}

static void print_ended(const struct run *run, FILE *out)
{
	char text[12];

	fputs("tcpmem: ", out);
	escape_print(out, run->argv[0], ESCAPE_TERMINAL);
	if (run->signal)
		fprintf(out, " was ended by SIG%s",
			run_signal_name(run->signal, text));
	else
		fprintf(out, " ended with %d", run->code);
	fprintf(out,
		" after %.3f s; %" PRId64 " samples, %.3f s apart at most\n",
		seconds(run->elapsed_ns), run->samples,
		seconds(run->longest_ns));
}

/* Sockets of the command may be missing. */
static bool lacks(const struct run *run)
{
	return tcpmem_tree_get_metric(run->tree, TCPMEM_CHECK_METRIC_SOCKETS)
		->least;
}

/* Connections were opened, and no sample saw any. */
static bool missed_all(const struct run *run)
{
	return run_opened(run) > 0 &&
	       !tcpmem_tree_get_metric(run->tree, TCPMEM_CHECK_METRIC_SOCKETS)
			->peak;
}

bool run_peak_is_least(const struct run *run, enum tcpmem_check_metric metric)
{
	return !run->saw_enough ||
	       tcpmem_tree_get_metric(run->tree, metric)->least ||
	       ((metric == TCPMEM_CHECK_METRIC_SOCKETS ||
		 metric == TCPMEM_CHECK_METRIC_HELD) &&
		missed_all(run));
}

/* What sockets hold may be missing alone: they came without counters. */
bool run_peaks_known(const struct run *run)
{
	return !run_peak_is_least(run, TCPMEM_CHECK_METRIC_SOCKETS) &&
	       !run_peak_is_least(run, TCPMEM_CHECK_METRIC_HELD);
}

/* Sockets hold something: at least 0 bytes of some is nothing known. */
bool run_held_known(const struct run *run, bool peak)
{
	const struct tcpmem_tree_metric *held =
		tcpmem_tree_get_metric(run->tree, TCPMEM_CHECK_METRIC_HELD);
	const struct tcpmem_tree_metric *sockets =
		tcpmem_tree_get_metric(run->tree, TCPMEM_CHECK_METRIC_SOCKETS);

	return !held->least || (peak ? held->peak || !sockets->peak
				     : held->value || !sockets->value);
}

static void print_peak(const struct run *run, FILE *out,
		       enum tcpmem_check_metric metric,
		       const struct tcpmem_tree_metric *seen)
{
	fprintf(out, "  peak %-11s ",
		tcpmem_check_metric_describe(metric)->name);
	if (metric == TCPMEM_CHECK_METRIC_HELD && !run_held_known(run, true)) {
		fputs("unknown\n", out);
		return;
	}
	fputs(run_peak_is_least(run, metric) ? "at least " : "", out);
	if (metric == TCPMEM_CHECK_METRIC_HELD)
		value_print_bytes(out, seen->peak, run->options->bytes);
	else
		fprintf(out, "%" PRId64, seen->peak);
	if (seen->peak)
		fprintf(out, " at %.3f s",
			run_peak_seconds(run, seen->peak_ns));
	fputc('\n', out);
}

static void print_peaks(const struct run *run, FILE *out)
{
	for (int i = 0; i <= TCPMEM_CHECK_METRIC_ORPHANS; i++) {
		enum tcpmem_check_metric metric = (enum tcpmem_check_metric)i;

		const struct tcpmem_tree_metric *seen =
			tcpmem_tree_get_metric(run->tree, metric);

		if (seen)
			print_peak(run, out, metric, seen);
	}
}

static void print_opened(const struct run *run, FILE *out)
{
	const struct tcpmem_events *events = run->events;

	if (run->silence) {
		fprintf(out,
			"  opened           unknown: the kernel's events of "
			"sockets that end: %s\n",
			strerror(-run->silence));
		return;
	}
	if (!events) {
		fputs("  opened           unknown: connections between two "
		      "samples are not seen without events\n",
		      out);
		return;
	}
	fprintf(out,
		"  opened           %s%" PRId64 ", of which %s%" PRId64
		" ended%s\n",
		run->opened_exactly ? "" : "at least ", run_opened(run),
		run->closed_exactly ? "" : "at least ", run->closed,
		run->hooked || run->options->netns_count
			? ""
			: ", in the network namespaces that samples saw");
	if (run->escaped)
		fputs("  processes left the command's cgroup: what they opened "
		      "may be missing\n",
		      out);
	if (events->lost)
		fprintf(out,
			"  %" PRIu64
			" sockets ended that the kernel had no room "
			"to tell of\n",
			events->lost);
	if (events->deaf)
		fprintf(out,
			"  what ended in %zu of %zu network namespaces is not "
			"known\n",
			events->deaf, events->namespaces);
}

static void print_row(FILE *out, const struct tcpmem_row *row,
		      const struct options *options)
{
	fprintf(out, "    %6" PRId64 "  ",
		row_metric(row, TCPMEM_METRIC_SOCKETS));
	value_print_bytes(out, row_metric(row, TCPMEM_METRIC_HELD),
			  options->bytes);
	fputs("  ", out);
	escape_print(out, tcpmem_row_get_subject(row)->key, ESCAPE_TERMINAL);
	fputc('\n', out);
}

static int print_residue(const struct run *run, enum tcpmem_residue residue,
			 FILE *out)
{
	struct tcpmem_table *table;
	int ret = run_residue(run, residue, &table);
	int64_t count = 0;

	if (ret == 0) {
		count = row_metric(tcpmem_table_get_total(table),
				   TCPMEM_METRIC_SOCKETS);
		ret = tcpmem_table_limit(table, ROWS_MAX);
	}
	if (ret == 0 && (count || residue == TCPMEM_RESIDUE_OPEN))
		fprintf(out, "  %s%" PRId64 " %s\n",
			residue <= TCPMEM_RESIDUE_TIME_WAIT && lacks(run)
				? "at least "
				: "",
			count, titles[residue]);
	for (size_t i = 0; ret == 0 && i < tcpmem_table_get_row_count(table);
	     i++)
		print_row(out, tcpmem_table_get_row(table, i), run->options);
	tcpmem_table_free(table);
	return ret;
}

static void print_results(const struct run *run, FILE *out)
{
	const struct tcpmem_check *check = run->check;
	size_t count = tcpmem_check_get_result_count(check);

	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_check_result *result =
			tcpmem_check_get_result(check, i);

		fprintf(out,
			"  %s: ", tcpmem_level_describe(result->level)->name);
		thresholds_print(out, result);
		fputc('\n', out);
	}
	if (count && !run->saw_enough)
		fputs("  too short, or sampled too seldom, for a verdict on "
		      "peaks\n",
		      out);
}

int run_text(const struct run *run, FILE *out)
{
	int ret = 0;

	print_ended(run, out);
	print_peaks(run, out);
	print_opened(run, out);
	for (int i = 0; ret == 0 && i < TCPMEM_RESIDUE_COUNT; i++)
		ret = print_residue(run, (enum tcpmem_residue)i, out);
	if (run->others)
		fputs("  processes that it started still run\n", out);
	print_results(run, out);
	footer_print_warnings(
		out, "  warning: ", &(struct footer){ .snap = run->snap });
	return ret;
}

int run_junit(const struct run *run, FILE *out)
{
	const struct check_out results = { .check = run->check };

	check_out_junit(&results, "tcpmem run", out);
	return 0;
}
