/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* evidence.h - what each socket did between two snapshots */
#ifndef TM_ANALYSIS_EVIDENCE_H
#define TM_ANALYSIS_EVIDENCE_H

#include "model/snapshot.h"

#include <stddef.h>

/*
 * struct tm_activity - a socket between two snapshots
 * @other: its record in the other snapshot; NULL: it is in one of them only,
 *	and all else is unknown
 * @received: bytes that came from the peer
 * @read: bytes that the application read
 * @written: bytes that the application wrote
 * @acked: bytes that the peer acknowledged
 * @busy_us: time in which data was to be sent
 * @rwnd_us: of it, the peer's window stopped it
 * @sndbuf_us: of it, the send buffer was too small
 * @shut: the peer's window was, at one of the two looks at least
 * @unread_ms: if nothing was read of what waited: for how long that has waited
 *	at least, until the later snapshot
 * @unsent_ms: if nothing was acknowledged of what was to be sent: likewise
 *
 * %TCPMEM_UNKNOWN where the kernel did not report it both times.
 */
struct tm_activity {
	const struct tcpmem_socket *other;
	int64_t received;
	int64_t read;
	int64_t written;
	int64_t acked;
	int64_t busy_us;
	int64_t rwnd_us;
	int64_t sndbuf_us;
	bool shut;
	int64_t unread_ms;
	int64_t unsent_ms;
};

/*
 * struct tm_evidence - the sockets of a snapshot, compared with another one
 * @elapsed_ns: from the beginning of the earlier one to that of the later one;
 *	0 if unknown. A socket's own interval may differ from it by the time
 *	that a dump takes.
 * @ahead_ms: from the snapshot to the other one; 0 if that is the earlier one
 * @socket: @count of them, in the order of the snapshot's sockets
 */
struct tm_evidence {
	int64_t elapsed_ns;
	int64_t ahead_ms;
	size_t count;
	struct tm_activity *socket;
};

/*
 * tm_evidence_make() - compares each socket of @snap with its record in @other
 * @other: of the same boot, earlier or later, with tcp_info; holders are not
 *	needed
 *
 * Return: 0 or -ENOMEM; clear it either way.
 */
int tm_evidence_make(const struct tcpmem_snapshot *snap,
		     const struct tcpmem_snapshot *other,
		     struct tm_evidence *evidence);
void tm_evidence_clear(struct tm_evidence *evidence);

/*
 * tm_window_is_shut() - whether the peer takes nothing at this moment
 *
 * The time in which the window limits the sender does not tell: on a long or
 * slow path it does so while the peer reads all that comes.
 */
bool tm_window_is_shut(const struct tcpmem_snapshot *snap,
		       const struct tcpmem_socket *sock);

/*
 * tm_evidence_rate() - @bytes of an activity, per second
 *
 * Return: %TCPMEM_UNKNOWN if they or the time are.
 */
int64_t tm_evidence_rate(const struct tm_evidence *evidence, int64_t bytes);

#endif
