// SPDX-License-Identifier: LGPL-2.1-or-later
/* json.c - one text out of a JSON document that a container engine wrote */
#include "host/internal.h"

#include <string.h>

#define SPACE " \t\r\n"

static const char *skip_space(const char *at)
{
	return at + strspn(at, SPACE);
}

/* @at is a quote. Return: behind the closing one; NULL if there is none. */
static const char *skip_string(const char *at)
{
	for (at++; *at && *at != '"'; at++)
		if (*at == '\\' && at[1])
			at++;
	return *at ? at + 1 : NULL;
}

/* Return: behind the value, whatever it is; NULL if it is cut short. */
static const char *skip_value(const char *at)
{
	size_t depth = 0;

	while (at && *at) {
		if (*at == '"') {
			at = skip_string(at);
		} else {
			if (!depth && strchr("]}", *at))
				return at;
			depth += strchr("{[", *at) != NULL;
			depth -= strchr("]}", *at) != NULL;
			at++;
		}
		if (at && !depth && (!*at || strchr(",]}" SPACE, *at)))
			return at;
	}
	return NULL;
}

static bool is_key(const char *at, const char *key)
{
	size_t len = strlen(key);

	return strncmp(at + 1, key, len) == 0 && at[1 + len] == '"';
}

/* Return: what is behind @mark, which may follow spaces; NULL: not there. */
static const char *skip_mark(const char *at, char mark)
{
	at = at ? skip_space(at) : NULL;
	return at && *at == mark ? skip_space(at + 1) : NULL;
}

const char *tm_json_member(const char *object, const char *key)
{
	const char *at = skip_mark(object, '{');

	while (at && *at == '"') {
		const char *name = at;

		at = skip_mark(skip_string(at), ':');
		if (!at || is_key(name, key))
			return at;
		at = skip_mark(skip_value(at), ',');
	}
	return NULL;
}

const char *tm_json_element(const char *array, const char *before)
{
	const char *at;

	if (!array || *(array = skip_space(array)) != '[')
		return NULL;
	at = before ? skip_value(before) : array;
	at = at ? skip_space(at) : NULL;
	if (!at || *at != (before ? ',' : '['))
		return NULL;
	at = skip_space(at + 1);
	return *at && *at != ']' ? at : NULL;
}

bool tm_json_text(const char *value, char *text, size_t size)
{
	const char *end = value && *value == '"' ? skip_string(value) : NULL;
	size_t len;

	if (!end)
		return false;
	len = (size_t)(end - value) - 2;
	if (len >= size || memchr(value + 1, '\\', len))
		return false;
	memcpy(text, value + 1, len);
	text[len] = '\0';
	return true;
}
