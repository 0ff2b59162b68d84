// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_load.c - a file answers as the kernel would have */
#include "capture_fixture.h"

#include "message.h"
#include "tcpmem.h"
#include "unit.h"

#include <errno.h>
#include <linux/tcp.h>

#define INODE_WEB   4711
#define INODE_CHILD 0

static struct tm_capture_writer writer;
static int file;
static bool want_info;

static void setup(void)
{
	want_info = false;
}

static void begin_scope(struct tm_capture_scope scope)
{
	const struct tm_clock clock = { .wall_ns = 1700000000000000000 };
	const struct tm_netns self = { .inode = 4026531840, .name = "self" };
	const struct tm_netns blue = { .inode = 4026532000, .name = "blue" };

	file = memory_file("", 0);
	ck_assert_int_eq(tm_capture_create(file, &writer), 0);
	ck_assert_int_eq(tm_capture_put_clock(&writer, &clock), 0);
	ck_assert_int_eq(tm_capture_put_scope(&writer, &scope), 0);
	ck_assert_int_eq(tm_capture_put_netns(&writer, 0, &self), 0);
	ck_assert_int_eq(tm_capture_put_netns(&writer, 1, &blue), 0);
}

static void begin(uint32_t states, bool holders)
{
	begin_scope((struct tm_capture_scope){ .states = states,
					       .holders = holders });
}

static void put(uint32_t netns, enum tm_capture_role role,
		const struct message *m)
{
	const struct tm_capture_message message = {
		.data = m->buf,
		.len = m->nlh->nlmsg_len,
		.netns = netns,
		.role = role,
	};

	ck_assert_int_eq(tm_capture_put_message(&writer, &message, 0), 0);
}

static void put_socket(uint8_t state, uint64_t cookie, uint32_t inode)
{
	struct message m;

	message_full(&m, AF_INET, state, cookie);
	m.diag->idiag_inode = inode;
	put(0, TM_CAPTURE_SOCKETS, &m);
}

static void put_web_process(bool complete)
{
	const struct tcpmem_process web = { .pid = 80,
					    .start_time = 5,
					    .comm = "web" };
	const struct tm_metadata metadata = { 0 };
	struct tm_holders *holders;
	uint32_t index;

	ck_assert_int_eq(tm_holders_new(false, &holders), 0);
	ck_assert_int_eq(tm_holders_process(holders, &web, &index), 0);
	ck_assert_int_eq(tm_holders_add(holders, INODE_WEB, index), 0);
	ck_assert_int_eq(tm_holders_finish(holders), 0);
	ck_assert_int_eq(tm_capture_put_processes(&writer, holders, &metadata),
			 0);
	ck_assert_int_eq(
		tm_capture_put_holders(&writer, holders, complete, false), 0);
	tm_holders_free(holders);
}

static void set_filter(struct tcpmem_query *query, const char *text)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter;

	ck_assert_int_eq(tcpmem_filter_parse(text, &error, &filter), 0);
	ck_assert_int_eq(tcpmem_query_set_filter(query, filter), 0);
	tcpmem_filter_free(filter);
}

static struct tcpmem_snapshot *load_filtered(uint32_t states, bool holders,
					     const char *filter)
{
	struct tcpmem_capture_error error = { .size = sizeof(error) };
	struct tcpmem_snapshot *snap = NULL;
	struct tcpmem_query *query;
	struct tcpmem_ctx *ctx;
	uint32_t needs;
	int ret;

	ck_assert_int_eq(tm_capture_finish(&writer), 0);
	tm_capture_close(&writer);
	ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tcpmem_query_new(&query), 0);
	ck_assert_int_eq(tcpmem_query_set_states(query, states), 0);
	needs = (holders ? TCPMEM_NEED_HOLDERS : 0) |
		(want_info ? TCPMEM_NEED_INFO : 0);
	ck_assert_int_eq(tcpmem_query_require(query, needs), 0);
	set_filter(query, filter);
	ret = tcpmem_snapshot_load_fd(ctx, query, file, 0, &error, &snap);
	ck_assert_msg(ret == 0, "%d: %s", ret, error.text);
	close(file);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	return snap;
}

static struct tcpmem_snapshot *load(uint32_t states, bool holders)
{
	return load_filtered(states, holders, "");
}

static enum tcpmem_kind kind_of(const struct tcpmem_snapshot *snap, size_t i)
{
	return tcpmem_socket_get_kind(tcpmem_snapshot_get_socket(snap, i));
}

/* Two listeners at one port, one of them elsewhere; one connection waits. */
static void put_unaccepted(void)
{
	struct message listener;

	message_full(&listener, AF_INET, TCPMEM_STATE_LISTENING, 1);
	listener.diag->id.idiag_dport = 0;
	listener.diag->idiag_inode = 99;
	put(1, TM_CAPTURE_LISTENERS, &listener);
	listener.diag->id.idiag_cookie[0] = 2;
	listener.diag->idiag_inode = INODE_WEB;
	put(0, TM_CAPTURE_LISTENERS, &listener);
	put_socket(TCPMEM_STATE_ESTABLISHED, 3, INODE_CHILD);
}

START_TEST(sockets_get_holders_and_kinds)
{
	struct tcpmem_snapshot *snap;

	begin(TCPMEM_STATES_ALL, true);
	put_unaccepted();
	put_socket(TCPMEM_STATE_ESTABLISHED, 4, INODE_WEB);
	put_socket(TCPMEM_STATE_FIN_WAIT_1, 5, 0);
	put_socket(TCPMEM_STATE_ESTABLISHED, 6, 12345);
	put_web_process(true);
	snap = load(TCPMEM_STATES_ALL, true);
	ck_assert(!tm_snapshot_is_part(snap));
	ck_assert_uint_eq(tcpmem_snapshot_get_socket_count(snap), 4);
	ck_assert_int_eq(kind_of(snap, 0), TCPMEM_KIND_UNACCEPTED);
	ck_assert_int_eq(kind_of(snap, 1), TCPMEM_KIND_PROCESS);
	ck_assert_int_eq(kind_of(snap, 2), TCPMEM_KIND_ORPHAN);
	ck_assert_int_eq(kind_of(snap, 3), TCPMEM_KIND_IN_FLIGHT);
	for (size_t i = 0; i < 2; i++) {
		const struct tcpmem_socket *sock =
			tcpmem_snapshot_get_socket(snap, i);

		ck_assert_uint_eq(tcpmem_snapshot_get_holder_count(snap, sock),
				  1);
		ck_assert_str_eq(
			tcpmem_process_get_comm(
				tcpmem_snapshot_get_holder(snap, sock, 0)),
			"web");
	}
	ck_assert_int_eq(tcpmem_snapshot_get_time_ns(snap),
			 1700000000000000000);
	ck_assert(tcpmem_snapshot_is_complete(snap));
	tcpmem_snapshot_free(snap);
}
END_TEST

/* Where not all could be read, a stranger's socket is hidden, as live. */
START_TEST(an_incomplete_scan_stays_incomplete)
{
	struct tcpmem_snapshot *snap;

	begin(TCPMEM_STATES_ALL, true);
	put_socket(TCPMEM_STATE_ESTABLISHED, 6, 12345);
	put_web_process(false);
	snap = load(TCPMEM_STATES_ALL, true);
	ck_assert_int_eq(kind_of(snap, 0), TCPMEM_KIND_HIDDEN);
	tcpmem_snapshot_free(snap);
}
END_TEST

/* "each cookie once", and "all that came is void" */
START_TEST(repeats_and_what_is_void_do_not_count)
{
	struct tcpmem_snapshot *snap;

	begin(TCPMEM_STATES_ALL, false);
	put_socket(TCPMEM_STATE_ESTABLISHED, 1, 10);
	put_socket(TCPMEM_STATE_ESTABLISHED, 2, 11);
	ck_assert_int_eq(tm_capture_put_restart(&writer), 0);
	put_socket(TCPMEM_STATE_CLOSE_WAIT, 1, 10);
	put_socket(TCPMEM_STATE_CLOSE_WAIT, 1, 10);
	snap = load(TCPMEM_STATES_ALL, false);
	ck_assert_uint_eq(tcpmem_snapshot_get_socket_count(snap), 1);
	ck_assert_int_eq(
		tcpmem_socket_get_state(tcpmem_snapshot_get_socket(snap, 0)),
		TCPMEM_STATE_CLOSE_WAIT);
	ck_assert_int_eq(kind_of(snap, 0), TCPMEM_KIND_UNKNOWN);
	tcpmem_snapshot_free(snap);
}
END_TEST

static enum tcpmem_warning_code
first_warning(const struct tcpmem_snapshot *snap)
{
	enum tcpmem_warning_code code;

	ck_assert_ptr_nonnull(tcpmem_snapshot_get_warning(snap, 0, &code));
	return code;
}

static void assert_one_warning(const struct tcpmem_snapshot *snap,
			       enum tcpmem_warning_code code, const char *text)
{
	ck_assert_ptr_null(tcpmem_snapshot_get_warning(snap, 1, NULL));
	ck_assert_int_eq(first_warning(snap), code);
	ck_assert_str_eq(tcpmem_snapshot_get_warning(snap, 0, NULL), text);
	ck_assert(!tcpmem_snapshot_is_complete(snap));
}

/* "what it lacks of that is a warning"; what was not asked for is left out */
START_TEST(the_query_chooses_among_what_was_captured)
{
	const uint32_t listening = 1u << TCPMEM_STATE_LISTENING;
	struct tcpmem_snapshot *snap;

	begin(TCPMEM_STATES_ALL, true);
	put_socket(TCPMEM_STATE_ESTABLISHED, 1, INODE_WEB);
	put_socket(TCPMEM_STATE_LISTENING, 2, INODE_WEB);
	put_web_process(true);
	snap = load(listening, false);
	ck_assert_uint_eq(tcpmem_snapshot_get_socket_count(snap), 1);
	ck_assert_int_eq(kind_of(snap, 0), TCPMEM_KIND_UNKNOWN);
	ck_assert(tcpmem_snapshot_is_complete(snap));
	ck_assert_uint_eq(tcpmem_snapshot_get_states(snap), listening);
	tcpmem_snapshot_free(snap);
	begin(TCPMEM_STATES_ALL, true);
	snap = load_filtered(listening, false, "state established");
	ck_assert_uint_eq(tcpmem_snapshot_get_states(snap), 0);
	tcpmem_snapshot_free(snap);
	begin(listening, true);
	put_web_process(true);
	snap = load(TCPMEM_STATES_ALL, true);
	ck_assert_uint_eq(tcpmem_snapshot_get_states(snap), listening);
	assert_one_warning(snap, TCPMEM_WARNING_CAPTURE_SCOPE,
			   "the capture was asked for some states only; "
			   "sockets in others are not counted");
	tcpmem_snapshot_free(snap);
	begin(TCPMEM_STATES_ALL, false);
	snap = load(TCPMEM_STATES_ALL, true);
	assert_one_warning(snap, TCPMEM_WARNING_CAPTURE_SCOPE,
			   "the capture was not asked for processes");
	tcpmem_snapshot_free(snap);
}
END_TEST

/* "Processes are looked up if the filter needs them" */
START_TEST(a_filter_chooses)
{
	struct tcpmem_snapshot *snap;

	begin(TCPMEM_STATES_ALL, true);
	put_unaccepted();
	put_socket(TCPMEM_STATE_ESTABLISHED, 4, INODE_WEB);
	put_socket(TCPMEM_STATE_FIN_WAIT_1, 5, 0);
	put_web_process(true);
	snap = load_filtered(TCPMEM_STATES_ALL, false,
			     "comm = web and not kind = unaccepted");
	ck_assert_uint_eq(tcpmem_snapshot_get_socket_count(snap), 1);
	ck_assert_uint_eq(
		tcpmem_socket_get_cookie(tcpmem_snapshot_get_socket(snap, 0)),
		4);
	ck_assert(tcpmem_snapshot_is_complete(snap));
	/* the kernel's own counts are of more, and all was added up */
	ck_assert(tm_snapshot_is_part(snap));
	ck_assert(!snap->accounting.narrowed);
	tcpmem_snapshot_free(snap);
}
END_TEST

/* "whether sockets are left out before they are added up" */
START_TEST(what_a_filter_leaves_out_is_in_no_sum)
{
	static const char *const filters[] = { "sport = :1",
					       "state listening" };

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct tcpmem_snapshot *snap;

		begin(TCPMEM_STATES_ALL, true);
		put_socket(TCPMEM_STATE_ESTABLISHED, 4, INODE_WEB);
		put_web_process(true);
		snap = load_filtered(TCPMEM_STATES_ALL, false, filters[i]);
		ck_assert_uint_eq(tcpmem_snapshot_get_socket_count(snap), 0);
		ck_assert(snap->accounting.narrowed);
		tcpmem_snapshot_free(snap);
	}
}
END_TEST

/* "Sockets of which too little is known are left out, and a warning says how
 * many" */
START_TEST(what_a_filter_cannot_tell_is_a_warning)
{
	static const char *const filters[] = { "comm != web", "dev eth0",
					       "autobound" };

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct tcpmem_snapshot *snap;

		begin(TCPMEM_STATES_ALL, true);
		put_socket(TCPMEM_STATE_ESTABLISHED, 6, 12345);
		put_web_process(false);
		snap = load_filtered(TCPMEM_STATES_ALL, true, filters[i]);
		ck_assert_uint_eq(tcpmem_snapshot_get_socket_count(snap), 0);
		assert_one_warning(
			snap, TCPMEM_WARNING_FILTER_UNDECIDED,
			"1 sockets may match the filter: too little is "
			"known of them, and they are left out");
		tcpmem_snapshot_free(snap);
	}
}
END_TEST

/* A checksum does not make sense of a message: it is a warning, as live. */
static void put_cwnd(uint64_t cookie, uint32_t cwnd)
{
	const struct tcp_info info = { .tcpi_snd_cwnd = cwnd };
	struct message m;

	message_full(&m, AF_INET, TCPMEM_STATE_ESTABLISHED, cookie);
	m.diag->id.idiag_dport = htons((uint16_t)cwnd);
	mnl_attr_put(m.nlh, INET_DIAG_INFO, sizeof(info), &info);
	put(0, TM_CAPTURE_SOCKETS, &m);
}

/* Of the sockets that a filter leaves, each keeps its own. */
START_TEST(tcp_info_is_loaded_when_it_is_asked_for)
{
	struct tcpmem_snapshot *snap;

	want_info = _i;
	begin_scope((struct tm_capture_scope){ .states = TCPMEM_STATES_ALL,
					       .info = true });
	for (uint32_t cwnd = 1; cwnd < 20; cwnd++)
		put_cwnd(cwnd, cwnd);
	snap = load_filtered(TCPMEM_STATES_ALL, false, "dport ge 7");
	ck_assert_uint_eq(tcpmem_snapshot_get_socket_count(snap), 13);
	for (size_t i = 0; i < 13; i++) {
		const struct tcpmem_socket *sock =
			tcpmem_snapshot_get_socket(snap, i);
		int64_t cwnd = 0, port = 0;

		tcpmem_socket_get_field(sock, TCPMEM_SOCKET_FIELD_REMOTE_PORT,
					&port);
		ck_assert_int_eq(tcpmem_socket_get_info(
					 snap, sock, TCPMEM_INFO_CWND, &cwnd),
				 want_info ? 0 : -ENODATA);
		ck_assert_int_eq(cwnd, want_info ? port : 0);
	}
	ck_assert_ptr_null(tcpmem_snapshot_get_warning(snap, 0, NULL));
	tcpmem_snapshot_free(snap);
}
END_TEST

/* tcpmem.h: "Of a file that has none, what is missing is a warning." */
START_TEST(a_capture_without_tcp_info_has_a_warning)
{
	struct tcpmem_snapshot *snap;

	want_info = true;
	begin(TCPMEM_STATES_ALL, false);
	put_socket(TCPMEM_STATE_ESTABLISHED, 3, 0);
	snap = load(TCPMEM_STATES_ALL, false);
	ck_assert_ptr_null(tcpmem_snapshot_get_warning(snap, 1, NULL));
	ck_assert_int_eq(first_warning(snap), TCPMEM_WARNING_CAPTURE_SCOPE);
	tcpmem_snapshot_free(snap);
}
END_TEST

/* limits.h: of a capture without them they are unknown, not this host's. */
START_TEST(a_capture_without_limits_has_none)
{
	struct tcpmem_snapshot *snap;
	struct tcpmem_limits *limits;
	int64_t bytes;

	begin(TCPMEM_STATES_ALL, false);
	put_socket(TCPMEM_STATE_ESTABLISHED, 3, 0);
	snap = load(TCPMEM_STATES_ALL, false);
	ck_assert_int_eq(tcpmem_limits_read(NULL, NULL, snap, "other", &limits),
			 -ENOENT);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(tcpmem_limits_read(NULL, NULL, snap,
						    i ? "self" : NULL, &limits),
				 0);
		for (size_t k = 0; k < tcpmem_limits_get_count(limits); k++)
			ck_assert(!tcpmem_limits_get(limits, k)->known &&
				  !tcpmem_limits_get(limits, k)->count_known);
		ck_assert_int_eq(tcpmem_limits_get_worst(
					 limits, TCPMEM_WORST_RAM, &bytes),
				 -ENODATA);
		tcpmem_limits_free(limits);
	}
	tcpmem_snapshot_free(snap);
}
END_TEST

START_TEST(a_message_without_sense_is_a_warning)
{
	struct tcpmem_snapshot *snap;
	struct message m;

	begin(TCPMEM_STATES_ALL, false);
	put_socket(TCPMEM_STATE_ESTABLISHED, 1, 10);
	message_init(&m, 200, TCPMEM_STATE_ESTABLISHED);
	put(0, TM_CAPTURE_SOCKETS, &m);
	snap = load(TCPMEM_STATES_ALL, false);
	ck_assert_uint_eq(tcpmem_snapshot_get_socket_count(snap), 1);
	assert_one_warning(snap, TCPMEM_WARNING_MESSAGE_MALFORMED,
			   "1 records of the file make no sense and are not "
			   "counted");
	tcpmem_snapshot_free(snap);
}
END_TEST

/* A dump of ss has no sizes: those of an ordinary machine, and it says so. */
START_TEST(a_dump_of_ss_is_loaded)
{
	struct tcpmem_snapshot *snap = NULL;
	struct tcpmem_query *query;
	struct tcpmem_ctx *ctx;
	const struct nlmsghdr done = { .nlmsg_len = sizeof(done),
				       .nlmsg_type = NLMSG_DONE };
	uint8_t dump[sizeof(struct message)];
	struct message m;
	int64_t held;
	int fd;

	message_full(&m, AF_INET6, TCPMEM_STATE_ESTABLISHED, 7);
	memcpy(dump, m.buf, m.nlh->nlmsg_len);
	memcpy(dump + m.nlh->nlmsg_len, &done, sizeof(done));
	fd = memory_file(dump, m.nlh->nlmsg_len + sizeof(done));
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tcpmem_query_new(&query), 0);
	ck_assert_int_eq(
		tcpmem_snapshot_load_fd(ctx, query, fd, 0, NULL, &snap), 0);
	ck_assert_uint_eq(tcpmem_snapshot_get_socket_count(snap), 1);
	ck_assert_int_eq(kind_of(snap, 0), TCPMEM_KIND_UNKNOWN);
	ck_assert_int_eq(
		tcpmem_socket_get_metric(tcpmem_snapshot_get_socket(snap, 0),
					 TCPMEM_METRIC_HELD, &held),
		0);
	ck_assert_int_gt(held, 2304 + 4352 + 120 + 640 + 2521);
	ck_assert_int_eq(tcpmem_snapshot_get_time_ns(snap), TCPMEM_UNKNOWN);
	ck_assert_int_eq(first_warning(snap), TCPMEM_WARNING_CAPTURE_SCOPE);
	tcpmem_snapshot_free(snap);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	close(fd);
}
END_TEST

/* "So many warnings are read, and of each code the first" */
START_TEST(warnings_are_bounded_and_hide_as_much)
{
	struct tm_warnings warnings = { 0 };
	enum tcpmem_warning_code code;
	struct tcpmem_snapshot *snap;
	size_t count = TM_CAPTURE_WARNINGS + 10;

	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(tm_warnings_add(&warnings, TCPMEM_WARNING_KTLS,
						 "%zu", i),
				 0);
	ck_assert_int_eq(
		tm_warnings_add(&warnings, TCPMEM_WARNING_NETNS_DENIED, "no"),
		0);
	begin(TCPMEM_STATES_ALL, true);
	ck_assert_int_eq(tm_capture_put_warnings(&writer, &warnings), 0);
	tm_warnings_clear(&warnings);
	snap = load(TCPMEM_STATES_ALL, true);
	count = TM_CAPTURE_WARNINGS;
	ck_assert_str_eq(tcpmem_snapshot_get_warning(snap, count, &code), "no");
	ck_assert_int_eq(code, TCPMEM_WARNING_NETNS_DENIED);
	ck_assert_str_eq(tcpmem_snapshot_get_warning(snap, count + 1, &code),
			 "10 further warnings of the capture are left out");
	ck_assert_int_eq(code, TCPMEM_WARNING_KTLS);
	tcpmem_snapshot_free(snap);
}
END_TEST

/* "-EINVAL for unknown @flags or if @error->size is too small" */
START_TEST(wrong_arguments_are_refused)
{
	struct tcpmem_capture_error error = { .size = 8 };
	struct tcpmem_snapshot *snap;
	struct tcpmem_query *query;
	struct tcpmem_ctx *ctx;

	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tcpmem_query_new(&query), 0);
	ck_assert_int_eq(
		tcpmem_snapshot_load(ctx, query, "/dev/null", 2, NULL, &snap),
		-EINVAL);
	ck_assert_int_eq(
		tcpmem_snapshot_load(ctx, query, "/dev/null", 0, &error, &snap),
		-EINVAL);
	ck_assert_int_eq(
		tcpmem_snapshot_load(ctx, query, "/dev/null", 0, NULL, &snap),
		-EBADMSG);
	ck_assert_int_eq(
		tcpmem_snapshot_load(ctx, query, "/none", 0, NULL, &snap),
		-ENOENT);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("load");
	TCase *loads = tcase_create("load");

	tcase_add_checked_fixture(loads, setup, NULL);
	tcase_add_test(loads, sockets_get_holders_and_kinds);
	tcase_add_test(loads, an_incomplete_scan_stays_incomplete);
	tcase_add_test(loads, repeats_and_what_is_void_do_not_count);
	tcase_add_test(loads, the_query_chooses_among_what_was_captured);
	tcase_add_test(loads, a_filter_chooses);
	tcase_add_test(loads, what_a_filter_leaves_out_is_in_no_sum);
	tcase_add_test(loads, what_a_filter_cannot_tell_is_a_warning);
	tcase_add_loop_test(loads, tcp_info_is_loaded_when_it_is_asked_for, 0,
			    2);
	tcase_add_test(loads, a_capture_without_tcp_info_has_a_warning);
	tcase_add_test(loads, a_capture_without_limits_has_none);
	tcase_add_test(loads, a_message_without_sense_is_a_warning);
	tcase_add_test(loads, a_dump_of_ss_is_loaded);
	tcase_add_test(loads, warnings_are_bounded_and_hide_as_much);
	tcase_add_test(loads, wrong_arguments_are_refused);
	suite_add_tcase(suite, loads);
	return unit_run(suite);
}
