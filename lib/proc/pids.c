// SPDX-License-Identifier: LGPL-2.1-or-later
/* pids.c - the processes in /proc for threads that read them, and fd tables */
#include "proc/internal.h"

#include "base/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int tm_scan_state_init(struct tm_scan_state *round)
{
	memset(round, 0, sizeof(*round));
	if (tm_u64set_init(&round->late, 64) < 0)
		return -ENOMEM;
	pthread_mutex_init(&round->lock, NULL);
	return 0;
}

void tm_scan_state_deinit(struct tm_scan_state *round)
{
	pthread_mutex_destroy(&round->lock);
	tm_u64set_deinit(&round->late);
}

static void set(struct tm_scan_state *round, bool *flag)
{
	pthread_mutex_lock(&round->lock);
	*flag = true;
	pthread_mutex_unlock(&round->lock);
}

void tm_scan_state_mark_dumped(struct tm_scan_state *round)
{
	set(round, &round->finished);
}

void tm_scan_state_cancel(struct tm_scan_state *round)
{
	set(round, &round->cancelled);
}

static int add(struct tm_pids *pids, const char *name)
{
	uint32_t pid = tm_parse_pid(name);

	if (!pid || (pids->round && tm_u64set_has(&pids->round->late, pid)))
		return 0;
	return tm_append(pids->pid, pids->count, pids->capacity, &pid);
}

static int list(struct tm_pids *pids, struct tm_dir *dir)
{
	const struct dirent *entry;
	int ret;

	while ((ret = tm_dir_next(dir, &entry)) > 0) {
		ret = add(pids, entry->d_name);
		if (ret < 0)
			break;
	}
	return ret;
}

int tm_pids_open(struct tm_pids *pids, const char *root,
		 struct tm_scan_state *round)
{
	struct tm_dir *dir = malloc(sizeof(*dir));
	int ret = -ENOMEM;

	memset(pids, 0, sizeof(*pids));
	pids->round = round;
	pids->proc = -1;
	if (dir)
		ret = tm_dir_open(dir, AT_FDCWD, root);
	if (ret == 0) {
		pids->proc = dir->fd;
		ret = list(pids, dir);
	}
	free(dir);
	if (ret < 0)
		tm_pids_close(pids);
	return ret;
}

void tm_pids_close(struct tm_pids *pids)
{
	if (pids->proc >= 0)
		close(pids->proc);
	free(pids->pid);
}

/* Return: whether @pid may be read; notes it if it is read late. */
static bool begin(struct tm_scan_state *round, uint32_t pid)
{
	bool wanted;

	pthread_mutex_lock(&round->lock);
	wanted = !round->cancelled;
	/* without memory to note it, the process is read again */
	if (wanted && round->finished && !round->repeats)
		tm_u64set_add(&round->late, pid);
	pthread_mutex_unlock(&round->lock);
	return wanted;
}

uint32_t tm_pids_next(struct tm_pids *pids)
{
	size_t at = __atomic_fetch_add(&pids->next, 1, __ATOMIC_RELAXED);
	uint32_t pid = at < pids->count ? pids->pid[at] : 0;

	if (pid && pids->round && !begin(pids->round, pid))
		return 0;
	return pid;
}

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

/* st_nlink of a directory is 2 + its subdirectories. */
bool tm_proc_is_single(int dir, const char *task)
{
	struct stat st;

	return fstatat(dir, task, &st, 0) == 0 && st.st_nlink == 3;
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

/* ---- which processes descend from one ---- */

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

/* Return: 1 if the process descends from the ancestor, 0 if not, -ENOENT. */
static int recall(const struct tm_descendants *descendants, uint64_t key)
{
	if (tm_u64set_has(&descendants->ours, key))
		return 1;
	return tm_u64set_has(&descendants->others, key) ? 0 : -ENOENT;
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
		int known;

		if (step == STEPS_MAX || read_stat(proc, pid, &stat) < 0 ||
		    (step == 0 && stat.start_time != start_time))
			return -ESRCH;
		key = key_of(pid, stat.start_time);
		known = recall(descendants, key);
		if (known >= 0)
			return known;
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
