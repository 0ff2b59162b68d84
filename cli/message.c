// SPDX-License-Identifier: LGPL-2.1-or-later
/* message.c - messages to the person at the terminal, on stderr */
#include "message.h"

#include "output/escape.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static bool plugin;

void message_as_plugin(void)
{
	plugin = true;
}

void message_to_stderr(void)
{
	plugin = false;
}

void message(const char *format, ...)
{
	FILE *out = plugin ? stdout : stderr;
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	fputs(plugin ? "TCPMEM UNKNOWN - " : "tcpmem: ", out);
	for (char *c = text; plugin && c && *c; c++)
		*c = *c == '|' ? '/' : *c;
	escape_print(out, text ? text : "out of memory", ESCAPE_TERMINAL);
	fputc('\n', out);
	free(text);
}
