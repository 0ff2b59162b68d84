// SPDX-License-Identifier: LGPL-2.1-or-later
/* json.c - writes JSON as a stream */
#include "json.h"

#include "text.h"

#include <string.h>

void json_init(struct json *json, FILE *out, unsigned int wrap)
{
	*json = (struct json){ .out = out, .wrap = wrap };
}

/* The number of bytes that need no escape; most texts have no others. */
static size_t plain_length(const unsigned char *text)
{
	size_t len = 0;

	while (text[len] >= 0x20 && text[len] < 0x7f && text[len] != '"' &&
	       text[len] != '\\')
		len++;
	return len;
}

/* One character that needs an escape, or is not ASCII. Return: its bytes. */
static size_t put_special(FILE *out, const unsigned char *text)
{
	size_t len = utf8_length(text);

	if (!len) {
		fputs("\\ufffd", out);
		return 1;
	}
	if (utf8_control(text, len))
		fprintf(out, "\\u%04x", utf8_control(text, len));
	else if (len == 1)
		fprintf(out, "\\%c", *text);
	else
		fwrite(text, 1, len, out);
	return len;
}

static void put_string(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	putc('"', out);
	for (;;) {
		size_t len = plain_length(at);

		fwrite(at, 1, len, out);
		at += len;
		if (!*at)
			break;
		at += put_special(out, at);
	}
	putc('"', out);
}

static void put_integer(FILE *out, bool negative, uint64_t size)
{
	char text[21]; /* a sign and 20 digits */
	char *end = text + sizeof(text);
	char *at = end;

	do
		*--at = (char)('0' + size % 10);
	while (size /= 10);
	if (negative)
		*--at = '-';
	fwrite(at, 1, (size_t)(end - at), out);
}

static void new_line(struct json *json)
{
	putc('\n', json->out);
	for (unsigned int i = 0; i < json->depth; i++)
		fputs("  ", json->out);
}

static void begin_value(struct json *json, const char *key)
{
	bool wrapped = json->depth && json->depth <= json->wrap;

	if (json->follows)
		fputs(wrapped ? "," : ", ", json->out);
	if (wrapped)
		new_line(json);
	json->follows = true;
	if (!key)
		return;
	put_string(json->out, key);
	fputs(": ", json->out);
}

static void open_level(struct json *json, const char *key, char bracket)
{
	begin_value(json, key);
	putc(bracket, json->out);
	json->depth++;
	json->follows = false;
}

static void close_level(struct json *json, char bracket)
{
	bool wrapped = json->follows && json->depth <= json->wrap;

	json->depth--;
	if (wrapped)
		new_line(json);
	putc(bracket, json->out);
	json->follows = true;
}

void json_open_object(struct json *json, const char *key)
{
	open_level(json, key, '{');
}

void json_close_object(struct json *json)
{
	close_level(json, '}');
}

void json_open_array(struct json *json, const char *key)
{
	open_level(json, key, '[');
}

void json_close_array(struct json *json)
{
	close_level(json, ']');
}

void json_text(struct json *json, const char *key, const char *text)
{
	if (!text) {
		json_null(json, key);
		return;
	}
	begin_value(json, key);
	put_string(json->out, text);
}

void json_integer(struct json *json, const char *key, int64_t value)
{
	begin_value(json, key);
	put_integer(json->out, value < 0,
		    value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void json_optional(struct json *json, const char *key, int ret, int64_t value)
{
	if (ret == 0)
		json_integer(json, key, value);
	else
		json_null(json, key);
}

void json_id(struct json *json, const char *key, uint64_t id)
{
	begin_value(json, key);
	putc('"', json->out);
	put_integer(json->out, false, id);
	putc('"', json->out);
}

void json_fraction(struct json *json, const char *key, double value)
{
	begin_value(json, key);
	fprintf(json->out, "%.3f", value);
}

void json_percent(struct json *json, const char *key, int64_t part,
		  int64_t whole)
{
	if (whole <= 0) {
		json_null(json, key);
		return;
	}
	begin_value(json, key);
	fprintf(json->out, "%.2f", 100.0 * (double)part / (double)whole);
}

void json_bool(struct json *json, const char *key, bool value)
{
	begin_value(json, key);
	fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json, const char *key)
{
	begin_value(json, key);
	fputs("null", json->out);
}

void json_end(struct json *json)
{
	putc('\n', json->out);
	json->follows = false;
}
