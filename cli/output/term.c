// SPDX-License-Identifier: LGPL-2.1-or-later
/* term.c - colours, and a bar for tcp_mem */
#include "text.h"

#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* errno tells why something before could not be written: stdout_status() */
static bool is_terminal(void)
{
	int saved = errno;
	bool terminal = isatty(STDOUT_FILENO);

	errno = saved;
	return terminal;
}

bool term_has_color(enum color color)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (color != COLOR_AUTO)
		return color == COLOR_ALWAYS;
	if (no_color && *no_color)
		return false;
	return term && strcmp(term, "dumb") != 0 && is_terminal();
}

int term_width(void)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");

	if (!is_terminal())
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return columns && atoi(columns) > 0 ? atoi(columns) : 80;
}

bool term_has_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

#define BAR_WIDTH 60

static const char *color_of(const struct bar *bar)
{
	if (bar->used >= bar->pressure)
		return TERM_RED;
	return bar->used >= bar->low ? TERM_YELLOW : TERM_GREEN;
}

static int cell_of(const struct bar *bar, int64_t bytes, int width)
{
	double part = (double)bytes / (double)bar->high;

	return part >= 1 ? width : (int)(part * width);
}

void bar_print_cells(FILE *out, const struct bar *bar, int width, bool utf8)
{
	const char *full = utf8 ? "\u2588" : "#";
	const char *empty = utf8 ? "\u2591" : ".";
	const char *mark = utf8 ? "\u2502" : "|";
	const char *sliver = utf8 ? "\u258f" : ":"; /* part of a cell */
	int used = cell_of(bar, bar->used, width);
	int low = cell_of(bar, bar->low, width);
	int pressure = cell_of(bar, bar->pressure, width);

	for (int i = 0; i < width; i++) {
		if (i < used)
			fputs(full, out);
		else if (i == 0 && bar->used > 0)
			fputs(sliver, out);
		else
			fputs(i == low || i == pressure ? mark : empty, out);
	}
	fputs(mark, out);
}

void bar_print(FILE *out, const struct bar *bar, bool color)
{
	fputs("  ", out);
	if (color)
		fputs(color_of(bar), out);
	bar_print_cells(out, bar, BAR_WIDTH, term_has_utf8());
	if (color)
		fputs(TERM_RESET, out);
	fprintf(out, " %.1f %%\n",
		100.0 * (double)bar->used / (double)bar->high);
}
