// SPDX-License-Identifier: LGPL-2.1-or-later
/* holders.c - who holds which socket inode */
#include "model/holders.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/util.h"
#include "model/socket.h"

#define SLOTS_MIN 64

struct slot {
	uint32_t inode; /* 0 is free */
	uint32_t holder;
};

struct tm_holders {
	bool closed;
	struct slot *slot;
	size_t slots, used;
	uint64_t seed;
	struct tcpmem_process *process;
	size_t process_count, process_capacity;
	struct tm_holder_sets holder_sets; /* until finish */
	struct tm_blobs sets; /* arrays of indices; from finish on */
};

int tm_holders_new(bool closed, struct tm_holders **holders)
{
	struct tm_holders *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->slots = SLOTS_MIN;
	h->slot = calloc(h->slots, sizeof(*h->slot));
	if (!h->slot) {
		free(h);
		return -ENOMEM;
	}
	h->closed = closed;
	h->seed = tm_random_seed();
	*holders = h;
	return 0;
}

void tm_holders_free(struct tm_holders *holders)
{
	if (!holders)
		return;
	free(holders->slot);
	free(holders->process);
	tm_holder_sets_deinit(&holders->holder_sets);
	tm_blobs_deinit(&holders->sets);
	free(holders);
}

static size_t place_of(const struct tm_holders *holders, uint32_t inode)
{
	uint64_t hash = tm_hash(0, inode * holders->seed);

	return (size_t)(hash * holders->slots >> 32);
}

void tm_holders_prefetch(const struct tm_holders *holders, uint32_t inode)
{
	__builtin_prefetch(&holders->slot[place_of(holders, inode)], 1);
}

size_t tm_holders_count(const struct tm_holders *holders)
{
	return holders->used;
}

/* The slot of @inode, or the free one that it belongs in. */
static struct slot *find(const struct tm_holders *holders, uint32_t inode)
{
	size_t at = place_of(holders, inode);

	while (holders->slot[at].inode && holders->slot[at].inode != inode)
		if (++at == holders->slots)
			at = 0;
	return &holders->slot[at];
}

static int resize(struct tm_holders *holders, size_t slots)
{
	struct tm_holders more = *holders;

	more.slots = slots;
	more.slot = calloc(slots, sizeof(*more.slot));
	if (!more.slot)
		return -ENOMEM;
	tm_advise_large(more.slot, slots * sizeof(*more.slot));
	for (size_t i = 0; i < holders->slots; i++)
		if (holders->slot[i].inode)
			*find(&more, holders->slot[i].inode) = holders->slot[i];
	free(holders->slot);
	*holders = more;
	return 0;
}

int tm_holders_reserve(struct tm_holders *holders, size_t inodes)
{
	size_t slots = inodes / 3 * 4 + SLOTS_MIN;

	return slots > holders->slots ? resize(holders, slots) : 0;
}

/*
 * By half, not by two: with a load between 0.5 and 0.75, 16 bytes an inode
 * are the most that it takes.
 */
static int grow(struct tm_holders *holders)
{
	return resize(holders, holders->slots + holders->slots / 2);
}

/* Puts @inode in if it is not there; it is not 0. */
static int put(struct tm_holders *holders, uint32_t inode, struct slot **slot)
{
	struct slot *s = find(holders, inode);

	if (!s->inode) {
		if (holders->used >= holders->slots / 4 * 3) {
			if (grow(holders) < 0)
				return -ENOMEM;
			s = find(holders, inode);
		}
		s->inode = inode;
		holders->used++;
	}
	*slot = s;
	return 0;
}

int tm_holders_add_once(struct tm_holders *holders, uint32_t inode)
{
	size_t used = holders->used;
	struct slot *slot;

	if (put(holders, inode, &slot) < 0)
		return -ENOMEM;
	return holders->used != used;
}

int tm_holders_expect(struct tm_holders *holders, uint32_t inode)
{
	struct slot *slot;

	return inode ? put(holders, inode, &slot) : 0;
}

int tm_holders_process(struct tm_holders *holders,
		       const struct tcpmem_process *process, uint32_t *index)
{
	*index = (uint32_t)holders->process_count;
	return tm_append(holders->process, holders->process_count,
			 holders->process_capacity, process);
}

bool tm_holders_wants(const struct tm_holders *holders, uint32_t inode)
{
	return inode && (!holders->closed || find(holders, inode)->inode);
}

int tm_holders_add(struct tm_holders *holders, uint32_t inode, uint32_t index)
{
	struct slot *slot = find(holders, inode);

	if (!inode || (holders->closed && !slot->inode))
		return 0;
	if (!slot->inode && put(holders, inode, &slot) < 0)
		return -ENOMEM;
	return tm_holder_sets_extend(&holders->holder_sets, slot->holder, index,
				     &slot->holder);
}

int tm_holders_missing(const struct tm_holders *holders,
		       struct tm_u64set *inodes)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < holders->slots; i++)
		if (holders->slot[i].inode && !holders->slot[i].holder)
			ret = tm_u64set_add(inodes, holders->slot[i].inode);
	return ret;
}

int tm_holders_inodes(const struct tm_holders *holders,
		      const struct tm_u64set *known, struct tm_u64set *inodes)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < holders->slots; i++) {
		uint32_t inode = holders->slot[i].inode;

		if (known && i + TM_AHEAD < holders->slots)
			tm_u64set_prefetch(known,
					   holders->slot[i + TM_AHEAD].inode);
		if (inode && !(known && tm_u64set_has(known, inode)))
			ret = tm_u64set_add(inodes, inode);
	}
	return ret;
}

/* A total order also for processes with one pid. */
static int compare_processes(const void *a, const void *b, void *user)
{
	const struct tm_holders *holders = user;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	uint32_t p = holders->process[i].pid, q = holders->process[j].pid;

	return p != q ? (p > q) - (p < q) : (i > j) - (i < j);
}

/* The set of @count processes that may repeat; they are sorted in place. */
static int intern(struct tm_holders *holders, uint32_t *member, size_t count,
		  uint32_t *holder)
{
	size_t kept = 1;
	uint32_t number;

	qsort_r(member, count, sizeof(*member), compare_processes, holders);
	for (size_t i = 1; i < count; i++)
		if (member[i] != member[kept - 1])
			member[kept++] = member[i];
	if (kept == 1) {
		*holder = member[0] + 1;
		return 0;
	}
	if (tm_blobs_intern(&holders->sets, member, kept * sizeof(*member),
			    &number) < 0)
		return -ENOMEM;
	*holder = TM_HOLDER_SHARED | number;
	return 0;
}

static int intern_link(struct tm_holders *holders, uint32_t at,
		       uint32_t *holder)
{
	size_t count = holders->holder_sets.link[at].count;
	uint32_t *member = reallocarray(NULL, count, sizeof(*member));
	int ret;

	if (!member)
		return -ENOMEM;
	tm_holder_sets_members(&holders->holder_sets, at, member);
	ret = intern(holders, member, count, holder);
	free(member);
	return ret;
}

/*
 * Only links that an inode ends in become sets: those that it passed through
 * stand for nobody.
 */
static int intern_links(struct tm_holders *holders, uint32_t *set_of)
{
	for (size_t i = 0; i < holders->slots; i++)
		if (holders->slot[i].holder & TM_HOLDER_SHARED)
			set_of[holders->slot[i].holder & ~TM_HOLDER_SHARED] = 1;
	for (size_t i = 0; i < holders->holder_sets.count; i++)
		if (set_of[i] &&
		    intern_link(holders, (uint32_t)i, &set_of[i]) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < holders->slots; i++) {
		uint32_t *holder = &holders->slot[i].holder;

		if (*holder & TM_HOLDER_SHARED)
			*holder = set_of[*holder & ~TM_HOLDER_SHARED];
	}
	return 0;
}

int tm_holders_finish(struct tm_holders *holders)
{
	uint32_t *set_of;
	int ret;

	if (!holders->holder_sets.count)
		return 0;
	set_of = calloc(holders->holder_sets.count, sizeof(*set_of));
	if (!set_of)
		return -ENOMEM;
	ret = intern_links(holders, set_of);
	free(set_of);
	if (ret < 0)
		return ret;
	tm_holder_sets_deinit(&holders->holder_sets);
	return 0;
}

uint32_t tm_holders_find(const struct tm_holders *holders, uint32_t inode)
{
	return inode ? find(holders, inode)->holder : TM_HOLDER_NONE;
}

int tm_holders_each(const struct tm_holders *holders,
		    int (*fn)(uint32_t inode, uint32_t holder, void *user),
		    void *user)
{
	for (size_t i = 0; i < holders->slots; i++) {
		const struct slot *slot = &holders->slot[i];
		int ret = 0;

		if (slot->holder)
			ret = fn(slot->inode, slot->holder, user);
		if (ret)
			return ret;
	}
	return 0;
}

static int compare_holders(const void *a, const void *b)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;

	return (i > j) - (i < j);
}

/* Sorts the holders, drops repeats and 0 (nobody). */
static size_t distinct_holders(uint32_t *part, size_t count)
{
	size_t kept = 0;

	if (count)
		qsort(part, count, sizeof(*part), compare_holders);
	for (size_t i = 0; i < count; i++)
		if (part[i] && (!kept || part[i] != part[kept - 1]))
			part[kept++] = part[i];
	return kept;
}

static void put_members(const struct tm_holders *holders, const uint32_t *part,
			size_t count, uint32_t *member)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < tm_holder_count(holders, part[i]); j++)
			*member++ = tm_holder_get(holders, part[i], j);
}

int tm_holders_union(struct tm_holders *holders, uint32_t *part, size_t count,
		     uint32_t *holder)
{
	size_t total = 0;
	uint32_t *member;
	int ret;

	count = distinct_holders(part, count);
	if (count < 2) {
		*holder = count ? part[0] : TM_HOLDER_NONE;
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		total += tm_holder_count(holders, part[i]);
	member = reallocarray(NULL, total, sizeof(*member));
	if (!member)
		return -ENOMEM;
	put_members(holders, part, count, member);
	ret = intern(holders, member, total, holder);
	free(member);
	return ret;
}

size_t tm_holder_count(const struct tm_holders *holders, uint32_t holder)
{
	if (holder & TM_HOLDER_SHARED)
		return holders->sets.blob[holder & ~TM_HOLDER_SHARED].len /
		       sizeof(uint32_t);
	return holder ? 1 : 0;
}

uint32_t tm_holder_get(const struct tm_holders *holders, uint32_t holder,
		       size_t i)
{
	const char *members;
	uint32_t index;

	if (!(holder & TM_HOLDER_SHARED))
		return holder - 1;
	members = tm_blobs_get(&holders->sets, holder & ~TM_HOLDER_SHARED);
	memcpy(&index, members + i * sizeof(index), sizeof(index));
	return index;
}

#define NOBODY UINT32_MAX

static uint32_t meet(struct tm_holders *holders,
		     const struct tcpmem_process *process)
{
	for (size_t i = 0; i < holders->process_count; i++)
		if (tm_process_is(&holders->process[i], process))
			return (uint32_t)i;
	if (holders->process_count == holders->process_capacity)
		return NOBODY;
	holders->process[holders->process_count] = *process;
	return (uint32_t)holders->process_count++;
}

static int learn_one(struct tm_holders *holders, const struct tm_holders *late,
		     const struct slot *slot, const uint32_t *index_of)
{
	size_t count = tm_holder_count(late, slot->holder), kept = 0;
	uint32_t *member = reallocarray(NULL, count, sizeof(*member));
	struct slot *own;
	int ret = 0;

	if (!member)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		member[kept] = index_of[tm_holder_get(late, slot->holder, i)];
		kept += member[kept] != NOBODY;
	}
	if (kept)
		ret = put(holders, slot->inode, &own);
	if (ret == 0 && kept && !own->holder)
		ret = intern(holders, member, kept, &own->holder);
	free(member);
	return ret;
}

int tm_holders_learn(struct tm_holders *holders, const struct tm_holders *late)
{
	uint32_t *index_of = calloc(late->process_count + 1, sizeof(*index_of));
	int ret = 0;

	if (!index_of)
		return -ENOMEM;
	for (size_t i = 0; i < late->process_count; i++)
		index_of[i] = meet(holders, &late->process[i]);
	for (size_t i = 0; ret == 0 && i < late->slots; i++)
		if (late->slot[i].holder)
			ret = learn_one(holders, late, &late->slot[i],
					index_of);
	free(index_of);
	return ret;
}

size_t tm_holders_process_count(const struct tm_holders *holders)
{
	return holders->process_count;
}

const struct tcpmem_process *
tm_holders_get_process(const struct tm_holders *holders, uint32_t index)
{
	return &holders->process[index];
}

size_t tm_holders_set_count(const struct tm_holders *holders)
{
	return holders->sets.count;
}

void tm_holder_format(const struct tm_holders *holders, uint32_t holder,
		      char *text, size_t size)
{
	const struct tcpmem_process *process = tm_holders_get_process(
		holders, tm_holder_get(holders, holder, 0));
	size_t others = tm_holder_count(holders, holder) - 1;

	if (others)
		snprintf(text, size, "%s[%u] +%zu", process->comm, process->pid,
			 others);
	else
		snprintf(text, size, "%s[%u]", process->comm, process->pid);
}
