/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netns_mounts.h - namespaces that are mounted as files */
#ifndef TM_READ_NETNS_MOUNTS_H
#define TM_READ_NETNS_MOUNTS_H

#include "read/netns.h"

/*
 * tm_ns_parse_mount() - a network namespace in a line of mountinfo
 * @line: without its newline; it is written to
 *
 * Return: the namespace's inode, and where it is mounted in @path (inside
 * @line, octal escapes undone); 0 if the line is about something else.
 */
uint64_t tm_ns_parse_mount(char *line, const char **path);

/*
 * tm_ns_find_mounts() - adds what is mounted in one mount namespace
 * @task: who sees the mounts: a pid, or "thread-self" for the caller
 *
 * Return: 0 (also when mountinfo cannot be read), or -ENOMEM.
 */
int tm_ns_find_mounts(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		      const char *task);

#endif
