/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* utf8.h - where characters end, in bytes that may be none */
#ifndef CLI_OUTPUT_UTF8_H
#define CLI_OUTPUT_UTF8_H

#include <stddef.h>

/*
 * utf8_length() - how many bytes the character at @text has
 *
 * Shortest forms only, no surrogates, nothing beyond U+10FFFF. A NUL never
 * continues a character, so the end of the text is not passed.
 *
 * Return: 1 to 4, or 0 if there is no character.
 */
size_t utf8_length(const unsigned char *text);

#endif
