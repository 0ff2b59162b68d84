/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * collect_netns_enum.h - lists all namespaces, beside the walk of the caller's
 * own
 *
 * On an idle host the two take as long as all the rest together.
 */
#ifndef TM_COLLECT_NETNS_ENUM_H
#define TM_COLLECT_NETNS_ENUM_H

#include "base/ctx.h"
#include "netns/internal.h"

struct tm_netns_enum;

/*
 * tm_netns_enum_take() - lists them here and now, the caller's own first
 *
 * Without /proc, or where it does not tell which that is, the caller's own is
 * all there is: @list says so.
 *
 * Return: 0, -EMFILE, -ENFILE or -ENOMEM; clear the list either way.
 */
int tm_netns_enum_take(const struct tcpmem_ctx *ctx, struct tm_ns_list *list);

/*
 * tm_netns_enum_start() - begins to list them
 * @list: the caller's own alone, which can be walked meanwhile
 *
 * Return: 0, -EMFILE, -ENFILE or -ENOMEM; clear the list either way.
 */
int tm_netns_enum_start(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
			struct tm_netns_enum **netns_enum);

/*
 * tm_netns_enum_join() - waits for the others and frees the netns_enum
 * @list: as it was started with, and what became of the caller's own since,
 *	which keeps its index
 *
 * Return: 0, -EMFILE, -ENFILE or -ENOMEM.
 */
int tm_netns_enum_join(struct tm_netns_enum *netns_enum,
		       struct tm_ns_list *list);

/* tm_netns_enum_free() - one that is not joined; NULL is fine */
void tm_netns_enum_free(struct tm_netns_enum *netns_enum);

#endif
