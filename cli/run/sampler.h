/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sampler.h - looks at a command's sockets
 *
 * A thread does it: a look takes its time where there is much to see, and
 * signals for the command and its end are not to wait for it.
 */
#ifndef CLI_RUN_SAMPLER_H
#define CLI_RUN_SAMPLER_H

#include "session.h"

#include <pthread.h>

/*
 * struct run_sampler - what was seen so far
 * @last: at the last look
 * @every_ns: the pause that was asked for; 0: the usual one
 * @begin, @looked: when the command began, and when the last look ended
 * @spent: how long all looks took
 * @error: why the last look failed; 0: it did not
 */
struct run_sampler {
	struct tcpmem_sampler *source;
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

/* run_clock_ns() - ns by a clock that is never set */
int64_t run_clock_ns(void);

/* run_sampler_open() - and what is there before the command is. 0 or -errno. */
int run_sampler_open(struct run_sampler *sampler, struct session *session,
		     int64_t every_ns);
void run_sampler_close(struct run_sampler *sampler);

/* run_sampler_start() - from now on, from time to time. 0 or -errno. */
int run_sampler_start(struct run_sampler *sampler);

/*
 * run_sampler_stop() - no more, but for the last one
 *
 * The command has ended and is not reaped: its sockets are closed, and what
 * became of them is still to be seen.
 */
void run_sampler_stop(struct run_sampler *sampler);

#endif
