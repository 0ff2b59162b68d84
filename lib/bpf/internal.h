/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* internal.h - the task_file iterator: loaded, read, its records joined */
#ifndef TM_BPF_INTERNAL_H
#define TM_BPF_INTERNAL_H

#include "base/ctx.h"
#include "base/hash.h"
#include "bpf/record.h"
#include "model/classifier.h"
#include "model/holders.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* ---- who holds which socket, from the kernel's own iterator ---- */

struct tm_holders_bpf;

/*
 * tm_holders_bpf_pays() - whether the host has so many files open that
 * loading a program is cheaper than reading /proc
 */
bool tm_holders_bpf_pays(const struct tcpmem_ctx *ctx);

/*
 * tm_holders_bpf_open() - loads the program
 * @iter_sockets: it is to tell about the sockets too
 *
 * It sees every process of the host, whatever /proc hides.
 *
 * Return: 0; -EOPNOTSUPP if it was not built, or its pids would not be the
 * caller's (another PID or time namespace, a /proc elsewhere); -EPERM without
 * CAP_BPF and CAP_PERFMON; another -errno of bpf(2) if the kernel has no BTF
 * or no such iterator.
 */
int tm_holders_bpf_open(const struct tcpmem_ctx *ctx, bool iter_sockets,
			struct tm_holders_bpf **bpf);

/* tm_holders_bpf_has_iter_sockets() - whether it tells about the sockets too */
bool tm_holders_bpf_has_iter_sockets(const struct tm_holders_bpf *bpf);

/*
 * struct tm_iter_sums - sockets that the iterator adds up, and no more
 * @excluded: inodes of namespaces whose sockets are wanted one by one
 * @tried: sockets were added up; else they are all handed out
 * @valid: there was room for all of them
 * @sum: those whose look is @look; the program writes to them in the next
 * @port: who pays for which port
 */
struct tm_iter_sums {
	uint32_t *excluded;
	size_t excluded_count, excluded_capacity;
	bool tried, valid;
	const struct tm_bpf_sum *sum;
	size_t count;
	const struct tm_bpf_port *port;
	uint32_t look;
};

/* tm_iter_sums_pay_port() - whether a socket that was added up pays for it */
bool tm_iter_sums_pay_port(const struct tm_iter_sums *sums, uint32_t netns,
			   uint16_t port);

/*
 * struct tm_holders_look - what is looked at, and how
 * @iter_sockets: receives the sockets, of a program that tells about them;
 *	NULL:
 *	they are not wanted
 * @sums: receives the sums of sockets that are not among @iter_sockets then;
 *	NULL: none are wanted
 * @only: inodes whose holders are wanted, and no @iter_sockets; those of inodes
 *	between them may be noted too. NULL: all
 * @one_reader: a dump keeps the other CPUs busy, or looks are taken again and
 *	again, and their CPU time counts more than how long one takes
 */
struct tm_holders_look {
	struct tm_iter_sockets *iter_sockets;
	struct tm_iter_sums *sums;
	const struct tm_u64set *only;
	bool one_reader;
};

/*
 * tm_holders_bpf_read() - notes who has which TCP socket open
 *
 * As often as one likes. Return: 0; -errno of bpf(2) or read(2); -EBADMSG;
 * -ENOMEM.
 */
int tm_holders_bpf_read(struct tm_holders_bpf *bpf,
			const struct tm_holders_look *look,
			struct tm_fd_refs *fd_refs);

/*
 * tm_holders_bpf_tasks() - which network namespaces tasks are in
 * @task: of each process, and of each thread in another than its leader
 *
 * Not while it is read. Return: 0; -errno of bpf(2) or read(2); -EBADMSG.
 */
int tm_holders_bpf_tasks(struct tm_holders_bpf *bpf,
			 void (*task)(uint32_t pid, uint64_t netns, void *user),
			 void *user);

/* tm_holders_bpf_close() - unloads the program; NULL is fine */
void tm_holders_bpf_close(struct tm_holders_bpf *bpf);

/*
 * tm_bpf_sees_same_pids() - whether the kernel's pids and times are the
 * caller's: no other PID or time namespace, and no /proc elsewhere
 */
bool tm_bpf_sees_same_pids(const struct tcpmem_ctx *ctx);

/* ---- who makes and who closes sockets, from hooks of a cgroup ---- */

struct tm_owners_bpf;

/*
 * tm_owners_bpf_open() - loads and attaches the hooks, which go with the caller
 * @cgroup: directory in a v2 hierarchy; they see the sockets that are made in
 *	it and below, from now on
 *
 * Return: 0; -EOPNOTSUPP as tm_holders_bpf_open(); -EPERM without CAP_BPF,
 * CAP_PERFMON and CAP_NET_ADMIN; -ENOMEM; -errno of open(2) or bpf(2).
 */
int tm_owners_bpf_open(const struct tcpmem_ctx *ctx, const char *cgroup,
		       struct tm_owners_bpf **owners);

/* tm_owners_bpf_find() - a socket that was released. 0, -ENOENT or -errno. */
int tm_owners_bpf_find(const struct tm_owners_bpf *owners, uint64_t cookie,
		       struct tm_bpf_released *released);

/* tm_owners_bpf_close() - removes the hooks; NULL is fine */
void tm_owners_bpf_close(struct tm_owners_bpf *owners);

struct tm_connections_bpf;

/*
 * tm_connections_bpf_open() - notes each connection that is made in a cgroup
 * @cgroup: as of tm_owners_bpf_open()
 *
 * Return: 0; -EOPNOTSUPP if it was not built; -EPERM without CAP_BPF and
 * CAP_NET_ADMIN; -ENOMEM; -errno of open(2) or bpf(2).
 */
int tm_connections_bpf_open(const char *cgroup,
			    struct tm_connections_bpf **connections);

/* tm_connections_bpf_has() - of the last %TM_BPF_CONNECTIONS_MAX */
bool tm_connections_bpf_has(const struct tm_connections_bpf *connections,
			    uint64_t cookie);

/* tm_connections_bpf_count() - how many there were */
uint64_t tm_connections_bpf_count(const struct tm_connections_bpf *connections);

/* tm_connections_bpf_close() - removes the hook; NULL is fine */
void tm_connections_bpf_close(struct tm_connections_bpf *connections);

/* ---- sums.c: the program that adds sockets up ---- */

struct tm_bpf_sums;

/* tm_bpf_sums_open() - Return: 0; -errno of bpf(2) or mmap(2); -ENOMEM. */
int tm_bpf_sums_open(struct tm_bpf_sums **sums);
void tm_bpf_sums_close(struct tm_bpf_sums *sums);

/* tm_bpf_sums_program() - its fd; @link is where its link is kept */
int tm_bpf_sums_program(struct tm_bpf_sums *sums, int **link);

/* tm_bpf_sums_begin() - before a look. Return: 0; -errno of bpf(2). */
int tm_bpf_sums_begin(struct tm_bpf_sums *sums, const struct tm_iter_sums *to);

/* tm_bpf_sums_end() - behind a look: what was added up, and whether all was */
void tm_bpf_sums_end(const struct tm_bpf_sums *sums, struct tm_iter_sums *to);

/* tm_bpf_sums_is_crowded() - another look may not find room: open it anew */
bool tm_bpf_sums_is_crowded(const struct tm_bpf_sums *sums);

/* ---- what the kernel's iterators found, taken from its records ---- */

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

/* tm_bpf_records_find() - whether a process is listed, and its index */
bool tm_bpf_records_find(const struct tm_bpf_records *bpf_records,
			 uint32_t tgid, uint64_t start_ns, uint32_t *index);

/* tm_bpf_records_sort() - puts those that no reader has taken in their order */
void tm_bpf_records_sort(struct tm_bpf_records *bpf_records);

/*
 * tm_bpf_records_files() - notes the socket fds of a process
 * @process: NULL: of all that are listed
 *
 * Return: how many bytes were used, all but a record's that is to come;
 * -EOPNOTSUPP if the kernel shows fds of others too; -ENOMEM, -E2BIG.
 */
ssize_t tm_bpf_records_files(struct tm_bpf_records *bpf_records,
			     const struct tm_bpf_records_process *process,
			     const uint8_t *from, size_t len);

/* ---- bpf(2), which the C library has no function for ---- */

/* tm_bpf_call() - Return: what the command returns, or -errno. */
static inline int tm_bpf_call(enum bpf_cmd command, union bpf_attr *attr)
{
	int ret = (int)syscall(__NR_bpf, command, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

#endif
