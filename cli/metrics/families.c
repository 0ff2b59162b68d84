// SPDX-License-Identifier: LGPL-2.1-or-later
/* families.c - the table of all metrics */
#include "exposition.h"
#include "look.h"

#include <time.h>

/* The 12 states, in the kernel's order */
static void print_states(struct exposition *exposition,
			 const struct metrics_look *look)
{
	for (int i = 0; i <= TCPMEM_STATE_MAX; i++) {
		const char *name =
			tcpmem_state_describe((enum tcpmem_state)i)->name;

		if (name)
			exposition_sample(
				exposition, name,
				look->state[i][exposition->family->which]);
	}
}

static void print_host(struct exposition *exposition,
		       const struct metrics_look *look)
{
	exposition_sample(exposition, NULL,
			  look->host[exposition->family->which]);
}

static void print_limits(struct exposition *exposition,
			 const struct metrics_look *look)
{
	exposition_sample(exposition, "low",
			  look->host[TCPMEM_HOST_METRIC_TCP_MEM_LOW]);
	exposition_sample(exposition, "pressure",
			  look->host[TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE]);
	exposition_sample(exposition, "high",
			  look->host[TCPMEM_HOST_METRIC_TCP_MEM_HIGH]);
}

static void print_reconcile(struct exposition *exposition,
			    const struct metrics_look *look)
{
	exposition_sample(exposition, NULL,
			  look->reconcile[exposition->family->which]);
}

static void print_verdict(struct exposition *exposition,
			  const struct metrics_look *look)
{
	for (int i = 0; i < TCPMEM_VERDICT_COUNT; i++)
		exposition_sample(
			exposition,
			tcpmem_verdict_describe((enum tcpmem_verdict)i)->name,
			look->verdict == (enum tcpmem_verdict)i);
}

/* Nothing tells the kernel's own sockets from those in flight. */
static bool is_unowned(enum tcpmem_kind kind)
{
	return kind != TCPMEM_KIND_PROCESS && kind != TCPMEM_KIND_KERNEL;
}

static void print_unowned(struct exposition *exposition,
			  const struct metrics_look *look)
{
	for (int i = 0; i < TCPMEM_KIND_COUNT; i++) {
		enum tcpmem_kind kind = (enum tcpmem_kind)i;

		if (is_unowned(kind))
			exposition_sample(
				exposition, tcpmem_kind_describe(kind)->name,
				look->unowned[i][exposition->family->which]);
	}
}

static void print_warnings(struct exposition *exposition,
			   const struct metrics_look *look)
{
	for (int i = 0; i < TCPMEM_WARNING_COUNT; i++)
		exposition_sample(exposition,
				  tcpmem_warning_code_describe(
					  (enum tcpmem_warning_code)i)
					  ->name,
				  look->warnings[i]);
}

/* A member of struct metrics_look, by its offset */
static void print_member(struct exposition *exposition,
			 const struct metrics_look *look)
{
	const char *member = (const char *)look + exposition->family->which;

	exposition_sample(exposition, NULL, *(const int64_t *)member);
}

static void print_event(struct exposition *exposition,
			const struct metrics_look *look)
{
	exposition_sample(exposition, NULL,
			  look->event[exposition->family->which]);
}

static void print_groups(struct exposition *exposition,
			 const struct metrics_look *look)
{
	for (size_t i = 0; i < look->group.count; i++)
		exposition_sample_by(
			exposition, look->by, look->group.row[i].label,
			look->group.row[i].value[exposition->family->which]);
}

static void print_ports(struct exposition *exposition,
			const struct metrics_look *look)
{
	for (size_t i = 0; i < look->port.count; i++)
		exposition_sample(
			exposition, look->port.row[i].label,
			look->port.row[i].value[exposition->family->which]);
}

/* A family; its samples, and other members, follow its text. */
#define NUMBER(word, what, ...)                                   \
	{                                                         \
		.name = "tcpmem_" word, .text = what, __VA_ARGS__ \
	}
#define BYTES(word, what, ...) \
	NUMBER(word "_bytes", what, .unit = "bytes", __VA_ARGS__)
#define SECONDS(word, what, ...) \
	NUMBER(word "_seconds", what, .unit = "seconds", __VA_ARGS__)

#define HOST(number) .print = print_host, .which = TCPMEM_HOST_METRIC_##number
#define RECONCILE(number) \
	.print = print_reconcile, .which = TCPMEM_RECONCILE_METRIC_##number
#define MEMBER(member) \
	.print = print_member, .which = offsetof(struct metrics_look, member)
#define EVENT(event)                                  \
	.type = FAMILY_COUNTER, .print = print_event, \
	.which = METRICS_EVENT_##event
#define STATE(value)   .label = "state", .print = print_states, .which = value
#define UNOWNED(value) .label = "kind", .print = print_unowned, .which = value
#define PORT(value)    .label = "port", .print = print_ports, .which = value
#define GROUP(value)   .label = "group", .print = print_groups, .which = value

static const struct family families[] = {
	NUMBER("sockets", "TCP sockets.", STATE(0)),
	BYTES("held", "What sockets cost: buffer and object.", STATE(1)),
	BYTES("buffer", "Memory that holds data.", STATE(2)),
	BYTES("object", "Slab objects that sockets pin, an estimate.",
	      STATE(3)),
	BYTES("charged", "What tcp_mem counts of sockets; may be negative.",
	      STATE(4)),
	BYTES("unread", "Payload that no application has read.",
	      MEMBER(unread)),
	BYTES("unsent", "Payload that no peer has acknowledged.",
	      MEMBER(unsent)),
	BYTES("kernel_memory", "TCP memory by the kernel's own count.",
	      HOST(TCP_MEM_USED)),
	BYTES("kernel_limit", "The three numbers of net.ipv4.tcp_mem; no sum.",
	      .label = "level", .print = print_limits),
	NUMBER("kernel_pressure",
	       "1 while the kernel is under TCP memory pressure.",
	       HOST(PRESSURE)),
	BYTES("residual", "The kernel's count less what sockets are charged.",
	      RECONCILE(RESIDUAL)),
	BYTES("residual_tolerance",
	      "What CPUs may keep back from the kernel's count.",
	      RECONCILE(TOLERANCE)),
	NUMBER("verdict",
	       "1 at what comparing with the kernel's count came to.",
	       .label = "verdict", .print = print_verdict),
	NUMBER("unseen_sockets",
	       "Sockets that the kernel counts and nothing shows.",
	       RECONCILE(SOCKETS_UNSEEN)),
	NUMBER("orphan_sockets", "Orphans by the kernel's own count.",
	       HOST(ORPHANS)),
	NUMBER("orphan_limit", "net.ipv4.tcp_max_orphans.", HOST(ORPHANS_MAX)),
	NUMBER("time_wait_sockets",
	       "TIME_WAIT in the network namespace nearest to its limit.",
	       HOST(TIME_WAIT)),
	NUMBER("time_wait_limit",
	       "net.ipv4.tcp_max_tw_buckets of that network namespace.",
	       HOST(TIME_WAIT_MAX)),
	BYTES("unowned_held",
	      "Held by sockets that no process has open, or no dump shows.",
	      UNOWNED(0)),
	NUMBER("unowned_sockets",
	       "Sockets that no process has open, or no dump shows.",
	       UNOWNED(1)),
	NUMBER("memory_pressures", "Times that TCP went under pressure.",
	       EVENT(PRESSURES)),
	SECONDS("memory_pressure", "Time that TCP was under pressure.",
		EVENT(PRESSURE_TIME)),
	NUMBER("memory_aborts",
	       "Sockets ended for want of memory, or of room for orphans.",
	       EVENT(MEMORY_ABORTS)),
	NUMBER("timeout_aborts", "Sockets given up, the peer did not answer.",
	       EVENT(TIMEOUT_ABORTS)),
	NUMBER("prunes", "Times that a full receive buffer was squeezed.",
	       EVENT(PRUNES)),
	NUMBER("pruned_packets", "Packets dropped, squeezing did not help.",
	       EVENT(PRUNED_PACKETS)),
	NUMBER("out_of_order_prunes",
	       "Times that packets out of order were thrown away.",
	       EVENT(OFO_PRUNES)),
	NUMBER("collapsed_packets", "Packets copied together to save memory.",
	       EVENT(COLLAPSED_PACKETS)),
	NUMBER("receive_drops",
	       "Packets dropped, no memory for the receive queue.",
	       EVENT(RECEIVE_DROPS)),
	NUMBER("backlog_drops", "Packets dropped, the backlog was full.",
	       EVENT(BACKLOG_DROPS)),
	NUMBER("listen_overflows",
	       "Connections that found a full accept queue.",
	       EVENT(LISTEN_OVERFLOWS)),
	NUMBER("listen_drops", "Packets dropped by listeners, for any reason.",
	       EVENT(LISTEN_DROPS)),
	NUMBER("request_drops", "SYNs dropped, the queue was full.",
	       EVENT(REQUEST_DROPS)),
	NUMBER("syncookies_sent", "Connections in a cookie, not in memory.",
	       EVENT(SYNCOOKIES)),
	NUMBER("time_wait_overflows", "Sockets ended without TIME_WAIT.",
	       EVENT(TIME_WAIT_OVERFLOWS)),
	NUMBER("failed_attempts", "Connections that failed to be established.",
	       EVENT(FAILED_ATTEMPTS)),
	NUMBER("resets", "Established connections that were reset.",
	       EVENT(RESETS)),
	NUMBER("resets_sent", "Resets that were sent.", EVENT(RESETS_SENT)),
	NUMBER("netns", "Network namespaces that are known.", MEMBER(netns)),
	NUMBER("complete", "0 if something asked for could not be seen.",
	       MEMBER(complete)),
	NUMBER("warnings", "Reasons why it is not the whole truth.",
	       .label = "code", .print = print_warnings),
	BYTES("port_held", "Held by sockets of a local port.", PORT(0)),
	BYTES("port_buffer", "Memory of a local port that holds data.",
	      PORT(1)),
	NUMBER("port_sockets", "Sockets of a local port.", PORT(2)),
	NUMBER("port_close_wait_sockets",
	       "Sockets of a local port in CLOSE_WAIT.", PORT(3)),
	BYTES("port_unread", "Payload of a local port that is not read.",
	      PORT(4)),
	BYTES("group_held", "Held by a group's sockets; (other): all the rest.",
	      GROUP(0)),
	BYTES("group_buffer", "Memory of a group that holds data.", GROUP(1)),
	NUMBER("group_sockets", "Sockets of a group.", GROUP(2)),
	NUMBER("group_close_wait_sockets", "Sockets of a group in CLOSE_WAIT.",
	       GROUP(3)),
	BYTES("group_unread", "Payload of a group that is not read.", GROUP(4)),
	NUMBER("series_dropped", "Series that the limit of series left out.",
	       MEMBER(dropped)),
	SECONDS("collect_duration", "How long the look took.",
		MEMBER(duration_ns)),
	SECONDS("collect_timestamp", "When the look began, since 1970.",
		MEMBER(time_ns)),
	SECONDS("collect_cpu", "CPU time of the process that looks.",
		MEMBER(cpu_ns), .type = FAMILY_COUNTER),
};

void metrics_print(FILE *out, bool openmetrics, const struct metrics_look *look)
{
	struct exposition exposition = { .out = out,
					 .openmetrics = openmetrics };

	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		exposition_family(&exposition, &families[i]);
		families[i].print(&exposition, look);
	}
}

void metrics_print_status(FILE *out, bool openmetrics, bool success)
{
	static const struct family info = {
		.name = "tcpmem_build",
		.type = FAMILY_INFO,
		.text = "The version of tcpmem.",
		.label = "version",
	};
	static const struct family status = {
		.name = "tcpmem_collect_success",
		.text = "1 if the last look succeeded; if not, the series are "
			"those of the last one that did.",
	};
	struct exposition exposition = { .out = out,
					 .openmetrics = openmetrics };

	exposition_family(&exposition, &info);
	exposition_sample(&exposition, TCPMEM_VERSION, 1);
	exposition_family(&exposition, &status);
	exposition_sample(&exposition, NULL, success);
	if (openmetrics)
		fputs("# EOF\n", out);
}
