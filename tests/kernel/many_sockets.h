/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * many_sockets.h - sockets of every kind that a filter can tell apart
 *
 * Every state in every family, and, at ports that are known: IPv4, IPv6,
 * v4-mapped, marked ones and ones bound to a device.
 */
#ifndef MANY_SOCKETS_H
#define MANY_SOCKETS_H

#include "worker.h"

/* Where something listens; MANY_SOCKETS_DUAL for IPv4 and IPv6. */
#define MANY_SOCKETS_SSH    22	 /* 127.0.0.1 and 127.0.0.2 */
#define MANY_SOCKETS_HTTP   80	 /* any IPv4 address */
#define MANY_SOCKETS_HTTPS  443	 /* [::1] */
#define MANY_SOCKETS_DUAL   8080 /* any */
#define MANY_SOCKETS_V6ONLY 8081 /* any IPv6 address */
#define MANY_SOCKETS_MARKED 7001 /* 127.0.0.1, with fwmark 0x11 */
#define MANY_SOCKETS_ON_LO  7002 /* bound to lo */

struct many_sockets {
	struct fx_worker worker;
};

/* many_sockets_gather() - makes them in the caller's namespace */
void many_sockets_gather(struct many_sockets *many_sockets);

void many_sockets_disperse(struct many_sockets *many_sockets);

/* many_sockets_listen() - one more listener; its fd */
int many_sockets_listen(const char *address, uint16_t port);

/* many_sockets_connect() - to it, from @from if that is not 0; the fd */
int many_sockets_connect(const char *address, uint16_t port, uint16_t from);

#endif
