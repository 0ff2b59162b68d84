// SPDX-License-Identifier: LGPL-2.1-or-later
/* iter_sockets.c - sockets that were found by their fds */
#include "model/classifier.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tm_iter_sockets_deinit(struct tm_iter_sockets *iter_sockets)
{
	tm_socket_set_deinit(&iter_sockets->sockets);
	free(iter_sockets->netns);
	memset(iter_sockets, 0, sizeof(*iter_sockets));
}

/* Most processes have their sockets in one namespace: the last one first. */
int tm_iter_sockets_netns(struct tm_iter_sockets *iter_sockets, uint64_t inode,
			  uint16_t *index)
{
	struct tm_iter_socket_netns *moved;

	for (size_t i = iter_sockets->netns_count; i-- > 0;) {
		if (iter_sockets->netns[i].inode == inode) {
			*index = (uint16_t)i;
			return 0;
		}
	}
	if (iter_sockets->netns_count > UINT16_MAX)
		return -E2BIG;
	moved = tm_grow(iter_sockets->netns, iter_sockets->netns_count,
			&iter_sockets->netns_capacity, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	iter_sockets->netns = moved;
	moved[iter_sockets->netns_count] =
		(struct tm_iter_socket_netns){ inode, false };
	*index = (uint16_t)iter_sockets->netns_count++;
	return 0;
}
