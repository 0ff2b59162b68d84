/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* blobs.h - byte strings, each kept once and named by its number */
#ifndef TM_BASE_BLOBS_H
#define TM_BASE_BLOBS_H

#include "base/index.h"

struct tm_blob {
	size_t first; /* in the bytes of all blobs */
	size_t len;
};

/* All zero is an empty table. */
struct tm_blobs {
	struct tm_blob *blob;
	size_t count, capacity;
	char *bytes;
	size_t byte_count, byte_capacity;
	uint32_t seed; /* hash seed, since blobs may collide on purpose; 0: not
			  drawn yet */
	struct tm_index index;
};

void tm_blobs_deinit(struct tm_blobs *blobs);

/*
 * tm_blobs_intern() - the number of @bytes: the same bytes, the same number
 *
 * Return: 0, or -ENOMEM.
 */
int tm_blobs_intern(struct tm_blobs *blobs, const void *bytes, size_t len,
		    uint32_t *number);

/* tm_blobs_find() - the number of @bytes; false if it was not interned */
bool tm_blobs_find(const struct tm_blobs *blobs, const void *bytes, size_t len,
		   uint32_t *number);

/* tm_blobs_get() - the bytes of @number, NUL-terminated; until the next intern
 */
static inline const char *tm_blobs_get(const struct tm_blobs *blobs,
				       uint32_t number)
{
	return blobs->bytes + blobs->blob[number].first;
}

#endif
