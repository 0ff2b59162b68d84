// SPDX-License-Identifier: LGPL-2.1-or-later
/* query.c - what is asked */
#include "query/query.h"

#include "base/util.h"
#include "filter/filter.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int tcpmem_query_new(struct tcpmem_query **query)
{
	struct tcpmem_query *q = calloc(1, sizeof(*q));

	if (!q)
		return -ENOMEM;
	q->states = TCPMEM_STATES_ALL;
	q->needs = TCPMEM_NEED_HOLDERS;
	q->bytecode = true;
	*query = q;
	return 0;
}

void tcpmem_query_free(struct tcpmem_query *query)
{
	if (!query)
		return;
	for (size_t i = 0; i < query->netns_count; i++)
		free(query->netns[i]);
	free(query->netns);
	tcpmem_filter_free(query->filter);
	free(query);
}

int tcpmem_query_set_states(struct tcpmem_query *query, uint32_t mask)
{
	if (!mask || (mask & ~TCPMEM_STATES_ALL))
		return -EINVAL;
	query->states = mask;
	return 0;
}

/* A name is a file name below /run/netns: it has no slash and is no dots. */
static bool may_name_netns(const char *spec)
{
	if (*spec == '/')
		return strlen(spec) < PATH_MAX;
	return *spec && strlen(spec) <= NAME_MAX && !strchr(spec, '/') &&
	       strcmp(spec, ".") != 0 && strcmp(spec, "..") != 0;
}

int tcpmem_query_add_netns(struct tcpmem_query *query, const char *spec)
{
	char *copy;
	int ret;

	if (!may_name_netns(spec))
		return -EINVAL;
	copy = strdup(spec);
	if (!copy)
		return -ENOMEM;
	ret = tm_append(query->netns, query->netns_count, query->netns_capacity,
			&copy);
	if (ret < 0)
		free(copy);
	return ret;
}

int tcpmem_query_require(struct tcpmem_query *query, uint32_t needs)
{
	if (needs & ~(uint32_t)(TCPMEM_NEEDS_ALL | TCPMEM_SUMS_SUFFICE))
		return -EINVAL;
	query->needs = needs;
	return 0;
}

int tcpmem_query_set_holder_source(struct tcpmem_query *query,
				   enum tcpmem_holder_source source)
{
	if (!tcpmem_holder_source_describe(source)->name)
		return -EINVAL;
	query->source = source;
	return 0;
}

int tcpmem_query_set_filter(struct tcpmem_query *query,
			    const struct tcpmem_filter *filter)
{
	struct tcpmem_filter *copy = NULL;

	if (filter && tm_filter_copy(filter, &copy) < 0)
		return -ENOMEM;
	tcpmem_filter_free(query->filter);
	query->filter = copy;
	return 0;
}
