/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * claims.h - who has which inode open, noted while sockets are being dumped
 *
 * Which of the inodes are TCP sockets is known when the dump has ended: then
 * those that are wanted are put in the holders, and no process without one.
 */
#ifndef TM_MODEL_CLAIMS_H
#define TM_MODEL_CLAIMS_H

#include "model/holders.h"
#include "u64set.h"

/* One fd; @process is the index of a claimant. */
struct tm_claim {
	uint32_t inode;
	uint32_t process;
};

/* All zero is an empty list. */
struct tm_claims {
	struct tcpmem_process *process;
	size_t process_count, process_capacity;
	struct tm_claim *claim;
	size_t count, capacity;
};

void tm_claims_deinit(struct tm_claims *claims);

/* tm_claims_process() - a process that was met. Return: 0 or -ENOMEM. */
int tm_claims_process(struct tm_claims *claims,
		      const struct tcpmem_process *process, uint32_t *index);

/* tm_claims_add() - process @index has an fd of @inode. 0 or -ENOMEM. */
int tm_claims_add(struct tm_claims *claims, uint32_t inode, uint32_t index);

/*
 * tm_claims_merge() - moves the claims of @other behind those of @claims
 *
 * Return: 0 or -ENOMEM; @other is to be freed either way.
 */
int tm_claims_merge(struct tm_claims *claims, const struct tm_claims *other);

/*
 * tm_claims_join() - puts the claims in @holders, as far as they are wanted
 * @only: these inodes alone; NULL: all
 *
 * A process that @holders know already stays the one that it is.
 *
 * Return: 0 or -ENOMEM.
 */
int tm_claims_join(const struct tm_claims *claims, struct tm_holders *holders,
		   const struct tm_u64set *only);

#endif
