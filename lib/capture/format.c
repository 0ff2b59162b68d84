// SPDX-License-Identifier: LGPL-2.1-or-later
/* format.c - records in the sections of a capture, and their checksum */
#include "capture/format.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

static void put(struct tm_record *record, const void *data, size_t len)
{
	assert(len <= sizeof(record->data) - record->used);
	memcpy(record->data + record->used, data, len);
	record->used += len;
}

void tm_record_begin(struct tm_record *record)
{
	record->used = sizeof(uint32_t);
}

void tm_record_u32(struct tm_record *record, uint32_t value)
{
	put(record, &value, sizeof(value));
}

void tm_record_u64(struct tm_record *record, uint64_t value)
{
	put(record, &value, sizeof(value));
}

void tm_record_text(struct tm_record *record, const char *text)
{
	size_t len = strlen(text);

	if (len > TM_RECORD_TEXT)
		len = TM_RECORD_TEXT;
	tm_record_u32(record, (uint32_t)len);
	put(record, text, len);
}

void tm_record_end(struct tm_record *record)
{
	uint32_t length = (uint32_t)(record->used - sizeof(length));

	memcpy(record->data, &length, sizeof(length));
}

/* If there are fewer bytes, none is taken. */
void tm_cursor_bytes(struct tm_cursor *cursor, void *data, size_t len)
{
	if (cursor->left < len) {
		memset(data, 0, len);
		cursor->left = 0;
		return;
	}
	memcpy(data, cursor->at, len);
	cursor->at += len;
	cursor->left -= len;
}

int tm_cursor_record(struct tm_cursor *section, struct tm_cursor *record)
{
	uint32_t length;
	size_t padded;

	if (!section->left)
		return 0;
	if (section->left < sizeof(length))
		return -EBADMSG;
	length = tm_cursor_u32(section);
	if (length > section->left)
		return -EBADMSG;
	*record = (struct tm_cursor){ .at = section->at,
				      .left = length,
				      .swapped = section->swapped };
	padded = TM_RECORD_PADDED(length);
	if (padded > section->left)
		padded = section->left;
	section->at += padded;
	section->left -= padded;
	return 1;
}

uint32_t tm_cursor_u32(struct tm_cursor *record)
{
	uint32_t value;

	tm_cursor_bytes(record, &value, sizeof(value));
	return record->swapped ? __builtin_bswap32(value) : value;
}

uint64_t tm_cursor_u64(struct tm_cursor *record)
{
	uint64_t value;

	tm_cursor_bytes(record, &value, sizeof(value));
	return record->swapped ? __builtin_bswap64(value) : value;
}

int tm_cursor_text(struct tm_cursor *record, char *text, size_t size)
{
	uint32_t length = tm_cursor_u32(record);
	size_t kept = length < size ? length : size - 1;

	if (length > record->left)
		return -EBADMSG;
	memcpy(text, record->at, kept);
	text[kept] = '\0';
	record->at += length;
	record->left -= length;
	return 0;
}

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
