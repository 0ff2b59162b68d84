// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * connect.c - connections over loopback, one after the other
 *
 * connect COUNT LIFE_US - each is made, carries a byte, and LIFE_US later is
 * closed by its client, then by its server, a process called "serve". Prints
 * how long they took and the CPU time of both, in us, and the server's port.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static int converse(const struct sockaddr_in *at, useconds_t life)
{
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char byte = 'x';

	if (connect(client, (const struct sockaddr *)at, sizeof(*at)) ||
	    write(client, &byte, 1) != 1 || read(client, &byte, 1) != 1)
		return -1;
	if (life)
		usleep(life);
	return close(client);
}

static void serve(int listener, long count)
{
	char byte;

	prctl(PR_SET_NAME, "serve");
	for (long i = 0; i < count; i++) {
		int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (server < 0 || read(server, &byte, 1) != 1 ||
		    write(server, &byte, 1) != 1)
			_exit(1);
		(void)!read(server, &byte, 1);
		close(server);
	}
	_exit(0);
}

static int64_t cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return now_us(CLOCK_PROCESS_CPUTIME_ID) +
	       (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) *
		       INT64_C(1000000) +
	       usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int64_t began, cpu;
	long count;
	int status;

	if (argc != 3 || bind(listener, (struct sockaddr *)&at, size) ||
	    listen(listener, 128) ||
	    getsockname(listener, (struct sockaddr *)&at, &size))
		return 2;
	count = atol(argv[1]);
	began = now_us(CLOCK_MONOTONIC);
	cpu = cpu_us();
	if (fork() == 0)
		serve(listener, count);
	for (long i = 0; i < count; i++) {
		if (converse(&at, (useconds_t)atol(argv[2]))) {
			perror("connect");
			return 1;
		}
	}
	wait(&status);
	printf("%" PRId64 " %" PRId64 " %d\n", now_us(CLOCK_MONOTONIC) - began,
	       cpu_us() - cpu, ntohs(at.sin_port));
	return status != 0;
}
