/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plot.h - values over time: a line of each, or a chart with axes */
#ifndef CLI_OUTPUT_PLOT_H
#define CLI_OUTPUT_PLOT_H

#include "options.h"

/* As many as a trend keeps of a row */
enum { PLOT_POINTS = 1024 };

/*
 * struct plot - values over time
 * @name: what they are of; raw bytes
 * @ns: when, in order
 * @value: TCPMEM_UNKNOWN is left out
 * @count: %PLOT_POINTS at most
 * @bytes: they are bytes
 */
struct plot {
	const char *name;
	const int64_t *ns;
	const int64_t *value;
	size_t count;
	bool bytes;
};

/* plot_wanted() - on a terminal, or if --plot asks for it */
bool plot_wanted(const struct options *options);

/* plot_print_line() - its name, a line of characters, the first and the last */
void plot_print_line(const struct plot *plot, const struct options *options);

/*
 * plot_print_chart() - its name, then the values above an axis of time
 *
 * The vertical axis goes from the least value, or 0 where that is near, to the
 * largest.
 */
void plot_print_chart(const struct plot *plot, const struct options *options);

#endif
