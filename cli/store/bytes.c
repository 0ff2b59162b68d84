// SPDX-License-Identifier: LGPL-2.1-or-later
/* bytes.c - a growing buffer, numbers of variable length, a checksum */
#include "store/bytes.h"

#include <stdlib.h>
#include <string.h>

void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){ 0 };
}

static void fail(struct bytes *bytes)
{
	bytes_free(bytes);
	bytes->failed = true;
}

static bool grow(struct bytes *bytes, size_t size)
{
	size_t larger = bytes->size ? bytes->size : 4096;
	uint8_t *data;

	while (larger < size)
		larger += larger / 2;
	data = realloc(bytes->data, larger);
	if (!data)
		return false;
	bytes->data = data;
	bytes->size = larger;
	return true;
}

uint8_t *bytes_extend(struct bytes *bytes, size_t len)
{
	if (!bytes->failed && len > BYTES_MAX - bytes->used)
		fail(bytes);
	if (!bytes->failed && bytes->used + len >= bytes->size &&
	    !grow(bytes, bytes->used + len + 1))
		fail(bytes);
	if (bytes->failed)
		return NULL;
	bytes->used += len;
	return bytes->data + bytes->used - len;
}

void bytes_add(struct bytes *bytes, const void *data, size_t len)
{
	uint8_t *to = len ? bytes_extend(bytes, len) : NULL;

	if (to)
		memcpy(to, data, len);
}

void bytes_number(struct bytes *bytes, uint64_t value)
{
	uint8_t byte;

	do {
		byte = value & 0x7f;
		value >>= 7;
		byte |= value ? 0x80 : 0;
		bytes_add(bytes, &byte, 1);
	} while (value);
}

void bytes_signed(struct bytes *bytes, int64_t value)
{
	uint64_t twice = (uint64_t)value << 1;

	bytes_number(bytes, value < 0 ? ~twice : twice);
}

const uint8_t *reader_take(struct reader *reader, size_t len)
{
	const uint8_t *at = reader->at;

	if (reader->failed || len > reader->left) {
		reader->failed = true;
		return NULL;
	}
	reader->at += len;
	reader->left -= len;
	return at;
}

uint64_t reader_number(struct reader *reader)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		const uint8_t *byte = reader_take(reader, 1);

		if (!byte)
			return 0;
		value |= (uint64_t)(*byte & 0x7f) << shift;
		if (!(*byte & 0x80))
			return value;
	}
	reader->failed = true;
	return 0;
}

int64_t reader_signed(struct reader *reader)
{
	uint64_t twice = reader_number(reader);

	return (int64_t)(twice & 1 ? ~(twice >> 1) : twice >> 1);
}

struct reader reader_part(struct reader *reader)
{
	size_t len = reader_number(reader);
	struct reader part = { .left = len, .at = reader_take(reader, len) };

	part.failed = !part.at;
	return part;
}

/* The first table is for a byte; the others, for one that more follow. */
static void make_tables(uint32_t table[8][256])
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t value = i;

		for (int bit = 0; bit < 8; bit++)
			value = value >> 1 ^ (value & 1 ? 0x82f63b78 : 0);
		table[0][i] = value;
	}
	for (int more = 1; more < 8; more++)
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t value = table[more - 1][i];

			table[more][i] = value >> 8 ^ table[0][value & 0xff];
		}
}

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
	static uint32_t table[8][256];
	const uint8_t *at = data;

	if (!table[7][255])
		make_tables(table);
	crc = ~crc;
	for (; len >= 8; len -= 8, at += 8)
		crc = table[7][(crc ^ at[0]) & 0xff] ^
		      table[6][(crc >> 8 ^ at[1]) & 0xff] ^
		      table[5][(crc >> 16 ^ at[2]) & 0xff] ^
		      table[4][(crc >> 24 ^ at[3]) & 0xff] ^ table[3][at[4]] ^
		      table[2][at[5]] ^ table[1][at[6]] ^ table[0][at[7]];
	while (len--)
		crc = table[0][(crc ^ *at++) & 0xff] ^ crc >> 8;
	return ~crc;
}
