/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* info.h - what the kernel tells of a connection beside its memory */
#ifndef TCPMEM_INFO_H
#define TCPMEM_INFO_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum tcpmem_info - what the kernel tells of a connection beside its memory
 *
 * %TCPMEM_INFO_RTT to %TCPMEM_INFO_TOTAL_RTO_TIME are fields of struct tcp_info
 * (linux/tcp.h), and need %TCPMEM_NEED_INFO. TIMER (an enum tcpmem_timer) and
 * TIMER_RETRANS are known without it.
 * @since 0.1
 */
enum tcpmem_info {
	TCPMEM_INFO_RTT = 0,
	TCPMEM_INFO_RTTVAR = 1,
	TCPMEM_INFO_MIN_RTT = 2,
	TCPMEM_INFO_RCV_RTT = 3,
	TCPMEM_INFO_RTO = 4,
	TCPMEM_INFO_ATO = 5,
	TCPMEM_INFO_CWND = 6,
	TCPMEM_INFO_SSTHRESH = 7,
	TCPMEM_INFO_RCV_SSTHRESH = 8,
	TCPMEM_INFO_MSS = 9,
	TCPMEM_INFO_RCV_MSS = 10,
	TCPMEM_INFO_ADVMSS = 11,
	TCPMEM_INFO_PMTU = 12,
	TCPMEM_INFO_UNACKED = 13,
	TCPMEM_INFO_SACKED = 14,
	TCPMEM_INFO_LOST = 15,
	TCPMEM_INFO_RETRANS = 16,
	TCPMEM_INFO_TOTAL_RETRANS = 17,
	TCPMEM_INFO_RETRANSMITS = 18,
	TCPMEM_INFO_PROBES = 19,
	TCPMEM_INFO_BACKOFF = 20,
	TCPMEM_INFO_REORDERING = 21,
	TCPMEM_INFO_LAST_SND = 22,
	TCPMEM_INFO_LAST_RCV = 23,
	TCPMEM_INFO_LAST_ACK_RECV = 24,
	TCPMEM_INFO_RCV_SPACE = 25,
	TCPMEM_INFO_SND_WND = 26,
	TCPMEM_INFO_RCV_WND = 27,
	TCPMEM_INFO_NOTSENT = 28,
	TCPMEM_INFO_BYTES_SENT = 29,
	TCPMEM_INFO_BYTES_ACKED = 30,
	TCPMEM_INFO_BYTES_RETRANS = 31,
	TCPMEM_INFO_BYTES_RECEIVED = 32,
	TCPMEM_INFO_SEGS_OUT = 33,
	TCPMEM_INFO_SEGS_IN = 34,
	TCPMEM_INFO_DATA_SEGS_OUT = 35,
	TCPMEM_INFO_DATA_SEGS_IN = 36,
	TCPMEM_INFO_DELIVERED = 37,
	TCPMEM_INFO_DELIVERED_CE = 38,
	TCPMEM_INFO_DSACK_DUPS = 39,
	TCPMEM_INFO_REORD_SEEN = 40,
	TCPMEM_INFO_RCV_OOOPACK = 41,
	TCPMEM_INFO_PACING_RATE = 42,
	TCPMEM_INFO_MAX_PACING_RATE = 43,
	TCPMEM_INFO_DELIVERY_RATE = 44,
	TCPMEM_INFO_BUSY_TIME = 45,
	TCPMEM_INFO_RWND_LIMITED = 46,
	TCPMEM_INFO_SNDBUF_LIMITED = 47,
	TCPMEM_INFO_REHASH = 48,
	TCPMEM_INFO_TOTAL_RTO = 49,
	TCPMEM_INFO_TOTAL_RTO_RECOVERIES = 50,
	TCPMEM_INFO_TOTAL_RTO_TIME = 51,
	TCPMEM_INFO_TIMER = 52,
	TCPMEM_INFO_TIMER_RETRANS = 53,
	TCPMEM_INFO_TIMER_EXPIRES = 54,
};
enum { TCPMEM_INFO_COUNT = 55 };

/**
 * enum tcpmem_timer - what a socket waits for, with the kernel's numbers
 * @TCPMEM_TIMER_RETRANSMIT: an acknowledgement; else it sends again
 * @TCPMEM_TIMER_PROBE: the peer's window is closed; it will ask whether it is
 *	still
 * @since 0.1
 */
enum tcpmem_timer {
	TCPMEM_TIMER_NONE = 0,
	TCPMEM_TIMER_RETRANSMIT = 1,
	TCPMEM_TIMER_KEEPALIVE = 2,
	TCPMEM_TIMER_TIME_WAIT = 3,
	TCPMEM_TIMER_PROBE = 4,
};

/**
 * tcpmem_info_describe() - "rtt", "cwnd" ..., with key, text and unit
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_term *
tcpmem_info_describe(enum tcpmem_info value);

/** tcpmem_timer_describe() - "none", "retransmit" ... @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_timer_describe(enum tcpmem_timer value);

#ifdef __cplusplus
}
#endif

#endif
