/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * net_facts.h - what a namespace says that filters ask for
 *
 * Read from inside: by a thread that is in the namespace.
 */
#ifndef TM_READ_NET_FACTS_H
#define TM_READ_NET_FACTS_H

#include "ctx.h"
#include "model/snapshot.h"

/*
 * tm_net_facts_ports() - reads which ports the kernel chooses from
 *
 * Where that cannot be read it stays unknown.
 */
void tm_net_facts_ports(const struct tcpmem_ctx *ctx,
			struct tm_net_facts *facts);

/*
 * tm_net_facts_iface() - looks up the number of an interface
 *
 * Where that cannot be done it stays unknown. Once for each name is enough.
 */
void tm_net_facts_iface(const char *name, struct tm_net_facts *facts);

#endif
