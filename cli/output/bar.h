/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bar.h - the kernel's TCP memory between nothing and its limit */
#ifndef CLI_OUTPUT_BAR_H
#define CLI_OUTPUT_BAR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* struct bar - what net.ipv4.tcp_mem and sockstat say, in bytes; @high > 0 */
struct bar {
	int64_t used;
	int64_t low;
	int64_t pressure;
	int64_t high;
};

/*
 * bar_print() - a line: the part in use, marks at low and pressure, percent
 *
 * In the locale's characters: ASCII where they are not UTF-8.
 */
void bar_print(FILE *out, const struct bar *bar, bool color);

#endif
