/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain.h - limits, advice and findings */
#ifndef TM_ANALYSIS_EXPLAIN_H
#define TM_ANALYSIS_EXPLAIN_H

#include "model/accounting.h"
#include "model/limits.h"
#include "model/snapshot.h"
#include "model/socket.h"
#include "tcpmem/explain.h"

#include <stddef.h>

/* ---- how many local ports connections toward one destination take ---- */

/* struct tm_port_use - a connection: where it goes to, and whose it is */
struct tm_port_use {
	uint8_t local[16];
	uint8_t remote[16];
	uint16_t port;
	uint16_t family;
	uint32_t mine;
};

struct tm_port_counts {
	struct tm_port_use *use;
	size_t count;
	size_t capacity;
};

/*
 * struct tm_port_busiest - the destination that takes the most ports
 * @all: connections to it that take a port of the range
 * @mine: of them, those that were added as such; more than 0
 */
struct tm_port_busiest {
	int64_t all;
	int64_t mine;
	uint8_t remote[16];
	uint16_t port;
	bool ipv6;
};

/*
 * tm_port_counts_add() - counts @sock if its local port is one of @range
 * @mine: it makes its destination one of those that are asked for
 *
 * Return: 0, or -ENOMEM.
 */
int tm_port_counts_add(struct tm_port_counts *ports,
		       const struct tcpmem_socket *sock,
		       const struct tcpmem_limit *range, bool mine);

/*
 * tm_port_counts_find() - of the destinations asked for, the one with the most
 * connections; 0 of them if there is none
 */
void tm_port_counts_find(struct tm_port_counts *ports,
			 struct tm_port_busiest *busiest);

void tm_port_counts_clear(struct tm_port_counts *ports);

/* ---- which limits the numbers say should be others ---- */

struct tcpmem_limits;

#define TM_ADVICE_MAX 16

struct tm_advices {
	struct tcpmem_advice advice[TM_ADVICE_MAX];
	size_t count;
};

/*
 * tm_advices_make() - what to change, from limits, their use and worst case
 *
 * Only where numbers warrant it: what is unknown warrants nothing.
 *
 * Return: 0, or -ENOMEM.
 */
int tm_advices_make(const struct tcpmem_limits *limits,
		    struct tm_advices *advices);
void tm_advices_clear(struct tm_advices *advices);

/* ---- what of the limits a snapshot's sockets use ---- */

/* "[ADDRESS]:PORT" */
#define TM_BUSIEST_SIZE 64

/*
 * struct tcpmem_limits - @worst: bytes, of enum tcpmem_worst
 * @netns: texts that the limits refer to, likewise @busiest
 */
struct tcpmem_limits {
	struct tm_limits limits;
	int64_t worst[TCPMEM_WORST_COUNT];
	bool worst_known[TCPMEM_WORST_COUNT];
	struct tm_advices advices;
	char *netns[TM_LIMIT_COUNT];
	char busiest[TM_LIMIT_COUNT][TM_BUSIEST_SIZE];
};

/* tm_limits_clear() - the texts; all else is no memory of its own */
void tm_limits_clear(struct tcpmem_limits *limits);

/*
 * tm_limits_use() - fills in what is used, and the worst case
 * @netns: index of the limits' namespace in the snapshot; SIZE_MAX: its
 *	sockets were not seen
 *
 * Return: 0, or -ENOMEM.
 */
int tm_limits_use(struct tcpmem_limits *limits,
		  const struct tcpmem_snapshot *snap, size_t netns);

/*
 * tm_limits_use_all() - the same of all namespaces whose limits @snap has: of
 * each limit, the namespace that is nearest to it
 *
 * Return: 0, or -ENOMEM.
 */
int tm_limits_use_all(struct tcpmem_limits *limits,
		      const struct tcpmem_snapshot *snap);

/* ---- one walk over the sockets: what of them concerns a process ---- */

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

/* ---- what stands out in a process's sockets and files ---- */

struct tm_findings {
	struct tcpmem_finding finding[TCPMEM_FINDING_COUNT];
	size_t count;
};

/*
 * tm_findings_make() - the findings about a process, most expensive first
 *
 * Only what was read: where a limit or a counter is unknown, nothing is found
 * that needs it.
 *
 * Return: 0, or -ENOMEM; clear them either way.
 */
int tm_findings_make(const struct tm_target *target,
		     const struct tm_breakdown *breakdown,
		     struct tm_findings *findings);
void tm_findings_clear(struct tm_findings *findings);

#endif
