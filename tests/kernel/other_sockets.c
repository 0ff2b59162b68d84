// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * other_sockets.c - runs a command beside sockets that are not its own
 *
 * other_sockets [--churn] [--busy] COUNT COMMAND [ARGUMENT]...
 *
 * COUNT sockets stand in 4 network namespaces, held by processes that every
 * /proc shows: pairs, listeners, bound ones, unaccepted ones, and ones that
 * were reset with data unread. With --churn two of the processes open and
 * close connections all the time; with --busy each CPU has a process that
 * competes for it. All of them end with the command, and with this process
 * however it ends; the exit status is the command's.
 */
#include "fail.h"
#include "need.h"
#include "sandbox.h"
#include "sock.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAMESPACES 4
#define CHURNING   2
#define AT_ONCE	   8	    /* connections of a churning process */
#define NAP_NS	   2000000L /* between two times AT_ONCE */
#define BUSY_NICE  5
#define BUSY_MAX   64
#define BUSY_CPU_S 3600 /* a process that keeps a CPU busy ends after this */

struct share {
	unsigned int count;
	bool churn;
	int ready; /* where a byte tells that all sockets stand */
};

static const struct fx_flavour *const ipv4 = &fx_flavours[FX_IPV4];

static void linger_or_fail(int fd)
{
	const struct linger reset = { .l_onoff = 1 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) < 0)
		fx_fail_errno("SO_LINGER");
}

/* Closed by a reset while data is unread: in no table, and held by its fd. */
static void make_unhashed(int listener)
{
	struct fx_pair pair = fx_pair_or_fail(ipv4, listener);

	fx_send_or_fail(pair.near, 1000);
	linger_or_fail(pair.near);
	close(pair.near);
}

static void make_sockets(unsigned int count)
{
	int listener = fx_listener_or_fail(ipv4, 64);

	fx_bound_or_fail(ipv4);
	fx_bound_or_fail(ipv4);
	make_unhashed(listener);
	make_unhashed(listener);
	/* one that nobody accepts, and its client */
	fx_connect_or_fail(ipv4, fx_port_or_fail(fx_listener_or_fail(ipv4, 1)));
	for (unsigned int made = 8; made + 1 < count; made += 2)
		fx_pair_or_fail(ipv4, listener);
}

/* Half of the connections end by a reset, half go through TIME_WAIT. */
static void churn(void)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };
	int listener = fx_listener_or_fail(ipv4, 64);

	fx_sysctl_or_fail("net/ipv4/tcp_max_tw_buckets", "64");
	for (;;) {
		struct fx_pair pairs[AT_ONCE];

		for (int i = 0; i < AT_ONCE; i++) {
			pairs[i] = fx_pair_or_fail(ipv4, listener);
			fx_send_or_fail(pairs[i].near, 100);
			if (i % 2)
				linger_or_fail(pairs[i].near);
		}
		for (int i = 0; i < AT_ONCE; i++) {
			close(pairs[i].near);
			close(pairs[i].far);
		}
		nanosleep(&nap, NULL);
	}
}

static int hold(void *arg)
{
	const struct share *share = arg;

	make_sockets(share->count);
	if (write(share->ready, "", 1) != 1)
		fx_fail_errno("write");
	close(share->ready);
	if (share->churn)
		churn();
	for (;;)
		pause();
}

static void keep_busy(void)
{
	const struct rlimit limit = { BUSY_CPU_S, BUSY_CPU_S };

	if (setrlimit(RLIMIT_CPU, &limit) < 0 ||
	    setpriority(PRIO_PROCESS, 0, BUSY_NICE) < 0)
		fx_fail_errno("a busy process");
	for (;;)
		;
}

/* Return: the child's pid, 0 in it; it dies with the caller. */
static pid_t fork_or_fail(int death)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		fx_fail_errno("fork");
	if (pid)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, death) < 0)
		fx_fail_errno("prctl");
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	return 0;
}

static void start_holders(unsigned int count, bool churns, pid_t *pids)
{
	int ends[2];
	char byte;

	if (pipe(ends) < 0)
		fx_fail_errno("pipe");
	for (unsigned int i = 0; i < NAMESPACES; i++) {
		struct share share = { count / NAMESPACES,
				       churns && i < CHURNING, ends[1] };

		pids[i] = fork_or_fail(SIGKILL);
		if (pids[i])
			continue;
		close(ends[0]);
		_exit(fx_sandbox_run(FX_PIDS_HOST, hold, &share));
	}
	close(ends[1]);
	for (unsigned int i = 0; i < NAMESPACES; i++)
		if (read(ends[0], &byte, 1) != 1)
			fx_fail("a process could not make its sockets");
	close(ends[0]);
}

static size_t start_busy(pid_t *pids)
{
	size_t count = (size_t)sysconf(_SC_NPROCESSORS_ONLN);

	if (count > BUSY_MAX)
		count = BUSY_MAX;
	for (size_t i = 0; i < count; i++) {
		pids[i] = fork_or_fail(SIGKILL);
		if (!pids[i])
			keep_busy();
	}
	return count;
}

/* What those processes started dies with them, and becomes ours to wait for. */
static void stop(const pid_t *pids, size_t count)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		fx_fail_errno("prctl");
	for (size_t i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
}

static int run(char **command)
{
	pid_t pid = fork_or_fail(SIGTERM);
	int status;

	if (!pid) {
		execvp(command[0], command);
		fx_fail_errno("%s", command[0]);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fx_fail_errno("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void usage(void)
{
	fprintf(stderr, "Usage: other_sockets [--churn] [--busy] COUNT COMMAND "
			"[ARGUMENT]...\n");
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "churn", no_argument, NULL, 'c' },
		{ "busy", no_argument, NULL, 'b' },
		{ 0 },
	};
	bool churns = false, busy = false;
	pid_t pids[NAMESPACES + BUSY_MAX];
	size_t started = NAMESPACES;
	unsigned int count;
	int c, status;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) >= 0) {
		if (c == '?')
			usage();
		churns |= c == 'c';
		busy |= c == 'b';
	}
	if (argc - optind < 2)
		usage();
	count = (unsigned int)strtoul(argv[optind], NULL, 10);
	fx_need_fds(count / NAMESPACES + 64);
	start_holders(count, churns, pids);
	if (busy)
		started += start_busy(pids + started);
	status = run(argv + optind + 1);
	stop(pids, started);
	return status;
}
