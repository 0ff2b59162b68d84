// SPDX-License-Identifier: LGPL-2.1-or-later
/* sampler.c - samples the sockets of a command */
#include "run.h"
#include "sample_timer.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/*
 * Samples may take a twentieth of the run time, and BURST_NS beyond it: most
 * commands are short. CPU time counts: what others take is no cost of a sample.
 * Pauses grow with the run time up to that of --every. Where a sample is dear,
 * as on a host with many sockets, they take what a verdict needs.
 */
#define BURST_NS     (100 * NS_PER_MS)
#define SHARE	     20
#define PAUSE_MIN_NS (5 * NS_PER_MS)
#define PAUSE_NS     (100 * NS_PER_MS)
#define PAUSE_GROWTH 10

/* Fewer samples show no course; what lives longer than a gap is in a sample. */
#define SAMPLES_MIN 3
#define GAP_PAUSES  5
#define GAP_NS	    NS_PER_S
#define DEAR_NS	    (GAP_NS / 2) /* the pause behind a dear sample, at most */

/* Events are over when none has come for so long. */
#define SILENCE_MS 20
#define SETTLE_NS  (2 * NS_PER_S)

int64_t run_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int64_t cpu_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * NS_PER_S + used.tv_nsec;
}

static int64_t longest_pause(const struct run_sampler *sampler)
{
	return sampler->every_ns ? sampler->every_ns : PAUSE_NS;
}

/* The time of the next sample */
static int64_t next(const struct run_sampler *sampler)
{
	int64_t most = longest_pause(sampler);
	int64_t pause = (sampler->sampled - sampler->begin) / PAUSE_GROWTH;
	int64_t over = sampler->spent - BURST_NS -
		       (sampler->sampled - sampler->begin) / SHARE;
	int64_t rest = over < DEAR_NS / SHARE ? over * SHARE : DEAR_NS;

	if (pause < PAUSE_MIN_NS)
		pause = PAUSE_MIN_NS;
	if (pause > most)
		pause = most;
	if (rest > pause)
		pause = rest;
	return sampler->sampled + pause;
}

static int on_ended(const struct tcpmem_snapshot *snap,
		    const struct tcpmem_socket *sock, void *user)
{
	struct run_sampler *sampler = user;
	int64_t cookie;

	if (tcpmem_socket_get_field(sock, TCPMEM_SOCKET_FIELD_COOKIE,
				    &cookie) == 0 &&
	    (uint64_t)cookie == sampler->last_of_all)
		sampler->last_of_all = 0;
	return tcpmem_tree_end(sampler->tree, snap, sock);
}

/* Return: 0 or -errno. */
static int hear(struct run_sampler *sampler, int timeout_ms)
{
	const struct tcpmem_dump_ops ops = {
		.size = sizeof(ops),
		.socket = on_ended,
	};

	if (!sampler->hears)
		return 0;
	return tcpmem_sampler_wait(sampler->source, timeout_ms, &ops, sampler,
				   &sampler->events);
}

/* The cookie of a socket that ends now; 0 if there is none */
static uint64_t end_one(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);

	if (fd < 0)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size))
		cookie = 0;
	close(fd);
	return cookie;
}

/* Whether ends in our own network namespace are told of */
static bool hears_own(const struct run_sampler *sampler)
{
	const struct tcpmem_snapshot *snap = sampler->last;
	struct stat own;
	int64_t inode;

	if (stat("/proc/self/ns/net", &own) < 0)
		return false;
	for (size_t i = 0; i < tcpmem_snapshot_get_netns_count(snap); i++) {
		(void)tcpmem_snapshot_get_netns(snap, i, &inode);
		if (inode == (int64_t)own.st_ino)
			return true;
	}
	return false;
}

/*
 * The kernel tells of an end later, from a queue of its own: all is told when
 * it has told of a socket that ended last of all, and is silent.
 */
static int hear_all(struct run_sampler *sampler)
{
	int64_t until = run_clock_ns() + SETTLE_NS;
	uint64_t before;
	int ret;

	sampler->last_of_all = end_one();
	do {
		before = sampler->events.ended;
		ret = hear(sampler, SILENCE_MS);
	} while (ret == 0 && sampler->hears && run_clock_ns() < until &&
		 (sampler->last_of_all || sampler->events.ended != before));
	sampler->unsettled = sampler->events.ended != before ||
			     (sampler->last_of_all && hears_own(sampler));
	return ret;
}

static void sample(struct run_sampler *sampler)
{
	struct tcpmem_snapshot *snap;
	int64_t before = cpu_ns();

	sampler->error = tcpmem_sampler_next(sampler->source, &snap);
	if (sampler->error == 0) {
		sampler->error = tcpmem_tree_add(sampler->tree, snap);
		tcpmem_snapshot_free(sampler->last);
		sampler->last = snap;
	}
	if (sampler->error == 0)
		sampler->error = hear(sampler, 0);
	/* its own parent may reap it before anybody can ask again */
	if (sampler->cgroup && !sampler->escaped)
		sampler->escaped = run_cgroup_is_left(sampler->cgroup);
	sampler->sampled = run_clock_ns();
	sampler->spent += cpu_ns() - before;
}

static void note_gap(struct run_sampler *sampler, int64_t ns)
{
	if (ns - sampler->began > sampler->longest)
		sampler->longest = ns - sampler->began;
	sampler->began = ns;
}

/* Waits until @ns. Return: false if the thread is to stop. */
static bool wait_until(struct run_sampler *sampler, int64_t ns)
{
	struct timespec until = { ns / NS_PER_S, ns % NS_PER_S };
	bool stop;
	int ret = 0;

	pthread_mutex_lock(&sampler->lock);
	while (!sampler->stop && ret == 0)
		ret = pthread_cond_timedwait(&sampler->stopped, &sampler->lock,
					     &until);
	stop = sampler->stop;
	pthread_mutex_unlock(&sampler->lock);
	return !stop;
}

static void *sample_until_stopped(void *user)
{
	struct run_sampler *sampler = user;

	while (wait_until(sampler, next(sampler))) {
		note_gap(sampler, run_clock_ns());
		sample(sampler);
		sampler->during++;
	}
	return NULL;
}

/* The sockets before the command starts */
static int sample_baseline(struct run_sampler *sampler)
{
	struct tcpmem_snapshot *snap;
	int ret;

	sampler->baseline = run_clock_ns();
	ret = tcpmem_sampler_next(sampler->source, &snap);
	if (ret)
		return ret;
	ret = tcpmem_tree_begin(sampler->tree, snap);
	tcpmem_snapshot_free(snap);
	return ret;
}

int run_sampler_open(struct run_sampler *sampler, struct session *session,
		     const struct options *options,
		     const struct run_cgroup *cgroup)
{
	int ret;

	*sampler = (struct run_sampler){
		.every_ns = options->every_ns,
		.hears = !options->no_events,
		.events = { .size = sizeof(sampler->events) },
	};
	pthread_mutex_init(&sampler->lock, NULL);
	condition_init(&sampler->stopped);
	ret = tcpmem_tree_new(session->ctx, (uint32_t)getpid(), cgroup->id,
			      &sampler->tree);
	if (ret == 0)
		ret = tcpmem_sampler_new(session->ctx, session->query,
					 &sampler->source);
	if (ret)
		return ret;
	sampler->silence = hear(sampler, 0);
	sampler->hears = sampler->hears && !sampler->silence;
	sampler->hooked = sampler->hears && cgroup->path &&
			  options->holders != TCPMEM_HOLDER_SOURCE_PROC &&
			  tcpmem_tree_attach(sampler->tree, cgroup->path) == 0;
	return sample_baseline(sampler);
}

void run_sampler_unhook(struct run_sampler *sampler)
{
	(void)tcpmem_tree_attach(sampler->tree, NULL);
	sampler->hooked = false;
}

void run_sampler_close(struct run_sampler *sampler)
{
	tcpmem_tree_free(sampler->tree);
	tcpmem_sampler_free(sampler->source);
	tcpmem_snapshot_free(sampler->last);
	pthread_cond_destroy(&sampler->stopped);
	pthread_mutex_destroy(&sampler->lock);
}

int run_sampler_start(struct run_sampler *sampler, int64_t begin)
{
	sampler->sampled = sampler->began = sampler->begin = begin;
	return -pthread_create(&sampler->thread, NULL, sample_until_stopped,
			       sampler);
}

void run_sampler_stop(struct run_sampler *sampler, int64_t end)
{
	pthread_mutex_lock(&sampler->lock);
	sampler->stop = true;
	pthread_cond_signal(&sampler->stopped);
	pthread_mutex_unlock(&sampler->lock);
	pthread_join(sampler->thread, NULL);
	note_gap(sampler, end);
	sample(sampler);
	if (sampler->error == 0)
		sampler->error = hear_all(sampler);
}

bool run_sampler_heard(const struct run_sampler *sampler)
{
	return sampler->hears &&
	       sampler->events.deaf < sampler->events.namespaces;
}

bool run_sampler_saw_enough(const struct run_sampler *sampler, int64_t elapsed)
{
	int64_t gap = GAP_PAUSES * longest_pause(sampler);

	return sampler->during >= SAMPLES_MIN &&
	       sampler->longest <= elapsed / 2 &&
	       sampler->longest <= (gap > GAP_NS ? gap : GAP_NS);
}
