/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot.h - sockets, who holds them, and how to come by them */
#ifndef TCPMEM_SNAPSHOT_H
#define TCPMEM_SNAPSHOT_H

#include "column.h"
#include "context.h"
#include "host.h"
#include "info.h"
#include "query.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tcpmem_sampler;

/*
 * ---- socket: one record; lives as long as its snapshot ----
 */

/** tcpmem_socket_get_state() - its state @since 0.1 */
TCPMEM_API enum tcpmem_state
tcpmem_socket_get_state(const struct tcpmem_socket *sock);

/** tcpmem_socket_get_family() - its address family @since 0.1 */
TCPMEM_API enum tcpmem_family
tcpmem_socket_get_family(const struct tcpmem_socket *sock);

/** tcpmem_socket_get_protocol() - TCP, MPTCP or a subflow @since 0.1 */
TCPMEM_API enum tcpmem_protocol
tcpmem_socket_get_protocol(const struct tcpmem_socket *sock);

/**
 * tcpmem_socket_get_kind() - why it has the holder it has, or none
 * @since 0.1
 */
TCPMEM_API enum tcpmem_kind
tcpmem_socket_get_kind(const struct tcpmem_socket *sock);

/**
 * tcpmem_socket_get_cookie() - the kernel's identity of the connection; or 0
 *
 * Unique while the host is up, but for MPTCP: connections accepted from one
 * MPTCP listener may have its cookie. Inherited from request to child to
 * TIME_WAIT.
 * @since 0.1
 */
TCPMEM_API uint64_t tcpmem_socket_get_cookie(const struct tcpmem_socket *sock);

/**
 * enum tcpmem_socket_field - what identifies a socket
 * @TCPMEM_SOCKET_FIELD_STATE: an enum tcpmem_state, as FAMILY, PROTOCOL and
 *	KIND are of theirs
 * @TCPMEM_SOCKET_FIELD_NETNS: index of its namespace in the snapshot
 * @TCPMEM_SOCKET_FIELD_COOKIE: the 64 bits of an unsigned number, see
 *	tcpmem_socket_get_cookie(); not known of sockets from /proc/net/tcp
 * @TCPMEM_SOCKET_FIELD_INODE: in sockfs; 0 if no file refers to it
 * @TCPMEM_SOCKET_FIELD_UID: its user, as the kernel says, which forgets that of
 *	mini-sockets
 * @TCPMEM_SOCKET_FIELD_CGROUP_ID: 64 bits: the v2 cgroup it was created in;
 *	not known if the kernel did not report one
 * @TCPMEM_SOCKET_FIELD_IFINDEX: the interface it is bound to; 0 if none
 * @TCPMEM_SOCKET_FIELD_LOCAL_PORT: host byte order, as REMOTE_PORT
 * @TCPMEM_SOCKET_FIELD_RECV_Q: as ss prints it: payload bytes, not memory; of
 *	a listening socket, connections waiting
 * @TCPMEM_SOCKET_FIELD_SEND_Q: likewise; of a listening socket, the backlog's
 *	limit, which is not known of sockets from /proc/net/tcp
 * @since 0.1
 */
enum tcpmem_socket_field {
	TCPMEM_SOCKET_FIELD_STATE = 0,
	TCPMEM_SOCKET_FIELD_FAMILY = 1,
	TCPMEM_SOCKET_FIELD_PROTOCOL = 2,
	TCPMEM_SOCKET_FIELD_KIND = 3,
	TCPMEM_SOCKET_FIELD_NETNS = 4,
	TCPMEM_SOCKET_FIELD_COOKIE = 5,
	TCPMEM_SOCKET_FIELD_INODE = 6,
	TCPMEM_SOCKET_FIELD_UID = 7,
	TCPMEM_SOCKET_FIELD_CGROUP_ID = 8,
	TCPMEM_SOCKET_FIELD_IFINDEX = 9,
	TCPMEM_SOCKET_FIELD_LOCAL_PORT = 10,
	TCPMEM_SOCKET_FIELD_REMOTE_PORT = 11,
	TCPMEM_SOCKET_FIELD_RECV_Q = 12,
	TCPMEM_SOCKET_FIELD_SEND_Q = 13,
};
enum { TCPMEM_SOCKET_FIELD_COUNT = 14 };

/**
 * tcpmem_socket_get_field() - one field, as a number
 *
 * Return: 0, or -ENODATA if it is not known or @field is none.
 * @since 0.1
 */
TCPMEM_API int tcpmem_socket_get_field(const struct tcpmem_socket *sock,
				       enum tcpmem_socket_field field,
				       int64_t *value);

/**
 * tcpmem_socket_get_addresses() - its ends, network byte order
 * @local: receives the local address, unless it is NULL
 * @remote: likewise
 *
 * IPv4 uses the first 4 bytes, the others are 0.
 * @since 0.1
 */
TCPMEM_API void tcpmem_socket_get_addresses(const struct tcpmem_socket *sock,
					    uint8_t local[16],
					    uint8_t remote[16]);

/**
 * tcpmem_socket_get_metric() - one of its figures
 *
 * SOCKETS is 1, or 0 for a subflow. REACH and REACH_SOCKETS are HELD and
 * SOCKETS.
 *
 * Return: 0, or -ENODATA if the kernel did not report it.
 * @since 0.1
 */
TCPMEM_API int tcpmem_socket_get_metric(const struct tcpmem_socket *sock,
					enum tcpmem_metric number,
					int64_t *value);

/**
 * tcpmem_socket_get_info() - what the kernel tells of the connection
 * @snapshot: that of @sock; of tcpmem_dump(), the one it was handed on with
 *
 * In the unit that tcpmem_info_describe() tells; equal to the field of
 * getsockopt(2) with TCP_INFO, when that was read at the same moment.
 *
 * Of an msk its bytes, and since when, are known.
 *
 * Return: 0, or -ENODATA if it was not required (%TCPMEM_NEED_INFO); the
 * kernel is too old to have the field; the socket listens or is a mini-socket,
 * or dark; or it is not measured yet, or without a limit.
 * @since 0.1
 */
TCPMEM_API int tcpmem_socket_get_info(const struct tcpmem_snapshot *snapshot,
				      const struct tcpmem_socket *sock,
				      enum tcpmem_info which, int64_t *value);

/**
 * tcpmem_socket_get_congestion() - the name of its congestion control, "cubic"
 * @snapshot: that of @sock, as for tcpmem_socket_get_info()
 *
 * Raw bytes, as the kernel's module calls itself (INET_DIAG_CONG).
 *
 * Return: the name, which lives as long as the snapshot, or NULL if
 * %TCPMEM_NEED_INFO was not required, or the socket is a mini-socket, an msk
 * or dark.
 * @since 0.1
 */
TCPMEM_API const char *
tcpmem_socket_get_congestion(const struct tcpmem_snapshot *snapshot,
			     const struct tcpmem_socket *sock);

/**
 * tcpmem_socket_get_interface() - the interface that @sock is bound to
 * @snapshot: that of @sock
 *
 * One with a link-local address is bound to one, and only that tells which
 * host the address belongs to.
 *
 * Return: its name, raw bytes; its number if it is gone; NULL if there is none,
 * or it is not known: tcpmem_dump() looks up none.
 * @since 0.1
 */
TCPMEM_API const char *
tcpmem_socket_get_interface(const struct tcpmem_snapshot *snapshot,
			    const struct tcpmem_socket *sock);

/**
 * enum tcpmem_peer_status - whether the other end is known
 * @TCPMEM_PEER_UNKNOWN: it was not asked for (%TCPMEM_NEED_PEERS); several
 *	sockets have its addresses and ports, in namespaces that do; or it may
 *be in what was not seen
 * @TCPMEM_PEER_NONE: the socket is not connected
 * @TCPMEM_PEER_SOCKET: it is a socket of this host
 * @TCPMEM_PEER_ABSENT: no socket of this host: it is on another one, behind
 *	address translation, or gone
 * @since 0.1
 */
enum tcpmem_peer_status {
	TCPMEM_PEER_UNKNOWN = 0,
	TCPMEM_PEER_NONE = 1,
	TCPMEM_PEER_SOCKET = 2,
	TCPMEM_PEER_ABSENT = 3,
};

/**
 * struct tcpmem_peer - the other end of a socket's connection
 * @size: sizeof(struct tcpmem_peer), set by the caller
 * @kind: why it has the holder it has, or none; valid, as what follows, if
 *	@status is %TCPMEM_PEER_SOCKET
 * @netns: index of its namespace in the snapshot
 * @socket: NULL if the query did not select it
 * @process: who holds it, of several the one with the lowest pid; NULL: nobody
 * @process_count: how many hold it
 */
struct tcpmem_peer {
	size_t size;
	enum tcpmem_peer_status status;
	enum tcpmem_kind kind;
	size_t netns;
	const struct tcpmem_socket *socket;
	const struct tcpmem_process *process;
	size_t process_count;
};

/**
 * tcpmem_socket_get_peer() - the other end of its connection
 * @snapshot: that of @sock; of tcpmem_dump(), the one it was handed on with
 *
 * Matched by addresses and ports: loopback addresses within their namespace,
 * others over all namespaces that were seen. It is never guessed.
 *
 * Return: 0, or -EINVAL if @peer->size is too small.
 * @since 0.1
 */
TCPMEM_API int tcpmem_socket_get_peer(const struct tcpmem_snapshot *snapshot,
				      const struct tcpmem_socket *sock,
				      struct tcpmem_peer *peer);

/**
 * struct tcpmem_past - who held a socket that nobody holds any more
 * @size: sizeof(struct tcpmem_past), set by the caller
 * @process: as it was called when it was last seen; NULL: not known
 * @creator: who made it, or its listener; NULL: not known. Of
 *	tcpmem_sampler_wait() alone, as are @cgroup and @age_us
 * @source: what tells @process, the surest first: "exact", it closed the last
 *	fd; "event", it made the socket, or its listener, and a kernel thread
 *	closed it; "memory", an earlier look saw it hold the socket, alone;
 *	"listener", it alone listens where the connection was accepted, and did
 *	before; static storage
 * @cgroup: path of the cgroup (v2) of who closed it, or made it; NULL: not
 *	known
 * @age_us: from socket(2), or the end of the handshake of one that was
 *	accepted, until it was closed; %TCPMEM_UNKNOWN if it is not known
 * @gone: the process has ended; not looked up for tcpmem_sampler_wait()
 */
struct tcpmem_past {
	size_t size;
	const struct tcpmem_process *process;
	const struct tcpmem_process *creator;
	const char *source;
	const char *cgroup;
	int64_t age_us;
	bool gone;
};

/**
 * tcpmem_socket_get_past() - the past owner of an orphan or a mini-socket
 * @snapshot: that of @sock; of tcpmem_dump(), the one it was handed on with
 *
 * Return: 0; -ENODATA if nothing is known, it has an owner now, or it was not
 * asked for (%TCPMEM_NEED_PAST); -EINVAL if @past->size is too small.
 * @since 0.1
 */
TCPMEM_API int tcpmem_socket_get_past(const struct tcpmem_snapshot *snapshot,
				      const struct tcpmem_socket *sock,
				      struct tcpmem_past *past);

/*
 * ---- process: who holds sockets; lives as long as its snapshot ----
 */

/**
 * tcpmem_process_get_pid() - its pid in the caller's pid namespace
 * @since 0.1
 */
TCPMEM_API uint32_t
tcpmem_process_get_pid(const struct tcpmem_process *process);

/**
 * tcpmem_process_get_start_time() - when it started, clock ticks since boot
 *
 * (pid, start time) names a process for good: pids are used again.
 * @since 0.1
 */
TCPMEM_API uint64_t
tcpmem_process_get_start_time(const struct tcpmem_process *process);

/** tcpmem_process_get_comm() - its name; raw bytes, never NULL @since 0.1 */
TCPMEM_API const char *
tcpmem_process_get_comm(const struct tcpmem_process *process);

/**
 * struct tcpmem_process_details - what else was read of a process
 * @size: sizeof(struct tcpmem_process_details), set by the caller
 * @cmdline: its arguments with spaces between, 1023 bytes of them at most; its
 *	name in brackets if it has none; raw bytes; NULL if unknown
 * @program: the path of its executable, else its name; raw bytes; NULL if
 *	unknown
 * @cgroup: its cgroup's path, likewise
 * @parent: pid of its parent, 0 if it has none here; it and the numbers below
 *	may be %TCPMEM_UNKNOWN
 * @rss: bytes of memory that it has in use
 * @fds: files that it has open
 * @fds_max: how many it may have (RLIMIT_NOFILE); with %TCPMEM_NEED_LIMITS
 */
struct tcpmem_process_details {
	size_t size;
	const char *cmdline;
	const char *program;
	const char *cgroup;
	int64_t parent;
	int64_t rss;
	int64_t fds;
	int64_t fds_max;
};

/**
 * tcpmem_process_get_details() - what else was read of a process
 * @snapshot: that of @process, taken with %TCPMEM_NEED_METADATA; without it
 *	all is unknown
 *
 * Return: 0, or -EINVAL if @details->size is too small.
 * @since 0.1
 */
TCPMEM_API int
tcpmem_process_get_details(const struct tcpmem_snapshot *snapshot,
			   const struct tcpmem_process *process,
			   struct tcpmem_process_details *details);

/*
 * ---- snapshot: what was seen at one moment; never changes ----
 */

/**
 * tcpmem_snapshot_take() - asks the kernel and keeps every socket
 *
 * Needs about 128 bytes a socket. Free it with tcpmem_snapshot_free().
 *
 * Where sock_diag cannot be used, sockets are from /proc/net/tcp, and a warning
 * says so.
 *
 * Return: 0; -EPROTONOSUPPORT if neither can be read; -ENODEV if the query's
 * filter names an interface that no namespace has; -ENOMEM; -EMFILE.
 * @since 0.1
 */
TCPMEM_API int tcpmem_snapshot_take(struct tcpmem_ctx *ctx,
				    const struct tcpmem_query *query,
				    struct tcpmem_snapshot **snapshot);

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
 * Return: as tcpmem_snapshot_take(), or what @ops->socket returned.
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
 * @namespaces: that there are; @deaf: of them, those that are not heard; if
 *	others could not be looked for, one for them
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
 * tcpmem_sampler_next() adds those that are new by then. A socket is
 * %TCPMEM_STATE_CLOSED and has addresses, cookie and tcp_info; nothing of its
 * memory or its holder; of its past owner, with %TCPMEM_NEED_PAST, what hooks
 * or else the samples so far tell. A signal ends the wait.
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

/**
 * tcpmem_snapshot_save() - asks the kernel and saves its answer as it comes
 * @path: a file that is replaced as a whole when all is written, so whoever
 *	looks finds the old one or the new one; only its owner may read it. A
 *	pipe or a device is written to. A symbolic link is followed if it
 *	belongs to the caller, to root or to its directory's owner; another
 *	user's pipe, and in a sticky directory his file, are left alone.
 *
 * The file holds the kernel's messages as received, the holders and what was
 * read besides; tcpmem-capture(5) describes it. Memory grows with the inodes
 * of sockets only. @snapshot receives all but the sockets.
 *
 * Return: as tcpmem_snapshot_take(), or -errno of open(2), write(2),
 * fsync(2) or rename(2); -EACCES for what another user has put at @path. The
 * old file is untouched then. A writer that is killed leaves nothing, but for
 * a file named .tcpmem- and six letters if that happens while it is named.
 * @since 0.1
 */
TCPMEM_API int tcpmem_snapshot_save(struct tcpmem_ctx *ctx,
				    const struct tcpmem_query *query,
				    const char *path,
				    struct tcpmem_snapshot **snapshot);

/**
 * tcpmem_snapshot_save_fd() - the same to an open file or pipe
 *
 * @fd stays open and is not synchronised.
 *
 * Return: as tcpmem_snapshot_take(), or -errno of write(2).
 * @since 0.1
 */
TCPMEM_API int tcpmem_snapshot_save_fd(struct tcpmem_ctx *ctx,
				       const struct tcpmem_query *query, int fd,
				       struct tcpmem_snapshot **snapshot);

/**
 * struct tcpmem_capture_error - why a file cannot be loaded
 * @size: sizeof(struct tcpmem_capture_error), set by the caller
 * @offset: the byte of the file at which it stops making sense
 * @text: what was found there; "" if the file is not the cause
 */
struct tcpmem_capture_error {
	size_t size;
	uint64_t offset;
	char text[160];
};

/**
 * enum tcpmem_load_flag - mask bits
 * @TCPMEM_LOAD_SALVAGE: a damaged capture is read as far as it is whole; what
 *	is missing is a warning, not an error
 * @since 0.1
 */
enum tcpmem_load_flag {
	TCPMEM_LOAD_SALVAGE = 0x1,
};

/**
 * tcpmem_snapshot_load() - the snapshot that a file holds
 * @query: what of it is wanted; what it lacks of that is a warning
 * @path: what tcpmem_snapshot_save() wrote, or a raw dump made by "ss -D"
 * @flags: 0 or %TCPMEM_LOAD_SALVAGE
 * @error: written if the file is at fault; may be NULL
 *
 * Answers as the snapshot would have that was taken instead of saved. Needs
 * about 150 bytes a socket.
 *
 * Return: 0; -EBADMSG if it is no capture, or cut, or corrupt; -ENOTSUP if it
 * is of a later major version; -EINVAL for unknown @flags or if @error->size
 * is too small; -ENOMEM; -errno of open(2) or read(2).
 * @since 0.1
 */
TCPMEM_API int tcpmem_snapshot_load(struct tcpmem_ctx *ctx,
				    const struct tcpmem_query *query,
				    const char *path, unsigned int flags,
				    struct tcpmem_capture_error *error,
				    struct tcpmem_snapshot **snapshot);

/**
 * tcpmem_snapshot_load_fd() - the same from an open file or a pipe
 * @since 0.1
 */
TCPMEM_API int tcpmem_snapshot_load_fd(struct tcpmem_ctx *ctx,
				       const struct tcpmem_query *query, int fd,
				       unsigned int flags,
				       struct tcpmem_capture_error *error,
				       struct tcpmem_snapshot **snapshot);

/** tcpmem_snapshot_free() - frees it and all that it handed out @since 0.1 */
TCPMEM_API void tcpmem_snapshot_free(struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_snapshot_get_time_ns() - wall clock when it began, ns since 1970
 * @since 0.1
 */
TCPMEM_API int64_t
tcpmem_snapshot_get_time_ns(const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_snapshot_get_boot() - names the run of the kernel
 * @ns: receives the ns since the kernel was started, at the moment of
 *	tcpmem_snapshot_get_time_ns(), by a clock that neither jumps nor stands
 *	still; %TCPMEM_UNKNOWN if a file does not say
 *
 * Cookies and processes of two snapshots are the same ones if the name is.
 *
 * Return: the name; "" if unknown.
 * @since 0.1
 */
TCPMEM_API const char *
tcpmem_snapshot_get_boot(const struct tcpmem_snapshot *snapshot, int64_t *ns);

/** tcpmem_snapshot_get_socket_count() - how many sockets it keeps @since 0.1 */
TCPMEM_API size_t
tcpmem_snapshot_get_socket_count(const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_snapshot_get_socket() - the socket at @index, below the count
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_socket *
tcpmem_snapshot_get_socket(const struct tcpmem_snapshot *snapshot,
			   size_t index);

/**
 * tcpmem_snapshot_get_holder_count() - how many processes hold @sock
 * @since 0.1
 */
TCPMEM_API size_t
tcpmem_snapshot_get_holder_count(const struct tcpmem_snapshot *snapshot,
				 const struct tcpmem_socket *sock);

/** tcpmem_snapshot_get_holder() - the holder of @sock at @index @since 0.1 */
TCPMEM_API const struct tcpmem_process *
tcpmem_snapshot_get_holder(const struct tcpmem_snapshot *snapshot,
			   const struct tcpmem_socket *sock, size_t index);

/**
 * tcpmem_snapshot_get_netns_count() - how many network namespaces it knows
 *
 * Those without a socket, and those that may not be entered, included.
 * @since 0.1
 */
TCPMEM_API size_t
tcpmem_snapshot_get_netns_count(const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_snapshot_get_netns() - the network namespace at @index, below the
 * count
 * @inode: receives its inode in nsfs; %TCPMEM_UNKNOWN if unknown; may be NULL
 *
 * Return: its name; never NULL, maybe a number.
 * @since 0.1
 */
TCPMEM_API const char *
tcpmem_snapshot_get_netns(const struct tcpmem_snapshot *snapshot, size_t index,
			  int64_t *inode);

/**
 * tcpmem_snapshot_get_host_metric() - what the host says about itself
 *
 * Return: 0, or -ENODATA if it could not be read.
 * @since 0.1
 */
TCPMEM_API int
tcpmem_snapshot_get_host_metric(const struct tcpmem_snapshot *snapshot,
				enum tcpmem_host_metric fact, int64_t *value);

/**
 * tcpmem_snapshot_get_object() - slab bytes of one such object
 * @source: receives where that size was read; may be NULL
 * @since 0.1
 */
TCPMEM_API uint32_t tcpmem_snapshot_get_object(
	const struct tcpmem_snapshot *snapshot, enum tcpmem_object object,
	enum tcpmem_object_source *source);

/**
 * tcpmem_snapshot_is_complete() - false if a warning hides something
 * @since 0.1
 */
TCPMEM_API bool
tcpmem_snapshot_is_complete(const struct tcpmem_snapshot *snapshot);

/**
 * tcpmem_snapshot_get_unseen() - what the query selected and was not seen
 * @needs: %TCPMEM_NEED_HOLDERS if the answer rests on who holds the sockets,
 *	%TCPMEM_NEED_INFO if on their counters, or 0
 *
 * A namespace or a process that the query did not select hides nothing of it.
 *
 * Return: the text of the warning that says why; NULL if all was seen.
 * @since 0.1
 */
TCPMEM_API const char *
tcpmem_snapshot_get_unseen(const struct tcpmem_snapshot *snapshot,
			   uint32_t needs);

/**
 * tcpmem_snapshot_get_warning() - what it hides, in a sentence
 * @code: receives what kind of warning it is; may be NULL
 *
 * Return: the text of the warning at @index; NULL if there are fewer.
 * @since 0.1
 */
TCPMEM_API const char *
tcpmem_snapshot_get_warning(const struct tcpmem_snapshot *snapshot,
			    size_t index, enum tcpmem_warning_code *code);

/*
 * ---- all sockets at once ----
 */

/**
 * tcpmem_snapshot_read_column() - one value of every socket
 * @column: %TCPMEM_COLUMN_METRIC, INFO or FIELD
 * @which: the number that goes with it
 * @values: @count of them, as many as sockets
 *
 * Return: 0, or -EINVAL, see enum tcpmem_column.
 * @since 0.1
 */
TCPMEM_API int
tcpmem_snapshot_read_column(const struct tcpmem_snapshot *snapshot,
			    enum tcpmem_column column, unsigned int which,
			    int64_t *values, size_t count);

/**
 * tcpmem_snapshot_read_addresses() - the addresses of every socket
 * @local: 16 bytes for each, as tcpmem_socket_get_addresses() writes them
 * @remote: likewise
 * @count: as many as sockets
 *
 * Return: 0, or -EINVAL if there are not @count sockets.
 * @since 0.1
 */
TCPMEM_API int
tcpmem_snapshot_read_addresses(const struct tcpmem_snapshot *snapshot,
			       uint8_t (*local)[16], uint8_t (*remote)[16],
			       size_t count);

/**
 * tcpmem_snapshot_read_holders() - the processes that hold every socket
 * @offset: @count + 1 of them, @count as many as sockets: the holders of socket
 *	i are @process[@offset[i]] up to, and without, @process[@offset[i + 1]]
 * @process: indices into what tcpmem_snapshot_get_processes() gives; NULL asks
 *	for the offsets alone, the last of which is the capacity that is needed
 * @capacity: how many @process can take
 *
 * Return: 0; -EINVAL if there are not @count sockets; -ENOSPC if @capacity is
 * too small, and then the offsets are written.
 * @since 0.1
 */
TCPMEM_API int
tcpmem_snapshot_read_holders(const struct tcpmem_snapshot *snapshot,
			     uint64_t *offset, size_t count, uint32_t *process,
			     size_t capacity);

/**
 * tcpmem_snapshot_get_processes() - all processes that hold sockets
 * @processes: key and comm are their names
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int
tcpmem_snapshot_get_processes(const struct tcpmem_snapshot *snapshot,
			      struct tcpmem_subjects **processes);

#ifdef __cplusplus
}
#endif

#endif
