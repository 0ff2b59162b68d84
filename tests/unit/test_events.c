// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_events.c - destroy events: each message, and what makes no sense */
#include "message.h"
#include "netlink/internal.h"
#include "page_guard.h"
#include "unit.h"

#include <linux/tcp.h>

static struct tcpmem_socket last;
static struct tm_info last_info;
static int sockets, malformed;

static int on_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		     void *user)
{
	last = *sock;
	last_info = *info;
	sockets++;
	return *(int *)user;
}

static int on_malformed(void *user)
{
	(void)user;
	malformed++;
	return 0;
}

static int parse(const void *batch, size_t len, int answer)
{
	const struct tm_events_sink sink = { on_socket, on_malformed, &answer };

	sockets = malformed = 0;
	return tm_events_parse(batch, len, &sink);
}

/* As Linux 6.18 tells of an IPv4 connection: no memory, inode or user. */
static void ended(struct message *m, uint64_t cookie)
{
	const struct tcp_info info = { .tcpi_rtt = 42 };

	message_init(m, AF_INET, TCPMEM_STATE_CLOSED);
	m->diag->id.idiag_cookie[0] = (uint32_t)cookie;
	m->diag->id.idiag_cookie[1] = (uint32_t)(cookie >> 32);
	m->diag->id.idiag_sport = htons(8080);
	m->diag->id.idiag_dport = htons(40000);
	mnl_attr_put_u8(m->nlh, INET_DIAG_PROTOCOL, 6);
	mnl_attr_put(m->nlh, INET_DIAG_INFO, sizeof(info), &info);
}

/* "A socket is TCPMEM_STATE_CLOSED and has addresses, cookie and tcp_info" */
START_TEST(an_event_is_a_closed_socket)
{
	struct message m;
	uint32_t rtt;

	ended(&m, UINT64_C(0x123456789abcdef0));
	ck_assert_int_eq(parse(m.buf, m.nlh->nlmsg_len, 0), 0);
	ck_assert_int_eq(sockets, 1);
	ck_assert_int_eq(malformed, 0);
	ck_assert_uint_eq(last.state, TCPMEM_STATE_CLOSED);
	ck_assert_uint_eq(last.cookie, UINT64_C(0x123456789abcdef0));
	ck_assert_uint_eq(last.local_port, 8080);
	ck_assert_uint_eq(last.remote_port, 40000);
	ck_assert_uint_eq(last.skmem_words, 0);
	memcpy(&rtt, last_info.bytes + offsetof(struct tcp_info, tcpi_rtt), 4);
	ck_assert_uint_eq(rtt, 42);
}
END_TEST

START_TEST(the_sink_ends_it)
{
	struct message m;

	ended(&m, 1);
	ck_assert_int_eq(parse(m.buf, m.nlh->nlmsg_len, -5), -5);
}
END_TEST

/* What is cut short is counted, and no byte behind it is read. */
START_TEST(every_cut_is_malformed)
{
	struct page_guard guard;
	struct message m;

	ended(&m, 1);
	page_guard_init(&guard);
	for (size_t len = 1; len < m.nlh->nlmsg_len; len++) {
		const void *cut = page_guard_put(&guard, m.buf, len);

		ck_assert_int_eq(parse(cut, len, 0), 0);
		ck_assert_int_eq(sockets, 0);
		ck_assert_int_eq(malformed, 1);
	}
	page_guard_deinit(&guard);
}
END_TEST

START_TEST(another_type_is_malformed)
{
	struct message m;

	ended(&m, 1);
	m.nlh->nlmsg_type = NLMSG_DONE;
	ck_assert_int_eq(parse(m.buf, m.nlh->nlmsg_len, 0), 0);
	ck_assert_int_eq(sockets, 0);
	ck_assert_int_eq(malformed, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("events");
	TCase *tcase = tcase_create("parse");

	tcase_add_test(tcase, an_event_is_a_closed_socket);
	tcase_add_test(tcase, the_sink_ends_it);
	tcase_add_test(tcase, every_cut_is_malformed);
	tcase_add_test(tcase, another_type_is_malformed);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
