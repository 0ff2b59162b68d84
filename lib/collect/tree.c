// SPDX-License-Identifier: LGPL-2.1-or-later
/* tree.c - a process's descendants, and what their sockets come to */
#include "analysis/tree.h"
#include "base/util.h"
#include "proc/internal.h"

#include <errno.h>
#include <stdlib.h>

struct tcpmem_tree {
	const struct tcpmem_ctx *ctx;
	struct tm_descendants descendants;
	struct tm_tree tree;
	const struct tcpmem_snapshot *last;
};

int tcpmem_tree_new(struct tcpmem_ctx *ctx, uint32_t ancestor, uint64_t cgroup,
		    struct tcpmem_tree **tree)
{
	struct tcpmem_tree *t = calloc(1, sizeof(*t));
	int ret;

	if (!t)
		return -ENOMEM;
	t->ctx = ctx;
	ret = tm_tree_init(&t->tree, cgroup);
	if (ret == 0)
		ret = tm_descendants_init(&t->descendants, ancestor);
	if (ret)
		tcpmem_tree_free(t);
	else
		*tree = t;
	return ret;
}

void tcpmem_tree_free(struct tcpmem_tree *tree)
{
	if (!tree)
		return;
	tm_descendants_deinit(&tree->descendants);
	tm_tree_deinit(&tree->tree);
	free(tree);
}

int tcpmem_tree_begin(struct tcpmem_tree *tree,
		      const struct tcpmem_snapshot *snapshot)
{
	return tm_tree_begin(&tree->tree, snapshot);
}

static int find_ours(struct tcpmem_tree *tree,
		     const struct tcpmem_snapshot *snap, bool *ours)
{
	size_t count = tm_holders_process_count(snap->holders);

	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_process *process =
			tm_holders_get_process(snap->holders, (uint32_t)i);
		int ret = tm_descendants_has(&tree->descendants, tree->ctx,
					     process->pid, process->start_time);

		if (ret < 0)
			return ret;
		ours[i] = ret;
	}
	return 0;
}

int tcpmem_tree_add(struct tcpmem_tree *tree,
		    const struct tcpmem_snapshot *snapshot)
{
	bool *ours;
	int ret;

	tree->last = NULL;
	if (!snapshot->holders)
		return -EINVAL;
	ours = calloc(tm_holders_process_count(snapshot->holders) + 1,
		      sizeof(*ours));
	if (!ours)
		return -ENOMEM;
	ret = find_ours(tree, snapshot, ours);
	if (ret == 0)
		ret = tm_tree_add(&tree->tree, snapshot, ours);
	if (ret == 0)
		tree->last = snapshot;
	free(ours);
	return ret;
}

const struct tcpmem_tree_metric *
tcpmem_tree_get_metric(const struct tcpmem_tree *tree,
		       enum tcpmem_check_metric metric)
{
	return (size_t)metric < TM_TREE_METRICS ? &tree->tree.metric[metric]
						: NULL;
}

static int add_left(const struct tcpmem_tree *tree, enum tcpmem_residue left,
		    struct tcpmem_table *table)
{
	const struct tcpmem_snapshot *snap = tree->last;

	for (size_t i = 0; i < snap->sockets.count; i++) {
		int ret = 0;

		if (tree->tree.left[i] == left)
			ret = tcpmem_table_add(table, snap,
					       &snap->sockets.sock[i]);
		if (ret)
			return ret;
	}
	return tcpmem_table_finish(table);
}

int tcpmem_tree_group(const struct tcpmem_tree *tree, enum tcpmem_residue left,
		      const char *keys, struct tcpmem_table **table)
{
	struct tcpmem_table *t;
	int ret;

	if (!tree->last || (size_t)left >= TCPMEM_RESIDUE_COUNT)
		return -EINVAL;
	ret = tcpmem_table_new(keys, &t);
	if (ret)
		return ret;
	ret = add_left(tree, left, t);
	if (ret)
		tcpmem_table_free(t);
	else
		*table = t;
	return ret;
}
