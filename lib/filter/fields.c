// SPDX-License-Identifier: LGPL-2.1-or-later
/* fields.c - what can be compared, and with what */
#include "filter/internal.h"

#include "base/util.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#define EQUAL TM_OPS_EQUAL
#define ORDER TM_OPS_ORDER
#define TEXT  (EQUAL | 1u << TM_OP_LIKE | 1u << TM_OP_UNLIKE)

bool tm_read_u64(const char *text, uint64_t max, const char **end,
		 uint64_t *value)
{
	unsigned long long number;
	char *stop;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &stop, 0);
	if (errno || number > max)
		return false;
	*end = stop;
	*value = number;
	return true;
}

static int fail(struct tm_parse *parse, const struct tm_field *field,
		const struct tm_operand *operand)
{
	return tm_parse_fail(parse, operand->offset, operand->length,
			     field->expected);
}

static int read_id(struct tm_parse *parse, const struct tm_field *field,
		   const struct tm_operand *operand, uint64_t max,
		   struct tm_filter_node *node)
{
	const char *end;

	if (!tm_read_u64(operand->text, max, &end, &node->id) || *end)
		return fail(parse, field, operand);
	return tm_parse_add(parse, node);
}

static int read_u32(struct tm_parse *parse, const struct tm_field *field,
		    const struct tm_operand *operand,
		    struct tm_filter_node *node)
{
	return read_id(parse, field, operand, UINT32_MAX, node);
}

static int read_u64(struct tm_parse *parse, const struct tm_field *field,
		    const struct tm_operand *operand,
		    struct tm_filter_node *node)
{
	return read_id(parse, field, operand, UINT64_MAX, node);
}

/* "64k", "1M", "2GiB": what a letter multiplies by, and how long it is. */
static unsigned int unit_shift(const char *text, size_t *length)
{
	static const char letters[] = "kmgt";
	const char *at = *text ? strchr(letters, *text | 0x20) : NULL;

	*length = 0;
	if (!at)
		return 0;
	*length = strcmp(text + 1, "iB") == 0 ? 3 : 1;
	return 10 * (unsigned int)(at - letters + 1);
}

int tm_read_number(struct tm_parse *parse, const struct tm_field *field,
		   const struct tm_operand *operand,
		   struct tm_filter_node *node)
{
	bool negative = operand->text[0] == '-';
	unsigned int shift;
	const char *end;
	uint64_t value;
	size_t length;

	if (!tm_read_u64(operand->text + negative, INT64_MAX, &end, &value))
		return fail(parse, field, operand);
	shift = unit_shift(end, &length);
	if (end[length] || value > (uint64_t)INT64_MAX >> shift)
		return fail(parse, field, operand);
	node->number = (int64_t)(value << shift);
	if (negative)
		node->number = -node->number;
	return tm_parse_add(parse, node);
}

static int read_text(struct tm_parse *parse, const struct tm_field *field,
		     const struct tm_operand *operand,
		     struct tm_filter_node *node)
{
	(void)field;
	node->text = (uint32_t)(operand->text - parse->filter->strings);
	return tm_parse_add(parse, node);
}

/* The kernel cuts a process's name: a longer one would never be found. */
static int read_comm(struct tm_parse *parse, const struct tm_field *field,
		     const struct tm_operand *operand,
		     struct tm_filter_node *node)
{
	const size_t max = sizeof(((struct tcpmem_process *)0)->comm) - 1;

	if (node->op <= TM_OP_NE && strlen(operand->text) > max)
		return fail(parse, field, operand);
	return read_text(parse, field, operand, node);
}

static int read_user(struct tm_parse *parse, const struct tm_field *field,
		     const struct tm_operand *operand,
		     struct tm_filter_node *node)
{
	const char *end;
	uint32_t uid;

	if (tm_read_u64(operand->text, UINT32_MAX, &end, &node->id) && !*end)
		return tm_parse_add(parse, node);
	if (parse->names->user(operand->text, &uid) < 0)
		return fail(parse, field, operand);
	node->id = uid;
	return read_text(parse, field, operand, node);
}

bool tm_is_interface(const char *name)
{
	return *name && strlen(name) < IFNAMSIZ && !strpbrk(name, "/: \t\n") &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Interface numbers differ by namespace: the name is kept. */
static int read_dev(struct tm_parse *parse, const struct tm_field *field,
		    const struct tm_operand *operand,
		    struct tm_filter_node *node)
{
	const char *name = operand->text;
	const char *end;

	if (tm_read_u64(name, UINT32_MAX, &end, &node->id) && !*end)
		return tm_parse_add(parse, node);
	if (!tm_is_interface(name))
		return fail(parse, field, operand);
	return read_text(parse, field, operand, node);
}

static int read_mark(struct tm_parse *parse, const struct tm_field *field,
		     const struct tm_operand *operand,
		     struct tm_filter_node *node)
{
	uint64_t value, mask = UINT32_MAX;
	const char *end;

	if (!tm_read_u64(operand->text, UINT32_MAX, &end, &value))
		return fail(parse, field, operand);
	if (*end == '/' && !tm_read_u64(end + 1, UINT32_MAX, &end, &mask))
		return fail(parse, field, operand);
	if (*end)
		return fail(parse, field, operand);
	node->mark.value = (uint32_t)value;
	node->mark.mask = (uint32_t)mask;
	return tm_parse_add(parse, node);
}

static int read_cgroup(struct tm_parse *parse, const struct tm_field *field,
		       const struct tm_operand *operand,
		       struct tm_filter_node *node)
{
	struct tm_operand path = *operand;

	if (node->op > TM_OP_NE)
		node->type = TM_FILTER_PATH;
	else if (parse->names->cgroup(operand->text, &node->id) < 0)
		return fail(parse, field, operand);
	else
		path.text = tm_cgroup_below_mount(operand->text);
	return read_text(parse, field, &path, node);
}

static int read_kind(struct tm_parse *parse, const struct tm_field *field,
		     const struct tm_operand *operand,
		     struct tm_filter_node *node)
{
	for (unsigned int i = 0; i < TCPMEM_KIND_COUNT; i++) {
		if (strcmp(operand->text, tcpmem_kind_describe(i)->name) == 0) {
			node->id = i;
			return tm_parse_add(parse, node);
		}
	}
	return fail(parse, field, operand);
}

static int read_family(struct tm_parse *parse, const struct tm_field *field,
		       const struct tm_operand *operand,
		       struct tm_filter_node *node)
{
	static const char *const short_names[] = {
		[TCPMEM_FAMILY_IPV4] = "inet",
		[TCPMEM_FAMILY_IPV6] = "inet6",
	};

	for (unsigned int i = 0; i < TM_ARRAY_SIZE(short_names); i++) {
		if (strcmp(operand->text, tcpmem_family_describe(i)->name) ==
			    0 ||
		    strcmp(operand->text, short_names[i]) == 0) {
			node->id = i;
			return tm_parse_add(parse, node);
		}
	}
	return fail(parse, field, operand);
}

static int read_protocol(struct tm_parse *parse, const struct tm_field *field,
			 const struct tm_operand *operand,
			 struct tm_filter_node *node)
{
	const char *name;

	for (unsigned int i = 0; (name = tcpmem_protocol_describe(i)->name);
	     i++) {
		if (strcmp(operand->text, name) == 0) {
			node->id = i;
			return tm_parse_add(parse, node);
		}
	}
	return fail(parse, field, operand);
}

static const char a_host[] = "an address, a prefix, a host name or *";
static const char a_port[] = "a port from 0 to 65535, a service or *";
static const char a_number[] = "a number, such as 4096, 64k or 1M";
static const char a_name[] = "a name, or a pattern after ~";

#define TERM(called, means) .term = { .name = (called), .text = (means) }

static const struct tm_field fields[] = {
	{ TERM("src", "the address of this end"), TM_FILTER_HOST, TM_SIDE_LOCAL,
	  EQUAL, tm_read_host, a_host },
	{ TERM("dst", "the address of the other end"), TM_FILTER_HOST,
	  TM_SIDE_REMOTE, EQUAL, tm_read_host, a_host },
	{ TERM("sport", "the port of this end"), TM_FILTER_PORT, TM_SIDE_LOCAL,
	  ORDER, tm_read_port, a_port },
	{ TERM("dport", "the port of the other end"), TM_FILTER_PORT,
	  TM_SIDE_REMOTE, ORDER, tm_read_port, a_port },
	{ TERM("dev", "the interface that it is bound to"), TM_FILTER_DEV, 0,
	  EQUAL, read_dev, "the name or the number of an interface" },
	{ TERM("fwmark", "its mark"), TM_FILTER_MARK, 0, EQUAL, read_mark,
	  "a mark, such as 0x1 or 0x1/0xff" },
	{ TERM("cgroup", "the v2 cgroup that it was made in"), TM_FILTER_CGROUP,
	  0, TEXT, read_cgroup,
	  "the path of a v2 cgroup that exists, or a pattern after ~" },
	{ TERM("cgroup", NULL), TM_FILTER_PATH, 0, TEXT, read_cgroup, NULL },
	{ TERM("autobound", "the kernel has chosen its port"),
	  TM_FILTER_AUTOBOUND, 0, 0, NULL, NULL },
	{ TERM("rqueue", "bytes that wait to be read"), TM_FILTER_QUEUE,
	  TM_SIDE_LOCAL, ORDER, tm_read_number, a_number },
	{ TERM("wqueue", "bytes that are not acknowledged"), TM_FILTER_QUEUE,
	  TM_SIDE_REMOTE, ORDER, tm_read_number, a_number },
	{ TERM("pid", "a process that holds it"), TM_FILTER_PID, 0, EQUAL,
	  read_u32, "the number of a process" },
	{ TERM("comm", "the name of a process that holds it"), TM_FILTER_COMM,
	  0, TEXT, read_comm,
	  "a process's name of at most 15 bytes, or a pattern after ~" },
	{ TERM("peer_pid", "a process at the other end, on this host"),
	  TM_FILTER_PID, TM_SIDE_REMOTE, EQUAL, read_u32,
	  "the number of a process" },
	{ TERM("peer_process", "the name of such a process"), TM_FILTER_COMM,
	  TM_SIDE_REMOTE, TEXT, read_comm,
	  "a process's name of at most 15 bytes, or a pattern after ~" },
	{ TERM("peer_netns", "the network namespace of the other end"),
	  TM_FILTER_NETNS, TM_SIDE_REMOTE, TEXT, read_text, a_name },
	{ TERM("user", "the user it belongs to"), TM_FILTER_USER, 0, EQUAL,
	  read_user, "the name or the number of a user" },
	{ TERM("program", "the executable of a process that holds it"),
	  TM_FILTER_PROGRAM, 0, TEXT, read_text, a_name },
	{ TERM("cmdline", "the command line of a process that holds it"),
	  TM_FILTER_CMDLINE, 0, TEXT, read_text, a_name },
	{ TERM("ppid", "the parent of a process that holds it"), TM_FILTER_PPID,
	  0, EQUAL, read_u32, "the number of a process" },
	{ TERM("unit", "the systemd service or scope"), TM_FILTER_UNIT, 0, TEXT,
	  read_text, a_name },
	{ TERM("container", "the container"), TM_FILTER_CONTAINER, 0, TEXT,
	  read_text, a_name },
	{ TERM("pod", "the UID of the kubernetes pod"), TM_FILTER_POD, 0, TEXT,
	  read_text, a_name },
	{ TERM("netns", "the network namespace"), TM_FILTER_NETNS, 0, TEXT,
	  read_text, a_name },
	{ TERM("kind", "process, or why none holds it"), TM_FILTER_KIND, 0,
	  EQUAL, read_kind,
	  "process, unaccepted, orphan, time-wait, syn-recv, in-flight, dark, "
	  "kernel, hidden or unknown" },
	{ TERM("family", "ipv4 or ipv6"), TM_FILTER_FAMILY, 0, EQUAL,
	  read_family, "ipv4 or ipv6" },
	{ TERM("protocol", "tcp, mptcp or subflow"), TM_FILTER_PROTOCOL, 0,
	  EQUAL, read_protocol, "tcp, mptcp or subflow" },
	{ TERM("cong", "its congestion control"), TM_FILTER_TEXT, 0, TEXT,
	  read_text, a_name, tcpmem_socket_get_congestion },
	{ TERM("inode", "the inode of its file"), TM_FILTER_INODE, 0, ORDER,
	  read_u32, "an inode number" },
	{ TERM("cookie", "the kernel's number of it"), TM_FILTER_COOKIE, 0,
	  ORDER, read_u64, "a cookie, decimal or 0x and hexadecimal" },
};

static const struct tcpmem_term clauses[] = {
	{ .name = "state", .text = "sockets in this state" },
	{ .name = "exclude", .text = "sockets in any state but this" },
};

/* Clauses, then fields of the table, then metrics, then tcp_info. */
const struct tcpmem_term *tcpmem_filter_field_describe(size_t index)
{
	if (index < TM_ARRAY_SIZE(clauses))
		return &clauses[index];
	index -= TM_ARRAY_SIZE(clauses);
	for (size_t i = 0; i < TM_ARRAY_SIZE(fields); i++)
		if (fields[i].term.text && index-- == 0)
			return &fields[i].term;
	if (index < TCPMEM_METRIC_COUNT)
		return tcpmem_metric_describe((enum tcpmem_metric)index);
	index -= TCPMEM_METRIC_COUNT;
	return tcpmem_info_describe((enum tcpmem_info)(
		index < TCPMEM_INFO_COUNT ? index : TCPMEM_INFO_COUNT));
}

static struct tm_field metric_field(unsigned int metric)
{
	return (struct tm_field){
		.term = *tcpmem_metric_describe(metric),
		.type = TM_FILTER_NUMBER,
		.which = (uint8_t)metric,
		.ops = ORDER,
		.read = tm_read_number,
		.expected = a_number,
	};
}

bool tm_field_find(const struct tm_lex *lex, const struct tm_token *token,
		   struct tm_field *field)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(fields); i++) {
		if (tm_lex_is(lex, token, fields[i].term.name)) {
			*field = fields[i];
			return true;
		}
	}
	for (unsigned int i = 0; i < TCPMEM_METRIC_COUNT; i++) {
		if (tm_lex_is(lex, token, tcpmem_metric_describe(i)->name)) {
			*field = metric_field(i);
			return true;
		}
	}
	for (unsigned int i = 0; i < TCPMEM_INFO_COUNT; i++) {
		if (tm_lex_is(lex, token, tcpmem_info_describe(i)->name))
			return tm_info_field(i, field);
	}
	return false;
}

const struct tm_field *tm_field_of(const struct tm_filter_node *node)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(fields); i++)
		if (fields[i].type == (enum tm_filter_type)node->type &&
		    fields[i].which == node->which)
			return &fields[i];
	return NULL;
}

const char *tm_field_name(const struct tm_filter_node *node)
{
	const struct tm_field *field = tm_field_of(node);

	if (node->type == TM_FILTER_NUMBER)
		return tcpmem_metric_describe(node->which)->name;
	if (node->type == TM_FILTER_INFO)
		return tcpmem_info_describe(node->which)->name;
	return field ? field->term.name : NULL;
}
