/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* watch.h - many samples, and what leaks: diff --every */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "options.h"

/*
 * watch() - samples as @options want it, then says what they tell
 * @word: what stands behind the command, which is one too many; NULL: nothing
 *
 * Return: an exit code: 0 nothing, 1 a leak or growth, 2 trouble.
 */
int watch(const struct options *options, const char *word);

#endif
