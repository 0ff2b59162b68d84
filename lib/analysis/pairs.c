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

/*
 * Cookies are counted up from 1 at each boot: those of two boots mean nothing
 * to each other. Where a file does not tell its boot, the addresses have to
 * agree too.
 */
static enum tcpmem_match how(const struct tcpmem_snapshot *before,
			     const struct tcpmem_snapshot *after)
{
	if (!*before->clock.boot_id || !*after->clock.boot_id)
		return TCPMEM_MATCH_ADDRESS;
	if (strcmp(before->clock.boot_id, after->clock.boot_id) != 0)
		return TCPMEM_MATCH_NOTHING;
	return TCPMEM_MATCH_COOKIE;
}

int tm_pairs_init(struct tm_pairs *pairs, const struct tcpmem_snapshot *before,
		  const struct tcpmem_snapshot *after)
{
	*pairs = (struct tm_pairs){
		.before = before,
		.after = after,
		.match = how(before, after),
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
