/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* spark.h - values over time, in a line */
#ifndef CLI_OUTPUT_SPARK_H
#define CLI_OUTPUT_SPARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * spark_print() - a line of @count characters, one for each value
 * @value: TCPMEM_UNKNOWN is a blank
 *
 * The lowest is the least value, the highest the largest, but values that
 * differ by less than an eighth in all are not drawn as if they differed by
 * much.
 */
void spark_print(FILE *out, const int64_t *value, size_t count, bool utf8);

#endif
