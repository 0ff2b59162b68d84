// SPDX-License-Identifier: LGPL-2.1-or-later
/* progress.c - a line on the terminal while something takes its time */
#include "progress.h"
#include "sample_timer.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Until @until, or until it is to stop */
static void sleep_until(struct progress *progress, const struct timespec *until)
{
	while (!progress->stop &&
	       pthread_cond_timedwait(&progress->ended, &progress->lock,
				      until) == 0)
		continue;
}

/* What is done within a second needs no line. */
static void *tell(void *user)
{
	struct progress *progress = user;
	struct timespec until;
	int seconds = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	pthread_mutex_lock(&progress->lock);
	while (!progress->stop) {
		until.tv_sec++;
		sleep_until(progress, &until);
		if (!progress->stop)
			fprintf(stderr, "\r\033[K%s, %d s; Ctrl-C ends it",
				progress->what, ++seconds);
	}
	if (seconds)
		fputs("\r\033[K", stderr);
	pthread_mutex_unlock(&progress->lock);
	return NULL;
}

void progress_begin(struct progress *progress, const char *what)
{
	*progress = (struct progress){ .what = what };
	if (!isatty(STDERR_FILENO))
		return;
	pthread_mutex_init(&progress->lock, NULL);
	condition_init(&progress->ended);
	progress->runs =
		pthread_create(&progress->thread, NULL, tell, progress) == 0;
}

void progress_end(struct progress *progress)
{
	int error = errno;

	if (!progress->runs)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->stop = true;
	pthread_cond_signal(&progress->ended);
	pthread_mutex_unlock(&progress->lock);
	pthread_join(progress->thread, NULL);
	pthread_cond_destroy(&progress->ended);
	pthread_mutex_destroy(&progress->lock);
	progress->runs = false;
	errno = error;
}
