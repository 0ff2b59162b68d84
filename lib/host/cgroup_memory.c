// SPDX-License-Identifier: LGPL-2.1-or-later
/* cgroup_memory.c - what a cgroup says of its memory, and of its sockets' */
#include "host/internal.h"

#include "base/util.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_LIMIT 65536
#define DIR_SIZE   (2 * PATH_MAX)

/* v1 writes "no limit" as the most whole pages that a counter can have. */
#define V1_UNLIMITED (INT64_MAX - (INT64_C(1) << 20))

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

static int parse_number(const char *text, int64_t *value)
{
	uint64_t number;
	const char *end;

	if (tm_parse_u64(text, &end, &number) < 0 || (*end && *end != '\n'))
		return -EBADMSG;
	*value = number >= V1_UNLIMITED ? TCPMEM_UNLIMITED : (int64_t)number;
	return 0;
}

/* The one number that a file has; v2 writes "max" for no limit. */
static int read_number(const char *dir, const char *file, int64_t *value)
{
	char *text;
	int ret = read_in(dir, file, &text);

	if (ret < 0)
		return ret;
	if (strcmp(text, "max\n") == 0)
		*value = TCPMEM_UNLIMITED;
	else
		ret = parse_number(text, value);
	free(text);
	return ret;
}

/* ---- what a process's cgroup says of its memory ---- */

static void set(const char *dir, const char *file,
		enum tcpmem_process_metric entry,
		struct tm_process_counters *counters)
{
	counters->source[entry] = file;
	counters->known[entry] =
		read_number(dir, file, &counters->value[entry]) == 0;
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
	    tm_cgroup_mount(ctx, is_v2(path), mount, sizeof(mount)) < 0 ||
	    !tm_cgroup_is_root(ctx, mount))
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

	if (read_number(dir,
			v2 ? "memory.max" : "memory.kmem.tcp.limit_in_bytes",
			&limit) < 0 ||
	    limit == TCPMEM_UNLIMITED ||
	    read_number(dir,
			v2 ? "memory.current"
			   : "memory.kmem.tcp.usage_in_bytes",
			&used) < 0)
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

/* ---- the kernel's own count of a cgroup's socket memory ---- */

/*
 * v2: the row sock of memory.stat. v1: memory.kmem.tcp.usage_in_bytes, which
 * counts from the moment that a limit is set, and only sockets opened since.
 */
static int has_memory(const char *dir, bool *found)
{
	char *text;
	int ret = read_in(dir, "cgroup.controllers", &text);

	if (ret < 0)
		return ret;
	for (char *rest = text, *word; (word = strsep(&rest, " \n"));)
		*found |= strcmp(word, "memory") == 0;
	free(text);
	return 0;
}

static int find_counting(const struct tcpmem_ctx *ctx,
			 struct tm_charge_mount *mount)
{
	bool found = false;
	int ret = tm_cgroup_mount(ctx, true, mount->dir, sizeof(mount->dir));

	mount->source = TM_CHARGES_NONE;
	if (ret == 0)
		ret = has_memory(mount->dir, &found);
	else if (ret == -ENOENT)
		ret = 0;
	if (found)
		mount->source = TM_CHARGES_V2;
	if (ret < 0 || found)
		return ret;
	ret = tm_cgroup_mount(ctx, false, mount->dir, sizeof(mount->dir));
	if (ret == 0)
		mount->source = TM_CHARGES_V1;
	return ret == -ENOENT ? 0 : ret;
}

int tm_charge_find_mount(const struct tcpmem_ctx *ctx,
			 struct tm_charge_mount *mount)
{
	int ret = find_counting(ctx, mount);

	if (mount->source == TM_CHARGES_NONE ||
	    tm_cgroup_is_root(ctx, mount->dir))
		return ret;
	mount->source = TM_CHARGES_NONE;
	return -EXDEV;
}

static int read_charge_v2(const char *dir, int64_t *bytes)
{
	const char *row;
	char *text;
	int ret = read_in(dir, "memory.stat", &text);

	if (ret < 0)
		return ret;
	row = tm_find_line(text, "sock");
	ret = row ? parse_number(row + strspn(row, " "), bytes) : -ENODATA;
	free(text);
	return ret;
}

static int read_charge_v1(const char *dir, int64_t *bytes)
{
	int64_t limit;
	int ret = read_number(dir, "memory.kmem.tcp.usage_in_bytes", bytes);

	if (ret < 0 || *bytes)
		return ret;
	ret = read_number(dir, "memory.kmem.tcp.limit_in_bytes", &limit);
	if (ret < 0)
		return ret;
	return limit == TCPMEM_UNLIMITED ? -ENODATA : 0;
}

int tm_charge_read(const char *dir, enum tm_charges_source source,
		   int64_t *bytes)
{
	int64_t value = 0;
	int ret = source == TM_CHARGES_V2 ? read_charge_v2(dir, &value)
					  : read_charge_v1(dir, &value);

	if (ret < 0)
		return ret == -ENOENT ? -ENODATA : ret;
	if (value == TCPMEM_UNLIMITED)
		return -EBADMSG;
	*bytes = value;
	return 0;
}

int64_t tm_charge_others(const struct tcpmem_ctx *ctx)
{
	uint64_t pages = 0;
	int64_t bytes;
	char *text;

	if (tm_proc_net_read(ctx, NULL, "sockstat", &text) < 0)
		return 0;
	(void)tm_sockstat_parse(text, "UDP:", "mem", &pages);
	free(text);
	if (__builtin_mul_overflow(pages, sysconf(_SC_PAGESIZE), &bytes))
		return 0;
	return bytes;
}
