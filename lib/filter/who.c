// SPDX-License-Identifier: LGPL-2.1-or-later
/* who.c - fields of a socket's holders, and of its tcp_info */
#include "filter/filter.h"

#include "base/util.h"
#include "filter/internal.h"
#include "model/metadata.h"
#include "tcpmem/socket.h"

#include <fnmatch.h>
#include <string.h>

/* Longer than any unit, container or pod. */
#define NAME_SIZE 256

bool tm_eval_is_text(const struct tm_eval *e, const struct tm_filter_node *node,
		     const char *value)
{
	const char *text = tm_filter_text(e->filter, node);

	return node->op <= TM_OP_NE ? strcmp(text, value) == 0
				    : fnmatch(text, value, 0) == 0;
}

/* Whether an unreadable process may hold the socket. */
static bool is_hidden(enum tcpmem_kind kind)
{
	return kind == TCPMEM_KIND_HIDDEN || kind == TCPMEM_KIND_UNKNOWN;
}

/* A container or pod may be asked for by name, by id, or as rows show it. */
static bool is_place(const struct tm_eval *e, const struct tm_filter_node *node,
		     const char *id)
{
	const char *name = tm_metadata_name(&e->facts->snapshot->metadata, id);
	char text[2 * NAME_SIZE];

	if (tm_eval_is_text(e, node, id))
		return true;
	tm_cgroup_format_id(id, NULL, text, sizeof(text));
	if (tm_eval_is_text(e, node, text))
		return true;
	if (!name)
		return false;
	tm_cgroup_format_id(id, name, text, sizeof(text));
	return tm_eval_is_text(e, node, name) || tm_eval_is_text(e, node, text);
}

/* A path from which a name is read: that of a unit, or the whole of it. */
static bool is_named(const struct tm_eval *e, const struct tm_filter_node *node,
		     uint32_t text)
{
	const char *path =
		tm_blobs_get(&e->facts->snapshot->metadata.texts, text);
	char name[NAME_SIZE];

	switch ((enum tm_filter_type)node->type) {
	case TM_FILTER_UNIT:
		return tm_cgroup_unit(path, name, sizeof(name)) == 0 &&
		       tm_eval_is_text(e, node, name);
	case TM_FILTER_CONTAINER:
		return tm_cgroup_container(path, name, sizeof(name)) == 0 &&
		       is_place(e, node, name);
	case TM_FILTER_POD:
		return tm_cgroup_pod(path, name, sizeof(name)) == 0 &&
		       is_place(e, node, name);
	default:
		return tm_eval_is_text(e, node, path);
	}
}

static uint32_t text_of(const struct tm_process_metadata *place,
			enum tm_filter_type type)
{
	if (type == TM_FILTER_CMDLINE)
		return place->cmdline;
	return type == TM_FILTER_PROGRAM ? place->program : place->cgroup;
}

static enum tm_filter_verdict is_placed(const struct tm_eval *e,
					const struct tm_filter_node *node,
					uint32_t process)
{
	const struct tm_metadata *metadata = &e->facts->snapshot->metadata;
	const struct tm_process_metadata *place;
	uint32_t text;

	if (process >= metadata->process_count)
		return TM_FILTER_UNKNOWN;
	place = &metadata->process[process];
	if (node->type == TM_FILTER_PPID)
		return place->parent == TM_METADATA_UNKNOWN
			       ? TM_FILTER_UNKNOWN
			       : tm_eval_verdict(place->parent == node->id);
	text = text_of(place, node->type);
	if (text == TM_METADATA_UNKNOWN)
		return TM_FILTER_UNKNOWN;
	if (is_named(e, node, text))
		return TM_FILTER_YES;
	/* a name that stands for the path is no other program */
	return node->type == TM_FILTER_PROGRAM &&
			       *tm_blobs_get(&metadata->texts, text) != '/'
		       ? TM_FILTER_UNKNOWN
		       : TM_FILTER_NO;
}

static enum tm_filter_verdict is_holder(const struct tm_eval *e,
					const struct tm_filter_node *node,
					uint32_t index)
{
	const struct tcpmem_process *process =
		tm_holders_get_process(e->facts->snapshot->holders, index);

	switch ((enum tm_filter_type)node->type) {
	case TM_FILTER_PID:
		return tm_eval_verdict(process->pid == node->id);
	case TM_FILTER_COMM:
		return tm_eval_verdict(tm_eval_is_text(e, node, process->comm));
	default:
		return is_placed(e, node, index);
	}
}

/* Matches if one holder of @set matches; negated, if none does. */
static enum tm_filter_verdict are_holders(const struct tm_eval *e,
					  const struct tm_filter_node *node,
					  uint32_t set)
{
	const struct tm_holders *holders = e->facts->snapshot->holders;
	enum tm_filter_verdict best = TM_FILTER_NO;
	size_t count = tm_holder_count(holders, set);

	for (size_t i = 0; i < count && best != TM_FILTER_YES; i++) {
		enum tm_filter_verdict one =
			is_holder(e, node, tm_holder_get(holders, set, i));

		best = one > best ? one : best;
	}
	return best == TM_FILTER_UNKNOWN
		       ? best
		       : tm_eval_match_equal(node, best == TM_FILTER_YES);
}

enum tm_filter_verdict tm_eval_holder(const struct tm_eval *e,
				      const struct tm_filter_node *node)
{
	if (!e->facts->attributed || !e->facts->snapshot->holders ||
	    is_hidden(e->sock->kind))
		return TM_FILTER_UNKNOWN;
	return are_holders(e, node, e->sock->holder);
}

/* Who is on another host, or nowhere, is neither. */
enum tm_filter_verdict tm_eval_peer(const struct tm_eval *e,
				    const struct tm_filter_node *node)
{
	const struct tcpmem_snapshot *snap = e->facts->snapshot;
	struct tcpmem_peer peer = { .size = sizeof(peer) };

	if (!e->facts->attributed ||
	    tcpmem_socket_get_peer(snap, e->sock, &peer) < 0 ||
	    peer.status == TCPMEM_PEER_UNKNOWN)
		return TM_FILTER_UNKNOWN;
	if (peer.status != TCPMEM_PEER_SOCKET)
		return TM_FILTER_NOT_APPLICABLE;
	if (node->type == TM_FILTER_NETNS)
		return tm_eval_netns(e, node, &snap->netns[peer.netns]);
	if (!snap->holders || is_hidden(peer.kind))
		return TM_FILTER_UNKNOWN;
	return are_holders(e, node,
			   tm_socket_set_peer(&snap->sockets, e->sock)->holder);
}

/* Both are below the root of the hierarchy, which is empty, or a slash. */
static bool is_cgroup(const char *operand, const char *path)
{
	size_t len;

	operand += strspn(operand, "/");
	path += strspn(path, "/");
	len = strlen(operand);
	while (len && operand[len - 1] == '/')
		len--;
	return strlen(path) == len && memcmp(operand, path, len) == 0;
}

enum tm_filter_verdict tm_eval_cgroup(const struct tm_eval *e,
				      const struct tm_filter_node *node)
{
	const struct tm_metadata *metadata;
	const struct tm_cgroup *cgroup;

	if (!e->facts->placed)
		return TM_FILTER_UNKNOWN;
	metadata = &e->facts->snapshot->metadata;
	cgroup = tm_metadata_find(metadata, e->sock->cgroup_id);
	if (!cgroup || cgroup->path == TM_METADATA_UNKNOWN)
		return TM_FILTER_UNKNOWN;
	return tm_eval_match_equal(
		node, is_cgroup(tm_filter_text(e->filter, node),
				tm_blobs_get(&metadata->texts, cgroup->path)));
}

/*
 * As for grouping: a socket's own cgroup comes first; where that is the root,
 * as on hosts whose processes live in v1 hierarchies, its holders' do.
 */
enum tm_filter_verdict tm_eval_place(const struct tm_eval *e,
				     const struct tm_filter_node *node)
{
	const struct tm_metadata *metadata;
	const struct tm_cgroup *cgroup;

	if (!e->facts->attributed || !e->facts->placed)
		return TM_FILTER_UNKNOWN;
	metadata = &e->facts->snapshot->metadata;
	if (node->type == TM_FILTER_PROGRAM ||
	    node->type == TM_FILTER_CMDLINE || node->type == TM_FILTER_PPID ||
	    !(e->sock->flags & TM_SOCK_HAS_CGROUP))
		return tm_eval_holder(e, node);
	cgroup = tm_metadata_find(metadata, e->sock->cgroup_id);
	if (!cgroup || cgroup->path == TM_METADATA_UNKNOWN)
		return TM_FILTER_UNKNOWN;
	if ((e->sock->holder != TM_HOLDER_NONE || is_hidden(e->sock->kind)) &&
	    strcmp(tm_blobs_get(&metadata->texts, cgroup->path), "/") == 0)
		return tm_eval_holder(e, node);
	return tm_eval_match_equal(node, is_named(e, node, cgroup->path));
}

static const char a_number[] = "a number, such as 10, 64k or 1M";
static const char a_time_us[] = "a time in microseconds, or such as 20ms or 3s";
static const char a_time_ms[] = "a time in milliseconds, or such as 3s";
static const char a_timer[] = "none, retransmit, keepalive, time-wait or probe";

static int fail(struct tm_parse *parse, const struct tm_field *field,
		const struct tm_operand *operand)
{
	return tm_parse_fail(parse, operand->offset, operand->length,
			     field->expected);
}

static int read_timer(struct tm_parse *parse, const struct tm_field *field,
		      const struct tm_operand *operand,
		      struct tm_filter_node *node)
{
	const char *name;

	for (unsigned int i = 0; (name = tcpmem_timer_describe(i)->name); i++) {
		if (strcmp(operand->text, name) == 0) {
			node->number = i;
			return tm_parse_add(parse, node);
		}
	}
	return fail(parse, field, operand);
}

/* What a unit behind a time multiplies by; 0: there is no such unit. */
static int64_t time_factor(enum tcpmem_unit unit, const char *text)
{
	bool us = unit == TCPMEM_UNIT_MICROSECONDS;

	if (!*text || strcmp(text, us ? "us" : "ms") == 0)
		return 1;
	if (us && strcmp(text, "ms") == 0)
		return 1000;
	return strcmp(text, "s") == 0 ? us ? 1000000 : 1000 : 0;
}

static int read_time(struct tm_parse *parse, const struct tm_field *field,
		     const struct tm_operand *operand,
		     struct tm_filter_node *node)
{
	const char *end;
	int64_t factor;
	uint64_t value;

	if (!tm_read_u64(operand->text, INT64_MAX, &end, &value))
		return fail(parse, field, operand);
	factor = time_factor(tcpmem_info_describe(node->which)->unit, end);
	if (!factor || __builtin_mul_overflow(value, factor, &node->number))
		return fail(parse, field, operand);
	return tm_parse_add(parse, node);
}

/* How the value of a field with such a unit is read */
static void set_reader(struct tm_field *field)
{
	field->read = read_time;
	if (field->term.unit == TCPMEM_UNIT_MICROSECONDS) {
		field->expected = a_time_us;
	} else if (field->term.unit == TCPMEM_UNIT_MILLISECONDS) {
		field->expected = a_time_ms;
	} else if (field->term.unit == TCPMEM_UNIT_TIMER) {
		field->ops = TM_OPS_EQUAL;
		field->read = read_timer;
		field->expected = a_timer;
	} else {
		field->read = tm_read_number;
		field->expected = a_number;
	}
}

bool tm_info_field(enum tcpmem_info info, struct tm_field *field)
{
	*field = (struct tm_field){
		.term = *tcpmem_info_describe(info),
		.type = TM_FILTER_INFO,
		.which = (uint8_t)info,
		.ops = TM_OPS_ORDER,
	};
	set_reader(field);
	return field->term.name;
}

/* What is not measured yet, or is no connection, is neither. */
enum tm_filter_verdict tm_eval_info(const struct tm_eval *e,
				    const struct tm_filter_node *node)
{
	const struct tcpmem_snapshot *snap = e->facts->snapshot;
	int64_t value;

	if (!e->facts->attributed)
		return TM_FILTER_UNKNOWN;
	if (tcpmem_socket_get_info(snap, e->sock, node->which, &value) == 0)
		return tm_eval_number(node, value);
	return tm_info_is_missing(snap, e->sock, node->which)
		       ? TM_FILTER_UNKNOWN
		       : TM_FILTER_NOT_APPLICABLE;
}

/* Without tcp_info nobody asked for the text; with it, the socket has none. */
enum tm_filter_verdict tm_eval_text(const struct tm_eval *e,
				    const struct tm_filter_node *node)
{
	const struct tm_field *field = tm_field_of(node);
	const char *value;

	if (!e->facts->attributed || !e->facts->snapshot->sockets.with_info)
		return TM_FILTER_UNKNOWN;
	value = field->value(e->facts->snapshot, e->sock);
	if (value)
		return tm_eval_match_equal(node,
					   tm_eval_is_text(e, node, value));
	return tm_congestion_is_missing(e->facts->snapshot, e->sock)
		       ? TM_FILTER_UNKNOWN
		       : TM_FILTER_NOT_APPLICABLE;
}
