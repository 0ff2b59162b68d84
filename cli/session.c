// SPDX-License-Identifier: LGPL-2.1-or-later
/* session.c - options -> a query to the library; its errors in words */
#include "session.h"

#include "messages.h"
#include "progress.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only errors: the snapshot has the warnings. */
static void on_log(enum tcpmem_log_level level, const char *text, void *user)
{
	(void)user;
	if (level == TCPMEM_LOG_ERROR)
		message("%s", text);
}

static int add_netns(struct session *session)
{
	const struct options *options = session->options;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < options->netns_count; i++)
		ret = tcpmem_query_add_netns(session->query, options->netns[i]);
	return ret;
}

int session_open(struct session *session, const struct options *options,
		 uint32_t needs)
{
	int ret;

	*session = (struct session){
		.options = options,
		.error = { .size = sizeof(session->error) },
	};
	ret = tcpmem_ctx_new(&session->ctx);
	if (ret < 0)
		return ret;
	tcpmem_ctx_set_log(session->ctx, on_log, NULL);
	ret = tcpmem_query_new(&session->query);
	if (ret < 0)
		return ret;
	if (options->past)
		needs |= TCPMEM_NEED_PAST;
	ret = tcpmem_query_require(session->query, needs);
	if (ret == 0)
		ret = tcpmem_query_set_holder_source(session->query,
						     options->holders);
	if (ret == 0)
		ret = add_netns(session);
	if (ret == 0)
		ret = tcpmem_query_set_filter(session->query, options->filter);
	if (ret < 0 || !options->states)
		return ret;
	return tcpmem_query_set_states(session->query, options->states);
}

void session_close(struct session *session)
{
	tcpmem_query_free(session->query);
	tcpmem_ctx_free(session->ctx);
}

bool session_is_store(const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 && S_ISDIR(st.st_mode);
}

static int refuse_at(struct session *session, const char *file)
{
	message("--at is a moment of a store, and %s is no directory", file);
	session->reported = EXIT_USAGE;
	return -EINVAL;
}

static int load(struct session *session, const char *file,
		struct tcpmem_snapshot **snap)
{
	unsigned int flags = session->options->salvage ? TCPMEM_LOAD_SALVAGE
						       : 0;

	session->file = file;
	session->stale = false;
	if (session_is_store(file))
		return session_load_at(session, file, session->options->at,
				       snap);
	if (session->options->at)
		return refuse_at(session, file);
	if (strcmp(file, "-") == 0)
		return tcpmem_snapshot_load_fd(session->ctx, session->query,
					       STDIN_FILENO, flags,
					       &session->error, snap);
	return tcpmem_snapshot_load(session->ctx, session->query, file, flags,
				    &session->error, snap);
}

int session_load(struct session *session, const char *file,
		 struct tcpmem_snapshot **snap)
{
	struct progress progress = { 0 };
	int ret;

	if (!session->quiet)
		progress_begin(&progress, "reading a capture");
	ret = load(session, file, snap);
	progress_end(&progress);
	return ret;
}

int session_fetch(struct session *session, struct tcpmem_snapshot **snap)
{
	struct progress progress = { 0 };
	int ret;

	if (session->options->from)
		return session_load(session, session->options->from, snap);
	session->file = NULL;
	session->stale = false;
	if (session->options->at) {
		message("--at is a moment of a store: give it --from DIR");
		session->reported = EXIT_USAGE;
		return -EINVAL;
	}
	if (!session->quiet)
		progress_begin(&progress, "looking at sockets");
	ret = tcpmem_snapshot_take(session->ctx, session->query, snap);
	progress_end(&progress);
	return ret;
}

static void report_load_error(const struct session *session, int err)
{
	const char *hint = "";

	if (err == -EBADMSG && !session->options->salvage)
		hint = "; --salvage reads the sections that are whole";
	if (*session->error.text)
		message("%s: offset %" PRIu64 ": %s%s", session->file,
			session->error.offset, session->error.text, hint);
	else
		message("%s: %s", session->file, strerror(-err));
}

/* --holders=bpf is the likeliest cause of an error. */
static bool report_no_bpf(const struct options *options, int err)
{
	if (options->holders != TCPMEM_HOLDER_SOURCE_BPF)
		return false;
	if (err == -EPERM)
		message("--holders=bpf needs CAP_BPF and CAP_PERFMON; without "
			"them use --holders=auto");
	else if (err == -EOPNOTSUPP)
		message("--holders=bpf: not built in, or this is a PID or time "
			"namespace of its own; use --holders=auto");
	else if (err == -ENOSYS)
		message("--holders=bpf needs Linux 6.1 or later, built with "
			"BPF; use --holders=auto");
	else if (err == -ENODATA)
		message("--holders=bpf needs a kernel with BTF "
			"(CONFIG_DEBUG_INFO_BTF); use --holders=auto");
	else
		message("--holders=bpf: %s; use --holders=auto",
			strerror(-err));
	return true;
}

/* The library has logged which --netns is wrong. */
static bool report_no_netns(const struct options *options, int err)
{
	if (!options->netns_count ||
	    (err != -ENOENT && err != -EINVAL && err != -EACCES))
		return false;
	if (err == -EACCES)
		message("to enter it, be root, or have CAP_SYS_ADMIN and "
			"CAP_SYS_PTRACE");
	else
		message("--netns takes a name as in 'ip netns', a container, a unit, a "
			"pid, a path or self; 'tcpmem by netns' shows names");
	return true;
}

static bool report_no_device(const struct options *options, int err)
{
	if (!options->filter || err != -ENODEV)
		return false;
	message("the filter names an interface behind 'dev' that no network "
		"namespace has; 'ip link' shows names");
	return true;
}

/* The capture exists, but lacks the network namespace of --netns. */
static bool is_netns_missing(const struct session *session, int err)
{
	return err == -ENOENT && session->options->netns_count &&
	       access(session->file, F_OK) == 0;
}

int session_failed(const struct session *session, int err)
{
	const struct options *options = session->options;

	/* stdout_close() has the message about stdout */
	if (stdout_status() < 0)
		return EXIT_FAILED;
	if (session->reported)
		return session->reported;
	if (report_no_device(options, err))
		return EXIT_FAILED;
	if (session->file && !is_netns_missing(session, err)) {
		report_load_error(session, err);
		return EXIT_FAILED;
	}
	if (report_no_bpf(options, err) || report_no_netns(options, err))
		return EXIT_FAILED;
	switch (err) {
	case -EPROTONOSUPPORT:
		message("TCP sockets cannot be listed: NETLINK_SOCK_DIAG cannot be "
			"used, and /proc/net/tcp cannot be read");
		break;
	case -EAGAIN:
		message("no thread can be started: raise the limit of memory "
			"or of processes (ulimit -v, ulimit -u)");
		break;
	case -EMFILE:
		message("too many open files: raise the limit (ulimit -n)");
		break;
	default:
		message("cannot list the sockets: %s", strerror(-err));
		break;
	}
	return EXIT_FAILED;
}

int session_exit_code(const struct options *options,
		      const struct tcpmem_snapshot *snap)
{
	if (options->strict && !tcpmem_snapshot_is_complete(snap))
		return EXIT_INCOMPLETE;
	return EXIT_DONE;
}
