/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* accounting.h - what sockets cost, and what the kernel counts */
#ifndef TM_MODEL_ACCOUNTING_H
#define TM_MODEL_ACCOUNTING_H

#include "model/socket.h"
#include "tcpmem/explain.h"
#include "tcpmem/host.h"
#include "tcpmem/limits.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- counters -> charged, buffer, object, held ---- */

/* The largest sum of six objects' sizes: tcpmem_socket.object is 16 bits. */
#define TM_OBJECT_MAX (UINT16_MAX / 6)

/* Slab bytes of each object and where they were read. */
struct tm_objects {
	uint32_t bytes[TCPMEM_OBJECT_COUNT];
	enum tcpmem_object_source source[TCPMEM_OBJECT_COUNT];
};

/*
 * Which local ports of one namespace have been paid for: a port's bind
 * buckets are shared by its sockets, the first one seen carries them.
 */
struct tm_ports {
	uint64_t seen[65536 / 64];
};

/*
 * struct tm_sums - sums over sockets, from which every number follows
 *
 * Only what cannot be derived is kept, so that held = buffer + object holds
 * in each row however a shared socket's remainder falls.
 *
 * @counted: full sockets that came with counters
 * @uncounted: and without: if all did, what they hold is unknown, and if some
 *	did, sums of counters are lower bounds
 */
struct tm_sums {
	int64_t skmem[TM_SKMEM_WORDS];
	int64_t wmem; /* sum of max(wmem_queued, wmem_alloc) */
	int64_t object;
	int64_t sockets;
	int64_t unread, unsent; /* payload */
	int64_t close_wait;
	int64_t reach; /* in rows of tables only */
	int64_t reach_sockets;
	int64_t counted;
	int64_t uncounted;
};

/*
 * tm_account_object() - sets what slab the socket pins
 * @ports: the ports of the socket's namespace
 */
void tm_account_object(struct tcpmem_socket *sock,
		       const struct tm_objects *objects,
		       struct tm_ports *ports);

/*
 * tm_account_found() - the same for a socket that did not come with a walk
 * @first: it is the first of its port
 */
void tm_account_found(struct tcpmem_socket *sock,
		      const struct tm_objects *objects, bool first);

/*
 * tm_account_change() - how much more it would pin with the sizes of @other
 * @own: the sizes that it was accounted with; if it was not, it stays
 */
int64_t tm_account_change(const struct tcpmem_socket *sock,
			  const struct tm_objects *own,
			  const struct tm_objects *other);

/* tm_account_has_port() - whether it may be the one that pays for its port */
bool tm_account_has_port(const struct tcpmem_socket *sock);

/* tm_socket_charged() - what tcp_mem counts of it, as %TCPMEM_METRIC_CHARGED */
int64_t tm_socket_charged(const struct tcpmem_socket *sock);

/* tm_sums_add() - counts a socket; reach is set when sums are shared */
void tm_sums_add(struct tm_sums *sums, const struct tcpmem_socket *sock);

/* tm_sums_merge() - @sums += @other */
void tm_sums_merge(struct tm_sums *sums, const struct tm_sums *other);

/* tm_sums_share() - part @index of @whole split in @count; parts add up */
void tm_sums_share(const struct tm_sums *whole, size_t index, size_t count,
		   struct tm_sums *part);

/* tm_sums_number() - the number that follows from the sums */
int64_t tm_sums_number(const struct tm_sums *sums, enum tcpmem_metric number);

/* tm_sums_know() - whether that number is known, or a lower bound of it */
bool tm_sums_know(const struct tm_sums *sums, enum tcpmem_metric number);

/*
 * tm_sums_exact() - whether it is known, and not as a lower bound alone: only
 * then is a difference, a share or an average of it one
 */
bool tm_sums_exact(const struct tm_sums *sums, enum tcpmem_metric number);

/* ---- a process's memory, files and threads, each from its source ---- */

/*
 * struct tm_process_metric_def - @word: what stands before it in its file, or
 * NULL
 */
struct tm_process_metric_def {
	struct tcpmem_term term;
	const char *source;
	const char *word;
};

extern const struct tm_process_metric_def
	tm_process_metric_defs[TCPMEM_PROCESS_METRIC_COUNT];

/*
 * struct tm_process_counters - what was read of one process
 * @source: the file that said it; NULL: the one that the table names
 * @cgroup: the path of its cgroup; empty if unknown
 */
struct tm_process_counters {
	int64_t value[TCPMEM_PROCESS_METRIC_COUNT];
	bool known[TCPMEM_PROCESS_METRIC_COUNT];
	const char *source[TCPMEM_PROCESS_METRIC_COUNT];
	char cgroup[PATH_MAX];
};

/* ---- our sums beside the kernel's: what reconciliation compares ---- */

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
 * @msks: MPTCP connections and listeners, in a table or not
 * @subflows: how many of @sockets are theirs
 * @bound: how many of @sockets are bound-inactive and came with a dump
 * @fin_wait_2: mini-sockets in FIN_WAIT_2; not of @sockets
 * @zerocopy: sockets that show the marks of MSG_ZEROCOPY
 * @zerocopy_queued: bytes of their send queues, which the kernel may not have
 *	charged
 * @before: the kernel's counters before the first dump
 * @after: and after the last
 * @unhashed: sockets that the kernel counts and no namespace has in its
 *	tables, read at one moment; valid if @unhashed_known
 * @left_out: how many more of @unhashed than those that were seen account for
 *	are in namespaces that were found, and were not asked for
 * @narrowed: only some namespaces or states were asked for
 * @denied: namespaces could not be entered or looked up
 * @fds_searched: sockets that only an fd leads to were looked for
 * @fds_denied: processes' fds may not be read
 * @fds_uncopied: fds were read, and the kernel did not copy them
 * @proc_hidden: /proc does not show the processes of all namespaces
 * @uncounted: full sockets without counters
 * @overdrawn: sockets whose forward allocation is negative: kernel TLS took
 *	from it what is in no counter
 * @overdrawn_least: bytes that are missing at least
 * @overdrawn_most: and at most: a record and its encrypted copy, of which one
 *	was charged in whole pages
 * @tls: software kTLS is in use
 * @bypass: sockets may bypass the kernel's counter (sk_bypass_prot_mem)
 */
struct tm_accounting {
	int64_t charged;
	int64_t sockets;
	int64_t dark;
	int64_t msks;
	int64_t subflows;
	int64_t bound;
	int64_t fin_wait_2;
	int64_t zerocopy;
	int64_t zerocopy_queued;
	int64_t uncounted;
	int64_t overdrawn;
	int64_t overdrawn_least;
	int64_t overdrawn_most;
	struct tm_host_counters before;
	struct tm_host_counters after;
	int64_t unhashed;
	int64_t left_out;
	bool unhashed_known;
	bool narrowed;
	bool denied;
	bool fds_searched;
	bool fds_denied;
	bool fds_uncopied;
	bool proc_hidden;
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

/*
 * tm_accounting_leave_out() - counts what a filter or states left out and no
 * table has
 * @all: all that is in the namespaces that were found: bound sockets, msks and
 *	their subflows
 */
void tm_accounting_leave_out(struct tm_accounting *accounting,
			     const struct tm_accounting *all);

/* tm_accounting_is_known() - whether the kernel's side could be read */
bool tm_accounting_is_known(const struct tm_accounting *accounting);

/* tm_accounting_unseen() - sockets that the kernel has and nothing showed */
int64_t tm_accounting_unseen(const struct tm_accounting *accounting);

/*
 * tm_accounting_unfound() - sockets that may be in namespaces which were not
 * found: unseen; if states or a filter left others out, those that are in no
 * namespace's tables
 *
 * Of chosen namespaces it says nothing.
 */
int64_t tm_accounting_unfound(const struct tm_accounting *accounting);

/* tm_accounting_may_lack() - whether there are some, or nothing tells */
static inline bool
tm_accounting_may_lack(const struct tm_accounting *accounting)
{
	return !accounting->unhashed_known || tm_accounting_unfound(accounting);
}

/* ---- what the kernel charged to cgroups for their sockets ---- */

/* The counter that charges are read from. */
enum tm_charges_source {
	TM_CHARGES_NONE,
	TM_CHARGES_V2, /* memory.stat's sock, of all protocols */
	TM_CHARGES_V1, /* memory.kmem.tcp, once a limit was set */
};

/*
 * struct tm_charge - one cgroup, those below it included
 * @path: a text of the snapshot's metadata
 */
struct tm_charge {
	uint32_t path;
	bool known;
	int64_t bytes;
};

/*
 * struct tm_charges - all zero: not asked for
 * @others: bytes that the host has for protocols that are charged likewise
 */
struct tm_charges {
	enum tm_charges_source source;
	struct tm_charge *charge;
	size_t count;
	size_t capacity;
	int64_t others;
};

/* ---- limits.c: what bounds TCP memory, and counters of what hit it: one table
 * ---- */

/* The source of a limit's use. */
enum tm_limit_use {
	TM_USE_NONE,
	TM_USE_MEMORY,	/* the kernel's TCP memory */
	TM_USE_ORPHANS, /* the kernel's count */
	TM_USE_RCVBUF,	/* the largest of the namespace's sockets */
	TM_USE_SNDBUF,
	TM_USE_TIME_WAIT, /* the namespace's mini-sockets */
	TM_USE_PORTS,	  /* of the range, toward the busiest destination */
	TM_USE_SYN_QUEUE, /* half open, of the listener nearest to its limit */
	TM_USE_ACCEPT_QUEUE, /* to be accepted, likewise */
	TM_USE_FILES,	     /* open on the host */
};
#define TM_USE_COUNT (TM_USE_FILES + 1)

/*
 * struct tm_limit_def - one limit, or one counter
 * @path: its file, below the root of /proc; NULL: a listener's own limit, or a
 *	counter
 * @fields: how many numbers the file has
 * @field: which of them it is
 * @gone: what to say where the file is not there; NULL: nothing
 * @line: of a counter, what its line of net/snmp or net/netstat begins with;
 *	its word there is @name
 * @beside: of a counter, the limit that it is about; NULL: of none
 * @finding: of a counter, what it means if it rises; NULL: no harm
 */
struct tm_limit_def {
	const char *name;
	const char *path;
	size_t fields;
	size_t field;
	bool pages;
	enum tcpmem_unit unit;
	enum tcpmem_limit_scope scope;
	enum tm_limit_use use;
	const char *text;
	const char *gone;
	const char *line;
	const char *beside;
	const char *finding;
};

#define TM_LIMIT_COUNT 56
extern const struct tm_limit_def tm_limit_defs[TM_LIMIT_COUNT];

/*
 * struct tm_limits - @read_ns: CLOCK_BOOTTIME of the counters
 * @ram: bytes of the host's memory; 0: not read
 */
struct tm_limits {
	struct tcpmem_limit limit[TM_LIMIT_COUNT];
	int64_t read_ns;
	int64_t ram;
};

void tm_limits_init(struct tm_limits *limits);

/* tm_limit_full() - the use at which @limit is reached; of a file, any number
 */
static inline int64_t tm_limit_full(const struct tcpmem_limit *limit)
{
	return limit->queue && limit->value < INT64_MAX ? limit->value + 1
							: limit->value;
}

/* tm_limits_find() - the limit of that name, which is in the table */
const struct tcpmem_limit *tm_limits_find(const struct tm_limits *limits,
					  const char *name);

#endif
