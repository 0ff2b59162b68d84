// SPDX-License-Identifier: LGPL-2.1-or-later
/* accounting.c - the sockets' sums beside the kernel's counters */
#include "collect/sources.h"

#include "host/internal.h"

#include <errno.h>

/* How often counts are read again that contradict what dumps missed. */
#define COUNTS 3

#define COUNTED \
	(1u << TM_DUMP_PENDING | 1u << TM_DUMP_DUMPED | 1u << TM_DUMP_EMPTY)

void tm_accounting_total(const struct tm_status *status,
			 const struct tm_socket_set *unhashed,
			 int64_t page_size, struct tm_accounting *accounting)
{
	tm_accounting_forget(accounting);
	for (size_t i = 0; i < status->count; i++)
		tm_accounting_merge(accounting, &status->ns[i].seen);
	for (size_t i = 0; i < unhashed->count; i++)
		tm_accounting_add(accounting, &unhashed->sock[i], page_size);
}

/* What all namespaces have in their tables; -ENODATA if one does not tell. */
static int sum_hashed(const struct tm_status *status, int64_t *hashed)
{
	*hashed = 0;
	for (size_t i = 0; i < status->count; i++) {
		const struct tm_netns_status *ns = &status->ns[i];

		if (!(COUNTED & 1u << ns->status))
			continue;
		if (!ns->counted)
			return -ENODATA;
		*hashed += (int64_t)ns->stat.inuse;
	}
	return 0;
}

/*
 * While sockets come and go, a dump that takes milliseconds misses some that
 * the kernel counted before and after; counters alone are read in an instant.
 */
int tm_accounting_count(const struct tm_dump *dump,
			struct tm_accounting *accounting)
{
	struct tm_dump count = *dump;
	struct tm_host_counters before, after;
	int64_t hashed;
	int ret = tm_host_read_counters(dump->plan->ctx, &before);

	count.which = COUNTED;
	if (ret == 0)
		ret = tm_count_all(&count);
	if (ret == 0)
		ret = tm_host_read_counters(dump->plan->ctx, &after);
	if (ret < 0)
		return ret;
	if (after.sockets > before.sockets)
		after.sockets = before.sockets;
	accounting->unhashed_known = before.known && after.known &&
				     !sum_hashed(dump->status, &hashed);
	if (accounting->unhashed_known)
		accounting->unhashed = after.sockets - hashed;
	return 0;
}

/* Whether the dumps missed more than the counts allow. */
static bool is_inconsistent(const struct tm_accounting *accounting)
{
	struct tm_accounting dumped = *accounting;

	dumped.unhashed_known = false;
	return !accounting->narrowed && accounting->unhashed_known &&
	       tm_accounting_unseen(&dumped) > tm_accounting_unseen(accounting);
}

/*
 * A socket that was opened while the counts were read hides one that is in no
 * table. If the dumps missed more, the counts are read once more, and again:
 * none is ever too high, so the highest one is right.
 */
static int count_again(const struct tm_dump *dump,
		       struct tm_accounting *accounting)
{
	int ret = 0;

	for (int i = 0; i < COUNTS && ret == 0 && is_inconsistent(accounting);
	     i++) {
		int64_t best = accounting->unhashed;

		ret = tm_accounting_count(dump, accounting);
		if (!accounting->unhashed_known || accounting->unhashed < best)
			accounting->unhashed = best;
		accounting->unhashed_known = true;
	}
	return ret;
}

int tm_accounting_after(const struct tm_dump *dump,
			struct tm_accounting *accounting)
{
	int ret = tm_host_read_counters(dump->plan->ctx, &accounting->after);

	if (ret < 0)
		return ret;
	accounting->bypass = tm_host_may_bypass(dump->plan->ctx);
	for (size_t i = 0; i < dump->status->count; i++)
		accounting->tls |= dump->status->ns[i].tls;
	return count_again(dump, accounting);
}

static int warn_uncounted(const struct tm_accounting *accounting,
			  struct tm_warnings *warnings)
{
	if (accounting->uncounted &&
	    !tm_warnings_have(warnings, TCPMEM_WARNING_SOCK_DIAG_CLOSED) &&
	    !tm_warnings_have(warnings, TCPMEM_WARNING_COUNTERS_MISSING))
		return tm_warnings_add(
			warnings, TCPMEM_WARNING_COUNTERS_MISSING,
			"%lld sockets came without memory counters",
			(long long)accounting->uncounted);
	return 0;
}

int tm_accounting_explain(const struct tm_accounting *accounting,
			  struct tm_warnings *warnings)
{
	int ret = warn_uncounted(accounting, warnings);

	if (ret == 0 && accounting->tls && accounting->overdrawn &&
	    !tm_warnings_have(warnings, TCPMEM_WARNING_KTLS))
		ret = tm_warnings_add(
			warnings, TCPMEM_WARNING_KTLS,
			"kernel TLS: open records of %lld sockets are charged "
			"and in no counter: charged and held are lower bounds, "
			"%lld to %lld bytes more are charged",
			(long long)accounting->overdrawn,
			(long long)accounting->overdrawn_least,
			(long long)accounting->overdrawn_most);
	return ret;
}
