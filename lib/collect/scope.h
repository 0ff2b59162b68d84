/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* scope.h - which namespaces of a file a question is about */
#ifndef TM_COLLECT_SCOPE_H
#define TM_COLLECT_SCOPE_H

#include "collect/collect.h"

/*
 * tm_collect_in_scope() - whether @query asks for @netns
 *
 * By "self", name or inode, as it was when the file was made: pids and paths
 * of that time lead nowhere.
 */
bool tm_collect_in_scope(const struct tcpmem_query *query,
			 const struct tm_netns *netns);

/*
 * tm_collect_narrow() - leaves out the namespaces that were not asked for
 *
 * Return: 0, -ENOENT if one that was asked for is not there, or -ENOMEM.
 */
int tm_collect_narrow(struct tm_collect *c);

#endif
