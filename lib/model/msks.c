// SPDX-License-Identifier: LGPL-2.1-or-later
/* msks.c - which TCP sockets are subflows of an MPTCP connection */
#include "model/classifier.h"

#include <errno.h>
#include <string.h>

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
