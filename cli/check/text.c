// SPDX-License-Identifier: LGPL-2.1-or-later
/* text.c - the results of a check in the format of monitoring plugins */
#include "check.h"

#include "output/output.h"

#include <ctype.h>
#include <string.h>

/* A monitor reads some KiB of a line: so many groups, bytes of a key. */
#define PERFORMANCE_GROUPS 32
#define PERFORMANCE_KEY	   48

/* "OK", "WARNING", "CRITICAL", "UNKNOWN" */
static void print_level(enum tcpmem_level level)
{
	for (const char *c = tcpmem_level_describe(level)->name; *c; c++)
		putchar(toupper((unsigned char)*c));
}

/* Results are sorted: the first of each metric has its largest value. */
static bool is_first(const struct tcpmem_check *check, size_t i)
{
	return i == 0 ||
	       strcmp(tcpmem_check_get_result(check, i)->name,
		      tcpmem_check_get_result(check, i - 1)->name) != 0;
}

/* Of its metric; one that is not known stands before those that are. */
static bool is_first_at_level(const struct tcpmem_check *check, size_t i)
{
	enum tcpmem_level level = tcpmem_check_get_result(check, i)->level;

	for (; !is_first(check, i); i--)
		if (tcpmem_check_get_result(check, i - 1)->level == level)
			return false;
	return true;
}

/* The last look of a store may be old. */
static void print_time(const struct check_out *out)
{
	int64_t ns = tcpmem_snapshot_get_time_ns(out->snap);
	char text[WHEN_SIZE];

	if (!out->options->from || !session_is_store(out->options->from) ||
	    ns == TCPMEM_UNKNOWN)
		return;
	when_text(ns, text);
	printf(", at %s", text);
}

/* Why it is not known, whatever the results are; how many reasons */
static int print_doubts(const struct check_out *out)
{
	if (out->stale)
		fputs("the last look of the store is an old one", stdout);
	if (out->stale && out->incomplete)
		fputs("; ", stdout);
	if (out->incomplete)
		fputs("the snapshot is incomplete", stdout);
	return out->stale + out->incomplete;
}

/* The results at the worst level: each metric once, and how many more. */
static void print_first_line(const struct check_out *out)
{
	size_t count = tcpmem_check_get_result_count(out->check);
	enum tcpmem_level worst = tcpmem_check_get_level(out->check);
	size_t more = 0;
	bool any;

	fputs("TCPMEM ", stdout);
	print_level(out->level);
	fputs(" - ", stdout);
	any = print_doubts(out) > 0;
	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_check_result *result =
			tcpmem_check_get_result(out->check, i);

		if (result->level != worst)
			continue;
		if (!is_first_at_level(out->check, i)) {
			more += worst != TCPMEM_LEVEL_OK;
			continue;
		}
		if (any)
			fputs("; ", stdout);
		any = true;
		thresholds_print(stdout, result);
	}
	if (more)
		printf("; and %zu more", more);
	print_time(out);
}

/*
 * " NAME=", or " 'NAME KEY'=": what a monitor would take for the end of the
 * label, or of the data, is escaped.
 */
static void print_label(const struct tcpmem_check_result *result, bool keyed)
{
	size_t len = strlen(result->key);
	bool cut = len >= PERFORMANCE_KEY;

	printf(keyed ? " '%s " : " %s=", result->name);
	if (!keyed)
		return;
	/* long keys are paths: their ends tell them apart */
	if (cut)
		fputs("..", stdout);
	for (const char *at =
		     result->key + (cut ? len - PERFORMANCE_KEY + 3 : 0);
	     *at; at++) {
		char one[2] = { *at, '\0' };

		if (strchr("|'=", *at))
			printf("\\x%02x", (unsigned char)*at);
		else
			escape_print(stdout, one, ESCAPE_TERMINAL);
	}
	fputs("'=", stdout);
}

/* @keyed: the group's own figure, not only the metric's largest */
static void print_performance(const struct tcpmem_check_result *result,
			      bool keyed)
{
	static const char *const units[TCPMEM_UNIT_COUNT] = {
		[TCPMEM_UNIT_BYTES] = "B",
		[TCPMEM_UNIT_PERCENT] = "%",
		[TCPMEM_UNIT_BYTES_PER_MINUTE] = "B",
	};
	char text[THRESHOLDS_RANGE_SIZE];
	enum tcpmem_unit unit = result->unit;

	/* exact bytes */
	print_label(result, keyed);
	if (result->known) {
		thresholds_number(unit, result->value, text, sizeof(text));
		printf("%s%s", text, units[unit] ? units[unit] : "");
	} else {
		putchar('U');
	}
	putchar(';');
	*text = '\0';
	if (result->warns)
		thresholds_range(unit, &result->warning, text);
	printf("%s;", text);
	thresholds_range(unit, &result->critical, text);
	printf("%s;", text);
	if (unit != TCPMEM_UNIT_BYTES_PER_MINUTE)
		putchar('0');
	fputs(unit == TCPMEM_UNIT_PERCENT ? ";100" : ";", stdout);
}

static void print_beyond(const struct check_out *out)
{
	size_t count = tcpmem_check_get_result_count(out->check);

	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_check_result *result =
			tcpmem_check_get_result(out->check, i);
		enum tcpmem_level level = result->level;

		if (level == TCPMEM_LEVEL_OK)
			continue;
		print_level(level);
		fputs(": ", stdout);
		thresholds_print(stdout, result);
		putchar('\n');
	}
}

void check_out_text(const struct check_out *out)
{
	size_t count = tcpmem_check_get_result_count(out->check);

	print_first_line(out);
	fputs(" |", stdout);
	for (size_t i = 0; i < count; i++)
		if (is_first(out->check, i))
			print_performance(
				tcpmem_check_get_result(out->check, i), false);
	for (size_t i = 0; out->options->per && i < count; i++)
		if (i < PERFORMANCE_GROUPS)
			print_performance(
				tcpmem_check_get_result(out->check, i), true);
	putchar('\n');
	/* without --per the first line has every result */
	if (out->options->per)
		print_beyond(out);
	footer_print_warnings(
		stdout, "warning: ",
		&(struct footer){ .snap = out->snap, .before = out->before });
}
