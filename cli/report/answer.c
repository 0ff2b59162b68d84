// SPDX-License-Identifier: LGPL-2.1-or-later
/* answer.c - a report in words: when, who, why, how near the limit */
#include "output/text.h"
#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* A smaller rise is none: a tenth of the peak, and what one socket may hold */
#define RISE_PART  10
#define RISE_BYTES (256 * 1024)

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

/* The first moment from which on looks are without a gap until the peak */
static size_t find_stretch(const struct report *report)
{
	size_t at = report->peak_at;

	while (at && !report->moment[at].apart)
		at--;
	return at;
}

/* The moment with the fewest bytes before the peak, no look missing between */
static size_t find_base(const struct report *report)
{
	size_t base = report->peak_at;

	for (size_t at = base; at-- > find_stretch(report);)
		if (held(report, at) != TCPMEM_UNKNOWN &&
		    held(report, at) < held(report, base))
			base = at;
	return base;
}

/* The last moment before the peak at which the rise had not begun. */
static size_t find_begin(const struct report *report)
{
	size_t base_at = find_base(report);
	int64_t base = held(report, base_at);
	int64_t rise = held(report, report->peak_at) - base;

	for (size_t at = report->peak_at; at-- > base_at;)
		if (held(report, at) != TCPMEM_UNKNOWN &&
		    held(report, at) <= base + rise / RISE_PART)
			return at;
	return base_at;
}

static bool is_rise(int64_t from, int64_t to)
{
	return from != TCPMEM_UNKNOWN && to - from >= RISE_BYTES &&
	       to - from >= to / RISE_PART;
}

static bool has_risen(const struct report *report)
{
	return is_rise(held(report, find_base(report)),
		       held(report, report->peak_at));
}

static void print_at(FILE *out, const struct report *report, size_t at)
{
	html_bytes(out, held(report, at));
	fputs(" at ", out);
	print_when(out, report, at);
}

/* Without looks before it, nothing tells when what it held began. */
static void print_level(FILE *out, const struct report *report)
{
	size_t last = report->count - 1, peak = report->peak_at;
	size_t first = find_stretch(report);

	if (peak == first &&
	    (first || is_rise(held(report, last), held(report, peak)))) {
		fputs("TCP memory was largest, ", out);
		print_at(out, report, peak);
		fputs(first ? ", the first look after a gap"
			    : ", the first look",
		      out);
		fputs(": when it began was not seen", out);
	} else if (!last) {
		fputs("One look does not tell whether TCP memory rose: it was ",
		      out);
		print_at(out, report, 0);
	} else {
		fputs(held(report, peak) > held(report, first)
			      ? "TCP memory rose little: it was "
			      : "TCP memory did not rise: it was ",
		      out);
		print_at(out, report, first);
	}
	if (last != first) {
		fputs(", and ", out);
		print_at(out, report, last);
	}
	fputs(". ", out);
}

static void print_end(FILE *out, const struct report *report)
{
	size_t last = report->count - 1;

	fputs("; at the end, ", out);
	print_when(out, report, last);
	fputs(", it was ", out);
	html_bytes(out, held(report, last));
}

static void print_course(FILE *out, const struct report *report)
{
	if (!has_risen(report)) {
		print_level(out, report);
		return;
	}
	fputs("TCP memory rose from ", out);
	html_bytes(out, held(report, find_base(report)));
	fputs(" to <strong>", out);
	html_bytes(out, held(report, report->peak_at));
	fputs("</strong> at ", out);
	print_when(out, report, report->peak_at);
	fputs(". It began after ", out);
	print_when(out, report, find_begin(report));
	if (report->peak_at < report->count - 1)
		print_end(out, report);
	fputs(". ", out);
}

/* What was not seen at the beginning may have risen by all that it held. */
static int64_t risen(const struct report *report,
		     const struct report_group *group)
{
	int64_t from = report_held(report, group, find_begin(report));
	int64_t to = report_held(report, group, report->peak_at);

	return from == TCPMEM_UNKNOWN || to == TCPMEM_UNKNOWN ? to : to - from;
}

/* The group whose bytes rose most from the beginning to the peak */
static const struct report_group *find_riser(const struct report *report,
					     int64_t *rise)
{
	const struct report_group *most = NULL;

	*rise = 0;
	for (size_t i = 0; i < report->group_count; i++) {
		int64_t more = risen(report, report->group[i]);

		if (more > *rise) {
			*rise = more;
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
		       const struct report_group *group, int64_t rise)
{
	size_t begin = find_begin(report);
	int64_t whole = held(report, report->peak_at) - held(report, begin);

	if (report_held(report, group, begin) == TCPMEM_UNKNOWN) {
		fputs(" rose most, or was not seen at ", out);
		print_when(out, report, begin);
		fputs(", when not all was: it held ", out);
	} else if (rise > whole) {
		fputs(" rose by more than all together, for others fell: it "
		      "held ",
		      out);
	} else {
		fprintf(out, " has %.0f %% of the rise: it held ",
			100.0 * (double)rise / (double)whole);
	}
}

static void print_who(FILE *out, const struct report *report)
{
	int64_t rise, whole = held(report, report->peak_at) -
			      held(report, find_begin(report));
	const struct report_group *group = find_riser(report, &rise);

	if (!has_risen(report) || !group || whole <= 0)
		return;
	fputs("<strong>", out);
	html_text(out, strcmp(group->kind, "hidden") == 0
			       ? "what processes have that may not be read"
			       : group->name);
	fputs("</strong>", out);
	print_rise(out, report, group, rise);
	html_bytes(out, group->peak);
	fprintf(out, " in %" PRId64 " socket%s at ", group->sockets,
		group->sockets == 1 ? "" : "s");
	print_when(out, report, group->peak_at);
	print_part(out, group->unread, "unread by it");
	print_part(out, group->unsent, "unsent: its peers do not take them");
	if (group->close_wait > 0)
		fprintf(out,
			", %" PRId64
			" in CLOSE_WAIT: its peers closed them and "
			"it did not",
			group->close_wait);
	fputs(". ", out);
}

static double part_of_limit(const struct report_moment *moment)
{
	int64_t used = moment->value[REPORT_KERNEL];

	return used < 0 || moment->high_limit <= 0
		       ? -1
		       : (double)used / (double)moment->high_limit;
}

static void print_limit(FILE *out, const struct report *report)
{
	const struct report_moment *most = report->moment;

	for (size_t at = 1; at < report->count; at++)
		if (part_of_limit(&report->moment[at]) > part_of_limit(most))
			most = &report->moment[at];
	if (part_of_limit(most) < 0) {
		fputs("How near the kernel's limit was is not known. ", out);
		return;
	}
	fputs("The kernel counted ", out);
	html_bytes(out, most->value[REPORT_KERNEL]);
	fputs(" at most, ", out);
	print_when(out, report, (size_t)(most - report->moment));
	fprintf(out, ": %.1f %% of the ", 100 * part_of_limit(most));
	html_bytes(out, most->high_limit);
	fputs(" that tcp_mem allows. ", out);
}

static void print_pressure(FILE *out, const struct report *report)
{
	bool known = false;

	for (size_t at = 0; at < report->count; at++) {
		known |= report->moment[at].pressure != TCPMEM_UNKNOWN;
		if (report->moment[at].pressure != 1)
			continue;
		fputs("<strong>TCP was under memory pressure</strong>, first "
		      "seen at ",
		      out);
		print_when(out, report, at);
		fputs(". ", out);
		return;
	}
	if (!known)
		fputs("Whether TCP was under memory pressure is not known. ",
		      out);
}

static size_t count_incomplete(const struct report *report)
{
	size_t count = 0;

	for (size_t at = 0; at < report->count; at++)
		count += !report->moment[at].complete;
	return count;
}

static void print_coverage(FILE *out, const struct report *report)
{
	size_t incomplete = count_incomplete(report);

	fprintf(out, "<p>Seen: %zu moment%s", report->count,
		report->count == 1 ? "" : "s");
	if (report->skipped)
		fprintf(out, ", spread over time, of %zu",
			report->count + report->skipped);
	if (report->boots > 1)
		fprintf(out,
			"; <strong>they are of %zu runs of the kernel, or of "
			"several hosts</strong>, which do not continue each "
			"other",
			report->boots);
	if (incomplete)
		fprintf(out,
			"; <strong>in %zu of them not all was seen</strong>, "
			"see below: what is said holds for what was seen",
			incomplete);
	fputs(".</p>\n", out);
}

void report_answer(FILE *out, const struct report *report)
{
	fputs("<p>", out);
	if (held(report, report->peak_at) == TCPMEM_UNKNOWN) {
		fputs("What the sockets held is not known. ", out);
	} else {
		print_course(out, report);
		print_who(out, report);
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

static void print_finding(FILE *out, const struct tcpmem_trend_row *row,
			  size_t *count)
{
	const struct tcpmem_judgement *judged =
		tcpmem_trend_row_get_judgement(row);

	if (judged->since_ns == TCPMEM_UNKNOWN || (*count)++ >= REPORT_FINDINGS)
		return;
	if (*count == 1)
		fputs("<table><tr><th>who</th><th>verdict</th><th>why</th>"
		      "<th>since</th><th>sure</th></tr>\n",
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

size_t report_findings(FILE *out, const struct report *report)
{
	size_t count = 0;

	print_finding(out, tcpmem_trend_get_total(report->trend), &count);
	for (size_t i = 0; i < tcpmem_trend_get_row_count(report->trend); i++)
		print_finding(out, tcpmem_trend_get_row(report->trend, i),
			      &count);
	if (count)
		fputs("</table>\n", out);
	if (count > REPORT_FINDINGS)
		fprintf(out, "<p>%zu more leak or grow.</p>\n",
			count - REPORT_FINDINGS);
	return count;
}
