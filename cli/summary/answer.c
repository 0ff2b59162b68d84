// SPDX-License-Identifier: LGPL-2.1-or-later
/* answer.c - the summary in sentences: how much, who, what stands out */
#include "messages.h"
#include "output/file.h"
#include "output/output.h"
#include "output/text.h"
#include "summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A part of the whole that is worth a word. */
#define MOST_PERCENT	50.0
#define SOME_PERCENT	10.0
#define NEAR_PERCENT	75.0
#define UNREAD_BYTES	(1 << 20)
#define CLOSE_WAIT_MANY 10

/* What @value is in; bytes as the tables print them. */
static void add_bytes(FILE *out, const struct summary *summary, int64_t value)
{
	value_print_bytes(out, value, summary->options->bytes);
}

static double percent(int64_t part, int64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static bool is_selection(const struct summary *summary)
{
	const struct options *options = summary->options;

	return options->netns_count || options->states || options->filter;
}

/* "TCP holds 231M in 12 sockets; the kernel counts 220M, 10 % of tcp_mem." */
static void add_total(FILE *out, const struct summary *summary)
{
	const struct tcpmem_row *total =
		tcpmem_table_get_total(summary->states);
	int64_t sockets = row_metric(total, TCPMEM_METRIC_SOCKETS);
	bool whole = tcpmem_snapshot_is_complete(summary->snap);
	int64_t held, used, high;

	if (tcpmem_row_get_metric(total, TCPMEM_METRIC_HELD, &held) < 0) {
		fprintf(out,
			"%" PRId64 " TCP sockets were found; what they hold is "
			"not known. ",
			sockets);
		return;
	}
	if (!sockets && !whole) {
		fputs("No TCP socket was found, and not all was seen. ", out);
		return;
	}
	fprintf(out, "%s %s",
		is_selection(summary) ? "The selected sockets hold"
				      : "TCP holds",
		whole ? "" : "at least ");
	add_bytes(out, summary, held);
	fprintf(out, " in %" PRId64 " socket%s", sockets,
		sockets == 1 ? "" : "s");
	if (!is_selection(summary) &&
	    summary_read_host(summary, TCPMEM_HOST_METRIC_TCP_MEM_USED,
			      &used) &&
	    summary_read_host(summary, TCPMEM_HOST_METRIC_TCP_MEM_HIGH,
			      &high) &&
	    high > 0) {
		fputs("; the kernel counts ", out);
		add_bytes(out, summary, used);
		fprintf(out, ", %.1f %% of what tcp_mem allows",
			percent(used, high));
	}
	fputs(". ", out);
}

static void add_queues(FILE *out, const struct summary *summary,
		       const struct tcpmem_row *row)
{
	int64_t unread = row_metric(row, TCPMEM_METRIC_UNREAD);
	int64_t unsent = row_metric(row, TCPMEM_METRIC_UNSENT);
	const char *comma = ": ";

	if (unsent) {
		fputs(comma, out);
		add_bytes(out, summary, unsent);
		fputs(" unsent", out);
		comma = ", ";
	}
	if (unread) {
		fputs(comma, out);
		add_bytes(out, summary, unread);
		fputs(" unread", out);
	}
}

static double share_of(const struct tcpmem_row *row)
{
	double share = 0;

	(void)tcpmem_row_get_share(row, &share);
	return share;
}

#define PERCENT_SIZE 32

/* Nearly all is not "100 %". */
static const char *percent_text(double percent, char text[PERCENT_SIZE])
{
	if (percent >= 99.5 && percent < 100)
		return "more than 99 %";
	snprintf(text, PERCENT_SIZE, "%.0f %%", percent);
	return text;
}

/* As the table calls it, and what that is */
static void add_name(FILE *out, const struct tcpmem_row *row)
{
	const struct tcpmem_subject *subject = tcpmem_row_get_subject(row);

	fputs(subject->key, out);
	if (strcmp(subject->kind, "hidden") == 0)
		fputs(" (of processes that may not be read)", out);
}

/* Rows stand in the order of what they hold; "other" is nobody's name. */
static void add_holders(FILE *out, const struct summary *summary)
{
	const struct tcpmem_table *rows = summary->processes;
	const char *comma = "Most: ";
	char text[PERCENT_SIZE];

	if (!rows || summary->options->sort)
		return;
	for (size_t i = 0; i < tcpmem_table_get_row_count(rows) && i < 3; i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(rows, i);
		double share = share_of(row);

		if (share < SOME_PERCENT ||
		    strcmp(tcpmem_row_get_subject(row)->kind, "other") == 0)
			break;
		if (i == 0 && share >= MOST_PERCENT) {
			add_name(out, row);
			fprintf(out, " has %s of it",
				percent_text(share, text));
			add_queues(out, summary, row);
			fputs(". ", out);
			return;
		}
		fputs(comma, out);
		add_name(out, row);
		fprintf(out, " %.0f %%", share);
		comma = ", ";
	}
	if (*comma == ',')
		fputs(". ", out);
}

static int print_sentences(const struct summary *summary)
{
	char *text = NULL;
	int lines = 0;
	size_t size;
	FILE *out = memstream_open(&text, &size);

	if (out) {
		add_total(out, summary);
		add_holders(out, summary);
	}
	memstream_end(out, &text);
	if (text)
		lines = footer_print_line("%s", text);
	free(text);
	return lines;
}

/* @limit: TCPMEM_HOST_METRIC of it, which is called @bound */
static int print_near(const struct summary *summary, const char *what,
		      const char *bound, enum tcpmem_host_metric used,
		      enum tcpmem_host_metric limit)
{
	char text[PERCENT_SIZE];
	int64_t value, most;

	if (!summary_read_host(summary, used, &value) ||
	    !summary_read_host(summary, limit, &most) ||
	    percent(value, most) < NEAR_PERCENT)
		return 0;
	return footer_print_text("%s: %s of %s; see: tcpmem limits", what,
				 percent_text(percent(value, most), text),
				 bound);
}

static int print_most(const struct summary *summary,
		      const struct summary_most *most, const char *what,
		      bool bytes)
{
	char *text = NULL;
	size_t size;
	FILE *out;
	int lines = 0;

	if (!most->pid)
		return 0;
	out = memstream_open(&text, &size);
	if (out && bytes)
		add_bytes(out, summary, most->value);
	else if (out)
		fprintf(out, "%" PRId64, most->value);
	memstream_end(out, &text);
	if (text)
		lines = footer_print_text("%s: %s %s; see: tcpmem explain %u",
					  most->name, text, what, most->pid);
	free(text);
	return lines;
}

/* Facts alone: who is to blame takes two looks, as explain takes. */
static int print_outstanding(const struct summary *summary)
{
	int64_t pressure = 0;
	int lines = 0;

	(void)summary_read_host(summary, TCPMEM_HOST_METRIC_PRESSURE,
				&pressure);
	if (pressure)
		lines += footer_print_text("the kernel is under TCP memory "
					   "pressure; see: tcpmem limits");
	lines += print_near(summary, "tcp_mem", "where pressure begins",
			    TCPMEM_HOST_METRIC_TCP_MEM_USED,
			    TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE);
	lines += print_near(summary, "orphans", "the limit",
			    TCPMEM_HOST_METRIC_ORPHANS,
			    TCPMEM_HOST_METRIC_ORPHANS_MAX);
	lines += print_near(summary, "TIME_WAIT", "the limit",
			    TCPMEM_HOST_METRIC_TIME_WAIT,
			    TCPMEM_HOST_METRIC_TIME_WAIT_MAX);
	lines += print_most(summary, &summary->unread, "that it has not read",
			    true);
	lines += print_most(summary, &summary->close_wait,
			    "sockets in CLOSE_WAIT", false);
	return lines;
}

static void take_most(struct summary_most *most, const struct tcpmem_row *row,
		      enum tcpmem_metric metric, int64_t least)
{
	const struct tcpmem_subject *subject = tcpmem_row_get_subject(row);
	int64_t value = row_metric(row, metric);

	if (!subject->process || value < least || value <= most->value)
		return;
	most->value = value;
	most->pid = tcpmem_process_get_pid(subject->process);
	snprintf(most->name, sizeof(most->name), "%s", subject->key);
}

void summary_find_most(struct summary *summary)
{
	const struct tcpmem_table *rows = summary->processes;

	for (size_t i = 0; i < tcpmem_table_get_row_count(rows); i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(rows, i);

		take_most(&summary->unread, row, TCPMEM_METRIC_UNREAD,
			  UNREAD_BYTES);
		take_most(&summary->close_wait, row, TCPMEM_METRIC_CLOSE_WAIT,
			  CLOSE_WAIT_MANY);
	}
}

int summary_answer(const struct summary *summary)
{
	int lines = print_sentences(summary) + print_outstanding(summary);

	putchar('\n');
	return lines + 1;
}
