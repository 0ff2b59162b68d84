// SPDX-License-Identifier: LGPL-2.1-or-later
/* view.c - whether /proc shows every process */
#include "proc/internal.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"

#define STATUS_MAX    (64 * 1024)
#define MOUNTINFO_MAX (64 * 1024 * 1024) /* hosts with 100,000 mounts exist */

/* Every PID namespace has a process 1. */
static bool misses_init(int proc)
{
	struct stat st;

	return fstatat(proc, "1", &st, 0) < 0 && errno == ENOENT;
}

/* kthreadd is process 2 of the initial PID namespace and in no other. */
static bool misses_kthreadd(int proc)
{
	struct tm_proc_stat stat;
	int ret = tm_proc_stat_read(proc, "2/stat", &stat);

	return ret == 0 ? !stat.kernel : ret == -ENOENT;
}

static bool may_ptrace(const struct tcpmem_ctx *ctx)
{
	static const char key[] = "\nCapEff:\t";
	unsigned long long caps = 0;
	const char *at;
	char *text;
	size_t len;

	if (tm_read_file(ctx->proc, "self/status", STATUS_MAX, &text, &len) < 0)
		return false;
	at = strstr(text, key);
	if (at)
		caps = strtoull(at + sizeof(key) - 1, NULL, 16);
	free(text);
	return caps >> CAP_SYS_PTRACE & 1;
}

/* With noaccess (1) the processes are there, they only cannot be read. */
static bool hides(const char *options)
{
	static const char *const values[] = { "invisible", "2", "ptraceable",
					      "4" };
	const char *value = strstr(options, "hidepid=");

	if (!value)
		return false;
	value += strlen("hidepid=");
	for (size_t i = 0; i < TM_ARRAY_SIZE(values); i++) {
		size_t len = strlen(values[i]);

		if (!strncmp(value, values[i], len) &&
		    (!value[len] || value[len] == ','))
			return true;
	}
	return false;
}

/* The start of field number @n, from 0, or NULL. */
static char *field(char *line, int n)
{
	while (line && n-- > 0) {
		line = strchr(line, ' ');
		line = line ? line + 1 : NULL;
	}
	return line;
}

/*
 * ID PARENT DEV ROOT MOUNTPOINT OPTIONS [TAG...] - TYPE SOURCE SUPER-OPTIONS
 */
static bool line_is_mount(char *line, const char *path, char **super)
{
	const size_t len = strlen(path);
	char *point = field(line, 4);
	char *rest = strstr(line, " - proc ");

	if (!point || !rest || strncmp(point, path, len) || point[len] != ' ')
		return false;
	*super = field(rest + 1, 3);
	return *super;
}

/* Of mounts over each other the last one is what is seen. */
static bool mounted_hidden(const struct tcpmem_ctx *ctx)
{
	char *text, *line, *save, *super;
	bool hidden = false;
	size_t len;

	if (tm_read_file(ctx->proc, "self/mountinfo", MOUNTINFO_MAX, &text,
			 &len) < 0)
		return false;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (line_is_mount(line, ctx->proc, &super))
			hidden = hides(super);
	free(text);
	return hidden;
}

void tm_proc_view_read(const struct tcpmem_ctx *ctx, int proc,
		       struct tm_proc_view *view)
{
	view->hidden = misses_init(proc) ||
		       (!may_ptrace(ctx) && mounted_hidden(ctx));
	view->nested = !view->hidden && misses_kthreadd(proc);
}
