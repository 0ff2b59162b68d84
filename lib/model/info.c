// SPDX-License-Identifier: LGPL-2.1-or-later
/* info.c - tcp_info beside the sockets, and what its fields mean */
#include "model/socket.h"

#include "base/util.h"
#include "model/snapshot.h"
#include "tcpmem/socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Values of a tcp_info field that mean "not measured". */
#define FIRST_CONNECT 0x01 /* means nothing before the connection is made */
#define ZERO_IS_NONE  0x02 /* 0: not measured yet */
#define ONES_ARE_NONE 0x04 /* all bits set: not measured, or no limit */

/*
 * struct field - one figure
 * @offset, @size: where it is in struct tcp_info; @size is 0 for what the
 *	kernel tells outside of it
 */
struct field {
	struct tcpmem_term term;
	uint16_t offset;
	uint8_t size;
	uint8_t flags;
};

/*
 * Where struct tcp_info has a member: the kernel's promise, in numbers since
 * headers are often older than the kernel.
 */
#define AT(member, offset, size) offset, size

#define FIELD(id, name, json, text, unit, at, flags) \
	[TCPMEM_INFO_##                              \
		id] = { { name, json, text, TCPMEM_UNIT_##unit }, at, flags }

static const struct field fields[TCPMEM_INFO_COUNT] = {
	FIELD(RTT, "rtt", "rtt_us", "round trip, smoothed", MICROSECONDS,
	      AT(tcpi_rtt, 68, 4), FIRST_CONNECT | ZERO_IS_NONE),
	FIELD(RTTVAR, "rttvar", "rttvar_us", "mean deviation of the round trip",
	      MICROSECONDS, AT(tcpi_rttvar, 72, 4), FIRST_CONNECT),
	FIELD(MIN_RTT, "min_rtt", "min_rtt_us", "shortest round trip of late",
	      MICROSECONDS, AT(tcpi_min_rtt, 148, 4), ONES_ARE_NONE),
	FIELD(RCV_RTT, "rcv_rtt", "rcv_rtt_us",
	      "round trip, as the receiver estimates it", MICROSECONDS,
	      AT(tcpi_rcv_rtt, 92, 4), ZERO_IS_NONE),
	FIELD(RTO, "rto", "rto_us",
	      "time until an unanswered segment is resent", MICROSECONDS,
	      AT(tcpi_rto, 8, 4), 0),
	FIELD(ATO, "ato", "ato_us", "time that an ACK may wait", MICROSECONDS,
	      AT(tcpi_ato, 12, 4), 0),
	FIELD(CWND, "cwnd", "cwnd", "congestion window, in segments", PACKETS,
	      AT(tcpi_snd_cwnd, 80, 4), 0),
	FIELD(SSTHRESH, "ssthresh", "ssthresh",
	      "slow start ends here; 2147483647: nowhere", PACKETS,
	      AT(tcpi_snd_ssthresh, 76, 4), 0),
	FIELD(RCV_SSTHRESH, "rcv_ssthresh", "rcv_ssthresh_bytes",
	      "limit of the window to be offered", BYTES,
	      AT(tcpi_rcv_ssthresh, 64, 4), 0),
	FIELD(MSS, "mss", "mss_bytes", "largest segment to send", BYTES,
	      AT(tcpi_snd_mss, 16, 4), 0),
	FIELD(RCV_MSS, "rcv_mss", "rcv_mss_bytes",
	      "largest segment that comes, estimated", BYTES,
	      AT(tcpi_rcv_mss, 20, 4), 0),
	FIELD(ADVMSS, "advmss", "advmss_bytes",
	      "largest segment, as told to the peer", BYTES,
	      AT(tcpi_advmss, 84, 4), 0),
	FIELD(PMTU, "pmtu", "pmtu_bytes", "MTU of the path", BYTES,
	      AT(tcpi_pmtu, 60, 4), 0),
	FIELD(UNACKED, "unacked", "unacked",
	      "segments sent and not acknowledged", PACKETS,
	      AT(tcpi_unacked, 24, 4), 0),
	FIELD(SACKED, "sacked", "sacked", "of them, acknowledged out of order",
	      PACKETS, AT(tcpi_sacked, 28, 4), 0),
	FIELD(LOST, "lost", "lost", "of them, taken for lost", PACKETS,
	      AT(tcpi_lost, 32, 4), 0),
	FIELD(RETRANS, "retrans", "retrans", "of them, sent again", PACKETS,
	      AT(tcpi_retrans, 36, 4), 0),
	FIELD(TOTAL_RETRANS, "total_retrans", "total_retrans",
	      "segments sent again, ever", PACKETS,
	      AT(tcpi_total_retrans, 100, 4), 0),
	FIELD(RETRANSMITS, "retransmits", "retransmits",
	      "timeouts in a row without an answer", EVENTS,
	      AT(tcpi_retransmits, 2, 1), 0),
	FIELD(PROBES, "probes", "probes", "probes in a row without an answer",
	      EVENTS, AT(tcpi_probes, 3, 1), 0),
	FIELD(BACKOFF, "backoff", "backoff",
	      "how often the timeout was doubled", EVENTS,
	      AT(tcpi_backoff, 4, 1), 0),
	FIELD(REORDERING, "reordering", "reordering",
	      "segments that may be out of order", PACKETS,
	      AT(tcpi_reordering, 88, 4), 0),
	FIELD(LAST_SND, "last_snd", "last_snd_ms",
	      "since data was sent, or it was opened", MILLISECONDS,
	      AT(tcpi_last_data_sent, 44, 4), FIRST_CONNECT),
	FIELD(LAST_RCV, "last_rcv", "last_rcv_ms",
	      "since data came, or it was opened", MILLISECONDS,
	      AT(tcpi_last_data_recv, 52, 4), FIRST_CONNECT),
	FIELD(LAST_ACK_RECV, "last_ack_recv", "last_ack_recv_ms",
	      "since an ACK came", MILLISECONDS, AT(tcpi_last_ack_recv, 56, 4),
	      FIRST_CONNECT),
	FIELD(RCV_SPACE, "rcv_space", "rcv_space_bytes",
	      "what the program reads in a round trip", BYTES,
	      AT(tcpi_rcv_space, 96, 4), 0),
	FIELD(SND_WND, "snd_wnd", "snd_wnd_bytes",
	      "window that the peer offers", BYTES, AT(tcpi_snd_wnd, 228, 4),
	      0),
	FIELD(RCV_WND, "rcv_wnd", "rcv_wnd_bytes",
	      "window that the peer is offered", BYTES,
	      AT(tcpi_rcv_wnd, 232, 4), 0),
	FIELD(NOTSENT, "notsent", "notsent_bytes",
	      "queued, and not sent for the first time", BYTES,
	      AT(tcpi_notsent_bytes, 144, 4), 0),
	FIELD(BYTES_SENT, "bytes_sent", "sent_bytes",
	      "data sent, what was sent again too", BYTES,
	      AT(tcpi_bytes_sent, 200, 8), 0),
	FIELD(BYTES_ACKED, "bytes_acked", "acked_bytes",
	      "data that the peer acknowledged", BYTES,
	      AT(tcpi_bytes_acked, 120, 8), 0),
	FIELD(BYTES_RETRANS, "bytes_retrans", "retrans_bytes",
	      "data sent again", BYTES, AT(tcpi_bytes_retrans, 208, 8), 0),
	FIELD(BYTES_RECEIVED, "bytes_received", "received_bytes",
	      "data that came and was acknowledged", BYTES,
	      AT(tcpi_bytes_received, 128, 8), 0),
	FIELD(SEGS_OUT, "segs_out", "segs_out", "segments sent", PACKETS,
	      AT(tcpi_segs_out, 136, 4), 0),
	FIELD(SEGS_IN, "segs_in", "segs_in", "segments that came", PACKETS,
	      AT(tcpi_segs_in, 140, 4), 0),
	FIELD(DATA_SEGS_OUT, "data_segs_out", "data_segs_out",
	      "segments sent with data", PACKETS,
	      AT(tcpi_data_segs_out, 156, 4), 0),
	FIELD(DATA_SEGS_IN, "data_segs_in", "data_segs_in",
	      "segments that came with data", PACKETS,
	      AT(tcpi_data_segs_in, 152, 4), 0),
	FIELD(DELIVERED, "delivered", "delivered",
	      "segments that arrived at the peer", PACKETS,
	      AT(tcpi_delivered, 192, 4), 0),
	FIELD(DELIVERED_CE, "delivered_ce", "delivered_ce",
	      "of them, with a congestion mark", PACKETS,
	      AT(tcpi_delivered_ce, 196, 4), 0),
	FIELD(DSACK_DUPS, "dsack_dups", "dsack_dups",
	      "segments that arrived twice", PACKETS,
	      AT(tcpi_dsack_dups, 216, 4), 0),
	FIELD(REORD_SEEN, "reord_seen", "reord_seen",
	      "times that segments came out of order", EVENTS,
	      AT(tcpi_reord_seen, 220, 4), 0),
	FIELD(RCV_OOOPACK, "rcv_ooopack", "rcv_ooopack",
	      "segments that came out of order", PACKETS,
	      AT(tcpi_rcv_ooopack, 224, 4), 0),
	FIELD(PACING_RATE, "pacing_rate", "pacing_rate_bytes_per_second",
	      "rate at which it may send", BYTES_PER_SECOND,
	      AT(tcpi_pacing_rate, 104, 8), ONES_ARE_NONE),
	FIELD(MAX_PACING_RATE, "max_pacing_rate",
	      "max_pacing_rate_bytes_per_second",
	      "the program's limit of that rate", BYTES_PER_SECOND,
	      AT(tcpi_max_pacing_rate, 112, 8), ONES_ARE_NONE),
	FIELD(DELIVERY_RATE, "delivery_rate", "delivery_rate_bytes_per_second",
	      "rate at which data arrived of late", BYTES_PER_SECOND,
	      AT(tcpi_delivery_rate, 160, 8), ZERO_IS_NONE),
	FIELD(BUSY_TIME, "busy_time", "busy_time_us",
	      "time in which data was under way", MICROSECONDS,
	      AT(tcpi_busy_time, 168, 8), 0),
	FIELD(RWND_LIMITED, "rwnd_limited", "rwnd_limited_us",
	      "of it, held up by the peer's window", MICROSECONDS,
	      AT(tcpi_rwnd_limited, 176, 8), 0),
	FIELD(SNDBUF_LIMITED, "sndbuf_limited", "sndbuf_limited_us",
	      "of it, held up by the send buffer", MICROSECONDS,
	      AT(tcpi_sndbuf_limited, 184, 8), 0),
	FIELD(REHASH, "rehash", "rehash", "times that another path was tried",
	      EVENTS, AT(tcpi_rehash, 236, 4), 0),
	FIELD(TOTAL_RTO, "total_rto", "total_rto", "timeouts, ever", EVENTS,
	      AT(tcpi_total_rto, 240, 2), 0),
	FIELD(TOTAL_RTO_RECOVERIES, "total_rto_recoveries",
	      "total_rto_recoveries", "times that it overcame them", EVENTS,
	      AT(tcpi_total_rto_recoveries, 242, 2), 0),
	FIELD(TOTAL_RTO_TIME, "total_rto_time", "total_rto_time_ms",
	      "time spent in timeouts, ever", MILLISECONDS,
	      AT(tcpi_total_rto_time, 244, 4), 0),
	FIELD(TIMER, "timer", "timer", "what it waits for", TIMER,
	      AT(none, 0, 0), 0),
	FIELD(TIMER_RETRANS, "timer_retrans", "timer_retrans",
	      "times that this timer ran out", EVENTS, AT(none, 0, 0), 0),
	FIELD(TIMER_EXPIRES, "timer_expires", "timer_expires_ms",
	      "time until the timer runs out", MILLISECONDS, AT(none, 0, 0), 0),
};

static const struct field *find(enum tcpmem_info info)
{
	return (size_t)info < TCPMEM_INFO_COUNT ? &fields[info] : NULL;
}

const struct tcpmem_term *tcpmem_info_describe(enum tcpmem_info info)
{
	static const struct tcpmem_term none;

	return find(info) ? &find(info)->term : &none;
}

/* struct place - of a figure that struct mptcp_info has, too */
static const struct place {
	uint8_t which, offset, size;
} mptcp_places[] = {
	{ TCPMEM_INFO_BYTES_RETRANS, AT(mptcpi_bytes_retrans, 48, 8) },
	{ TCPMEM_INFO_BYTES_SENT, AT(mptcpi_bytes_sent, 56, 8) },
	{ TCPMEM_INFO_BYTES_RECEIVED, AT(mptcpi_bytes_received, 64, 8) },
	{ TCPMEM_INFO_BYTES_ACKED, AT(mptcpi_bytes_acked, 72, 8) },
	{ TCPMEM_INFO_LAST_SND, AT(mptcpi_last_data_sent, 84, 4) },
	{ TCPMEM_INFO_LAST_RCV, AT(mptcpi_last_data_recv, 88, 4) },
	{ TCPMEM_INFO_LAST_ACK_RECV, AT(mptcpi_last_ack_recv, 92, 4) },
};

/* Return: false if an msk has no such figure. */
static bool find_mptcp(enum tcpmem_info which, struct field *field)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(mptcp_places); i++)
		if (mptcp_places[i].which == which) {
			*field = (struct field){
				.offset = mptcp_places[i].offset,
				.size = mptcp_places[i].size,
			};
			return true;
		}
	return false;
}

static uint64_t get_bits(const uint8_t *from, size_t size)
{
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	switch (size) {
	case sizeof(u64):
		memcpy(&u64, from, sizeof(u64));
		return u64;
	case sizeof(u32):
		memcpy(&u32, from, sizeof(u32));
		return u32;
	case sizeof(u16):
		memcpy(&u16, from, sizeof(u16));
		return u16;
	default:
		return *from;
	}
}

void tm_info_swap(uint8_t *bytes, size_t len, bool mptcp)
{
	for (size_t i = 0; i < TCPMEM_INFO_COUNT; i++) {
		struct field field = fields[i];

		if (mptcp && !find_mptcp((enum tcpmem_info)i, &field))
			continue;
		if (field.offset + (size_t)field.size <= len)
			tm_reverse(bytes + field.offset, field.size);
	}
}

static uint64_t all_ones(size_t size)
{
	return UINT64_MAX >> (64 - 8 * size);
}

/* Of a listening socket the kernel fills in little, and not as it is named. */
static int get_field(const struct tcpmem_socket *sock,
		     const struct tm_info *info, const struct field *field,
		     int64_t *value)
{
	uint64_t bits;

	if (sock->state == TCPMEM_STATE_LISTENING ||
	    field->offset + field->size > info->len)
		return -ENODATA;
	if ((field->flags & FIRST_CONNECT) &&
	    sock->state == TCPMEM_STATE_SYN_SENT)
		return -ENODATA;
	bits = get_bits(info->bytes + field->offset, field->size);
	if (((field->flags & ZERO_IS_NONE) && !bits) ||
	    ((field->flags & ONES_ARE_NONE) && bits == all_ones(field->size)) ||
	    bits > INT64_MAX)
		return -ENODATA;
	*value = (int64_t)bits;
	return 0;
}

/* Every message has the timer, whether tcp_info was asked for or not. */
static int get_timer(const struct tcpmem_socket *sock,
		     const struct tm_info *info, enum tcpmem_info which,
		     int64_t *value)
{
	if (sock->kind == TCPMEM_KIND_DARK)
		return -ENODATA;
	switch (which) {
	case TCPMEM_INFO_TIMER:
		*value = sock->timer;
		return 0;
	case TCPMEM_INFO_TIMER_RETRANS:
		*value = sock->retrans;
		return 0;
	default:
		if (!info || sock->timer == TCPMEM_TIMER_NONE)
			return -ENODATA;
		*value = info->expires_ms;
		return 0;
	}
}

int tcpmem_socket_get_info(const struct tcpmem_snapshot *snapshot,
			   const struct tcpmem_socket *sock,
			   enum tcpmem_info which, int64_t *value)
{
	const struct tm_info *info =
		tm_socket_set_info(&snapshot->sockets, sock);

	struct field field;

	if (!find(which))
		return -ENODATA;
	field = fields[which];
	if (!field.size)
		return get_timer(sock, info, which, value);
	if (sock->flags & TM_SOCK_MPTCP && !find_mptcp(which, &field))
		return -ENODATA;
	return info ? get_field(sock, info, &field, value) : -ENODATA;
}

const char *tcpmem_socket_get_congestion(const struct tcpmem_snapshot *snapshot,
					 const struct tcpmem_socket *sock)
{
	const struct tm_info *info =
		tm_socket_set_info(&snapshot->sockets, sock);

	return info && info->congestion[0] ? info->congestion : NULL;
}

bool tm_info_is_missing(const struct tcpmem_snapshot *snapshot,
			const struct tcpmem_socket *sock,
			enum tcpmem_info which)
{
	const struct tm_info *info =
		tm_socket_set_info(&snapshot->sockets, sock);
	const struct field *field = &fields[which];

	if (which == TCPMEM_INFO_TIMER || which == TCPMEM_INFO_TIMER_RETRANS ||
	    sock->state == TCPMEM_STATE_LISTENING ||
	    sock->kind == TCPMEM_KIND_DARK ||
	    sock->flags & (TM_SOCK_MINI | TM_SOCK_MPTCP))
		return false;
	return !snapshot->sockets.with_info || !info ||
	       field->offset + field->size > info->len;
}

/* The kernel tells both where it is asked for tcp_info. */
bool tm_congestion_is_missing(const struct tcpmem_snapshot *snapshot,
			      const struct tcpmem_socket *sock)
{
	return tm_info_is_missing(snapshot, sock, TCPMEM_INFO_RETRANSMITS);
}
