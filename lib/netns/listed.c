// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * listed.c - namespaces that the kernel lists: listns(2), Linux 6.19
 *
 * It lists what is in use by a process, a mount or an fd, wherever that is,
 * as far as the caller has rights in it; each is opened by its id, as a file
 * of nsfs.
 */
#include "base/util.h"
#include "netns/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

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
