// SPDX-License-Identifier: LGPL-2.1-or-later
/* cgroup_label.c - the container or unit that a process lives in */
#include "read/cgroup_label.h"

#include "util.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A container's id in full, and how much of it people use. */
#define ID_LEN	 64
#define ID_SHOWN 12

static bool ends_with(const char *part, size_t len, const char *tail)
{
	size_t tail_len = strlen(tail);

	return len > tail_len &&
	       memcmp(part + len - tail_len, tail, tail_len) == 0;
}

/* "ID", or "RUNTIME-ID.scope" as systemd's cgroup drivers write it. */
static const char *find_container(const char *part, size_t len)
{
	if (ends_with(part, len, ".scope"))
		len -= strlen(".scope");
	if (len < ID_LEN || (len > ID_LEN && part[len - ID_LEN - 1] != '-'))
		return NULL;
	part += len - ID_LEN;
	for (size_t i = 0; i < ID_LEN; i++)
		if (!isxdigit((unsigned char)part[i]))
			return NULL;
	return part;
}

static bool is_unit(const char *part, size_t len)
{
	return ends_with(part, len, ".service") ||
	       ends_with(part, len, ".scope");
}

int tm_cgroup_path_label(const char *path, char *label, size_t size)
{
	const char *found = NULL;
	size_t found_len = 0;
	bool container = false;

	while (*path) {
		size_t len = strcspn(path, "/");
		const char *id = find_container(path, len);

		if (id) {
			found = id;
			found_len = ID_SHOWN;
			container = true;
		} else if (!container && is_unit(path, len)) {
			found = path;
			found_len = len;
		}
		path += len;
		path += *path == '/';
	}
	if (!found)
		return -ENOENT;
	snprintf(label, size, "%.*s", (int)found_len, found);
	return 0;
}

/* Lines are "HIERARCHY:CONTROLLERS:PATH"; the first path that tells wins. */
static int label_of_lines(char *text, char *label, size_t size)
{
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n"))) {
		const char *path = strchr(line, ':');

		path = path ? strchr(path + 1, ':') : NULL;
		if (path && tm_cgroup_path_label(path + 1, label, size) == 0)
			return 0;
	}
	return -ENOENT;
}

int tm_cgroup_label(const struct tcpmem_ctx *ctx, const char *file, char *label,
		    size_t size)
{
	char *text;
	size_t len;
	int ret = tm_read_file(ctx->proc, file, 1 << 20, &text, &len);

	if (ret < 0)
		return ret;
	ret = label_of_lines(text, label, size);
	free(text);
	return ret;
}
