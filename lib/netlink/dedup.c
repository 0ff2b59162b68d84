// SPDX-License-Identifier: LGPL-2.1-or-later
/* dedup.c - which cookies one dump has already delivered */
#include "netlink/internal.h"

#include <errno.h>
#include <string.h>

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
