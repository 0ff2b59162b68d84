// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_batches.c - what a dump brings, and the thread that receives it */
#include "base/util.h"
#include "message.h"
#include "netlink/internal.h"
#include "unit.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/time.h>
#include <unistd.h>

#define SEQ 7

#define WITHOUT_THREAD 8 /* what recv.c takes before it starts one */
#define SLOTS	       16

static struct tm_batches batches;
static int pair[2]; /* the library's end, and the kernel's */

static const struct timeval soon = { .tv_usec = 20000 };

static void setup(void)
{
	memset(&batches, 0, sizeof(batches));
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &soon,
				    sizeof(soon)),
			 0);
	ck_assert_int_eq(tm_batches_begin(&batches, pair[0], SEQ), 0);
}

static void teardown(void)
{
	tm_batches_deinit(&batches);
	close(pair[0]);
	close(pair[1]);
}

/* A message whose type and port tell it from all others */
static void say(uint16_t type, uint32_t seq, uint32_t port)
{
	const struct nlmsghdr nlh = {
		.nlmsg_len = sizeof(nlh),
		.nlmsg_type = type,
		.nlmsg_seq = seq,
		.nlmsg_pid = port,
	};

	ck_assert_int_eq(send(pair[1], &nlh, sizeof(nlh), 0), sizeof(nlh));
}

static void say_many(uint32_t from, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		say(SOCK_DIAG_BY_FAMILY, SEQ, from + i);
}

static void expect(uint32_t port)
{
	const struct nlmsghdr *nlh;
	const void *batch;

	ck_assert_int_eq(tm_batches_next(&batches, &batch), sizeof(*nlh));
	nlh = batch;
	ck_assert_uint_eq(nlh->nlmsg_pid, port);
}

static void expect_many(uint32_t from, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		expect(from + i);
}

static ssize_t next(void)
{
	const void *batch;

	return tm_batches_next(&batches, &batch);
}

/* How many datagrams nobody has taken */
static size_t left_over(void)
{
	struct nlmsghdr nlh;
	size_t count = 0;

	while (recv(pair[0], &nlh, sizeof(nlh), MSG_DONTWAIT) > 0)
		count++;
	return count;
}

/* A small dump takes no thread, a large one does: the next one, too. */
START_TEST(a_large_dump_has_a_thread)
{
	bool may = tm_thread_cpus() > 1;

	for (int time = 0; time < 4; time++) {
		say_many(0, WITHOUT_THREAD + 1);
		say(NLMSG_DONE, SEQ, 99);
		expect_many(0, WITHOUT_THREAD);
		ck_assert_ptr_null(batches.receiver);
		expect(WITHOUT_THREAD);
		ck_assert_int_eq(batches.receiver != NULL, may);
		expect(99);
		tm_batches_end(&batches);
		ck_assert_ptr_null(batches.receiver);
		ck_assert_int_eq(tm_batches_begin(&batches, pair[0], SEQ), 0);
	}
}
END_TEST

/* Behind it recv(2) would block until its timeout. */
START_TEST(nothing_is_received_behind_the_end)
{
	static const uint16_t ends[] = { NLMSG_DONE, NLMSG_ERROR };

	say_many(0, WITHOUT_THREAD + 2);
	say(ends[_i], SEQ, 99);
	say_many(100, 3);
	expect_many(0, WITHOUT_THREAD + 2);
	expect(99);
	tm_batches_end(&batches);
	ck_assert_uint_eq(left_over(), 3);
}
END_TEST

/* The end of another dump is none of this one, nor is another message. */
START_TEST(the_end_of_another_is_passed)
{
	say_many(0, WITHOUT_THREAD + 2);
	say(NLMSG_DONE, SEQ + 1, 50);
	say(NLMSG_ERROR, SEQ - 1, 51);
	say(NLMSG_NOOP, SEQ, 52);
	say_many(53, 2);
	say(NLMSG_DONE, SEQ, 99);
	expect_many(0, WITHOUT_THREAD + 2);
	expect_many(50, 5);
	expect(99);
	tm_batches_end(&batches);
	ck_assert_uint_eq(left_over(), 0);
}
END_TEST

/* Who takes all that has come waits for more, as long as recv(2) does. */
START_TEST(who_is_ahead_waits)
{
	say_many(0, WITHOUT_THREAD + 1);
	expect_many(0, WITHOUT_THREAD + 1);
	ck_assert_int_eq(next(), -EAGAIN);
	/* a thread that has ended brings no more */
	ck_assert_int_eq(next(), batches.receiver ? -ENODATA : -EAGAIN);
}
END_TEST

/* What is not taken yet is not written over, however far the thread is. */
START_TEST(who_is_ahead_of_the_taker_waits_too)
{
	uint32_t count = WITHOUT_THREAD + 3 * SLOTS;

	say_many(0, count);
	say(NLMSG_DONE, SEQ, 99);
	expect_many(0, WITHOUT_THREAD + 1);
	usleep(2000);
	for (uint32_t i = WITHOUT_THREAD + 1; i < count; i++) {
		expect(i);
		if (i % SLOTS == 0)
			usleep(1000);
	}
	expect(99);
}
END_TEST

/* The taker may leave: one that waits for room ends. */
START_TEST(a_thread_that_waits_for_room_ends)
{
	say_many(0, WITHOUT_THREAD + 1 + 2 * SLOTS);
	expect_many(0, WITHOUT_THREAD + 1);
	if (_i)
		usleep(2000);
	tm_batches_end(&batches);
	ck_assert_uint_ge(left_over(), SLOTS);
}
END_TEST

START_TEST(nothing_is_left_of_one_that_is_given_back)
{
	say_many(0, WITHOUT_THREAD + 3);
	expect_many(0, WITHOUT_THREAD + 1);
	tm_batches_deinit(&batches);
	ck_assert_ptr_null(batches.receiver);
	ck_assert_ptr_null(batches.buffer);
	/* "begin, take and end as often as wanted" */
	ck_assert_int_eq(tm_batches_begin(&batches, pair[0], SEQ), 0);
	left_over();
	say_many(5, 1);
	expect(5);
}
END_TEST

/* "more than %TM_BATCH_SIZE if it was cut", and that ends a thread */
START_TEST(a_cut_batch_is_longer_than_any)
{
	static uint8_t large[TM_BATCH_SIZE + 8];
	struct nlmsghdr nlh = {
		.nlmsg_len = TM_BATCH_SIZE,
		.nlmsg_type = NLMSG_NOOP,
	};
	uint32_t before = _i ? WITHOUT_THREAD + 1 : 0;

	memcpy(large, &nlh, sizeof(nlh));
	say_many(0, before);
	ck_assert_int_eq(send(pair[1], large, TM_BATCH_SIZE, 0), TM_BATCH_SIZE);
	/* all of it is one message */
	nlh.nlmsg_len = sizeof(large);
	memcpy(large, &nlh, sizeof(nlh));
	ck_assert_int_eq(send(pair[1], large, sizeof(large), 0), sizeof(large));
	say_many(100, 2);
	expect_many(0, before);
	ck_assert_int_eq(next(), TM_BATCH_SIZE);
	ck_assert_int_eq(next(), sizeof(large));
	tm_batches_end(&batches);
	ck_assert_uint_eq(left_over(), 2);
}
END_TEST

/* Bytes behind the last whole message: what follows is lost. */
START_TEST(a_batch_that_ends_in_the_middle_is_the_last)
{
	const struct nlmsghdr nlh = { .nlmsg_len = sizeof(nlh) + 4 };

	say_many(0, WITHOUT_THREAD + 1);
	ck_assert_int_eq(send(pair[1], &nlh, sizeof(nlh), 0), sizeof(nlh));
	say_many(100, 2);
	expect_many(0, WITHOUT_THREAD + 1);
	ck_assert_int_eq(next(), sizeof(nlh));
	tm_batches_end(&batches);
	ck_assert_uint_eq(left_over(), 2);
}
END_TEST

/* "-errno of recv(2)"; a netlink socket always has its other end */
START_TEST(errors_of_the_socket)
{
	shutdown(pair[1], SHUT_WR);
	ck_assert_int_eq(next(), -ENODATA);
	ck_assert_int_eq(tm_batches_begin(&batches, -1, SEQ), 0);
	ck_assert_int_eq(next(), -EBADF);
}
END_TEST

/* "0 if it is not from the kernel": any process may send to the port. */
START_TEST(what_others_send_is_nothing)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	const struct nlmsghdr nlh = {
		.nlmsg_len = sizeof(nlh),
		.nlmsg_type = NLMSG_DONE,
		.nlmsg_seq = SEQ,
	};
	struct sockaddr_nl to = { 0 };
	socklen_t size = sizeof(to);
	int ours =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_USERSOCK);
	int other =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_USERSOCK);

	ck_assert_int_ge(ours, 0);
	ck_assert_int_ge(other, 0);
	ck_assert_int_eq(bind(ours, (const void *)&any, sizeof(any)), 0);
	ck_assert_int_eq(bind(other, (const void *)&any, sizeof(any)), 0);
	ck_assert_int_eq(getsockname(ours, (void *)&to, &size), 0);
	setsockopt(ours, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	ck_assert_int_eq(tm_batches_begin(&batches, ours, SEQ), 0);
	for (int i = 0; i < WITHOUT_THREAD + 5; i++)
		ck_assert_int_eq(sendto(other, &nlh, sizeof(nlh), 0,
					(const void *)&to, size),
				 sizeof(nlh));
	for (int i = 0; i < WITHOUT_THREAD + 5; i++)
		ck_assert_int_eq(next(), 0);
	tm_batches_end(&batches);
	close(other);
	close(ours);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("batches");
	TCase *tc = tcase_create("batches");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_large_dump_has_a_thread);
	tcase_add_loop_test(tc, nothing_is_received_behind_the_end, 0, 2);
	tcase_add_test(tc, the_end_of_another_is_passed);
	tcase_add_test(tc, who_is_ahead_waits);
	tcase_add_test(tc, who_is_ahead_of_the_taker_waits_too);
	tcase_add_loop_test(tc, a_thread_that_waits_for_room_ends, 0, 2);
	tcase_add_test(tc, nothing_is_left_of_one_that_is_given_back);
	tcase_add_loop_test(tc, a_cut_batch_is_longer_than_any, 0, 2);
	tcase_add_test(tc, a_batch_that_ends_in_the_middle_is_the_last);
	tcase_add_test(tc, errors_of_the_socket);
	tcase_add_test(tc, what_others_send_is_nothing);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
