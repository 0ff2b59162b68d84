// SPDX-License-Identifier: LGPL-2.1-or-later
/* page.c - lines that fit the screen */
#include "page.h"
#include "output/file.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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

static void add(struct top_page *page, enum top_style style, char *text)
{
	struct top_line *line =
		realloc(page->line, (page->count + 1) * sizeof(*line));
	char *fitted = NULL;
	size_t size;
	FILE *out = line && text ? memstream_open(&fitted, &size) : NULL;

	if (line)
		page->line = line;
	if (out)
		text_cut(out, text, page->width, page->utf8);
	memstream_end(out, &fitted);
	if (fitted)
		page->line[page->count++] = (struct top_line){ style, fitted };
	else
		page->failed = true;
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
	FILE *out = memstream_open(&text, &size);
	int width = 0;

	for (size_t i = 0; out && i < count; i++) {
		int more;

		if (!part[i] || !*part[i])
			continue;
		more = text_width(part[i]) + (width ? 2 : 0);
		if (width + more + (i + 1 < count ? 2 : 0) > page->width) {
			fputs(mark, out);
			break;
		}
		fprintf(out, "%s%s", width ? "  " : "", part[i]);
		width += more;
	}
	memstream_end(out, &text);
	add(page, style, text);
}
