/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capture_made.h - captures that a test chose, as tcpmem-capture(5) has them */
#ifndef TEST_CAPTURE_MADE_H
#define TEST_CAPTURE_MADE_H

#include "frame_made.h"
#include "tcpmem.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * struct made - a capture that is being made
 * @messages: of namespace "self", as they come
 * @time_wait: of it, with 1 added: 0 is unknown
 */
struct made {
	struct frame frame;
	struct bytes facts;
	struct bytes messages;
	struct bytes processes;
	struct bytes holders;
	struct bytes accounting;
	struct bytes warnings;
	uint32_t process_count;
	uint64_t time_wait;
};

static inline void made_u32(struct bytes *out, uint32_t value)
{
	bytes_add(out, &value, sizeof(value));
}

static inline void made_u64(struct bytes *out, uint64_t value)
{
	bytes_add(out, &value, sizeof(value));
}

static inline void made_text(struct bytes *out, const char *text)
{
	made_u32(out, (uint32_t)strlen(text));
	bytes_add(out, text, strlen(text));
}

/* made_record() - adds it with its length; frees it */
static inline void made_record(struct bytes *out, struct bytes *record)
{
	static const uint8_t zero[4];

	made_u32(out, (uint32_t)record->used);
	bytes_add(out, record->data, record->used);
	bytes_add(out, zero, -record->used & 3);
	bytes_free(record);
}

static inline void made_section(struct made *made, uint16_t type,
				struct bytes *records)
{
	if (records->used)
		made_payload(&made->frame, type, records->data, records->used);
	bytes_free(records);
}

/* made_begin() - @wall_ms: since 1970; @boot_ms: since @boot began */
static inline void made_begin(struct made *made, int64_t wall_ms,
			      int64_t boot_ms, const char *boot)
{
	struct bytes record = { 0 }, records = { 0 };

	*made = (struct made){ 0 };
	made_u64(&record, (uint64_t)wall_ms * 1000000);
	made_u64(&record, (uint64_t)boot_ms * 1000000);
	made_text(&record, boot);
	made_record(&records, &record);
	made_section(made, 1, &records);
	made_u32(&record, 0x3ffe);
	made_u32(&record, 1);
	made_u32(&record, 1);
	made_record(&records, &record);
	made_section(made, 2, &records);
}

/* made_fact() - of the host: "tcp_mem_used" ... */
static inline void made_fact(struct made *made, const char *name, int64_t value)
{
	struct bytes record = { 0 };

	made_text(&record, name);
	made_u64(&record, (uint64_t)value);
	made_record(&made->facts, &record);
}

static inline void made_accounting(struct made *made, const char *name,
				   int64_t value)
{
	struct bytes record = { 0 };

	made_text(&record, name);
	made_u64(&record, (uint64_t)value);
	made_record(&made->accounting, &record);
}

static inline void made_warning(struct made *made, const char *name,
				const char *text)
{
	struct bytes record = { 0 };

	made_text(&record, name);
	made_text(&record, text);
	made_record(&made->warnings, &record);
}

/* struct made_socket - @cookie, @inode: one number; @pid: 0: nobody has it */
struct made_socket {
	uint8_t state;
	uint32_t inode;
	uint16_t port;
	uint32_t remote;
	uint32_t unread;
	uint32_t unsent;
	uint32_t rmem;
	uint32_t wmem;
	uint32_t holder;
};

/* made_process() - Return: its number, for made_socket.holder, from 1 on */
static inline uint32_t made_process(struct made *made, uint32_t pid,
				    uint64_t start, const char *comm)
{
	struct bytes record = { 0 };

	made_u32(&record, made->process_count);
	made_u32(&record, pid);
	made_u32(&record, 1000);
	made_u64(&record, start);
	made_text(&record, comm);
	made_text(&record, comm);
	made_text(&record, "/a.slice/b.service");
	made_text(&record, comm);
	made_u64(&record, 0);
	made_u64(&record, 0);
	made_u64(&record, 0);
	made_record(&made->processes, &record);
	return ++made->process_count;
}

static inline void made_socket(struct made *made, struct made_socket socket)
{
	const uint32_t memory[9] = { socket.rmem, 131072, socket.wmem,
				     87040,	  0,	  socket.wmem };
	struct inet_diag_msg msg = {
		.idiag_family = 2,
		.idiag_state = socket.state,
		.id.idiag_sport =
			(uint16_t)(socket.port >> 8 | socket.port << 8),
		.id.idiag_dport = 0x5000,
		.id.idiag_src = { 0x0100000a },
		.id.idiag_dst = { socket.remote },
		.id.idiag_cookie = { socket.inode },
		.idiag_rqueue = socket.unread,
		.idiag_wqueue = socket.unsent,
		.idiag_inode = socket.inode,
	};
	const uint16_t head[2] = { 4 + sizeof(memory), 7 };
	struct nlmsghdr nlh = {
		.nlmsg_len = sizeof(nlh) + sizeof(msg) + sizeof(head) +
			     sizeof(memory),
		.nlmsg_type = 20,
		.nlmsg_flags = NLM_F_MULTI,
	};
	struct bytes record = { 0 };

	bytes_add(&made->messages, &nlh, sizeof(nlh));
	bytes_add(&made->messages, &msg, sizeof(msg));
	bytes_add(&made->messages, head, sizeof(head));
	bytes_add(&made->messages, memory, sizeof(memory));
	if (!socket.holder)
		return;
	made_u32(&record, socket.inode);
	made_u32(&record, 1);
	made_u32(&record, socket.holder - 1);
	made_record(&made->holders, &record);
}

/* made_end() - the capture; bytes_free() it */
static inline struct bytes made_end(struct made *made)
{
	static const uint8_t all_read[8] = { 1 };
	const uint32_t prefix[6] = { 0, 6, 0xf0000000, 0 };
	struct bytes record = { 0 }, records = { 0 }, capture = { 0 };

	made_section(made, 9, &made->facts);
	made_u32(&record, 0);
	made_u64(&record, 0xf0000000);
	made_text(&record, "self");
	made_u32(&record, 1);
	made_u64(&record, made->time_wait);
	made_u64(&record, 0);
	made_record(&records, &record);
	made_section(made, 3, &records);
	made_group(&made->frame, 4, prefix, sizeof(prefix));
	if (made->messages.used)
		made_row(&made->frame, made->messages.data,
			 made->messages.used);
	bytes_free(&made->messages);
	made_section(made, 6, &made->processes);
	made_group(&made->frame, 7, all_read, sizeof(all_read));
	if (made->holders.used)
		made_row(&made->frame, made->holders.data, made->holders.used);
	bytes_free(&made->holders);
	made_section(made, 12, &made->accounting);
	made_section(made, 11, &made->warnings);
	ck_assert_int_eq(frame_join(&made->frame, &capture), 0);
	frame_free(&made->frame);
	return capture;
}

/* made_load() - as a snapshot with all that it has; tcpmem_snapshot_free() */
static inline struct tcpmem_snapshot *made_load(const struct bytes *capture)
{
	struct tcpmem_query *query = NULL;
	struct tcpmem_snapshot *snap;
	struct tcpmem_ctx *ctx = NULL;
	int fd = memfd_create("capture", MFD_CLOEXEC);

	ck_assert_int_eq(write(fd, capture->data, capture->used),
			 (ssize_t)capture->used);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tcpmem_query_new(&query), 0);
	ck_assert_int_eq(
		tcpmem_query_require(query, TCPMEM_NEED_HOLDERS |
						    TCPMEM_NEED_METADATA),
		0);
	ck_assert_int_eq(
		tcpmem_snapshot_load_fd(ctx, query, fd, 0, NULL, &snap), 0);
	close(fd);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	return snap;
}

#endif
