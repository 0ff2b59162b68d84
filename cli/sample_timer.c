// SPDX-License-Identifier: LGPL-2.1-or-later
/* sample_timer.c - the time between two samples */
#include "sample_timer.h"

#include <errno.h>
#include <time.h>

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attr);
	pthread_condattr_destroy(&attr);
}

void sample_timer_start(struct sample_timer *timer, int64_t every_ns,
			int64_t for_ns)
{
	timer->every_ns = every_ns;
	timer->for_ns = for_ns;
	timer->taken = 0;
	timer->last = false;
	timer->begin = now_ns();
	timer->next = timer->begin;
	sigemptyset(&timer->ends);
	sigaddset(&timer->ends, SIGINT);
	sigaddset(&timer->ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &timer->ends, &timer->before);
}

void sample_timer_stop(struct sample_timer *timer)
{
	sigprocmask(SIG_SETMASK, &timer->before, NULL);
}

void sample_timer_mark(struct sample_timer *timer)
{
	timer->started = now_ns();
	timer->taken++;
}

/* Waits for @ns. Return: whether a signal has come. */
static bool is_interrupted(const struct sample_timer *timer, int64_t ns)
{
	const struct timespec wait = {
		.tv_sec = (time_t)(ns > 0 ? ns / 1000000000 : 0),
		.tv_nsec = (long)(ns > 0 ? ns % 1000000000 : 0),
	};
	int64_t end = now_ns() + ns;
	int ret = sigtimedwait(&timer->ends, NULL, &wait);

	while (ret < 0 && errno == EINTR && now_ns() < end)
		ret = sigtimedwait(&timer->ends, NULL,
				   &(struct timespec){ .tv_nsec = 10000000 });
	return ret > 0;
}

bool sample_timer_wait(struct sample_timer *timer)
{
	int64_t ended = now_ns();
	int64_t soonest =
		timer->started + SAMPLE_COST * (ended - timer->started);

	timer->next += timer->every_ns;
	if (timer->next < soonest)
		timer->next = soonest;
	if (timer->last)
		return false;
	if (timer->for_ns && timer->next - timer->begin >= timer->for_ns) {
		timer->next = timer->begin + timer->for_ns;
		timer->last = true;
	}
	return !is_interrupted(timer, timer->next - ended);
}

int64_t sample_timer_missed(const struct sample_timer *timer)
{
	int64_t elapsed = now_ns() - timer->begin;
	int64_t asked = elapsed / timer->every_ns + 1;

	/* the last one is at the end, a multiple of every_ns or not */
	if (timer->for_ns && elapsed >= timer->for_ns)
		asked = (timer->for_ns - 1) / timer->every_ns + 2;
	return asked > timer->taken ? asked - timer->taken : 0;
}

void pause_for(int64_t ns)
{
	struct timespec left = {
		.tv_sec = (time_t)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		continue;
}
