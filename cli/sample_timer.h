/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sample_timer.h - the time between two samples */
#ifndef CLI_SAMPLE_TIMER_H
#define CLI_SAMPLE_TIMER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Taking a sample may be half of what is done, not more. */
#define SAMPLE_COST 2

/*
 * struct sample_timer - when the next sample is due
 * @ends: blocked meanwhile; one of them ends it
 */
struct sample_timer {
	int64_t every_ns;
	int64_t for_ns; /* 0: without an end */
	int64_t begin;
	int64_t started;
	int64_t next;
	sigset_t ends;
	sigset_t before;
};

/* sample_timer_start() - SIGINT and SIGTERM end it from here on */
void sample_timer_start(struct sample_timer *timer, int64_t every_ns,
			int64_t for_ns);
void sample_timer_stop(struct sample_timer *timer);

/* sample_timer_mark() - a sample is being taken from now on */
void sample_timer_mark(struct sample_timer *timer);

/* sample_timer_wait() - until the next one is due. Return: false if there is
 * none. */
bool sample_timer_wait(struct sample_timer *timer);

/* pause_for() - waits so many ns; signals do not shorten it */
void pause_for(int64_t ns);

#endif
