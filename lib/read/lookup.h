/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lookup.h - one socket asked for again, by its cookie */
#ifndef TM_READ_LOOKUP_H
#define TM_READ_LOOKUP_H

#include "model/socket.h"

/*
 * tm_lookup() - what became of a socket since it was dumped
 * @fd: a NETLINK_SOCK_DIAG socket in the socket's namespace
 * @sock: as it was dumped
 * @now: as it is, complete as after tm_parse_socket(); marked if the kernel
 *	says that it is a subflow
 *
 * Return: 0; -ENOENT or -ESTALE if it is no more; -EOPNOTSUPP for an msk, which
 * the kernel finds by its token alone; -EPROTO if the answer is none; other
 * -errno of sending and receiving, or of tm_parse_socket().
 */
int tm_lookup(int fd, const struct tcpmem_socket *sock,
	      struct tcpmem_socket *now);

#endif
