// SPDX-License-Identifier: LGPL-2.1-or-later
/* past.c - past owners: learned from each look, and whether they live */
#include "collect/holders.h"

#include "bpf/internal.h"
#include "host/internal.h"
#include "owners/internal.h"
#include "proc/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_US UINT64_C(1000)

void tm_past_open(const struct tm_plan *plan, struct tm_cache *cache)
{
	char dir[PATH_MAX];

	if (!tm_plan_needs(plan, TCPMEM_NEED_PAST) || !cache->fds ||
	    cache->hooks || cache->hooks_error)
		return;
	if (plan->query->source == TCPMEM_HOLDER_SOURCE_PROC)
		cache->hooks_error = -EOPNOTSUPP;
	else
		cache->hooks_error =
			tm_cgroup_mount(plan->ctx, true, dir, sizeof(dir));
	if (cache->hooks_error == 0)
		cache->hooks_error =
			tm_owners_bpf_open(plan->ctx, dir, &cache->hooks);
}

int tm_past_learn(const struct tm_plan *plan, struct tm_cache *cache,
		  const struct tm_owners *owners,
		  const struct tcpmem_snapshot *snap)
{
	int ret = 0;

	if (!tm_plan_needs(plan, TCPMEM_NEED_PAST))
		return 0;
	if (!cache->ledger)
		ret = tm_ledger_new(TM_LEDGER_MAX, &cache->ledger);
	return ret ? ret
		   : tm_ledger_learn(cache->ledger, snap, owners->listeners);
}

static struct tcpmem_process process_of(const struct tm_bpf_process *from)
{
	uint64_t tick_ns =
		UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK);
	struct tcpmem_process process = {
		.start_time = from->start_ns / tick_ns,
		.pid = from->tgid,
		.uid = from->uid,
	};

	memcpy(process.comm, from->comm, sizeof(process.comm));
	process.comm[sizeof(process.comm) - 1] = '\0';
	return process;
}

/* Return: what tells it; TM_PAST_UNKNOWN: it is not known. */
static enum tm_past_source closer_of(const struct tm_bpf_released *released,
				     struct tcpmem_process *process)
{
	if (released->closer.tgid) {
		*process = process_of(&released->closer);
		return TM_PAST_EXACT;
	}
	*process = process_of(&released->creator);
	return released->creator.tgid ? TM_PAST_EVENT : TM_PAST_UNKNOWN;
}

static bool is_closed(const struct tcpmem_socket *sock)
{
	return sock->cookie && (sock->kind == TCPMEM_KIND_TIME_WAIT ||
				sock->kind == TCPMEM_KIND_ORPHAN);
}

/* What the hooks saw of a socket does not change any more. */
static int ask_hooks(struct tm_cache *cache, const struct tcpmem_snapshot *snap)
{
	struct tm_bpf_released released;
	struct tcpmem_process process;
	const struct tcpmem_process *known;
	enum tm_past_source source;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];

		if (!is_closed(sock) ||
		    tm_ledger_owner(cache->ledger, sock->cookie, &known) >
			    TM_PAST_MEMORY ||
		    tm_owners_bpf_find(cache->hooks, sock->cookie, &released))
			continue;
		source = closer_of(&released, &process);
		if (source != TM_PAST_UNKNOWN)
			ret = tm_ledger_tell(cache->ledger, sock->cookie,
					     &process, source);
	}
	return ret;
}

static bool find_released(uint64_t cookie, void *user,
			  struct tm_owners_answer *answer)
{
	const struct tm_cache *cache = user;
	struct tm_bpf_released released;

	if (tm_owners_bpf_find(cache->hooks, cookie, &released))
		return false;
	answer->source = closer_of(&released, &answer->process);
	return answer->source != TM_PAST_UNKNOWN;
}

int tm_past_serve(struct tm_cache *cache)
{
	if (!cache->hooks)
		return cache->hooks_error ? cache->hooks_error : -EINVAL;
	return cache->server
		       ? 0
		       : tm_owners_serve(find_released, cache, &cache->server);
}

/* Those that nothing names for sure. Return: how many; @cookie has room. */
static size_t list_unsure(const struct tm_ledger *ledger,
			  const struct tcpmem_snapshot *snap, uint64_t *cookie)
{
	const struct tcpmem_process *known;
	size_t count = 0;

	for (size_t i = 0; i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];

		if (is_closed(sock) &&
		    tm_ledger_owner(ledger, sock->cookie, &known) <=
			    TM_PAST_MEMORY)
			cookie[count++] = sock->cookie;
	}
	return count;
}

/*
 * A resident command may have seen them close, if its pids are ours.
 * @error: receives why it is not believed, or did not answer; 0: there is none
 */
static int ask_server(const struct tm_plan *plan, struct tm_cache *cache,
		      const struct tcpmem_snapshot *snap, int *error)
{
	size_t room = snap->sockets.count + 1;
	struct tm_owners_answer *answer;
	uint64_t *cookie;
	ssize_t known = 0;
	int ret = 0;

	if (plan->query->source == TCPMEM_HOLDER_SOURCE_PROC ||
	    !tm_bpf_sees_same_pids(plan->ctx))
		return 0;
	cookie = calloc(room, sizeof(*cookie));
	answer = calloc(room, sizeof(*answer));
	if (!cookie || !answer)
		ret = -ENOMEM;
	else if ((room = list_unsure(cache->ledger, snap, cookie)))
		known = tm_owners_ask(cookie, room, answer);
	for (ssize_t i = 0; ret == 0 && i < known; i++)
		ret = tm_ledger_tell(cache->ledger, answer[i].cookie,
				     &answer[i].process,
				     (enum tm_past_source)answer[i].source);
	free(cookie);
	free(answer);
	if (known < 0 && known != -ENOENT && known != -ECONNREFUSED)
		*error = (int)known;
	return ret;
}

static bool is_gone(int proc, const struct tcpmem_process *process)
{
	struct tm_proc_stat stat;
	char path[32];
	int ret;

	snprintf(path, sizeof(path), "%" PRIu32 "/stat", process->pid);
	ret = tm_proc_stat_read(proc, path, &stat);
	if (ret < 0)
		return ret == -ENOENT || ret == -ESRCH;
	return stat.exiting || stat.start_time != process->start_time;
}

static void find_gone(const struct tcpmem_ctx *ctx, struct tm_past *past)
{
	int proc = open(ctx->proc, O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; proc >= 0 && i < past->count; i++)
		past->owner[i].gone = is_gone(proc, &past->owner[i].process);
	if (proc >= 0)
		close(proc);
}

static size_t count_unnamed(const struct tcpmem_snapshot *snap)
{
	size_t count = 0;

	for (size_t i = 0; i < snap->sockets.count; i++)
		count += is_closed(&snap->sockets.sock[i]) &&
			 snap->past.ref[i].source == TM_PAST_UNKNOWN;
	return count;
}

static int explain(const struct tm_cache *cache, struct tcpmem_snapshot *snap)
{
	const struct tm_ledger *ledger = cache->ledger;
	size_t unnamed = count_unnamed(snap);
	uint64_t refused = tm_ledger_refused(ledger);

	if (!unnamed)
		return 0;
	if (refused)
		return tm_warnings_add(
			&snap->warnings, TCPMEM_WARNING_PAST_UNKNOWN,
			"the past owners of %zu sockets are not known: of "
			"connections %d are remembered, and %" PRIu64
			" more were seen",
			unnamed, TM_LEDGER_MAX, refused);
	if (tm_ledger_looks(ledger) > 1)
		return tm_warnings_add(
			&snap->warnings, TCPMEM_WARNING_PAST_UNKNOWN,
			"the past owners of %zu sockets are not known: no look "
			"saw who held them, %s",
			unnamed,
			cache->hooks ? "and they were closed before the first"
				     : "and hooks that would tell who closes "
				       "them cannot be used");
	return tm_warnings_add(
		&snap->warnings, TCPMEM_WARNING_PAST_UNKNOWN,
		"the past owners of %zu sockets are not known: one look "
		"remembers nothing",
		unnamed);
}

int tm_past_name(const struct tm_plan *plan, struct tm_cache *cache,
		 const struct tm_listeners *listeners,
		 struct tcpmem_snapshot *snap)
{
	int ret = 0, error = 0;

	if (!tm_plan_needs(plan, TCPMEM_NEED_PAST))
		return 0;
	if (cache->hooks)
		ret = ask_hooks(cache, snap);
	if (ret == 0)
		ret = ask_server(plan, cache, snap, &error);
	if (ret == 0)
		ret = tm_ledger_name(cache->ledger, listeners, snap);
	if (ret)
		return ret;
	find_gone(plan->ctx, &snap->past);
	tm_past_find_holders(&snap->past, snap->holders);
	ret = explain(cache, snap);
	if (ret || !error)
		return ret;
	return tm_warnings_add(&snap->warnings, TCPMEM_WARNING_PAST_UNKNOWN,
			       TM_OWNERS_SOCKET
			       " could not be asked who closed them: %s",
			       error == -EPERM ? "who serves it is not trusted"
					       : strerror(-error));
}

static int name_ended(const struct tm_bpf_released *released,
		      struct tm_past *past)
{
	struct tcpmem_process process;
	enum tm_past_source source = closer_of(released, &process);
	int ret = 0;

	if (source != TM_PAST_UNKNOWN)
		ret = tm_past_set(past, 0, &process, source);
	if (ret == 0 && released->creator.tgid) {
		process = process_of(&released->creator);
		ret = tm_past_set_creator(past, 0, &process);
	}
	past->ref[0].aged = released->born_ns;
	past->ref[0].age_us =
		(released->released_ns - released->born_ns) / NS_PER_US;
	past->ref[0].cgroup_id = released->closer.cgroup_id
					 ? released->closer.cgroup_id
					 : released->creator.cgroup_id;
	return ret;
}

static int find_cgroup(const struct tm_plan *plan, struct tcpmem_snapshot *snap)
{
	uint64_t id = snap->past.ref[0].cgroup_id;
	bool unread;
	int ret;

	if (!id || tm_metadata_find(&snap->metadata, id))
		return 0;
	ret = tm_metadata_want(&snap->metadata, id);
	return ret ? ret : tm_cgroup_paths(plan->ctx, &snap->metadata, &unread);
}

int tm_past_ended(const struct tm_plan *plan, const struct tm_cache *cache,
		  struct tcpmem_snapshot *snap)
{
	uint64_t cookie = snap->sockets.sock[0].cookie;
	const struct tcpmem_process *owner;
	struct tm_bpf_released released;
	enum tm_past_source source = TM_PAST_UNKNOWN;
	int ret;

	if (!tm_plan_needs(plan, TCPMEM_NEED_PAST))
		return 0;
	ret = tm_past_init(&snap->past, 1);
	if (ret)
		return ret;
	if (cache->hooks &&
	    tm_owners_bpf_find(cache->hooks, cookie, &released) == 0) {
		ret = name_ended(&released, &snap->past);
		return ret ? ret : find_cgroup(plan, snap);
	}
	if (cache->ledger)
		source = tm_ledger_owner(cache->ledger, cookie, &owner);
	return source == TM_PAST_UNKNOWN
		       ? 0
		       : tm_past_set(&snap->past, 0, owner, source);
}
