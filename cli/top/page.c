// SPDX-License-Identifier: LGPL-2.1-or-later
/* page.c - lines that fit the screen */
#include "page.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

void page_clear(struct top_page *page, int width, int height)
{
	for (size_t i = 0; i < page->count; i++)
		free(page->line[i].text);
	page->count = 0;
	page->width = width;
	page->height = height;
}

void page_free(struct top_page *page)
{
	page_clear(page, 0, 0);
	free(page->line);
	page->line = NULL;
}

/* The columns of the character at @text, and its bytes */
static int next_width(const char *text, size_t *len)
{
	mbstate_t state = { 0 };
	wchar_t c;
	int width;

	*len = mbrtowc(&c, text, strlen(text), &state);
	if (*len == 0 || *len > strlen(text)) {
		*len = 1;
		return 1;
	}
	width = wcwidth(c);
	return width < 0 ? 1 : width;
}

int page_text_width(const char *text)
{
	int width = 0;
	size_t len;

	for (; *text; text += len)
		width += next_width(text, &len);
	return width;
}

/* Bytes of @text in @width columns at most; @taken: how many they take */
static size_t prefix(const char *text, int width, int *taken)
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

	if (text[strlen(text) - 1] != ']' || !end ||
	    page_text_width(end) > width)
		end = strchr(text, '/') ? text : text + strlen(text);
	while (page_text_width(end) > width) {
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
	size_t len = prefix(text, width - 1 - page_text_width(end), &taken);

	fwrite(text, 1, len, out);
	fprintf(out, "%s%s", mark, end);
	for (taken += 1 + page_text_width(end); taken < width; taken++)
		putc(' ', out);
}

void page_fit(FILE *out, const char *text, int width, bool right, bool utf8)
{
	int wide = page_text_width(text);

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

static void add(struct top_page *page, enum top_style style, char *text)
{
	struct top_line *line =
		realloc(page->line, (page->count + 1) * sizeof(*line));
	char *fitted = NULL;
	size_t size;
	FILE *out = line && text ? open_memstream(&fitted, &size) : NULL;

	if (line)
		page->line = line;
	if (out) {
		if (page_text_width(text) > page->width) {
			int taken;
			size_t len = prefix(text, page->width - 1, &taken);

			fprintf(out, "%.*s%s", (int)len, text,
				page->utf8 ? "\u2026" : "~");
		} else {
			fputs(text, out);
		}
		fclose(out);
	}
	if (fitted)
		page->line[page->count++] = (struct top_line){ style, fitted };
	free(text);
}

void page_add(struct top_page *page, enum top_style style, const char *format,
	      ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	add(page, style, text);
}

void page_add_parts(struct top_page *page, enum top_style style,
		    const char *const *part, size_t count)
{
	const char *mark = page->utf8 ? " \u2026" : " ~";
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int width = 0;

	for (size_t i = 0; out && i < count; i++) {
		int more;

		if (!part[i] || !*part[i])
			continue;
		more = page_text_width(part[i]) + (width ? 2 : 0);
		if (width + more + (i + 1 < count ? 2 : 0) > page->width) {
			fputs(mark, out);
			break;
		}
		fprintf(out, "%s%s", width ? "  " : "", part[i]);
		width += more;
	}
	if (out)
		fclose(out);
	add(page, style, text);
}
