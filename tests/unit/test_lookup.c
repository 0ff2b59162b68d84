// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_lookup.c - one socket asked for again: the request, and each answer */
#include "message.h"
#include "netlink/internal.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <unistd.h>

#define COOKIE UINT64_C(0x1234567890abcdef)

/* The library's end, and the kernel's. */
static int pair[2];

static void setup(void)
{
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
}

static void teardown(void)
{
	close(pair[0]);
	close(pair[1]);
}

static struct tcpmem_socket dumped(void)
{
	return (struct tcpmem_socket){
		.state = TCPMEM_STATE_ESTABLISHED,
		.cookie = COOKIE,
		.local_port = 8080,
		.remote_port = 40000,
		.local = { 127, 0, 0, 1 },
		.remote = { 127, 0, 0, 2 },
		.ifindex = 3,
	};
}

static int look_up(const void *answer, size_t len, struct tcpmem_socket *now)
{
	struct tcpmem_socket sock = dumped();

	ck_assert_int_eq(send(pair[1], answer, len, 0), (ssize_t)len);
	return tm_lookup(pair[0], &sock, now);
}

static void alive(struct message *m, uint64_t cookie)
{
	message_full(m, AF_INET, TCPMEM_STATE_CLOSE_WAIT, cookie);
}

static void check_request(uint8_t family)
{
	uint8_t buf[256] __attribute__((aligned(8))) = { 0 };
	const struct nlmsghdr *nlh = (const void *)buf;
	const struct inet_diag_req_v2 *req = mnl_nlmsg_get_payload(nlh);
	ssize_t len = recv(pair[1], buf, sizeof(buf), 0);

	ck_assert_int_eq(len, NLMSG_LENGTH(sizeof(*req)));
	ck_assert_uint_eq(nlh->nlmsg_len, (uint32_t)len);
	ck_assert_uint_eq(nlh->nlmsg_type, SOCK_DIAG_BY_FAMILY);
	ck_assert_uint_eq(nlh->nlmsg_flags, NLM_F_REQUEST);
	ck_assert_uint_eq(req->sdiag_family, family);
	ck_assert_uint_eq(req->sdiag_protocol, IPPROTO_TCP);
	ck_assert_uint_eq(req->idiag_states, UINT32_MAX);
	ck_assert_uint_eq(req->idiag_ext, 1 << (INET_DIAG_SKMEMINFO - 1) |
						  1 << (INET_DIAG_INFO - 1));
	ck_assert_uint_eq(ntohs(req->id.idiag_sport), 8080);
	ck_assert_uint_eq(ntohs(req->id.idiag_dport), 40000);
	ck_assert_mem_eq(req->id.idiag_src, dumped().local, 16);
	ck_assert_mem_eq(req->id.idiag_dst, dumped().remote, 16);
	ck_assert_uint_eq(req->id.idiag_if, 3);
	ck_assert_uint_eq(req->id.idiag_cookie[0], (uint32_t)COOKIE);
	ck_assert_uint_eq(req->id.idiag_cookie[1], (uint32_t)(COOKIE >> 32));
}

START_TEST(one_that_is_there_is_complete)
{
	struct tcpmem_socket now, sock = dumped();
	struct message m;

	alive(&m, COOKIE);
	ck_assert_int_eq(look_up(m.buf, m.nlh->nlmsg_len, &now), 0);
	ck_assert_uint_eq(now.cookie, COOKIE);
	ck_assert_uint_eq(now.state, TCPMEM_STATE_CLOSE_WAIT);
	ck_assert_uint_eq(now.inode, 4711);
	ck_assert_uint_eq(now.skmem[0], message_skmem[0]);
	ck_assert(!(now.flags & TM_SOCK_SUBFLOW));
	check_request(AF_INET);
	sock.flags |= TM_SOCK_IPV6;
	send(pair[1], m.buf, m.nlh->nlmsg_len, 0);
	ck_assert_int_eq(tm_lookup(pair[0], &sock, &now), 0);
	check_request(AF_INET6);
}
END_TEST

static void put_ulp(struct message *m, const char *name, size_t size)
{
	struct nlattr *nest = mnl_attr_nest_start(m->nlh, INET_DIAG_ULP_INFO);

	mnl_attr_put_u8(m->nlh, INET_ULP_INFO_UNSPEC, 1);
	if (name)
		mnl_attr_put(m->nlh, INET_ULP_INFO_NAME, size, name);
	mnl_attr_nest_end(m->nlh, nest);
}

/* "marked if the kernel says that it is a subflow" */
START_TEST(a_subflow_is_marked)
{
	static const struct {
		const char *name;
		size_t size;
		bool marked;
	} ulps[] = {
		{ "mptcp", 6, true }, { "mptcp", 5, false },
		{ "tls", 4, false },  { "mptcq", 6, false },
		{ NULL, 0, false },
	};

	for (size_t i = 0; i < sizeof(ulps) / sizeof(*ulps); i++) {
		struct tcpmem_socket now;
		struct message m;

		alive(&m, COOKIE);
		put_ulp(&m, ulps[i].name, ulps[i].size);
		ck_assert_int_eq(look_up(m.buf, m.nlh->nlmsg_len, &now), 0);
		ck_assert_int_eq((now.flags & TM_SOCK_SUBFLOW) != 0,
				 ulps[i].marked);
	}
}
END_TEST

/* "-ENOENT or -ESTALE if it is no more" */
START_TEST(another_cookie_is_another_socket)
{
	struct tcpmem_socket now = { .cookie = 1 };
	struct message m;

	alive(&m, COOKIE + 1);
	ck_assert_int_eq(look_up(m.buf, m.nlh->nlmsg_len, &now), -ESTALE);
	ck_assert_uint_eq(now.cookie, 1);
}
END_TEST

static int look_up_error(int error, size_t len)
{
	struct tcpmem_socket now;
	struct message m;

	memset(&m, 0, sizeof(m));
	m.nlh = mnl_nlmsg_put_header(m.buf);
	m.nlh->nlmsg_type = NLMSG_ERROR;
	memcpy(mnl_nlmsg_put_extra_header(m.nlh, sizeof(error)), &error,
	       sizeof(error));
	m.nlh->nlmsg_len = (uint32_t)(NLMSG_HDRLEN + len);
	return look_up(m.buf, NLMSG_HDRLEN + len, &now);
}

/* "-EPROTO if the answer is none" */
START_TEST(errors_and_what_is_no_answer)
{
	uint8_t large[8192] = { 0 };
	struct tcpmem_socket now;
	struct message m;

	alive(&m, COOKIE);
	ck_assert_int_eq(look_up_error(-ENOENT, sizeof(int)), -ENOENT);
	ck_assert_int_eq(look_up_error(0, sizeof(int)), -EPROTO);
	ck_assert_int_eq(look_up_error(ENOENT, sizeof(int)), -EPROTO);
	ck_assert_int_eq(look_up_error(-ENOENT, sizeof(int) - 1), -EPROTO);
	ck_assert_int_eq(look_up(m.buf, m.nlh->nlmsg_len - 1, &now), -EPROTO);
	ck_assert_int_eq(look_up(m.buf, 0, &now), -EPROTO);
	memcpy(large, m.buf, m.nlh->nlmsg_len);
	ck_assert_int_eq(look_up(large, sizeof(large), &now), -EPROTO);
	/* more than 4096 bytes may have been cut, so many were not */
	ck_assert_int_eq(look_up(large, 4097, &now), -EPROTO);
	ck_assert_int_eq(look_up(large, 4096, &now), 0);
}
END_TEST

/* "other -errno of sending and receiving" */
START_TEST(errors_of_the_socket)
{
	struct tcpmem_socket now = { .cookie = 1 }, sock = dumped();
	int flags = fcntl(pair[0], F_GETFL);

	ck_assert_int_eq(tm_lookup(-1, &sock, &now), -EBADF);
	ck_assert_int_eq(fcntl(pair[0], F_SETFL, flags | O_NONBLOCK), 0);
	ck_assert_int_eq(tm_lookup(pair[0], &sock, &now), -EAGAIN);
	ck_assert_uint_eq(now.cookie, 1);
}
END_TEST

/* "-EOPNOTSUPP for an msk [...] and for a bound socket": nothing is sent */
START_TEST(some_cannot_be_asked_for)
{
	struct tcpmem_socket now, sock = dumped();

	sock.flags |= TM_SOCK_MPTCP;
	ck_assert_int_eq(tm_lookup(pair[0], &sock, &now), -EOPNOTSUPP);
	sock = dumped();
	sock.state = TCPMEM_STATE_BOUND_INACTIVE;
	ck_assert_int_eq(tm_lookup(pair[0], &sock, &now), -EOPNOTSUPP);
	ck_assert_int_eq(recv(pair[1], &sock, sizeof(sock), MSG_DONTWAIT), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lookup");
	TCase *tc = tcase_create("lookup");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, one_that_is_there_is_complete);
	tcase_add_test(tc, a_subflow_is_marked);
	tcase_add_test(tc, another_cookie_is_another_socket);
	tcase_add_test(tc, errors_and_what_is_no_answer);
	tcase_add_test(tc, errors_of_the_socket);
	tcase_add_test(tc, some_cannot_be_asked_for);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
