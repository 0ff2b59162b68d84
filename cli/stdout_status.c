// SPDX-License-Identifier: LGPL-2.1-or-later
/* stdout_status.c - whether what was printed on stdout has arrived */
#include "stdout_status.h"

#include "cli.h"
#include "message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* stdio forgets what it could not write, and why. */
static int cause;

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
