// SPDX-License-Identifier: LGPL-2.1-or-later
/* sysctl.c - numbers in files of /proc/sys */
#include "host/internal.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No sysctl here is longer than three numbers. */
#define SYSCTL_LIMIT  4096
#define MEMINFO_LIMIT 65536

/* Exactly @count numbers, tabs or spaces between, and the line's end. */
static int parse_values(const char *text, size_t count, uint64_t *value)
{
	for (size_t i = 0; i < count; i++) {
		size_t blank = strspn(text, " \t");

		if ((i > 0) != (blank > 0))
			return -EBADMSG;
		if (tm_parse_u64(text + blank, &text, &value[i]) < 0)
			return -EBADMSG;
	}
	return strcmp(text, "\n") == 0 ? 0 : -EBADMSG;
}

int tm_sysctl_read(const struct tcpmem_ctx *ctx, const char *path, size_t count,
		   uint64_t *value)
{
	char *text;
	size_t len;
	int ret;

	ret = tm_read_file(ctx->proc, path, SYSCTL_LIMIT, &text, &len);
	if (ret < 0)
		return ret;
	ret = parse_values(text, count, value);
	free(text);
	return ret;
}

static int read_limit(const struct tcpmem_ctx *ctx,
		      const struct tm_limit_def *def,
		      struct tcpmem_limit *limit)
{
	uint64_t unit = def->pages ? (uint64_t)sysconf(_SC_PAGESIZE) : 1;
	uint64_t value[TM_SYSCTL_VALUES];
	int ret = tm_sysctl_read(ctx, def->path, def->fields, value);

	if (tm_shortage(ret))
		return ret;
	limit->gone = ret == -ENOENT ? def->gone : NULL;
	limit->known = ret == 0 && !__builtin_mul_overflow(value[def->field],
							   unit, &limit->value);
	if (limit->known && def->use == TM_USE_PORTS)
		limit->low = limit->value;
	/* a range counts by how many it has, both ends included */
	if (limit->known && def->use == TM_USE_PORTS)
		limit->known = value[1] <= UINT16_MAX && value[1] >= value[0] &&
			       !__builtin_sub_overflow(value[1] + 1, value[0],
						       &limit->value);
	if (def->use != TM_USE_FILES || !limit->known)
		return 0;
	ret = tm_sysctl_read(ctx, "sys/fs/file-nr", 3, value);
	limit->used_known = ret == 0 &&
			    !__builtin_add_overflow(value[0], 0, &limit->used);
	return tm_shortage(ret);
}

int tm_sysctl_limits(const struct tcpmem_ctx *ctx,
		     enum tcpmem_limit_scope scope, struct tm_limits *limits)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < TM_LIMIT_COUNT; i++)
		if (tm_limit_defs[i].scope == scope && tm_limit_defs[i].path)
			ret = read_limit(ctx, &tm_limit_defs[i],
					 &limits->limit[i]);
	if (ret == 0 && scope == TCPMEM_LIMIT_SCOPE_NETNS)
		ret = tm_counters_read(ctx, limits);
	if (ret == 0 && scope == TCPMEM_LIMIT_SCOPE_HOST)
		ret = tm_shortage(tm_sysctl_memory(ctx, &limits->ram));
	return ret;
}

int tm_sysctl_memory(const struct tcpmem_ctx *ctx, int64_t *bytes)
{
	const char *line;
	uint64_t kib = 0;
	size_t len;
	char *text;
	int ret;

	ret = tm_read_file(ctx->proc, "meminfo", MEMINFO_LIMIT, &text, &len);
	if (ret < 0)
		return ret;
	line = tm_find_line(text, "MemTotal:");
	if (!line || tm_parse_u64(line + strspn(line, " "), &line, &kib) < 0 ||
	    strncmp(line, " kB\n", 4) != 0 ||
	    __builtin_mul_overflow(kib, 1024, bytes))
		ret = -EBADMSG;
	free(text);
	return ret;
}
