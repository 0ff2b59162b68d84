// SPDX-License-Identifier: LGPL-2.1-or-later
/* books.c - our sums beside the kernel's: what reconciliation compares */
#include "model/books.h"

#include "model/account.h"

static int64_t charged_by(const struct tcpmem_socket *sock)
{
	struct tm_sums sums = { 0 };

	tm_sums_add(&sums, sock);
	return tm_sums_number(&sums, TCPMEM_NUMBER_CHARGED);
}

/*
 * Queued by reference, payload is in wmem_queued and not charged, so that
 * charged is no multiple of a page; the notices to come are in optmem. An
 * MPTCP connection's counters are multiples only together.
 */
static bool looks_like_zerocopy(const struct tcpmem_socket *sock,
				int64_t charged, int64_t page_size)
{
	return !(sock->flags & (TM_SOCK_MPTCP | TM_SOCK_SUBFLOW)) &&
	       sock->skmem_words > TCPMEM_NUMBER_OPTMEM &&
	       sock->skmem[TCPMEM_NUMBER_OPTMEM] > 0 &&
	       sock->skmem[TCPMEM_NUMBER_WMEM_QUEUED] > 0 && page_size > 0 &&
	       charged % page_size != 0;
}

int64_t tm_books_by_reference(const struct tcpmem_socket *sock,
			      int64_t page_size)
{
	if (!looks_like_zerocopy(sock, charged_by(sock), page_size))
		return 0;
	return sock->skmem[TCPMEM_NUMBER_WMEM_QUEUED];
}

void tm_books_add(struct tm_books *books, const struct tcpmem_socket *sock,
		  int64_t page_size)
{
	int64_t charged;

	if (sock->flags & TM_SOCK_MINI)
		return;
	if (!(sock->flags & TM_SOCK_MPTCP)) {
		books->sockets++;
		books->dark += sock->kind == TCPMEM_KIND_DARK;
		books->bound += sock->state == TCPMEM_STATE_BOUND_INACTIVE;
	}
	if (!sock->skmem_words) {
		books->uncounted++;
		return;
	}
	charged = charged_by(sock);
	books->charged += charged;
	if (looks_like_zerocopy(sock, charged, page_size)) {
		books->zerocopy++;
		books->zerocopy_queued +=
			sock->skmem[TCPMEM_NUMBER_WMEM_QUEUED];
	}
}

void tm_books_forget(struct tm_books *books)
{
	books->charged = 0;
	books->sockets = 0;
	books->dark = 0;
	books->bound = 0;
	books->zerocopy = 0;
	books->zerocopy_queued = 0;
	books->uncounted = 0;
}

void tm_books_merge(struct tm_books *books, const struct tm_books *other)
{
	books->charged += other->charged;
	books->sockets += other->sockets;
	books->dark += other->dark;
	books->bound += other->bound;
	books->zerocopy += other->zerocopy;
	books->zerocopy_queued += other->zerocopy_queued;
	books->uncounted += other->uncounted;
}

/*
 * Sockets come and go while they are dumped: only what neither reading of
 * the kernel's counter allows is missing, and only as far as the counts of
 * the namespaces, which are read in an instant, bear it out.
 */
int64_t tm_books_unseen(const struct tm_books *books)
{
	int64_t unseen = books->after.sockets, unhashed;

	if (!books->before.known || !books->after.known)
		return 0;
	if (books->before.sockets < unseen)
		unseen = books->before.sockets;
	unseen -= books->sockets;
	unhashed = books->unhashed - books->bound - books->dark;
	if (books->unhashed_known && unhashed < unseen)
		unseen = unhashed;
	return unseen > 0 ? unseen : 0;
}
