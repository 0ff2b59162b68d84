/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * in_use.h - what is freed leaves nothing, with a sanitizer or without
 *
 * What is made and freed many times over takes no more memory than once. Where
 * the C library does not tell how much is in use, nothing is compared.
 */
#ifndef TM_IN_USE_H
#define TM_IN_USE_H

#include <check.h>
#include <features.h>
#include <malloc.h>
#include <stddef.h>

#ifdef __GLIBC__
#define TELLS_IN_USE __GLIBC_PREREQ(2, 33)
#else
#define TELLS_IN_USE 0
#endif

static inline size_t in_use(void)
{
#if TELLS_IN_USE
	return mallinfo2().uordblks;
#else
	return 0;
#endif
}

/* Rounds until nothing is kept that was not kept before; blocks are no less. */
#define IN_USE_ROUNDS 256
#define IN_USE_BLOCK  16

#define LEAVES_NOTHING(round)                                              \
	do {                                                               \
		size_t before_ = 0;                                        \
                                                                           \
		for (int round_ = -IN_USE_ROUNDS; round_ < IN_USE_ROUNDS;  \
		     round_++) {                                           \
			if (!round_)                                       \
				before_ = in_use();                        \
			round;                                             \
		}                                                          \
		ck_assert_uint_lt(in_use(),                                \
				  before_ + IN_USE_ROUNDS * IN_USE_BLOCK); \
	} while (0)

#endif
