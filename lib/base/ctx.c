// SPDX-License-Identifier: LGPL-2.1-or-later
/* ctx.c - the context: log sink and the roots of what is read */
#include "base/ctx.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *tcpmem_version(void)
{
	return TCPMEM_VERSION;
}

int tcpmem_ctx_new(struct tcpmem_ctx **ctx)
{
	struct tcpmem_ctx *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->proc = strdup("/proc");
	c->sys = strdup("/sys");
	if (!c->proc || !c->sys) {
		tcpmem_ctx_free(c);
		return -ENOMEM;
	}
	*ctx = c;
	return 0;
}

void tcpmem_ctx_free(struct tcpmem_ctx *ctx)
{
	if (!ctx)
		return;
	free(ctx->proc);
	free(ctx->sys);
	free(ctx);
}

void tcpmem_ctx_set_log(struct tcpmem_ctx *ctx, tcpmem_log_fn *fn, void *user)
{
	ctx->log = fn;
	ctx->log_user = user;
}

/* The root has to leave room for paths below it in PATH_MAX bytes. */
static int set_root(char **root, const char *path)
{
	char *copy;

	if (!path || !*path)
		return -EINVAL;
	if (strlen(path) >= PATH_MAX / 2)
		return -ENAMETOOLONG;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	free(*root);
	*root = copy;
	return 0;
}

int tcpmem_ctx_set_proc_root(struct tcpmem_ctx *ctx, const char *path)
{
	return set_root(&ctx->proc, path);
}

int tcpmem_ctx_set_sys_root(struct tcpmem_ctx *ctx, const char *path)
{
	return set_root(&ctx->sys, path);
}

void tm_log(const struct tcpmem_ctx *ctx, enum tcpmem_log_level level,
	    const char *format, ...)
{
	char text[512];
	va_list args;

	if (!ctx->log)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ctx->log(level, text, ctx->log_user);
}
