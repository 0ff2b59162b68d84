// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * churn.c - looks at sockets while others come and go
 *
 *	churn [-r RATE] ROUNDS
 *
 * RATE connections a second are opened and closed meanwhile, and namespaces
 * made and left. In every round each of the sockets that stay must be seen
 * once, no cookie twice, and no fd be left open; a round that does not end
 * within a minute ends the program. Prints what was counted; fails unless
 * nothing was missed.
 */
#include "fail.h"
#include "patience.h"
#include "sandbox.h"
#include "set.h"
#include "sock.h"
#include "tcpmem.h"
#include "traffic.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HANG_SECONDS 60
#define STABLE_PAIRS 250

/* Sockets that one look saw. */
struct seen {
	uint64_t *cookie;
	size_t count;
	size_t capacity;
};

struct churn {
	unsigned int rounds;
	unsigned int rate;
	struct tcpmem_ctx *ctx;
	struct tcpmem_query *query[2]; /* without processes, with them */
	struct fx_set stable;
	struct seen seen;
	unsigned long failed;
	unsigned long missed;
	unsigned long repeated;
	unsigned long records;
};

/* What is asked in turn: all of the library's ways to the same sockets. */
enum way {
	WAY_KEPT,
	WAY_KEPT_PROCESSES,
	WAY_STREAMED,
	WAY_STREAMED_PROCESSES,
	WAY_COUNT,
};

static void note(struct seen *seen, const struct tcpmem_socket *sock)
{
	uint64_t cookie = tcpmem_socket_get_cookie(sock);

	if (!cookie)
		return;
	if (seen->count == seen->capacity) {
		seen->capacity = seen->capacity ? seen->capacity * 2 : 1024;
		seen->cookie = reallocarray(seen->cookie, seen->capacity,
					    sizeof(*seen->cookie));
		if (!seen->cookie)
			fx_fail_errno("reallocarray");
	}
	seen->cookie[seen->count++] = cookie;
}

static int on_socket(const struct tcpmem_snapshot *snapshot,
		     const struct tcpmem_socket *sock, void *user)
{
	(void)snapshot;
	note(user, sock);
	return 0;
}

static void on_restart(void *user)
{
	struct seen *seen = user;

	seen->count = 0;
}

static int look(struct churn *churn, enum way way)
{
	const struct tcpmem_dump_ops ops = {
		.size = sizeof(ops),
		.socket = on_socket,
		.restart = on_restart,
	};
	struct tcpmem_query *query = churn->query[way % 2];
	struct tcpmem_snapshot *snapshot;
	int ret;

	churn->seen.count = 0;
	if (way == WAY_STREAMED || way == WAY_STREAMED_PROCESSES) {
		ret = tcpmem_dump(churn->ctx, query, &ops, &churn->seen,
				  &snapshot);
		if (ret == 0)
			tcpmem_snapshot_free(snapshot);
		return ret;
	}
	ret = tcpmem_snapshot_take(churn->ctx, query, &snapshot);
	if (ret)
		return ret;
	for (size_t i = 0; i < tcpmem_snapshot_get_socket_count(snapshot); i++)
		note(&churn->seen, tcpmem_snapshot_get_socket(snapshot, i));
	tcpmem_snapshot_free(snapshot);
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void check(struct churn *churn)
{
	const struct seen *seen = &churn->seen;

	churn->records += seen->count;
	if (seen->count)
		qsort(seen->cookie, seen->count, sizeof(*seen->cookie),
		      compare);
	for (size_t i = 1; i < seen->count; i++)
		churn->repeated += seen->cookie[i] == seen->cookie[i - 1];
	for (size_t i = 0; i < churn->stable.count; i++)
		churn->missed += !bsearch(&churn->stable.sock[i].cookie,
					  seen->cookie, seen->count,
					  sizeof(*seen->cookie), compare);
}

static size_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	if (!dir)
		fx_fail_errno("/proc/self/fd");
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void make_stable(struct fx_set *set)
{
	static const enum fx_flavour_id flavours[] = { FX_IPV4, FX_IPV6 };

	for (size_t f = 0; f < 2; f++) {
		const struct fx_flavour *flavour = &fx_flavours[flavours[f]];
		int listener = fx_listener_or_fail(flavour, 8);

		fx_set_add_or_fail(set, listener, TCPMEM_STATE_LISTENING);
		for (int i = 0; i < STABLE_PAIRS; i++) {
			struct fx_pair pair =
				fx_pair_or_fail(flavour, listener);

			fx_set_add_or_fail(set, pair.near,
					   TCPMEM_STATE_ESTABLISHED);
			fx_set_add_or_fail(set, pair.far,
					   TCPMEM_STATE_ESTABLISHED);
		}
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void go_round(struct churn *churn, unsigned int number)
{
	int ret;

	alarm(HANG_SECONDS);
	ret = look(churn, (enum way)(number % WAY_COUNT));
	alarm(0);
	if (ret == 0) {
		check(churn);
		return;
	}
	fprintf(stderr, "churn: round %u: %s\n", number, strerror(-ret));
	churn->failed++;
}

static bool has_come_and_gone(const struct traffic *traffic)
{
	const struct traffic_done *done = traffic_done(traffic);

	return done->connects && done->namespaces;
}

static int churn(void *arg)
{
	struct churn *churn = arg;
	struct fx_deadline deadline;
	struct traffic *traffic;
	unsigned long connects, namespaces;
	unsigned int round;
	size_t fds;
	double start, seconds;

	make_stable(&churn->stable);
	go_round(churn, WAY_KEPT_PROCESSES); /* what is opened once is open */
	fds = count_fds();
	traffic = traffic_start_or_fail(churn->rate);
	start = now();
	for (round = 0; round < churn->rounds; round++)
		go_round(churn, round);
	/* on a busy machine the traffic may only begin by now */
	deadline = fx_deadline_start();
	for (; !has_come_and_gone(traffic) && fx_deadline_wait(&deadline);
	     round++)
		go_round(churn, round);
	seconds = now() - start;
	connects = traffic_done(traffic)->connects;
	namespaces = traffic_done(traffic)->namespaces;
	traffic_stop(traffic);
	fds = count_fds() - fds;
	printf("%u rounds in %.1f s, %lu failed\n"
	       "%.0f connections and %.0f namespaces a second\n"
	       "%lu records, %lu with the cookie of another\n"
	       "%zu sockets stayed, %lu times one was missed\n"
	       "%zu fds left open\n",
	       round, seconds, churn->failed, (double)connects / seconds,
	       (double)namespaces / seconds, churn->records, churn->repeated,
	       churn->stable.count, churn->missed, fds);
	if (!connects || !namespaces)
		fx_fail("churn: nothing came and went");
	return churn->failed || churn->repeated || churn->missed || fds;
}

int main(int argc, char **argv)
{
	struct churn c = { .rate = 10000 };
	int option, ret;

	while ((option = getopt(argc, argv, "r:")) != -1) {
		if (option != 'r')
			return 2;
		c.rate = (unsigned int)strtoul(optarg, NULL, 10);
	}
	if (optind + 1 != argc)
		return 2;
	c.rounds = (unsigned int)strtoul(argv[optind], NULL, 10);
	if (!c.rounds || tcpmem_ctx_new(&c.ctx) < 0)
		return 2;
	for (int i = 0; i < 2; i++) {
		if (tcpmem_query_new(&c.query[i]) < 0)
			return 2;
		if (!i)
			(void)tcpmem_query_require(c.query[i], 0);
	}
	ret = fx_sandbox_run(FX_PIDS_OWN, churn, &c);
	for (int i = 0; i < 2; i++)
		tcpmem_query_free(c.query[i]);
	tcpmem_ctx_free(c.ctx);
	return ret;
}
