/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check.h - what a check came to: for a monitor, a program, for CI */
#ifndef CLI_CHECK_CHECK_H
#define CLI_CHECK_CHECK_H

#include "options.h"
#include "output/json.h"

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

#endif
