/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* proc_view.h - whether /proc shows every process */
#ifndef TM_READ_PROC_VIEW_H
#define TM_READ_PROC_VIEW_H

#include "ctx.h"

/*
 * struct tm_proc_view - which processes are missing from /proc
 * @hidden: other users' processes: it is mounted with hidepid
 * @nested: those outside of one PID namespace, such as a container's
 */
struct tm_proc_view {
	bool hidden;
	bool nested;
};

/*
 * tm_proc_view_read() - never fails; what cannot be read hides nothing
 * @proc: an fd of the directory that is read as /proc
 */
void tm_proc_view_read(const struct tcpmem_ctx *ctx, int proc,
		       struct tm_proc_view *view);

#endif
