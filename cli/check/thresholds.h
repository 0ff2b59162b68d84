/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* thresholds.h - the options --max-..., and what is beyond them, in words */
#ifndef CLI_CHECK_THRESHOLDS_H
#define CLI_CHECK_THRESHOLDS_H

#include "options.h"

/*
 * thresholds_read() - gives @check what @options have of --max-...
 *
 * Return: 0, or EXIT_USAGE after it said what is wrong.
 */
int thresholds_read(const struct options *options, struct tcpmem_check *check);

#define THRESHOLDS_VALUE_SIZE 40

/* thresholds_value() - a value for people: "1.5G", "120", "5.0%", "10M/min" */
void thresholds_value(enum tcpmem_unit unit, double value,
		      char text[THRESHOLDS_VALUE_SIZE]);

/* thresholds_print() - "held of nginx[7]: 1.5G, more than 1.0G"; escaped */
void thresholds_print(FILE *out, const struct tcpmem_check_result *result);

#endif
