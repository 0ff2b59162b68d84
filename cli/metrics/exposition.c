// SPDX-License-Identifier: LGPL-2.1-or-later
/* exposition.c - families and samples in text 0.0.4 and OpenMetrics 1.0 */
#include "exposition.h"

#include "tcpmem.h"

#include <inttypes.h>
#include <string.h>

static const char *suffix(const struct family *family)
{
	static const char *const suffixes[] = {
		[FAMILY_GAUGE] = "",
		[FAMILY_COUNTER] = "_total",
		[FAMILY_INFO] = "_info",
	};

	return suffixes[family->type];
}

void exposition_family(struct exposition *exposition,
		       const struct family *family)
{
	exposition->family = family;
	exposition->opened = false;
}

/* OpenMetrics names the family, the text format its samples. */
static void print_heading(struct exposition *exposition)
{
	static const char *const types[] = { "gauge", "counter", "info" };
	const struct family *family = exposition->family;
	bool info = family->type == FAMILY_INFO;
	FILE *out = exposition->out;

	if (exposition->openmetrics) {
		fprintf(out, "# TYPE %s %s\n", family->name,
			types[family->type]);
		if (family->unit)
			fprintf(out, "# UNIT %s %s\n", family->name,
				family->unit);
		fprintf(out, "# HELP %s %s\n", family->name, family->text);
		return;
	}
	fprintf(out, "# HELP %s%s %s\n", family->name, suffix(family),
		family->text);
	fprintf(out, "# TYPE %s%s %s\n", family->name, suffix(family),
		types[info ? FAMILY_GAUGE : family->type]);
}

static void print_label(FILE *out, const char *name, const char *text)
{
	fprintf(out, "%s=\"", name);
	for (; *text; text++) {
		if (*text == '\n') {
			fputs("\\n", out);
			continue;
		}
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
	putc('"', out);
}

/* Seconds with a point in every locale, and no digit lost. */
static void print_value(const struct exposition *exposition, int64_t value)
{
	const char *unit = exposition->family->unit;

	if (unit && strcmp(unit, "seconds") == 0)
		fprintf(exposition->out, " %" PRId64 ".%09" PRId64 "\n",
			value / 1000000000, value % 1000000000);
	else
		fprintf(exposition->out, " %" PRId64 "\n", value);
}

static void print_labels(FILE *out, const struct family *family, const char *by,
			 const char *label)
{
	putc('{', out);
	if (by) {
		print_label(out, "by", by);
		putc(',', out);
	}
	print_label(out, family->label, label);
	putc('}', out);
}

void exposition_sample_by(struct exposition *exposition, const char *by,
			  const char *label, int64_t value)
{
	const struct family *family = exposition->family;
	FILE *out = exposition->out;

	if (value == TCPMEM_UNKNOWN)
		return;
	if (!exposition->opened)
		print_heading(exposition);
	exposition->opened = true;
	fprintf(out, "%s%s", family->name, suffix(family));
	if (family->label)
		print_labels(out, family, by, label);
	print_value(exposition, value);
}

void exposition_sample(struct exposition *exposition, const char *label,
		       int64_t value)
{
	exposition_sample_by(exposition, NULL, label, value);
}
