// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_info.c - tcp_info of a socket: what is known, what is none; names */
#include "info_fixture.h"
#include "unit.h"

#include <errno.h>
#include <linux/tcp.h>

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

int main(void)
{
	Suite *suite = suite_create("info");
	TCase *tcase = tcase_create("info");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_is_missing_and_what_there_is_not);
	tcase_add_test(tcase, who_has_none);
	tcase_add_test(tcase, what_stands_for_unknown);
	tcase_add_test(tcase, which_values_are_none);
	tcase_add_test(tcase, unasked);
	tcase_add_test(tcase, names);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
