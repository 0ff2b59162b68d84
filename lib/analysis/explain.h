/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain.h - limits, advice and findings */
#ifndef TM_ANALYSIS_EXPLAIN_H
#define TM_ANALYSIS_EXPLAIN_H

#include "analysis/blame.h"
#include "analysis/peers.h"
#include "base/hash.h"
#include "model/accounting.h"
#include "model/snapshot.h"
#include "model/socket.h"
#include "tcpmem/explain.h"

#include <stddef.h>

/* ---- which limits the numbers say should be others ---- */

struct tcpmem_limits;

#define TM_ADVICE_MAX 16

struct tm_advices {
	struct tcpmem_advice advice[TM_ADVICE_MAX];
	size_t count;
};

/*
 * tm_advices_make() - what to change, from limits, their use and worst case
 * @snap: has all limits of each namespace; NULL: only @limits are known
 *
 * Only where numbers warrant it: what is unknown warrants nothing.
 *
 * Return: 0, or -ENOMEM.
 */
int tm_advices_make(const struct tcpmem_limits *limits,
		    const struct tcpmem_snapshot *snap,
		    struct tm_advices *advices);
void tm_advices_clear(struct tm_advices *advices);

/* ---- what of the limits a snapshot's sockets use ---- */

/* "[ADDRESS]:PORT" */
#define TM_BUSIEST_SIZE 64

/*
 * struct tcpmem_limits - @page_size: of the host that they are of; 0: unknown
 * @worst: bytes, of enum tcpmem_worst
 * @netns: texts that the limits refer to, likewise @busiest
 * @connections: in the namespace of each limit; 0 if that is not known
 * @at_least: asked for is what is used at least: what sockets that a capture
 *	lacks may use beside it is no reason not to say it
 */
struct tcpmem_limits {
	struct tm_limits limits;
	bool at_least;
	int64_t page_size;
	int64_t worst[TCPMEM_WORST_COUNT];
	bool worst_known[TCPMEM_WORST_COUNT];
	struct tm_advices advices;
	char *netns[TM_LIMIT_COUNT];
	int64_t connections[TM_LIMIT_COUNT];
	char busiest[TM_LIMIT_COUNT][TM_BUSIEST_SIZE];
};

/* tm_limits_clear() - the texts; all else is no memory of its own */
void tm_limits_clear(struct tcpmem_limits *limits);

/* States whose sockets have buffers that grow */
#define TM_BUFFER_STATES                                                 \
	(1u << TCPMEM_STATE_ESTABLISHED | 1u << TCPMEM_STATE_SYN_SENT |  \
	 1u << TCPMEM_STATE_FIN_WAIT_1 | 1u << TCPMEM_STATE_FIN_WAIT_2 | \
	 1u << TCPMEM_STATE_CLOSE_WAIT | 1u << TCPMEM_STATE_LAST_ACK |   \
	 1u << TCPMEM_STATE_CLOSING)

/* tm_limits_is_connection() - whether it has such buffers */
bool tm_limits_is_connection(const struct tcpmem_socket *sock);

/* tm_limits_knows_buffers() - whether the kernel told their limits */
bool tm_limits_knows_buffers(const struct tcpmem_socket *sock);

/* tm_limits_name_netns() - of limit number @i. Return: 0 or -ENOMEM. */
int tm_limits_name_netns(struct tcpmem_limits *limits, size_t i,
			 const char *name);

/*
 * tm_limits_use_netns() - what the sockets of the limits' namespace use
 * @netns: its index in the snapshot
 *
 * Return: 0, or -ENOMEM.
 */
int tm_limits_use_netns(struct tcpmem_limits *limits,
			const struct tcpmem_snapshot *snap, size_t netns);

/*
 * tm_limits_use() - fills in what is used, and the worst case
 * @netns: index of the limits' namespace in the snapshot; SIZE_MAX: its
 *	sockets were not seen
 *
 * Return: 0, or -ENOMEM.
 */
int tm_limits_use(struct tcpmem_limits *limits,
		  const struct tcpmem_snapshot *snap, size_t netns);

/*
 * tm_limits_rise() - the rates of the counters since @before; NULL: none
 * @inode: of the namespace whose counters @limits has
 */
void tm_limits_rise(struct tm_limits *limits,
		    const struct tcpmem_snapshot *before, uint64_t inode);

/*
 * tm_limits_use_all() - the same of all namespaces whose limits @snap has: of
 * each limit, the namespace that is nearest to it
 * @before: as for tm_limits_rise()
 *
 * Return: 0, or -ENOMEM.
 */
int tm_limits_use_all(struct tcpmem_limits *limits,
		      const struct tcpmem_snapshot *before,
		      const struct tcpmem_snapshot *snap);

/* tm_is_one_of() - whether @pid is among @count that ascend */
bool tm_is_one_of(const uint32_t *pids, size_t count, uint32_t pid);

/* tm_is_held_by() - whether one of @count processes, by pid, holds @sock */
bool tm_is_held_by(const struct tcpmem_snapshot *snap,
		   const struct tcpmem_socket *sock, const uint32_t *pids,
		   size_t count);

/* ---- one walk over the sockets: what of them concerns a process ---- */

/*
 * struct tm_target - the processes that are looked at
 * @pids: @count of them, ascending
 * @counters: of @pid, the one whose files are nearest to their limit
 * @limits: of its network namespace; NULL: unknown
 * @netns: that namespace's index in the snapshot; SIZE_MAX: not there
 * @evidence: its sockets compared with another look; NULL: there was one only
 */
struct tm_target {
	const struct tcpmem_snapshot *snap;
	const struct tm_evidence *evidence;
	const uint32_t *pids;
	size_t count;
	uint32_t pid;
	const struct tm_process_counters *counters;
	const struct tcpmem_limits *limits;
	size_t netns;
};

/*
 * enum tm_proof - whether a socket is what it looks like
 * @TM_PROOF_REFUTED: its queue moves, or it is gone
 * @TM_PROOF_OPEN: another look may tell
 * @TM_PROOF_GIVEN: it stood for a second at least, or would take longer than
 *	that to empty
 */
enum tm_proof {
	TM_PROOF_REFUTED,
	TM_PROOF_OPEN,
	TM_PROOF_GIVEN,
};

/* How long something has to stand still at least, ms. */
#define TM_PROOF_MS 1000

/* tm_prove_unread() - the application does not read @sock, or too slowly */
enum tm_proof tm_prove_unread(const struct tm_target *target,
			      const struct tcpmem_socket *sock);

/* tm_prove_unsent() - what was sent on @sock is not taken, or too slowly */
enum tm_proof tm_prove_unsent(const struct tm_target *target,
			      const struct tcpmem_socket *sock);

/* tm_prove_close_wait() - @sock, in CLOSE_WAIT, is not in use any more */
enum tm_proof tm_prove_close_wait(const struct tm_target *target,
				  const struct tcpmem_socket *sock);

/* tm_prove_unaccepted() - @sock waits to be accepted, not for a moment only */
enum tm_proof tm_prove_unaccepted(const struct tm_target *target,
				  const struct tcpmem_socket *sock);

/* tm_prove_full() - the queue of the listener @sock is full, and stays so */
enum tm_proof tm_prove_full(const struct tm_target *target,
			    const struct tcpmem_socket *sock);

/*
 * tm_prove_drops() - the listener @sock goes on to drop
 * @dropped: between two looks
 */
enum tm_proof tm_prove_drops(const struct tm_target *target,
			     const struct tcpmem_socket *sock,
			     int64_t *dropped);

/* tm_proof_activity() - of @sock; NULL: there was one look only */
const struct tm_activity *tm_proof_activity(const struct tm_target *target,
					    const struct tcpmem_socket *sock);

/*
 * struct tm_heap - sockets of one kind
 * @bytes: what they hold, but @uncounted of them: those came without counters
 * @payload: bytes of data, not memory
 * @dated: of them, those of which it is known how long nothing has come;
 *	@newest and @oldest: ms since then, at least and at most
 * @moved: bytes that left their queues between two looks, packets that
 *	listeners dropped
 * @busy_us, @rwnd_us: as in struct tm_activity, in sum
 * @open, @open_bytes: further ones, of which it is not proven
 * @peers: their other ends, where these may be the reason
 */
struct tm_heap {
	int64_t sockets;
	int64_t bytes;
	int64_t uncounted;
	int64_t payload;
	int64_t dated;
	int64_t newest;
	int64_t oldest;
	int64_t moved;
	int64_t busy_us;
	int64_t rwnd_us;
	int64_t open;
	int64_t open_bytes;
	struct tm_peer_groups peers;
};

/*
 * tm_heap_add() - a socket that is proven, one that is not yet, or none
 * @bytes: TCPMEM_UNKNOWN: it came without counters
 *
 * Return: whether it is proven.
 */
bool tm_heap_add(struct tm_heap *heap, enum tm_proof proof, int64_t bytes,
		 int64_t payload);

/*
 * struct tm_accept_queues - what waits at the ports where a process listens
 *
 * With SO_REUSEPORT each listener at a port has a queue of its own, and the
 * kernel does not say in which one a connection is; Recv-Q of a listener says
 * how many are in its.
 */
struct tm_accept_queues {
	struct tm_accept_queue *queue;
	size_t count, capacity;
};

/* tm_accept_queues_add_listener() - one of the process. Return: 0, -ENOMEM. */
int tm_accept_queues_add_listener(struct tm_accept_queues *queues,
				  const struct tcpmem_socket *sock);

/*
 * tm_accept_queues_add_child() - a connection that may be in a queue of its
 * @bytes: as for tm_heap_add()
 *
 * Return: 0, -ENOMEM.
 */
int tm_accept_queues_add_child(struct tm_accept_queues *queues,
			       const struct tm_target *target,
			       const struct tcpmem_socket *sock, int64_t bytes);

/*
 * tm_accept_queues_count() - adds to @heap what is certain to wait for the
 * process: of a port that others listen at too, the least that can be
 */
void tm_accept_queues_count(const struct tm_accept_queues *queues,
			    struct tm_heap *heap);
void tm_accept_queues_clear(struct tm_accept_queues *queues);

/* struct tm_busiest - of some listeners, the one with the most of something */
struct tm_busiest {
	uint16_t port;
	int64_t most;
	int64_t limit;
};

/*
 * struct tm_breakdown - what was counted
 * @shared: those that other processes hold too
 * @unaccepted: those that wait to be accepted, for a moment or longer
 * @keepalive: established ones whose keepalive timer runs
 * @no_keepalive: those without
 * @keepalive_unknown: those with another timer, which hides it
 * @idle_keepalive: of the idle ones, those whose keepalive timer runs
 * @orphans: at its ports and peers, by peer and user
 */
struct tm_breakdown {
	struct tm_heap heap[TCPMEM_FINDING_COUNT];
	struct tm_heap shared;
	struct tm_heap unaccepted;
	int64_t keepalive;
	int64_t no_keepalive;
	int64_t keepalive_unknown;
	int64_t idle_keepalive;
	struct tm_busiest full;
	struct tm_busiest drops;
	struct tm_port_busiest ports;
	struct tcpmem_table *orphans;
};

/*
 * tm_breakdown_make() - counts the sockets that concern @target
 *
 * Return: 0, or -ENOMEM; clear it either way.
 */
int tm_breakdown_make(const struct tm_target *target,
		      struct tm_breakdown *breakdown);
void tm_breakdown_clear(struct tm_breakdown *breakdown);

/* ---- what stands out in a process's sockets and files ---- */

/* struct tm_findings - @undecided: sockets of which another look may tell */
struct tm_findings {
	struct tcpmem_finding finding[TCPMEM_FINDING_COUNT];
	size_t count;
	int64_t undecided;
};

/*
 * tm_findings_make() - the findings about a process, most expensive first
 *
 * Only what was measured: where a limit or a counter is unknown, or one look
 * does not tell, nothing is found that needs it.
 *
 * Return: 0, or -ENOMEM; clear them either way.
 */
int tm_findings_make(const struct tm_target *target,
		     const struct tm_breakdown *breakdown,
		     struct tm_findings *findings);
void tm_findings_clear(struct tm_findings *findings);

#endif
