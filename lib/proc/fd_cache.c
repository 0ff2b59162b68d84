// SPDX-License-Identifier: LGPL-2.1-or-later
/* fd_cache.c - which processes' fds need not be read again */
#include "proc/internal.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define NOT_KEPT UINT32_MAX

int tm_fd_cache_new(struct tm_fd_cache **cache)
{
	struct tm_fd_cache *c = calloc(1, sizeof(*c));

	if (!c || tm_u64set_init(&c->inodes, 64) < 0) {
		free(c);
		return -ENOMEM;
	}
	*cache = c;
	return 0;
}

void tm_fd_cache_free(struct tm_fd_cache *cache)
{
	if (!cache)
		return;
	tm_fd_refs_deinit(&cache->refs);
	tm_u64set_deinit(&cache->inodes);
	free(cache->known);
	free(cache);
}

void tm_fd_cache_expire(struct tm_fd_cache *cache)
{
	if (cache)
		cache->read_ns = 0;
}

bool tm_fd_cache_begin(struct tm_fd_cache *cache)
{
	int64_t now = tm_now_ns(CLOCK_BOOTTIME);

	cache->partial = cache->read_ns &&
			 now - cache->read_ns < TM_FD_CACHE_NS;
	if (!cache->partial)
		cache->read_ns = now;
	return cache->partial;
}

static int compare_pids(const void *a, const void *b)
{
	const struct tm_fd_known *p = a, *q = b;

	return (p->pid > q->pid) - (p->pid < q->pid);
}

static const struct tm_fd_known *find(const struct tm_fd_known *known,
				      size_t count, uint32_t pid)
{
	const struct tm_fd_known key = { .pid = pid };

	return count ? bsearch(&key, known, count, sizeof(key), compare_pids)
		     : NULL;
}

bool tm_fd_cache_has(const struct tm_fd_cache *cache,
		     const struct tm_fd_known *process)
{
	const struct tm_fd_known *known;

	if (!cache)
		return false;
	known = find(cache->known, cache->count, process->pid);
	return known && known->inode == process->inode &&
	       known->fds == process->fds;
}

/* Puts the fd_refs of kept processes behind those of processes that were read.
 */
static int add_kept(const struct tm_fd_refs *from,
		    const struct tm_fd_known *known, size_t count,
		    struct tm_fd_refs *fd_refs)
{
	uint32_t *moved = malloc((from->process_count + 1) * sizeof(*moved));
	int ret = moved ? tm_fd_refs_reserve(fd_refs,
					     fd_refs->count + from->count)
			: -ENOMEM;

	for (size_t i = 0; ret == 0 && i < from->process_count; i++) {
		const struct tm_fd_known *process =
			find(known, count, from->process[i].pid);

		moved[i] = NOT_KEPT;
		if (process && process->kept)
			ret = tm_fd_refs_process(fd_refs, &from->process[i],
						 &moved[i]);
	}
	for (size_t i = 0; ret == 0 && i < from->count; i++)
		if (moved[from->fd_ref[i].process] != NOT_KEPT)
			ret = tm_fd_refs_add(fd_refs, from->fd_ref[i].inode,
					     moved[from->fd_ref[i].process]);
	free(moved);
	return ret;
}

/* The inodes that occur at least twice */
static int find_shared(const struct tm_fd_refs *refs, struct tm_u64set *shared)
{
	struct tm_u64set once;
	int ret = tm_u64set_init(&once, 64);

	if (ret < 0)
		return ret;
	ret = tm_u64set_reserve(&once, refs->count);
	for (size_t i = 0; ret == 0 && i < refs->count; i++) {
		uint64_t inode = refs->fd_ref[i].inode;

		ret = tm_u64set_add(
			tm_u64set_has(&once, inode) ? shared : &once, inode);
	}
	tm_u64set_deinit(&once);
	return ret;
}

/* Pids of those who hold a socket that others hold, too: it outlives theirs. */
static int find_sharers(const struct tm_fd_refs *refs, struct tm_u64set *pids)
{
	struct tm_u64set shared;
	int ret = tm_u64set_init(&shared, 64);

	if (ret < 0)
		return ret;
	ret = find_shared(refs, &shared);
	for (size_t i = 0; ret == 0 && i < refs->count; i++)
		if (tm_u64set_has(&shared, refs->fd_ref[i].inode))
			ret = tm_u64set_add(
				pids,
				refs->process[refs->fd_ref[i].process].pid);
	tm_u64set_deinit(&shared);
	return ret;
}

/*
 * The scan itself opens and closes fds: its own process is always read. Those
 * that hold what others hold are, too: where nothing was @read there are none.
 */
static int copy_known(struct tm_fd_cache *cache,
		      const struct tm_fd_known *known, size_t count, bool read)
{
	struct tm_u64set pids;
	int ret = tm_u64set_init(&pids, 64);

	if (ret < 0)
		return ret;
	if (read)
		ret = find_sharers(&cache->refs, &pids);
	if (ret == 0)
		ret = tm_u64set_add(&pids, (uint64_t)getpid());
	cache->count = 0;
	for (size_t i = 0; ret == 0 && i < count; i++)
		if (!tm_u64set_has(&pids, known[i].pid))
			ret = tm_append(cache->known, cache->count,
					cache->capacity, &known[i]);
	tm_u64set_deinit(&pids);
	return ret;
}

int tm_fd_cache_update(struct tm_fd_cache *cache, struct tm_fd_refs *fd_refs,
		       struct tm_fd_known *known, size_t count)
{
	bool read = !cache->partial || fd_refs->count;
	int ret = 0;

	if (count)
		qsort(known, count, sizeof(*known), compare_pids);
	if (cache->partial)
		ret = add_kept(&cache->refs, known, count, fd_refs);
	tm_fd_refs_deinit(&cache->refs);
	if (ret == 0)
		ret = tm_fd_refs_merge(&cache->refs, fd_refs);
	if (ret == 0)
		ret = copy_known(cache, known, count, read);
	if (ret < 0)
		tm_fd_cache_expire(cache);
	return ret;
}
