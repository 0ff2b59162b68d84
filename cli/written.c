// SPDX-License-Identifier: LGPL-2.1-or-later
/* written.c - whether what was printed on stdout has arrived */
#include "written.h"

#include "cli.h"
#include "say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* stdio forgets what it could not write, and why. */
static int cause;

int written(void)
{
	if (!ferror(stdout))
		return 0;
	if (!cause)
		cause = errno ? errno : EIO;
	return -EIO;
}

int written_flush(void)
{
	fflush(stdout);
	return written();
}

int written_close(int code)
{
	written_flush();
	if (fclose(stdout) != 0 && !cause)
		cause = errno;
	if (!cause)
		return code;
	say_to_person();
	if (cause != EPIPE)
		say("cannot write the output: %s", strerror(cause));
	return code == EXIT_TROUBLE || code == EXIT_UNKNOWN ? code
							    : EXIT_FAILED;
}
