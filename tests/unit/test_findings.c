// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_findings.c - what of its sockets and files stands out in a process */
#include "analysis/explain.h"
#include "base/util.h"
#include "tcpmem/table.h"
#include "unit.h"

#include <linux/tcp.h>
#include <string.h>

#define PID	   10
#define KIB	   1024
#define MIB	   (1024 * 1024)
#define SECOND_NS  1000000000
#define SND_WND_AT 228 /* its bytes in struct tcp_info */

static struct tcpmem_snapshot snap, later;
static struct tm_evidence evidence;
static struct tcpmem_limits limits;
static struct tm_process_counters counters;
static struct tm_findings findings;
static struct tm_breakdown breakdown;
static struct tm_target target;
static uint32_t whom = PID;
static uint32_t mine, other;

static uint32_t add_process(uint32_t pid)
{
	const struct tcpmem_process process = { .pid = pid };
	uint32_t index;

	ck_assert_int_eq(tm_holders_process(snap.holders, &process, &index), 0);
	return index;
}

static void setup(void)
{
	static struct tm_netns netns[2];

	snap = (struct tcpmem_snapshot){ .netns = netns, .netns_count = 2 };
	snap.sockets.with_info = true;
	strcpy(snap.clock.boot_id, "boot-1");
	snap.clock.boottime_ns = 1;
	later = snap;
	later.clock.boottime_ns += SECOND_NS;
	ck_assert_int_eq(tm_holders_new(false, &snap.holders), 0);
	mine = add_process(PID);
	other = add_process(PID + 1);
	memset(&limits, 0, sizeof(limits));
	memset(&counters, 0, sizeof(counters));
	memset(&findings, 0, sizeof(findings));
	tm_limits_init(&limits.limits);
	target = (struct tm_target){ .snap = &snap,
				     .pids = &whom,
				     .count = 1,
				     .pid = PID,
				     .counters = &counters,
				     .limits = &limits };
}

static void clear(void)
{
	tm_findings_clear(&findings);
	tm_breakdown_clear(&breakdown);
	tm_evidence_clear(&evidence);
	tm_socket_set_deinit(&later.sockets);
	later.sockets.with_info = true;
	findings = (struct tm_findings){ 0 };
}

static void teardown(void)
{
	clear();
	tm_holders_free(snap.holders);
	tm_socket_set_deinit(&snap.sockets);
}

static void set_limit(const char *name, int64_t value)
{
	/* the table is the test's own */
	struct tcpmem_limit *limit =
		(struct tcpmem_limit *)tm_limits_find(&limits.limits, name);

	limit->value = value;
	limit->known = true;
}

/* An established socket of ours; its inode is its number, from 1 on. */
static struct tcpmem_socket *add(uint32_t holder)
{
	const struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_ESTABLISHED,
		.kind = holder == UINT32_MAX ? TCPMEM_KIND_ORPHAN
					     : TCPMEM_KIND_PROCESS,
		.inode = (uint32_t)snap.sockets.count + 1,
		.cookie = snap.sockets.count + 1,
		.skmem_words = TM_SKMEM_WORDS,
		.object = 1000,
		.local_port = 80,
		.remote_port = 1234,
	};
	const struct tm_info info = { .present = true,
				      .len = TM_INFO_SIZE,
				      .bytes[SND_WND_AT] = 1 };

	ck_assert_int_eq(tm_socket_set_add(&snap.sockets, &sock, &info), 0);
	if (holder != UINT32_MAX)
		ck_assert_int_eq(
			tm_holders_add(snap.holders, sock.inode, holder), 0);
	return &snap.sockets.sock[snap.sockets.count - 1];
}

/* When data was sent and received last, and an acknowledgement; ms ago. */
static void heard(size_t index, uint32_t data, uint32_t ack)
{
	struct tcp_info info = { .tcpi_last_data_recv = data,
				 .tcpi_last_data_sent = data,
				 .tcpi_last_ack_recv = ack };

	memcpy(snap.sockets.info[index].bytes, &info, SND_WND_AT);
}

/* What the later look shows: by itself the same as the first one. */
static struct tcpmem_socket *look_again(void)
{
	clear();
	for (size_t i = 0; i < snap.sockets.count; i++)
		ck_assert_int_eq(tm_socket_set_add(&later.sockets,
						   &snap.sockets.sock[i],
						   &snap.sockets.info[i]),
				 0);
	for (size_t i = 0; i < later.sockets.count; i++)
		if (later.sockets.sock[i].kind == TCPMEM_KIND_UNACCEPTED)
			later.sockets.sock[i].inode = 0;
	return later.sockets.sock;
}

static void judge(void)
{
	ck_assert_int_eq(tm_holders_finish(snap.holders), 0);
	for (size_t i = 0; i < snap.sockets.count; i++) {
		struct tcpmem_socket *s = &snap.sockets.sock[i];

		s->holder = tm_holders_find(snap.holders, s->inode);
	}
	ck_assert_int_eq(tm_breakdown_make(&target, &breakdown), 0);
	ck_assert_int_eq(tm_findings_make(&target, &breakdown, &findings), 0);
}

/* @changed: the later look is as look_again() and the test have made it */
static void find_from(bool changed)
{
	if (!changed)
		look_again();
	ck_assert_int_eq(tm_evidence_make(&snap, &later, &evidence), 0);
	target.evidence = &evidence;
	judge();
}

static void find(void)
{
	find_from(false);
}

static void expect_none(enum tcpmem_finding_code code)
{
	for (size_t i = 0; i < findings.count; i++)
		ck_assert_msg(findings.finding[i].code != code, "%s",
			      findings.finding[i].text);
}

static void expect_nothing(const char *what)
{
	ck_assert_msg(!findings.count, "%s: %s", what,
		      findings.count ? findings.finding[0].text : "");
}

static const struct tcpmem_finding *expect(size_t at,
					   enum tcpmem_finding_code code,
					   int64_t sockets, int64_t bytes,
					   const char *text)
{
	const struct tcpmem_finding *finding = &findings.finding[at];

	ck_assert_uint_lt(at, findings.count);
	ck_assert_str_eq(tcpmem_finding_code_describe(finding->code)->name,
			 tcpmem_finding_code_describe(code)->name);
	ck_assert_int_eq(finding->sockets, sockets);
	ck_assert_int_eq(finding->bytes, bytes);
	ck_assert_msg(strstr(finding->text, text), "%s", finding->text);
	return finding;
}

/* A socket that has a finding */
static const struct scene {
	enum tcpmem_finding_code code;
	struct tcpmem_socket sock;
	uint8_t metric; /* one byte less of it is no finding; 0: none is */
	int64_t bytes;
	const char *text;
} scenes[] = {
	{ TCPMEM_FINDING_UNREAD,
	  { .rqueue = 5000, .skmem[TCPMEM_METRIC_RMEM] = 64 * KIB },
	  TCPMEM_METRIC_RMEM,
	  64 * KIB,
	  "1 socket has 5000 bytes unread, which take 65536 bytes of receive "
	  "buffers" },
	{ TCPMEM_FINDING_ZERO_WINDOW,
	  { .wqueue = 7000,
	    .timer = TCPMEM_TIMER_PROBE,
	    .skmem[TCPMEM_METRIC_WMEM_QUEUED] = 64 * KIB },
	  TCPMEM_METRIC_WMEM_QUEUED,
	  64 * KIB,
	  "with 7000 bytes, which take 65536 bytes" },
	{ TCPMEM_FINDING_RETRANSMITTING,
	  { .wqueue = 7,
	    .timer = TCPMEM_TIMER_RETRANSMIT,
	    .retrans = 1,
	    .skmem[TCPMEM_METRIC_WMEM_QUEUED] = 1 },
	  TCPMEM_METRIC_WMEM_QUEUED,
	  1,
	  "1 socket sends 7 bytes again, which take 1 bytes" },
	{ TCPMEM_FINDING_UNDELIVERED,
	  { .wqueue = 7000,
	    .timer = TCPMEM_TIMER_RETRANSMIT,
	    .skmem[TCPMEM_METRIC_WMEM_QUEUED] = 64 * KIB },
	  TCPMEM_METRIC_WMEM_QUEUED,
	  64 * KIB,
	  "7000 bytes that the peer has not acknowledged, in 65536 bytes" },
	{ TCPMEM_FINDING_CLOSE_WAIT,
	  { .state = TCPMEM_STATE_CLOSE_WAIT },
	  0,
	  1000,
	  "still open here, nothing moves on it, and it holds 1000 bytes" },
	{ TCPMEM_FINDING_DARK,
	  { .state = TCPMEM_STATE_CLOSED,
	    .kind = TCPMEM_KIND_DARK,
	    .skmem[TCPMEM_METRIC_RMEM] = 1 },
	  TCPMEM_METRIC_RMEM,
	  1001,
	  "1 connection was reset with data unread and holds 1001 bytes" },
	{ TCPMEM_FINDING_RCVBUF_MAX,
	  { .rqueue = 5000,
	    .skmem[TCPMEM_METRIC_RMEM] = MIB,
	    .skmem[TCPMEM_METRIC_RCVBUF] = 6 * MIB },
	  TCPMEM_METRIC_RCVBUF,
	  MIB,
	  "receive buffers of the maximum, 6291456 bytes, and holds 1048576" },
	{ TCPMEM_FINDING_SNDBUF_MAX,
	  { .wqueue = 5000,
	    .skmem[TCPMEM_METRIC_WMEM_QUEUED] = MIB,
	    .skmem[TCPMEM_METRIC_SNDBUF] = 4 * MIB },
	  TCPMEM_METRIC_SNDBUF,
	  MIB,
	  "send buffers of the maximum, 4194304 bytes, and holds 1048576" },
	{ TCPMEM_FINDING_UNACCEPTED,
	  { .kind = TCPMEM_KIND_UNACCEPTED,
	    .skmem[TCPMEM_METRIC_RMEM] = 64 * KIB - 1000 },
	  TCPMEM_METRIC_RMEM,
	  64 * KIB,
	  "1 connection waits to be accepted for 1 s or longer and holds 65536 "
	  "bytes" },
	{ TCPMEM_FINDING_BACKLOG_FULL,
	  { .state = TCPMEM_STATE_LISTENING, .rqueue = 3, .wqueue = 2 },
	  0,
	  0,
	  "1 listener is full: on port 80 3 connections wait, and the "
	  "backlog is 2" },
	{ TCPMEM_FINDING_BACKLOG_DROPS,
	  { .state = TCPMEM_STATE_LISTENING,
	    .rqueue = 3,
	    .wqueue = 2,
	    .skmem[TCPMEM_METRIC_DROPS] = 1 },
	  TCPMEM_METRIC_DROPS,
	  0,
	  "1 listener has dropped 1 packets, 0 of them in 1.0 s: that of port "
	  "80 1, and its backlog is 2" },
};

static struct tcpmem_socket *put(const struct scene *scene)
{
	struct tcpmem_socket *sock = add(mine);

	memcpy(sock->skmem, scene->sock.skmem, sizeof(sock->skmem));
	if (scene->sock.state)
		sock->state = scene->sock.state;
	if (scene->sock.kind)
		sock->kind = scene->sock.kind;
	sock->rqueue = scene->sock.rqueue;
	sock->wqueue = scene->sock.wqueue;
	sock->timer = scene->sock.timer;
	sock->retrans = scene->sock.retrans;
	return sock;
}

/* Buffers at their maximum and drops of a full queue come with another one. */
static bool has_company(enum tcpmem_finding_code code)
{
	return code == TCPMEM_FINDING_RCVBUF_MAX ||
	       code == TCPMEM_FINDING_SNDBUF_MAX ||
	       code == TCPMEM_FINDING_BACKLOG_DROPS;
}

START_TEST(a_socket_has_its_finding)
{
	const struct scene *scene = &scenes[_i];

	set_limit("tcp_rmem_max", 6 * MIB);
	set_limit("tcp_wmem_max", 4 * MIB);
	put(scene);
	find();
	ck_assert_uint_eq(findings.count, 1 + has_company(scene->code));
	expect(findings.count - 1, scene->code, 1, scene->bytes, scene->text);
	ck_assert_int_eq(findings.undecided, 0);
}
END_TEST

/* Queues and buffers below are what any service has. */
START_TEST(one_byte_less_is_no_finding)
{
	const struct scene *scene = &scenes[_i];

	set_limit("tcp_rmem_max", 6 * MIB);
	set_limit("tcp_wmem_max", 4 * MIB);
	if (scene->metric)
		put(scene)->skmem[scene->metric]--;
	find();
	expect_none(scene->code);
}
END_TEST

static bool one_look_proves(enum tcpmem_finding_code code)
{
	return code == TCPMEM_FINDING_DARK;
}

/* "where one look does not tell, nothing is found that needs it" */
START_TEST(one_look_proves_nothing_about_queues)
{
	const struct scene *scene = &scenes[_i];

	if (one_look_proves(scene->code))
		return;
	set_limit("tcp_rmem_max", 6 * MIB);
	set_limit("tcp_wmem_max", 4 * MIB);
	put(scene);
	judge();
	expect_nothing(tcpmem_finding_code_describe(scene->code)->name);
	ck_assert_int_eq(findings.undecided, 1);
}
END_TEST

/* Two looks that are less than a second apart, and what came a moment ago. */
START_TEST(what_stands_for_less_than_a_second_is_undecided)
{
	const struct scene *scene = &scenes[_i];

	if (one_look_proves(scene->code))
		return;
	set_limit("tcp_rmem_max", 6 * MIB);
	set_limit("tcp_wmem_max", 4 * MIB);
	put(scene);
	heard(0, 700, 700);
	later.clock.boottime_ns -= INT64_C(8) * SECOND_NS / 10;
	find();
	expect_nothing(tcpmem_finding_code_describe(scene->code)->name);
	ck_assert_int_eq(findings.undecided, 1);
	if (scene->sock.state == TCPMEM_STATE_LISTENING)
		return;
	heard(0, 800, 800);
	find();
	expect(findings.count - 1, scene->code, 1, scene->bytes, "");
}
END_TEST

static void set_counters(size_t index, uint64_t received, uint64_t acked)
{
	const struct tcp_info info = { .tcpi_bytes_received = received,
				       .tcpi_bytes_acked = acked };

	memcpy(later.sockets.info[index].bytes, &info, SND_WND_AT);
}

/* A full queue that moves, a state that passes: nobody's fault. */
START_TEST(what_moves_is_in_order)
{
	const struct scene *scene = &scenes[_i];
	struct tcpmem_socket *sock;

	if (one_look_proves(scene->code))
		return;
	set_limit("tcp_rmem_max", 6 * MIB);
	set_limit("tcp_wmem_max", 4 * MIB);
	put(scene);
	sock = look_again();
	if (sock->state == TCPMEM_STATE_LISTENING)
		sock->rqueue = sock->wqueue;
	else if (sock->kind == TCPMEM_KIND_UNACCEPTED)
		sock->inode = 77;
	else
		set_counters(0, scene->sock.rqueue, scene->sock.wqueue + 1);
	find_from(true);
	expect_nothing(tcpmem_finding_code_describe(scene->code)->name);
	ck_assert_int_eq(findings.undecided, 0);
	look_again();
	tm_socket_set_clear(&later.sockets);
	find_from(true);
	expect_nothing("a socket that has gone");
}
END_TEST

/* "a reader that takes 1 KB/s of a full queue: accused, with its rate" */
START_TEST(the_pace_of_a_slow_reader_is_told)
{
	put(&scenes[0])->rqueue = 124416;
	look_again()->rqueue = 123392;
	find_from(true);
	expect(0, TCPMEM_FINDING_UNREAD, 1, 64 * KIB,
	       "it read 1024 bytes in 1.0 s, 1024 a second");
	ck_assert_int_eq(findings.finding[0].moved, 1024);
	ck_assert_int_eq(findings.finding[0].elapsed_ns, SECOND_NS);
}
END_TEST

/* "the count is from the beginning": what is over is no finding */
START_TEST(drops_that_go_on_are_found)
{
	struct tcpmem_socket *sock = put(&scenes[TM_ARRAY_SIZE(scenes) - 1]);

	sock->rqueue = 0;
	find();
	expect_nothing("drops of long ago");
	look_again()->skmem[TCPMEM_METRIC_DROPS] += 3;
	find_from(true);
	expect(0, TCPMEM_FINDING_BACKLOG_DROPS, 1, 0, "3 of them in 1.0 s");
}
END_TEST

/* A long path limits by the window, too, and does not shut it. */
START_TEST(a_window_that_was_shut_names_the_finding)
{
	const struct tcp_info info = { .tcpi_busy_time = 900000,
				       .tcpi_rwnd_limited = 800000 };

	put(&scenes[3]);
	look_again();
	memcpy(later.sockets.info[0].bytes, &info, SND_WND_AT);
	find_from(true);
	expect(0, TCPMEM_FINDING_UNDELIVERED, 1, 64 * KIB, "");
	look_again()->timer = TCPMEM_TIMER_PROBE;
	memcpy(later.sockets.info[0].bytes, &info, SND_WND_AT);
	find_from(true);
	expect(0, TCPMEM_FINDING_ZERO_WINDOW, 1, 64 * KIB,
	       "peers took nothing in 1.0 s; it stopped them 88 % of the time");
}
END_TEST

/* "Only what was read: where a limit is unknown, nothing is found" */
START_TEST(unknown_limits_find_nothing)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(scenes); i++)
		if (scenes[i].code == TCPMEM_FINDING_RCVBUF_MAX ||
		    scenes[i].code == TCPMEM_FINDING_SNDBUF_MAX)
			put(&scenes[i]);
	ck_assert_uint_eq(snap.sockets.count, 2);
	for (int i = 0; i < 2; i++) {
		find();
		expect_none(TCPMEM_FINDING_RCVBUF_MAX);
		expect_none(TCPMEM_FINDING_SNDBUF_MAX);
		target.limits = NULL;
	}
}
END_TEST

/* Sockets of others, and limits of namespaces that are not its own. */
START_TEST(what_is_not_its_own_is_no_finding)
{
	set_limit("tcp_rmem_max", 6 * MIB);
	set_limit("tcp_wmem_max", 4 * MIB);
	for (size_t i = 0; i < TM_ARRAY_SIZE(scenes); i++) {
		struct tcpmem_socket *sock = put(&scenes[i]);

		if (scenes[i].code == TCPMEM_FINDING_RCVBUF_MAX ||
		    scenes[i].code == TCPMEM_FINDING_SNDBUF_MAX)
			sock->netns = 1;
		else
			whom = PID + 1;
	}
	find();
	expect_nothing("another process");
	whom = PID;
	find();
	for (size_t i = 0; i < findings.count; i++)
		ck_assert_int_ne(findings.finding[i].code,
				 TCPMEM_FINDING_RCVBUF_MAX);
	ck_assert_uint_eq(findings.count, TM_ARRAY_SIZE(scenes) - 2);
}
END_TEST

/* Who has open what he half closed waits for the answer; not if he closed it.
 */
START_TEST(a_peer_that_waits_has_not_closed)
{
	static const uint8_t shut[] = { 2, 3 };

	for (size_t i = 0; i < TM_ARRAY_SIZE(shut); i++) {
		add(mine)->state = TCPMEM_STATE_CLOSE_WAIT;
		add(other)->state = TCPMEM_STATE_FIN_WAIT_2;
		for (size_t end = 2 * i; end < 2 * i + 2; end++) {
			struct tcpmem_socket *sock = &snap.sockets.sock[end];

			sock->local_port = end % 2 ? 9000 : 80;
			sock->remote_port = end % 2 ? 80 : 9000;
			sock->local_port += (uint16_t)i;
			sock->remote_port += (uint16_t)i;
			sock->shutdown = end % 2 ? shut[i] : 0;
		}
	}
	ck_assert_int_eq(tm_peers_find(&snap.sockets), 0);
	find();
	expect(0, TCPMEM_FINDING_CLOSE_WAIT, 1, 1000, "");
}
END_TEST

/* "most expensive first" */
START_TEST(the_most_expensive_comes_first)
{
	put(&scenes[4]); /* close-wait: 1000 bytes */
	put(&scenes[0]); /* unread: 64 KiB */
	put(&scenes[9]); /* backlog-full: 0 */
	find();
	expect(0, TCPMEM_FINDING_UNREAD, 1, 64 * KIB, "");
	expect(1, TCPMEM_FINDING_CLOSE_WAIT, 1, 1000, "");
	expect(2, TCPMEM_FINDING_BACKLOG_FULL, 1, 0, "");
}
END_TEST

START_TEST(ages_are_those_of_what_waits)
{
	for (uint32_t i = 0; i < 3; i++) {
		put(&scenes[0]);
		heard(i, 1500 + 1000 * i, 0);
	}
	put(&scenes[0]);
	snap.sockets.info[3] = (struct tm_info){ 0 }; /* nobody knows */
	find();
	ck_assert_int_eq(findings.undecided, 1);
	ck_assert_int_eq(findings.finding[0].waited_ms, 3500);
	expect(0, TCPMEM_FINDING_UNREAD, 3, 192 * KIB,
	       "came 1.5 s ago, 3.5 s where it has waited longest");
}
END_TEST

/* Silent is who sent neither data nor an acknowledgement. */
START_TEST(silence_without_keepalive_is_found)
{
	set_limit("tcp_keepalive_time", 7);
	for (int i = 0; i < 4; i++)
		add(mine);
	heard(0, 8000, 9000);
	heard(1, 8000, 7999); /* 7 s are not longer than 7 s */
	heard(2, 7000, 9000);
	heard(3, 60000, 60000);
	snap.sockets.sock[3].timer = TCPMEM_TIMER_KEEPALIVE;
	find();
	ck_assert_uint_eq(findings.count, 1);
	expect(0, TCPMEM_FINDING_NO_KEEPALIVE, 1, 1000,
	       "tcp_keepalive_time, 7 s, and has keepalive off; the longest "
	       "for 8.0 s");
	ck_assert_int_eq(breakdown.no_keepalive, 3);
	ck_assert_int_eq(breakdown.keepalive, 1);
	ck_assert_int_eq(breakdown.keepalive_unknown, 0);
	snap.sockets.sock[0].timer = TCPMEM_TIMER_RETRANSMIT;
	find();
	expect_nothing("another timer hides it");
	ck_assert_int_eq(breakdown.keepalive_unknown, 1);
}
END_TEST

START_TEST(idle_connections_are_found_by_their_objects)
{
	/* 65535 bytes are the most that a socket's objects can take */
	for (int i = 0; i < 17; i++) {
		struct tcpmem_socket *sock = add(mine);

		sock->object = UINT16_MAX;
		if (!i)
			sock->timer = TCPMEM_TIMER_KEEPALIVE;
		heard((size_t)i, 10000, 0);
	}
	find();
	expect(0, TCPMEM_FINDING_IDLE, 17, 17 * UINT16_MAX,
	       "17 connections have had no data for 10 s or longer, and their "
	       "objects alone take 1114095 bytes; keepalive is on for 1");
	heard(3, 9999, 0);
	find();
	expect_nothing("16 of them are below a MiB");
}
END_TEST

/* "at a local port of its sockets, or leading to one or to a peer of theirs" */
START_TEST(orphans_stand_apart)
{
	const struct tcpmem_row *row;
	int64_t held;

	for (uint16_t netns = 0; netns < 2; netns++) {
		struct tcpmem_socket *sock = add(UINT32_MAX);

		sock->netns = netns;
		sock->inode = 0;
		sock->object = 0;
		sock->skmem[TCPMEM_METRIC_WMEM_QUEUED] = MIB;
		sock->wqueue = 5000;
	}
	for (uint16_t port = 1; port < 3; port++) {
		struct tcpmem_socket *sock = add(UINT32_MAX);

		/* another port of this end, another peer */
		sock->local_port = 5000 + port;
		sock->remote_port = 6000 + port;
		sock->inode = 0;
		sock->object = 0;
		sock->skmem[TCPMEM_METRIC_WMEM_QUEUED] = MIB;
	}
	add(mine);
	find();
	expect_nothing("an innocent process");
	ck_assert_uint_eq(tcpmem_table_get_row_count(breakdown.orphans), 1);
	row = tcpmem_table_get_row(breakdown.orphans, 0);
	ck_assert_str_eq(tcpmem_row_get_subject(row)->key, "0.0.0.0,root");
	ck_assert_int_eq(tcpmem_row_get_metric(row, TCPMEM_METRIC_HELD, &held),
			 0);
	ck_assert_int_eq(held, MIB);
}
END_TEST

START_TEST(what_others_hold_too_is_shared)
{
	const struct tcpmem_socket *sock = add(mine);

	ck_assert_int_eq(tm_holders_add(snap.holders, sock->inode, other), 0);
	add(mine);
	add(other);
	find();
	ck_assert_int_eq(breakdown.shared.sockets, 1);
	ck_assert_int_eq(breakdown.shared.bytes, 1000);
}
END_TEST

static void set_fds(int64_t fds, int64_t sockets, int64_t soft)
{
	counters.value[TCPMEM_PROCESS_METRIC_FDS] = fds;
	counters.value[TCPMEM_PROCESS_METRIC_FDS_SOCKETS] = sockets;
	counters.value[TCPMEM_PROCESS_METRIC_FDS_SOFT] = soft;
	counters.known[TCPMEM_PROCESS_METRIC_FDS] = true;
	counters.known[TCPMEM_PROCESS_METRIC_FDS_SOCKETS] = true;
	counters.known[TCPMEM_PROCESS_METRIC_FDS_SOFT] = true;
}

START_TEST(files_near_their_limit_are_found)
{
	set_fds(79, 7, 100);
	find();
	expect_nothing("79 of 100");
	set_fds(80, 7, 100);
	find();
	expect(0, TCPMEM_FINDING_FDS, 0, 0,
	       "80 files are open, 7 of them sockets, and 100 may be");
	counters.known[TCPMEM_PROCESS_METRIC_FDS_SOFT] = false;
	find();
	expect_nothing("an unknown limit");
}
END_TEST

START_TEST(ports_near_their_end_are_found)
{
	set_limit("ip_local_port_range", 10);
	((struct tcpmem_limit *)tm_limits_find(&limits.limits,
					       "ip_local_port_range"))
		->low = 100;
	for (uint16_t i = 0; i < 9; i++) {
		struct tcpmem_socket *sock = add(i ? other : mine);

		sock->local_port = 99 + i; /* the first is not of the range */
		sock->remote[0] = 10;
	}
	snap.sockets.sock[1].kind = TCPMEM_KIND_PROCESS;
	ck_assert_int_eq(
		tm_holders_add(snap.holders, snap.sockets.sock[1].inode, mine),
		0);
	find();
	expect(0, TCPMEM_FINDING_PORTS, 0, 0,
	       "8 of 10 local ports are taken toward 10.0.0.0 port 1234; 1 of "
	       "them by its own connections");
	snap.sockets.sock[8].remote_port = 4321;
	find();
	expect_nothing("7 of 10");
}
END_TEST

/* Each code has words of its own, and no other has. */
START_TEST(codes_have_words)
{
	for (int i = 0; i < TCPMEM_FINDING_COUNT; i++) {
		enum tcpmem_finding_code code = (enum tcpmem_finding_code)i;

		ck_assert_ptr_nonnull(
			tcpmem_finding_code_describe(code)->reason);
		ck_assert_ptr_nonnull(
			tcpmem_finding_code_describe(code)->setting);
		ck_assert_ptr_nonnull(
			tcpmem_finding_code_describe(code)->advice);
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(
				tcpmem_finding_code_describe(code)->name,
				tcpmem_finding_code_describe(
					(enum tcpmem_finding_code)k)
					->name);
	}
	ck_assert_ptr_null(
		tcpmem_finding_code_describe(
			(enum tcpmem_finding_code)TCPMEM_FINDING_COUNT)
			->name);
	ck_assert_ptr_null(
		tcpmem_finding_code_describe((enum tcpmem_finding_code) - 1)
			->advice);
}
END_TEST

/* Each figure of a process has its words; what is none has none. */
START_TEST(process_metrics_have_words)
{
	for (int i = 0; i < TCPMEM_PROCESS_METRIC_COUNT; i++) {
		const struct tcpmem_term *term = tcpmem_process_metric_describe(
			(enum tcpmem_process_metric)i);
		size_t len = strlen(term->name);

		ck_assert_int_eq(strncmp(term->json, term->name, len), 0);
		ck_assert_str_eq(term->json + len,
				 term->unit == TCPMEM_UNIT_BYTES ? "_bytes"
								 : "");
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("findings");
	TCase *tests = tcase_create("findings");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, a_socket_has_its_finding, 0,
			    TM_ARRAY_SIZE(scenes));
	tcase_add_loop_test(tests, one_byte_less_is_no_finding, 0,
			    TM_ARRAY_SIZE(scenes));
	tcase_add_loop_test(tests, one_look_proves_nothing_about_queues, 0,
			    TM_ARRAY_SIZE(scenes));
	tcase_add_loop_test(tests,
			    what_stands_for_less_than_a_second_is_undecided, 0,
			    TM_ARRAY_SIZE(scenes));
	tcase_add_loop_test(tests, what_moves_is_in_order, 0,
			    TM_ARRAY_SIZE(scenes));
	tcase_add_test(tests, the_pace_of_a_slow_reader_is_told);
	tcase_add_test(tests, drops_that_go_on_are_found);
	tcase_add_test(tests, a_window_that_was_shut_names_the_finding);
	tcase_add_test(tests, unknown_limits_find_nothing);
	tcase_add_test(tests, what_is_not_its_own_is_no_finding);
	tcase_add_test(tests, a_peer_that_waits_has_not_closed);
	tcase_add_test(tests, the_most_expensive_comes_first);
	tcase_add_test(tests, ages_are_those_of_what_waits);
	tcase_add_test(tests, silence_without_keepalive_is_found);
	tcase_add_test(tests, idle_connections_are_found_by_their_objects);
	tcase_add_test(tests, orphans_stand_apart);
	tcase_add_test(tests, what_others_hold_too_is_shared);
	tcase_add_test(tests, files_near_their_limit_are_found);
	tcase_add_test(tests, ports_near_their_end_are_found);
	tcase_add_test(tests, codes_have_words);
	tcase_add_test(tests, process_metrics_have_words);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
