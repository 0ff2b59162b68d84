/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pace.h - waiting between two samples, until somebody wants it to end */
#ifndef CLI_PACE_H
#define CLI_PACE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Taking a sample may be half of what is done, not more. */
#define PACE_COST 2

/*
 * struct pace - when the next sample is due
 * @ends: blocked meanwhile; one of them ends it
 */
struct pace {
	int64_t every_ns;
	int64_t for_ns; /* 0: without an end */
	int64_t begin;
	int64_t started;
	int64_t next;
	sigset_t ends;
	sigset_t before;
};

/* pace_begin() - SIGINT and SIGTERM end it from here on */
void pace_begin(struct pace *pace, int64_t every_ns, int64_t for_ns);
void pace_end(struct pace *pace);

/* pace_sample() - a sample is being taken from now on */
void pace_sample(struct pace *pace);

/* pace_wait() - until the next one is due. Return: false if there is none. */
bool pace_wait(struct pace *pace);

#endif
