// SPDX-License-Identifier: LGPL-2.1-or-later
/* boots.c - the runs of the kernel that moments are of, a trend for each */
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int begin_run(struct report *report)
{
	struct report_run *moved = reallocarray(
		report->run, report->run_count + 1, sizeof(*moved));
	int ret;

	if (!moved)
		return -ENOMEM;
	report->run = moved;
	moved += report->run_count;
	*moved = (struct report_run){ 0 };
	ret = tcpmem_trend_new(report->key, 0, &moved->trend);
	report->run_count += ret == 0;
	return ret;
}

/* Cookies, pids and counts of another run of the kernel are other things. */
static int find_run(struct report *report, const struct tcpmem_snapshot *snap)
{
	int64_t since;
	const char *boot = tcpmem_snapshot_get_boot(snap, &since);
	bool another = *boot && report->boot && strcmp(report->boot, boot) != 0;

	if (*boot && (another || !report->boot)) {
		free(report->boot);
		report->boot = strdup(boot);
		report->boots++;
		if (!report->boot)
			return -ENOMEM;
	}
	report->moment[report->count - 1].apart |= another;
	return another || !report->run_count ? begin_run(report) : 0;
}

/*
 * Two captures of the same moment have no trend. Looks of a clock that was set
 * back are among earlier ones: the trend goes by the time since boot.
 */
int report_run_add(struct report *report, const struct report_source *source,
		   const struct tcpmem_snapshot *snap)
{
	struct report_run *run;
	int ret = find_run(report, snap);

	if (ret < 0)
		return ret;
	run = &report->run[report->run_count - 1];
	ret = tcpmem_trend_add(run->trend, snap);
	if (ret == -EINVAL)
		return source->link ? 0 : -ERANGE;
	run->moments += ret == 0;
	return ret;
}

int report_runs_judge(struct report *report)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < report->run_count; i++)
		ret = tcpmem_trend_judge(report->run[i].trend, NULL);
	return ret;
}

size_t report_judged(const struct report *report)
{
	size_t judged = 0;

	for (size_t i = 0; i < report->run_count; i++)
		if (report->run[i].moments >= TCPMEM_TREND_SAMPLES_MIN)
			judged += report->run[i].moments;
	return judged;
}

void report_runs_free(struct report *report)
{
	for (size_t i = 0; i < report->run_count; i++)
		tcpmem_trend_free(report->run[i].trend);
	free(report->run);
	free(report->boot);
}
