// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * json.c - writes JSON as a stream
 *
 * A thread writes to a stream of its own: without the lock that stdio takes
 * for each word, and without a call for it, a listing of sockets takes a third
 * less.
 */
#include "json.h"

#include "tcpmem.h"
#include "text.h"

#include <math.h>
#include <string.h>

void json_init(struct json *json, FILE *out, unsigned int wrap)
{
	*json = (struct json){ .out = out, .wrap = wrap };
}

static void put(FILE *out, const char *text)
{
	while (*text)
		putc_unlocked(*text++, out);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* One character that needs an escape, or is not ASCII. Return: its bytes. */
static size_t put_special(FILE *out, const unsigned char *text)
{
	size_t len = utf8_length(text);

	if (!len) {
		put(out, "\\ufffd");
		return 1;
	}
	if (utf8_control(text, len))
		fprintf(out, "\\u%04x", utf8_control(text, len));
	else if (len == 1)
		fprintf(out, "\\%c", *text);
	else
		fwrite_unlocked(text, 1, len, out);
	return len;
}

static void put_string(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	putc_unlocked('"', out);
	while (*at) {
		if (is_plain(*at))
			putc_unlocked(*at++, out);
		else
			at += put_special(out, at);
	}
	putc_unlocked('"', out);
}

static void put_integer(FILE *out, bool negative, uint64_t size)
{
	char text[22]; /* a sign, 20 digits and an end */
	char *at = text + sizeof(text) - 1;

	*at = '\0';
	do
		*--at = (char)('0' + size % 10);
	while (size /= 10);
	if (negative)
		*--at = '-';
	put(out, at);
}

static void new_line(struct json *json)
{
	putc_unlocked('\n', json->out);
	for (unsigned int i = 0; i < json->depth; i++)
		put(json->out, "  ");
}

static void begin_value(struct json *json, const char *key)
{
	bool wrapped = json->depth && json->depth <= json->wrap;

	if (json->follows)
		put(json->out, wrapped ? "," : ", ");
	if (wrapped)
		new_line(json);
	json->follows = true;
	if (!key)
		return;
	put_string(json->out, key);
	put(json->out, ": ");
}

static void open_level(struct json *json, const char *key, char bracket)
{
	begin_value(json, key);
	putc_unlocked(bracket, json->out);
	json->depth++;
	json->follows = false;
}

static void close_level(struct json *json, char bracket)
{
	bool wrapped = json->follows && json->depth <= json->wrap;

	json->depth--;
	if (wrapped)
		new_line(json);
	putc_unlocked(bracket, json->out);
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

void json_known(struct json *json, const char *key, int64_t value)
{
	json_optional(json, key, value == TCPMEM_UNKNOWN ? -1 : 0, value);
}

void json_id(struct json *json, const char *key, uint64_t id)
{
	begin_value(json, key);
	putc_unlocked('"', json->out);
	put_integer(json->out, false, id);
	putc_unlocked('"', json->out);
}

void json_seconds(struct json *json, const char *key, int64_t time, double unit)
{
	json_fraction(json, key,
		      time == TCPMEM_UNKNOWN ? NAN : (double)time / unit);
}

void json_fraction(struct json *json, const char *key, double value)
{
	if (isnan(value)) {
		json_null(json, key);
		return;
	}
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
	put(json->out, value ? "true" : "false");
}

void json_null(struct json *json, const char *key)
{
	begin_value(json, key);
	put(json->out, "null");
}

void json_end(struct json *json)
{
	putc_unlocked('\n', json->out);
	json->follows = false;
}
