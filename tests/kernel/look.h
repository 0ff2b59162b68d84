/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* look.h - what the library sees, through its public header alone */
#ifndef LOOK_H
#define LOOK_H

#include "set.h"

#include "tcpmem.h"

struct look {
	struct tcpmem_ctx *ctx;
	struct tcpmem_query *query;
	struct tcpmem_snapshot *snapshot; /* the last that was taken */
};

/* look_open() - a context and a query for all states, with holders */
void look_open(struct look *look);
void look_close(struct look *look);

/* look_take() - a new snapshot in place of the last; @look is a struct look */
void look_take(void *look);

size_t look_count(const struct look *look);

const struct tcpmem_socket *look_at(const struct look *look, size_t index);

/* look_find() - the record of @sock, which must be there exactly once */
const struct tcpmem_socket *look_find(const struct look *look,
				      const struct fx_sock *sock);

/* look_number() - a figure that the kernel must have reported */
int64_t look_number(const struct tcpmem_socket *sock,
		    enum tcpmem_number number);

bool look_is_mptcp(const struct tcpmem_socket *sock);

struct fx_addr look_local(const struct tcpmem_socket *sock);
struct fx_addr look_remote(const struct tcpmem_socket *sock);

#endif
