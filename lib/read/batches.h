/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * batches.h - what a netlink dump brings, batch by batch
 *
 * The kernel works inside recv(). A dump that is large gets a thread that does
 * nothing else, so that what becomes of the sockets takes no time of its own.
 */
#ifndef TM_READ_BATCHES_H
#define TM_READ_BATCHES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The kernel fills at most 32 KiB a read, however large the buffer. */
#define TM_BATCH_SIZE 32768

/* All zero receives nothing yet; begin, take and end as often as wanted. */
struct tm_batches {
	int fd;
	uint32_t seq;
	size_t taken; /* since it began */
	uint8_t *buffer;
	struct tm_receiver *receiver; /* NULL: the caller's thread does it */
};

/*
 * tm_batches_begin() - the answers to the request with @seq come from @fd
 *
 * Return: 0 or -ENOMEM.
 */
int tm_batches_begin(struct tm_batches *batches, int fd, uint32_t seq);

/*
 * tm_batches_next() - the next batch, valid until the next call
 *
 * Return: its length, more than %TM_BATCH_SIZE if it was cut; 0 if it is not
 * from the kernel; -errno of recv(2).
 */
ssize_t tm_batches_next(struct tm_batches *batches, const void **batch);

/* tm_batches_end() - no more of that dump is wanted; the fd can be closed */
void tm_batches_end(struct tm_batches *batches);

void tm_batches_deinit(struct tm_batches *batches);

#endif
