// SPDX-License-Identifier: LGPL-2.1-or-later
/* classifier.c - what a namespace's sockets tell of each other; msks */
#include "model/classifier.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tm_classifier_init(struct tm_classifier *classifier)
{
	memset(&classifier->ports, 0, sizeof(classifier->ports));
	return tm_msks_init(&classifier->msks);
}

void tm_classifier_deinit(struct tm_classifier *classifier)
{
	tm_msks_deinit(&classifier->msks);
}

void tm_classifier_clear(struct tm_classifier *classifier)
{
	memset(&classifier->ports, 0, sizeof(classifier->ports));
	tm_msks_clear(&classifier->msks);
}

int tm_classify(struct tm_classifier *classifier, uint32_t states,
		struct tcpmem_socket *sock)
{
	if (sock->flags & TM_SOCK_MPTCP) {
		int ret = tm_msks_add(&classifier->msks, sock);

		if (ret < 0)
			return ret;
		if (!(states & (1u << sock->state)))
			return 0;
	} else {
		tm_msks_mark(&classifier->msks, sock);
	}
	return 1;
}

void tm_classifier_account(struct tm_classifier *classifier,
			   const struct tm_objects *objects,
			   struct tcpmem_socket *sock)
{
	tm_account_object(sock, objects, &classifier->ports);
}

int tm_msks_init(struct tm_msks *msks)
{
	struct tm_msks m = { 0 };

	if (tm_u64set_init(&m.inodes, 16) < 0 ||
	    tm_u64set_init(&m.waiting, 16) < 0 ||
	    tm_u64set_init(&m.closed, 16) < 0) {
		tm_msks_deinit(&m);
		return -ENOMEM;
	}
	*msks = m;
	return 0;
}

void tm_msks_deinit(struct tm_msks *msks)
{
	tm_u64set_deinit(&msks->inodes);
	tm_u64set_deinit(&msks->waiting);
	tm_u64set_deinit(&msks->closed);
}

void tm_msks_clear(struct tm_msks *msks)
{
	tm_u64set_clear(&msks->inodes);
	tm_u64set_clear(&msks->waiting);
	tm_u64set_clear(&msks->closed);
}

int tm_msks_add(struct tm_msks *msks, const struct tcpmem_socket *msk)
{
	if (msk->inode)
		return tm_u64set_add(&msks->inodes, msk->inode);
	return tm_u64set_add(tm_socket_may_wait(msk) ? &msks->waiting
						     : &msks->closed,
			     tm_socket_pair_key(msk));
}

/* A subflow stays established while its closed msk still has data to send. */
static void mark_bare(const struct tm_msks *msks, struct tcpmem_socket *sock)
{
	uint64_t key = tm_socket_pair_key(sock);

	if (tm_u64set_has(&msks->closed, key))
		sock->flags |= TM_SOCK_ORPHAN;
	else if (!tm_u64set_has(&msks->waiting, key))
		return;
	sock->flags |= TM_SOCK_SUBFLOW;
	sock->inode = 0;
}

void tm_msks_mark(const struct tm_msks *msks, struct tcpmem_socket *sock)
{
	if (sock->inode && tm_u64set_has(&msks->inodes, sock->inode))
		sock->flags |= TM_SOCK_SUBFLOW;
	else if (!(sock->flags & TM_SOCK_MINI) &&
		 (msks->waiting.count || msks->closed.count))
		mark_bare(msks, sock);
}

void tm_iter_sockets_deinit(struct tm_iter_sockets *iter_sockets)
{
	tm_socket_set_deinit(&iter_sockets->sockets);
	tm_socket_set_deinit(&iter_sockets->unhashed);
	free(iter_sockets->netns);
	memset(iter_sockets, 0, sizeof(*iter_sockets));
}

/* Most processes have their sockets in one namespace: the last one first. */
int tm_iter_sockets_netns(struct tm_iter_sockets *iter_sockets, uint64_t inode,
			  uint16_t *index)
{
	const struct tm_iter_socket_netns new = { inode, false };

	for (size_t i = iter_sockets->netns_count; i-- > 0;) {
		if (iter_sockets->netns[i].inode == inode) {
			*index = (uint16_t)i;
			return 0;
		}
	}
	if (iter_sockets->netns_count > UINT16_MAX)
		return -E2BIG;
	*index = (uint16_t)iter_sockets->netns_count;
	return tm_append(iter_sockets->netns, iter_sockets->netns_count,
			 iter_sockets->netns_capacity, &new);
}
