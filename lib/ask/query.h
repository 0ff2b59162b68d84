/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* query.h - what is asked */
#ifndef TM_ASK_QUERY_H
#define TM_ASK_QUERY_H

#include "tcpmem.h"

struct tcpmem_query {
	uint32_t states;
	bool holders;
	struct tcpmem_filter *filter; /* NULL: every socket */
	bool bytecode;
	bool places;  /* cgroups and programs are looked up */
	bool info;    /* tcp_info is asked for */
	bool charges; /* what cgroups are charged is read */
	enum tcpmem_holder_source source;
	char **netns; /* as they were named; none: all */
	size_t netns_count;
	size_t netns_capacity;
};

#endif
