// SPDX-License-Identifier: LGPL-2.1-or-later
/* live.c - the running kernel as a source of sockets */
#include "collect/sources.h"

#include "host/internal.h"

#include <errno.h>
#include <string.h>

/* How often a dump that breaks off voids those of other namespaces. */
#define TRIES 3

/* Only the counts tell whether MPTCP's may be left out. */
static int read_objects(struct tm_live *live)
{
	struct tm_cache *cache = live->cache;
	bool mptcp = false;
	int ret = 0;

	for (size_t i = 0; i < live->status.count; i++)
		mptcp |= tm_status_may_have_mptcp(&live->status, i);
	if (!cache->objects.known || (mptcp && !cache->objects.mptcp_known)) {
		ret = tm_objects_read(live->plan->ctx, mptcp,
				      &cache->objects.objects);
		cache->objects.known = ret == 0;
		cache->objects.mptcp_known = mptcp;
	}
	live->snap->objects = cache->objects.objects;
	return ret;
}

const struct tm_sink tm_no_sink = { .restarts = TM_RESTART_NEVER };

static struct tm_dump dump_of(struct tm_live *live, const struct tm_sink *sink)
{
	return (struct tm_dump){
		.plan = live->plan,
		.objects = &live->snap->objects,
		.sink = sink,
		.which = 1u << TM_DUMP_PENDING,
		.again = live->cache->fds && !live->plan->query->netns_count,
		.list = &live->list,
		.status = &live->status,
		.warnings = &live->snap->warnings,
	};
}

/*
 * Linux 6.1 counts no msk in net/protocols, 6.12 counts all. One namespace that
 * counts some shows that this kernel does; where none counts any there may be
 * none, which the slabs tell of.
 */
static bool counts_mptcp(const struct tm_live *live)
{
	bool known = false;

	for (size_t i = 0; i < live->status.count; i++) {
		const struct tm_sockstat *stat = &live->status.ns[i].stat;

		if (stat->mptcp)
			return true;
		known |= stat->has_mptcp;
	}
	return known && tm_host_lacks_mptcp(live->plan->ctx);
}

static int count(struct tm_live *live)
{
	struct tm_dump dump = dump_of(live, &tm_no_sink);
	int ret;

	dump.tcp_alone = live->tcp_alone;
	ret = tm_accounting_count(&dump, &live->snap->accounting);
	if (ret)
		return ret;
	live->status.mptcp_counted = counts_mptcp(live);
	return read_objects(live);
}

int tm_live_recount(struct tm_live *live)
{
	struct tm_dump dump = dump_of(live, &tm_no_sink);
	int ret;

	dump.which |= 1u << TM_DUMP_DEFERRED;
	ret = tm_count_all(&dump);
	return ret ? ret : read_objects(live);
}

static int publish(struct tm_live *live)
{
	return tm_netns_publish(live->plan, &live->list, &live->status,
				live->snap);
}

static int read_host(struct tm_live *live)
{
	const struct tm_plan *plan = live->plan;
	struct tcpmem_snapshot *snap = live->snap;
	int ret = tm_host_read(plan->ctx, &snap->host);

	snap->accounting.narrowed = tm_plan_narrows(plan);
	return ret ? ret
		   : tm_host_read_counters(plan->ctx, &snap->accounting.before);
}

/* The iterator sees msks itself; where it does not, they are counted later. */
static bool needs_tcp_alone(const struct tm_live *live)
{
	return live->cache->fds &&
	       (live->adds_up ||
		(live->scan && tm_holder_scan_brings_sockets(live->scan)));
}

int tm_live_open(struct tm_live *live, bool own_first)
{
	const struct tm_plan *plan = live->plan;
	int ret = tm_snapshot_new(plan, &live->snap);

	if (ret < 0)
		return ret;
	tm_clock_read(plan->ctx, &live->snap->clock);
	ret = tm_listeners_new(&live->owners.listeners);
	live->recalled = live->list.count;
	if (ret == 0 && !live->recalled)
		ret = tm_netns_discover(plan, own_first, &live->list,
					&live->others);
	if (ret == 0 && plan->query->netns_count)
		ret = tm_netns_explain_scope(&live->snap->warnings);
	if (ret == 0)
		ret = read_host(live);
	live->tcp_alone = needs_tcp_alone(live);
	if (ret == 0)
		ret = count(live);
	/* sockets refer to namespaces as soon as they are emitted */
	return ret || plan->sink == TM_SINK_KEEP ? ret : publish(live);
}

int tm_live_close(struct tm_live *live, int ret,
		  struct tcpmem_snapshot **snapshot)
{
	tm_holder_scan_free(live->scan);
	tm_netns_enum_free(live->others);
	if (ret == 0 && !tm_status_count(&live->status, TM_DUMP_GONE))
		tm_netns_remember(live->cache, !live->recalled,
				  &live->snap->accounting, &live->list);
	tm_ns_list_clear(&live->list);
	tm_status_deinit(&live->status);
	tm_socket_set_deinit(&live->unhashed);
	tm_listeners_free(live->owners.listeners);
	return tm_snapshot_end(ret, live->snap, snapshot);
}

static int on_message(const void *msg, size_t len, bool mptcp, uint16_t netns,
		      void *user)
{
	const struct tm_live *live = user;

	return live->sink->message(msg, len, mptcp, netns, live->sink->user);
}

/* Some sockets later: until then its place has come from memory. */
static int expect(struct tm_live *live, uint32_t inode)
{
	uint32_t *place = &live->expected.due[live->expected.at++ % TM_AHEAD];
	uint32_t due = *place;

	tm_holders_prefetch(live->expected.holders, inode);
	*place = inode;
	return tm_holders_expect(live->expected.holders, due);
}

static int expect_last(struct tm_live *live)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < TM_AHEAD; i++)
		ret = expect(live, 0);
	return ret;
}

static int on_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		     void *user)
{
	struct tm_live *live = user;
	int ret = 0;

	tm_accounting_add(&live->status.ns[sock->netns].seen, sock,
			  tm_page_size(live->snap));
	if (tm_plan_needs(live->plan, TCPMEM_NEED_HOLDERS))
		ret = expect(live, sock->inode);
	return ret ? ret : live->sink->socket(sock, info, live->sink->user);
}

static void forget_all(struct tm_status *status)
{
	for (size_t i = 0; i < status->count; i++)
		tm_accounting_forget(&status->ns[i].seen);
}

/* Sockets that were emitted are taken back for all namespaces at once. */
static int on_restart(uint16_t netns, void *user)
{
	struct tm_live *live = user;

	if (live->sink->restarts == TM_RESTART_ALL && live->list.count > 1) {
		live->voided = true;
		return -ECANCELED;
	}
	tm_accounting_forget(&live->status.ns[netns].seen);
	return live->sink->restart(netns, live->sink->user);
}

static int dump_once(struct tm_live *live, enum tm_restart restarts)
{
	const struct tm_sink sink = {
		.message = on_message,
		.socket = on_socket,
		.restart = on_restart,
		.messages = live->sink->messages,
		.restarts = restarts,
		.user = live,
	};
	const struct tm_dump dump = dump_of(live, &sink);
	int ret = tm_dump_all(&dump);

	if (ret || !tm_plan_needs(live->plan, TCPMEM_NEED_HOLDERS))
		return ret;
	return expect_last(live);
}

int tm_live_dump(struct tm_live *live)
{
	int ret;

	for (int tries = 1;; tries++) {
		live->voided = false;
		ret = dump_once(live, tries < TRIES ? live->sink->restarts
						    : TM_RESTART_NEVER);
		if (!live->voided)
			return ret;
		forget_all(&live->status);
		ret = live->sink->restart(0, live->sink->user);
		if (ret)
			return ret;
		tm_status_reset(&live->status, 0);
	}
}

struct listener_sink {
	const struct tm_sink *messages;
	struct tm_owners *owners;
};

static int on_listener_message(const void *msg, size_t len, bool mptcp,
			       uint16_t netns, void *user)
{
	const struct tm_sink *to = ((struct listener_sink *)user)->messages;

	return to->message(msg, len, mptcp, netns, to->user);
}

static int on_listener(struct tcpmem_socket *sock, const struct tm_info *info,
		       void *user)
{
	struct tm_owners *owners = ((struct listener_sink *)user)->owners;
	int ret = tm_listeners_add(owners->listeners, sock);

	(void)info;
	if (ret == 0 && owners->known)
		ret = tm_holders_expect(owners->holders, sock->inode);
	return ret;
}

/* Listeners own the connections that wait in their accept queues. */
int tm_live_listeners(struct tm_live *live, enum tm_dump_status which,
		      const struct tm_sink *messages)
{
	const struct tm_plan plan = tm_plan_listeners(live->plan);
	struct listener_sink to = { messages, &live->owners };
	const struct tm_sink sink = {
		.message = on_listener_message,
		.socket = on_listener,
		.messages = messages->messages,
		.restarts = TM_RESTART_NEVER,
		.user = &to,
	};
	struct tm_dump dump = dump_of(live, &sink);
	size_t denied = tm_status_count(&live->status, TM_DUMP_DENIED);
	int ret;

	dump.plan = &plan;
	dump.which = 1u << which;
	ret = tm_dump_all(&dump);
	denied = tm_status_count(&live->status, TM_DUMP_DENIED) - denied;
	/* a pending one is not dumped then, and is warned about */
	if (ret < 0 || !denied || which == TM_DUMP_PENDING)
		return ret;
	return tm_warnings_add(
		&live->snap->warnings, TCPMEM_WARNING_NETNS_DENIED,
		"the listeners of %zu network namespace%s could not be asked "
		"for: unaccepted connections there are shown as orphans",
		denied, denied == 1 ? "" : "s");
}

static int announce(struct tm_live *live)
{
	const struct tm_sink *sink = live->sink;
	size_t known = live->snap->netns_count;
	int ret = publish(live);

	if (!sink->names_first)
		return ret;
	for (size_t i = known; ret == 0 && i < live->snap->netns_count; i++)
		ret = sink->netns(i, &live->snap->netns[i], sink->user);
	return ret;
}

/* Namespaces that were found since; nothing that came before is voided. */
static int dump_found(struct tm_live *live)
{
	const struct tm_sink *sink = live->sink;
	int ret = tm_status_grow(&live->status, live->list.count);

	if (ret < 0 || !tm_status_count(&live->status, TM_DUMP_PENDING))
		return ret;
	ret = count(live);
	if (ret == 0 && sink->names_first)
		ret = announce(live);
	if (ret == 0 && sink->found)
		ret = sink->found(sink->user);
	if (ret)
		return ret;
	return dump_once(live, sink->restarts == TM_RESTART_NETNS
				       ? TM_RESTART_NETNS
				       : TM_RESTART_NEVER);
}

static void add_up(struct tm_live *live)
{
	tm_accounting_total(&live->status, &live->unhashed,
			    tm_page_size(live->snap), &live->snap->accounting);
}

static int read_after(struct tm_live *live)
{
	const struct tm_dump dump = dump_of(live, &tm_no_sink);

	add_up(live);
	return tm_accounting_after(&dump, &live->snap->accounting);
}

/* Who asks for what is in no table has it counted in each look. */
static void recall_left_out(struct tm_live *live)
{
	struct tm_accounting *accounting = &live->snap->accounting;

	if (live->recalled && accounting->narrowed &&
	    !tm_plan_wants_unhashed(live->plan))
		accounting->left_out = live->cache->netns.left_out;
}

/* On its way into a table, or out of it, a socket is in none for a moment. */
static int confirm_unfound(struct tm_live *live)
{
	const struct tm_dump dump = dump_of(live, &tm_no_sink);
	struct tm_accounting *accounting = &live->snap->accounting;
	int64_t unhashed = accounting->unhashed;
	int ret;

	if (live->plan->query->netns_count || !accounting->narrowed ||
	    !tm_accounting_unfound(accounting))
		return 0;
	ret = tm_accounting_count(&dump, accounting);
	if (!accounting->unhashed_known || accounting->unhashed > unhashed)
		accounting->unhashed = unhashed;
	accounting->unhashed_known = true;
	return ret;
}

/* Only an fd leads to some of them: who asks for no holders reads none. */
static int search_beyond(struct tm_live *live, const struct tm_known *known,
			 bool outgrown)
{
	const struct tm_missing missing = {
		.plan = live->plan,
		.expected = live->expected.holders,
		.known = &known->inodes,
		.outgrown = outgrown,
		.added_up = live->snap->summed.count,
		.objects = &live->snap->objects,
		.tolerance = tm_snapshot_tolerance(live->snap),
		.scan = live->scan,
		.accounting = &live->snap->accounting,
		.list = &live->list,
		.unhashed = &live->unhashed,
	};
	int ret;

	if (!tm_plan_needs(live->plan, TCPMEM_NEED_HOLDERS))
		return 0;
	ret = tm_missing_search(&missing);
	add_up(live);
	return ret ? ret : tm_status_grow(&live->status, live->list.count);
}

/* Of a part, what is in no table may be in namespaces that were not found. */
static bool may_lack_others(const struct tm_live *live)
{
	const struct tm_accounting *accounting = &live->snap->accounting;

	return accounting->narrowed && !live->plan->query->netns_count &&
	       tm_accounting_may_lack(accounting);
}

static int search(struct tm_live *live)
{
	struct tm_accounting *accounting = &live->snap->accounting;
	bool outgrown = live->recalled &&
			tm_netns_is_outgrown(live->cache, accounting);
	bool others = may_lack_others(live);
	struct tm_known known;
	int ret;

	/* the look that found the namespaces has looked for others, too */
	if (others && live->recalled && !outgrown &&
	    !tm_plan_wants_unhashed(live->plan))
		return 0;
	ret = tm_known_init(&known);
	if (ret == 0 && others)
		ret = tm_live_find_known(live, &known);
	if (ret == 0)
		ret = search_beyond(live, &known, outgrown);
	tm_known_deinit(&known);
	return ret;
}

static int join_others(struct tm_live *live)
{
	struct tm_netns_enum *others = live->others;
	int ret;

	if (!others)
		return 0;
	live->others = NULL;
	ret = tm_netns_join(others, &live->list);
	return ret ? ret : dump_found(live);
}

/* What the kernel says where it would have to load the module and cannot. */
static const char *module_advice(int error)
{
	return error == -EPROTONOSUPPORT || error == -ENOENT
		       ? "; the module tcp_diag may be missing"
		       : "";
}

/* Once, whatever the number of namespaces. */
static int explain_closed(const struct tm_status *status,
			  struct tm_warnings *warnings)
{
	for (size_t i = 0; i < status->count; i++)
		if (status->ns[i].closed)
			return tm_warnings_add(
				warnings, TCPMEM_WARNING_SOCK_DIAG_CLOSED,
				"NETLINK_SOCK_DIAG cannot be used (%s%s): "
				"sockets are from /proc/net/tcp, which has no "
				"memory counters, cookies, MPTCP or tcp_info",
				strerror(-status->ns[i].closed),
				module_advice(status->ns[i].closed));
	return 0;
}

int tm_live_finish(struct tm_live *live)
{
	struct tcpmem_snapshot *snap = live->snap;
	int ret = join_others(live);

	if (ret == 0)
		ret = read_after(live);
	recall_left_out(live);
	if (ret == 0)
		ret = confirm_unfound(live);
	if (ret == 0)
		ret = search(live);
	if (ret == 0 && tm_status_count(&live->status, TM_DUMP_PENDING)) {
		ret = dump_found(live);
		if (ret == 0)
			ret = read_after(live);
	}
	if (ret == 0)
		ret = tm_netns_explain(live->plan, &live->list, &live->status,
				       &snap->accounting, &snap->warnings);
	if (ret == 0)
		ret = explain_closed(&live->status, &snap->warnings);
	if (ret == 0)
		ret = tm_accounting_explain(&snap->accounting, &snap->warnings);
	return ret ? ret : announce(live);
}
