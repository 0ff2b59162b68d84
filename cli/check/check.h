/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check.h - tcpmem check: thresholds, results, retained captures */
#ifndef CLI_CHECK_CHECK_H
#define CLI_CHECK_CHECK_H

#include "options.h"
#include "output/json.h"
#include "session.h"

/*
 * struct check_out - what is printed
 * @level: the worst result, or unknown if @snap lacks something that counts
 * @incomplete: that is why
 */
struct check_out {
	const struct options *options;
	const struct tcpmem_check *check;
	const struct tcpmem_snapshot *before; /* NULL: there is none */
	const struct tcpmem_snapshot *snap;
	enum tcpmem_level level;
	bool incomplete;
};

/*
 * check_out_text() - a line with figures, and a line for each row beyond
 *
 * As the guidelines for monitoring plugins want it.
 */
void check_out_text(const struct check_out *out);

/* check_out_json() - tcpmem.check/1 */
void check_out_json(const struct check_out *out);

/* check_json_results() - every result, as a member of an object */
void check_json_results(struct json *json, const struct tcpmem_check *check);

/* check_out_junit() - a test case for each result */
void check_out_junit(const struct check_out *out);

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

/* RETAIN_FILES, RETAIN_BYTES - of the files that retain() wrote into a
 * directory */
#define RETAIN_FILES 10
#define RETAIN_BYTES (INT64_C(1) << 30)

/*
 * retain() - saves a capture in @dir and removes the oldest of its own files
 *
 * Its own are regular files of this user with names as it gives them. It says
 * on stderr what it saved, or why it could not: the check has its answer.
 */
void retain(const struct session *session, const char *dir);

#endif
