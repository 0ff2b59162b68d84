/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* session.h - options -> a query to the library; its errors in words */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "options.h"
#include "tcpmem.h"

/*
 * struct session - @file: the last capture loaded, @error: its error
 * @stale: it was the last look of a store, and none came when one was due
 * @reported: a message has told the error, which is this exit code; 0: none
 * @quiet: what goes on is on a screen of its own
 */
struct session {
	const struct options *options;
	struct tcpmem_ctx *ctx;
	struct tcpmem_query *query;
	const char *file;
	struct tcpmem_capture_error error;
	bool stale;
	int reported;
	bool quiet;
};

/*
 * session_open() - a context, and a query with @options
 * @needs: bits of enum tcpmem_need
 *
 * Return: 0 or -errno; close it either way.
 */
int session_open(struct session *session, const struct options *options,
		 uint32_t needs);
void session_close(struct session *session);

/* session_load() - the snapshot of a capture; "-" is the standard input */
int session_load(struct session *session, const char *file,
		 struct tcpmem_snapshot **snap);

/* session_is_store() - whether a file is a store: a directory */
bool session_is_store(const char *file);

/*
 * session_load_at() - the last look of a store at or before a moment
 * @at: as the user wrote it; NULL: the last look of all
 */
int session_load_at(struct session *session, const char *dir, const char *at,
		    struct tcpmem_snapshot **snap);

/*
 * session_moments() - the looks of a store, as session_load_at() takes them
 * @since, @until: as the user wrote them; NULL: without a bound
 * @moment: receives an array that ends with NULL; free(3) it and each of it
 */
int session_moments(struct session *session, const char *dir, const char *since,
		    const char *until, char ***moment);

struct bytes;

/* session_load_bytes() - the snapshot of a capture in memory */
int session_load_bytes(struct session *session, const struct bytes *capture,
		       struct tcpmem_snapshot **snap);

/* session_fetch() - a snapshot of the kernel's sockets, or of --from FILE */
int session_fetch(struct session *session, struct tcpmem_snapshot **snap);

/* session_failed() - a message about @err. Return: EXIT_FAILED, EXIT_USAGE. */
int session_failed(const struct session *session, int err);

/* session_exit_code() - of a snapshot that was printed */
int session_exit_code(const struct options *options,
		      const struct tcpmem_snapshot *snap);

#endif
