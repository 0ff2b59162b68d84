// SPDX-License-Identifier: LGPL-2.1-or-later
/* protocol.c - tells other commands who closed which socket, and asks */
#include "owners/internal.h"

#include "base/util.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* A server answers at once; a stopped one is not waited for. */
static const struct timeval patience = { .tv_sec = 1 };

/* So many may ask at a time: one more takes the place of the most silent. */
#define CLIENTS 16

/*
 * struct tm_owners_server - one thread that answers whoever has asked
 * @fd: the listener, then the clients; who was silent for longest first
 */
struct tm_owners_server {
	bool (*find)(uint64_t cookie, void *user,
		     struct tm_owners_answer *answer);
	void *user;
	struct pollfd fd[1 + CLIENTS];
	nfds_t count;
	pthread_t thread;
};

static bool may_ask(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

/* Return: whether there was a packet of cookies, and it could be answered. */
static bool answer_one(const struct tm_owners_server *server, int fd)
{
	uint64_t cookie[TM_OWNERS_PACKET];
	struct tm_owners_answer answer[TM_OWNERS_PACKET];
	struct iovec iov = { cookie, sizeof(cookie) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t got = recvmsg(fd, &msg, 0);
	size_t known = 0;

	if (got <= 0 || msg.msg_flags & MSG_TRUNC ||
	    (size_t)got % sizeof(*cookie))
		return false;
	for (size_t i = 0; i < (size_t)got / sizeof(*cookie); i++) {
		answer[known] = (struct tm_owners_answer){ 0 };
		answer[known].cookie = cookie[i];
		known += server->find(cookie[i], server->user, &answer[known]);
	}
	return send(fd, answer, known * sizeof(*answer), MSG_NOSIGNAL) >= 0;
}

static struct pollfd take_out(struct tm_owners_server *server, nfds_t i)
{
	const struct pollfd client = server->fd[i];

	memmove(&server->fd[i], &server->fd[i + 1],
		(--server->count - i) * sizeof(client));
	return client;
}

/* A client that sends nothing, or does not read, holds up no other. */
static void answer_ready(struct tm_owners_server *server)
{
	nfds_t i = 1;

	for (nfds_t left = server->count; left > 1; left--) {
		struct pollfd client;

		if (!server->fd[i].revents) {
			i++;
			continue;
		}
		client = take_out(server, i);
		if (answer_one(server, client.fd))
			server->fd[server->count++] = client;
		else
			close(client.fd);
	}
}

/* Return: false: the listener was shut down */
static bool accept_one(struct tm_owners_server *server)
{
	int fd = accept4(server->fd[0].fd, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 && errno == EINVAL)
		return false;
	/* without a file to be had, a client that is silent gives its own */
	if (server->count > CLIENTS || (fd < 0 && server->count > 1))
		close(take_out(server, 1).fd);
	else if (fd < 0)
		poll(NULL, 0, 100);
	if (fd >= 0 && may_ask(fd))
		server->fd[server->count++] =
			(struct pollfd){ .fd = fd, .events = POLLIN };
	else if (fd >= 0)
		close(fd);
	return true;
}

static void *run(void *arg)
{
	struct tm_owners_server *server = arg;
	bool more = true;

	while (more) {
		if (poll(server->fd, server->count, -1) <= 0)
			continue;
		answer_ready(server);
		more = !server->fd[0].revents || accept_one(server);
	}
	while (server->count > 1)
		close(take_out(server, 1).fd);
	return NULL;
}

/* A socket that nobody listens to is left of one that was killed. */
static bool is_stale(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool stale = fd >= 0 &&
		     connect(fd, (const struct sockaddr *)at, sizeof(*at)) &&
		     errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return stale;
}

static int open_dir(void)
{
	struct stat dir;

	if (mkdir(TM_OWNERS_DIR, 0755) && errno != EEXIST)
		return -errno;
	if (lstat(TM_OWNERS_DIR, &dir))
		return -errno;
	return S_ISDIR(dir.st_mode) && dir.st_uid == geteuid() &&
			       !(dir.st_mode & (S_IWGRP | S_IWOTH))
		       ? 0
		       : -EPERM;
}

static int open_listener(struct tm_owners_server *server)
{
	const struct sockaddr_un at = { AF_UNIX, TM_OWNERS_SOCKET };
	int ret = open_dir();

	if (ret)
		return ret;
	server->fd[0].fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (server->fd[0].fd < 0)
		return -errno;
	if (is_stale(&at))
		unlink(at.sun_path);
	/* root alone may connect, and who serves */
	if (bind(server->fd[0].fd, (const struct sockaddr *)&at, sizeof(at)) ||
	    chmod(at.sun_path, S_IRUSR | S_IWUSR) ||
	    listen(server->fd[0].fd, CLIENTS))
		return -errno;
	return 0;
}

int tm_owners_serve(bool (*find)(uint64_t cookie, void *user,
				 struct tm_owners_answer *answer),
		    void *user, struct tm_owners_server **server)
{
	struct tm_owners_server *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return -ENOMEM;
	s->find = find;
	s->user = user;
	s->fd[0] = (struct pollfd){ .fd = -1, .events = POLLIN };
	s->count = 1;
	ret = open_listener(s);
	if (ret == 0)
		ret = tm_thread_start(&s->thread, run, s);
	if (ret == 0) {
		*server = s;
		return 0;
	}
	if (s->fd[0].fd >= 0)
		close(s->fd[0].fd);
	free(s);
	return ret;
}

void tm_owners_serve_end(struct tm_owners_server *server)
{
	if (!server)
		return;
	unlink(TM_OWNERS_SOCKET);
	shutdown(server->fd[0].fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->fd[0].fd);
	free(server);
}

/* ---- asks a resident command who closed which socket ---- */

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
