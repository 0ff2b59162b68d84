/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * socket.h - one socket as it is stored: 128 bytes, no pointers
 *
 * 500,000 of them are 61 MiB, and two cache lines are all that grouping one
 * touches.
 */
#ifndef TM_MODEL_SOCKET_H
#define TM_MODEL_SOCKET_H

#include "tcpmem/types.h"

#define TM_SKMEM_WORDS 9

/* bits of tcpmem_socket.flags */
#define TM_SOCK_IPV6	   0x01
#define TM_SOCK_MPTCP	   0x02 /* an msk: the connection above its subflows */
#define TM_SOCK_SUBFLOW	   0x04 /* a TCP socket under an msk */
#define TM_SOCK_V6ONLY	   0x08
#define TM_SOCK_HAS_CGROUP 0x10
#define TM_SOCK_HAS_MARK   0x20
#define TM_SOCK_MINI	   0x40 /* request or TIME_WAIT: no buffers at all */
#define TM_SOCK_ORPHAN	   0x80 /* a subflow whose msk was closed */

/*
 * tcpmem_socket.holder: who holds it. 0 is nobody; else one process (its
 * index + 1); with the top bit set, a set of processes (its index).
 */
#define TM_HOLDER_NONE	 0u
#define TM_HOLDER_SHARED 0x80000000u

struct tcpmem_socket {
	uint64_t cookie;
	uint64_t cgroup_id;
	uint8_t local[16]; /* network order; IPv4 in the first 4 bytes */
	uint8_t remote[16];
	uint32_t skmem[TM_SKMEM_WORDS]; /* in the order of SK_MEMINFO_* */
	uint32_t inode;
	uint32_t uid;
	uint32_t rqueue;
	uint32_t wqueue;
	uint32_t ifindex;
	uint32_t mark;
	uint32_t holder;
	uint16_t local_port; /* host order */
	uint16_t remote_port;
	uint16_t netns;	 /* index in the snapshot's namespaces */
	uint16_t object; /* slab bytes, filled in by account */
	uint8_t state;
	uint8_t kind;
	uint8_t flags;
	uint8_t skmem_words; /* how many the kernel sent; 0 for mini-sockets */
	uint8_t timer;	     /* idiag_timer: 0 none, 1 retransmit, ... */
	uint8_t retrans;
	uint8_t shutdown; /* bit 0 receive, bit 1 send */
	bool asked;	  /* the kernel applied the query's filter, all of it */
};

_Static_assert(sizeof(struct tcpmem_socket) == 128,
	       "a stored socket is 128 bytes");

/*
 * tm_socket_may_wait() - whether it can be in an accept queue
 *
 * Only a socket without an inode is, and closing takes one out of the states
 * that a waiting one has; a full SYN_RECV is a child of TCP Fast Open.
 */
bool tm_socket_may_wait(const struct tcpmem_socket *sock);

/* tm_socket_pair_key() - a hash of both addresses and ports; never 0 */
uint64_t tm_socket_pair_key(const struct tcpmem_socket *sock);

/*
 * tm_socket_identity() - what no two sockets share; 0 if unknown
 *
 * The cookie; but the kernel gives an accepted msk the cookie of its listener
 * (if that had one by then), so an msk's addresses belong to its identity.
 */
uint64_t tm_socket_identity(const struct tcpmem_socket *sock);

#endif
