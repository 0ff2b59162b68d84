/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* say.h - messages to the person at the terminal, on stderr */
#ifndef CLI_SAY_H
#define CLI_SAY_H

/* say() - one line behind "tcpmem: "; control characters are escaped */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
