// SPDX-License-Identifier: LGPL-2.1-or-later
/* ask.c - options -> a query to the library; its refusals in words */
#include "ask.h"

#include "say.h"
#include "written.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Warnings are not said: what they mean for the answer is a gap in it. */
static void on_log(enum tcpmem_log_level level, const char *text, void *user)
{
	(void)user;
	if (level == TCPMEM_LOG_ERROR)
		say("%s", text);
}

static int add_netns(struct ask *ask)
{
	const struct options *options = ask->options;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < options->netns_count; i++)
		ret = tcpmem_query_add_netns(ask->query, options->netns[i]);
	return ret;
}

int ask_open(struct ask *ask, const struct options *options, uint32_t needs)
{
	int ret;

	*ask = (struct ask){
		.options = options,
		.error = { .size = sizeof(ask->error) },
	};
	ret = tcpmem_ctx_new(&ask->ctx);
	if (ret < 0)
		return ret;
	tcpmem_ctx_set_log(ask->ctx, on_log, NULL);
	ret = tcpmem_query_new(&ask->query);
	if (ret < 0)
		return ret;
	ret = tcpmem_query_require(ask->query, needs);
	if (ret == 0)
		ret = tcpmem_query_set_holder_source(ask->query,
						     options->holders);
	if (ret == 0)
		ret = add_netns(ask);
	if (ret == 0)
		ret = tcpmem_query_set_filter(ask->query, options->filter);
	if (ret < 0 || !options->states)
		return ret;
	return tcpmem_query_set_states(ask->query, options->states);
}

void ask_close(struct ask *ask)
{
	tcpmem_query_free(ask->query);
	tcpmem_ctx_free(ask->ctx);
}

int ask_load(struct ask *ask, const char *file, struct tcpmem_snapshot **snap)
{
	unsigned int flags = ask->options->salvage ? TCPMEM_LOAD_SALVAGE : 0;

	ask->file = file;
	if (strcmp(file, "-") == 0)
		return tcpmem_snapshot_load_fd(ask->ctx, ask->query,
					       STDIN_FILENO, flags, &ask->error,
					       snap);
	return tcpmem_snapshot_load(ask->ctx, ask->query, file, flags,
				    &ask->error, snap);
}

int ask_take(struct ask *ask, struct tcpmem_snapshot **snap)
{
	if (ask->options->from)
		return ask_load(ask, ask->options->from, snap);
	ask->file = NULL;
	return tcpmem_snapshot_take(ask->ctx, ask->query, snap);
}

static void say_not_loaded(const struct ask *ask, int err)
{
	const char *hint = "";

	if (err == -EBADMSG && !ask->options->salvage)
		hint = "; --salvage reads what is whole";
	if (*ask->error.text)
		say("%s: offset %" PRIu64 ": %s%s", ask->file,
		    ask->error.offset, ask->error.text, hint);
	else
		say("%s: %s", ask->file, strerror(-err));
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

/* The library named the one that is wrong; here is what would be right. */
static bool say_no_netns(const struct options *options, int err)
{
	if (!options->netns_count ||
	    (err != -ENOENT && err != -EINVAL && err != -EACCES))
		return false;
	say("--netns takes a name as in 'ip netns', a container, a unit, a "
	    "pid, a path or self; 'tcpmem by netns' shows names");
	return true;
}

static bool say_no_device(const struct options *options, int err)
{
	if (!options->filter || err != -ENODEV)
		return false;
	say("the filter names an interface behind 'dev' that no network "
	    "namespace has; 'ip link' shows names");
	return true;
}

/* The file is there: what is not there is in it. */
static bool is_netns_missing(const struct ask *ask, int err)
{
	return err == -ENOENT && ask->options->netns_count &&
	       access(ask->file, F_OK) == 0;
}

int ask_failed(const struct ask *ask, int err)
{
	const struct options *options = ask->options;

	/* it is stdout that failed: that is said when it is closed */
	if (written() < 0)
		return EXIT_FAILED;
	if (say_no_device(options, err))
		return EXIT_FAILED;
	if (ask->file && !is_netns_missing(ask, err)) {
		say_not_loaded(ask, err);
		return EXIT_FAILED;
	}
	if (say_no_bpf(options, err) || say_no_netns(options, err))
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
