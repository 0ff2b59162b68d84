// SPDX-License-Identifier: LGPL-2.1-or-later
/* who.c - which processes hold a socket, and where they live */
#include "filter/filter.h"

#include "model/metadata.h"

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
static bool is_hidden(const struct tcpmem_socket *sock)
{
	return sock->kind == TCPMEM_KIND_HIDDEN ||
	       sock->kind == TCPMEM_KIND_UNKNOWN;
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
		       tm_eval_is_text(e, node, name);
	case TM_FILTER_POD:
		return tm_cgroup_pod(path, name, sizeof(name)) == 0 &&
		       tm_eval_is_text(e, node, name);
	default:
		return tm_eval_is_text(e, node, path);
	}
}

static enum tm_filter_verdict is_placed(const struct tm_eval *e,
					const struct tm_filter_node *node,
					uint32_t process)
{
	const struct tm_metadata *metadata = &e->facts->snapshot->metadata;
	uint32_t text;

	if (process >= metadata->process_count)
		return TM_FILTER_UNKNOWN;
	text = node->type == TM_FILTER_PROGRAM
		       ? metadata->process[process].program
		       : metadata->process[process].cgroup;
	return text == TM_METADATA_UNKNOWN
		       ? TM_FILTER_UNKNOWN
		       : tm_eval_verdict(is_named(e, node, text));
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

/* Matches if one holder matches; negated, if none does. */
enum tm_filter_verdict tm_eval_holder(const struct tm_eval *e,
				      const struct tm_filter_node *node)
{
	const struct tm_holders *holders;
	enum tm_filter_verdict best = TM_FILTER_NO;
	size_t count;

	if (!e->facts->attributed || !e->facts->snapshot->holders ||
	    is_hidden(e->sock))
		return TM_FILTER_UNKNOWN;
	holders = e->facts->snapshot->holders;
	count = tm_holder_count(holders, e->sock->holder);
	for (size_t i = 0; i < count && best != TM_FILTER_YES; i++) {
		enum tm_filter_verdict one = is_holder(
			e, node, tm_holder_get(holders, e->sock->holder, i));

		best = one > best ? one : best;
	}
	return best == TM_FILTER_UNKNOWN
		       ? best
		       : tm_eval_match_equal(node, best == TM_FILTER_YES);
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
	    !(e->sock->flags & TM_SOCK_HAS_CGROUP))
		return tm_eval_holder(e, node);
	cgroup = tm_metadata_find(metadata, e->sock->cgroup_id);
	if (!cgroup || cgroup->path == TM_METADATA_UNKNOWN)
		return TM_FILTER_UNKNOWN;
	if (e->sock->holder != TM_HOLDER_NONE &&
	    strcmp(tm_blobs_get(&metadata->texts, cgroup->path), "/") == 0)
		return tm_eval_holder(e, node);
	return tm_eval_match_equal(node, is_named(e, node, cgroup->path));
}
