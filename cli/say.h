/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* say.h - messages to the person at the terminal, on stderr */
#ifndef CLI_SAY_H
#define CLI_SAY_H

/* say() - one line behind "tcpmem: "; control characters are escaped */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * say_as_plugin() - what is said from now on is the answer to a monitor
 *
 * It reads stdout, and takes a "|" for the beginning of figures.
 */
void say_as_plugin(void);

/* say_to_person() - what is said from now on is for stderr again */
void say_to_person(void);

#endif
