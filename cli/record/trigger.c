// SPDX-License-Identifier: LGPL-2.1-or-later
/* trigger.c - what makes a look an incident */
#include "record/record.h"

#include "check/check.h"
#include "messages.h"

#include <inttypes.h>
#include <stdio.h>

int trigger_open(const struct options *options, struct trigger *trigger,
		 uint32_t *needs)
{
	int ret;

	*trigger = (struct trigger){ .oom_kills = TCPMEM_UNKNOWN };
	if (tcpmem_check_new(&trigger->check) < 0) {
		message("out of memory");
		return EXIT_FAILED;
	}
	ret = thresholds_read(options, trigger->check);
	if (ret == 0 && options->per &&
	    tcpmem_check_set_keys(trigger->check, options->per) < 0)
		ret = keys_report_unknown(options->per);
	trigger->grows =
		tcpmem_check_has(trigger->check, TCPMEM_CHECK_METRIC_GROWTH);
	tcpmem_check_require(trigger->check, needs);
	return ret;
}

void trigger_close(struct trigger *trigger)
{
	tcpmem_check_free(trigger->check);
	tcpmem_snapshot_free(trigger->before);
}

/* Of all cgroups, whose memory.events counts the same, and of the host */
static int64_t read_oom_kills(void)
{
	FILE *file = fopen("/proc/vmstat", "re");
	int64_t count = TCPMEM_UNKNOWN;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "oom_kill %" SCNd64, &count) == 1)
			break;
	if (file)
		fclose(file);
	return count;
}

static void find_oom(struct trigger *trigger, FILE *causes)
{
	int64_t count = read_oom_kills();

	if (count != TCPMEM_UNKNOWN && trigger->oom_kills != TCPMEM_UNKNOWN &&
	    count > trigger->oom_kills)
		fprintf(causes, "out of memory: %" PRId64 " killed\n",
			count - trigger->oom_kills);
	trigger->oom_kills = count;
}

static void find_pressure(struct trigger *trigger,
			  const struct tcpmem_snapshot *snap, FILE *causes)
{
	int64_t now = 0;

	(void)tcpmem_snapshot_get_host_metric(snap, TCPMEM_HOST_METRIC_PRESSURE,
					      &now);
	if (now && !trigger->pressure)
		fputs("TCP is under memory pressure\n", causes);
	trigger->pressure = now;
}

/* The first of the results that are beyond their thresholds */
static void describe(const struct tcpmem_check *check, FILE *causes)
{
	for (size_t i = 0; i < tcpmem_check_get_result_count(check); i++) {
		const struct tcpmem_check_result *result =
			tcpmem_check_get_result(check, i);

		if (result->level != TCPMEM_LEVEL_CRITICAL)
			continue;
		thresholds_print(causes, result);
		fputc('\n', causes);
		return;
	}
}

static void find_threshold(struct trigger *trigger,
			   const struct tcpmem_snapshot *snap, FILE *causes)
{
	bool critical;

	if (tcpmem_check_judge(trigger->check, trigger->before, snap) < 0)
		return; /* growth needs two looks */
	critical = tcpmem_check_get_level(trigger->check) ==
		   TCPMEM_LEVEL_CRITICAL;
	if (critical && !trigger->critical)
		describe(trigger->check, causes);
	trigger->critical = critical;
}

void trigger_find(struct trigger *trigger, const struct tcpmem_snapshot *snap,
		  FILE *causes)
{
	find_threshold(trigger, snap, causes);
	find_pressure(trigger, snap, causes);
	find_oom(trigger, causes);
}

void trigger_keep(struct trigger *trigger, struct tcpmem_snapshot *snap)
{
	if (!trigger->grows) {
		tcpmem_snapshot_free(snap);
		return;
	}
	tcpmem_snapshot_free(trigger->before);
	trigger->before = snap;
}
