/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctx.h - the context: log sink and the roots of what is read */
#ifndef TM_BASE_CTX_H
#define TM_BASE_CTX_H

#include "tcpmem/context.h"

struct tcpmem_ctx {
	tcpmem_log_fn *log;
	void *log_user;
	char *proc; /* "/proc", or a tree that a test made */
	char *sys;  /* "/sys" */
};

#define tm_error(ctx, ...) tm_log(ctx, TCPMEM_LOG_ERROR, __VA_ARGS__)
#define tm_warn(ctx, ...)  tm_log(ctx, TCPMEM_LOG_WARNING, __VA_ARGS__)
#define tm_debug(ctx, ...) tm_log(ctx, TCPMEM_LOG_DEBUG, __VA_ARGS__)

/*
 * tm_ctx_set_roots() - reads @proc instead of /proc, @sys instead of /sys
 * @proc: a directory; NULL: the one of before
 * @sys: likewise
 *
 * Return: 0; or, and nothing has changed, -EINVAL if a path is empty,
 * -ENAMETOOLONG, -ENOMEM.
 */
int tm_ctx_set_roots(struct tcpmem_ctx *ctx, const char *proc, const char *sys);

void tm_log(const struct tcpmem_ctx *ctx, enum tcpmem_log_level level,
	    const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
