/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup.h - a v2 cgroup of a command's own, where one can be made */
#ifndef CLI_RUN_CGROUP_H
#define CLI_RUN_CGROUP_H

#include <stdint.h>

/* struct run_cgroup - @path: of the cgroup; NULL: none could be made */
struct run_cgroup {
	char *path;
	uint64_t id;
	int procs; /* fd of cgroup.procs; -1: none */
};

/*
 * run_cgroup_make() - makes one below our own
 *
 * It takes no controller, so nothing is limited or counted otherwise than
 * before. Where there is no v2 hierarchy, or we may not, there is none.
 */
void run_cgroup_make(struct run_cgroup *cgroup);

/* run_cgroup_remove() - removes it; who lives on in it comes back to ours */
void run_cgroup_remove(struct run_cgroup *cgroup);

#endif
