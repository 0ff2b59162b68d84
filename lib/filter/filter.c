// SPDX-License-Identifier: LGPL-2.1-or-later
/* filter.c - a filter's life */
#include "filter/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tcpmem_filter_parse(const char *text, struct tcpmem_filter_error *error,
			struct tcpmem_filter **filter)
{
	return tm_filter_parse(text, &tm_filter_names_host, error, filter);
}

int tcpmem_filter_parse_saved(const char *text,
			      struct tcpmem_filter_error *error,
			      struct tcpmem_filter **filter)
{
	return tm_filter_parse(text, &tm_filter_names_saved, error, filter);
}

void tcpmem_filter_free(struct tcpmem_filter *filter)
{
	if (!filter)
		return;
	free(filter->node);
	free(filter->strings);
	free(filter);
}

int tm_filter_copy(const struct tcpmem_filter *filter,
		   struct tcpmem_filter **copy)
{
	struct tcpmem_filter *c = malloc(sizeof(*c));

	if (!c)
		return -ENOMEM;
	*c = *filter;
	c->strings = malloc(filter->strings_len);
	c->node = calloc(filter->count + 1, sizeof(*c->node));
	if (!c->strings || !c->node) {
		tcpmem_filter_free(c);
		return -ENOMEM;
	}
	memcpy(c->strings, filter->strings, filter->strings_len);
	if (filter->count)
		memcpy(c->node, filter->node, filter->count * sizeof(*c->node));
	*copy = c;
	return 0;
}

/* Every message has the timer and how often it ran out. */
static uint32_t node_needs(const struct tm_filter_node *node)
{
	if (tm_filter_is_of_peer(node))
		return TCPMEM_NEED_PEERS | TCPMEM_NEED_HOLDERS;
	switch (node->type) {
	case TM_FILTER_PID:
	case TM_FILTER_COMM:
	case TM_FILTER_KIND:
		return TCPMEM_NEED_HOLDERS;
	case TM_FILTER_PROGRAM:
	case TM_FILTER_CMDLINE:
	case TM_FILTER_PPID:
	case TM_FILTER_UNIT:
	case TM_FILTER_CONTAINER:
	case TM_FILTER_POD:
	case TM_FILTER_PATH:
		return TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA;
	case TM_FILTER_TEXT:
		return TCPMEM_NEED_INFO;
	case TM_FILTER_INFO:
		return node->which == TCPMEM_INFO_TIMER ||
				       node->which == TCPMEM_INFO_TIMER_RETRANS
			       ? 0
			       : TCPMEM_NEED_INFO;
	default:
		return 0;
	}
}

uint32_t tm_filter_needs(const struct tcpmem_filter *filter)
{
	uint32_t needs = 0;

	for (size_t i = 0; filter && i < filter->count; i++)
		needs |= node_needs(&filter->node[i]);
	return needs;
}

const char *tm_filter_next_dev(const struct tcpmem_filter *filter, size_t *at)
{
	while (*at < filter->count) {
		const struct tm_filter_node *node = &filter->node[(*at)++];

		if (node->type == TM_FILTER_DEV && node->text)
			return tm_filter_text(filter, node);
	}
	return NULL;
}
