/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * collect_iter_sockets.h - sockets that a scan brought along, in place of a
 * dump
 *
 * A dump walks the tables of the whole host in each namespace. Where all that
 * a namespace counts was found by fds, there is nothing else to be dumped.
 */
#ifndef TM_COLLECT_SOURCE_ITER_H
#define TM_COLLECT_SOURCE_ITER_H

#include "collect/collect.h"

/*
 * tm_collect_send() - sends a scan out, if none is under way and one is needed
 *
 * It is needed for holders of sockets that are kept; and for the sockets, where
 * namespaces with sockets are so many that it is back before they are walked.
 * Those are kept then, whoever they are to be handed on to: @ops becomes NULL.
 *
 * Return: 0 or -ENOMEM.
 */
int tm_collect_send(struct tm_collect *c);

/*
 * tm_collect_defer_dumps() - leaves out, for now, what the scan may have seen
 * whole
 *
 * Return: whether any namespace was.
 */
bool tm_collect_defer_dumps(struct tm_collect *c);

/*
 * tm_collect_merge() - takes in what the scan brought of the namespaces that
 * were deferred; those that it has not seen whole are to be dumped all the same
 *
 * Return: 0; as tm_holder_scan_wait(); -ENOMEM.
 */
int tm_collect_merge(struct tm_collect *c);

#endif
