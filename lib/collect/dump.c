// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * dump.c - the sockets, or the counts, of many namespaces
 *
 * One namespace alone needs no thread but to open its netlink socket.
 */
#include "collect/sources.h"

#include "base/util.h"
#include "filter/filter.h"
#include "host/internal.h"
#include "netlink/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

/* Each dump keeps a CPU busy; a host with hundreds has other work too. */
#define WORKERS_MAX 8

int tm_dump_ctx_init(struct tm_dump_ctx *ctx, const struct tm_dump *dump)
{
	*ctx = (struct tm_dump_ctx){
		.dump = dump,
		.ctx = *dump->plan->ctx,
		.sink = *dump->sink,
	};
	return tm_classifier_init(&ctx->classifier);
}

void tm_dump_ctx_deinit(struct tm_dump_ctx *ctx)
{
	tm_classifier_deinit(&ctx->classifier);
	tm_warnings_clear(&ctx->warnings);
}

static struct tm_ns *current(const struct tm_dump_ctx *ctx)
{
	return &ctx->dump->list->ns[ctx->index];
}

static struct tm_netns_status *current_status(const struct tm_dump_ctx *ctx)
{
	return &ctx->dump->status->ns[ctx->index];
}

bool tm_dump_wants(const struct tm_dump *dump, size_t index)
{
	return dump->which & (1u << dump->status->ns[index].status) &&
	       !dump->status->ns[index].skipped;
}

int tm_dump_denied(struct tm_dump_ctx *ctx, int error)
{
	if (tm_netns_lacks(error))
		return error;
	current_status(ctx)->status = error == -ENOENT ? TM_DUMP_GONE
						       : TM_DUMP_DENIED;
	return 0;
}

static int report_one(struct tm_dump_ctx *ctx, const struct tm_warning *warning)
{
	const struct tm_dump *dump = ctx->dump;
	int ret =
		tm_netns_name(&ctx->ctx, dump->list, dump->status, ctx->index);

	if (ret < 0)
		return ret;
	if (dump->list->count == 1)
		return tm_warnings_add(dump->warnings, warning->code, "%s",
				       warning->text);
	return tm_warnings_add(dump->warnings, warning->code,
			       "network namespace %s: %s", current(ctx)->name,
			       warning->text);
}

int tm_dump_report(struct tm_dump_ctx *ctx)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < ctx->warnings.count; i++)
		ret = report_one(ctx, &ctx->warnings.warning[i]);
	tm_warnings_clear(&ctx->warnings);
	return ret;
}

static int on_message(const void *msg, size_t len, bool mptcp, void *user)
{
	struct tm_dump_ctx *ctx = user;

	ctx->emitted = true;
	return ctx->sink.message(msg, len, mptcp, (uint16_t)ctx->index,
				 ctx->sink.user);
}

static int on_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		     void *user)
{
	struct tm_dump_ctx *ctx = user;
	const struct tm_plan *plan = ctx->dump->plan;
	int ret;

	ctx->emitted = true;
	sock->netns = (uint16_t)ctx->index;
	ret = tm_classify(&ctx->classifier, plan->states, sock);
	if (ret <= 0)
		return ret;
	/* msks are asked for without a program */
	sock->asked = ctx->asked && !(sock->flags & TM_SOCK_MPTCP);
	if (!tm_select_may(plan, &current_status(ctx)->facts, sock))
		return 0;
	tm_classifier_account(&ctx->classifier, ctx->dump->objects, sock);
	return ctx->sink.socket(sock, info, ctx->sink.user);
}

static int on_restart(void *user)
{
	struct tm_dump_ctx *ctx = user;

	tm_classifier_clear(&ctx->classifier);
	return ctx->sink.restart((uint16_t)ctx->index, ctx->sink.user);
}

static void on_unfiltered(void *user)
{
	struct tm_dump_ctx *ctx = user;

	ctx->asked = false;
}

static int open_diag(void *user)
{
	struct tm_dump_ctx *ctx = user;
	const struct tm_kernel *kernel = ctx->dump->plan->kernel;
	int fd = kernel->open(kernel, &ctx->ctx, current(ctx), ctx->inside);

	if (fd < -TM_ENTERED) {
		ctx->opened = true;
		return fd + TM_ENTERED;
	}
	ctx->opened |= fd >= 0;
	return fd;
}

/* @code is what @request refers to, to be freed behind it. */
static int prefilter(struct tm_dump_ctx *ctx, struct tm_diag_request *request,
		     void **code)
{
	const struct tm_plan *plan = ctx->dump->plan;
	uint32_t states;

	*code = NULL;
	ctx->asked = false;
	if (!plan->prefiltered || !plan->query->bytecode)
		return 0;
	return tm_filter_bytecode(plan->filter, &current_status(ctx)->facts,
				  &states, code, &request->code_len,
				  &ctx->asked);
}

static struct tm_diag_sink sink_of(struct tm_dump_ctx *ctx)
{
	return (struct tm_diag_sink){
		.message = ctx->sink.messages ? on_message : NULL,
		.socket = on_socket,
		.restart = ctx->sink.restarts ? on_restart : NULL,
		.unfiltered = on_unfiltered,
		.user = ctx,
	};
}

static int open_list(bool ipv6, void *user)
{
	struct tm_dump_ctx *ctx = user;
	const struct tm_kernel *kernel = ctx->dump->plan->kernel;

	return kernel->list(kernel, &ctx->ctx, current(ctx), ctx->inside, ipv6);
}

/*
 * The kernel has no sock_diag, or a seccomp filter or a security module
 * refuses it: not an error of entering the namespace, nor of a sink.
 */
static bool is_closed(const struct tm_dump_ctx *ctx, int error)
{
	static const int refusals[] = { EPERM,	    EACCES, EPROTONOSUPPORT,
					EOPNOTSUPP, ENOSYS, EAFNOSUPPORT,
					EINVAL,	    ENOENT };

	if (ctx->emitted || (!ctx->opened && error != -EPROTONOSUPPORT))
		return false;
	for (size_t i = 0; i < TM_ARRAY_SIZE(refusals); i++)
		if (error == -refusals[i])
			return true;
	return false;
}

/*
 * It was entered for neither the last request nor its lists: what led to it is
 * gone, though an earlier request may have been answered.
 */
static bool is_gone(const struct tm_dump_ctx *ctx, int error)
{
	return error == -ENOENT && !current(ctx)->own;
}

/* @closed: -errno of sock_diag */
static int list_dump(struct tm_dump_ctx *ctx,
		     const struct tm_diag_request *request, int closed,
		     bool *mptcp_refused)
{
	const struct tm_list_source source = { open_list, ctx };
	const struct tm_diag_sink sink = sink_of(ctx);
	int ret;

	ctx->asked = false;
	ret = tm_list_dump(&source, request, &sink, &ctx->warnings);
	if (ret < 0 && !ctx->emitted && is_gone(ctx, ret)) {
		ctx->opened = false;
		return -ENOENT;
	}
	if (ret < 0 && !ctx->emitted && !tm_netns_lacks(ret))
		return -EPROTONOSUPPORT;
	ctx->opened = true;
	current_status(ctx)->closed = closed;
	*mptcp_refused = request->mptcp;
	return ret;
}

static int request_dump(struct tm_dump_ctx *ctx,
			struct tm_diag_request *request, bool *mptcp_refused)
{
	const struct tm_diag_source source = { open_diag, ctx };
	const struct tm_diag_sink sink = sink_of(ctx);
	void *code;
	int ret = prefilter(ctx, request, &code);

	if (ret < 0)
		return ret;
	request->code = code;
	ret = tm_diag_dump(&ctx->ctx, &source, request, &sink, &ctx->warnings,
			   mptcp_refused);
	free(code);
	if (is_closed(ctx, ret))
		ret = list_dump(ctx, request, ret, mptcp_refused);
	return ret;
}

static bool uses_mptcp(const struct tm_dump_ctx *ctx)
{
	const struct tm_ns *ns = current(ctx);
	char net[TM_TASK_PATH];

	if (current_status(ctx)->stat.mptcp)
		return true;
	tm_task_path(ns->task, "/net", net);
	return (ns->own || ns->task.pid) &&
	       tm_sockstat_used_mptcp(&ctx->ctx, ns->own ? NULL : net);
}

/* Inside of the namespace, or from outside with a socket opened there. */
static int netns_dump(struct tm_dump_ctx *ctx)
{
	const struct tm_plan *plan = ctx->dump->plan;
	struct tm_netns_status *status = current_status(ctx);
	struct tm_diag_request request = {
		.states = plan->states,
		.mptcp = plan->mptcp && tm_status_may_have_mptcp(
						ctx->dump->status, ctx->index),
		.info = tm_plan_needs(plan, TCPMEM_NEED_INFO),
	};
	bool mptcp_refused = false;
	int ret;

	tm_classifier_clear(&ctx->classifier);
	ctx->opened = ctx->inside;
	ctx->emitted = false;
	ret = request_dump(ctx, &request, &mptcp_refused);
	if (!ctx->opened && ret != -EPROTONOSUPPORT)
		return tm_dump_denied(ctx, ret);
	if (ret)
		return ret;
	status->status = TM_DUMP_DUMPED;
	if (!mptcp_refused || !uses_mptcp(ctx))
		return 0;
	return tm_warnings_add(
		&ctx->warnings, TCPMEM_WARNING_MPTCP_MISSING,
		"MPTCP is in use and the kernel does not show its sockets%s",
		status->closed ? "" : "; load the module mptcp_diag");
}

/*
 * Who has no TIME_WAIT is not near its limit, and a sysctl takes the kernel
 * longer to find the more namespaces there are: half a millisecond with 200.
 */
static bool wants_time_wait_max(const struct tm_dump_ctx *ctx)
{
	const struct tm_netns_status *status = current_status(ctx);

	if (status->time_wait_max != TCPMEM_UNKNOWN)
		return false;
	return !status->counted || status->stat.time_wait ||
	       current(ctx)->own || ctx->dump->plan->query->netns_count;
}

/* As it was read first: a later count of the same namespace has it already. */
static int read_limits(struct tm_dump_ctx *ctx)
{
	static const char path[] = "sys/net/ipv4/tcp_max_tw_buckets";
	struct tm_netns_status *status = current_status(ctx);
	uint64_t max;
	int ret;

	if (wants_time_wait_max(ctx) &&
	    tm_sysctl_read(&ctx->ctx, path, 1, &max) == 0 && max <= TM_FACT_MAX)
		status->time_wait_max = (int64_t)max;
	if (!tm_plan_needs(ctx->dump->plan, TCPMEM_NEED_LIMITS) ||
	    status->limits)
		return 0;
	status->limits = malloc(sizeof(*status->limits));
	if (!status->limits)
		return -ENOMEM;
	tm_limits_init(status->limits);
	ret = tm_sysctl_limits(&ctx->ctx, TCPMEM_LIMIT_SCOPE_NETNS,
			       status->limits);
	if (ret == 0)
		return 0;
	free(status->limits);
	status->limits = NULL;
	return ret;
}

/* Half of the fds that there may be are for others. */
static bool may_keep_open(size_t index)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	       index < limit.rlim_cur / 2 / TM_NS_FILES;
}

/* Counts that cannot be read keep nothing from being dumped. */
static void count_inside(void *user)
{
	struct tm_dump_ctx *ctx = user;
	const struct tm_plan *plan = ctx->dump->plan;
	struct tm_netns_status *status = current_status(ctx);
	bool empty;

	if (ctx->dump->again && !current(ctx)->own && !current(ctx)->files &&
	    may_keep_open(ctx->index))
		current(ctx)->files = tm_ns_files_open(&ctx->ctx);
	status->counted = tm_sockstat_read(&ctx->ctx, NULL, &status->stat) == 0;
	if (status->counted)
		status->time_wait = (int64_t)status->stat.time_wait;
	ctx->error = read_limits(ctx);
	empty = status->counted && tm_sockstat_is_empty(&status->stat);
	if (!empty)
		status->tls |= tm_sockstat_has_tls(&ctx->ctx);
	if (status->status != TM_DUMP_PENDING)
		return;
	if (empty && !plan->bound && !plan->query->netns_count &&
	    !current(ctx)->own)
		status->status = TM_DUMP_EMPTY;
	else if (plan->filter)
		tm_select_look_up(&ctx->ctx, plan->filter, &status->facts);
}

static int netns_count(struct tm_dump_ctx *ctx)
{
	const struct tm_kernel *kernel = ctx->dump->plan->kernel;
	int ret = 0;

	ctx->error = 0;
	if (ctx->inside)
		count_inside(ctx);
	else
		ret = tm_netns_run(kernel, &ctx->ctx, current(ctx),
				   count_inside, ctx);
	return ret < 0 ? tm_dump_denied(ctx, ret) : ctx->error;
}

/* The caller's thread reads from a netlink socket opened by another. */
static int run_here(const struct tm_dump *dump,
		    int (*job)(struct tm_dump_ctx *ctx))
{
	struct tm_dump_ctx ctx;
	int ret = tm_dump_ctx_init(&ctx, dump);

	if (ret < 0)
		return ret;
	for (size_t i = 0; ret == 0 && i < dump->list->count; i++) {
		if (!tm_dump_wants(dump, i))
			continue;
		ctx.index = i;
		ctx.inside = dump->list->ns[i].own;
		ret = job(&ctx);
		if (ret == 0)
			ret = tm_dump_report(&ctx);
	}
	tm_dump_ctx_deinit(&ctx);
	return ret;
}

static int run_all(const struct tm_dump *dump,
		   int (*job)(struct tm_dump_ctx *ctx))
{
	size_t wanted = 0, workers = tm_thread_cpus();
	int ret = tm_status_grow(dump->status, dump->list->count);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < dump->list->count; i++)
		wanted += tm_dump_wants(dump, i);
	if (workers > WORKERS_MAX)
		workers = WORKERS_MAX;
	if (workers > wanted)
		workers = wanted;
	if (wanted < 2 || dump->sink->messages)
		return run_here(dump, job);
	return tm_workers_run(dump, job, workers);
}

int tm_dump_all(const struct tm_dump *dump)
{
	return run_all(dump, netns_dump);
}

/* Return: whether it is counted, and need not be entered. */
static bool count_from_files(const struct tm_dump *dump,
			     const struct tm_ns_files_look *look, size_t index)
{
	struct tm_ns *ns = &dump->list->ns[index];
	struct tm_netns_status *status = &dump->status->ns[index];
	struct tm_sockstat stat;
	bool tls = false;
	bool limits = tm_plan_needs(dump->plan, TCPMEM_NEED_LIMITS);

	if (!ns->files || dump->plan->filter ||
	    (limits && dump->plan->sink != TM_SINK_CAPTURE))
		return false;
	if (tm_ns_files_read(dump->plan->ctx, look, ns->files, &stat, &tls)) {
		tm_ns_files_close(ns->files);
		ns->files = NULL;
		return false;
	}
	if (stat.time_wait && status->time_wait_max == TCPMEM_UNKNOWN)
		return false;
	/* of a recorder, limits that nothing can be near to are left out */
	if (limits && !tm_sockstat_is_empty(&stat))
		return false;
	status->stat = stat;
	status->time_wait = (int64_t)stat.time_wait;
	status->counted = true;
	status->tls |= tls;
	if (status->status == TM_DUMP_PENDING && tm_sockstat_is_empty(&stat) &&
	    !dump->plan->bound)
		status->status = TM_DUMP_EMPTY;
	return true;
}

int tm_count_all(const struct tm_dump *dump)
{
	struct tm_ns_files_look look = { .tcp_alone = dump->tcp_alone };
	struct tm_status *status = dump->status;
	int ret = tm_status_grow(status, dump->list->count);

	if (dump->again)
		tm_ns_files_begin(dump->plan->ctx, &look);
	for (size_t i = 0; ret == 0 && dump->again && i < dump->list->count;
	     i++)
		status->ns[i].skipped = tm_dump_wants(dump, i) &&
					count_from_files(dump, &look, i);
	if (ret == 0)
		ret = run_all(dump, netns_count);
	for (size_t i = 0; i < status->count; i++)
		status->ns[i].skipped = false;
	return ret;
}
