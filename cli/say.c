// SPDX-License-Identifier: LGPL-2.1-or-later
/* say.c - messages to the person at the terminal, on stderr */
#include "say.h"

#include "escape.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void say(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	fputs("tcpmem: ", stderr);
	escape_print(stderr, text ? text : "out of memory", ESCAPE_TERMINAL);
	fputc('\n', stderr);
	free(text);
}
