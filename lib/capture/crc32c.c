// SPDX-License-Identifier: LGPL-2.1-or-later
/* crc32c.c - the checksum of a capture */
#include "capture/format.h"

#include <endian.h>
#include <string.h>

/* The Castagnoli polynomial, lowest bit first. */
#define POLYNOMIAL UINT32_C(0x82f63b78)

void tm_crc32c_init(struct tm_crc32c *crc)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t value = byte;

		for (int bit = 0; bit < 8; bit++)
			value = (value >> 1) ^ (value & 1 ? POLYNOMIAL : 0);
		crc->table[0][byte] = value;
	}
	for (size_t step = 1; step < 8; step++) {
		for (size_t byte = 0; byte < 256; byte++) {
			uint32_t value = crc->table[step - 1][byte];

			crc->table[step][byte] = (value >> 8) ^
						 crc->table[0][value & 0xff];
		}
	}
}

uint32_t tm_crc32c(const struct tm_crc32c *crc, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t value = UINT32_MAX;

	for (; len >= 8; p += 8, len -= 8) {
		uint32_t next = 0;
		uint64_t word;

		memcpy(&word, p, sizeof(word));
		word = le64toh(word) ^ value;
		for (size_t i = 0; i < 8; i++)
			next ^= crc->table[7 - i][(word >> (8 * i)) & 0xff];
		value = next;
	}
	for (; len; p++, len--)
		value = (value >> 8) ^ crc->table[0][(value ^ *p) & 0xff];
	return ~value;
}
