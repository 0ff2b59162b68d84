// SPDX-License-Identifier: LGPL-2.1-or-later
/* trend.c - how much the cgroups of what leaks may still take */
#include "analysis/trend.h"
#include "base/ctx.h"
#include "host/internal.h"

#include <string.h>

/* Groups whose sockets are in one cgroup, as a rule. */
static bool is_in_one_cgroup(const char *keys)
{
	static const char *const names[] = { "process", "cgroup", "unit",
					     "container", "pod" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(names[i]);

		if (strncmp(keys, names[i], len) == 0 &&
		    (keys[len] == ',' || !keys[len]))
			return true;
	}
	return false;
}

/* Of rows that leak or grow only: reading takes files of each. */
static void read_limits(const struct tcpmem_ctx *ctx,
			struct tcpmem_trend *trend)
{
	for (size_t i = 0; i < trend->row_count; i++) {
		struct tcpmem_trend_row *row = &trend->row[i];
		const struct tcpmem_process *process =
			row->group->subject.process;
		uint32_t pid = process ? process->pid : row->group->sample_pid;
		int64_t bytes;

		if (row->judged.trend_class >= TCPMEM_TREND_CLASS_GROWTH &&
		    pid && tm_cgroup_room_read(ctx, pid, &bytes))
			row->judged.until_limit_ns = tm_trend_until(row, bytes);
	}
}

int tcpmem_trend_judge(struct tcpmem_trend *trend, struct tcpmem_ctx *ctx)
{
	int ret = tm_trend_judge(trend);

	if (ret == 0 && ctx && is_in_one_cgroup(trend->keys))
		read_limits(ctx, trend);
	return ret;
}
