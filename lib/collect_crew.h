/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* collect_crew.h - helper threads that walk namespaces side by side */
#ifndef TM_COLLECT_CREW_H
#define TM_COLLECT_CREW_H

#include "collect_walk.h"

/*
 * tm_crew_walk() - visits the namespaces with @count helpers
 *
 * Return: as tm_walk().
 */
int tm_crew_walk(const struct tm_walk *walk, size_t count);

#endif
