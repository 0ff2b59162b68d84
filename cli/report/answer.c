// SPDX-License-Identifier: LGPL-2.1-or-later
/* answer.c - a report in words: when, who, why, how near the limit */
#include "output/text.h"
#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static int64_t held(const struct report *report, size_t at)
{
	return report->moment[at].value[REPORT_HELD];
}

static void print_when(FILE *out, const struct report *report, size_t at)
{
	char when[WHEN_SIZE];

	when_text(report->moment[at].ns, when);
	fputs(when, out);
}

static void print_at(FILE *out, const struct report *report, size_t at)
{
	html_bytes(out, held(report, at));
	fputs(" at ", out);
	print_when(out, report, at);
}

/* What it was at last, unless that is the moment @at */
static void print_end(FILE *out, const struct report *report, size_t at)
{
	size_t last = report->count - 1;

	if (at == last)
		return;
	fputs("; at the end, ", out);
	print_when(out, report, last);
	fputs(", it was ", out);
	html_bytes(out, held(report, last));
}

/* From one moment to another that does not continue it */
static void print_jump(FILE *out, const struct report *report, size_t from)
{
	fputs("TCP memory was ", out);
	print_at(out, report, from);
	fputs(", and ", out);
	print_at(out, report, report->peak_at);
	fputs("; the two do not continue each other: when it rose was not seen",
	      out);
	print_end(out, report, report->peak_at);
	fputs(". ", out);
}

/* The first moment of the peak's stretch at which it is known */
static size_t find_first(const struct report *report)
{
	size_t first = report_stretch(report, report->peak_at);

	while (held(report, first) == TCPMEM_UNKNOWN)
		first++;
	return first;
}

/* The last one of the peak's stretch */
static size_t find_last(const struct report *report)
{
	size_t last = report->peak_at;

	while (last + 1 < report->count &&
	       report_stretch(report, last + 1) <= report->peak_at)
		last++;
	return last;
}

/* The last moment before @first that saw the same; @first: there is none */
static size_t find_before(const struct report *report, size_t first)
{
	for (size_t at = first; at--;)
		if (held(report, at) != TCPMEM_UNKNOWN &&
		    report->moment[at].left_out ==
			    report->moment[first].left_out)
			return at;
	return first;
}

static const char *name_first(const struct report *report, size_t first)
{
	if (!first)
		return ", the first look";
	return report->moment[first].apart ? ", the first look after a gap"
					   : ", the first look that compares";
}

static void print_first(FILE *out, const struct report *report, size_t first)
{
	fputs("TCP memory was largest, ", out);
	print_at(out, report, first);
	fputs(name_first(report, first), out);
	fputs(": when it began was not seen", out);
	print_end(out, report, first);
	fputs(". ", out);
}

static void print_little(FILE *out, const struct report *report, size_t first)
{
	size_t last = find_last(report);
	bool all = !report_stretch(report, report->count - 1);

	fprintf(out, "TCP memory %s%s: it was ",
		held(report, report->peak_at) > held(report, first)
			? "rose little"
			: "did not rise",
		all ? "" : " where looks continue each other");
	print_at(out, report, first);
	if (last != first) {
		fputs(", and ", out);
		print_at(out, report, last);
	}
	print_end(out, report, last);
	fputs(". ", out);
}

static void print_level(FILE *out, const struct report *report)
{
	size_t peak = report->peak_at, first = find_first(report);
	size_t before = find_before(report, first);
	int64_t end = held(report, report->count - 1);

	if (report->count == 1) {
		fputs("One look does not tell whether TCP memory rose: it was ",
		      out);
		print_at(out, report, 0);
		fputs(". ", out);
	} else if (before < first &&
		   report_is_rise(held(report, before), held(report, peak))) {
		print_jump(out, report, before);
	} else if (before == first && peak == first &&
		   (first || report_is_rise(end, held(report, peak)))) {
		print_first(out, report, first);
	} else {
		print_little(out, report, first);
	}
}

static void print_course(FILE *out, const struct report *report,
			 const struct report_rise *rise)
{
	if (!rise->found) {
		print_level(out, report);
		return;
	}
	fputs("TCP memory rose from ", out);
	html_bytes(out, held(report, rise->base));
	fputs(" to <strong>", out);
	html_bytes(out, held(report, rise->top));
	fputs("</strong> at ", out);
	print_when(out, report, rise->top);
	fputs(". It began after ", out);
	print_when(out, report, rise->begin);
	print_end(out, report, rise->top);
	fputs(". ", out);
	if (rise->top == report->peak_at)
		return;
	fputs("It was largest, ", out);
	print_at(out, report, report->peak_at);
	fputs(". ", out);
}

/* What was not seen at the beginning may have risen by all that it held. */
static int64_t risen(const struct report *report,
		     const struct report_rise *rise,
		     const struct report_group *group)
{
	int64_t from = report_held(report, group, rise->begin);
	int64_t to = report_held(report, group, rise->top);

	return from == TCPMEM_UNKNOWN || to == TCPMEM_UNKNOWN ? to : to - from;
}

/* The group whose bytes rose most; @bytes: by how many */
static const struct report_group *find_riser(const struct report *report,
					     const struct report_rise *rise,
					     int64_t *bytes)
{
	const struct report_group *most = NULL;

	*bytes = 0;
	for (size_t i = 0; i < report->group_count; i++) {
		int64_t more = risen(report, rise, report->group[i]);

		if (more > *bytes) {
			*bytes = more;
			most = report->group[i];
		}
	}
	return most;
}

static void print_part(FILE *out, int64_t bytes, const char *what)
{
	if (bytes <= 0)
		return;
	fputs(", ", out);
	html_bytes(out, bytes);
	fprintf(out, " %s", what);
}

static void print_rise(FILE *out, const struct report *report,
		       const struct report_rise *rise,
		       const struct report_group *group, int64_t bytes)
{
	int64_t whole = held(report, rise->top) - held(report, rise->begin);

	if (report_held(report, group, rise->begin) == TCPMEM_UNKNOWN) {
		fputs(" rose most, or was ", out);
		fputs(report->moment[rise->begin].cut
			      ? "not among the largest at "
			      : "not seen, when not all was, at ",
		      out);
		print_when(out, report, rise->begin);
		fputs(": it held ", out);
	} else if (bytes > whole) {
		fputs(" rose by more than all together, for others fell: it "
		      "held ",
		      out);
	} else {
		fprintf(out, " has %.0f %% of the rise: it held ",
			100.0 * (double)bytes / (double)whole);
	}
}

static void print_who(FILE *out, const struct report *report,
		      const struct report_rise *rise)
{
	int64_t bytes;
	const struct report_group *group = find_riser(report, rise, &bytes);

	if (!rise->found || !group)
		return;
	fputs("<strong>", out);
	html_text(out, strcmp(group->kind, "hidden") == 0
			       ? "what processes have that may not be read"
			       : group->name);
	fputs("</strong>", out);
	print_rise(out, report, rise, group, bytes);
	html_bytes(out, group->peak);
	fprintf(out, " in %" PRId64 " socket%s at ", group->sockets,
		group->sockets == 1 ? "" : "s");
	print_when(out, report, group->peak_at);
	print_part(out, group->unread, "unread by it");
	print_part(out, group->unsent, "not yet acknowledged by its peers");
	if (group->close_wait > 0)
		fprintf(out,
			", %" PRId64
			" in CLOSE_WAIT: its peers closed them and "
			"it did not",
			group->close_wait);
	fputs(". ", out);
}

/* " in the 3 of 10 looks that tell it", where not all do */
static void print_those(FILE *out, const struct report *report, size_t count)
{
	size_t all = report->count + report->skipped;

	if (count < all)
		fprintf(out, " in the %zu of %zu looks that tell it", count,
			all);
}

static void print_limit(FILE *out, const struct report *report)
{
	const struct report_host *most = &report->nearest;
	char when[WHEN_SIZE];

	if (!report->limits_known) {
		fputs("How near the kernel's limit was is not known. ", out);
		return;
	}
	fputs("The kernel counted ", out);
	html_bytes(out, most->kernel);
	fputs(" at most", out);
	print_those(out, report, report->limits_known);
	when_text(most->ns, when);
	fprintf(out, ", %s: %.1f %% of the ", when,
		100 * (double)most->kernel / (double)most->high_limit);
	html_bytes(out, most->high_limit);
	fputs(" that tcp_mem allows. ", out);
}

static void print_pressure(FILE *out, const struct report *report)
{
	char when[WHEN_SIZE];

	if (report->pressed.pressure == 1) {
		when_text(report->pressed.ns, when);
		fprintf(out,
			"<strong>TCP was under memory pressure</strong>, first "
			"seen at %s. ",
			when);
	} else if (!report->pressure_known) {
		fputs("Whether TCP was under memory pressure is not known. ",
		      out);
	} else if (report->pressure_known < report->count + report->skipped) {
		fputs("TCP was not under memory pressure", out);
		print_those(out, report, report->pressure_known);
		fputs(". ", out);
	}
}

static void print_coverage(FILE *out, const struct report *report)
{
	fprintf(out, "<p>Seen: %zu moment%s", report->count,
		report->count == 1 ? "" : "s");
	if (report->skipped)
		fprintf(out, ", spread over time, of %zu",
			report->count + report->skipped);
	if (*report->only) {
		fputs("; <strong>of the sockets that<code>", out);
		html_text(out, report->only);
		fputs("</code> chooses alone</strong>; the kernel's counts are "
		      "of all",
		      out);
	}
	if (report->boots > 1)
		fprintf(out,
			"; <strong>they are of %zu runs of the kernel, or of "
			"several hosts</strong>, which do not continue each "
			"other",
			report->boots);
	if (report->incomplete)
		fprintf(out,
			"; <strong>in %zu of %zu not all was seen</strong>, "
			"see below: what is said holds for what was seen",
			report->incomplete, report->hosts);
	fputs(".</p>\n", out);
}

void report_answer(FILE *out, const struct report *report)
{
	struct report_rise rise = report_find_rise(report);

	fputs("<p>", out);
	if (held(report, report->peak_at) == TCPMEM_UNKNOWN) {
		fputs("What the sockets held is not known. ", out);
	} else {
		print_course(out, report, &rise);
		print_who(out, report, &rise);
	}
	print_limit(out, report);
	print_pressure(out, report);
	fputs("</p>\n", out);
	if (report->chains && *report->chains) {
		fputs("<p>At the peak: ", out);
		html_text(out, report->chains);
		fputs(".</p>\n", out);
	}
	print_coverage(out, report);
}

/* struct findings - rows so far; @kept: one of sockets that are kept open */
struct findings {
	size_t count;
	bool kept;
};

static void print_finding(FILE *out, const struct tcpmem_trend_row *row,
			  struct findings *found)
{
	const struct tcpmem_judgement *judged =
		tcpmem_trend_row_get_judgement(row);

	if (judged->since_ns == TCPMEM_UNKNOWN ||
	    found->count++ >= REPORT_FINDINGS)
		return;
	found->kept |= judged->reason == TCPMEM_REASON_KEPT_OPEN;
	if (found->count == 1)
		fputs("<table><tr><th>who</th><th>verdict</th><th>why</th>"
		      "<th>since</th><th>sure that it rises</th></tr>\n",
		      out);
	fputs("<tr>", out);
	html_cell_text(out, tcpmem_trend_row_get_subject(row)->key);
	html_cell_text(out,
		       tcpmem_trend_class_describe(judged->trend_class)->name);
	html_cell_text(out, tcpmem_reason_describe(judged->reason)->text);
	html_cell_time(out, judged->since_ns);
	fputs("<td>", out);
	if (!isnan(judged->sure))
		fprintf(out, "%.1f&#160;%%", 100 * judged->sure);
	fputs("</td></tr>\n", out);
}

static void print_trend(FILE *out, const struct tcpmem_trend *trend,
			struct findings *found)
{
	print_finding(out, tcpmem_trend_get_total(trend), found);
	for (size_t i = 0; i < tcpmem_trend_get_row_count(trend); i++)
		print_finding(out, tcpmem_trend_get_row(trend, i), found);
}

size_t report_findings(FILE *out, const struct report *report)
{
	struct findings found = { 0 };

	for (size_t i = 0; i < report->run_count; i++)
		print_trend(out, report->run[i].trend, &found);
	if (found.count)
		fputs("</table>\n", out);
	if (found.count > REPORT_FINDINGS)
		fprintf(out, "<p>%zu more leak or grow.</p>\n",
			found.count - REPORT_FINDINGS);
	if (found.kept)
		fputs("<p>A pool that is still being filled looks the same as "
		      "sockets that are forgotten.</p>\n",
		      out);
	return found.count;
}
