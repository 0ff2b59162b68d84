// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_info.c - tcp_info is what getsockopt(2) and ss(8) say it is */
#include "look.h"
#include "need.h"
#include "sandbox.h"
#include "sock.h"
#include "suite.h"
#include "worker.h"

#include <errno.h>
#include <linux/tcp.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAYLOAD 20000

struct truth {
	struct tcp_info info;
	uint8_t later[256]; /* what this test's header does not know */
};

static void require_info(struct tcpmem_query *query)
{
	ck_assert_int_eq(tcpmem_query_require(query, TCPMEM_NEED_HOLDERS |
							     TCPMEM_NEED_INFO),
			 0);
}

static void ask_socket(int fd, struct truth *truth)
{
	socklen_t len = sizeof(*truth);

	memset(truth, 0, sizeof(*truth));
	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_INFO, truth, &len), 0);
	ck_assert_uint_ge(len, sizeof(truth->info));
}

/* A connection on which data went both ways and nothing is under way. */
struct line {
	int listener;
	struct fx_pair pair;
};

static void read_all(int fd, size_t size)
{
	char buffer[4096];

	while (size) {
		ssize_t got = recv(fd, buffer, sizeof(buffer), 0);

		ck_assert_int_gt(got, 0);
		size -= (size_t)got;
	}
}

static void await_ack(int fd)
{
	struct truth truth;

	do
		ask_socket(fd, &truth);
	while (truth.info.tcpi_unacked);
}

static struct line open_line(enum fx_flavour_id id)
{
	const struct fx_flavour *flavour = &fx_flavours[id];
	struct line line = { .listener = fx_listener_or_fail(flavour, 8) };

	line.pair = fx_pair_or_fail(flavour, line.listener);
	fx_send_or_fail(line.pair.near, PAYLOAD);
	read_all(line.pair.far, PAYLOAD);
	fx_send_or_fail(line.pair.far, 100);
	read_all(line.pair.near, 100);
	await_ack(line.pair.near);
	await_ack(line.pair.far);
	return line;
}

static const struct tcpmem_socket *find_port(const struct look *look,
					     uint16_t local)
{
	for (size_t i = 0; i < look_count(look); i++) {
		const struct tcpmem_socket *sock = look_at(look, i);

		if (look_field(sock, TCPMEM_SOCKET_FIELD_LOCAL_PORT) == local)
			return sock;
	}
	ck_abort_msg("no socket has port %u", local);
}

static int64_t get(const struct tcpmem_snapshot *snap,
		   const struct tcpmem_socket *sock, enum tcpmem_info which)
{
	int64_t value;
	int ret = tcpmem_socket_get_info(snap, sock, which, &value);

	ck_assert_msg(ret == 0, "%s: %s", tcpmem_info_describe(which)->name,
		      strerror(-ret));
	return value;
}

/* Does not move while nothing is sent; told apart from the library's table. */
#define STEADY(which, member)                                         \
	{                                                             \
		TCPMEM_INFO_##which, #member,                         \
			offsetof(struct tcp_info, tcpi_##member),     \
			sizeof(((struct tcp_info *)0)->tcpi_##member) \
	}

static const struct {
	enum tcpmem_info which;
	const char *name;
	size_t offset;
	size_t size;
} steady[] = {
	STEADY(RTT, rtt),
	STEADY(RTTVAR, rttvar),
	STEADY(MIN_RTT, min_rtt),
	STEADY(RTO, rto),
	STEADY(CWND, snd_cwnd),
	STEADY(SSTHRESH, snd_ssthresh),
	STEADY(RCV_SSTHRESH, rcv_ssthresh),
	STEADY(MSS, snd_mss),
	STEADY(RCV_MSS, rcv_mss),
	STEADY(ADVMSS, advmss),
	STEADY(PMTU, pmtu),
	STEADY(UNACKED, unacked),
	STEADY(SACKED, sacked),
	STEADY(LOST, lost),
	STEADY(RETRANS, retrans),
	STEADY(TOTAL_RETRANS, total_retrans),
	STEADY(RETRANSMITS, retransmits),
	STEADY(PROBES, probes),
	STEADY(BACKOFF, backoff),
	STEADY(REORDERING, reordering),
	STEADY(RCV_SPACE, rcv_space),
	STEADY(SND_WND, snd_wnd),
	STEADY(NOTSENT, notsent_bytes),
	STEADY(BYTES_SENT, bytes_sent),
	STEADY(BYTES_ACKED, bytes_acked),
	STEADY(BYTES_RETRANS, bytes_retrans),
	STEADY(BYTES_RECEIVED, bytes_received),
	STEADY(SEGS_OUT, segs_out),
	STEADY(SEGS_IN, segs_in),
	STEADY(DATA_SEGS_OUT, data_segs_out),
	STEADY(DATA_SEGS_IN, data_segs_in),
	STEADY(DELIVERED, delivered),
	STEADY(DELIVERED_CE, delivered_ce),
	STEADY(DSACK_DUPS, dsack_dups),
	STEADY(REORD_SEEN, reord_seen),
	STEADY(RCV_OOOPACK, rcv_ooopack),
	STEADY(DELIVERY_RATE, delivery_rate),
	STEADY(PACING_RATE, pacing_rate),
	STEADY(BUSY_TIME, busy_time),
	STEADY(RWND_LIMITED, rwnd_limited),
	STEADY(SNDBUF_LIMITED, sndbuf_limited),
};

static const struct {
	enum tcpmem_info which;
	size_t offset;
} clocks[] = {
	{ TCPMEM_INFO_LAST_SND,
	  offsetof(struct tcp_info, tcpi_last_data_sent) },
	{ TCPMEM_INFO_LAST_RCV,
	  offsetof(struct tcp_info, tcpi_last_data_recv) },
	{ TCPMEM_INFO_LAST_ACK_RECV,
	  offsetof(struct tcp_info, tcpi_last_ack_recv) },
};

static uint64_t bits(const struct truth *truth, size_t offset, size_t size)
{
	const uint8_t *at = (const uint8_t *)truth + offset;
	uint64_t u64;
	uint32_t u32;

	switch (size) {
	case 8:
		memcpy(&u64, at, 8);
		return u64;
	case 4:
		memcpy(&u32, at, 4);
		return u32;
	default:
		return *at;
	}
}

static void check_end(const struct tcpmem_snapshot *snap,
		      const struct tcpmem_socket *sock,
		      const struct truth *before, const struct truth *after)
{
	for (size_t i = 0; i < sizeof(steady) / sizeof(steady[0]); i++) {
		uint64_t value = bits(before, steady[i].offset, steady[i].size);

		if (steady[i].which == TCPMEM_INFO_PACING_RATE &&
		    value == UINT64_MAX)
			continue;
		ck_assert_msg((uint64_t)get(snap, sock, steady[i].which) ==
				      value,
			      "%s is %ju, TCP_INFO says %ju", steady[i].name,
			      (uintmax_t)get(snap, sock, steady[i].which),
			      (uintmax_t)value);
	}
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		int64_t value = get(snap, sock, clocks[i].which);

		ck_assert_int_ge(value,
				 (int64_t)bits(before, clocks[i].offset, 4));
		ck_assert_int_le(value,
				 (int64_t)bits(after, clocks[i].offset, 4));
	}
}

/* The kernel may still have moved something: then it is asked once more. */
static void take_at_rest(struct look *look, int fd, struct truth *before,
			 struct truth *after)
{
	const size_t from = offsetof(struct tcp_info, tcpi_pmtu);
	bool same;

	do {
		ask_socket(fd, before);
		look_take(look);
		ask_socket(fd, after);
		same = memcmp((uint8_t *)before + from, (uint8_t *)after + from,
			      sizeof(before->info) - from) == 0;
	} while (!same);
}

/* tcpmem.h: "equal to the field of getsockopt(2) with TCP_INFO" */
START_TEST(every_field_is_what_the_socket_says)
{
	struct line line = open_line((enum fx_flavour_id)_i);
	struct truth before, after;
	struct look look;

	look_open(&look);
	require_info(look.query);
	for (int i = 0; i < 2; i++) {
		int fd = i ? line.pair.far : line.pair.near;
		const struct tcpmem_socket *sock;
		size_t checked = 0;

		take_at_rest(&look, fd, &before, &after);
		for (size_t j = 0; j < look_count(&look); j++) {
			sock = look_at(&look, j);
			if (tcpmem_socket_get_state(sock) !=
				    TCPMEM_STATE_ESTABLISHED ||
			    look_field(sock, TCPMEM_SOCKET_FIELD_LOCAL_PORT) !=
				    fx_port_or_fail(fd))
				continue;
			check_end(look.snapshot, sock, &before, &after);
			checked++;
		}
		ck_assert_uint_eq(checked, 1);
	}
	look_close(&look);
}
END_TEST

/* ss -ti prints "rtt:0.05/0.025 mss:65483 cwnd:10 ..." */
static double ss_says(uint16_t port, const char *word)
{
	char command[128], line[4096], *at;
	FILE *ss;

	snprintf(command, sizeof(command), "ss -tinOH 'sport = :%u'", port);
	ss = popen(command, "re");
	ck_assert_ptr_nonnull(ss);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), ss));
	ck_assert_int_eq(pclose(ss), 0);
	at = strstr(line, word);
	ck_assert_msg(at, "ss says no '%s': %s", word, line);
	return strtod(at + strlen(word), NULL);
}

START_TEST(it_is_what_ss_prints)
{
	static const struct {
		enum tcpmem_info which;
		const char *word;
		double scale;
	} words[] = {
		{ TCPMEM_INFO_RTT, " rtt:", 1e3 },
		{ TCPMEM_INFO_RTO, " rto:", 1e3 },
		{ TCPMEM_INFO_MIN_RTT, " minrtt:", 1e3 },
		{ TCPMEM_INFO_MSS, " mss:", 1 },
		{ TCPMEM_INFO_PMTU, " pmtu:", 1 },
		{ TCPMEM_INFO_CWND, " cwnd:", 1 },
		{ TCPMEM_INFO_BYTES_SENT, " bytes_sent:", 1 },
		{ TCPMEM_INFO_BYTES_RECEIVED, " bytes_received:", 1 },
		{ TCPMEM_INFO_SEGS_OUT, " segs_out:", 1 },
		{ TCPMEM_INFO_DELIVERED, " delivered:", 1 },
	};
	struct line line = open_line(FX_IPV4);
	uint16_t port = fx_port_or_fail(line.pair.near);
	struct truth before, after;
	struct look look;

	look_open(&look);
	require_info(look.query);
	take_at_rest(&look, line.pair.near, &before, &after);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		int64_t value = get(look.snapshot, find_port(&look, port),
				    words[i].which);

		ck_assert_int_eq(
			llround(ss_says(port, words[i].word) * words[i].scale),
			value);
	}
	look_close(&look);
}
END_TEST

static int on_socket(const struct tcpmem_snapshot *snap,
		     const struct tcpmem_socket *sock, void *user)
{
	size_t *seen = user;

	if (tcpmem_socket_get_state(sock) != TCPMEM_STATE_ESTABLISHED)
		return 0;
	ck_assert_int_gt(get(snap, sock, TCPMEM_INFO_CWND), 0);
	if (get(snap, sock, TCPMEM_INFO_BYTES_RECEIVED) == PAYLOAD)
		++*seen;
	return 0;
}

static void elsewhere(struct fx_set *set, const void *arg)
{
	(void)set;
	(void)arg;
	fx_netns_new_or_fail();
	open_line(FX_IPV4);
}

/* "of tcpmem_dump(), the one it was handed on with"; several namespaces */
START_TEST(streamed_from_everywhere)
{
	const struct tcpmem_dump_ops ops = {
		.size = sizeof(ops),
		.socket = on_socket,
	};
	struct tcpmem_snapshot *streamed;
	struct fx_worker worker;
	struct look look;
	size_t seen = 0;

	open_line(FX_IPV6);
	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, elsewhere, NULL, 0);
	look_open_everywhere(&look);
	require_info(look.query);
	ck_assert_int_eq(
		tcpmem_dump(look.ctx, look.query, &ops, &seen, &streamed), 0);
	ck_assert_uint_eq(seen, 2);
	look_take(&look);
	seen = 0;
	for (size_t i = 0; i < look_count(&look); i++)
		on_socket(look.snapshot, look_at(&look, i), &seen);
	ck_assert_uint_eq(seen, 2);
	tcpmem_snapshot_free(streamed);
	fx_worker_stop(&worker);
	look_close(&look);
}
END_TEST

/* "Saving keeps it in the file." */
START_TEST(saved_and_loaded)
{
	struct line line = open_line(FX_IPV4);
	char path[] = "/tmp/tcpmem-info-XXXXXX";
	struct tcpmem_snapshot *saved;
	struct truth before, after;
	struct look look;

	close(mkstemp(path));
	look_open(&look);
	require_info(look.query);
	take_at_rest(&look, line.pair.near, &before, &after);
	ck_assert_int_eq(
		tcpmem_snapshot_save(look.ctx, look.query, path, &saved), 0);
	tcpmem_snapshot_free(saved);
	tcpmem_snapshot_free(look.snapshot);
	look.snapshot = NULL;
	ck_assert_int_eq(tcpmem_snapshot_load(look.ctx, look.query, path, 0,
					      NULL, &look.snapshot),
			 0);
	unlink(path);
	ask_socket(line.pair.near, &after);
	check_end(look.snapshot,
		  find_port(&look, fx_port_or_fail(line.pair.near)), &before,
		  &after);
	look_close(&look);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("info");
	TCase *tcase = fx_suite_case(suite, "info");

	tcase_add_loop_test(tcase, every_field_is_what_the_socket_says, 0,
			    FX_MAPPED + 1);
	tcase_add_test(tcase, it_is_what_ss_prints);
	tcase_add_test(tcase, streamed_from_everywhere);
	tcase_add_test(tcase, saved_and_loaded);
	return suite;
}

int main(void)
{
	fx_need_program("ss");
	return fx_suite_run(make_suite);
}
