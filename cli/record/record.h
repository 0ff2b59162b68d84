/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* record.h - what makes a look an incident; messages to a service manager */
#ifndef CLI_RECORD_RECORD_H
#define CLI_RECORD_RECORD_H

#include "options.h"
#include "tcpmem.h"

#include <stdio.h>

/*
 * struct trigger - what the last look said of each cause
 * @check: the thresholds of --max-...
 * @before: the snapshot before, where growth has a threshold
 * @critical, @pressure: a threshold was passed, TCP was under memory pressure
 * @oom_kills: the kernel's count; TCPMEM_UNKNOWN: not read yet
 */
struct trigger {
	struct tcpmem_check *check;
	struct tcpmem_snapshot *before;
	bool grows;
	bool critical;
	bool pressure;
	int64_t oom_kills;
};

/*
 * trigger_open() - reads the thresholds
 * @needs: receives the bits of enum tcpmem_need that they need
 *
 * Return: 0, or an exit code after a message.
 */
int trigger_open(const struct options *options, struct trigger *trigger,
		 uint32_t *needs);
void trigger_close(struct trigger *trigger);

/*
 * trigger_find() - what has begun since the look before
 * @causes: a line for each
 */
void trigger_find(struct trigger *trigger, const struct tcpmem_snapshot *snap,
		  FILE *causes);

/* trigger_keep() - takes the snapshot, for the next look or to free it */
void trigger_keep(struct trigger *trigger, struct tcpmem_snapshot *snap);

/* notify() - a message to the service manager, if there is one: "READY=1" */
void notify(const char *text);

#endif
