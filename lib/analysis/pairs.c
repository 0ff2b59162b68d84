// SPDX-License-Identifier: LGPL-2.1-or-later
/* pairs.c - which socket, or row, of one snapshot is which of another */
#include "analysis/diff.h"

#include "base/hash.h"
#include "base/util.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Cookies are counted up from 1 at each boot: those of two boots mean nothing
 * to each other. Where a file does not tell its boot, the addresses have to
 * agree too.
 */
enum tcpmem_match tm_match(const struct tcpmem_snapshot *before,
			   const struct tcpmem_snapshot *after)
{
	if (!*before->clock.boot_id || !*after->clock.boot_id)
		return TCPMEM_MATCH_ADDRESS;
	if (strcmp(before->clock.boot_id, after->clock.boot_id) != 0)
		return TCPMEM_MATCH_NOTHING;
	return TCPMEM_MATCH_COOKIE;
}

/* Clocks that are set by less are no other clocks. */
#define SKEW_MIN_NS INT64_C(1000000000)

/* By how much the clock since boot is ahead in @after, and the wall clock not.
 */
static int64_t skew_of(const struct tm_pairs *pairs)
{
	const struct tm_clock *before = &pairs->before->clock;
	const struct tm_clock *after = &pairs->after->clock;

	if (pairs->match != TCPMEM_MATCH_COOKIE || !before->boottime_ns ||
	    !after->boottime_ns || !before->wall_ns || !after->wall_ns)
		return 0;
	return (after->boottime_ns - before->boottime_ns) -
	       (after->wall_ns - before->wall_ns);
}

/* Whether @ticks are as many as one clock is ahead, to the second. */
static bool is_skew(const struct tm_pairs *pairs, int64_t ticks)
{
	int64_t second = sysconf(_SC_CLK_TCK);
	int64_t skew = pairs->skew_ns / (1000000000 / second);
	int64_t apart;

	/* a capture may have any number for when a process was started */
	return !__builtin_sub_overflow(ticks, skew, &apart) &&
	       apart >= -second && apart <= second;
}

static int index_pids(const struct tm_pairs *pairs, struct tm_index *index)
{
	const struct tm_holders *holders = pairs->before->holders;
	size_t count = holders ? tm_holders_process_count(holders) : 0;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = tm_index_add(
			index,
			tm_hash(pairs->seed,
				tm_holders_get_process(holders, (uint32_t)i)
					->pid),
			(uint32_t)i);
	return ret;
}

/*
 * Return: whether a process of @index is @process by another clock; @same: it
 * is, by the same one
 */
static bool started_by_another_clock(const struct tm_pairs *pairs,
				     const struct tm_index *index,
				     const struct tcpmem_process *process,
				     bool *same)
{
	struct tm_index_walk walk = {
		.hash = tm_hash(pairs->seed, process->pid),
	};

	while (tm_index_next(index, &walk)) {
		const struct tcpmem_process *before = tm_holders_get_process(
			pairs->before->holders, walk.number);
		int64_t ahead =
			(int64_t)(process->start_time - before->start_time);

		*same |= tm_process_is(before, process);
		if (before->pid == process->pid &&
		    strcmp(before->comm, process->comm) == 0 &&
		    is_skew(pairs, ahead))
			return true;
	}
	return false;
}

/*
 * In another time namespace the clock since boot, and so when a process was
 * started, is another number; where the wall clock was set between the two, it
 * is the same. The processes of both tell which.
 */
static int compare_clocks(struct tm_pairs *pairs)
{
	const struct tm_holders *after = pairs->after->holders;
	size_t count = after ? tm_holders_process_count(after) : 0;
	int64_t skew_ns = skew_of(pairs);
	struct tm_index index = { 0 };
	bool same = false, other = false;
	int ret;

	if (llabs(skew_ns) < SKEW_MIN_NS)
		return 0;
	pairs->skew_ns = skew_ns;
	ret = index_pids(pairs, &index);
	for (size_t i = 0; ret == 0 && i < count; i++)
		other |= started_by_another_clock(
			pairs, &index,
			tm_holders_get_process(after, (uint32_t)i), &same);
	pairs->clock_unknown = !same && !other;
	if (!other || same)
		pairs->skew_ns = 0;
	tm_index_deinit(&index);
	return ret;
}

bool tm_pairs_same_process(const struct tm_pairs *pairs,
			   const struct tcpmem_process *a,
			   const struct tcpmem_process *b)
{
	if (pairs->match == TCPMEM_MATCH_NOTHING || a->pid != b->pid)
		return false;
	if (a->start_time == b->start_time)
		return true;
	return pairs->skew_ns &&
	       (is_skew(pairs, (int64_t)(a->start_time - b->start_time)) ||
		is_skew(pairs, (int64_t)(b->start_time - a->start_time)));
}

int tm_pairs_init(struct tm_pairs *pairs, const struct tcpmem_snapshot *before,
		  const struct tcpmem_snapshot *after)
{
	*pairs = (struct tm_pairs){
		.before = before,
		.after = after,
		.match = tm_match(before, after),
		/*
		 * cookies of a file may collide on purpose: the hash is seeded
		 */
		.seed = (uint32_t)tm_random_seed(),
	};
	pairs->met =
		calloc(before->sockets.count / 64 + 1, sizeof(*pairs->met));
	if (!pairs->met)
		return -ENOMEM;
	if (pairs->match == TCPMEM_MATCH_NOTHING)
		return 0;
	if (compare_clocks(pairs) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < before->sockets.count; i++) {
		uint64_t identity =
			tm_socket_identity(&before->sockets.sock[i]);

		if (identity &&
		    tm_index_add(&pairs->index, tm_hash(pairs->seed, identity),
				 (uint32_t)i) < 0)
			return -ENOMEM;
	}
	return 0;
}

void tm_pairs_deinit(struct tm_pairs *pairs)
{
	tm_index_deinit(&pairs->index);
	free(pairs->met);
}

static bool same_address(const struct tcpmem_socket *a,
			 const struct tcpmem_socket *b)
{
	return a->local_port == b->local_port &&
	       a->remote_port == b->remote_port &&
	       memcmp(a->local, b->local, sizeof(a->local)) == 0 &&
	       memcmp(a->remote, b->remote, sizeof(a->remote)) == 0;
}

/* An unknown namespace inode matches every namespace. */
static bool same_netns(const struct tm_pairs *pairs,
		       const struct tcpmem_socket *a,
		       const struct tcpmem_socket *b)
{
	uint64_t before = pairs->before->netns[a->netns].inode;
	uint64_t after = pairs->after->netns[b->netns].inode;

	return before == after || !before || !after;
}

static bool same(const struct tm_pairs *pairs, const struct tcpmem_socket *a,
		 const struct tcpmem_socket *b)
{
	return tm_socket_identity(a) == tm_socket_identity(b) &&
	       same_netns(pairs, a, b) &&
	       (pairs->match == TCPMEM_MATCH_COOKIE || same_address(a, b));
}

bool tm_pairs_met(const struct tm_pairs *pairs, size_t i)
{
	return pairs->met[i / 64] >> (i % 64) & 1;
}

const struct tcpmem_socket *tm_pairs_find(struct tm_pairs *pairs,
					  const struct tcpmem_socket *sock)
{
	struct tm_index_walk walk = {
		.hash = tm_hash(pairs->seed, tm_socket_identity(sock)),
	};

	while (tm_index_next(&pairs->index, &walk)) {
		const struct tcpmem_socket *before =
			&pairs->before->sockets.sock[walk.number];

		if (tm_pairs_met(pairs, walk.number) ||
		    !same(pairs, before, sock))
			continue;
		pairs->met[walk.number / 64] |= UINT64_C(1)
						<< (walk.number % 64);
		return before;
	}
	return NULL;
}

void tm_identify(const struct tcpmem_process *process, const char *key,
		 char id[TM_IDENTITY_SIZE])
{
	char name[64] = "";
	const char *at = NULL;

	if (process) {
		snprintf(name, sizeof(name), "%s[%" PRIu32 "]", process->comm,
			 process->pid);
		at = strstr(key, name);
	}
	if (at)
		snprintf(id, TM_IDENTITY_SIZE, "%.*s[%" PRIu32 "]%s",
			 (int)(at - key), key, process->pid, at + strlen(name));
	else
		snprintf(id, TM_IDENTITY_SIZE, "%s", key);
}

uint32_t tm_hash_text(uint32_t hash, const char *text)
{
	size_t left = strlen(text);
	uint64_t word;

	for (const char *at = text; left; at += sizeof(word)) {
		size_t len = left < sizeof(word) ? left : sizeof(word);

		word = 0;
		memcpy(&word, at, len);
		hash = tm_hash(hash, word);
		left -= len;
	}
	return hash;
}
