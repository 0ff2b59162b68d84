/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ask.h - options -> a query to the library; its refusals in words */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "options.h"
#include "tcpmem.h"

/* struct ask - @file: what was loaded last, @error: what is wrong with it */
struct ask {
	const struct options *options;
	struct tcpmem_ctx *ctx;
	struct tcpmem_query *query;
	const char *file;
	struct tcpmem_capture_error error;
};

/*
 * ask_open() - a query as @options want it
 * @needs: bits of enum tcpmem_need
 *
 * Return: 0 or -errno; close it either way.
 */
int ask_open(struct ask *ask, const struct options *options, uint32_t needs);
void ask_close(struct ask *ask);

/* ask_load() - the answer that a file holds; "-" is the standard input */
int ask_load(struct ask *ask, const char *file, struct tcpmem_snapshot **snap);

/* ask_take() - the answer: the kernel's, or with --from what a file holds */
int ask_take(struct ask *ask, struct tcpmem_snapshot **snap);

/* ask_failed() - says why there is no answer. Return: EXIT_FAILED. */
int ask_failed(const struct ask *ask, int err);

/* ask_exit_code() - of an answer that was printed */
int ask_exit_code(const struct options *options,
		  const struct tcpmem_snapshot *snap);

#endif
