/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stdout_status.h - whether what was printed on stdout has arrived */
#ifndef CLI_STDOUT_STATUS_H
#define CLI_STDOUT_STATUS_H

/*
 * stdout_status() - whether all went well so far
 *
 * To be asked soon after printing: the first failure's cause is remembered.
 *
 * Return: 0, or -EIO.
 */
int stdout_status(void);

/* stdout_flush() - the same of all that was printed, nothing held back */
int stdout_flush(void);

/*
 * stdout_close() - closes stdout and says why it could not all be written
 *
 * A reader that went away wants no message; it is no success either.
 *
 * Return: @code, or EXIT_FAILED, unless @code says worse already.
 */
int stdout_close(int code);

#endif
