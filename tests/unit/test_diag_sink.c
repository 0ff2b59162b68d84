// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_diag_sink.c - what a dump hands on, and who takes it ends the dump */
#include "diag_fixture.h"

static const int own_errors[] = { -EINVAL, -ENOENT, -EPERM, -EBUSY, -EAGAIN };

/* "what @sink->socket returned": errors that of the kernel mean something */
START_TEST(what_the_sink_says_is_not_the_kernels)
{
	script_two(1, 100);
	script_two(2, 200);
	got.stop = own_errors[_i];
	got.stop_after = 3;
	ck_assert_int_eq(dump_filtered("code", 4), got.stop);
	ck_assert_uint_eq(got.count, 3);
	ck_assert(!got.unfiltered);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

START_TEST(what_the_sink_says_of_msks_is_not_the_kernels)
{
	script_two(1, 100);
	got.stop = own_errors[_i];
	got.stop_after = 2;
	ck_assert_int_eq(dump(true, true), got.stop);
	ck_assert_uint_eq(got.restarts, 0);
	ck_assert(!mptcp_refused);
}
END_TEST

START_TEST(what_the_sink_says_of_ipv6_is_not_the_kernels)
{
	script_error(1, NLMSG_ERROR, -EINVAL);
	script_two(2, 100);
	script_two(3, 200);
	got.stop = own_errors[_i];
	got.stop_after = 3;
	ck_assert_int_eq(dump(false, true), got.stop);
	ck_assert_uint_eq(got.restarts, 0);
}
END_TEST

static struct {
	size_t count, msks, bytes, stop_after;
	int stop;
} seen;

static int on_message(const void *msg, size_t len, bool mptcp, void *user)
{
	const struct nlmsghdr *nlh = msg;

	(void)user;
	ck_assert_uint_eq(nlh->nlmsg_len, len);
	seen.count++;
	seen.msks += mptcp;
	seen.bytes += len;
	return seen.count == seen.stop_after ? seen.stop : 0;
}

static int dump_messages(void)
{
	const struct tm_diag_source source = { script_open_fd, script };
	const struct tm_diag_request request = {
		.states = TCPMEM_STATES_ALL,
		.mptcp = true,
		.code = "code",
		.code_len = 4,
	};
	const struct tm_diag_sink sink = {
		.message = on_message,
		.socket = on_socket,
		.restart = on_restart,
	};

	return tm_diag_dump(ctx, &source, &request, &sink, &warnings,
			    &mptcp_refused);
}

/* "also if it is malformed or a repeat" */
START_TEST(each_message_is_seen)
{
	struct script_open *open;
	struct message m;

	memset(&seen, 0, sizeof(seen));
	script_two(1, 100);
	open = script_next(script);
	script_datagram(open);
	script_socket(open, 2, 200, 1);
	script_socket(open, 2, 200, 1);
	message_full(&m, AF_UNIX, 1, 2);
	script_append(open, m.nlh, 2);
	script_end(open, 2, NLMSG_DONE, 0);
	ck_assert_int_eq(dump_messages(), 0);
	ck_assert_uint_eq(seen.count, 5);
	ck_assert_uint_eq(seen.msks, 2);
	ck_assert_uint_eq(seen.bytes, (size_t)5 * m.nlh->nlmsg_len);
	ck_assert_uint_eq(got.count, 3);
}
END_TEST

/* "Returns as @socket does", before the record is looked at: of the first
 * record too, that of an msk or of a TCP socket
 */
START_TEST(who_sees_messages_ends_the_dump)
{
	for (size_t i = 1; i <= 4; i++) {
		memset(&seen, 0, sizeof(seen));
		got.count = 0;
		script_two(1, 100);
		if (i > 2)
			script_two(2, 200);
		seen.stop = own_errors[_i];
		seen.stop_after = i;
		ck_assert_int_eq(dump_messages(), seen.stop);
		ck_assert_uint_eq(got.count, i - 1);
		ck_assert_uint_eq(got.restarts, 0);
		ck_assert(!mptcp_refused);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diag_sink");
	TCase *tc = tcase_create("diag_sink");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_the_sink_says_is_not_the_kernels, 0, 5);
	tcase_add_loop_test(tc, what_the_sink_says_of_msks_is_not_the_kernels,
			    0, 5);
	tcase_add_loop_test(tc, what_the_sink_says_of_ipv6_is_not_the_kernels,
			    0, 5);
	tcase_add_test(tc, each_message_is_seen);
	tcase_add_loop_test(tc, who_sees_messages_ends_the_dump, 0, 5);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
