// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * feed.c - answers over a UNIX socket, so that who serves HTTP may be nobody
 *
 * The exporter sends "tcpmem-metrics 1 MILLISECONDS\n", its patience. The
 * collector answers "SIZE SIZE\n" and the two texts; sizes are 0 if there is no
 * fresh one. Then the connection ends.
 */
#include "collector.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define GREETING     "tcpmem-metrics 1 "
#define LINE_SIZE    64
#define TEXT_MAX     (16 << 20)
#define STUCK_NS     (5 * NS_PER_SECOND)
#define PATIENCE_MAX (120 * NS_PER_SECOND)

struct remote {
	struct source source;
	char path[];
};

static int set_address(struct sockaddr_un *address, const char *path)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	strcpy(address->sun_path, path);
	return 0;
}

/* For the rest of the time until @deadline_ns */
static bool set_patience(int fd, int64_t deadline_ns)
{
	int64_t left = deadline_ns - metrics_clock(CLOCK_MONOTONIC);
	struct timeval time = { .tv_sec = left / NS_PER_SECOND,
				.tv_usec = left % NS_PER_SECOND / 1000 };

	return left > 1000 &&
	       setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)) ==
		       0 &&
	       setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time)) ==
		       0;
}

static bool send_all(int fd, const char *text, size_t size, int64_t deadline)
{
	while (size) {
		ssize_t sent = set_patience(fd, deadline)
				       ? send(fd, text, size, MSG_NOSIGNAL)
				       : -1;

		if (sent <= 0)
			return false;
		text += sent;
		size -= (size_t)sent;
	}
	return true;
}

static bool receive_all(int fd, char *text, size_t size, int64_t deadline)
{
	while (size) {
		ssize_t got = set_patience(fd, deadline)
				      ? recv(fd, text, size, 0)
				      : -1;

		if (got <= 0)
			return false;
		text += got;
		size -= (size_t)got;
	}
	return true;
}

static bool receive_line(int fd, char line[LINE_SIZE], int64_t deadline)
{
	for (size_t i = 0; i < LINE_SIZE; i++) {
		if (!receive_all(fd, &line[i], 1, deadline))
			return false;
		if (line[i] == '\n') {
			line[i] = '\0';
			return true;
		}
	}
	return false;
}

/*
 * ---- the exporter's side ----
 */

/* Root, this user, or who owns the directory in which the socket is made */
static bool is_collector(int fd, const char *path)
{
	socklen_t size = sizeof(struct ucred);
	char *copy = strdup(path);
	struct ucred peer;
	struct stat info;
	bool trusted = false;

	if (copy && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
		trusted = peer.uid == 0 || peer.uid == geteuid() ||
			  (stat(dirname(copy), &info) == 0 &&
			   info.st_uid == peer.uid);
	free(copy);
	return trusted;
}

static int connect_to(const char *path, int64_t deadline_ns)
{
	struct sockaddr_un address;
	int fd = set_address(&address, path) == 0
			 ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)
			 : -1;

	if (fd < 0)
		return -1;
	if (set_patience(fd, deadline_ns) &&
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    is_collector(fd, path))
		return fd;
	close(fd);
	return -1;
}

static bool receive_answer(int fd, struct answer *answer, int64_t deadline)
{
	char line[LINE_SIZE];
	size_t *size = answer->size;

	if (!receive_line(fd, line, deadline) ||
	    sscanf(line, "%zu %zu", &size[0], &size[1]) != 2)
		return false;
	for (size_t i = 0; i < TEXT_COUNT; i++) {
		if (!size[i] || size[i] > TEXT_MAX)
			return false;
		answer->text[i] = malloc(size[i]);
		if (!answer->text[i] ||
		    !receive_all(fd, answer->text[i], size[i], deadline))
			return false;
	}
	return true;
}

static struct answer *next(struct source *source, int64_t deadline_ns)
{
	const struct remote *remote = (struct remote *)source;
	int64_t left = deadline_ns - metrics_clock(CLOCK_MONOTONIC);
	int fd = connect_to(remote->path, deadline_ns);
	struct answer *answer = fd < 0 ? NULL : calloc(1, sizeof(*answer));
	char line[LINE_SIZE];

	if (answer) {
		answer->refs = 1;
		snprintf(line, sizeof(line), GREETING "%" PRId64 "\n",
			 left / 1000000);
		if (!send_all(fd, line, strlen(line), deadline_ns) ||
		    !receive_answer(fd, answer, deadline_ns)) {
			answer_unref(answer);
			answer = NULL;
		}
	}
	if (fd >= 0)
		close(fd);
	return answer;
}

static void free_remote(struct source *source)
{
	free(source);
}

struct source *source_remote(const char *path)
{
	struct remote *remote = calloc(1, sizeof(*remote) + strlen(path) + 1);

	if (!remote)
		return NULL;
	remote->source = (struct source){ .next = next, .free = free_remote };
	strcpy(remote->path, path);
	return &remote->source;
}

/*
 * ---- the collector's side ----
 */

/* The socket has mode 0660: root, its owner and its group can connect. */
static bool is_exporter(int fd)
{
	socklen_t size = sizeof(struct ucred);
	struct ucred peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid() ||
		peer.gid == getegid());
}

static void serve(struct collector *collector, int fd)
{
	int64_t now = metrics_clock(CLOCK_MONOTONIC);
	struct answer *answer = NULL;
	char line[LINE_SIZE];
	int64_t patience;
	bool success;

	if (!is_exporter(fd) || !receive_line(fd, line, now + STUCK_NS) ||
	    sscanf(line, GREETING "%" SCNd64, &patience) != 1)
		return;
	if (patience < 0 || patience > PATIENCE_MAX / 1000000)
		patience = PATIENCE_MAX / 1000000;
	answer = collector_get(collector, now + patience * 1000000, &success);
	if (!success) {
		answer_unref(answer);
		answer = NULL;
	}
	now = metrics_clock(CLOCK_MONOTONIC);
	snprintf(line, sizeof(line), "%zu %zu\n", answer ? answer->size[0] : 0,
		 answer ? answer->size[1] : 0);
	if (send_all(fd, line, strlen(line), now + STUCK_NS) && answer)
		for (size_t i = 0; i < TEXT_COUNT; i++)
			if (!send_all(fd, answer->text[i], answer->size[i],
				      now + STUCK_NS))
				break;
	answer_unref(answer);
}

/* What a collector before left is replaced; what is no socket is not. */
static int open_socket(const char *path)
{
	struct sockaddr_un address;
	struct stat info;
	mode_t mask;
	int fd, ret;

	if (set_address(&address, path) < 0) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (lstat(path, &info) == 0 && S_ISSOCK(info.st_mode))
		unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	mask = umask(0117);
	ret = bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (ret == 0 && listen(fd, CONNECTIONS_MAX) == 0)
		return fd;
	close(fd);
	return -1;
}

int feed_serve(struct collector *collector, const char *path, int stop)
{
	struct pollfd polls[] = { { .fd = open_socket(path), .events = POLLIN },
				  { .fd = stop, .events = POLLIN } };
	int fd;

	if (polls[0].fd < 0) {
		report("%s: %s", path, strerror(errno));
		return -1;
	}
	notify_ready();
	while (!polls[1].revents) {
		if (poll(polls, ARRAY_SIZE(polls), -1) < 0 || !polls[0].revents)
			continue;
		fd = accept4(polls[0].fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		serve(collector, fd);
		close(fd);
	}
	close(polls[0].fd);
	unlink(path);
	return 0;
}
