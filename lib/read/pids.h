/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pids.h - the processes in /proc, handed out to threads that read them */
#ifndef TM_READ_PIDS_H
#define TM_READ_PIDS_H

#include "u64set.h"

#include <pthread.h>

/*
 * struct tm_scan_state - what one scan of /proc tells the next
 * @finished: all sockets that matter are open by now: a process that is read
 *	from now on need not be read again
 * @cancelled: nobody wants the result any more
 * @late: pids of the processes that were read since
 */
struct tm_scan_state {
	pthread_mutex_t lock;
	bool finished;
	bool cancelled;
	struct tm_u64set late;
};

/* tm_scan_state_init() - nothing was read. Return: 0 or -ENOMEM. */
int tm_scan_state_init(struct tm_scan_state *round);
void tm_scan_state_deinit(struct tm_scan_state *round);

/*
 * tm_scan_state_mark_dumped(), tm_scan_state_cancel() - from any thread, at any
 * time
 */
void tm_scan_state_mark_dumped(struct tm_scan_state *round);
void tm_scan_state_cancel(struct tm_scan_state *round);

/* struct tm_pids - @proc is an fd of the directory, for openat() */
struct tm_pids {
	int proc;
	uint32_t *pid;
	size_t count;
	size_t capacity;
	size_t next;
	struct tm_scan_state *round;
};

/*
 * tm_pids_open() - lists the processes, but for those that @round has read
 * late; NULL leaves out none
 *
 * Return: 0, -ENOMEM, or -errno of reading @root.
 */
int tm_pids_open(struct tm_pids *pids, const char *root,
		 struct tm_scan_state *round);
void tm_pids_close(struct tm_pids *pids);

/* tm_pids_next() - the next process, from any thread; 0 if there is none */
uint32_t tm_pids_next(struct tm_pids *pids);

#endif
