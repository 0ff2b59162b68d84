// SPDX-License-Identifier: LGPL-2.1-or-later
/* cpus.c - how many CPUs the kernel has per-CPU data for, and has seen */
#include "host/internal.h"

#include "base/util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A list of 8192 CPUs, every other one missing, is about 20 KiB. */
#define LIST_LIMIT (64 * 1024)

/* CPU numbers are ints in the kernel; a count of them fits 32 bits. */
static int parse_cpu(const char *text, const char **end, uint32_t *cpu)
{
	uint64_t value;

	if (tm_parse_u64(text, end, &value) < 0 || value > INT32_MAX)
		return -EBADMSG;
	*cpu = (uint32_t)value;
	return 0;
}

/* "3" or "0-3" */
static int parse_range(const char *text, const char **end, uint32_t *first,
		       uint32_t *last)
{
	int ret = parse_cpu(text, end, first);

	if (ret < 0)
		return ret;
	*last = *first;
	if (**end != '-')
		return 0;
	ret = parse_cpu(*end + 1, end, last);
	if (ret < 0)
		return ret;
	return *last < *first ? -EBADMSG : 0;
}

/* "0-3,8,10-11\n": ranges ascend, else a CPU could be counted twice. */
static int count_cpus(const char *text, uint32_t *count)
{
	uint32_t first, last, next = 0, sum = 0;

	for (;; text++) {
		int ret = parse_range(text, &text, &first, &last);

		if (ret < 0)
			return ret;
		if (first < next)
			return -EBADMSG;
		next = last + 1;
		sum += last - first + 1;
		if (*text != ',')
			break;
	}
	if (strcmp(text, "\n") != 0)
		return -EBADMSG;
	*count = sum;
	return 0;
}

int tm_cpus_read(const struct tcpmem_ctx *ctx, const char *list,
		 uint32_t *count)
{
	char path[64];
	char *text;
	size_t len;
	int ret;

	snprintf(path, sizeof(path), "devices/system/cpu/%s", list);
	ret = tm_read_file(ctx->sys, path, LIST_LIMIT, &text, &len);
	if (ret < 0)
		return ret;
	ret = count_cpus(text, count);
	free(text);
	return ret;
}
