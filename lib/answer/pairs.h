/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pairs.h - which socket of one snapshot is which of another */
#ifndef TM_ANSWER_PAIRS_H
#define TM_ANSWER_PAIRS_H

#include "index.h"
#include "model/snapshot.h"
#include "tcpmem/analysis.h"

/*
 * struct tm_pairs - the sockets of @before, found by cookie
 * @match: what makes two records one socket
 * @met: bit for each socket of @before that was found
 */
struct tm_pairs {
	const struct tcpmem_snapshot *before;
	const struct tcpmem_snapshot *after;
	enum tcpmem_match match;
	uint32_t seed;
	struct tm_index index;
	uint64_t *met;
};

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

/* tm_pairs_met() - whether socket number @i of @before was found */
bool tm_pairs_met(const struct tm_pairs *pairs, size_t i);

#endif
