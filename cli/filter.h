/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* filter.h - the FILTER of a command line, and where it is wrong */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include "options.h"

/*
 * filter_read() - understands what stands behind the arguments, or --filter
 * @words: joined as ss does it, with a blank between; NULL ends them
 *
 * @options->filter is set if there is one; free it with tcpmem_filter_free().
 *
 * Return: 0, or an exit code after it said what is wrong.
 */
int filter_read(struct options *options, char **words);

/* filter_explain() - prints what was understood. Return: an exit code. */
int filter_explain(const struct options *options);

#endif
