/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netns_call.h - worker threads, and what they do inside a namespace */
#ifndef TM_COLLECT_NETNS_CALL_H
#define TM_COLLECT_NETNS_CALL_H

#include "netns/internal.h"

/*
 * tm_netns_run() - runs @run inside a namespace, in a thread that then ends
 *
 * Return: 0; as tm_ns_enter(); -EAGAIN if no thread can be started.
 */
int tm_netns_run(const struct tcpmem_ctx *ctx, const struct tm_ns *ns,
		 void (*run)(void *), void *arg);

/*
 * tm_netns_open() - a NETLINK_SOCK_DIAG socket inside a namespace
 *
 * Return: the fd; as tm_netns_run() or tm_diag_open().
 */
int tm_netns_open(const struct tcpmem_ctx *ctx, const struct tm_ns *ns);

#endif
