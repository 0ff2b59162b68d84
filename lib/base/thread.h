/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* thread.h - helper threads */
#ifndef TM_BASE_THREAD_H
#define TM_BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

/*
 * tm_thread_start() - starts a thread that no signal reaches
 *
 * The program's handlers run in its own threads.
 *
 * Return: 0, or -EAGAIN.
 */
int tm_thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

/* tm_thread_cpus() - how many threads can run at once; at least 1 */
size_t tm_thread_cpus(void);

#endif
