// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_evidence.c - what each socket did between two snapshots */
#include "analysis/blame.h"
#include "unit.h"

#include <errno.h>
#include <linux/tcp.h>
#include <string.h>

static struct tcpmem_snapshot first, second;
static struct tm_evidence evidence;

static void open_snapshot(struct tcpmem_snapshot *snap, int64_t ns)
{
	static struct tm_netns netns[1];

	*snap = (struct tcpmem_snapshot){ .netns = netns, .netns_count = 1 };
	snap->sockets.with_info = true;
	snap->clock.boottime_ns = 1000 + ns;
	strcpy(snap->clock.boot_id, "boot-1");
}

static void setup(void)
{
	open_snapshot(&first, 0);
	open_snapshot(&second, 500000000);
	memset(&evidence, 0, sizeof(evidence));
}

static void teardown(void)
{
	tm_evidence_clear(&evidence);
	tm_socket_set_deinit(&first.sockets);
	tm_socket_set_deinit(&second.sockets);
}

static void add(struct tcpmem_snapshot *snap, uint64_t cookie, uint32_t rqueue,
		uint32_t wqueue, const struct tcp_info *counters)
{
	const struct tcpmem_socket sock = { .cookie = cookie,
					    .state = TCPMEM_STATE_ESTABLISHED,
					    .rqueue = rqueue,
					    .wqueue = wqueue };
	struct tm_info info = { .present = true };

	if (counters) {
		info.len = sizeof(*counters) < sizeof(info.bytes)
				   ? sizeof(*counters)
				   : sizeof(info.bytes);
		memcpy(info.bytes, counters, info.len);
	}
	ck_assert_int_eq(tm_socket_set_add(&snap->sockets, &sock, &info), 0);
}

/* Return: what the last of @snap's sockets did */
static const struct tm_activity *compare(const struct tcpmem_snapshot *snap,
					 const struct tcpmem_snapshot *other)
{
	tm_evidence_clear(&evidence);
	ck_assert_int_eq(tm_evidence_make(snap, other, &evidence), 0);
	ck_assert_uint_eq(evidence.count, snap->sockets.count);
	return tm_evidence_of(&evidence, evidence.count - 1);
}

/* The figures of KERNEL.md: a reader of 1 KB/s, and what feeds it. */
START_TEST(what_was_read_is_what_came_less_what_the_queue_grew_by)
{
	struct tcp_info info = { .tcpi_bytes_received = 128512 };
	const struct tm_activity *a;

	add(&first, 7, 124416, 0, &info);
	add(&second, 9, 0, 0, &info);
	add(&second, 7, 123392, 0, &info);
	for (int late = 0; late < 2; late++) {
		const struct tcpmem_socket *other =
			late ? first.sockets.sock : second.sockets.sock + 1;

		a = late ? compare(&second, &first) : compare(&first, &second);
		ck_assert_ptr_eq(a->other, other);
		ck_assert_int_eq(a->received, 0);
		ck_assert_int_eq(a->read, 1024);
		ck_assert_int_eq(tm_evidence_rate(&evidence, a->read), 2048);
	}
	a = tm_evidence_of(&evidence, 0);
	ck_assert_ptr_null(a->other);
	ck_assert_int_eq(a->read, TCPMEM_UNKNOWN);
}
END_TEST

START_TEST(what_was_written_is_what_was_taken_and_what_the_queue_grew_by)
{
	struct tcp_info info = { .tcpi_bytes_acked = 1000,
				 .tcpi_busy_time = 400000,
				 .tcpi_rwnd_limited = 100000 };
	const struct tm_activity *a;

	add(&first, 7, 0, 5000, &info);
	info.tcpi_bytes_acked = 4000;
	info.tcpi_busy_time = 900000;
	info.tcpi_rwnd_limited = 550000;
	info.tcpi_sndbuf_limited = 3;
	add(&second, 7, 0, 4500, &info);
	a = compare(&first, &second);
	ck_assert_int_eq(a->acked, 3000);
	ck_assert_int_eq(a->written, 2500);
	ck_assert_int_eq(a->busy_us, 500000);
	ck_assert_int_eq(a->rwnd_us, 450000);
	ck_assert_int_eq(a->sndbuf_us, 3);
}
END_TEST

START_TEST(what_the_kernel_did_not_report_is_unknown)
{
	struct tcp_info info = { .tcpi_bytes_received = 9,
				 .tcpi_bytes_acked = UINT64_MAX };
	const struct tm_activity *a;

	add(&first, 7, 5, 0, &info);
	add(&second, 7, 5, 0, NULL);
	a = compare(&first, &second);
	ck_assert_ptr_nonnull(a->other);
	ck_assert_int_eq(a->read, TCPMEM_UNKNOWN);
	ck_assert_int_eq(tm_evidence_rate(&evidence, a->read), TCPMEM_UNKNOWN);
	strcpy(second.clock.boot_id, "boot-2");
	a = compare(&first, &second);
	ck_assert_ptr_null(a->other);
	ck_assert_int_eq(evidence.elapsed_ns, 0);
	ck_assert_int_eq(tm_evidence_rate(&evidence, 5), TCPMEM_UNKNOWN);
}
END_TEST

START_TEST(counters_that_fall_are_unknown_and_a_race_is_0)
{
	struct tcp_info info = { .tcpi_bytes_received = 9,
				 .tcpi_bytes_acked = 9 };
	const struct tm_activity *a;

	add(&first, 7, 0, 0, &info);
	info.tcpi_bytes_acked = 8;
	add(&second, 7, 100, 0, &info);
	a = compare(&first, &second);
	ck_assert_int_eq(a->acked, TCPMEM_UNKNOWN);
	ck_assert_int_eq(a->written, TCPMEM_UNKNOWN);
	ck_assert_int_eq(a->read, 0);
}
END_TEST

/* "Of sockets that it has not, tcp_info stays unknown." */
START_TEST(tcp_info_of_those_in_question_can_be_added)
{
	struct tcp_info info = { .tcpi_bytes_received = 9 };
	int64_t value;

	first.sockets.with_info = false;
	add(&first, 7, 1, 2, NULL);
	add(&first, 8, 3, 4, NULL);
	ck_assert_int_eq(tcpmem_snapshot_add_info(&second, &first), -EINVAL);
	add(&second, 9, 0, 0, &info);
	add(&second, 8, 5, 6, &info);
	ck_assert_int_eq(tcpmem_snapshot_add_info(&first, &second), 0);
	ck_assert_uint_eq(first.sockets.count, 2);
	ck_assert_uint_eq(first.sockets.sock[0].rqueue, 1);
	ck_assert_uint_eq(first.sockets.sock[1].rqueue, 5);
	ck_assert_uint_eq(first.sockets.sock[1].wqueue, 6);
	ck_assert_int_eq(first.clock.boottime_ns, second.clock.boottime_ns);
	ck_assert_int_eq(tcpmem_socket_get_info(&first, first.sockets.sock,
						TCPMEM_INFO_BYTES_RECEIVED,
						&value),
			 -ENODATA);
	ck_assert_int_eq(tcpmem_socket_get_info(&first, first.sockets.sock + 1,
						TCPMEM_INFO_BYTES_RECEIVED,
						&value),
			 0);
	ck_assert_int_eq(value, 9);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("evidence");
	TCase *tests = tcase_create("evidence");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests,
		       what_was_read_is_what_came_less_what_the_queue_grew_by);
	tcase_add_test(
		tests,
		what_was_written_is_what_was_taken_and_what_the_queue_grew_by);
	tcase_add_test(tests, what_the_kernel_did_not_report_is_unknown);
	tcase_add_test(tests, tcp_info_of_those_in_question_can_be_added);
	tcase_add_test(tests, counters_that_fall_are_unknown_and_a_race_is_0);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
