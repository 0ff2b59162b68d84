// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * made.c - connections whose closers are known
 *
 * made COUNT - in a network namespace of its own, COUNT connections to each of
 * four servers: pre-forked, threaded, one that runs a program for each
 * connection, one that passes each to another process. Of every two one is
 * closed first by the client; of every ten one end stays open.
 *
 * Reads a word a line and does what it says: "open" the first half, "close"
 * them; "short", each of the other half is opened and closed at once. Then it
 * says "done". Who closes says so before: "COOKIE PID SERVER".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT	7001
#define WORKERS 3

/* What the client's first byte asks of the server */
#define CLIENT_FIRST 'c' /* close when the client has */
#define SERVER_FIRST 's' /* close at the next byte */
#define KEEP	     'k' /* the client closes; do not */

enum { PREFORKED, THREADED, EXECUTED, PASSED, SERVERS };

static const char *const names[] = { "prefork", "thread", "exec", "pass" };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* The line goes to a pipe: all at once */
static void say_and_close(int fd, int server)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);
	char line[64];
	int len;

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size))
		die("SO_COOKIE");
	len = snprintf(line, sizeof(line), "%" PRIu64 " %d %s\n", cookie,
		       (int)getpid(), names[server]);
	if (write(1, line, (size_t)len) != len)
		die("write");
	close(fd);
}

static void handle(int fd, int server)
{
	char byte = 0;

	if (read(fd, &byte, 1) != 1)
		die("the first byte");
	if (byte == KEEP)
		return;
	(void)!read(fd, &byte, 1);
	say_and_close(fd, server);
}

struct job {
	int fd, server;
};

static void *run_job(void *arg)
{
	struct job *job = arg;

	handle(job->fd, job->server);
	free(job);
	return NULL;
}

static void handle_beside(int fd, int server)
{
	struct job *job = malloc(sizeof(*job));
	pthread_attr_t attr;
	pthread_t thread;

	if (!job)
		die("malloc");
	*job = (struct job){ fd, server };
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 1 << 17);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	errno = pthread_create(&thread, &attr, run_job, job);
	if (errno)
		die("pthread_create");
	pthread_attr_destroy(&attr);
}

static void accept_all(int listener, int server)
{
	for (;;)
		handle_beside(accept4(listener, NULL, NULL, SOCK_CLOEXEC),
			      server);
}

/* The server has closed its copy before the program begins */
static void execute_all(int listener)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		char number[12];
		int go[2];

		if (pipe(go))
			die("pipe");
		snprintf(number, sizeof(number), "%d", fd);
		if (fork() == 0) {
			char byte;

			close(go[1]);
			(void)!read(go[0], &byte, 1);
			close(go[0]);
			execl("/proc/self/exe", "handler", number, NULL);
			die("execl");
		}
		close(fd);
		close(go[0]);
		close(go[1]);
	}
}

static void send_fd(int to, int fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	if (sendmsg(to, &msg, 0) != 1)
		die("sendmsg");
}

static int receive_fd(int from)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	int fd;

	if (recvmsg(from, &msg, MSG_CMSG_CLOEXEC) != 1)
		exit(0);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	/* the sender has closed its copy */
	if (read(from, &byte, 1) != 1)
		exit(0);
	return fd;
}

static void pass_all(int listener)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		die("socketpair");
	if (fork() == 0) {
		close(pair[0]);
		close(listener);
		for (;;)
			handle_beside(receive_fd(pair[1]), PASSED);
	}
	close(pair[1]);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		send_fd(pair[0], fd);
		close(fd);
		(void)!write(pair[0], "", 1);
	}
}

static void serve(int server, int ready)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)(PORT + server)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	prctl(PR_SET_NAME, names[server]);
	signal(SIGCHLD, SIG_IGN);
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(listener, 1024))
		die("listen");
	for (int i = 0; server == PREFORKED && i < WORKERS; i++)
		if (fork() == 0)
			accept_all(listener, server);
	(void)!write(ready, "", 1);
	if (server == PREFORKED)
		for (;;)
			pause();
	if (server == EXECUTED)
		execute_all(listener);
	if (server == PASSED)
		pass_all(listener);
	accept_all(listener, server);
}

static void start_servers(void)
{
	int ready[2];
	char byte;

	if (pipe(ready))
		die("pipe");
	for (int server = 0; server < SERVERS; server++)
		if (fork() == 0)
			serve(server, ready[1]);
	for (int server = 0; server < SERVERS; server++)
		if (read(ready[0], &byte, 1) != 1)
			die("a server");
}

static void enter_netns(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET))
		die("unshare");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &lo))
		die("lo");
	close(fd);
	/* longer than a TIME_WAIT, an orphan is no mini-socket */
	fd = open("/proc/sys/net/ipv4/tcp_fin_timeout", O_WRONLY);
	if (write(fd, "120", 3) != 3)
		die("tcp_fin_timeout");
	close(fd);
}

/* One in ten of what the client closes first stays half open */
static char mode_of(size_t i)
{
	if (i % 2)
		return SERVER_FIRST;
	return i % 10 == 4 ? KEEP : CLIENT_FIRST;
}

static int open_one(size_t i)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)(PORT + i / 10 % SERVERS)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char mode = mode_of(i);

	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    write(fd, &mode, 1) != 1)
		die("connect");
	return fd;
}

static void close_one(size_t i, int fd)
{
	char byte;

	if (mode_of(i) == SERVER_FIRST) {
		(void)!write(fd, "", 1);
		(void)!read(fd, &byte, 1);
	}
	say_and_close(fd, (int)(i / 10 % SERVERS));
}

static void obey(const char *word, int *fd, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		if (strcmp(word, "open\n") == 0)
			fd[i] = open_one(i);
		else if (strcmp(word, "close\n") == 0)
			close_one(i, fd[i]);
		else if (strcmp(word, "short\n") == 0)
			close_one(i, open_one(i));
	}
}

int main(int argc, char **argv)
{
	struct rlimit files = { 65536, 65536 };
	size_t count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	char word[16];
	int *fd;

	if (strcmp(argv[0], "handler") == 0) {
		prctl(PR_SET_NAME, names[EXECUTED]);
		handle(atoi(argv[1]), EXECUTED);
		pause(); /* one that was kept */
		return 0;
	}
	fd = calloc(count + 1, sizeof(*fd));
	if (!count || !fd)
		return 2;
	count *= SERVERS;
	fd = realloc(fd, count * sizeof(*fd));
	setpgid(0, 0);
	setrlimit(RLIMIT_NOFILE, &files);
	enter_netns();
	start_servers();
	do {
		if (write(1, "done\n", 5) != 5)
			break;
		if (!fgets(word, sizeof(word), stdin))
			break;
		obey(word, fd, count);
	} while (true);
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	free(fd);
	return 0;
}
