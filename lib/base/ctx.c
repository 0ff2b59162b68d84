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
/* Return: 0, @copy: of the path, or of @now where there is none; -errno. */
static int copy_root(const char *path, const char *now, char **copy)
{
	*copy = NULL;
	if (path && !*path)
		return -EINVAL;
	if (path && strlen(path) >= PATH_MAX / 2)
		return -ENAMETOOLONG;
	*copy = strdup(path ? path : now);
	return *copy ? 0 : -ENOMEM;
}

int tm_ctx_set_roots(struct tcpmem_ctx *ctx, const char *proc, const char *sys)
{
	char *proc_copy, *sys_copy = NULL;
	int ret = copy_root(proc, ctx->proc, &proc_copy);

	if (ret == 0)
		ret = copy_root(sys, ctx->sys, &sys_copy);
	if (ret < 0) {
		free(proc_copy);
		return ret;
	}
	free(ctx->proc);
	free(ctx->sys);
	ctx->proc = proc_copy;
	ctx->sys = sys_copy;
	return 0;
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
