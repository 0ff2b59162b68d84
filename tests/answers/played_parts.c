// SPDX-License-Identifier: LGPL-2.1-or-later
/* played_parts.c - past owners, cgroups and a command, as they are played */
#include "played.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t played_number(const char *variable, const char *name)
{
	const char *at = getenv(variable);
	size_t len = strlen(name);

	for (; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, name, len) == 0 && at[len] == '=')
			return strtoll(at + len + 1, NULL, 10);
	return 0;
}

/* ---- what the kernel is asked for, told if TELL is set ---- */

static void tell(const char *what, const char *text)
{
	if (getenv("TELL"))
		fprintf(stderr, "asked for %s: %s\n", what, text);
}

int tcpmem_query_set_filter(struct tcpmem_query *query,
			    const struct tcpmem_filter *filter)
{
	static int (*set)(struct tcpmem_query * query,
			  const struct tcpmem_filter *filter);
	char *text;

	if (filter && getenv("TELL") &&
	    tcpmem_filter_explain(filter, &text) == 0) {
		text[strcspn(text, "\n")] = '\0';
		tell("sockets", text);
		tcpmem_free(text);
	}
	if (!set)
		*(void **)&set = dlsym(RTLD_NEXT, "tcpmem_query_set_filter");
	return set(query, filter);
}

int tcpmem_query_add_netns(struct tcpmem_query *query, const char *spec)
{
	static int (*add)(struct tcpmem_query * query, const char *spec);

	tell("namespace", spec);
	if (!add)
		*(void **)&add = dlsym(RTLD_NEXT, "tcpmem_query_add_netns");
	return add(query, spec);
}

/* ---- past owners ---- */

/* By the inode: nobody, by whom it was closed alone, and all that is told */
int tcpmem_socket_get_past(const struct tcpmem_snapshot *snap,
			   const struct tcpmem_socket *sock,
			   struct tcpmem_past *past)
{
	int64_t inode = 0;
	size_t count = tcpmem_snapshot_get_holder_count(snap, sock);

	(void)tcpmem_socket_get_field(sock, TCPMEM_SOCKET_FIELD_INODE, &inode);
	if (!count || !getenv("PAST"))
		return -ENODATA;
	*past = (struct tcpmem_past){
		.size = sizeof(*past),
		.process = tcpmem_snapshot_get_holder(snap, sock, 0),
		.source = "event",
		.age_us = inode % 2 ? inode * 1000 : TCPMEM_UNKNOWN,
		.gone = inode % 3 == 0,
	};
	if (inode % 2) {
		past->creator =
			tcpmem_snapshot_get_holder(snap, sock, count - 1);
		past->source = "exact";
		past->cgroup = "/played";
	}
	return 0;
}

/* ---- cgroups ---- */

static const struct tcpmem_cgroup cgroups[] = {
	{ sizeof(*cgroups), "/a", TCPMEM_VERDICT_AGREES, "a: not to be said" },
	{ sizeof(*cgroups), "/b", TCPMEM_VERDICT_EXPLAINED, "b: explained" },
	{ sizeof(*cgroups), "/c", TCPMEM_VERDICT_UNEXPLAINED, "c: why not" },
	{ sizeof(*cgroups), "/d\033[7m", TCPMEM_VERDICT_UNKNOWN, "d: silent" },
	{ sizeof(*cgroups), "/e", TCPMEM_VERDICT_NARROWED, "e: silent" },
};

int tcpmem_cgroup_accounting_new(const struct tcpmem_snapshot *snap,
				 struct tcpmem_cgroup_accounting **made)
{
	(void)snap;
	*made = (struct tcpmem_cgroup_accounting *)cgroups;
	return 0;
}

void tcpmem_cgroup_accounting_free(struct tcpmem_cgroup_accounting *made)
{
	(void)made;
}

const struct tcpmem_cgroup *
tcpmem_cgroup_accounting_get(const struct tcpmem_cgroup_accounting *made,
			     size_t index)
{
	(void)made;
	return index < (size_t)played_number("CGROUPS", "count")
		       ? &cgroups[index]
		       : NULL;
}

int tcpmem_cgroup_get_metric(const struct tcpmem_cgroup *cgroup,
			     enum tcpmem_cgroup_metric which, int64_t *value)
{
	if (cgroup->verdict == TCPMEM_VERDICT_UNKNOWN &&
	    (which == TCPMEM_CGROUP_METRIC_KERNEL ||
	     which == TCPMEM_CGROUP_METRIC_RESIDUAL))
		return -ENODATA;
	*value = 100000 * ((cgroup - cgroups) + 1) + (int)which;
	return 0;
}

/* ---- a command ---- */

struct tcpmem_tree {
	const struct tcpmem_snapshot *snap;
	struct tcpmem_tree_metric metric[TCPMEM_CHECK_METRIC_COUNT];
};

int tcpmem_tree_new(struct tcpmem_ctx *ctx, uint32_t ancestor, uint64_t cgroup,
		    struct tcpmem_tree **tree)
{
	(void)ctx;
	(void)ancestor;
	(void)cgroup;
	unlink("ready");
	*tree = calloc(1, sizeof(**tree));
	return *tree ? 0 : -ENOMEM;
}

void tcpmem_tree_free(struct tcpmem_tree *tree)
{
	free(tree);
}

int tcpmem_tree_attach(struct tcpmem_tree *tree, const char *cgroup)
{
	(void)tree;
	return cgroup && played_number("CGROUP", "hooks") ? 0 : -EPERM;
}

int tcpmem_tree_begin(struct tcpmem_tree *tree,
		      const struct tcpmem_snapshot *snap)
{
	(void)tree;
	(void)snap;
	return 0;
}

int tcpmem_tree_add(struct tcpmem_tree *tree,
		    const struct tcpmem_snapshot *snap)
{
	tree->snap = snap;
	return 0;
}

int tcpmem_tree_end(struct tcpmem_tree *tree,
		    const struct tcpmem_snapshot *snap,
		    const struct tcpmem_socket *sock)
{
	(void)tree;
	(void)snap;
	(void)sock;
	return 0;
}

/* TREE has NAME=, NAME.peak=, NAME.ms= and NAME.least= of each. */
const struct tcpmem_tree_metric *
tcpmem_tree_get_metric(const struct tcpmem_tree *tree,
		       enum tcpmem_check_metric metric)
{
	struct tcpmem_tree_metric *is =
		(struct tcpmem_tree_metric *)&tree->metric[metric];
	const char *name = tcpmem_check_metric_describe(metric)->name;
	char part[64];

	if (metric > TCPMEM_CHECK_METRIC_ORPHANS &&
	    metric != TCPMEM_CHECK_METRIC_OPENED)
		return NULL;
	is->size = sizeof(*is);
	is->value = played_number("TREE", name);
	snprintf(part, sizeof(part), "%s.peak", name);
	is->peak = played_number("TREE", part);
	snprintf(part, sizeof(part), "%s.ms", name);
	is->peak_ns = played_number("TREE", part) * 1000000;
	snprintf(part, sizeof(part), "%s.least", name);
	is->least = played_number("TREE", part);
	return is;
}

/* Each residue has the sockets of a state. */
int tcpmem_tree_group(const struct tcpmem_tree *tree, enum tcpmem_residue left,
		      const char *keys, struct tcpmem_table **table)
{
	static const enum tcpmem_state states[TCPMEM_RESIDUE_COUNT] = {
		[TCPMEM_RESIDUE_OPEN] = TCPMEM_STATE_ESTABLISHED,
		[TCPMEM_RESIDUE_ORPHAN] = TCPMEM_STATE_LAST_ACK,
		[TCPMEM_RESIDUE_TIME_WAIT] = TCPMEM_STATE_TIME_WAIT,
		[TCPMEM_RESIDUE_UNCLAIMED] = TCPMEM_STATE_CLOSING,
		[TCPMEM_RESIDUE_CLOSED] = TCPMEM_STATE_CLOSE_WAIT,
		[TCPMEM_RESIDUE_UNATTRIBUTED] = TCPMEM_STATE_FIN_WAIT_1,
	};
	int ret = tcpmem_table_new(keys, table);

	for (size_t i = 0;
	     ret == 0 && i < tcpmem_snapshot_get_socket_count(tree->snap);
	     i++) {
		const struct tcpmem_socket *sock =
			tcpmem_snapshot_get_socket(tree->snap, i);

		if (tcpmem_socket_get_state(sock) == states[left])
			ret = tcpmem_table_add(*table, tree->snap, sock);
	}
	return ret ? ret : tcpmem_table_finish(*table);
}

/*
 * A sample is taken as soon as the one before is, as long as there are looks.
 * Behind them the command is told to end: it says that it hears by a file.
 */
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *lock,
			   const struct timespec *until)
{
	static bool told;
	struct timespec now;

	if (played_is_over()) {
		while (!told && access("ready", F_OK))
			usleep(1000);
		if (!told)
			kill(getpid(), SIGTERM);
		told = true;
		pthread_cond_wait(condition, lock);
		return 0;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	played_wait((until->tv_sec - now.tv_sec) * INT64_C(1000000000) +
		    until->tv_nsec - now.tv_nsec);
	return ETIMEDOUT;
}
