// SPDX-License-Identifier: LGPL-2.1-or-later
/* look.c - the numbers of one snapshot */
#include "look.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

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

/* A state without a socket has no row: its sums are 0. */
static int read_states(const struct tcpmem_snapshot *snap,
		       struct metrics_look *look)
{
	struct tcpmem_table *table;
	int ret = tcpmem_group(snap, "state", &table);
	const struct tcpmem_row *total;
	uint32_t state;

	if (ret < 0)
		return ret;
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

/* 0 where there is no socket, unknown where of none is known what it holds */
static void read_unowned(const struct tcpmem_snapshot *snap,
			 struct metrics_look *look)
{
	static const enum tcpmem_metric metric[] = { TCPMEM_METRIC_HELD,
						     TCPMEM_METRIC_SOCKETS };
	size_t count = tcpmem_snapshot_get_socket_count(snap);
	bool seen[TCPMEM_KIND_COUNT] = { false };

	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_socket *sock =
			tcpmem_snapshot_get_socket(snap, i);
		enum tcpmem_kind kind = tcpmem_socket_get_kind(sock);
		int64_t value;

		for (size_t v = 0; v < 2; v++) {
			if (tcpmem_socket_get_metric(sock, metric[v], &value))
				value = TCPMEM_UNKNOWN;
			metrics_add(&look->unowned[kind][v], value,
				    !seen[kind]);
		}
		seen[kind] = true;
	}
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
	look->time_ns = tcpmem_snapshot_get_time_ns(snap);
	look->complete = tcpmem_snapshot_is_complete(snap);
	look->netns = (int64_t)tcpmem_snapshot_get_netns_count(snap);
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
	tcpmem_reconciliation_free(reconciliation);
	return 0;
}

int metrics_look(const struct metrics_config *config,
		 struct metrics_memory *memory, int64_t begin_ns,
		 const struct tcpmem_snapshot *snap, struct metrics_look *look)
{
	int ret;

	*look = (struct metrics_look){ .by = config->group };
	read_host(snap, look);
	read_unowned(snap, look);
	ret = read_states(snap, look);
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
