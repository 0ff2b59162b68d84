/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attribute.h - sockets x holders -> each socket's holder and kind
 *
 * Pure: arrays in, arrays out.
 */
#ifndef TM_MODEL_ATTRIBUTE_H
#define TM_MODEL_ATTRIBUTE_H

#include "model/holders.h"
#include "model/socket.h"

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
 * queues were empty when the listeners were seen.
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
