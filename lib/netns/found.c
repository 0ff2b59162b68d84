// SPDX-License-Identifier: LGPL-2.1-or-later
/* found.c - namespaces that are mounted as files, and those that are listed */
#include "netns/internal.h"

#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/types.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* mountinfo: id parent major:minor root path options... - type source ... */
enum {
	FIELD_ROOT = 3,
	FIELD_PATH = 4,
	FIELD_OPTIONS = 5,
};

static bool read_octal(const char *digits, unsigned int *byte)
{
	*byte = 0;
	for (int i = 0; i < 3; i++) {
		if (digits[i] < '0' || digits[i] > '7')
			return false;
		*byte = *byte * 8 + (unsigned int)(digits[i] - '0');
	}
	return *byte > 0 && *byte <= 255;
}

/* The kernel writes space, tab, newline and backslash as \ooo. */
static bool undo_escapes(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		unsigned int byte = (unsigned char)*from;

		if (*from == '\\') {
			if (!read_octal(from + 1, &byte))
				return false;
			from += 3;
		}
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
	ret = tm_ns_list_add(list, inode, way, TM_NO_TASK, &index);
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

static int add_mounts(struct tm_ns_list *list, const char *task, FILE *file)
{
	size_t size = 0;
	char *line = NULL;
	ssize_t len;
	int ret = 0;

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
	return ret;
}

int tm_ns_find_mounts(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		      const char *task)
{
	char path[PATH_MAX];
	FILE *file;
	int ret;

	snprintf(path, sizeof(path), "%s/%s/mountinfo", ctx->proc, task);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	ret = add_mounts(list, task, file);
	fclose(file);
	return ret;
}

/* ---- namespaces that the kernel lists: listns(2), Linux 6.19 ---- */

/*
 * It lists what is in use by a process, a mount or an fd, wherever that is, as
 * far as the caller has rights in it; each is opened by its id, as a file of
 * nsfs.
 */
#ifndef SYS_listns
#define SYS_listns 470
#endif
#ifndef FD_NSFS_ROOT
#define FD_NSFS_ROOT (-10003)
#endif

#define FILEID_NSFS 0xf1

/* Ids asked for at once: more than there are on most hosts. */
#define PAGE_IDS 4096

/* struct ns_id_req and struct nsfs_file_handle of linux/nsfs.h */
struct id_request {
	__u32 size;
	__u32 spare;
	__u64 after;
	__u32 type;
	__u32 spare2;
	__u64 user_ns_id;
};

struct id_handle {
	__u64 id;
	__u32 type;
	__u32 inode;
};

static int list_ids(uint64_t after, uint64_t *ids, size_t count)
{
	struct id_request request = {
		.size = sizeof(request),
		.after = after,
		.type = CLONE_NEWNET,
	};
	long got = syscall(SYS_listns, &request, ids, count, 0);

	return got < 0 ? -errno : (int)got;
}

static int open_id(uint64_t id)
{
	union {
		struct file_handle head;
		char bytes[sizeof(struct file_handle) +
			   sizeof(struct id_handle)];
	} handle = { .head = {
			     .handle_bytes = sizeof(struct id_handle),
			     .handle_type = FILEID_NSFS,
		     } };
	const struct id_handle named = { .id = id };
	int fd;

	memcpy(handle.bytes + sizeof(struct file_handle), &named,
	       sizeof(named));
	fd = open_by_handle_at(FD_NSFS_ROOT, &handle.head,
			       O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

const struct tm_ns_lister tm_ns_lister_kernel = { list_ids, open_id };

static int add(const struct tm_ns_lister *lister, struct tm_ns_list *list,
	       uint64_t id)
{
	size_t index;
	int fd = lister->open(id), ret;

	if (tm_shortage(fd))
		return fd;
	if (fd < 0)
		return 0;
	ret = tm_ns_list_add_fd(list, fd, &index);
	return ret == -ENOMEM ? ret : 0;
}

static int add_pages(const struct tm_ns_lister *lister, struct tm_ns_list *list,
		     uint64_t *ids)
{
	uint64_t after = 0;
	int count, ret = 0;

	do {
		count = lister->list(after, ids, PAGE_IDS);
		for (int i = 0; ret == 0 && i < count; i++)
			ret = add(lister, list, ids[i]);
		/* the same page again ends the list */
		if (count <= 0 || ids[count - 1] <= after)
			break;
		after = ids[count - 1];
	} while (ret == 0 && count == PAGE_IDS);
	return ret;
}

int tm_ns_find_listed(const struct tm_ns_lister *lister,
		      struct tm_ns_list *list)
{
	uint64_t *ids = calloc(PAGE_IDS, sizeof(*ids));
	int ret;

	if (!ids)
		return -ENOMEM;
	ret = add_pages(lister, list, ids);
	free(ids);
	return ret;
}
