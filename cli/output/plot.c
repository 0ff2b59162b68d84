// SPDX-License-Identifier: LGPL-2.1-or-later
/* plot.c - values over time, drawn with characters */
#include "plot.h"

#include "output/spark.h"
#include "output/text.h"
#include "output/value.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Of a chart without its labels, and of a line: both are 80 columns at most */
enum { WIDTH = 64, HEIGHT = 8, LABEL = 9, LINE = 32, EIGHTHS = 8 };

bool plot_wanted(const struct options *options)
{
	return options->format == FORMAT_TABLE && !options->noheadings &&
	       (options->plot || isatty(STDOUT_FILENO));
}

static void value_text(const struct plot *plot, const struct options *options,
		       int64_t value, char text[HUMAN_SIZE])
{
	if (plot->bytes && !options->bytes)
		human_bytes(value, text);
	else
		snprintf(text, HUMAN_SIZE, "%" PRId64, value);
}

/* @width values at most: of those that share a column, the last one */
static size_t thin_out(const struct plot *plot, size_t width, int64_t *value)
{
	size_t count = plot->count < width ? plot->count : width;

	for (size_t i = 0; i < count; i++)
		value[i] = plot->value[(i + 1) * plot->count / count - 1];
	return count;
}

/* Return: false: none is known */
static bool find_ends(const int64_t *value, size_t count, int64_t *first,
		      int64_t *last)
{
	bool found = false;

	*first = *last = TCPMEM_UNKNOWN;
	for (size_t i = 0; i < count; i++) {
		if (value[i] == TCPMEM_UNKNOWN)
			continue;
		if (!found)
			*first = value[i];
		*last = value[i];
		found = true;
	}
	return found;
}

void plot_print_line(const struct plot *plot, const struct options *options)
{
	char from[HUMAN_SIZE], to[HUMAN_SIZE];
	int64_t value[LINE], first, last;
	size_t count = thin_out(plot, LINE, value);

	if (!find_ends(plot->value, plot->count, &first, &last))
		return;
	value_text(plot, options, first, from);
	value_text(plot, options, last, to);
	fputs("  ", stdout);
	spark_print(stdout, value, count, term_has_utf8());
	printf("%*s  %s -> %s  ", (int)(LINE - count), "", from, to);
	escape_print(stdout, plot->name, ESCAPE_TERMINAL);
	putchar('\n');
}

/* struct chart - @low, @high: of the vertical axis */
struct chart {
	int64_t value[WIDTH];
	size_t count;
	int64_t low;
	int64_t high;
	bool utf8;
};

static void set_range(struct chart *chart)
{
	bool found = false;

	for (size_t i = 0; i < chart->count; i++) {
		int64_t value = chart->value[i];

		if (value == TCPMEM_UNKNOWN)
			continue;
		if (!found || value < chart->low)
			chart->low = value;
		if (!found || value > chart->high)
			chart->high = value;
		found = true;
	}
	if (chart->low > 0 && chart->low < chart->high / 2)
		chart->low = 0;
}

/* How much of a column is filled, in eighths of a character */
static int filled(const struct chart *chart, int64_t value)
{
	double range = (double)chart->high - (double)chart->low;
	double part = range > 0 ? ((double)value - (double)chart->low) / range
				: 0;
	int eighths = (int)(part * HEIGHT * EIGHTHS);

	return eighths ? eighths : 1;
}

static void print_cell(const struct chart *chart, int64_t value, int row)
{
	int eighths = value == TCPMEM_UNKNOWN
			      ? 0
			      : filled(chart, value) - row * EIGHTHS;

	if (eighths <= 0)
		putchar(' ');
	else if (!chart->utf8)
		putchar('#');
	else /* from U+2581, an eighth, to U+2588 */
		printf("\xe2\x96%c",
		       0x80 + (eighths < EIGHTHS ? eighths : EIGHTHS));
}

static void print_row(const struct plot *plot, const struct options *options,
		      const struct chart *chart, int row)
{
	char label[HUMAN_SIZE] = "";

	if (row == HEIGHT - 1)
		value_text(plot, options, chart->high, label);
	else if (row == 0)
		value_text(plot, options, chart->low, label);
	printf("%*s %s", LABEL, label, chart->utf8 ? "\u2502" : "|");
	for (size_t i = 0; i < chart->count; i++)
		print_cell(chart, chart->value[i], row);
	putchar('\n');
}

static void print_axis(const struct plot *plot, const struct chart *chart)
{
	char begin[WHEN_SIZE], elapsed[HUMAN_SIZE];

	printf("%*s %s", LABEL, "", chart->utf8 ? "\u2514" : "+");
	for (size_t i = 0; i < chart->count; i++)
		fputs(chart->utf8 ? "\u2500" : "-", stdout);
	when_text(plot->ns[0], begin);
	human_time((plot->ns[plot->count - 1] - plot->ns[0]) / 1000, elapsed);
	printf("\n%*s  %s, and %s from there\n", LABEL, "", begin, elapsed);
}

void plot_print_chart(const struct plot *plot, const struct options *options)
{
	struct chart chart = { .utf8 = term_has_utf8() };
	int64_t first, last;

	if (!find_ends(plot->value, plot->count, &first, &last))
		return;
	chart.count = thin_out(plot, WIDTH, chart.value);
	set_range(&chart);
	fputs("  ", stdout);
	escape_print(stdout, plot->name, ESCAPE_TERMINAL);
	putchar('\n');
	for (int row = HEIGHT - 1; row >= 0; row--)
		print_row(plot, options, &chart, row);
	print_axis(plot, &chart);
}
