// SPDX-License-Identifier: LGPL-2.1-or-later
/* batch.c - tcpmem top --batch: plain screens, one below the other */
#include "batch.h"

#include "messages.h"
#include "output/output.h"
#include "sample_timer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As wide as the widest row: nothing is cut. */
enum { WIDE = 4096 };

/* Between the two looks of blame */
#define BLAME_NS INT64_C(1000000000)

static void print_page(const struct top_page *page)
{
	for (size_t i = 0; i < page->count; i++) {
		char *text = page->line[i].text;
		size_t len = strlen(text);

		while (len && text[len - 1] == ' ')
			len--;
		printf("%.*s\n", (int)len, text);
	}
}

static int print(struct top_state *state)
{
	const struct footer footer = { .snap = state->look->snap };
	struct top_page page = { .utf8 = term_has_utf8() &&
					 !state->options->no_unicode };
	int rows = (int)state->rows.count;

	page_clear(&page, WIDE, rows);
	/* a rate takes two looks */
	page_add_header(&page, state,
			state->rate[0] < 0 || state->file ? 4 : 5);
	page_add(&page, TOP_PLAIN, "%s", "");
	page_add_table(&page, state, rows + 5);
	print_page(&page);
	page_free(&page);
	footer_print(&footer, state->options);
	return page.failed ? -ENOMEM : stdout_flush();
}

/* What the view shows takes two looks where it is about what moves. */
static int take(struct top_state *state, struct top_source *source,
		struct tcpmem_filter *filter)
{
	struct top_request request = state_request(state);
	struct top_look *look;
	int ret;

	request.filter = filter;
	do {
		ret = top_look_take(source, &request, &look);
		if (ret < 0)
			return ret;
		ret = state_show(state, look);
		if (ret == 0 && request.blame && !state->look->totals &&
		    state_lacks(state))
			pause_for(BLAME_NS);
	} while (ret == 0 && state_lacks(state));
	return ret;
}

int batch_run(struct top_state *state, struct top_source *source,
	      struct tcpmem_filter *filter)
{
	struct sample_timer timer;
	int64_t looks = state->options->count;
	int ret;

	if (source->name)
		looks = 1;
	sample_timer_start(&timer, state->status.every_ns, 0);
	do {
		if (timer.taken)
			putchar('\n');
		sample_timer_mark(&timer);
		ret = take(state, source, filter);
		state->status.now_ns = top_clock_ns();
		if (ret == 0 && timer.taken == 1 && !source->name)
			top_baseline_set(&state->baseline, state->look);
		if (ret == 0)
			ret = print(state);
	} while (ret == 0 && (!looks || timer.taken < looks) &&
		 sample_timer_wait(&timer));
	sample_timer_stop(&timer);
	return ret;
}
