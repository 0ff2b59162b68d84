/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stride.h - of the bytes of a file, which ones a test damages */
#ifndef TM_TEST_STRIDE_H
#define TM_TEST_STRIDE_H

#include <stddef.h>
#include <stdlib.h>

/*
 * Odd: each byte of an aligned word has its turn. scripts/damage asks for
 * every byte, which takes minutes.
 */
static inline size_t damage_stride(void)
{
	return getenv("TCPMEM_TEST_EVERY_BYTE") ? 1 : 7;
}

#endif
