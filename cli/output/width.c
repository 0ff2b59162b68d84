// SPDX-License-Identifier: LGPL-2.1-or-later
/* width.c - how wide a text is on a terminal, and texts that are cut to fit */
#include "text.h"

#include <string.h>
#include <wchar.h>

/* The columns of the character at @text, and its bytes */
static int next_width(const char *text, size_t *len)
{
	mbstate_t state = { 0 };
	wchar_t c;
	int width;

	if (*text >= ' ' && *text <= '~') {
		*len = 1;
		return 1;
	}
	*len = mbrtowc(&c, text, strlen(text), &state);
	if (*len == 0 || *len > strlen(text)) {
		*len = 1;
		return 1;
	}
	width = wcwidth(c);
	return width < 0 ? 1 : width;
}

int text_width(const char *text)
{
	int width = 0;
	size_t len;

	for (; *text; text += len)
		width += next_width(text, &len);
	return width;
}

size_t text_prefix(const char *text, int width, int *taken)
{
	const char *at = text;
	size_t len;

	*taken = 0;
	while (*at) {
		int more = next_width(at, &len);

		if (*taken + more > width)
			break;
		*taken += more;
		at += len;
	}
	return (size_t)(at - text);
}

/* The end of @text that is kept, in @width columns at most */
static const char *suffix(const char *text, int width)
{
	const char *end = strrchr(text, '[');
	size_t len;

	if (text[strlen(text) - 1] != ']' || !end || text_width(end) > width)
		end = strchr(text, '/') ? text : text + strlen(text);
	while (text_width(end) > width) {
		(void)next_width(end, &len);
		end += len;
	}
	return end;
}

static void put_cut(FILE *out, const char *text, int width, bool utf8)
{
	const char *mark = utf8 ? "\u2026" : "~";
	const char *end = suffix(text, width - 1);
	int taken;
	size_t len = text_prefix(text, width - 1 - text_width(end), &taken);

	fwrite(text, 1, len, out);
	fprintf(out, "%s%s", mark, end);
	for (taken += 1 + text_width(end); taken < width; taken++)
		putc(' ', out);
}

void text_fit(FILE *out, const char *text, int width, bool right, bool utf8)
{
	int wide = text_width(text);

	if (width <= 0)
		return;
	if (wide > width) {
		put_cut(out, text, width, utf8);
		return;
	}
	if (right)
		fprintf(out, "%*s", width - wide, "");
	fputs(text, out);
	if (!right)
		fprintf(out, "%*s", width - wide, "");
}

void text_cut(FILE *out, const char *text, int width, bool utf8)
{
	int taken;

	if (text_width(text) <= width) {
		fputs(text, out);
		return;
	}
	fwrite(text, 1, text_prefix(text, width - 1, &taken), out);
	fputs(utf8 ? "\u2026" : "~", out);
}
