// SPDX-License-Identifier: LGPL-2.1-or-later
/* ask.c - options -> a query to the library; its refusals in words */
#include "ask.h"

#include "say.h"

#include <errno.h>
#include <string.h>

/* Warnings are not said: what they mean for the answer is a gap in it. */
static void on_log(enum tcpmem_log_level level, const char *text, void *user)
{
	(void)user;
	if (level == TCPMEM_LOG_ERROR)
		say("%s", text);
}

int ask_open(struct ask *ask, const struct options *options, bool holders)
{
	int ret;

	*ask = (struct ask){ 0 };
	ret = tcpmem_ctx_new(&ask->ctx);
	if (ret < 0)
		return ret;
	tcpmem_ctx_set_log(ask->ctx, on_log, NULL);
	ret = tcpmem_query_new(&ask->query);
	if (ret < 0)
		return ret;
	tcpmem_query_set_holders(ask->query, holders);
	ret = tcpmem_query_set_holder_source(ask->query, options->holders);
	if (ret < 0 || !options->states)
		return ret;
	return tcpmem_query_set_states(ask->query, options->states);
}

void ask_close(struct ask *ask)
{
	tcpmem_query_free(ask->query);
	tcpmem_ctx_free(ask->ctx);
}

/* BPF is asked for by name only, and then it is the likeliest to fail. */
static bool say_no_bpf(const struct options *options, int err)
{
	if (options->holders != TCPMEM_HOLDER_SOURCE_BPF)
		return false;
	if (err == -EPERM)
		say("--holders=bpf needs CAP_BPF and CAP_PERFMON; without "
		    "them use --holders=auto");
	else if (err == -EOPNOTSUPP)
		say("--holders=bpf: not built in, or this is a PID or time "
		    "namespace of its own; use --holders=auto");
	else
		say("--holders=bpf: %s; use --holders=auto", strerror(-err));
	return true;
}

int ask_failed(const struct options *options, int err)
{
	if (say_no_bpf(options, err))
		return EXIT_FAILED;
	switch (err) {
	case -EPROTONOSUPPORT:
		say("this kernel cannot list TCP sockets: it has no sock_diag "
		    "for TCP (CONFIG_INET_TCP_DIAG, module tcp_diag)");
		break;
	case -EACCES:
	case -EPERM:
		say("listing sockets is forbidden here (%s): a seccomp filter "
		    "or a security module keeps NETLINK_SOCK_DIAG closed",
		    strerror(-err));
		break;
	case -EMFILE:
		say("too many open files: raise the limit (ulimit -n)");
		break;
	default:
		say("cannot list the sockets: %s", strerror(-err));
		break;
	}
	return EXIT_FAILED;
}

int ask_exit_code(const struct options *options,
		  const struct tcpmem_snapshot *snap)
{
	if (options->strict && !tcpmem_snapshot_is_complete(snap))
		return EXIT_INCOMPLETE;
	return EXIT_DONE;
}
