/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* loopback.h - whether a host of a URL is this one */
#ifndef CLI_EXPLAIN_LOOPBACK_H
#define CLI_EXPLAIN_LOOPBACK_H

#include <stdbool.h>

/*
 * is_loopback() - whether @host names the loopback device
 * @host: an address, a v6 one in brackets, or a name
 *
 * No name server is asked: names are those of RFC 6761 and of /etc/hosts.
 */
bool is_loopback(const char *host);

#endif
