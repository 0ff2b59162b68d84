// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_evidence.c - what each socket did between two snapshots */
#include "analysis/blame.h"
#include "analysis/diff.h"
#include "unit.h"

#include <errno.h>
#include <linux/tcp.h>
#include <string.h>
#include <unistd.h>

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
	second.sockets.sock[1].timer = TCPMEM_TIMER_PROBE;
	second.sockets.sock[1].retrans = 3;
	ck_assert_int_eq(tcpmem_snapshot_add_info(&first, &second), 0);
	ck_assert_uint_eq(first.sockets.count, 2);
	ck_assert_uint_eq(first.sockets.sock[0].rqueue, 1);
	ck_assert_uint_eq(first.sockets.sock[1].rqueue, 5);
	ck_assert_uint_eq(first.sockets.sock[1].wqueue, 6);
	ck_assert_uint_eq(first.sockets.sock[1].timer, TCPMEM_TIMER_PROBE);
	ck_assert_uint_eq(first.sockets.sock[1].retrans, 3);
	ck_assert_uint_eq(first.sockets.sock[0].timer, 0);
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

static void all_unknown(const struct tm_activity *a)
{
	const int64_t numbers[] = {
		a->received,  a->read,	    a->written,
		a->acked,     a->busy_us,   a->rwnd_us,
		a->sndbuf_us, a->unread_ms, a->unsent_ms,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		ck_assert_msg(numbers[i] == TCPMEM_UNKNOWN, "number %zu", i);
}

/* Nothing is known of one that only one look has, and no time without queue. */
START_TEST(what_was_not_compared_is_unknown)
{
	struct tcp_info info = { .tcpi_last_data_recv = 100,
				 .tcpi_last_data_sent = 200,
				 .tcpi_last_ack_recv = 300 };
	const struct tm_activity *a;

	add(&first, 7, 5, 0, &info);
	add(&first, 8, 0, 5, &info);
	add(&first, 9, 0, 0, NULL);
	add(&second, 7, 5, 0, &info);
	add(&second, 8, 0, 5, &info);
	a = compare(&first, &second);
	ck_assert_ptr_null(a->other);
	ck_assert(!a->shut);
	all_unknown(a);
	ck_assert_int_eq(evidence.ahead_ms, 500);
	a = tm_evidence_of(&evidence, 0);
	ck_assert_int_eq(a->unread_ms, 600);
	ck_assert_int_eq(a->unsent_ms, TCPMEM_UNKNOWN);
	a = tm_evidence_of(&evidence, 1);
	ck_assert_int_eq(a->unread_ms, TCPMEM_UNKNOWN);
	/* since data was sent and since something was acknowledged: the longer
	 */
	ck_assert_int_eq(a->unsent_ms, 800);
	(void)compare(&second, &first);
	ck_assert_int_eq(evidence.ahead_ms, 0);
	ck_assert_int_eq(evidence.elapsed_ns, 500000000);
	ck_assert_int_eq(tm_evidence_of(&evidence, 0)->unread_ms, 600);
	/* neither is one of another boot */
	strcpy(second.clock.boot_id, "boot-2");
	all_unknown(compare(&first, &second));
}
END_TEST

/* Of two that are of one moment, the other one is the earlier. */
START_TEST(of_one_moment_the_other_is_the_earlier)
{
	struct tcp_info info = { .tcpi_bytes_received = 10 };

	second.clock = first.clock;
	add(&first, 7, 0, 0, &info);
	info.tcpi_bytes_received = 15;
	add(&second, 7, 0, 0, &info);
	ck_assert_int_eq(compare(&second, &first)->received, 5);
	ck_assert_int_eq(tm_evidence_rate(&evidence, 5), TCPMEM_UNKNOWN);
	ck_assert_int_eq(compare(&first, &second)->received, TCPMEM_UNKNOWN);
}
END_TEST

/* The peer's window is shut if either look has it so. */
START_TEST(a_window_is_shut_in_one_look_or_in_both)
{
	const struct tm_activity *a;

	for (int i = 0; i < 4; i++) {
		struct tcpmem_snapshot *const snaps[] = { &first, &second };

		tm_socket_set_clear(&first.sockets);
		tm_socket_set_clear(&second.sockets);
		for (int k = 0; k < 2; k++) {
			add(snaps[k], 7, 0, 0, NULL);
			if (i >> k & 1)
				snaps[k]->sockets.sock[0].timer =
					TCPMEM_TIMER_PROBE;
		}
		a = compare(&first, &second);
		ck_assert_int_eq(a->shut, i != 0);
	}
}
END_TEST

/* Each socket is found, and once: bits of them are in more words than one. */
START_TEST(each_of_many_is_found_once)
{
	struct tm_pairs pairs;

	for (uint64_t i = 1; i <= 200; i++) {
		add(&first, i / 2 + 1, 0, 0, NULL);
		add(&second, i / 2 + 1, 0, 0, NULL);
	}
	ck_assert_int_eq(tm_pairs_init(&pairs, &first, &second), 0);
	/* tm_random_seed(): "an odd number that nobody knows" */
	ck_assert_uint_eq(pairs.seed % 2, 1);
	for (size_t i = 0; i < 200; i++) {
		const struct tcpmem_socket *sock = &second.sockets.sock[i];
		const struct tcpmem_socket *found = tm_pairs_find(&pairs, sock);

		ck_assert_ptr_nonnull(found);
		ck_assert_uint_eq(found->cookie, sock->cookie);
		ck_assert(tm_pairs_met(&pairs,
				       (size_t)(found - first.sockets.sock)));
	}
	for (size_t i = 0; i < 200; i++) {
		ck_assert(tm_pairs_met(&pairs, i));
		ck_assert_ptr_null(
			tm_pairs_find(&pairs, &second.sockets.sock[i]));
	}
	tm_pairs_deinit(&pairs);
	ck_assert_int_eq(tm_pairs_init(&pairs, &first, &second), 0);
	(void)tm_pairs_find(&pairs, &second.sockets.sock[199]);
	for (size_t i = 0; i < 199; i++)
		ck_assert(!tm_pairs_met(&pairs, i));
	tm_pairs_deinit(&pairs);
}
END_TEST

/* "Where a file does not tell its boot, the addresses have to agree too." */
START_TEST(without_a_boot_each_part_of_the_addresses_agrees)
{
	struct tm_pairs pairs;
	struct tcpmem_socket *sock;

	strcpy(first.clock.boot_id, "");
	add(&first, 7, 0, 0, NULL);
	for (int i = 0; i < 5; i++) {
		tm_socket_set_clear(&second.sockets);
		add(&second, 7, 0, 0, NULL);
		sock = second.sockets.sock;
		sock->local_port = i == 1;
		sock->remote_port = i == 2;
		sock->local[15] = i == 3;
		sock->remote[15] = i == 4;
		ck_assert_int_eq(tm_pairs_init(&pairs, &first, &second), 0);
		ck_assert_int_eq(tm_pairs_find(&pairs, sock) != NULL, i == 0);
		tm_pairs_deinit(&pairs);
	}
}
END_TEST

/* A namespace whose inode a file does not tell may be any. */
START_TEST(a_namespace_that_is_not_known_may_be_the_same)
{
	static const uint64_t inodes[][2] = {
		{ 5, 5 }, { 5, 6 }, { 0, 6 }, { 5, 0 }
	};

	add(&first, 7, 0, 0, NULL);
	add(&second, 7, 0, 0, NULL);
	for (int i = 0; i < 4; i++) {
		struct tm_netns one = { .inode = inodes[i][0] };
		struct tm_netns two = { .inode = inodes[i][1] };
		struct tm_pairs pairs;

		first.netns = &one;
		second.netns = &two;
		ck_assert_int_eq(tm_pairs_init(&pairs, &first, &second), 0);
		ck_assert_int_eq(tm_pairs_find(&pairs, second.sockets.sock) !=
					 NULL,
				 i != 1);
		tm_pairs_deinit(&pairs);
	}
}
END_TEST

static void put_process(struct tcpmem_snapshot *snap, uint32_t pid,
			uint64_t start, const char *comm)
{
	struct tcpmem_process p = { .pid = pid, .start_time = start };
	uint32_t index;

	if (!snap->holders)
		ck_assert_int_eq(tm_holders_new(false, &snap->holders), 0);
	strcpy(p.comm, comm);
	ck_assert_int_eq(tm_holders_process(snap->holders, &p, &index), 0);
}

/* Two looks at @seconds by the clock since boot that the wall's has not seen */
static void look_at_clocks(struct tm_pairs *pairs, int64_t ns)
{
	first.clock.wall_ns = second.clock.wall_ns = 1000000000;
	second.clock.boottime_ns = first.clock.boottime_ns + ns;
	ck_assert_int_eq(tm_pairs_init(pairs, &first, &second), 0);
	tm_holders_free(first.holders);
	tm_holders_free(second.holders);
	first.holders = second.holders = NULL;
}

static bool is_same(const struct tm_pairs *pairs, uint64_t before,
		    uint64_t after)
{
	const struct tcpmem_process a = { .pid = 7, .start_time = before };
	const struct tcpmem_process b = { .pid = 7, .start_time = after };
	bool same = tm_pairs_same_process(pairs, &a, &b);

	/* of both or of one of them: in either order */
	ck_assert_int_eq(tm_pairs_same_process(pairs, &b, &a), same);
	return same;
}

/* "to the second": both sides of it */
START_TEST(another_clock_is_told_to_the_second)
{
	const uint64_t tick = (uint64_t)sysconf(_SC_CLK_TCK);
	const uint64_t ahead = 100 * tick;
	struct tm_pairs pairs;

	for (int i = 0; i < 4; i++) {
		/* within it, and beyond it */
		const uint64_t apart = i < 2 ? tick : tick + 1;

		put_process(&first, 1, 5000, "init");
		put_process(&second, 1,
			    i % 2 ? 5000 + ahead - apart : 5000 + ahead + apart,
			    "init");
		look_at_clocks(&pairs, 100 * INT64_C(1000000000));
		ck_assert_int_eq(pairs.skew_ns != 0, i < 2);
		ck_assert_int_eq(pairs.clock_unknown, i >= 2);
		ck_assert_int_eq(is_same(&pairs, 300, 300 + ahead), i < 2);
		ck_assert_int_eq(is_same(&pairs, 300, 300 + ahead + tick),
				 i < 2);
		ck_assert(!is_same(&pairs, 300, 301 + ahead + tick));
		ck_assert(!is_same(&pairs, 300, 299 + ahead - tick));
		ck_assert(is_same(&pairs, 300, 300));
		tm_pairs_deinit(&pairs);
	}
}
END_TEST

/* One that has the same time tells that the wall clock was set. */
START_TEST(a_process_tells_which_clock_it_is)
{
	const uint64_t ahead = 100 * (uint64_t)sysconf(_SC_CLK_TCK);
	struct tm_pairs pairs;

	/* one that has another name is none */
	put_process(&first, 1, 5000, "init");
	put_process(&second, 1, 5000 + ahead, "other");
	look_at_clocks(&pairs, 100 * INT64_C(1000000000));
	ck_assert(pairs.clock_unknown);
	ck_assert_int_eq(pairs.skew_ns, 0);
	tm_pairs_deinit(&pairs);
	put_process(&first, 1, 5000, "init");
	put_process(&first, 2, 6000, "web");
	put_process(&second, 1, 5000, "init");
	put_process(&second, 2, 6000 + ahead, "web");
	look_at_clocks(&pairs, 100 * INT64_C(1000000000));
	ck_assert(!pairs.clock_unknown);
	ck_assert_int_eq(pairs.skew_ns, 0);
	tm_pairs_deinit(&pairs);
}
END_TEST

/* Less than a second is none, and there is none where a clock is not known. */
START_TEST(a_clock_is_ahead_by_a_second_at_least)
{
	struct tm_pairs pairs;

	for (int i = 0; i < 2; i++) {
		look_at_clocks(&pairs, INT64_C(1000000000) - i);
		ck_assert_int_eq(pairs.clock_unknown, !i);
		tm_pairs_deinit(&pairs);
	}
	for (int i = 0; i < 4; i++) {
		open_snapshot(&first, 0);
		open_snapshot(&second, INT64_C(100000000000));
		first.clock.wall_ns = i == 0 ? 0 : 5;
		second.clock.wall_ns = i == 1 ? 0 : 5;
		if (i == 2)
			first.clock.boottime_ns = 0;
		if (i == 3)
			second.clock.boottime_ns = 0;
		ck_assert_int_eq(tm_pairs_init(&pairs, &first, &second), 0);
		ck_assert(!pairs.clock_unknown);
		tm_pairs_deinit(&pairs);
	}
}
END_TEST

/* Texts that differ in any byte have other hashes. */
START_TEST(a_hash_is_of_the_whole_text)
{
	char text[] = "a text of more than sixteen bytes";
	uint32_t whole = tm_hash_text(1, text);

	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		text[i] ^= 1;
		ck_assert_uint_ne(tm_hash_text(1, text), whole);
		text[i] ^= 1;
	}
	ck_assert_uint_eq(tm_hash_text(1, text), whole);
	ck_assert_uint_ne(tm_hash_text(2, text), whole);
	text[8] = '\0';
	ck_assert_uint_ne(tm_hash_text(1, text), whole);
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
	tcase_add_test(tests, what_was_not_compared_is_unknown);
	tcase_add_test(tests, of_one_moment_the_other_is_the_earlier);
	tcase_add_test(tests, a_window_is_shut_in_one_look_or_in_both);
	tcase_add_test(tests, each_of_many_is_found_once);
	tcase_add_test(tests, without_a_boot_each_part_of_the_addresses_agrees);
	tcase_add_test(tests, a_namespace_that_is_not_known_may_be_the_same);
	tcase_add_test(tests, another_clock_is_told_to_the_second);
	tcase_add_test(tests, a_process_tells_which_clock_it_is);
	tcase_add_test(tests, a_clock_is_ahead_by_a_second_at_least);
	tcase_add_test(tests, a_hash_is_of_the_whole_text);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
