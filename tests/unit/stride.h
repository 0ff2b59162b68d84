/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stride.h - how much of what there is a test tries */
#ifndef TM_TEST_STRIDE_H
#define TM_TEST_STRIDE_H

#include <stddef.h>
#include <stdlib.h>

/* random_rounds() - fewer under valgrind, which is 50 times slower */
static inline unsigned int random_rounds(unsigned int usual)
{
	return getenv("TCPMEM_TEST_FEW_ROUNDS") ? usual / 20 : usual;
}

/*
 * damage_stride() - of the bytes of a file, every how many-th is changed
 *
 * Odd: each byte of an aligned word has its turn. scripts/damage asks for
 * every byte, which takes minutes.
 */
static inline size_t damage_stride(void)
{
	return getenv("TCPMEM_TEST_EVERY_BYTE") ? 1 : 7;
}

#endif
