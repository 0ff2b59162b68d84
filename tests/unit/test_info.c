// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_info.c - tcp_info: out of a message, beside its socket, by name */
#include "base/util.h"
#include "message.h"
#include "model/snapshot.h"
#include "netlink/internal.h"
#include "page_guard.h"
#include "tcpmem.h"
#include "unit.h"

#include <errno.h>
#include <linux/tcp.h>

/* What Linux 6.18 sends, and a kernel that knows more. */
#define INFO_618  272
#define INFO_LATE 400

static struct page_guard guard;

static void setup(void)
{
	page_guard_init(&guard);
}

static void teardown(void)
{
	page_guard_deinit(&guard);
}

/* Every byte is told from its neighbours. */
static void fill(uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(i % 127 + 1);
}

static void message_info(struct message *m, uint8_t state, size_t len)
{
	uint8_t bytes[INFO_LATE];

	fill(bytes, len);
	message_full(m, AF_INET, state, 7);
	m->diag->idiag_timer = TCPMEM_TIMER_KEEPALIVE;
	m->diag->idiag_retrans = 3;
	m->diag->idiag_expires = 12345;
	mnl_attr_put(m->nlh, INET_DIAG_INFO, len, bytes);
}

/* The message is the last before the end of memory. */
static void parse(const struct message *m, bool mptcp,
		  struct tcpmem_snapshot *snap)
{
	size_t len = m->nlh->nlmsg_len;
	const void *msg = page_guard_put(&guard, m->buf, len);
	struct tcpmem_socket sock;
	struct tm_info info;

	snap->sockets.with_info = true;
	ck_assert_int_eq(tm_parse_socket(msg, len, mptcp, &sock), 0);
	tm_parse_info(msg, &info);
	ck_assert_int_eq(tm_socket_set_add(&snap->sockets, &sock, &info), 0);
}

static void forget(struct tcpmem_snapshot *snap)
{
	tm_socket_set_deinit(&snap->sockets);
	memset(snap, 0, sizeof(*snap));
}

static int get(const struct tcpmem_snapshot *snap, enum tcpmem_info which,
	       int64_t *value)
{
	return tcpmem_socket_get_info(snap, snap->sockets.sock, which, value);
}

static size_t count_known(const struct tcpmem_snapshot *snap)
{
	size_t known = 0;
	int64_t value;

	for (int i = 0; i < TCPMEM_INFO_COUNT; i++)
		known += get(snap, (enum tcpmem_info)i, &value) == 0;
	return known;
}

/* tcpmem.h: "or -ENODATA if [...] the kernel is too old to have the field" */
START_TEST(every_cut_of_the_attribute)
{
	struct tcpmem_snapshot snap = { 0 };
	const size_t end = offsetof(struct tcp_info, tcpi_rtt) + 4;
	size_t known = 0;

	for (size_t len = 0; len <= INFO_LATE; len++) {
		struct message m;
		int64_t value;

		message_info(&m, TCPMEM_STATE_ESTABLISHED, len);
		parse(&m, false, &snap);
		ck_assert_int_eq(get(&snap, TCPMEM_INFO_RTT, &value),
				 len < end ? -ENODATA : 0);
		ck_assert_uint_ge(count_known(&snap), known);
		known = count_known(&snap);
		forget(&snap);
	}
	ck_assert_uint_eq(known, TCPMEM_INFO_COUNT);
}
END_TEST

/* The bytes that a cut message lacks are not read, whatever they are. */
START_TEST(an_attribute_that_does_not_fit_is_no_message)
{
	struct tcpmem_socket sock;
	struct message m;
	struct nlattr attr;
	size_t whole, at;

	message_info(&m, TCPMEM_STATE_ESTABLISHED, INFO_618);
	whole = m.nlh->nlmsg_len;
	at = whole - INFO_618 - sizeof(attr);
	for (size_t len = at + 1; len < whole; len++) {
		m.nlh->nlmsg_len = (uint32_t)len;
		ck_assert_int_eq(
			tm_parse_socket(page_guard_put(&guard, m.buf, len), len,
					false, &sock),
			-EBADMSG);
	}
}
END_TEST

static uint64_t bits_at(size_t offset, size_t size)
{
	uint8_t bytes[INFO_618];
	union {
		uint64_t u64;
		uint32_t u32;
		uint16_t u16;
		uint8_t u8;
	} value;

	fill(bytes, sizeof(bytes));
	memcpy(&value, bytes + offset, size);
	return size == 8   ? value.u64
	       : size == 4 ? value.u32
	       : size == 2 ? value.u16
			   : value.u8;
}

#define PLACE(name, member)                                    \
	{                                                      \
		TCPMEM_INFO_##name, #member,                   \
			offsetof(struct tcp_info, member),     \
			sizeof(((struct tcp_info *)0)->member) \
	}

/* All that Debian 12's header knows; what came later is not in it. */
static const struct place {
	enum tcpmem_info info;
	const char *member;
	size_t offset, size;
} metadata[] = {
	PLACE(RTT, tcpi_rtt),
	PLACE(RTTVAR, tcpi_rttvar),
	PLACE(MIN_RTT, tcpi_min_rtt),
	PLACE(RCV_RTT, tcpi_rcv_rtt),
	PLACE(RTO, tcpi_rto),
	PLACE(ATO, tcpi_ato),
	PLACE(CWND, tcpi_snd_cwnd),
	PLACE(SSTHRESH, tcpi_snd_ssthresh),
	PLACE(RCV_SSTHRESH, tcpi_rcv_ssthresh),
	PLACE(MSS, tcpi_snd_mss),
	PLACE(RCV_MSS, tcpi_rcv_mss),
	PLACE(ADVMSS, tcpi_advmss),
	PLACE(PMTU, tcpi_pmtu),
	PLACE(UNACKED, tcpi_unacked),
	PLACE(SACKED, tcpi_sacked),
	PLACE(LOST, tcpi_lost),
	PLACE(RETRANS, tcpi_retrans),
	PLACE(TOTAL_RETRANS, tcpi_total_retrans),
	PLACE(RETRANSMITS, tcpi_retransmits),
	PLACE(PROBES, tcpi_probes),
	PLACE(BACKOFF, tcpi_backoff),
	PLACE(REORDERING, tcpi_reordering),
	PLACE(LAST_SND, tcpi_last_data_sent),
	PLACE(LAST_RCV, tcpi_last_data_recv),
	PLACE(LAST_ACK_RECV, tcpi_last_ack_recv),
	PLACE(RCV_SPACE, tcpi_rcv_space),
	PLACE(SND_WND, tcpi_snd_wnd),
	PLACE(NOTSENT, tcpi_notsent_bytes),
	PLACE(BYTES_SENT, tcpi_bytes_sent),
	PLACE(BYTES_ACKED, tcpi_bytes_acked),
	PLACE(BYTES_RETRANS, tcpi_bytes_retrans),
	PLACE(BYTES_RECEIVED, tcpi_bytes_received),
	PLACE(SEGS_OUT, tcpi_segs_out),
	PLACE(SEGS_IN, tcpi_segs_in),
	PLACE(DATA_SEGS_OUT, tcpi_data_segs_out),
	PLACE(DATA_SEGS_IN, tcpi_data_segs_in),
	PLACE(DELIVERED, tcpi_delivered),
	PLACE(DELIVERED_CE, tcpi_delivered_ce),
	PLACE(DSACK_DUPS, tcpi_dsack_dups),
	PLACE(REORD_SEEN, tcpi_reord_seen),
	PLACE(RCV_OOOPACK, tcpi_rcv_ooopack),
	PLACE(PACING_RATE, tcpi_pacing_rate),
	PLACE(MAX_PACING_RATE, tcpi_max_pacing_rate),
	PLACE(DELIVERY_RATE, tcpi_delivery_rate),
	PLACE(BUSY_TIME, tcpi_busy_time),
	PLACE(RWND_LIMITED, tcpi_rwnd_limited),
	PLACE(SNDBUF_LIMITED, tcpi_sndbuf_limited),
};

START_TEST(fields_are_where_the_header_puts_them)
{
	const struct place *place = &metadata[_i];
	struct tcpmem_snapshot snap = { 0 };
	struct message m;
	int64_t value;

	message_info(&m, TCPMEM_STATE_ESTABLISHED, INFO_618);
	parse(&m, false, &snap);
	ck_assert_msg(get(&snap, place->info, &value) == 0, "%s",
		      place->member);
	ck_assert_msg((uint64_t)value == bits_at(place->offset, place->size),
		      "%s", place->member);
	forget(&snap);
}
END_TEST

START_TEST(fields_are_where_the_kernel_puts_them)
{
	struct tcpmem_snapshot snap = { 0 };
	struct message m;
	int64_t value;

	message_info(&m, TCPMEM_STATE_ESTABLISHED, INFO_618);
	parse(&m, false, &snap);
	ck_assert_int_eq(get(&snap, TCPMEM_INFO_TOTAL_RTO, &value), 0);
	ck_assert_uint_eq((uint64_t)value, bits_at(240, 2));
	ck_assert_int_eq(get(&snap, TCPMEM_INFO_TIMER, &value), 0);
	ck_assert_int_eq(value, TCPMEM_TIMER_KEEPALIVE);
	ck_assert_int_eq(get(&snap, TCPMEM_INFO_TIMER_RETRANS, &value), 0);
	ck_assert_int_eq(value, 3);
	ck_assert_int_eq(get(&snap, TCPMEM_INFO_TIMER_EXPIRES, &value), 0);
	ck_assert_int_eq(value, 12345);
	forget(&snap);
}
END_TEST

/* Of an msk it is struct mptcp_info, of which older kernels have less. */
START_TEST(an_msk_has_bytes_and_ages)
{
	static const struct {
		enum tcpmem_info which;
		uint32_t size, at;
	} figure[] = {
		{ TCPMEM_INFO_BYTES_RETRANS, 8, 48 },
		{ TCPMEM_INFO_BYTES_SENT, 8, 56 },
		{ TCPMEM_INFO_BYTES_RECEIVED, 8, 64 },
		{ TCPMEM_INFO_BYTES_ACKED, 8, 72 },
		{ TCPMEM_INFO_LAST_SND, 4, 84 },
		{ TCPMEM_INFO_LAST_RCV, 4, 88 },
		{ TCPMEM_INFO_LAST_ACK_RECV, 4, 92 },
	};
	struct tcpmem_snapshot snap = { 0 };
	struct message m;
	uint8_t bytes[96];
	int64_t value;

	for (size_t len = 48; len <= sizeof(bytes); len += 4) {
		message_full(&m, AF_INET, TCPMEM_STATE_ESTABLISHED, 7);
		fill(bytes, sizeof(bytes));
		mnl_attr_put(m.nlh, INET_DIAG_INFO, len, bytes);
		parse(&m, true, &snap);
		for (size_t i = 0; i < TM_ARRAY_SIZE(figure); i++) {
			uint64_t wanted;
			uint32_t half;

			memcpy(&half, bytes + figure[i].at, sizeof(half));
			memcpy(&wanted, bytes + figure[i].at, figure[i].size);
			if (figure[i].size == sizeof(half))
				wanted = half;
			if (figure[i].at + figure[i].size > len) {
				ck_assert_int_eq(
					get(&snap, figure[i].which, &value),
					-ENODATA);
				continue;
			}
			ck_assert_int_eq(get(&snap, figure[i].which, &value),
					 0);
			ck_assert_uint_eq((uint64_t)value, wanted);
		}
		ck_assert_int_eq(get(&snap, TCPMEM_INFO_RTT, &value), -ENODATA);
		forget(&snap);
	}
}
END_TEST

/* "the socket listens or is a mini-socket or dark" */
START_TEST(who_has_none)
{
	struct tcpmem_snapshot snap = { 0 };
	struct message m;
	int64_t value;

	message_info(&m, TCPMEM_STATE_LISTENING, INFO_618);
	parse(&m, false, &snap);
	ck_assert_uint_eq(count_known(&snap), 3); /* the timer */
	forget(&snap);

	message_init(&m, AF_INET, TCPMEM_STATE_TIME_WAIT);
	m.diag->idiag_timer = TCPMEM_TIMER_TIME_WAIT;
	m.diag->idiag_expires = 59000;
	parse(&m, false, &snap);
	ck_assert_uint_eq(count_known(&snap), 3);
	ck_assert_int_eq(get(&snap, TCPMEM_INFO_TIMER_EXPIRES, &value), 0);
	ck_assert_int_eq(value, 59000);
	forget(&snap);

	message_info(&m, TCPMEM_STATE_ESTABLISHED, INFO_618);
	parse(&m, false, &snap);
	*snap.sockets.info = (struct tm_info){ 0 };
	snap.sockets.sock->kind = TCPMEM_KIND_DARK;
	ck_assert_uint_eq(count_known(&snap), 0);
	forget(&snap);
}
END_TEST

/* "or it is not measured yet, or without a limit" */
START_TEST(what_stands_for_unknown)
{
	struct tcpmem_snapshot snap = { 0 };
	struct tcp_info none = {
		.tcpi_min_rtt = UINT32_MAX,
		.tcpi_max_pacing_rate = UINT64_MAX,
		.tcpi_bytes_acked = UINT64_MAX,
	};
	struct message m;
	int64_t value;

	message_full(&m, AF_INET, TCPMEM_STATE_ESTABLISHED, 7);
	mnl_attr_put(m.nlh, INET_DIAG_INFO, sizeof(none), &none);
	parse(&m, false, &snap);
	ck_assert_int_eq(get(&snap, TCPMEM_INFO_RTT, &value), -ENODATA);
	ck_assert_int_eq(get(&snap, TCPMEM_INFO_MIN_RTT, &value), -ENODATA);
	ck_assert_int_eq(get(&snap, TCPMEM_INFO_MAX_PACING_RATE, &value),
			 -ENODATA);
	ck_assert_int_eq(get(&snap, TCPMEM_INFO_BYTES_ACKED, &value),
			 -ENODATA); /* no int64_t holds it */
	ck_assert_int_eq(get(&snap, TCPMEM_INFO_PACING_RATE, &value), 0);
	ck_assert_int_eq(get(&snap, TCPMEM_INFO_TIMER_EXPIRES, &value),
			 -ENODATA); /* there is no timer */
	ck_assert_int_eq(
		get(&snap, (enum tcpmem_info)TCPMEM_INFO_COUNT, &value),
		-ENODATA);
	forget(&snap);

	message_info(&m, TCPMEM_STATE_SYN_SENT, INFO_618);
	parse(&m, false, &snap);
	ck_assert_int_eq(get(&snap, TCPMEM_INFO_LAST_SND, &value), -ENODATA);
	ck_assert_int_eq(get(&snap, TCPMEM_INFO_RTO, &value), 0);
	forget(&snap);
}
END_TEST

static void check_none(uint8_t state, uint8_t byte,
		       const enum tcpmem_info *none, size_t count)
{
	struct tcpmem_snapshot snap = { 0 };
	uint8_t bytes[INFO_618];
	size_t found = 0;
	struct message m;
	int64_t value;

	memset(bytes, byte, sizeof(bytes));
	message_full(&m, AF_INET, state, 7);
	m.diag->idiag_timer = TCPMEM_TIMER_KEEPALIVE;
	mnl_attr_put(m.nlh, INET_DIAG_INFO, sizeof(bytes), bytes);
	parse(&m, false, &snap);
	for (int i = 0; i < TCPMEM_INFO_COUNT; i++) {
		if (get(&snap, (enum tcpmem_info)i, &value) == 0)
			continue;
		ck_assert_msg(found < count && (int)none[found] == i,
			      "number %d is not known", i);
		found++;
	}
	ck_assert_uint_eq(found, count);
	forget(&snap);
}

/* "it is not measured yet", and what means nothing before there is a peer */
START_TEST(which_values_are_none)
{
	static const enum tcpmem_info zero[] = {
		TCPMEM_INFO_RTT,
		TCPMEM_INFO_RCV_RTT,
		TCPMEM_INFO_DELIVERY_RATE,
	};
	static const enum tcpmem_info first_connect[] = {
		TCPMEM_INFO_RTT,	   TCPMEM_INFO_RTTVAR,
		TCPMEM_INFO_LAST_SND,	   TCPMEM_INFO_LAST_RCV,
		TCPMEM_INFO_LAST_ACK_RECV,
	};

	check_none(TCPMEM_STATE_ESTABLISHED, 0, zero,
		   sizeof(zero) / sizeof(*zero));
	check_none(TCPMEM_STATE_ESTABLISHED, 1, NULL, 0);
	check_none(TCPMEM_STATE_SYN_SENT, 1, first_connect,
		   sizeof(first_connect) / sizeof(*first_connect));
}
END_TEST

/* "TIMER and TIMER_RETRANS are known without asking" */
START_TEST(unasked)
{
	struct tcpmem_snapshot snap = { 0 };
	struct tcpmem_socket sock;
	struct message m;

	message_info(&m, TCPMEM_STATE_ESTABLISHED, INFO_618);
	parse(&m, false, &snap);
	sock = *snap.sockets.sock;
	forget(&snap);
	ck_assert_int_eq(tm_socket_set_add(&snap.sockets, &sock, NULL), 0);
	ck_assert_ptr_null(snap.sockets.info);
	ck_assert_uint_eq(count_known(&snap), 2);
	forget(&snap);
}
END_TEST

static void reverse(uint8_t *at, size_t size)
{
	for (size_t i = 0; i < size / 2; i++) {
		uint8_t byte = at[i];

		at[i] = at[size - 1 - i];
		at[size - 1 - i] = byte;
	}
}

/* What Debian 12's header lacks, where the kernel has it */
static const struct place later[] = {
	{ TCPMEM_INFO_RCV_WND, "tcpi_rcv_wnd", 232, 4 },
	{ TCPMEM_INFO_REHASH, "tcpi_rehash", 236, 4 },
	{ TCPMEM_INFO_TOTAL_RTO, "tcpi_total_rto", 240, 2 },
	{ TCPMEM_INFO_TOTAL_RTO_RECOVERIES, "tcpi_total_rto_recoveries", 242,
	  2 },
	{ TCPMEM_INFO_TOTAL_RTO_TIME, "tcpi_total_rto_time", 244, 4 },
};

/* The table is whole: but for the timer, each has its place. */
START_TEST(later_fields_are_where_the_kernel_puts_them)
{
	struct tcpmem_snapshot snap = { 0 };
	struct message m;
	int64_t value;

	ck_assert_uint_eq(TM_ARRAY_SIZE(metadata) + TM_ARRAY_SIZE(later) + 3,
			  TCPMEM_INFO_COUNT);
	message_info(&m, TCPMEM_STATE_ESTABLISHED, INFO_618);
	parse(&m, false, &snap);
	for (size_t i = 0; i < TM_ARRAY_SIZE(later); i++) {
		ck_assert_int_eq(get(&snap, later[i].info, &value), 0);
		ck_assert_uint_eq((uint64_t)value,
				  bits_at(later[i].offset, later[i].size));
	}
	forget(&snap);
}
END_TEST

static void swap_place(uint8_t *bytes, size_t len, const struct place *place)
{
	if (place->offset + place->size <= len)
		reverse(bytes + place->offset, place->size);
}

/* Of the other byte order, cut anywhere; what is no field stays as it is */
START_TEST(all_fields_are_turned)
{
	static const struct place mptcp[] = {
		{ TCPMEM_INFO_BYTES_RETRANS, "", 48, 8 },
		{ TCPMEM_INFO_BYTES_SENT, "", 56, 8 },
		{ TCPMEM_INFO_BYTES_RECEIVED, "", 64, 8 },
		{ TCPMEM_INFO_BYTES_ACKED, "", 72, 8 },
		{ TCPMEM_INFO_LAST_SND, "", 84, 4 },
		{ TCPMEM_INFO_LAST_RCV, "", 88, 4 },
		{ TCPMEM_INFO_LAST_ACK_RECV, "", 92, 4 },
	};
	uint8_t turned[INFO_618], expected[INFO_618];

	for (size_t len = 0; len <= INFO_618; len++) {
		for (int of_mptcp = 0; of_mptcp < 2; of_mptcp++) {
			fill(turned, sizeof(turned));
			fill(expected, sizeof(expected));
			for (size_t i = 0; i < TM_ARRAY_SIZE(mptcp); i++)
				if (of_mptcp)
					swap_place(expected, len, &mptcp[i]);
			for (size_t i = 0; i < TM_ARRAY_SIZE(metadata); i++)
				if (!of_mptcp)
					swap_place(expected, len, &metadata[i]);
			for (size_t i = 0; i < TM_ARRAY_SIZE(later); i++)
				if (!of_mptcp)
					swap_place(expected, len, &later[i]);
			tm_info_swap(turned, len, of_mptcp);
			ck_assert_mem_eq(turned, expected, sizeof(turned));
		}
	}
}
END_TEST

/* Whether a number is missing, or there is none of it: a filter's question */
START_TEST(what_is_missing_and_what_there_is_not)
{
	struct tcpmem_snapshot snap = { 0 };
	struct tcpmem_socket *sock;
	struct message m;

	message_info(&m, TCPMEM_STATE_ESTABLISHED, 72);
	parse(&m, false, &snap);
	sock = snap.sockets.sock;
	ck_assert(!tm_info_is_missing(&snap, sock, TCPMEM_INFO_RTT));
	ck_assert(tm_info_is_missing(&snap, sock, TCPMEM_INFO_RTTVAR));
	ck_assert(!tm_info_is_missing(&snap, sock, TCPMEM_INFO_TIMER_EXPIRES));
	ck_assert(!tm_congestion_is_missing(&snap, sock));
	snap.sockets.info->len = 2;
	ck_assert(tm_congestion_is_missing(&snap, sock));
	snap.sockets.info->len = 3;
	ck_assert(!tm_congestion_is_missing(&snap, sock));
	snap.sockets.info->present = false;
	ck_assert(tm_info_is_missing(&snap, sock, TCPMEM_INFO_RTO));
	ck_assert(tm_info_is_missing(&snap, sock, TCPMEM_INFO_TIMER_EXPIRES));
	ck_assert(!tm_info_is_missing(&snap, sock, TCPMEM_INFO_TIMER));
	ck_assert(!tm_info_is_missing(&snap, sock, TCPMEM_INFO_TIMER_RETRANS));
	sock->flags |= TM_SOCK_MPTCP;
	ck_assert(!tm_info_is_missing(&snap, sock, TCPMEM_INFO_RTO));
	sock->flags = TM_SOCK_MINI;
	ck_assert(!tm_info_is_missing(&snap, sock, TCPMEM_INFO_RTO));
	sock->flags = 0;
	sock->kind = TCPMEM_KIND_DARK;
	ck_assert(!tm_info_is_missing(&snap, sock, TCPMEM_INFO_RTO));
	sock->kind = 0;
	sock->state = TCPMEM_STATE_LISTENING;
	ck_assert(!tm_info_is_missing(&snap, sock, TCPMEM_INFO_RTO));
	sock->state = TCPMEM_STATE_ESTABLISHED;
	ck_assert(tm_info_is_missing(&snap, sock, TCPMEM_INFO_RTO));
	snap.sockets.info->present = true;
	snap.sockets.info->len = 72;
	ck_assert(!tm_info_is_missing(&snap, sock, TCPMEM_INFO_RTO));
	snap.sockets.with_info = false;
	ck_assert(tm_info_is_missing(&snap, sock, TCPMEM_INFO_RTO));
	ck_assert_ptr_null(tcpmem_socket_get_congestion(&snap, sock));
	snap.sockets.with_info = true;
	ck_assert_ptr_null(tcpmem_socket_get_congestion(&snap, sock));
	strcpy(snap.sockets.info->congestion, "bbr");
	ck_assert_str_eq(tcpmem_socket_get_congestion(&snap, sock), "bbr");
	forget(&snap);
}
END_TEST

static const char *unit_suffix(enum tcpmem_unit unit)
{
	switch (unit) {
	case TCPMEM_UNIT_BYTES:
		return "_bytes";
	case TCPMEM_UNIT_MICROSECONDS:
		return "_us";
	case TCPMEM_UNIT_MILLISECONDS:
		return "_ms";
	case TCPMEM_UNIT_BYTES_PER_SECOND:
		return "_bytes_per_second";
	default:
		return "";
	}
}

/* The key in JSON ends with the unit. */
START_TEST(names)
{
	for (int i = 0; i < TCPMEM_INFO_COUNT; i++) {
		const struct tcpmem_term *term =
			tcpmem_info_describe((enum tcpmem_info)i);
		const char *suffix = unit_suffix(term->unit);

		ck_assert_uint_gt(strlen(term->json), strlen(suffix));
		ck_assert_str_eq(term->json + strlen(term->json) -
					 strlen(suffix),
				 suffix);
	}
	ck_assert_str_eq(tcpmem_timer_describe(TCPMEM_TIMER_PROBE)->name,
			 "probe");
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("info");
	TCase *tcase = tcase_create("info");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, every_cut_of_the_attribute);
	tcase_add_test(tcase, an_attribute_that_does_not_fit_is_no_message);
	tcase_add_test(tcase, fields_are_where_the_kernel_puts_them);
	tcase_add_loop_test(tcase, fields_are_where_the_header_puts_them, 0,
			    sizeof(metadata) / sizeof(metadata[0]));
	tcase_add_test(tcase, later_fields_are_where_the_kernel_puts_them);
	tcase_add_test(tcase, all_fields_are_turned);
	tcase_add_test(tcase, what_is_missing_and_what_there_is_not);
	tcase_add_test(tcase, an_msk_has_bytes_and_ages);
	tcase_add_test(tcase, who_has_none);
	tcase_add_test(tcase, what_stands_for_unknown);
	tcase_add_test(tcase, which_values_are_none);
	tcase_add_test(tcase, unasked);
	tcase_add_test(tcase, names);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(make_suite());
}
