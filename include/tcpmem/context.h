/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* context.h - where log lines go */
#ifndef TCPMEM_CONTEXT_H
#define TCPMEM_CONTEXT_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tcpmem_ctx;

/*
 * ---- context: where log lines go ----
 */

/** enum tcpmem_log_level - how grave a log line is @since 0.1 */
enum tcpmem_log_level {
	TCPMEM_LOG_ERROR = 0,
	TCPMEM_LOG_WARNING = 1,
	TCPMEM_LOG_DEBUG = 2,
};

/**
 * typedef tcpmem_log_fn - receives one log line, without a newline
 *
 * @text may hold bytes from outside; escape them before a terminal sees them.
 */
typedef void tcpmem_log_fn(enum tcpmem_log_level level, const char *text,
			   void *user);

/**
 * tcpmem_ctx_new() - a context with no log sink
 *
 * Free it with tcpmem_ctx_free(), after every sampler that uses it.
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_ctx_new(struct tcpmem_ctx **ctx);

/** tcpmem_ctx_free() - frees a context; snapshots live on @since 0.1 */
TCPMEM_API void tcpmem_ctx_free(struct tcpmem_ctx *ctx);

/** tcpmem_ctx_set_log() - sends log lines to @fn; NULL sends none @since 0.1 */
TCPMEM_API void tcpmem_ctx_set_log(struct tcpmem_ctx *ctx, tcpmem_log_fn *fn,
				   void *user);

#ifdef __cplusplus
}
#endif

#endif
