/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dump.h - one namespace's dump, as the threads of a dump share it */
#ifndef TM_COLLECT_DUMP_H
#define TM_COLLECT_DUMP_H

#include "collect/internal.h"
#include "model/classifier.h"

/*
 * struct tm_dump_ctx - of a thread, that dumps one namespace after the other
 * @ctx: the plan's, but what is logged may go another way
 * @sink: where sockets go, complete but for their holders
 * @index: the namespace that is dumped
 * @inside: the thread has entered it
 * @asked: the kernel applies the plan's filter, all of it
 * @opened: a netlink socket could be opened there
 */
struct tm_dump_ctx {
	const struct tm_dump *dump;
	struct tcpmem_ctx ctx;
	struct tm_sink sink;
	struct tm_classifier classifier;
	struct tm_warnings warnings;
	size_t index;
	bool inside;
	bool asked;
	bool opened;
};

int tm_dump_ctx_init(struct tm_dump_ctx *ctx, const struct tm_dump *dump);
void tm_dump_ctx_deinit(struct tm_dump_ctx *ctx);

/* tm_dump_wants() - whether the namespace is to be dumped */
bool tm_dump_wants(const struct tm_dump *dump, size_t index);

/*
 * tm_dump_denied() - notes how entering it failed
 *
 * Return: 0, or @error if the caller's own resources are used up.
 */
int tm_dump_denied(struct tm_dump_ctx *ctx, int error);

/*
 * tm_dump_report() - moves the warnings to the dump's, with the namespace named
 *
 * Return: 0 or -ENOMEM.
 */
int tm_dump_report(struct tm_dump_ctx *ctx);

#endif
