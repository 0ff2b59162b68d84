// SPDX-License-Identifier: LGPL-2.1-or-later
/* descendants.c - which processes descend from one */
#include "proc/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLOTS 64

/* The kernel's PID_MAX_LIMIT; ticks fill the rest in a thousand years. */
#define PID_BITS 22

/* Ancestors remembered per process; older ones are dropped. */
#define ANCESTORS_MAX 64

/* Bound on ancestors: pids reused while reading may form a cycle. */
#define STEPS_MAX 4096

/* Retries after a parent ended: its children were reparented. */
#define TRIES_MAX 3

static uint64_t key_of(uint32_t pid, uint64_t start_time)
{
	return start_time << PID_BITS | pid;
}

int tm_descendants_init(struct tm_descendants *descendants, uint32_t ancestor)
{
	int ret;

	memset(descendants, 0, sizeof(*descendants));
	descendants->ancestor = ancestor;
	ret = tm_u64set_init(&descendants->ours, SLOTS);
	if (ret == 0)
		ret = tm_u64set_init(&descendants->others, SLOTS);
	if (ret)
		tm_descendants_deinit(descendants);
	return ret;
}

void tm_descendants_deinit(struct tm_descendants *descendants)
{
	tm_u64set_deinit(&descendants->ours);
	tm_u64set_deinit(&descendants->others);
}

/* Those that lead from a process up to one of which it is known. */
struct line {
	uint64_t key[ANCESTORS_MAX];
	size_t count;
};

static int read_stat(int proc, uint32_t pid, struct tm_proc_stat *stat)
{
	char path[32];

	snprintf(path, sizeof(path), "%" PRIu32 "/stat", pid);
	return tm_proc_stat_read(proc, path, stat);
}

/*
 * Return: 1 if the line ends at the ancestor or one of its descendants, 0 if
 * elsewhere, -ESRCH if somebody in it ended meanwhile, so that nothing is
 * known.
 */
static int walk_ancestors(const struct tm_descendants *descendants, int proc,
			  uint32_t pid, uint64_t start_time, struct line *line)
{
	struct tm_proc_stat stat;

	line->count = 0;
	for (int step = 0; pid && pid != descendants->ancestor; step++) {
		uint64_t key;

		if (step == STEPS_MAX || read_stat(proc, pid, &stat) < 0)
			return -ESRCH;
		if (step == 0 && stat.start_time != start_time)
			return -ESRCH;
		key = key_of(pid, stat.start_time);
		if (tm_u64set_has(&descendants->ours, key))
			return 1;
		if (tm_u64set_has(&descendants->others, key))
			return 0;
		if (line->count < ANCESTORS_MAX)
			line->key[line->count++] = key;
		pid = stat.parent;
	}
	return pid != 0;
}

static int look_up(struct tm_descendants *descendants, int proc, uint32_t pid,
		   uint64_t start_time)
{
	struct line line;
	int found = -ESRCH;

	for (int i = 0; found < 0 && i < TRIES_MAX; i++)
		found = walk_ancestors(descendants, proc, pid, start_time,
				       &line);
	if (found < 0)
		return 0;
	for (size_t i = 0; i < line.count; i++)
		if (tm_u64set_add(found ? &descendants->ours
					: &descendants->others,
				  line.key[i]) < 0)
			return -ENOMEM;
	return found;
}

int tm_descendants_has(struct tm_descendants *descendants,
		       const struct tcpmem_ctx *ctx, uint32_t pid,
		       uint64_t start_time)
{
	uint64_t key = key_of(pid, start_time);
	int proc, ret;

	if (pid == descendants->ancestor ||
	    tm_u64set_has(&descendants->others, key))
		return 0;
	if (tm_u64set_has(&descendants->ours, key))
		return 1;
	proc = open(ctx->proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return -errno;
	ret = look_up(descendants, proc, pid, start_time);
	close(proc);
	return ret;
}
