/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* record.h - what makes a look an incident; messages to a service manager */
#ifndef CLI_RECORD_RECORD_H
#define CLI_RECORD_RECORD_H

#include "options.h"
#include "tcpmem.h"

#include <stdio.h>

/*
 * struct oom - kills for lack of memory, as the last look counted them
 * @host: of all cgroups and beside them; TCPMEM_UNKNOWN: not read yet
 * @cgroup: those that have sockets
 */
struct oom {
	int64_t host;
	struct oom_cgroup *cgroup;
	size_t count;
};

/* oom_find() - kills since the look before; @causes: a line for each cgroup */
void oom_find(struct oom *oom, const struct tcpmem_snapshot *snap,
	      FILE *causes);
void oom_close(struct oom *oom);

/*
 * struct trigger - what the last look said of each cause
 * @check: the thresholds of --max-...
 * @before: the snapshot before, where growth has a threshold
 * @critical: bits of enum tcpmem_check_metric: beyond their thresholds
 * @pressure: TCP was under memory pressure
 */
struct trigger {
	struct tcpmem_check *check;
	struct tcpmem_snapshot *before;
	bool grows;
	uint32_t critical;
	bool pressure;
	struct oom oom;
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
