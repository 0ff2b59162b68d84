/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * blame.h - processes that hold each other up
 *
 * It may change until version 2.0, see analysis.h.
 */
#ifndef TCPMEM_BLAME_H
#define TCPMEM_BLAME_H

#include "snapshot.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct tcpmem_chain_member - a process, or what stands where it is not known
 * @name: "nginx[33]"; "nginx[33] +3" if others share the sockets; a kind; or an
 *	address
 * @kind: "process", another kind, "absent" for an address that no socket of
 *	this host has, "unknown" for one that may be in what was not seen
 * @process: NULL unless @kind is "process"
 * @distance: 0 if it holds others up and nobody holds it up; else how many
 *	connections are between it and such a one, at least
 * @bytes: buffers of its sockets in which data waits because of the chain; the
 *	data alone where the kernel does not report buffers
 * @per_second: bytes that it takes of what waits for it;
 *	%TCPMEM_UNKNOWN if nothing does, or that was not measured
 */
struct tcpmem_chain_member {
	const char *name;
	const char *kind;
	const struct tcpmem_process *process;
	uint32_t distance;
	int64_t bytes;
	int64_t per_second;
};

/**
 * struct tcpmem_chain_link - connections on which data waits
 * @from: index of the member that writes, which is held up
 * @to: index of the one that does not read
 * @connections: how many; 0 if they are one because @from and @to share
 *	sockets
 * @unsent_bytes: payload that the peer has not acknowledged
 * @unread_bytes: payload that has arrived
 * @per_second: as of a member
 */
struct tcpmem_chain_link {
	size_t from;
	size_t to;
	int64_t connections;
	int64_t unsent_bytes;
	int64_t unread_bytes;
	int64_t per_second;
};

/**
 * struct tcpmem_chain - who is held up, and by whom in the end
 * @bytes: of all its members
 * @member: those at the end first, then the others by distance
 * @culprit_count: of them, those at the end; more than one if they wait for
 *	each other, in a cycle
 * @link: those with the most bytes first
 */
struct tcpmem_chain {
	int64_t bytes;
	const struct tcpmem_chain_member *member;
	size_t member_count;
	size_t culprit_count;
	const struct tcpmem_chain_link *link;
	size_t link_count;
};

/**
 * struct tcpmem_blame - chains, those with the most bytes first
 * @size: what of it this library fills in: sizeof(struct tcpmem_blame)
 * @elapsed_ns: between the two snapshots; %TCPMEM_UNKNOWN with only one, or if
 *	the other is of another boot or host, or of the same moment: then no
 *	rate is known, and those whose window is shut, and who got nothing for
 *	a second, are taken not to read
 * @undecided: connections on which data waits and that may be in a chain:
 *	snapshots that are a second apart tell
 * @unmeasured: connections on which data waits, and the kernel does not say
 *	what moves
 * @small: chains that are left out, of less than 64 KiB
 * @unmatched: those that the filter leaves out, of any size
 *
 * Only if these four and @count are 0 nobody is held up.
 */
struct tcpmem_blame {
	size_t size;
	const struct tcpmem_chain *chain;
	size_t count;
	int64_t elapsed_ns;
	int64_t undecided;
	int64_t unmeasured;
	int64_t small;
	int64_t unmatched;
};

/**
 * tcpmem_blame_new() - finds out which processes hold others up
 * @snapshot: with peers and tcp_info (%TCPMEM_NEED_PEERS, %TCPMEM_NEED_INFO)
 * @other: one of a moment later or earlier, with tcp_info; NULL: there is none
 * @filter: chains of which no socket matches are left out; NULL: all match
 *
 * On a connection one holds the other up if data waits in the receive queue of
 * the one and in the send queue of the other, and neither moves, or would take
 * longer than a second at the pace of both snapshots. Who does not read and is
 * held up himself is passed over: the chain goes on to whoever holds him up.
 * Where there are several, bytes are shared as they wait. It ends with who is
 * not held up, with processes that wait for each other, or where no process of
 * this host is known.
 *
 * Free it with tcpmem_blame_free(), before @snapshot.
 *
 * Return: 0, or -ENOMEM.
 * @since 0.1
 */
TCPMEM_API int tcpmem_blame_new(const struct tcpmem_snapshot *snapshot,
				const struct tcpmem_snapshot *other,
				const struct tcpmem_filter *filter,
				struct tcpmem_blame **blame);

/** tcpmem_blame_free() - frees it and its chains @since 0.1 */
TCPMEM_API void tcpmem_blame_free(struct tcpmem_blame *blame);

#ifdef __cplusplus
}
#endif

#endif
