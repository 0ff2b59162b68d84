/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* metrics.h - series for Prometheus: what a look says, and how it is written */
#ifndef CLI_METRICS_METRICS_H
#define CLI_METRICS_METRICS_H

#include "tcpmem.h"

#include <stdio.h>

/* The usual --top and --max-series; ports that --port can list at most */
#define METRICS_TOP	   20
#define METRICS_MAX_SERIES 500
#define METRICS_PORTS	   32

/*
 * Series that are not about groups and ports, at most: the others get what
 * --max-series leaves, so that their number depends on nothing that is seen.
 */
#define METRICS_FIXED 200

/* What is told of a state, and of a group or port */
enum { METRICS_STATE_VALUES = 5, METRICS_ROW_VALUES = 5 };

/*
 * enum metrics_event - counters of the kernel, of the network namespace that
 * looks: the sum over namespaces would fall when one ends
 */
enum metrics_event {
	METRICS_EVENT_PRESSURES,
	METRICS_EVENT_PRESSURE_TIME,
	METRICS_EVENT_MEMORY_ABORTS,
	METRICS_EVENT_TIMEOUT_ABORTS,
	METRICS_EVENT_PRUNES,
	METRICS_EVENT_PRUNED_PACKETS,
	METRICS_EVENT_OFO_PRUNES,
	METRICS_EVENT_COLLAPSED_PACKETS,
	METRICS_EVENT_RECEIVE_DROPS,
	METRICS_EVENT_BACKLOG_DROPS,
	METRICS_EVENT_LISTEN_OVERFLOWS,
	METRICS_EVENT_LISTEN_DROPS,
	METRICS_EVENT_REQUEST_DROPS,
	METRICS_EVENT_SYNCOOKIES,
	METRICS_EVENT_TIME_WAIT_OVERFLOWS,
	METRICS_EVENT_FAILED_ATTEMPTS,
	METRICS_EVENT_RESETS,
	METRICS_EVENT_RESETS_SENT,
	METRICS_EVENT_COUNT,
};

/*
 * struct metrics_config - the series that are asked for
 * @group: key of the groups: "program" ...; NULL: none
 * @netns: whose counters are told; NULL: the caller's, if it is looked at
 * @top: groups with a name of their own
 * @max_series: metrics_least_series() or more
 */
struct metrics_config {
	const char *group;
	const char *netns;
	size_t top;
	size_t max_series;
	uint16_t port[METRICS_PORTS];
	size_t port_count;
};

/*
 * struct metrics_row - the sums of a group or port; unknown: TCPMEM_UNKNOWN
 * @label: in UTF-8
 */
struct metrics_row {
	char *label;
	bool shown;
	int64_t value[METRICS_ROW_VALUES];
};

struct metrics_rows {
	struct metrics_row *row;
	size_t count;
};

/*
 * struct metrics_memory - groups that were among the largest
 * @left: looks for which each of them is still shown
 */
struct metrics_memory {
	struct {
		char *label;
		unsigned int left;
	} * group;
	size_t count;
};

void metrics_memory_free(struct metrics_memory *memory);

/*
 * struct metrics_look - the numbers of one snapshot, which it outlives
 * @duration_ns: of the look
 * @cpu_ns: of this process until now
 * @state, @host, @reconcile: by the numbers of their enums
 * @unowned: held bytes and sockets of each kind that no process holds
 * @group: those shown; the last is all others
 * @dropped: series that max_series leaves no room for
 *
 * What is not known is TCPMEM_UNKNOWN: it has no series.
 */
struct metrics_look {
	int64_t time_ns;
	int64_t duration_ns;
	int64_t cpu_ns;
	int64_t complete;
	int64_t netns;
	int64_t unread;
	int64_t unsent;
	enum tcpmem_verdict verdict;
	int64_t state[TCPMEM_STATE_MAX + 1][METRICS_STATE_VALUES];
	int64_t host[TCPMEM_HOST_METRIC_COUNT];
	int64_t reconcile[TCPMEM_RECONCILE_METRIC_COUNT];
	int64_t unowned[TCPMEM_KIND_COUNT][2];
	int64_t warnings[TCPMEM_WARNING_COUNT];
	int64_t event[METRICS_EVENT_COUNT];
	struct metrics_rows group, port;
	const char *by;
	int64_t dropped;
};

/*
 * metrics_needs() - what a query has to require
 *
 * Return: 0, or -EINVAL if the group's key is none that is bounded.
 */
int metrics_needs(const struct metrics_config *config, uint32_t *needs);

/* metrics_least_series() - what the ports and one group need */
size_t metrics_least_series(const struct metrics_config *config);

/* metrics_group_name() - the key at @index that groups can have; NULL: none */
const char *metrics_group_name(size_t index);

/*
 * metrics_ports() - reads "443,8080"
 *
 * Return: NULL, or what is expected instead of @text.
 */
const char *metrics_ports(struct metrics_config *config, const char *text);

/*
 * metrics_look() - the numbers of @snap
 * @ctx: that it was taken with; NULL: it is a capture, which has no events
 * @begin_ns: when the look began, of CLOCK_MONOTONIC
 * @memory: of the looks before; { 0 } before the first
 *
 * Free the look either way. Return: 0 or -errno.
 */
int metrics_look(const struct metrics_config *config,
		 struct metrics_memory *memory, struct tcpmem_ctx *ctx,
		 int64_t begin_ns, const struct tcpmem_snapshot *snap,
		 struct metrics_look *look);
void metrics_look_free(struct metrics_look *look);

/* metrics_has_self() - whether the caller's namespace was looked at */
bool metrics_has_self(const struct tcpmem_snapshot *snap);

/* metrics_clock() - of clock_gettime(2), ns */
int64_t metrics_clock(int clock);

/*
 * metrics_print() - all families about @look
 *
 * In text format 0.0.4, or in OpenMetrics 1.0; metrics_print_status() follows.
 */
void metrics_print(FILE *out, bool openmetrics,
		   const struct metrics_look *look);

/* metrics_print_process() - what this process uses; of those who stay */
void metrics_print_process(FILE *out, bool openmetrics);

/* metrics_print_status() - the version, whether the look succeeded, the end */
void metrics_print_status(FILE *out, bool openmetrics, bool success);

#endif
