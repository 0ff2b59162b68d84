// SPDX-License-Identifier: LGPL-2.1-or-later
/* text.c - what a check came to, as monitoring plugins say it */
#include "check.h"

#include "output/output.h"

#include <ctype.h>
#include <string.h>

/* "OK", "WARNING", "CRITICAL", "UNKNOWN" */
static void print_level(enum tcpmem_level level)
{
	for (const char *c = tcpmem_level_name(level); *c; c++)
		putchar(toupper((unsigned char)*c));
}

/* Of each metric its largest, the first; none else if all is well. */
static bool is_first(const struct tcpmem_check *check, size_t i)
{
	return i == 0 || tcpmem_check_result_get_metric(
				 tcpmem_check_get_result(check, i)) !=
				 tcpmem_check_result_get_metric(
					 tcpmem_check_get_result(check, i - 1));
}

/* Of what is beyond its thresholds the worst, else of everything. */
static void print_first_line(const struct check_out *out)
{
	size_t count = tcpmem_check_get_result_count(out->check);
	enum tcpmem_level worst = tcpmem_check_get_level(out->check);
	size_t more = 0;
	bool any = false;

	fputs("TCPMEM ", stdout);
	print_level(out->level);
	fputs(" - ", stdout);
	if (out->incomplete) {
		fputs("not everything could be seen", stdout);
		any = true;
	}
	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_check_result *result =
			tcpmem_check_get_result(out->check, i);

		if (tcpmem_check_result_get_level(result) != worst)
			continue;
		if (!is_first(out->check, i)) {
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
}

/* Bytes whole, for figures are no place for rounding. */
static void print_number(enum tcpmem_unit unit, double value)
{
	printf(unit == TCPMEM_UNIT_PERCENT ? "%.3f" : "%.0f", value);
}

/* Figures say: beyond 0 .. limit. What may shrink is beyond -inf .. limit. */
static void print_range(enum tcpmem_unit unit, double limit)
{
	if (unit == TCPMEM_UNIT_BYTES_PER_MINUTE)
		fputs("~:", stdout);
	print_number(unit, limit);
}

static void print_figure(const struct tcpmem_check_result *result)
{
	static const char *const units[] = {
		[TCPMEM_UNIT_BYTES] = "B",
		[TCPMEM_UNIT_SOCKETS] = "",
		[TCPMEM_UNIT_PACKETS] = "",
		[TCPMEM_UNIT_PERCENT] = "%",
		[TCPMEM_UNIT_BYTES_PER_MINUTE] = "B",
	};
	enum tcpmem_unit unit = tcpmem_check_result_get_unit(result);
	double value;

	printf(" %s=", tcpmem_check_metric_name(
			       tcpmem_check_result_get_metric(result)));
	if (tcpmem_check_result_get_value(result, &value) == 0) {
		print_number(unit, value);
		fputs(units[unit], stdout);
	} else {
		putchar('U');
	}
	putchar(';');
	if (tcpmem_check_result_get_warning(result, &value) == 0)
		print_range(unit, value);
	putchar(';');
	print_range(unit, tcpmem_check_result_get_critical(result));
	putchar(';');
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
		enum tcpmem_level level = tcpmem_check_result_get_level(result);

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
			print_figure(tcpmem_check_get_result(out->check, i));
	putchar('\n');
	/* one that stands alone was told in the first line */
	if (out->options->per)
		print_beyond(out);
	footer_print_warnings(
		stdout, "not seen: ",
		&(struct footer){ .snap = out->snap, .before = out->before });
}
