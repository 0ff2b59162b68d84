/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fd_refs.h - who has which inode open, noted while sockets are being dumped
 *
 * Which of the inodes are TCP sockets is known when the dump has ended: then
 * those that are wanted are put in the holders, and no process without one.
 */
#ifndef TM_MODEL_FD_REFS_H
#define TM_MODEL_FD_REFS_H

#include "model/holders.h"
#include "u64set.h"

/* One fd; @process is the index of a holder. */
struct tm_fd_ref {
	uint32_t inode;
	uint32_t process;
};

/* All zero is an empty list. */
struct tm_fd_refs {
	struct tcpmem_process *process;
	size_t process_count, process_capacity;
	struct tm_fd_ref *fd_ref;
	size_t count, capacity;
};

void tm_fd_refs_deinit(struct tm_fd_refs *fd_refs);

/* tm_fd_refs_process() - a process that was met. Return: 0 or -ENOMEM. */
int tm_fd_refs_process(struct tm_fd_refs *fd_refs,
		       const struct tcpmem_process *process, uint32_t *index);

/* tm_fd_refs_add() - process @index has an fd of @inode. 0 or -ENOMEM. */
int tm_fd_refs_add(struct tm_fd_refs *fd_refs, uint32_t inode, uint32_t index);

/*
 * tm_fd_refs_merge() - moves the fd_refs of @other behind those of @fd_refs
 *
 * Return: 0 or -ENOMEM; @other is to be freed either way.
 */
int tm_fd_refs_merge(struct tm_fd_refs *fd_refs,
		     const struct tm_fd_refs *other);

/*
 * tm_fd_refs_join() - puts the fd_refs in @holders, as far as they are wanted
 * @only: these inodes alone; NULL: all
 *
 * A process that @holders know already stays the one that it is.
 *
 * Return: 0 or -ENOMEM.
 */
int tm_fd_refs_join(const struct tm_fd_refs *fd_refs,
		    struct tm_holders *holders, const struct tm_u64set *only);

#endif
