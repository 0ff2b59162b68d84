/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diff.h - two snapshots: which sockets are the same, what changed */
#ifndef TM_ANALYSIS_DIFF_H
#define TM_ANALYSIS_DIFF_H

#include "analysis/table.h"
#include "base/hash.h"
#include "model/accounting.h"
#include "model/holders.h"
#include "model/snapshot.h"
#include "tcpmem/diff.h"

/* ---- what makes rows of two tables one: key and process ---- */

/* The longest key of a row. */
#define TM_IDENTITY_SIZE (TM_KEYS_MAX * TM_COMPONENT_SIZE)

/*
 * tm_identify() - the key without the name of its process
 *
 * exec(2) and prctl(2) change that, and it is the same process. Which one of
 * those that had the pid is for the caller to compare.
 */
void tm_identify(const struct tcpmem_process *process, const char *key,
		 char id[TM_IDENTITY_SIZE]);

/* tm_hash_text() - as tm_hash(), of a text */
uint32_t tm_hash_text(uint32_t hash, const char *text);

/* ---- which socket of one snapshot is which of another ---- */

/*
 * struct tm_pairs - the sockets of @before, found by cookie
 * @match: what makes two records one socket
 * @skew_ns: by how much the clock since boot of @after is ahead, in a time
 *	namespace other than @before's; 0: they have the same
 * @clock_unknown: nothing tells whether they have, or one was set
 * @met: bit for each socket of @before that was found
 */
struct tm_pairs {
	const struct tcpmem_snapshot *before;
	const struct tcpmem_snapshot *after;
	enum tcpmem_match match;
	uint32_t seed;
	int64_t skew_ns;
	bool clock_unknown;
	struct tm_index index;
	uint64_t *met;
};

/* tm_match() - by what their sockets are told; %TCPMEM_MATCH_NOTHING: two boots
 */
enum tcpmem_match tm_match(const struct tcpmem_snapshot *before,
			   const struct tcpmem_snapshot *after);

/* tm_pairs_init() - 0 or -ENOMEM; deinit it either way */
int tm_pairs_init(struct tm_pairs *pairs, const struct tcpmem_snapshot *before,
		  const struct tcpmem_snapshot *after);
void tm_pairs_deinit(struct tm_pairs *pairs);

/*
 * tm_pairs_find() - what a socket of @after was before; NULL if it is new
 *
 * A socket of @before is found once.
 */
const struct tcpmem_socket *tm_pairs_find(struct tm_pairs *pairs,
					  const struct tcpmem_socket *sock);

/* tm_pairs_same_process() - of both or of one of them; by either's clock */
bool tm_pairs_same_process(const struct tm_pairs *pairs,
			   const struct tcpmem_process *a,
			   const struct tcpmem_process *b);

/* tm_pairs_met() - whether socket number @i of @before was found */
bool tm_pairs_met(const struct tm_pairs *pairs, size_t i);

/* ---- what changed between two snapshots, by group ---- */

/*
 * struct tcpmem_diff_row - a group
 * @unsure: its difference is no growth or decline of its own: sockets came from
 *	or went to other groups, and one snapshot does not know the holders of
 *	all, so that they may have been its own; or it is of two boots or hosts
 */
struct tcpmem_diff_row {
	struct tcpmem_subject subject; /* its key is the row's own */
	bool unsure;
	enum tm_row_class class;
	struct tm_sums before;
	struct tm_sums after;
	int64_t event[TCPMEM_EVENT_COUNT];
	int64_t elapsed_ns; /* of the diff; 0 or less tells no rate */
};

/*
 * struct tcpmem_diff - @partial: one of them was not asked for all network
 *	namespaces of the other, which are left out
 */
struct tcpmem_diff {
	enum tcpmem_match match;
	int64_t elapsed_ns;
	bool timed; /* @elapsed_ns is known */
	bool partial;
	struct tcpmem_diff_row *row;
	size_t row_count;
	size_t row_capacity;
	struct tcpmem_diff_row total;
};

#endif
