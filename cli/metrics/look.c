// SPDX-License-Identifier: LGPL-2.1-or-later
/* look.c - the numbers of one snapshot */
#include "look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_MS INT64_C(1000000)

const enum tcpmem_metric metrics_state_metric[METRICS_STATE_VALUES] = {
	TCPMEM_METRIC_SOCKETS, TCPMEM_METRIC_HELD,    TCPMEM_METRIC_BUFFER,
	TCPMEM_METRIC_OBJECT,  TCPMEM_METRIC_CHARGED,
};

int64_t metrics_clock(int clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void metrics_add(int64_t *sum, int64_t value, bool first)
{
	if (first || *sum == TCPMEM_UNKNOWN)
		*sum = value;
	else if (value != TCPMEM_UNKNOWN)
		*sum += value;
}

/* A state without a socket has no row: its sums are 0, if it was asked for. */
static int read_states(const struct tcpmem_snapshot *snap,
		       struct metrics_look *look)
{
	uint32_t asked = tcpmem_snapshot_get_states(snap);
	struct tcpmem_table *table;
	int ret = tcpmem_group(snap, "state", &table);
	const struct tcpmem_row *total;
	uint32_t state;

	if (ret < 0)
		return ret;
	for (size_t i = 0; i <= TCPMEM_STATE_MAX; i++)
		for (size_t v = 0; v < METRICS_STATE_VALUES; v++)
			look->state[i][v] = asked & 1u << i ? 0
							    : TCPMEM_UNKNOWN;
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(table, i);
		const char *name = tcpmem_row_get_subject(row)->key;

		if (tcpmem_states_from_name(name, &state) < 0)
			continue;
		for (size_t v = 0; v < METRICS_STATE_VALUES; v++)
			look->state[__builtin_ctz(state)][v] =
				metrics_row_value(row, metrics_state_metric[v]);
	}
	total = tcpmem_table_get_total(table);
	look->unread = metrics_row_value(total, TCPMEM_METRIC_UNREAD);
	look->unsent = metrics_row_value(total, TCPMEM_METRIC_UNSENT);
	tcpmem_table_free(table);
	return 0;
}

static void add_unowned(const struct tcpmem_socket *sock, bool first,
			int64_t sum[2])
{
	static const enum tcpmem_metric metric[] = { TCPMEM_METRIC_HELD,
						     TCPMEM_METRIC_SOCKETS };

	for (size_t v = 0; v < 2; v++) {
		int64_t value;

		if (tcpmem_socket_get_metric(sock, metric[v], &value))
			value = TCPMEM_UNKNOWN;
		metrics_add(&sum[v], value, first);
	}
}

static void forget(struct metrics_look *look, enum tcpmem_kind kind)
{
	look->unowned[kind][0] = look->unowned[kind][1] = TCPMEM_UNKNOWN;
}

/*
 * Only processes tell whose a socket is: while it is not known of some, 0 of a
 * kind that one of these may be was not measured. An fd that was not read may
 * be one of a socket that is in no dump.
 */
static void forget_unread(const bool seen[TCPMEM_KIND_COUNT],
			  struct metrics_look *look)
{
	static const enum tcpmem_kind kinds[] = { TCPMEM_KIND_UNACCEPTED,
						  TCPMEM_KIND_IN_FLIGHT,
						  TCPMEM_KIND_HIDDEN };
	bool owners = !seen[TCPMEM_KIND_HIDDEN] && !seen[TCPMEM_KIND_UNKNOWN];

	for (size_t i = 0; !owners && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!seen[kinds[i]])
			forget(look, kinds[i]);
	if (!seen[TCPMEM_KIND_DARK] &&
	    (!owners || look->warnings[TCPMEM_WARNING_FDS_UNREADABLE] ||
	     look->warnings[TCPMEM_WARNING_PROC_HIDDEN] ||
	     look->warnings[TCPMEM_WARNING_PROC_FOREIGN]))
		forget(look, TCPMEM_KIND_DARK);
}

/* Of kinds that other states than those that were asked for have, none came. */
static void forget_unasked(uint32_t asked, const bool seen[TCPMEM_KIND_COUNT],
			   struct metrics_look *look)
{
	static const uint32_t states[TCPMEM_KIND_COUNT] = {
		[TCPMEM_KIND_UNACCEPTED] = 1u << TCPMEM_STATE_ESTABLISHED |
					   1u << TCPMEM_STATE_CLOSE_WAIT |
					   1u << TCPMEM_STATE_SYN_RECV,
		[TCPMEM_KIND_ORPHAN] = 1u << TCPMEM_STATE_FIN_WAIT_1 |
				       1u << TCPMEM_STATE_FIN_WAIT_2 |
				       1u << TCPMEM_STATE_CLOSING |
				       1u << TCPMEM_STATE_LAST_ACK,
		[TCPMEM_KIND_TIME_WAIT] = 1u << TCPMEM_STATE_TIME_WAIT,
		[TCPMEM_KIND_SYN_RECV] = 1u << TCPMEM_STATE_SYN_RECV,
		[TCPMEM_KIND_DARK] = 1u << TCPMEM_STATE_CLOSED,
	};

	for (int i = 0; i < TCPMEM_KIND_COUNT; i++)
		if (states[i] && !(asked & states[i]) && !seen[i])
			forget(look, (enum tcpmem_kind)i);
}

/* 0 where there is no socket, unknown where of none is known what it holds */
static void read_unowned(const struct tcpmem_snapshot *snap,
			 struct metrics_look *look)
{
	size_t count = tcpmem_snapshot_get_socket_count(snap);
	bool seen[TCPMEM_KIND_COUNT] = { false };

	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_socket *sock =
			tcpmem_snapshot_get_socket(snap, i);
		enum tcpmem_kind kind = tcpmem_socket_get_kind(sock);

		add_unowned(sock, !seen[kind], look->unowned[kind]);
		seen[kind] = true;
	}
	forget_unread(seen, look);
	forget_unasked(tcpmem_snapshot_get_states(snap), seen, look);
}

/* Whether what every namespace of every kernel tells could be read */
static bool knows_host(const struct metrics_look *look)
{
	static const enum tcpmem_host_metric told[] = {
		TCPMEM_HOST_METRIC_TCP_MEM_USED,
		TCPMEM_HOST_METRIC_ORPHANS,
		TCPMEM_HOST_METRIC_PRESSURE,
	};

	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
		if (look->host[told[i]] == TCPMEM_UNKNOWN)
			return false;
	return true;
}

static void read_host(const struct tcpmem_snapshot *snap,
		      struct metrics_look *look)
{
	enum tcpmem_warning_code code;

	for (int i = 0; i < TCPMEM_HOST_METRIC_COUNT; i++)
		if (tcpmem_snapshot_get_host_metric(
			    snap, (enum tcpmem_host_metric)i, &look->host[i]))
			look->host[i] = TCPMEM_UNKNOWN;
	for (size_t i = 0; tcpmem_snapshot_get_warning(snap, i, &code); i++)
		look->warnings[code]++;
	/* in milliseconds, as JSON has it: not all readers keep 16 digits */
	look->time_ns = tcpmem_snapshot_get_time_ns(snap);
	if (look->time_ns != TCPMEM_UNKNOWN)
		look->time_ns -= look->time_ns % NS_PER_MS;
	look->complete = tcpmem_snapshot_is_complete(snap) && knows_host(look);
	look->netns = (int64_t)tcpmem_snapshot_get_netns_count(snap);
}

/* Else the kernel's count and the sum may be of different sockets. */
static bool is_compared(enum tcpmem_verdict verdict)
{
	return verdict != TCPMEM_VERDICT_NARROWED &&
	       verdict != TCPMEM_VERDICT_UNKNOWN;
}

static int read_reconciliation(const struct tcpmem_snapshot *snap,
			       struct metrics_look *look)
{
	struct tcpmem_reconciliation *reconciliation;
	int ret = tcpmem_reconcile(snap, &reconciliation);

	if (ret < 0)
		return ret;
	for (int i = 0; i < TCPMEM_RECONCILE_METRIC_COUNT; i++)
		if (tcpmem_reconciliation_get_metric(
			    reconciliation, (enum tcpmem_reconcile_metric)i,
			    &look->reconcile[i]))
			look->reconcile[i] = TCPMEM_UNKNOWN;
	look->verdict = tcpmem_reconciliation_get_verdict(reconciliation);
	if (!is_compared(look->verdict))
		look->reconcile[TCPMEM_RECONCILE_METRIC_RESIDUAL] =
			TCPMEM_UNKNOWN;
	tcpmem_reconciliation_free(reconciliation);
	return 0;
}

/* As net/snmp and net/netstat call them */
static int find_event(const char *name)
{
	static const char *const names[METRICS_EVENT_COUNT] = {
		[METRICS_EVENT_PRESSURES] = "TCPMemoryPressures",
		[METRICS_EVENT_PRESSURE_TIME] = "TCPMemoryPressuresChrono",
		[METRICS_EVENT_MEMORY_ABORTS] = "TCPAbortOnMemory",
		[METRICS_EVENT_TIMEOUT_ABORTS] = "TCPAbortOnTimeout",
		[METRICS_EVENT_PRUNES] = "PruneCalled",
		[METRICS_EVENT_PRUNED_PACKETS] = "RcvPruned",
		[METRICS_EVENT_OFO_PRUNES] = "OfoPruned",
		[METRICS_EVENT_COLLAPSED_PACKETS] = "TCPRcvCollapsed",
		[METRICS_EVENT_RECEIVE_DROPS] = "TCPRcvQDrop",
		[METRICS_EVENT_BACKLOG_DROPS] = "TCPBacklogDrop",
		[METRICS_EVENT_LISTEN_OVERFLOWS] = "ListenOverflows",
		[METRICS_EVENT_LISTEN_DROPS] = "ListenDrops",
		[METRICS_EVENT_REQUEST_DROPS] = "TCPReqQFullDrop",
		[METRICS_EVENT_SYNCOOKIES] = "SyncookiesSent",
		[METRICS_EVENT_TIME_WAIT_OVERFLOWS] = "TCPTimeWaitOverflow",
		[METRICS_EVENT_FAILED_ATTEMPTS] = "AttemptFails",
		[METRICS_EVENT_RESETS] = "EstabResets",
		[METRICS_EVENT_RESETS_SENT] = "OutRsts",
	};
	int i = 0;

	while (i < METRICS_EVENT_COUNT && strcmp(names[i], name) != 0)
		i++;
	return i;
}

bool metrics_has_self(const struct tcpmem_snapshot *snap)
{
	size_t count = tcpmem_snapshot_get_netns_count(snap);

	for (size_t i = 0; i < count; i++)
		if (strcmp(tcpmem_snapshot_get_netns(snap, i, NULL), "self") ==
		    0)
			return true;
	return false;
}

/* One that may not be entered has counters that are not known. */
static int read_limits(const char *netns, struct tcpmem_ctx *ctx,
		       const struct tcpmem_snapshot *snap,
		       struct tcpmem_limits **limits)
{
	int ret = -EACCES;

	if (netns || metrics_has_self(snap))
		ret = tcpmem_limits_read(ctx, NULL, snap,
					 netns ? netns : "self", limits);
	return ret == -EPERM || ret == -ENOENT ? -EACCES : ret;
}

static int read_events(const char *netns, struct tcpmem_ctx *ctx,
		       const struct tcpmem_snapshot *snap,
		       struct metrics_look *look)
{
	struct tcpmem_limits *limits;
	int ret, event;

	for (int i = 0; i < METRICS_EVENT_COUNT; i++)
		look->event[i] = TCPMEM_UNKNOWN;
	if (!ctx)
		return 0;
	ret = read_limits(netns, ctx, snap, &limits);
	if (ret == -EACCES)
		look->complete = false;
	if (ret < 0)
		return ret == -EACCES ? 0 : ret;
	for (size_t i = 0; i < tcpmem_limits_get_count(limits); i++) {
		const struct tcpmem_limit *limit = tcpmem_limits_get(limits, i);

		event = limit->counter ? find_event(limit->name)
				       : METRICS_EVENT_COUNT;
		if (event == METRICS_EVENT_COUNT)
			continue;
		if (!limit->count_known) {
			look->complete &= limit->gone != NULL;
			continue;
		}
		look->event[event] = limit->unit == TCPMEM_UNIT_MILLISECONDS
					     ? limit->count * NS_PER_MS
					     : limit->count;
	}
	tcpmem_limits_free(limits);
	return 0;
}

int metrics_look(const struct metrics_config *config,
		 struct metrics_memory *memory, struct tcpmem_ctx *ctx,
		 int64_t begin_ns, const struct tcpmem_snapshot *snap,
		 struct metrics_look *look)
{
	int ret;

	*look = (struct metrics_look){ .by = config->group };
	read_host(snap, look);
	read_unowned(snap, look);
	ret = read_states(snap, look);
	if (ret == 0)
		ret = read_events(config->netns, ctx, snap, look);
	if (ret == 0)
		ret = read_reconciliation(snap, look);
	if (ret == 0 && config->group)
		ret = metrics_read_groups(config, memory, snap, look);
	if (ret == 0 && config->port_count)
		ret = metrics_read_ports(config, snap, look);
	look->duration_ns = metrics_clock(CLOCK_MONOTONIC) - begin_ns;
	look->cpu_ns = metrics_clock(CLOCK_PROCESS_CPUTIME_ID);
	return ret;
}

void metrics_look_free(struct metrics_look *look)
{
	metrics_rows_free(&look->group);
	metrics_rows_free(&look->port);
}
