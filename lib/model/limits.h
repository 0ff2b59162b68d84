/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* limits.h - what bounds TCP memory, and counters of what hit it: one table */
#ifndef TM_MODEL_LIMITS_H
#define TM_MODEL_LIMITS_H

#include "tcpmem/limits.h"

/* The source of a limit's use. */
enum tm_limit_use {
	TM_USE_NONE,
	TM_USE_MEMORY,	/* the kernel's TCP memory */
	TM_USE_ORPHANS, /* the kernel's count */
	TM_USE_RCVBUF,	/* the largest of the namespace's sockets */
	TM_USE_SNDBUF,
	TM_USE_TIME_WAIT, /* the namespace's mini-sockets */
	TM_USE_PORTS,	  /* of the range, toward the busiest destination */
	TM_USE_SYN_QUEUE, /* half open, of the listener nearest to its limit */
	TM_USE_ACCEPT_QUEUE, /* to be accepted, likewise */
	TM_USE_FILES,	     /* open on the host */
};
#define TM_USE_COUNT (TM_USE_FILES + 1)

/*
 * struct tm_limit_def - one limit, or one counter
 * @path: its file, below the root of /proc; NULL: a listener's own limit, or a
 *	counter
 * @fields: how many numbers the file has
 * @field: which of them it is
 * @gone: what to say where the file is not there; NULL: nothing
 * @line: of a counter, what its line of net/snmp or net/netstat begins with;
 *	its word there is @name
 * @beside: of a counter, the limit that it is about; NULL: of none
 * @finding: of a counter, what it means if it rises; NULL: no harm
 */
struct tm_limit_def {
	const char *name;
	const char *path;
	size_t fields;
	size_t field;
	bool pages;
	enum tcpmem_unit unit;
	enum tcpmem_limit_scope scope;
	enum tm_limit_use use;
	const char *text;
	const char *gone;
	const char *line;
	const char *beside;
	const char *finding;
};

#define TM_LIMIT_COUNT 56
extern const struct tm_limit_def tm_limit_defs[TM_LIMIT_COUNT];

/*
 * struct tm_limits - @read_ns: CLOCK_BOOTTIME of the counters
 * @ram: bytes of the host's memory; 0: not read
 */
struct tm_limits {
	struct tcpmem_limit limit[TM_LIMIT_COUNT];
	int64_t read_ns;
	int64_t ram;
};

void tm_limits_init(struct tm_limits *limits);

/* tm_limits_find() - the limit of that name, which is in the table */
const struct tcpmem_limit *tm_limits_find(const struct tm_limits *limits,
					  const char *name);

#endif
