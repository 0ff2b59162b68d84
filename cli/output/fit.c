// SPDX-License-Identifier: LGPL-2.1-or-later
/* fit.c - a table on a narrow terminal: texts wrapped, columns left out */
#include "fit.h"

#include "file.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A longer word may be cut, with a mark. */
enum { WORD_MAX = 32 };

/*
 * struct fit - a column
 * @full: columns of the terminal that its cells take; @least: that it needs
 * @width: that it has; 0: it is left out
 * @known: a cell tells something
 */
struct fit {
	const struct column *column;
	struct libscols_column *scols;
	int full;
	int least;
	int width;
	bool known;
};

/* Bytes up to the next place where a line may end, a blank not among them */
static size_t word_length(const char *text)
{
	size_t len = strcspn(text, " ,/");

	return len + (text[len] == ',' || text[len] == '/');
}

static int longest_word(const char *text)
{
	int longest = 0, taken;

	while (*text) {
		size_t len = word_length(text);
		char word[256];

		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		taken = text_width(word);
		longest = taken > longest ? taken : longest;
		text += len + strspn(text + len, " ");
	}
	return longest < WORD_MAX ? longest : WORD_MAX;
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

static const char *cell_of(struct libscols_table *table, size_t line,
			   const struct fit *fit)
{
	const char *text = scols_line_get_column_data(
		scols_table_get_line(table, line), fit->scols);

	return text ? text : "";
}

static void measure(struct libscols_table *table, struct fit *fit)
{
	fit->full = text_width(scols_column_get_name(fit->scols));
	fit->least = fit->full;
	for (size_t i = 0; i < scols_table_get_nlines(table); i++) {
		const char *text = cell_of(table, i, fit);

		fit->full = larger(fit->full, text_width(text));
		fit->known |= *text && strcmp(text, "-") != 0;
		if (fit->column->wrap)
			fit->least = larger(fit->least, longest_word(text));
	}
	if (fit->column->cut)
		fit->least = larger(fit->least, WORD_MAX / 2);
	else if (!fit->column->wrap)
		fit->least = fit->full;
	if (fit->least > fit->full)
		fit->least = fit->full;
	fit->width = fit->least;
}

static int total_width(const struct fit *fit, size_t count)
{
	int width = -1;

	for (size_t i = 0; i < count; i++)
		width += fit[i].width ? fit[i].width + 1 : 0;
	return width;
}

/* What tells nothing goes first, then by rank, then from the right. */
static struct fit *find_least(struct fit *fit, size_t count)
{
	struct fit *found = NULL;

	for (size_t i = 1; i < count; i++) {
		if (!fit[i].width)
			continue;
		if (!found || !fit[i].known > !found->known ||
		    (fit[i].known == found->known &&
		     fit[i].column->rank >= found->column->rank))
			found = &fit[i];
	}
	return found;
}

/* The cells that are cut the most get the room that is left. */
static void share_out(struct fit *fit, size_t count, int left)
{
	for (; left > 0; left--) {
		struct fit *found = NULL;

		for (size_t i = 0; i < count; i++)
			if (fit[i].width && fit[i].width < fit[i].full &&
			    (!found || fit[i].full - fit[i].width >
					       found->full - found->width))
				found = &fit[i];
		if (!found)
			return;
		found->width++;
	}
}

/* Lines of @width columns at most, with line feeds between; NULL: no memory */
static char *wrap(const char *text, int width)
{
	bool utf8 = term_has_utf8(), blank = false;
	char *lines = NULL;
	int column = 0;
	size_t size;
	FILE *out = memstream_open(&lines, &size);

	while (out && *text) {
		size_t len = word_length(text);
		char word[256];
		int wide;

		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		wide = text_width(word);
		wide = wide < width ? wide : width;
		if (column && column + blank + wide > width) {
			putc('\n', out);
			column = 0;
		} else if (blank) {
			putc(' ', out);
			column++;
		}
		text_fit(out, word, wide, false, utf8);
		column += wide;
		text += len;
		blank = *text == ' ';
		text += strspn(text, " ");
	}
	memstream_end(out, &lines);
	return lines;
}

static char *cut(const char *text, int width)
{
	char *part = NULL;
	size_t size;
	FILE *out = memstream_open(&part, &size);

	if (out)
		text_cut(out, text, width, term_has_utf8());
	memstream_end(out, &part);
	return part;
}

static int rewrite_cell(struct libscols_table *table, size_t i,
			const struct fit *fit)
{
	const char *text = cell_of(table, i, fit);
	char *fitted;

	if (text_width(text) <= fit->width)
		return 0;
	fitted = fit->column->cut ? cut(text, fit->width)
				  : wrap(text, fit->width);
	if (fitted &&
	    scols_line_refer_column_data(scols_table_get_line(table, i),
					 fit->scols, fitted) == 0)
		return 0;
	free(fitted);
	return -ENOMEM;
}

static int rewrite(struct libscols_table *table, const struct fit *fit)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < scols_table_get_nlines(table); i++)
		ret = rewrite_cell(table, i, fit);
	if (ret || fit->column->cut)
		return ret;
	scols_column_set_flags(fit->scols, scols_column_get_flags(fit->scols) |
						   SCOLS_FL_WRAP);
	return scols_column_set_wrapfunc(fit->scols, scols_wrapnl_chunksize,
					 scols_wrapnl_nextchunk, NULL);
}

static int apply(struct libscols_table *table, struct fit *fit, size_t count)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < count; i++) {
		if (!fit[i].width)
			ret = scols_column_set_flags(fit[i].scols,
						     SCOLS_FL_HIDDEN);
		else if (fit[i].width < fit[i].full)
			ret = rewrite(table, &fit[i]);
	}
	return ret;
}

int fit_table(struct libscols_table *table, const struct columns *columns,
	      int width)
{
	struct fit fit[COLUMNS_MAX] = { 0 }, *least;
	size_t count = columns->count;

	for (size_t i = 0; i < count; i++) {
		fit[i].column = columns->column[i];
		fit[i].scols = scols_table_get_column(table, i);
		measure(table, &fit[i]);
	}
	while (total_width(fit, count) > width &&
	       (least = find_least(fit, count)))
		least->width = 0;
	if (total_width(fit, count) > width)
		fit[0].width = larger(width, 4);
	share_out(fit, count, width - total_width(fit, count));
	return apply(table, fit, count);
}
