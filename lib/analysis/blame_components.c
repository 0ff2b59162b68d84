// SPDX-License-Identifier: LGPL-2.1-or-later
/* blame_components.c - which processes wait for each other, in a cycle */
#include "analysis/blame.h"

#include <errno.h>
#include <stdlib.h>

#define NONE UINT32_MAX

/*
 * struct tarjan - the strongly connected components of a graph (Tarjan, 1972),
 * without recursion
 * @first: of each node, the first of its edges in @next; @next: the others
 * @order: when a node was reached; @low: the first that it leads back to
 * @at: the edge of each node that is looked at next
 * @path: nodes from the root to the current one; @open: those without component
 */
struct tarjan {
	const struct tm_blame_graph *graph;
	uint32_t *component;
	uint32_t *first, *next, *order, *low, *at, *path, *open;
	size_t path_count, open_count;
	uint32_t reached, count;
};

static void reach(struct tarjan *t, uint32_t node)
{
	t->order[node] = t->low[node] = t->reached++;
	t->at[node] = t->first[node];
	t->path[t->path_count++] = node;
	t->open[t->open_count++] = node;
}

static void lower(struct tarjan *t, uint32_t node, uint32_t low)
{
	if (low < t->low[node])
		t->low[node] = low;
}

/* All edges of @node were followed: it and what it leads back to are one. */
static void leave(struct tarjan *t, uint32_t node)
{
	t->path_count--;
	if (t->path_count)
		lower(t, t->path[t->path_count - 1], t->low[node]);
	if (t->low[node] != t->order[node])
		return;
	do
		t->component[t->open[--t->open_count]] = t->count;
	while (t->open[t->open_count] != node);
	t->count++;
}

static void visit(struct tarjan *t, uint32_t root)
{
	reach(t, root);
	while (t->path_count) {
		uint32_t node = t->path[t->path_count - 1];
		uint32_t edge = t->at[node], to;

		if (edge == NONE) {
			leave(t, node);
			continue;
		}
		t->at[node] = t->next[edge];
		to = t->graph->edge[edge].to;
		if (t->order[to] == NONE)
			reach(t, to);
		else if (t->component[to] == NONE)
			lower(t, node, t->order[to]);
	}
}

static void find(struct tarjan *t)
{
	size_t nodes = t->graph->node_count;

	for (size_t i = 0; i < nodes; i++)
		t->first[i] = t->order[i] = t->component[i] = NONE;
	for (uint32_t i = 0; i < t->graph->edge_count; i++) {
		uint32_t from = t->graph->edge[i].from;

		t->next[i] = t->first[from];
		t->first[from] = i;
	}
	for (uint32_t i = 0; i < nodes; i++)
		if (t->order[i] == NONE)
			visit(t, i);
}

int tm_blame_components(const struct tm_blame_graph *graph, uint32_t *component,
			uint32_t *count)
{
	size_t nodes = graph->node_count;
	uint32_t *room =
		calloc(6 * nodes + graph->edge_count + 1, sizeof(*room));
	struct tarjan t = { .graph = graph, .component = component };

	if (!room)
		return -ENOMEM;
	t.first = room;
	t.order = t.first + nodes;
	t.low = t.order + nodes;
	t.at = t.low + nodes;
	t.path = t.at + nodes;
	t.open = t.path + nodes;
	t.next = t.open + nodes;
	find(&t);
	*count = t.count;
	free(room);
	return 0;
}
