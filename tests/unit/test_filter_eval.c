// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_filter_eval.c - what matches, what does not, and what nobody knows */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <string.h>

#include "filter_eval_fixture.h"
#include "unit.h"

START_TEST(compares_numbers)
{
	struct tcpmem_socket sock = make();

	says("rmem = 4k", &sock, YES);
	says("rmem > 4k", &sock, NO);
	says("rmem >= 4k", &sock, YES);
	says("rmem < 4097", &sock, YES);
	says("rmem <= 4095", &sock, NO);
	says("rmem != 4096", &sock, NO);
	says("drops > 0", &sock, YES);
	says("charged = 12800", &sock, YES);
	says("buffer = 12288", &sock, YES);
	says("object = 2000", &sock, YES);
	says("held = 14288", &sock, YES);
	says("sockets = 1", &sock, YES);
	says("rqueue = 10 and wqueue = 20", &sock, YES);
	says("inode = 1", &sock, YES);
	says("cookie = 0x1234567890", &sock, YES);
	sock.cookie = UINT64_MAX;
	says("cookie > 0x7fffffffffffffff", &sock, YES);
	sock.skmem[TCPMEM_METRIC_FWD_ALLOC] = (uint32_t)-512;
	says("fwd_alloc = -512", &sock, YES);
	says("fwd_alloc < 0", &sock, YES);
}
END_TEST

/* "A counter that the kernel did not report is unknown, never 0" */
START_TEST(unknown_counters_are_neither)
{
	struct tcpmem_socket sock = make();

	sock.skmem_words = 0;
	says("rmem = 0", &sock, UNKNOWN);
	says("held > 0", &sock, UNKNOWN);
	says("object > 0", &sock, YES);
	/* what decides the rest decides it */
	says("rmem = 0 or sport = 80", &sock, YES);
	says("rmem = 0 and sport = 81", &sock, NO);
	says("rmem = 0 and sport = 80", &sock, UNKNOWN);
	says("rmem = 0 or not rmem = 0", &sock, UNKNOWN);
}
END_TEST

/* "A mini-socket has no buffers: there its counters are 0 and not unknown" */
START_TEST(mini_sockets_have_no_buffers)
{
	struct tcpmem_socket sock = make_mini();

	says("rmem = 0", &sock, YES);
	says("drops > 0", &sock, NO);
	says("held = 256", &sock, YES);
	/* and are nobody's */
	says("user = 0", &sock, NO);
	says("pid = 10", &sock, NO);
	says("comm = nginx", &sock, NO);
	/* the kernel compares their cgroup with 0 */
	says("cgroup = /0", &sock, YES);
	says("cgroup = /5", &sock, NO);
}
END_TEST

START_TEST(knows_namespaces)
{
	struct tcpmem_socket sock = make();

	says("netns = self", &sock, YES);
	says("netns = 4026531840", &sock, YES);
	says("netns = blue", &sock, NO);
	sock.netns = 1;
	says("netns = blue", &sock, YES);
	says("netns ~ bl*", &sock, YES);
	says("netns = 0", &sock, NO); /* its inode is not known */
	sock.netns = 2;
	says("netns = blue", &sock, UNKNOWN);
}
END_TEST

/* The other operators, at both sides of what is compared */
START_TEST(compares_in_order)
{
	struct tcpmem_socket sock = make(), listener = make();

	says("sport < 80", &sock, NO);
	says("sport <= 80", &sock, YES);
	says("sport > 80", &sock, NO);
	says("sport >= 80", &sock, YES);
	says("dport = 40000", &sock, YES);
	says("sport = 40000", &sock, NO);
	says("rmem >= 4097", &sock, NO);
	says("rmem <= 4096", &sock, YES);
	says("rmem < 4096", &sock, NO);
	says("rqueue = 20", &sock, NO);
	says("wqueue = 10", &sock, NO);
	says("inode = 2", &sock, NO);
	says("inode > 0", &sock, YES);
	/* the limit of a listener's queue is in its counters' message alone */
	listener.state = TCPMEM_STATE_LISTENING;
	says("wqueue = 20", &listener, YES);
	listener.skmem_words = 0;
	says("wqueue = 20", &listener, UNKNOWN);
	says("rqueue = 10", &listener, YES);
	/* no cookie is no number */
	sock.cookie = 0;
	says("cookie = 0", &sock, UNKNOWN);
	sock.flags = 0;
	says("cgroup = /5", &sock, UNKNOWN);
	says("fwmark = 0x11", &sock, UNKNOWN);
}
END_TEST

/* Of an interface that is not there, or of which nobody knows the number */
START_TEST(knows_interfaces)
{
	struct tm_iface iface[] = { { "eth0", 2 }, { "gone", 0 } };
	struct tcpmem_socket sock = make();

	says("dev = 0", &sock, YES);
	says("dev = eth0", &sock, UNKNOWN);
	netns[0].facts.iface = iface;
	netns[0].facts.iface_count = 2;
	says("dev = eth0", &sock, NO);
	says("dev = gone", &sock, NO);
	says("dev = other", &sock, UNKNOWN);
	sock.ifindex = 2;
	says("dev = eth0", &sock, YES);
	says("dev = 2", &sock, YES);
	says("dev = 3", &sock, NO);
	says("dev = gone", &sock, NO);
	sock.netns = 2; /* of which nothing is known */
	says("dev = eth0", &sock, UNKNOWN);
	netns[0].facts.iface = NULL;
	netns[0].facts.iface_count = 0;
}
END_TEST

static struct tcpmem_socket make_ipv6(const char *local)
{
	struct tcpmem_socket sock = make();

	sock.flags |= TM_SOCK_IPV6;
	ck_assert_int_eq(inet_pton(AF_INET6, local, sock.local), 1);
	return sock;
}

/* "hostcond AF_INET on a v6 socket matches only v4-mapped" */
START_TEST(families_and_mapped_addresses)
{
	struct tcpmem_socket v4 = make();
	struct tcpmem_socket v6 = make_ipv6("2001:db8::1");
	struct tcpmem_socket mapped = make_ipv6("::ffff:10.1.2.3");

	says("src 10.1.2.3", &v4, YES);
	says("src 10.1.2.3", &mapped, YES);
	says("src 10.0.0.0/8", &mapped, YES);
	says("src [::ffff:10.1.2.3]", &mapped, YES);
	says("src [::ffff:10.1.2.3]", &v4, NO);
	says("src 0.0.0.0/0", &v4, YES);
	says("src 0.0.0.0/0", &mapped, YES);
	says("src 0.0.0.0/0", &v6, NO);
	says("src ::/0", &v4, NO);
	says("src ::/0", &mapped, YES);
	says("src ::/0", &v6, YES);
	says("src *", &v4, YES);
	says("src *", &v6, YES);
	says("family = ipv6", &mapped, YES);
	says("src inet:10.1.2.3", &v4, YES);
	/* an option of ss for the whole of it, denied or not */
	ck_assert_int_eq(eval("src inet:10.1.2.3", &mapped), NO);
	ck_assert_int_eq(eval("not src inet:10.1.2.3", &mapped), NO);
	ck_assert_int_eq(eval("not src inet:10.1.2.4", &v4), YES);
	ck_assert_int_eq(eval("sport 80 or src inet:10.1.2.3", &v6), NO);
	/* prefixes end within a byte */
	says("src 10.0.0.0/15", &v4, YES);
	says("src 10.0.0.0/16", &v4, NO);
	says("src [2001:db9::/31]", &v6, YES);
	says("src [2001:db9::/32]", &v6, NO);
	says("src [2001:db8::1]:80", &v6, YES);
	says("src [2001:db8::1]:81", &v6, NO);
}
END_TEST

START_TEST(protocols)
{
	struct tcpmem_socket sock = make();

	says("protocol = tcp", &sock, YES);
	sock.flags |= TM_SOCK_SUBFLOW;
	says("protocol = subflow", &sock, YES);
	says("protocol = tcp", &sock, NO);
}
END_TEST

/* CAP_NET_ADMIN is needed to see them */
START_TEST(marks_may_be_hidden)
{
	struct tcpmem_socket sock = make();

	says("fwmark = 0x11", &sock, YES);
	says("fwmark = 0x1/0xf", &sock, YES);
	says("fwmark = 0x1", &sock, NO);
	sock.flags &= (uint8_t)~TM_SOCK_HAS_MARK;
	says("fwmark = 0x11", &sock, UNKNOWN);
	sock.flags &= (uint8_t)~TM_SOCK_HAS_CGROUP;
	says("cgroup = /5", &sock, UNKNOWN);
}
END_TEST

/*
 * "ss asks for both, and for neither where it looks for the opposite": what
 * it prints of such sockets
 */
START_TEST(autobound_as_ss_has_it)
{
	struct tcpmem_socket sock = make();

	sock.local_port = 40000; /* a client */
	says("autobound", &sock, YES);
	sock.local_port = 80; /* accepted */
	says("autobound", &sock, NOT_APPLICABLE);
	says("autobound or sport = 80", &sock, YES);
	says("autobound or sport = 81", &sock, NOT_APPLICABLE);
	sock.state = TCPMEM_STATE_LISTENING;
	says("autobound", &sock, NO);
	sock.local_port = 40000; /* bind() to port 0 */
	says("autobound", &sock, YES);
	/* the kernel has spoken: the range remains */
	sock.asked = true;
	says("autobound", &sock, YES);
	sock.local_port = 80;
	sock.state = TCPMEM_STATE_ESTABLISHED;
	says("autobound", &sock, NO);
	sock.asked = false;
	sock.state = TCPMEM_STATE_BOUND_INACTIVE;
	says("autobound", &sock, NO);
	sock.local_port = 32767; /* both ends of the range are in it */
	says("autobound", &sock, NO);
	sock.local_port = 32768;
	says("autobound", &sock, YES);
	sock.local_port = 60999;
	says("autobound", &sock, YES);
	sock.local_port = 61000;
	says("autobound", &sock, NO);
	sock.netns = 1; /* whose range is not known */
	says("autobound", &sock, UNKNOWN);
}
END_TEST

START_TEST(public_match)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_socket sock = make();
	struct tcpmem_filter *filter;
	bool match = false;

	ck_assert_int_eq(tcpmem_filter_parse("comm = nginx", &error, &filter),
			 0);
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 0);
	ck_assert(match);
	sock.holder = TM_HOLDER_NONE;
	sock.kind = TCPMEM_KIND_ORPHAN;
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 0);
	ck_assert(!match);
	/* "-ENODATA if that depends on something that is not known" */
	sock.kind = TCPMEM_KIND_HIDDEN;
	match = true;
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 -ENODATA);
	ck_assert(match);
	tcpmem_filter_free(filter);
	ck_assert_int_eq(tcpmem_filter_parse("held >= 0", &error, &filter), 0);
	match = false;
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 0);
	ck_assert(match);
	tcpmem_filter_free(filter);
	ck_assert_int_eq(
		tcpmem_filter_parse("unit = nginx.service", &error, &filter),
		0);
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 -ENODATA);
	put_metadata();
	match = false;
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 0);
	ck_assert(match);
	tcpmem_filter_free(filter);
	/* no cgroup of this host is called so: the path alone can tell */
	ck_assert_int_eq(
		tcpmem_filter_parse_saved("cgroup = " NGINX, &error, &filter),
		0);
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 0);
	ck_assert(!match);
	snapshot.saved = true;
	ck_assert_int_eq(tcpmem_filter_match(filter, &snapshot, &sock, &match),
			 0);
	ck_assert(match);
	snapshot.saved = false;
	forget_metadata();
	tcpmem_filter_free(filter);
	/* '"" matches every socket' */
	ck_assert_int_eq(eval("", &sock), YES);
}
END_TEST

/* What there is not yet, or never, is neither; what nobody asked is unknown. */
START_TEST(asks_tcp_info)
{
	struct tcp_info told = { .tcpi_rtt = 20000, .tcpi_snd_cwnd = 10 };
	struct tcpmem_socket sock = make();
	struct tm_info info = { .present = true };

	ck_assert_int_eq(eval("rtt > 10ms", &sock), UNKNOWN);
	ck_assert_int_eq(eval("timer = none", &sock), YES);
	memcpy(info.bytes, &told, offsetof(struct tcp_info, tcpi_rcv_rtt));
	info.len = offsetof(struct tcp_info, tcpi_rcv_rtt);
	snapshot.sockets = (struct tm_socket_set){
		.sock = &sock,
		.count = 1,
		.with_info = true,
		.info = &info,
	};
	ck_assert_int_eq(eval("rtt > 10ms", &sock), YES);
	ck_assert_int_eq(eval("rtt = 20000", &sock), YES);
	ck_assert_int_eq(eval("rtt >= 1s or cwnd != 10", &sock), NO);
	/* the kernel does not have it */
	ck_assert_int_eq(eval("rcv_rtt > 0", &sock), UNKNOWN);
	/* it is not measured */
	memset(info.bytes, 0, sizeof(info.bytes));
	ck_assert_int_eq(eval("rtt > 0", &sock), NOT_APPLICABLE);
	ck_assert_int_eq(eval("not rtt > 0", &sock), NOT_APPLICABLE);
	sock.state = TCPMEM_STATE_LISTENING;
	ck_assert_int_eq(eval("cwnd > 0 or rcv_rtt > 0", &sock),
			 NOT_APPLICABLE);
	facts.attributed = false;
	ck_assert_int_eq(eval("cwnd > 0", &sock), UNKNOWN);
	snapshot.sockets = (struct tm_socket_set){ 0 };
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter-eval");
	TCase *tc = tcase_create("eval");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, compares_numbers);
	tcase_add_test(tc, unknown_counters_are_neither);
	tcase_add_test(tc, mini_sockets_have_no_buffers);
	tcase_add_test(tc, knows_namespaces);
	tcase_add_test(tc, compares_in_order);
	tcase_add_test(tc, knows_interfaces);
	tcase_add_test(tc, families_and_mapped_addresses);
	tcase_add_test(tc, protocols);
	tcase_add_test(tc, marks_may_be_hidden);
	tcase_add_test(tc, autobound_as_ss_has_it);
	tcase_add_test(tc, asks_tcp_info);
	tcase_add_test(tc, public_match);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
