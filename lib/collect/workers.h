/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* collect_workers.h - worker threads that walk namespaces side by side */
#ifndef TM_COLLECT_WORKERS_H
#define TM_COLLECT_WORKERS_H

#include "collect/dump_all.h"

/*
 * tm_workers_walk() - visits the namespaces with @count workers
 *
 * Return: as tm_walk().
 */
int tm_workers_walk(const struct tm_walk *walk, size_t count);

#endif
