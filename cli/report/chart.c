// SPDX-License-Identifier: LGPL-2.1-or-later
/* chart.c - pictures of a report: series over time, in SVG */
#include "output/text.h"
#include "report.h"

#include <inttypes.h>
#include <string.h>

#define LEFT   64.0
#define RIGHT  12.0
#define TOP    10.0
#define BOTTOM 22.0

static double x_of_time(const struct chart *chart, int64_t ns)
{
	const struct report *report = chart->report;
	double first = (double)report->moment[0].ns;
	double span = (double)report->moment[report->count - 1].ns - first;
	double room = chart->width - LEFT - RIGHT;

	if (span <= 0)
		return LEFT + room / 2;
	return LEFT + room * ((double)ns - first) / span;
}

static double x_of(const struct chart *chart, size_t at)
{
	return x_of_time(chart, chart->report->moment[at].ns);
}

static double y_of(const struct chart *chart, int64_t value)
{
	double room = chart->height - TOP - BOTTOM;

	return TOP + room * (1 - (double)value / chart->max);
}

static void print_label(const struct chart *chart, int64_t value)
{
	char text[HUMAN_SIZE];

	if (chart->bytes)
		human_bytes(value, text);
	else
		snprintf(text, sizeof(text), "%" PRId64, value);
	fprintf(chart->out,
		"<text class=\"axis end\" x=\"%.1f\" y=\"%.1f\">%s</text>",
		LEFT - 6, y_of(chart, value) + 4, text);
}

/* "12:03:10", the time of day in UTC */
static void print_time(const struct chart *chart, size_t at, const char *class)
{
	char when[WHEN_SIZE];

	when_text(chart->report->moment[at].ns, when);
	fprintf(chart->out,
		"<text class=\"axis %s\" x=\"%.1f\" y=\"%.1f\">%.8s</text>",
		class, x_of(chart, at), chart->height - 6,
		strlen(when) > 19 ? when + 11 : when);
}

/* A tenth of room above the highest point; steps that are easy to read. */
static double round_up(double max, bool bytes)
{
	double base = bytes ? 1024 : 1000, unit = 1;
	size_t i = 0;
	/* their halves, which have a label too, are whole numbers */
	static const double steps[] = { 4,   10,  20,  40,  80,	 100,
					200, 400, 500, 800, 1024 };

	while (max * 1.1 > unit * base)
		unit *= base;
	/* the last one is no smaller than a base */
	while (max * 1.1 > steps[i] * unit)
		i++;
	return steps[i] * unit;
}

static void print_grid(const struct chart *chart, int64_t value)
{
	double y = y_of(chart, value);

	fprintf(chart->out,
		"<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" "
		"y1=\"%.1f\" y2=\"%.1f\"/>",
		LEFT, chart->width - RIGHT, y, y);
	print_label(chart, value);
}

void chart_open(struct chart *chart, const char *title)
{
	FILE *out = chart->out;
	size_t last = chart->report->count - 1;

	chart->max = round_up(chart->max > 4 ? chart->max : 4, chart->bytes);
	fprintf(out,
		"<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"",
		chart->width, chart->height);
	html_text(out, title);
	fputs("\">", out);
	for (int i = 0; i <= 2; i++)
		print_grid(chart, (int64_t)(chart->max * i / 2));
	print_time(chart, 0, last ? "start" : "middle");
	if (last)
		print_time(chart, last, "end");
	fputc('\n', out);
}

static void open_line(const struct chart *chart, size_t colour)
{
	fprintf(chart->out, "<polyline class=\"line c%zu\" points=\"", colour);
}

void chart_line(const struct chart *chart, const int64_t *values, size_t colour)
{
	bool open = false;

	for (size_t at = 0; at < chart->report->count; at++) {
		bool known = values[at] != TCPMEM_UNKNOWN;

		if (open && (!known || chart->report->moment[at].apart)) {
			fputs("\"/>", chart->out);
			open = false;
		}
		if (!known)
			continue;
		if (!open)
			open_line(chart, colour);
		fprintf(chart->out, "%.1f,%.1f ", x_of(chart, at),
			y_of(chart, values[at]));
		open = true;
	}
	fputs(open ? "\"/>\n" : "\n", chart->out);
}

/* From one moment until before another */
static void print_band(const struct chart *chart, const int64_t *low,
		       const int64_t *high, size_t from, size_t to)
{
	fputs("<polygon points=\"", chart->out);
	for (size_t at = from; at < to; at++)
		fprintf(chart->out, "%.1f,%.1f ", x_of(chart, at),
			y_of(chart, high[at]));
	for (size_t at = to; at-- > from;)
		fprintf(chart->out, "%.1f,%.1f ", x_of(chart, at),
			y_of(chart, low[at]));
	fputs("\"/>", chart->out);
}

static bool is_known(const struct report_moment *moment)
{
	return moment->value[REPORT_HELD] != TCPMEM_UNKNOWN;
}

void chart_band(const struct chart *chart, const int64_t *low,
		const int64_t *high, size_t colour, const char *name)
{
	const struct report_moment *moment = chart->report->moment;
	size_t count = chart->report->count, from = 0;

	fprintf(chart->out, "<g class=\"band c%zu\"><title>", colour);
	html_text(chart->out, name);
	fputs("</title>", chart->out);
	for (size_t at = 0; at <= count; at++) {
		bool ends = at == count || !is_known(&moment[at]);

		if (at > from && (ends || moment[at].apart)) {
			print_band(chart, low, high, from, at);
			from = at;
		}
		if (ends)
			from = at + 1;
	}
	fputs("</g>\n", chart->out);
}

void chart_level(const struct chart *chart, int64_t value, const char *name)
{
	double y;

	if (value == TCPMEM_UNKNOWN || (double)value > chart->max)
		return;
	y = y_of(chart, value);
	fprintf(chart->out,
		"<line class=\"level\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" "
		"y2=\"%.1f\"/><text class=\"axis end\" x=\"%.1f\" "
		"y=\"%.1f\">%s</text>\n",
		LEFT, chart->width - RIGHT, y, y, chart->width - RIGHT - 4,
		y - 4, name);
}

void chart_mark(const struct chart *chart, int64_t ns, const char *name)
{
	double x = x_of_time(chart, ns);

	fprintf(chart->out,
		"<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" "
		"y2=\"%.1f\"><title>",
		x, x, TOP, chart->height - BOTTOM);
	html_text(chart->out, name);
	fputs("</title></line>\n", chart->out);
}

void chart_close(const struct chart *chart)
{
	fputs("</svg>\n", chart->out);
}
