// SPDX-License-Identifier: LGPL-2.1-or-later
/* check_result.c - what came of thresholds, in order, and what is in doubt */
#include "analysis/check.h"
#include "base/util.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tm_check_forget(struct tcpmem_check *check)
{
	for (size_t i = 0; i < check->result_count; i++) {
		free((char *)check->result[i].key);
		free((char *)check->result[i].reason);
	}
	check->result_count = 0;
}

static int add_result(struct tcpmem_check *check,
		      enum tcpmem_check_metric metric, const char *name,
		      const struct tm_threshold *threshold, const char *key,
		      const double *value)
{
	struct tcpmem_check_result *results, *result;

	results = tm_grow(check->result, check->result_count,
			  &check->result_capacity, sizeof(*results));
	if (!results)
		return -ENOMEM;
	check->result = results;
	result = &results[check->result_count];
	*result = (struct tcpmem_check_result){
		.size = sizeof(*result),
		.metric = metric,
		.name = name,
		.unit = threshold->unit,
		.key = strdup(key),
		.level = TCPMEM_LEVEL_UNKNOWN,
		.warns = threshold->warns,
		.warning = threshold->warning,
		.critical = threshold->critical,
	};
	if (!result->key)
		return -ENOMEM;
	check->result_count++;
	if (value) {
		result->known = true;
		result->value = *value;
		result->level = tm_threshold_judge(threshold, *value);
	}
	return 0;
}

int tm_check_add_result(struct tcpmem_check *check,
			enum tcpmem_check_metric metric, const char *key,
			const double *value)
{
	return add_result(check, metric,
			  tcpmem_check_metric_describe(metric)->name,
			  &check->threshold[metric], key, value);
}

int tm_check_add_rate(struct tcpmem_check *check, size_t counter,
		      const char *key, const double *value)
{
	return add_result(check, TCPMEM_CHECK_METRIC_COUNTER,
			  tm_limit_defs[counter].name, &check->rate[counter],
			  key, value);
}

int tm_check_add_part(struct tcpmem_check *check,
		      enum tcpmem_check_metric metric, const char *key,
		      double value, const int64_t *whole)
{
	if (check->threshold[metric].unit == TCPMEM_UNIT_PERCENT) {
		if (!whole || *whole <= 0)
			return tm_check_add_result(check, metric, key, NULL);
		value = 100 * value / (double)*whole;
	}
	return tm_check_add_result(check, metric, key, &value);
}

/*
 * A lower bound is certain beyond a maximum. A growth of what was seen is none,
 * nor is the kernel's sum less what was seen.
 */
static bool is_certain(const struct tcpmem_check *check,
		       const struct tcpmem_check_result *result)
{
	if (result->level == TCPMEM_LEVEL_UNKNOWN)
		return false;
	if (check->keys && strcmp(result->key, TM_CHECK_TOTAL) != 0)
		return true;
	return result->metric != TCPMEM_CHECK_METRIC_GROWTH &&
	       result->metric != TCPMEM_CHECK_METRIC_UNEXPLAINED &&
	       tm_range_is_below(&result->critical, result->value);
}

/* The first reason stays. */
static int doubt_result(struct tcpmem_check_result *result, const char *missing)
{
	result->known = false;
	result->level = TCPMEM_LEVEL_UNKNOWN;
	if (result->reason)
		return 0;
	result->reason = strdup(missing);
	return result->reason ? 0 : -ENOMEM;
}

int tm_check_explain(struct tcpmem_check *check, size_t first,
		     const char *missing)
{
	int ret = 0;

	for (size_t i = first; ret == 0 && i < check->result_count; i++)
		if (!check->result[i].known)
			ret = doubt_result(&check->result[i], missing);
	return ret;
}

int tm_check_doubt(struct tcpmem_check *check, enum tcpmem_check_metric metric,
		   size_t first, const char *missing)
{
	size_t doubted = 0;
	int ret = 0;

	if (!missing)
		return 0;
	for (size_t i = first; ret == 0 && i < check->result_count; i++) {
		if (is_certain(check, &check->result[i]))
			continue;
		ret = doubt_result(&check->result[i], missing);
		doubted++;
	}
	if (ret < 0 || doubted || !check->keys)
		return ret;
	ret = tm_check_add_result(check, metric, TM_CHECK_TOTAL, NULL);
	if (ret < 0)
		return ret;
	return doubt_result(&check->result[check->result_count - 1], missing);
}

/* Unknown values sort first: they may be of any size. */
static int compare(const void *a, const void *b)
{
	const struct tcpmem_check_result *x = a, *y = b;

	if (x->metric != y->metric)
		return (x->metric > y->metric) - (x->metric < y->metric);
	if (strcmp(x->name, y->name) != 0)
		return strcmp(x->name, y->name);
	if (x->known != y->known)
		return x->known - y->known;
	if (x->value > y->value || x->value < y->value)
		return (x->value < y->value) - (x->value > y->value);
	return tm_compare_names(x->key, y->key);
}

void tm_check_sort(struct tcpmem_check *check)
{
	if (check->result_count)
		qsort(check->result, check->result_count,
		      sizeof(*check->result), compare);
}

int tm_level_compare(enum tcpmem_level a, enum tcpmem_level b)
{
	static const int weight[] = {
		[TCPMEM_LEVEL_OK] = 0,
		[TCPMEM_LEVEL_WARNING] = 1,
		[TCPMEM_LEVEL_UNKNOWN] = 2,
		[TCPMEM_LEVEL_CRITICAL] = 3,
	};

	return weight[a] - weight[b];
}

enum tcpmem_level tcpmem_check_get_level(const struct tcpmem_check *check)
{
	enum tcpmem_level worst = TCPMEM_LEVEL_OK;

	for (size_t i = 0; i < check->result_count; i++)
		if (tm_level_compare(check->result[i].level, worst) > 0)
			worst = check->result[i].level;
	return worst;
}

size_t tcpmem_check_get_result_count(const struct tcpmem_check *check)
{
	return check->result_count;
}

const struct tcpmem_check_result *
tcpmem_check_get_result(const struct tcpmem_check *check, size_t index)
{
	assert(index < check->result_count);
	return &check->result[index];
}
