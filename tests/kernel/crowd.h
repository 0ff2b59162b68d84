/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * crowd.h - sockets of every kind that a filter can tell apart
 *
 * Every state in every family, and, at ports that are known: IPv4, IPv6,
 * v4-mapped, marked ones and ones bound to a device.
 */
#ifndef CROWD_H
#define CROWD_H

#include "worker.h"

/* Where something listens; CROWD_DUAL for IPv4 and IPv6. */
#define CROWD_SSH    22	  /* 127.0.0.1 and 127.0.0.2 */
#define CROWD_HTTP   80	  /* any IPv4 address */
#define CROWD_HTTPS  443  /* [::1] */
#define CROWD_DUAL   8080 /* any */
#define CROWD_V6ONLY 8081 /* any IPv6 address */
#define CROWD_MARKED 7001 /* 127.0.0.1, with fwmark 0x11 */
#define CROWD_ON_LO  7002 /* bound to lo */

struct crowd {
	struct fx_worker worker;
};

/* crowd_gather() - makes them in the caller's namespace */
void crowd_gather(struct crowd *crowd);

void crowd_disperse(struct crowd *crowd);

/* crowd_listen() - one more listener; its fd */
int crowd_listen(const char *address, uint16_t port);

/* crowd_connect() - to it, from @from if that is not 0; the fd */
int crowd_connect(const char *address, uint16_t port, uint16_t from);

#endif
