// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * collector.c - one look for all who ask at the same time
 *
 * A thread of its own looks: who asks can give up waiting at his deadline, and
 * the look goes on for the next one.
 */
#include "collector.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/*
 * struct collector - the answers of a source
 * @wanted: somebody waits for a look that has not begun
 * @busy: a look is under way
 * @finished: how many looks have ended
 * @begun_ns: when the last one began
 * @success: whether it succeeded
 * @last: of the last that did; NULL: there is none
 */
struct collector {
	struct source *source;
	int64_t min_interval_ns;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	bool wanted;
	bool busy;
	bool success;
	uint64_t finished;
	int64_t begun_ns;
	int64_t deadline_ns;
	struct answer *last;
};

struct answer *answer_ref(struct answer *answer)
{
	if (answer)
		__atomic_add_fetch(&answer->refs, 1, __ATOMIC_RELAXED);
	return answer;
}

void answer_unref(struct answer *answer)
{
	if (!answer ||
	    __atomic_sub_fetch(&answer->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (size_t i = 0; i < TEXT_COUNT; i++)
		free(answer->text[i]);
	free(answer);
}

/* One look; the lock is held before and after, and not meanwhile. */
static void look(struct collector *collector)
{
	struct answer *answer;
	int64_t deadline = collector->deadline_ns;

	collector->wanted = false;
	collector->busy = true;
	collector->begun_ns = metrics_clock(CLOCK_MONOTONIC);
	pthread_mutex_unlock(&collector->lock);
	answer = collector->source->next(collector->source, deadline);
	pthread_mutex_lock(&collector->lock);
	collector->busy = false;
	collector->finished++;
	collector->success = answer != NULL;
	if (answer) {
		answer_unref(collector->last);
		collector->last = answer;
	}
	pthread_cond_broadcast(&collector->changed);
}

static void *run(void *user)
{
	struct collector *collector = user;

	pthread_mutex_lock(&collector->lock);
	while (!collector->stopping) {
		if (collector->wanted)
			look(collector);
		else
			pthread_cond_wait(&collector->changed,
					  &collector->lock);
	}
	pthread_mutex_unlock(&collector->lock);
	return NULL;
}

struct collector *collector_new(struct source *source, int64_t min_interval_ns)
{
	struct collector *collector = calloc(1, sizeof(*collector));
	pthread_condattr_t monotonic;

	if (!collector)
		return NULL;
	collector->source = source;
	collector->min_interval_ns = min_interval_ns;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&collector->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&collector->lock, NULL);
	if (pthread_create(&collector->thread, NULL, run, collector)) {
		free(collector);
		return NULL;
	}
	return collector;
}

void collector_free(struct collector *collector)
{
	pthread_mutex_lock(&collector->lock);
	collector->stopping = true;
	pthread_cond_broadcast(&collector->changed);
	pthread_mutex_unlock(&collector->lock);
	pthread_join(collector->thread, NULL);
	pthread_mutex_destroy(&collector->lock);
	pthread_cond_destroy(&collector->changed);
	answer_unref(collector->last);
	free(collector);
}

/* The look that answers who asks now: the one under way, or the next. */
static uint64_t order_look(struct collector *collector, int64_t deadline_ns)
{
	if (!collector->busy && !collector->wanted) {
		collector->wanted = true;
		collector->deadline_ns = deadline_ns;
		pthread_cond_broadcast(&collector->changed);
	}
	return collector->finished + 1;
}

static bool is_fresh(const struct collector *collector)
{
	return collector->finished && !collector->busy &&
	       metrics_clock(CLOCK_MONOTONIC) - collector->begun_ns <
		       collector->min_interval_ns;
}

struct answer *collector_get(struct collector *collector, int64_t deadline_ns,
			     bool *success)
{
	struct timespec until = { .tv_sec = deadline_ns / NS_PER_SECOND,
				  .tv_nsec = deadline_ns % NS_PER_SECOND };
	struct answer *answer;
	uint64_t number;
	int late = 0;

	pthread_mutex_lock(&collector->lock);
	number = is_fresh(collector) ? collector->finished
				     : order_look(collector, deadline_ns);
	while (!late && collector->finished < number)
		late = pthread_cond_timedwait(&collector->changed,
					      &collector->lock, &until);
	*success = collector->finished >= number && collector->success;
	answer = answer_ref(collector->last);
	pthread_mutex_unlock(&collector->lock);
	return answer;
}
