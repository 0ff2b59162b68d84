// SPDX-License-Identifier: LGPL-2.1-or-later
/* junit.c - the results of a check as JUnit test cases */
#include "check.h"
#include "output/file.h"
#include "output/text.h"

#include <stdlib.h>
#include <string.h>

/* What XML 1.0 forbids, and what steers, is printed as U+FFFD. */
static bool is_xml(const unsigned char *text, size_t len)
{
	return len && !utf8_control(text, len) &&
	       memcmp(text, "\xef\xbf\xbe", len) != 0 &&
	       memcmp(text, "\xef\xbf\xbf", len) != 0;
}

static void put_xml(FILE *file, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at) {
		size_t len = utf8_length(at);

		if (!is_xml(at, len))
			fputs("\xef\xbf\xbd", file);
		else if (*at == '&')
			fputs("&amp;", file);
		else if (*at == '<')
			fputs("&lt;", file);
		else if (*at == '>')
			fputs("&gt;", file);
		else if (*at == '"')
			fputs("&quot;", file);
		else
			fwrite(at, 1, len, file);
		at += len ? len : 1;
	}
}

static void put_attribute(FILE *file, const char *name, const char *text)
{
	fprintf(file, " %s=\"", name);
	put_xml(file, text);
	putc('"', file);
}

/* The element below a test case: failure, error, or the output of a success. */
static void put_end(FILE *file, const char *element, const char *type,
		    const char *text)
{
	fprintf(file, ">\n    <%s", element);
	if (type) {
		put_attribute(file, "type", type);
		put_attribute(file, "message", text);
		fputs("/>", file);
	} else {
		putc('>', file);
		put_xml(file, text);
		fprintf(file, "</%s>", element);
	}
	fputs("\n  </testcase>\n", file);
}

static void put_case(FILE *file, const struct tcpmem_check_result *result)
{
	enum tcpmem_level level = result->level;
	char class[64];
	char *text = NULL;
	size_t size;
	FILE *words = memstream_open(&text, &size);

	if (words)
		thresholds_print(words, result);
	memstream_end(words, &text);
	snprintf(class, sizeof(class), "tcpmem.%s", result->name);
	fputs("  <testcase", file);
	put_attribute(file, "classname", class);
	put_attribute(file, "name", result->key);
	fputs(" time=\"0\"", file);
	if (level == TCPMEM_LEVEL_CRITICAL)
		put_end(file, "failure", tcpmem_level_describe(level)->name,
			text ? text : "");
	else if (level == TCPMEM_LEVEL_UNKNOWN)
		put_end(file, "error", tcpmem_level_describe(level)->name,
			text ? text : "");
	else
		put_end(file, "system-out", NULL, text ? text : "");
	free(text);
}

static size_t count_level(const struct tcpmem_check *check,
			  enum tcpmem_level level)
{
	size_t count = 0;

	for (size_t i = 0; i < tcpmem_check_get_result_count(check); i++)
		count += tcpmem_check_get_result(check, i)->level == level;
	return count;
}

/* A reason to doubt all results is a test case of its own. */
static void put_doubt(FILE *file, const char *name, const char *text)
{
	fprintf(file, "  <testcase classname=\"tcpmem\" name=\"%s\" time=\"0\"",
		name);
	put_end(file, "error", "unknown", text);
}

void check_out_junit(const struct check_out *out, const char *suite, FILE *file)
{
	size_t count = tcpmem_check_get_result_count(out->check);
	size_t failures = count_level(out->check, TCPMEM_LEVEL_CRITICAL);
	size_t errors = count_level(out->check, TCPMEM_LEVEL_UNKNOWN);
	size_t doubts = (size_t)out->incomplete + out->stale;

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", file);
	fprintf(file,
		"<testsuite name=\"%s\" tests=\"%zu\" "
		"failures=\"%zu\" errors=\"%zu\" skipped=\"0\" time=\"0\">\n",
		suite, count + doubts, failures, errors + doubts);
	for (size_t i = 0; i < count; i++)
		put_case(file, tcpmem_check_get_result(out->check, i));
	if (out->incomplete)
		put_doubt(file, "complete", "the snapshot is incomplete");
	if (out->stale)
		put_doubt(file, "recent",
			  "the last look of the store is an old one");
	fputs("</testsuite>\n", file);
}
