// SPDX-License-Identifier: LGPL-2.1-or-later
/* index.c - finds elements of an array by their hash; open addressing */
#include "base/index.h"

#include <errno.h>
#include <stdlib.h>

void tm_index_deinit(struct tm_index *index)
{
	free(index->bucket);
	*index = (struct tm_index){ 0 };
}

bool tm_index_next(const struct tm_index *index, struct tm_index_walk *walk)
{
	if (!index->bucket)
		return false;
	for (;;) {
		const struct tm_bucket *bucket =
			&index->bucket[(walk->hash + walk->step) & index->mask];

		if (!bucket->number)
			return false;
		walk->step++;
		if (bucket->hash == walk->hash) {
			walk->number = bucket->number - 1;
			return true;
		}
	}
}

static void insert(struct tm_index *index, struct tm_bucket bucket)
{
	size_t at = bucket.hash & index->mask;

	while (index->bucket[at].number)
		at = (at + 1) & index->mask;
	index->bucket[at] = bucket;
}

static int grow(struct tm_index *index, size_t buckets)
{
	struct tm_index more = { .mask = buckets - 1, .count = index->count };

	more.bucket = calloc(buckets, sizeof(*more.bucket));
	if (!more.bucket)
		return -ENOMEM;
	for (size_t i = 0; index->bucket && i <= index->mask; i++)
		if (index->bucket[i].number)
			insert(&more, index->bucket[i]);
	free(index->bucket);
	*index = more;
	return 0;
}

int tm_index_add(struct tm_index *index, uint32_t hash, uint32_t number)
{
	if ((!index->bucket || index->count > index->mask / 2) &&
	    grow(index, index->bucket ? (index->mask + 1) * 2 : 16) < 0)
		return -ENOMEM;
	insert(index, (struct tm_bucket){ hash, number + 1 });
	index->count++;
	return 0;
}

int tm_index_reserve(struct tm_index *index, size_t count)
{
	size_t buckets = 16;

	while (buckets / 2 <= count)
		buckets *= 2;
	return index->bucket && index->mask >= buckets - 1
		       ? 0
		       : grow(index, buckets);
}
