// SPDX-License-Identifier: LGPL-2.1-or-later
/* past.c - past owners: learned from each look, and whether they live */
#include "collect/past.h"

#include "owners/ledger.h"
#include "proc/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

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

static bool is_gone(int proc, const struct tcpmem_process *process)
{
	struct tm_proc_stat stat;
	char path[32];

	snprintf(path, sizeof(path), "%" PRIu32 "/stat", process->pid);
	return tm_proc_stat_read(proc, path, &stat) < 0 || stat.exiting ||
	       stat.start_time != process->start_time;
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

	for (size_t i = 0; i < snap->sockets.count; i++) {
		uint8_t kind = snap->sockets.sock[i].kind;

		count += (kind == TCPMEM_KIND_TIME_WAIT ||
			  kind == TCPMEM_KIND_ORPHAN) &&
			 snap->past.ref[i].source == TM_PAST_UNKNOWN;
	}
	return count;
}

static int explain(const struct tm_ledger *ledger, struct tcpmem_snapshot *snap)
{
	size_t unnamed = count_unnamed(snap);
	uint64_t refused = tm_ledger_refused(ledger);

	if (refused)
		return tm_warnings_add(
			&snap->warnings, TCPMEM_WARNING_PAST_UNKNOWN,
			"the past owners of %zu sockets are not known: of "
			"connections %d are remembered, and %" PRIu64
			" more were seen",
			unnamed, TM_LEDGER_MAX, refused);
	if (!unnamed)
		return 0;
	if (tm_ledger_looks(ledger) > 1)
		return tm_warnings_add(
			&snap->warnings, TCPMEM_WARNING_PAST_UNKNOWN,
			"the past owners of %zu sockets are not known: no look "
			"saw who held them",
			unnamed);
	return tm_warnings_add(
		&snap->warnings, TCPMEM_WARNING_PAST_UNKNOWN,
		"the past owners of %zu sockets are not known: one look "
		"remembers nothing, and tells those only whose port one "
		"process alone has listened at for %d s",
		unnamed, TM_LEDGER_FORGET_S);
}

int tm_past_name(const struct tm_plan *plan, const struct tm_cache *cache,
		 const struct tm_listeners *listeners,
		 struct tcpmem_snapshot *snap)
{
	int ret;

	if (!tm_plan_needs(plan, TCPMEM_NEED_PAST))
		return 0;
	ret = tm_ledger_name(cache->ledger, listeners, snap);
	if (ret)
		return ret;
	find_gone(plan->ctx, &snap->past);
	return explain(cache->ledger, snap);
}
