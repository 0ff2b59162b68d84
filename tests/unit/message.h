/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* message.h - inet_diag messages as the kernel sends them, made by hand */
#ifndef TM_MESSAGE_H
#define TM_MESSAGE_H

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

struct message {
	uint8_t buf[2048] __attribute__((aligned(8)));
	struct nlmsghdr *nlh;
	struct inet_diag_msg *diag;
};

static inline void message_init(struct message *m, uint8_t family,
				uint8_t state)
{
	memset(m, 0, sizeof(*m));
	m->nlh = mnl_nlmsg_put_header(m->buf);
	m->nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	m->diag = mnl_nlmsg_put_extra_header(m->nlh, sizeof(*m->diag));
	m->diag->idiag_family = family;
	m->diag->idiag_state = state;
}

/* The counters that one socket of the kernel had, every one different. */
static const uint32_t message_skmem[SK_MEMINFO_VARS] = {
	2304, 131072, 1280, 87040, (uint32_t)-768, 4352, 120, 640, 3,
};

static inline void message_put_skmem(struct message *m, size_t words)
{
	uint32_t wide[SK_MEMINFO_VARS + 4] = { 0 };

	memcpy(wide, message_skmem, sizeof(message_skmem));
	mnl_attr_put(m->nlh, INET_DIAG_SKMEMINFO, words * sizeof(uint32_t),
		     wide);
}

/* A full socket, as Linux 6.18 reports it. */
static inline void message_full(struct message *m, uint8_t family,
				uint8_t state, uint64_t cookie)
{
	message_init(m, family, state);
	m->diag->id.idiag_cookie[0] = (uint32_t)cookie;
	m->diag->id.idiag_cookie[1] = (uint32_t)(cookie >> 32);
	m->diag->id.idiag_sport = htons(8080);
	m->diag->id.idiag_dport = htons(40000);
	m->diag->idiag_inode = 4711;
	m->diag->idiag_uid = 33;
	mnl_attr_put_u8(m->nlh, INET_DIAG_SHUTDOWN, 0);
	mnl_attr_put_u64(m->nlh, INET_DIAG_CGROUP_ID, 0x1122334455667788);
	message_put_skmem(m, SK_MEMINFO_VARS);
}

#endif
