// SPDX-License-Identifier: LGPL-2.1-or-later
/* clock.c - when it is, and since when the kernel has been up */
#include "host/internal.h"

#include "base/util.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t now_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void tm_clock_read(const struct tcpmem_ctx *ctx, struct tm_clock *clock)
{
	char *text;
	size_t len;

	memset(clock, 0, sizeof(*clock));
	clock->wall_ns = now_ns(CLOCK_REALTIME);
	clock->boottime_ns = now_ns(CLOCK_BOOTTIME);
	if (tm_read_file(ctx->proc, "sys/kernel/random/boot_id",
			 sizeof(clock->boot_id), &text, &len) < 0)
		return;
	len = strcspn(text, "\n");
	if (len < sizeof(clock->boot_id))
		memcpy(clock->boot_id, text, len);
	free(text);
}
