// SPDX-License-Identifier: LGPL-2.1-or-later
/* messages.c - messages on stderr, and whether stdout was written */
#include "messages.h"
#include "cli.h"
#include "output/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool plugin;
static bool mute;

void message_as_plugin(void)
{
	plugin = true;
}

void message_to_stderr(void)
{
	plugin = false;
}

void message_mute(bool on)
{
	mute = on;
}

static void __attribute__((format(printf, 2, 0)))
print(bool as_plugin, const char *format, va_list args)
{
	FILE *out = as_plugin ? stdout : stderr;
	char *text;

	if (mute)
		return;
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	fputs(as_plugin ? "TCPMEM UNKNOWN - " : "tcpmem: ", out);
	for (char *c = text; as_plugin && c && *c; c++)
		*c = *c == '|' ? '/' : *c;
	escape_print(out, text ? text : "out of memory", ESCAPE_TERMINAL);
	fputc('\n', out);
	free(text);
}

void message(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(plugin, format, args);
	va_end(args);
}

void message_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(false, format, args);
	va_end(args);
}

/* errno of the first write that failed: stdio does not keep it */
static int cause;

void stdout_lost(int error)
{
	if (!cause)
		cause = error;
}

int stdout_status(void)
{
	if (!ferror(stdout))
		return 0;
	if (!cause)
		cause = errno ? errno : EIO;
	return -EIO;
}

int stdout_flush(void)
{
	fflush(stdout);
	return stdout_status();
}

int stdout_close(int code)
{
	stdout_flush();
	if (fclose(stdout) != 0 && !cause)
		cause = errno;
	if (!cause)
		return code;
	message_to_stderr();
	if (cause != EPIPE)
		message("cannot write the output: %s", strerror(cause));
	return code == EXIT_TROUBLE || code == EXIT_UNKNOWN ? code
							    : EXIT_FAILED;
}
