/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* played.h - what stands in for the kernel, in its parts */
#ifndef ANSWERS_PLAYED_H
#define ANSWERS_PLAYED_H

#include "tcpmem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* played_look() - the next of the looks. Return: 0 or -errno. */
int played_look(struct tcpmem_ctx *ctx, const struct tcpmem_query *query,
		struct tcpmem_snapshot **snap);

/* played_is_over() - whether the last of the looks was taken */
bool played_is_over(void);

/* played_number() - "3" of name=3 in the variable; 0 if it is not there */
int64_t played_number(const char *variable, const char *name);

/* played_wait() - time passes */
void played_wait(int64_t ns);

/* played_cgroup() - in which cgroup a process is, if CGROUP is set */
FILE *played_cgroup(const char *path);

/* played_mounts() - a hierarchy of cgroups that is a directory */
FILE *played_mounts(void);

#endif
