/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * expr.h - random expressions, in words and in truth
 *
 * An expression knows its own truth without any code of the library, and can
 * be written in the many ways that the language has.
 */
#ifndef TM_TESTS_EXPR_H
#define TM_TESTS_EXPR_H

#include <stdio.h>

#include "filter/filter.h"

struct expr_rng {
	uint64_t state;
};

/* expr_random() - a number below @below */
uint32_t expr_random(struct expr_rng *rng, uint32_t below);

/* Comparisons that an expression may hold. */
#define EXPR_KERNEL    0x1 /* those that the kernel can make */
#define EXPR_STATE     0x2
#define EXPR_HERE      0x4 /* those that it cannot */
#define EXPR_AUTOBOUND 0x8 /* autobound, once at most */
#define EXPR_MARK      0x10

struct expr;

/* expr_new() - an expression that says something of the sockets of @pool */
struct expr *expr_new(struct expr_rng *rng, const struct tcpmem_socket *pool,
		      size_t count, unsigned int what);
void expr_free(struct expr *expr);

/* expr_write() - in words, which differ from one time to the next */
void expr_write(const struct expr *expr, struct expr_rng *rng, FILE *out);

/* expr_is_true() - of a socket of which expr_is_known() */
bool expr_is_true(const struct expr *expr, const struct tcpmem_socket *sock);

/* expr_is_known() - whether expr_is_true() can tell: all its facts are known */
bool expr_is_known(const struct expr *expr, const struct tcpmem_socket *sock);

/* Names as expr_write() writes them: cgroup "/N" has the id N. */
extern const struct tm_filter_names expr_names;

/* expr_socket() - a random socket; ports and addresses recur */
struct tcpmem_socket expr_socket(struct expr_rng *rng);

#endif
