/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* message.h - messages to the person at the terminal, on stderr */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

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

#endif
