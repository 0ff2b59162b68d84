// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_info_fields.c - where tcp_info has each field: cut, and turned */
#include "base/util.h"
#include "info_fixture.h"
#include "reverse.h"
#include "unit.h"

#include <errno.h>
#include <linux/tcp.h>
#include <stddef.h>

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

int main(void)
{
	Suite *suite = suite_create("info_fields");
	TCase *tcase = tcase_create("info_fields");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, every_cut_of_the_attribute);
	tcase_add_test(tcase, an_attribute_that_does_not_fit_is_no_message);
	tcase_add_test(tcase, fields_are_where_the_kernel_puts_them);
	tcase_add_loop_test(tcase, fields_are_where_the_header_puts_them, 0,
			    sizeof(metadata) / sizeof(metadata[0]));
	tcase_add_test(tcase, later_fields_are_where_the_kernel_puts_them);
	tcase_add_test(tcase, all_fields_are_turned);
	tcase_add_test(tcase, an_msk_has_bytes_and_ages);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
