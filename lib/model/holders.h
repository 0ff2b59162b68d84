/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * holders.h - who holds which socket inode
 *
 * A hash from inode to holder and the processes and sets of processes that
 * holders name. Most inodes have one process: 8 bytes a slot, no lists.
 * Whatever finds holders (a walk of /proc, an iterator in the kernel) fills
 * it through tm_holders_add().
 */
#ifndef TM_MODEL_HOLDERS_H
#define TM_MODEL_HOLDERS_H

#include "tcpmem/types.h"
#include "u64set.h"

struct tcpmem_process {
	uint64_t start_time; /* clock ticks since boot */
	uint32_t pid;
	uint32_t uid;
	char comm[16]; /* TASK_COMM_LEN, NUL-terminated */
};

/* tm_process_is() - whether both are one: pids are used again */
static inline bool tm_process_is(const struct tcpmem_process *a,
				 const struct tcpmem_process *b)
{
	return a->pid == b->pid && a->start_time == b->start_time;
}

struct tm_holders;

/*
 * tm_holders_new() - an empty table
 * @closed: only inodes named by tm_holders_expect() are kept; else all are
 *
 * Return: 0, or -ENOMEM.
 */
int tm_holders_new(bool closed, struct tm_holders **holders);
void tm_holders_free(struct tm_holders *holders);

/*
 * tm_holders_reserve() - room for @inodes at once, for who knows how many
 *
 * Return: 0, or -ENOMEM.
 */
int tm_holders_reserve(struct tm_holders *holders, size_t inodes);

/*
 * tm_holders_add_once() - an inode that a socket has, which is not 0
 *
 * Return: 1 if it is new, 0 if it was expected already, or -ENOMEM.
 */
int tm_holders_add_once(struct tm_holders *holders, uint32_t inode);

/*
 * tm_holders_expect() - an inode that a socket has; 0 is none
 *
 * Return: 0, or -ENOMEM.
 */
int tm_holders_expect(struct tm_holders *holders, uint32_t inode);

/*
 * tm_holders_process() - a process that was met; its index in @index
 *
 * Return: 0, or -ENOMEM.
 */
int tm_holders_process(struct tm_holders *holders,
		       const struct tcpmem_process *process, uint32_t *index);

/*
 * tm_holders_add() - process @index has an fd of @inode
 *
 * The same pair again changes nothing (dup(2), several threads).
 *
 * Return: 0, or -ENOMEM.
 */
int tm_holders_add(struct tm_holders *holders, uint32_t inode, uint32_t index);

/* tm_holders_wants() - whether an fd of @inode would be kept */
bool tm_holders_wants(const struct tm_holders *holders, uint32_t inode);

/*
 * tm_holders_missing() - adds inodes to @inodes that nobody holds so far
 *
 * Return: 0 or -ENOMEM.
 */
int tm_holders_missing(const struct tm_holders *holders,
		       struct tm_u64set *inodes);

/*
 * tm_holders_finish() - interns the sets of processes
 *
 * After it tm_holders_find() answers, and nothing may be added.
 *
 * Return: 0, or -ENOMEM.
 */
int tm_holders_finish(struct tm_holders *holders);

/*
 * tm_holders_learn() - takes over who holds the inodes that @late knows
 *
 * Both are finished. Processes that were handed out stay where they are: no
 * more new ones are taken over than there is room for.
 *
 * Return: 0, or -ENOMEM.
 */
int tm_holders_learn(struct tm_holders *holders, const struct tm_holders *late);

/* tm_holders_find() - the holder of @inode (see socket.h); 0 if nobody */
uint32_t tm_holders_find(const struct tm_holders *holders, uint32_t inode);

/*
 * tm_holders_each() - calls @fn for each inode that somebody holds
 *
 * In no order. Return: 0, or what @fn returned, if it is not 0.
 */
int tm_holders_each(const struct tm_holders *holders,
		    int (*fn)(uint32_t inode, uint32_t holder, void *user),
		    void *user);

/*
 * tm_holders_union() - the holder that stands for all of @part together
 * @part: holders; sorted in place
 *
 * Return: 0 and the holder, or -ENOMEM.
 */
int tm_holders_union(struct tm_holders *holders, uint32_t *part, size_t count,
		     uint32_t *holder);

/* tm_holder_count() - how many processes @holder stands for */
size_t tm_holder_count(const struct tm_holders *holders, uint32_t holder);

/* tm_holder_get() - index of process number @i of @holder, sorted by pid */
uint32_t tm_holder_get(const struct tm_holders *holders, uint32_t holder,
		       size_t i);

size_t tm_holders_process_count(const struct tm_holders *holders);
const struct tcpmem_process *
tm_holders_get_process(const struct tm_holders *holders, uint32_t index);

/* tm_holders_set_count() - sets are numbered 0 .. count - 1 */
size_t tm_holders_set_count(const struct tm_holders *holders);

#endif
