// SPDX-License-Identifier: LGPL-2.1-or-later
/* replay.c - the moments of a store, and the way from one to another */
#include "store/replay.h"

#include "messages.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS 1000000

static int add_event(int64_t time, const char *kind, const char *text,
		     void *user)
{
	struct replay *replay = user;
	struct replay_event *event;

	if (strcmp(kind, "incident") != 0 && strcmp(kind, "mark") != 0)
		return 0;
	event = realloc(replay->event, (replay->events + 1) * sizeof(*event));
	if (!event)
		return -ENOMEM;
	replay->event = event;
	event += replay->events;
	when_text_ms(time * NS_PER_MS, event->time);
	if (asprintf(&event->text, "%s: %s", kind, text) < 0)
		return -ENOMEM;
	replay->events++;
	return 0;
}

static const struct store_span all = { INT64_MIN, INT64_MAX };

static int add_events(sqlite3 *db, const struct file_entry *entry, void *user)
{
	(void)entry;
	return store_each_mark(db, &all, add_event, user);
}

static int compare_events(const void *a, const void *b)
{
	const struct replay_event *x = a, *y = b;

	return strcmp(x->time, y->time);
}

static int read_events(struct replay *replay, const char *dir)
{
	char why[FILE_TEXT_SIZE];
	int ret = store_each_file(dir, &all, add_events, replay, NULL, why);

	if (ret < 0)
		message("%s: %s", dir, why);
	if (replay->events)
		qsort(replay->event, replay->events, sizeof(*replay->event),
		      compare_events);
	return ret;
}

int replay_open(struct replay *replay, struct session *session, const char *dir,
		const char *at)
{
	int ret = session_moments(session, dir, NULL, NULL, &replay->moment);

	if (ret < 0)
		return ret;
	while (replay->moment[replay->count])
		replay->count++;
	replay->at = replay->count - 1;
	ret = read_events(replay, dir);
	if (ret < 0 || (at && !replay_go(replay, at))) {
		if (ret == 0)
			message(STORE_NO_TIME, at);
		session->reported = ret ? EXIT_FAILED : EXIT_USAGE;
		return ret ? ret : -EINVAL;
	}
	return 0;
}

void replay_free(struct replay *replay)
{
	for (size_t i = 0; i < replay->count; i++)
		free(replay->moment[i]);
	for (size_t i = 0; i < replay->events; i++)
		free(replay->event[i].text);
	free(replay->moment);
	free(replay->event);
}

size_t replay_find(const struct replay *replay, const char *time)
{
	size_t from = 0, to = replay->count;

	while (to - from > 1) {
		size_t middle = from + (to - from) / 2;

		if (strcmp(replay->moment[middle], time) <= 0)
			from = middle;
		else
			to = middle;
	}
	return from;
}

bool replay_go(struct replay *replay, const char *text)
{
	char time[WHEN_SIZE];
	int64_t ms;

	if (store_time(text, store_now(), &ms) < 0)
		return false;
	when_text_ms(ms * NS_PER_MS, time);
	replay->at = replay_find(replay, time);
	return true;
}

void replay_jump(struct replay *replay, int64_t ns)
{
	char time[WHEN_SIZE];
	int64_t ms;

	if (store_time(replay->moment[replay->at], 0, &ms) < 0)
		return;
	when_text_ms(ms * NS_PER_MS + ns, time);
	replay->at = replay_find(replay, time);
}

/* An event is shown by the first look that is not before it. */
static size_t look_of(const struct replay *replay, size_t event)
{
	const char *time = replay->event[event].time;
	size_t at = replay_find(replay, time);

	return strcmp(replay->moment[at], time) < 0 && at + 1 < replay->count
		       ? at + 1
		       : at;
}

const struct replay_event *replay_event(struct replay *replay, bool forward)
{
	size_t found = replay->events;

	for (size_t i = 0; i < replay->events; i++) {
		size_t at = look_of(replay, i);

		if (forward ? at > replay->at : at < replay->at)
			found = i;
		if (forward && found < replay->events)
			break;
	}
	if (found == replay->events)
		return NULL;
	replay->at = look_of(replay, found);
	return &replay->event[found];
}
