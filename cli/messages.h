/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* messages.h - messages on stderr, suggestions, the state of stdout */
#ifndef CLI_MESSAGES_H
#define CLI_MESSAGES_H

#include <stddef.h>

/* message() - one line behind "tcpmem: "; control characters are escaped */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * message_as_plugin() - what is said from now on is the answer to a monitor
 *
 * It reads stdout, and takes a "|" for the beginning of figures.
 */
void message_as_plugin(void);

/* message_to_stderr() - what is said from now on is for stderr again */
void message_to_stderr(void);

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

/*
 * stdout_status() - whether all went well so far
 *
 * To be asked soon after printing: the first failure's cause is remembered.
 *
 * Return: 0, or -EIO.
 */
int stdout_status(void);

/* stdout_flush() - the same of all that was printed, nothing held back */
int stdout_flush(void);

/*
 * stdout_close() - closes stdout and says why it could not all be written
 *
 * A reader that went away wants no message; it is no success either.
 *
 * Return: @code, or EXIT_FAILED, unless @code says worse already.
 */
int stdout_close(int code);

#endif
