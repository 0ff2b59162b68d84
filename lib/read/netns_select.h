/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netns_select.h - which namespaces a question is about */
#ifndef TM_READ_NETNS_SELECT_H
#define TM_READ_NETNS_SELECT_H

#include "read/netns.h"

/*
 * tm_ns_select() - adds the namespaces that were asked for, once each
 * @specs: "self", an ip-netns name, a pid, an absolute path, or what
 *	tm_ns_name() calls it: a container, a unit, the inode's digits
 *
 * All processes are looked through only for what cannot be found directly.
 *
 * Return: 0; -ENOENT if there is no such namespace or process; -EINVAL if a
 * path is no network namespace; -EACCES if it may not be looked up; -ENOMEM.
 * @wrong is the index of the one it is about.
 */
int tm_ns_select(const struct tcpmem_ctx *ctx, char *const *specs, size_t count,
		 struct tm_ns_list *list, size_t *wrong);

#endif
