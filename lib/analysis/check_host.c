// SPDX-License-Identifier: LGPL-2.1-or-later
/* check_host.c - thresholds of what is the host's */
#include "analysis/check_internal.h"

#include "model/coverage.h"
#include "tcpmem/reconcile.h"

#include <stdlib.h>

int tm_check_judge_tcp_mem(struct tcpmem_check *check,
			   const struct tcpmem_snapshot *snap)
{
	const int64_t *used =
		tm_check_fact(snap, TCPMEM_HOST_METRIC_TCP_MEM_USED);

	if (!used)
		return tm_check_add_result(check, TCPMEM_CHECK_METRIC_TCP_MEM,
					   TM_CHECK_TOTAL, NULL);
	return tm_check_add_part(
		check, TCPMEM_CHECK_METRIC_TCP_MEM, TM_CHECK_TOTAL,
		(double)*used,
		tm_check_fact(snap, TCPMEM_HOST_METRIC_TCP_MEM_HIGH));
}

static int add_difference(struct tcpmem_check *check,
			  const struct tcpmem_reconciliation *accounting)
{
	enum tcpmem_verdict verdict =
		tcpmem_reconciliation_get_verdict(accounting);
	int64_t residual = 0, kernel = 0;

	if (verdict == TCPMEM_VERDICT_NARROWED ||
	    verdict == TCPMEM_VERDICT_UNKNOWN ||
	    tcpmem_reconciliation_get_metric(accounting,
					     TCPMEM_RECONCILE_METRIC_RESIDUAL,
					     &residual) < 0 ||
	    tcpmem_reconciliation_get_metric(
		    accounting, TCPMEM_RECONCILE_METRIC_KERNEL, &kernel) < 0)
		return tm_check_add_result(check,
					   TCPMEM_CHECK_METRIC_UNEXPLAINED,
					   TM_CHECK_TOTAL, NULL);
	if (verdict != TCPMEM_VERDICT_UNEXPLAINED)
		residual = 0;
	/* no percentage of a limit of 0 */
	if (!residual)
		kernel = 1;
	return tm_check_add_part(check, TCPMEM_CHECK_METRIC_UNEXPLAINED,
				 TM_CHECK_TOTAL, (double)llabs(residual),
				 &kernel);
}

int tm_check_judge_unexplained(struct tcpmem_check *check,
			       const struct tcpmem_snapshot *snap)
{
	struct tcpmem_reconciliation *accounting;
	size_t judged = check->result_count;
	uint32_t parts = TM_COVERAGE_SOCKETS | TM_COVERAGE_COUNTERS;
	int ret = tcpmem_reconcile(snap, &accounting);
	bool agrees;

	if (ret < 0)
		return ret;
	agrees = tcpmem_reconciliation_get_verdict(accounting) ==
		 TCPMEM_VERDICT_AGREES;
	if (!snap->accounting.uncounted)
		parts = TM_COVERAGE_SOCKETS;
	/* what sockets without counters hold may be all of it */
	if (snap->accounting.uncounted && !agrees)
		ret = tm_check_add_result(check,
					  TCPMEM_CHECK_METRIC_UNEXPLAINED,
					  TM_CHECK_TOTAL, NULL);
	else
		ret = add_difference(check, accounting);
	/* what agrees leaves no room for what was not seen */
	if (ret == 0 && !agrees)
		ret = tm_check_doubt(check, TCPMEM_CHECK_METRIC_UNEXPLAINED,
				     judged, tm_coverage_missing(snap, parts));
	tcpmem_reconciliation_free(accounting);
	return ret;
}
