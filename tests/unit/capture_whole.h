/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capture_whole.h - a capture with something of everything */
#ifndef TM_CAPTURE_WHOLE_H
#define TM_CAPTURE_WHOLE_H

#include "capture/format.h"
#include "capture_fixture.h"

#include <check.h>
#include <errno.h>
#include <sys/socket.h>

static const struct tm_clock noon = {
	.wall_ns = 1700000000123456789,
	.boottime_ns = 4242,
	.boot_id = "0b7a5c1e-1111-2222-3333-444455556666",
};

/* A capture in memory that is being written */
static inline void begin(struct tm_capture_writer *w)
{
	ck_assert_int_eq(tm_capture_create(memory_file("", 0), w), 0);
}

/* Its file, from the start on */
static inline int end_capture(struct tm_capture_writer *w)
{
	int fd = w->frames.fd;

	ck_assert_int_eq(tm_capture_finish(w), 0);
	tm_capture_close(w);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static inline void put_message(struct tm_capture_writer *w, uint32_t netns,
			       bool mptcp, enum tm_capture_role role,
			       uint32_t cookie)
{
	uint8_t buf[256];
	struct tm_capture_message message = {
		.data = buf,
		.netns = netns,
		.mptcp = mptcp,
		.role = role,
	};

	message.len = make_message(buf, AF_INET, cookie);
	ck_assert_int_eq(tm_capture_put_message(w, &message, 4026531840), 0);
}

static inline void put_holders(struct tm_capture_writer *w)
{
	const struct tcpmem_process one = { .pid = 10, .comm = "one" };
	const struct tcpmem_process two = {
		.pid = 20, .uid = 1000, .start_time = 77, .comm = "two"
	};
	struct tm_process_metadata place[2] = {
		TM_PROCESS_METADATA_NONE,
		TM_PROCESS_METADATA_NONE,
	};
	struct tm_metadata metadata = { .process = place, .process_count = 2 };
	struct tm_holders *holders;
	uint32_t first, second;

	ck_assert_int_eq(tm_metadata_want(&metadata, 77), 0);
	ck_assert_int_eq(tm_metadata_want(&metadata, 78), 0);
	ck_assert_int_eq(
		tm_blobs_intern(&metadata.texts, "/blue", 5,
				&tm_metadata_find(&metadata, 78)->path),
		0);
	ck_assert_int_eq(tm_blobs_intern(&metadata.texts, "/bin/two", 8,
					 &place[1].program),
			 0);
	place[1].cgroup = tm_metadata_find(&metadata, 78)->path;
	ck_assert_int_eq(tm_blobs_intern(&metadata.texts, "two -x", 6,
					 &place[1].cmdline),
			 0);
	place[1].parent = 10;
	place[1].rss = 8192;
	place[1].fds = 0;
	ck_assert_int_eq(tm_capture_put_cgroups(w, &metadata), 0);

	ck_assert_int_eq(tm_holders_new(false, &holders), 0);
	ck_assert_int_eq(tm_holders_process(holders, &one, &first), 0);
	ck_assert_int_eq(tm_holders_process(holders, &two, &second), 0);
	ck_assert_int_eq(tm_holders_add(holders, 5, first), 0);
	ck_assert_int_eq(tm_holders_add(holders, 6, first), 0);
	ck_assert_int_eq(tm_holders_add(holders, 6, second), 0);
	ck_assert_int_eq(tm_holders_finish(holders), 0);
	ck_assert_int_eq(tm_capture_put_processes(w, holders, &metadata), 0);
	ck_assert_int_eq(tm_capture_put_holders(w, holders, true, false), 0);
	tm_holders_free(holders);
	metadata.process = NULL;
	tm_metadata_deinit(&metadata);
}

/* Every field has a value of its own. */
static inline void put_dark(struct tm_capture_writer *w)
{
	const struct tcpmem_socket sock = {
		.cookie = UINT64_C(0xc00cc00cc00cc00c),
		.cgroup_id = UINT64_C(0x1234567890),
		.local = { 0x20, 1, [15] = 2 },
		.remote = { 0x20, 3, [15] = 4 },
		.skmem = { 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008 },
		.inode = 7,
		.uid = 70,
		.rqueue = 71,
		.wqueue = 72,
		.ifindex = 73,
		.mark = 74,
		.local_port = 75,
		.remote_port = 76,
		.netns = 1,
		.object = 2521,
		.state = TCPMEM_STATE_CLOSED,
		.flags = TM_SOCK_IPV6 | TM_SOCK_MINI,
		.skmem_words = 8,
	};

	ck_assert_int_eq(tm_capture_put_dark(w, &sock), 0);
}

static inline void put_facts(struct tm_capture_writer *w)
{
	const struct tm_capture_scope scope = { .states = 0x2ffe,
						.holders = true };
	const struct tm_netns self = { .inode = 4026531840, .name = "self" };
	const struct tm_netns blue = { .inode = 4026532000, .name = "blue" };
	struct tm_host host = { 0 };
	struct tm_objects objects = { 0 };

	host.known[TCPMEM_HOST_METRIC_ORPHANS] = true;
	host.fact[TCPMEM_HOST_METRIC_ORPHANS] = 3;
	objects.bytes[TCPMEM_OBJECT_TCP] = 2521;
	objects.source[TCPMEM_OBJECT_TCP] = TCPMEM_OBJECT_SOURCE_SLABINFO;
	ck_assert_int_eq(tm_capture_put_clock(w, &noon), 0);
	ck_assert_int_eq(tm_capture_put_scope(w, &scope), 0);
	ck_assert_int_eq(tm_capture_put_host(w, &host), 0);
	ck_assert_int_eq(tm_capture_put_objects(w, &objects), 0);
	ck_assert_int_eq(tm_capture_put_netns(w, 0, &self), 0);
	ck_assert_int_eq(tm_capture_put_netns(w, 1, &blue), 0);
}

static inline struct tcpmem_limit *limit_of(struct tm_limits *limits,
					    const char *name)
{
	return (struct tcpmem_limit *)tm_limits_find(limits, name);
}

/* A value, a range, what is gone, a use and a counter */
static inline void put_limits(struct tm_capture_writer *w)
{
	struct tm_limits host, blue;
	struct tcpmem_limit *limit;

	tm_limits_init(&host);
	host.ram = 1 << 30;
	limit = limit_of(&host, "file-max");
	limit->known = true;
	limit->value = INT64_MAX;
	limit->used_known = true;
	limit->used = 99;
	tm_limits_init(&blue);
	limit = limit_of(&blue, "ip_local_port_range");
	limit->known = true;
	limit->low = 40000;
	limit->value = 20;
	limit_of(&blue, "tcp_tw_recycle")->gone = "so";
	limit = limit_of(&blue, "ListenDrops");
	limit->count_known = true;
	limit->count = 7;
	ck_assert_int_eq(tm_capture_put_limits(w, TM_CAPTURE_HOST, &host), 0);
	ck_assert_int_eq(tm_capture_put_limits(w, 1, &blue), 0);
}

/* A capture with something of everything. */
static inline struct bytes make_capture(void)
{
	struct tm_warnings warnings = { 0 };
	struct tm_capture_writer w;

	begin(&w);
	put_facts(&w);
	put_message(&w, 0, false, TM_CAPTURE_SOCKETS, 1);
	ck_assert_int_eq(tm_capture_put_restart(&w), 0);
	put_message(&w, 0, true, TM_CAPTURE_SOCKETS, 2);
	put_message(&w, 0, false, TM_CAPTURE_SOCKETS, 3);
	put_message(&w, 1, false, TM_CAPTURE_SOCKETS, 4);
	put_message(&w, 0, false, TM_CAPTURE_LISTENERS, 5);
	put_dark(&w);
	put_holders(&w);
	put_limits(&w);
	ck_assert_int_eq(tm_warnings_add(&warnings, TCPMEM_WARNING_NETNS_SCOPE,
					 "only %s", "self"),
			 0);
	ck_assert_int_eq(tm_capture_put_warnings(&w, &warnings), 0);
	tm_warnings_clear(&warnings);
	return take_bytes(end_capture(&w));
}

/* A section of a later minor version, in front of the end. */
static inline struct bytes make_with_section(unsigned int type,
					     const void *data, size_t len)
{
	struct tm_capture_writer w;

	begin(&w);
	put_facts(&w);
	ck_assert_int_eq(tm_frame_write(&w.frames, type, "", 0, data, len), 0);
	return take_bytes(end_capture(&w));
}

/* Facts and @count messages, whose cookies are 0 and so on */
static inline struct bytes make_long(uint32_t count)
{
	struct tm_capture_writer w;

	begin(&w);
	put_facts(&w);
	for (uint32_t i = 0; i < count; i++)
		put_message(&w, 0, false, TM_CAPTURE_SOCKETS, i);
	return take_bytes(end_capture(&w));
}

#endif
