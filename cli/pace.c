// SPDX-License-Identifier: LGPL-2.1-or-later
/* pace.c - waiting between two samples, until somebody wants it to end */
#include "pace.h"

#include <errno.h>
#include <time.h>

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void pace_begin(struct pace *pace, int64_t every_ns, int64_t for_ns)
{
	pace->every_ns = every_ns;
	pace->for_ns = for_ns;
	pace->begin = now_ns();
	pace->next = pace->begin;
	sigemptyset(&pace->ends);
	sigaddset(&pace->ends, SIGINT);
	sigaddset(&pace->ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &pace->ends, &pace->before);
}

void pace_end(struct pace *pace)
{
	sigprocmask(SIG_SETMASK, &pace->before, NULL);
}

void pace_sample(struct pace *pace)
{
	pace->started = now_ns();
}

/* Whether somebody wants it to end before @ns have passed. */
static bool is_ended_within(const struct pace *pace, int64_t ns)
{
	const struct timespec wait = {
		.tv_sec = (time_t)(ns > 0 ? ns / 1000000000 : 0),
		.tv_nsec = (long)(ns > 0 ? ns % 1000000000 : 0),
	};
	int64_t end = now_ns() + ns;
	int ret = sigtimedwait(&pace->ends, NULL, &wait);

	while (ret < 0 && errno == EINTR && now_ns() < end)
		ret = sigtimedwait(&pace->ends, NULL,
				   &(struct timespec){ .tv_nsec = 10000000 });
	return ret > 0;
}

bool pace_wait(struct pace *pace)
{
	int64_t ended = now_ns();
	int64_t soonest = pace->started + PACE_COST * (ended - pace->started);

	pace->next += pace->every_ns;
	if (pace->next < soonest)
		pace->next = soonest;
	if (pace->for_ns && pace->next - pace->begin > pace->for_ns)
		return false;
	return !is_ended_within(pace, pace->next - ended);
}
