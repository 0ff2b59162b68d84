/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cgroup_charge.h - the kernel's own count of a cgroup's socket memory */
#ifndef TM_READ_CGROUP_CHARGE_H
#define TM_READ_CGROUP_CHARGE_H

#include "ctx.h"
#include "model/charges.h"

#include <limits.h>

/*
 * struct tm_charge_mount - where it is counted
 * @dir: the hierarchy's mount
 */
struct tm_charge_mount {
	enum tm_charges_source source;
	char dir[PATH_MAX];
};

/*
 * tm_charge_find_mount() - the hierarchy that has the memory controller
 *
 * Its source is TM_CHARGES_NONE if none has it, or none can be seen.
 */
void tm_charge_find_mount(const struct tcpmem_ctx *ctx,
			  struct tm_charge_mount *mount);

/*
 * tm_charge_read() - what one cgroup is charged, with those below it
 * @dir: the cgroup's directory
 *
 * Return: 0; -ENODATA if the kernel does not count here; -errno of reading;
 * -EBADMSG if there is no number.
 */
int tm_charge_read(const char *dir, enum tm_charges_source source,
		   int64_t *bytes);

/* tm_charge_others() - bytes of UDP, which sock counts too; 0 if unknown */
int64_t tm_charge_others(const struct tcpmem_ctx *ctx);

#endif
