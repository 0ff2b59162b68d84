/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* crc32c.h - the checksum of a capture */
#ifndef TM_READ_CRC32C_H
#define TM_READ_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Eight bytes a step; made once for each file that is read or written. */
struct tm_crc32c {
	uint32_t table[8][256];
};

void tm_crc32c_init(struct tm_crc32c *crc);

/* tm_crc32c() - CRC-32C (Castagnoli) of @len bytes */
uint32_t tm_crc32c(const struct tm_crc32c *crc, const void *data, size_t len);

#endif
