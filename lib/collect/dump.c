// SPDX-License-Identifier: LGPL-2.1-or-later
/* dump.c - sockets handed on one by one */
#include "collect/collect.h"

#include "filter/filter.h"

#include <errno.h>
#include <stdlib.h>

static int emit(struct tcpmem_snapshot *snap, const struct tcpmem_dump_ops *ops,
		void *user)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++)
		ret = ops->socket(snap, &snap->sockets.sock[i], user);
	tm_socket_set_deinit(&snap->sockets);
	return ret;
}

int tcpmem_dump(struct tcpmem_ctx *ctx, const struct tcpmem_query *query,
		const struct tcpmem_dump_ops *ops, void *user,
		struct tcpmem_snapshot **snapshot)
{
	struct tm_collect c = { .ctx = ctx, .query = query, .user = user };
	struct tcpmem_snapshot *snap;
	int ret;

	if (ops->size < sizeof(*ops) || !ops->socket)
		return -EINVAL;
	/* where a socket lives is known last: until then all are kept */
	if (!(tm_filter_needs(query->filter) & TCPMEM_NEED_METADATA))
		c.ops = ops;
	ret = tm_collect_take(&c, &snap);
	if (ret)
		return ret;
	if (!c.ops)
		ret = emit(snap, ops, user);
	if (ret)
		tcpmem_snapshot_free(snap);
	else
		*snapshot = snap;
	return ret;
}
