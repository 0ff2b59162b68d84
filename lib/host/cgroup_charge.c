// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cgroup_charge.c - the kernel's own count of a cgroup's socket memory
 *
 * v2: the row sock of memory.stat. v1: memory.kmem.tcp.usage_in_bytes, which
 * counts from the moment that a limit is set, and only sockets opened since.
 */
#include "host/internal.h"

#include "base/util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX ((size_t)64 * 1024)

static bool has_memory(const char *dir)
{
	char *text;
	size_t len;
	bool found = false;

	if (tm_read_file(dir, "cgroup.controllers", FILE_MAX, &text, &len) < 0)
		return false;
	for (char *rest = text, *word; (word = strsep(&rest, " \n"));)
		found |= strcmp(word, "memory") == 0;
	free(text);
	return found;
}

int tm_charge_find_mount(const struct tcpmem_ctx *ctx,
			 struct tm_charge_mount *mount)
{
	int ret = tm_cgroup_mount(ctx, true, mount->dir, sizeof(mount->dir));

	mount->source = TM_CHARGES_NONE;
	if (ret == 0 && has_memory(mount->dir)) {
		mount->source = TM_CHARGES_V2;
		return 0;
	}
	if (ret == 0 || ret == -ENOENT)
		ret = tm_cgroup_mount(ctx, false, mount->dir,
				      sizeof(mount->dir));
	if (ret == 0)
		mount->source = TM_CHARGES_V1;
	return ret == -ENOENT || ret == -ESRCH ? 0 : ret;
}

static int parse(const char *text, uint64_t *value)
{
	const char *end;

	if (tm_parse_u64(text, &end, value) < 0 || (*end && *end != '\n'))
		return -EBADMSG;
	return 0;
}

static int read_number(const char *dir, const char *file, uint64_t *value)
{
	char *text;
	size_t len;
	int ret = tm_read_file(dir, file, FILE_MAX, &text, &len);

	if (ret < 0)
		return ret;
	ret = parse(text, value);
	free(text);
	return ret;
}

static int read_v2(const char *dir, uint64_t *bytes)
{
	const char *row;
	char *text;
	size_t len;
	int ret = tm_read_file(dir, "memory.stat", FILE_MAX, &text, &len);

	if (ret < 0)
		return ret;
	row = tm_find_line(text, "sock");
	ret = row ? parse(row + strspn(row, " "), bytes) : -ENODATA;
	free(text);
	return ret;
}

/* No limit is the most whole pages that a counter can have. */
static bool is_unlimited(uint64_t limit)
{
	return limit >= INT64_MAX - (UINT64_C(1) << 20);
}

static int read_v1(const char *dir, uint64_t *bytes)
{
	uint64_t limit;
	int ret = read_number(dir, "memory.kmem.tcp.usage_in_bytes", bytes);

	if (ret < 0 || *bytes)
		return ret;
	ret = read_number(dir, "memory.kmem.tcp.limit_in_bytes", &limit);
	if (ret < 0)
		return ret;
	return is_unlimited(limit) ? -ENODATA : 0;
}

int tm_charge_read(const char *dir, enum tm_charges_source source,
		   int64_t *bytes)
{
	uint64_t value;
	int ret = source == TM_CHARGES_V2 ? read_v2(dir, &value)
					  : read_v1(dir, &value);

	if (ret < 0)
		return ret == -ENOENT ? -ENODATA : ret;
	if (value > INT64_MAX)
		return -EBADMSG;
	*bytes = (int64_t)value;
	return 0;
}

int64_t tm_charge_others(const struct tcpmem_ctx *ctx)
{
	uint64_t pages = 0;
	int64_t bytes;
	char *text;

	if (tm_proc_net_read(ctx, NULL, "sockstat", &text) < 0)
		return 0;
	if (tm_sockstat_parse(text, "UDP:", "mem", &pages) < 0)
		pages = 0;
	free(text);
	if (__builtin_mul_overflow(pages, sysconf(_SC_PAGESIZE), &bytes))
		return 0;
	return bytes;
}
