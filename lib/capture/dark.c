// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * dark.c - sockets that no dump shows, to a capture and back
 *
 * There is no message of the kernel for them: what was read through their
 * file descriptors is written field by field.
 */
#include "capture/internal.h"

#include "base/util.h"

#include <errno.h>
#include <string.h>

/* The flags of a dark socket that are saved. */
#define FLAGS                                                              \
	(TM_SOCK_IPV6 | TM_SOCK_MPTCP | TM_SOCK_SUBFLOW | TM_SOCK_V6ONLY | \
	 TM_SOCK_HAS_CGROUP | TM_SOCK_HAS_MARK)

static void add_address(struct tm_record *record, const uint8_t address[16])
{
	uint64_t half[2];

	memcpy(half, address, sizeof(half));
	tm_record_u64(record, half[0]);
	tm_record_u64(record, half[1]);
}

static void add_skmem(struct tm_record *record,
		      const struct tcpmem_socket *sock)
{
	tm_record_u32(record, sock->skmem_words);
	for (size_t i = 0; i < TM_SKMEM_WORDS; i++)
		tm_record_u32(record, sock->skmem[i]);
}

int tm_capture_put_dark(struct tm_capture_writer *writer,
			const struct tcpmem_socket *sock)
{
	struct tm_record *record = &writer->record;

	tm_record_begin(record);
	tm_record_u32(record, sock->netns);
	tm_record_u32(record, sock->state);
	tm_record_u32(record, sock->flags & FLAGS);
	tm_record_u64(record, sock->cookie);
	tm_record_u64(record, sock->cgroup_id);
	add_address(record, sock->local);
	add_address(record, sock->remote);
	tm_record_u32(record, sock->local_port);
	tm_record_u32(record, sock->remote_port);
	add_skmem(record, sock);
	tm_record_u32(record, sock->inode);
	tm_record_u32(record, sock->uid);
	tm_record_u32(record, sock->rqueue);
	tm_record_u32(record, sock->wqueue);
	tm_record_u32(record, sock->ifindex);
	tm_record_u32(record, sock->mark);
	tm_record_u32(record, sock->object);
	return tm_capture_put(writer, TM_SECTION_DARK);
}

static int take_skmem(struct tm_cursor *record, struct tcpmem_socket *sock)
{
	uint32_t words = tm_cursor_u32(record);

	for (size_t i = 0; i < TM_SKMEM_WORDS; i++)
		sock->skmem[i] = tm_cursor_u32(record);
	if (words > TM_SKMEM_WORDS)
		return -EBADMSG;
	sock->skmem_words = (uint8_t)words;
	return 0;
}

static bool is_state(uint32_t state)
{
	return state <= TCPMEM_STATE_MAX &&
	       TCPMEM_STATES_ALL & UINT32_C(1) << state;
}

static int take_socket(struct tm_cursor *record, struct tcpmem_socket *sock)
{
	uint32_t state = tm_cursor_u32(record), object;
	int ret;

	sock->state = (uint8_t)state;
	sock->flags = (uint8_t)(tm_cursor_u32(record) & FLAGS);
	sock->cookie = tm_cursor_u64(record);
	sock->cgroup_id = tm_cursor_u64(record);
	tm_cursor_bytes(record, sock->local, sizeof(sock->local));
	tm_cursor_bytes(record, sock->remote, sizeof(sock->remote));
	sock->local_port = (uint16_t)tm_cursor_u32(record);
	sock->remote_port = (uint16_t)tm_cursor_u32(record);
	ret = take_skmem(record, sock);
	sock->inode = tm_cursor_u32(record);
	sock->uid = tm_cursor_u32(record);
	sock->rqueue = tm_cursor_u32(record);
	sock->wqueue = tm_cursor_u32(record);
	sock->ifindex = tm_cursor_u32(record);
	sock->mark = tm_cursor_u32(record);
	object = tm_cursor_u32(record);
	sock->object = (uint16_t)object;
	sock->kind = TCPMEM_KIND_DARK;
	return object > UINT16_MAX || !is_state(state) ? -EBADMSG : ret;
}

int tm_load_dark(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_capture *capture = load->capture;
	size_t at = tm_numbers_find(&load->netns, tm_cursor_u32(record));
	struct tcpmem_socket sock = { 0 };

	if (at == load->netns.count)
		return tm_load_malformed(load, "a socket of no namespace");
	sock.netns = (uint16_t)at;
	if (take_socket(record, &sock) < 0)
		return tm_load_malformed(load, "a socket that cannot be");
	return tm_append(capture->dark, capture->dark_count,
			 capture->dark_capacity, &sock);
}
