/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * json.h - writes JSON as a stream
 *
 * The caller closes each object and array that it opens, and asks the stream
 * for errors (ferror).
 */
#ifndef CLI_OUTPUT_JSON_H
#define CLI_OUTPUT_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * struct json - a document being written
 * @wrap: members down to this depth have lines of their own; 0: the document
 *	is one line
 * @follows: a member precedes in the same object or array
 */
struct json {
	FILE *out;
	unsigned int wrap;
	unsigned int depth;
	bool follows;
};

void json_init(struct json *json, FILE *out, unsigned int wrap);

/* @key is NULL inside an array and at the top. */
void json_open_object(struct json *json, const char *key);
void json_close_object(struct json *json);
void json_open_array(struct json *json, const char *key);
void json_close_array(struct json *json);

/* json_text() - bytes that are not UTF-8 become U+FFFD; NULL becomes null */
void json_text(struct json *json, const char *key, const char *text);
void json_integer(struct json *json, const char *key, int64_t value);
/* json_optional() - null unless @ret, of a getter, is 0 */
void json_optional(struct json *json, const char *key, int ret, int64_t value);
/* json_known() - null if it is %TCPMEM_UNKNOWN */
void json_known(struct json *json, const char *key, int64_t value);
/* json_id() - a string: JSON parsers round integers beyond 2^53 */
void json_id(struct json *json, const char *key, uint64_t id);
/* json_fraction() - rounded to thousandths; NaN becomes null */
void json_fraction(struct json *json, const char *key, double value);
/* json_seconds() - @time / @unit; null if it is %TCPMEM_UNKNOWN */
void json_seconds(struct json *json, const char *key, int64_t time,
		  double unit);
/* json_percent() - part / whole in percent, rounded to hundredths */
void json_percent(struct json *json, const char *key, int64_t part,
		  int64_t whole);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

/* json_end() - ends the last line of the document */
void json_end(struct json *json);

#endif
