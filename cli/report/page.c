// SPDX-License-Identifier: LGPL-2.1-or-later
/* page.c - the page of a report: words, pictures, the tables behind them */
#include "output/text.h"
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 860

/* No script, nothing fetched: the page may come from anywhere, and travels. */
static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
	"'none'; style-src 'unsafe-inline'\"/>\n"
	"<meta name=\"viewport\" content=\"width=device-width\"/>\n"
	"<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	"<title>TCP memory</title><style>\n"
	":root{--bg:#fff;--fg:#1a1a1a;--dim:#666;--grid:#ddd;--bad:#b3261e;"
	"--c0:#2b6cb0;--c1:#c05621;--c2:#2f855a;--c3:#97266d;--c4:#b7791f;"
	"--c5:#285e61;--c6:#9b2c2c;--c7:#4c51bf;--c8:#a0aec0}\n"
	"@media (prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e8e8e8;"
	"--dim:#a0a0a0;--grid:#333a40;--bad:#ff8a80;--c0:#63b3ed;--c1:#f6ad55;"
	"--c2:#68d391;--c3:#f687b3;--c4:#f6e05e;--c5:#4fd1c5;--c6:#fc8181;"
	"--c7:#a3bffa;--c8:#718096}}\n"
	"@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--grid:#ccc;"
	"--bad:#b3261e;--c0:#2b6cb0;--c1:#c05621;--c2:#2f855a;--c3:#97266d;"
	"--c4:#b7791f;--c5:#285e61;--c6:#9b2c2c;--c7:#4c51bf;--c8:#a0aec0}"
	"figure,tr{break-inside:avoid}h2{break-after:avoid}"
	"*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n"
	"body{background:var(--bg);color:var(--fg);font:16px/1.5 sans-serif;"
	"max-width:55rem;margin:2rem auto;padding:0 1rem}\n"
	"h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}"
	".answer{font-size:1.1rem}figure{margin:1rem 0}"
	".small{display:grid;grid-template-columns:repeat(auto-fill,"
	"minmax(17rem,1fr));gap:1rem}.small figure{margin:0}"
	"figcaption,.axis,.dim{color:var(--dim);fill:var(--dim);"
	"font-size:.85rem}svg{width:100%;height:auto}"
	".axis{font:11px sans-serif}.end{text-anchor:end}"
	".middle{text-anchor:middle}.grid{stroke:var(--grid)}"
	".line{fill:none;stroke-width:2}.level{stroke:var(--bad);"
	"stroke-dasharray:6 4}.mark{stroke:var(--bad);stroke-width:2}"
	"table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
	"td,th{padding:.1rem .8rem .1rem 0;text-align:left;"
	"vertical-align:top}.n{text-align:right}"
	".t{white-space:nowrap}"
	"pre,code{white-space:pre-wrap;overflow-wrap:anywhere}"
	".key{display:inline-block;width:.8em;height:.8em;"
	"margin-right:.4em}\n";

static void print_colours(FILE *out)
{
	for (int i = 0; i <= REPORT_GROUPS; i++)
		fprintf(out,
			".c%d.line{stroke:var(--c%d)}.c%d.band{fill:var(--c%d)}"
			".c%d.key{background:var(--c%d)}\n",
			i, i, i, i, i, i);
}

/* One value of each moment */
static void pick(const struct report *report, enum report_value which,
		 int64_t values[REPORT_MOMENTS])
{
	for (size_t at = 0; at < report->count; at++)
		values[at] = report->moment[at].value[which];
}

static int64_t largest(const struct report *report, const int64_t *values)
{
	int64_t max = 0;

	for (size_t at = 0; at < report->count; at++)
		max = values[at] > max ? values[at] : max;
	return max;
}

static void mark_trend(const struct chart *chart,
		       const struct tcpmem_trend *trend, size_t *left)
{
	size_t count = tcpmem_trend_get_row_count(trend);

	for (size_t i = 0; *left && i < count; i++) {
		const struct tcpmem_trend_row *row =
			tcpmem_trend_get_row(trend, i);
		int64_t since = tcpmem_trend_row_get_judgement(row)->since_ns;

		if (since == TCPMEM_UNKNOWN)
			continue;
		chart_mark(chart, since,
			   tcpmem_trend_row_get_subject(row)->key);
		(*left)--;
	}
}

static void mark_findings(const struct chart *chart)
{
	const struct report *report = chart->report;
	size_t left = REPORT_FINDINGS;

	for (size_t i = 0; i < report->run_count; i++)
		mark_trend(chart, report->run[i].trend, &left);
}

static void mark_events(const struct chart *chart)
{
	const struct report *report = chart->report;

	for (size_t i = 0; i < report->event_count; i++) {
		int64_t ns = report->event[i].ns;

		if (ns >= report->moment[0].ns &&
		    ns <= report->moment[report->count - 1].ns)
			chart_mark(chart, ns, report->event[i].text);
	}
}

static void print_events(FILE *out, const struct report *report)
{
	if (!report->event_count)
		return;
	fputs("<section><h2>What happened</h2><table>\n", out);
	for (size_t i = 0; i < report->event_count; i++) {
		fputs("<tr>", out);
		html_cell_time(out, report->event[i].ns);
		html_cell_text(out, report->event[i].text);
		fputs("</tr>\n", out);
	}
	fputs("</table>", out);
	if (report->events_left_out)
		fprintf(out,
			"<p>%zu later ones are left out: see 'tcpmem history "
			"marks'.</p>",
			report->events_left_out);
	fputs("</section>\n", out);
}

static void print_timeline(FILE *out, const struct report *report)
{
	const struct report_moment *peak = &report->moment[report->peak_at];
	struct chart chart = { out, report, WIDTH, 260, 0, true };
	int64_t held[REPORT_MOMENTS], kernel[REPORT_MOMENTS];

	pick(report, REPORT_HELD, held);
	pick(report, REPORT_KERNEL, kernel);
	chart.max = (double)largest(report, held);
	if ((double)largest(report, kernel) > chart.max)
		chart.max = (double)largest(report, kernel);
	/* a limit far above would flatten all that there is to see */
	if (peak->host.high_limit > 0 &&
	    (double)peak->host.high_limit < 2 * chart.max)
		chart.max = (double)peak->host.high_limit;
	fputs("<section><h2>TCP memory over time</h2><figure>\n", out);
	chart_open(&chart, "TCP memory: held by sockets, and counted by the "
			   "kernel against its limits");
	chart_line(&chart, held, 0);
	chart_line(&chart, kernel, 1);
	chart_level(&chart, peak->pressure_limit, "pressure begins");
	chart_level(&chart, peak->host.high_limit, "limit");
	mark_findings(&chart);
	mark_events(&chart);
	chart_close(&chart);
	fputs("<figcaption><span class=\"key c0\"></span>held by sockets, their "
	      "objects included &#160; <span class=\"key c1\"></span>counted by "
	      "the kernel (tcp_mem)",
	      out);
	if (peak->pressure_limit >= 0 && peak->host.high_limit >= 0) {
		fputs("; limits: pressure at ", out);
		html_bytes(out, peak->pressure_limit);
		fputs(", high at ", out);
		html_bytes(out, peak->host.high_limit);
	}
	fputs("; upright lines: findings begin, "
	      "and what happened. Times are UTC.</figcaption>"
	      "</figure></section>\n",
	      out);
}

static void print_legend(FILE *out, const struct report *report)
{
	size_t shown = report_shown(report);

	fputs("<figcaption>", out);
	for (size_t i = 0; i < shown; i++) {
		fprintf(out, "<span class=\"key c%zu\"></span>", i);
		html_text(out, report->group[i]->name);
		fputs(" &#160; ", out);
	}
	fprintf(out, "<span class=\"key c%d\"></span>all others</figcaption>\n",
		REPORT_GROUPS);
}

static void print_stack(FILE *out, const struct report *report)
{
	struct chart chart = { out, report, WIDTH, 260, 0, true };
	int64_t low[REPORT_MOMENTS] = { 0 }, high[REPORT_MOMENTS] = { 0 };
	size_t shown = report_shown(report);

	for (size_t at = 0; at < report->count; at++)
		for (size_t i = 0; i <= shown; i++)
			high[at] += report_part(report, i, at);
	chart.max = (double)largest(report, high);
	fputs("<section><h2>Who held it</h2><figure>\n", out);
	chart_open(&chart, "TCP memory held, by group, one above the other");
	for (size_t i = 0; i <= shown; i++) {
		bool last = i == shown;

		for (size_t at = 0; at < report->count; at++)
			high[at] = low[at] + report_part(report, i, at);
		chart_band(&chart, low, high, last ? REPORT_GROUPS : i,
			   last ? "all others" : report->group[i]->name);
		memcpy(low, high, sizeof(low));
	}
	chart_close(&chart);
	print_legend(out, report);
	fputs("</figure>\n", out);
}

static void print_group_rows(FILE *out, const struct report *report)
{
	for (size_t i = 0; i < report->group_count && i < 20; i++) {
		const struct report_group *group = report->group[i];
		fputs("<tr>", out);
		html_cell_text(out, group->name);
		html_cell_bytes(out, report_held(report, group, 0));
		html_cell_bytes(out, group->peak);
		html_cell_time(out, report->moment[group->peak_at].ns);
		html_cell_number(out, group->sockets);
		html_cell_bytes(out, group->unread);
		html_cell_bytes(out, group->unsent);
		html_cell_number(out, group->close_wait);
		fputs("</tr>\n", out);
	}
}

static void print_groups(FILE *out, const struct report *report)
{
	fputs("<details open=\"open\"><summary>The table behind it</summary>"
	      "<table><tr><th>",
	      out);
	html_text(out, report->key);
	fputs("</th><th class=\"n\">first</th><th class=\"n\">peak</th><th>at"
	      "</th><th class=\"n\">sockets</th><th class=\"n\">unread</th>"
	      "<th class=\"n\">unsent</th><th class=\"n\">CLOSE_WAIT</th></tr>"
	      "\n",
	      out);
	print_group_rows(out, report);
	fputs("</table></details></section>\n", out);
}

/* Its TCP memory is the kernel's, and no part of this. */
static void print_rss(FILE *out, const struct report *report,
		      const struct report_group *group)
{
	struct chart chart = { out, report, 280, 90, 0, true };

	chart.max = (double)largest(report, group->rss);
	if (chart.max <= 0)
		return;
	chart_open(&chart, "RSS");
	chart_line(&chart, group->rss, REPORT_GROUPS);
	chart_close(&chart);
}

static void print_held(FILE *out, const struct report *report, size_t which)
{
	const struct report_group *group = report->group[which];
	struct chart chart = { out, report, 280, 120, 0, true };
	int64_t values[REPORT_MOMENTS];

	for (size_t at = 0; at < report->count; at++)
		values[at] = report_held(report, group, at);
	chart.max = (double)group->peak;
	chart_open(&chart, group->name);
	chart_line(&chart, values, which);
	chart_close(&chart);
}

static void print_multiples(FILE *out, const struct report *report)
{
	fputs("<section><h2>Each of them</h2><p class=\"dim\">TCP memory; "
	      "below it, in grey, the RSS of a process where it is known</p>"
	      "<div class=\"small\">\n",
	      out);
	for (size_t i = 0; i < report_shown(report); i++) {
		fputs("<figure>", out);
		print_held(out, report, i);
		print_rss(out, report, report->group[i]);
		fputs("<figcaption>", out);
		html_text(out, report->group[i]->name);
		fputs("</figcaption></figure>\n", out);
	}
	fputs("</div></section>\n", out);
}

static void print_counters(FILE *out, const struct report *report)
{
	static const struct {
		enum report_value which;
		const char *name;
	} shown[] = {
		{ REPORT_SOCKETS, "sockets" },
		{ REPORT_CLOSE_WAIT, "in CLOSE_WAIT" },
		{ REPORT_ORPHANS, "orphans" },
		{ REPORT_TIME_WAIT, "in TIME_WAIT" },
	};

	fputs("<section><h2>Sockets</h2><div class=\"small\">\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
		struct chart chart = { out, report, 280, 120, 0, false };
		int64_t values[REPORT_MOMENTS];

		pick(report, shown[i].which, values);
		chart.max = (double)largest(report, values);
		fputs("<figure>", out);
		chart_open(&chart, shown[i].name);
		chart_line(&chart, values, 0);
		chart_close(&chart);
		fprintf(out, "<figcaption>%s</figcaption></figure>\n",
			shown[i].name);
	}
	fputs("</div>\n", out);
}

static void print_state_rows(FILE *out, const struct report *report)
{
	const struct report_moment *first = &report->moment[0];
	const struct report_moment *peak = &report->moment[report->peak_at];
	const struct report_moment *last = &report->moment[report->count - 1];

	for (int i = 0; i <= TCPMEM_STATE_MAX; i++) {
		const char *name =
			tcpmem_state_describe((enum tcpmem_state)i)->name;

		if (!name ||
		    !(first->state[i] | peak->state[i] | last->state[i]))
			continue;
		fputs("<tr>", out);
		html_cell_text(out, name);
		html_cell_number(out, first->state[i]);
		html_cell_number(out, peak->state[i]);
		html_cell_number(out, last->state[i]);
		fputs("</tr>\n", out);
	}
}

static void print_states(FILE *out, const struct report *report)
{
	fputs("<details><summary>By state</summary><table><tr><th>state</th>"
	      "<th class=\"n\">first</th><th class=\"n\">at the peak</th>"
	      "<th class=\"n\">last</th></tr>\n",
	      out);
	print_state_rows(out, report);
	fputs("</table></details></section>\n", out);
}

static void print_findings(FILE *out, const struct report *report)
{
	size_t judged = report_judged(report);

	fputs("<section><h2>What leaks or grows</h2>\n", out);
	if (!report_findings(out, report))
		fputs(judged ? "<p>Nothing is seen to.</p>\n"
			     : "<p>Too few moments to tell.</p>\n",
		      out);
	if (judged && judged < report->count)
		fprintf(out,
			"<p>Of %zu moments: the others could not be judged, or "
			"are too few of one run of the kernel.</p>\n",
			judged);
	fputs("</section>\n", out);
}

static void print_unseen(FILE *out, const struct report *report)
{
	fputs("<section><h2>What could not be seen</h2>\n", out);
	if (!report->warning_count && report->incomplete)
		fprintf(out,
			"<p>In %zu of %zu moments not all was seen; of those "
			"that were looked at, nothing was missing.</p>",
			report->incomplete, report->hosts);
	else if (!report->warning_count)
		fprintf(out,
			"<p>Nothing%s: all that was asked for was seen.</p>",
			report->hosts < report->count + report->skipped
				? " in the moments that were looked at"
				: "");
	else
		fputs("<ul>\n", out);
	for (size_t i = 0; i < report->warning_count; i++) {
		fputs("<li>", out);
		html_text(out, report->warning[i].text);
		if (report->warning[i].count > 1)
			fprintf(out, " (in %zu moments; the last of them)",
				report->warning[i].count);
		fputs("</li>\n", out);
	}
	fputs(report->warning_count ? "</ul></section>\n" : "</section>\n",
	      out);
}

static void print_command(FILE *out, const char *command, const char *source,
			  const char *only)
{
	fprintf(out, "tcpmem %s ", command);
	html_text(out, source);
	html_text(out, only);
	fputc('\n', out);
}

static void print_commands(FILE *out, const struct report *report)
{
	const char *peak = report->moment[report->peak_at].source;
	const char *only = report->only;

	fputs("<section><h2>The same by hand</h2><p>The moment of the peak:</p>"
	      "<pre>",
	      out);
	print_command(out, "summary", peak, only);
	fputs("tcpmem by ", out);
	html_text(out, report->key);
	fputc(' ', out);
	html_text(out, peak);
	html_text(out, only);
	fputc('\n', out);
	print_command(out, "by state", peak, only);
	print_command(out, "sockets --sort -held", peak, only);
	/* it looks at both ends of each connection */
	print_command(out, "blame", peak, "");
	fputs("</pre></section>\n", out);
}

static void print_moments(FILE *out, const struct report *report)
{
	fputs("<section><details><summary>All moments</summary><table><tr>"
	      "<th>time</th><th class=\"n\">held</th><th class=\"n\">kernel"
	      "</th><th class=\"n\">sockets</th><th>from</th></tr>\n",
	      out);
	for (size_t at = 0; at < report->count; at++) {
		const struct report_moment *moment = &report->moment[at];
		fputs("<tr>", out);
		html_cell_time(out, moment->ns);
		html_cell_bytes(out, moment->value[REPORT_HELD]);
		html_cell_bytes(out, moment->value[REPORT_KERNEL]);
		html_cell_number(out, moment->value[REPORT_SOCKETS]);
		fputs("<td><code>", out);
		html_text(out, moment->source);
		html_text(out, report->only);
		fputs("</code></td></tr>\n", out);
	}
	fputs("</table></details></section>\n", out);
}

void report_page(FILE *out, const struct report *report)
{
	char first[WHEN_SIZE], last[WHEN_SIZE];

	when_text(report->moment[0].ns, first);
	when_text(report->moment[report->count - 1].ns, last);
	fputs(head, out);
	print_colours(out);
	fprintf(out,
		"</style></head><body>\n<h1>TCP memory, %s to %s</h1>\n"
		"<section class=\"answer\">\n",
		first, last);
	report_answer(out, report);
	fputs("</section>\n", out);
	print_events(out, report);
	print_findings(out, report);
	print_timeline(out, report);
	print_stack(out, report);
	print_groups(out, report);
	print_multiples(out, report);
	print_counters(out, report);
	print_states(out, report);
	print_unseen(out, report);
	print_commands(out, report);
	print_moments(out, report);
	fprintf(out, "<p class=\"dim\">tcpmem %s</p>\n</body></html>\n",
		TCPMEM_VERSION);
}
