/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run_looks.h - looks at a command's sockets
 *
 * A thread does it: a look takes its time where there is much to see, and
 * signals for the command and its end are not to wait for it.
 */
#ifndef CLI_RUN_LOOKS_H
#define CLI_RUN_LOOKS_H

#include "ask.h"

#include <pthread.h>

/*
 * struct looks - what was seen so far
 * @last: at the last look
 * @every_ns: the pause that was asked for; 0: the usual one
 * @begin, @looked: when the command began, and when the last look ended
 * @spent: how long all looks took
 * @error: why the last look failed; 0: it did not
 */
struct looks {
	struct tcpmem_sampler *sampler;
	struct tcpmem_tree *tree;
	struct tcpmem_snapshot *last;
	int64_t every_ns;
	int64_t begin;
	int64_t looked;
	int64_t spent;
	int error;
	pthread_t thread;
	pthread_mutex_t lock; /* of @stop */
	pthread_cond_t stopped;
	bool stop;
};

/* looks_now() - ns by a clock that is never set */
int64_t looks_now(void);

/* looks_open() - and what is there before the command is. 0 or -errno. */
int looks_open(struct looks *looks, struct ask *ask, int64_t every_ns);
void looks_close(struct looks *looks);

/* looks_start() - from now on, from time to time. 0 or -errno. */
int looks_start(struct looks *looks);

/*
 * looks_end() - no more, but for the last one
 *
 * The command has ended and is not reaped: its sockets are closed, and what
 * became of them is still to be seen.
 */
void looks_end(struct looks *looks);

#endif
