/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * msks.h - which TCP sockets are subflows of an MPTCP connection
 *
 * A subflow's record does not say so. It has the inode of its msk; once the
 * connection was closed, the msk has none while the subflow's record may keep
 * the old one (Linux 6.17), and only the addresses tell.
 */
#ifndef TM_MODEL_MSKS_H
#define TM_MODEL_MSKS_H

#include "model/socket.h"
#include "u64set.h"

struct tm_msks {
	struct tm_u64set inodes;
	struct tm_u64set waiting; /* in an accept queue: address pairs */
	struct tm_u64set closed;  /* by their owner: address pairs */
};

/* tm_msks_init() - none yet. Return: 0 or -ENOMEM. */
int tm_msks_init(struct tm_msks *msks);
void tm_msks_deinit(struct tm_msks *msks);
void tm_msks_clear(struct tm_msks *msks);

/* tm_msks_add() - an msk was seen. Return: 0 or -ENOMEM. */
int tm_msks_add(struct tm_msks *msks, const struct tcpmem_socket *msk);

/*
 * tm_msks_mark() - marks @sock if it is a subflow
 *
 * An inode that its closed msk left there is dropped.
 */
void tm_msks_mark(const struct tm_msks *msks, struct tcpmem_socket *sock);

#endif
