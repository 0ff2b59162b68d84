/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reverse.h - a number into the other byte order, without the library */
#ifndef TM_REVERSE_H
#define TM_REVERSE_H

#include <stddef.h>
#include <stdint.h>

static inline void reverse(uint8_t *at, size_t size)
{
	for (size_t i = 0; i < size / 2; i++) {
		uint8_t byte = at[i];

		at[i] = at[size - 1 - i];
		at[size - 1 - i] = byte;
	}
}

#endif
