/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* internal.h - what /proc says of processes and their file descriptors */
#ifndef TM_PROC_INTERNAL_H
#define TM_PROC_INTERNAL_H

#include "base/ctx.h"
#include "base/hash.h"
#include "base/util.h"
#include "model/accounting.h"
#include "model/holders.h"
#include "model/snapshot.h"
#include "model/socket.h"

#include <linux/capability.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- /proc/PID/stat ---- */

struct tm_proc_stat {
	char comm[16];	     /* cut to TASK_COMM_LEN; raw bytes */
	bool kernel;	     /* a kernel thread */
	bool exiting;	     /* or ended, a zombie */
	bool leaderless;     /* so it is for its first thread alone */
	uint32_t parent;     /* pid; 0 if it has none here */
	uint64_t start_time; /* clock ticks since boot */
	int64_t rss;	     /* pages; TCPMEM_UNKNOWN if it is not told */
};

/*
 * tm_proc_stat_parse() - decodes the text of a stat file
 * @text: NUL-terminated
 *
 * Return: 0, or -EBADMSG if it is not one.
 */
int tm_proc_stat_parse(const char *text, struct tm_proc_stat *stat);

/*
 * tm_proc_stat_read() - reads a stat file
 * @dir: the directory that @path begins in
 *
 * Return: 0, -EBADMSG, or -errno of opening and reading.
 */
int tm_proc_stat_read(int dir, const char *path, struct tm_proc_stat *stat);

/* tm_proc_stat_read_pid() - that of a process; -ENOENT if there is none */
int tm_proc_stat_read_pid(const struct tcpmem_ctx *ctx, uint32_t pid,
			  struct tm_proc_stat *stat);

/*
 * tm_proc_leader() - the process that a thread is of: its directory is there,
 * too, though no list has it. @pid itself where that is not told.
 */
uint32_t tm_proc_leader(const struct tcpmem_ctx *ctx, uint32_t pid);

/* ---- what the caller may do ---- */

/* tm_rights_have() - whether capability @cap is effective */
bool tm_rights_have(const struct tcpmem_ctx *ctx, int cap);

#define TM_RIGHTS_SIZE	 160
#define TM_CAP_MASK(cap) (UINT64_C(1) << (cap))

/*
 * tm_rights_advise() - how to be allowed what was refused
 * @caps: bits 1 << CAP_SYS_ADMIN and the like, all of which it takes
 *
 * Names the capabilities that are missing, or what else refuses it: the user
 * namespace, a security module.
 */
const char *tm_rights_advise(const struct tcpmem_ctx *ctx, uint64_t caps,
			     char text[TM_RIGHTS_SIZE]);

/* ---- whether /proc shows every process ---- */

/*
 * struct tm_proc_view - which processes are missing from /proc
 * @hidden: other users' processes: it is mounted with hidepid; or any, if it
 *	is @empty or @foreign
 * @empty: it shows no process: it is not mounted
 * @foreign: it is of a PID namespace that the caller is not in
 * @nested: those outside of one PID namespace, such as a container's
 */
struct tm_proc_view {
	bool hidden;
	bool empty;
	bool foreign;
	bool nested;
};

/* It is mounted with hidepid; else it is of no use at all. */
static inline bool tm_proc_view_hides_others(const struct tm_proc_view *view)
{
	return view->hidden && !view->empty && !view->foreign;
}

/*
 * tm_proc_self() - the pid that the caller has in this /proc, which is not
 * getpid() where it is of an outer PID namespace; 0 and errno if it has none
 */
uint32_t tm_proc_self(int proc);

/*
 * tm_proc_has_own_pids() - whether pids in @proc are those of system calls: in
 * the /proc of another PID namespace they mean others to kcmp(2)
 */
bool tm_proc_has_own_pids(int proc);

/*
 * tm_proc_view_read() - never fails; what cannot be read hides nothing
 * @proc: an fd of the directory that is read as /proc
 */
void tm_proc_view_read(const struct tcpmem_ctx *ctx, int proc,
		       struct tm_proc_view *view);

/* tm_proc_view_get() - that of the context's /proc */
struct tm_proc_view tm_proc_view_get(const struct tcpmem_ctx *ctx);

/* tm_proc_lacks_self() - why the caller is not found there: "is empty" ... */
const char *tm_proc_lacks_self(const struct tm_proc_view *view);

/* ---- which processes descend from one ---- */

/*
 * struct tm_descendants - the descendants of a process, as far as anyone asked
 * @ours, @others: processes of which it is known, by pid and start time
 *
 * Who descended from it once does for good, whoever adopts him later; who does
 * not never will, so nobody is looked up twice.
 */
struct tm_descendants {
	uint32_t ancestor;
	struct tm_u64set ours;
	struct tm_u64set others;
};

/* tm_descendants_init() - those of @ancestor, itself left out. 0 or -ENOMEM. */
int tm_descendants_init(struct tm_descendants *descendants, uint32_t ancestor);
void tm_descendants_deinit(struct tm_descendants *descendants);

/*
 * tm_descendants_has() - whether a process is one of them
 *
 * Reads /proc/PID/stat of the process and of its ancestors that were not asked
 * for before.
 *
 * Return: 1 or 0, 0 also for who ended before anyone asked; -errno of opening
 * /proc; -ENOMEM.
 */
int tm_descendants_has(struct tm_descendants *descendants,
		       const struct tcpmem_ctx *ctx, uint32_t pid,
		       uint64_t start_time);

/* ---- what /proc/PID says of a process's memory and files ---- */

/*
 * tm_proc_count_fds() - how many files process @pid has open
 * @process: its directory in /proc
 * @fds: of its fullest fd table: the limit is that of each table
 * @sockets: of them, sockets of any kind; TCPMEM_UNKNOWN where what an fd of
 *	any of its tables is cannot be read; NULL: not wanted
 *
 * Return: 0; -errno of a table that cannot be read; -ENOMEM.
 */
int tm_proc_count_fds(int process, uint32_t pid, int64_t *fds,
		      int64_t *sockets);

/*
 * tm_proc_memory_read() - reads status, smaps_rollup, statm, limits and fd
 *
 * Never fails: what cannot be read or makes no sense is unknown.
 */
void tm_proc_memory_read(const struct tcpmem_ctx *ctx, uint32_t pid,
			 struct tm_process_counters *counters);

/*
 * tm_proc_find() - the processes called @name, by pid
 *
 * Return: 0 and an array to free; -ENOENT if there is none; -errno of reading
 * /proc; -ENOMEM.
 */
int tm_proc_find(const struct tcpmem_ctx *ctx, const char *name,
		 uint32_t **pids, size_t *count);

/* ---- the processes in /proc, handed out to threads that read them ---- */

/*
 * struct tm_scan_state - what one scan of /proc tells the next
 * @finished: all sockets that matter are open by now: a process that is read
 *	from now on need not be read again, unless @repeats
 * @cancelled: nobody wants the result any more
 * @rings: sockets that are registered with an io_uring are wanted alone
 * @late: pids of the processes that were read since
 */
struct tm_scan_state {
	pthread_mutex_t lock;
	bool finished;
	bool cancelled;
	bool repeats;
	bool rings;
	struct tm_u64set late;
};

/* tm_scan_state_init() - nothing was read. Return: 0 or -ENOMEM. */
int tm_scan_state_init(struct tm_scan_state *round);
void tm_scan_state_deinit(struct tm_scan_state *round);

/*
 * tm_scan_state_mark_dumped(), tm_scan_state_cancel() - from any thread, at any
 * time
 */
void tm_scan_state_mark_dumped(struct tm_scan_state *round);
void tm_scan_state_cancel(struct tm_scan_state *round);

/* struct tm_pids - @proc is an fd of the directory, for openat() */
struct tm_pids {
	int proc;
	uint32_t *pid;
	size_t count;
	size_t capacity;
	size_t next;
	struct tm_scan_state *round;
};

/*
 * tm_pids_open() - lists the processes, but for those that @round has read
 * late; NULL leaves out none
 *
 * Return: 0, -ENOMEM, or -errno of reading @root.
 */
int tm_pids_open(struct tm_pids *pids, const char *root,
		 struct tm_scan_state *round);
void tm_pids_close(struct tm_pids *pids);

/* tm_pids_next() - the next process, from any thread; 0 if there is none */
uint32_t tm_pids_next(struct tm_pids *pids);

/*
 * which threads of a process have an fd table of their own
 *
 * Threads share one table unless a thread unshared it. kcmp(2) orders the
 * tables of two threads, so that each table is read once however many threads
 * have it.
 */

/* One thread for each table that was met, in kcmp's order. */
struct tm_fd_tables {
	uint32_t *tid;
	size_t count, capacity;
};

/*
 * tm_fd_tables_meet() - notes the table of thread @tid
 *
 * Where kcmp fails, as it may under seccomp or when the thread ends, its
 * table counts as new: it is better read twice than missed.
 *
 * Return: 1 if the table is new, 0 if a thread met before has it, or -ENOMEM.
 */
int tm_fd_tables_meet(struct tm_fd_tables *tables, uint32_t tid);

/* tm_proc_is_single() - whether the directory @task has one thread alone */
bool tm_proc_is_single(int dir, const char *task);

/* tm_fd_tables_clear() - forgets them for the next process */
void tm_fd_tables_clear(struct tm_fd_tables *tables);
void tm_fd_tables_deinit(struct tm_fd_tables *tables);

/* ---- who holds which socket, from /proc/PID/fd ---- */

/* A warning names so many processes; the others are counted. */
#define TM_DENIED_NAMED 3

/*
 * struct tm_proc_scan - how a scan went
 * @processes: processes that were read
 * @denied: processes whose fds may not be read; they make a warning
 * @denied_pid: some of them
 * @view: processes that /proc does not show; those that are hidden make a
 *	warning. Those outside of one PID namespace make none, for most such
 *	namespaces hold all their sockets themselves: it is one if a socket's
 *	holder was not found
 */
struct tm_proc_scan {
	size_t processes;
	size_t denied;
	uint32_t denied_pid[TM_DENIED_NAMED];
	struct tm_proc_view view;
};

/* tm_proc_scan_is_whole() - an inode without a holder is surely in flight */
static inline bool tm_proc_scan_is_whole(const struct tm_proc_scan *scan)
{
	return !scan->denied && !scan->view.hidden && !scan->view.nested;
}

/*
 * struct tm_fd_known - a process whose fds were read
 * @inode: of its fd directory: the next process with that pid has another
 * @fds: how many; it had to be told by the kernel
 * @kept: it had not changed and was not read
 */
struct tm_fd_known {
	uint64_t inode;
	int64_t fds;
	uint32_t pid;
	bool kept;
};

/* More than that long after a scan of all processes, all are read again. */
#define TM_FD_CACHE_NS (INT64_C(30) * 1000 * 1000 * 1000)

/*
 * struct tm_fd_cache - what a scan of all fds leaves to the next one
 *
 * A process with as many fds as before is taken for unchanged. One that closed
 * an fd and opened another is not noticed: whoever sees an inode that is not
 * in @inodes has to have all processes read.
 *
 * @refs: all that the last scan found
 * @known: processes that need not be read again, by pid
 * @inodes: that the last caller looked for
 * @read_ns: when all were read, since boot; 0: they are to be read
 * @partial: the last scan left out processes
 */
struct tm_fd_cache {
	struct tm_fd_refs refs;
	struct tm_fd_known *known;
	size_t count, capacity;
	struct tm_u64set inodes;
	int64_t read_ns;
	bool partial;
};

/* tm_fd_cache_new() - an empty one. Return: 0 or -ENOMEM. */
int tm_fd_cache_new(struct tm_fd_cache **cache);
void tm_fd_cache_free(struct tm_fd_cache *cache);

/* tm_fd_cache_expire() - the next scan reads every process; NULL is fine */
void tm_fd_cache_expire(struct tm_fd_cache *cache);

/* tm_fd_cache_begin() - whether the scan that begins may leave processes out */
bool tm_fd_cache_begin(struct tm_fd_cache *cache);

/* tm_fd_cache_has() - whether it knows @process, just as it is */
bool tm_fd_cache_has(const struct tm_fd_cache *cache,
		     const struct tm_fd_known *process);

/*
 * tm_fd_cache_update() - puts a scan in
 * @fd_refs: those of processes that were read; receives those of kept ones
 * @known: processes that were kept, or read and need not be again; it is sorted
 *
 * Return: 0; -ENOMEM, and the cache is expired.
 */
int tm_fd_cache_update(struct tm_fd_cache *cache, struct tm_fd_refs *fd_refs,
		       struct tm_fd_known *known, size_t count);

/*
 * tm_fd_refs_proc_scan() - notes who has which socket, of whatever kind, open
 * @round: what was asked before and what may be left out, see pids.h; or NULL
 * @cache: what it knows is not read again; NULL: every process is read
 * @fd_refs: receives them
 *
 * Time is linear in the number of fds, over as many threads as there are CPUs.
 * Threads with an fd table of their own are read too and count as their
 * process. A process that vanishes meanwhile is no error.
 *
 * Return: 0, -ENOMEM, -EMFILE or -ENFILE, or -errno if /proc itself cannot be
 * read. What a cancelled round brings is not whole.
 */
int tm_fd_refs_proc_scan(const struct tcpmem_ctx *ctx,
			 struct tm_scan_state *round, struct tm_fd_cache *cache,
			 struct tm_fd_refs *fd_refs, struct tm_proc_scan *scan);

/*
 * tm_proc_scan_explain() - adds warnings for processes that may not be read
 * or are hidden
 *
 * Return: 0 or -ENOMEM.
 */
int tm_proc_scan_explain(const struct tcpmem_ctx *ctx,
			 const struct tm_proc_scan *scan,
			 struct tm_warnings *warnings);

/*
 * struct tm_fd_visitor - who looks at every fd of the host
 * @socket: thread @tid of process @pid has @fd, a socket of whatever kind. Not
 *	called where pids in /proc are not those of system calls.
 * @netns: a network namespace is held open; @path, below the root of /proc,
 *	leads to it
 *
 * Each returns 0; -EMFILE, -ENFILE or -ENOMEM end the visit.
 */
struct tm_fd_visitor {
	int (*socket)(uint32_t pid, uint32_t tid, int fd, uint32_t inode,
		      void *user);
	int (*netns)(uint64_t inode, const char *path, void *user);
	void *user;
};

/*
 * tm_fds_proc_visit() - shows every fd that may be read to @visitor
 *
 * Return: as tm_fd_refs_proc_scan(), or what @visitor returned.
 */
int tm_fds_proc_visit(const struct tcpmem_ctx *ctx,
		      const struct tm_fd_visitor *visitor,
		      struct tm_proc_scan *scan);

/*
 * sockets that no dump shows, through copies of their owners' fds
 *
 * A TCP socket that was reset with unread data, or never bound, is in none of
 * the kernel's tables; its fd still leads to it. So does the fd of a socket
 * in a namespace that neither process nor mount shows.
 */

/*
 * struct tm_dark - what an fd turned out to be
 * @sock: complete but for holder, kind, netns and object; its state is
 *	closed, bound-inactive, or any other of a socket that a dump shows
 * @netns: inode of its namespace; 0 if that may not be asked
 * @netns_fd: the namespace itself; -1 if it may not be asked. The caller
 *	closes it.
 */
struct tm_dark {
	struct tcpmem_socket sock;
	uint64_t netns;
	int netns_fd;
};

/*
 * tm_dark_attach() - a handle on a task's fd table
 * @tid: the leader's pid, or a thread with a table of its own
 *
 * Return: an fd to close; -ESRCH if it is gone; -ENOSYS before Linux 5.3;
 * -EINVAL for a thread before Linux 6.9; other -errno of pidfd_open(2).
 */
int tm_dark_attach(uint32_t pid, uint32_t tid);

/*
 * tm_dark_probe() - looks at one fd of the task
 * @inode: what the fd is expected to be
 *
 * Holds a copy of the fd for some microseconds: should its owner close it
 * just then, the kernel ends the socket that much later.
 *
 * Return: 0; -ENOTSOCK if it is not, or no longer, that socket;
 * -EPROTONOSUPPORT if it is no TCP socket; -EPERM if the caller may not;
 * other -errno of pidfd_getfd(2).
 */
int tm_dark_probe(int task, int fd, uint32_t inode, struct tm_dark *dark);

/* tm_holds_tcp() - whether a process has a TCP socket open, or may have one */
bool tm_holds_tcp(const struct tcpmem_ctx *ctx, uint32_t pid);

#endif
