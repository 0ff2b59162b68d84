// SPDX-License-Identifier: LGPL-2.1-or-later
/* lookup.c - one socket asked for again, by its cookie */
#include "netlink/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* One record with its attributes is a few hundred bytes. */
#define ANSWER_SIZE 4096

static void put_id(struct inet_diag_sockid *id,
		   const struct tcpmem_socket *sock)
{
	id->idiag_sport = htons(sock->local_port);
	id->idiag_dport = htons(sock->remote_port);
	memcpy(id->idiag_src, sock->local, sizeof(sock->local));
	memcpy(id->idiag_dst, sock->remote, sizeof(sock->remote));
	id->idiag_if = sock->ifindex;
	id->idiag_cookie[0] = (uint32_t)sock->cookie;
	id->idiag_cookie[1] = (uint32_t)(sock->cookie >> 32);
}

static int send_request(int fd, const struct tcpmem_socket *sock, void *buf)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *req =
		mnl_nlmsg_put_extra_header(nlh, sizeof(*req));

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	req->sdiag_family = sock->flags & TM_SOCK_IPV6 ? AF_INET6 : AF_INET;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_states = UINT32_MAX;
	/* the name of its upper layer comes with INFO */
	req->idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1) |
			 1 << (INET_DIAG_INFO - 1);
	put_id(&req->id, sock);
	return send(fd, nlh, nlh->nlmsg_len, 0) < 0 ? -errno : 0;
}

static bool is_named_mptcp(const struct nlattr *nest)
{
	static const char name[] = "mptcp";
	const struct nlattr *attr;

	mnl_attr_for_each_nested (attr, nest)
		if (mnl_attr_get_type(attr) == INET_ULP_INFO_NAME)
			return mnl_attr_get_payload_len(attr) >= sizeof(name) &&
			       !memcmp(mnl_attr_get_payload(attr), name,
				       sizeof(name));
	return false;
}

/* Before Linux 6.15 the kernel tells it to CAP_NET_ADMIN alone. */
static bool is_subflow(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	mnl_attr_for_each (attr, nlh, sizeof(struct inet_diag_msg))
		if (mnl_attr_get_type(attr) == INET_DIAG_ULP_INFO)
			return is_named_mptcp(attr);
	return false;
}

static int read_record(const struct nlmsghdr *nlh, size_t len,
		       struct tcpmem_socket *now)
{
	int ret = tm_parse_socket(nlh, len, false, now);

	if (ret == 0 && is_subflow(nlh))
		now->flags |= TM_SOCK_SUBFLOW;
	return ret;
}

static int read_answer(const void *buf, size_t len, struct tcpmem_socket *now)
{
	const struct nlmsghdr *nlh = buf;
	int error;

	if (!mnl_nlmsg_ok(nlh, (int)len))
		return -EPROTO;
	if (nlh->nlmsg_type != NLMSG_ERROR)
		return read_record(nlh, len, now);
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(error))
		return -EPROTO;
	memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	return error < 0 ? error : -EPROTO;
}

int tm_lookup(int fd, const struct tcpmem_socket *sock,
	      struct tcpmem_socket *now)
{
	uint8_t buf[ANSWER_SIZE] __attribute__((aligned(8)));
	struct tcpmem_socket answer;
	ssize_t got;
	int ret;

	/*
	 * For MPTCP the kernel reads the cookie's place as an msk's token; and
	 * it looks among connections and listeners alone.
	 */
	if (sock->flags & TM_SOCK_MPTCP ||
	    sock->state == TCPMEM_STATE_BOUND_INACTIVE)
		return -EOPNOTSUPP;
	ret = send_request(fd, sock, buf);
	if (ret < 0)
		return ret;
	got = recv(fd, buf, sizeof(buf), MSG_TRUNC);
	if (got < 0)
		return -errno;
	if ((size_t)got > sizeof(buf))
		return -EPROTO;
	ret = read_answer(buf, (size_t)got, &answer);
	if (ret == 0 && answer.cookie != sock->cookie)
		return -ESTALE;
	if (ret == 0)
		*now = answer;
	return ret;
}
