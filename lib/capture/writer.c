// SPDX-License-Identifier: LGPL-2.1-or-later
/* writer.c - records, put into sections, and sections, into a file */
#include "capture/format.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A section is written when it is this full: what a damaged byte costs. */
#define SECTION_FULL (TM_SECTION_MAX / 2)

static int write_all(int fd, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t put = write(fd, data, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		data += put;
		len -= (size_t)put;
	}
	return 0;
}

int tm_frame_writer_open(int fd, struct tm_frame_writer *writer)
{
	struct tm_capture_head head = {
		.magic = TM_CAPTURE_MAGIC,
		.order = TM_CAPTURE_ORDER,
		.major = TM_CAPTURE_MAJOR,
		.minor = TM_CAPTURE_MINOR,
	};
	int ret;

	*writer = (struct tm_frame_writer){ .fd = fd };
	tm_crc32c_init(&writer->crc);
	head.crc = tm_crc32c(&writer->crc, &head,
			     offsetof(struct tm_capture_head, crc));
	ret = write_all(fd, (const uint8_t *)&head, sizeof(head));
	if (ret)
		return ret;
	writer->offset = sizeof(head);
	writer->buf = malloc(TM_SECTION_FRAME + TM_SECTION_MAX);
	return writer->buf ? 0 : -ENOMEM;
}

void tm_frame_writer_close(struct tm_frame_writer *writer)
{
	free(writer->buf);
	writer->buf = NULL;
}

/* Puts the head before the open section's payload. Return: bytes to write */
static size_t seal(struct tm_frame_writer *writer)
{
	struct tm_section_head head = {
		.mark = TM_SECTION_MARK,
		.type = (uint16_t)writer->type,
		.number = writer->sections,
		.offset = writer->offset,
	};
	size_t padded;

	head.length = (uint32_t)(writer->used - TM_SECTION_FRAME);
	padded = TM_SECTION_PADDED(head.length);
	memset(writer->buf + writer->used, 0, padded - head.length);
	head.payload_crc =
		tm_crc32c(&writer->crc, writer->buf + TM_SECTION_FRAME, padded);
	head.crc = tm_crc32c(&writer->crc, &head,
			     offsetof(struct tm_section_head, crc));
	memcpy(writer->buf, &head, sizeof(head));
	return TM_SECTION_FRAME + padded;
}

/* Writes the open section, if one is open. */
static int flush(struct tm_frame_writer *writer)
{
	size_t size;

	if (!writer->used || writer->error)
		return writer->error;
	size = seal(writer);
	writer->error = write_all(writer->fd, writer->buf, size);
	writer->offset += size;
	writer->payload += writer->used - TM_SECTION_FRAME;
	writer->sections++;
	writer->used = 0;
	return writer->error;
}

/* Whether the open section takes a record of @len behind this prefix. */
static bool takes(const struct tm_frame_writer *writer, unsigned int type,
		  const void *prefix, size_t prefix_len, size_t len)
{
	return writer->used && writer->type == type &&
	       writer->prefix_len == prefix_len &&
	       memcmp(writer->buf + TM_SECTION_FRAME, prefix, prefix_len) ==
		       0 &&
	       writer->used - TM_SECTION_FRAME + len <= SECTION_FULL;
}

/* There is room for the zeroes too: both limits are multiples of 4. */
static void append(struct tm_frame_writer *writer, const void *data, size_t len)
{
	size_t padded = TM_RECORD_PADDED(writer->used);

	memset(writer->buf + writer->used, 0, padded - writer->used);
	writer->used = padded;
	memcpy(writer->buf + writer->used, data, len);
	writer->used += len;
}

int tm_frame_write(struct tm_frame_writer *writer, enum tm_section_type type,
		   const void *prefix, size_t prefix_len, const void *record,
		   size_t len)
{
	if (prefix_len + len > SECTION_FULL)
		return -EMSGSIZE;
	if (!takes(writer, type, prefix, prefix_len, len)) {
		int ret = flush(writer);

		if (ret)
			return ret;
		writer->type = type;
		writer->used = TM_SECTION_FRAME;
		writer->prefix_len = prefix_len;
		append(writer, prefix, prefix_len);
	}
	append(writer, record, len);
	return 0;
}

int tm_frame_finish(struct tm_frame_writer *writer)
{
	uint64_t counts[2];
	int ret = flush(writer);

	if (ret)
		return ret;
	counts[0] = writer->sections;
	counts[1] = writer->payload;
	ret = tm_frame_write(writer, TM_SECTION_END, "", 0, counts,
			     sizeof(counts));
	return ret ? ret : flush(writer);
}

/* ---- records in the sections of a capture, and their checksum ---- */

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
