/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * collect_census.h - lists all namespaces, beside the walk of the caller's own
 *
 * On an idle host the two take as long as all the rest together.
 */
#ifndef TM_COLLECT_CENSUS_H
#define TM_COLLECT_CENSUS_H

#include "ctx.h"
#include "read/netns.h"

struct tm_census;

/*
 * tm_census_take() - lists them here and now, the caller's own first
 *
 * Without /proc the caller's own is all there is: @list says so.
 *
 * Return: 0 or -ENOMEM; clear the list either way.
 */
int tm_census_take(const struct tcpmem_ctx *ctx, struct tm_ns_list *list);

/*
 * tm_census_start() - begins to list them
 * @list: the caller's own alone, which can be walked meanwhile
 *
 * Return: 0 or -ENOMEM; clear the list either way.
 */
int tm_census_start(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		    struct tm_census **census);

/*
 * tm_census_join() - waits for the others and frees the census
 * @list: as it was started with, and what became of the caller's own since,
 *	which keeps its index
 *
 * Return: 0 or -ENOMEM.
 */
int tm_census_join(struct tm_census *census, struct tm_ns_list *list);

/* tm_census_free() - one that is not joined; NULL is fine */
void tm_census_free(struct tm_census *census);

#endif
