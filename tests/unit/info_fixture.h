/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* info_fixture.h - tcp_info in a message, and in the socket that it gives */
#ifndef TM_INFO_FIXTURE_H
#define TM_INFO_FIXTURE_H

#include "message.h"
#include "model/snapshot.h"
#include "netlink/internal.h"
#include "page_guard.h"
#include "tcpmem.h"

#include <check.h>
#include <string.h>

/* What Linux 6.18 sends, and a kernel that knows more. */
#define INFO_618  272
#define INFO_LATE 400

static struct page_guard guard;

static inline void setup(void)
{
	page_guard_init(&guard);
}

static inline void teardown(void)
{
	page_guard_deinit(&guard);
}

/* Every byte is told from its neighbours. */
static inline void fill(uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(i % 127 + 1);
}

static inline void message_info(struct message *m, uint8_t state, size_t len)
{
	uint8_t bytes[INFO_LATE];

	fill(bytes, len);
	message_full(m, AF_INET, state, 7);
	m->diag->idiag_timer = TCPMEM_TIMER_KEEPALIVE;
	m->diag->idiag_retrans = 3;
	m->diag->idiag_expires = 12345;
	mnl_attr_put(m->nlh, INET_DIAG_INFO, len, bytes);
}

/* The message is the last before the end of memory. */
static inline void parse(const struct message *m, bool mptcp,
			 struct tcpmem_snapshot *snap)
{
	size_t len = m->nlh->nlmsg_len;
	const void *msg = page_guard_put(&guard, m->buf, len);
	struct tcpmem_socket sock;
	struct tm_info info;

	snap->sockets.with_info = true;
	ck_assert_int_eq(tm_parse_socket(msg, len, mptcp, &sock), 0);
	tm_parse_info(msg, &info);
	ck_assert_int_eq(tm_socket_set_add(&snap->sockets, &sock, &info), 0);
}

static inline void forget(struct tcpmem_snapshot *snap)
{
	tm_socket_set_deinit(&snap->sockets);
	memset(snap, 0, sizeof(*snap));
}

static inline int get(const struct tcpmem_snapshot *snap,
		      enum tcpmem_info which, int64_t *value)
{
	return tcpmem_socket_get_info(snap, snap->sockets.sock, which, value);
}

static inline size_t count_known(const struct tcpmem_snapshot *snap)
{
	size_t known = 0;
	int64_t value;

	for (int i = 0; i < TCPMEM_INFO_COUNT; i++)
		known += get(snap, (enum tcpmem_info)i, &value) == 0;
	return known;
}

#endif
