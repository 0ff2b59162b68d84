/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* holders_bpf.h - who holds which socket, from the kernel's own iterator */
#ifndef TM_READ_HOLDERS_BPF_H
#define TM_READ_HOLDERS_BPF_H

#include "ctx.h"
#include "model/claims.h"
#include "model/sights.h"

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
 * struct tm_holders_look - what is looked at, and how
 * @iter_sockets: receives the sockets, of a program that tells about them;
 *	NULL:
 *	they are not wanted
 * @only: inodes whose holders are wanted, and no @iter_sockets; those of inodes
 *	between them may be noted too. NULL: all
 * @beside_dump: a dump keeps the other CPUs busy
 */
struct tm_holders_look {
	struct tm_iter_sockets *iter_sockets;
	const struct tm_u64set *only;
	bool beside_dump;
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

/* tm_holders_bpf_close() - unloads the program; NULL is fine */
void tm_holders_bpf_close(struct tm_holders_bpf *bpf);

#endif
