/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* thread.h - the thread that looks, for a screen that never waits */
#ifndef CLI_TOP_THREAD_H
#define CLI_TOP_THREAD_H

#include "page.h"
#include "source.h"

#include <pthread.h>

/*
 * struct top_thread - the thread, and what it shares with the screen
 * @wake: an eventfd that is readable when there is something new
 * @wanted: what the next look is asked for; its filter is the thread's
 * @renewed: look at once
 * @latest: a look that the screen has not taken
 * @looking: when the look began that goes on; 0: none does
 * @interval_ns: between the beginnings of looks, as it is
 */
struct top_thread {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct top_source *source;
	int wake;
	int64_t every_ns;
	struct top_request wanted;
	bool renewed;
	bool stop;
	struct top_look *latest;
	int64_t looking;
	int64_t interval_ns;
	int error;
	bool ended;
};

/* top_thread_start() - Return: 0 or -errno */
int top_thread_start(struct top_thread *thread, struct top_source *source,
		     int64_t every_ns, const struct top_request *request);

/*
 * top_thread_ask() - for something else, at once
 * @request: its filter is handed over; of the same number as before, it is NULL
 */
void top_thread_ask(struct top_thread *thread,
		    const struct top_request *request);

/* top_thread_set_every() - another time between looks */
void top_thread_set_every(struct top_thread *thread, int64_t every_ns);

/* top_thread_take() - the latest look, or NULL; @status: how looks go */
struct top_look *top_thread_take(struct top_thread *thread,
				 struct top_status *status);

/*
 * top_thread_stop() - ends it
 *
 * Return: false: a look still goes on, and what it uses must not be freed.
 */
bool top_thread_stop(struct top_thread *thread);

#endif
