// SPDX-License-Identifier: LGPL-2.1-or-later
/* claims.c - who has which inode open, noted while sockets are being dumped */
#include "model/claims.h"

#include "util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOT_JOINED UINT32_MAX

void tm_claims_deinit(struct tm_claims *claims)
{
	free(claims->process);
	free(claims->claim);
	memset(claims, 0, sizeof(*claims));
}

int tm_claims_process(struct tm_claims *claims,
		      const struct tcpmem_process *process, uint32_t *index)
{
	struct tcpmem_process *moved =
		tm_grow(claims->process, claims->process_count,
			&claims->process_capacity, sizeof(*moved));

	if (!moved)
		return -ENOMEM;
	claims->process = moved;
	moved[claims->process_count] = *process;
	*index = (uint32_t)claims->process_count++;
	return 0;
}

int tm_claims_add(struct tm_claims *claims, uint32_t inode, uint32_t index)
{
	struct tm_claim *moved = tm_grow(claims->claim, claims->count,
					 &claims->capacity, sizeof(*moved));

	if (!moved)
		return -ENOMEM;
	claims->claim = moved;
	moved[claims->count++] = (struct tm_claim){ inode, index };
	return 0;
}

int tm_claims_merge(struct tm_claims *claims, const struct tm_claims *other)
{
	uint32_t first = (uint32_t)claims->process_count, index;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < other->process_count; i++)
		ret = tm_claims_process(claims, &other->process[i], &index);
	for (size_t i = 0; ret == 0 && i < other->count; i++)
		ret = tm_claims_add(claims, other->claim[i].inode,
				    other->claim[i].process + first);
	return ret;
}

static int join_process(const struct tcpmem_process *process,
			struct tm_holders *holders, size_t known,
			uint32_t *index)
{
	for (size_t i = 0; i < known; i++) {
		const struct tcpmem_process *other =
			tm_holders_get_process(holders, (uint32_t)i);

		if (tm_process_is(other, process)) {
			*index = (uint32_t)i;
			return 0;
		}
	}
	return tm_holders_process(holders, process, index);
}

static int join(const struct tm_claims *claims, struct tm_holders *holders,
		const struct tm_u64set *only, uint32_t *joined)
{
	size_t known = tm_holders_process_count(holders);

	for (size_t i = 0; i < claims->count; i++) {
		const struct tm_claim *claim = &claims->claim[i];
		uint32_t *index = &joined[claim->process];
		int ret = 0;

		if (only && !tm_u64set_has(only, claim->inode))
			continue;
		if (*index == NOT_JOINED &&
		    !tm_holders_wants(holders, claim->inode))
			continue;
		if (*index == NOT_JOINED)
			ret = join_process(&claims->process[claim->process],
					   holders, known, index);
		if (ret == 0)
			ret = tm_holders_add(holders, claim->inode, *index);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int tm_claims_join(const struct tm_claims *claims, struct tm_holders *holders,
		   const struct tm_u64set *only)
{
	uint32_t *joined;
	int ret;

	joined = malloc((claims->process_count + 1) * sizeof(*joined));
	if (!joined)
		return -ENOMEM;
	memset(joined, 0xff, (claims->process_count + 1) * sizeof(*joined));
	ret = join(claims, holders, only, joined);
	free(joined);
	return ret;
}
