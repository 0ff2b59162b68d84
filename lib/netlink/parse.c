// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * parse.c - an inet_diag message -> a socket record
 *
 * Both requests, legacy and by family, are answered with
 *
 *   | nlmsghdr | inet_diag_msg | nlattr payload pad | nlattr payload pad | ...
 */
#include "netlink/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

/*
 * Linux 3.3, the first to send SKMEMINFO, sent the words up to OPTMEM;
 * BACKLOG and DROPS came later.
 */
#define SKMEM_WORDS_MIN (SK_MEMINFO_OPTMEM + 1)

/* What a full socket always has besides counters; mini-sockets lack it. */
#define SEEN_SHUTDOWN 0x01

static uint32_t get_u32(const void *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return value;
}

/* A longer array comes from a newer kernel: take what we know. */
static int parse_skmem(const void *payload, size_t len,
		       struct tcpmem_socket *sock)
{
	size_t words = len / sizeof(uint32_t);

	if (words < SKMEM_WORDS_MIN)
		return -EBADMSG;
	if (words > TM_SKMEM_WORDS)
		words = TM_SKMEM_WORDS;
	memcpy(sock->skmem, payload, words * sizeof(uint32_t));
	sock->skmem_words = (uint8_t)words;
	return 0;
}

static int parse_attribute(uint16_t type, const uint8_t *payload, size_t len,
			   struct tcpmem_socket *sock, unsigned int *seen)
{
	switch (type & NLA_TYPE_MASK) {
	case INET_DIAG_SKMEMINFO:
		return parse_skmem(payload, len, sock);
	case INET_DIAG_SHUTDOWN:
		if (len < sizeof(uint8_t))
			return -EBADMSG;
		sock->shutdown = payload[0];
		*seen |= SEEN_SHUTDOWN;
		return 0;
	case INET_DIAG_CGROUP_ID:
		if (len < sizeof(uint64_t))
			return -EBADMSG;
		memcpy(&sock->cgroup_id, payload, sizeof(uint64_t));
		sock->flags |= TM_SOCK_HAS_CGROUP;
		return 0;
	case INET_DIAG_MARK:
		if (len < sizeof(uint32_t))
			return -EBADMSG;
		sock->mark = get_u32(payload);
		sock->flags |= TM_SOCK_HAS_MARK;
		return 0;
	case INET_DIAG_SKV6ONLY:
		if (len < sizeof(uint8_t))
			return -EBADMSG;
		if (payload[0])
			sock->flags |= TM_SOCK_V6ONLY;
		return 0;
	default:
		return 0;
	}
}

static int parse_attributes(const uint8_t *from, size_t len,
			    struct tcpmem_socket *sock, unsigned int *seen)
{
	while (len > 0) {
		struct nlattr attr;
		size_t step;
		int ret;

		if (len < sizeof(attr))
			return -EBADMSG;
		memcpy(&attr, from, sizeof(attr));
		if (attr.nla_len < sizeof(attr) || attr.nla_len > len)
			return -EBADMSG;
		ret = parse_attribute(attr.nla_type, from + sizeof(attr),
				      attr.nla_len - sizeof(attr), sock, seen);
		if (ret < 0)
			return ret;
		step = MNL_ALIGN(attr.nla_len);
		if (step >= len)
			break;
		from += step;
		len -= step;
	}
	return 0;
}

/*
 * The kernel reports request sockets as SYN_RECV and a bound, inactive TCP
 * socket as CLOSE (inet_diag.c, sk_diag_fill and inet_diag_dump_icsk): a
 * closed TCP socket is in no dump.
 */
static int parse_state(uint8_t kernel, bool mptcp, uint8_t *state)
{
	if (kernel == 12)
		kernel = TCPMEM_STATE_SYN_RECV;
	if (kernel == TCPMEM_STATE_CLOSED && !mptcp)
		kernel = TCPMEM_STATE_BOUND_INACTIVE;
	if (kernel > TCPMEM_STATE_MAX || !(TCPMEM_STATES_ALL & (1u << kernel)))
		return -ERANGE;
	*state = kernel;
	return 0;
}

static int parse_head(const struct inet_diag_msg *msg, bool mptcp,
		      struct tcpmem_socket *sock)
{
	size_t address = 4;

	if (msg->idiag_family == AF_INET6) {
		sock->flags |= TM_SOCK_IPV6;
		address = 16;
	} else if (msg->idiag_family != AF_INET) {
		return -EAFNOSUPPORT;
	}
	if (mptcp)
		sock->flags |= TM_SOCK_MPTCP;
	memcpy(sock->local, msg->id.idiag_src, address);
	memcpy(sock->remote, msg->id.idiag_dst, address);
	sock->local_port = ntohs(msg->id.idiag_sport);
	sock->remote_port = ntohs(msg->id.idiag_dport);
	sock->ifindex = msg->id.idiag_if;
	sock->cookie = (uint64_t)msg->id.idiag_cookie[1] << 32 |
		       msg->id.idiag_cookie[0];
	sock->inode = msg->idiag_inode;
	sock->uid = msg->idiag_uid;
	sock->rqueue = msg->idiag_rqueue;
	sock->wqueue = msg->idiag_wqueue;
	sock->timer = msg->idiag_timer;
	sock->retrans = msg->idiag_retrans;
	return parse_state(msg->idiag_state, mptcp, &sock->state);
}

/*
 * A request or TIME_WAIT socket has none of a full socket's attributes. A
 * FIN_WAIT_2 that nobody owns is a mini-socket too (inet_twsk with substate).
 */
static bool is_mini(const struct tcpmem_socket *sock, unsigned int seen)
{
	if (sock->skmem_words || (seen & SEEN_SHUTDOWN))
		return false;
	return sock->state == TCPMEM_STATE_TIME_WAIT ||
	       sock->state == TCPMEM_STATE_SYN_RECV ||
	       sock->state == TCPMEM_STATE_FIN_WAIT_2;
}

int tm_parse_socket(const void *msg, size_t len, bool mptcp,
		    struct tcpmem_socket *sock)
{
	const size_t head = MNL_NLMSG_HDRLEN + sizeof(struct inet_diag_msg);
	struct inet_diag_msg diag;
	struct nlmsghdr nlh;
	unsigned int seen = 0;
	int ret;

	if (len < sizeof(nlh))
		return -EBADMSG;
	memcpy(&nlh, msg, sizeof(nlh));
	if (nlh.nlmsg_len > len || nlh.nlmsg_len < head)
		return -EBADMSG;
	memcpy(&diag, (const uint8_t *)msg + MNL_NLMSG_HDRLEN, sizeof(diag));
	memset(sock, 0, sizeof(*sock));
	ret = parse_head(&diag, mptcp, sock);
	if (ret < 0)
		return ret;
	ret = parse_attributes((const uint8_t *)msg + head,
			       nlh.nlmsg_len - head, sock, &seen);
	if (ret < 0)
		return ret;
	if (is_mini(sock, seen))
		sock->flags |= TM_SOCK_MINI;
	return 0;
}

/* The lengths were checked when the socket was taken out. */
void tm_parse_info(const void *msg, struct tm_info *info)
{
	const uint8_t *at = (const uint8_t *)msg + MNL_NLMSG_HDRLEN;
	struct inet_diag_msg diag;
	struct nlmsghdr nlh;
	struct nlattr attr;
	size_t left;

	memcpy(&nlh, msg, sizeof(nlh));
	memcpy(&diag, at, sizeof(diag));
	*info = (struct tm_info){
		.present = true,
		.expires_ms = diag.idiag_expires,
	};
	at += sizeof(diag);
	left = nlh.nlmsg_len - MNL_NLMSG_HDRLEN - sizeof(diag);
	for (size_t step; left; at += step, left -= step) {
		size_t len;

		memcpy(&attr, at, sizeof(attr));
		len = attr.nla_len - sizeof(attr);
		if ((attr.nla_type & NLA_TYPE_MASK) == INET_DIAG_INFO) {
			if (len > TM_INFO_SIZE)
				len = TM_INFO_SIZE;
			memcpy(info->bytes, at + sizeof(attr), len);
			info->len = (uint16_t)len;
		} else if ((attr.nla_type & NLA_TYPE_MASK) == INET_DIAG_CONG) {
			if (len >= sizeof(info->congestion))
				len = sizeof(info->congestion) - 1;
			memcpy(info->congestion, at + sizeof(attr), len);
		}
		step = MNL_ALIGN(attr.nla_len);
		if (step > left)
			step = left;
	}
}
