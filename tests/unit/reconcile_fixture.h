/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reconcile_fixture.h - made-up accounting, its verdict and its causes */
#ifndef TM_RECONCILE_FIXTURE_H
#define TM_RECONCILE_FIXTURE_H

#include "model/snapshot.h"
#include "tcpmem.h"

#include <check.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <string.h>

#define PAGE 4096
#define MIB  (1 << 20)

static struct tcpmem_snapshot snap;
static struct tcpmem_reconciliation *r;

/* 2 CPUs that keep back 1 MiB each: 2 MiB are tolerated. */
static inline void setup(void)
{
	memset(&snap, 0, sizeof(snap));
	snap.host.fact[TCPMEM_HOST_METRIC_CPUS] = 2;
	snap.host.known[TCPMEM_HOST_METRIC_CPUS] = true;
	snap.host.fact[TCPMEM_HOST_METRIC_PCPU_RESERVE] = MIB;
	snap.host.known[TCPMEM_HOST_METRIC_PCPU_RESERVE] = true;
	snap.accounting.charged = 100 * MIB;
	snap.accounting.sockets = 1000;
	snap.accounting.before =
		(struct tm_host_counters){ true, 100 * MIB, 1000 };
	snap.accounting.after = snap.accounting.before;
	snap.accounting.fds_searched = true;
	r = NULL;
}

static inline void teardown(void)
{
	tcpmem_reconciliation_free(r);
}

static inline enum tcpmem_verdict judge(void)
{
	ck_assert_int_eq(tcpmem_reconcile(&snap, &r), 0);
	return tcpmem_reconciliation_get_verdict(r);
}

static inline int64_t number(enum tcpmem_reconcile_metric which)
{
	int64_t value;

	ck_assert_int_eq(tcpmem_reconciliation_get_metric(r, which, &value), 0);
	return value;
}

static inline enum tcpmem_cause first_cause(void)
{
	enum tcpmem_cause cause;

	ck_assert_str_ne(tcpmem_reconciliation_get_cause(r, 0, &cause), "");
	return cause;
}

static inline void assert_one_cause(enum tcpmem_cause cause)
{
	ck_assert_ptr_null(tcpmem_reconciliation_get_cause(r, 1, NULL));
	ck_assert_int_eq(first_cause(), cause);
}

#endif
