// SPDX-License-Identifier: LGPL-2.1-or-later
/* blame_graph.c - connections on which data waits, between which processes */
#include "analysis/blame.h"

#include "analysis/explain.h"
#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * struct connection - one on which the @writer may wait
 * @sender: knows the peer's window: the writer, of an msk a subflow; NULL: the
 *	subflow is closed
 * @reader: NULL unless the other end was found and selected
 * @peer: the other end
 */
struct connection {
	const struct tcpmem_socket *writer, *sender, *reader;
	const struct tm_peer *peer;
};

struct search {
	struct tm_target target;
	const struct tcpmem_filter *filter;
	struct tm_blame_graph *graph;
	bool has_msks; /* else subflows are all that is known of MPTCP */
	struct tm_blame_node *open; /* who writes what is undecided */
	size_t open_count, open_capacity;
};

/* Without counters, the @payload in them is known at least. */
static int64_t buffers(const struct tcpmem_socket *sock,
		       enum tcpmem_metric which, int64_t payload)
{
	int64_t value;

	return tcpmem_socket_get_metric(sock, which, &value) == 0 ? value
								  : payload;
}

/* The one that has the addresses of its msk; NULL: it is closed */
static const struct tcpmem_socket *subflow_of(const struct search *search,
					      const struct tcpmem_socket *msk)
{
	const struct tm_socket_set *set = &search->target.snap->sockets;

	for (size_t i = 0; i < set->count; i++) {
		const struct tcpmem_socket *sock = &set->sock[i];

		if (sock->flags & TM_SOCK_SUBFLOW &&
		    sock->netns == msk->netns &&
		    sock->local_port == msk->local_port &&
		    sock->remote_port == msk->remote_port &&
		    !memcmp(sock->local, msk->local, sizeof(sock->local)) &&
		    !memcmp(sock->remote, msk->remote, sizeof(sock->remote)))
			return sock;
	}
	return NULL;
}

static int64_t info(const struct search *search,
		    const struct tcpmem_socket *sock, enum tcpmem_info which)
{
	int64_t value;

	return tcpmem_socket_get_info(search->target.snap, sock, which,
				      &value) == 0
		       ? value
		       : TCPMEM_UNKNOWN;
}

static void add_bytes(int64_t *sum, int64_t bytes)
{
	*sum = bytes == TCPMEM_UNKNOWN || *sum == TCPMEM_UNKNOWN
		       ? TCPMEM_UNKNOWN
		       : *sum + bytes;
}

/* Nothing more may be sent: the peer has said so, or is asked whether it may */
static bool is_shut(const struct search *search,
		    const struct tcpmem_socket *writer)
{
	return writer->timer == TCPMEM_TIMER_PROBE ||
	       info(search, writer, TCPMEM_INFO_SND_WND) == 0;
}

/* The peer takes less than would be sent, or does not answer at all. */
static bool is_held_by_peer(const struct search *search,
			    const struct tcpmem_socket *writer)
{
	const struct tm_activity *activity =
		tm_proof_activity(&search->target, writer);

	if (is_shut(search, writer) ||
	    (writer->timer == TCPMEM_TIMER_RETRANSMIT && writer->retrans))
		return true;
	if (activity && activity->shut)
		return true;
	return activity && activity->rwnd_us != TCPMEM_UNKNOWN &&
	       activity->rwnd_us * 2 >=
		       search->target.evidence->elapsed_ns / 1000;
}

/* Of one look: the window is shut, and nothing has come for a second. */
static enum tm_proof prove_by_one(const struct search *search,
				  const struct connection *c)
{
	int64_t ms = info(search, c->writer, TCPMEM_INFO_LAST_SND);

	if (c->reader)
		ms = info(search, c->reader, TCPMEM_INFO_LAST_RCV);
	return c->sender && is_shut(search, c->sender) && ms >= TM_PROOF_MS
		       ? TM_PROOF_GIVEN
		       : TM_PROOF_OPEN;
}

/* What the reader takes proves more than what the writer gets rid of. */
static enum tm_proof prove(const struct search *search,
			   const struct connection *c)
{
	enum tm_proof unsent, unread;

	if (!search->target.evidence)
		return prove_by_one(search, c);
	unsent = tm_prove_unsent(&search->target, c->writer);
	if (!c->reader)
		return unsent != TM_PROOF_REFUTED &&
				       !is_held_by_peer(search, c->sender)
			       ? TM_PROOF_REFUTED
			       : unsent;
	unread = tm_prove_unread(&search->target, c->reader);
	if (unread == TM_PROOF_REFUTED || unsent == TM_PROOF_REFUTED)
		return TM_PROOF_REFUTED;
	return unread;
}

static bool is_node(const struct tm_blame_node *a,
		    const struct tm_blame_node *b)
{
	return a->status == b->status && a->holder == b->holder &&
	       a->kind == b->kind && a->reads == b->reads &&
	       memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

static uint32_t hash_node(const struct tm_blame_node *key)
{
	uint64_t word[2];

	memcpy(word, key->address, sizeof(word));
	return tm_hash(tm_hash(tm_hash(key->kind, key->holder), word[0]),
		       word[1]);
}

/* Return: the node that is there already, or NULL. */
static struct tm_blame_node *get_node(const struct tm_blame_graph *graph,
				      const struct tm_blame_node *key)
{
	struct tm_index_walk walk = { .hash = hash_node(key) };

	while (tm_index_next(&graph->nodes, &walk))
		if (is_node(&graph->node[walk.number], key))
			return &graph->node[walk.number];
	return NULL;
}

static int find_node(struct tm_blame_graph *graph,
		     const struct tm_blame_node *key, uint32_t *number)
{
	struct tm_blame_node *node = get_node(graph, key);

	if (node) {
		if (node->port != key->port)
			node->port = 0;
		*number = (uint32_t)(node - graph->node);
		return 0;
	}
	*number = (uint32_t)graph->node_count;
	if (tm_append(graph->node, graph->node_count, graph->node_capacity,
		      key))
		return -ENOMEM;
	return tm_index_add(&graph->nodes, hash_node(key), *number);
}

/* Whoever holds a socket; else why nobody does */
static struct tm_blame_node node_of(uint32_t holder, uint8_t kind)
{
	return (struct tm_blame_node){
		.status = TM_PEER_FOUND,
		.holder = holder,
		.kind = holder == TM_HOLDER_NONE ? kind : TCPMEM_KIND_PROCESS,
	};
}

static struct tm_blame_node node_of_peer(const struct search *search,
					 const struct connection *c)
{
	const struct tcpmem_socket *writer = c->writer;
	struct tcpmem_peer peer = { .size = sizeof(peer) };
	struct tm_blame_node node = { .status = TM_PEER_AMBIGUOUS };

	if (c->peer->status == TM_PEER_FOUND) {
		node = node_of(c->peer->holder, c->peer->kind);
		node.reads = c->peer->holder == TM_HOLDER_NONE;
		return node;
	}
	tcpmem_socket_get_peer(search->target.snap, writer, &peer);
	if (peer.status == TCPMEM_PEER_ABSENT)
		node.status = TM_PEER_MISSING;
	node.ipv6 = writer->flags & TM_SOCK_IPV6;
	node.port = writer->remote_port;
	memcpy(node.address, writer->remote, sizeof(node.address));
	return node;
}

static int find_edge(struct tm_blame_graph *graph, uint32_t from, uint32_t to,
		     struct tm_blame_edge **edge)
{
	struct tm_index_walk walk = {
		.hash = tm_hash(0, (uint64_t)from << 32 | to),
	};
	const struct tm_blame_edge new = { .from = from, .to = to };

	while (tm_index_next(&graph->edges, &walk)) {
		*edge = &graph->edge[walk.number];
		if ((*edge)->from == from && (*edge)->to == to)
			return 0;
	}
	if (tm_append(graph->edge, graph->edge_count, graph->edge_capacity,
		      &new))
		return -ENOMEM;
	*edge = &graph->edge[graph->edge_count - 1];
	return tm_index_add(&graph->edges, walk.hash,
			    (uint32_t)graph->edge_count - 1);
}

static bool matches(const struct search *search,
		    const struct tcpmem_socket *sock)
{
	bool match = false;

	return sock &&
	       tcpmem_filter_match(search->filter, search->target.snap, sock,
				   &match) == 0 &&
	       match;
}

/* Bytes that the reader took meanwhile, or that the peer acknowledged */
static int64_t bytes_taken(const struct search *search,
			   const struct connection *c)
{
	const struct tm_activity *activity = NULL;

	if (search->target.evidence)
		activity = tm_proof_activity(&search->target,
					     c->reader ? c->reader : c->writer);
	if (!activity)
		return TCPMEM_UNKNOWN;
	return c->reader ? activity->read : activity->acked;
}

static void count(const struct search *search, const struct connection *c,
		  struct tm_blame_edge *edge)
{
	struct tm_blame_node *to = &search->graph->node[edge->to];
	int64_t taken = bytes_taken(search, c);
	int64_t unsent = tm_socket_unsent(c->writer);

	edge->connections++;
	to->waited_for = true;
	edge->unsent += buffers(c->writer, TCPMEM_METRIC_WMEM_QUEUED, unsent);
	edge->unsent_payload += unsent;
	if (c->reader) {
		int64_t unread = buffers(c->reader, TCPMEM_METRIC_RMEM,
					 c->reader->rqueue);

		edge->unread += unread;
		edge->unread_payload += c->reader->rqueue;
		to->unread += unread;
	}
	add_bytes(&edge->taken, taken);
	add_bytes(&to->taken, taken);
	edge->selected = edge->selected || !search->filter ||
			 matches(search, c->writer) ||
			 matches(search, c->reader);
}

/* Who waits for himself holds nobody up. */
static int add(struct search *search, const struct connection *c)
{
	struct tm_blame_node key = node_of(c->writer->holder, c->writer->kind);
	struct tm_blame_edge *edge;
	uint32_t from, to = 0;
	int ret = find_node(search->graph, &key, &from);

	if (ret == 0) {
		key = node_of_peer(search, c);
		ret = find_node(search->graph, &key, &to);
	}
	if (ret < 0 || from == to)
		return ret;
	ret = find_edge(search->graph, from, to, &edge);
	if (ret == 0)
		count(search, c, edge);
	return ret;
}

static bool is_measured(const struct search *search,
			const struct tcpmem_socket *sock)
{
	return info(search, sock, TCPMEM_INFO_BYTES_RECEIVED) != TCPMEM_UNKNOWN;
}

/* What has closed meanwhile holds nobody up; without a cookie none is known. */
static bool has_gone(const struct search *search,
		     const struct tcpmem_socket *sock)
{
	const struct tm_activity *activity =
		tm_proof_activity(&search->target, sock);

	return activity && !activity->other && sock->cookie;
}

/* Its msk has what waits, and the window is that of the msk. */
static bool is_told_by_msk(const struct search *search,
			   const struct tcpmem_socket *sock)
{
	return search->has_msks && sock->flags & TM_SOCK_SUBFLOW;
}

/* Its writer may wait, and is not known to. */
static int leave_open(struct search *search, const struct tcpmem_socket *writer,
		      int64_t *counter)
{
	const struct tm_blame_node key = node_of(writer->holder, writer->kind);

	(*counter)++;
	return tm_append(search->open, search->open_count,
			 search->open_capacity, &key);
}

/* Where that is not known, too */
static bool may_have_unsent(const struct tcpmem_socket *sock)
{
	int64_t queued;

	return tm_socket_unsent(sock) &&
	       (tcpmem_socket_get_metric(sock, TCPMEM_METRIC_WMEM_QUEUED,
					 &queued) < 0 ||
		queued);
}

static int look_at(struct search *search, const struct tcpmem_socket *sock)
{
	const struct tm_socket_set *set = &search->target.snap->sockets;
	struct connection c = {
		.writer = sock,
		.peer = tm_socket_set_peer(set, sock),
	};

	if (!may_have_unsent(sock) || !c.peer ||
	    c.peer->status == TM_PEER_NONE || is_told_by_msk(search, sock))
		return 0;
	if (c.peer->status == TM_PEER_FOUND &&
	    c.peer->socket != TM_PEER_UNSELECTED)
		c.reader = &set->sock[c.peer->socket];
	if ((c.reader && !c.reader->rqueue) || has_gone(search, sock))
		return 0;
	c.sender = sock->flags & TM_SOCK_MPTCP ? subflow_of(search, sock)
					       : sock;
	if (!is_measured(search, sock) || (!c.reader && !c.sender) ||
	    (c.reader && !is_measured(search, c.reader)))
		return leave_open(search, sock, &search->graph->unmeasured);
	switch (prove(search, &c)) {
	case TM_PROOF_GIVEN:
		return add(search, &c);
	case TM_PROOF_OPEN:
		return leave_open(search, sock, &search->graph->undecided);
	case TM_PROOF_REFUTED:
		break;
	}
	return 0;
}

static bool has_process(const struct tm_holders *holders, uint32_t set,
			uint32_t process)
{
	for (size_t i = 0; i < tm_holder_count(holders, set); i++)
		if (tm_holder_get(holders, set, i) == process)
			return true;
	return false;
}

static int join(struct tm_blame_graph *graph, uint32_t from, uint32_t to,
		const bool *waits)
{
	struct tm_blame_edge *edge;

	return waits[to] ? find_edge(graph, from, to, &edge) : 0;
}

static int join_all(struct tm_blame_graph *graph,
		    const struct tm_holders *holders, const bool *waits)
{
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < graph->node_count; i++) {
		uint32_t set = graph->node[i].holder;

		for (uint32_t j = 0; ret == 0 && j < graph->node_count; j++) {
			uint32_t one = graph->node[j].holder;

			if (!(set & TM_HOLDER_SHARED) ||
			    one == TM_HOLDER_NONE || one & TM_HOLDER_SHARED ||
			    !has_process(holders, set, one - 1))
				continue;
			ret = join(graph, i, j, waits);
			if (ret == 0)
				ret = join(graph, j, i, waits);
		}
	}
	return ret;
}

/*
 * Of several processes that hold a socket, one may be who would read it: they
 * wait for what that one waits for, and it for what they wait for.
 */
static int join_holders(struct tm_blame_graph *graph,
			const struct tm_holders *holders)
{
	bool *waits = calloc(graph->node_count + 1, sizeof(*waits));
	int ret;

	if (!waits)
		return -ENOMEM;
	for (size_t i = 0; i < graph->edge_count; i++)
		waits[graph->edge[i].from] = true;
	ret = join_all(graph, holders, waits);
	free(waits);
	return ret;
}

/* Nobody is the end of a chain whose own writes may be held up. */
static void mark_undecided(const struct search *search)
{
	for (size_t i = 0; i < search->open_count; i++) {
		struct tm_blame_node *node =
			get_node(search->graph, &search->open[i]);

		if (node)
			node->undecided = true;
	}
}

static bool has_msks(const struct tcpmem_snapshot *snap)
{
	for (size_t i = 0; i < snap->sockets.count; i++)
		if (snap->sockets.sock[i].flags & TM_SOCK_MPTCP)
			return true;
	return false;
}

int tm_blame_graph_make(const struct tcpmem_snapshot *snap,
			const struct tm_evidence *evidence,
			const struct tcpmem_filter *filter,
			struct tm_blame_graph *graph)
{
	struct search search = {
		.target = { .snap = snap, .evidence = evidence },
		.filter = filter,
		.graph = graph,
		.has_msks = has_msks(snap),
	};
	int ret = 0;

	memset(graph, 0, sizeof(*graph));
	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++)
		ret = look_at(&search, &snap->sockets.sock[i]);
	mark_undecided(&search);
	free(search.open);
	if (ret == 0 && snap->holders)
		ret = join_holders(graph, snap->holders);
	return ret;
}

void tm_blame_graph_clear(struct tm_blame_graph *graph)
{
	free(graph->node);
	free(graph->edge);
	tm_index_deinit(&graph->nodes);
	tm_index_deinit(&graph->edges);
}
