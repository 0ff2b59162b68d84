// SPDX-License-Identifier: LGPL-2.1-or-later
/* json.c - the results of a check as one JSON object */
#include "check.h"
#include "output/output.h"
#include "output/text.h"

#define WRAP 2

static void json_value(struct json *json, const char *key,
		       enum tcpmem_unit unit, bool known, double value)
{
	if (!known)
		json_null(json, key);
	else if (unit != TCPMEM_UNIT_PERCENT &&
		 unit != TCPMEM_UNIT_BYTES_PER_MINUTE &&
		 unit != TCPMEM_UNIT_EVENTS_PER_SECOND)
		json_integer(json, key, human_round(value));
	else
		json_fraction(json, key, value);
}

/* The largest value, and the range as performance data has it. */
static void json_range(struct json *json, const char *key,
		       enum tcpmem_unit unit, const struct tcpmem_range *range)
{
	char whole[32], text[THRESHOLDS_RANGE_SIZE];
	bool at_most = range && thresholds_is_maximum(range);

	json_value(json, key, unit, at_most, at_most ? range->high : 0);
	snprintf(whole, sizeof(whole), "%s_range", key);
	if (range)
		thresholds_range(unit, range, text);
	json_text(json, whole, range ? text : NULL);
}

static void json_result(struct json *json,
			const struct tcpmem_check_result *result)
{
	enum tcpmem_unit unit = result->unit;

	json_open_object(json, NULL);
	json_text(json, "metric", result->name);
	json_text(json, "key", result->key);
	json_text(json, "level", tcpmem_level_describe(result->level)->name);
	json_text(json, "unit", tcpmem_unit_describe(unit)->name);
	json_value(json, "value", unit, result->known, result->value);
	json_range(json, "warning", unit,
		   result->warns ? &result->warning : NULL);
	json_range(json, "critical", unit, &result->critical);
	json_text(json, "reason", result->reason);
	json_close_object(json);
}

void check_json_results(struct json *json, const struct tcpmem_check *check)
{
	size_t count = tcpmem_check_get_result_count(check);

	json_open_array(json, "results");
	for (size_t i = 0; i < count; i++)
		json_result(json, tcpmem_check_get_result(check, i));
	json_close_array(json);
}

void check_out_json(const struct check_out *out)
{
	struct json json;

	json_init(&json, stdout, WRAP);
	json_open_object(&json, NULL);
	json_text(&json, "schema", "tcpmem.check/1");
	footer_json(&json, &(struct footer){ .snap = out->snap,
					     .before = out->before });
	json_bool(&json, "stale", out->stale);
	json_text(&json, "level", tcpmem_level_describe(out->level)->name);
	json_text(&json, "per", out->options->per);
	check_json_results(&json, out->check);
	json_close_object(&json);
	json_end(&json);
}
