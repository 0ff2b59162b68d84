// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_parse.c - an inet_diag message -> a socket record */
#include "message.h"
#include "netlink/internal.h"
#include "page_guard.h"
#include "tcpmem.h"
#include "unit.h"

#include <errno.h>

static struct page_guard guard;

static void setup(void)
{
	page_guard_init(&guard);
}

static void teardown(void)
{
	page_guard_deinit(&guard);
}

static int parse(const struct message *m, struct tcpmem_socket *sock)
{
	size_t len = m->nlh->nlmsg_len;

	return tm_parse_socket(page_guard_put(&guard, m->buf, len), len, false,
			       sock);
}

static int64_t number(const struct tcpmem_socket *sock,
		      enum tcpmem_metric which)
{
	int64_t value = 0;

	ck_assert_int_eq(tcpmem_socket_get_metric(sock, which, &value), 0);
	return value;
}

START_TEST(every_field_of_a_full_socket)
{
	static const struct {
		enum tcpmem_socket_field field;
		int64_t value;
	} fields[] = {
		{ TCPMEM_SOCKET_FIELD_INODE, 4711 },
		{ TCPMEM_SOCKET_FIELD_IFINDEX, 7 },
		{ TCPMEM_SOCKET_FIELD_LOCAL_PORT, 8080 },
		{ TCPMEM_SOCKET_FIELD_REMOTE_PORT, 40000 },
		{ TCPMEM_SOCKET_FIELD_UID, 33 },
		{ TCPMEM_SOCKET_FIELD_CGROUP_ID, 0x1122334455667788 },
		{ TCPMEM_SOCKET_FIELD_RECV_Q, 11 },
		{ TCPMEM_SOCKET_FIELD_SEND_Q, 22 },
	};
	const uint8_t local[4] = { 127, 0, 0, 1 }, remote[4] = { 10, 1, 2, 3 };
	struct tcpmem_socket sock;
	struct message m;
	uint8_t address[16];
	int64_t value;

	message_full(&m, AF_INET, 1, UINT64_C(0x100000002));
	memcpy(m.diag->id.idiag_src, local, 4);
	memcpy(m.diag->id.idiag_dst, remote, 4);
	m.diag->id.idiag_if = 7;
	m.diag->idiag_rqueue = 11;
	m.diag->idiag_wqueue = 22;
	ck_assert_int_eq(parse(&m, &sock), 0);

	ck_assert_int_eq(tcpmem_socket_get_state(&sock),
			 TCPMEM_STATE_ESTABLISHED);
	ck_assert_int_eq(tcpmem_socket_get_family(&sock), TCPMEM_FAMILY_IPV4);
	ck_assert_int_eq(tcpmem_socket_get_protocol(&sock),
			 TCPMEM_PROTOCOL_TCP);
	ck_assert_uint_eq(tcpmem_socket_get_cookie(&sock),
			  UINT64_C(0x100000002));
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		ck_assert_int_eq(
			tcpmem_socket_get_field(&sock, fields[i].field, &value),
			0);
		ck_assert_int_eq(value, fields[i].value);
	}
	tcpmem_socket_get_addresses(&sock, address, NULL);
	ck_assert_mem_eq(address, local, 4);
	tcpmem_socket_get_addresses(&sock, NULL, address);
	ck_assert_mem_eq(address, remote, 4);
}
END_TEST

START_TEST(every_counter_and_a_negative_one)
{
	struct tcpmem_socket sock;
	struct message m;

	message_full(&m, AF_INET, 1, 1);
	ck_assert_int_eq(parse(&m, &sock), 0);
	for (int i = TCPMEM_METRIC_RMEM; i <= TCPMEM_METRIC_DROPS; i++)
		ck_assert_int_eq(number(&sock, (enum tcpmem_metric)i),
				 (int32_t)message_skmem[i]);
	ck_assert_int_eq(number(&sock, TCPMEM_METRIC_FWD_ALLOC), -768);
	/* rmem + wmem_queued + fwd_alloc */
	ck_assert_int_eq(number(&sock, TCPMEM_METRIC_CHARGED),
			 2304 + 4352 - 768);
	/* rmem + max(wmem_queued, wmem_alloc) + optmem + backlog */
	ck_assert_int_eq(number(&sock, TCPMEM_METRIC_BUFFER),
			 2304 + 4352 + 120 + 640);
}
END_TEST

START_TEST(ipv6_and_v4_mapped)
{
	const uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 };
	struct tcpmem_socket sock;
	struct message m;
	uint8_t address[16];

	message_full(&m, AF_INET6, 1, 1);
	memcpy(m.diag->id.idiag_src, mapped, 16);
	ck_assert_int_eq(parse(&m, &sock), 0);
	/* "A v4-mapped connection belongs to an IPv6 socket." */
	ck_assert_int_eq(tcpmem_socket_get_family(&sock), TCPMEM_FAMILY_IPV6);
	tcpmem_socket_get_addresses(&sock, address, NULL);
	ck_assert_mem_eq(address, mapped, 16);
}
END_TEST

START_TEST(states_as_reported)
{
	static const uint8_t reported[] = {
		[1] = 1,
		[2] = 2,
		[3] = 3,
		[4] = 4,
		[5] = 5,
		[6] = 6,
		/* only a bound, inactive socket is dumped as CLOSE */
		[7] = TCPMEM_STATE_BOUND_INACTIVE,
		[8] = 8,
		[9] = 9,
		[10] = 10,
		[11] = 11,
		/* NEW_SYN_RECV */
		[12] = TCPMEM_STATE_SYN_RECV,
		[13] = TCPMEM_STATE_BOUND_INACTIVE,
	};
	struct tcpmem_socket sock;
	struct message m;

	message_full(&m, AF_INET, (uint8_t)_i, 1);
	if (_i == 0 || _i > 13) {
		ck_assert_int_eq(parse(&m, &sock), -ERANGE);
		return;
	}
	ck_assert_int_eq(parse(&m, &sock), 0);
	ck_assert_int_eq(sock.state, reported[_i]);
}
END_TEST

START_TEST(a_closed_msk_is_closed)
{
	struct tcpmem_socket sock;
	struct message m;

	message_full(&m, AF_INET, 7, 1);
	ck_assert_int_eq(tm_parse_socket(m.buf, m.nlh->nlmsg_len, true, &sock),
			 0);
	ck_assert_int_eq(sock.state, TCPMEM_STATE_CLOSED);
	ck_assert_int_eq(tcpmem_socket_get_protocol(&sock),
			 TCPMEM_PROTOCOL_MPTCP);
}
END_TEST

/* "What the kernel did not report is -ENODATA, never 0." */
START_TEST(a_mini_socket_has_no_counters)
{
	static const uint8_t mini[] = { 3, 5, 6 };
	struct tcpmem_socket sock;
	struct message m;
	int64_t value;

	message_init(&m, AF_INET, mini[_i]);
	ck_assert_int_eq(parse(&m, &sock), 0);
	ck_assert_uint_ne(sock.flags & TM_SOCK_MINI, 0);
	ck_assert_int_eq(
		tcpmem_socket_get_field(&sock, TCPMEM_SOCKET_FIELD_UID, &value),
		-ENODATA);
	for (int i = TCPMEM_METRIC_RMEM; i <= TCPMEM_METRIC_DROPS; i++)
		ck_assert_int_eq(tcpmem_socket_get_metric(
					 &sock, (enum tcpmem_metric)i, &value),
				 -ENODATA);
	/* that it holds no buffers is known */
	ck_assert_int_eq(number(&sock, TCPMEM_METRIC_BUFFER), 0);
	ck_assert_int_eq(number(&sock, TCPMEM_METRIC_CHARGED), 0);
}
END_TEST

START_TEST(a_full_socket_without_counters_is_unknown)
{
	struct tcpmem_socket sock;
	struct message m;
	int64_t value;

	message_init(&m, AF_INET, 1);
	ck_assert_int_eq(parse(&m, &sock), 0);
	ck_assert_uint_eq(sock.flags & TM_SOCK_MINI, 0);
	ck_assert_int_eq(
		tcpmem_socket_get_metric(&sock, TCPMEM_METRIC_HELD, &value),
		-ENODATA);
	ck_assert_int_eq(
		tcpmem_socket_get_metric(&sock, TCPMEM_METRIC_CHARGED, &value),
		-ENODATA);
}
END_TEST

/* "what is shorter than the kernel ever sent is an error" */
START_TEST(counters_of_other_kernels)
{
	struct tcpmem_socket sock;
	struct message m;
	int64_t value;

	message_init(&m, AF_INET, 1);
	message_put_skmem(&m, (size_t)_i);
	if (_i < 7) {
		ck_assert_int_eq(parse(&m, &sock), -EBADMSG);
		return;
	}
	ck_assert_int_eq(parse(&m, &sock), 0);
	ck_assert_int_eq(number(&sock, TCPMEM_METRIC_OPTMEM), 120);
	ck_assert_int_eq(
		tcpmem_socket_get_metric(&sock, TCPMEM_METRIC_BACKLOG, &value),
		_i > 7 ? 0 : -ENODATA);
	ck_assert_int_eq(
		tcpmem_socket_get_metric(&sock, TCPMEM_METRIC_DROPS, &value),
		_i > 8 ? 0 : -ENODATA);
}
END_TEST

START_TEST(unknown_attributes_are_accepted)
{
	struct tcpmem_socket sock;
	struct message m;

	message_full(&m, AF_INET, 1, 1);
	mnl_attr_put(m.nlh, 4000, 5, "later");
	message_put_skmem(&m, SK_MEMINFO_VARS + 4);
	ck_assert_int_eq(parse(&m, &sock), 0);
	ck_assert_uint_eq(sock.skmem_words, TM_SKMEM_WORDS);
}
END_TEST

/* Each attribute that is taken, and how short it may be */
START_TEST(attributes_as_long_as_they_must_be)
{
	static const uint8_t bytes[16] = { 3, 2, 1, 0, 7, 6, 5, 4 };
	static const struct {
		uint16_t type;
		size_t least;
	} some[] = {
		{ INET_DIAG_SHUTDOWN, 1 },
		{ INET_DIAG_CGROUP_ID, 8 },
		{ INET_DIAG_MARK, 4 },
		{ INET_DIAG_SKV6ONLY, 1 },
		{ 4000, 0 },
	};
	uint16_t type = some[_i].type;

	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct tcpmem_socket sock;
		struct message m;
		uint64_t cgroup = 0;

		memset(&sock, 0x5a, sizeof(sock));
		message_init(&m, AF_INET, 1);
		mnl_attr_put(m.nlh, type, len, bytes);
		if (len < some[_i].least) {
			ck_assert_int_eq(parse(&m, &sock), -EBADMSG);
			continue;
		}
		ck_assert_int_eq(parse(&m, &sock), 0);
		ck_assert_uint_eq(sock.shutdown,
				  type == INET_DIAG_SHUTDOWN ? 3 : 0);
		ck_assert_uint_eq(sock.mark, type == INET_DIAG_MARK
						     ? htonl(0x03020100)
						     : 0);
		if (type == INET_DIAG_CGROUP_ID)
			memcpy(&cgroup, bytes, sizeof(cgroup));
		ck_assert_uint_eq(sock.cgroup_id, cgroup);
		ck_assert_uint_eq(sock.flags,
				  type == INET_DIAG_CGROUP_ID
					  ? TM_SOCK_HAS_CGROUP
				  : type == INET_DIAG_MARK ? TM_SOCK_HAS_MARK
				  : type == INET_DIAG_SKV6ONLY ? TM_SOCK_V6ONLY
							       : 0);
	}
}
END_TEST

/* What is 0 is a value as well; and who is not IPv6 alone is both. */
START_TEST(attributes_that_are_zero)
{
	struct tcpmem_socket sock;
	struct message m;

	message_init(&m, AF_INET6, 10);
	mnl_attr_put_u32(m.nlh, INET_DIAG_MARK | NLA_F_NESTED, 0);
	mnl_attr_put_u8(m.nlh, INET_DIAG_SKV6ONLY, 0);
	ck_assert_int_eq(parse(&m, &sock), 0);
	ck_assert_uint_eq(sock.flags, TM_SOCK_IPV6 | TM_SOCK_HAS_MARK);
}
END_TEST

/* An address ends where its family says, and what follows is not its own. */
START_TEST(an_address_has_its_length)
{
	static const uint8_t zero[16],
		full[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7 };
	struct tcpmem_socket sock;
	struct message m;
	size_t len = _i ? 16 : 4;

	message_init(&m, _i ? AF_INET6 : AF_INET, 1);
	memcpy(m.diag->id.idiag_src, full, 16);
	memcpy(m.diag->id.idiag_dst, full, 16);
	m.diag->id.idiag_if = UINT32_MAX;
	ck_assert_int_eq(parse(&m, &sock), 0);
	ck_assert_mem_eq(sock.local, full, len);
	ck_assert_mem_eq(sock.remote, full, len);
	ck_assert_mem_eq(sock.local + len, zero, 16 - len);
	ck_assert_mem_eq(sock.remote + len, zero, 16 - len);
	ck_assert_uint_eq(sock.skmem[0], 0);
}
END_TEST

/* A full socket in a state of mini-sockets: either of two attributes tells */
START_TEST(what_tells_a_full_socket)
{
	static const uint8_t states[] = { 3, 5, 6 };
	struct tcpmem_socket sock;
	struct message m;

	message_init(&m, AF_INET, states[_i]);
	message_put_skmem(&m, SK_MEMINFO_VARS);
	ck_assert_int_eq(parse(&m, &sock), 0);
	ck_assert_uint_eq(sock.flags, 0);
	message_init(&m, AF_INET, states[_i]);
	mnl_attr_put_u8(m.nlh, INET_DIAG_SHUTDOWN, 0);
	ck_assert_int_eq(parse(&m, &sock), 0);
	ck_assert_uint_eq(sock.flags, 0);
}
END_TEST

START_TEST(no_other_family)
{
	struct tcpmem_socket sock;
	struct message m;

	message_full(&m, AF_UNIX, 1, 1);
	ck_assert_int_eq(parse(&m, &sock), -EAFNOSUPPORT);
}
END_TEST

/* Only a cut between two attributes leaves a whole message. */
static bool cut_is_whole(const struct message *m, size_t cut)
{
	size_t at = MNL_NLMSG_HDRLEN + sizeof(struct inet_diag_msg);

	while (at < cut) {
		const struct nlattr *attr =
			(const struct nlattr *)(m->buf + at);

		if (at + attr->nla_len <= cut &&
		    cut <= at + MNL_ALIGN(attr->nla_len))
			return true;
		at += MNL_ALIGN(attr->nla_len);
	}
	return at == cut;
}

START_TEST(cut_at_every_byte)
{
	struct tcpmem_socket sock, untouched;
	struct message m;
	size_t whole = 0, len;

	memset(&untouched, 0x5a, sizeof(untouched));
	message_full(&m, AF_INET6, 1, 1);
	len = m.nlh->nlmsg_len;
	for (size_t cut = 0; cut < len; cut++) {
		/* as received: the header promises more than there is */
		sock = untouched;
		ck_assert_int_eq(
			tm_parse_socket(page_guard_put(&guard, m.buf, cut), cut,
					false, &sock),
			-EBADMSG);
		/* "written only on success" */
		ck_assert_mem_eq(&sock, &untouched, sizeof(sock));
		/* and with a header that agrees with the cut */
		if (cut < sizeof(*m.nlh))
			continue;
		m.nlh->nlmsg_len = (uint32_t)cut;
		if (cut_is_whole(&m, cut)) {
			ck_assert_int_eq(parse(&m, &sock), 0);
			whole++;
		} else {
			ck_assert_int_eq(parse(&m, &sock), -EBADMSG);
		}
		m.nlh->nlmsg_len = (uint32_t)len;
	}
	ck_assert_uint_ge(whole, 3);
}
END_TEST

START_TEST(any_attribute_length_is_survived)
{
	struct tcpmem_socket sock;
	struct message m;
	struct nlattr *attr;

	message_full(&m, AF_INET, 1, 1);
	attr = (struct nlattr *)(m.buf + MNL_NLMSG_HDRLEN +
				 sizeof(struct inet_diag_msg));
	for (uint32_t len = 0; len <= UINT16_MAX; len++) {
		attr->nla_len = (uint16_t)len;
		if (len < 4 + 1 || len > m.nlh->nlmsg_len - MNL_NLMSG_HDRLEN -
						   sizeof(struct inet_diag_msg))
			ck_assert_int_eq(parse(&m, &sock), -EBADMSG);
		else
			parse(&m, &sock);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("parse");
	TCase *tc = tcase_create("parse");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_field_of_a_full_socket);
	tcase_add_test(tc, every_counter_and_a_negative_one);
	tcase_add_test(tc, ipv6_and_v4_mapped);
	tcase_add_loop_test(tc, states_as_reported, 0, 16);
	tcase_add_test(tc, a_closed_msk_is_closed);
	tcase_add_loop_test(tc, a_mini_socket_has_no_counters, 0, 3);
	tcase_add_test(tc, a_full_socket_without_counters_is_unknown);
	tcase_add_loop_test(tc, counters_of_other_kernels, 0, 13);
	tcase_add_test(tc, unknown_attributes_are_accepted);
	tcase_add_loop_test(tc, attributes_as_long_as_they_must_be, 0, 5);
	tcase_add_test(tc, attributes_that_are_zero);
	tcase_add_loop_test(tc, an_address_has_its_length, 0, 2);
	tcase_add_loop_test(tc, what_tells_a_full_socket, 0, 3);
	tcase_add_test(tc, no_other_family);
	tcase_add_test(tc, cut_at_every_byte);
	tcase_add_test(tc, any_attribute_length_is_survived);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
