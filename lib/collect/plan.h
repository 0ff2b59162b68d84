/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan.h - what a collection reads: the query's plan, its filter, namespaces
 *
 *	plan -> netns -> counters -> dump -> counters -> missing -> holders ->
 *	recheck -> metadata -> select -> snapshot
 *
 * A stage gets what it reads as const and writes what its last parameters
 * name. Only the conductors (sink_keep.c, sink_stream.c, sink_capture.c,
 * source_capture.c) have a snapshot in the making.
 *
 *	sources.h	dumps, the BPF iterator: where sockets come from; kept,
 *			streamed or saved: where they go
 *	holders.h	whose they are, were, and which of them end
 */
#ifndef TM_COLLECT_PLAN_H
#define TM_COLLECT_PLAN_H

#include "base/ctx.h"
#include "bpf/internal.h"
#include "model/snapshot.h"
#include "netns/internal.h"
#include "proc/internal.h"
#include "query/query.h"
#include "tcpmem/sampler.h"

/* --- plan.c: what is read, decided before anything is --- */

/* Behind the last errno, to tell what failed. */
#define TM_ENTERED 4096

/*
 * struct tm_kernel - what only a kernel answers; tests have their own
 * @enter: moves the calling thread into a namespace, see tm_ns_enter()
 * @open: a NETLINK_SOCK_DIAG socket there, or -errno, less %TM_ENTERED if the
 *	namespace was entered and has none; @inside: the calling thread has
 *	entered it
 * @list: net/tcp there, or net/tcp6, opened for reading; or -errno
 * @iter_open, @iter_read: the BPF iterator, see bpf/internal.h
 */
struct tm_kernel {
	int (*enter)(const struct tcpmem_ctx *ctx, const struct tm_ns *ns);
	int (*open)(const struct tm_kernel *kernel,
		    const struct tcpmem_ctx *ctx, const struct tm_ns *ns,
		    bool inside);
	int (*list)(const struct tm_kernel *kernel,
		    const struct tcpmem_ctx *ctx, const struct tm_ns *ns,
		    bool inside, bool ipv6);
	int (*iter_open)(const struct tcpmem_ctx *ctx, bool sockets,
			 struct tm_holders_bpf **bpf);
	int (*iter_read)(struct tm_holders_bpf *bpf,
			 const struct tm_holders_look *look,
			 struct tm_fd_refs *refs);
};

extern const struct tm_kernel tm_kernel_live;

/* What becomes of the sockets. */
enum tm_sink_kind {
	TM_SINK_KEEP,
	TM_SINK_STREAM,
	TM_SINK_CAPTURE,
};

/*
 * struct tm_plan - what a query and its filter want, together
 * @query: namespaces, source of holders, bytecode
 * @needs: bits of enum tcpmem_need
 * @selected: states that the answer has; @states: those that are dumped
 * @filter: sockets must match it; NULL: every socket does
 * @prefiltered: the filter lets the kernel leave sockets out
 * @unhashed: sockets that no dump shows are asked for, by their state or kind
 * @bound: so are bound-inactive ones, which no count of a namespace has, and
 *	dumps since Linux 6.8
 * @mptcp: msks are asked for too, where a namespace may have any
 * @saved: the sockets are of a file
 */
struct tm_plan {
	const struct tcpmem_ctx *ctx;
	const struct tm_kernel *kernel;
	const struct tcpmem_query *query;
	enum tm_sink_kind sink;
	uint32_t states;
	uint32_t selected;
	uint32_t needs;
	const struct tcpmem_filter *filter;
	bool prefiltered;
	bool unhashed;
	bool bound;
	bool mptcp;
	bool saved;
};

/* tm_plan_make() - Return: 0 or -ENOMEM */
int tm_plan_make(const struct tcpmem_ctx *ctx, const struct tcpmem_query *query,
		 enum tm_sink_kind sink, struct tm_plan *plan);

/* tm_plan_of_states() - all sockets in these, of the same namespaces */
struct tm_plan tm_plan_of_states(const struct tm_plan *plan, uint32_t states);

/* tm_plan_listeners() - all listeners of the same namespaces, and no more */
struct tm_plan tm_plan_listeners(const struct tm_plan *plan);

/* tm_plan_narrows() - whether sockets are left out before they are added up */
bool tm_plan_narrows(const struct tm_plan *plan);

/* tm_plan_selects() - whether a filter, states or namespaces are asked for */
bool tm_plan_selects(const struct tm_plan *plan);

static inline bool tm_plan_needs(const struct tm_plan *plan, uint32_t need)
{
	return plan->needs & need;
}

/* tm_plan_wants_unhashed() - sockets that no dump shows are added, if found */
static inline bool tm_plan_wants_unhashed(const struct tm_plan *plan)
{
	return !plan->prefiltered &&
	       plan->states & (1u << TCPMEM_STATE_CLOSED |
			       1u << TCPMEM_STATE_BOUND_INACTIVE);
}

/*
 * struct tm_netns_cache - the namespaces that the look before found
 * @list: empty: they are to be found again
 * @read_ns: when all tasks and mounts were read for it
 * @unseen: sockets that the kernel had then, and that no namespace showed; of a
 *	part the most since @unseen_ns
 * @left_out: those of them that were found, see struct tm_accounting
 * @mounts: mountinfo, which tells when it changes; -1: it is not open
 */
struct tm_netns_cache {
	struct tm_ns_list list;
	int64_t read_ns;
	int64_t unseen, unseen_ns, left_out;
	int mounts;
};

/* struct tm_sums_pause - of the namespace with that inode */
struct tm_sums_pause {
	uint64_t netns;
	int64_t until_ns;
};

/*
 * struct tm_objects_cache - sizes of the kernel's objects, once they are @known
 * @mptcp_known: those of MPTCP too
 */
struct tm_objects_cache {
	bool known;
	bool mptcp_known;
	struct tm_objects objects;
};

/*
 * struct tm_sums_cache - sockets that the kernel adds up
 * @adds_up: it is to, in this look
 * @retry_ns: it is not tried before
 * @misfit: a namespace counted others than were found, and is paused
 * @misses: looks in a row for which sums could not be had
 * @paused: namespaces whose sockets are not added up for a while
 */
struct tm_sums_cache {
	struct tm_iter_sums iter;
	bool adds_up;
	int64_t retry_ns;
	bool misfit;
	unsigned int misses;
	struct tm_sums_pause *paused;
	size_t paused_count, paused_capacity;
};

/* struct tm_rings - what was registered with an io_uring at @read_ns */
struct tm_rings {
	struct tm_fd_refs refs;
	int64_t read_ns;
};

/*
 * struct tm_cache - what a later collection need not read again
 * @program: the BPF iterator, loaded; NULL: not yet
 * @fds: what /proc said of fds; NULL: there is no later collection
 * @events: what ends meanwhile; NULL: nobody asked
 * @ledger: who held what; NULL: nobody asked
 * @server: tells others what @hooks saw; NULL: nobody asked
 * @hooks: what tells who closes what; NULL: @hooks_error is why, or 0
 * @netns: of a look that may be recalled
 * @unheld: inodes that nobody held in the capture before, though all processes
 *	were read
 */
struct tm_cache {
	struct tm_objects_cache objects;
	struct tm_holders_bpf *program;
	struct tm_sums_cache sums;
	struct tm_fd_cache *fds;
	struct tm_events *events;
	struct tm_ledger *ledger;
	struct tm_owners_bpf *hooks;
	struct tm_owners_server *server;
	int hooks_error;
	struct tm_rings rings;
	struct tm_netns_cache netns;
	struct tm_u64set unheld;
};

/* tm_cache_init() - @cache, all zero, is for several looks. 0 or -ENOMEM. */
int tm_cache_init(struct tm_cache *cache);

void tm_cache_deinit(struct tm_cache *cache);

/* --- netns.c: which namespaces there are --- */

enum tm_dump_status {
	TM_DUMP_PENDING,
	TM_DUMP_DEFERRED, /* until the BPF iterator has ended */
	TM_DUMP_DUMPED,
	TM_DUMP_EMPTY, /* its counts show no socket */
	TM_DUMP_DENIED,
	TM_DUMP_GONE,
};

/*
 * struct tm_netns_status - what was learnt of the namespace with that index
 * @counted: @stat could be read
 * @closed: -errno of sock_diag, if sockets are from /proc/net/tcp; else 0
 * @tls: its sockets use software kTLS
 * @skipped: this round leaves it out
 * @facts: what the filter asks of it
 * @time_wait: its TIME_WAITs when they were counted last, or %TCPMEM_UNKNOWN
 * @time_wait_max: its tcp_max_tw_buckets, or %TCPMEM_UNKNOWN, as it is where
 *	no TIME_WAIT socket makes it matter
 * @limits: its sysctls; NULL: not asked for, or not read
 * @seen: its sockets, added up; no counter of the kernel
 */
struct tm_netns_status {
	enum tm_dump_status status;
	bool counted;
	int closed;
	bool tls;
	bool skipped;
	struct tm_sockstat stat;
	struct tm_net_facts facts;
	int64_t time_wait;
	int64_t time_wait_max;
	struct tm_limits *limits;
	struct tm_accounting seen;
};

/*
 * struct tm_status - of each namespace of a list; all zero is none
 * @mptcp_counted: a namespace that counts no msks in net/protocols has none
 */
struct tm_status {
	struct tm_netns_status *ns;
	size_t count, capacity;
	bool mptcp_counted;
};

/* tm_status_grow() - of @count namespaces; new ones are pending. 0, -ENOMEM. */
int tm_status_grow(struct tm_status *status, size_t count);
void tm_status_deinit(struct tm_status *status);

/* tm_status_count() - how many namespaces have that status */
size_t tm_status_count(const struct tm_status *status, enum tm_dump_status is);

/* tm_status_may_have_mptcp() - whether a namespace may have msks */
bool tm_status_may_have_mptcp(const struct tm_status *status, size_t index);

/*
 * tm_status_reset() - those that were dumped are to be dumped once more, from
 * index @first on
 */
void tm_status_reset(struct tm_status *status, size_t first);

struct tm_netns_enum;

/*
 * tm_netns_discover() - the namespaces that were asked for, or all
 * @own_first: @list may be the caller's own alone, while a thread enumerates
 *	all: they come with tm_netns_join()
 * @others: receives the enumeration under way; NULL if @list is whole
 *
 * Return: 0; as tm_ns_select() for one that was asked for; -EMFILE; -ENFILE;
 * -ENOMEM; clear the list either way.
 */
int tm_netns_discover(const struct tm_plan *plan, bool own_first,
		      struct tm_ns_list *list, struct tm_netns_enum **others);

/*
 * tm_netns_join() - waits for the enumeration and frees it
 * @list: the caller's own, which keeps its index; receives all
 *
 * Return: 0 or -ENOMEM.
 */
int tm_netns_join(struct tm_netns_enum *others, struct tm_ns_list *list);
void tm_netns_enum_free(struct tm_netns_enum *others);

/*
 * tm_netns_recall() - the namespaces of the look before, if cheap signs say
 * that there are no others: which ones processes are in, and whether the
 * caller's mounts have changed. All are found again every 30 s.
 * @list: empty; stays so if there may be others
 */
void tm_netns_recall(const struct tm_plan *plan, struct tm_cache *cache,
		     struct tm_ns_list *list);

/*
 * tm_netns_is_outgrown() - whether the kernel has more sockets that no
 * namespace shows than it had when all were found
 */
bool tm_netns_is_outgrown(const struct tm_cache *cache,
			  const struct tm_accounting *accounting);

/*
 * tm_netns_remember() - moves @list to @cache, if a look may recall it
 * @found: it was found in this look, all of it
 */
void tm_netns_remember(struct tm_cache *cache, bool found,
		       const struct tm_accounting *accounting,
		       struct tm_ns_list *list);

/* tm_netns_name() - tm_ns_name(); an empty namespace's label is not read */
int tm_netns_name(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		  const struct tm_status *status, size_t index);

/*
 * tm_netns_publish() - puts the namespaces that were found since in @snap, and
 * what was counted of all by now
 *
 * Return: 0 or -ENOMEM.
 */
int tm_netns_publish(const struct tm_plan *plan, struct tm_ns_list *list,
		     struct tm_status *status, struct tcpmem_snapshot *snap);

/* --- netns_explain.c: what of them stays closed, or was not found --- */

/*
 * tm_netns_explain() - warnings: namespaces that may not be entered and have
 * sockets, sockets that no namespace shows
 * @accounting: receives whether a namespace was denied
 *
 * Return: 0 or -ENOMEM.
 */
int tm_netns_explain(const struct tm_plan *plan, struct tm_ns_list *list,
		     const struct tm_status *status,
		     struct tm_accounting *accounting,
		     struct tm_warnings *warnings);

/*
 * tm_netns_explain_unhashed() - a warning: they were asked for, see struct
 * tm_plan, and not looked for
 * @state: "closed" or "bound"
 * @scoped: since namespaces were chosen
 *
 * Return: 0 or -ENOMEM.
 */
int tm_netns_explain_unhashed(const char *state, bool scoped,
			      struct tm_warnings *warnings);

/* tm_netns_explain_scope() - a warning: not all were asked for. 0, -ENOMEM. */
int tm_netns_explain_scope(struct tm_warnings *warnings);

/* --- netns.c: a thread inside of one --- */

/*
 * tm_netns_run() - calls @run inside a namespace, in a thread that then ends
 *
 * Return: 0; as tm_ns_enter(); -EAGAIN if no thread can be started. What is
 * lacking of these, tm_netns_lacks() tells.
 */
int tm_netns_run(const struct tm_kernel *kernel, const struct tcpmem_ctx *ctx,
		 const struct tm_ns *ns, void (*run)(void *), void *arg);

/*
 * tm_netns_lacks() - a shortage, or that no thread can be started: nothing that
 * the namespace says. 0 for all else
 */
int tm_netns_lacks(int error);

/* --- limits.c: what sysctls of a namespace allow --- */

/*
 * tm_collect_limits() - as tcpmem_limits_read()
 * @index: which of the snapshot's namespaces it was; SIZE_MAX: none of them.
 *	If @netns is NULL, that of whose limits they are; SIZE_MAX: of all
 */
int tm_collect_limits(struct tcpmem_ctx *ctx,
		      const struct tcpmem_snapshot *before,
		      const struct tcpmem_snapshot *snapshot, const char *netns,
		      struct tcpmem_limits **limits, size_t *index);

/*
 * tm_limits_netns() - the namespace of the sockets of processes, by pid
 *
 * Return: SIZE_MAX: they have none, or of several.
 */
size_t tm_limits_netns(const struct tcpmem_snapshot *snap, const uint32_t *pids,
		       size_t count);

/* --- select.c: the query's filter --- */

/*
 * tm_select_look_up() - finds out what the filter asks of a namespace
 *
 * For threads inside. What cannot be found out stays unknown.
 */
void tm_select_look_up(const struct tcpmem_ctx *ctx,
		       const struct tcpmem_filter *filter,
		       struct tm_net_facts *facts);

/*
 * tm_select_may() - false if @sock cannot match, whatever is still found
 * @facts: of its namespace; all zero if nothing is known
 *
 * What the kernel leaves out, this would: the sockets that go on from there
 * are the same with its help and without.
 */
bool tm_select_may(const struct tm_plan *plan, const struct tm_net_facts *facts,
		   const struct tcpmem_socket *sock);

/*
 * tm_select_one() - whether @sock, of @snap, matches; all is known that will be
 * @undecided: sockets that the filter may or may not mean
 */
bool tm_select_one(const struct tm_plan *plan,
		   const struct tcpmem_snapshot *snap,
		   struct tcpmem_socket *sock, size_t *undecided);

/*
 * tm_select() - finds peers, if that is needed, then removes the sockets that
 * do not match
 *
 * Return: 0 or -ENOMEM.
 */
int tm_select(const struct tm_plan *plan, struct tcpmem_snapshot *snap,
	      size_t *undecided);

/*
 * tm_select_explain() - a warning that sockets could not be decided
 *
 * Return: 0; -ENODEV if the filter names an interface that is nowhere;
 * -ENOMEM.
 */
int tm_select_explain(const struct tm_plan *plan, size_t undecided,
		      struct tcpmem_snapshot *snap);

/* tm_scope_is_called() - whether "self", a name or an inode stands for it */
bool tm_scope_is_called(const struct tm_netns *netns, const char *spec);

/*
 * tm_scope_has() - whether @query asks for @netns
 *
 * By "self", name or inode, as it was when the file was made: pids and paths
 * of that time lead nowhere.
 */
bool tm_scope_has(const struct tcpmem_query *query,
		  const struct tm_netns *netns);

/*
 * tm_scope_apply() - leaves out the namespaces that were not asked for
 *
 * Return: 0, -ENOENT if one that was asked for is not there, or -ENOMEM.
 */
int tm_scope_apply(const struct tm_plan *plan, struct tcpmem_snapshot *snap,
		   struct tm_listeners *listeners);

#endif
