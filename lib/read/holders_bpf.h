/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* holders_bpf.h - who holds which socket, from the kernel's own iterator */
#ifndef TM_READ_HOLDERS_BPF_H
#define TM_READ_HOLDERS_BPF_H

#include "ctx.h"
#include "model/claims.h"

/*
 * tm_holders_bpf_pays() - whether the host has so many files open that
 * loading a program is cheaper than reading /proc
 */
bool tm_holders_bpf_pays(const struct tcpmem_ctx *ctx);

/*
 * tm_claims_bpf_scan() - notes who has which TCP socket open
 *
 * It sees every process of the host, whatever /proc hides.
 *
 * Return: 0; -EOPNOTSUPP if it was not built, or its pids would not be the
 * caller's (another PID or time namespace, a /proc elsewhere); -EPERM without
 * CAP_BPF and CAP_PERFMON; another -errno of bpf(2) if the kernel has no BTF
 * or no such iterator; -ENOMEM.
 */
int tm_claims_bpf_scan(const struct tcpmem_ctx *ctx, struct tm_claims *claims);

#endif
