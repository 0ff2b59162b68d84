// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * eval.c - whether a socket matches
 *
 * What the kernel can decide is decided here as the kernel does it
 * (inet_diag_bc_run in net/ipv4/inet_diag.c), so that it makes no difference
 * who did.
 */
#include "filter/filter.h"
#include "tcpmem/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* @order: below, equal to or above 0, as what is compared is to the operand */
static enum tm_filter_verdict compare(enum tm_filter_op op, int order)
{
	switch (op) {
	case TM_OP_EQ:
		return tm_eval_verdict(order == 0);
	case TM_OP_NE:
		return tm_eval_verdict(order != 0);
	case TM_OP_LT:
		return tm_eval_verdict(order < 0);
	case TM_OP_GE:
		return tm_eval_verdict(order >= 0);
	case TM_OP_GT:
		return tm_eval_verdict(order > 0);
	case TM_OP_LE:
		return tm_eval_verdict(order <= 0);
	default:
		return TM_FILTER_UNKNOWN;
	}
}

static enum tm_filter_verdict compare_ids(const struct tm_filter_node *node,
					  uint64_t value)
{
	return compare(node->op, (value > node->id) - (value < node->id));
}

enum tm_filter_verdict tm_eval_number(const struct tm_filter_node *node,
				      int64_t value)
{
	return compare(node->op,
		       (value > node->number) - (value < node->number));
}

static bool prefix_equal(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	unsigned int bytes = bits / 8;
	uint8_t mask = (uint8_t)(0xff00 >> bits % 8);

	return memcmp(a, b, bytes) == 0 &&
	       (bits % 8 == 0 || !((a[bytes] ^ b[bytes]) & mask));
}

/* An IPv4 prefix is also looked for in v4-mapped addresses, not beyond. */
static bool address_matches(const struct tm_filter_host *host, bool ipv6,
			    const uint8_t *addr)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (host->family == AF_UNSPEC)
		return true;
	if (host->family == AF_INET && ipv6) {
		if (memcmp(addr, mapped, sizeof(mapped)) != 0)
			return false;
		addr += sizeof(mapped);
	} else if (host->family == AF_INET6 && !ipv6) {
		return false;
	}
	return prefix_equal(addr, host->addr, host->prefix);
}

static enum tm_filter_verdict eval_host(const struct tm_eval *e,
					const struct tm_filter_node *node)
{
	const struct tcpmem_socket *sock = e->sock;
	bool local = node->which == TM_SIDE_LOCAL;
	int32_t port = local ? sock->local_port : sock->remote_port;

	return tm_eval_match_equal(
		node,
		(node->host.port == TM_PORT_ANY || node->host.port == port) &&
			address_matches(&node->host, sock->flags & TM_SOCK_IPV6,
					local ? sock->local : sock->remote));
}

static enum tm_filter_verdict eval_dev(const struct tm_eval *e,
				       const struct tm_filter_node *node)
{
	const struct tm_netns *netns = e->facts->netns;
	const char *name = tm_filter_text(e->filter, node);
	uint32_t index;

	if (!node->text)
		return tm_eval_match_equal(node, node->id == e->sock->ifindex);
	if (!netns || tm_net_facts_find(&netns->facts, name, &index) < 0)
		return TM_FILTER_UNKNOWN;
	/* No socket is bound to an interface that is not there. */
	return tm_eval_match_equal(node, index && index == e->sock->ifindex);
}

static enum tm_filter_verdict eval_mark(const struct tm_eval *e,
					const struct tm_filter_node *node)
{
	if (!(e->sock->flags & TM_SOCK_HAS_MARK))
		return TM_FILTER_UNKNOWN;
	return tm_eval_match_equal(node, (e->sock->mark & node->mark.mask) ==
						 node->mark.value);
}

/* The kernel compares a mini-socket's cgroup as id 0. */
static enum tm_filter_verdict eval_cgroup(const struct tm_eval *e,
					  const struct tm_filter_node *node)
{
	if (!(e->sock->flags & TM_SOCK_HAS_CGROUP))
		return e->sock->flags & TM_SOCK_MINI ? compare_ids(node, 0)
						     : TM_FILTER_UNKNOWN;
	if (e->facts->saved)
		return tm_eval_cgroup(e, node);
	return compare_ids(node, e->sock->cgroup_id);
}

/*
 * Two things make a port "chosen by the kernel": no bind() named it, which
 * only the kernel knows, and it is one of those that the kernel chooses from.
 * ss asks for both, and where it looks for the opposite for neither. Where the
 * kernel was not asked, a connection's port is taken to be bound by nobody, as
 * an accepted one's always is, and a listening port by its program, unless the
 * kernel could have chosen it.
 */
static enum tm_filter_verdict eval_autobound(const struct tm_eval *e,
					     const struct tm_filter_node *node)
{
	const struct tm_netns *netns = e->facts->netns;
	const struct tcpmem_socket *sock = e->sock;
	bool in_range, unbound;

	if (!netns || !netns->facts.port_high)
		return TM_FILTER_UNKNOWN;
	in_range = sock->local_port >= netns->facts.port_low &&
		   sock->local_port <= netns->facts.port_high;
	unbound = sock->state != TCPMEM_STATE_LISTENING &&
		  sock->state != TCPMEM_STATE_BOUND_INACTIVE;
	if (!sock->asked && unbound && !in_range)
		return TM_FILTER_NOT_APPLICABLE;
	return tm_eval_match_equal(node, in_range);
}

static bool has_object(enum tcpmem_metric number)
{
	return number == TCPMEM_METRIC_OBJECT || number == TCPMEM_METRIC_HELD ||
	       number == TCPMEM_METRIC_REACH;
}

/* A mini-socket has no buffers: there its counters are 0 and not unknown. */
static enum tm_filter_verdict eval_number(const struct tm_eval *e,
					  const struct tm_filter_node *node)
{
	int64_t value;

	if (!e->facts->accounted && has_object(node->which))
		return TM_FILTER_UNKNOWN;
	if (tcpmem_socket_get_metric(e->sock, node->which, &value) == 0)
		return tm_eval_number(node, value);
	return e->sock->flags & TM_SOCK_MINI ? tm_eval_number(node, 0)
					     : TM_FILTER_UNKNOWN;
}

static enum tm_filter_verdict eval_queue(const struct tm_eval *e,
					 const struct tm_filter_node *node)
{
	if (node->which == TM_SIDE_LOCAL)
		return tm_eval_number(node, e->sock->rqueue);
	return tm_socket_knows_backlog(e->sock)
		       ? tm_eval_number(node, e->sock->wqueue)
		       : TM_FILTER_UNKNOWN;
}

/* The kernel keeps no uid for a mini-socket. */
static enum tm_filter_verdict eval_user(const struct tm_eval *e,
					const struct tm_filter_node *node)
{
	return tm_eval_match_equal(node, !(e->sock->flags & TM_SOCK_MINI) &&
						 e->sock->uid == node->id);
}

/* By its name or by its inode. */
enum tm_filter_verdict tm_eval_netns(const struct tm_eval *e,
				     const struct tm_filter_node *node,
				     const struct tm_netns *netns)
{
	char inode[32];

	if (!netns || !netns->name)
		return TM_FILTER_UNKNOWN;
	snprintf(inode, sizeof(inode), "%llu",
		 (unsigned long long)netns->inode);
	return tm_eval_match_equal(
		node,
		tm_eval_is_text(e, node, netns->name) ||
			(netns->inode && tm_eval_is_text(e, node, inode)));
}

static enum tm_filter_verdict eval_family(const struct tm_eval *e,
					  const struct tm_filter_node *node)
{
	return compare_ids(node, tcpmem_socket_get_family(e->sock));
}

static enum tm_filter_verdict eval_protocol(const struct tm_eval *e,
					    const struct tm_filter_node *node)
{
	return compare_ids(node, tcpmem_socket_get_protocol(e->sock));
}

static enum tm_filter_verdict eval_inode(const struct tm_eval *e,
					 const struct tm_filter_node *node)
{
	return compare_ids(node, e->sock->inode);
}

static enum tm_filter_verdict eval_cookie(const struct tm_eval *e,
					  const struct tm_filter_node *node)
{
	return e->sock->cookie ? compare_ids(node, e->sock->cookie)
			       : TM_FILTER_UNKNOWN;
}

static enum tm_filter_verdict eval_kind(const struct tm_eval *e,
					const struct tm_filter_node *node)
{
	return e->facts->attributed ? compare_ids(node, e->sock->kind)
				    : TM_FILTER_UNKNOWN;
}

static enum tm_filter_verdict eval_state(const struct tm_eval *e,
					 const struct tm_filter_node *node)
{
	return tm_eval_verdict(node->states & 1u << e->sock->state);
}

static enum tm_filter_verdict eval_netns(const struct tm_eval *e,
					 const struct tm_filter_node *node)
{
	return tm_eval_netns(e, node, e->facts->netns);
}

static enum tm_filter_verdict eval_port(const struct tm_eval *e,
					const struct tm_filter_node *node)
{
	return compare_ids(node, node->which == TM_SIDE_LOCAL
					 ? e->sock->local_port
					 : e->sock->remote_port);
}

static enum tm_filter_verdict (*const evals[])(
	const struct tm_eval *e, const struct tm_filter_node *node) = {
	[TM_FILTER_STATE] = eval_state,
	[TM_FILTER_HOST] = eval_host,
	[TM_FILTER_PORT] = eval_port,
	[TM_FILTER_DEV] = eval_dev,
	[TM_FILTER_MARK] = eval_mark,
	[TM_FILTER_CGROUP] = eval_cgroup,
	[TM_FILTER_AUTOBOUND] = eval_autobound,
	[TM_FILTER_NUMBER] = eval_number,
	[TM_FILTER_INFO] = tm_eval_info,
	[TM_FILTER_TEXT] = tm_eval_text,
	[TM_FILTER_QUEUE] = eval_queue,
	[TM_FILTER_PID] = tm_eval_holder,
	[TM_FILTER_COMM] = tm_eval_holder,
	[TM_FILTER_USER] = eval_user,
	[TM_FILTER_PROGRAM] = tm_eval_place,
	[TM_FILTER_CMDLINE] = tm_eval_place,
	[TM_FILTER_PPID] = tm_eval_place,
	[TM_FILTER_UNIT] = tm_eval_place,
	[TM_FILTER_CONTAINER] = tm_eval_place,
	[TM_FILTER_POD] = tm_eval_place,
	[TM_FILTER_PATH] = tm_eval_place,
	[TM_FILTER_NETNS] = eval_netns,
	[TM_FILTER_KIND] = eval_kind,
	[TM_FILTER_FAMILY] = eval_family,
	[TM_FILTER_PROTOCOL] = eval_protocol,
	[TM_FILTER_INODE] = eval_inode,
	[TM_FILTER_COOKIE] = eval_cookie,
};

static enum tm_filter_verdict eval_node(const struct tm_eval *e,
					const struct tm_filter_node *node)
{
	if (!e->sock &&
	    (node->type != TM_FILTER_NETNS || tm_filter_is_of_peer(node)))
		return TM_FILTER_UNKNOWN;
	if (tm_filter_is_of_peer(node))
		return tm_eval_peer(e, node);
	return evals[node->type](e, node);
}

static enum tm_filter_verdict join(enum tm_filter_type type,
				   enum tm_filter_verdict a,
				   enum tm_filter_verdict b)
{
	return (a < b) == (type == TM_FILTER_AND) ? a : b;
}

enum tm_filter_verdict tm_filter_eval(const struct tcpmem_filter *filter,
				      const struct tm_filter_facts *facts,
				      const struct tcpmem_socket *sock)
{
	const struct tm_eval e = { filter, facts, sock };
	enum tm_filter_verdict stack[TM_FILTER_STACK];
	size_t depth = 0;

	for (size_t i = 0; i < filter->count; i++) {
		const struct tm_filter_node *node = &filter->node[i];

		if (tm_filter_joins(node)) {
			depth--;
			stack[depth - 1] = join(node->type, stack[depth - 1],
						stack[depth]);
		} else {
			stack[depth++] = eval_node(&e, node);
		}
	}
	return depth ? stack[0] : TM_FILTER_YES;
}

bool tm_filter_selects_netns(const struct tcpmem_filter *filter,
			     const struct tm_netns *netns)
{
	const struct tm_filter_facts facts = { .netns = netns };

	return !filter ||
	       tm_filter_eval(filter, &facts, NULL) >= TM_FILTER_UNKNOWN;
}

int tcpmem_filter_match(const struct tcpmem_filter *filter,
			const struct tcpmem_snapshot *snapshot,
			const struct tcpmem_socket *sock, bool *match)
{
	const struct tm_filter_facts facts = {
		.snapshot = snapshot,
		.netns = sock->netns < snapshot->netns_count
				 ? &snapshot->netns[sock->netns]
				 : NULL,
		.accounted = true,
		.attributed = true,
		.placed = snapshot->metadata.process,
		.saved = snapshot->saved,
	};
	enum tm_filter_verdict verdict = tm_filter_eval(filter, &facts, sock);

	if (verdict == TM_FILTER_UNKNOWN)
		return -ENODATA;
	*match = verdict == TM_FILTER_YES;
	return 0;
}
