/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* filter_eval.h - one comparison of a socket, which the evaluators share */
#ifndef TM_ASK_FILTER_EVAL_H
#define TM_ASK_FILTER_EVAL_H

#include "ask/filter.h"

struct tm_eval {
	const struct tcpmem_filter *filter;
	const struct tm_filter_facts *facts;
	const struct tcpmem_socket *sock;
};

static inline enum tm_filter_verdict tm_eval_verdict(bool yes)
{
	return yes ? TM_FILTER_YES : TM_FILTER_NO;
}

/*
 * tm_eval_match_equal() - it is equal, or it is like it; the operator may deny
 */
static inline enum tm_filter_verdict
tm_eval_match_equal(const struct tm_filter_node *node, bool equal)
{
	return tm_eval_verdict(equal == !(node->op & 1));
}

/* tm_eval_number() - @value compared with the operand */
enum tm_filter_verdict tm_eval_number(const struct tm_filter_node *node,
				      int64_t value);

/* tm_eval_info() - compares a figure of tcp_info */
enum tm_filter_verdict tm_eval_info(const struct tm_eval *e,
				    const struct tm_filter_node *node);

/* tm_eval_is_text() - whether @value is, or is like, the operand */
bool tm_eval_is_text(const struct tm_eval *e, const struct tm_filter_node *node,
		     const char *value);

/* tm_eval_holder() - compares the processes that hold the socket */
enum tm_filter_verdict tm_eval_holder(const struct tm_eval *e,
				      const struct tm_filter_node *node);

/* tm_eval_place() - compares where the socket or its processes live */
enum tm_filter_verdict tm_eval_place(const struct tm_eval *e,
				     const struct tm_filter_node *node);

#endif
