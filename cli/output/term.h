/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* term.h - what the terminal can show */
#ifndef CLI_OUTPUT_TERM_H
#define CLI_OUTPUT_TERM_H

#include "options.h"

#include <stdbool.h>

#define TERM_BOLD   "\033[1m"
#define TERM_RED    "\033[31m"
#define TERM_GREEN  "\033[32m"
#define TERM_YELLOW "\033[33m"
#define TERM_RESET  "\033[0m"

/* term_has_color() - whether stdout is to be coloured */
bool term_has_color(enum color color);

/* term_has_utf8() - whether the locale's characters are UTF-8 */
bool term_has_utf8(void);

#endif
