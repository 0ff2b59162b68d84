// SPDX-License-Identifier: LGPL-2.1-or-later
/* netns.c - which namespaces a collection is about */
#include "collect/netns.h"

#include "base/util.h"
#include "collect/holder_scan.h"
#include "collect/netns_enum.h"
#include "netns/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A warning names so many namespaces; the others are counted. */
#define NAMES_SHOWN 3

static int select_netns(struct tm_collect *c)
{
	const struct tcpmem_query *query = c->query;
	size_t wrong = 0;
	int ret = tm_ns_list_init(c->ctx, &c->list);

	/* two names of one would be counted twice */
	if (ret == 0 || (query->netns_count == 1 && !tm_shortage(ret)))
		ret = tm_ns_select(c->ctx, query->netns, query->netns_count,
				   &c->list, &wrong);
	if (ret < 0) {
		tm_error(c->ctx, "network namespace '%s': %s",
			 query->netns[wrong], strerror(-ret));
		return ret;
	}
	c->snap->accounting.narrowed = true;
	return tm_collect_add_scope(c);
}

int tm_collect_add_scope(struct tm_collect *c)
{
	return tm_warnings_add(
		&c->snap->warnings, TCPMEM_WARNING_NETNS_SCOPE,
		"only the network namespaces that were asked for "
		"were looked at; sockets in others are not counted");
}

/*
 * Who takes sockets from a scan's iter_sockets must know the namespaces first.
 * A scan that reads /proc was sent where sockets are kept, so that those of
 * namespaces that are found later may come later.
 */
static bool may_begin_alone(const struct tm_collect *c)
{
	return c->scan && tm_holder_scan_reads_proc(c->scan);
}

int tm_collect_find_netns(struct tm_collect *c)
{
	c->snap->accounting.narrowed = c->narrow ||
				       c->states != TCPMEM_STATES_ALL;
	if (c->query->netns_count)
		return select_netns(c);
	if (may_begin_alone(c))
		return tm_netns_enum_start(c->ctx, &c->list, &c->netns_enum);
	return tm_netns_enum_take(c->ctx, &c->list);
}

int tm_collect_name_netns(struct tm_collect *c)
{
	struct tcpmem_snapshot *snap = c->snap;
	struct tm_netns *moved;

	if (snap->netns_count == c->list.count)
		return 0;
	moved = reallocarray(snap->netns, c->list.count, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	snap->netns = moved;
	for (size_t i = snap->netns_count; i < c->list.count; i++) {
		int ret = tm_ns_name(c->ctx, &c->list, i);

		if (ret < 0)
			return ret;
		moved[i] = (struct tm_netns){
			.inode = c->list.ns[i].inode,
			.name = strdup(c->list.ns[i].name),
			.own = c->list.ns[i].own,
		};
		if (!moved[i].name)
			return -ENOMEM;
		snap->netns_count++;
	}
	return 0;
}

/* Namespaces that stay closed, and what is known of them from outside. */
struct closed {
	size_t count;
	uint64_t sockets;
	bool unsure; /* of some the sockets cannot be counted */
	char names[256];
};

static void add_name(struct closed *closed, const char *name)
{
	size_t len = strlen(closed->names);

	if (closed->count < NAMES_SHOWN)
		snprintf(closed->names + len, sizeof(closed->names) - len,
			 "%s%s", len ? ", " : "", name);
	else if (closed->count == NAMES_SHOWN)
		snprintf(closed->names + len, sizeof(closed->names) - len,
			 ", ...");
}

/* Where the kernel has no socket that was not seen, nothing hides one. */
static bool is_all_accounted(const struct tm_collect *c)
{
	const struct tm_accounting *accounting = &c->snap->accounting;

	return tm_accounting_is_known(accounting) && !accounting->narrowed &&
	       !tm_accounting_unseen(accounting);
}

/* Whoever may not enter a namespace may count its sockets: in /proc/PID/net. */
static void add_closed(const struct tm_collect *c, struct closed *closed,
		       uint32_t pid, const char *name)
{
	struct tm_sockstat stat = { 0 };
	char net[32];

	snprintf(net, sizeof(net), "%" PRIu32 "/net", pid);
	if (pid && tm_sockstat_read(c->ctx, net, &stat) == 0) {
		if (tm_sockstat_is_empty(&stat))
			return;
	} else if (is_all_accounted(c)) {
		return;
	} else {
		closed->unsure = true;
	}
	closed->sockets += stat.inuse;
	add_name(closed, name);
	closed->count++;
}

static int find_closed(struct tm_collect *c, struct closed *closed)
{
	char name[32];

	for (size_t i = 0; i < c->list.count; i++) {
		const struct tm_ns *ns = &c->list.ns[i];
		int ret;

		if (ns->outcome != TM_NS_DENIED)
			continue;
		ret = tm_ns_name(c->ctx, &c->list, i);
		if (ret < 0)
			return ret;
		add_closed(c, closed, ns->pid, ns->name);
	}
	for (size_t i = 0; i < c->list.unreadable_count; i++) {
		uint32_t pid = c->list.unreadable[i].pid;

		snprintf(name, sizeof(name), "that of process %" PRIu32, pid);
		add_closed(c, closed, pid, name);
	}
	return 0;
}

static int add_closed_warning(struct tm_collect *c, const struct closed *closed)
{
	bool one = closed->count == 1;

	return tm_warnings_add(
		&c->snap->warnings, TCPMEM_WARNING_NETNS_DENIED,
		"%zu network namespace%s (%s) may not be entered; %s%" PRIu64
		" TCP sockets there are not counted; run as root, or with "
		"CAP_SYS_ADMIN and CAP_SYS_PTRACE",
		closed->count, one ? "" : "s", closed->names,
		closed->unsure ? "at least " : "", closed->sockets);
}

static int add_unseen_warning(struct tm_collect *c, int64_t unseen)
{
	const char *why = "nothing that may be read leads to them";

	if (!(c->needs & TCPMEM_NEED_HOLDERS))
		why = "only file descriptors may lead to them, and processes "
		      "were not asked for";
	return tm_warnings_add(
		&c->snap->warnings, TCPMEM_WARNING_SOCKETS_UNSEEN,
		"the kernel has %" PRId64 " more TCP sockets than "
		"its namespaces show: %s",
		unseen, why);
}

/* Nothing says whether all were seen. */
static int add_unknown_warning(struct tm_collect *c)
{
	return tm_warnings_add(
		&c->snap->warnings, TCPMEM_WARNING_SOCKETS_UNSEEN,
		"the kernel's count of TCP sockets could not be read: there "
		"may be more than its namespaces show");
}

/* What could not even be looked for. */
static int add_unreadable_warning(struct tm_collect *c)
{
	if (c->list.unread_proc)
		return tm_warnings_add(&c->snap->warnings,
				       TCPMEM_WARNING_NETNS_DENIED,
				       "other network namespaces could not be "
				       "looked for: %s cannot be read",
				       c->ctx->proc);
	if (!c->list.unidentified)
		return 0;
	return tm_warnings_add(
		&c->snap->warnings, TCPMEM_WARNING_NETNS_DENIED,
		"the network namespaces of %zu processes could not "
		"be told; run as root, or with CAP_SYS_PTRACE",
		c->list.unidentified);
}

int tm_collect_explain_netns(struct tm_collect *c)
{
	struct closed closed = { 0 };
	int64_t unseen = 0;
	int ret = find_closed(c, &closed);

	if (ret == 0 && closed.count) {
		c->snap->accounting.denied = true;
		ret = add_closed_warning(c, &closed);
	}
	if (ret < 0 || c->query->netns_count || is_all_accounted(c))
		return ret;
	if (!c->snap->accounting.narrowed)
		unseen = tm_accounting_unseen(&c->snap->accounting) -
			 (int64_t)closed.sockets;
	if (unseen > 0)
		return add_unseen_warning(c, unseen);
	ret = add_unreadable_warning(c);
	if (ret < 0 || c->snap->accounting.narrowed ||
	    tm_accounting_is_known(&c->snap->accounting))
		return ret;
	return add_unknown_warning(c);
}
