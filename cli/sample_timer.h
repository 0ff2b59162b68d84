/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sample_timer.h - the time between two samples */
#ifndef CLI_SAMPLE_TIMER_H
#define CLI_SAMPLE_TIMER_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Samples take half of the time at most. */
#define SAMPLE_COST 2

/*
 * struct sample_timer - the time of the next sample
 * @taken: samples so far; @last: the next one is at the end of @for_ns
 * @ends: the blocked signals that end the samples; @before: the mask before
 */
struct sample_timer {
	int64_t every_ns;
	int64_t for_ns; /* 0: until a signal */
	int64_t begin;
	int64_t started;
	int64_t next;
	int64_t taken;
	bool last;
	sigset_t ends;
	sigset_t before;
};

/* condition_init() - a condition whose deadlines are by CLOCK_MONOTONIC */
void condition_init(pthread_cond_t *condition);

/* sample_timer_start() - SIGINT and SIGTERM end the samples from here on */
void sample_timer_start(struct sample_timer *timer, int64_t every_ns,
			int64_t for_ns);
void sample_timer_stop(struct sample_timer *timer);

/* sample_timer_mark() - a sample begins */
void sample_timer_mark(struct sample_timer *timer);

/*
 * sample_timer_wait() - until the next sample, the last one at the end
 *
 * Return: false: the end
 */
bool sample_timer_wait(struct sample_timer *timer);

/*
 * sample_timer_missed() - samples that were asked for until now and not taken,
 * since others took too long
 */
int64_t sample_timer_missed(const struct sample_timer *timer);

/* pause_for() - sleeps @ns, whatever signals come */
void pause_for(int64_t ns);

#endif
