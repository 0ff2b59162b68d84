// SPDX-License-Identifier: LGPL-2.1-or-later
/* escape.c - untrusted text, made safe for a terminal or a parser */
#include "text.h"

#include <stdbool.h>
#include <string.h>
#include <wchar.h>

/*
 * A printable character may still turn the writing direction or cover its
 * neighbour: those have no width.
 */
static bool is_harmless(wchar_t c, enum escape escape)
{
	if (escape != ESCAPE_TERMINAL && c == L'\\')
		return false;
	if (escape == ESCAPE_RAW && c == L' ')
		return false;
	/* no character: musl's C locale has these for bytes from 0x80 on */
	if (c >= 0xd800 && c <= 0xdfff)
		return false;
	return wcwidth(c) > 0;
}

static void print_hex(FILE *out, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(out, "\\x%02x", (unsigned char)bytes[i]);
}

/* How many of @left bytes at @text stand for themselves in each locale */
static size_t plain_length(const char *text, size_t left, enum escape escape)
{
	size_t len = 0;

	while (len < left && text[len] >= ' ' && text[len] <= '~' &&
	       (escape == ESCAPE_TERMINAL ||
		!strchr(escape == ESCAPE_CSV ? "\\\"" : "\\ ", text[len])))
		len++;
	return len;
}

/* One character that may not. Return: its bytes */
static size_t print_character(FILE *out, const char *text, size_t left,
			      enum escape escape)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t len = mbrtowc(&c, text, left, &state);

	if (len > left) { /* cut short, or invalid in this locale */
		len = 1;
		print_hex(out, text, len);
	} else if (is_harmless(c, escape)) {
		if (escape == ESCAPE_CSV && c == L'"')
			putc('"', out);
		fwrite(text, 1, len, out);
	} else {
		print_hex(out, text, len);
	}
	return len;
}

void escape_print_part(FILE *out, const char *text, size_t left,
		       enum escape escape)
{
	while (left) {
		size_t len = plain_length(text, left, escape);

		if (len)
			fwrite(text, 1, len, out);
		else
			len = print_character(out, text, left, escape);
		text += len;
		left -= len;
	}
}

void escape_print(FILE *out, const char *text, enum escape escape)
{
	if (escape == ESCAPE_RAW && strcmp(text, "-") == 0)
		print_hex(out, text, 1);
	else if (escape == ESCAPE_RAW && !*text)
		fputs("\\x00", out);
	else
		escape_print_part(out, text, strlen(text), escape);
}

/* The bounds of the byte behind @first: no byte sequence has two meanings. */
static bool may_follow(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return second >= 0x80 && second <= 0xbf;
	}
}

size_t utf8_length(const unsigned char *text)
{
	size_t len;

	if (text[0] < 0x80)
		return 1;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	len = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	if (!may_follow(text[0], text[1]))
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

static uint32_t decode(const unsigned char *text, size_t len)
{
	uint32_t c = len == 1 ? text[0] : text[0] & (0x7f >> len);

	for (size_t i = 1; i < len; i++)
		c = c << 6 | (text[i] & 0x3f);
	return c;
}

/* U+2028 and U+2029 end lines; the others turn what stands around them. */
static bool turns_direction(uint32_t c)
{
	return c == 0x200e || c == 0x200f || c == 0x61c ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

uint32_t utf8_control(const unsigned char *text, size_t len)
{
	uint32_t c = decode(text, len);

	return (c && c < 0x20) || (c >= 0x7f && c < 0xa0) || turns_direction(c)
		       ? c
		       : 0;
}
