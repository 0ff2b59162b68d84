// SPDX-License-Identifier: LGPL-2.1-or-later
/* cgroup_memory.c - what a process's cgroup says of its memory */
#include "host/internal.h"

#include "base/util.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT 65536
#define DIR_SIZE   (2 * PATH_MAX)

/* v1 writes "no limit" as PAGE_COUNTER_MAX pages. */
#define V1_UNLIMITED (INT64_MAX - 0xffff)

static int read_in(const char *dir, const char *file, char **text)
{
	size_t len;

	return tm_read_file(dir, file, FILE_LIMIT, text, &len);
}

/* In "0::/path", where @path stands, the list of controllers is empty. */
static bool is_v2(const char *path)
{
	return path[-2] == ':';
}

/* The one number that a file has; v2 writes "max" for no limit. */
static bool read_number(const char *dir, const char *file, int64_t *value)
{
	const char *end;
	uint64_t number;
	char *text;
	bool ok = false;

	if (read_in(dir, file, &text) < 0)
		return false;
	if (strcmp(text, "max\n") == 0) {
		*value = TCPMEM_UNLIMITED;
		ok = true;
	} else if (tm_parse_u64(text, &end, &number) == 0 && *end == '\n') {
		*value = number >= V1_UNLIMITED ? TCPMEM_UNLIMITED
						: (int64_t)number;
		ok = true;
	}
	free(text);
	return ok;
}

static void set(const char *dir, const char *file,
		enum tcpmem_process_metric entry,
		struct tm_process_counters *counters)
{
	counters->source[entry] = file;
	counters->known[entry] =
		read_number(dir, file, &counters->value[entry]);
}

/* Rows "anon 123" of memory.stat, which v1 calls by other names */
static void read_rows(const char *dir, bool v2,
		      struct tm_process_counters *counters)
{
	static const struct {
		enum tcpmem_process_metric metric;
		const char *v2, *v1;
	} rows[] = {
		{ TCPMEM_PROCESS_METRIC_CGROUP_ANON, "anon", "rss" },
		{ TCPMEM_PROCESS_METRIC_CGROUP_FILE, "file", "cache" },
		{ TCPMEM_PROCESS_METRIC_CGROUP_KERNEL, "kernel", NULL },
	};
	uint64_t value;
	const char *end;
	char *text;

	if (read_in(dir, "memory.stat", &text) < 0)
		return;
	for (size_t i = 0; i < TM_ARRAY_SIZE(rows); i++) {
		const char *word = v2 ? rows[i].v2 : rows[i].v1;
		const char *at = word ? tm_find_line(text, word) : NULL;

		if (!at || tm_parse_u64(at + 1, &end, &value) < 0 ||
		    *end != '\n' || value > INT64_MAX)
			continue;
		counters->value[rows[i].metric] = (int64_t)value;
		counters->known[rows[i].metric] = true;
	}
	free(text);
}

static void read_v2(const char *dir, struct tm_process_counters *counters)
{
	const enum tcpmem_process_metric sock =
		TCPMEM_PROCESS_METRIC_CGROUP_SOCK;

	set(dir, "memory.current", TCPMEM_PROCESS_METRIC_CGROUP_CURRENT,
	    counters);
	set(dir, "memory.max", TCPMEM_PROCESS_METRIC_CGROUP_LIMIT, counters);
	counters->known[sock] =
		!tm_charge_read(dir, TM_CHARGES_V2, &counters->value[sock]);
	read_rows(dir, true, counters);
}

static void read_v1(const char *dir, struct tm_process_counters *counters)
{
	const enum tcpmem_process_metric sock =
		TCPMEM_PROCESS_METRIC_CGROUP_SOCK;

	set(dir, "memory.usage_in_bytes", TCPMEM_PROCESS_METRIC_CGROUP_CURRENT,
	    counters);
	set(dir, "memory.limit_in_bytes", TCPMEM_PROCESS_METRIC_CGROUP_LIMIT,
	    counters);
	counters->source[sock] = "memory.kmem.tcp.usage_in_bytes";
	counters->known[sock] =
		!tm_charge_read(dir, TM_CHARGES_V1, &counters->value[sock]);
	read_rows(dir, false, counters);
	set(dir, "memory.kmem.usage_in_bytes",
	    TCPMEM_PROCESS_METRIC_CGROUP_KERNEL, counters);
}

/*
 * The directory of a cgroup. @path: as the kernel writes it; one above the
 * reader's own root begins /..
 */
static bool find_dir(const struct tcpmem_ctx *ctx, const char *path, size_t len,
		     char dir[DIR_SIZE])
{
	char mount[PATH_MAX];

	if (len >= PATH_MAX || strncmp(path, "/..", 3) == 0 ||
	    tm_cgroup_mount(ctx, is_v2(path), mount, sizeof(mount)) < 0)
		return false;
	snprintf(dir, DIR_SIZE, "%s%.*s", mount, (int)len, path);
	return true;
}

static void read_at(const struct tcpmem_ctx *ctx, const char *path, size_t len,
		    struct tm_process_counters *counters)
{
	char dir[DIR_SIZE];

	if (len >= sizeof(counters->cgroup) || strncmp(path, "/..", 3) == 0)
		return;
	memcpy(counters->cgroup, path, len);
	counters->cgroup[len] = '\0';
	if (!find_dir(ctx, path, len, dir))
		return;
	if (is_v2(path))
		read_v2(dir, counters);
	else
		read_v1(dir, counters);
}

/* The text of a process's cgroup file, and the path in it; NULL: none. */
static const char *read_path(const struct tcpmem_ctx *ctx, uint32_t pid,
			     char **text, size_t *len)
{
	char file[32];

	snprintf(file, sizeof(file), "%" PRIu32 "/cgroup", pid);
	if (tm_read_file(ctx->proc, file, FILE_LIMIT, text, len) < 0) {
		*text = NULL;
		return NULL;
	}
	return tm_cgroup_of_process(*text, len);
}

void tm_cgroup_memory_read(const struct tcpmem_ctx *ctx, uint32_t pid,
			   struct tm_process_counters *counters)
{
	char *text;
	size_t len;
	const char *path = read_path(ctx, pid, &text, &len);

	if (path)
		read_at(ctx, path, len, counters);
	free(text);
}

/* Under v1 TCP memory has a limit of its own, under v2 it is part of all. */
static bool read_room(const char *dir, bool v2, int64_t *bytes)
{
	int64_t limit, used;

	if (!read_number(dir,
			 v2 ? "memory.max" : "memory.kmem.tcp.limit_in_bytes",
			 &limit) ||
	    limit == TCPMEM_UNLIMITED ||
	    !read_number(dir,
			 v2 ? "memory.current"
			    : "memory.kmem.tcp.usage_in_bytes",
			 &used))
		return false;
	*bytes = used < limit ? limit - used : 0;
	return true;
}

bool tm_cgroup_room_read(const struct tcpmem_ctx *ctx, uint32_t pid,
			 int64_t *bytes)
{
	char dir[DIR_SIZE];
	char *text;
	size_t len;
	const char *path = read_path(ctx, pid, &text, &len);
	bool known = path && find_dir(ctx, path, len, dir) &&
		     read_room(dir, is_v2(path), bytes);

	free(text);
	return known;
}
