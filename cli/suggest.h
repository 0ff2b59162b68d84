/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* suggest.h - the name that was probably meant */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

/* Offer each candidate in turn, then look at @best. */
struct suggest {
	const char *prefix; /* stands before all of them when they are shown */
	const char *word;
	const char *best; /* NULL: none is near enough to be meant */
	size_t distance;
};

void suggest_init(struct suggest *suggest, const char *word);
void suggest_offer(struct suggest *suggest, const char *candidate);

/*
 * suggest_message() - "unknown WHAT 'WORD'", with the nearest name where there
 * is one, else with @help: where the names are listed
 */
void suggest_message(const struct suggest *suggest, const char *what,
		     const char *help);

#endif
