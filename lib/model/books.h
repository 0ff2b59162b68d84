/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* accounting.h - our sums beside the kernel's: what reconciliation compares */
#ifndef TM_MODEL_ACCOUNTING_H
#define TM_MODEL_ACCOUNTING_H

#include "model/socket.h"

/* The kernel's two counters that cover all namespaces. */
struct tm_host_counters {
	bool known;
	int64_t memory; /* bytes charged to TCP */
	int64_t sockets;
};

/*
 * struct tm_accounting - both sides
 * @charged: bytes, over all sockets seen
 * @sockets: TCP sockets seen that the kernel counts: subflows, not msks, not
 *	mini-sockets
 * @dark: how many of @sockets only a file descriptor led to
 * @bound: how many of @sockets are bound-inactive
 * @zerocopy: sockets that show the marks of MSG_ZEROCOPY
 * @zerocopy_queued: bytes of their send queues, which the kernel may not have
 *	charged
 * @before: the kernel's counters before the first dump
 * @after: and after the last
 * @unhashed: sockets that the kernel counts and no namespace has in its
 *	tables, read at one moment; valid if @unhashed_known
 * @narrowed: only some namespaces or states were asked for
 * @denied: namespaces could not be entered or looked up
 * @fds_denied: processes' fds could not be looked at
 * @uncounted: full sockets without counters
 * @tls: software kTLS is in use
 * @bypass: sockets may bypass the kernel's counter (sk_bypass_prot_mem)
 */
struct tm_accounting {
	int64_t charged;
	int64_t sockets;
	int64_t dark;
	int64_t bound;
	int64_t zerocopy;
	int64_t zerocopy_queued;
	int64_t uncounted;
	struct tm_host_counters before;
	struct tm_host_counters after;
	int64_t unhashed;
	bool unhashed_known;
	bool narrowed;
	bool denied;
	bool fds_denied;
	bool tls;
	bool bypass;
};

/* tm_accounting_add() - counts one socket as the kernel would */
void tm_accounting_add(struct tm_accounting *accounting,
		       const struct tcpmem_socket *sock, int64_t page_size);

/*
 * tm_accounting_by_reference() - bytes of the send queue that may be the
 * sender's own pages, queued and not charged
 */
int64_t tm_accounting_by_reference(const struct tcpmem_socket *sock,
				   int64_t page_size);

/* tm_accounting_forget() - takes all sockets back; a dump begins anew */
void tm_accounting_forget(struct tm_accounting *accounting);

/*
 * tm_accounting_merge() - adds the sockets of @other; the kernel's side stays
 */
void tm_accounting_merge(struct tm_accounting *accounting,
			 const struct tm_accounting *other);

/* tm_accounting_unseen() - sockets that the kernel has and nothing showed */
int64_t tm_accounting_unseen(const struct tm_accounting *accounting);

#endif
