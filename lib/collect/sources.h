/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sources.h - where sockets and counters come from, and where they go */
#ifndef TM_COLLECT_SOURCES_H
#define TM_COLLECT_SOURCES_H

#include "collect/holders.h"
#include "collect/plan.h"
#include "model/classifier.h"

/* ---- where sockets go ---- */

struct tm_live;

/* What a sink can take back when the kernel breaks a dump off. */
enum tm_restart {
	TM_RESTART_NEVER,
	TM_RESTART_NETNS, /* the sockets of one namespace */
	TM_RESTART_ALL,	  /* those of all namespaces, or nothing */
};

/*
 * struct tm_sink - where sockets go
 * @netns: a namespace that sockets will refer to, with @names_first
 * @found: more namespaces are about to be dumped; NULL or 0 to go on
 * @message: each record as the kernel sent it, see diag.h, with @messages;
 *	namespaces are dumped one after the other then
 * @socket: 0 to go on, anything else ends the dump and is returned by it;
 *	@info is NULL unless it was asked for
 * @restart: what came of namespace @netns, or of all, is void
 */
struct tm_sink {
	int (*netns)(size_t index, const struct tm_netns *netns, void *user);
	int (*found)(void *user);
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

/* --- sink_keep.c: sockets that are kept make a snapshot --- */

/* tm_sink_keep() - keeps sockets in @set */
struct tm_sink tm_sink_keep(struct tm_socket_set *set);

/*
 * tm_keep_run() - from the first dump to the snapshot of @live, which is open
 * and whose scan has started, unless neither holders are needed nor the
 * iterator pays
 *
 * Return: as tcpmem_snapshot_take().
 */
int tm_keep_run(struct tm_live *live);

/* tm_keep_take() - as tcpmem_snapshot_take(), with what a cache knows */
int tm_keep_take(const struct tm_plan *plan, struct tm_cache *cache,
		 struct tcpmem_snapshot **snapshot);

/* --- sink_capture.c --- */

/* tm_capture_take() - as tcpmem_snapshot_save_fd(), with what a cache knows */
int tm_capture_take(const struct tm_plan *plan, struct tm_cache *cache, int fd,
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

/* --- dump.c, workers.c: sockets and counts of many namespaces --- */

/*
 * struct tm_dump - which namespaces are dumped, and where to
 * @list: is only written to by names that warnings need
 * @which: namespaces with these, bits 1 << enum tm_dump_status
 * @again: there will be further counts of the same namespaces
 * @tcp_alone: see struct tm_ns_files_look
 */
struct tm_dump {
	const struct tm_plan *plan;
	const struct tm_objects *objects;
	const struct tm_sink *sink;
	uint32_t which;
	bool again, tcp_alone;
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

/*
 * struct tm_dump_ctx - of a thread, that dumps one namespace after the other
 * @ctx: the plan's, but what is logged may go another way
 * @sink: where sockets go, complete but for their holders
 * @index: the namespace that is dumped
 * @inside: the thread has entered it
 * @asked: the kernel applies the plan's filter, all of it
 * @opened: it was entered, and perhaps a netlink socket opened there
 * @emitted: sockets have come of it
 * @error: -errno of what it lacked to read the limits there
 */
struct tm_dump_ctx {
	const struct tm_dump *dump;
	struct tcpmem_ctx ctx;
	struct tm_sink sink;
	struct tm_classifier classifier;
	struct tm_warnings warnings;
	size_t index;
	bool inside;
	bool asked;
	bool opened;
	bool emitted;
	int error;
};

int tm_dump_ctx_init(struct tm_dump_ctx *ctx, const struct tm_dump *dump);
void tm_dump_ctx_deinit(struct tm_dump_ctx *ctx);

/* tm_dump_wants() - whether the namespace is to be dumped */
bool tm_dump_wants(const struct tm_dump *dump, size_t index);

/*
 * tm_dump_denied() - notes how entering it failed
 *
 * Return: 0, or @error if the caller's own resources are used up.
 */
int tm_dump_denied(struct tm_dump_ctx *ctx, int error);

/*
 * tm_dump_report() - moves the warnings to the dump's, with the namespace named
 *
 * Return: 0 or -ENOMEM.
 */
int tm_dump_report(struct tm_dump_ctx *ctx);

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
 * @known: of sockets that were left out of them
 * @outgrown: there are more sockets than in the namespaces of an earlier look
 * @added_up: nor are those expected of sockets that the kernel added up
 * @tolerance: bytes that the kernel's memory counter may be off
 * @scan: one that may be running, or NULL: it has to end before fds are copied,
 *	for it would take the copies for the caller's
 * @list: receives namespaces that only a thread, an fd or a socket leads to
 * @unhashed: receives sockets that only an fd leads to
 */
struct tm_missing {
	const struct tm_plan *plan;
	const struct tm_holders *expected;
	const struct tm_u64set *known;
	bool outgrown;
	bool added_up;
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
 * Return: 0; -ESTALE with @added_up; -errno of opening; -ENOMEM; as
 * tm_holder_scan_wait().
 */
int tm_missing_search(const struct tm_missing *missing);

/*
 * tm_missing_find_netns() - adds a namespace to @list that only an fd, of a
 * socket or of the namespace, leads to
 *
 * Return: 0; -ENOENT if there is none with that inode; -ENOMEM, -EMFILE or
 * -ENFILE; -errno if /proc cannot be read.
 */
int tm_missing_find_netns(const struct tcpmem_ctx *ctx, uint64_t inode,
			  struct tm_ns_list *list);

/* --- live.c: the running kernel as a source of sockets --- */

/*
 * struct tm_expected - inodes whose holders are wanted
 * @due: they are prefetched, and come into @holders some sockets later
 */
struct tm_expected {
	struct tm_holders *holders;
	uint32_t due[TM_AHEAD];
	size_t at;
};

/*
 * struct tm_live - the namespaces, and how far their dumps are
 * @plan, @cache: the conductor sets them; all else is zero before
 * tm_live_open()
 * @sink: where sockets go; the conductor sets it before tm_live_dump()
 * @expected: its holders receive the sockets' inodes, if they are needed;
 *	likewise
 * @owners: has listeners; the conductor finds the holders
 * @others: further namespaces are being enumerated
 * @recalled: @list is that of an earlier look
 * @unhashed: sockets that no dump showed
 * @scan: looks for holders meanwhile; NULL: none does
 * @adds_up: the kernel is to add sockets up
 * @voided: a dump broke off, and voids what all namespaces gave
 */
struct tm_live {
	const struct tm_plan *plan;
	struct tm_cache *cache;
	const struct tm_sink *sink;
	struct tm_expected expected;
	struct tcpmem_snapshot *snap;
	struct tm_owners owners;
	struct tm_ns_list list;
	struct tm_netns_enum *others;
	bool recalled;
	struct tm_status status;
	struct tm_socket_set unhashed;
	struct tm_holder_scan *scan;
	bool adds_up;
	bool tcp_alone;
	bool voided;
};

/*
 * tm_live_open() - begins a snapshot: reads the clock, the host, the
 * namespaces, their counts
 * @own_first: see tm_netns_discover()
 *
 * Return: 0; as tm_netns_discover() and tm_count_all(). Close it either way.
 */
int tm_live_open(struct tm_live *live, bool own_first);

/*
 * tm_live_dump() - dumps the namespaces that are pending
 *
 * Return: as tm_dump_all().
 */
int tm_live_dump(struct tm_live *live);

/*
 * tm_live_recount() - counts the sockets of namespaces that are not dumped once
 * more, msks too
 *
 * Return: as tm_count_all().
 */
int tm_live_recount(struct tm_live *live);

/*
 * tm_interfaces_read() - the names of interfaces that kept sockets are bound to
 *
 * Where a namespace may not be entered they stay unknown. Return: 0, -EAGAIN
 * if no thread can be started, -EMFILE, -ENFILE or -ENOMEM.
 */
int tm_interfaces_read(const struct tm_live *live);

/*
 * tm_live_finish() - after the dumps: namespaces that were found since,
 * counters, sockets that no dump showed, warnings, names of all namespaces
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
		      const struct tm_sink *messages);

/*
 * tm_live_find_inodes() - dumps the sockets once more
 * @wanted: inodes that a socket had before, of which none is in @found
 * @found: receives those of them that one still has; the dump ends with the
 *	last one
 *
 * Return: 0; -ENODATA if not all could be asked; -ENOMEM; as tm_netns_lacks().
 */
int tm_live_find_inodes(struct tm_live *live, const struct tm_u64set *wanted,
			struct tm_u64set *found);

/*
 * struct tm_known - what is in namespaces that were found
 * @inodes: of sockets; @bound: of those that are bound alone
 * @msks, @subflows: their cookies
 */
struct tm_known {
	struct tm_u64set inodes, bound, msks, subflows;
};

/* tm_known_init() - nothing. 0 or -ENOMEM; tm_known_deinit() it either way. */
int tm_known_init(struct tm_known *known);
void tm_known_deinit(struct tm_known *known);

/*
 * tm_live_find_known() - dumps what the states or the filter left out, and
 * counts what of it is in no table
 *
 * An fd that leads to one need not be copied to find a namespace. Without
 * holders the bound ones alone matter, which no table's count has, and msks
 * with their subflows. Return: 0; -ENOMEM; as tm_netns_lacks().
 */
int tm_live_find_known(struct tm_live *live, struct tm_known *known);

/* tm_live_close() - frees all but the snapshot, see tm_snapshot_end() */
int tm_live_close(struct tm_live *live, int ret,
		  struct tcpmem_snapshot **snapshot);

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
		  struct tm_cache *cache, struct tm_holder_scan **scan);

/*
 * tm_iter_defer() - defers the dumps of what the iterator may see whole
 *
 * Return: whether there are any.
 */
bool tm_iter_defer(struct tm_status *status);

/* tm_iter_may_be_whole() - whether fds may lead to all sockets of it */
bool tm_iter_may_be_whole(const struct tm_netns_status *ns);

/*
 * struct tm_iter - what the iterator brought, and where it goes
 * @live: counts deferred namespaces once more, and knows of pauses
 * @from: its sockets, which are taken
 * @sums: of others; NULL: there are none
 * @expected: knows the inodes of all sockets so far; receives theirs
 */
struct tm_iter {
	struct tm_live *live;
	const struct tm_plan *plan;
	const struct tm_ns_list *list;
	const struct tm_objects *objects;
	int64_t page_size;
	struct tm_iter_sockets *from;
	const struct tm_iter_sums *sums;
	struct tm_holders *expected;
	struct tm_status *status;
	struct tm_socket_set *sockets;
};

/*
 * tm_iter_merge() - adds the sockets of deferred namespaces that it has seen
 * whole; the others are pending again
 *
 * Return: 0; -ESTALE if @sums are of a namespace that was not seen whole, which
 * is paused then; -ENOMEM; as tm_count_all().
 */
int tm_iter_merge(const struct tm_iter *iter);

/* --- sums.c: sockets that the kernel adds up while it walks the files --- */

/* tm_sums_wanted() - whether a look is to begin with sums */
bool tm_sums_wanted(const struct tm_plan *plan, const struct tm_cache *cache);

/*
 * tm_sums_give_up() - they could not be had: if the look before had none
 * either, none are tried for a while
 */
void tm_sums_give_up(struct tm_cache *cache);

/* tm_sums_pause() - none of that namespace for a while. 0 or -ENOMEM. */
int tm_sums_pause(struct tm_cache *cache, uint64_t netns);

/*
 * tm_sums_exclude() - leaves out namespaces that need a dump or are paused;
 * before the scan
 *
 * Return: 0 or -ENOMEM.
 */
int tm_sums_exclude(struct tm_cache *cache, const struct tm_ns_list *list,
		    const struct tm_status *status);

/*
 * tm_sums_take_unhashed() - those that the iterator found: no search is due
 *
 * Return: 0; -ESTALE if one is of an unknown namespace; -ENOMEM.
 */
int tm_sums_take_unhashed(struct tm_live *live,
			  const struct tm_iter_sockets *from);

/*
 * tm_sums_take() - puts them in the snapshot, after tm_iter_merge()
 *
 * Return: 0; -ESTALE if they are not all of sockets whose process and namespace
 * are known; -ENOMEM.
 */
int tm_sums_take(struct tm_live *live);

#endif
