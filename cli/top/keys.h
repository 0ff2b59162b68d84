/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keys.h - the keys of tcpmem top: one table for screen, help and manual */
#ifndef CLI_TOP_KEYS_H
#define CLI_TOP_KEYS_H

#include <stdio.h>

enum top_action {
	TOP_QUIT,
	TOP_HELP,
	TOP_NEXT_VIEW,
	TOP_PREVIOUS_VIEW,
	TOP_ENTER,
	TOP_BACK,
	TOP_UP,
	TOP_DOWN,
	TOP_PAGE_UP,
	TOP_PAGE_DOWN,
	TOP_FIRST,
	TOP_LAST,
	TOP_SEARCH,
	TOP_SEARCH_NEXT,
	TOP_FILTER,
	TOP_SORT_LEFT,
	TOP_SORT_RIGHT,
	TOP_INVERT,
	TOP_SORT_HELD,
	TOP_SORT_BUFFER,
	TOP_SORT_SOCKETS,
	TOP_SORT_GROWTH,
	TOP_MARK,
	TOP_PAUSE,
	TOP_EXPLAIN,
	TOP_SAVE,
	TOP_UNSEEN,
	TOP_UNITS,
	TOP_HIDE,
	TOP_PAST,
	TOP_SLOWER,
	TOP_FASTER,
	TOP_COMMAND,
	TOP_NEXT_LOOK,
	TOP_PREVIOUS_LOOK,
	TOP_JUMP,
	TOP_JUMP_BACK,
	TOP_GO_TO,
	TOP_FIRST_LOOK,
	TOP_LAST_LOOK,
	TOP_NEXT_EVENT,
	TOP_PREVIOUS_EVENT,
};
enum { TOP_ACTIONS = TOP_PREVIOUS_EVENT + 1 };

/* These are of a store: their keys mean something else without one. */
enum { TOP_REPLAY = TOP_NEXT_LOOK };

/*
 * struct top_key - an action
 * @keys: that do it, with blanks between: "?", "F1", "Tab", "Ctrl-C"
 * @name: for ":"
 * @text: what it does
 */
struct top_key {
	const char *keys;
	const char *name;
	const char *text;
};

/* By enum top_action */
extern const struct top_key top_keys[TOP_ACTIONS];

/* top_keys_list() - all of them, for "?" */
void top_keys_list(FILE *out);

/* top_help() - the views, for --help */
void top_help(FILE *out);

#endif
