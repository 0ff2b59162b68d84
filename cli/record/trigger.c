// SPDX-License-Identifier: LGPL-2.1-or-later
/* trigger.c - what makes a look an incident */
#include "record/record.h"

#include "check/check.h"
#include "messages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* A look may have more than one cause. */
static void add_cause(char text[TRIGGER_TEXT], const char *cause)
{
	size_t used = strlen(text);

	snprintf(text + used, TRIGGER_TEXT - used, "%s%s", used ? "; " : "",
		 cause);
}

static void find_oom(struct trigger *trigger, char text[TRIGGER_TEXT])
{
	int64_t count = read_oom_kills();
	char cause[64];

	if (count != TCPMEM_UNKNOWN && trigger->oom_kills != TCPMEM_UNKNOWN &&
	    count > trigger->oom_kills) {
		snprintf(cause, sizeof(cause),
			 "out of memory: %" PRId64 " killed",
			 count - trigger->oom_kills);
		add_cause(text, cause);
	}
	trigger->oom_kills = count;
}

static void find_pressure(struct trigger *trigger,
			  const struct tcpmem_snapshot *snap,
			  char text[TRIGGER_TEXT])
{
	int64_t now = 0;

	(void)tcpmem_snapshot_get_host_metric(snap, TCPMEM_HOST_METRIC_PRESSURE,
					      &now);
	if (now && !trigger->pressure)
		add_cause(text, "TCP is under memory pressure");
	trigger->pressure = now;
}

/* The worst of the results that are beyond their thresholds */
static void describe(const struct tcpmem_check *check, char text[TRIGGER_TEXT])
{
	char cause[TRIGGER_TEXT] = "";
	FILE *out = fmemopen(cause, sizeof(cause), "w");

	for (size_t i = 0; out && i < tcpmem_check_get_result_count(check);
	     i++) {
		const struct tcpmem_check_result *result =
			tcpmem_check_get_result(check, i);

		if (result->level != TCPMEM_LEVEL_CRITICAL)
			continue;
		thresholds_print(out, result);
		break;
	}
	if (out)
		fclose(out);
	cause[TRIGGER_TEXT - 1] = '\0';
	add_cause(text, cause);
}

static void find_threshold(struct trigger *trigger,
			   const struct tcpmem_snapshot *snap,
			   char text[TRIGGER_TEXT])
{
	bool critical;

	if (tcpmem_check_judge(trigger->check, trigger->before, snap) < 0)
		return; /* growth needs two looks */
	critical = tcpmem_check_get_level(trigger->check) ==
		   TCPMEM_LEVEL_CRITICAL;
	if (critical && !trigger->critical)
		describe(trigger->check, text);
	trigger->critical = critical;
}

void trigger_find(struct trigger *trigger, const struct tcpmem_snapshot *snap,
		  char text[TRIGGER_TEXT])
{
	find_threshold(trigger, snap, text);
	find_pressure(trigger, snap, text);
	find_oom(trigger, text);
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
