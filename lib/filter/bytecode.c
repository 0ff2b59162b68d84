// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * bytecode.c - the part that the kernel decides -> its bytecode
 *
 * An operation goes on to the next where it is true and jumps where it is
 * false (inet_diag_bc_run in net/ipv4/inet_diag.c). The end of the program
 * accepts, 4 bytes beyond it reject. Jumps are 16 bits wide and the step to
 * the next operation 8: what is true and must go elsewhere goes to a jump
 * behind it. Who goes where follows from the postfix order, backwards, without
 * recursion; all jumps lead forward, as the kernel demands.
 */
#include "filter/filter.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define OP_SIZE sizeof(struct inet_diag_bc_op)

/* The target of a jump: a node, or an end of the program. */
#define ACCEPT SIZE_MAX
#define REJECT (SIZE_MAX - 1)

struct target {
	size_t yes;
	size_t no;
};

/*
 * struct operation - a comparison as the kernel makes it
 * @opposite: it is true where the comparison is not
 */
struct operation {
	uint8_t code;
	bool opposite;
	size_t operand_len;
	uint8_t operand[sizeof(struct inet_diag_hostcond) + 16];
};

/*
 * struct program - a program in the making
 * @at: where each node's operation begins
 */
struct program {
	const struct tcpmem_filter *filter;
	const struct tm_net_facts *facts;
	const struct tm_filter_part *part;
	struct target *target;
	size_t *at;
	size_t len;
	uint8_t *code;
};

static void put(struct operation *o, const void *bytes, size_t len)
{
	memcpy(o->operand + o->operand_len, bytes, len);
	o->operand_len += len;
}

static void put_host(struct operation *o, uint8_t code,
		     const struct tm_filter_host *host)
{
	const struct inet_diag_hostcond cond = {
		.family = host->family,
		.prefix_len = host->prefix,
		.port = host->port,
	};

	o->code = code;
	put(o, &cond, sizeof(cond));
	if (host->family == AF_INET)
		put(o, host->addr, 4);
	else if (host->family == AF_INET6)
		put(o, host->addr, 16);
}

static uint8_t cond_of(const struct tm_filter_node *node)
{
	return node->which == TM_SIDE_LOCAL ? INET_DIAG_BC_S_COND
					    : INET_DIAG_BC_D_COND;
}

/* True for every socket: no address, no port. */
static void put_true(struct operation *o)
{
	const struct tm_filter_host any = { .port = TM_PORT_ANY };

	put_host(o, INET_DIAG_BC_S_COND, &any);
}

/* Equal goes as a host without an address: its own opcode is far younger. */
static void put_port(struct operation *o, const struct tm_filter_node *node)
{
	bool local = node->which == TM_SIDE_LOCAL;
	const struct tm_filter_host host = { .port = (int32_t)node->id };
	const struct inet_diag_bc_op port = { .no = (uint16_t)node->id };

	if (node->op <= TM_OP_NE) {
		put_host(o, cond_of(node), &host);
		return;
	}
	o->opposite = node->op == TM_OP_LT || node->op == TM_OP_GT;
	if (node->op == TM_OP_GE || node->op == TM_OP_LT)
		o->code = local ? INET_DIAG_BC_S_GE : INET_DIAG_BC_D_GE;
	else
		o->code = local ? INET_DIAG_BC_S_LE : INET_DIAG_BC_D_LE;
	put(o, &port, sizeof(port));
}

/* That a family is IPv6 is a prefix of 0 bits; that it is IPv4, its opposite:
 * an IPv4 prefix would also find what is v4-mapped. */
static void put_family(struct operation *o, const struct tm_filter_node *node)
{
	const struct tm_filter_host ipv6 = {
		.family = AF_INET6,
		.port = TM_PORT_ANY,
	};

	put_host(o, INET_DIAG_BC_S_COND, &ipv6);
	if (node->id == TCPMEM_FAMILY_IPV4)
		o->opposite = !o->opposite;
}

static int put_dev(const struct program *p, struct operation *o,
		   const struct tm_filter_node *node)
{
	uint32_t index = (uint32_t)node->id;
	int ret = 0;

	if (node->text)
		ret = tm_net_facts_find(
			p->facts, tm_filter_text(p->filter, node), &index);
	if (ret < 0)
		return ret;
	if (node->text && !index) {
		put_true(o);
		o->opposite = !o->opposite;
		return 0;
	}
	o->code = INET_DIAG_BC_DEV_COND;
	put(o, &index, sizeof(index));
	return 0;
}

static void put_mark(struct operation *o, const struct tm_filter_node *node)
{
	const struct inet_diag_markcond mark = {
		.mark = node->mark.value,
		.mask = node->mark.mask,
	};

	o->code = INET_DIAG_BC_MARK_COND;
	put(o, &mark, sizeof(mark));
}

static int make_operation(const struct program *p,
			  const struct tm_filter_node *node,
			  struct operation *o)
{
	*o = (struct operation){ .opposite = node->op & 1 };
	switch ((enum tm_filter_type)node->type) {
	case TM_FILTER_HOST:
		put_host(o, cond_of(node), &node->host);
		return 0;
	case TM_FILTER_PORT:
		put_port(o, node);
		return 0;
	case TM_FILTER_FAMILY:
		put_family(o, node);
		return 0;
	case TM_FILTER_DEV:
		return put_dev(p, o, node);
	case TM_FILTER_MARK:
		put_mark(o, node);
		return 0;
	case TM_FILTER_CGROUP:
		o->code = INET_DIAG_BC_CGROUP_COND;
		put(o, &node->id, sizeof(node->id));
		return 0;
	case TM_FILTER_AUTOBOUND:
		o->code = INET_DIAG_BC_AUTO;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* A deciding operand jumps straight to the target of its "and" or "or". */
static void set_targets(struct program *p)
{
	const struct tm_filter_node *node = p->part->node;

	p->target[p->part->count - 1] = (struct target){ ACCEPT, REJECT };
	for (size_t i = p->part->count; i-- > 0;) {
		size_t right, left;

		if (!tm_filter_joins(&node[i]))
			continue;
		right = tm_filter_right(i);
		left = tm_filter_left(node, i);
		p->target[right] = p->target[left] = p->target[i];
		if (node[i].type == TM_FILTER_AND)
			p->target[left].yes = node[right].first;
		else
			p->target[left].no = node[right].first;
	}
}

/* The comparison whose operation follows that of node @i. */
static size_t behind(const struct tm_filter_part *part, size_t i)
{
	do {
		if (++i == part->count)
			return ACCEPT;
	} while (tm_filter_joins(&part->node[i]));
	return i;
}

static uint16_t distance(const struct program *p, size_t from, size_t to)
{
	size_t at = to == ACCEPT   ? p->len
		    : to == REJECT ? p->len + OP_SIZE
				   : p->at[to];

	return (uint16_t)(at - from);
}

static void write_op(struct program *p, size_t at, uint8_t code, size_t size,
		     size_t no)
{
	const struct inet_diag_bc_op op = {
		.code = code,
		.yes = (uint8_t)size,
		.no = distance(p, at, no),
	};

	memcpy(p->code + at, &op, sizeof(op));
}

/*
 * One comparison: written at @at if there is room for it yet, and how long
 * it is in @size.
 */
static int write_comparison(struct program *p, size_t i, size_t at,
			    size_t *size)
{
	struct target to = p->target[i];
	struct operation o;
	bool jumps;
	int ret = make_operation(p, &p->part->node[i], &o);

	if (ret < 0)
		return ret;
	if (o.opposite)
		to = (struct target){ .yes = to.no, .no = to.yes };
	jumps = to.yes != behind(p->part, i);
	*size = OP_SIZE + o.operand_len;
	if (p->code) {
		write_op(p, at, o.code, *size, to.no);
		memcpy(p->code + at + OP_SIZE, o.operand, o.operand_len);
	}
	if (p->code && jumps)
		write_op(p, at + *size, INET_DIAG_BC_JMP, OP_SIZE, to.yes);
	if (jumps)
		*size += OP_SIZE;
	return 0;
}

/* Pass 1 finds the offsets of operations, pass 2 writes them. */
static int walk(struct program *p)
{
	size_t at = 0;

	for (size_t i = 0; i < p->part->count; i++) {
		size_t size;
		int ret;

		if (tm_filter_joins(&p->part->node[i]))
			continue;
		ret = write_comparison(p, i, at, &size);
		if (ret < 0)
			return ret;
		p->at[i] = at;
		at += size;
	}
	p->len = at;
	return 0;
}

static int make_program(struct program *p)
{
	int ret;

	set_targets(p);
	ret = walk(p);
	if (ret < 0)
		return ret;
	p->code = calloc(1, p->len);
	return p->code ? walk(p) : -ENOMEM;
}

static int compile(const struct tcpmem_filter *filter,
		   const struct tm_net_facts *facts,
		   const struct tm_filter_part *part, void **code, size_t *len)
{
	struct program p = { .filter = filter, .facts = facts, .part = part };
	int ret = -ENOMEM;

	p.target = calloc(part->count, sizeof(*p.target));
	p.at = calloc(part->count, sizeof(*p.at));
	if (p.target && p.at)
		ret = make_program(&p);
	free(p.target);
	free(p.at);
	if (ret < 0) {
		free(p.code);
		return ret;
	}
	*code = p.code;
	*len = p.len;
	return 0;
}

int tm_filter_bytecode(const struct tcpmem_filter *filter,
		       const struct tm_net_facts *facts, uint32_t *states,
		       void **code, size_t *len, bool *exact)
{
	struct tm_filter_part part;
	void *made = NULL;
	size_t made_len = 0;
	int ret = tm_filter_kernel_part(filter, NULL, &part);

	if (ret < 0)
		return ret;
	if (part.count)
		ret = compile(filter, facts, &part, &made, &made_len);
	free(part.node);
	if (ret == -ENOMEM)
		return ret;
	*states = part.states;
	*exact = part.exact && ret == 0;
	*code = made;
	*len = made_len;
	return 0;
}
