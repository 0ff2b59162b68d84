/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record.h - the records in a capture's sections
 *
 *   length u32 | field | field ...
 *
 * Fields stand in a fixed order; a later minor version adds fields behind the
 * last. A text is its length (u32) and its bytes. Reading past the end gives
 * 0 and an empty text: what an older writer did not know. A record begins at
 * a multiple of 4 in its section.
 */
#ifndef TM_READ_RECORD_H
#define TM_READ_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest text: a path, or what a warning says. */
#define TM_RECORD_TEXT 4096

struct tm_record {
	size_t used;
	uint8_t data[3 * TM_RECORD_TEXT];
};

void tm_record_begin(struct tm_record *record);
void tm_record_u32(struct tm_record *record, uint32_t value);
void tm_record_u64(struct tm_record *record, uint64_t value);

/* tm_record_text() - adds a text; of a longer one, its beginning */
void tm_record_text(struct tm_record *record, const char *text);

/* tm_record_end() - fills in the length, after the last field */
void tm_record_end(struct tm_record *record);

struct tm_cursor {
	const uint8_t *at;
	size_t left;
};

/*
 * tm_cursor_record() - takes the next record off @section
 *
 * Return: 1, 0 if there is none left, or -EBADMSG if it does not fit.
 */
int tm_cursor_record(struct tm_cursor *section, struct tm_cursor *record);

uint32_t tm_cursor_u32(struct tm_cursor *record);
uint64_t tm_cursor_u64(struct tm_cursor *record);

/*
 * tm_cursor_text() - the next text, cut to what @text holds
 *
 * Return: 0, or -EBADMSG if it is longer than its record.
 */
int tm_cursor_text(struct tm_cursor *record, char *text, size_t size);

#endif
