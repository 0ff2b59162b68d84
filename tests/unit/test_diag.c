// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_diag.c - what a dump asks for, and what the kernel may answer */
#include "diag_fixture.h"

START_TEST(a_program_goes_with_the_request)
{
	static const uint8_t code[60000] = { [59999] = 7 };
	static uint8_t sent[70000];
	struct nlattr attr;
	struct nlmsghdr nlh;
	size_t at = NLMSG_HDRLEN + sizeof(struct inet_diag_req);

	script_two(1, 100); /* msks: whichever they are, subflows need them */
	script_two(2, 200);
	ck_assert_int_eq(dump_filtered(code, sizeof(code)), 0);
	ck_assert_uint_eq(got.count, 4);
	ck_assert(!got.unfiltered);
	ck_assert_uint_lt(script_request(script, 0, sent, sizeof(sent)), 200);
	ck_assert_uint_eq(script_request(script, 1, sent, sizeof(sent)),
			  at + sizeof(attr) + sizeof(code));
	memcpy(&nlh, sent, sizeof(nlh));
	memcpy(&attr, sent + at, sizeof(attr));
	ck_assert_uint_eq(nlh.nlmsg_len, at + sizeof(attr) + sizeof(code));
	ck_assert_uint_eq(attr.nla_type, INET_DIAG_REQ_BYTECODE);
	ck_assert_uint_eq(attr.nla_len, sizeof(attr) + sizeof(code));
	ck_assert_int_eq(memcmp(sent + at + sizeof(attr), code, sizeof(code)),
			 0);
}
END_TEST

/* -EPERM: marks without CAP_NET_ADMIN. -EINVAL: an opcode it does not know */
START_TEST(a_refused_program_is_left_out)
{
	static const int errors[] = { -EPERM, -EINVAL };
	uint8_t sent[200];

	script_two(1, 100);
	script_error(2, NLMSG_ERROR, errors[_i]);
	script_two(3, 200);
	ck_assert_int_eq(dump_filtered("code", 4), 0);
	ck_assert_uint_eq(got.count, 4);
	ck_assert(got.unfiltered);
	ck_assert_uint_eq(script_request(script, 1, sent, sizeof(sent)),
			  script_request(script, 2, sent, sizeof(sent)) + 8);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

static uint8_t extensions(size_t which)
{
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req req;
		uint8_t attributes[64];
	} sent;

	script_request(script, which, &sent, sizeof(sent));
	return sent.req.idiag_ext;
}

static int dump_info(bool info)
{
	const struct tm_diag_source source = { script_open_fd, script };
	const struct tm_diag_request request = {
		.states = TCPMEM_STATES_ALL,
		.mptcp = true,
		.info = info,
	};
	const struct tm_diag_sink sink = { .socket = on_socket };

	script_two(1, 100);
	script_two(2, 200);
	return tm_diag_dump(ctx, &source, &request, &sink, &warnings,
			    &mptcp_refused);
}

/* tcpmem.h: "It is not, unless told to: the kernel takes each socket's lock" */
START_TEST(tcp_info_is_asked_for_when_it_is_wanted)
{
	const uint8_t skmem = 1 << (INET_DIAG_SKMEMINFO - 1);
	const uint8_t info = 1 << (INET_DIAG_INFO - 1);
	bool wanted = _i;

	ck_assert_int_eq(dump_info(wanted), 0);
	ck_assert_uint_eq(got.infos, wanted ? 4 : 0);
	/* of an msk, mptcp_info */
	ck_assert_uint_eq(extensions(0), wanted ? skmem | info : skmem);
	if (wanted)
		ck_assert_uint_eq(extensions(1) & (skmem | info), skmem | info);
	else
		ck_assert_uint_eq(extensions(1), skmem);
}
END_TEST

START_TEST(one_walk_asks_for_both_families)
{
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req req;
	} sent;

	script_two(1, 100);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_uint_eq(warnings.count, 0);
	ck_assert_uint_eq(script_request(script, 0, &sent, sizeof(sent)),
			  sizeof(sent));
	ck_assert_int_eq(sent.nlh.nlmsg_type, TCPDIAG_GETSOCK);
	ck_assert_int_eq(sent.nlh.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	ck_assert_uint_eq(sent.req.idiag_states, TCPMEM_STATES_ALL);
	/* SKMEMINFO only */
	ck_assert_uint_eq(sent.req.idiag_ext, 1 << (INET_DIAG_SKMEMINFO - 1));
}
END_TEST

/* libmnl's default callback would read this as an empty host */
START_TEST(the_error_in_done_is_read)
{
	script_error(1, NLMSG_DONE, -EACCES);
	ck_assert_int_eq(dump(false, true), -EACCES);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

START_TEST(the_error_message_is_read)
{
	script_error(1, NLMSG_ERROR, -EPERM);
	ck_assert_int_eq(dump(false, true), -EPERM);
}
END_TEST

START_TEST(an_error_message_too_short_for_its_int)
{
	struct script_open *open = script_next(script);
	struct nlmsghdr nlh = {
		.nlmsg_len = sizeof(nlh),
		.nlmsg_type = NLMSG_ERROR,
	};

	script_datagram(open);
	script_append(open, &nlh, 1);
	ck_assert_int_eq(dump(false, true), -EBADMSG);
}
END_TEST

START_TEST(a_refused_walk_is_asked_by_family)
{
	static const int refusals[] = { -EINVAL, -EOPNOTSUPP, -ENOENT,
					-EPROTONOSUPPORT };
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req_v2 req;
	} sent;

	script_error(1, NLMSG_ERROR, refusals[_i]);
	script_two(2, 100);
	script_two(3, 200);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.count, 4);
	ck_assert_uint_eq(warnings.count, 0);
	script_request(script, 1, &sent, sizeof(sent));
	ck_assert_int_eq(sent.nlh.nlmsg_type, SOCK_DIAG_BY_FAMILY);
	ck_assert_int_eq(sent.req.sdiag_family, AF_INET);
	ck_assert_int_eq(sent.req.sdiag_protocol, IPPROTO_TCP);
	ck_assert_uint_eq(sent.req.idiag_states, TCPMEM_STATES_ALL);
	ck_assert_uint_eq(sent.req.idiag_ext, 1 << (INET_DIAG_SKMEMINFO - 1));
	script_request(script, 2, &sent, sizeof(sent));
	ck_assert_int_eq(sent.req.sdiag_family, AF_INET6);
}
END_TEST

/* Once refused, the walk is not tried again: for TCP neither. */
START_TEST(msks_are_asked_for_by_family_too)
{
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req_v2 req;
		struct nlattr attr;
		uint32_t protocol;
	} sent;

	script_error(1, NLMSG_ERROR, -EINVAL);
	for (uint32_t i = 2; i < 6; i++)
		script_two(i, 100 * i);
	ck_assert_int_eq(dump_filtered("code", 4), 0);
	ck_assert_uint_eq(got.count, 8);
	ck_assert(!got.unfiltered);
	ck_assert(!mptcp_refused);
	ck_assert_uint_eq(script_request(script, 2, &sent, sizeof(sent)),
			  sizeof(sent));
	ck_assert_int_eq(sent.nlh.nlmsg_type, SOCK_DIAG_BY_FAMILY);
	ck_assert_int_eq(sent.req.sdiag_family, AF_INET6);
	ck_assert_int_eq(sent.req.sdiag_protocol, IPPROTO_RAW);
	ck_assert_uint_eq(sent.attr.nla_type, INET_DIAG_REQ_PROTOCOL);
	ck_assert_uint_eq(sent.protocol, IPPROTO_MPTCP);
	script_request(script, 3, &sent, sizeof(sent));
	ck_assert_int_eq(sent.req.sdiag_family, AF_INET);
	ck_assert_int_eq(sent.req.sdiag_protocol, IPPROTO_TCP);
	ck_assert_uint_eq(sent.attr.nla_type, INET_DIAG_REQ_BYTECODE);
}
END_TEST

/* Only IPv6 may be missing, and only by a refusal. */
START_TEST(an_error_by_family_is_returned)
{
	script_error(1, NLMSG_ERROR, -EINVAL);
	if (_i == 0) {
		script_error(2, NLMSG_ERROR, -EOPNOTSUPP);
	} else {
		script_two(2, 100);
		script_error(3, NLMSG_ERROR, -EACCES);
	}
	ck_assert_int_eq(dump(false, true), _i ? -EACCES : -EOPNOTSUPP);
}
END_TEST

/* Who sent a socket does not refuse the request. */
START_TEST(an_error_behind_sockets_is_no_refusal)
{
	struct script_open *open;

	script_two(1, 100);
	open = script_next(script);
	script_datagram(open);
	script_socket(open, 2, 200, 1);
	script_end(open, 2, NLMSG_DONE, -EINVAL);
	ck_assert_int_eq(dump_filtered("code", 4), -EINVAL);
	ck_assert(!got.unfiltered);
}
END_TEST

START_TEST(an_error_for_msks_is_returned)
{
	script_error(1, NLMSG_ERROR, -EPERM);
	ck_assert_int_eq(dump_filtered("code", 4), -EPERM);
	ck_assert(!got.unfiltered);
}
END_TEST

/* "@mptcp_refused tells", unless the dump fails */
START_TEST(a_dump_that_fails_tells_nothing_of_msks)
{
	script_error(1, NLMSG_DONE, -ENOENT);
	script_error(2, NLMSG_DONE, -EPERM);
	ck_assert_int_eq(dump(true, true), -EPERM);
	ck_assert(!mptcp_refused);
}
END_TEST

START_TEST(a_kernel_without_ipv6_is_whole)
{
	script_error(1, NLMSG_ERROR, -EINVAL);
	script_two(2, 100);
	script_error(3, NLMSG_ERROR, -ENOENT);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.count, 2);
}
END_TEST

/* "-EPROTONOSUPPORT if the kernel has no sock_diag for TCP" */
START_TEST(a_kernel_without_tcp_diag)
{
	script_error(1, NLMSG_ERROR, -ENOENT);
	script_error(2, NLMSG_ERROR, -ENOENT);
	ck_assert_int_eq(dump(false, true), -EPROTONOSUPPORT);
}
END_TEST

START_TEST(mptcp_comes_first_and_names_its_protocol)
{
	uint8_t sent[256];
	const struct nlattr *attr;
	size_t len;

	script_two(1, 100);
	script_two(2, 200);
	ck_assert_int_eq(dump(true, true), 0);
	ck_assert_uint_eq(got.count, 4);
	ck_assert_uint_eq(got.cookie[0], 100);
	ck_assert(!mptcp_refused);
	len = script_request(script, 0, sent, sizeof(sent));
	attr = (const struct nlattr *)(sent + sizeof(struct nlmsghdr) +
				       sizeof(struct inet_diag_req));
	ck_assert_uint_eq(len, sizeof(struct nlmsghdr) +
				       sizeof(struct inet_diag_req) + 8);
	ck_assert_int_eq(attr->nla_type, INET_DIAG_REQ_PROTOCOL);
	ck_assert_uint_eq(mnl_attr_get_u32(attr), 262);
}
END_TEST

START_TEST(a_kernel_without_mptcp_shows_tcp)
{
	script_error(1, NLMSG_DONE, -ENOENT);
	script_two(2, 100);
	ck_assert_int_eq(dump(true, true), 0);
	ck_assert_uint_eq(got.count, 2);
	ck_assert(mptcp_refused);
}
END_TEST

START_TEST(a_repeated_cookie_is_dropped)
{
	struct script_open *open = script_next(script);

	script_datagram(open);
	script_socket(open, 1, 7, TCPMEM_STATE_CLOSED); /* bound, then */
	script_socket(open, 1, 8, 1);
	script_datagram(open);
	script_socket(open, 1, 8, 1);
	script_socket(open, 1, 7, 1); /* connected */
	script_end(open, 1, NLMSG_DONE, 0);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.count, 2);
}
END_TEST

static void script_msk(struct script_open *open, uint16_t remote_port,
		       uint8_t state)
{
	struct message m;

	message_full(&m, AF_INET, state, 7);
	m.diag->id.idiag_dport = htons(remote_port);
	script_append(open, m.nlh, 1);
}

/* The kernel hands a listening msk's cookie on to those accepted from it. */
START_TEST(msks_with_one_cookie_are_all_there)
{
	struct script_open *open = script_next(script);

	script_datagram(open);
	script_msk(open, 0, TCPMEM_STATE_LISTENING);
	script_msk(open, 40000, TCPMEM_STATE_ESTABLISHED);
	script_msk(open, 40001, TCPMEM_STATE_ESTABLISHED);
	script_msk(open, 40000, TCPMEM_STATE_ESTABLISHED);
	script_end(open, 1, NLMSG_DONE, 0);
	script_error(2, NLMSG_DONE, 0);
	ck_assert_int_eq(dump(true, true), 0);
	ck_assert_uint_eq(got.count, 3);
}
END_TEST

START_TEST(no_socket_to_be_had)
{
	script_next(script)->error = -EMFILE;
	ck_assert_int_eq(dump(false, true), -EMFILE);
}
END_TEST

/* "-EAGAIN: no thread could be started": that is no answer of the kernel */
START_TEST(no_thread_to_be_had)
{
	script_next(script)->error = -EAGAIN;
	ck_assert_int_eq(dump(false, true), -EAGAIN);
	ck_assert_uint_eq(got.restarts, 0);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

static int open_pipe(void *user)
{
	int ends[2];

	(void)user;
	ck_assert_int_eq(pipe(ends), 0);
	close(ends[1]);
	return ends[0];
}

START_TEST(a_request_that_cannot_be_sent)
{
	const struct tm_diag_source source = { open_pipe, NULL };
	const struct tm_diag_request request = { .states = 1 };
	const struct tm_diag_sink sink = { .socket = on_socket };

	ck_assert_int_eq(tm_diag_dump(ctx, &source, &request, &sink, &warnings,
				      &mptcp_refused),
			 -ENOTSOCK);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diag");
	TCase *tc = tcase_create("diag");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, one_walk_asks_for_both_families);
	tcase_add_loop_test(tc, tcp_info_is_asked_for_when_it_is_wanted, 0, 2);
	tcase_add_test(tc, a_program_goes_with_the_request);
	tcase_add_loop_test(tc, a_refused_program_is_left_out, 0, 2);
	tcase_add_test(tc, the_error_in_done_is_read);
	tcase_add_test(tc, the_error_message_is_read);
	tcase_add_test(tc, an_error_message_too_short_for_its_int);
	tcase_add_loop_test(tc, a_refused_walk_is_asked_by_family, 0, 4);
	tcase_add_test(tc, msks_are_asked_for_by_family_too);
	tcase_add_loop_test(tc, an_error_by_family_is_returned, 0, 2);
	tcase_add_test(tc, an_error_behind_sockets_is_no_refusal);
	tcase_add_test(tc, an_error_for_msks_is_returned);
	tcase_add_test(tc, a_dump_that_fails_tells_nothing_of_msks);
	tcase_add_test(tc, a_kernel_without_ipv6_is_whole);
	tcase_add_test(tc, a_kernel_without_tcp_diag);
	tcase_add_test(tc, mptcp_comes_first_and_names_its_protocol);
	tcase_add_test(tc, a_kernel_without_mptcp_shows_tcp);
	tcase_add_test(tc, a_repeated_cookie_is_dropped);
	tcase_add_test(tc, msks_with_one_cookie_are_all_there);
	tcase_add_test(tc, no_socket_to_be_had);
	tcase_add_test(tc, no_thread_to_be_had);
	tcase_add_test(tc, a_request_that_cannot_be_sent);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
