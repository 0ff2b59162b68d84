/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* traffic.h - processes that open and close sockets and namespaces */
#ifndef CHURN_TRAFFIC_H
#define CHURN_TRAFFIC_H

#include <stdatomic.h>

/* Shared by all processes: what they did so far. */
struct traffic_done {
	atomic_ulong connects;
	atomic_ulong namespaces;
};

struct traffic;

/*
 * traffic_start_or_fail() - lets processes loose, in this network namespace
 * @rate: connections a second, opened and closed, all together
 */
struct traffic *traffic_start_or_fail(unsigned int rate);

const struct traffic_done *traffic_done(const struct traffic *traffic);

/* traffic_stop() - ends the processes, and with them their sockets */
void traffic_stop(struct traffic *traffic);

#endif
