// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * make_sockets.c - makes many TCP sockets, runs a command beside them
 *
 *	make_sockets -n SOCKETS -p PROCESSES -m NAMESPACES -d BYTES -- COMMAND
 *
 * Connections on loopback in namespaces of its own, spread over processes (a
 * process may have a limit of fds that it cannot raise). With one namespace
 * the command runs inside it, with more in the caller's. The command finds in
 * its environment
 *
 *	BENCH_SOCKETS	 how many sockets there are, no more and no less
 *	BENCH_PIDS	 one process in each namespace
 *
 * All is gone when the command ends: the holders die with their parent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct plan {
	size_t sockets;
	size_t processes;
	size_t namespaces;
	size_t bytes; /* unread at each accepting end */
};

/* Connections on one listener: below the ephemeral ports there are. */
#define CONNECTIONS_MAX 20000

static void die(const char *what)
{
	fprintf(stderr, "make_sockets: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void fill(int fd, size_t bytes)
{
	static const char zero[65536];

	while (bytes) {
		size_t part = bytes < sizeof(zero) ? bytes : sizeof(zero);
		ssize_t sent = send(fd, zero, part, MSG_DONTWAIT);

		if (sent < 0 && errno == EAGAIN)
			return; /* both queues are full: as much as there can be
				 */
		if (sent < 0)
			die("send");
		bytes -= (size_t)sent;
	}
}

/* The listener goes when its connections are made: only those are counted. */
static void connect_pairs(size_t count, size_t bytes)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(to);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&to, len) < 0 ||
	    listen(listener, 16) < 0 ||
	    getsockname(listener, (struct sockaddr *)&to, &len) < 0)
		die("listen");
	for (size_t i = 0; i < count; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (fd < 0 || connect(fd, (struct sockaddr *)&to, len) < 0 ||
		    accept(listener, NULL, NULL) < 0)
			die("connect");
		fill(fd, bytes);
	}
	close(listener);
}

static void hold(size_t sockets, size_t bytes, int done)
{
	size_t left = sockets / 2;

	while (left) {
		size_t part = left < CONNECTIONS_MAX ? left : CONNECTIONS_MAX;

		connect_pairs(part, bytes);
		left -= part;
	}
	if (write(done, &sockets, sizeof(sockets)) != sizeof(sockets))
		die("write");
	close(done);
	for (;;)
		pause();
}

static pid_t fork_holder(size_t sockets, size_t bytes, int done)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	hold(sockets, bytes, done);
	_exit(EXIT_SUCCESS);
}

static void new_namespace(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET) < 0)
		die("unshare (root is needed)");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		die("lo up");
	close(fd);
}

/* Part @i of @whole pairs of sockets in @parts: the parts add up. */
static size_t part_of(size_t sockets, size_t i, size_t parts)
{
	size_t pairs = sockets / 2;

	return (pairs / parts + (i < pairs % parts)) * 2;
}

static void raise_fd_limit(size_t most)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= most + 16)
		return;
	fprintf(stderr,
		"make_sockets: %zu sockets a process, the limit is %ju fds: "
		"use more processes (-p)\n",
		most, (uintmax_t)limit.rlim_cur);
	exit(EXIT_FAILURE);
}

static void make(const struct plan *plan, int home)
{
	char *pids = calloc(plan->namespaces, 16);
	size_t made = 0, sockets, process = 0;
	char number[32];
	int done[2];

	if (!pids || pipe2(done, O_CLOEXEC) < 0)
		die("pipe");
	for (size_t n = 0; n < plan->namespaces; n++) {
		size_t last = plan->processes * (n + 1) / plan->namespaces;
		pid_t pid = 0;

		new_namespace();
		for (; process < last; process++)
			pid = fork_holder(part_of(plan->sockets, process,
						  plan->processes),
					  plan->bytes, done[1]);
		sprintf(pids + strlen(pids), "%s%d", n ? " " : "", (int)pid);
	}
	close(done[1]);
	while (read(done[0], &sockets, sizeof(sockets)) == sizeof(sockets))
		made += sockets;
	if (made != plan->sockets / 2 * 2) {
		fprintf(stderr, "make_sockets: only %zu sockets made\n", made);
		exit(EXIT_FAILURE);
	}
	if (plan->namespaces > 1 && setns(home, CLONE_NEWNET) < 0)
		die("setns");
	snprintf(number, sizeof(number), "%zu", made);
	setenv("BENCH_SOCKETS", number, 1);
	setenv("BENCH_PIDS", pids, 1);
	free(pids);
}

static int run(char **command)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork");
	if (!pid) {
		execvp(command[0], command);
		die(command[0]);
	}
	if (waitpid(pid, &status, 0) < 0)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

static size_t number_of(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!*text || *end || *text == '-') {
		fprintf(stderr, "make_sockets: %s is no number\n", text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	struct plan plan = { 1000, 1, 1, 0 };
	int home, option;

	while ((option = getopt(argc, argv, "+n:p:m:d:")) != -1) {
		if (option == 'n')
			plan.sockets = number_of(optarg);
		else if (option == 'p')
			plan.processes = number_of(optarg);
		else if (option == 'm')
			plan.namespaces = number_of(optarg);
		else if (option == 'd')
			plan.bytes = number_of(optarg);
		else
			return 2;
	}
	if (optind == argc || !plan.namespaces ||
	    plan.processes < plan.namespaces) {
		fprintf(stderr,
			"usage: make_sockets [-n SOCKETS] [-p PROCESSES]"
			" [-m NAMESPACES] [-d BYTES] -- COMMAND...\n"
			"at least one process a namespace\n");
		return 2;
	}
	raise_fd_limit(part_of(plan.sockets, 0, plan.processes));
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0)
		die("/proc/self/ns/net");
	make(&plan, home);
	return run(argv + optind);
}
