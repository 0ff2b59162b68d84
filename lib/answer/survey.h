/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* breakdown.h - one walk over the sockets: what of them concerns a process */
#ifndef TM_ANSWER_BREAKDOWN_H
#define TM_ANSWER_BREAKDOWN_H

#include "answer/limits.h"
#include "answer/ports.h"
#include "model/ledger.h"
#include "model/snapshot.h"

/*
 * struct tm_target - the process that is looked at
 * @limits: of its network namespace; NULL: unknown
 * @netns: that namespace's index in the snapshot; SIZE_MAX: not there
 */
struct tm_target {
	const struct tcpmem_snapshot *snap;
	uint32_t pid;
	const struct tm_process_counters *counters;
	const struct tcpmem_limits *limits;
	size_t netns;
};

/*
 * struct tm_heap - sockets of one kind
 * @payload: bytes of data, not memory
 * @dated: of them, those of which it is known how long nothing has come;
 *	@newest and @oldest: ms since then, at least and at most
 */
struct tm_heap {
	int64_t sockets;
	int64_t bytes;
	int64_t payload;
	int64_t dated;
	int64_t newest;
	int64_t oldest;
};

/* struct tm_busiest - of some listeners, the one with the most of something */
struct tm_busiest {
	uint16_t port;
	int64_t most;
	int64_t limit;
};

/*
 * struct tm_breakdown - what was counted
 * @shared: those that other processes hold too
 * @connections: established ones that no other timer than keepalive's guards
 * @keepalive: of them, those whose keepalive timer runs
 * @idle_keepalive: of the idle ones, likewise
 */
struct tm_breakdown {
	struct tm_heap heap[TCPMEM_FINDING_COUNT];
	struct tm_heap shared;
	int64_t connections;
	int64_t keepalive;
	int64_t idle_keepalive;
	struct tm_busiest full;
	struct tm_busiest drops;
	struct tm_port_busiest ports;
};

/*
 * tm_breakdown_make() - counts the sockets that concern @target
 *
 * Return: 0, or -ENOMEM.
 */
int tm_breakdown_make(const struct tm_target *target,
		      struct tm_breakdown *breakdown);

#endif
