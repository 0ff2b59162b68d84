/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* filter.h - a filter and what it decides */
#ifndef TM_FILTER_FILTER_H
#define TM_FILTER_FILTER_H

#include "model/snapshot.h"
#include "tcpmem/query.h"

/*
 * a filter expression, parsed: what its text means
 *
 * The expression is an array of nodes in postfix order. "not" is gone: the
 * parser pushes it down to the comparisons, each of which has an opposite, so
 * that leaving out what the kernel cannot decide always lets more through. No
 * walk recurses, however long the text.
 */

/* Bytes of text, and levels of parentheses, that are read at most. */
#define TM_FILTER_TEXT_MAX  65536
#define TM_FILTER_DEPTH_MAX 64

/*
 * Comparisons that go to the kernel at most: the longest operation is 28
 * bytes, with a jump behind it 32, and an attribute holds 64 KiB with its
 * header.
 */
#define TM_FILTER_KERNEL_MAX 2047

/*
 * Values that wait while an expression of that depth is folded: before each
 * parenthesis the states of its list and what is joined to it, and in the
 * innermost a family, some of a host's addresses, and one more.
 */
#define TM_FILTER_STACK (2 * (TM_FILTER_DEPTH_MAX + 1) + 3)

enum tm_filter_type {
	TM_FILTER_AND,
	TM_FILTER_OR,
	TM_FILTER_STATE,
	TM_FILTER_HOST,
	TM_FILTER_PORT,
	TM_FILTER_DEV,
	TM_FILTER_MARK,
	TM_FILTER_CGROUP,
	TM_FILTER_AUTOBOUND,
	TM_FILTER_NUMBER,
	TM_FILTER_QUEUE,
	TM_FILTER_PID,
	TM_FILTER_COMM,
	TM_FILTER_USER,
	TM_FILTER_UNIT,
	TM_FILTER_NETNS,
	TM_FILTER_KIND,
	TM_FILTER_FAMILY,
	TM_FILTER_PROTOCOL,
	TM_FILTER_INODE,
	TM_FILTER_COOKIE,
	TM_FILTER_PROGRAM,
	TM_FILTER_CMDLINE,
	TM_FILTER_PPID,
	TM_FILTER_CONTAINER,
	TM_FILTER_POD,
	TM_FILTER_PATH, /* of the cgroup, where it is a pattern */
	TM_FILTER_INFO,
	TM_FILTER_TEXT, /* that tm_field.value reads beside tcp_info */
};

/* Each operator's opposite is its number with the lowest bit turned. */
enum tm_filter_op {
	TM_OP_EQ,
	TM_OP_NE,
	TM_OP_LT,
	TM_OP_GE,
	TM_OP_GT,
	TM_OP_LE,
	TM_OP_LIKE,
	TM_OP_UNLIKE,
};
#define TM_OP_COUNT (TM_OP_UNLIKE + 1)

static inline enum tm_filter_op tm_op_opposite(enum tm_filter_op op)
{
	return (enum tm_filter_op)(op ^ 1);
}

/* The end of the connection that a comparison looks at. */
enum tm_filter_side {
	TM_SIDE_LOCAL, /* and the receive queue */
	TM_SIDE_REMOTE,
};

#define TM_PORT_ANY (-1)

/*
 * struct tm_filter_host - an address prefix and a port
 * @family: AF_INET also matches what is v4-mapped; AF_UNSPEC any address
 * @port: host order, or %TM_PORT_ANY
 */
struct tm_filter_host {
	uint8_t family;
	uint8_t prefix;
	int32_t port;
	uint8_t addr[16];
};

/*
 * struct tm_filter_node - a comparison, or what joins the two before it
 * @which: side, enum tcpmem_metric, or enum tcpmem_info
 * @text: the operand, where it is a name; in tcpmem_filter.strings
 * @first: index of the first node that belongs to it
 */
struct tm_filter_node {
	uint8_t type;
	uint8_t op;
	uint8_t which;
	uint32_t text;
	uint32_t first;
	union {
		uint32_t states;
		int64_t number; /* may be below 0 */
		uint64_t id;	/* port, ifindex, uid, inode, enum values */
		struct tm_filter_host host;
		struct {
			uint32_t value;
			uint32_t mask;
		} mark;
	};
};

/*
 * struct tcpmem_filter - an expression; never changes once parsed
 * @types: bits 1 << enum tm_filter_type of the comparisons in it
 */
struct tcpmem_filter {
	struct tm_filter_node *node; /* none: every socket matches */
	size_t count;
	char *strings;
	size_t strings_len;
	uint32_t types;
};

/* tm_filter_needs() - bits of enum tcpmem_need; 0 if @filter is NULL */
uint32_t tm_filter_needs(const struct tcpmem_filter *filter);

/*
 * struct tm_filter_names - what this host calls things
 * @service: a TCP port by its name
 * @host: addresses of a name; @family may be AF_UNSPEC. How many there are,
 *	at most @max
 * @user: uid of a name
 * @cgroup: kernel's id of a v2 cgroup
 *
 * Each returns -ENOENT if there is no such name.
 */
struct tm_filter_names {
	int (*service)(const char *name, uint16_t *port);
	int (*host)(const char *name, int family, struct tm_filter_host *host,
		    size_t max);
	int (*user)(const char *name, uint32_t *uid);
	int (*cgroup)(const char *path, uint64_t *id);
};

extern const struct tm_filter_names tm_filter_names_host;

/* The same, and a cgroup that this host lacks is one, too */
extern const struct tm_filter_names tm_filter_names_saved;

/*
 * tm_cgroup_below_mount() - the part of @path below the mount of the v2
 * hierarchy, as it is here or on most hosts; @path if it is below none
 */
const char *tm_cgroup_below_mount(const char *path);

/* tm_filter_parse() - tcpmem_filter_parse() with names looked up by @names */
int tm_filter_parse(const char *text, const struct tm_filter_names *names,
		    struct tcpmem_filter_error *error,
		    struct tcpmem_filter **filter);

/* tm_filter_copy() - another of the same. Return: 0 or -ENOMEM. */
int tm_filter_copy(const struct tcpmem_filter *filter,
		   struct tcpmem_filter **copy);

/* tm_filter_text() - the operand of @node, where it is a name */
static inline const char *tm_filter_text(const struct tcpmem_filter *filter,
					 const struct tm_filter_node *node)
{
	return filter->strings + node->text;
}

/* tm_filter_joins() - whether @node is no comparison but joins two */
static inline bool tm_filter_joins(const struct tm_filter_node *node)
{
	return node->type == TM_FILTER_AND || node->type == TM_FILTER_OR;
}

/* tm_filter_is_of_peer() - whether @node compares who is at the other end */
static inline bool tm_filter_is_of_peer(const struct tm_filter_node *node)
{
	return node->which == TM_SIDE_REMOTE &&
	       (node->type == TM_FILTER_PID || node->type == TM_FILTER_COMM ||
		node->type == TM_FILTER_NETNS);
}

/*
 * tm_filter_left(), tm_filter_right() - what an AND or OR joins; indices
 */
static inline size_t tm_filter_right(size_t joint)
{
	return joint - 1;
}

static inline size_t tm_filter_left(const struct tm_filter_node *node,
				    size_t joint)
{
	return node[tm_filter_right(joint)].first - 1;
}

/*
 * tm_filter_next_dev() - the next interface that is named, not numbered
 * @at: 0 at first; where to go on
 *
 * Return: its name; NULL if there are no more.
 */
const char *tm_filter_next_dev(const struct tcpmem_filter *filter, size_t *at);

/*
 * What a comparison says of a socket; of two joined by "and" the lowest holds,
 * by "or" the highest. Below %TM_FILTER_UNKNOWN a socket is left out for good.
 */
enum tm_filter_verdict {
	TM_FILTER_NO,
	TM_FILTER_NOT_APPLICABLE, /* it does not apply, and its opposite does
				     not */
	TM_FILTER_UNKNOWN,	  /* a fact is missing */
	TM_FILTER_YES,
};

/*
 * struct tm_filter_facts - what is known beside the socket itself
 * @snapshot: holders and metadata; only looked at if @attributed
 * @netns: the socket's namespace; NULL, or its name NULL, if that is not known
 * @accounted: the socket's slab objects have been set
 * @attributed: its kind and its holder have been set
 * @placed: cgroups and programs have been looked up
 * @saved: it is of a file, whose cgroups have ids of their own
 */
struct tm_filter_facts {
	const struct tcpmem_snapshot *snapshot;
	const struct tm_netns *netns;
	bool accounted;
	bool attributed;
	bool placed;
	bool saved;
};

/*
 * tm_filter_eval() - whether @sock matches
 *
 * What depends on a fact that is missing is neither yes nor no, nor is its
 * opposite; only what the facts decide is decided. What is said before a fact
 * is known, unless it is %TM_FILTER_UNKNOWN, stays when it is. Where the
 * kernel lets a socket not through, this says so too before it knows anything
 * but the socket.
 */
enum tm_filter_verdict tm_filter_eval(const struct tcpmem_filter *filter,
				      const struct tm_filter_facts *facts,
				      const struct tcpmem_socket *sock);

/*
 * tm_filter_selects_netns() - whether a socket of @netns may match
 * @filter: NULL: every socket matches
 */
bool tm_filter_selects_netns(const struct tcpmem_filter *filter,
			     const struct tm_netns *netns);

/*
 * struct tm_filter_part - the part of a filter that the kernel can decide
 * @node: as in struct tcpmem_filter, of comparisons that have an opcode; none
 *	if there are too many, or if all sockets must be asked for
 * @states: that a match can be in; 0 if nothing can match
 * @exact: the sockets in @states that @node lets through are the matches, and
 *	no others; else there are others among them
 */
struct tm_filter_part {
	struct tm_filter_node *node;
	size_t count;
	uint32_t states;
	bool exact;
};

/*
 * tm_filter_kernel_part() - splits off what the kernel can decide
 * @exact: if not NULL, says for each node of @filter whether the kernel alone
 *	can decide it
 *
 * Free @part->node with free(3).
 *
 * Return: 0, or -ENOMEM.
 */
int tm_filter_kernel_part(const struct tcpmem_filter *filter, bool *exact,
			  struct tm_filter_part *part);

/*
 * tm_filter_bytecode() - the program that INET_DIAG_REQ_BYTECODE takes
 * @facts: of the namespace that is asked; interfaces have other numbers in each
 * @states: what to ask for; 0 if nothing can match
 * @code, @len: the program, to be freed with free(3); NULL and 0 if there is
 *	nothing to tell the kernel
 * @exact: see struct tm_filter_part
 *
 * The kernel refuses it with -EPERM if it asks for fwmark without
 * CAP_NET_ADMIN, with -EINVAL if it is older than an opcode. Without it, more
 * sockets come and tm_filter_eval() selects the same.
 *
 * Return: 0, or -ENOMEM.
 */
int tm_filter_bytecode(const struct tcpmem_filter *filter,
		       const struct tm_net_facts *facts, uint32_t *states,
		       void **code, size_t *len, bool *exact);

/* ---- one comparison of a socket, which the evaluators share ---- */

struct tm_eval {
	const struct tcpmem_filter *filter;
	const struct tm_filter_facts *facts;
	const struct tcpmem_socket *sock;
};

static inline enum tm_filter_verdict tm_eval_verdict(bool yes)
{
	return yes ? TM_FILTER_YES : TM_FILTER_NO;
}

/*
 * tm_eval_match_equal() - it is equal, or it is like it; the operator may deny
 */
static inline enum tm_filter_verdict
tm_eval_match_equal(const struct tm_filter_node *node, bool equal)
{
	return tm_eval_verdict(equal == !(node->op & 1));
}

/* tm_eval_number() - @value compared with the operand */
enum tm_filter_verdict tm_eval_number(const struct tm_filter_node *node,
				      int64_t value);

/* tm_eval_info() - compares a figure of tcp_info */
enum tm_filter_verdict tm_eval_info(const struct tm_eval *e,
				    const struct tm_filter_node *node);

/* tm_eval_text() - compares a text that came with tcp_info */
enum tm_filter_verdict tm_eval_text(const struct tm_eval *e,
				    const struct tm_filter_node *node);

/* tm_eval_is_text() - whether @value is, or is like, the operand */
bool tm_eval_is_text(const struct tm_eval *e, const struct tm_filter_node *node,
		     const char *value);

/* tm_eval_netns() - compares the name and the inode of @netns */
enum tm_filter_verdict tm_eval_netns(const struct tm_eval *e,
				     const struct tm_filter_node *node,
				     const struct tm_netns *netns);

/* tm_eval_peer() - compares who is at the other end, see tm_filter_is_of_peer()
 */
enum tm_filter_verdict tm_eval_peer(const struct tm_eval *e,
				    const struct tm_filter_node *node);

/* tm_eval_holder() - compares the processes that hold the socket */
enum tm_filter_verdict tm_eval_holder(const struct tm_eval *e,
				      const struct tm_filter_node *node);

/* tm_eval_cgroup() - compares the path of the cgroup that the socket has */
enum tm_filter_verdict tm_eval_cgroup(const struct tm_eval *e,
				      const struct tm_filter_node *node);

/* tm_eval_place() - compares where the socket or its processes live */
enum tm_filter_verdict tm_eval_place(const struct tm_eval *e,
				     const struct tm_filter_node *node);

#endif
