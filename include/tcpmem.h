/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpmem.h - where the kernel's TCP memory is, who holds it, and whether
 * that is all of it
 *
 * The library stands between NETLINK_SOCK_DIAG, /proc and /sys on one side
 * and a program that wants an answer on the other:
 *
 *   query -> tcpmem_snapshot_take() -> snapshot -> tcpmem_group() -> table
 *
 * It never prints, exits, changes the host, installs a signal handler, reads
 * the environment or moves the calling thread to another namespace.
 *
 * Conventions. Functions that can fail return 0 or -errno and write their
 * result, the last parameter, only on success. A NULL handle is a programming
 * error; *_free(NULL) does nothing. Numbers are bytes unless the name says
 * otherwise. What the kernel did not report is -ENODATA, never 0. What could
 * not be seen is a warning on a good result, never an error and never silent.
 *
 * Promise. From version 1.0 on, what stands here stays, but for
 * the headers that tcpmem/analysis.h lists, which may change until 2.0.
 *
 * Enumerations. Numbers never change; a later version may add some. The count
 * of one is beside it, in an enum without a name, so that a switch over all
 * values does not have to handle it.
 *
 * Threads. A context and a query may be used by one thread at a time. A
 * snapshot never changes once made: threads may share it. Different handles
 * are independent.
 */
#ifndef TCPMEM_H
#define TCPMEM_H

#include "tcpmem/analysis.h"
#include "tcpmem/column.h"
#include "tcpmem/context.h"
#include "tcpmem/host.h"
#include "tcpmem/info.h"
#include "tcpmem/query.h"
#include "tcpmem/reconcile.h"
#include "tcpmem/sampler.h"
#include "tcpmem/snapshot.h"
#include "tcpmem/socket.h"
#include "tcpmem/table.h"
#include "tcpmem/types.h"

#endif
