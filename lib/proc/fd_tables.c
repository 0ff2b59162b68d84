// SPDX-License-Identifier: LGPL-2.1-or-later
/* fd_tables.c - which threads of a process have an fd table of their own */
#include "proc/internal.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"

/* kcmp's answers about the first of two resources */
enum {
	KCMP_EQUAL,
	KCMP_LESS,
	KCMP_GREATER,
};

static long compare(uint32_t a, uint32_t b)
{
	return syscall(SYS_kcmp, a, b, KCMP_FILES, 0, 0);
}

static int insert(struct tm_fd_tables *tables, size_t at, uint32_t tid)
{
	uint32_t *moved = tm_grow(tables->tid, tables->count, &tables->capacity,
				  sizeof(*moved));

	if (!moved)
		return -ENOMEM;
	tables->tid = moved;
	memmove(moved + at + 1, moved + at,
		(tables->count - at) * sizeof(*moved));
	moved[at] = tid;
	tables->count++;
	return 1;
}

int tm_fd_tables_meet(struct tm_fd_tables *tables, uint32_t tid)
{
	size_t low = 0, high = tables->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		switch (compare(tid, tables->tid[middle])) {
		case KCMP_EQUAL:
			return 0;
		case KCMP_LESS:
			high = middle;
			break;
		case KCMP_GREATER:
			low = middle + 1;
			break;
		default:
			return 1;
		}
	}
	return insert(tables, low, tid);
}

void tm_fd_tables_clear(struct tm_fd_tables *tables)
{
	tables->count = 0;
}

void tm_fd_tables_deinit(struct tm_fd_tables *tables)
{
	free(tables->tid);
	*tables = (struct tm_fd_tables){ 0 };
}
