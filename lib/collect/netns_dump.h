/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netns_dump.h - one namespace: count its sockets, then dump them */
#ifndef TM_COLLECT_NETNS_DUMP_H
#define TM_COLLECT_NETNS_DUMP_H

#include "collect/dump_all.h"
#include "model/classifier.h"
#include "netlink/internal.h"

/*
 * struct tm_visitor - who visits, one namespace after the other
 * @ctx: the walk's, but what is logged may go another way
 * @open: netlink sockets in the namespace that is being visited
 * @sink: where sockets go, complete but for their holders
 * @index: the namespace that is being visited
 * @asked: the kernel applies the walk's filter, all of it
 * @entered: a netlink socket could be opened there
 */
struct tm_visitor {
	const struct tm_walk *walk;
	struct tcpmem_ctx ctx;
	struct tm_diag_source source;
	struct tm_walk_sink sink;
	struct tm_classifier classifier;
	struct tm_warnings warnings;
	size_t index;
	bool asked;
	bool entered;
};

int tm_visitor_init(struct tm_visitor *visitor, const struct tm_walk *walk);
void tm_visitor_deinit(struct tm_visitor *visitor);

/*
 * tm_visit_count() - reads the namespace's counts, from inside; notes the
 * outcome if it is not worth a dump
 */
void tm_visit_count(struct tm_visitor *visitor);

/*
 * tm_visit_dump() - dumps the namespace; notes the outcome
 *
 * Return: as tm_walk().
 */
int tm_visit_dump(struct tm_visitor *visitor);

/*
 * tm_visit_denied() - notes how entering it failed
 *
 * Return: 0, or @error if it is the caller's resource error and not the
 * namespace's.
 */
int tm_visit_denied(struct tm_visitor *visitor, int error);

/*
 * tm_visit_report() - moves the visitor's warnings to the walk's, named
 *
 * Return: 0 or -ENOMEM.
 */
int tm_visit_report(struct tm_visitor *visitor);

#endif
