// SPDX-License-Identifier: LGPL-2.1-or-later
/* mounts.c - namespaces that are mounted as files: /proc/PID/mountinfo */
#include "netns/internal.h"

#include "base/util.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* mountinfo: id parent major:minor root path options... - type source ... */
enum {
	FIELD_ROOT = 3,
	FIELD_PATH = 4,
	FIELD_OPTIONS = 5,
};

/* The kernel writes space, tab, newline and backslash as \ooo. */
static bool undo_escapes(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		unsigned int byte = 0;

		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		for (int i = 0; i < 3; i++) {
			from++;
			if (*from < '0' || *from > '7')
				return false;
			byte = byte * 8 + (unsigned int)(*from - '0');
		}
		if (byte == 0 || byte > 255)
			return false;
		*to++ = (char)byte;
	}
	*to = '\0';
	return true;
}

uint64_t tm_ns_parse_mount(char *line, const char **path)
{
	char *field, *root = NULL, *where = NULL, *rest = line;
	const char *type = NULL;
	uint64_t inode;

	for (int i = 0; (field = strsep(&rest, " ")); i++) {
		if (i == FIELD_ROOT)
			root = field;
		else if (i == FIELD_PATH)
			where = field;
		else if (i > FIELD_OPTIONS && strcmp(field, "-") == 0)
			break;
	}
	if (field)
		type = strsep(&rest, " ");
	if (!type || strcmp(type, "nsfs") != 0 || *where != '/')
		return 0;
	inode = tm_parse_link(root, "net");
	if (!inode || !undo_escapes(where))
		return 0;
	*path = where;
	return inode;
}

/* The file name that `ip netns` made, if the path is one of its files. */
static const char *ip_netns_name(const char *path)
{
	static const char *const dirs[] = { "/run/netns/", "/var/run/netns/" };

	for (int i = 0; i < 2; i++) {
		size_t len = strlen(dirs[i]);

		if (strncmp(path, dirs[i], len) == 0 && path[len] &&
		    !strchr(path + len, '/'))
			return path + len;
	}
	return NULL;
}

static int add_mount(struct tm_ns_list *list, const char *task, char *line)
{
	bool mine = strcmp(task, "thread-self") == 0;
	const char *path, *name;
	char way[PATH_MAX];
	uint64_t inode = tm_ns_parse_mount(line, &path);
	size_t index;
	int len, ret;

	if (!inode)
		return 0;
	len = snprintf(way, sizeof(way), "%s/root%s", task, path);
	if (len < 0 || (size_t)len >= sizeof(way))
		return 0;
	ret = tm_ns_list_add(list, inode, way, 0, &index);
	if (ret == -E2BIG) {
		list->unidentified++;
		return 0;
	}
	name = ip_netns_name(path);
	if (ret < 0 || !name)
		return ret;
	return tm_ns_rename(&list->ns[index],
			    mine ? TM_NS_IP_NETNS : TM_NS_FOREIGN_MOUNT, name);
}

int tm_ns_find_mounts(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		      const char *task)
{
	char path[PATH_MAX];
	size_t size = 0;
	char *line = NULL;
	ssize_t len;
	FILE *file;
	int ret = 0;

	snprintf(path, sizeof(path), "%s/%s/mountinfo", ctx->proc, task);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	errno = 0;
	while (ret == 0 && (len = getline(&line, &size, file)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		ret = add_mount(list, task, line);
	}
	/* at the end of the file it fails too, but without an error */
	if (ret == 0 && !feof(file))
		ret = errno ? -errno : -EIO;
	free(line);
	fclose(file);
	return ret;
}
