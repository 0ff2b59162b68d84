/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* findings_fixture.h - a process with sockets, seen once or twice */
#ifndef TM_FINDINGS_FIXTURE_H
#define TM_FINDINGS_FIXTURE_H

#include "analysis/explain.h"
#include "base/util.h"
#include "tcpmem/table.h"

#include <check.h>
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

static inline uint32_t add_process(uint32_t pid)
{
	const struct tcpmem_process process = { .pid = pid };
	uint32_t index;

	ck_assert_int_eq(tm_holders_process(snap.holders, &process, &index), 0);
	return index;
}

static inline void setup(void)
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

static inline void clear(void)
{
	tm_findings_clear(&findings);
	tm_breakdown_clear(&breakdown);
	tm_evidence_clear(&evidence);
	tm_socket_set_deinit(&later.sockets);
	later.sockets.with_info = true;
	findings = (struct tm_findings){ 0 };
}

static inline void teardown(void)
{
	clear();
	tm_holders_free(snap.holders);
	tm_socket_set_deinit(&snap.sockets);
}

static inline void set_limit(const char *name, int64_t value)
{
	/* the table is the test's own */
	struct tcpmem_limit *limit =
		(struct tcpmem_limit *)tm_limits_find(&limits.limits, name);

	limit->value = value;
	limit->known = true;
}

/* An established socket of ours; its inode is its number, from 1 on. */
static inline struct tcpmem_socket *add(uint32_t holder)
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

/* Waits in a queue of ours or of another's at the same port */
static inline void add_child_of_both(void)
{
	struct tcpmem_socket *sock = add(mine);

	sock->kind = TCPMEM_KIND_UNACCEPTED;
	sock->skmem[TCPMEM_METRIC_RMEM] = 64 * KIB - 1000;
	ck_assert_int_eq(tm_holders_add(snap.holders, sock->inode, other), 0);
}

/* When data was sent and received last, and an acknowledgement; ms ago. */
static inline void heard(size_t index, uint32_t data, uint32_t ack)
{
	struct tcp_info info = { .tcpi_last_data_recv = data,
				 .tcpi_last_data_sent = data,
				 .tcpi_last_ack_recv = ack };

	memcpy(snap.sockets.info[index].bytes, &info, SND_WND_AT);
}

/* What the later look shows: by itself the same as the first one. */
static inline struct tcpmem_socket *look_again(void)
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

static inline void judge(void)
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
static inline void find_from(bool changed)
{
	if (!changed)
		look_again();
	ck_assert_int_eq(tm_evidence_make(&snap, &later, &evidence), 0);
	target.evidence = &evidence;
	judge();
}

static inline void find(void)
{
	find_from(false);
}

static inline void expect_nothing(const char *what)
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

static inline struct tcpmem_socket *put(const struct scene *scene)
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

#endif
