// SPDX-License-Identifier: LGPL-2.1-or-later
/* pause.c - waiting */
#include "pause.h"

#include <errno.h>
#include <time.h>

void pause_for(int64_t ns)
{
	struct timespec left = {
		.tv_sec = (time_t)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		continue;
}
