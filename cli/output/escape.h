/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* escape.h - text from outside, made harmless for a terminal or a parser */
#ifndef CLI_OUTPUT_ESCAPE_H
#define CLI_OUTPUT_ESCAPE_H

#include <stdio.h>

/*
 * enum escape - who reads it
 * @ESCAPE_TERMINAL: a person; what has no place of its own on the screen in
 *	this locale becomes \xNN
 * @ESCAPE_CSV: a field of RFC 4180 between its quotes: they are doubled;
 *	backslashes become \xNN too, so that nothing is ambiguous
 * @ESCAPE_RAW: a program that splits at blanks; blanks and backslashes become
 *	\xNN too, and a text that is empty or "-" cannot be taken for unknown
 */
enum escape {
	ESCAPE_TERMINAL,
	ESCAPE_CSV,
	ESCAPE_RAW,
};

void escape_print(FILE *out, const char *text, enum escape escape);

#endif
