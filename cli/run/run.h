/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* run.h - what is told of a command that was run */
#ifndef CLI_RUN_RUN_H
#define CLI_RUN_RUN_H

#include "options.h"

#include <stdio.h>

/*
 * struct run - a command that has ended
 * @tree: what it and its descendants used and left
 * @snap: the last one of @tree, taken when the command had ended
 * @check: how the peaks stand to thresholds
 * @code: its exit code, as a shell has it
 * @signal: that ended it; 0: it exited
 * @others: processes that it started live on
 */
struct run {
	const struct options *options;
	char **argv;
	const struct tcpmem_tree *tree;
	const struct tcpmem_snapshot *snap;
	const struct tcpmem_check *check;
	int code;
	int signal;
	int64_t elapsed_ns;
	bool others;
};

/*
 * run_left() - what it left, the most expensive first
 *
 * Return: 0 or -errno; free the table either way.
 */
int run_left(const struct run *run, enum tcpmem_left left,
	     struct tcpmem_table **table);

/* run_left_keys() - what that is grouped by */
const char *run_left_keys(enum tcpmem_left left);

/* run_text() and run_json(): the report. Return: 0 or -errno. */
int run_text(const struct run *run, FILE *out);
int run_json(const struct run *run, FILE *out);

#endif
