// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_attribute.c - each socket gets its holder and its kind */
#include <arpa/inet.h>
#include <string.h>

#include "model/holders.h"
#include "unit.h"

#define LISTENING   TCPMEM_STATE_LISTENING
#define ESTABLISHED TCPMEM_STATE_ESTABLISHED

/* Processes 0 to 2; inode 1000 + i is held by process i, 1012 by 1 and 2. */
static struct tm_holders *holders;
static struct tm_listeners *listeners;

static void set_up(void)
{
	ck_assert_int_eq(tm_holders_new(false, &holders), 0);
	ck_assert_int_eq(tm_listeners_new(&listeners), 0);
	for (uint32_t i = 0; i < 3; i++) {
		struct tcpmem_process process = { .pid = 10 + i };
		uint32_t index;

		ck_assert_int_eq(tm_holders_process(holders, &process, &index),
				 0);
		ck_assert_int_eq(tm_holders_add(holders, 1000 + i, i), 0);
	}
	ck_assert_int_eq(tm_holders_add(holders, 1012, 1), 0);
	ck_assert_int_eq(tm_holders_add(holders, 1012, 2), 0);
	ck_assert_int_eq(tm_holders_finish(holders), 0);
}

static void tear_down(void)
{
	tm_listeners_free(listeners);
	tm_listeners_free(NULL);
	tm_holders_free(holders);
}

/* A socket at @address port 80; IPv6 if the address has a colon. */
static struct tcpmem_socket make(enum tcpmem_state state, const char *address,
				 uint32_t inode)
{
	struct tcpmem_socket sock = {
		.state = (uint8_t)state,
		.inode = inode,
		.local_port = 80,
		.holder = 77,
		.kind = 77,
	};
	int family = strchr(address, ':') ? AF_INET6 : AF_INET;

	ck_assert_int_eq(inet_pton(family, address, sock.local), 1);
	if (family == AF_INET6)
		sock.flags = TM_SOCK_IPV6;
	return sock;
}

static void keep(const struct tcpmem_socket *sock)
{
	ck_assert_int_eq(tm_listeners_add(listeners, sock), 0);
}

static void listen_at(const char *address, uint32_t inode, uint32_t waiting)
{
	struct tcpmem_socket sock = make(LISTENING, address, inode);

	sock.rqueue = waiting;
	keep(&sock);
}

static void finish(void)
{
	ck_assert_int_eq(tm_listeners_finish(listeners, holders), 0);
}

static void expect(struct tcpmem_socket sock, bool complete,
		   enum tcpmem_kind kind, uint32_t holder)
{
	tm_attribute(&sock, holders, listeners, complete);
	ck_assert_str_eq(tcpmem_kind_describe(sock.kind)->name,
			 tcpmem_kind_describe(kind)->name);
	ck_assert_uint_eq(sock.holder, holder);
}

/* A child waiting at @address belongs to process @index. */
static void expect_child(const char *address, uint32_t index)
{
	expect(make(ESTABLISHED, address, 0), true, TCPMEM_KIND_UNACCEPTED,
	       index + 1);
}

static void expect_orphan(struct tcpmem_socket sock)
{
	expect(sock, true, TCPMEM_KIND_ORPHAN, TM_HOLDER_NONE);
}

START_TEST(an_inode_names_its_processes)
{
	finish();
	expect(make(ESTABLISHED, "10.0.0.1", 1001), true, TCPMEM_KIND_PROCESS,
	       2);
	expect(make(LISTENING, "0.0.0.0", 1000), false, TCPMEM_KIND_PROCESS, 1);
	expect(make(ESTABLISHED, "::1", 1012), true, TCPMEM_KIND_PROCESS,
	       TM_HOLDER_SHARED);
}
END_TEST

/* "every process could be read, so an inode without a process is in flight" */
START_TEST(an_inode_without_process_is_in_flight_or_hidden)
{
	struct tcpmem_socket sock = make(ESTABLISHED, "10.0.0.1", 999);

	finish();
	expect(sock, true, TCPMEM_KIND_IN_FLIGHT, TM_HOLDER_NONE);
	expect(sock, false, TCPMEM_KIND_HIDDEN, TM_HOLDER_NONE);
}
END_TEST

START_TEST(mini_sockets_have_no_owner)
{
	struct tcpmem_socket sock = make(TCPMEM_STATE_TIME_WAIT, "10.0.0.1", 0);

	listen_at("0.0.0.0", 1000, 1);
	finish();
	sock.flags |= TM_SOCK_MINI;
	expect(sock, true, TCPMEM_KIND_TIME_WAIT, TM_HOLDER_NONE);
	sock.state = TCPMEM_STATE_FIN_WAIT_2;
	expect(sock, true, TCPMEM_KIND_TIME_WAIT, TM_HOLDER_NONE);
	sock.state = TCPMEM_STATE_SYN_RECV;
	expect(sock, true, TCPMEM_KIND_SYN_RECV, TM_HOLDER_NONE);
}
END_TEST

/* Only what can be in an accept queue is anybody's child. */
START_TEST(closed_sockets_are_orphans)
{
	listen_at("0.0.0.0", 1000, 1);
	finish();
	for (int state = 1; state <= TCPMEM_STATE_MAX; state++) {
		struct tcpmem_socket sock = make(state, "10.0.0.1", 0);

		if (state == ESTABLISHED || state == TCPMEM_STATE_CLOSE_WAIT ||
		    state == TCPMEM_STATE_SYN_RECV)
			expect(sock, true, TCPMEM_KIND_UNACCEPTED, 1);
		else
			expect_orphan(sock);
	}
}
END_TEST

START_TEST(a_child_needs_a_listener_at_its_place)
{
	struct tcpmem_socket sock = make(ESTABLISHED, "10.0.0.1", 0);

	finish();
	expect_orphan(sock);
	listen_at("10.0.0.2", 1000, 1);
	sock = make(LISTENING, "10.0.0.1", 1000);
	sock.local_port = 81;
	keep(&sock);
	sock = make(LISTENING, "10.0.0.1", 1000);
	sock.netns = 1;
	keep(&sock);
	sock = make(ESTABLISHED, "10.0.0.1", 1000);
	keep(&sock);
	finish();
	expect_orphan(make(ESTABLISHED, "10.0.0.1", 0));
	expect_child("10.0.0.2", 0);
}
END_TEST

START_TEST(an_exact_address_goes_before_any)
{
	listen_at("0.0.0.0", 1000, 1);
	listen_at("10.0.0.1", 1001, 1);
	listen_at("::", 1002, 1);
	listen_at("2001:db8::1", 1001, 1);
	finish();
	expect_child("10.0.0.1", 1);
	expect_child("10.0.0.2", 0);
	expect_child("2001:db8::1", 1);
	expect_child("2001:db8::2", 2);
	expect_child("::ffff:10.0.0.1", 2);
}
END_TEST

START_TEST(a_dual_stack_listener_has_mapped_children)
{
	listen_at("::", 1000, 1);
	finish();
	expect_child("::ffff:10.0.0.1", 0);
	expect_child("::1", 0);
}
END_TEST

START_TEST(a_v6only_listener_has_no_mapped_children)
{
	struct tcpmem_socket sock = make(LISTENING, "::", 1000);

	sock.flags |= TM_SOCK_V6ONLY;
	keep(&sock);
	finish();
	expect_orphan(make(ESTABLISHED, "::ffff:10.0.0.1", 0));
	expect_child("::1", 0);
}
END_TEST

START_TEST(a_mapped_listener_has_mapped_children)
{
	listen_at("::ffff:10.0.0.1", 1000, 1);
	listen_at("::ffff:0.0.0.0", 1001, 1);
	finish();
	expect_child("::ffff:10.0.0.1", 0);
	expect_child("::ffff:10.0.0.2", 1);
	expect_orphan(make(ESTABLISHED, "::1", 0));
}
END_TEST

START_TEST(a_device_tells_listeners_apart)
{
	struct tcpmem_socket sock = make(LISTENING, "0.0.0.0", 1001);
	struct tcpmem_socket child = make(ESTABLISHED, "10.0.0.1", 0);

	listen_at("0.0.0.0", 1000, 1);
	sock.ifindex = 5;
	keep(&sock);
	finish();
	expect_child("10.0.0.1", 0);
	child.ifindex = 5;
	expect(child, true, TCPMEM_KIND_UNACCEPTED, 2);
	child.ifindex = 6;
	expect(child, true, TCPMEM_KIND_UNACCEPTED, 1);
}
END_TEST

/* "the listeners whose accept queue is not empty share its waiting children" */
START_TEST(a_reuseport_group_shares_its_children)
{
	listen_at("0.0.0.0", 1000, 0);
	listen_at("0.0.0.0", 1002, 4);
	listen_at("0.0.0.0", 1001, 1);
	finish();
	expect(make(ESTABLISHED, "10.0.0.1", 0), true, TCPMEM_KIND_UNACCEPTED,
	       TM_HOLDER_SHARED);
	ck_assert_uint_eq(tm_holders_set_count(holders), 1);
}
END_TEST

/* "all of them if the queues were empty when the listeners were seen" */
START_TEST(a_group_with_empty_queues_shares_too)
{
	uint32_t shared = TM_HOLDER_SHARED | 1;

	listen_at("0.0.0.0", 1000, 0);
	listen_at("0.0.0.0", 1002, 0);
	finish();
	expect(make(ESTABLISHED, "10.0.0.1", 0), true, TCPMEM_KIND_UNACCEPTED,
	       shared);
	ck_assert_uint_eq(tm_holder_count(holders, shared), 2);
	ck_assert_uint_eq(tm_holder_get(holders, shared, 0), 0);
	ck_assert_uint_eq(tm_holder_get(holders, shared, 1), 2);
}
END_TEST

/* An msk that listens and its subflow are two records of one inode. */
START_TEST(an_mptcp_listener_is_one)
{
	struct tcpmem_socket sock = make(LISTENING, "0.0.0.0", 1001);

	sock.flags |= TM_SOCK_MPTCP;
	keep(&sock);
	sock.flags = TM_SOCK_SUBFLOW;
	keep(&sock);
	finish();
	expect_child("10.0.0.1", 1);
	sock = make(ESTABLISHED, "10.0.0.1", 0);
	sock.flags |= TM_SOCK_SUBFLOW;
	expect(sock, true, TCPMEM_KIND_UNACCEPTED, 2);
	sock.flags |= TM_SOCK_ORPHAN;
	expect_orphan(sock);
}
END_TEST

START_TEST(children_of_a_hidden_listener_are_hidden)
{
	listen_at("10.0.0.1", 999, 1);
	finish();
	expect(make(ESTABLISHED, "10.0.0.1", 0), false, TCPMEM_KIND_HIDDEN,
	       TM_HOLDER_NONE);
	expect(make(ESTABLISHED, "10.0.0.1", 0), true, TCPMEM_KIND_IN_FLIGHT,
	       TM_HOLDER_NONE);
}
END_TEST

/* Every place among many is found. */
START_TEST(many_listeners_are_told_apart)
{
	for (uint32_t i = 0; i < 600; i++) {
		struct tcpmem_socket sock =
			make(LISTENING, "10.0.0.1", 1000 + i % 3);

		sock.local_port = (uint16_t)(1 + i % 20);
		sock.local[3] = (uint8_t)(i / 20);
		keep(&sock);
	}
	finish();
	for (uint32_t i = 0; i < 600; i++) {
		struct tcpmem_socket sock = make(ESTABLISHED, "10.0.0.1", 0);

		sock.local_port = (uint16_t)(1 + i % 20);
		sock.local[3] = (uint8_t)(i / 20);
		expect(sock, true, TCPMEM_KIND_UNACCEPTED, 1 + i % 3);
	}
}
END_TEST

/* "the listener whose socket or child it is", whoever holds it */
START_TEST(listeners_are_found_without_holders)
{
	static const uint16_t netns[] = { 3 };
	struct tcpmem_socket sock = make(ESTABLISHED, "10.0.0.1", 1000);
	struct tcpmem_socket mini = make(TCPMEM_STATE_TIME_WAIT, "10.0.0.2", 0);
	struct tcpmem_socket made = make(ESTABLISHED, "10.0.0.1", 1001);
	size_t child = 77, itself = 78, group = 79;

	mini.flags |= TM_SOCK_MINI;
	made.local_port = 81;
	listen_at("10.0.0.1", 1002, 0);
	listen_at("0.0.0.0", 1000, 0);
	listen_at("0.0.0.0", 1001, 0);
	ck_assert_int_eq(tm_listeners_finish(listeners, NULL), 0);
	ck_assert(tm_listeners_find(listeners, &sock, &child));
	sock = make(LISTENING, "10.0.0.1", 1002);
	ck_assert(tm_listeners_find(listeners, &sock, &itself));
	ck_assert_uint_eq(child, itself);
	ck_assert(tm_listeners_find(listeners, &mini, &group));
	ck_assert_uint_ne(child, group);
	ck_assert(!tm_listeners_find(listeners, &made, &child));
	ck_assert_uint_eq(child, itself);
	ck_assert_uint_eq(tm_listeners_get(listeners, group)->port, 80);
	ck_assert(!tm_listeners_get(listeners, group)->ipv6);
	tm_listeners_renumber(listeners, netns);
	ck_assert(!tm_listeners_find(listeners, &mini, &group));
	mini.netns = 3;
	ck_assert(tm_listeners_find(listeners, &mini, &group));
	ck_assert_uint_eq(tm_listeners_get(listeners, group)->netns, 3);
}
END_TEST

static void expect_bare(struct tcpmem_socket sock, enum tcpmem_kind kind)
{
	tm_attribute_without_holders(&sock);
	ck_assert_str_eq(tcpmem_kind_describe(sock.kind)->name,
			 tcpmem_kind_describe(kind)->name);
	ck_assert_uint_eq(sock.holder, TM_HOLDER_NONE);
}

/* "the kind that a socket alone tells, no holders known" */
START_TEST(a_bare_socket_tells_what_it_can)
{
	struct tcpmem_socket sock = make(TCPMEM_STATE_FIN_WAIT_2, "::1", 0);

	expect_bare(sock, TCPMEM_KIND_ORPHAN);
	sock.flags |= TM_SOCK_MINI;
	expect_bare(sock, TCPMEM_KIND_TIME_WAIT);
	sock.state = TCPMEM_STATE_SYN_RECV;
	expect_bare(sock, TCPMEM_KIND_SYN_RECV);
	expect_bare(make(ESTABLISHED, "::1", 1000), TCPMEM_KIND_UNKNOWN);
	expect_bare(make(ESTABLISHED, "::1", 0), TCPMEM_KIND_UNKNOWN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("attribute");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, an_inode_names_its_processes);
	tcase_add_test(tc, an_inode_without_process_is_in_flight_or_hidden);
	tcase_add_test(tc, mini_sockets_have_no_owner);
	tcase_add_test(tc, closed_sockets_are_orphans);
	tcase_add_test(tc, a_child_needs_a_listener_at_its_place);
	tcase_add_test(tc, an_exact_address_goes_before_any);
	tcase_add_test(tc, a_dual_stack_listener_has_mapped_children);
	tcase_add_test(tc, a_v6only_listener_has_no_mapped_children);
	tcase_add_test(tc, a_mapped_listener_has_mapped_children);
	tcase_add_test(tc, a_device_tells_listeners_apart);
	tcase_add_test(tc, a_reuseport_group_shares_its_children);
	tcase_add_test(tc, a_group_with_empty_queues_shares_too);
	tcase_add_test(tc, an_mptcp_listener_is_one);
	tcase_add_test(tc, children_of_a_hidden_listener_are_hidden);
	tcase_add_test(tc, many_listeners_are_told_apart);
	tcase_add_test(tc, listeners_are_found_without_holders);
	tcase_add_test(tc, a_bare_socket_tells_what_it_can);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
