/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* messages.h - messages on stderr, suggestions, the state of stdout */
#ifndef CLI_MESSAGES_H
#define CLI_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>

/* message() - one line behind "tcpmem: "; control characters are escaped */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* message_note() - the same, to stderr, of what is no failure */
void message_note(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/*
 * message_as_plugin() - messages are a plugin's output from now on
 *
 * A monitor reads stdout, and takes "|" for the beginning of performance data.
 */
void message_as_plugin(void);

/* message_to_stderr() - messages go to stderr again */
void message_to_stderr(void);

/* message_mute() - none, or again: a screen is on the terminal */
void message_mute(bool on);

/*
 * struct suggest - the known name that is nearest to a mistyped one
 * @prefix: of all names when they are printed: "--"
 * @best: the nearest of the names offered; NULL: none is near
 */
struct suggest {
	const char *prefix;
	const char *word;
	const char *best;
	size_t distance;
};

void suggest_init(struct suggest *suggest, const char *word);
void suggest_offer(struct suggest *suggest, const char *candidate);

/*
 * suggest_message() - "unknown WHAT 'WORD': did you mean 'BEST'? (HELP)"
 * @help: where the names are listed
 */
void suggest_message(const struct suggest *suggest, const char *what,
		     const char *help);

/*
 * stdout_status() - whether every write to stdout has succeeded
 *
 * Call it soon after printing: it keeps the errno of the first failure.
 *
 * Return: 0, or -EIO.
 */
int stdout_status(void);

/* stdout_lost() - what is written is not whole: an errno for stdout_close() */
void stdout_lost(int error);

/* stdout_flush() - stdout_status(), after stdio has written its buffer */
int stdout_flush(void);

/*
 * stdout_close() - closes stdout, with a message if a write has failed
 *
 * A closed pipe is a failure without a message.
 *
 * Return: @code, or EXIT_FAILED unless @code is a failure already.
 */
int stdout_close(int code);

#endif
