/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* holders_proc.h - who holds which socket, from /proc/PID/fd */
#ifndef TM_READ_HOLDERS_PROC_H
#define TM_READ_HOLDERS_PROC_H

#include "ctx.h"
#include "model/claims.h"
#include "model/gaps.h"
#include "read/pids.h"

/*
 * struct tm_proc_scan - how a scan went
 * @processes: processes that were read
 * @denied: processes whose fds may not be read; they make a warning
 * @hidden: /proc is mounted with hidepid, others' processes are not there;
 *	makes a warning
 * @nested: processes outside of one PID namespace are not there; makes no
 *	warning, for most such namespaces hold all their sockets themselves: it
 *is one if a socket's holder was not found
 *
 * An inode without a holder is surely in flight only if none of the three is
 * set.
 */
struct tm_proc_scan {
	size_t processes;
	size_t denied;
	bool hidden;
	bool nested;
};

/*
 * tm_fd_refs_proc_scan() - notes who has which socket, of whatever kind, open
 * @round: what was asked before and what may be left out, see pids.h; or NULL
 * @fd_refs: receives them
 *
 * Time is linear in the number of fds, over as many threads as there are CPUs.
 * Threads with an fd table of their own are read too and count as their
 * process. A process that vanishes meanwhile is no error.
 *
 * Return: 0, -ENOMEM, -EMFILE or -ENFILE, or -errno if /proc itself cannot be
 * read. What a cancelled round brings is not whole.
 */
int tm_fd_refs_proc_scan(const struct tcpmem_ctx *ctx,
			 struct tm_scan_state *round,
			 struct tm_fd_refs *fd_refs, struct tm_proc_scan *scan);

/*
 * tm_proc_scan_explain() - adds warnings for processes that may not be read
 *
 * Return: 0 or -ENOMEM.
 */
int tm_proc_scan_explain(const struct tm_proc_scan *scan,
			 struct tm_warnings *warnings);

/*
 * struct tm_fd_visitor - who looks at every fd of the host
 * @socket: thread @tid of process @pid has @fd, a socket of whatever kind. Not
 *	called where pids in /proc are not those of system calls.
 * @netns: a network namespace is held open; @path, below the root of /proc,
 *	leads to it
 *
 * Each returns 0; -ECANCELED, -EMFILE, -ENFILE or -ENOMEM end the visit.
 */
struct tm_fd_visitor {
	int (*socket)(uint32_t pid, uint32_t tid, int fd, uint32_t inode,
		      void *user);
	int (*netns)(uint64_t inode, const char *path, void *user);
	void *user;
};

/*
 * tm_fds_proc_visit() - shows every fd that may be read to @visitor
 *
 * Return: as tm_fd_refs_proc_scan(), or what @visitor returned.
 */
int tm_fds_proc_visit(const struct tcpmem_ctx *ctx,
		      const struct tm_fd_visitor *visitor,
		      struct tm_proc_scan *scan);

#endif
