/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* internal.h - what other folders may call of sock_diag */
#ifndef TM_NETLINK_INTERNAL_H
#define TM_NETLINK_INTERNAL_H

#include "base/ctx.h"
#include "base/hash.h"
#include "model/snapshot.h"
#include "model/socket.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * what a netlink dump brings, batch by batch
 *
 * The kernel works inside recv(). A dump that is large gets a thread that does
 * nothing else, so that what becomes of the sockets takes no time of its own.
 */

/* The kernel fills at most 32 KiB a read, however large the buffer. */
#define TM_BATCH_SIZE 32768

/* All zero receives nothing yet; begin, take and end as often as wanted. */
struct tm_batches {
	int fd;
	uint32_t seq;
	size_t taken; /* since it began */
	uint8_t *buffer;
	struct tm_receiver *receiver; /* NULL: the caller's thread does it */
};

/*
 * tm_batches_begin() - the answers to the request with @seq come from @fd
 *
 * Return: 0 or -ENOMEM.
 */
int tm_batches_begin(struct tm_batches *batches, int fd, uint32_t seq);

/*
 * tm_batches_next() - the next batch, valid until the next call
 *
 * Return: its length, more than %TM_BATCH_SIZE if it was cut; 0 if it is not
 * from the kernel; -errno of recv(2).
 */
ssize_t tm_batches_next(struct tm_batches *batches, const void **batch);

/* tm_batches_end() - no more of that dump is wanted; the fd can be closed */
void tm_batches_end(struct tm_batches *batches);

void tm_batches_deinit(struct tm_batches *batches);

/*
 * which cookies one dump has already delivered
 *
 * The kernel may repeat a socket: new sockets enter a hash bucket at its head
 * and push those already sent behind the cursor, so a repeat follows closely;
 * and a bound socket that connects meanwhile is met again in a later phase of
 * the walk. So the last cookies are remembered, at least 16,384 of them, and
 * all cookies of bound sockets: memory does not grow with connections.
 */

struct tm_dedup {
	struct tm_u64set young, old; /* the window, in two generations */
	struct tm_u64set bound;
};

/* tm_dedup_init() - an empty memory. Return: 0 or -ENOMEM. */
int tm_dedup_init(struct tm_dedup *seen);
void tm_dedup_deinit(struct tm_dedup *seen);

/* tm_dedup_clear() - a dump begins anew */
void tm_dedup_clear(struct tm_dedup *seen);

/* tm_dedup_prefetch() - @cookie follows soon */
void tm_dedup_prefetch(const struct tm_dedup *seen, uint64_t cookie);

/*
 * tm_dedup_add() - remembers @cookie
 * @bound: it belongs to a bound, inactive socket
 *
 * Return: 1 if it was delivered before, 0 if not, or -ENOMEM.
 */
int tm_dedup_add(struct tm_dedup *seen, uint64_t cookie, bool bound);

/* ---- live sockets over NETLINK_SOCK_DIAG ---- */

/*
 * struct tm_diag_source - where netlink sockets come from
 * @open: a new NETLINK_SOCK_DIAG socket in the namespace that is asked,
 *	or -errno; -EAGAIN: no thread could be started. Retries need a new
 *	one each: an old dump may still be queued in the one that failed.
 *	Tests hand in a scripted kernel.
 */
struct tm_diag_source {
	int (*open)(void *user);
	void *user;
};

/*
 * struct tm_diag_sink - where sockets go
 * @message: sees each record as the kernel sent it, before it is decoded and
 *	also if it is malformed or a repeat; NULL if nobody wants to. Returns
 *	as @socket does.
 * @socket: 0 to go on, anything else ends the dump and is returned by it;
 *	@info is NULL unless it was asked for
 * @restart: all that came is void, the dump begins anew; NULL: it cannot be
 * @unfiltered: the kernel refuses the request's program, before anything came:
 *	all sockets will. NULL if that makes no difference
 */
struct tm_diag_sink {
	int (*message)(const void *msg, size_t len, bool mptcp, void *user);
	int (*socket)(struct tcpmem_socket *sock, const struct tm_info *info,
		      void *user);
	int (*restart)(void *user);
	void (*unfiltered)(void *user);
	void *user;
};

/*
 * struct tm_diag_request - what is asked for
 * @states: of TCP sockets, bits 1 << enum tcpmem_state
 * @mptcp: msks too, in all states, before the TCP sockets
 * @info: tcp_info of TCP sockets, for which the kernel locks each
 * @code, @code_len: bytecode that TCP sockets must pass; NULL lets all pass
 */
struct tm_diag_request {
	uint32_t states;
	bool mptcp;
	bool info;
	const void *code;
	size_t code_len;
};

/*
 * tm_diag_open() - a NETLINK_SOCK_DIAG socket in the caller's namespace
 *
 * CLOEXEC, bound, with a receive timeout.
 *
 * Return: the fd, or -errno.
 */
int tm_diag_open(void *unused);

/*
 * tm_diag_dump() - every socket that @request asks for, each once
 *
 * A dump that breaks off is begun anew on a new socket, a bounded number of
 * times; then there is a warning in @warnings and the result is what had
 * arrived.
 * @mptcp_refused tells whether the kernel would not show msks.
 *
 * Return: 0; what @sink->socket returned; -EPROTONOSUPPORT if the kernel has
 * no sock_diag for TCP; -errno of opening or sending; -ENOMEM.
 */
int tm_diag_dump(const struct tcpmem_ctx *ctx,
		 const struct tm_diag_source *source,
		 const struct tm_diag_request *request,
		 const struct tm_diag_sink *sink, struct tm_warnings *warnings,
		 bool *mptcp_refused);

/* ---- sockets from /proc/net/tcp, where sock_diag is closed ---- */

/*
 * struct tm_list_source - where the files come from
 * @open: an fd of net/tcp, or net/tcp6, of the namespace that is asked; or
 *	-errno
 */
struct tm_list_source {
	int (*open)(bool ipv6, void *user);
	void *user;
};

/*
 * struct tm_tcp_record - a line as sock_diag would send it
 * @attr: INET_DIAG_SHUTDOWN, where only it tells a full socket
 */
struct tm_tcp_record {
	struct nlmsghdr nlh;
	struct inet_diag_msg diag;
	struct nlattr attr;
	uint8_t shutdown[4];
};

/*
 * tm_tcp_list_parse() - decodes a line
 * @line: without its newline
 *
 * Return: 0, or -EBADMSG if it is none.
 */
int tm_tcp_list_parse(const char *line, bool ipv6,
		      struct tm_tcp_record *record);

/*
 * tm_list_dump() - as tm_diag_dump(), from the files
 *
 * They have neither msks nor bound-inactive sockets, and no memory counters,
 * cookies or tcp_info.
 *
 * Return: 0; what @sink returned; -errno of opening or reading; -ENOMEM.
 */
int tm_list_dump(const struct tm_list_source *source,
		 const struct tm_diag_request *request,
		 const struct tm_diag_sink *sink, struct tm_warnings *warnings);

/*
 * an inet_diag message -> a socket record
 *
 * Pure, and the only place that knows the kernel's layout. The message is
 * hostile until its lengths are checked.
 */

/*
 * tm_parse_socket() - decodes one inet_diag message
 * @msg: the netlink message, header included, at any alignment
 * @len: bytes that may be read from @msg
 * @mptcp: it answers a request for MPTCP sockets
 *
 * Unknown attributes and longer arrays are accepted; what is shorter than the
 * kernel ever sent is an error. @sock is complete but for holder, kind,
 * netns and object.
 *
 * Return: 0; -EBADMSG if the lengths do not fit; -EAFNOSUPPORT for a family
 * that is neither IPv4 nor IPv6; -ERANGE for a state that TCP does not have.
 */
int tm_parse_socket(const void *msg, size_t len, bool mptcp,
		    struct tcpmem_socket *sock);

/*
 * tm_parse_info() - takes tcp_info and the timer's time out of the same
 * message, if tm_parse_socket() took it
 *
 * An older kernel's tcp_info is shorter, a younger one's longer: what is known
 * of it is kept. Of an msk it is its mptcp_info.
 */
void tm_parse_info(const void *msg, struct tm_info *info);

/* ---- one socket asked for again, by its cookie ---- */

/*
 * tm_lookup() - what became of a socket since it was dumped
 * @fd: a NETLINK_SOCK_DIAG socket in the socket's namespace
 * @sock: as it was dumped
 * @now: as it is, complete as after tm_parse_socket(); marked if the kernel
 *	says that it is a subflow
 *
 * Return: 0; -ENOENT or -ESTALE if it is no more; -EOPNOTSUPP for an msk, which
 * the kernel finds by its token alone, and for a bound socket, which it does
 * not find; -EPROTO if the answer is none; other -errno of sending and
 * receiving, or of tm_parse_socket().
 */
int tm_lookup(int fd, const struct tcpmem_socket *sock,
	      struct tcpmem_socket *now);

/* ---- sockets that end, as the kernel tells of them ---- */

/*
 * struct tm_events_sink - where they go
 * @socket: %TCPMEM_STATE_CLOSED, with cookie, addresses and tcp_info; neither
 *	inode nor memory. What is not 0 ends the reading and is returned by it.
 * @malformed: a message made no sense; likewise
 */
struct tm_events_sink {
	int (*socket)(struct tcpmem_socket *sock, const struct tm_info *info,
		      void *user);
	int (*malformed)(void *user);
	void *user;
};

/*
 * tm_events_listen() - has a NETLINK_SOCK_DIAG socket hear of each TCP socket
 * that ends in its namespace, with as large a buffer as the caller may have
 *
 * Return: 0 or -errno of bind(2).
 */
int tm_events_listen(int fd);

/*
 * tm_events_receive() - takes one event, if there is one
 *
 * Return: 1 if there may be more; -EAGAIN if there is none; other -errno of
 * recvmsg(2); what @sink returned.
 */
int tm_events_receive(int fd, const struct tm_events_sink *sink);

/* tm_events_parse() - the events in a message that was received */
int tm_events_parse(const void *batch, size_t len,
		    const struct tm_events_sink *sink);

/*
 * tm_events_lost() - how many the kernel could not put in the full buffer
 *
 * Return: 0; -errno of getsockopt(2); -ENODATA.
 */
int tm_events_lost(int fd, uint64_t *lost);

#endif
