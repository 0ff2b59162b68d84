// SPDX-License-Identifier: LGPL-2.1-or-later
/* robust.c - statistics that a few wild values do not move */
#include "analysis/trend.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define SLOPES (TM_ROBUST_POINTS * (TM_ROBUST_POINTS - 1) / 2)

/* From this n on the normal distribution replaces the binomial. */
#define TOSSES 200

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double tm_median(double *value, size_t count)
{
	qsort(value, count, sizeof(*value), compare);
	if (count % 2)
		return value[count / 2];
	return (value[count / 2 - 1] + value[count / 2]) / 2;
}

double tm_theil_sen(const double *x, const double *y, size_t count)
{
	double slope[SLOPES];
	size_t slopes = 0;

	assert(count >= 2 && count <= TM_ROBUST_POINTS);
	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++)
			slope[slopes++] = (y[j] - y[i]) / (x[j] - x[i]);
	return tm_median(slope, slopes);
}

/* Upper tail of the normal distribution. */
static double tail(double z)
{
	return 0.5 * erfc(z / M_SQRT2);
}

/* The correction of the score's variance for tied values. */
static double tied(const double *y, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++) {
		double same = 0;
		bool first = true;

		for (size_t j = 0; j < count; j++) {
			if (compare(&y[i], &y[j]) != 0)
				continue;
			same++;
			if (j < i)
				first = false;
		}
		if (first)
			sum += same * (same - 1) * (2 * same + 5);
	}
	return sum;
}

double tm_mann_kendall(const double *y, size_t count)
{
	double n = (double)count;
	double score = 0;
	double variance;

	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++)
			score += compare(&y[j], &y[i]);
	variance = (n * (n - 1) * (2 * n + 5) - tied(y, count)) / 18;
	/* all alike has no score, either */
	if (score <= 0)
		return 1;
	return tail((score - 1) / sqrt(variance));
}

/* lgamma(3) writes the global signgam; lgamma_r(3) does not. */
static double log_factorial(double n)
{
	int sign;

	return lgamma_r(n + 1, &sign);
}

double tm_sign_test(double plus, double minus)
{
	double tosses = plus + minus;
	double sum = 0;

	if (plus <= minus)
		return 1;
	if (tosses > TOSSES)
		return tail((plus - minus - 1) / sqrt(tosses));
	for (double k = plus; k <= tosses; k++)
		sum += exp(log_factorial(tosses) - log_factorial(k) -
			   log_factorial(tosses - k) - tosses * M_LN2);
	return sum;
}
