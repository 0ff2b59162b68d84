/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* text.h - text for people and terminals: escapes, units, dates, colours */
#ifndef CLI_OUTPUT_TEXT_H
#define CLI_OUTPUT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * enum escape - the reader of a text
 * @ESCAPE_TERMINAL: a person; characters without a width in this locale become
 *	\xNN
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

/* escape_print_part() - the first @len bytes; RAW: they are not all of it */
void escape_print_part(FILE *out, const char *text, size_t len,
		       enum escape escape);

/*
 * utf8_length() - how many bytes the character at @text has
 *
 * Shortest forms only, no surrogates, nothing beyond U+10FFFF. A NUL never
 * continues a character, so the end of the text is not passed.
 *
 * Return: 1 to 4, or 0 if there is no character.
 */
size_t utf8_length(const unsigned char *text);

/*
 * utf8_control() - the character at @text if it steers whoever shows it
 * @len: its bytes
 *
 * Controls of C0 and C1, which terminals obey; those of bidirectional text and
 * the ends of lines, with which a name can look like another.
 *
 * Return: its number; 0: it is another, or the end of the text
 */
uint32_t utf8_control(const unsigned char *text, size_t len);

/* text_width() - columns that an escaped text takes */
int text_width(const char *text);

/* text_prefix() - bytes of it in @width columns at most; @taken: columns */
size_t text_prefix(const char *text, int width, int *taken);

/*
 * text_fit() - @text in @width columns, filled up with blanks
 * @right: blanks come first
 *
 * A text that is too long loses its middle: of a path the end is kept, of
 * "name[pid]" the pid.
 */
void text_fit(FILE *out, const char *text, int width, bool right, bool utf8);

/* text_cut() - its begin, in @width columns with a mark, if it is wider */
void text_cut(FILE *out, const char *text, int width, bool utf8);

#define HUMAN_SIZE 24

/*
 * human_bytes() - "0B", "512B", "1.5K", "213M", "-3.9K"
 *
 * K, M, G ... are powers of 1024. One decimal below 100, none above.
 */
void human_bytes(int64_t bytes, char text[HUMAN_SIZE]);

/* human_round() - the nearest integer; the largest, where none is near */
int64_t human_round(double value);

/*
 * human_time() - "0us", "812us", "3.4ms", "58.1s", "2.5h", "12.0d"
 * @us: microseconds, 0 at least
 *
 * One decimal below 100, none above; what is left over is cut off.
 */
void human_time(int64_t us, char text[HUMAN_SIZE]);

#define WHEN_SIZE 64

/* when_text() - ns since 1970 as "2026-11-25T22:15:00Z", or "unknown" */
void when_text(int64_t ns, char text[WHEN_SIZE]);

/* when_text_ms() - the same with milliseconds */
void when_text_ms(int64_t ns, char text[WHEN_SIZE]);

#define TERM_BOLD   "\033[1m"
#define TERM_RED    "\033[31m"
#define TERM_GREEN  "\033[32m"
#define TERM_YELLOW "\033[33m"
#define TERM_RESET  "\033[0m"

enum color {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* term_has_color() - whether stdout gets colours */
bool term_has_color(enum color color);

/* term_width() - columns of the terminal that stdout is; 0: it is none */
int term_width(void);

/* term_has_utf8() - whether the locale's characters are UTF-8 */
bool term_has_utf8(void);

/* struct bar - sockstat's mem and net.ipv4.tcp_mem in bytes; @high > 0 */
struct bar {
	int64_t used;
	int64_t low;
	int64_t pressure;
	int64_t high;
};

/*
 * bar_print() - a line: the part in use, marks at low and pressure, percent
 *
 * In the locale's characters: ASCII where they are not UTF-8.
 */
void bar_print(FILE *out, const struct bar *bar, bool color);

/* bar_print_cells() - the bar alone, in @width columns and one for its end */
void bar_print_cells(FILE *out, const struct bar *bar, int width, bool utf8);

#endif
