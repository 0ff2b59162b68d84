// SPDX-License-Identifier: LGPL-2.1-or-later
/* netns.c - which namespaces there are, and which of them stay closed */
#include "collect/sources.h"

#include "base/util.h"
#include "filter/filter.h"
#include "netns/internal.h"
#include "proc/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* A warning names so many namespaces; the others are counted. */
#define NAMES_SHOWN 3

struct netns_call {
	const struct tm_kernel *kernel;
	struct tcpmem_ctx ctx;
	const struct tm_ns *ns;
	void (*run)(void *);
	void *arg;
	int ret;
};

static void *call(void *arg)
{
	struct netns_call *c = arg;

	c->ret = c->kernel->enter(&c->ctx, c->ns);
	if (c->ret == 0)
		c->run(c->arg);
	return NULL;
}

int tm_netns_run(const struct tm_kernel *kernel, const struct tcpmem_ctx *ctx,
		 const struct tm_ns *ns, void (*run)(void *), void *arg)
{
	struct netns_call c = { kernel, *ctx, ns, run, arg, 0 };
	pthread_t thread;
	int ret = tm_thread_start(&thread, call, &c);

	if (ret < 0)
		return ret;
	pthread_join(thread, NULL);
	return c.ret;
}

int tm_netns_lacks(int error)
{
	return error == -EAGAIN ? error : tm_shortage(error);
}

int tm_status_grow(struct tm_status *status, size_t count)
{
	const struct tm_netns_status pending = {
		.time_wait = TCPMEM_UNKNOWN,
		.time_wait_max = TCPMEM_UNKNOWN,
	};
	int ret = 0;

	while (ret == 0 && status->count < count)
		ret = tm_append(status->ns, status->count, status->capacity,
				&pending);
	return ret;
}

void tm_status_deinit(struct tm_status *status)
{
	for (size_t i = 0; i < status->count; i++) {
		free(status->ns[i].facts.iface);
		free(status->ns[i].limits);
	}
	free(status->ns);
}

size_t tm_status_count(const struct tm_status *status, enum tm_dump_status is)
{
	size_t count = 0;

	for (size_t i = 0; i < status->count; i++)
		count += status->ns[i].status == is;
	return count;
}

bool tm_status_may_have_mptcp(const struct tm_status *status, size_t index)
{
	const struct tm_netns_status *ns = &status->ns[index];

	if (!ns->counted || ns->stat.mptcp)
		return true;
	return ns->stat.has_mptcp && !status->mptcp_counted;
}

void tm_status_reset(struct tm_status *status, size_t first)
{
	for (size_t i = first; i < status->count; i++)
		if (status->ns[i].status == TM_DUMP_DUMPED)
			status->ns[i].status = TM_DUMP_PENDING;
}

struct tm_netns_enum {
	struct tcpmem_ctx ctx;
	struct tm_ns_list list;
	pthread_t thread;
	bool running;
	int ret;
};

/* Its number is the name of a namespace that only an fd leads to. */
static int find_by_number(const struct tcpmem_ctx *ctx, const char *spec,
			  struct tm_ns_list *list)
{
	const char *end;
	uint64_t inode;

	if (tm_parse_u64(spec, &end, &inode) < 0 || *end)
		return -ENOENT;
	return tm_missing_find_netns(ctx, inode, list);
}

/* @wrong: the one that failed */
static int select_all(const struct tm_plan *plan, struct tm_ns_list *list,
		      size_t *wrong)
{
	char *const *specs = plan->query->netns;
	size_t from = 0, count = plan->query->netns_count;
	int ret;

	for (;;) {
		ret = tm_ns_select(plan->ctx, specs + from, count - from, list,
				   wrong);
		if (ret == 0)
			return 0;
		*wrong += from;
		if (ret == -ENOENT)
			ret = find_by_number(plan->ctx, specs[*wrong], list);
		if (ret < 0)
			return ret;
		from = *wrong + 1;
	}
}

static int select_netns(const struct tm_plan *plan, struct tm_ns_list *list)
{
	const struct tcpmem_query *query = plan->query;
	size_t wrong = 0;
	int self = tm_ns_list_init(plan->ctx, list), ret = self;

	/* two names of one would be counted twice */
	if (ret == 0 || (query->netns_count == 1 && !tm_shortage(ret)))
		ret = select_all(plan, list, &wrong);
	if (ret == 0)
		return 0;
	if (self == 0 || tm_shortage(ret))
		tm_error(plan->ctx, "network namespace '%s': %s",
			 query->netns[wrong], strerror(-ret));
	else
		tm_error(plan->ctx, "network namespace '%s': %s %s",
			 query->netns[wrong], plan->ctx->proc,
			 tm_proc_lacks_self(plan->ctx));
	return tm_shortage(ret) ? ret : self ? -EPERM : ret;
}

static int add_own(const struct tcpmem_ctx *ctx, struct tm_ns_list *list)
{
	int ret = tm_ns_list_init(ctx, list);
	size_t own;

	if (tm_shortage(ret))
		return ret;
	/* among others it would be counted twice */
	list->unread_proc = ret < 0;
	return tm_ns_list_add_own(list, &own);
}

/* The caller's own first; where /proc does not tell which, it is all. */
static int enumerate(const struct tcpmem_ctx *ctx, struct tm_ns_list *list)
{
	int ret = add_own(ctx, list);

	if (ret < 0 || list->unread_proc)
		return ret;
	ret = tm_ns_find_tasks(ctx, list, TM_NS_FEW_THREADS);
	list->unread_proc = ret < 0;
	return tm_shortage(ret);
}

static void *run_enumeration(void *arg)
{
	struct tm_netns_enum *others = arg;

	others->ret = enumerate(&others->ctx, &others->list);
	return NULL;
}

/* On an idle host this takes as long as all the rest together. */
static int start_enumeration(const struct tcpmem_ctx *ctx,
			     struct tm_netns_enum **others)
{
	struct tm_netns_enum *new = calloc(1, sizeof(*new));

	if (!new)
		return -ENOMEM;
	new->ctx = *ctx;
	tcpmem_ctx_set_log(&new->ctx, NULL, NULL);
	new->running = tm_thread_start(&new->thread, run_enumeration, new) == 0;
	*others = new;
	return 0;
}

int tm_netns_discover(const struct tm_plan *plan, bool own_first,
		      struct tm_ns_list *list, struct tm_netns_enum **others)
{
	int ret;

	*others = NULL;
	if (plan->query->netns_count)
		return select_netns(plan, list);
	if (!own_first)
		return enumerate(plan->ctx, list);
	ret = add_own(plan->ctx, list);
	return ret ? ret : start_enumeration(plan->ctx, others);
}

static void end_enumeration(struct tm_netns_enum *others)
{
	if (others->running)
		pthread_join(others->thread, NULL);
	others->running = false;
}

void tm_netns_enum_free(struct tm_netns_enum *others)
{
	if (!others)
		return;
	end_enumeration(others);
	tm_ns_list_clear(&others->list);
	free(others);
}

int tm_netns_join(struct tm_netns_enum *others, struct tm_ns_list *list)
{
	int ret;

	if (!others->running) /* no thread could be started */
		run_enumeration(others);
	end_enumeration(others);
	ret = others->ret;
	if (ret == 0) {
		struct tm_ns_list own = *list;

		*list = others->list;
		others->list = own;
	}
	tm_netns_enum_free(others);
	return ret;
}

int tm_netns_name(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		  const struct tm_status *status, size_t index)
{
	enum tm_dump_status is = status->ns[index].status;

	return tm_ns_name(ctx, list, index,
			  is != TM_DUMP_EMPTY && is != TM_DUMP_GONE);
}

static int copy_facts(const struct tm_net_facts *from, struct tm_net_facts *to)
{
	*to = *from;
	to->iface = NULL;
	if (!from->iface_count)
		return 0;
	to->iface = malloc(from->iface_count * sizeof(*to->iface));
	if (!to->iface)
		return -ENOMEM;
	memcpy(to->iface, from->iface, from->iface_count * sizeof(*to->iface));
	return 0;
}

static int publish_one(const struct tm_ns *ns,
		       const struct tm_netns_status *status,
		       struct tm_netns *netns)
{
	*netns = (struct tm_netns){
		.inode = ns->inode,
		.name = strdup(ns->name),
		.own = ns->own,
	};
	if (netns->name && copy_facts(&status->facts, &netns->facts) == 0)
		return 0;
	free(netns->name);
	return -ENOMEM;
}

/* What left some of them out cannot say how many there are. */
static bool sees_fin_wait_2(const struct tm_plan *plan)
{
	return !plan->filter && plan->states & 1u << TCPMEM_STATE_FIN_WAIT_2;
}

static void publish_counts(const struct tm_plan *plan,
			   struct tm_netns_status *status,
			   struct tm_netns *netns)
{
	bool gone = status->status == TM_DUMP_GONE;

	netns->seen = status->status != TM_DUMP_DENIED;
	netns->time_wait = TCPMEM_UNKNOWN;
	if (gone)
		netns->time_wait = 0;
	else if (netns->seen)
		netns->time_wait = status->time_wait;
	netns->time_wait_max = status->time_wait_max;
	netns->fin_wait_2 = sees_fin_wait_2(plan) ? status->seen.fin_wait_2
						  : TCPMEM_UNKNOWN;
	if (netns->limits)
		return;
	netns->limits = status->limits;
	status->limits = NULL;
}

static int publish_found(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
			 const struct tm_status *status,
			 struct tcpmem_snapshot *snap)
{
	struct tm_netns *moved;
	int ret = 0;

	if (snap->netns_count == list->count)
		return 0;
	moved = reallocarray(snap->netns, list->count, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	snap->netns = moved;
	for (size_t i = snap->netns_count; ret == 0 && i < list->count; i++) {
		ret = tm_netns_name(ctx, list, status, i);
		if (ret == 0)
			ret = publish_one(&list->ns[i], &status->ns[i],
					  &moved[i]);
		snap->netns_count += ret == 0;
	}
	return ret;
}

int tm_netns_publish(const struct tm_plan *plan, struct tm_ns_list *list,
		     struct tm_status *status, struct tcpmem_snapshot *snap)
{
	int ret = publish_found(plan->ctx, list, status, snap);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < snap->netns_count; i++)
		publish_counts(plan, &status->ns[i], &snap->netns[i]);
	tm_snapshot_find_time_wait(snap);
	return 0;
}

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

/* Where the kernel has no socket that was not seen, nothing hides one. */
static bool all_accounted(const struct tm_plan *plan,
			  const struct tm_accounting *accounting)
{
	return !(plan->states & UNCOUNTED) && accounting->unhashed_known &&
	       !tm_accounting_unfound(accounting);
}

/* Whoever may not enter a namespace may count its sockets: in /proc/PID/net. */
static void add_closed(const struct tm_plan *plan,
		       struct tm_accounting *accounting, struct closed *closed,
		       uint32_t pid, const struct tm_netns *netns)
{
	struct tm_sockstat stat = { 0 };
	bool counted;
	char net[32];

	snprintf(net, sizeof(net), "%" PRIu32 "/net", pid);
	counted = pid && tm_sockstat_read(plan->ctx, net, &stat) == 0;
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
		add_closed(plan, accounting, closed, list->ns[i].pid, &netns);
	}
	for (size_t i = 0; i < list->unreadable_count; i++) {
		uint32_t pid = list->unreadable[i].pid;

		snprintf(name, sizeof(name), "that of process %" PRIu32, pid);
		netns = (struct tm_netns){ .name = name };
		add_closed(plan, accounting, closed, pid, &netns);
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

/* It is mounted with hidepid; else it is of no use at all. */
static bool hides_others(const struct tm_proc_view *view)
{
	return view->hidden && !view->empty && !view->foreign;
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
	} else if (hides_others(view)) {
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
			plan->ctx->proc, tm_proc_lacks_self(plan->ctx));
	if (hides_others(view))
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
