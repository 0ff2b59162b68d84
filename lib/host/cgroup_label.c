// SPDX-License-Identifier: LGPL-2.1-or-later
/* cgroup_label.c - the container or unit that a process lives in */
#include "host/internal.h"

#include "base/util.h"
#include "model/metadata.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tm_cgroup_path_label(const char *path, char *label, size_t size)
{
	if (tm_cgroup_container(path, label, size) == 0)
		return 0;
	return tm_cgroup_unit(path, label, size);
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
