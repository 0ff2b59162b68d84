/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* replay.h - the moments of a store, for a screen that goes through them */
#ifndef CLI_STORE_REPLAY_H
#define CLI_STORE_REPLAY_H

#include "session.h"

/* struct replay_event - @time: as in struct replay; @text: "incident: ..." */
struct replay_event {
	char time[WHEN_SIZE];
	char *text;
};

/*
 * struct replay - the looks of a store, from the first to the last
 * @moment: as session_load_at() takes them; their order is that of strcmp()
 * @at: the one that is shown
 * @event: incidents and marks, ascending
 */
struct replay {
	char **moment;
	size_t count;
	size_t at;
	struct replay_event *event;
	size_t events;
};

/*
 * replay_open() - what a store has
 * @at: of --at; NULL: the last look
 *
 * Return: 0 or -errno; replay_free() either way.
 */
int replay_open(struct replay *replay, struct session *session, const char *dir,
		const char *at);
void replay_free(struct replay *replay);

/* replay_find() - the last look at or before a time, as replay.moment has it */
size_t replay_find(const struct replay *replay, const char *time);

/*
 * replay_go() - to the last look at or before a time as people write it
 *
 * Return: false: it is no time.
 */
bool replay_go(struct replay *replay, const char *text);

/* replay_jump() - so far from the look that is shown, or back */
void replay_jump(struct replay *replay, int64_t ns);

/* replay_event() - goes to the next event, or the one before; NULL: none */
const struct replay_event *replay_event(struct replay *replay, bool forward);

#endif
