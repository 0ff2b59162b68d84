/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* threshold.h - "WARN,CRIT": in what ranges a metric may be */
#ifndef TM_ANALYSIS_THRESHOLD_H
#define TM_ANALYSIS_THRESHOLD_H

#include "tcpmem/check.h"

/* struct tm_threshold - both in @unit; @warning only if @warns */
struct tm_threshold {
	bool given;
	bool warns;
	enum tcpmem_unit unit;
	struct tcpmem_range warning;
	struct tcpmem_range critical;
};

/*
 * tm_threshold_parse() - reads "WARN,CRIT" or "CRIT"
 * @offset, @expected: on -EINVAL, where it is wrong and what is wanted there
 *
 * Return: 0 or -EINVAL.
 */
int tm_threshold_parse(enum tcpmem_check_metric metric, const char *text,
		       struct tm_threshold *threshold, size_t *offset,
		       const char **expected);

/* tm_range_is_below() - whether @value and all above it are beyond the range */
bool tm_range_is_below(const struct tcpmem_range *range, double value);

/* tm_threshold_judge() - how a known @value stands */
enum tcpmem_level tm_threshold_judge(const struct tm_threshold *threshold,
				     double value);

#endif
