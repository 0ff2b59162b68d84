// SPDX-License-Identifier: LGPL-2.1-or-later
/* events.c - destroy events: each TCP socket that ends in a namespace */
#include "netlink/internal.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

/*
 * An event takes about 1,300 bytes of the buffer, whose default holds 166. The
 * kernel doubles what is asked for.
 */
#define BUFFER_BYTES (8 << 20)

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

#define GROUP(number) (1u << ((number)-1))

int tm_events_listen(int fd)
{
	const struct sockaddr_nl groups = {
		.nl_family = AF_NETLINK,
		.nl_groups = GROUP(SKNLGRP_INET_TCP_DESTROY) |
			     GROUP(SKNLGRP_INET6_TCP_DESTROY),
	};
	int bytes = BUFFER_BYTES;

	/* without CAP_NET_ADMIN up to net.core.rmem_max */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	return bind(fd, (const struct sockaddr *)&groups, sizeof(groups))
		       ? -errno
		       : 0;
}

int tm_events_lost(int fd, uint64_t *lost)
{
	uint32_t words[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(words);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, words, &size))
		return -errno;
	if (size < (SK_MEMINFO_DROPS + 1) * sizeof(words[0]))
		return -ENODATA;
	*lost = words[SK_MEMINFO_DROPS];
	return 0;
}

/* The kernel shows each as closed, which of a dump would mean bound. */
static int emit(const struct nlmsghdr *nlh, size_t len,
		const struct tm_events_sink *sink)
{
	struct tcpmem_socket sock;
	struct tm_info info;

	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    tm_parse_socket(nlh, len, false, &sock) < 0)
		return sink->malformed(sink->user);
	sock.state = TCPMEM_STATE_CLOSED;
	tm_parse_info(nlh, &info);
	return sink->socket(&sock, &info, sink->user);
}

int tm_events_parse(const void *batch, size_t len,
		    const struct tm_events_sink *sink)
{
	const struct nlmsghdr *nlh = batch;
	int left = (int)len;
	int ret = 0;

	while (ret == 0 && mnl_nlmsg_ok(nlh, left)) {
		ret = emit(nlh, (size_t)left, sink);
		nlh = mnl_nlmsg_next(nlh, &left);
	}
	return ret == 0 && left > 0 ? sink->malformed(sink->user) : ret;
}

int tm_events_receive(int fd, const struct tm_events_sink *sink)
{
	uint8_t batch[4096] __attribute__((aligned(8)));
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { batch, sizeof(batch) };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t got = recvmsg(fd, &msg, MSG_DONTWAIT);
	int ret;

	if (got < 0)
		return errno == EINTR || errno == ENOBUFS ? 1 : -errno;
	/* a process may send to it, too */
	if (from.nl_pid)
		return 1;
	ret = tm_events_parse(batch, (size_t)got, sink);
	return ret ? ret : 1;
}
