// SPDX-License-Identifier: LGPL-2.1-or-later
/* query.c - what is asked */
#include "ask/query.h"

#include <errno.h>
#include <stdlib.h>

int tcpmem_query_new(struct tcpmem_query **query)
{
	struct tcpmem_query *q = calloc(1, sizeof(*q));

	if (!q)
		return -ENOMEM;
	q->states = TCPMEM_STATES_ALL;
	q->holders = true;
	*query = q;
	return 0;
}

void tcpmem_query_free(struct tcpmem_query *query)
{
	free(query);
}

int tcpmem_query_set_states(struct tcpmem_query *query, uint32_t mask)
{
	if (!mask || (mask & ~TCPMEM_STATES_ALL))
		return -EINVAL;
	query->states = mask;
	return 0;
}

void tcpmem_query_set_holders(struct tcpmem_query *query, bool holders)
{
	query->holders = holders;
}

int tcpmem_query_set_holder_source(struct tcpmem_query *query,
				   enum tcpmem_holder_source source)
{
	if (!tcpmem_holder_source_name(source))
		return -EINVAL;
	query->source = source;
	return 0;
}

void tcpmem_query_set_places(struct tcpmem_query *query, bool places)
{
	query->places = places;
}
