/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fd_tables.h - which threads of a process have an fd table of their own
 *
 * Threads share one table unless a thread unshared it. kcmp(2) orders the
 * tables of two threads, so that each table is read once however many threads
 * have it.
 */
#ifndef TM_READ_FD_TABLES_H
#define TM_READ_FD_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One thread for each table that was met, in kcmp's order. */
struct tm_fd_tables {
	uint32_t *tid;
	size_t count, capacity;
};

/*
 * tm_fd_tables_meet() - notes the table of thread @tid
 *
 * Where kcmp fails, as it may under seccomp or when the thread ends, its
 * table counts as new: it is better read twice than missed.
 *
 * Return: 1 if the table is new, 0 if a thread met before has it, or -ENOMEM.
 */
int tm_fd_tables_meet(struct tm_fd_tables *tables, uint32_t tid);

/* tm_fd_tables_clear() - forgets them for the next process */
void tm_fd_tables_clear(struct tm_fd_tables *tables);
void tm_fd_tables_deinit(struct tm_fd_tables *tables);

#endif
