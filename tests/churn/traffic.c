// SPDX-License-Identifier: LGPL-2.1-or-later
/* traffic.c - processes that open and close sockets and namespaces */
#include "traffic.h"

#include "fail.h"
#include "sandbox.h"
#include "sock.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONNECTORS 2

/* One connection in so many is closed in good order and leaves TIME_WAIT. */
#define ORDERLY 50

struct traffic {
	struct traffic_done *done;
	unsigned int rate;
	pid_t pid[CONNECTORS + 1];
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A reset leaves nothing behind: ports would run out within seconds. */
static void connect_and_close(int listener, bool orderly)
{
	const struct linger reset = { .l_onoff = 1 };
	struct fx_pair pair = fx_pair_or_fail(&fx_flavours[FX_IPV4], listener);

	if (!orderly && setsockopt(pair.near, SOL_SOCKET, SO_LINGER, &reset,
				   sizeof(reset)) < 0)
		fx_fail_errno("SO_LINGER");
	close(pair.near);
	close(pair.far);
}

static void connect_for_ever(struct traffic *traffic)
{
	int listener = fx_listener_or_fail(&fx_flavours[FX_IPV4], 64);
	double rate = (double)traffic->rate / CONNECTORS, start = now();

	for (unsigned long done = 0;; done++) {
		/* who fell behind because others had the CPU catches up */
		while (rate > 0 && (double)done / rate > now() - start)
			usleep(1000);
		connect_and_close(listener, done % ORDERLY == 0);
		atomic_fetch_add(&traffic->done->connects, 1);
	}
}

static void live_in_a_namespace(void)
{
	int listener;

	fx_netns_new_or_fail();
	listener = fx_listener_or_fail(&fx_flavours[FX_IPV4], 4);
	fx_pair_or_fail(&fx_flavours[FX_IPV4], listener);
	usleep(20000);
	_exit(EXIT_SUCCESS);
}

static void make_namespaces_for_ever(struct traffic *traffic)
{
	for (;;) {
		pid_t pid = fork();

		if (pid < 0)
			fx_fail_errno("fork");
		if (!pid)
			live_in_a_namespace();
		if (waitpid(pid, NULL, 0) < 0)
			fx_fail_errno("waitpid");
		atomic_fetch_add(&traffic->done->namespaces, 1);
	}
}

static pid_t let_loose(struct traffic *traffic, void (*run)(struct traffic *))
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		fx_fail_errno("fork");
	if (pid)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
	run(traffic);
	_exit(EXIT_FAILURE);
}

struct traffic *traffic_start_or_fail(unsigned int rate)
{
	struct traffic *traffic = calloc(1, sizeof(*traffic));

	if (!traffic)
		fx_fail_errno("calloc");
	traffic->rate = rate;
	traffic->done = mmap(NULL, sizeof(*traffic->done),
			     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			     -1, 0);
	if (traffic->done == MAP_FAILED)
		fx_fail_errno("mmap");
	for (int i = 0; i < CONNECTORS; i++)
		traffic->pid[i] = let_loose(traffic, connect_for_ever);
	traffic->pid[CONNECTORS] = let_loose(traffic, make_namespaces_for_ever);
	return traffic;
}

const struct traffic_done *traffic_done(const struct traffic *traffic)
{
	return traffic->done;
}

void traffic_stop(struct traffic *traffic)
{
	for (int i = 0; i <= CONNECTORS; i++) {
		int status;

		kill(traffic->pid[i], SIGKILL);
		if (waitpid(traffic->pid[i], &status, 0) < 0 ||
		    !WIFSIGNALED(status))
			fx_fail("traffic: process %d had ended by itself", i);
	}
	munmap(traffic->done, sizeof(*traffic->done));
	free(traffic);
}
