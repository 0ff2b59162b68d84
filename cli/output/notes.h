/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* notes.h - which namespaces an answer is about, and what it lacks */
#ifndef CLI_OUTPUT_NOTES_H
#define CLI_OUTPUT_NOTES_H

#include "json.h"
#include "options.h"
#include "tcpmem.h"

/*
 * struct notes - what an answer is about
 * @before: the earlier moment, @diff: what was compared; NULL if there is one
 *	moment only
 * @trend: what was watched; NULL if nothing was
 */
struct notes {
	const struct tcpmem_snapshot *snap;
	const struct tcpmem_snapshot *before;
	const struct tcpmem_diff *diff;
	const struct tcpmem_trend *trend;
};

/* notes_print() - for people, as lines under what they read on stdout */
void notes_print(const struct notes *notes, const struct options *options);

/* notes_print_causes() - why sums may differ from the kernel's, likewise */
void notes_print_causes(const struct tcpmem_reconciliation *books);

/* notes_print_text() - one sentence, wrapped and escaped */
void notes_print_text(const char *text);

/* notes_say() - on stderr, where stdout is for a program */
void notes_say(const struct notes *notes);

/* notes_say_gaps() - what it lacks alone */
void notes_say_gaps(const struct notes *notes);

/* notes_print_gaps() - likewise, on stdout, a line for each */
void notes_print_gaps(const struct notes *notes);

/* notes_json() - time, complete, warnings, netns: members of every answer */
void notes_json(struct json *json, const struct notes *notes);

#endif
