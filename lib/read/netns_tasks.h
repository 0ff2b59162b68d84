/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netns_tasks.h - namespaces that tasks live in, and their mounts */
#ifndef TM_READ_NETNS_TASKS_H
#define TM_READ_NETNS_TASKS_H

#include "read/netns.h"

/*
 * TM_NS_FEW_THREADS - threads that are always looked at one by one
 *
 * A look costs 4 us, and a thread elsewhere than its leader is rare: where
 * there are more, they wait until the kernel's accounting say that something is
 * missing.
 */
#define TM_NS_FEW_THREADS 256

/*
 * tm_ns_find_tasks() - adds the namespaces of all tasks and of all mounts
 * @threads: processes with more than so many are read by their leader only,
 *	the rest counts in @list->unread_threads
 *
 * A namespace that may not be looked up becomes an entry without inode, once
 * each. A task that vanishes meanwhile is no error. May be called again with
 * a larger @threads; what is known stays.
 *
 * Return: 0, -ENOMEM, or -errno if /proc itself cannot be read.
 */
int tm_ns_find_tasks(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		     size_t threads);

#endif
