/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bpf_records.h - what the kernel's iterators found, taken from its records
 */
#ifndef TM_READ_BPF_RECORDS_H
#define TM_READ_BPF_RECORDS_H

#include "index.h"
#include "model/claims.h"
#include "model/sights.h"
#include "read/holders_record.h"

#include <sys/types.h>

/*
 * struct tm_bpf_records_process - a process whose files are looked at
 * @index: in the fd_refs
 */
struct tm_bpf_records_process {
	uint64_t start_ns;
	uint32_t tgid;
	uint32_t room;
	uint32_t index;
};

/*
 * struct tm_bpf_records - what several readers find together
 * @iter_sockets: NULL if they are not wanted
 * @with_iter_sockets: the records have them
 * @process: those with the most room first, of each list that was read
 * @next: the first one that no reader has taken
 */
struct tm_bpf_records {
	struct tm_fd_refs *fd_refs;
	struct tm_iter_sockets *iter_sockets;
	bool with_iter_sockets;
	struct tm_bpf_records_process *process;
	size_t count, capacity, next;
	struct tm_index by_pid; /* number is the index in the fd_refs */
	uint64_t tick_ns;
};

void tm_bpf_records_deinit(struct tm_bpf_records *bpf_records);

/*
 * tm_bpf_records_list() - notes the processes that were not listed before
 *
 * Return: how many bytes were used, all but a record's that is to come;
 * -ENOMEM.
 */
ssize_t tm_bpf_records_list(struct tm_bpf_records *bpf_records,
			    const uint8_t *from, size_t len);

/* tm_bpf_records_sort() - puts those that no reader has taken in their order */
void tm_bpf_records_sort(struct tm_bpf_records *bpf_records);

/*
 * tm_bpf_records_files() - notes the socket fds of a process
 *
 * Return: how many bytes were used, all but a record's that is to come;
 * -EOPNOTSUPP if the kernel shows fds of others too; -ENOMEM, -E2BIG.
 */
ssize_t tm_bpf_records_files(struct tm_bpf_records *bpf_records,
			     const struct tm_bpf_records_process *process,
			     const uint8_t *from, size_t len);

#endif
