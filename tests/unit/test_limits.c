// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_limits.c - limits, what of them is in use, and what is unknown */
#include "in_use.h"
#include "limits_fixture.h"
#include "unit.h"

#include <errno.h>

static int64_t value(const char *name)
{
	ck_assert(limit(name)->known);
	return limit(name)->value;
}

static int64_t used(const char *name)
{
	ck_assert(limit(name)->used_known);
	return limit(name)->used;
}

/* "@known: whether it could be read": none of them, of an empty /proc */
START_TEST(what_is_not_there_is_unknown)
{
	int64_t number = 7;

	read_all();
	for (size_t i = 0; i < tcpmem_limits_get_count(&limits); i++) {
		const struct tcpmem_limit *l = tcpmem_limits_get(&limits, i);

		ck_assert_uint_eq(l->size, sizeof(*l));
		ck_assert(!l->known && !l->used_known);
		ck_assert(!l->count_known && !l->rate_known);
		ck_assert(!l->counter || !l->gone);
	}
	ck_assert_int_eq(tm_sysctl_memory(&ctx, &number), -ENOENT);
}
END_TEST

START_TEST(what_makes_no_sense_is_unknown)
{
	int64_t number;

	tree_file(&tree, "sys/net/core/rmem_max", "-1\n");
	tree_file(&tree, "sys/net/ipv4/tcp_rmem", "4096 131072\n");
	tree_file(&tree, "sys/fs/nr_open", "18446744073709551615\n");
	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", "60999 32768\n");
	tree_file(&tree, "meminfo", "MemTotal: 99999999999999999999 kB\n");
	read_all();
	ck_assert(!limit("rmem_max")->known);
	ck_assert(!limit("tcp_rmem_max")->known);
	ck_assert(!limit("nr_open")->known);
	ck_assert(!limit("ip_local_port_range")->known);
	ck_assert_int_eq(tm_sysctl_memory(&ctx, &number), -EBADMSG);
}
END_TEST

START_TEST(values_have_their_units)
{
	int64_t number;

	tree_file(&tree, "sys/net/ipv4/tcp_mem", "1\t2\t3\n");
	tree_file(&tree, "sys/net/ipv4/tcp_wmem", "4096\t16384\t4194304\n");
	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
	tree_file(&tree, "sys/fs/file-max", "1000\n");
	tree_file(&tree, "sys/fs/file-nr", "250\t0\t1000\n");
	tree_file(&tree, "meminfo", "MemTotal:       16 kB\nMemFree: 1 kB\n");
	read_all();
	ck_assert_int_eq(value("tcp_mem_low"), sysconf(_SC_PAGESIZE));
	ck_assert_int_eq(value("tcp_mem_pressure"), 2 * sysconf(_SC_PAGESIZE));
	ck_assert_int_eq(value("tcp_mem_high"), 3 * sysconf(_SC_PAGESIZE));
	ck_assert_int_eq(value("tcp_wmem_min"), 4096);
	ck_assert_int_eq(value("tcp_wmem_max"), 4194304);
	ck_assert_int_eq(value("ip_local_port_range"), 28232);
	ck_assert_int_eq(value("file-max"), 1000);
	ck_assert_int_eq(used("file-max"), 250);
	ck_assert_int_eq(tm_sysctl_memory(&ctx, &number), 0);
	ck_assert_int_eq(number, 16384);
}
END_TEST

/* "A range counts by how many it has, both ends included" */
START_TEST(ranges_at_their_bounds)
{
	static const struct {
		const char *range;
		int64_t ports;
	} some[] = {
		{ "1 65535\n", 65535 }, { "5000 5000\n", 1 },
		{ "0 65535\n", 65536 }, { "1 65536\n", 0 },
		{ "5001 5000\n", 0 },
	};

	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		tree_file(&tree, "sys/net/ipv4/ip_local_port_range",
			  some[i].range);
		read_all();
		ck_assert_int_eq(limit("ip_local_port_range")->known,
				 some[i].ports != 0);
		if (some[i].ports)
			ck_assert_int_eq(value("ip_local_port_range"),
					 some[i].ports);
	}
}
END_TEST

/* "MemTotal:  123 kB": in another unit, or cut, it is none. */
START_TEST(memory_has_its_unit)
{
	static const char *const odd[] = {
		"MemTotal: 16 kBx\n",
		"MemTotal: 16 kB",
		"MemTotal: 16 MB\n",
		"MemTotal: 16\n",
		"MemTotal: x kB\n",
		"MemFree: 16 kB\n",
		"MemTotal: 9007199254740992 kB\n",
	};
	int64_t number = 7;

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		tree_file(&tree, "meminfo", odd[i]);
		ck_assert_int_eq(tm_sysctl_memory(&ctx, &number), -EBADMSG);
	}
	tree_file(&tree, "meminfo", "MemTotal: 9007199254740991 kB\n");
	ck_assert_int_eq(tm_sysctl_memory(&ctx, &number), 0);
	ck_assert_int_eq(number, INT64_MAX - 1023);
	/* the host's, with its limits */
	limits.limits.ram = 7;
	tm_sysctl_limits(&ctx, TCPMEM_LIMIT_SCOPE_NETNS, &limits.limits);
	ck_assert_int_eq(limits.limits.ram, 7);
	tm_sysctl_limits(&ctx, TCPMEM_LIMIT_SCOPE_HOST, &limits.limits);
	ck_assert_int_eq(limits.limits.ram, INT64_MAX - 1023);
}
END_TEST

/* "why the kernel has it no more; NULL if it has" */
START_TEST(what_is_gone_is_said_so)
{
	read_all();
	ck_assert_str_eq(limit("tcp_tw_recycle")->gone,
			 "gone since Linux 4.12");
	ck_assert_ptr_null(limit("tcp_tw_reuse")->gone);
	tree_file(&tree, "sys/net/ipv4/tcp_tw_recycle", "0\n");
	read_all();
	ck_assert_ptr_null(limit("tcp_tw_recycle")->gone);
	ck_assert_int_eq(value("tcp_tw_recycle"), 0);
}
END_TEST

static struct tcpmem_socket connection(uint16_t local, uint16_t remote)
{
	return (struct tcpmem_socket){
		.state = TCPMEM_STATE_ESTABLISHED,
		.local_port = local,
		.remote_port = remote,
		.remote = { 10, 0, 0, 1 },
		.skmem_words = TM_SKMEM_WORDS,
		.skmem = { [TCPMEM_METRIC_RCVBUF] = 100,
			   [TCPMEM_METRIC_SNDBUF] = 20 },
	};
}

static struct tcpmem_socket waiting(enum tcpmem_state state, uint16_t local)
{
	return (struct tcpmem_socket){
		.state = (uint8_t)state,
		.local_port = local,
		.remote_port = 1,
		.flags = TM_SOCK_MINI,
	};
}

START_TEST(use_is_that_of_the_busiest)
{
	struct tcpmem_socket sock[] = {
		connection(1000, 80),
		connection(1001, 80),
		connection(1002, 80),
		connection(1003, 443),
		connection(999, 80),
		connection(2001, 80),
		connection(1004, 80),
		waiting(TCPMEM_STATE_TIME_WAIT, 1009),
		waiting(TCPMEM_STATE_SYN_RECV, 80),
		waiting(TCPMEM_STATE_SYN_RECV, 80),
		waiting(TCPMEM_STATE_SYN_RECV, 81),
		{ .state = TCPMEM_STATE_LISTENING,
		  .local_port = 80,
		  .rqueue = 5,
		  .wqueue = 8,
		  .skmem_words = TM_SKMEM_WORDS,
		  .skmem = { [TCPMEM_METRIC_RCVBUF] = 9999 } },
		{ .state = TCPMEM_STATE_LISTENING,
		  .local_port = 81,
		  .rqueue = 9,
		  .wqueue = 4096,
		  .skmem_words = TM_SKMEM_WORDS },
	};
	struct tcpmem_snapshot snap = {
		.sockets = { .sock = sock,
			     .count = sizeof(sock) / sizeof(*sock) },
	};
	int64_t bytes;

	sock[6].netns = 1;
	sock[6].skmem[TCPMEM_METRIC_RCVBUF] = 5000;
	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", "1000\t2000\n");
	tree_file(&tree, "sys/net/ipv4/tcp_rmem", "1\t2\t300\n");
	tree_file(&tree, "sys/net/ipv4/tcp_wmem", "1\t2\t30\n");
	tree_file(&tree, "sys/net/ipv4/tcp_max_syn_backlog", "8\n");
	tree_file(&tree, "sys/net/ipv4/tcp_syncookies", "0\n");
	read_all();
	ck_assert_int_eq(tm_limits_use(&limits, &snap, 0), 0);
	ck_assert_int_eq(used("ip_local_port_range"), 3);
	ck_assert_int_eq(used("tcp_max_tw_buckets"), 1);
	/* the fullest, by its own backlog; not the longest */
	ck_assert_int_eq(used("accept_queue"), 5);
	ck_assert_int_eq(value("accept_queue"), 8);
	ck_assert_str_eq(limit("accept_queue")->busiest, "port 80");
	ck_assert_int_eq(used("syn_queue"), 2);
	ck_assert_int_eq(value("syn_queue"), 6);
	ck_assert_str_eq(limit("syn_queue")->busiest, "port 80");
	ck_assert_int_eq(used("tcp_rmem_max"), 100);
	ck_assert_int_eq(used("tcp_wmem_max"), 20);
	tcpmem_limits_get_worst(&limits, TCPMEM_WORST_CONNECTIONS, &bytes);
	ck_assert_int_eq(bytes, 7);
	tcpmem_limits_get_worst(&limits, TCPMEM_WORST_CURRENT, &bytes);
	ck_assert_int_eq(bytes, 7 * 120 + 4900);
	tcpmem_limits_get_worst(&limits, TCPMEM_WORST_AUTOTUNED, &bytes);
	ck_assert_int_eq(bytes, 7 * 330);
}
END_TEST

/* "which ports are of the range is not known without it" */
START_TEST(ports_of_an_unknown_range_are_unknown)
{
	struct tcpmem_socket sock = { .state = TCPMEM_STATE_ESTABLISHED,
				      .local_port = 1500 };
	struct tcpmem_snapshot snap = {
		.sockets = { .sock = &sock, .count = 1 },
	};

	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", "?\n");
	read_all();
	ck_assert_int_eq(tm_limits_use(&limits, &snap, 0), 0);
	ck_assert(!limit("ip_local_port_range")->used_known);
}
END_TEST

/* The sockets of a namespace that was not seen use nobody knows what. */
START_TEST(use_of_an_unseen_namespace_is_unknown)
{
	struct tcpmem_snapshot snap = { 0 };
	int64_t bytes = 7;

	read_all();
	ck_assert_int_eq(tm_limits_use(&limits, &snap, SIZE_MAX), 0);
	ck_assert(!limit("accept_queue")->used_known);
	ck_assert(!limit("tcp_mem_high")->used_known);
	ck_assert_int_eq(tcpmem_limits_get_worst(
				 &limits, TCPMEM_WORST_AUTOTUNED, &bytes),
			 -ENODATA);
	ck_assert_int_eq(bytes, 7);
}
END_TEST

/* Where sockets of a state were not asked for, those seen are not all. */
START_TEST(use_of_states_that_a_capture_lacks_is_unknown)
{
	struct tcpmem_socket sock = connection(1000, 80);
	struct tm_netns netns = { .name = "self", .time_wait = 5 };
	struct tcpmem_snapshot snap = {
		.sockets = { .sock = &sock, .count = 1 },
		.netns = &netns,
		.netns_count = 1,
		.lacks_states = 1u << TCPMEM_STATE_LISTENING,
	};
	int64_t number = 7;

	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", "1000\t2000\n");
	read_all();
	ck_assert_int_eq(tm_limits_use(&limits, &snap, 0), 0);
	ck_assert(!limit("accept_queue")->used_known);
	ck_assert(!limit("syn_queue")->used_known);
	ck_assert_int_eq(used("ip_local_port_range"), 1);
	ck_assert_int_eq(used("tcp_rmem_max"), 100);

	tm_limits_clear(&limits);
	memset(&limits, 0, sizeof(limits));
	tm_limits_init(&limits.limits);
	read_all();
	snap.lacks_states = 1u << TCPMEM_STATE_CLOSE_WAIT |
			    1u << TCPMEM_STATE_TIME_WAIT;
	ck_assert_int_eq(tm_limits_use(&limits, &snap, 0), 0);
	ck_assert(!limit("ip_local_port_range")->used_known);
	ck_assert(!limit("tcp_rmem_max")->used_known);
	ck_assert_int_eq(used("accept_queue"), 0);
	/* the kernel has counted these */
	ck_assert_int_eq(used("tcp_max_tw_buckets"), 5);
	ck_assert_int_eq(tcpmem_limits_get_worst(
				 &limits, TCPMEM_WORST_CONNECTIONS, &number),
			 -ENODATA);
	ck_assert_int_eq(number, 7);

	limits.at_least = true;
	ck_assert_int_eq(tm_limits_use(&limits, &snap, 0), 0);
	ck_assert_int_eq(used("ip_local_port_range"), 1);
}
END_TEST

static struct tm_limits of_range(const char *range, const char *rmem)
{
	struct tm_limits own;

	tree_file(&tree, "sys/net/ipv4/ip_local_port_range", range);
	tree_file(&tree, "sys/net/ipv4/tcp_rmem", rmem);
	tree_file(&tree, "sys/net/ipv4/tcp_max_tw_buckets", "10\n");
	tm_limits_init(&own);
	tm_sysctl_limits(&ctx, TCPMEM_LIMIT_SCOPE_NETNS, &own);
	return own;
}

static void expect_of(const char *name, const char *netns, int64_t number)
{
	ck_assert_str_eq(limit(name)->netns, netns);
	ck_assert_int_eq(value(name), number);
}

static void count(struct tm_limits *of, const char *name, int64_t number)
{
	struct tcpmem_limit *l =
		(struct tcpmem_limit *)tm_limits_find(of, name);

	l->count_known = true;
	l->count = number;
}

/* "Of several namespaces each limit is that of the one whose use comes nearest
 * to it; of a limit of which no use is known, the caller's, or the first." */
START_TEST(of_namespaces_the_nearest_counts)
{
	struct tcpmem_socket sock[] = {
		connection(1000, 80),
		connection(1001, 80),
		connection(1002, 80),
		connection(1003, 443),
	};
	struct tm_limits own = of_range("1000 1099\n", "1 2 300\n");
	struct tm_limits near = of_range("1000 1003\n", "7 8 900\n");
	struct tm_netns netns[] = {
		{ .name = "far", .time_wait = TCPMEM_UNKNOWN },
		{ .name = "near", .time_wait = 5, .limits = &near },
		{ .name = "self", .own = true, .time_wait = 3, .limits = &own },
	};
	struct tcpmem_snapshot snap = {
		.sockets = { .sock = sock, .count = 4 },
		.netns = netns,
		.netns_count = 3,
	};
	int64_t bytes;

	count(&near, "ListenDrops", 5);
	count(&own, "ListenDrops", 3);
	count(&near, "EstabResets", 4);
	count(&own, "EstabResets", 4);
	count(&near, "AttemptFails", 1);
	count(&own, "AttemptFails", 2);
	sock[0].netns = sock[1].netns = 1;
	sock[2].netns = sock[3].netns = 2;
	sock[1].remote[3] = 9;
	sock[2].remote[15] = 2;
	sock[2].flags = TM_SOCK_IPV6;
	ck_assert_int_eq(tm_limits_use_all(&limits, NULL, &snap), 0);
	expect_of("ip_local_port_range", "near", 4);
	ck_assert_str_eq(limit("ip_local_port_range")->busiest, "10.0.0.1:80");
	ck_assert_int_eq(used("tcp_max_tw_buckets"), 5);
	/* 100 of 300 and not of 900; the three numbers stay together */
	expect_of("tcp_rmem_max", "self", 300);
	expect_of("tcp_rmem_min", "self", 1);
	ck_assert_ptr_null(limit("tcp_rmem_max")->busiest);
	ck_assert_str_eq(limit("tcp_retries2")->netns, "self");
	ck_assert_str_eq(limit("ListenDrops")->netns, "near");
	ck_assert_str_eq(limit("EstabResets")->netns, "self");
	ck_assert_str_eq(limit("AttemptFails")->netns, "self");
	ck_assert_ptr_null(limit("file-max")->netns);
	ck_assert_int_eq(tcpmem_limits_get_worst(
				 &limits, TCPMEM_WORST_AUTOTUNED, &bytes),
			 -ENODATA);
}
END_TEST

static int64_t counted(const char *name)
{
	ck_assert(limit(name)->count_known);
	return limit(name)->count;
}

/* Names in one line, numbers in the next; some numbers are negative */
START_TEST(counters_are_read_by_their_words)
{
	tree_file(&tree, "thread-self/net/snmp",
		  "Ip: Forwarding\nIp: 2\n"
		  "Tcp: MaxConn AttemptFails EstabResets\nTcp: -1 7 8\n");
	tree_file(&tree, "thread-self/net/netstat",
		  "TcpExt: ListenDropsX ListenDrops PruneCalled RcvPruned\n"
		  "TcpExt: 1 2 18446744073709551615\n");
	read_all();
	ck_assert_int_eq(counted("AttemptFails"), 7);
	ck_assert_int_eq(counted("EstabResets"), 8);
	ck_assert_int_eq(counted("ListenDrops"), 2);
	ck_assert(!limit("OutRsts")->count_known);
	/* "if not, and it is not @gone, it could not be read" */
	ck_assert_ptr_null(limit("EstabResets")->gone);
	ck_assert_ptr_nonnull(limit("OutRsts")->gone);
	ck_assert(!limit("PruneCalled")->count_known);
	ck_assert(!limit("RcvPruned")->count_known);
}
END_TEST

/* Where one file of them cannot be read, the other's are known. */
START_TEST(counters_of_either_file_are_read)
{
	tree_file(&tree, "thread-self/net/netstat",
		  "TcpExt: ListenDrops\nTcpExt: 2\n");
	ck_assert_int_eq(tm_counters_read(&ctx, &limits.limits), 0);
	ck_assert_int_eq(counted("ListenDrops"), 2);
	ck_assert(!limit("EstabResets")->count_known);
	ck_assert_int_gt(limits.limits.read_ns, 0);
}
END_TEST

/* "its rise since the earlier snapshot": of the same namespace alone */
START_TEST(counters_rise_in_their_namespace)
{
	struct tm_limits old;
	struct tm_netns netns = { .inode = 5, .limits = &old };
	struct tcpmem_snapshot before = { .netns = &netns, .netns_count = 1 };

	tree_file(&tree, "thread-self/net/snmp",
		  "Tcp: AttemptFails EstabResets\nTcp: 7 8\n");
	read_all();
	old = limits.limits;
	old.read_ns -= 2000000000;
	((struct tcpmem_limit *)tm_limits_find(&old, "AttemptFails"))->count =
		2;
	tm_limits_rise(&limits.limits, NULL, 5);
	ck_assert(!limit("AttemptFails")->rate_known);
	/* a new one began at 0 */
	tm_limits_rise(&limits.limits, &before, 6);
	ck_assert_double_eq_tol(limit("AttemptFails")->per_second, 3.5, 1e-9);
	tm_limits_rise(&limits.limits, &before, 5);
	ck_assert(limit("AttemptFails")->rate_known);
	ck_assert_double_eq_tol(limit("AttemptFails")->per_second, 2.5, 1e-9);
	ck_assert_double_eq_tol(limit("EstabResets")->per_second, 0, 1e-9);
	/* an inode is given again: if one fell, all are a new namespace's */
	((struct tcpmem_limit *)tm_limits_find(&old, "EstabResets"))->count = 9;
	tm_limits_rise(&limits.limits, &before, 5);
	ck_assert_double_eq_tol(limit("AttemptFails")->per_second, 3.5, 1e-9);
	ck_assert_double_eq_tol(limit("EstabResets")->per_second, 4, 1e-9);
	netns.limits = NULL;
	limits.limits.limit[0].rate_known = false;
	tm_limits_init(&limits.limits);
	read_all();
	tm_limits_rise(&limits.limits, &before, 5);
	ck_assert(!limit("EstabResets")->rate_known);
}
END_TEST

/* Reads nothing: what is not set is unknown. */
static void begin_anew(void)
{
	tm_limits_clear(&limits);
	memset(&limits, 0, sizeof(limits));
	tm_limits_init(&limits.limits);
}

static struct tcpmem_socket listener(uint16_t port, uint32_t waits,
				     uint32_t backlog)
{
	return (struct tcpmem_socket){
		.state = TCPMEM_STATE_LISTENING,
		.local_port = port,
		.rqueue = waits,
		.wqueue = backlog,
		.skmem_words = TM_SKMEM_WORDS,
	};
}

static void use_of(struct tcpmem_socket *sock, size_t count)
{
	struct tcpmem_snapshot snap = {
		.sockets = { .sock = sock, .count = count },
	};

	begin_anew();
	read_all();
	ck_assert_int_eq(tm_limits_use(&limits, &snap, 0), 0);
}

static void is_fullest(const char *name, const char *busiest, int64_t waits,
		       int64_t backlog)
{
	ck_assert_str_eq(limit(name)->busiest, busiest);
	ck_assert_int_eq(used(name), waits);
	ck_assert_int_eq(value(name), backlog);
}

/* A queue takes one more than its backlog; the first of two alike is named. */
START_TEST(the_fullest_queue_is_the_fullest_of_its_room)
{
	struct tcpmem_socket more[] = { listener(1, 1, 1), listener(2, 5, 10) };
	struct tcpmem_socket room[] = { listener(1, 2, 5), listener(2, 4, 10) };
	struct tcpmem_socket same[] = { listener(1, 1, 1), listener(2, 2, 3) };
	struct tcpmem_socket none[] = { listener(1, 0, 5) };

	use_of(more, 2);
	is_fullest("accept_queue", "port 1", 1, 1);
	use_of(room, 2);
	is_fullest("accept_queue", "port 2", 4, 10);
	use_of(same, 2);
	is_fullest("accept_queue", "port 1", 1, 1);
	use_of(none, 1);
	ck_assert_int_eq(used("accept_queue"), 0);
	ck_assert(!limit("accept_queue")->known);
	ck_assert_ptr_null(limit("accept_queue")->busiest);
}
END_TEST

/* Listeners of one port share its requests; without cookies less is taken. */
START_TEST(half_open_connections_have_the_room_of_their_port)
{
	struct tcpmem_socket sock[] = {
		listener(80, 0, 8),
		listener(80, 0, 4),
		waiting(TCPMEM_STATE_SYN_RECV, 80),
	};

	use_of(sock, 3);
	is_fullest("syn_queue", "port 80", 1, 12);
	tree_file(&tree, "sys/net/ipv4/tcp_max_syn_backlog", "8\n");
	use_of(sock, 3);
	is_fullest("syn_queue", "port 80", 1, 12);
	tree_file(&tree, "sys/net/ipv4/tcp_syncookies", "1\n");
	use_of(sock, 3);
	is_fullest("syn_queue", "port 80", 1, 12);
	tree_file(&tree, "sys/net/ipv4/tcp_syncookies", "0\n");
	use_of(sock, 3);
	is_fullest("syn_queue", "port 80", 1, 10);
	tree_file(&tree, "sys/net/ipv4/tcp_max_syn_backlog", "?\n");
	use_of(sock, 3);
	is_fullest("syn_queue", "port 80", 1, 12);
}
END_TEST

static int64_t autotuned(struct tcpmem_socket *sock, size_t count)
{
	int64_t bytes = TCPMEM_UNKNOWN;

	use_of(sock, count);
	(void)tcpmem_limits_get_worst(&limits, TCPMEM_WORST_AUTOTUNED, &bytes);
	return bytes;
}

/* "-ENODATA if it is not known": one maximum is not enough, nor is int64_t */
START_TEST(what_all_could_grow_to_needs_both_maxima)
{
	struct tcpmem_socket sock[] = { connection(1, 80), connection(2, 80),
					connection(3, 80) };

	tree_file(&tree, "sys/net/ipv4/tcp_rmem", "1\t2\t300\n");
	ck_assert_int_eq(autotuned(sock, 0), TCPMEM_UNKNOWN);
	ck_assert_int_eq(autotuned(sock, 1), TCPMEM_UNKNOWN);
	tree_file(&tree, "sys/net/ipv4/tcp_rmem", "?\n");
	tree_file(&tree, "sys/net/ipv4/tcp_wmem", "1\t2\t30\n");
	ck_assert_int_eq(autotuned(sock, 0), TCPMEM_UNKNOWN);
	ck_assert_int_eq(autotuned(sock, 1), TCPMEM_UNKNOWN);
	tree_file(&tree, "sys/net/ipv4/tcp_rmem", "1\t2\t300\n");
	ck_assert_int_eq(autotuned(sock, 0), 0);
	ck_assert_int_eq(autotuned(sock, 2), 660);
	tree_file(&tree, "sys/net/ipv4/tcp_rmem",
		  "1\t2\t4000000000000000000\n");
	ck_assert_int_eq(autotuned(sock, 2), 8000000000000000060);
	ck_assert_int_eq(autotuned(sock, 3), TCPMEM_UNKNOWN);
	tree_file(&tree, "sys/net/ipv4/tcp_wmem",
		  "1\t2\t6000000000000000000\n");
	ck_assert_int_eq(autotuned(sock, 1), TCPMEM_UNKNOWN);
}
END_TEST

static struct tm_netns two_netns[2];
static struct tm_limits two_limits[2];

/* Two namespaces, and what of @name is there: TCPMEM_UNKNOWN: is not known */
static struct tcpmem_snapshot two(const char *name, const int64_t values[2],
				  const int64_t uses[2])
{
	struct tcpmem_snapshot snap = { .netns = two_netns, .netns_count = 2 };

	for (int i = 0; i < 2; i++) {
		struct tcpmem_limit *l;

		tm_limits_init(&two_limits[i]);
		l = (struct tcpmem_limit *)tm_limits_find(&two_limits[i], name);
		l->known = values[i] != TCPMEM_UNKNOWN;
		l->value = values[i];
		two_netns[i] = (struct tm_netns){
			.name = i ? "second" : "first",
			.inode = 5 + (uint64_t)i,
			.time_wait = uses[i],
			.own = i,
			.limits = &two_limits[i],
		};
	}
	begin_anew();
	return snap;
}

/* "of the one whose use comes nearest": of a limit of 0 one is all of it */
START_TEST(a_use_is_compared_with_its_own_limit)
{
	static const struct {
		int64_t values[2];
		int64_t uses[2];
		const char *nearest;
	} cases[] = {
		{ { 0, 10 }, { 3, 20 }, "first" },
		{ { 0, 10 }, { 1, 20 }, "second" },
		{ { 10, 0 }, { 20, 1 }, "first" },
		{ { 10, 100 }, { 5, 40 }, "first" },
		{ { 10, 100 }, { 5, 50 }, "second" },
		{ { TCPMEM_UNKNOWN, TCPMEM_UNKNOWN }, { 5, 3 }, "first" },
		{ { TCPMEM_UNKNOWN, TCPMEM_UNKNOWN }, { 3, 5 }, "second" },
		{ { 10, TCPMEM_UNKNOWN }, { 1, 5 }, "first" },
		{ { TCPMEM_UNKNOWN, 10 }, { 5, 1 }, "second" },
	};
	struct tcpmem_snapshot snap =
		two("tcp_max_tw_buckets", cases[_i].values, cases[_i].uses);

	ck_assert_int_eq(tm_limits_use_all(&limits, NULL, &snap), 0);
	ck_assert_str_eq(limit("tcp_max_tw_buckets")->netns, cases[_i].nearest);
	ck_assert_int_eq(used("tcp_max_tw_buckets"),
			 cases[_i].uses[*cases[_i].nearest == 's']);
}
END_TEST

/* "A counter that rises is nearer than one that has risen" */
START_TEST(a_counter_that_rises_is_nearer)
{
	static const struct {
		int64_t before[2];
		int64_t now[2];
		const char *nearest;
	} cases[] = {
		{ { 100, 3 }, { 100, 5 }, "second" },
		{ { 3, 100 }, { 5, 100 }, "first" },
		{ { 3, 100 }, { 5, 102 }, "second" },
		{ { 100, 3 }, { 102, 5 }, "first" },
		{ { 3, 3 }, { 5, 5 }, "second" },
	};
	static const int64_t none[] = { TCPMEM_UNKNOWN, TCPMEM_UNKNOWN };
	static const int64_t zero[] = { 0, 0 };
	struct tcpmem_snapshot snap = two("tcp_max_tw_buckets", none, zero);
	struct tm_limits old[2] = { two_limits[0], two_limits[1] };
	struct tm_netns earlier[2] = { two_netns[0], two_netns[1] };
	struct tcpmem_snapshot before = { .netns = earlier, .netns_count = 2 };

	for (int i = 0; i < 2; i++) {
		count(&old[i], "ListenDrops", cases[_i].before[i]);
		count(&two_limits[i], "ListenDrops", cases[_i].now[i]);
		two_limits[i].read_ns = 1000000000;
		earlier[i].limits = &old[i];
	}
	ck_assert_int_eq(tm_limits_use_all(&limits, &before, &snap), 0);
	ck_assert_str_eq(limit("ListenDrops")->netns, cases[_i].nearest);
	ck_assert(limit("ListenDrops")->rate_known);
}
END_TEST

/* "of which no use is known, the caller's" - but one that is counted is */
START_TEST(a_counter_that_is_not_known_is_farther)
{
	static const int64_t none[] = { TCPMEM_UNKNOWN, TCPMEM_UNKNOWN };
	static const int64_t zero[] = { 0, 0 };
	struct tcpmem_snapshot snap = two("tcp_max_tw_buckets", none, zero);

	count(&two_limits[0], "ListenDrops", 0);
	count(&two_limits[1], "PruneCalled", 0);
	ck_assert_int_eq(tm_limits_use_all(&limits, NULL, &snap), 0);
	ck_assert_str_eq(limit("ListenDrops")->netns, "first");
	ck_assert_str_eq(limit("PruneCalled")->netns, "second");
	ck_assert_str_eq(limit("OutRsts")->netns, "second");
}
END_TEST

static void rise(const struct tcpmem_snapshot *before, uint64_t inode,
		 int64_t after_ns)
{
	begin_anew();
	count(&limits.limits, "ListenDrops", 10);
	limits.limits.read_ns = after_ns;
	tm_limits_rise(&limits.limits, before, inode);
}

/* There is no rate without a time, and none since what was not counted. */
START_TEST(a_rise_needs_a_count_and_a_time)
{
	struct tm_limits old;
	struct tm_netns netns = { .name = "self", .inode = 5, .limits = &old };
	struct tcpmem_snapshot before = { .netns = &netns, .netns_count = 1 };

	tm_limits_init(&old);
	old.read_ns = 5000000000;
	rise(&before, 5, 7000000000);
	ck_assert(!limit("ListenDrops")->rate_known);
	count(&old, "ListenDrops", 10);
	rise(&before, 5, 5000000000);
	ck_assert(!limit("ListenDrops")->rate_known);
	rise(&before, 5, 5000000001);
	ck_assert(limit("ListenDrops")->rate_known);
	ck_assert(!limit("OutRsts")->rate_known);
	/* whether another was not there, or was not asked for */
	rise(&before, 6, 7000000000);
	ck_assert_double_eq_tol(limit("ListenDrops")->per_second, 5, 1e-9);
	ck_assert_int_eq(tm_warnings_add(&before.warnings,
					 TCPMEM_WARNING_NETNS_SCOPE, "one"),
			 0);
	rise(&before, 6, 7000000000);
	ck_assert(!limit("ListenDrops")->rate_known);
	tm_warnings_clear(&before.warnings);
	ck_assert_int_eq(tm_warnings_add(&before.warnings,
					 TCPMEM_WARNING_NETNS_DENIED, "none"),
			 0);
	rise(&before, 6, 7000000000);
	ck_assert(!limit("ListenDrops")->rate_known);
	tm_warnings_clear(&before.warnings);
}
END_TEST

static void use_and_free(const struct tcpmem_snapshot *snap)
{
	begin_anew();
	ck_assert_int_eq(tm_limits_use_all(&limits, NULL, snap), 0);
	tm_limits_clear(&limits);
	memset(&limits, 0, sizeof(limits));
}

START_TEST(limits_that_are_freed_leave_nothing)
{
	static const int64_t values[] = { 10, 10 };
	struct tcpmem_snapshot snap = two("tcp_max_tw_buckets", values, values);
	struct tcpmem_socket sock[] = { listener(1, 1, 1),
					connection(1000, 80) };

	snap.sockets.sock = sock;
	snap.sockets.count = 2;
	LEAVES_NOTHING(use_and_free(&snap));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limits");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, what_is_not_there_is_unknown);
	tcase_add_test(tc, what_makes_no_sense_is_unknown);
	tcase_add_test(tc, values_have_their_units);
	tcase_add_test(tc, ranges_at_their_bounds);
	tcase_add_test(tc, memory_has_its_unit);
	tcase_add_test(tc, what_is_gone_is_said_so);
	tcase_add_test(tc, use_is_that_of_the_busiest);
	tcase_add_test(tc, ports_of_an_unknown_range_are_unknown);
	tcase_add_test(tc, use_of_an_unseen_namespace_is_unknown);
	tcase_add_test(tc, use_of_states_that_a_capture_lacks_is_unknown);
	tcase_add_test(tc, of_namespaces_the_nearest_counts);
	tcase_add_test(tc, counters_are_read_by_their_words);
	tcase_add_test(tc, counters_of_either_file_are_read);
	tcase_add_test(tc, counters_rise_in_their_namespace);
	tcase_add_test(tc, the_fullest_queue_is_the_fullest_of_its_room);
	tcase_add_test(tc, half_open_connections_have_the_room_of_their_port);
	tcase_add_test(tc, what_all_could_grow_to_needs_both_maxima);
	tcase_add_loop_test(tc, a_use_is_compared_with_its_own_limit, 0, 9);
	tcase_add_loop_test(tc, a_counter_that_rises_is_nearer, 0, 5);
	tcase_add_test(tc, a_counter_that_is_not_known_is_farther);
	tcase_add_test(tc, a_rise_needs_a_count_and_a_time);
	tcase_add_test(tc, limits_that_are_freed_leave_nothing);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
