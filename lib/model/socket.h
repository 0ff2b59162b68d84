/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* socket.h - a socket and its tcp_info */
#ifndef TM_MODEL_SOCKET_H
#define TM_MODEL_SOCKET_H

#include "tcpmem/info.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * one socket as it is stored: 128 bytes, no pointers
 *
 * 500,000 of them are 61 MiB, and two cache lines are all that grouping one
 * touches.
 */

#define TM_SKMEM_WORDS 9

/* bits of tcpmem_socket.flags */
#define TM_SOCK_IPV6	   0x01
#define TM_SOCK_MPTCP	   0x02 /* an msk: the connection above its subflows */
#define TM_SOCK_SUBFLOW	   0x04 /* a TCP socket under an msk */
#define TM_SOCK_V6ONLY	   0x08
#define TM_SOCK_HAS_CGROUP 0x10
#define TM_SOCK_HAS_MARK   0x20
#define TM_SOCK_MINI	   0x40 /* request or TIME_WAIT: no buffers at all */
#define TM_SOCK_ORPHAN	   0x80 /* it was closed, or its msk was */

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

/* tm_socket_is_loopback() - whether it is connected by loopback addresses */
bool tm_socket_is_loopback(const struct tcpmem_socket *sock);

/* tm_is_link_local() - whether an IPv6 address is one of fe80::/10 */
static inline bool tm_is_link_local(const uint8_t address[16])
{
	return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

/* tm_socket_pair_key() - a hash of both addresses and ports; never 0 */
uint64_t tm_socket_pair_key(const struct tcpmem_socket *sock);

/*
 * tm_socket_knows_backlog() - whether @wqueue is what it is called: the limit
 * of a listener's queue is not in /proc/net/tcp
 */
static inline bool tm_socket_knows_backlog(const struct tcpmem_socket *sock)
{
	return sock->state != TCPMEM_STATE_LISTENING || sock->skmem_words;
}

/*
 * tm_socket_unsent() - bytes that the peer has not acknowledged; of an msk, of
 * which the kernel does not count them, the buffers that they are in
 */
static inline uint32_t tm_socket_unsent(const struct tcpmem_socket *sock)
{
	return sock->flags & TM_SOCK_MPTCP && sock->skmem_words
		       ? sock->skmem[TCPMEM_METRIC_WMEM_QUEUED]
		       : sock->wqueue;
}

/*
 * tm_socket_identity() - what no two sockets share; never 0
 *
 * The cookie; where there is none the inode, else the addresses. But the kernel
 * gives an accepted msk the cookie of its listener (if that had one by then),
 * so an msk's addresses belong to its identity.
 */
uint64_t tm_socket_identity(const struct tcpmem_socket *sock);

/*
 * tcp_info of a socket, where it was asked for
 *
 * It is twice as long as a stored socket: it has an array of its own, which
 * is there only if somebody wants it.
 */

/* Bytes of the kernel's struct tcp_info up to the last that has a name. */
#define TM_INFO_SIZE 248

/*
 * struct tm_info - what the kernel said of one socket
 * @expires_ms: when its timer runs out
 * @len: bytes of tcp_info, of an msk of mptcp_info; 0 if there was none
 * @congestion: name of the congestion control, NUL-terminated; "" if unknown
 */
struct tm_info {
	uint32_t expires_ms;
	uint16_t len;
	bool present; /* a message came: of sockets that are found by fd none */
	char congestion[16]; /* TCP_CA_NAME_MAX */
	uint8_t bytes[TM_INFO_SIZE];
};

struct tcpmem_snapshot;
struct tcpmem_socket;

/*
 * tm_info_swap() - a struct tcp_info, or mptcp_info, of the other byte order
 * into this host's
 */
void tm_info_swap(uint8_t *bytes, size_t len, bool mptcp);

/*
 * tm_info_is_missing() - why a figure is not known of a socket
 *
 * Return: true if nobody asked or the kernel is too old to have it; false if
 * the socket has none, now or ever.
 */
bool tm_info_is_missing(const struct tcpmem_snapshot *snapshot,
			const struct tcpmem_socket *sock,
			enum tcpmem_info which);

/*
 * tm_congestion_is_missing() - likewise, where the name of congestion control
 * is not known
 */
bool tm_congestion_is_missing(const struct tcpmem_snapshot *snapshot,
			      const struct tcpmem_socket *sock);

/* enum tm_peer_status - whether the socket of the other end is known */
enum tm_peer_status {
	TM_PEER_NONE,	   /* it is not connected */
	TM_PEER_FOUND,	   /* one socket is the other end */
	TM_PEER_MISSING,   /* no socket is */
	TM_PEER_AMBIGUOUS, /* several may be */
};

#define TM_PEER_UNSELECTED UINT32_MAX

/*
 * struct tm_peer - the other end of a connection, which the host has, too
 * @socket: its index in the set; %TM_PEER_UNSELECTED if it was removed
 * @holder, @netns, @kind: as of a socket; valid if @status is FOUND
 */
struct tm_peer {
	uint32_t socket;
	uint32_t holder;
	uint16_t netns;
	uint8_t kind;
	uint8_t status;
};

/*
 * sockets, and beside each its tcp_info and its peer if those are wanted
 *
 * The only code that adds, moves or removes a socket or what belongs to it:
 * they cannot come apart. Whoever has the set may write to its sockets.
 */

/*
 * struct tm_socket_set - all zero is an empty set without tcp_info
 * @with_info: tcp_info is kept; set it before the first socket is added
 * @info: of each socket, by its index; NULL without @with_info
 * @peer: likewise; NULL until tm_peers_find()
 */
struct tm_socket_set {
	struct tcpmem_socket *sock;
	size_t count, capacity;
	bool with_info;
	struct tm_info *info;
	size_t info_capacity;
	struct tm_peer *peer;
};

/* tm_socket_set_deinit() - frees the sockets; the set is empty then */
void tm_socket_set_deinit(struct tm_socket_set *set);

/* tm_socket_set_clear() - removes all sockets and keeps the memory */
void tm_socket_set_clear(struct tm_socket_set *set);

/*
 * tm_socket_set_reserve() - room for @count sockets at once
 *
 * Return: 0 or -ENOMEM.
 */
int tm_socket_set_reserve(struct tm_socket_set *set, size_t count);

/*
 * tm_socket_set_add() - copies a socket behind the others
 * @info: its tcp_info; NULL if there is none
 *
 * Return: 0 or -ENOMEM.
 */
int tm_socket_set_add(struct tm_socket_set *set,
		      const struct tcpmem_socket *sock,
		      const struct tm_info *info);

/*
 * tm_socket_set_remove_if() - removes sockets; the others keep their order
 * @remove: called once for each socket, in order
 */
void tm_socket_set_remove_if(struct tm_socket_set *set,
			     bool (*remove)(struct tcpmem_socket *sock,
					    void *user),
			     void *user);

/*
 * tm_socket_set_merge() - moves the sockets of @from behind those of @set
 *
 * Nothing is copied if @set is empty and both keep the same.
 *
 * Return: 0 or -ENOMEM; @from is to be freed either way.
 */
int tm_socket_set_merge(struct tm_socket_set *set, struct tm_socket_set *from);

/*
 * tm_peers_find() - matches both ends of each connection
 *
 * The set is complete, and its sockets have their holders: none is added from
 * now on. Loopback addresses are matched within a namespace alone. Any others
 * are matched there first, then over all namespaces, where nothing else has the
 * same addresses and ports: of two containers with one address nobody can say
 * which is meant.
 *
 * Return: 0 or -ENOMEM.
 */
int tm_peers_find(struct tm_socket_set *set);

/* tm_socket_set_peer() - of one of its sockets; NULL if none was looked for */
const struct tm_peer *tm_socket_set_peer(const struct tm_socket_set *set,
					 const struct tcpmem_socket *sock);

/* tm_socket_set_info() - tcp_info of one of its sockets; NULL if there is none
 */
const struct tm_info *tm_socket_set_info(const struct tm_socket_set *set,
					 const struct tcpmem_socket *sock);

#endif
