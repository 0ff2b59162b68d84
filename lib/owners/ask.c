// SPDX-License-Identifier: LGPL-2.1-or-later
/* ask.c - asks a resident command who closed which socket */
#include "owners/protocol.h"

#include "base/util.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* What it may take until a packet is answered */
static const struct timeval patience = { .tv_sec = 1 };

/* Who may write there could be the server. Return: 0 or -EPERM. */
static int check(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	struct stat dir;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) ||
	    lstat(TM_OWNERS_DIR, &dir))
		return -errno;
	if (!S_ISDIR(dir.st_mode) || dir.st_mode & (S_IWGRP | S_IWOTH) ||
	    dir.st_uid != peer.uid || (peer.uid && peer.uid != geteuid()))
		return -EPERM;
	return 0;
}

static int open_socket(void)
{
	const struct sockaddr_un at = { AF_UNIX, TM_OWNERS_SOCKET };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		       sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) ||
	    connect(fd, (const struct sockaddr *)&at, sizeof(at)))
		ret = -errno;
	if (ret == 0)
		ret = check(fd);
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

/* @cookie: is moved behind the one that is answered */
static bool makes_sense(const struct tm_owners_answer *answer,
			const uint64_t **cookie, const uint64_t *end)
{
	while (*cookie < end && **cookie != answer->cookie)
		++*cookie;
	return (*cookie)++ < end && answer->process.pid &&
	       (answer->source == TM_PAST_EVENT ||
		answer->source == TM_PAST_EXACT) &&
	       memchr(answer->process.comm, '\0', sizeof(answer->process.comm));
}

/* Up to TM_OWNERS_PACKET cookies. Return: as tm_owners_ask(). */
static ssize_t ask(int fd, const uint64_t *cookie, size_t count,
		   struct tm_owners_answer *answer)
{
	struct iovec iov = { answer, count * sizeof(*answer) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	const uint64_t *end = cookie + count;
	ssize_t got;

	if (send(fd, cookie, count * sizeof(*cookie), MSG_NOSIGNAL) < 0)
		return -errno;
	got = recvmsg(fd, &msg, 0);
	if (got < 0)
		return -errno;
	if (msg.msg_flags & MSG_TRUNC || (size_t)got % sizeof(*answer))
		return -EBADMSG;
	got /= (ssize_t)sizeof(*answer);
	for (ssize_t i = 0; i < got; i++)
		if (!makes_sense(&answer[i], &cookie, end))
			return -EBADMSG;
	return got;
}

ssize_t tm_owners_ask(const uint64_t *cookie, size_t count,
		      struct tm_owners_answer *answer)
{
	int fd = open_socket();
	ssize_t known = 0, ret = 0;

	if (fd < 0)
		return fd;
	while (ret >= 0 && count) {
		size_t part = count < TM_OWNERS_PACKET ? count
						       : TM_OWNERS_PACKET;

		ret = ask(fd, cookie, part, answer + known);
		known += ret;
		cookie += part;
		count -= part;
	}
	close(fd);
	return ret < 0 ? ret : known;
}
