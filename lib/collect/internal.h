/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * internal.h - the stages of a collection and what they hand to each other
 *
 *	plan -> netns -> counters -> dump -> counters -> missing -> holders ->
 *	recheck -> metadata -> select -> snapshot
 *
 * A stage gets what it reads as const and writes what its last parameters
 * name. Only the conductors (sink_keep.c, sink_stream.c, sink_capture.c,
 * source_capture.c) have a snapshot in the making.
 */
#ifndef TM_COLLECT_INTERNAL_H
#define TM_COLLECT_INTERNAL_H

#include "base/ctx.h"
#include "bpf/internal.h"
#include "model/classifier.h"
#include "model/holders.h"
#include "model/snapshot.h"
#include "netns/internal.h"
#include "proc/internal.h"
#include "query/query.h"

#include "tcpmem/snapshot.h"

/* --- plan.c: what is read, decided before anything is --- */

/*
 * struct tm_kernel - what only a kernel answers; tests have their own
 * @enter: moves the calling thread into a namespace, see tm_ns_enter()
 * @open: a NETLINK_SOCK_DIAG socket there, or -errno; @inside: the calling
 *	thread has entered it
 * @iter_open, @iter_read: the BPF iterator, see holders_bpf.h
 */
struct tm_kernel {
	int (*enter)(const struct tcpmem_ctx *ctx, const struct tm_ns *ns);
	int (*open)(const struct tm_kernel *kernel,
		    const struct tcpmem_ctx *ctx, const struct tm_ns *ns,
		    bool inside);
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
 * @filter: sockets must match it; NULL: every socket does
 * @prefiltered: the filter lets the kernel leave sockets out
 * @mptcp: msks are asked for too, where a namespace has any
 */
struct tm_plan {
	const struct tcpmem_ctx *ctx;
	const struct tm_kernel *kernel;
	const struct tcpmem_query *query;
	enum tm_sink_kind sink;
	uint32_t states;
	uint32_t needs;
	const struct tcpmem_filter *filter;
	bool prefiltered;
	bool mptcp;
};

/* tm_plan_make() - Return: 0 or -ENOMEM */
int tm_plan_make(const struct tcpmem_ctx *ctx, const struct tcpmem_query *query,
		 enum tm_sink_kind sink, struct tm_plan *plan);

/* tm_plan_listeners() - all listeners of the same namespaces, and no more */
struct tm_plan tm_plan_listeners(const struct tm_plan *plan);

static inline bool tm_plan_needs(const struct tm_plan *plan, uint32_t need)
{
	return plan->needs & need;
}

/*
 * struct tm_cache - what a later collection need not read again
 * @program: the BPF iterator, loaded; NULL: not yet
 */
struct tm_cache {
	bool objects_known;
	struct tm_objects objects;
	struct tm_holders_bpf *program;
};

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
 * @tls: its sockets use software kTLS
 * @facts: what the filter asks of it
 * @seen: its sockets, added up; no counter of the kernel
 */
struct tm_netns_status {
	enum tm_dump_status status;
	bool counted;
	bool tls;
	struct tm_sockstat stat;
	struct tm_net_facts facts;
	struct tm_accounting seen;
};

/* struct tm_status - of each namespace of a list; all zero is none */
struct tm_status {
	struct tm_netns_status *ns;
	size_t count, capacity;
};

/* tm_status_grow() - of @count namespaces; new ones are pending. 0, -ENOMEM. */
int tm_status_grow(struct tm_status *status, size_t count);
void tm_status_deinit(struct tm_status *status);

/* tm_status_any() - whether a namespace has that status */
bool tm_status_any(const struct tm_status *status, enum tm_dump_status is);

/* tm_status_reset() - those that were dumped are to be dumped once more */
void tm_status_reset(struct tm_status *status);

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

/* tm_netns_name() - tm_ns_name(); an empty namespace's label is not read */
int tm_netns_name(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		  const struct tm_status *status, size_t index);

/*
 * tm_netns_publish() - puts the namespaces that were found since in @snap
 *
 * Return: 0 or -ENOMEM.
 */
int tm_netns_publish(const struct tcpmem_ctx *ctx, struct tm_ns_list *list,
		     const struct tm_status *status,
		     struct tcpmem_snapshot *snap);

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

/* tm_netns_explain_scope() - a warning: not all were asked for. 0, -ENOMEM. */
int tm_netns_explain_scope(struct tm_warnings *warnings);

/*
 * tm_netns_run() - calls @run inside a namespace, in a thread that then ends
 *
 * Return: 0; as tm_ns_enter(); -EAGAIN if no thread can be started.
 */
int tm_netns_run(const struct tm_kernel *kernel, const struct tcpmem_ctx *ctx,
		 const struct tm_ns *ns, void (*run)(void *), void *arg);

/* --- dump.c, workers.c: sockets and counts of many namespaces --- */

/* What a sink can take back when the kernel breaks a dump off. */
enum tm_restart {
	TM_RESTART_NEVER,
	TM_RESTART_NETNS, /* the sockets of one namespace */
	TM_RESTART_ALL,	  /* those of all namespaces, or nothing */
};

/*
 * struct tm_sink - where sockets go
 * @netns: a namespace that sockets will refer to, with @names_first
 * @message: each record as the kernel sent it, see diag.h, with @messages;
 *	namespaces are dumped one after the other then
 * @socket: 0 to go on, anything else ends the dump and is returned by it;
 *	@info is NULL unless it was asked for
 * @restart: what came of namespace @netns, or of all, is void
 */
struct tm_sink {
	int (*netns)(size_t index, const struct tm_netns *netns, void *user);
	int (*message)(const void *msg, size_t len, bool mptcp, uint16_t netns,
		       void *user);
	int (*socket)(struct tcpmem_socket *sock, const struct tm_info *info,
		      void *user);
	int (*restart)(uint16_t netns, void *user);
	bool names_first;
	bool messages;
	enum tm_restart restarts;
	void *user;
};

extern const struct tm_sink tm_no_sink; /* for counts: there are no sockets */

/*
 * struct tm_dump - which namespaces are dumped, and where to
 * @list: is only written to by names that warnings need
 * @which: namespaces with these, bits 1 << enum tm_dump_status
 */
struct tm_dump {
	const struct tm_plan *plan;
	const struct tm_objects *objects;
	const struct tm_sink *sink;
	uint32_t which;
	struct tm_ns_list *list;
	struct tm_status *status;
	struct tm_warnings *warnings;
};

/*
 * tm_dump_all() - dumps the namespaces
 *
 * Threads enter the namespaces; the caller's thread never moves and is the
 * only one that the sink and the context's log run in.
 *
 * Return: 0; what the sink returned; -EPROTONOSUPPORT if the kernel has no
 * sock_diag for TCP; -errno of opening or sending; -EAGAIN if no thread can
 * be started; -EMFILE; -ENFILE; -ENOMEM.
 */
int tm_dump_all(const struct tm_dump *dump);

/*
 * tm_count_all() - reads the counts of the namespaces, and what the filter
 * asks of them; what is empty needs no dump, unless it was asked for by name
 *
 * Return: as tm_dump_all().
 */
int tm_count_all(const struct tm_dump *dump);

struct tm_dump_ctx;

/* tm_workers_run() - @job in each namespace, by @count threads */
int tm_workers_run(const struct tm_dump *dump,
		   int (*job)(struct tm_dump_ctx *ctx), size_t count);

/* --- accounting.c: the sockets' sums beside the kernel's counters --- */

/* tm_accounting_total() - adds up what was seen in all namespaces */
void tm_accounting_total(const struct tm_status *status,
			 const struct tm_socket_set *unhashed,
			 int64_t page_size, struct tm_accounting *accounting);

/*
 * tm_accounting_count() - counts the sockets of all namespaces at one moment,
 * with tm_count_all(), and how many of the kernel's are in none
 *
 * Return: 0; as tm_count_all().
 */
int tm_accounting_count(const struct tm_dump *dump,
			struct tm_accounting *accounting);

/*
 * tm_accounting_after() - reads the kernel's counters after the dumps
 * @accounting: its sums are up to date
 *
 * Return: 0; as tm_count_all().
 */
int tm_accounting_after(const struct tm_dump *dump,
			struct tm_accounting *accounting);

/* tm_accounting_explain() - warnings if sockets' counters lack, or lack a part
 */
int tm_accounting_explain(const struct tm_accounting *accounting,
			  struct tm_warnings *warnings);

/* --- missing.c: what the kernel has and no dump showed --- */

/*
 * struct tm_missing - where it is looked for, and what is found
 * @expected: inodes of sockets that dumps showed
 * @tolerance: bytes that the kernel's memory counter may be off
 * @scan: one that may be running, or NULL: it has to end before fds are copied,
 *	for it would take the copies for the caller's
 * @list: receives namespaces that only a thread, an fd or a socket leads to
 * @unhashed: receives sockets that only an fd leads to
 */
struct tm_missing {
	const struct tm_plan *plan;
	const struct tm_holders *expected;
	const struct tm_objects *objects;
	int64_t tolerance;
	struct tm_holder_scan *scan;
	struct tm_accounting *accounting;
	struct tm_ns_list *list;
	struct tm_socket_set *unhashed;
};

/*
 * tm_missing_search() - does nothing where nothing is missing
 *
 * Return: 0; -errno of opening; -ENOMEM; as tm_holder_scan_wait().
 */
int tm_missing_search(const struct tm_missing *missing);

/*
 * struct tm_owners - what tells the owner of a socket
 * @known: @holders were looked for
 * @complete: every process could be read
 * @nested: there are processes outside of this PID namespace
 */
struct tm_owners {
	struct tm_holders *holders;
	struct tm_listeners *listeners;
	bool known;
	bool complete;
	bool nested;
};

/* --- live.c: the running kernel as a source of sockets --- */

/*
 * struct tm_live - the namespaces, and how far their dumps are
 * @sink: where sockets go; the conductor sets it before tm_live_dump()
 * @expected: receives the sockets' inodes, if holders are needed; likewise
 * @others: further namespaces are being enumerated
 * @unhashed: sockets that no dump showed
 * @scan: looks for holders meanwhile; NULL: none does
 * @voided: a dump broke off, and voids what all namespaces gave
 */
struct tm_live {
	const struct tm_plan *plan;
	const struct tm_sink *sink;
	struct tm_holders *expected;
	struct tcpmem_snapshot *snap;
	struct tm_ns_list list;
	struct tm_netns_enum *others;
	struct tm_status status;
	struct tm_socket_set unhashed;
	struct tm_holder_scan *scan;
	bool voided;
};

/*
 * tm_live_open() - reads the clock, the host, the namespaces, their counts
 * @own_first: see tm_netns_discover()
 *
 * Return: 0; as tm_netns_discover() and tm_count_all(). Close it either way.
 */
int tm_live_open(struct tm_live *live, const struct tm_plan *plan,
		 struct tm_cache *cache, bool own_first,
		 struct tcpmem_snapshot *snap);

/*
 * tm_live_dump() - dumps the namespaces that are pending
 *
 * Return: as tm_dump_all().
 */
int tm_live_dump(struct tm_live *live);

/*
 * tm_live_finish() - after the dumps: namespaces that were found since,
 * counters, sockets that no dump showed, warnings
 *
 * Return: as tm_dump_all().
 */
int tm_live_finish(struct tm_live *live);

/*
 * tm_live_listeners() - dumps the listeners of namespaces with that status,
 * and expects their inodes
 * @messages: sees their messages, if it has @messages; no socket
 *
 * Return: as tm_dump_all().
 */
int tm_live_listeners(struct tm_live *live, enum tm_dump_status which,
		      const struct tm_sink *messages, struct tm_owners *owners);
void tm_live_close(struct tm_live *live);

/* --- holder_scan.c: who has which socket open, read beside a dump --- */

enum tm_scan_request {
	TM_SCAN_HOLDERS,
	TM_SCAN_HOLDERS_AND_SOCKETS, /* sockets if the kernel can */
	TM_SCAN_ALL_OR_NOTHING,	     /* nothing if it cannot bring sockets */
};

/*
 * struct tm_scan_result - valid after tm_holder_scan_wait()
 * @refs: (inode, process) pairs
 * @sockets: from the BPF iterator; none unless they were requested
 * @proc: how /proc was read; all 0 if it was not
 * @bpf_error: why the iterator was not used; 0: it was
 */
struct tm_scan_result {
	struct tm_fd_refs refs;
	struct tm_iter_sockets sockets;
	struct tm_proc_scan proc;
	int bpf_error;
};

struct tm_holder_scan;

/*
 * tm_holder_scan_start() - starts a scan beside a dump
 * @program: a program that may be loaded already, and that stays loaded
 *
 * Sockets that are opened behind the scan have no holder then:
 * tm_holder_scan_again() looks for those. If no thread can be started, it
 * runs when it is waited for.
 *
 * Return: 0 or -ENOMEM; free it either way.
 */
int tm_holder_scan_start(const struct tm_plan *plan,
			 enum tm_scan_request request,
			 struct tm_holders_bpf **program,
			 struct tm_holder_scan **scan);

/*
 * tm_holder_scan_now() - scans here and now, with no dump beside it
 * @only: holders of these inodes, and perhaps of others; NULL: all
 *
 * Return: as tm_holder_scan_wait(); free it either way.
 */
int tm_holder_scan_now(const struct tm_plan *plan, const struct tm_u64set *only,
		       struct tm_holders_bpf **program,
		       struct tm_holder_scan **scan);

/* tm_holder_scan_reads_proc() - whether it is known by now that it does */
bool tm_holder_scan_reads_proc(struct tm_holder_scan *scan);

/* tm_holder_scan_brings_sockets() - whether it does; known soon */
bool tm_holder_scan_brings_sockets(struct tm_holder_scan *scan);

/* tm_holder_scan_mark_dump_done() - all sockets that matter are open by now */
void tm_holder_scan_mark_dump_done(struct tm_holder_scan *scan);

/*
 * tm_holder_scan_wait() - waits until it has ended
 *
 * Return: 0; -errno of reading /proc or of bpf(2); -ENOMEM.
 */
int tm_holder_scan_wait(struct tm_holder_scan *scan);
struct tm_scan_result *tm_holder_scan_result(struct tm_holder_scan *scan);

/*
 * tm_holder_scan_again() - scans by the same backend for holders of @only, in
 * processes that were not read since the dump was done; @refs are those of
 * this scan alone, and perhaps of other inodes too
 *
 * Return: as tm_holder_scan_wait().
 */
int tm_holder_scan_again(struct tm_holder_scan *scan,
			 const struct tm_u64set *only);
void tm_holder_scan_free(struct tm_holder_scan *scan);

/* --- source_iter.c: sockets from the BPF iterator, in place of dumps --- */

/* tm_iter_pays() - whether it is cheaper than dumping every namespace */
bool tm_iter_pays(const struct tm_plan *plan, const struct tm_status *status);

/*
 * tm_iter_start() - starts the iterator for its sockets, where it pays
 * @scan: NULL if it does not, or if it cannot bring them
 *
 * Return: 0 or -ENOMEM.
 */
int tm_iter_start(const struct tm_plan *plan, const struct tm_status *status,
		  struct tm_holders_bpf **program,
		  struct tm_holder_scan **scan);

/*
 * tm_iter_defer() - defers the dumps of what the iterator may see whole
 *
 * Return: whether there are any.
 */
bool tm_iter_defer(struct tm_status *status);

/*
 * struct tm_iter - what the iterator brought, and where it goes
 * @from: its sockets, which are taken
 * @expected: knows the inodes of all sockets so far; receives theirs
 */
struct tm_iter {
	const struct tm_plan *plan;
	const struct tm_ns_list *list;
	const struct tm_objects *objects;
	int64_t page_size;
	struct tm_iter_sockets *from;
	struct tm_holders *expected;
	struct tm_status *status;
	struct tm_socket_set *sockets;
};

/*
 * tm_iter_merge() - adds the sockets of deferred namespaces that it has seen
 * whole; the others are pending again
 *
 * Return: 0 or -ENOMEM.
 */
int tm_iter_merge(const struct tm_iter *iter);

/* --- holders.c: whose socket it is --- */

/* tm_listeners_keep() - the listeners among @set. Return: 0 or -ENOMEM. */
int tm_listeners_keep(struct tm_listeners *listeners,
		      const struct tm_socket_set *set);

/*
 * tm_holders_resolve() - finds the holders of the inodes that are expected
 * @scan: ended, or waited for here
 * @beside_dump: sockets may have been opened behind it
 *
 * Return: as tm_holder_scan_wait().
 */
int tm_holders_resolve(const struct tm_plan *plan, struct tm_holder_scan *scan,
		       bool beside_dump, struct tm_owners *owners,
		       struct tm_warnings *warnings);

/* tm_owners_find() - the holder and the kind of one socket */
void tm_owners_find(const struct tm_owners *owners, struct tcpmem_socket *sock);

/* tm_owners_attribute() - those of all */
void tm_owners_attribute(const struct tm_owners *owners,
			 struct tm_socket_set *set);

/* tm_owners_explain() - a warning if processes elsewhere may hold sockets */
int tm_owners_explain(const struct tm_owners *owners,
		      const struct tm_socket_set *set,
		      struct tm_warnings *warnings);

/* tm_is_unowned() - nobody was seen to hold it, and somebody should */
bool tm_is_unowned(const struct tcpmem_socket *sock);

/* More sockets than that are not asked about again. */
#define TM_RECHECK_MAX 4096

/*
 * tm_recheck() - asks the kernel once more for sockets that nobody holds
 *
 * A socket that was closed between dump and scan has an inode that nobody
 * holds: it is gone, and removed, or an orphan by now, and not in flight.
 *
 * Return: 0; -EMFILE; -ENFILE; -ENOMEM.
 */
int tm_recheck(const struct tm_plan *plan, const struct tm_ns_list *list,
	       const struct tm_owners *owners, struct tm_socket_set *set);

/* --- metadata.c: programs and cgroups --- */

/*
 * tm_metadata_read() - programs and cgroups of the processes, and paths of the
 * sockets' cgroups
 *
 * What cannot be read stays unknown. Return: 0, -EMFILE, -ENFILE or -ENOMEM.
 */
int tm_metadata_read(const struct tcpmem_ctx *ctx,
		     const struct tm_socket_set *set,
		     const struct tm_holders *holders,
		     struct tm_metadata *metadata,
		     struct tm_warnings *warnings);

/*
 * tm_charges_read() - the kernel's count of each cgroup in @metadata, and of
 * those above it, whose paths it adds
 *
 * What cannot be read stays unknown. Return: 0 or -ENOMEM.
 */
int tm_charges_read(const struct tcpmem_ctx *ctx, struct tm_metadata *metadata,
		    struct tm_charges *charges);

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

/* tm_select() - removes the sockets that do not match */
void tm_select(const struct tm_plan *plan, struct tcpmem_snapshot *snap,
	       size_t *undecided);

/*
 * tm_select_explain() - a warning that sockets could not be decided
 *
 * Return: 0; -ENODEV if the filter names an interface that is nowhere;
 * -ENOMEM.
 */
int tm_select_explain(const struct tm_plan *plan, size_t undecided,
		      struct tcpmem_snapshot *snap);

/* --- sink_keep.c: sockets that are kept make a snapshot --- */

/* tm_sink_keep() - keeps sockets in @set */
struct tm_sink tm_sink_keep(struct tm_socket_set *set);

/*
 * tm_keep_run() - from the first dump to the snapshot of @live, which is open
 * @scan: started already; NULL: holders are not needed, nor does the iterator
 *	pay
 *
 * Return: as tcpmem_snapshot_take().
 */
int tm_keep_run(struct tm_live *live, struct tm_holder_scan *scan);

/* tm_keep_take() - as tcpmem_snapshot_take(), with what a cache knows */
int tm_keep_take(const struct tm_plan *plan, struct tm_cache *cache,
		 struct tcpmem_snapshot **snapshot);

/* tm_snapshot_new() - an empty one for @plan. Return: 0 or -ENOMEM. */
int tm_snapshot_new(const struct tm_plan *plan, struct tcpmem_snapshot **snap);

/* tm_snapshot_end() - frees it if @ret is not 0, and else hands it out */
int tm_snapshot_end(int ret, struct tcpmem_snapshot *snap,
		    struct tcpmem_snapshot **snapshot);

static inline int64_t tm_page_size(const struct tcpmem_snapshot *snap)
{
	return snap->host.fact[TCPMEM_HOST_METRIC_PAGE_SIZE];
}

/* --- scope.c: which namespaces of a file a query is about --- */

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
