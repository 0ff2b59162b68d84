// SPDX-License-Identifier: LGPL-2.1-or-later
/* look.c - a look: what the sampler hands to the screen */
#include "top.h"

#include <stdlib.h>
#include <time.h>

struct top_look *top_look_new(void)
{
	struct top_look *look = calloc(1, sizeof(*look));

	if (look)
		atomic_init(&look->refs, 1);
	return look;
}

struct top_look *top_look_get(struct top_look *look)
{
	if (look)
		atomic_fetch_add(&look->refs, 1);
	return look;
}

void top_look_put(struct top_look *look)
{
	if (!look || atomic_fetch_sub(&look->refs, 1) > 1)
		return;
	tcpmem_blame_free(look->blame);
	tcpmem_limits_free(look->limits);
	tcpmem_snapshot_free(look->snap);
	free(look);
}

int64_t top_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}
