// SPDX-License-Identifier: LGPL-2.1-or-later
/* sights.c - sockets that were found by their fds */
#include "model/sights.h"

#include "util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tm_sights_deinit(struct tm_sights *sights)
{
	tm_socket_set_deinit(&sights->sockets);
	free(sights->netns);
	memset(sights, 0, sizeof(*sights));
}

/* Processes come one after the other, and most have all theirs in one. */
int tm_sights_netns(struct tm_sights *sights, uint64_t inode, uint16_t *index)
{
	struct tm_sight_netns *moved;

	for (size_t i = sights->netns_count; i-- > 0;) {
		if (sights->netns[i].inode == inode) {
			*index = (uint16_t)i;
			return 0;
		}
	}
	if (sights->netns_count > UINT16_MAX)
		return -E2BIG;
	moved = tm_grow(sights->netns, sights->netns_count,
			&sights->netns_capacity, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	sights->netns = moved;
	moved[sights->netns_count] = (struct tm_sight_netns){ inode, false };
	*index = (uint16_t)sights->netns_count++;
	return 0;
}
