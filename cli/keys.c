// SPDX-License-Identifier: LGPL-2.1-or-later
/* keys.c - the grouping keys of the command line */
#include "options.h"

#include "cli.h"
#include "messages.h"
#include "tcpmem.h"

#include <errno.h>
#include <string.h>

static bool is_key(const char *word, struct suggest *suggest)
{
	uint32_t needs = 0;
	const char *name;

	suggest_init(suggest, word);
	for (size_t i = 0; (name = tcpmem_key_describe(i)->name); i++)
		suggest_offer(suggest, name);
	return tcpmem_keys_require(word, &needs) == 0;
}

/* The library tells that a key is unknown, but not which. */
int keys_report(int err, const char *keys)
{
	char word[64];

	if (err != -EINVAL) {
		message("%s", strerror(-err));
		return EXIT_FAILED;
	}
	while (keys) {
		size_t len = strcspn(keys, ",");
		struct suggest suggest;

		snprintf(word, sizeof(word), "%.*s", (int)len, keys);
		if (!is_key(word, &suggest)) {
			suggest_message(&suggest, "key",
					"'tcpmem by --help' lists the keys");
			return EXIT_USAGE;
		}
		keys = keys[len] ? keys + len + 1 : NULL;
	}
	message("a grouping has 4 keys at most");
	return EXIT_USAGE;
}

/* tcpmem(1) explains the keys: here they would not fit a screen. */
void keys_help(FILE *out)
{
	const char *name;
	int column = 0;

	fputs("Keys, or up to 4 with commas between:\n", out);
	for (size_t i = 0; (name = tcpmem_key_describe(i)->name); i++) {
		if (column > 60) {
			fputs("\n", out);
			column = 0;
		}
		column += fprintf(out, "%s%s", column ? " " : "  ", name);
	}
	fputs("\n", out);
}
