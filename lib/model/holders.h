/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* holders.h - which processes hold which sockets */
#ifndef TM_MODEL_HOLDERS_H
#define TM_MODEL_HOLDERS_H

#include "base/hash.h"
#include "model/socket.h"
#include "tcpmem/types.h"

/*
 * holders while they are being found
 *
 * A shared inode's processes come one at a time. A link is "that holder, and
 * this process": inodes that meet the same processes in the same order, as
 * those of forked workers do, end in the same link, so memory grows with the
 * ways of sharing and not with inodes times processes.
 */

/* Holders here are as in socket.h, but the index of a set is that of a link. */
struct tm_link {
	uint32_t before;  /* the holder that it extends */
	uint32_t process; /* by this one */
	uint32_t highest; /* process of all in the chain */
	uint32_t count;	  /* of processes in the chain */
};

/* All zero is an empty table. */
struct tm_holder_sets {
	struct tm_link *link;
	size_t count, capacity;
	struct tm_index index;
};

void tm_holder_sets_deinit(struct tm_holder_sets *holder_sets);

/*
 * tm_holder_sets_extend() - @holder and process @index together
 *
 * Return: 0 and the holder, the same one if it has the process already; or
 * -ENOMEM.
 */
int tm_holder_sets_extend(struct tm_holder_sets *holder_sets, uint32_t holder,
			  uint32_t index, uint32_t *extended);

/*
 * tm_holder_sets_members() - the processes of link @at into @member, any order
 */
void tm_holder_sets_members(const struct tm_holder_sets *holder_sets,
			    uint32_t at, uint32_t *member);

/*
 * who holds which socket inode
 *
 * A hash from inode to holder and the processes and sets of processes that
 * holders name. Most inodes have one process: 8 bytes a slot, no lists.
 * Whatever finds holders (a walk of /proc, an iterator in the kernel) fills
 * it through tm_holders_add().
 */

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
 * tm_holders_prefetch() - @inode will be expected, added or looked for soon:
 * with many, each costs a wait for memory
 */
void tm_holders_prefetch(const struct tm_holders *holders, uint32_t inode);

/* tm_holders_count() - how many inodes there are */
size_t tm_holders_count(const struct tm_holders *holders);

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
 * tm_holders_inodes() - adds all inodes to @inodes that are not in @known,
 * which may be NULL
 *
 * Return: 0 or -ENOMEM.
 */
int tm_holders_inodes(const struct tm_holders *holders,
		      const struct tm_u64set *known, struct tm_u64set *inodes);

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

/* "COMM[PID] +OTHERS" */
#define TM_HOLDER_SIZE 64

/* tm_holder_format() - "nginx[33]"; "nginx[33] +3" if others share the socket
 */
void tm_holder_format(const struct tm_holders *holders, uint32_t holder,
		      char *text, size_t size);

size_t tm_holders_process_count(const struct tm_holders *holders);
const struct tcpmem_process *
tm_holders_get_process(const struct tm_holders *holders, uint32_t index);

/* tm_holders_set_count() - sets are numbered 0 .. count - 1 */
size_t tm_holders_set_count(const struct tm_holders *holders);

/*
 * who has which inode open, noted while sockets are being dumped
 *
 * Which of the inodes are TCP sockets is known when the dump has ended: then
 * those that are wanted are put in the holders, and no process without one.
 */

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

/* tm_fd_refs_reserve() - room for @count fd_refs. Return: 0 or -ENOMEM. */
int tm_fd_refs_reserve(struct tm_fd_refs *fd_refs, size_t count);

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

/*
 * sockets x holders -> each socket's holder and kind
 *
 * Pure: arrays in, arrays out.
 */

struct tm_listeners;

/*
 * struct tm_endpoint - where connections arrive
 * @address: IPv4 is written v4-mapped, so that both families compare
 */
struct tm_endpoint {
	uint8_t address[16];
	uint32_t ifindex;
	uint16_t netns;
	uint16_t port;
	bool ipv6;
};

/*
 * tm_listeners_new() - the listening sockets, to find whose child is waiting
 * in an accept queue
 *
 * Return: 0, or -ENOMEM.
 */
int tm_listeners_new(struct tm_listeners **listeners);
void tm_listeners_free(struct tm_listeners *listeners);

/* tm_listeners_add() - keeps @sock if it listens. Return: 0 or -ENOMEM. */
int tm_listeners_add(struct tm_listeners *listeners,
		     const struct tcpmem_socket *sock);

/*
 * tm_listeners_finish() - resolves the listeners' holders and sorts them
 * @holders: NULL if nobody asks for them
 *
 * A SO_REUSEPORT group stands together: of a group, the listeners whose
 * accept queue is not empty share its waiting children; all of them if the
 * queues were empty when the listeners were seen. Those of other namespaces may
 * be added and finished later.
 *
 * Return: 0, or -ENOMEM.
 */
int tm_listeners_finish(struct tm_listeners *listeners,
			struct tm_holders *holders);

/*
 * tm_listeners_find() - the listener whose socket or child @sock is
 *
 * Nobody says whether a connection was accepted or made: it was accepted if
 * something listens where its own end is.
 *
 * Return: whether there is one; @index is its number, and that of all of its
 * SO_REUSEPORT group.
 */
bool tm_listeners_find(const struct tm_listeners *listeners,
		       const struct tcpmem_socket *sock, size_t *index);

/* tm_listeners_count() - how many groups there are */
size_t tm_listeners_count(const struct tm_listeners *listeners);

/* tm_listeners_holder() - who holds listener number @index, see socket.h */
uint32_t tm_listeners_holder(const struct tm_listeners *listeners,
			     size_t index);

/* tm_listeners_get() - where listener number @index is */
const struct tm_endpoint *tm_listeners_get(const struct tm_listeners *listeners,
					   size_t index);

/*
 * tm_listeners_renumber() - namespaces have new numbers, in the same order
 * @netns: the new one of each
 */
void tm_listeners_renumber(struct tm_listeners *listeners,
			   const uint16_t *netns);

/*
 * tm_attribute() - sets @sock->holder and @sock->kind
 * @complete: every process could be read, so an inode without a process is
 *	in flight and not hidden
 *
 * A subflow has the inode, and so the holder, of its msk. Of a closed msk it
 * may keep a stale one: whoever knows the msk clears the inode and sets
 * %TM_SOCK_ORPHAN.
 */
void tm_attribute(struct tcpmem_socket *sock, const struct tm_holders *holders,
		  const struct tm_listeners *listeners, bool complete);

/*
 * tm_attribute_without_holders() - the kind that a socket alone tells, no
 * holders known
 */
void tm_attribute_without_holders(struct tcpmem_socket *sock);

#endif
