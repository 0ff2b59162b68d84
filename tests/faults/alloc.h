/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alloc.h - the allocations of the command are counted, and one is refused
 *
 * alloc.c stands before the functions of libc and sanitizers that allocate.
 */
#ifndef TM_FAULTS_ALLOC_H
#define TM_FAULTS_ALLOC_H

#include <stdbool.h>

/*
 * struct faults_alloc - how allocations are counted
 * @counts: whether they are, now
 * @counted: how many were
 * @refused: which one fails; 0: none
 * @looks_for_callers: backtrace(3) was called before; else, if it has to load a
 *	library, a leak of that is a sanitizer's finding
 * @on_refused: is told where that was made; may be NULL
 * @on_counted: is told of each one's number; may be NULL
 */
struct faults_alloc {
	bool counts;
	unsigned long counted;
	unsigned long refused;
	bool looks_for_callers;
	void (*on_refused)(const char *where);
	void (*on_counted)(unsigned long number);
};

extern struct faults_alloc faults_alloc;

/* faults_begin() - counts from now on; faults_stop() - no more. */
void faults_begin(void);
void faults_stop(void);

#endif
