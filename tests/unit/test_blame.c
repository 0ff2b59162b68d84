// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_blame.c - chains, cycles, shares, and what is in none */
#include "analysis/blame.h"
#include "in_use.h"
#include "unit.h"

#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB 1048576

static struct tcpmem_snapshot snap, later;
static struct tcpmem_blame *blame;
static uint16_t port;

static void setup(void)
{
	static struct tm_netns netns[1];

	snap = (struct tcpmem_snapshot){ .netns = netns, .netns_count = 1 };
	snap.sockets.with_info = true;
	ck_assert_int_eq(tm_holders_new(false, &snap.holders), 0);
	blame = NULL;
	port = 20000;
	for (uint32_t i = 0; i < 8; i++) {
		struct tcpmem_process process = { .pid = i };
		uint32_t index;

		process.comm[0] = (char)('a' + i);
		ck_assert_int_eq(
			tm_holders_process(snap.holders, &process, &index), 0);
	}
	ck_assert_int_eq(tm_holders_finish(snap.holders), 0);
}

static void teardown(void)
{
	tcpmem_blame_free(blame);
	tm_holders_free(snap.holders);
	tm_socket_set_deinit(&snap.sockets);
	tm_socket_set_deinit(&later.sockets);
}

/* The window of the sender is shut; nothing has moved for @ms. */
static struct tm_info info_of(uint32_t ms)
{
	const struct tcp_info tcp = { .tcpi_last_data_recv = ms,
				      .tcpi_last_data_sent = ms };
	struct tm_info info = { .present = true, .len = TM_INFO_SIZE };

	memcpy(info.bytes, &tcp,
	       sizeof(tcp) < sizeof(info.bytes) ? sizeof(tcp)
						: sizeof(info.bytes));
	return info;
}

static struct tcpmem_socket *add_end(uint32_t process, uint16_t local,
				     uint16_t remote, uint32_t ms)
{
	const struct tcpmem_socket sock = {
		.cookie = snap.sockets.count + 1,
		.state = TCPMEM_STATE_ESTABLISHED,
		.kind = TCPMEM_KIND_PROCESS,
		.holder = process + 1,
		.local = { 127, 0, 0, 1 },
		.remote = { 127, 0, 0, 1 },
		.local_port = local,
		.remote_port = remote,
		.skmem_words = TM_SKMEM_WORDS,
		.timer = TCPMEM_TIMER_PROBE,
	};
	const struct tm_info info = info_of(ms);

	ck_assert_int_eq(tm_socket_set_add(&snap.sockets, &sock, &info), 0);
	return &snap.sockets.sock[snap.sockets.count - 1];
}

/* @from has written to @to what it does not read: so many MiB on each side */
static void wait_for(uint32_t from, uint32_t to, uint32_t mib, uint32_t ms)
{
	struct tcpmem_socket *sock = add_end(from, port, 80, ms);

	sock->wqueue = sock->skmem[SK_MEMINFO_WMEM_QUEUED] = mib * MIB;
	sock = add_end(to, 80, port++, ms);
	sock->rqueue = sock->skmem[SK_MEMINFO_RMEM_ALLOC] = mib * MIB;
}

static void find(void)
{
	ck_assert_int_eq(tm_peers_find(&snap.sockets), 0);
	ck_assert_int_eq(tcpmem_blame_new(&snap, NULL, NULL, &blame), 0);
}

/* "name bytes" of each member, those at the end before a bar */
static void expect(size_t at, const char *wanted)
{
	const struct tcpmem_chain *chain = &blame->chain[at];
	char text[256] = "";
	size_t used = 0;

	ck_assert_uint_lt(at, blame->count);
	for (size_t i = 0; i < chain->member_count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s%s %.1f ",
					 i == chain->culprit_count ? "| " : "",
					 chain->member[i].name,
					 (double)chain->member[i].bytes / MIB);
	ck_assert_str_eq(text, wanted);
}

/* Of two ends that nobody is known to hold, two processes may have one each. */
START_TEST(hidden_processes_pass_nothing_on)
{
	wait_for(0, 1, 1, 2000);
	wait_for(2, 3, 2, 2000);
	for (size_t i = 1; i < 3; i++) {
		snap.sockets.sock[i].kind = TCPMEM_KIND_HIDDEN;
		snap.sockets.sock[i].holder = TM_HOLDER_NONE;
	}
	find();
	ck_assert_uint_eq(blame->count, 2);
	expect(0, "d[3] 2.0 | hidden 2.0 ");
	expect(1, "hidden 1.0 | a[0] 1.0 ");
}
END_TEST

/* "the chain goes on to whoever holds him up"; by distance, then by bytes */
START_TEST(chain)
{
	wait_for(0, 1, 1, 2000);
	wait_for(1, 2, 2, 2000);
	wait_for(3, 1, 4, 2000);
	find();
	ck_assert_uint_eq(blame->count, 1);
	expect(0, "c[2] 2.0 | b[1] 7.0 d[3] 4.0 a[0] 1.0 ");
	ck_assert_int_eq(blame->elapsed_ns, TCPMEM_UNKNOWN);
	ck_assert_uint_eq(blame->chain[0].link_count, 3);
	ck_assert_int_eq(blame->chain[0].link[0].unread_bytes, 4 * MIB);
	ck_assert_int_eq(blame->chain[0].link[0].unsent_bytes, 4 * MIB);
}
END_TEST

/* "Where there are several, bytes are shared as they wait." */
START_TEST(shares)
{
	wait_for(0, 1, 4, 2000);
	wait_for(1, 2, 3, 2000);
	wait_for(1, 3, 1, 2000);
	find();
	ck_assert_uint_eq(blame->count, 2);
	/* of b 4 MiB are unread, 3 of 4 parts because of c, and 3 unsent to c
	 */
	expect(0, "c[2] 3.0 | b[1] 6.0 a[0] 3.0 ");
	expect(1, "d[3] 1.0 | b[1] 2.0 a[0] 1.0 ");
}
END_TEST

/* "with processes that wait for each other"; a way out of a cycle is the end */
START_TEST(cycles)
{
	wait_for(0, 1, 1, 2000);
	wait_for(1, 0, 1, 2000);
	wait_for(2, 0, 1, 2000);
	wait_for(3, 4, 1, 2000);
	wait_for(4, 3, 1, 2000);
	wait_for(4, 5, 4, 2000);
	find();
	ck_assert_uint_eq(blame->count, 2);
	expect(0, "f[5] 4.0 | e[4] 6.0 d[3] 2.0 ");
	expect(1, "a[0] 3.0 b[1] 2.0 | c[2] 1.0 ");
}
END_TEST

/* No chain: himself, what has waited for a moment only, what is little */
START_TEST(innocent)
{
	wait_for(0, 0, 1, 2000);
	wait_for(1, 2, 1, 999);
	find();
	ck_assert_uint_eq(blame->count, 0);
	ck_assert_int_eq(blame->undecided, 1);
}
END_TEST

/* "Only if these four and @count are 0 nobody is held up." */
START_TEST(left_out)
{
	struct tcpmem_filter *filter;

	wait_for(0, 1, 1, 2000);
	wait_for(2, 2, 1, 2000);
	wait_for(3, 4, 1, 2000);
	for (size_t i = 4; i < 6; i++) {
		struct tcpmem_socket *sock = &snap.sockets.sock[i];

		sock->skmem[SK_MEMINFO_WMEM_QUEUED] /= 64;
		sock->skmem[SK_MEMINFO_RMEM_ALLOC] /= 64;
	}
	find();
	ck_assert_uint_eq(blame->count, 1);
	ck_assert_int_eq(blame->small, 1);
	ck_assert_int_eq(blame->unmatched, 0);
	tcpmem_blame_free(blame);
	ck_assert_int_eq(tcpmem_filter_parse("sport = :20002", NULL, &filter),
			 0);
	ck_assert_int_eq(tcpmem_blame_new(&snap, NULL, filter, &blame), 0);
	tcpmem_filter_free(filter);
	ck_assert_uint_eq(blame->count, 0);
	ck_assert_int_eq(blame->small, 1);
	ck_assert_int_eq(blame->unmatched, 1);
}
END_TEST

/* "the data alone where the kernel does not report buffers" */
START_TEST(without_counters)
{
	wait_for(0, 1, 1, 2000);
	for (size_t i = 0; i < 2; i++)
		snap.sockets.sock[i].skmem_words = 0;
	find();
	ck_assert_uint_eq(blame->count, 1);
	expect(0, "b[1] 1.0 | a[0] 1.0 ");
	ck_assert_int_eq(blame->small, 0);
}
END_TEST

/* Nobody is the end of a chain whose own writes may be held up. */
START_TEST(undecided)
{
	wait_for(0, 1, 1, 2000);
	wait_for(1, 2, 1, 999);
	/* of two ends the one that is known is still said */
	wait_for(3, 1, 1, 2000);
	wait_for(3, 4, 1, 2000);
	find();
	ck_assert_int_eq(blame->undecided, 1);
	ck_assert_uint_eq(blame->count, 1);
	expect(0, "e[4] 1.0 | d[3] 1.0 ");
}
END_TEST

/* What an msk's mptcp_info says, @len bytes of it, and its subflow's ends */
static void make_mptcp(size_t at, uint32_t ms, uint16_t len)
{
	for (size_t i = at; i < at + 2; i++) {
		struct tm_info *info = &snap.sockets.info[i];

		*info = (struct tm_info){ .present = true, .len = len };
		memcpy(info->bytes + 88, &ms, sizeof(ms));
		snap.sockets.sock[i].flags |= TM_SOCK_MPTCP;
		snap.sockets.sock[i].wqueue = 0;
		snap.sockets.sock[i].timer = TCPMEM_TIMER_NONE;
		add_end(snap.sockets.sock[i].holder - 1,
			snap.sockets.sock[i].local_port,
			snap.sockets.sock[i].remote_port, ms)
			->flags |= TM_SOCK_SUBFLOW;
	}
	/* the probe of a window that is shut */
	snap.sockets.sock[snap.sockets.count - 2].wqueue = 1;
	snap.sockets.sock[snap.sockets.count - 2]
		.skmem[SK_MEMINFO_WMEM_QUEUED] = 833;
}

/* An edge is between msks, and counts once; its subflow knows the window. */
START_TEST(mptcp)
{
	wait_for(0, 1, 1, 2000);
	make_mptcp(0, 2000, 96);
	wait_for(2, 0, 1, 2000);
	find();
	ck_assert_uint_eq(blame->count, 1);
	expect(0, "b[1] 1.0 | a[0] 2.0 c[2] 1.0 ");
	ck_assert_int_eq(blame->chain[0].link[0].connections, 1);
}
END_TEST

/* Kernels before 6.5 do not say what moves: nobody is accused instead. */
START_TEST(mptcp_unmeasured)
{
	wait_for(0, 1, 1, 2000);
	make_mptcp(0, 2000, 56);
	wait_for(2, 0, 1, 2000);
	find();
	ck_assert_uint_eq(blame->count, 0);
	ck_assert_int_eq(blame->unmeasured, 1);
}
END_TEST

/* An address stands for who is not known: "where no process of this host is" */
START_TEST(absent)
{
	struct tcpmem_socket *sock = add_end(0, port, 443, 2000);

	sock->remote[0] = 10;
	sock->wqueue = sock->skmem[SK_MEMINFO_WMEM_QUEUED] = MIB;
	find();
	ck_assert_uint_eq(blame->count, 1);
	expect(0, "10.0.0.1:443 0.0 | a[0] 1.0 ");
	ck_assert_str_eq(blame->chain[0].member[0].kind, "absent");
}
END_TEST

/* A chain as long as there are processes, of which none is recursion's */
START_TEST(rows_of_many)
{
	struct tm_blame_graph graph = { 0 };
	uint32_t component[1000], count;
	struct tm_blame_edge edge[1000];

	graph.edge = edge;
	graph.node_count = 1000;
	graph.edge_count = 999;
	for (uint32_t i = 0; i < 999; i++)
		edge[i] = (struct tm_blame_edge){ .from = i, .to = i + 1 };
	ck_assert_int_eq(tm_blame_components(&graph, component, &count), 0);
	ck_assert_uint_eq(count, 1000);
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_uint_eq(component[i], 999 - i);
	edge[999] = (struct tm_blame_edge){ .from = 999, .to = 0 };
	graph.edge_count = 1000;
	ck_assert_int_eq(tm_blame_components(&graph, component, &count), 0);
	ck_assert_uint_eq(count, 1);
}
END_TEST

static void blame_and_free(void)
{
	ck_assert_int_eq(tcpmem_blame_new(&snap, NULL, NULL, &blame), 0);
	tcpmem_blame_free(blame);
	blame = NULL;
}

/* Chains that are shown, and one that is too small for that */
START_TEST(freed)
{
	wait_for(0, 1, 4, 2000);
	wait_for(1, 2, 3, 2000);
	wait_for(1, 3, 1, 2000);
	wait_for(5, 6, 1, 2000);
	for (size_t i = 6; i < 8; i++) {
		snap.sockets.sock[i].skmem[SK_MEMINFO_WMEM_QUEUED] /= 64;
		snap.sockets.sock[i].skmem[SK_MEMINFO_RMEM_ALLOC] /= 64;
	}
	wait_for(2, 4, 1, 999);
	ck_assert_int_eq(tm_peers_find(&snap.sockets), 0);
	LEAVES_NOTHING(blame_and_free());
	tcpmem_blame_free(NULL);
}
END_TEST

/* Without an msk its subflow is all that is known of it. */
START_TEST(subflow_alone)
{
	wait_for(0, 1, 1, 2000);
	for (size_t i = 0; i < 2; i++)
		snap.sockets.sock[i].flags = TM_SOCK_SUBFLOW;
	find();
	ck_assert_uint_eq(blame->count, 1);
	expect(0, "b[1] 1.0 | a[0] 1.0 ");
}
END_TEST

/* "links: the one on which most waits first", whichever side has it */
START_TEST(links)
{
	wait_for(0, 3, 1, 2000);
	wait_for(1, 3, 1, 2000);
	wait_for(2, 3, 1, 2000);
	snap.sockets.sock[0].wqueue = 9;
	snap.sockets.sock[1].rqueue = 1;
	snap.sockets.sock[2].wqueue = 1;
	snap.sockets.sock[3].rqueue = 13;
	snap.sockets.sock[4].wqueue = 6;
	snap.sockets.sock[5].rqueue = 6;
	find();
	ck_assert_uint_eq(blame->count, 1);
	ck_assert_uint_eq(blame->chain[0].link_count, 3);
	ck_assert_int_eq(blame->chain[0].link[0].unread_bytes, 13);
	ck_assert_int_eq(blame->chain[0].link[0].unsent_bytes, 1);
	ck_assert_int_eq(blame->chain[0].link[1].unsent_bytes, 6);
	ck_assert_int_eq(blame->chain[0].link[2].unsent_bytes, 9);
	ck_assert_int_eq(blame->chain[0].link[2].per_second, TCPMEM_UNKNOWN);
}
END_TEST

/* The other look, a second later: all is as it was but for what @change does */
static void find_by_two(int64_t elapsed_ns,
			void (*change)(struct tm_info *info))
{
	free(snap.sockets.peer);
	ck_assert_int_eq(tm_peers_find(&snap.sockets), 0);
	strcpy(snap.clock.boot_id, "boot-1");
	snap.clock.boottime_ns = 1;
	later = (struct tcpmem_snapshot){ .netns = snap.netns,
					  .netns_count = 1,
					  .clock = snap.clock,
					  .sockets.with_info = true };
	later.clock.boottime_ns += elapsed_ns;
	for (size_t i = 0; i < snap.sockets.count; i++)
		ck_assert_int_eq(tm_socket_set_add(&later.sockets,
						   &snap.sockets.sock[i],
						   &snap.sockets.info[i]),
				 0);
	if (change)
		change(&later.sockets.info[0]);
	tcpmem_blame_free(blame);
	ck_assert_int_eq(tcpmem_blame_new(&snap, &later, NULL, &blame), 0);
	tm_socket_set_deinit(&later.sockets);
	later.sockets = (struct tm_socket_set){ 0 };
}

static uint64_t limited_us;

static void limit_by_window(struct tm_info *info)
{
	struct tcp_info tcp;

	memcpy(&tcp, info->bytes,
	       sizeof(tcp) < TM_INFO_SIZE ? sizeof(tcp) : TM_INFO_SIZE);
	tcp.tcpi_busy_time = tcp.tcpi_rwnd_limited = limited_us;
	tcp.tcpi_snd_wnd = 1;
	memcpy(info->bytes, &tcp,
	       sizeof(tcp) < TM_INFO_SIZE ? sizeof(tcp) : TM_INFO_SIZE);
}

/* "The peer takes less than would be sent": half of the time, or more */
START_TEST(held_by_the_window)
{
	struct tcpmem_socket *sock = add_end(0, port, 443, 2000);

	sock->remote[0] = 10;
	sock->timer = TCPMEM_TIMER_NONE;
	sock->wqueue = sock->skmem[SK_MEMINFO_WMEM_QUEUED] = MIB;
	limited_us = 0;
	limit_by_window(&snap.sockets.info[0]);
	limited_us = 500000;
	find_by_two(1000000000, limit_by_window);
	ck_assert_uint_eq(blame->count, 1);
	expect(0, "10.0.0.1:443 0.0 | a[0] 1.0 ");
	ck_assert_int_eq(blame->elapsed_ns, 1000000000);
	ck_assert_int_eq(blame->chain[0].member[0].per_second, 0);
	ck_assert_int_eq(blame->chain[0].member[1].per_second, TCPMEM_UNKNOWN);
	limited_us = 499999;
	find_by_two(1000000000, limit_by_window);
	ck_assert_uint_eq(blame->count, 0);
	ck_assert_int_eq(blame->undecided, 0);
	/* sent again, or asked for its window, is held up as well */
	snap.sockets.sock[0].timer = TCPMEM_TIMER_RETRANSMIT;
	find_by_two(1000000000, NULL);
	ck_assert_uint_eq(blame->count, 0);
	snap.sockets.sock[0].retrans = 1;
	find_by_two(1000000000, NULL);
	ck_assert_uint_eq(blame->count, 1);
}
END_TEST

/* Of both ends it has to be known what moves. */
START_TEST(reader_unmeasured)
{
	for (size_t i = 0; i < 2; i++) {
		wait_for(0, 1, 1, 2000);
		snap.sockets.info[2 * i + i].present = false;
	}
	find();
	ck_assert_uint_eq(blame->count, 0);
	ck_assert_int_eq(blame->unmeasured, 2);
}
END_TEST

/*
 * "Of several processes that hold a socket, one may be who would read it: they
 * wait for what that one waits for, and it for what they wait for": a and b
 * hold one of the sockets; either c waits for that, and a for d, or it is for d
 * that it waits, and c waits for a
 */
START_TEST(shared)
{
	uint32_t both;

	ck_assert_int_eq(tm_holders_add(snap.holders, 5000, 0), 0);
	ck_assert_int_eq(tm_holders_add(snap.holders, 5000, 1), 0);
	ck_assert_int_eq(tm_holders_finish(snap.holders), 0);
	both = tm_holders_find(snap.holders, 5000);
	ck_assert(both & TM_HOLDER_SHARED);
	wait_for(2, 0, 1, 2000);
	wait_for(0, 3, 2, 2000);
	wait_for(1, 1, 1, 2000);
	snap.sockets.sock[_i ? 2 : 1].holder = both;
	find();
	ck_assert_uint_eq(blame->count, 1);
	ck_assert_uint_eq(blame->chain[0].culprit_count, 1);
	/* b waits for whom the socket that it holds waits, and for nobody else
	 */
	ck_assert_uint_eq(blame->chain[0].link_count, 3 + (size_t)_i);
	expect(0, _i ? "d[3] 2.0 | a[0] +1 2.0 a[0] 1.0 b[1] 0.0 c[2] 1.0 "
		     : "d[3] 2.0 | a[0] 2.0 a[0] +1 1.0 c[2] 1.0 ");
	/* those within a process are no connections */
	ck_assert_int_eq(blame->chain[0].member[1].distance, 1);
	ck_assert_int_eq(blame->chain[0].member[2].distance, 1);
	ck_assert_int_eq(blame->chain[0].member[3 + _i].distance, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blame");
	TCase *tcase = tcase_create("blame");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, chain);
	tcase_add_test(tcase, hidden_processes_pass_nothing_on);
	tcase_add_test(tcase, shares);
	tcase_add_test(tcase, cycles);
	tcase_add_test(tcase, innocent);
	tcase_add_test(tcase, left_out);
	tcase_add_test(tcase, without_counters);
	tcase_add_test(tcase, undecided);
	tcase_add_test(tcase, mptcp);
	tcase_add_test(tcase, mptcp_unmeasured);
	tcase_add_test(tcase, absent);
	tcase_add_test(tcase, rows_of_many);
	tcase_add_test(tcase, freed);
	tcase_add_test(tcase, subflow_alone);
	tcase_add_test(tcase, links);
	tcase_add_test(tcase, held_by_the_window);
	tcase_add_test(tcase, reader_unmeasured);
	tcase_add_loop_test(tcase, shared, 0, 2);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
