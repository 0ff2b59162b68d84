// SPDX-License-Identifier: LGPL-2.1-or-later
/* tree.c - a process's descendants, and what their sockets come to */
#include "analysis/tree.h"
#include "base/util.h"
#include "bpf/internal.h"
#include "netns/internal.h"
#include "proc/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct tcpmem_tree {
	const struct tcpmem_ctx *ctx;
	struct tm_descendants descendants;
	struct tm_tree tree;
	struct tm_connections_bpf *hook;
	const struct tcpmem_snapshot *last;
};

/* A caller knows himself by another pid than an outer namespace's /proc does.
 */
static uint32_t pid_in_proc(const struct tcpmem_ctx *ctx, uint32_t pid)
{
	uint32_t self = 0;
	int proc;

	if (pid != (uint32_t)getpid())
		return pid;
	proc = open(ctx->proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc >= 0) {
		self = tm_proc_self(proc);
		close(proc);
	}
	return self ? self : pid;
}

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
		ret = tm_descendants_init(&t->descendants,
					  pid_in_proc(ctx, ancestor));
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
	tm_connections_bpf_close(tree->hook);
	free(tree);
}

static bool is_made(uint64_t cookie, void *user)
{
	return tm_connections_bpf_has(user, cookie);
}

int tcpmem_tree_attach(struct tcpmem_tree *tree, const char *cgroup)
{
	struct tm_connections_bpf *hook = NULL;
	int ret = cgroup ? tm_connections_bpf_open(cgroup, &hook) : 0;

	if (ret)
		return ret;
	tm_connections_bpf_close(tree->hook);
	tree->hook = hook;
	tree->tree.made = hook ? is_made : NULL;
	tree->tree.made_user = hook;
	return 0;
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

/* Of what no process holds, nothing tells whose it is. */
static bool hides_anything(const struct tcpmem_snapshot *snap)
{
	static const enum tcpmem_warning_code codes[] = {
		TCPMEM_WARNING_DUMP_INTERRUPTED,
		TCPMEM_WARNING_MESSAGE_MALFORMED,
		TCPMEM_WARNING_MPTCP_MISSING,
		TCPMEM_WARNING_PROC_HIDDEN,
		TCPMEM_WARNING_PROC_FOREIGN,
	};

	for (size_t i = 0; i < TM_ARRAY_SIZE(codes); i++)
		if (tm_warnings_have(&snap->warnings, codes[i]))
			return true;
	return false;
}

/* Its fds may not be read, or it is in a namespace that may be closed. */
static bool is_unseen(const struct tcpmem_snapshot *snap, int proc,
		      uint32_t pid)
{
	uint64_t inode = 0;
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "%" PRIu32 "/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno != ENOENT && errno != ESRCH;
	close(fd);
	if (!tm_warnings_have(&snap->warnings, TCPMEM_WARNING_NETNS_DENIED))
		return false;
	snprintf(path, sizeof(path), "%" PRIu32 "/ns/net", pid);
	if (tm_ns_read_link(proc, path, "net", &inode) < 0)
		return true;
	for (size_t i = 0; i < snap->netns_count; i++)
		if (snap->netns[i].own && snap->netns[i].inode == inode)
			return false;
	return true;
}

static int is_descendant(struct tcpmem_tree *tree, int proc, uint32_t pid)
{
	struct tm_proc_stat stat;
	char path[32];

	snprintf(path, sizeof(path), "%" PRIu32 "/stat", pid);
	if (tm_proc_stat_read(proc, path, &stat) < 0 || stat.exiting)
		return 0;
	return tm_descendants_has(&tree->descendants, tree->ctx, pid,
				  stat.start_time);
}

/* Return: 1 if a process of the tree was not seen, 0, or -errno. */
static int find_unseen(struct tcpmem_tree *tree,
		       const struct tcpmem_snapshot *snap)
{
	const struct dirent *entry;
	struct tm_dir dir;
	int ret = tm_dir_open(&dir, AT_FDCWD, tree->ctx->proc);

	if (ret < 0)
		return tm_shortage(ret);
	ret = 0;
	while (ret == 0 && tm_dir_next(&dir, &entry) > 0) {
		uint32_t pid = tm_parse_pid(entry->d_name);

		if (pid && is_unseen(snap, dir.fd, pid))
			ret = is_descendant(tree, dir.fd, pid);
	}
	tm_dir_close(&dir);
	return ret;
}

static int may_lack(struct tcpmem_tree *tree,
		    const struct tcpmem_snapshot *snap)
{
	if (hides_anything(snap))
		return 1;
	if (!tm_warnings_have(&snap->warnings, TCPMEM_WARNING_FDS_UNREADABLE) &&
	    !tm_warnings_have(&snap->warnings, TCPMEM_WARNING_NETNS_DENIED))
		return 0;
	return find_unseen(tree, snap);
}

int tcpmem_tree_add(struct tcpmem_tree *tree,
		    const struct tcpmem_snapshot *snapshot)
{
	bool *ours;
	int ret, least = 0;

	tree->last = NULL;
	if (!snapshot->holders)
		return -EINVAL;
	ours = calloc(tm_holders_process_count(snapshot->holders) + 1,
		      sizeof(*ours));
	if (!ours)
		return -ENOMEM;
	ret = find_ours(tree, snapshot, ours);
	if (ret == 0)
		least = may_lack(tree, snapshot);
	if (least < 0)
		ret = least;
	/* in whichever namespace that was */
	if (tree->hook && !snapshot->accounting.narrowed)
		tree->tree.made_count = tm_connections_bpf_count(tree->hook);
	if (ret == 0)
		ret = tm_tree_add(&tree->tree, snapshot, ours, least);
	if (ret == 0)
		tree->last = snapshot;
	free(ours);
	return ret;
}

const struct tcpmem_tree_metric *
tcpmem_tree_get_metric(const struct tcpmem_tree *tree,
		       enum tcpmem_check_metric metric)
{
	if (metric == TCPMEM_CHECK_METRIC_OPENED)
		return &tree->tree.opened;
	return (size_t)metric < TM_TREE_METRICS ? &tree->tree.metric[metric]
						: NULL;
}

int tcpmem_tree_end(struct tcpmem_tree *tree,
		    const struct tcpmem_snapshot *snapshot,
		    const struct tcpmem_socket *sock)
{
	return tm_tree_end(&tree->tree, snapshot, sock);
}

static int add_ended(const struct tcpmem_tree *tree, enum tcpmem_residue left,
		     struct tcpmem_table *table)
{
	for (size_t i = 0; i < tree->tree.ended_count; i++) {
		const struct tm_tree_ended *ended = &tree->tree.ended[i];
		int ret = 0;

		if (tm_tree_ended_is(&tree->tree, ended) == left)
			ret = tcpmem_table_add(table, tree->last, &ended->sock);
		if (ret)
			return ret;
	}
	return tcpmem_table_finish(table);
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
	ret = left >= TCPMEM_RESIDUE_CLOSED ? add_ended(tree, left, t)
					    : add_left(tree, left, t);
	if (ret)
		tcpmem_table_free(t);
	else
		*table = t;
	return ret;
}
