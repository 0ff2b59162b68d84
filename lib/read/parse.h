/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * parse.h - an inet_diag message -> a socket record
 *
 * Pure, and the only place that knows the kernel's layout. The message is
 * hostile until its lengths are checked.
 */
#ifndef TM_READ_PARSE_H
#define TM_READ_PARSE_H

#include "model/info.h"
#include "model/socket.h"

/*
 * tm_parse_socket() - decodes one inet_diag message
 * @msg: the netlink message, header included, at any alignment
 * @len: bytes that may be read from @msg
 * @mptcp: it answers a request for MPTCP sockets
 *
 * Unknown attributes and longer arrays are accepted; what is shorter than the
 * kernel ever sent is an error. @sock is complete but for holder, kind,
 * netns and object.
 *
 * Return: 0; -EBADMSG if the lengths do not fit; -EAFNOSUPPORT for a family
 * that is neither IPv4 nor IPv6; -ERANGE for a state that TCP does not have.
 */
int tm_parse_socket(const void *msg, size_t len, bool mptcp,
		    struct tcpmem_socket *sock);

/*
 * tm_parse_info() - takes tcp_info and the timer's time out of the same
 * message, if tm_parse_socket() took it
 *
 * An older kernel's tcp_info is shorter, a younger one's longer: what is known
 * of it is kept. Of an msk nothing is: what comes is no tcp_info.
 */
void tm_parse_info(const void *msg, bool mptcp, struct tm_info *info);

#endif
