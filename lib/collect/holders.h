/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* holders.h - whose sockets they are */
#ifndef TM_COLLECT_HOLDERS_H
#define TM_COLLECT_HOLDERS_H

#include "collect/plan.h"
#include "model/holders.h"
#include "proc/internal.h"

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
 * @cache: its program may be loaded already, and stays loaded
 *
 * Sockets that are opened behind the scan have no holder then:
 * tm_holder_scan_again() looks for those. If no thread can be started, it
 * runs when it is waited for.
 *
 * Return: 0 or -ENOMEM; free it either way.
 */
int tm_holder_scan_start(const struct tm_plan *plan,
			 enum tm_scan_request request, struct tm_cache *cache,
			 struct tm_holder_scan **scan);

/*
 * tm_holder_scan_now() - scans here and now, with no dump beside it
 * @only: holders of these inodes, and perhaps of others; NULL: all
 *
 * Return: as tm_holder_scan_wait(); free it either way.
 */
int tm_holder_scan_now(const struct tm_plan *plan, const struct tm_u64set *only,
		       struct tm_cache *cache, struct tm_holder_scan **scan);

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
 * tm_holder_scan_known_inodes() - those that were expected of the last scan
 *
 * Return: NULL if this scan read every process. If it left out those that have
 * not changed, an inode that is not among them may have holders it missed.
 */
const struct tm_u64set *
tm_holder_scan_known_inodes(const struct tm_holder_scan *scan);

/*
 * tm_holder_scan_learn() - tells the next scan which inodes were expected
 *
 * Return: 0 or -ENOMEM.
 */
int tm_holder_scan_learn(struct tm_holder_scan *scan,
			 const struct tm_holders *holders);

/*
 * tm_holder_scan_again() - scans by the same backend for holders of @only, in
 * processes that were not read since the dump was done; @refs are those of
 * this scan alone, and perhaps of other inodes too
 *
 * Return: as tm_holder_scan_wait().
 */
int tm_holder_scan_again(struct tm_holder_scan *scan,
			 const struct tm_u64set *only);

/*
 * tm_holder_scan_join_rings() - looks for what is registered with an io_uring
 * and held by no fd, for which /proc has to be read where BPF was
 *
 * Nothing is read where each inode has a holder; of several looks, not in each.
 *
 * Return: 0, -ENOMEM, -EMFILE or -ENFILE.
 */
int tm_holder_scan_join_rings(struct tm_holder_scan *scan,
			      struct tm_holders *holders);
void tm_holder_scan_free(struct tm_holder_scan *scan);

/* --- holders.c: whose socket it is --- */

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
 * Return: 0; -EAGAIN if no thread can be started; -EMFILE; -ENFILE; -ENOMEM.
 */
int tm_recheck(const struct tm_plan *plan, const struct tm_ns_list *list,
	       const struct tm_owners *owners, struct tm_socket_set *set);

/* --- metadata.c: programs and cgroups --- */

/*
 * tm_metadata_read() - programs and cgroups of the processes, and paths of the
 * cgroups of sockets, and of those that were added up
 *
 * What cannot be read stays unknown. Return: 0, -EMFILE, -ENFILE or -ENOMEM.
 */
int tm_metadata_read(const struct tcpmem_ctx *ctx,
		     struct tcpmem_snapshot *snap);

/*
 * tm_metadata_read_process() - adds the program, cgroup, arguments ... of one
 * @unread: becomes true if its program or cgroup could not be read
 *
 * Return: 0, also if it has ended; -EMFILE, -ENFILE or -ENOMEM.
 */
int tm_metadata_read_process(const struct tcpmem_ctx *ctx,
			     const struct tcpmem_process *process,
			     struct tm_metadata *metadata,
			     struct tm_process_metadata *place, bool *unread);

/*
 * tm_metadata_read_names() - the names of the container and pod that @path,
 * number of a text, is the cgroup of
 * @pid: of a process that lives there
 *
 * Return: 0, -EMFILE, -ENFILE or -ENOMEM.
 */
int tm_metadata_read_names(const struct tcpmem_ctx *ctx,
			   struct tm_metadata *metadata, uint32_t path,
			   uint32_t pid);

/*
 * tm_charges_read() - the kernel's count of each cgroup in @metadata, and of
 * those above it, whose paths it adds
 *
 * What cannot be read stays unknown. Return: 0 or -ENOMEM.
 */
int tm_charges_read(const struct tcpmem_ctx *ctx, struct tm_metadata *metadata,
		    struct tm_charges *charges, struct tm_warnings *warnings);

/* ---- sockets that end between two looks ---- */

struct tm_events;

/*
 * tm_events_new() - hears nothing yet
 *
 * Return: 0 or -ENOMEM.
 */
int tm_events_new(const struct tm_plan *plan, struct tm_events **events);
void tm_events_free(struct tm_events *events);

/*
 * tm_events_follow() - listens in the namespaces of @list, and no longer in
 * others: a socket keeps its namespace alive
 * @list: receives their names
 *
 * Return: 0; -EAGAIN if no thread can be started; -EMFILE; -ENFILE; -ENOMEM.
 */
int tm_events_follow(struct tm_events *events, const struct tm_plan *plan,
		     struct tm_ns_list *list);

/* tm_events_are_stale() - whether new namespaces are to be looked for */
bool tm_events_are_stale(const struct tm_events *events);

/*
 * tm_events_wait() - hands on what has ended, see tcpmem_sampler_wait()
 * @cache: what names who closed it, or was last seen with it
 *
 * Return: 0; -errno of poll(2) or recvmsg(2); -ENOMEM; what @ops->socket
 * returned.
 */
int tm_events_wait(struct tm_events *events, const struct tm_plan *plan,
		   const struct tm_cache *cache, int timeout_ms,
		   const struct tcpmem_dump_ops *ops, void *user,
		   struct tcpmem_events *counts);

/* ---- past owners: learned from each look, and whether they live ---- */

/*
 * tm_past_open() - hooks who closes what, if past owners are needed, there will
 * be later looks and BPF may be used; why not is in @cache
 */
void tm_past_open(const struct tm_plan *plan, struct tm_cache *cache);

/*
 * tm_past_serve() - tells other commands what the hooks of @cache saw
 *
 * Return: 0; why there are none; as tm_owners_serve().
 */
int tm_past_serve(struct tm_cache *cache);

/*
 * tm_past_learn() - remembers who holds what, if past owners are needed
 * @snap: all sockets, with their holders
 *
 * Return: 0 or -ENOMEM.
 */
int tm_past_learn(const struct tm_plan *plan, struct tm_cache *cache,
		  const struct tm_owners *owners,
		  const struct tcpmem_snapshot *snap);

/*
 * tm_past_name() - names the past owners of the sockets in @snap, if they are
 * needed; a warning says how many are not known
 *
 * Return: 0 or -ENOMEM.
 */
int tm_past_name(const struct tm_plan *plan, struct tm_cache *cache,
		 const struct tm_listeners *listeners,
		 struct tcpmem_snapshot *snap);

/*
 * tm_past_ended() - names who closed and who made the one socket of @snap, its
 * cgroup and its age, as far as they are needed and known
 *
 * Return: 0; -EMFILE; -ENFILE; -ENOMEM.
 */
int tm_past_ended(const struct tm_plan *plan, const struct tm_cache *cache,
		  struct tcpmem_snapshot *snap);

#endif
