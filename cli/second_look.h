/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* second_look.h - asks again only for the sockets that are in question */
#ifndef CLI_SECOND_LOOK_H
#define CLI_SECOND_LOOK_H

#include "session.h"
#include "tcpmem.h"

#include <stdint.h>

/* A queue that moves in this time acquits whoever reads it. */
#define SHORT_NS INT64_C(200000000)
/* Data that has waited in a queue for so long is a finding. */
#define LONG_NS INT64_C(1000000000)

typedef bool second_look_wants(const struct tcpmem_snapshot *snap,
			       const struct tcpmem_socket *sock,
			       const void *user);

/*
 * second_look_query() - asks for the tcp_info of few more than those sockets of
 * @snap of which @wants is true, by their ports; where these are too many, of
 * all in their namespaces. They are known by cookies: holders are not needed.
 * @query: free it, whatever is returned
 *
 * Return: 0 or -ENOMEM.
 */
int second_look_query(const struct tcpmem_snapshot *snap,
		      second_look_wants *wants, const void *user,
		      struct tcpmem_query **query);

/*
 * second_look_take() - tcpmem_snapshot_take() of such a query; of all that
 * @session asks for, if a namespace has gone
 */
int second_look_take(struct session *session, const struct tcpmem_query *query,
		     struct tcpmem_snapshot **snap);

/*
 * second_look_add_info() - for @snap, just taken without tcp_info, that of the
 * sockets of which @wants is true
 *
 * Return: 0 or -errno.
 */
int second_look_add_info(struct session *session, struct tcpmem_snapshot *snap,
			 second_look_wants *wants, const void *user);

/* second_look_unsent() - whether the peer has not acknowledged all; an msk has
 * no count of it, but the buffers
 */
bool second_look_unsent(const struct tcpmem_socket *sock);

/* second_look_field() - of a socket; 0 if it is not known */
int64_t second_look_field(const struct tcpmem_socket *sock,
			  enum tcpmem_socket_field field);

#endif
