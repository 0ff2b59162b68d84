/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bytes.h - a growing buffer, numbers of variable length, a checksum */
#ifndef CLI_STORE_BYTES_H
#define CLI_STORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BYTES_MAX (UINT32_C(512) << 20)

/* struct bytes - @failed: no memory, or more than BYTES_MAX: it is empty */
struct bytes {
	uint8_t *data;
	size_t used;
	size_t size;
	bool failed;
};

void bytes_free(struct bytes *bytes);

/* bytes_extend() - @len bytes more, to be filled in; NULL: failed */
uint8_t *bytes_extend(struct bytes *bytes, size_t len);
void bytes_add(struct bytes *bytes, const void *data, size_t len);

/* bytes_number() - seven bits a byte, the lowest first */
void bytes_number(struct bytes *bytes, uint64_t value);

/* bytes_signed() - the same, for numbers about 0 */
void bytes_signed(struct bytes *bytes, int64_t value);

/* struct reader - @failed: more was read than there is */
struct reader {
	const uint8_t *at;
	size_t left;
	bool failed;
};

/* reader_take() - the next @len bytes; NULL: failed */
const uint8_t *reader_take(struct reader *reader, size_t len);
uint64_t reader_number(struct reader *reader);
int64_t reader_signed(struct reader *reader);

/* reader_part() - a reader of the next bytes, which a number counts */
struct reader reader_part(struct reader *reader);

/* crc32c() - CRC-32C (Castagnoli), as a capture has it; begin with 0 */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

#endif
