// SPDX-License-Identifier: LGPL-2.1-or-later
/* thread.c - looks, one after the other */
#include "thread.h"
#include "sample_timer.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

/* Looks take a tenth of the time of one CPU at most. */
#define SHARE 10

/* So long a look may go on when the screen ends. */
#define STOP_NS (NS_PER_S / 5)

static void wake(struct top_thread *thread)
{
	const uint64_t one = 1;

	if (write(thread->wake, &one, sizeof(one)) < 0)
		return; /* it is readable already */
}

/* Waits until @ns, a request, or the end; with the lock held */
static void wait_until(struct top_thread *thread, int64_t ns)
{
	const struct timespec until = { ns / NS_PER_S, ns % NS_PER_S };
	int ret = 0;

	while (!thread->stop && !thread->renewed && ret == 0)
		ret = ns == INT64_MAX
			      ? pthread_cond_wait(&thread->changed,
						  &thread->lock)
			      : pthread_cond_timedwait(&thread->changed,
						       &thread->lock, &until);
}

static void hand_over(struct top_thread *thread, struct top_look *look)
{
	top_look_put(thread->latest);
	thread->latest = look;
	wake(thread);
}

/* The interval that a look of this cost allows */
static int64_t interval(const struct top_thread *thread, int64_t cpu_ns)
{
	return cpu_ns * SHARE > thread->every_ns ? cpu_ns * SHARE
						 : thread->every_ns;
}

/* Filter number 0 is the command line's, and not freed here. */
static void free_filter(const struct top_request *request)
{
	if (request->filter_number)
		tcpmem_filter_free(request->filter);
}

/* The filter is this thread's until it takes a request with another. */
static void take_request(struct top_thread *thread, struct top_request *request)
{
	struct tcpmem_filter *filter = thread->wanted.filter;

	if (thread->wanted.filter_number == request->filter_number && !filter)
		filter = request->filter;
	else
		free_filter(request);
	*request = thread->wanted;
	request->filter = filter;
	thread->wanted.filter = NULL;
	thread->renewed = false;
}

/* One look, without the lock: what is wanted may change meanwhile. */
static int look_once(struct top_thread *thread, struct top_request *request)
{
	struct top_look *look = NULL;
	int ret;

	if (thread->renewed)
		take_request(thread, request);
	thread->looking = top_clock_ns();
	pthread_mutex_unlock(&thread->lock);
	ret = top_look_take(thread->source, request, &look);
	pthread_mutex_lock(&thread->lock);
	thread->looking = 0;
	thread->error = ret;
	if (ret == 0) {
		if (!look->totals)
			thread->interval_ns = interval(thread, look->cpu_ns);
		hand_over(thread, look);
	} else {
		wake(thread);
	}
	return ret;
}

/* However the thread ends, the screen is told. */
static void end(void *user)
{
	struct top_thread *thread = user;

	pthread_mutex_lock(&thread->lock);
	thread->looking = 0;
	thread->ended = true;
	wake(thread);
	pthread_mutex_unlock(&thread->lock);
}

static void *look_until_stopped(void *user)
{
	struct top_thread *thread = user;
	struct top_request request = { 0 };

	pthread_cleanup_push(end, thread);
	pthread_mutex_lock(&thread->lock);
	while (!thread->stop) {
		int64_t begun = top_clock_ns();
		int ret = look_once(thread, &request);

		/* a capture is read again only if something else is asked */
		if (ret == 0 && thread->latest && thread->latest->totals)
			continue;
		wait_until(thread, thread->source->name
					   ? INT64_MAX
					   : begun + thread->interval_ns);
	}
	pthread_mutex_unlock(&thread->lock);
	pthread_cleanup_pop(true);
	free_filter(&request);
	return NULL;
}

int top_thread_start(struct top_thread *thread, struct top_source *source,
		     int64_t every_ns, const struct top_request *request)
{
	*thread = (struct top_thread){
		.source = source,
		.every_ns = every_ns,
		.interval_ns = every_ns,
		.wanted = *request,
		.renewed = true,
		.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	if (thread->wake < 0)
		return -errno;
	pthread_mutex_init(&thread->lock, NULL);
	condition_init(&thread->changed);
	return -pthread_create(&thread->thread, NULL, look_until_stopped,
			       thread);
}

void top_thread_ask(struct top_thread *thread,
		    const struct top_request *request)
{
	struct tcpmem_filter *filter = NULL;

	pthread_mutex_lock(&thread->lock);
	if (request->filter_number != thread->wanted.filter_number)
		free_filter(&thread->wanted);
	else
		filter = thread->wanted.filter;
	thread->wanted = *request;
	if (filter)
		thread->wanted.filter = filter;
	thread->renewed = true;
	pthread_cond_signal(&thread->changed);
	pthread_mutex_unlock(&thread->lock);
}

void top_thread_set_every(struct top_thread *thread, int64_t every_ns)
{
	pthread_mutex_lock(&thread->lock);
	thread->every_ns = every_ns;
	thread->interval_ns = every_ns;
	pthread_mutex_unlock(&thread->lock);
}

struct top_look *top_thread_take(struct top_thread *thread,
				 struct top_status *status)
{
	struct top_look *look;
	uint64_t count;

	if (read(thread->wake, &count, sizeof(count)) < 0)
		count = 0; /* nothing is new but the time */
	pthread_mutex_lock(&thread->lock);
	look = thread->latest;
	thread->latest = NULL;
	status->every_ns = thread->every_ns;
	status->interval_ns = thread->interval_ns;
	status->looking_ns = thread->looking ? top_clock_ns() - thread->looking
					     : 0;
	status->error = thread->error;
	status->ended = thread->ended;
	pthread_mutex_unlock(&thread->lock);
	return look;
}

/* Return: whether it ended in time. */
static bool join(const struct top_thread *thread)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += STOP_NS;
	if (until.tv_nsec >= NS_PER_S) {
		until.tv_sec++;
		until.tv_nsec -= NS_PER_S;
	}
	return pthread_timedjoin_np(thread->thread, NULL, &until) == 0;
}

bool top_thread_stop(struct top_thread *thread)
{
	pthread_mutex_lock(&thread->lock);
	thread->stop = true;
	pthread_cond_signal(&thread->changed);
	pthread_mutex_unlock(&thread->lock);
	if (!join(thread))
		return false;
	top_look_put(thread->latest);
	free_filter(&thread->wanted);
	close(thread->wake);
	pthread_cond_destroy(&thread->changed);
	pthread_mutex_destroy(&thread->lock);
	return true;
}
