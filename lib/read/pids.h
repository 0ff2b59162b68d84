/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pids.h - the processes in /proc, handed out to threads that read them */
#ifndef TM_READ_PIDS_H
#define TM_READ_PIDS_H

#include "u64set.h"

#include <pthread.h>

/*
 * struct tm_round - what one scan of /proc tells the next
 * @settled: all sockets that matter are open by now: a process that is read
 *	from now on need not be read again
 * @cancelled: nobody wants the result any more
 * @late: pids of the processes that were read since
 */
struct tm_round {
	pthread_mutex_t lock;
	bool settled;
	bool cancelled;
	struct tm_u64set late;
};

/* tm_round_init() - nothing was read. Return: 0 or -ENOMEM. */
int tm_round_init(struct tm_round *round);
void tm_round_deinit(struct tm_round *round);

/* tm_round_settle(), tm_round_cancel() - from any thread, at any time */
void tm_round_settle(struct tm_round *round);
void tm_round_cancel(struct tm_round *round);

/* struct tm_pids - @proc is an fd of the directory, for openat() */
struct tm_pids {
	int proc;
	uint32_t *pid;
	size_t count;
	size_t capacity;
	size_t next;
	struct tm_round *round;
};

/*
 * tm_pids_open() - lists the processes, but for those that @round has read
 * late; NULL leaves out none
 *
 * Return: 0, -ENOMEM, or -errno of reading @root.
 */
int tm_pids_open(struct tm_pids *pids, const char *root,
		 struct tm_round *round);
void tm_pids_close(struct tm_pids *pids);

/* tm_pids_next() - the next process, from any thread; 0 if there is none */
uint32_t tm_pids_next(struct tm_pids *pids);

#endif
