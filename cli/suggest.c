// SPDX-License-Identifier: LGPL-2.1-or-later
/* suggest.c - the known name nearest to a mistyped one */
#include "messages.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Longer words are not mistyped names. */
#define WORD_MAX 63

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t min = a < b ? a : b;

	return min < c ? min : c;
}

/*
 * Letters to insert, drop, change or swap with their neighbour; upper and
 * lower case are the same. Both words have at most WORD_MAX letters.
 */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[3][WORD_MAX + 1];
	size_t *before = row[0];
	size_t *last = row[1];
	size_t *now = row[2];
	size_t width = strlen(b);

	for (size_t j = 0; j <= width; j++)
		last[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t *oldest = before;

		now[0] = i;
		for (size_t j = 1; j <= width; j++) {
			bool same = same_letter(a[i - 1], b[j - 1]);

			now[j] = least(last[j] + 1, now[j - 1] + 1,
				       last[j - 1] + !same);
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
			    same_letter(a[i - 2], b[j - 1]) &&
			    before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		before = last;
		last = now;
		now = oldest;
	}
	return last[width];
}

void suggest_init(struct suggest *suggest, const char *word)
{
	size_t len = strlen(word);

	suggest->prefix = "";
	suggest->word = word;
	suggest->best = NULL;
	/* one edit in a short word, more in a long one */
	suggest->distance = len > WORD_MAX ? 0 : len < 5 ? 2 : 2 + len / 4;
}

void suggest_offer(struct suggest *suggest, const char *candidate)
{
	size_t len = strlen(suggest->word);
	size_t distance;

	if (len > WORD_MAX || strlen(candidate) > WORD_MAX)
		return;
	distance = edit_distance(suggest->word, candidate);
	/* three letters may be an abbreviation, with a slip behind them */
	if (len >= 3 &&
	    strncasecmp(suggest->word, candidate, len > 3 ? len - 1 : len) == 0)
		distance = 1;
	if (distance < suggest->distance) {
		suggest->best = candidate;
		suggest->distance = distance;
	}
}

void suggest_message(const struct suggest *suggest, const char *what,
		     const char *help)
{
	const char *prefix = suggest->prefix;

	if (suggest->best)
		message("unknown %s '%s%s': did you mean '%s%s'? (%s)", what,
			prefix, suggest->word, prefix, suggest->best, help);
	else
		message("unknown %s '%s%s': %s", what, prefix, suggest->word,
			help);
}
