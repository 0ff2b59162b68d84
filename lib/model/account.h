/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* account.h - counters -> charged, buffer, object, held */
#ifndef TM_MODEL_ACCOUNT_H
#define TM_MODEL_ACCOUNT_H

#include "model/socket.h"

/* What a socket pins, six objects at most, is stored in 16 bits. */
#define TM_OBJECT_MAX (UINT16_MAX / 6)

/* Slab bytes of each object and where they were read. */
struct tm_objects {
	uint32_t bytes[TCPMEM_OBJECT_COUNT];
	enum tcpmem_object_source source[TCPMEM_OBJECT_COUNT];
};

/*
 * Which local ports of one namespace have been paid for: a port's bind
 * buckets are shared by its sockets, the first one seen carries them.
 */
struct tm_ports {
	uint64_t seen[65536 / 64];
};

/*
 * struct tm_sums - sums over sockets, from which every number follows
 *
 * Only what cannot be derived is kept, so that held = buffer + object holds
 * in each row however a shared socket's remainder falls.
 */
struct tm_sums {
	int64_t skmem[TM_SKMEM_WORDS];
	int64_t wmem; /* sum of max(wmem_queued, wmem_alloc) */
	int64_t object;
	int64_t sockets;
	int64_t reach; /* only in rows */
	int64_t reach_sockets;
};

/*
 * tm_account_object() - sets what slab the socket pins
 * @ports: the ports of the socket's namespace
 */
void tm_account_object(struct tcpmem_socket *sock,
		       const struct tm_objects *objects,
		       struct tm_ports *ports);

/*
 * tm_account_found() - the same for a socket that did not come with a walk
 * @first: it is the first of its port
 */
void tm_account_found(struct tcpmem_socket *sock,
		      const struct tm_objects *objects, bool first);

/* tm_account_has_port() - whether it may be the one that pays for its port */
bool tm_account_has_port(const struct tcpmem_socket *sock);

/* tm_sums_add() - counts a socket; reach is set when sums are shared */
void tm_sums_add(struct tm_sums *sums, const struct tcpmem_socket *sock);

/* tm_sums_merge() - @sums += @other */
void tm_sums_merge(struct tm_sums *sums, const struct tm_sums *other);

/* tm_sums_share() - part @index of @whole split in @count; parts add up */
void tm_sums_share(const struct tm_sums *whole, size_t index, size_t count,
		   struct tm_sums *part);

/* tm_sums_number() - the number that follows from the sums */
int64_t tm_sums_number(const struct tm_sums *sums, enum tcpmem_metric number);

#endif
