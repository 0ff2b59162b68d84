// SPDX-License-Identifier: LGPL-2.1-or-later
/* thresholds.c - the options --max-..., and results in words */
#include "check.h"

#include "messages.h"
#include "output/text.h"

#include <string.h>

int thresholds_read(const struct options *options, struct tcpmem_check *check)
{
	for (int i = 0; i < TCPMEM_CHECK_METRIC_COUNT; i++) {
		enum tcpmem_check_metric metric = (enum tcpmem_check_metric)i;
		const char *text = options->max[i];
		struct tcpmem_check_error error = { .size = sizeof(error) };

		if (!text || tcpmem_check_add(check, metric, text, &error) == 0)
			continue;
		message("--max-%s '%s' is wrong at '%s': %s is expected; WARN,CRIT "
			"are two values, one alone is critical",
			tcpmem_check_metric_describe(metric)->name, text,
			text + error.offset, error.expected);
		return EXIT_USAGE;
	}
	return 0;
}

void thresholds_value(enum tcpmem_unit unit, double value,
		      char text[THRESHOLDS_VALUE_SIZE])
{
	char bytes[HUMAN_SIZE];

	switch (unit) {
	case TCPMEM_UNIT_BYTES:
		human_bytes(human_round(value), bytes);
		snprintf(text, THRESHOLDS_VALUE_SIZE, "%s", bytes);
		break;
	case TCPMEM_UNIT_BYTES_PER_MINUTE:
		human_bytes(human_round(value), bytes);
		snprintf(text, THRESHOLDS_VALUE_SIZE, "%s/min", bytes);
		break;
	case TCPMEM_UNIT_PERCENT:
		snprintf(text, THRESHOLDS_VALUE_SIZE, "%.1f%%", value);
		break;
	default:
		snprintf(text, THRESHOLDS_VALUE_SIZE, "%.0f", value);
		break;
	}
}

/* Monitors take "|" for the beginning of performance data. */
static void print_key(FILE *out, const char *key)
{
	while (*key) {
		size_t len = strcspn(key, "|");
		char part[512];

		snprintf(part, sizeof(part), "%.*s", (int)len, key);
		escape_print(out, part, ESCAPE_TERMINAL);
		key += len;
		if (*key)
			fputs("\\x7c", out);
		key += *key != '\0';
	}
}

void thresholds_print(FILE *out, const struct tcpmem_check_result *result)
{
	char text[THRESHOLDS_VALUE_SIZE];

	fputs(tcpmem_check_metric_describe(result->metric)->name, out);
	if (strcmp(result->key, "total") != 0) {
		fputs(" of ", out);
		print_key(out, result->key);
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
	thresholds_value(result->unit,
			 result->level == TCPMEM_LEVEL_WARNING
				 ? result->warning
				 : result->critical,
			 text);
	fprintf(out, ", more than %s", text);
}
