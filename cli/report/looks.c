// SPDX-License-Identifier: LGPL-2.1-or-later
/* looks.c - the looks of a store, as moments of a report */
#include "messages.h"
#include "output/text.h"
#include "report/report.h"
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* struct look - @ms, @boot_ms: since 1970 and since boot; @lasts_ms: until a
 * gap */
struct look {
	int64_t ms;
	int64_t boot_ms;
	int64_t lasts_ms;
	char boot[40];
	struct report_host host;
};

/*
 * struct looks - @moment: of a store, as --at takes them
 * @left_out: files that are damaged
 */
struct looks {
	struct session *session;
	char **moment;
	struct look *look;
	int64_t *held;
	size_t count;
	size_t left_out;
};

static int load_look(void *user, size_t index, struct tcpmem_snapshot **snap,
		     char **source)
{
	const struct looks *looks = user;
	const char *dir = looks->session->options->from;
	const char *moment = looks->moment[index];
	char *from = report_from(dir), *made = NULL;
	int ret = -ENOMEM;

	if (from && asprintf(&made, "%s --at %s", from, moment) > 0)
		ret = session_load_at(looks->session, dir, moment, snap);
	free(from);
	if (ret == 0)
		*source = made;
	else
		free(made);
	return ret;
}

static int read_times(struct looks *looks, size_t count)
{
	looks->count = count;
	looks->look = calloc(count + 1, sizeof(*looks->look));
	looks->held = calloc(count + 1, sizeof(*looks->held));
	if (!looks->look || !looks->held)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		looks->held[i] = TCPMEM_UNKNOWN;
		(void)store_time(looks->moment[i], 0, &looks->look[i].ms);
	}
	return 0;
}

/* Within one run of the kernel, a clock that was set makes no gap. */
static enum report_link link_of(const struct look *before,
				const struct look *after)
{
	bool same = *before->boot && strcmp(before->boot, after->boot) == 0;
	int64_t passed = same ? after->boot_ms - before->boot_ms
			      : after->ms - before->ms;

	if (passed < 0)
		return REPORT_APART;
	return passed > before->lasts_ms ? REPORT_GAP : REPORT_CONTINUES;
}

static enum report_link find_link(void *user, size_t from, size_t to)
{
	const struct looks *looks = user;
	enum report_link most = REPORT_CONTINUES;

	for (size_t i = from; i < to; i++) {
		enum report_link one =
			link_of(&looks->look[i], &looks->look[i + 1]);

		most = one > most ? one : most;
	}
	return most;
}

struct events {
	struct report *report;
	const struct store_span *span;
	struct looks *looks;
};

/* A page stays below a megabyte whatever was marked. */
#define EVENTS_MAX 200
#define TEXT_MAX   300

static struct report_event *new_event(struct report *report)
{
	struct report_event *moved = reallocarray(
		report->event, report->event_count + 1, sizeof(*moved));

	if (!moved)
		return NULL;
	report->event = moved;
	return &moved[report->event_count];
}

/* Whole characters of it */
static int text_length(const char *text)
{
	size_t len = strnlen(text, TEXT_MAX);

	while (text[len] && len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return (int)len;
}

static int add_event(int64_t ms, const char *kind, const char *text, void *user)
{
	struct report *report = user;
	struct report_event *event;

	if (report->event_count == EVENTS_MAX) {
		report->events_left_out++;
		return 0;
	}
	event = new_event(report);
	if (!event)
		return -ENOMEM;
	event->ns = ms * 1000000;
	if (asprintf(&event->text, "%.*s%s%.*s%s", TEXT_MAX, kind,
		     *text ? ": " : "", text_length(text), text,
		     text[text_length(text)] ? "\u2026" : "") < 0)
		return -ENOMEM;
	report->event_count++;
	return 0;
}

static int add_events(sqlite3 *db, const struct file_entry *entry, void *user)
{
	struct events *events = user;

	return tier_has_detail(entry->tier)
		       ? store_each_mark(db, events->span, add_event,
					 events->report)
		       : 0;
}

/* The recorder may have written more of them by now. */
static void add_look(struct looks *looks, sqlite3_stmt *stmt)
{
	int64_t time = sqlite3_column_int64(stmt, 0);
	struct look *look = bsearch(&time, looks->look, looks->count,
				    sizeof(*look), store_times_compare);
	const char *boot;

	if (!look)
		return;
	looks->held[look - looks->look] = file_number(stmt, 1);
	look->lasts_ms = store_lasts(sqlite3_column_int64(stmt, 2),
				     sqlite3_column_int64(stmt, 3),
				     sqlite3_column_int64(stmt, 4));
	look->boot_ms = sqlite3_column_int64(stmt, 5);
	boot = (const char *)sqlite3_column_text(stmt, 10);
	snprintf(look->boot, sizeof(look->boot), "%s", boot ? boot : "");
	look->host = (struct report_host){
		.ns = time * 1000000,
		.kernel = file_number(stmt, 6),
		.high_limit = file_number(stmt, 7),
		.pressure = file_number(stmt, 8),
		.complete = sqlite3_column_int64(stmt, 9) != 0,
	};
}

static int add_looks(sqlite3 *db, const struct file_entry *entry, void *user)
{
	struct events *events = user;
	sqlite3_stmt *stmt = file_prepare(
		db, "SELECT time, held, (SELECT every_ms FROM store), took_us, "
		    "cpu_us, boot_ms, tcp_mem_used, tcp_mem_high, pressure, "
		    "complete, (SELECT boot FROM store) FROM looks ORDER BY "
		    "time");
	int ret;

	while (tier_has_detail(entry->tier) && sqlite3_step(stmt) == SQLITE_ROW)
		add_look(events->looks, stmt);
	ret = file_error(db);
	sqlite3_finalize(stmt);
	return ret;
}

static int warn_of_files(struct report *report, size_t left_out)
{
	char text[80];

	snprintf(text, sizeof(text),
		 "%zu file%s of the store could not be read: looks are missing",
		 left_out, left_out == 1 ? "" : "s");
	return report_warn(report, text);
}

static int read_events(const struct options *options, struct looks *looks,
		       struct report *report)
{
	char why[FILE_TEXT_SIZE];
	struct store_span span;
	struct events events = { report, &span, looks };
	const char *wrong;
	int ret = store_span(options->since, options->until, &span, &wrong);

	if (ret == 0)
		ret = store_each_file(options->from, &span, add_events, &events,
				      NULL, why);
	if (ret == 0)
		ret = store_each_file(options->from, &span, add_looks, &events,
				      &looks->left_out, why);
	if (ret == 0 && looks->left_out)
		ret = warn_of_files(report, looks->left_out);
	return ret;
}

int report_gather_store(struct session *session, struct report *report)
{
	const struct options *options = session->options;
	struct looks looks = { .session = session };
	struct report_source source = { .load = load_look,
					.link = find_link,
					.user = &looks };
	int ret = session_moments(session, options->from, options->since,
				  options->until, &looks.moment);

	if (ret)
		return ret;
	while (looks.moment[source.count])
		source.count++;
	ret = read_times(&looks, source.count);
	if (ret == 0)
		ret = read_events(options, &looks, report);
	/* of a part of the sockets, the recorder has no sum */
	if (!*report->only)
		source.held = looks.held;
	for (size_t i = 0; ret == 0 && i < source.count; i++)
		if (looks.look[i].host.ns)
			report_add_host(report, &looks.look[i].host);
	if (ret == 0)
		ret = report_gather(report, &source);
	free(looks.held);
	free(looks.look);
	for (size_t i = 0; i < source.count; i++)
		free(looks.moment[i]);
	free(looks.moment);
	return ret;
}
