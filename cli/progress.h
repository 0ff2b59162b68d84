/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* progress.h - a line on the terminal while something takes its time */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>

/* struct progress - @runs: stderr is a terminal, and @thread writes to it */
struct progress {
	const char *what;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool runs;
	bool stop;
};

/*
 * progress_begin() - from a second on, a line on stderr says what goes on
 * @what: "reading sockets"; static storage
 *
 * Nothing is written unless stderr is a terminal.
 */
void progress_begin(struct progress *progress, const char *what);

/* progress_end() - the line is gone; errno is kept */
void progress_end(struct progress *progress);

#endif
