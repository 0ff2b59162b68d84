// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_events.c - destroy events: each message, and what makes no sense */
#include "message.h"
#include "netlink/internal.h"
#include "page_guard.h"
#include "unit.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/tcp.h>
#include <unistd.h>

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

/* A message may bring several, and what ends the reading is returned. */
START_TEST(each_event_of_a_message)
{
	uint8_t both[4096] __attribute__((aligned(8)));
	struct message m;
	size_t len;

	ended(&m, 1);
	len = MNL_ALIGN(m.nlh->nlmsg_len);
	memcpy(both, m.buf, len);
	ended(&m, 2);
	memcpy(both + len, m.buf, len);
	ck_assert_int_eq(parse(both, 2 * len, 0), 0);
	ck_assert_int_eq(sockets, 2);
	ck_assert_uint_eq(last.cookie, 2);
	ck_assert_int_eq(parse(both, 2 * len - 4, -5), -5);
	ck_assert_int_eq(sockets, 1);
	ck_assert_int_eq(malformed, 0);
	ck_assert_int_eq(parse(both, 2 * len - 4, 0), 0);
	ck_assert_int_eq(sockets, 1);
	ck_assert_int_eq(malformed, 1);
}
END_TEST

static int receive(int fd, int answer)
{
	const struct tm_events_sink sink = { on_socket, on_malformed, &answer };

	sockets = malformed = 0;
	return tm_events_receive(fd, &sink);
}

/* "1 if there may be more; -EAGAIN if there is none; [...] what @sink returned"
 */
START_TEST(events_are_received_one_by_one)
{
	struct message m;
	int pair[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(receive(pair[0], 0), -EAGAIN);
	for (uint64_t cookie = 1; cookie < 4; cookie++) {
		ended(&m, cookie);
		ck_assert_int_eq(send(pair[1], m.buf, m.nlh->nlmsg_len, 0),
				 (ssize_t)m.nlh->nlmsg_len);
	}
	ck_assert_int_eq(receive(pair[0], 0), 1);
	ck_assert_int_eq(sockets, 1);
	ck_assert_uint_eq(last.cookie, 1);
	ck_assert_int_eq(receive(pair[0], -5), -5);
	ck_assert_int_eq(receive(pair[0], 3), 3);
	ck_assert_uint_eq(last.cookie, 3);
	ck_assert_int_eq(receive(pair[0], 0), -EAGAIN);
	ck_assert_int_eq(receive(-1, 0), -EBADF);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

/* A kernel's own port is 0: what another sends is passed over. */
START_TEST(what_others_send_is_no_event)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	struct sockaddr_nl to = { 0 };
	socklen_t size = sizeof(to);
	struct message m;
	int fd[2];

	for (int i = 0; i < 2; i++) {
		fd[i] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			       NETLINK_USERSOCK);
		ck_assert_int_ge(fd[i], 0);
		ck_assert_int_eq(bind(fd[i], (const void *)&any, sizeof(any)),
				 0);
	}
	ended(&m, 1);
	ck_assert_int_eq(getsockname(fd[0], (void *)&to, &size), 0);
	ck_assert_int_eq(sendto(fd[1], m.buf, m.nlh->nlmsg_len, 0,
				(const void *)&to, size),
			 (ssize_t)m.nlh->nlmsg_len);
	ck_assert_int_eq(receive(fd[0], 0), 1);
	ck_assert_int_eq(sockets, 0);
	ck_assert_int_eq(malformed, 0);
	close(fd[0]);
	close(fd[1]);
}
END_TEST

/* -ENOBUFS says that some were lost; those that were not are still there. */
START_TEST(a_full_buffer_ends_nothing)
{
	const struct sockaddr_nl group = {
		.nl_family = AF_NETLINK,
		.nl_groups = 1,
	};
	int fd[2], least = 1, ret, received = 0;
	struct message m;
	uint64_t lost;

	for (int i = 0; i < 2; i++) {
		fd[i] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			       NETLINK_USERSOCK);
		ck_assert_int_ge(fd[i], 0);
	}
	setsockopt(fd[0], SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
	/* without CAP_NET_ADMIN nobody can hear what is told to all */
	ret = bind(fd[0], (const void *)&group, sizeof(group));
	ended(&m, 1);
	for (int i = 0; ret == 0 && i < 50; i++)
		sendto(fd[1], m.buf, m.nlh->nlmsg_len, 0, (const void *)&group,
		       sizeof(group));
	ck_assert_int_eq(receive(fd[0], 0), ret == 0 ? 1 : -EAGAIN);
	ck_assert_int_eq(sockets, 0);
	while (ret == 0 && receive(fd[0], 0) == 1)
		received++;
	ck_assert_int_eq(tm_events_lost(fd[0], &lost), 0);
	ck_assert_int_eq(lost > 0, ret == 0);
	ck_assert_int_eq(received > 0, ret == 0);
	close(fd[0]);
	close(fd[1]);
}
END_TEST

/* "-errno of getsockopt(2)"; what was lost is counted by the socket */
START_TEST(what_a_full_buffer_lost_is_counted)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	static const uint8_t bytes[1000];
	socklen_t size = sizeof(to);
	uint64_t lost = 99;
	int least = 1, sent = 0, got = 0, fd = socket(AF_INET, SOCK_DGRAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(tm_events_lost(fd, &lost), 0);
	ck_assert_uint_eq(lost, 0);
	ck_assert_int_eq(bind(fd, (const void *)&to, sizeof(to)), 0);
	ck_assert_int_eq(getsockname(fd, (void *)&to, &size), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
	for (int i = 0; i < 20; i++) /* unless "lo" is down */
		sent += sendto(fd, bytes, sizeof(bytes), 0, (const void *)&to,
			       size) > 0;
	ck_assert_int_eq(tm_events_lost(fd, &lost), 0);
	while (recv(fd, (uint8_t[1000]){ 0 }, 1000, MSG_DONTWAIT) > 0)
		got++;
	ck_assert(!sent || got < sent);
	ck_assert_uint_eq(lost, (uint64_t)(sent - got));
	close(fd);
	lost = 99;
	ck_assert_int_eq(tm_events_lost(-1, &lost), -EBADF);
	ck_assert_uint_eq(lost, 99);
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
	tcase_add_test(tcase, each_event_of_a_message);
	tcase_add_test(tcase, events_are_received_one_by_one);
	tcase_add_test(tcase, what_others_send_is_no_event);
	tcase_add_test(tcase, a_full_buffer_ends_nothing);
	tcase_add_test(tcase, what_a_full_buffer_lost_is_counted);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
