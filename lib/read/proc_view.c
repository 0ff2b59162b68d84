// SPDX-License-Identifier: LGPL-2.1-or-later
/* proc_view.c - whether /proc shows every process */
#include "read/proc_view.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "read/proc_stat.h"
#include "util.h"

#define STATUS_MAX    (64 * 1024)
#define MOUNTINFO_MAX (64 * 1024 * 1024) /* hosts with 100,000 mounts exist */

static int open_process(const struct tcpmem_ctx *ctx, const char *pid)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", ctx->proc, pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Every PID namespace has a process 1, whoever may see it. */
static bool misses_init(const struct tcpmem_ctx *ctx)
{
	int dir = open_process(ctx, "1");

	if (dir < 0)
		return errno == ENOENT;
	close(dir);
	return false;
}

/* kthreadd is process 2 of the initial PID namespace and in no other. */
static bool misses_kthreadd(const struct tcpmem_ctx *ctx)
{
	struct tm_proc_stat stat;
	int dir = open_process(ctx, "2");
	bool other;

	if (dir < 0)
		return errno == ENOENT;
	other = tm_proc_stat_read(dir, &stat) == 0 && !stat.kernel;
	close(dir);
	return other;
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

void tm_proc_view_read(const struct tcpmem_ctx *ctx, struct tm_proc_view *view)
{
	view->hidden = misses_init(ctx) ||
		       (!may_ptrace(ctx) && mounted_hidden(ctx));
	view->nested = !view->hidden && misses_kthreadd(ctx);
}
