/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check.h - tcpmem check: thresholds, results, retained captures */
#ifndef CLI_CHECK_CHECK_H
#define CLI_CHECK_CHECK_H

#include "options.h"
#include "output/json.h"
#include "session.h"

/*
 * struct check_out - the results of a check, to be printed
 * @before: the earlier snapshot of --max-growth; NULL: none
 * @level: the worst level of the results; unknown if @incomplete or @stale
 * @incomplete: --strict, and a snapshot is incomplete
 * @stale: a recorder no longer adds looks to the store
 */
struct check_out {
	const struct options *options;
	const struct tcpmem_check *check;
	const struct tcpmem_snapshot *before;
	const struct tcpmem_snapshot *snap;
	enum tcpmem_level level;
	bool incomplete;
	bool stale;
};

/*
 * check_out_text() - a line with performance data, a line for each row beyond
 *
 * The format is that of the guidelines for monitoring plugins.
 */
void check_out_text(const struct check_out *out);

/* check_out_json() - tcpmem.check/1 */
void check_out_json(const struct check_out *out);

/* check_json_results() - the member "results" of an object */
void check_json_results(struct json *json, const struct tcpmem_check *check);

/* check_out_junit() - a test case for each result; @suite names them */
void check_out_junit(const struct check_out *out, const char *suite,
		     FILE *file);

/*
 * thresholds_read() - adds the thresholds of --max-... to @check
 *
 * Return: 0, or EXIT_USAGE after a message.
 */
int thresholds_read(const struct options *options, struct tcpmem_check *check);

#define THRESHOLDS_VALUE_SIZE 40

/* thresholds_value() - a metric for people: "1.5G", "120", "5.0%", "10M/min" */
void thresholds_value(enum tcpmem_unit unit, double value,
		      char text[THRESHOLDS_VALUE_SIZE]);

/* Two numbers of 20 digits, signs, fractions */
#define THRESHOLDS_RANGE_SIZE 96

/* thresholds_is_maximum() - whether there is a largest value, and no least */
bool thresholds_is_maximum(const struct tcpmem_range *range);

/*
 * thresholds_range() - a range as the guidelines for monitoring plugins have
 * it, exact: "10", "5:", "~:10", "@0:4"
 */
void thresholds_range(enum tcpmem_unit unit, const struct tcpmem_range *range,
		      char text[THRESHOLDS_RANGE_SIZE]);

/* thresholds_number() - a number in performance data: whole, or in percent */
int thresholds_number(enum tcpmem_unit unit, double value, char *text,
		      size_t size);

/* thresholds_print() - "held of nginx[7]: 1.5G, more than 1.0G"; escaped */
void thresholds_print(FILE *out, const struct tcpmem_check_result *result);

/* The captures that retain() leaves in a directory */
#define RETAIN_FILES 10
#define RETAIN_BYTES (INT64_C(1) << 30)

/*
 * retain() - saves a capture in @dir and removes the oldest captures there
 *
 * It removes regular files of this user alone, with names as retain() makes
 * them. Success and failure are messages on stderr: the check has its result.
 */
void retain(const struct session *session, const char *dir);

#endif
