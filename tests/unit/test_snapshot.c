// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_snapshot.c - what a snapshot answers, and what it does not know */
#include "model/snapshot.h"
#include "tcpmem.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

#define UNKNOWN TCPMEM_UNKNOWN

START_TEST(what_was_not_read_is_unknown)
{
	struct tm_iface iface[] = { { "eth0", 2 }, { "lo", 1 } };
	struct tm_netns netns[] = {
		{ .name = (char *)"self",
		  .inode = 7,
		  .facts = { .iface = iface, .iface_count = 2 } },
		{ .name = (char *)"blue" },
	};
	struct tcpmem_socket sock = { .ifindex = 2 };
	struct tm_warning warning = { .code = TCPMEM_WARNING_KTLS,
				      .text = (char *)"why" };
	struct tcpmem_snapshot snap = { .netns = netns, .netns_count = 2 };
	enum tcpmem_object_source source = TCPMEM_OBJECT_SOURCE_DEFAULT;
	enum tcpmem_warning_code code = TCPMEM_WARNING_NETNS_SCOPE;
	int64_t value;

	ck_assert_int_eq(tcpmem_snapshot_get_time_ns(&snap), UNKNOWN);
	ck_assert_str_eq(tcpmem_snapshot_get_boot(&snap, &value), "");
	ck_assert_int_eq(value, UNKNOWN);
	snap.clock = (struct tm_clock){ 5, 6, "boot" };
	ck_assert_int_eq(tcpmem_snapshot_get_time_ns(&snap), 5);
	ck_assert_str_eq(tcpmem_snapshot_get_boot(&snap, &value), "boot");
	ck_assert_int_eq(value, 6);
	ck_assert_str_eq(tcpmem_snapshot_get_netns(&snap, 0, &value), "self");
	ck_assert_int_eq(value, 7);
	ck_assert_str_eq(tcpmem_snapshot_get_netns(&snap, 1, &value), "blue");
	ck_assert_int_eq(value, UNKNOWN);
	ck_assert_str_eq(tcpmem_snapshot_get_netns(&snap, 1, NULL), "blue");
	ck_assert_uint_eq(tcpmem_snapshot_get_netns_count(&snap), 2);
	ck_assert_str_eq(tcpmem_socket_get_interface(&snap, &sock), "eth0");
	sock.ifindex = 1;
	ck_assert_str_eq(tcpmem_socket_get_interface(&snap, &sock), "lo");
	sock.ifindex = 3;
	ck_assert_ptr_null(tcpmem_socket_get_interface(&snap, &sock));
	sock.ifindex = 0;
	iface[1].index = 0;
	ck_assert_ptr_null(tcpmem_socket_get_interface(&snap, &sock));
	sock.ifindex = 2;
	sock.netns = 1;
	ck_assert_ptr_null(tcpmem_socket_get_interface(&snap, &sock));
	sock.netns = 2;
	ck_assert_ptr_null(tcpmem_socket_get_interface(&snap, &sock));
	snap.objects.bytes[1] = 77;
	snap.objects.source[1] = TCPMEM_OBJECT_SOURCE_BTF;
	ck_assert_uint_eq(tcpmem_snapshot_get_object(
				  &snap, (enum tcpmem_object)1, &source),
			  77);
	ck_assert_int_eq(source, TCPMEM_OBJECT_SOURCE_BTF);
	ck_assert_uint_eq(
		tcpmem_snapshot_get_object(&snap, (enum tcpmem_object)1, NULL),
		77);
	ck_assert_ptr_null(tcpmem_snapshot_get_warning(&snap, 0, &code));
	snap.warnings = (struct tm_warnings){ &warning, 1, 1 };
	ck_assert_str_eq(tcpmem_snapshot_get_warning(&snap, 0, &code), "why");
	ck_assert_int_eq(code, TCPMEM_WARNING_KTLS);
	ck_assert_str_eq(tcpmem_snapshot_get_warning(&snap, 0, NULL), "why");
	ck_assert_ptr_null(tcpmem_snapshot_get_warning(&snap, 1, &code));
	tcpmem_snapshot_free(NULL);
}
END_TEST

static int get_metric(const struct tcpmem_snapshot *snap, int which,
		      int64_t *value)
{
	return tcpmem_snapshot_get_host_metric(
		snap, (enum tcpmem_host_metric)which, value);
}

/* "TIME_WAIT of all": not where a namespace may be missing */
START_TEST(metrics_of_the_host)
{
	struct tm_warning warning = { .code = TCPMEM_WARNING_NETNS_DENIED,
				      .text = (char *)"why" };
	struct tcpmem_snapshot snap = { .netns_count = 0 };
	int64_t value = 0;

	ck_assert_int_eq(get_metric(&snap, TCPMEM_HOST_METRIC_COUNT, &value),
			 -ENODATA);
	for (int i = 0; i < TCPMEM_HOST_METRIC_COUNT; i++) {
		ck_assert_int_eq(get_metric(&snap, i, &value), -ENODATA);
		snap.host.known[i] = true;
		snap.host.fact[i] = 100 + i;
	}
	for (int missing = 0; missing < 2; missing++) {
		for (int i = 0; i < TCPMEM_HOST_METRIC_COUNT; i++) {
			bool hidden = missing &&
				      i == TCPMEM_HOST_METRIC_TIME_WAIT_ALL;

			ck_assert_int_eq(get_metric(&snap, i, &value),
					 hidden ? -ENODATA : 0);
			if (!hidden)
				ck_assert_int_eq(value, 100 + i);
		}
		snap.warnings = (struct tm_warnings){ &warning, 1, 1 };
	}
}
END_TEST

/* "%TM_FACT_MAX at most; 0 if the number of CPUs is unknown" */
START_TEST(things_of_each_cpu)
{
	struct tcpmem_snapshot snap = { .netns_count = 0 };
	struct tm_host *host = &snap.host;

	ck_assert_int_eq(tm_host_per_cpu(host, 3, 5), 0);
	host->fact[TCPMEM_HOST_METRIC_CPUS] = 4;
	ck_assert_int_eq(tm_host_per_cpu(host, 3, 5), 60);
	ck_assert_int_eq(tm_host_per_cpu(host, 1, TM_FACT_MAX / 4),
			 TM_FACT_MAX);
	ck_assert_int_eq(tm_host_per_cpu(host, 1, TM_FACT_MAX / 4 - 1),
			 TM_FACT_MAX - 4);
	ck_assert_int_eq(tm_host_per_cpu(host, 1, TM_FACT_MAX / 4 + 1),
			 TM_FACT_MAX);
	ck_assert_int_eq(tm_host_per_cpu(host, 1, INT64_MAX / 2), TM_FACT_MAX);
	ck_assert_int_eq(tm_host_per_cpu(host, INT64_MAX / 2, 3), TM_FACT_MAX);
	/* a MiB of each CPU is usual, where none is told */
	ck_assert_int_eq(tm_snapshot_tolerance(&snap), 4 << 20);
	host->known[TCPMEM_HOST_METRIC_PCPU_RESERVE] = true;
	host->fact[TCPMEM_HOST_METRIC_PCPU_RESERVE] = 7;
	ck_assert_int_eq(tm_snapshot_tolerance(&snap), 28);
}
END_TEST

static void expect_metric(const struct tcpmem_snapshot *snap,
			  enum tcpmem_host_metric which, int64_t expected)
{
	int64_t value = UNKNOWN;

	ck_assert_int_eq(get_metric(snap, which, &value),
			 expected == UNKNOWN ? -ENODATA : 0);
	ck_assert_int_eq(value, expected);
	ck_assert(snap->host.known[which] || !snap->host.fact[which]);
}

/* Two namespaces, and the number of the one that is nearer to its limit */
START_TEST(the_namespace_nearest_to_its_limit)
{
	static const struct {
		int64_t time_wait[2], max[2];
		bool own[2];
		int nearer;
	} cases[] = {
		{ { 5, 6 }, { 10, 12 }, { false, false }, 1 }, /* more */
		{ { 6, 5 }, { 12, 10 }, { false, false }, 0 },
		{ { 5, 6 }, { 10, 12 }, { true, false }, 0 }, /* own */
		{ { 6, 5 }, { 12, 10 }, { false, true }, 1 },
		{ { 5, 6 }, { 10, 13 }, { false, false }, 0 }, /* nearer */
		{ { 5, 6 }, { 11, 12 }, { true, false }, 1 },
		{ { 5, 5 }, { 10, 10 }, { false, false }, 0 }, /* the first */
		{ { 5, 6 }, { UNKNOWN, UNKNOWN }, { false, false }, 1 },
		{ { 6, 5 }, { UNKNOWN, UNKNOWN }, { false, true }, 0 },
		{ { 9, 1 }, { UNKNOWN, 100 }, { true, false }, 1 },
		{ { 1, 9 }, { 100, UNKNOWN }, { false, true }, 0 },
		{ { UNKNOWN, 1 }, { 100, 100 }, { true, false }, 1 },
		{ { 1, UNKNOWN }, { 100, 100 }, { false, true }, 0 },
		{ { 0, UNKNOWN }, { 100, UNKNOWN }, { false, true }, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tm_netns netns[2] = { { .inode = 1 }, { .inode = 2 } };
		struct tcpmem_snapshot snap = { .netns = netns,
						.netns_count = 2 };
		int nearer = cases[i].nearer;
		bool known = true;

		for (int k = 0; k < 2; k++) {
			netns[k].time_wait = cases[i].time_wait[k];
			netns[k].time_wait_max = cases[i].max[k];
			netns[k].own = cases[i].own[k];
			netns[k].fin_wait_2 = 20 + k;
			known = known && netns[k].time_wait != UNKNOWN;
		}
		tm_snapshot_find_time_wait(&snap);
		expect_metric(&snap, TCPMEM_HOST_METRIC_TIME_WAIT_NETNS,
			      nearer);
		expect_metric(&snap, TCPMEM_HOST_METRIC_TIME_WAIT,
			      cases[i].time_wait[nearer]);
		expect_metric(&snap, TCPMEM_HOST_METRIC_TIME_WAIT_MAX,
			      cases[i].max[nearer]);
		expect_metric(&snap, TCPMEM_HOST_METRIC_FIN_WAIT_2,
			      20 + nearer);
		expect_metric(&snap, TCPMEM_HOST_METRIC_TIME_WAIT_ALL,
			      known ? cases[i].time_wait[0] +
					      cases[i].time_wait[1]
				    : UNKNOWN);
	}
}
END_TEST

/* "A file that does not say them of each has those of the namespace that was
 * its writer's own" */
START_TEST(time_wait_of_a_file_is_its_writers)
{
	struct tm_netns netns[2] = {
		{ .time_wait = UNKNOWN, .time_wait_max = UNKNOWN },
		{ .time_wait = UNKNOWN, .time_wait_max = UNKNOWN },
	};
	struct tcpmem_snapshot snap = { .netns = netns, .netns_count = 2 };
	struct tm_host *host = &snap.host;

	for (int own = 0; own < 2; own++) {
		host->known[TCPMEM_HOST_METRIC_TIME_WAIT] = true;
		host->fact[TCPMEM_HOST_METRIC_TIME_WAIT] = 5;
		host->known[TCPMEM_HOST_METRIC_TIME_WAIT_MAX] = true;
		host->fact[TCPMEM_HOST_METRIC_TIME_WAIT_MAX] = 6;
		host->known[TCPMEM_HOST_METRIC_FIN_WAIT_2] = true;
		netns[1].own = own;
		tm_snapshot_find_time_wait(&snap);
		expect_metric(&snap, TCPMEM_HOST_METRIC_TIME_WAIT,
			      own ? 5 : UNKNOWN);
		expect_metric(&snap, TCPMEM_HOST_METRIC_TIME_WAIT_MAX,
			      own ? 6 : UNKNOWN);
		expect_metric(&snap, TCPMEM_HOST_METRIC_TIME_WAIT_NETNS,
			      own ? 1 : UNKNOWN);
		expect_metric(&snap, TCPMEM_HOST_METRIC_TIME_WAIT_ALL, UNKNOWN);
		expect_metric(&snap, TCPMEM_HOST_METRIC_FIN_WAIT_2, UNKNOWN);
	}
	/* sums that no number holds */
	netns[0].time_wait = INT64_MAX - 1;
	netns[1].time_wait = 2;
	tm_snapshot_find_time_wait(&snap);
	expect_metric(&snap, TCPMEM_HOST_METRIC_TIME_WAIT_ALL, UNKNOWN);
	netns[1].time_wait = 0;
	tm_snapshot_find_time_wait(&snap);
	expect_metric(&snap, TCPMEM_HOST_METRIC_TIME_WAIT_ALL, INT64_MAX - 1);
	snap.netns_count = 0;
	tm_snapshot_find_time_wait(&snap);
	expect_metric(&snap, TCPMEM_HOST_METRIC_TIME_WAIT_ALL, UNKNOWN);
	expect_metric(&snap, TCPMEM_HOST_METRIC_TIME_WAIT, UNKNOWN);
}
END_TEST

/* "those without a connection that do not listen are not counted" */
START_TEST(limits_that_a_namespace_lacks)
{
	static struct tm_limits limits;
	struct tm_netns netns[2] = { { .limits = &limits }, { .inode = 2 } };
	struct tcpmem_socket sock = { .state = TCPMEM_STATE_ESTABLISHED };
	struct tcpmem_snapshot snap = {
		.netns = netns,
		.netns_count = 2,
		.sockets = { .sock = &sock, .count = 1 },
	};

	tm_limits_init(&limits);
	limits.limit[3].known = true;
	ck_assert(!tm_snapshot_lacks_limit(&snap, SIZE_MAX));
	ck_assert(!tm_snapshot_lacks_limit(&snap, 3));
	ck_assert(tm_snapshot_lacks_limit(&snap, 4));
	sock.netns = 1;
	ck_assert(tm_snapshot_lacks_limit(&snap, SIZE_MAX));
	ck_assert(tm_snapshot_lacks_limit(&snap, 3));
	sock.state = TCPMEM_STATE_CLOSED;
	ck_assert(!tm_snapshot_lacks_limit(&snap, SIZE_MAX));
	sock.state = TCPMEM_STATE_BOUND_INACTIVE;
	ck_assert(!tm_snapshot_lacks_limit(&snap, 3));
	sock.state = TCPMEM_STATE_LISTENING;
	ck_assert(tm_snapshot_lacks_limit(&snap, 3));
	snap.sockets.count = 0;
	ck_assert(!tm_snapshot_lacks_limit(&snap, 3));
}
END_TEST

START_TEST(details_of_a_process)
{
	struct tm_process_metadata place[2] = {
		TM_PROCESS_METADATA_NONE,
		{ .parent = 5, .rss = 6, .fds = 7, .fds_max = 8 },
	};
	struct tcpmem_process_details details = { .size = sizeof(details) };
	struct tcpmem_process_details small = { .size = sizeof(small) - 1 };
	struct tcpmem_process process = { .pid = 1 };
	struct tcpmem_snapshot snap = { .netns_count = 0 };
	struct tm_metadata *metadata = &snap.metadata;
	uint32_t index;

	ck_assert_int_eq(tm_holders_new(false, &snap.holders), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
			tm_holders_process(snap.holders, &process, &index), 0);
	ck_assert_int_eq(
		tm_blobs_intern(&metadata->texts, "a b", 3, &place[1].cmdline),
		0);
	ck_assert_int_eq(
		tm_blobs_intern(&metadata->texts, "/a", 2, &place[1].program),
		0);
	ck_assert_int_eq(
		tm_blobs_intern(&metadata->texts, "/c", 2, &place[1].cgroup),
		0);
	for (int i = 0; i < 3; i++) {
		const struct tcpmem_process *of =
			tm_holders_get_process(snap.holders, i == 1 ? 0 : 1);
		bool known = i == 2;

		/* of none anything was read; then of each */
		metadata->process = i ? place : NULL;
		metadata->process_count = i ? 2 : 0;
		ck_assert_int_eq(
			tcpmem_process_get_details(&snap, of, &details), 0);
		ck_assert_uint_eq(details.size, sizeof(details));
		ck_assert_int_eq(details.parent, known ? 5 : UNKNOWN);
		ck_assert_int_eq(details.rss, known ? 6 : UNKNOWN);
		ck_assert_int_eq(details.fds, known ? 7 : UNKNOWN);
		ck_assert_int_eq(details.fds_max, known ? 8 : UNKNOWN);
		ck_assert_int_eq(details.cmdline != NULL, known);
		ck_assert_int_eq(details.program != NULL, known);
		ck_assert_int_eq(details.cgroup != NULL, known);
	}
	ck_assert_str_eq(details.cmdline, "a b");
	ck_assert_str_eq(details.program, "/a");
	ck_assert_str_eq(details.cgroup, "/c");
	ck_assert_int_eq(
		tcpmem_process_get_details(
			&snap, tm_holders_get_process(snap.holders, 0), &small),
		-EINVAL);
	metadata->process = NULL;
	tm_metadata_deinit(metadata);
	tm_holders_free(snap.holders);
}
END_TEST

START_TEST(the_past_of_a_socket)
{
	const struct tcpmem_process one = { .pid = 1 }, two = { .pid = 2 };
	struct tcpmem_socket sock[4] = { { .inode = 0 } };
	struct tcpmem_past past = { .size = sizeof(past) };
	struct tcpmem_past small = { .size = sizeof(small) - 1 };
	struct tcpmem_snapshot snap = {
		.sockets = { .sock = sock, .count = 4 },
	};

	ck_assert_int_eq(tcpmem_socket_get_past(&snap, sock, &small), -EINVAL);
	ck_assert_int_eq(tcpmem_socket_get_past(&snap, sock, &past), -ENODATA);
	ck_assert_int_eq(tm_past_init(&snap.past, 3), 0);
	ck_assert_int_eq(tcpmem_socket_get_past(&snap, sock, &past), -ENODATA);
	ck_assert_int_eq(tcpmem_socket_get_past(&snap, &sock[3], &past),
			 -ENODATA);
	ck_assert_int_eq(tm_past_set(&snap.past, 1, &one, TM_PAST_EVENT), 0);
	ck_assert_int_eq(tm_past_set_creator(&snap.past, 2, &two), 0);
	snap.past.owner[0].gone = true;
	ck_assert_int_eq(tcpmem_socket_get_past(&snap, &sock[1], &past), 0);
	ck_assert_uint_eq(past.size, sizeof(past));
	ck_assert_uint_eq(tcpmem_process_get_pid(past.process), 1);
	ck_assert_ptr_null(past.creator);
	ck_assert_ptr_null(past.cgroup);
	ck_assert_str_eq(past.source, "event");
	ck_assert_int_eq(past.age_us, UNKNOWN);
	ck_assert(past.gone);
	ck_assert_int_eq(tcpmem_socket_get_past(&snap, &sock[2], &past), 0);
	ck_assert_uint_eq(tcpmem_process_get_pid(past.creator), 2);
	ck_assert_ptr_null(past.process);
	ck_assert_ptr_null(past.source);
	ck_assert(!past.gone);
	/* where it was, and how long ago */
	snap.past.ref[1].aged = true;
	snap.past.ref[1].age_us = 77;
	snap.past.ref[1].cgroup_id = 9;
	ck_assert_int_eq(tcpmem_socket_get_past(&snap, &sock[1], &past), 0);
	ck_assert_int_eq(past.age_us, 77);
	ck_assert_ptr_null(past.cgroup);
	ck_assert_int_eq(tm_metadata_want(&snap.metadata, 9), 0);
	ck_assert_int_eq(tcpmem_socket_get_past(&snap, &sock[1], &past), 0);
	ck_assert_ptr_null(past.cgroup);
	ck_assert_int_eq(
		tm_blobs_intern(&snap.metadata.texts, "/c", 2,
				&tm_metadata_find(&snap.metadata, 9)->path),
		0);
	ck_assert_int_eq(tcpmem_socket_get_past(&snap, &sock[1], &past), 0);
	ck_assert_str_eq(past.cgroup, "/c");
	tm_past_deinit(&snap.past);
	tm_metadata_deinit(&snap.metadata);
}
END_TEST

/* States that were asked for, without those that a file lacks */
START_TEST(states_and_what_was_not_seen)
{
	struct tm_warning warning[2] = {
		{ .code = TCPMEM_WARNING_CAPTURE_SCOPE,
		  .text = (char *)"scope" },
		{ .code = TCPMEM_WARNING_COUNTERS_MISSING,
		  .text = (char *)"counters" },
	};
	struct tcpmem_socket sock = { .kind = TCPMEM_KIND_PROCESS };
	struct tcpmem_snapshot snap = {
		.sockets = { .sock = &sock, .count = 1 },
	};

	ck_assert_uint_eq(tcpmem_snapshot_get_states(&snap), TCPMEM_STATES_ALL);
	ck_assert(tcpmem_snapshot_is_complete(&snap));
	snap.selected = true;
	ck_assert_uint_eq(tcpmem_snapshot_get_states(&snap), 0);
	snap.states = 0x6;
	ck_assert_uint_eq(tcpmem_snapshot_get_states(&snap), 0x6);
	snap.lacks_states = 0x4;
	ck_assert_uint_eq(tcpmem_snapshot_get_states(&snap), 0x2);
	snap.warnings = (struct tm_warnings){ warning, 1, 1 };
	ck_assert_str_eq(tcpmem_snapshot_get_unseen(&snap, 0), "scope");
	snap.lacks_states = 0;
	ck_assert_ptr_null(tcpmem_snapshot_get_unseen(&snap, 0));
	ck_assert_ptr_null(
		tcpmem_snapshot_get_unseen(&snap, TCPMEM_NEED_HOLDERS));
	ck_assert(!tcpmem_snapshot_is_complete(&snap));
	sock.kind = TCPMEM_KIND_HIDDEN;
	ck_assert_str_eq(tcpmem_snapshot_get_unseen(&snap, TCPMEM_NEED_HOLDERS),
			 "scope");
	sock.kind = TCPMEM_KIND_UNKNOWN;
	ck_assert_str_eq(tcpmem_snapshot_get_unseen(&snap, TCPMEM_NEED_HOLDERS),
			 "scope");
	sock.kind = TCPMEM_KIND_ORPHAN;
	ck_assert_ptr_null(
		tcpmem_snapshot_get_unseen(&snap, TCPMEM_NEED_HOLDERS));
	snap.warnings.count = 2;
	ck_assert_ptr_null(
		tcpmem_snapshot_get_unseen(&snap, TCPMEM_NEED_HOLDERS));
	ck_assert_str_eq(tcpmem_snapshot_get_unseen(&snap, TCPMEM_NEED_INFO),
			 "counters");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("snapshot");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, what_was_not_read_is_unknown);
	tcase_add_test(tc, metrics_of_the_host);
	tcase_add_test(tc, things_of_each_cpu);
	tcase_add_test(tc, the_namespace_nearest_to_its_limit);
	tcase_add_test(tc, time_wait_of_a_file_is_its_writers);
	tcase_add_test(tc, limits_that_a_namespace_lacks);
	tcase_add_test(tc, details_of_a_process);
	tcase_add_test(tc, the_past_of_a_socket);
	tcase_add_test(tc, states_and_what_was_not_seen);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
