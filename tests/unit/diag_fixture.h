/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diag_fixture.h - a dump against a scripted kernel, and what came of it */
#ifndef TM_DIAG_FIXTURE_H
#define TM_DIAG_FIXTURE_H

#include "netlink/internal.h"
#include "scripted_kernel.h"
#include "unit.h"

static struct script *script;
static struct tcpmem_ctx *ctx;
static struct tm_warnings warnings;
static bool mptcp_refused;

static struct {
	uint64_t cookie[64];
	size_t count;
	size_t infos;
	size_t restarts;
	size_t stop_after;
	int stop;	   /* what the sink returns then */
	int restart_error; /* what it returns when all begins anew */
	bool unfiltered;
} got;

static inline void setup(void)
{
	script = calloc(1, sizeof(*script));
	ck_assert_ptr_nonnull(script);
	memset(&warnings, 0, sizeof(warnings));
	memset(&got, 0, sizeof(got));
	got.stop = -ECANCELED;
	mptcp_refused = false;
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
}

static inline void teardown(void)
{
	script_finish(script);
	free(script);
	tm_warnings_clear(&warnings);
	tcpmem_ctx_free(ctx);
}

static inline int on_socket(struct tcpmem_socket *sock,
			    const struct tm_info *info, void *user)
{
	(void)user;
	ck_assert_uint_lt(got.count, 64);
	got.infos += info != NULL;
	got.cookie[got.count++] = sock->cookie;
	return got.stop_after == got.count ? got.stop : 0;
}

static inline int on_restart(void *user)
{
	(void)user;
	got.count = 0;
	got.restarts++;
	return got.restart_error;
}

static inline int dump(bool mptcp, bool may_restart)
{
	const struct tm_diag_source source = { script_open_fd, script };
	const struct tm_diag_request request = {
		.states = TCPMEM_STATES_ALL,
		.mptcp = mptcp,
	};
	const struct tm_diag_sink sink = {
		.socket = on_socket,
		.restart = may_restart ? on_restart : NULL,
	};

	return tm_diag_dump(ctx, &source, &request, &sink, &warnings,
			    &mptcp_refused);
}

static inline void on_unfiltered(void *user)
{
	(void)user;
	got.unfiltered = true;
}

/* A program goes behind the request, in an attribute as long as it is */
static inline int dump_filtered(const void *code, size_t len)
{
	const struct tm_diag_source source = { script_open_fd, script };
	const struct tm_diag_request request = {
		.states = TCPMEM_STATES_ALL,
		.mptcp = true,
		.code = code,
		.code_len = len,
	};
	const struct tm_diag_sink sink = {
		.socket = on_socket,
		.unfiltered = on_unfiltered,
	};

	return tm_diag_dump(ctx, &source, &request, &sink, &warnings,
			    &mptcp_refused);
}

/* A dump of two sockets that ends well; @seq is what it must answer. */
static inline void script_two(uint32_t seq, uint64_t first)
{
	struct script_open *open = script_next(script);

	script_datagram(open);
	script_socket(open, seq, first, 1);
	script_datagram(open);
	script_socket(open, seq, first + 1, 10);
	script_datagram(open);
	script_end(open, seq, NLMSG_DONE, 0);
}

static inline void script_error(uint32_t seq, uint16_t type, int error)
{
	struct script_open *open = script_next(script);

	script_datagram(open);
	script_end(open, seq, type, error);
}

#endif
