/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* charges.h - what the kernel charged to cgroups for their sockets */
#ifndef TM_MODEL_CHARGES_H
#define TM_MODEL_CHARGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who counts. */
enum tm_charges_source {
	TM_CHARGES_NONE,
	TM_CHARGES_V2, /* memory.stat's sock, of all protocols */
	TM_CHARGES_V1, /* memory.kmem.tcp, once a limit was set */
};

/*
 * struct tm_charge - one cgroup, those below it included
 * @path: a text of the snapshot's metadata
 */
struct tm_charge {
	uint32_t path;
	bool known;
	int64_t bytes;
};

/*
 * struct tm_charges - all zero: not asked for
 * @others: bytes that the host has for protocols that are charged likewise
 */
struct tm_charges {
	enum tm_charges_source source;
	struct tm_charge *charge;
	size_t count;
	size_t capacity;
	int64_t others;
};

#endif
