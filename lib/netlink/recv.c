// SPDX-License-Identifier: LGPL-2.1-or-later
/* recv.c - what a netlink dump brings, batch by batch, each socket once */
#include "netlink/internal.h"

#include "base/util.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Batches (about 1,500 sockets) before a receive thread is started. */
#define WITHOUT_THREAD 8

#define SLOTS 16

/* Batches per wake-up of the other thread. */
#define WORTH_WAKING 4

struct slot {
	ssize_t got; /* as recv_batch() */
	uint8_t data[TM_BATCH_SIZE] __attribute__((aligned(8)));
};

/* Slots are filled and taken in turn; counts only grow. */
struct tm_receiver {
	int fd;
	uint32_t seq;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled_some, taken_some;
	size_t filled, taken;
	bool ended;   /* the producer has ended */
	bool stopped; /* the consumer has ended */
	struct slot slot[SLOTS];
};

/* Messages of other senders than the kernel (port 0) are dropped. */
static ssize_t recv_batch(int fd, void *buffer)
{
	struct sockaddr_nl from = { 0 };
	socklen_t from_len = sizeof(from);
	ssize_t got;

	do
		got = recvfrom(fd, buffer, TM_BATCH_SIZE, MSG_TRUNC,
			       (struct sockaddr *)&from, &from_len);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	if (got == 0)
		return -ENODATA; /* no netlink socket: its other end is gone */
	return from_len == sizeof(from) && from.nl_pid ? 0 : got;
}

/* NLMSG_DONE or an error ends a dump: recv(2) would block after it. */
static bool is_last(const void *batch, ssize_t got, uint32_t seq)
{
	const struct nlmsghdr *nlh = batch;
	int left = (int)got;

	if (got < 0 || (size_t)got > TM_BATCH_SIZE)
		return true;
	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		if (nlh->nlmsg_seq == seq && (nlh->nlmsg_type == NLMSG_DONE ||
					      nlh->nlmsg_type == NLMSG_ERROR))
			return true;
	return left > 0;
}

static struct slot *wait_for_free(struct tm_receiver *r)
{
	struct slot *slot = NULL;

	pthread_mutex_lock(&r->lock);
	while (r->filled - r->taken == SLOTS && !r->stopped)
		pthread_cond_wait(&r->taken_some, &r->lock);
	if (!r->stopped)
		slot = &r->slot[r->filled % SLOTS];
	pthread_mutex_unlock(&r->lock);
	return slot;
}

static void *receive(void *arg)
{
	struct tm_receiver *r = arg;
	bool last = false;

	while (!last) {
		struct slot *slot = wait_for_free(r);

		if (!slot)
			break;
		slot->got = recv_batch(r->fd, slot->data);
		last = is_last(slot->data, slot->got, r->seq);
		pthread_mutex_lock(&r->lock);
		r->filled++;
		r->ended = last;
		if (last || r->filled - r->taken >= WORTH_WAKING)
			pthread_cond_signal(&r->filled_some);
		pthread_mutex_unlock(&r->lock);
	}
	return NULL;
}

/* Asking for the next batch releases the last one. */
static ssize_t take(struct tm_receiver *r, bool first, const void **batch)
{
	const struct slot *slot;

	pthread_mutex_lock(&r->lock);
	r->taken += !first;
	if (SLOTS - (r->filled - r->taken) >= WORTH_WAKING)
		pthread_cond_signal(&r->taken_some);
	if (r->filled == r->taken)
		while (!r->ended && r->filled - r->taken < WORTH_WAKING)
			pthread_cond_wait(&r->filled_some, &r->lock);
	slot = r->filled == r->taken ? NULL : &r->slot[r->taken % SLOTS];
	pthread_mutex_unlock(&r->lock);
	if (!slot)
		return -ENODATA;
	*batch = slot->data;
	return slot->got;
}

static void free_receiver(struct tm_receiver *r)
{
	pthread_cond_destroy(&r->taken_some);
	pthread_cond_destroy(&r->filled_some);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* Without a thread the caller's own goes on. */
static void start_receiver(struct tm_batches *batches)
{
	struct tm_receiver *r = malloc(sizeof(*r));

	if (!r)
		return;
	r->fd = batches->fd;
	r->seq = batches->seq;
	r->filled = r->taken = 0;
	r->ended = r->stopped = false;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->filled_some, NULL);
	pthread_cond_init(&r->taken_some, NULL);
	if (tm_thread_start(&r->thread, receive, r) < 0)
		free_receiver(r);
	else
		batches->receiver = r;
}

int tm_batches_begin(struct tm_batches *batches, int fd, uint32_t seq)
{
	if (!batches->buffer)
		batches->buffer = malloc(TM_BATCH_SIZE);
	if (!batches->buffer)
		return -ENOMEM;
	batches->fd = fd;
	batches->seq = seq;
	batches->taken = 0;
	return 0;
}

ssize_t tm_batches_next(struct tm_batches *batches, const void **batch)
{
	size_t taken = batches->taken++;

	if (taken == WITHOUT_THREAD && tm_thread_cpus() > 1)
		start_receiver(batches);
	if (batches->receiver)
		return take(batches->receiver, taken == WITHOUT_THREAD, batch);
	*batch = batches->buffer;
	return recv_batch(batches->fd, batches->buffer);
}

void tm_batches_end(struct tm_batches *batches)
{
	struct tm_receiver *r = batches->receiver;

	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stopped = true;
	pthread_cond_signal(&r->taken_some);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	free_receiver(r);
	batches->receiver = NULL;
}

void tm_batches_deinit(struct tm_batches *batches)
{
	tm_batches_end(batches);
	free(batches->buffer);
	batches->buffer = NULL;
}

#define GENERATION 16384 /* cookies */

int tm_dedup_init(struct tm_dedup *seen)
{
	struct tm_dedup s = { 0 };

	/* twice the slots, so that a generation never makes the set grow */
	if (tm_u64set_init(&s.young, (size_t)GENERATION * 2) < 0 ||
	    tm_u64set_init(&s.old, (size_t)GENERATION * 2) < 0 ||
	    tm_u64set_init(&s.bound, 64) < 0) {
		tm_dedup_deinit(&s);
		return -ENOMEM;
	}
	*seen = s;
	return 0;
}

void tm_dedup_deinit(struct tm_dedup *seen)
{
	tm_u64set_deinit(&seen->young);
	tm_u64set_deinit(&seen->old);
	tm_u64set_deinit(&seen->bound);
}

void tm_dedup_clear(struct tm_dedup *seen)
{
	tm_u64set_clear(&seen->young);
	tm_u64set_clear(&seen->old);
	tm_u64set_clear(&seen->bound);
}

void tm_dedup_prefetch(const struct tm_dedup *seen, uint64_t cookie)
{
	tm_u64set_prefetch(&seen->young, cookie);
	tm_u64set_prefetch(&seen->old, cookie);
}

int tm_dedup_add(struct tm_dedup *seen, uint64_t cookie, bool bound)
{
	if (tm_u64set_has(&seen->young, cookie) ||
	    tm_u64set_has(&seen->old, cookie) ||
	    tm_u64set_has(&seen->bound, cookie))
		return 1;
	if (!cookie)
		return 0;
	if (bound)
		return tm_u64set_add(&seen->bound, cookie);
	if (seen->young.count == GENERATION) {
		struct tm_u64set swap = seen->old;

		seen->old = seen->young;
		seen->young = swap;
		tm_u64set_clear(&seen->young);
	}
	return tm_u64set_add(&seen->young, cookie);
}
