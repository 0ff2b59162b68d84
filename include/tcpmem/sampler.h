/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sampler.h - snapshots one after the other, dumps, sockets that end */
#ifndef TCPMEM_SAMPLER_H
#define TCPMEM_SAMPLER_H

#include "snapshot.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tcpmem_sampler;

/**
 * tcpmem_sampler_new() - takes snapshots one after the other
 * @ctx, @query: used by each; they outlive the sampler
 *
 * They say the same as tcpmem_snapshot_take(), and cost less: the sizes of
 * objects are read once, a program that asks for holders stays loaded, and
 * where holders come from /proc, a process is read again only if it is new, has
 * another number of fds open, or holds a socket that others hold, too; or if
 * there is a socket that was not there before. All processes are read every
 * 30 s: until then, a process that closed a file and was passed a known socket
 * for it, or took another name or user, is shown as it was.
 *
 * Network namespaces that processes enter or leave are noticed at once, and so
 * are the caller's mounts, and sockets that the kernel counts and none of the
 * namespaces has. What none of these tells of is found every 30 s: a namespace
 * without a socket that only a thread is in, or that is mounted elsewhere; and
 * the name of one whose process was moved to another cgroup.
 *
 * Files of namespaces are kept open, with half of the fds that the process may
 * have at most: a namespace that was mounted elsewhere lives up to 30 s longer.
 *
 * Free it with tcpmem_sampler_free().
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_sampler_new(struct tcpmem_ctx *ctx,
				  const struct tcpmem_query *query,
				  struct tcpmem_sampler **sampler);

/**
 * tcpmem_sampler_next() - the snapshot of now
 *
 * It is the caller's to free, and lives on without the sampler.
 *
 * Return: as tcpmem_snapshot_take(); the sampler can be asked again.
 * @since 0.1
 */
TCPMEM_API int tcpmem_sampler_next(struct tcpmem_sampler *sampler,
				   struct tcpmem_snapshot **snapshot);

/**
 * tcpmem_sampler_save_fd() - the capture of now, to an open file or pipe
 *
 * @snapshot receives all but the sockets, which tcpmem_snapshot_load_fd() has.
 *
 * Return: as tcpmem_snapshot_save_fd(); the sampler can be asked again.
 * @since 0.1
 */
TCPMEM_API int tcpmem_sampler_save_fd(struct tcpmem_sampler *sampler, int fd,
				      struct tcpmem_snapshot **snapshot);

/**
 * struct tcpmem_dump_ops - where tcpmem_dump() sends what it reads
 * @size: sizeof(struct tcpmem_dump_ops)
 * @socket: called for each socket. @sock lives until it returns; @snapshot
 *	answers everything but sockets and lives as long as the dump. Returns 0
 *	to go on; anything else ends the dump and is returned by it.
 * @restart: called when the kernel broke a dump off and it begins anew:
 *	forget what came before. If NULL, a dump is not begun anew once a
 *	socket was delivered, and a warning says so.
 */
struct tcpmem_dump_ops {
	size_t size;
	int (*socket)(const struct tcpmem_snapshot *snapshot,
		      const struct tcpmem_socket *sock, void *user);
	void (*restart)(void *user);
};

/**
 * tcpmem_dump() - asks the kernel and hands each socket on, keeping none
 *
 * Memory does not grow with the sockets; with holders asked for, it grows
 * with the socket fds of the host. Two times sockets are kept, in 128 bytes
 * each, until all are known: with a filter that asks where they live; and on
 * a host where many namespaces have sockets, for a dump of each passes those
 * of all, so that the kernel's iterator is asked instead if
 * tcpmem_query_set_holder_source() allows it. @snapshot receives all but the
 * sockets.
 *
 * Return: as tcpmem_snapshot_take(); -EINVAL if @ops->size is too small or
 * there is no @ops->socket; or what that returned.
 * @since 0.1
 */
TCPMEM_API int tcpmem_dump(struct tcpmem_ctx *ctx,
			   const struct tcpmem_query *query,
			   const struct tcpmem_dump_ops *ops, void *user,
			   struct tcpmem_snapshot **snapshot);

/**
 * struct tcpmem_events - sockets that ended, counted since the first call
 * @size: sizeof(struct tcpmem_events), set by the caller
 * @ended: those that the kernel told of, in all namespaces that are heard
 * @lost: more, which it had no room to tell of; exact
 * @malformed: messages that make no sense
 * @undecided: of @ended, sockets that may match the query's filter: too little
 *	is known of them, and they are left out
 * @namespaces: that there are, or began meanwhile and are gone; @deaf: of them,
 *	those that are not heard, and those that began meanwhile, of which not
 *	all may have been heard; in both, one for all that could not be looked
 *	for
 * @hooks_error: 0, or -errno of what would tell who closes a socket
 */
struct tcpmem_events {
	size_t size;
	uint64_t ended;
	uint64_t lost;
	uint64_t malformed;
	uint64_t undecided;
	size_t namespaces;
	size_t deaf;
	int hooks_error;
};

/**
 * tcpmem_sampler_wait() - hands on sockets that end
 * @timeout_ms: how long to wait if none has ended yet; -1: until one does
 * @ops: as for tcpmem_dump(); @restart is not called
 * @counts: receives the counts so far
 *
 * The kernel tells of each TCP socket when it is freed: a connection that
 * leaves a TIME_WAIT behind, one that failed, a socket that was never
 * connected; not of an MPTCP one, but of its subflows. The first call begins to
 * listen, in the namespaces that are asked for and may be entered; each
 * tcpmem_sampler_next(), and once a second a later call, adds those that are
 * new by then. A socket is %TCPMEM_STATE_CLOSED and has addresses, cookie and
 * tcp_info; nothing of its memory or its holder; of its past owner, with
 * %TCPMEM_NEED_PAST, what hooks or else the samples so far tell. A signal ends
 * the wait.
 *
 * Return: 0; -EINVAL if @ops->size or @counts->size is too small; what
 * @ops->socket returned; -EMFILE; -ENOMEM; as tcpmem_query_add_netns() says of
 * a namespace that was asked for.
 * @since 0.1
 */
TCPMEM_API int tcpmem_sampler_wait(struct tcpmem_sampler *sampler,
				   int timeout_ms,
				   const struct tcpmem_dump_ops *ops,
				   void *user, struct tcpmem_events *counts);

/**
 * tcpmem_sampler_serve() - tells other commands who closes which socket
 *
 * Of a sampler whose query needs %TCPMEM_NEED_PAST. From now on, until it is
 * freed, a thread answers root, and the caller's user, at a socket in
 * /run/tcpmem-owners: whoever takes a snapshot with %TCPMEM_NEED_PAST asks
 * there. It takes no samples.
 *
 * Return: 0; -EADDRINUSE if another process does; -EPERM, -ENOENT,
 * -EOPNOTSUPP or another -errno if there can be no hooks, see struct
 * tcpmem_events; -EPERM too if others may write to that directory, -EACCES,
 * -EROFS if it cannot be made; -EINVAL if past owners are not needed.
 * @since 0.1
 */
TCPMEM_API int tcpmem_sampler_serve(struct tcpmem_sampler *sampler);

/** tcpmem_sampler_free() - frees it; NULL is fine @since 0.1 */
TCPMEM_API void tcpmem_sampler_free(struct tcpmem_sampler *sampler);

#ifdef __cplusplus
}
#endif

#endif
