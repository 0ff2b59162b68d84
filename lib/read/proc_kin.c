// SPDX-License-Identifier: LGPL-2.1-or-later
/* proc_kin.c - which processes descend from one */
#include "read/proc_kin.h"

#include "read/proc_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLOTS 64

/* The kernel's PID_MAX_LIMIT; ticks fill the rest in a thousand years. */
#define PID_BITS 22

/* Of a longer line of ancestors only the young end is remembered. */
#define LINE_MAX 64

/* Pids that are used again while they are read could lead in a circle. */
#define STEPS_MAX 4096

/* A parent that ends while it is looked for leaves its children to another. */
#define TRIES_MAX 3

static uint64_t key_of(uint32_t pid, uint64_t start_time)
{
	return start_time << PID_BITS | pid;
}

int tm_kin_init(struct tm_kin *kin, uint32_t ancestor)
{
	int ret;

	memset(kin, 0, sizeof(*kin));
	kin->ancestor = ancestor;
	ret = tm_u64set_init(&kin->ours, SLOTS);
	if (ret == 0)
		ret = tm_u64set_init(&kin->others, SLOTS);
	if (ret)
		tm_kin_deinit(kin);
	return ret;
}

void tm_kin_deinit(struct tm_kin *kin)
{
	tm_u64set_deinit(&kin->ours);
	tm_u64set_deinit(&kin->others);
}

/* Those that lead from a process up to one of which it is known. */
struct line {
	uint64_t key[LINE_MAX];
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
static int climb(const struct tm_kin *kin, int proc, uint32_t pid,
		 uint64_t start_time, struct line *line)
{
	struct tm_proc_stat stat;

	line->count = 0;
	for (int step = 0; pid && pid != kin->ancestor; step++) {
		uint64_t key;

		if (step == STEPS_MAX || read_stat(proc, pid, &stat) < 0)
			return -ESRCH;
		if (step == 0 && stat.start_time != start_time)
			return -ESRCH;
		key = key_of(pid, stat.start_time);
		if (tm_u64set_has(&kin->ours, key))
			return 1;
		if (tm_u64set_has(&kin->others, key))
			return 0;
		if (line->count < LINE_MAX)
			line->key[line->count++] = key;
		pid = stat.parent;
	}
	return pid != 0;
}

static int look_up(struct tm_kin *kin, int proc, uint32_t pid,
		   uint64_t start_time)
{
	struct line line;
	int found = -ESRCH;

	for (int i = 0; found < 0 && i < TRIES_MAX; i++)
		found = climb(kin, proc, pid, start_time, &line);
	if (found < 0)
		return 0;
	for (size_t i = 0; i < line.count; i++)
		if (tm_u64set_add(found ? &kin->ours : &kin->others,
				  line.key[i]) < 0)
			return -ENOMEM;
	return found;
}

int tm_kin_has(struct tm_kin *kin, const struct tcpmem_ctx *ctx, uint32_t pid,
	       uint64_t start_time)
{
	uint64_t key = key_of(pid, start_time);
	int proc, ret;

	if (pid == kin->ancestor || tm_u64set_has(&kin->others, key))
		return 0;
	if (tm_u64set_has(&kin->ours, key))
		return 1;
	proc = open(ctx->proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return -errno;
	ret = look_up(kin, proc, pid, start_time);
	close(proc);
	return ret;
}
