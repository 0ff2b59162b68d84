/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filter.h - the query's filter, while sockets come in
 *
 * What the kernel leaves out, tm_collect_wants() would: the sockets that go
 * on from there are the same with its help and without.
 */
#ifndef TM_COLLECT_FILTER_H
#define TM_COLLECT_FILTER_H

#include "collect/collect.h"
#include "netlink/internal.h"

/*
 * tm_collect_prepare() - what the query and its filter want, together
 *
 * Return: 0, or -ENOMEM.
 */
int tm_collect_prepare(struct tm_collect *c);

/*
 * tm_collect_look_up() - finds out what the filter asks of a namespace
 *
 * For threads that are inside. What cannot be found out stays unknown.
 */
void tm_collect_look_up(const struct tcpmem_ctx *ctx,
			const struct tcpmem_filter *filter,
			struct tm_net_facts *facts);

/*
 * tm_collect_wants() - false if @sock cannot match, whatever is still found
 * @facts: of its namespace; NULL if nothing is known
 */
bool tm_collect_wants(const struct tcpmem_filter *filter,
		      const struct tm_net_facts *facts,
		      const struct tcpmem_socket *sock);

/* tm_collect_selects() - whether @sock matches; all is known that will be */
bool tm_collect_selects(struct tm_collect *c, struct tcpmem_socket *sock);

/* tm_collect_select() - forgets the sockets kept that do not match */
void tm_collect_select(struct tm_collect *c);

/*
 * tm_collect_undecided() - says how many sockets could not be judged
 *
 * Return: 0; -ENODEV if the filter names an interface that is nowhere;
 * -ENOMEM.
 */
int tm_collect_undecided(struct tm_collect *c);

#endif
