// SPDX-License-Identifier: LGPL-2.1-or-later
/* header.c - the first lines: how looks go, the host, what was not seen */
#include "messages.h"
#include "page.h"
#include "state.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { PART = 96 };

static bool read_host(const struct top_state *state,
		      enum tcpmem_host_metric metric, int64_t *value)
{
	return state->look && tcpmem_snapshot_get_host_metric(
				      state->look->snap, metric, value) == 0;
}

static const char *mode(const struct top_state *state)
{
	if (state->paused)
		return "PAUSED";
	if (state->replay.count)
		return "REPLAY";
	if (state->file)
		return "CAPTURE";
	return state->status.ended ? "ENDED" : "LIVE";
}

/* "every 2s", "every 5.1s: looks take long" */
static void write_interval(const struct top_state *state, char text[PART])
{
	const struct top_status *status = &state->status;
	char every[HUMAN_SIZE];

	*text = '\0';
	if (state->replay.count)
		snprintf(text, PART, "look %zu of %zu%s", state->replay.at + 1,
			 state->replay.count,
			 state->look && state->look->moment == state->replay.at
				 ? ""
				 : " is read");
	if (state->file)
		return;
	human_time(status->interval_ns / 1000, every);
	snprintf(text, PART, "every %s%s", every,
		 status->interval_ns > status->every_ns ? ": looks take long"
							: "");
}

/* "0s old", "5s old, still looking" */
static void write_age(const struct top_state *state, char text[PART])
{
	const struct top_status *status = &state->status;
	const struct top_look *look = state->look;
	char age[HUMAN_SIZE];

	*text = '\0';
	if (!look || state->file)
		return;
	snprintf(age, sizeof(age), "%" PRId64 "s",
		 (status->now_ns - look->begun_ns) / 1000000000);
	snprintf(text, PART, "%s old%s", age,
		 status->looking_ns > 2000000000 ? ", still looking" : "");
}

static void write_cost(const struct top_state *state, char text[PART])
{
	char cost[HUMAN_SIZE];

	*text = '\0';
	if (!state->look)
		return;
	human_time(state->look->cpu_ns / 1000, cost);
	if (state->status.own >= 0)
		snprintf(text, PART, "a look %s, own CPU %.1f %%", cost,
			 state->status.own);
	else
		snprintf(text, PART, "a look %s", cost);
}

static void add_status(struct top_page *page, const struct top_state *state)
{
	const char *file = state->file;
	char host[64], when[WHEN_SIZE] = "", interval[PART], age[PART],
		       cost[PART], error[PART] = "";
	const char *part[] = { mode(state), when, error, file,
			       interval,    age,  cost,	 host };

	/* a capture may be of another host, and does not name it */
	if (file || gethostname(host, sizeof(host)) < 0)
		*host = '\0';
	host[sizeof(host) - 1] = '\0';
	if (state->look)
		when_text(tcpmem_snapshot_get_time_ns(state->look->snap), when);
	if (state->status.error)
		snprintf(error, sizeof(error), "the last look failed: %s",
			 strerror(-state->status.error));
	write_interval(state, interval);
	write_age(state, age);
	write_cost(state, cost);
	page_add_parts(page,
		       state->status.error || state->status.ended ? TOP_BAD
								  : TOP_BOLD,
		       part, ARRAY_SIZE(part));
}

static bool read_bar(const struct top_state *state, struct bar *bar)
{
	return read_host(state, TCPMEM_HOST_METRIC_TCP_MEM_USED, &bar->used) &&
	       read_host(state, TCPMEM_HOST_METRIC_TCP_MEM_LOW, &bar->low) &&
	       read_host(state, TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE,
			 &bar->pressure) &&
	       read_host(state, TCPMEM_HOST_METRIC_TCP_MEM_HIGH, &bar->high) &&
	       bar->high > 0;
}

static enum top_style bar_style(const struct bar *bar)
{
	if (bar->used >= bar->pressure)
		return TOP_BAD;
	return bar->used >= bar->low ? TOP_WARNING : TOP_GOOD;
}

static void add_bar(struct top_page *page, const struct top_state *state)
{
	char used[HUMAN_SIZE], high[HUMAN_SIZE], cells[4 * 80 + 1] = "";
	int width = page->width - 45;
	struct bar bar;
	FILE *out;

	if (!read_bar(state, &bar)) {
		page_add(page, TOP_PLAIN, "tcp_mem %s",
			 state->look ? "unknown" : "...");
		return;
	}
	human_bytes(bar.used, used);
	human_bytes(bar.high, high);
	width = width > 60 ? 60 : width;
	out = width > 4 ? fmemopen(cells, sizeof(cells), "w") : NULL;
	if (out) {
		bar_print_cells(out, &bar, width, page->utf8);
		fclose(out);
	} else if (width > 4) {
		stdout_lost(ENOMEM);
	}
	page_add(page, bar_style(&bar), "tcp_mem %s %s %.1f %% of %s", used,
		 cells, 100.0 * (double)bar.used / (double)bar.high, high);
}

/* "orphans 3/65536" */
static void write_count(const struct top_state *state, const char *name,
			enum tcpmem_host_metric count,
			enum tcpmem_host_metric limit, char text[PART])
{
	int64_t have, most;

	if (!read_host(state, count, &have))
		snprintf(text, PART, "%s unknown", name);
	else if (read_host(state, limit, &most))
		snprintf(text, PART, "%s %" PRId64 "/%" PRId64, name, have,
			 most);
	else
		snprintf(text, PART, "%s %" PRId64, name, have);
}

/* Whether each socket is in the total, and its counters are */
static bool is_whole(const struct top_state *state)
{
	return state->look &&
	       !tcpmem_snapshot_get_unseen(state->look->snap, TCPMEM_NEED_INFO);
}

static void write_sockets(const struct top_state *state, char text[PART])
{
	const struct tcpmem_row *total = state->rows.total;
	char held[HUMAN_SIZE], charged[HUMAN_SIZE];
	int64_t sockets, bytes;

	if (total) {
		bytes = row_metric(total, TCPMEM_METRIC_HELD);
		human_bytes(bytes, held);
		human_bytes(row_metric(total, TCPMEM_METRIC_CHARGED), charged);
		sockets = row_metric(total, TCPMEM_METRIC_SOCKETS);
		snprintf(text, PART, "%" PRId64 " socket%s %s%s, charged %s",
			 sockets, sockets == 1 ? " holds" : "s hold",
			 bytes == TCPMEM_UNKNOWN || is_whole(state)
				 ? ""
				 : "at least ",
			 held, charged);
	} else if (read_host(state, TCPMEM_HOST_METRIC_SOCKETS_ALLOC,
			     &sockets)) {
		snprintf(text, PART, "%" PRId64 " sockets allocated", sockets);
	} else {
		*text = '\0';
	}
}

static void add_counts(struct top_page *page, const struct top_state *state)
{
	char sockets[PART], orphans[PART], time_wait[PART];
	const char *part[] = { sockets, orphans, time_wait };

	write_sockets(state, sockets);
	write_count(state, "orphans", TCPMEM_HOST_METRIC_ORPHANS,
		    TCPMEM_HOST_METRIC_ORPHANS_MAX, orphans);
	write_count(state, "TIME_WAIT", TCPMEM_HOST_METRIC_TIME_WAIT,
		    TCPMEM_HOST_METRIC_TIME_WAIT_MAX, time_wait);
	page_add_parts(page, TOP_PLAIN, part, state->look ? 3 : 0);
}

/*
 * "opened 12/s  resets 0.5/s", of this network namespace: "self: " where the
 * rows are of others, too
 */
static void add_events(struct top_page *page, const struct top_state *state)
{
	char text[TOP_EVENTS][PART];
	const char *part[TOP_EVENTS];
	bool others = state->look &&
		      tcpmem_snapshot_get_netns_count(state->look->snap) > 1;

	for (int i = 0; i < TOP_EVENTS; i++) {
		const char *name = top_event_text((enum top_event)i);

		part[i] = text[i];
		const char *who = others && i == 0 ? "self: " : "";

		if (!state->look || state->rate[i] < 0)
			snprintf(text[i], PART, "%s%s -", who, name);
		else
			snprintf(text[i], PART, "%s%s %.*f/s", who, name,
				 state->rate[i] < 10 && state->rate[i] > 0,
				 state->rate[i]);
	}
	page_add_parts(page, TOP_PLAIN, part, TOP_EVENTS);
}

/* What a filter or --netns left out was not asked for. */
static size_t count_warnings(const struct tcpmem_snapshot *snap)
{
	enum tcpmem_warning_code code;
	size_t count = 0;

	for (size_t i = 0; tcpmem_snapshot_get_warning(snap, i, &code); i++)
		count += code != TCPMEM_WARNING_NETNS_SCOPE;
	return count;
}

static void add_view(struct top_page *page, const struct top_state *state)
{
	const struct top_look *look = state->look;
	char view[PART + 128], rows[PART] = "", filter[PART + 256] = "",
			       since[PART] = "", seen[PART] = "",
			       when[WHEN_SIZE];
	const char *part[] = { view, rows, seen, since, filter };
	size_t warnings = look && !look->totals ? count_warnings(look->snap)
						: 0;

	snprintf(view, sizeof(view), "%s%s%s",
		 state->view->kind == TOP_GROUPS ? "by " : "",
		 state->view->name, state->zoom.view ? " of " : "");
	if (state->zoom.view)
		snprintf(view + strlen(view), sizeof(view) - strlen(view), "%s",
			 state->zoom.name);
	if (state_lacks(state))
		snprintf(rows, sizeof(rows), "looking ...");
	else
		snprintf(rows, sizeof(rows), "%zu row%s", state->rows.count,
			 state->rows.count == 1 ? "" : "s");
	if (*state->filter)
		snprintf(filter, sizeof(filter), "filter: %s", state->filter);
	if (state->baseline.look && state->view->kind <= TOP_SOCKETS) {
		when_text(
			tcpmem_snapshot_get_time_ns(state->baseline.look->snap),
			when);
		snprintf(since, sizeof(since), "DELTA since %s", when);
	}
	if (warnings)
		snprintf(seen, sizeof(seen), "%zu warning%s: i", warnings,
			 warnings == 1 ? "" : "s");
	page_add_parts(page, warnings ? TOP_WARNING : TOP_PLAIN, part,
		       ARRAY_SIZE(part));
}

void page_add_header(struct top_page *page, const struct top_state *state,
		     int lines)
{
	static void (*const add[])(struct top_page *,
				   const struct top_state *) = {
		add_status, add_view, add_bar, add_counts, add_events,
	};
	/* the least important go first, the order stays */
	static const int order[] = { 0, 2, 3, 4, 1 };

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (order[i] < lines)
			add[order[i]](page, state);
}
