/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* robust.h - statistics that a few wild values do not move */
#ifndef TM_ANSWER_ROBUST_H
#define TM_ANSWER_ROBUST_H

#include <stddef.h>

/* More points than that are thinned out. */
#define TM_ROBUST_POINTS 60

/*
 * tm_median() - of @count values, above 0; they are sorted
 */
double tm_median(double *value, size_t count);

/*
 * tm_theil_sen() - the median of the slopes between any two points
 * @x: rising
 * @count: at least 2, at most %TM_ROBUST_POINTS
 */
double tm_theil_sen(const double *x, const double *y, size_t count);

/*
 * tm_mann_kendall() - probability that values without a trend rise so much
 *
 * One-sided, with the correction for ties and for continuity.
 */
double tm_mann_kendall(const double *y, size_t count);

/*
 * tm_sign_test() - probability that of @plus + @minus tosses of a coin so many
 * or more are heads
 */
double tm_sign_test(double plus, double minus);

#endif
