/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* session.h - options -> a query to the library; its refusals in words */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "options.h"
#include "tcpmem.h"

/* struct session - @file: what was loaded last, @error: what is wrong with it
 */
struct session {
	const struct options *options;
	struct tcpmem_ctx *ctx;
	struct tcpmem_query *query;
	const char *file;
	struct tcpmem_capture_error error;
};

/*
 * session_open() - a query as @options want it
 * @needs: bits of enum tcpmem_need
 *
 * Return: 0 or -errno; close it either way.
 */
int session_open(struct session *session, const struct options *options,
		 uint32_t needs);
void session_close(struct session *session);

/* session_load() - the answer that a file holds; "-" is the standard input */
int session_load(struct session *session, const char *file,
		 struct tcpmem_snapshot **snap);

/* session_fetch() - the answer: the kernel's, or with --from what a file holds
 */
int session_fetch(struct session *session, struct tcpmem_snapshot **snap);

/* session_failed() - says why there is no answer. Return: EXIT_FAILED. */
int session_failed(const struct session *session, int err);

/* session_exit_code() - of an answer that was printed */
int session_exit_code(const struct options *options,
		      const struct tcpmem_snapshot *snap);

#endif
