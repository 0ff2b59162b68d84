// SPDX-License-Identifier: LGPL-2.1-or-later
/* record.c - the records in a capture's sections */
#include "capture/format.h"

#include <assert.h>
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
