// SPDX-License-Identifier: LGPL-2.1-or-later
/* trigger.c - what makes a look an incident */
#include "record/record.h"

#include "check/check.h"
#include "messages.h"

#include <stdio.h>

int trigger_open(const struct options *options, struct trigger *trigger,
		 uint32_t *needs)
{
	int ret;

	*trigger = (struct trigger){ .oom.host = TCPMEM_UNKNOWN };
	if (tcpmem_check_new(&trigger->check) < 0) {
		message("out of memory");
		return EXIT_FAILED;
	}
	ret = thresholds_read(options, trigger->check);
	if (ret == 0 && options->per) {
		ret = tcpmem_check_set_keys(trigger->check, options->per);
		if (ret < 0)
			ret = keys_report(ret, options->per);
	}
	trigger->grows =
		tcpmem_check_has(trigger->check, TCPMEM_CHECK_METRIC_GROWTH);
	tcpmem_check_require(trigger->check, needs);
	return ret;
}

void trigger_close(struct trigger *trigger)
{
	tcpmem_check_free(trigger->check);
	tcpmem_snapshot_free(trigger->before);
	oom_close(&trigger->oom);
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

/*
 * Of each metric that becomes critical, the largest value. One that is not
 * known for a look has not ended.
 */
static void find_threshold(struct trigger *trigger,
			   const struct tcpmem_snapshot *snap, FILE *causes)
{
	const struct tcpmem_check *check = trigger->check;
	uint32_t before = trigger->critical, now = 0;

	if (tcpmem_check_judge(trigger->check, trigger->before, snap) < 0)
		return; /* growth needs two looks */
	for (size_t i = 0; i < tcpmem_check_get_result_count(check); i++) {
		const struct tcpmem_check_result *result =
			tcpmem_check_get_result(check, i);
		uint32_t bit = UINT32_C(1) << result->metric;

		if (result->level == TCPMEM_LEVEL_UNKNOWN)
			now |= before & bit;
		if (result->level != TCPMEM_LEVEL_CRITICAL)
			continue;
		if (!((before | now) & bit)) {
			thresholds_print(causes, result);
			fputc('\n', causes);
		}
		now |= bit;
	}
	trigger->critical = now;
}

void trigger_find(struct trigger *trigger, const struct tcpmem_snapshot *snap,
		  FILE *causes)
{
	find_threshold(trigger, snap, causes);
	find_pressure(trigger, snap, causes);
	oom_find(&trigger->oom, snap, causes);
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
