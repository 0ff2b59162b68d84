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
 * @sights: it is to tell about the sockets too
 *
 * It sees every process of the host, whatever /proc hides.
 *
 * Return: 0; -EOPNOTSUPP if it was not built, or its pids would not be the
 * caller's (another PID or time namespace, a /proc elsewhere); -EPERM without
 * CAP_BPF and CAP_PERFMON; another -errno of bpf(2) if the kernel has no BTF
 * or no such iterator.
 */
int tm_holders_bpf_open(const struct tcpmem_ctx *ctx, bool sights,
			struct tm_holders_bpf **bpf);

/* tm_holders_bpf_has_sights() - whether it tells about the sockets too */
bool tm_holders_bpf_has_sights(const struct tm_holders_bpf *bpf);

/*
 * tm_holders_bpf_read() - notes who has which TCP socket open
 * @sights: receives the sockets; of a program that does not tell about them
 *	it is not touched. NULL: they are not wanted.
 *
 * As often as one likes. Return: 0; -errno of bpf(2) or read(2); -EBADMSG;
 * -ENOMEM.
 */
int tm_holders_bpf_read(struct tm_holders_bpf *bpf, struct tm_claims *claims,
			struct tm_sights *sights);

/* tm_holders_bpf_close() - unloads the program; NULL is fine */
void tm_holders_bpf_close(struct tm_holders_bpf *bpf);

#endif
