// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * trend_judge.c - a series -> leak, growth, churn, steady
 *
 * Numbers of sockets go up and down with traffic, and a number that rises for
 * a while is no leak. What a leak has and traffic has not: sockets that nobody
 * has used for long, ever more of them; if they grow old and are used, it is
 * growth. How old is old depends on the traffic, so
 * several ages are tried; and it may have begun late, so the last half and the
 * last quarter of the time are tried for themselves. What is tried more often
 * has to be surer each time (Bonferroni).
 *
 * A series rises if its median does from quarter to quarter, if it does not
 * fall back by much on the way, if it still does, and if it has not been that
 * high before: a sawtooth fails in one of these.
 */
#include "analysis/trend.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define NS_PER_MINUTE 60e9

/* The age classes, the largest ones, that are tested for a leak. */
#define LARGE_AGES 2

/* The fewest sockets, and bytes, that a leak or growth has. */
#define SOCKETS_MIN 4
#define BYTES_MIN   16384

/* The lowest confidence at which a leak is reported. */
#define SURE 0.95

/* The highest confidence that is reported. */
#define SURE_MAX 0.999

/* A time span that is tested: its share of the samples, and of the error. */
static const struct {
	int64_t part;
	double weight;
} spans[] = {
	{ 1, 2 },
	{ 2, 4 },
	{ 4, 4 },
};
#define SPANS 3

/*
 * struct series - @y: of each slot
 * @finished: from that slot on it means what it says
 * @from: the slot from which it is looked at
 */
struct series {
	const struct tcpmem_trend *trend;
	double y[TM_TREND_POINTS];
	size_t finished;
	size_t from;
	size_t end;
};

/* struct guess - the most confident class so far; @doubt: 1 - confidence */
struct guess {
	double doubt;
	size_t slot;
	size_t from;
};

static double rise_of(const struct series *s)
{
	return s->y[s->end - 1] - s->y[s->from];
}

static double fall_of(const struct series *s)
{
	double highest = s->y[s->from];
	double fall = 0;

	for (size_t i = s->from; i < s->end; i++) {
		if (s->y[i] > highest)
			highest = s->y[i];
		if (highest - s->y[i] > fall)
			fall = highest - s->y[i];
	}
	return fall;
}

/* The median of the slots in [@from, @end). */
static double median_of(const struct series *s, size_t from, size_t end)
{
	double value[TM_TREND_POINTS];

	memcpy(value, s->y + from, (end - from) * sizeof(*value));
	return tm_median(value, end - from);
}

/* One quarter may be level: a leak may pause. */
static bool rises_by_quarters(const struct series *s)
{
	size_t count = s->end - s->from;
	double last = median_of(s, s->from, s->from + count / 4);
	int rises = 0;

	for (size_t q = 1; q < 4; q++) {
		double next = median_of(s, s->from + q * count / 4,
					s->from + (q + 1) * count / 4);

		if (next < last)
			return false;
		rises += next > last;
		last = next;
	}
	return rises >= 2;
}

/* The series has to rise in its last part too. */
static bool still_rises(const struct series *s)
{
	size_t late = s->end - 1 - (s->end - s->from) / 4;

	return s->y[s->end - 1] - s->y[late] >= rise_of(s) / 16;
}

static bool was_there_before(const struct series *s)
{
	double level = s->y[s->end - 1] - rise_of(s) / 2;

	for (size_t i = s->finished; i < s->from; i++)
		if (s->y[i] >= level)
			return true;
	return false;
}

static bool rises(const struct series *s, double least)
{
	double rise = rise_of(s);

	return s->end - s->from >= TCPMEM_TREND_SAMPLES_MIN && rise >= least &&
	       fall_of(s) <= rise / 3 && rises_by_quarters(s) &&
	       still_rises(s) && !was_there_before(s);
}

/* Sign test: without a trend, up and down are equally likely. */
static double doubt_of_steps(const struct series *s)
{
	double up = 0, down = 0;

	for (size_t i = s->from + 1; i < s->end; i++) {
		up += s->y[i] > s->y[i - 1];
		down += s->y[i] < s->y[i - 1];
	}
	return tm_sign_test(up, down);
}

/* Medians of 16 parts, since byte counts are autocorrelated. */
static double doubt_of_level(const struct series *s)
{
	double part[16];
	size_t count = s->end - s->from;
	size_t parts = count < 16 ? count : 16;

	for (size_t i = 0; i < parts; i++)
		part[i] = median_of(s, s->from + i * count / parts,
				    s->from + (i + 1) * count / parts);
	return tm_mann_kendall(part, parts);
}

/* The last slot that is no higher than the first one. */
static size_t begin_of(const struct series *s)
{
	double low = s->y[s->from] + rise_of(s) / 50;
	size_t slot = s->from;

	for (size_t i = s->from; i < s->end; i++)
		if (s->y[i] <= low)
			slot = i;
	return slot;
}

static size_t slot_of_span(const struct tcpmem_trend *trend, int64_t part)
{
	const struct tm_when *when = trend->when;
	int64_t last = when[trend->slots - 1].ns;
	int64_t from = last - (last - when[0].ns) / part;
	size_t slot = 0;

	while (when[slot].ns < from)
		slot++;
	return slot;
}

static size_t slot_of_sample(const struct tcpmem_trend *trend, uint64_t sample)
{
	size_t slot = 0;

	while (slot < trend->slots - 1 && trend->when[slot].sample < sample)
		slot++;
	return slot;
}

static void consider(struct guess *guess, const struct series *s, double doubt,
		     uint64_t age)
{
	uint64_t sample;

	if (doubt >= guess->doubt)
		return;
	sample = s->trend->when[begin_of(s)].sample;
	guess->doubt = doubt;
	guess->from = s->from;
	guess->slot = slot_of_sample(s->trend, sample > age ? sample - age : 0);
}

static void try_spans(struct guess *guess, struct series *s, double least,
		      double tries, double (*doubt)(const struct series *s),
		      uint64_t age)
{
	for (size_t i = 0; i < SPANS; i++) {
		s->from = slot_of_span(s->trend, spans[i].part);
		if (s->from < s->finished)
			s->from = s->finished;
		if (rises(s, least))
			consider(guess, s, doubt(s) * spans[i].weight * tries,
				 age);
	}
}

/* Return: the number of age classes that the samples are long enough for. */
static size_t ages_of(const struct tcpmem_trend *trend)
{
	size_t ages = 1;

	while (ages < TM_TREND_AGES &&
	       tm_trend_age(ages) <= trend->epoch_samples / 3)
		ages++;
	return ages;
}

static void judge_age(const struct tcpmem_trend *trend,
		      const struct tm_trend_group *group,
		      enum tm_trend_kind kind, size_t age, struct guess *guess)
{
	struct series s = { .trend = trend, .end = trend->slots };
	double unit = (double)(1u << trend->sparse);
	uint64_t first = trend->when[group->first].sample;

	for (size_t i = 0; i < trend->slots; i++)
		s.y[i] = group->point[i].ages[kind].old[age];
	/* before it only sockets of the first sample can be of that age */
	s.finished = slot_of_sample(trend, first + tm_trend_age(age));
	try_spans(guess, &s, SOCKETS_MIN * unit, 1 + LARGE_AGES, doubt_of_steps,
		  tm_trend_age(age));
}

static void judge_ages(const struct tcpmem_trend *trend,
		       const struct tm_trend_group *group,
		       enum tm_trend_kind kind, struct guess *guess)
{
	size_t ages = ages_of(trend);

	judge_age(trend, group, kind, 0, guess);
	for (size_t i = 1; i <= LARGE_AGES && i < ages; i++)
		judge_age(trend, group, kind, ages - i, guess);
}

/* The growth of the sockets' own queues since each was first seen. */
static void judge_bytes(const struct tcpmem_trend *trend,
			const struct tm_trend_group *group, bool receive,
			struct guess *guess)
{
	struct series s = { .trend = trend,
			    .finished = group->first,
			    .end = trend->slots };

	for (size_t i = 0; i < trend->slots; i++)
		s.y[i] = (double)(receive ? group->point[i].same_rmem
					  : group->point[i].same_wmem);
	try_spans(guess, &s, BYTES_MIN, 2, doubt_of_level, 0);
}

static void finish(const struct tcpmem_trend *trend,
		   struct tcpmem_trend_row *row,
		   enum tcpmem_trend_class trend_class,
		   enum tcpmem_reason reason, const struct guess *guess)
{
	row->judged.trend_class = trend_class;
	row->judged.reason = reason;
	row->judged.sure = 1 - guess->doubt;
	if (row->judged.sure > SURE_MAX)
		row->judged.sure = SURE_MAX;
	row->judged.since_ns = trend->when[guess->slot].wall_ns;
}

static bool is_sure(const struct guess *guess)
{
	return guess->doubt <= 1 - SURE;
}

/*
 * More and more CLOSE_WAIT, or some that has aged. Nobody knows how long it
 * usually lasts, so that of age alone no confidence is computed.
 */
static bool judge_close_wait(const struct tcpmem_trend *trend,
			     const struct tm_trend_group *group,
			     struct guess *waits)
{
	*waits = (struct guess){ .doubt = 1 };
	judge_ages(trend, group, TM_TREND_CLOSE_WAIT, waits);
	if (is_sure(waits))
		return true;
	*waits = (struct guess){
		.doubt = NAN,
		.slot = group->first,
		.from = group->first,
	};
	return group->close_wait_aged > 0;
}

/* Return: the slot from which slopes are computed. */
static size_t judge(const struct tcpmem_trend *trend,
		    const struct tm_trend_group *group,
		    struct tcpmem_trend_row *row)
{
	struct guess kept = { .doubt = 1 }, unused = { .doubt = 1 }, waits;
	struct guess unread = { .doubt = 1 }, unsent = { .doubt = 1 };

	judge_ages(trend, group, TM_TREND_UNUSED, &unused);
	if (judge_close_wait(trend, group, &waits)) {
		finish(trend, row, TCPMEM_TREND_CLASS_LEAK,
		       TCPMEM_REASON_CLOSE_WAIT, &waits);
		return waits.from;
	}
	if (is_sure(&unused)) {
		finish(trend, row, TCPMEM_TREND_CLASS_LEAK,
		       TCPMEM_REASON_KEPT_OPEN, &unused);
		return unused.from;
	}
	judge_bytes(trend, group, true, &unread);
	judge_bytes(trend, group, false, &unsent);
	if (is_sure(&unread) && unread.doubt <= unsent.doubt) {
		finish(trend, row, TCPMEM_TREND_CLASS_GROWTH,
		       TCPMEM_REASON_UNREAD, &unread);
		return unread.from;
	}
	if (is_sure(&unsent)) {
		finish(trend, row, TCPMEM_TREND_CLASS_GROWTH,
		       TCPMEM_REASON_NOT_TAKEN, &unsent);
		return unsent.from;
	}
	judge_ages(trend, group, TM_TREND_ALL, &kept);
	if (is_sure(&kept)) {
		finish(trend, row, TCPMEM_TREND_CLASS_GROWTH,
		       group->unmeasured ? TCPMEM_REASON_USE_UNKNOWN
					 : TCPMEM_REASON_IN_USE,
		       &kept);
		return kept.from;
	}
	if (trend->slots - group->first >= TCPMEM_TREND_SAMPLES_MIN)
		row->judged.trend_class = group->opened || group->closed
						  ? TCPMEM_TREND_CLASS_CHURN
						  : TCPMEM_TREND_CLASS_STEADY;
	return group->first;
}

/* Thins out points beyond TM_ROBUST_POINTS and keeps the last one. */
static double slope_of(const struct tcpmem_trend *trend,
		       const struct tm_trend_group *group, size_t number,
		       size_t from)
{
	double x[TM_ROBUST_POINTS], y[TM_ROBUST_POINTS];
	size_t count = trend->slots - from;
	size_t step = (count + TM_ROBUST_POINTS - 1) / TM_ROBUST_POINTS;
	size_t points = count / step;
	bool moved = false;

	for (size_t i = 0; i < points; i++) {
		size_t slot = trend->slots - 1 - (points - 1 - i) * step;

		x[i] = (double)(trend->when[slot].ns - trend->when[from].ns);
		y[i] = (double)group->point[slot].number[number];
		moved |= y[i] < y[0] || y[i] > y[0];
	}
	return moved && points > 1 ? tm_theil_sen(x, y, points) * NS_PER_MINUTE
				   : 0;
}

int64_t tm_trend_until(const struct tcpmem_trend_row *row, int64_t bytes)
{
	double per_minute = row->per_minute[TM_TREND_CHARGED];
	double ns;

	if (row->judged.trend_class < TCPMEM_TREND_CLASS_GROWTH ||
	    per_minute <= 0)
		return TCPMEM_UNKNOWN;
	ns = (double)bytes / per_minute * NS_PER_MINUTE;
	return ns < 9e18 ? (int64_t)(ns + 0.5) : TCPMEM_UNKNOWN;
}

void tm_trend_init_row(struct tcpmem_trend_row *row,
		       const struct tm_trend_group *group)
{
	*row = (struct tcpmem_trend_row){
		.group = group,
		.judged = {
			.size = sizeof(row->judged),
			.sure = NAN,
			.since_ns = TCPMEM_UNKNOWN,
			.until_ns = TCPMEM_UNKNOWN,
			.until_limit_ns = TCPMEM_UNKNOWN,
		},
	};
}

void tm_trend_judge_group(const struct tcpmem_trend *trend,
			  const struct tm_trend_group *group,
			  struct tcpmem_trend_row *row)
{
	const struct tm_point *now = &group->point[trend->slots - 1];
	size_t from;

	tm_trend_init_row(row, group);
	from = judge(trend, group, row);
	if (from + 1 >= trend->slots)
		from = group->first;
	row->sloped = from + 1 < trend->slots;
	for (size_t i = 0; i < TM_TREND_NUMBERS; i++) {
		row->first[i] = group->point[0].number[i];
		row->last[i] = now->number[i];
		if (row->sloped)
			row->per_minute[i] = slope_of(trend, group, i, from);
	}
	if (trend->room >= 0)
		row->judged.until_ns = tm_trend_until(row, trend->room);
}

/* At most a slot for each point, from the last one backwards. */
static void fill_series(struct tcpmem_trend *trend, struct series *s,
			const int64_t *ns, const int64_t *values, size_t count)
{
	size_t step = (count + TM_TREND_POINTS - 1) / TM_TREND_POINTS;

	trend->slots = step ? count / step : 0;
	s->end = trend->slots;
	for (size_t i = 0; i < trend->slots; i++) {
		size_t from = count - 1 - (trend->slots - 1 - i) * step;

		trend->when[i] = (struct tm_when){ .ns = ns[from],
						   .wall_ns = ns[from],
						   .sample = i + 1 };
		s->y[i] = (double)values[from];
	}
}

int tcpmem_series_judge(const int64_t *ns, const int64_t *values, size_t count,
			int64_t least, struct tcpmem_judgement *judgement)
{
	struct tcpmem_trend trend = { 0 };
	struct series series = { .trend = &trend };
	struct guess guess = { .doubt = 1 };
	struct tcpmem_trend_row row;

	if (judgement->size < sizeof(*judgement))
		return -EINVAL;
	tm_trend_init_row(&row, NULL);
	fill_series(&trend, &series, ns, values, count);
	if (trend.slots)
		try_spans(&guess, &series, (double)least, 1, doubt_of_level, 0);
	if (is_sure(&guess))
		finish(&trend, &row, TCPMEM_TREND_CLASS_GROWTH,
		       TCPMEM_REASON_RISES, &guess);
	else if (trend.slots >= TCPMEM_TREND_SAMPLES_MIN)
		row.judged.trend_class = TCPMEM_TREND_CLASS_STEADY;
	*judgement = row.judged;
	return 0;
}
