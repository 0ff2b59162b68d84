/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capture_fixture.h - small captures in memory, and what is read from them */
#ifndef TM_CAPTURE_FIXTURE_H
#define TM_CAPTURE_FIXTURE_H

#include "capture/internal.h"

#include <check.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct bytes {
	uint8_t *data;
	size_t len;
};

static inline int memory_file(const void *data, size_t len)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* All that was written to @fd, which is closed. */
static inline struct bytes take_bytes(int fd)
{
	struct bytes b;

	b.len = (size_t)lseek(fd, 0, SEEK_END);
	b.data = malloc(b.len);
	ck_assert_ptr_nonnull(b.data);
	ck_assert_int_eq(pread(fd, b.data, b.len, 0), (ssize_t)b.len);
	close(fd);
	return b;
}

/* A sock_diag record; @cookie tells it from others. */
static inline size_t make_message(uint8_t *buf, uint8_t family, uint32_t cookie)
{
	struct nlmsghdr nlh = {
		.nlmsg_len = NLMSG_LENGTH(sizeof(struct inet_diag_msg)),
		.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlmsg_flags = NLM_F_MULTI,
	};
	struct inet_diag_msg msg = {
		.idiag_family = family,
		.idiag_state = TCPMEM_STATE_ESTABLISHED,
		.id.idiag_cookie = { cookie },
	};

	memcpy(buf, &nlh, sizeof(nlh));
	memcpy(buf + sizeof(nlh), &msg, sizeof(msg));
	return nlh.nlmsg_len;
}

/* What was read, as text: two captures say the same if it is the same. */
struct reading {
	int ret;
	struct tm_capture_error error;
	size_t messages;
	char *text;
	size_t len;
	FILE *out;
};

static inline int read_message(const struct tm_capture_message *message,
			       const struct tm_capture *capture, void *user)
{
	const struct inet_diag_msg *msg;
	struct reading *r = user;

	r->messages++;
	ck_assert_uint_lt(message->netns, capture->netns_count);
	fprintf(r->out, "message netns %s %s %s %zu bytes",
		capture->netns[message->netns].name,
		message->mptcp ? "mptcp" : "tcp",
		message->role == TM_CAPTURE_LISTENERS ? "listeners" : "sockets",
		message->len);
	if (message->len >= NLMSG_LENGTH(sizeof(*msg))) {
		msg = NLMSG_DATA(message->data);
		fprintf(r->out, " cookie %u", msg->id.idiag_cookie[0]);
	}
	fprintf(r->out, "\n");
	return 0;
}

static inline int read_restart(void *user)
{
	struct reading *r = user;

	fprintf(r->out, "restart\n");
	return 0;
}

static inline void tell_holders(FILE *out, const struct tm_capture *capture)
{
	for (uint32_t inode = 1; inode < 20; inode++) {
		uint32_t holder = tm_holders_find(capture->holders, inode);

		for (size_t i = 0;
		     i < tm_holder_count(capture->holders, holder); i++) {
			const struct tcpmem_process *p = tm_holders_get_process(
				capture->holders,
				tm_holder_get(capture->holders, holder, i));

			fprintf(out,
				"inode %u pid %u uid %u start %" PRIu64 " %s\n",
				inode, p->pid, p->uid, p->start_time, p->comm);
		}
	}
}

static inline const char *place(const struct tm_metadata *metadata,
				uint32_t number)
{
	return number == TM_METADATA_UNKNOWN
		       ? ""
		       : tm_blobs_get(&metadata->texts, number);
}

static inline int64_t known(int64_t number)
{
	return number == TCPMEM_UNKNOWN ? -1 : number;
}

static inline void tell_metadata(FILE *out, const struct tm_metadata *metadata)
{
	for (size_t i = 0; i < metadata->cgroup_count; i++)
		fprintf(out, "cgroup %" PRIu64 " %s\n", metadata->cgroup[i].id,
			place(metadata, metadata->cgroup[i].path));
	for (size_t i = 0; i < metadata->process_count; i++)
		fprintf(out,
			"program %s in %s: %s %d %" PRId64 " %" PRId64 "\n",
			place(metadata, metadata->process[i].program),
			place(metadata, metadata->process[i].cgroup),
			place(metadata, metadata->process[i].cmdline),
			(int)metadata->process[i].parent,
			known(metadata->process[i].rss),
			known(metadata->process[i].fds));
}

static inline void tell_bytes(FILE *out, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%02x", bytes[i]);
	fprintf(out, " ");
}

static inline void tell_dark(FILE *out, const struct tm_capture *capture)
{
	for (size_t i = 0; i < capture->dark_count; i++) {
		const struct tcpmem_socket *s = &capture->dark[i];

		fprintf(out, "dark netns %s state %u kind %s flags %x ",
			capture->netns[s->netns].name, s->state,
			tcpmem_kind_describe(s->kind)->name, s->flags);
		fprintf(out, "cookie %" PRIx64 " cgroup %" PRIx64 " ",
			s->cookie, s->cgroup_id);
		tell_bytes(out, s->local, sizeof(s->local));
		tell_bytes(out, s->remote, sizeof(s->remote));
		fprintf(out, "ports %u %u skmem", s->local_port,
			s->remote_port);
		for (size_t k = 0; k < s->skmem_words; k++)
			fprintf(out, " %u", s->skmem[k]);
		fprintf(out,
			" inode %u uid %u queues %u %u if %u mark %u "
			"object %u\n",
			s->inode, s->uid, s->rqueue, s->wqueue, s->ifindex,
			s->mark, s->object);
	}
}

static inline void tell_limits(FILE *out, const char *whose,
			       const struct tm_limits *limits)
{
	for (size_t i = 0; limits && i < TM_LIMIT_COUNT; i++) {
		const struct tcpmem_limit *l = &limits->limit[i];

		if (l->known || l->used_known || l->count_known || l->gone)
			fprintf(out,
				"limit of %s: %s %" PRId64 " from %" PRId64
				" used %" PRId64 " count %" PRId64 " %s\n",
				whose, l->name, l->known ? l->value : -1,
				l->low, l->used_known ? l->used : -1,
				l->count_known ? l->count : -1,
				l->gone ? l->gone : "");
	}
	if (limits && limits->ram)
		fprintf(out, "ram %" PRId64 "\n", limits->ram);
}

static inline void tell_capture(FILE *out, const struct tm_capture *capture)
{
	fprintf(out,
		"time %" PRId64 " %" PRId64
		" %s states %x holders %d complete %d\n",
		capture->clock.wall_ns, capture->clock.boottime_ns,
		capture->clock.boot_id, capture->scope.states,
		capture->scope.holders, capture->complete);
	for (size_t i = 0; i < TCPMEM_HOST_METRIC_COUNT; i++)
		if (capture->host.known[i])
			fprintf(out, "fact %zu %" PRId64 "\n", i,
				capture->host.fact[i]);
	for (size_t i = 0; i < TCPMEM_OBJECT_COUNT; i++)
		fprintf(out, "object %zu %u %d\n", i, capture->objects.bytes[i],
			(int)capture->objects.source[i]);
	for (size_t i = 0; i < capture->netns_count; i++)
		fprintf(out, "netns %s %" PRIu64 "\n", capture->netns[i].name,
			capture->netns[i].inode);
	tell_limits(out, "the host", capture->limits);
	for (size_t i = 0; i < capture->netns_count; i++)
		tell_limits(out, capture->netns[i].name,
			    capture->netns[i].limits);
	tell_dark(out, capture);
	tell_metadata(out, &capture->metadata);
	tell_holders(out, capture);
	for (size_t i = 0; i < capture->warnings.count; i++)
		fprintf(out, "warning %d %s\n",
			(int)capture->warnings.warning[i].code,
			capture->warnings.warning[i].text);
}

static inline struct reading read_fd(int fd, bool salvage)
{
	struct reading r = { 0 };
	struct tm_capture_sink sink = {
		.message = read_message,
		.restart = read_restart,
		.limits = true,
		.user = &r,
	};
	struct tm_capture capture;

	r.out = open_memstream(&r.text, &r.len);
	ck_assert_ptr_nonnull(r.out);
	r.ret = tm_capture_read(fd, salvage, &sink, &capture, &r.error);
	if (r.ret == 0) {
		ck_assert_int_eq(tm_holders_finish(capture.holders), 0);
		tell_capture(r.out, &capture);
	}
	tm_capture_clear(&capture);
	fclose(r.out);
	close(fd);
	return r;
}

static inline struct reading read_bytes(const void *data, size_t len,
					bool salvage)
{
	return read_fd(memory_file(data, len), salvage);
}

#endif
