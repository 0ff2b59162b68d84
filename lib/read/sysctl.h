/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sysctl.h - numbers in files of /proc/sys */
#ifndef TM_READ_SYSCTL_H
#define TM_READ_SYSCTL_H

#include "ctx.h"
#include "model/limits.h"

#define TM_SYSCTL_VALUES 3

/*
 * tm_sysctl_read() - all numbers of a file, as the calling thread sees it
 * @path: below the root of /proc
 * @count: how many numbers it has, %TM_SYSCTL_VALUES at most
 *
 * Return: 0; -errno of reading; -EBADMSG if it has another form.
 */
int tm_sysctl_read(const struct tcpmem_ctx *ctx, const char *path, size_t count,
		   uint64_t *value);

/*
 * tm_sysctl_limits() - the limits of that scope, as the calling thread sees
 * them
 *
 * Never fails: what cannot be read is unknown.
 */
void tm_sysctl_limits(const struct tcpmem_ctx *ctx,
		      enum tcpmem_limit_scope scope, struct tm_limits *limits);

/* tm_sysctl_memory() - the machine's memory. 0, or -errno of reading it */
int tm_sysctl_memory(const struct tcpmem_ctx *ctx, int64_t *bytes);

#endif
