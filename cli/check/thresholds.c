// SPDX-License-Identifier: LGPL-2.1-or-later
/* thresholds.c - the options --max-..., and results in words */
#include "check.h"

#include "messages.h"
#include "output/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int read_one(struct tcpmem_check *check, enum tcpmem_check_metric metric,
		    const char *text)
{
	struct tcpmem_check_error error = { .size = sizeof(error) };

	if (!text || tcpmem_check_add(check, metric, text, &error) == 0)
		return 0;
	message("--max-%s '%s' is wrong at '%s': %s is expected; WARN,CRIT "
		"are two values or ranges, one alone is critical",
		tcpmem_check_metric_describe(metric)->name, text,
		text + error.offset, error.expected);
	return EXIT_USAGE;
}

int thresholds_read(const struct options *options, struct tcpmem_check *check)
{
	int ret = 0;

	for (int i = 0; ret == 0 && i < TCPMEM_CHECK_METRIC_COUNT; i++)
		ret = read_one(check, (enum tcpmem_check_metric)i,
			       options->max[i]);
	for (size_t i = 0; ret == 0 && i < options->max_counter_count; i++)
		ret = read_one(check, TCPMEM_CHECK_METRIC_COUNTER,
			       options->max_counter[i]);
	return ret;
}

void thresholds_value(enum tcpmem_unit unit, double value,
		      char text[THRESHOLDS_VALUE_SIZE])
{
	char bytes[HUMAN_SIZE];

	switch (unit) {
	case TCPMEM_UNIT_BYTES:
	case TCPMEM_UNIT_BYTES_PER_MINUTE:
		human_bytes(human_round(value), bytes);
		snprintf(text, THRESHOLDS_VALUE_SIZE, "%s%s", bytes,
			 unit == TCPMEM_UNIT_BYTES ? "" : "/min");
		break;
	case TCPMEM_UNIT_PERCENT:
		snprintf(text, THRESHOLDS_VALUE_SIZE, "%.1f%%", value);
		break;
	case TCPMEM_UNIT_EVENTS_PER_SECOND:
		snprintf(text, THRESHOLDS_VALUE_SIZE, "%.2f/s", value);
		break;
	default:
		snprintf(text, THRESHOLDS_VALUE_SIZE, "%.0f", value);
		break;
	}
}

bool thresholds_is_maximum(const struct tcpmem_range *range)
{
	return isinf(range->low) && !range->inside && !isinf(range->high);
}

int thresholds_number(enum tcpmem_unit unit, double value, char *text,
		      size_t size)
{
	bool whole = unit != TCPMEM_UNIT_PERCENT &&
		     unit != TCPMEM_UNIT_EVENTS_PER_SECOND;

	return snprintf(text, size, whole ? "%.0f" : "%.3f", value);
}

/* "N" alerts below 0 too, where only growth is ever. */
void thresholds_range(enum tcpmem_unit unit, const struct tcpmem_range *range,
		      char text[THRESHOLDS_RANGE_SIZE])
{
	bool from_0 = thresholds_is_maximum(range) &&
		      unit != TCPMEM_UNIT_BYTES_PER_MINUTE;
	size_t len = 0;

	if (range->inside)
		text[len++] = '@';
	if (isinf(range->low) && !from_0)
		text[len++] = '~';
	else if (!from_0)
		len += (size_t)thresholds_number(unit, range->low, text + len,
						 THRESHOLDS_RANGE_SIZE - len);
	if (!from_0)
		text[len++] = ':';
	text[len] = '\0';
	if (!isinf(range->high))
		thresholds_number(unit, range->high, text + len,
				  THRESHOLDS_RANGE_SIZE - len);
}

/* Monitors take "|" for the beginning of performance data. */
static void print_key(FILE *out, const char *key)
{
	while (*key) {
		size_t len = strcspn(key, "|");

		escape_print_part(out, key, len, ESCAPE_TERMINAL);
		key += len;
		if (*key)
			fputs("\\x7c", out);
		key += *key != '\0';
	}
}

static void print_beyond(FILE *out, const struct tcpmem_check_result *result,
			 const struct tcpmem_range *range)
{
	char low[THRESHOLDS_VALUE_SIZE], high[THRESHOLDS_VALUE_SIZE];

	thresholds_value(result->unit, range->low, low);
	thresholds_value(result->unit, range->high, high);
	if (!range->inside && result->value > range->high)
		fprintf(out, ", more than %s", high);
	else if (!range->inside)
		fprintf(out, ", less than %s", low);
	else if (isinf(range->low))
		fprintf(out, ", no more than %s", high);
	else if (isinf(range->high))
		fprintf(out, ", no less than %s", low);
	else
		fprintf(out, ", from %s to %s", low, high);
}

void thresholds_print(FILE *out, const struct tcpmem_check_result *result)
{
	char text[THRESHOLDS_VALUE_SIZE];

	fputs(result->name, out);
	if (strcmp(result->key, "total") != 0) {
		fputs(" of ", out);
		print_key(out, result->key);
		if (result->known)
			putc(':', out);
	}
	if (!result->known) {
		fputs(" is not known", out);
		if (result->reason)
			fputs(": ", out);
		print_key(out, result->reason ? result->reason : "");
		return;
	}
	thresholds_value(result->unit, result->value, text);
	fprintf(out, " %s", text);
	if (result->level == TCPMEM_LEVEL_OK)
		return;
	print_beyond(out, result,
		     result->level == TCPMEM_LEVEL_WARNING ? &result->warning
							   : &result->critical);
}
