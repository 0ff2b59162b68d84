/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* deferred.h - streamed sockets that were opened after the scan for holders
 */
#ifndef TM_COLLECT_DEFERRED_H
#define TM_COLLECT_DEFERRED_H

#include "collect/collect.h"

/*
 * tm_collect_defer() - keeps a socket back that nobody was seen to hold
 *
 * Return: 1; 0 if it is to be handed on as it is, for too many are kept back;
 * -ENOMEM.
 */
int tm_collect_defer(struct tm_collect *c, const struct tcpmem_socket *sock,
		     const struct tm_info *info);

/*
 * tm_collect_late() - looks again for those who hold what was kept back, and
 * at what nobody holds: it may be gone
 * @emit_socket: hands a socket on; returns as tcpmem_dump()'s callback
 *
 * Return: 0; -errno of reading /proc, of bpf(2) or of opening; -ENOMEM; what
 * @emit_socket returned.
 */
int tm_collect_late(struct tm_collect *c,
		    int (*emit_socket)(struct tm_collect *c,
				       const struct tcpmem_socket *sock,
				       const struct tm_info *info));

#endif
