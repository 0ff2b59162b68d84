// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * blame.c - chains of processes that hold each other up
 *
 * A graph's components without a way out are where chains end. Of each the
 * others get a share: of what waits in a process, as much is because of it as
 * of what the process waits for.
 */
#include "analysis/blame.h"

#include "analysis/peers.h"
#include "base/util.h"

#include "tcpmem/snapshot.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that a busy host has in queues at any moment. */
#define NOTABLE_BYTES (64 * 1024)

struct blame {
	struct tcpmem_blame shown;
	struct tcpmem_chain *chain;
	size_t capacity;
};

/*
 * struct chains - how they are made of a graph
 * @component: of each node; an end's leads nowhere
 * @is_end: of each component
 * @share: of each component, how much of it is because of the end that is
 *	looked at
 * @distance: of each node from that end; @place: its index in the chain
 * @order: nodes by place
 */
struct chains {
	const struct tcpmem_snapshot *snap;
	const struct tm_evidence *evidence;
	struct tm_blame_graph graph;
	uint32_t *component, component_count;
	bool *is_end;
	double *share;
	int64_t *bytes;
	uint32_t *distance, *place, *order;
	struct blame *blame;
};

static double share_of(const struct chains *chains, uint32_t node)
{
	return chains->share[chains->component[node]];
}

static int compare_edges(const void *a, const void *b, void *user)
{
	const struct tm_blame_edge *p = a, *q = b;
	const uint32_t *component = user;

	return (component[p->from] > component[q->from]) -
	       (component[p->from] < component[q->from]);
}

/* Edges in the order of components: each after those that it leads to */
static int prepare(struct chains *chains)
{
	struct tm_blame_graph *graph = &chains->graph;
	size_t nodes = graph->node_count + 1;
	int ret;

	chains->component = calloc(4 * nodes, sizeof(*chains->component));
	chains->is_end = calloc(nodes, sizeof(*chains->is_end));
	chains->share = calloc(nodes, sizeof(*chains->share));
	chains->bytes = calloc(nodes, sizeof(*chains->bytes));
	if (!chains->component || !chains->is_end || !chains->share ||
	    !chains->bytes)
		return -ENOMEM;
	chains->distance = chains->component + nodes;
	chains->place = chains->distance + nodes;
	chains->order = chains->place + nodes;
	ret = tm_blame_components(graph, chains->component,
				  &chains->component_count);
	if (ret < 0)
		return ret;
	memset(chains->is_end, true, chains->component_count);
	for (size_t i = 0; i < graph->edge_count; i++) {
		uint32_t from = chains->component[graph->edge[i].from];

		if (chains->component[graph->edge[i].to] != from)
			chains->is_end[from] = false;
	}
	for (size_t i = 0; i < graph->node_count; i++)
		if (graph->node[i].undecided)
			chains->is_end[chains->component[i]] = false;
	if (graph->edge_count)
		qsort_r(graph->edge, graph->edge_count, sizeof(*graph->edge),
			compare_edges, chains->component);
	return 0;
}

/* What waits in a component, waits for those that its edges lead to. */
static void share_out(struct chains *chains, uint32_t end)
{
	const struct tm_blame_graph *graph = &chains->graph;
	size_t at = 0;

	for (uint32_t c = 0; c < chains->component_count; c++) {
		double all = 0, because = 0;

		for (; at < graph->edge_count; at++) {
			const struct tm_blame_edge *edge = &graph->edge[at];
			/* without connections one is as good as another */
			double weight =
				(double)(edge->unsent + edge->unread) + 1;

			if (chains->component[edge->from] != c)
				break;
			if (chains->component[edge->to] == c)
				continue;
			all += weight;
			because += weight * share_of(chains, edge->to);
		}
		/* whom the last process waits for is undecided */
		if (chains->is_end[c])
			chains->share[c] = c == end;
		else
			chains->share[c] = all > 0 ? because / all : 0;
	}
}

/* The fewest connections to the end; those within a process are none. */
static void measure(struct chains *chains, uint32_t end)
{
	const struct tm_blame_graph *graph = &chains->graph;
	bool changed = true;

	for (size_t i = 0; i < graph->node_count; i++)
		chains->distance[i] = chains->component[i] == end ? 0
								  : UINT32_MAX;
	while (changed) {
		changed = false;
		for (size_t i = 0; i < graph->edge_count; i++) {
			const struct tm_blame_edge *edge = &graph->edge[i];
			uint32_t far = chains->distance[edge->to];

			far += far != UINT32_MAX && edge->connections;
			if (far >= chains->distance[edge->from])
				continue;
			chains->distance[edge->from] = far;
			changed = true;
		}
	}
}

static int64_t part(int64_t bytes, double share)
{
	return (int64_t)llround((double)bytes * share);
}

static void weigh(struct chains *chains)
{
	const struct tm_blame_graph *graph = &chains->graph;

	for (uint32_t i = 0; i < graph->node_count; i++)
		chains->bytes[i] =
			part(graph->node[i].unread, share_of(chains, i));
	for (size_t i = 0; i < graph->edge_count; i++) {
		const struct tm_blame_edge *edge = &graph->edge[i];

		chains->bytes[edge->from] +=
			part(edge->unsent, share_of(chains, edge->to));
	}
}

static int compare_nodes(const void *a, const void *b, void *user)
{
	uint32_t p = *(const uint32_t *)a, q = *(const uint32_t *)b;
	const struct chains *chains = user;

	if (chains->distance[p] != chains->distance[q])
		return chains->distance[p] < chains->distance[q] ? -1 : 1;
	if (chains->bytes[p] != chains->bytes[q])
		return chains->bytes[p] < chains->bytes[q] ? 1 : -1;
	return (p > q) - (p < q);
}

/* Nodes that have a part in it, those at the end first. Return: how many. */
static size_t put_in_order(struct chains *chains)
{
	size_t count = 0;

	for (uint32_t i = 0; i < chains->graph.node_count; i++)
		if (share_of(chains, i) > 0)
			chains->order[count++] = i;
	qsort_r(chains->order, count, sizeof(*chains->order), compare_nodes,
		chains);
	for (uint32_t i = 0; i < count; i++)
		chains->place[chains->order[i]] = i;
	return count;
}

/* What stands for a node, and in which words */
static int write_name(const struct chains *chains,
		      const struct tm_blame_node *node,
		      struct tcpmem_chain_member *member)
{
	const struct tm_holders *holders = chains->snap->holders;
	enum tcpmem_kind kind = (enum tcpmem_kind)node->kind;
	char name[TM_END_SIZE + TM_HOLDER_SIZE];

	member->kind = tcpmem_kind_describe(kind)->name;
	snprintf(name, sizeof(name), "%s", member->kind);
	if (node->status != TM_PEER_FOUND) {
		member->kind = node->status == TM_PEER_MISSING ? "absent"
							       : "unknown";
		tm_end_format(node->address, node->ipv6, node->port, name);
	} else if (node->holder != TM_HOLDER_NONE) {
		member->process = tm_holders_get_process(
			holders, tm_holder_get(holders, node->holder, 0));
		tm_holder_format(holders, node->holder, name, sizeof(name));
	}
	member->name = strdup(name);
	return member->name ? 0 : -ENOMEM;
}

static int write_member(const struct chains *chains, uint32_t number,
			struct tcpmem_chain_member *member)
{
	const struct tm_blame_node *node = &chains->graph.node[number];

	member->bytes = chains->bytes[number];
	member->distance = chains->distance[number];
	member->per_second = TCPMEM_UNKNOWN;
	if (node->waited_for && chains->evidence)
		member->per_second =
			tm_evidence_rate(chains->evidence, node->taken);
	return write_name(chains, node, member);
}

static void free_chain(struct tcpmem_chain *chain)
{
	for (size_t i = 0; chain->member && i < chain->member_count; i++)
		free((char *)chain->member[i].name);
	free((struct tcpmem_chain_member *)chain->member);
	free((struct tcpmem_chain_link *)chain->link);
}

static int write_members(const struct chains *chains, size_t count,
			 struct tcpmem_chain *chain)
{
	struct tcpmem_chain_member *member = calloc(count + 1, sizeof(*member));
	int ret = 0;

	if (!member)
		return -ENOMEM;
	chain->member = member;
	chain->member_count = count;
	for (size_t i = 0; ret == 0 && i < count; i++) {
		ret = write_member(chains, chains->order[i], &member[i]);
		chain->bytes += member[i].bytes;
		chain->culprit_count +=
			!member[i].distance &&
			chains->is_end[chains->component[chains->order[i]]];
	}
	return ret;
}

static int compare_links(const void *a, const void *b)
{
	const struct tcpmem_chain_link *p = a, *q = b;
	int64_t left = p->unsent_bytes + p->unread_bytes;
	int64_t right = q->unsent_bytes + q->unread_bytes;

	return (left < right) - (left > right);
}

/* @selected: whether one of its sockets matches the filter */
static int write_links(const struct chains *chains, struct tcpmem_chain *chain,
		       bool *selected)
{
	const struct tm_blame_graph *graph = &chains->graph;
	struct tcpmem_chain_link *link =
		calloc(graph->edge_count + 1, sizeof(*link));

	if (!link)
		return -ENOMEM;
	chain->link = link;
	for (size_t i = 0; i < graph->edge_count; i++) {
		const struct tm_blame_edge *edge = &graph->edge[i];

		if (share_of(chains, edge->to) <= 0)
			continue;
		*selected = *selected || edge->selected;
		link[chain->link_count++] = (struct tcpmem_chain_link){
			.from = chains->place[edge->from],
			.to = chains->place[edge->to],
			.connections = edge->connections,
			.unsent_bytes = edge->unsent_payload,
			.unread_bytes = edge->unread_payload,
			.per_second =
				edge->connections && chains->evidence
					? tm_evidence_rate(chains->evidence,
							   edge->taken)
					: TCPMEM_UNKNOWN,
		};
	}
	qsort(link, chain->link_count, sizeof(*link), compare_links);
	return 0;
}

/* Who waits for nobody but himself is no chain. */
static void count_left_out(struct tcpmem_blame *shown,
			   const struct tcpmem_chain *chain, bool selected)
{
	if (!chain->link_count)
		return;
	if (selected)
		shown->small++;
	else
		shown->unmatched++;
}

static int add_chain(struct chains *chains, uint32_t end)
{
	struct blame *blame = chains->blame;
	struct tcpmem_chain chain = { 0 };
	bool selected = false;
	int ret;

	share_out(chains, end);
	measure(chains, end);
	weigh(chains);
	ret = write_members(chains, put_in_order(chains), &chain);
	if (ret == 0)
		ret = write_links(chains, &chain, &selected);
	if (ret == 0 && selected && chain.bytes >= NOTABLE_BYTES) {
		ret = tm_append(blame->chain, blame->shown.count,
				blame->capacity, &chain);
		if (ret == 0)
			return 0;
	}
	if (ret == 0)
		count_left_out(&blame->shown, &chain, selected);
	free_chain(&chain);
	return ret;
}

static int compare_chains(const void *a, const void *b)
{
	const struct tcpmem_chain *p = a, *q = b;

	return (p->bytes < q->bytes) - (p->bytes > q->bytes);
}

static int make_chains(struct chains *chains,
		       const struct tcpmem_filter *filter)
{
	struct blame *blame = chains->blame;
	int ret = tm_blame_graph_make(chains->snap, chains->evidence, filter,
				      &chains->graph);

	if (ret == 0)
		ret = prepare(chains);
	for (uint32_t c = 0; ret == 0 && c < chains->component_count; c++)
		if (chains->is_end[c])
			ret = add_chain(chains, c);
	if (ret == 0 && blame->shown.count)
		qsort(blame->chain, blame->shown.count, sizeof(*blame->chain),
		      compare_chains);
	blame->shown.chain = blame->chain;
	blame->shown.undecided = chains->graph.undecided;
	blame->shown.unmeasured = chains->graph.unmeasured;
	tm_blame_graph_clear(&chains->graph);
	free(chains->component);
	free(chains->is_end);
	free(chains->share);
	free(chains->bytes);
	return ret;
}

int tcpmem_blame_new(const struct tcpmem_snapshot *snapshot,
		     const struct tcpmem_snapshot *other,
		     const struct tcpmem_filter *filter,
		     struct tcpmem_blame **blame)
{
	struct blame *b = calloc(1, sizeof(*b));
	struct chains chains = { .snap = snapshot, .blame = b };
	struct tm_evidence evidence = { 0 };
	int ret = 0;

	if (!b)
		return -ENOMEM;
	b->shown.size = sizeof(b->shown);
	b->shown.elapsed_ns = TCPMEM_UNKNOWN;
	if (other)
		ret = tm_evidence_make(snapshot, other, &evidence);
	if (evidence.elapsed_ns) {
		b->shown.elapsed_ns = evidence.elapsed_ns;
		chains.evidence = &evidence;
	}
	if (ret == 0)
		ret = make_chains(&chains, filter);
	tm_evidence_clear(&evidence);
	if (ret < 0) {
		tcpmem_blame_free(&b->shown);
		return ret;
	}
	*blame = &b->shown;
	return 0;
}

void tcpmem_blame_free(struct tcpmem_blame *blame)
{
	struct blame *b = (struct blame *)blame;

	if (!b)
		return;
	for (size_t i = 0; i < b->shown.count; i++)
		free_chain(&b->chain[i]);
	free(b->chain);
	free(b);
}
