/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kinds.h - a worker's sockets at rest, looked at by process and kind */
#ifndef KINDS_H
#define KINDS_H

#include "look.h"
#include "rest.h"
#include "suite.h"
#include "worker.h"

struct kinds {
	struct fx_worker worker;
	struct fx_ss ss;
	struct look look;
	struct tcpmem_table *table; /* by process, proved to add up */
};

/* kinds_open() - has a worker run @job, and looks */
void kinds_open(struct kinds *kinds, fx_job *job, const void *arg, size_t size);
void kinds_close(struct kinds *kinds);

/*
 * kinds_check() - @sock is of this kind, and so are its subflows
 * @held: by the worker and by no other process; else by none
 */
void kinds_check(const struct kinds *kinds, const struct fx_sock *sock,
		 enum tcpmem_kind kind, bool held);

/* kinds_buffer() - by ss, what @sock and its subflows buffer */
int64_t kinds_buffer(const struct kinds *kinds, const struct fx_sock *sock);

/* kinds_leave_in_flight() - a job: its set's first socket is in flight */
void kinds_leave_in_flight(struct fx_set *set, const void *flavour);

#endif
