// SPDX-License-Identifier: LGPL-2.1-or-later
/* model.c - the order of rows, what they held before, and how they went */
#include "top.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* struct place - where a row stood, or where it is now */
struct place {
	uint64_t id;
	size_t index;
};

static int compare_id(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Return: NULL without memory */
static struct place *make_places(const struct top_rows *rows)
{
	struct place *place = calloc(rows->count + 1, sizeof(*place));

	for (size_t i = 0; place && i < rows->count; i++)
		place[i] = (struct place){ rows->row[i].id, i };
	if (place)
		qsort(place, rows->count, sizeof(*place), compare_id);
	return place;
}

/* struct sorted - a row, where it stood before, and where the library put it */
struct sorted {
	struct top_row row;
	size_t before;
	size_t index;
};

static int compare(const void *a, const void *b, void *user)
{
	const struct sorted *x = a, *y = b;
	const bool *falling = user;
	int order = (x->before > y->before) - (x->before < y->before);

	if (!order && x->before == SIZE_MAX)
		order = value_compare(&x->row.value, &y->row.value, *falling);
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

int top_rows_sort(struct top_rows *rows, bool falling,
		  const struct top_rows *before)
{
	struct sorted *sorted = calloc(rows->count + 1, sizeof(*sorted));
	struct place *place = before ? make_places(before) : NULL;

	if (!sorted || (before && !place)) {
		free(sorted);
		free(place);
		return -ENOMEM;
	}
	for (size_t i = 0; i < rows->count; i++) {
		const struct place *at =
			place ? bsearch(&rows->row[i].id, place, before->count,
					sizeof(*place), compare_id)
			      : NULL;

		sorted[i].row = rows->row[i];
		sorted[i].before = at ? at->index : SIZE_MAX;
		sorted[i].index = i;
	}
	qsort_r(sorted, rows->count, sizeof(*sorted), compare, &falling);
	for (size_t i = 0; i < rows->count; i++)
		rows->row[i] = sorted[i].row;
	free(sorted);
	free(place);
	return 0;
}

size_t top_rows_find(const struct top_rows *rows, uint64_t id)
{
	size_t i = 0;

	while (i < rows->count && rows->row[i].id != id)
		i++;
	return i;
}

static void forget_marks(struct top_baseline *baseline)
{
	free(baseline->mark);
	baseline->mark = NULL;
	baseline->count = 0;
	baseline->view = NULL;
	baseline->zoom = 0;
}

void top_baseline_set(struct top_baseline *baseline, struct top_look *look)
{
	forget_marks(baseline);
	top_look_put(baseline->look);
	baseline->look = top_look_get(look);
}

int top_baseline_use(struct top_baseline *baseline, const struct top_view *view,
		     const struct top_zoom *zoom)
{
	const struct top_look *look = baseline->look;
	struct top_rows rows;
	int ret;

	if (!look || (baseline->view == view && baseline->zoom == zoom->id))
		return 0;
	forget_marks(baseline);
	/* a look taken for another view may lack what this one needs */
	if (!top_needs_are_met(top_view_needs(view), look))
		return 0;
	ret = top_rows_make(view, zoom, look, &rows);
	if (ret == 0)
		baseline->mark =
			calloc(rows.count + 1, sizeof(*baseline->mark));
	if (ret == 0 && !baseline->mark)
		ret = -ENOMEM;
	for (size_t i = 0; ret == 0 && i < rows.count; i++)
		baseline->mark[baseline->count++] = (struct top_mark){
			rows.row[i].id,
			rows.row[i].held,
		};
	top_rows_free(&rows);
	if (ret < 0)
		return ret;
	qsort(baseline->mark, baseline->count, sizeof(*baseline->mark),
	      compare_id);
	baseline->view = view;
	baseline->zoom = zoom->id;
	return 0;
}

int64_t top_baseline_delta(const struct top_baseline *baseline,
			   const struct top_row *row)
{
	const struct top_mark *mark;

	if (!baseline->view || row->held == TCPMEM_UNKNOWN)
		return TCPMEM_UNKNOWN;
	mark = bsearch(&row->id, baseline->mark, baseline->count, sizeof(*mark),
		       compare_id);
	if (!mark)
		return row->held;
	return mark->held == TCPMEM_UNKNOWN ? TCPMEM_UNKNOWN
					    : row->held - mark->held;
}

const struct top_past *top_history_find(const struct top_history *history,
					uint64_t id)
{
	return history->count ? bsearch(&id, history->past, history->count,
					sizeof(*history->past), compare_id)
			      : NULL;
}

/* The looks move to the left, by the number of those since. */
static void add(struct top_past *past, const struct top_past *before,
		uint64_t looks)
{
	for (size_t i = 0; i < TOP_TREND; i++)
		past->held[i] = before && i + looks < TOP_TREND
					? before->held[i + looks]
					: TCPMEM_UNKNOWN;
}

int top_history_add(struct top_history *history, const struct top_rows *rows,
		    uint64_t look)
{
	struct top_past *past = calloc(rows->count + 1, sizeof(*past));

	if (!past)
		return -ENOMEM;
	for (size_t i = 0; i < rows->count; i++) {
		past[i].id = rows->row[i].id;
		add(&past[i], top_history_find(history, past[i].id),
		    look - history->look);
		past[i].held[TOP_TREND - 1] = rows->row[i].held;
	}
	qsort(past, rows->count, sizeof(*past), compare_id);
	free(history->past);
	history->past = past;
	history->count = rows->count;
	history->look = look;
	return 0;
}

void top_history_clear(struct top_history *history)
{
	free(history->past);
	*history = (struct top_history){ 0 };
}
