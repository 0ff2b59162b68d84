// SPDX-License-Identifier: LGPL-2.1-or-later
/* account.c - counters -> charged, buffer, object, held; our sums beside the
 * kernel's */
#include "model/accounting.h"
#include "tcpmem/socket.h"

#include <errno.h>

/*
 * What each kind of record pins: a socket with
 * an fd has its inode, file and dentry; one in an accept queue has not yet,
 * an orphan not any more. A subflow's inode and file are its msk's.
 */
static uint32_t object_bytes(const struct tcpmem_socket *sock,
			     const struct tm_objects *objects)
{
	const uint32_t *bytes = objects->bytes;
	bool v6 = sock->flags & TM_SOCK_IPV6;
	uint32_t sum = bytes[v6 ? TCPMEM_OBJECT_TCPV6 : TCPMEM_OBJECT_TCP];

	if (sock->flags & TM_SOCK_MINI)
		return bytes[sock->state == TCPMEM_STATE_SYN_RECV
				     ? TCPMEM_OBJECT_REQUEST
				     : TCPMEM_OBJECT_TIME_WAIT];
	if (sock->flags & TM_SOCK_SUBFLOW)
		return sum + bytes[TCPMEM_OBJECT_SUBFLOW];
	if (sock->flags & TM_SOCK_MPTCP)
		sum = bytes[v6 ? TCPMEM_OBJECT_MPTCPV6 : TCPMEM_OBJECT_MPTCP];
	if (sock->inode)
		sum += bytes[TCPMEM_OBJECT_SOCK_INODE] +
		       bytes[TCPMEM_OBJECT_FILE] + bytes[TCPMEM_OBJECT_DENTRY];
	return sum;
}

/* Requests have no bind bucket; an msk shares its first subflow's. */
bool tm_account_has_port(const struct tcpmem_socket *sock)
{
	return sock->local_port && !(sock->flags & TM_SOCK_MPTCP) &&
	       sock->state != TCPMEM_STATE_SYN_RECV;
}

static bool is_first(const struct tcpmem_socket *sock, struct tm_ports *ports)
{
	uint64_t *word = &ports->seen[sock->local_port / 64];
	uint64_t bit = UINT64_C(1) << sock->local_port % 64;

	if (!tm_account_has_port(sock) || (*word & bit))
		return false;
	*word |= bit;
	return true;
}

void tm_account_found(struct tcpmem_socket *sock,
		      const struct tm_objects *objects, bool first)
{
	uint32_t sum = object_bytes(sock, objects);

	if (first)
		sum += objects->bytes[TCPMEM_OBJECT_BIND_BUCKET] +
		       objects->bytes[TCPMEM_OBJECT_BIND2_BUCKET];
	sock->object = (uint16_t)(sum > UINT16_MAX ? UINT16_MAX : sum);
}

int64_t tm_account_change(const struct tcpmem_socket *sock,
			  const struct tm_objects *own,
			  const struct tm_objects *other)
{
	struct tcpmem_socket again = *sock;

	for (int first = 0; first < 2; first++) {
		tm_account_found(&again, own, first);
		if (again.object != sock->object)
			continue;
		tm_account_found(&again, other, first);
		return (int64_t)again.object - sock->object;
	}
	return 0;
}

void tm_account_object(struct tcpmem_socket *sock,
		       const struct tm_objects *objects, struct tm_ports *ports)
{
	tm_account_found(sock, objects, is_first(sock, ports));
}

static bool is_full(const struct tcpmem_socket *sock)
{
	return !(sock->flags & TM_SOCK_MINI);
}

/* The kernel writes an int into a u32 for what may be negative. */
static int64_t counter(const struct tcpmem_socket *sock, size_t word)
{
	if (word == TCPMEM_METRIC_FWD_ALLOC)
		return (int32_t)sock->skmem[word];
	return sock->skmem[word];
}

/* A clone below TCP shares its data with the queued original: not a sum. */
static int64_t wmem(const struct tcpmem_socket *sock)
{
	int64_t queued = sock->skmem[TCPMEM_METRIC_WMEM_QUEUED];
	int64_t alloc = sock->skmem[TCPMEM_METRIC_WMEM_ALLOC];

	return queued > alloc ? queued : alloc;
}

int64_t tm_socket_charged(const struct tcpmem_socket *sock)
{
	return counter(sock, TCPMEM_METRIC_RMEM) +
	       counter(sock, TCPMEM_METRIC_WMEM_QUEUED) +
	       counter(sock, TCPMEM_METRIC_FWD_ALLOC);
}

void tm_sums_add(struct tm_sums *sums, const struct tcpmem_socket *sock)
{
	int64_t one = sock->flags & TM_SOCK_SUBFLOW ? 0 : 1;

	sums->object += sock->object;
	sums->sockets += one;
	if (sock->skmem_words) {
		for (size_t i = 0; i < TM_SKMEM_WORDS; i++)
			sums->skmem[i] += counter(sock, i);
		sums->wmem += wmem(sock);
		sums->counted++;
	} else {
		sums->uncounted += is_full(sock);
	}
	/* a listener's queues are connections, a subflow's its msk's */
	if (!one || sock->state == TCPMEM_STATE_LISTENING)
		return;
	sums->unread += sock->rqueue;
	sums->unsent += sock->wqueue;
	sums->close_wait += sock->state == TCPMEM_STATE_CLOSE_WAIT;
}

void tm_sums_merge(struct tm_sums *sums, const struct tm_sums *other)
{
	for (size_t i = 0; i < TM_SKMEM_WORDS; i++)
		sums->skmem[i] += other->skmem[i];
	sums->wmem += other->wmem;
	sums->object += other->object;
	sums->sockets += other->sockets;
	sums->unread += other->unread;
	sums->unsent += other->unsent;
	sums->close_wait += other->close_wait;
	sums->reach += other->reach;
	sums->reach_sockets += other->reach_sockets;
	sums->counted += other->counted;
	sums->uncounted += other->uncounted;
}

/* The first shares carry the remainder, whose sign is the sum's. */
static int64_t share(int64_t whole, size_t index, size_t count)
{
	int64_t n = (int64_t)count;
	int64_t rest = whole % n;
	int64_t carry = 0;

	if ((int64_t)index < (rest < 0 ? -rest : rest))
		carry = rest < 0 ? -1 : 1;
	return whole / n + carry;
}

void tm_sums_share(const struct tm_sums *whole, size_t index, size_t count,
		   struct tm_sums *part)
{
	for (size_t i = 0; i < TM_SKMEM_WORDS; i++)
		part->skmem[i] = share(whole->skmem[i], index, count);
	part->wmem = share(whole->wmem, index, count);
	part->object = share(whole->object, index, count);
	part->sockets = share(whole->sockets, index, count);
	part->unread = share(whole->unread, index, count);
	part->unsent = share(whole->unsent, index, count);
	part->close_wait = share(whole->close_wait, index, count);
	part->reach = tm_sums_number(whole, TCPMEM_METRIC_HELD);
	part->reach_sockets = whole->sockets;
	part->counted = whole->counted;
	part->uncounted = whole->uncounted;
}

int64_t tm_sums_number(const struct tm_sums *sums, enum tcpmem_metric number)
{
	const int64_t *skmem = sums->skmem;

	switch (number) {
	case TCPMEM_METRIC_SOCKETS:
		return sums->sockets;
	case TCPMEM_METRIC_CHARGED:
		return skmem[TCPMEM_METRIC_RMEM] +
		       skmem[TCPMEM_METRIC_WMEM_QUEUED] +
		       skmem[TCPMEM_METRIC_FWD_ALLOC];
	case TCPMEM_METRIC_BUFFER:
		return skmem[TCPMEM_METRIC_RMEM] + sums->wmem +
		       skmem[TCPMEM_METRIC_OPTMEM] +
		       skmem[TCPMEM_METRIC_BACKLOG];
	case TCPMEM_METRIC_OBJECT:
		return sums->object;
	case TCPMEM_METRIC_HELD:
		return tm_sums_number(sums, TCPMEM_METRIC_BUFFER) +
		       sums->object;
	case TCPMEM_METRIC_REACH:
		return sums->reach;
	case TCPMEM_METRIC_REACH_SOCKETS:
		return sums->reach_sockets;
	case TCPMEM_METRIC_UNREAD:
		return sums->unread;
	case TCPMEM_METRIC_UNSENT:
		return sums->unsent;
	case TCPMEM_METRIC_CLOSE_WAIT:
		return sums->close_wait;
	default:
		return (size_t)number < TM_SKMEM_WORDS ? skmem[number] : 0;
	}
}

static bool needs_counters(enum tcpmem_metric number)
{
	switch (number) {
	case TCPMEM_METRIC_SOCKETS:
	case TCPMEM_METRIC_REACH_SOCKETS:
	case TCPMEM_METRIC_OBJECT:
	case TCPMEM_METRIC_UNREAD:
	case TCPMEM_METRIC_UNSENT:
	case TCPMEM_METRIC_CLOSE_WAIT:
		return false;
	default:
		return true;
	}
}

bool tm_sums_know(const struct tm_sums *sums, enum tcpmem_metric number)
{
	return tm_sums_exact(sums, number) || sums->counted;
}

bool tm_sums_exact(const struct tm_sums *sums, enum tcpmem_metric number)
{
	return !sums->uncounted || !needs_counters(number);
}

/*
 * How many words must have come for @number to be known. A mini-socket has
 * no buffers, which is a fact; its counters do not exist.
 */
static size_t words_needed(const struct tcpmem_socket *sock,
			   enum tcpmem_metric number)
{
	switch (number) {
	case TCPMEM_METRIC_SOCKETS:
	case TCPMEM_METRIC_REACH_SOCKETS:
	case TCPMEM_METRIC_OBJECT:
	case TCPMEM_METRIC_UNREAD:
	case TCPMEM_METRIC_UNSENT:
	case TCPMEM_METRIC_CLOSE_WAIT:
		return 0;
	case TCPMEM_METRIC_CHARGED:
		return is_full(sock) ? TCPMEM_METRIC_WMEM_QUEUED + 1 : 0;
	case TCPMEM_METRIC_BUFFER:
	case TCPMEM_METRIC_HELD:
	case TCPMEM_METRIC_REACH:
		return is_full(sock) ? TCPMEM_METRIC_OPTMEM + 1 : 0;
	default:
		return (size_t)number + 1;
	}
}

int tcpmem_socket_get_metric(const struct tcpmem_socket *sock,
			     enum tcpmem_metric number, int64_t *value)
{
	struct tm_sums one = { 0 };

	if ((size_t)number >= TCPMEM_METRIC_COUNT ||
	    sock->skmem_words < words_needed(sock, number))
		return -ENODATA;
	if ((size_t)number < TM_SKMEM_WORDS) {
		*value = counter(sock, number);
		return 0;
	}
	tm_sums_add(&one, sock);
	one.reach = tm_sums_number(&one, TCPMEM_METRIC_HELD);
	one.reach_sockets = one.sockets;
	*value = tm_sums_number(&one, number);
	return 0;
}

/* ---- our sums beside the kernel's: what reconciliation compares ---- */

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
		accounting->bound += sock->state ==
					     TCPMEM_STATE_BOUND_INACTIVE &&
				     sock->kind != TCPMEM_KIND_DARK;
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
 * An msk keeps its first subflow, in no table before it connects and after it
 * is closed, up to 6.1 at least: one that shows none accounts for one.
 */
static int64_t first_subflows(const struct tm_accounting *accounting)
{
	return accounting->msks > accounting->subflows
		       ? accounting->msks - accounting->subflows
		       : 0;
}

void tm_accounting_leave_out(struct tm_accounting *accounting,
			     const struct tm_accounting *all)
{
	accounting->left_out = all->bound - accounting->bound +
			       first_subflows(all) - first_subflows(accounting);
}

/*
 * Sockets come and go while they are dumped: only what neither reading of
 * the kernel's counter allows is missing, and only as far as the counts of
 * the namespaces, which are read in an instant, bear it out.
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
	unseen -= first_subflows(accounting);
	return unseen > 0 ? unseen : 0;
}

/* What a filter left out is in the counts of its namespace all the same. */
int64_t tm_accounting_unfound(const struct tm_accounting *accounting)
{
	int64_t unhashed = accounting->unhashed - accounting->bound -
			   accounting->dark - accounting->left_out -
			   first_subflows(accounting);

	if (!accounting->narrowed)
		return tm_accounting_unseen(accounting);
	return accounting->unhashed_known && unhashed > 0 ? unhashed : 0;
}
