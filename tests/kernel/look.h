/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* look.h - what the library sees, through its public header alone */
#ifndef LOOK_H
#define LOOK_H

#include "set.h"

#include "tcpmem.h"

#include <sys/types.h>

struct look {
	struct tcpmem_ctx *ctx;
	struct tcpmem_query *query;
	struct tcpmem_snapshot *snapshot; /* the last that was taken */
};

/*
 * look_open() - a context and a query for all states, with holders, of the
 * caller's network namespace
 */
void look_open(struct look *look);

/* look_open_everywhere() - the same in all namespaces, not only this one */
void look_open_everywhere(struct look *look);

/* look_open_by() - look_open(), with holders from that source */
void look_open_by(struct look *look, enum tcpmem_holder_source source);
void look_close(struct look *look);

/* look_take() - a new snapshot in place of the last; @look is a struct look */
void look_take(void *look);

/* look_next() - the next sample in place of the last */
void look_next(struct look *look, struct tcpmem_sampler *sampler);

size_t look_count(const struct look *look);

const struct tcpmem_socket *look_at(const struct look *look, size_t index);

/* look_find() - the record of @sock, which must be there exactly once */
const struct tcpmem_socket *look_find(const struct look *look,
				      const struct fx_sock *sock);

/* look_number() - a figure that the kernel must have reported */
int64_t look_number(const struct tcpmem_socket *sock,
		    enum tcpmem_metric number);

/* look_is_held_by() - whether the process is one of its holders */
bool look_is_held_by(const struct look *look, const struct tcpmem_socket *sock,
		     pid_t pid);

/* look_field() - a field that must be known */
int64_t look_field(const struct tcpmem_socket *sock,
		   enum tcpmem_socket_field field);

bool look_is_mptcp(const struct tcpmem_socket *sock);

struct fx_addr look_local(const struct tcpmem_socket *sock);
struct fx_addr look_remote(const struct tcpmem_socket *sock);

/*
 * look_by_process() - the last snapshot by process
 *
 * Proved to add up: every number, over all rows, is the total's and is the
 * sum over the sockets.
 */
struct tcpmem_table *look_by_process(const struct look *look);

/* look_row_of_pid() - the row of a process, which must be there */
const struct tcpmem_row *look_row_of_pid(const struct tcpmem_table *table,
					 pid_t pid);

/* look_row_of_kind() - the row of sockets without a process; NULL if none */
const struct tcpmem_row *look_row_of_kind(const struct tcpmem_table *table,
					  enum tcpmem_kind kind);

#endif
