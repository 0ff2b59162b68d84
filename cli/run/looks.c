// SPDX-License-Identifier: LGPL-2.1-or-later
/* looks.c - looks at a command's sockets */
#include "looks.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/*
 * Looking may take a twentieth of the time, and this much at once: most
 * commands are short. The first looks are close, later ones as far apart as
 * was asked for.
 */
#define BURST_NS     (100 * NS_PER_MS)
#define SHARE	     20
#define PAUSE_MIN_NS (5 * NS_PER_MS)
#define PAUSE_NS     (100 * NS_PER_MS)
#define PAUSE_GROWTH 10

int64_t looks_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* When the next look is due. */
static int64_t next(const struct looks *looks)
{
	int64_t most = looks->every_ns ? looks->every_ns : PAUSE_NS;
	int64_t pause = (looks->looked - looks->begin) / PAUSE_GROWTH;
	int64_t over = looks->spent - BURST_NS -
		       (looks->looked - looks->begin) / SHARE;

	if (pause < PAUSE_MIN_NS)
		pause = PAUSE_MIN_NS;
	if (pause > most)
		pause = most;
	if (over > 0 && over * SHARE > pause)
		pause = over * SHARE;
	return looks->looked + pause;
}

static void look(struct looks *looks)
{
	struct tcpmem_snapshot *snap;
	int64_t begin = looks_now();

	looks->error = tcpmem_sampler_next(looks->sampler, &snap);
	if (looks->error == 0) {
		looks->error = tcpmem_tree_add(looks->tree, snap);
		tcpmem_snapshot_free(looks->last);
		looks->last = snap;
	}
	looks->looked = looks_now();
	looks->spent += looks->looked - begin;
}

/* Waits until then. Return: false if it is over before. */
static bool wait_until(struct looks *looks, int64_t ns)
{
	struct timespec until = { ns / NS_PER_S, ns % NS_PER_S };
	bool stop;
	int ret = 0;

	pthread_mutex_lock(&looks->lock);
	while (!looks->stop && ret == 0)
		ret = pthread_cond_timedwait(&looks->stopped, &looks->lock,
					     &until);
	stop = looks->stop;
	pthread_mutex_unlock(&looks->lock);
	return !stop;
}

static void *look_on(void *user)
{
	struct looks *looks = user;

	while (wait_until(looks, next(looks)))
		look(looks);
	return NULL;
}

/* What is there before the command is. */
static int look_before(struct looks *looks)
{
	struct tcpmem_snapshot *snap;
	int ret = tcpmem_sampler_next(looks->sampler, &snap);

	if (ret)
		return ret;
	ret = tcpmem_tree_begin(looks->tree, snap);
	tcpmem_snapshot_free(snap);
	return ret;
}

int looks_open(struct looks *looks, struct ask *ask, int64_t every_ns)
{
	pthread_condattr_t attr;
	int ret;

	*looks = (struct looks){ .every_ns = every_ns };
	pthread_mutex_init(&looks->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&looks->stopped, &attr);
	pthread_condattr_destroy(&attr);
	ret = tcpmem_tree_new(ask->ctx, (uint32_t)getpid(), &looks->tree);
	if (ret == 0)
		ret = tcpmem_sampler_new(ask->ctx, ask->query, &looks->sampler);
	return ret ? ret : look_before(looks);
}

void looks_close(struct looks *looks)
{
	tcpmem_tree_free(looks->tree);
	tcpmem_sampler_free(looks->sampler);
	tcpmem_snapshot_free(looks->last);
	pthread_cond_destroy(&looks->stopped);
	pthread_mutex_destroy(&looks->lock);
}

int looks_start(struct looks *looks)
{
	looks->looked = looks->begin = looks_now();
	return -pthread_create(&looks->thread, NULL, look_on, looks);
}

void looks_end(struct looks *looks)
{
	pthread_mutex_lock(&looks->lock);
	looks->stop = true;
	pthread_cond_signal(&looks->stopped);
	pthread_mutex_unlock(&looks->lock);
	pthread_join(looks->thread, NULL);
	look(looks);
}
