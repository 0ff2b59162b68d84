/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diag.h - live sockets over NETLINK_SOCK_DIAG */
#ifndef TM_READ_DIAG_H
#define TM_READ_DIAG_H

#include "ctx.h"
#include "model/gaps.h"
#include "model/info.h"
#include "model/socket.h"

/*
 * struct tm_diag_source - where netlink sockets come from
 * @open: a new NETLINK_SOCK_DIAG socket in the namespace that is asked,
 *	or -errno. Retries need a new one each: an old dump may still be
 *	queued in the one that failed. Tests hand in a scripted kernel.
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

#endif
