// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * server.c - a server with full queues, for test_servers.py
 *
 *	server FULL IDLE FILES
 *
 * Holds both ends of FULL connections whose queues it has filled and of IDLE
 * ones, one listener, and so many other open files; says "ready" and waits.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(int ret, const char *what)
{
	if (ret >= 0)
		return;
	perror(what);
	exit(1);
}

static void fill(int fd)
{
	static char data[65536];

	while (send(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	if (errno != EAGAIN)
		must(-1, "send");
}

/* Return: one end of a new connection; the other is open, too. */
static int connect_to(int listener, const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd, "socket");
	must(connect(fd, (const struct sockaddr *)address, sizeof(*address)),
	     "connect");
	must(accept(listener, NULL, NULL), "accept");
	return fd;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	socklen_t len = sizeof(address);
	struct rlimit limit;
	int listener;

	if (argc != 4)
		return 2;
	prctl(PR_SET_PDEATHSIG, 9);
	must(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	must(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
	listener = socket(AF_INET, SOCK_STREAM, 0);
	must(listener, "socket");
	must(bind(listener, (struct sockaddr *)&address, len), "bind");
	must(listen(listener, 16), "listen");
	must(getsockname(listener, (struct sockaddr *)&address, &len),
	     "getsockname");
	for (int i = atoi(argv[1]); i > 0; i--)
		fill(connect_to(listener, &address));
	for (int i = atoi(argv[2]); i > 0; i--)
		connect_to(listener, &address);
	for (int i = atoi(argv[3]); i > 0; i--)
		must(open("/dev/null", O_RDONLY), "open");
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
