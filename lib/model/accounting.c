// SPDX-License-Identifier: LGPL-2.1-or-later
/* accounting.c - our sums beside the kernel's: what reconciliation compares */
#include "model/accounting.h"

/*
 * Queued by reference, payload is in wmem_queued and not charged, so that
 * charged is no multiple of a page; the notices to come are in optmem. An
 * MPTCP connection's counters are multiples only together.
 */
static bool looks_like_zerocopy(const struct tcpmem_socket *sock,
				int64_t charged, int64_t page_size)
{
	return !(sock->flags & (TM_SOCK_MPTCP | TM_SOCK_SUBFLOW)) &&
	       sock->skmem_words > TCPMEM_METRIC_OPTMEM &&
	       sock->skmem[TCPMEM_METRIC_OPTMEM] > 0 &&
	       sock->skmem[TCPMEM_METRIC_WMEM_QUEUED] > 0 && page_size > 0 &&
	       charged % page_size != 0;
}

int64_t tm_accounting_by_reference(const struct tcpmem_socket *sock,
				   int64_t page_size)
{
	if (!looks_like_zerocopy(sock, tm_socket_charged(sock), page_size))
		return 0;
	return sock->skmem[TCPMEM_METRIC_WMEM_QUEUED];
}

/* An msk and its subflows borrow from each other; together they do not. */
static void add_overdrawn(struct tm_accounting *accounting,
			  const struct tcpmem_socket *sock, int64_t page_size)
{
	int64_t ahead = sock->skmem_words > TCPMEM_METRIC_FWD_ALLOC
				? (int32_t)sock->skmem[TCPMEM_METRIC_FWD_ALLOC]
				: 0;

	if (ahead >= 0 || sock->flags & (TM_SOCK_MPTCP | TM_SOCK_SUBFLOW))
		return;
	accounting->overdrawn++;
	accounting->overdrawn_least -= ahead;
	accounting->overdrawn_most += 2 * (page_size - ahead);
}

void tm_accounting_add(struct tm_accounting *accounting,
		       const struct tcpmem_socket *sock, int64_t page_size)
{
	int64_t charged;

	if (sock->flags & TM_SOCK_MINI) {
		accounting->fin_wait_2 += sock->state ==
					  TCPMEM_STATE_FIN_WAIT_2;
		return;
	}
	if (sock->flags & TM_SOCK_MPTCP) {
		accounting->msks++;
	} else {
		accounting->sockets++;
		accounting->subflows += !!(sock->flags & TM_SOCK_SUBFLOW);
		accounting->dark += sock->kind == TCPMEM_KIND_DARK;
		accounting->bound += sock->state == TCPMEM_STATE_BOUND_INACTIVE;
	}
	if (!sock->skmem_words) {
		accounting->uncounted++;
		return;
	}
	charged = tm_socket_charged(sock);
	accounting->charged += charged;
	add_overdrawn(accounting, sock, page_size);
	if (looks_like_zerocopy(sock, charged, page_size)) {
		accounting->zerocopy++;
		accounting->zerocopy_queued +=
			sock->skmem[TCPMEM_METRIC_WMEM_QUEUED];
	}
}

void tm_accounting_forget(struct tm_accounting *accounting)
{
	accounting->charged = 0;
	accounting->sockets = 0;
	accounting->dark = 0;
	accounting->msks = 0;
	accounting->subflows = 0;
	accounting->bound = 0;
	accounting->fin_wait_2 = 0;
	accounting->zerocopy = 0;
	accounting->zerocopy_queued = 0;
	accounting->uncounted = 0;
	accounting->overdrawn = 0;
	accounting->overdrawn_least = 0;
	accounting->overdrawn_most = 0;
}

void tm_accounting_merge(struct tm_accounting *accounting,
			 const struct tm_accounting *other)
{
	accounting->charged += other->charged;
	accounting->sockets += other->sockets;
	accounting->dark += other->dark;
	accounting->msks += other->msks;
	accounting->subflows += other->subflows;
	accounting->bound += other->bound;
	accounting->fin_wait_2 += other->fin_wait_2;
	accounting->zerocopy += other->zerocopy;
	accounting->zerocopy_queued += other->zerocopy_queued;
	accounting->uncounted += other->uncounted;
	accounting->overdrawn += other->overdrawn;
	accounting->overdrawn_least += other->overdrawn_least;
	accounting->overdrawn_most += other->overdrawn_most;
}

bool tm_accounting_is_known(const struct tm_accounting *accounting)
{
	return accounting->before.known && accounting->after.known;
}

/*
 * Sockets come and go while they are dumped: only what neither reading of
 * the kernel's counter allows is missing, and only as far as the counts of
 * the namespaces, which are read in an instant, bear it out. An msk keeps
 * its first subflow, in no table before it connects and after it is closed, up
 * to 6.1 at least: one that shows none accounts for one.
 */
int64_t tm_accounting_unseen(const struct tm_accounting *accounting)
{
	int64_t unseen = accounting->after.sockets, unhashed;

	if (!tm_accounting_is_known(accounting))
		return 0;
	if (accounting->before.sockets < unseen)
		unseen = accounting->before.sockets;
	unseen -= accounting->sockets;
	unhashed = accounting->unhashed - accounting->bound - accounting->dark;
	if (accounting->unhashed_known && unhashed < unseen)
		unseen = unhashed;
	if (accounting->msks > accounting->subflows)
		unseen -= accounting->msks - accounting->subflows;
	return unseen > 0 ? unseen : 0;
}
