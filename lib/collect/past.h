/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* past.h - past owners: learned from each look, and whether they live */
#ifndef TM_COLLECT_PAST_H
#define TM_COLLECT_PAST_H

#include "collect/holders.h"

/*
 * tm_past_open() - hooks who closes what, if past owners are needed, there will
 * be later looks and BPF may be used; why not is in @cache
 */
void tm_past_open(const struct tm_plan *plan, struct tm_cache *cache);

/*
 * tm_past_serve() - tells other commands what the hooks of @cache saw
 *
 * Return: 0; why there are none; as tm_owners_serve().
 */
int tm_past_serve(struct tm_cache *cache);

/*
 * tm_past_learn() - remembers who holds what, if past owners are needed
 * @snap: all sockets, with their holders
 *
 * Return: 0 or -ENOMEM.
 */
int tm_past_learn(const struct tm_plan *plan, struct tm_cache *cache,
		  const struct tm_owners *owners,
		  const struct tcpmem_snapshot *snap);

/*
 * tm_past_name() - names the past owners of the sockets in @snap, if they are
 * needed; a warning says how many are not known
 *
 * Return: 0 or -ENOMEM.
 */
int tm_past_name(const struct tm_plan *plan, struct tm_cache *cache,
		 const struct tm_listeners *listeners,
		 struct tcpmem_snapshot *snap);

/*
 * tm_past_ended() - names who closed and who made the one socket of @snap, its
 * cgroup and its age, as far as they are needed and known
 *
 * Return: 0; -EMFILE; -ENFILE; -ENOMEM.
 */
int tm_past_ended(const struct tm_plan *plan, const struct tm_cache *cache,
		  struct tcpmem_snapshot *snap);

#endif
