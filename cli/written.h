/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* written.h - whether what was printed on stdout has arrived */
#ifndef CLI_WRITTEN_H
#define CLI_WRITTEN_H

/*
 * written() - whether all went well so far
 *
 * To be asked soon after printing: the first failure's cause is remembered.
 *
 * Return: 0, or -EIO.
 */
int written(void);

/* written_flush() - the same of all that was printed, nothing held back */
int written_flush(void);

/*
 * written_close() - closes stdout and says why it could not all be written
 *
 * A reader that went away wants no message; it is no success either.
 *
 * Return: @code, or EXIT_FAILED, unless @code says worse already.
 */
int written_close(int code);

#endif
