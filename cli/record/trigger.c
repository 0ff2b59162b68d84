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
