/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* socket.h - one socket, and the processes that hold it */
#ifndef TCPMEM_SOCKET_H
#define TCPMEM_SOCKET_H

#include "info.h"

#ifdef __cplusplus
extern "C" {
#endif

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
 *	be in what was not seen
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

#ifdef __cplusplus
}
#endif

#endif
