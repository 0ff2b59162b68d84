/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netns.h - which namespaces a collection is about */
#ifndef TM_COLLECT_NETNS_H
#define TM_COLLECT_NETNS_H

#include "collect/collect.h"

/*
 * tm_collect_find_netns() - those that were asked for, or all
 *
 * All may be the caller's own alone, until the netns_enum is joined.
 *
 * Return: 0; as tm_ns_select() for one that was asked for; -ENOMEM.
 */
int tm_collect_find_netns(struct tm_collect *c);

/* tm_collect_add_scope() - a warning: not all were asked for. 0 or -ENOMEM. */
int tm_collect_add_scope(struct tm_collect *c);

/*
 * tm_collect_name_netns() - puts what was found since in the snapshot
 *
 * Return: 0 or -ENOMEM.
 */
int tm_collect_name_netns(struct tm_collect *c);

/*
 * tm_collect_explain_netns() - warnings for what may not be entered and holds
 * sockets, and for sockets that nothing showed
 *
 * Return: 0 or -ENOMEM.
 */
int tm_collect_explain_netns(struct tm_collect *c);

#endif
