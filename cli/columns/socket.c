// SPDX-License-Identifier: LGPL-2.1-or-later
/* socket.c - the columns of sockets */
#include "cli.h"
#include "columns.h"
#include "output/text.h"

COLUMN_GETTER(get_state, text,
	      tcpmem_state_describe(tcpmem_socket_get_state(cell->row))->name)
COLUMN_GETTER(get_family, text,
	      tcpmem_family_describe(tcpmem_socket_get_family(cell->row))->name)
COLUMN_GETTER(
	get_protocol, text,
	tcpmem_protocol_describe(tcpmem_socket_get_protocol(cell->row))->name)

static void get_field(const struct cell *cell, struct value *value)
{
	const struct column *column = cell->column;
	int64_t number;

	if (tcpmem_socket_get_field(cell->row, column->field, &number) < 0)
		return;
	if (column->type == VALUE_ID)
		value_set_id(value, (uint64_t)number);
	else
		value_set_integer(value, number);
}

/* Payload, but of a listener connections */
static void get_queue(const struct cell *cell, struct value *value)
{
	get_field(cell, value);
	if (value->type == VALUE_INTEGER &&
	    tcpmem_socket_get_state(cell->row) != TCPMEM_STATE_LISTENING)
		value->type = VALUE_BYTES;
}

static void get_netns(const struct cell *cell, struct value *value)
{
	int64_t netns;

	if (tcpmem_socket_get_field(cell->row, cell->column->field, &netns) ==
	    0)
		value_set_text(value, tcpmem_snapshot_get_netns(
					      cell->snap, (size_t)netns, NULL));
}

static bool is_link_local(const uint8_t *bytes)
{
	return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

/*
 * The address that the column's port belongs to. As ss has it, the interface
 * that the socket is bound to stands at its own end; a link-local address
 * belongs to it at either.
 */
static void get_address(const struct cell *cell, struct value *value)
{
	uint8_t *address = value->address.bytes;
	bool local = cell->column->field == TCPMEM_SOCKET_FIELD_LOCAL_PORT;
	int64_t port = 0;

	tcpmem_socket_get_field(cell->row, cell->column->field, &port);
	tcpmem_socket_get_addresses(cell->row, local ? address : NULL,
				    local ? NULL : address);
	value->type = VALUE_ADDRESS;
	value->address.family = tcpmem_socket_get_family(cell->row);
	value->address.port = (uint16_t)port;
	value->address.zone = NULL;
	if (local || (value->address.family == TCPMEM_FAMILY_IPV6 &&
		      is_link_local(address)))
		value->address.zone =
			tcpmem_socket_get_interface(cell->snap, cell->row);
}

COLUMN_GETTER(get_kind, text,
	      tcpmem_kind_describe(tcpmem_socket_get_kind(cell->row))->name)

static void get_holders(const struct cell *cell, struct value *value)
{
	value->type = VALUE_HOLDERS;
	value->holders.snap = cell->snap;
	value->holders.sock = cell->row;
}

static void get_number(const struct cell *cell, struct value *value)
{
	int64_t number;

	if (tcpmem_socket_get_metric(cell->row, cell->column->metric, &number) <
	    0)
		return;
	value_set_number(value, column_type(cell->column), number);
}

static void get_info(const struct cell *cell, struct value *value)
{
	int64_t info;

	if (tcpmem_socket_get_info(cell->snap, cell->row, cell->column->info,
				   &info) < 0)
		return;
	if (column_type(cell->column) == VALUE_TEXT)
		value_set_text(
			value,
			tcpmem_timer_describe((enum tcpmem_timer)info)->name);
	else
		value_set_number(value, column_type(cell->column), info);
}

/* The clocks of data that never came or went run since it was opened. */
static void get_age(const struct cell *cell, struct value *value)
{
	static const enum tcpmem_info pairs[][2] = {
		{ TCPMEM_INFO_DATA_SEGS_OUT, TCPMEM_INFO_LAST_SND },
		{ TCPMEM_INFO_DATA_SEGS_IN, TCPMEM_INFO_LAST_RCV },
	};

	if (tcpmem_socket_get_state(cell->row) != TCPMEM_STATE_ESTABLISHED)
		return;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		int64_t segments, ms;

		if (tcpmem_socket_get_info(cell->snap, cell->row, pairs[i][0],
					   &segments) == 0 &&
		    !segments &&
		    tcpmem_socket_get_info(cell->snap, cell->row, pairs[i][1],
					   &ms) == 0)
			value_set_number(value, VALUE_MILLISECONDS, ms);
	}
}

static void get_congestion(const struct cell *cell, struct value *value)
{
	const char *name = tcpmem_socket_get_congestion(cell->snap, cell->row);

	if (name)
		value_set_text(value, name);
}

static void get_peer(const struct cell *cell, struct tcpmem_peer *peer)
{
	*peer = (struct tcpmem_peer){ .size = sizeof(*peer) };
	tcpmem_socket_get_peer(cell->snap, cell->row, peer);
}

static void get_peer_kind(const struct cell *cell, struct value *value)
{
	struct tcpmem_peer peer;

	get_peer(cell, &peer);
	if (peer.status == TCPMEM_PEER_SOCKET)
		value_set_text(value, tcpmem_kind_describe(peer.kind)->name);
	else if (peer.status != TCPMEM_PEER_NONE)
		value_set_text(value, peer.status == TCPMEM_PEER_ABSENT
					      ? "absent"
					      : "unknown");
}

static void get_peer_process(const struct cell *cell, struct value *value)
{
	struct tcpmem_peer peer;

	get_peer(cell, &peer);
	value_set_comm(value, peer.process);
}

static void get_peer_pid(const struct cell *cell, struct value *value)
{
	struct tcpmem_peer peer;

	get_peer(cell, &peer);
	value_set_pid(value, peer.process);
}

static void get_peer_netns(const struct cell *cell, struct value *value)
{
	struct tcpmem_peer peer;

	get_peer(cell, &peer);
	if (peer.status == TCPMEM_PEER_SOCKET)
		value_set_text(value, tcpmem_snapshot_get_netns(
					      cell->snap, peer.netns, NULL));
}

COLUMN_GETTER(get_interface, text,
	      tcpmem_socket_get_interface(cell->snap, cell->row))

/* Of several holders the first: the one with the lowest pid */
static const struct tcpmem_process *get_holder(const struct cell *cell)
{
	return tcpmem_snapshot_get_holder_count(cell->snap, cell->row)
		       ? tcpmem_snapshot_get_holder(cell->snap, cell->row, 0)
		       : NULL;
}

PROCESS_GETTERS(get_holder(cell))

/* Who had the socket; all of it is unknown if nobody is known. */
static struct tcpmem_past get_past(const struct cell *cell)
{
	struct tcpmem_past past = { .size = sizeof(past) };

	if (tcpmem_socket_get_past(cell->snap, cell->row, &past) < 0)
		past = (struct tcpmem_past){ .age_us = TCPMEM_UNKNOWN };
	return past;
}

static void set_process(struct value *value,
			const struct tcpmem_process *process, bool gone)
{
	static char text[64]; /* valid until the next cell */

	if (!process)
		return;
	snprintf(text, sizeof(text), "%s[%u]%s",
		 tcpmem_process_get_comm(process),
		 tcpmem_process_get_pid(process), gone ? " (gone)" : "");
	value_set_text(value, text);
}

static void get_past_process(const struct cell *cell, struct value *value)
{
	struct tcpmem_past past = get_past(cell);

	set_process(value, past.process, past.gone);
}

static void get_creator(const struct cell *cell, struct value *value)
{
	set_process(value, get_past(cell).creator, false);
}

static void get_past_age(const struct cell *cell, struct value *value)
{
	int64_t age = get_past(cell).age_us;

	if (age != TCPMEM_UNKNOWN)
		value_set_number(value, VALUE_MICROSECONDS, age);
}

COLUMN_GETTER(get_past_pid, pid, get_past(cell).process)
COLUMN_GETTER(get_creator_pid, pid, get_past(cell).creator)
COLUMN_GETTER(get_past_cgroup, text, get_past(cell).cgroup)
COLUMN_GETTER(get_past_source, text, get_past(cell).source)

#define INFO(x) COLUMN_INFO(x, TCPMEM_NEED_INFO, get_info)

/* Every sock_diag message has the timer: it needs no tcp_info. */
#define TIMER(x) COLUMN_INFO(x, 0, get_info)

/* A column about the past owner of a socket */
#define PAST(name, type, meaning, ...)                         \
	COLUMN(name, type, meaning, .needs = TCPMEM_NEED_PAST, \
	       .get = __VA_ARGS__)

#define SOURCES "what tells of it: exact, event, memory, listener"

static const struct column columns[] = {
	COLUMN("state", TEXT, "established, listening ...", .get = get_state),
	COLUMN("family", TEXT, "ipv4 or ipv6", .get = get_family),
	COLUMN("protocol", TEXT,
	       "tcp, mptcp, or subflow: a TCP connection under MPTCP",
	       .get = get_protocol),
	COLUMN("netns", TEXT, "its network namespace", .wrap = true,
	       .field = TCPMEM_SOCKET_FIELD_NETNS, .get = get_netns),
	COLUMN("local", ADDRESS, "local address; in tables with its port",
	       .rank = -1, .field = TCPMEM_SOCKET_FIELD_LOCAL_PORT,
	       .get = get_address),
	COLUMN("local_port", INTEGER, "local port",
	       .field = TCPMEM_SOCKET_FIELD_LOCAL_PORT, .get = get_field),
	COLUMN("remote", ADDRESS, "remote address; in tables with its port",
	       .rank = -1, .field = TCPMEM_SOCKET_FIELD_REMOTE_PORT,
	       .get = get_address),
	COLUMN("remote_port", INTEGER, "remote port",
	       .field = TCPMEM_SOCKET_FIELD_REMOTE_PORT, .get = get_field),
	COLUMN("inode", INTEGER, "inode in sockfs; 0 if no file refers to it",
	       .field = TCPMEM_SOCKET_FIELD_INODE, .get = get_field),
	COLUMN("cookie", ID, "the kernel's identity of the connection",
	       .field = TCPMEM_SOCKET_FIELD_COOKIE, .get = get_field),
	COLUMN("uid", INTEGER, "user id", .field = TCPMEM_SOCKET_FIELD_UID,
	       .get = get_field),
	COLUMN("cgroup_id", ID, "id of the cgroup (v2) that it was made in",
	       .field = TCPMEM_SOCKET_FIELD_CGROUP_ID, .get = get_field),
	COLUMN("kind", TEXT,
	       "process, or why none holds it: orphan, unaccepted ...",
	       .needs = TCPMEM_NEED_HOLDERS, .get = get_kind),
	COLUMN("holders", HOLDERS, "processes that hold it", .wrap = true,
	       .needs = TCPMEM_NEED_HOLDERS, .get = get_holders),
	COLUMN("recv_q", INTEGER,
	       "payload not yet read; of a listener, connections waiting",
	       .field = TCPMEM_SOCKET_FIELD_RECV_Q, .get = get_queue),
	COLUMN("send_q", INTEGER,
	       "payload not acknowledged; of a listener, its backlog",
	       .field = TCPMEM_SOCKET_FIELD_SEND_Q, .get = get_queue),
	COLUMN_COUNTERS(get_number),
	COLUMN_HELD(get_number),
	COLUMN("interface", TEXT, "network interface that it is bound to",
	       .on_demand = true, .needs = TCPMEM_NEED_METADATA,
	       .get = get_interface),
	COLUMN_PROCESS(false),
	COLUMN("peer_kind", TEXT,
	       "process, orphan ...; absent: not on this host; or unknown",
	       .on_demand = true, .needs = TCPMEM_NEED_PEERS,
	       .get = get_peer_kind),
	COLUMN("peer_process", TEXT,
	       "name of the process at the other end, if it is known",
	       .wrap = true, .on_demand = true, .needs = TCPMEM_NEED_PEERS,
	       .get = get_peer_process),
	COLUMN("peer_pid", INTEGER, "process id at the other end",
	       .on_demand = true, .needs = TCPMEM_NEED_PEERS,
	       .get = get_peer_pid),
	COLUMN("peer_netns", TEXT, "network namespace of the other end",
	       .wrap = true, .on_demand = true, .needs = TCPMEM_NEED_PEERS,
	       .get = get_peer_netns),
	PAST("past", TEXT, "who held what nobody holds any more",
	     get_past_process, .on_demand = true, .wrap = true),
	PAST("past_pid", INTEGER, "its process id", get_past_pid,
	     .on_demand = true),
	PAST("past_source", TEXT, SOURCES, get_past_source, .on_demand = true),
	COLUMN("age", MILLISECONDS,
	       "since it was opened, if it never sent, or never got, data",
	       .json = "age_ms", .on_demand = true, .needs = TCPMEM_NEED_INFO,
	       .get = get_age),
	COLUMN("congestion", TEXT, "congestion control: cubic, bbr ...",
	       .on_demand = true, .needs = TCPMEM_NEED_INFO,
	       .get = get_congestion),
	INFO(RTT),
	INFO(RTTVAR),
	INFO(MIN_RTT),
	INFO(RCV_RTT),
	INFO(RTO),
	INFO(ATO),
	INFO(CWND),
	INFO(SSTHRESH),
	INFO(RCV_SSTHRESH),
	INFO(MSS),
	INFO(RCV_MSS),
	INFO(ADVMSS),
	INFO(PMTU),
	INFO(UNACKED),
	INFO(SACKED),
	INFO(LOST),
	INFO(RETRANS),
	INFO(TOTAL_RETRANS),
	INFO(RETRANSMITS),
	INFO(PROBES),
	INFO(BACKOFF),
	INFO(REORDERING),
	INFO(LAST_SND),
	INFO(LAST_RCV),
	INFO(LAST_ACK_RECV),
	INFO(RCV_SPACE),
	INFO(SND_WND),
	INFO(RCV_WND),
	INFO(NOTSENT),
	INFO(BYTES_SENT),
	INFO(BYTES_ACKED),
	INFO(BYTES_RETRANS),
	INFO(BYTES_RECEIVED),
	INFO(SEGS_OUT),
	INFO(SEGS_IN),
	INFO(DATA_SEGS_OUT),
	INFO(DATA_SEGS_IN),
	INFO(DELIVERED),
	INFO(DELIVERED_CE),
	INFO(DSACK_DUPS),
	INFO(REORD_SEEN),
	INFO(RCV_OOOPACK),
	INFO(PACING_RATE),
	INFO(MAX_PACING_RATE),
	INFO(DELIVERY_RATE),
	INFO(BUSY_TIME),
	INFO(RWND_LIMITED),
	INFO(SNDBUF_LIMITED),
	INFO(REHASH),
	INFO(TOTAL_RTO),
	INFO(TOTAL_RTO_RECOVERIES),
	INFO(TOTAL_RTO_TIME),
	TIMER(TIMER),
	TIMER(TIMER_RETRANS),
	INFO(TIMER_EXPIRES),
};

const struct column_table socket_columns = { columns, ARRAY_SIZE(columns) };

static void get_time(const struct cell *cell, struct value *value)
{
	static char text[WHEN_SIZE]; /* valid until the next cell */

	when_text_ms(tcpmem_snapshot_get_time_ns(cell->snap), text);
	value_set_text(value, text);
}

#define ALWAYS(x)                                                         \
	{                                                                 \
		.is_info = true, .info = TCPMEM_INFO_##x, .get = get_info \
	}

static const struct column ended[] = {
	COLUMN("time", TEXT, "when it was told that it has ended",
	       .get = get_time),
	COLUMN("family", TEXT, "ipv4 or ipv6", .get = get_family),
	COLUMN("netns", TEXT, "its network namespace",
	       .field = TCPMEM_SOCKET_FIELD_NETNS, .get = get_netns),
	COLUMN("local", ADDRESS, "local address; in text with its port",
	       .field = TCPMEM_SOCKET_FIELD_LOCAL_PORT, .get = get_address),
	COLUMN("local_port", INTEGER, "local port",
	       .field = TCPMEM_SOCKET_FIELD_LOCAL_PORT, .get = get_field),
	COLUMN("remote", ADDRESS, "remote address; in text with its port",
	       .field = TCPMEM_SOCKET_FIELD_REMOTE_PORT, .get = get_address),
	COLUMN("remote_port", INTEGER, "remote port; 0: it was not connected",
	       .field = TCPMEM_SOCKET_FIELD_REMOTE_PORT, .get = get_field),
	COLUMN("cookie", ID, "the kernel's identity of the connection",
	       .field = TCPMEM_SOCKET_FIELD_COOKIE, .get = get_field),
	PAST("age", MICROSECONDS, "since it was opened until it was closed",
	     get_past_age, .json = "age_us"),
	PAST("closer", TEXT, "who closed it, or was last seen with it",
	     get_past_process),
	PAST("closer_pid", INTEGER, "its process id", get_past_pid),
	PAST("creator", TEXT, "who made it, or its listener", get_creator),
	PAST("creator_pid", INTEGER, "its process id", get_creator_pid),
	PAST("cgroup", TEXT, "cgroup (v2) of who closed it, or made it",
	     get_past_cgroup),
	PAST("source", TEXT, SOURCES, get_past_source),
	ALWAYS(BYTES_RECEIVED),
	ALWAYS(BYTES_ACKED),
	ALWAYS(BYTES_SENT),
	ALWAYS(BYTES_RETRANS),
	ALWAYS(TOTAL_RETRANS),
	ALWAYS(SEGS_IN),
	ALWAYS(SEGS_OUT),
	ALWAYS(RTT),
	ALWAYS(MIN_RTT),
	ALWAYS(DELIVERY_RATE),
	ALWAYS(BUSY_TIME),
};

const struct column_table ended_columns = { ended, ARRAY_SIZE(ended) };
