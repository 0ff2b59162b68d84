/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netns_listed.h - namespaces that the kernel lists: listns(2), Linux 6.19 */
#ifndef TM_READ_NETNS_LISTED_H
#define TM_READ_NETNS_LISTED_H

#include "read/netns.h"

/*
 * struct tm_ns_lister - the kernel, or a test in its place
 * @list: up to @count ids of network namespaces behind @after; how many, or
 *	-errno
 * @open: an fd of the namespace with that id, or -errno
 */
struct tm_ns_lister {
	int (*list)(uint64_t after, uint64_t *ids, size_t count);
	int (*open)(uint64_t id);
};

extern const struct tm_ns_lister tm_ns_lister_kernel;

/*
 * tm_ns_find_listed() - adds those that are not in @list yet
 *
 * Does nothing where the kernel has no such list, and leaves out what may not
 * be opened.
 *
 * Return: 0; -ENOMEM; -EMFILE; -ENFILE.
 */
int tm_ns_find_listed(const struct tm_ns_lister *lister,
		      struct tm_ns_list *list);

#endif
