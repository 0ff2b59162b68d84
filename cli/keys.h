/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keys.h - what rows are grouped by, as the command line names it */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include <stdio.h>

/* keys_report_unknown() - which word is no key. Return: EXIT_USAGE. */
int keys_report_unknown(const char *keys);

/* keys_help() - the names of all keys, for --help */
void keys_help(FILE *out);

#endif
