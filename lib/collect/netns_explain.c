// SPDX-License-Identifier: LGPL-2.1-or-later
/* netns_explain.c - which namespaces stay closed, or were not found */
#include "collect/sources.h"

#include "filter/filter.h"
#include "netns/internal.h"
#include "proc/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* A warning names so many namespaces; the others are counted. */
#define NAMES_SHOWN 3

/*
 * struct closed - namespaces that stay closed, and their counts from outside
 * @selected: those that the query selects, likewise
 * @unsure: the sockets of some of them cannot be counted
 */
struct closed {
	uint64_t sockets;
	size_t selected;
	uint64_t selected_sockets;
	bool unsure;
	char names[256];
};

static void add_name(struct closed *closed, const char *name)
{
	size_t len = strlen(closed->names);

	if (closed->selected < NAMES_SHOWN)
		snprintf(closed->names + len, sizeof(closed->names) - len,
			 "%s%s", len ? ", " : "", name);
	else if (closed->selected == NAMES_SHOWN)
		snprintf(closed->names + len, sizeof(closed->names) - len,
			 ", ...");
}

/* Of some in these states no count of the kernel's tells. */
#define UNCOUNTED                                                      \
	(1u << TCPMEM_STATE_SYN_RECV | 1u << TCPMEM_STATE_FIN_WAIT_2 | \
	 1u << TCPMEM_STATE_TIME_WAIT)

/*
 * Where the kernel has no socket that was not seen, nothing hides one. What a
 * namespace without any other socket may have in the states that are not
 * counted, a question for these alone is told of: an ordinary user would be
 * warned in each look else.
 */
static bool all_accounted(const struct tm_plan *plan,
			  const struct tm_accounting *accounting)
{
	return plan->states & ~UNCOUNTED && !tm_accounting_may_lack(accounting);
}

/* Whoever may not enter a namespace may count its sockets: in /proc/PID/net. */
static void add_closed(const struct tm_plan *plan,
		       struct tm_accounting *accounting, struct closed *closed,
		       struct tm_task task, const struct tm_netns *netns)
{
	struct tm_sockstat stat = { 0 };
	bool counted;
	char net[TM_TASK_PATH];

	tm_task_path(task, "/net", net);
	counted = task.pid && tm_sockstat_read(plan->ctx, net, &stat) == 0;
	if (counted ? tm_sockstat_is_empty(&stat)
		    : all_accounted(plan, accounting))
		return;
	accounting->denied = true;
	closed->sockets += stat.inuse;
	if (netns->inode && !tm_filter_selects_netns(plan->filter, netns))
		return;
	closed->unsure |= !counted;
	closed->selected_sockets += stat.inuse;
	add_name(closed, netns->name);
	closed->selected++;
}

static int find_closed(const struct tm_plan *plan, struct tm_ns_list *list,
		       const struct tm_status *status,
		       struct tm_accounting *accounting, struct closed *closed)
{
	struct tm_netns netns = { 0 };
	char name[32];

	for (size_t i = 0; i < list->count; i++) {
		int ret;

		if (status->ns[i].status != TM_DUMP_DENIED)
			continue;
		ret = tm_netns_name(plan->ctx, list, status, i);
		if (ret < 0)
			return ret;
		netns.inode = list->ns[i].inode;
		netns.name = list->ns[i].name;
		add_closed(plan, accounting, closed, list->ns[i].task, &netns);
	}
	for (size_t i = 0; i < list->unreadable_count; i++) {
		const struct tm_task task = list->unreadable[i].task;

		snprintf(name, sizeof(name), "that of %s %" PRIu32,
			 task.tid ? "thread" : "process",
			 task.tid ? task.tid : task.pid);
		netns = (struct tm_netns){ .name = name };
		add_closed(plan, accounting, closed, task, &netns);
	}
	return 0;
}

static int warn_closed(const struct tm_plan *plan,
		       const struct tm_ns_list *list,
		       const struct closed *closed,
		       struct tm_warnings *warnings)
{
	uint64_t caps = TM_CAP_MASK(CAP_SYS_ADMIN);
	char advice[TM_RIGHTS_SIZE], sockets[32] = "the";

	if (list->unreadable_count)
		caps |= TM_CAP_MASK(CAP_SYS_PTRACE);
	if (closed->selected_sockets)
		snprintf(sockets, sizeof(sockets), "%s%" PRIu64,
			 closed->unsure ? "at least " : "",
			 closed->selected_sockets);
	return tm_warnings_add(
		warnings, TCPMEM_WARNING_NETNS_DENIED,
		"%zu network namespace%s (%s) may not be entered; %s TCP "
		"sockets there are not counted; %s",
		closed->selected, closed->selected == 1 ? "" : "s",
		closed->names, sockets,
		tm_rights_advise(plan->ctx, caps, advice));
}

/* What keeps processes from view keeps their namespaces from it, too. */
static int warn_unseen(const struct tm_plan *plan,
		       const struct tm_proc_view *view, int64_t unseen,
		       struct tm_warnings *warnings)
{
	const char *why = "nothing that may be read leads to them", *how = "";
	char advice[TM_RIGHTS_SIZE];

	if (view->nested) {
		why = "they may be in network namespaces outside of this PID "
		      "namespace; run on the host";
	} else if (tm_proc_view_hides_others(view)) {
		why = "they may be in network namespaces of processes that "
		      "hidepid hides; ";
		how = tm_rights_advise(plan->ctx, TM_CAP_MASK(CAP_SYS_PTRACE),
				       advice);
	} else if (!tm_plan_needs(plan, TCPMEM_NEED_HOLDERS)) {
		why = "only file descriptors or threads may lead to them, and "
		      "processes were not asked for";
	}
	return tm_warnings_add(warnings, TCPMEM_WARNING_SOCKETS_UNSEEN,
			       "the kernel has %" PRId64
			       " more TCP sockets than "
			       "its namespaces show: %s%s",
			       unseen, why, how);
}

/* Nothing says whether all were seen. */
static int warn_unknown(struct tm_warnings *warnings)
{
	return tm_warnings_add(
		warnings, TCPMEM_WARNING_SOCKETS_UNSEEN,
		"the kernel's count of TCP sockets could not be read: there "
		"may be more than its namespaces show");
}

/* Namespaces that could not even be looked for. */
static int warn_unread(const struct tm_plan *plan,
		       const struct tm_ns_list *list,
		       const struct tm_proc_view *view,
		       struct tm_warnings *warnings)
{
	const uint64_t caps = TM_CAP_MASK(CAP_SYS_PTRACE);
	char advice[TM_RIGHTS_SIZE];

	if (list->unread_proc)
		return tm_warnings_add(
			warnings, TCPMEM_WARNING_NETNS_DENIED,
			"other network namespaces could not be looked for: "
			"%s %s",
			plan->ctx->proc, tm_proc_lacks_self(view));
	if (tm_proc_view_hides_others(view))
		return tm_warnings_add(
			warnings, TCPMEM_WARNING_NETNS_DENIED,
			"the network namespaces of processes that hidepid "
			"hides could not be told; %s",
			tm_rights_advise(plan->ctx, caps, advice));
	if (!list->unidentified)
		return 0;
	return tm_warnings_add(
		warnings, TCPMEM_WARNING_NETNS_DENIED,
		"the network namespaces of %zu processes could not be told; %s",
		list->unidentified, tm_rights_advise(plan->ctx, caps, advice));
}

int tm_netns_explain_unhashed(const char *state, bool scoped,
			      struct tm_warnings *warnings)
{
	const char *why = "only file descriptors lead to them, and processes "
			  "were not asked for";

	if (scoped)
		why = "that is done where no network namespace is chosen";
	return tm_warnings_add(warnings, TCPMEM_WARNING_SOCKETS_UNSEEN,
			       "%s sockets that no dump shows were not "
			       "looked for: %s",
			       state, why);
}

/* Neither dumps of older kernels have them nor /proc/net/tcp. */
static bool may_lack_bound(const struct tm_status *status,
			   const struct tm_accounting *accounting)
{
	unsigned int major, minor;
	struct utsname kernel;

	for (size_t i = 0; i < status->count; i++)
		if (status->ns[i].closed)
			return true;
	if (accounting->bound || uname(&kernel) < 0 ||
	    sscanf(kernel.release, "%u.%u", &major, &minor) != 2)
		return false;
	return major < 6 || (major == 6 && minor < 8);
}

/* Return: whether the warning was added; or -ENOMEM. */
static int explain_unsearched(const struct tm_plan *plan,
			      const struct tm_status *status,
			      const struct tm_accounting *accounting,
			      struct tm_warnings *warnings)
{
	bool scoped = plan->query->netns_count;
	const char *state = NULL;
	int ret;

	if (plan->unhashed &&
	    (scoped || !tm_plan_needs(plan, TCPMEM_NEED_HOLDERS)))
		state = "closed";
	else if (plan->bound && scoped && may_lack_bound(status, accounting))
		state = "bound";
	if (!state)
		return 0;
	ret = tm_netns_explain_unhashed(state, scoped, warnings);
	return ret < 0 ? ret : 1;
}

/* What namespaces may hide that are not in @list. */
static int explain_others(const struct tm_plan *plan,
			  const struct tm_ns_list *list, int64_t unseen,
			  struct tm_accounting *accounting,
			  struct tm_warnings *warnings)
{
	const struct tm_proc_view view = tm_proc_view_get(plan->ctx);
	int ret;

	accounting->proc_hidden = view.hidden || view.nested;
	if (unseen > 0)
		return warn_unseen(plan, &view, unseen, warnings);
	ret = warn_unread(plan, list, &view, warnings);
	if (ret < 0 || accounting->narrowed ||
	    tm_accounting_is_known(accounting))
		return ret;
	return warn_unknown(warnings);
}

int tm_netns_explain(const struct tm_plan *plan, struct tm_ns_list *list,
		     const struct tm_status *status,
		     struct tm_accounting *accounting,
		     struct tm_warnings *warnings)
{
	struct closed closed = { 0 };
	int64_t unseen = 0;
	int ret = find_closed(plan, list, status, accounting, &closed);
	int unsearched = ret < 0 ? ret
				 : explain_unsearched(plan, status, accounting,
						      warnings);

	if (unsearched < 0)
		return unsearched;
	if (closed.selected)
		ret = warn_closed(plan, list, &closed, warnings);
	if (ret < 0 || plan->query->netns_count ||
	    all_accounted(plan, accounting))
		return ret;
	/* the warning above is about the same sockets */
	if (!unsearched)
		unseen = tm_accounting_unfound(accounting) -
			 (int64_t)closed.sockets;
	return explain_others(plan, list, unseen, accounting, warnings);
}

int tm_netns_explain_scope(struct tm_warnings *warnings)
{
	return tm_warnings_add(
		warnings, TCPMEM_WARNING_NETNS_SCOPE,
		"only the network namespaces that were asked for "
		"were looked at; sockets in others are not counted");
}
