/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* query.h - what is asked */
#ifndef TM_QUERY_QUERY_H
#define TM_QUERY_QUERY_H

#include "tcpmem/query.h"

struct tcpmem_query {
	uint32_t states;
	uint32_t needs;		      /* enum tcpmem_need */
	struct tcpmem_filter *filter; /* NULL: every socket */
	bool bytecode; /* the kernel helps to filter; tests do without */
	enum tcpmem_holder_source source;
	char **netns; /* as they were named; none: all */
	size_t netns_count;
	size_t netns_capacity;
};

#endif
