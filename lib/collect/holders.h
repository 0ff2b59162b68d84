/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* holders.h - who holds the sockets of a collection */
#ifndef TM_COLLECT_HOLDERS_H
#define TM_COLLECT_HOLDERS_H

#include "collect/collect.h"

/*
 * tm_collect_find() - finds the holders of the inodes that are expected, and
 * the listeners'
 * @outcomes: namespaces whose listeners are asked for, see collect_walk.h
 *
 * Return: 0; as tm_walk(); -errno of reading /proc or of bpf(2).
 */
int tm_collect_find(struct tm_collect *c, uint32_t outcomes);

/*
 * tm_collect_find_listeners() - finds the listeners alone, whoever holds them
 *
 * Return: 0; as tm_walk().
 */
int tm_collect_find_listeners(struct tm_collect *c);

/* tm_collect_attribute() - gives the sockets that are kept their holders */
void tm_collect_attribute(struct tm_collect *c);

/*
 * tm_collect_look_again() - asks again for kept sockets that nobody holds
 *
 * Return: 0; -errno of opening; -ENOMEM.
 */
int tm_collect_look_again(struct tm_collect *c);

/* tm_collect_is_unclaimed() - nobody was seen to hold it, and somebody should
 */
bool tm_collect_is_unclaimed(const struct tcpmem_socket *sock);

/*
 * tm_collect_refresh() - asks the kernel for one socket again
 * @fd: a netlink socket in its namespace
 *
 * A socket that was closed between dump and scan has an inode that nobody
 * holds: it is gone, or an orphan by now, and not in flight.
 *
 * Return: whether it still exists.
 */
bool tm_collect_refresh(struct tm_collect *c, int fd,
			struct tcpmem_socket *sock);

/* tm_collect_explain() - a warning if processes elsewhere may hold sockets */
int tm_collect_explain(struct tm_collect *c);

/* tm_collect_owner() - the holder and kind of one socket */
void tm_collect_owner(const struct tm_collect *c, struct tcpmem_socket *sock);

#endif
