// SPDX-License-Identifier: LGPL-2.1-or-later
/* html.c - text and numbers that become HTML, and a command */
#include "output/file.h"
#include "output/text.h"
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* U+FFFE and U+FFFF are no characters of XML */
static bool is_shown(const unsigned char *text, size_t len)
{
	return len && !utf8_control(text, len) &&
	       memcmp(text, "\xef\xbf\xbe", len) != 0 &&
	       memcmp(text, "\xef\xbf\xbf", len) != 0;
}

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_text(FILE *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		size_t len = utf8_length(p);

		if (!is_shown(p, len)) {
			len = len ? len : 1;
			for (size_t i = 0; i < len; i++)
				fprintf(out, "\\x%02x", p[i]);
		} else if (entity((char)*p)) {
			fputs(entity((char)*p), out);
		} else {
			fwrite(p, 1, len, out);
		}
		p += len;
	}
}

void html_bytes(FILE *out, int64_t bytes)
{
	char text[HUMAN_SIZE];

	if (bytes == TCPMEM_UNKNOWN) {
		fputs("not known", out);
		return;
	}
	human_bytes(bytes, text);
	fprintf(out, "<span title=\"%" PRId64 " bytes\">%s</span>", bytes,
		text);
}

void html_cell_text(FILE *out, const char *text)
{
	fputs("<td>", out);
	html_text(out, text);
	fputs("</td>", out);
}

void html_cell_time(FILE *out, int64_t ns)
{
	char when[WHEN_SIZE];

	when_text(ns, when);
	fprintf(out, "<td class=\"t\">%s</td>", when);
}

void html_cell_bytes(FILE *out, int64_t bytes)
{
	fputs("<td class=\"n\">", out);
	html_bytes(out, bytes);
	fputs("</td>", out);
}

void html_cell_number(FILE *out, int64_t number)
{
	if (number == TCPMEM_UNKNOWN)
		fputs("<td class=\"n\">not known</td>", out);
	else
		fprintf(out, "<td class=\"n\">%" PRId64 "</td>", number);
}

/* A word of a shell: quoted, with quotes inside it. */
static void print_word(FILE *out, const char *word)
{
	fputc('\'', out);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	fputc('\'', out);
}

char *report_from(const char *file)
{
	char *text = NULL;
	size_t size;
	FILE *out = memstream_open(&text, &size);

	if (!out)
		return NULL;
	fputs("--from ", out);
	print_word(out, file);
	(void)memstream_close(out, &text);
	return text;
}

static void print_states(FILE *out, uint32_t states)
{
	const char *before = " --state ";

	for (int i = 0; i <= TCPMEM_STATE_MAX; i++) {
		if (!(states & UINT32_C(1) << i))
			continue;
		fprintf(out, "%s%s", before,
			tcpmem_state_describe((enum tcpmem_state)i)->name);
		before = ",";
	}
}

char *report_only(const struct options *options)
{
	char *text = NULL;
	size_t size;
	FILE *out = memstream_open(&text, &size);

	if (!out)
		return NULL;
	print_states(out, options->states);
	for (size_t i = 0; i < options->netns_count; i++) {
		fputs(" --netns ", out);
		print_word(out, options->netns[i]);
	}
	(void)memstream_close(out, &text);
	return text;
}
