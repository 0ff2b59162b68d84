/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* holders_finds.h - what the kernel's iterators found, taken from its records
 */
#ifndef TM_READ_HOLDERS_FINDS_H
#define TM_READ_HOLDERS_FINDS_H

#include "index.h"
#include "model/claims.h"
#include "model/sights.h"
#include "read/holders_record.h"

#include <sys/types.h>

/*
 * struct tm_finds_process - a process whose files are looked at
 * @index: in the claims
 */
struct tm_finds_process {
	uint64_t start_ns;
	uint32_t tgid;
	uint32_t room;
	uint32_t index;
};

/*
 * struct tm_finds - what several readers find together
 * @sights: NULL if they are not wanted
 * @with_sights: the records have them
 * @process: those with the most room first, of each list that was read
 * @next: the first one that no reader has taken
 */
struct tm_finds {
	struct tm_claims *claims;
	struct tm_sights *sights;
	bool with_sights;
	struct tm_finds_process *process;
	size_t count, capacity, next;
	struct tm_index by_pid; /* number is the index in the claims */
	uint64_t tick_ns;
};

void tm_finds_deinit(struct tm_finds *finds);

/*
 * tm_finds_list() - notes the processes that were not listed before
 *
 * Return: how many bytes were used, all but a record's that is to come;
 * -ENOMEM.
 */
ssize_t tm_finds_list(struct tm_finds *finds, const uint8_t *from, size_t len);

/* tm_finds_sort() - puts those that no reader has taken in their order */
void tm_finds_sort(struct tm_finds *finds);

/*
 * tm_finds_files() - notes the socket fds of a process
 *
 * Return: how many bytes were used, all but a record's that is to come;
 * -EOPNOTSUPP if the kernel shows fds of others too; -ENOMEM, -E2BIG.
 */
ssize_t tm_finds_files(struct tm_finds *finds,
		       const struct tm_finds_process *process,
		       const uint8_t *from, size_t len);

#endif
