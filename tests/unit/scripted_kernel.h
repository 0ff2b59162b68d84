/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scripted_kernel.h - a kernel whose answers a test wrote down
 *
 * Each netlink socket that the library opens is one end of a socket pair, in
 * which its datagrams already wait; the request it sends is kept to be looked
 * at. A test ends by asking whether all that was scripted was also used.
 */
#ifndef TM_SCRIPTED_KERNEL_H
#define TM_SCRIPTED_KERNEL_H

#include "message.h"

#include <check.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <sys/time.h>
#include <unistd.h>

#define SCRIPT_OPENS	 16
#define SCRIPT_DATAGRAMS 24
#define SCRIPT_BYTES	 40960 /* more than the library reads at once */

struct script_open {
	uint8_t datagram[SCRIPT_DATAGRAMS][SCRIPT_BYTES];
	size_t len[SCRIPT_DATAGRAMS];
	size_t count;
	int peer;
	int error; /* open() fails with it */
	bool gone; /* its other end, behind the last datagram */
};

struct script {
	struct script_open open[SCRIPT_OPENS];
	size_t scripted;
	size_t opened;
};

/* The answers to come are those of the next socket that is opened. */
static inline struct script_open *script_next(struct script *script)
{
	ck_assert_uint_lt(script->scripted, SCRIPT_OPENS);
	return &script->open[script->scripted++];
}

static inline void script_datagram(struct script_open *open)
{
	ck_assert_uint_lt(open->count, SCRIPT_DATAGRAMS);
	open->count++;
}

/* Appends a message to the current datagram, with the sequence it answers. */
static inline void script_append(struct script_open *open,
				 const struct nlmsghdr *nlh, uint32_t seq)
{
	size_t at = open->count - 1;
	uint8_t *to = open->datagram[at] + open->len[at];

	ck_assert_uint_le(open->len[at] + MNL_ALIGN(nlh->nlmsg_len),
			  SCRIPT_BYTES);
	memcpy(to, nlh, nlh->nlmsg_len);
	((struct nlmsghdr *)to)->nlmsg_seq = seq;
	open->len[at] += MNL_ALIGN(nlh->nlmsg_len);
}

static inline void script_socket(struct script_open *open, uint32_t seq,
				 uint64_t cookie, uint8_t state)
{
	struct message m;

	message_full(&m, AF_INET, state, cookie);
	script_append(open, m.nlh, seq);
}

/* Makes the current datagram @len bytes long, with what says nothing. */
static inline void script_fill(struct script_open *open, uint32_t seq,
			       size_t len)
{
	static uint8_t filler[SCRIPT_BYTES] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(filler);

	nlh->nlmsg_type = NLMSG_NOOP;
	nlh->nlmsg_len = (uint32_t)(len - open->len[open->count - 1]);
	script_append(open, nlh, seq);
}

/* NLMSG_DONE or NLMSG_ERROR, both with an int. */
static inline void script_end(struct script_open *open, uint32_t seq,
			      uint16_t type, int error)
{
	struct message m;

	memset(&m, 0, sizeof(m));
	m.nlh = mnl_nlmsg_put_header(m.buf);
	m.nlh->nlmsg_type = type;
	memcpy(mnl_nlmsg_put_extra_header(m.nlh, sizeof(error)), &error,
	       sizeof(error));
	script_append(open, m.nlh, seq);
}

static inline int script_open_fd(void *user)
{
	const struct timeval soon = { .tv_usec = 10000 };
	struct script *script = user;
	struct script_open *open;
	int pair[2];

	ck_assert_uint_lt(script->opened, script->scripted);
	open = &script->open[script->opened++];
	if (open->error)
		return open->error;
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	open->peer = pair[1];
	for (size_t i = 0; i < open->count; i++)
		ck_assert_int_eq(
			send(open->peer, open->datagram[i], open->len[i], 0),
			(ssize_t)open->len[i]);
	if (open->gone)
		shutdown(open->peer, SHUT_WR);
	return pair[0];
}

/* The request that was sent on socket number @which. */
static inline size_t script_request(struct script *script, size_t which,
				    void *buf, size_t size)
{
	ssize_t got;

	ck_assert_uint_lt(which, script->opened);
	got = recv(script->open[which].peer, buf, size, MSG_PEEK);
	ck_assert_int_gt(got, 0);
	return (size_t)got;
}

static inline void script_finish(struct script *script)
{
	ck_assert_uint_eq(script->opened, script->scripted);
	for (size_t i = 0; i < script->opened; i++)
		if (!script->open[i].error)
			close(script->open[i].peer);
}

#endif
