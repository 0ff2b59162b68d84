// SPDX-License-Identifier: LGPL-2.1-or-later
/* keys.c - the keys of tcpmem top */
#include "keys.h"

#include "top.h"

const struct top_key top_keys[TOP_ACTIONS] = {
	[TOP_QUIT] = { "q F10 Ctrl-C", "quit", "end" },
	[TOP_HELP] = { "? h F1", "help", "these keys" },
	[TOP_NEXT_VIEW] = { "Tab", "next-view", "the next view" },
	[TOP_PREVIOUS_VIEW] = { "S-Tab", "previous-view", "the one before" },
	[TOP_ENTER] = { "Enter", "enter",
			"the sockets of the row; of a chain, all of it" },
	[TOP_BACK] = { "Esc Backspace", "back",
		       "out of it again; out of the rows" },
	[TOP_UP] = { "Up", "up", "the row above; rows keep their place now" },
	[TOP_DOWN] = { "Down", "down", "the row below" },
	[TOP_PAGE_UP] = { "PgUp", "page-up", "a screen up" },
	[TOP_PAGE_DOWN] = { "PgDn", "page-down", "a screen down" },
	[TOP_FIRST] = { "Home", "first", "the first row" },
	[TOP_LAST] = { "End", "last", "the last row" },
	[TOP_SEARCH] = { "/ F3", "search", "the next row with a text" },
	[TOP_SEARCH_NEXT] = { "n", "search-next", "the one after it" },
	[TOP_FILTER] = { "\\ F4", "filter",
			 "only sockets that match, see tcpmem-filter(7)" },
	[TOP_SORT_LEFT] = { "<", "sort-left",
			    "sort by the column to the left" },
	[TOP_SORT_RIGHT] = { "> F6", "sort-right",
			     "sort by the column to the right" },
	[TOP_INVERT] = { "I", "invert", "the other way round" },
	[TOP_SORT_HELD] = { "M", "sort-held", "sort by what is held" },
	[TOP_SORT_BUFFER] = { "B", "sort-buffer",
			      "sort by the buffers that hold data" },
	[TOP_SORT_SOCKETS] = { "N", "sort-sockets",
			       "sort by the number of sockets" },
	[TOP_SORT_GROWTH] = { "G", "sort-growth",
			      "sort by growth since the mark" },
	[TOP_MARK] = { "m", "mark", "DELTA counts from this moment on" },
	[TOP_PAUSE] = { "p z Space", "pause",
			"the rows stand still, looks go on" },
	[TOP_EXPLAIN] = { "e", "explain",
			  "where the memory of the row's process is" },
	[TOP_SAVE] = { "s", "save", "save a capture of this moment" },
	[TOP_UNSEEN] = { "i", "unseen", "what could not be seen" },
	[TOP_UNITS] = { "u", "units", "exact bytes, or K, M, G" },
	[TOP_HIDE] = { "H", "hide", "no rows of what is 0, or again all" },
	[TOP_PAST] = { "U", "past",
		       "name who held what nobody holds any more" },
	[TOP_SLOWER] = { "+", "slower", "twice the time between looks" },
	[TOP_FASTER] = { "-", "faster", "half of it" },
	[TOP_COMMAND] = { ":", "command", "an action by its name" },
	[TOP_NEXT_LOOK] = { "t", "next-look", "of a store, the next look" },
	[TOP_PREVIOUS_LOOK] = { "T", "previous-look",
				"of a store, the one before" },
	[TOP_JUMP] = { "j", "jump", "of a store, a look so much later: 10m" },
	[TOP_JUMP_BACK] = { "J", "jump-back", "of a store, so much earlier" },
	[TOP_GO_TO] = { "b", "go-to", "of a store, the look at a time" },
	[TOP_FIRST_LOOK] = { "r", "first-look", "of a store, the first look" },
	[TOP_LAST_LOOK] = { "Z", "last-look", "of a store, the last one" },
	[TOP_NEXT_EVENT] = { "n", "next-event",
			     "of a store, the next incident or mark" },
	[TOP_PREVIOUS_EVENT] = { "N", "previous-event",
				 "of a store, the one before" },
};

void top_keys_list(FILE *out)
{
	for (size_t i = 0; i < TOP_ACTIONS; i++)
		fprintf(out, "%-13s %-13s %s\n", top_keys[i].keys,
			top_keys[i].name, top_keys[i].text);
}

/* tcpmem-top(1) explains the keys: here they would not fit a screen. */
void top_help(FILE *out)
{
	fputs("Views, for --by:\n ", out);
	for (size_t i = 0; i < TOP_VIEWS; i++)
		fprintf(out, "%s%s", i == TOP_VIEWS / 2 ? "\n  " : " ",
			top_views[i].name);
	putc('\n', out);
}
