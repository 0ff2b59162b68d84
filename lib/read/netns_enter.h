/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netns_enter.h - going into a namespace */
#ifndef TM_READ_NETNS_ENTER_H
#define TM_READ_NETNS_ENTER_H

#include "read/netns.h"

/*
 * tm_ns_enter() - moves the calling thread into @ns
 *
 * For helper threads alone: nothing moves them back, they end.
 *
 * Return: 0; -EACCES or -EPERM if the caller may not; -ENOENT if the
 * namespace is gone, or what the ways lead to is another one by now; -EMFILE,
 * -ENFILE, -ENOMEM.
 */
int tm_ns_enter(const struct tcpmem_ctx *ctx, const struct tm_ns *ns);

/*
 * tm_ns_probe() - the inode of the network namespace that a path leads to
 * @path: below the root of /proc unless absolute
 *
 * Return: 0; -EINVAL if it is no network namespace; -errno of open(2).
 */
int tm_ns_probe(const struct tcpmem_ctx *ctx, const char *path,
		uint64_t *inode);

#endif
