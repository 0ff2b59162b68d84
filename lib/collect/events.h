/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* events.h - sockets that end between two looks */
#ifndef TM_COLLECT_EVENTS_H
#define TM_COLLECT_EVENTS_H

#include "collect/plan.h"

struct tm_events;

/*
 * tm_events_new() - hears nothing yet
 *
 * Return: 0 or -ENOMEM.
 */
int tm_events_new(const struct tm_plan *plan, struct tm_events **events);
void tm_events_free(struct tm_events *events);

/*
 * tm_events_follow() - listens in the namespaces of @list, and no longer in
 * others: a socket keeps its namespace alive
 * @list: receives their names
 *
 * Return: 0; -EMFILE; -ENFILE; -ENOMEM.
 */
int tm_events_follow(struct tm_events *events, const struct tm_plan *plan,
		     struct tm_ns_list *list);

/*
 * tm_events_wait() - hands on what has ended, see tcpmem_sampler_wait()
 * @cache: what names who closed it, or was last seen with it
 *
 * Return: 0; -errno of poll(2) or recvmsg(2); -ENOMEM; what @ops->socket
 * returned.
 */
int tm_events_wait(struct tm_events *events, const struct tm_plan *plan,
		   const struct tm_cache *cache, int timeout_ms,
		   const struct tcpmem_dump_ops *ops, void *user,
		   struct tcpmem_events *counts);

#endif
