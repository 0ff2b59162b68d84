/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* second_look.h - asks again only for the sockets that are in question */
#ifndef CLI_SECOND_LOOK_H
#define CLI_SECOND_LOOK_H

#include "tcpmem.h"

#include <stdint.h>

/* A queue that moves in this time acquits whoever reads it. */
#define SHORT_NS INT64_C(200000000)
/* What has stood for so long is a finding. */
#define LONG_NS INT64_C(1000000000)

/*
 * second_look_narrow() - makes @query ask for few more than those sockets of
 * @snap of which @wants is true, by their ports; where these are too many, for
 * all
 *
 * Return: 0 or -ENOMEM.
 */
int second_look_narrow(struct tcpmem_query *query,
		       const struct tcpmem_snapshot *snap,
		       bool (*wants)(const struct tcpmem_snapshot *snap,
				     const struct tcpmem_socket *sock,
				     const void *user),
		       const void *user);

/* second_look_field() - of a socket; 0 if it is not known */
int64_t second_look_field(const struct tcpmem_socket *sock,
			  enum tcpmem_socket_field field);

#endif
