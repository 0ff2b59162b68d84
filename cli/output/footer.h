/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* footer.h - which namespaces an answer is about, and what it lacks */
#ifndef CLI_OUTPUT_FOOTER_H
#define CLI_OUTPUT_FOOTER_H

#include "json.h"
#include "options.h"
#include "tcpmem.h"

/*
 * struct footer - what an answer is about
 * @before: the earlier moment, @diff: what was compared; NULL if there is one
 *	moment only
 * @trend: what was watched; NULL if nothing was
 */
struct footer {
	const struct tcpmem_snapshot *snap;
	const struct tcpmem_snapshot *before;
	const struct tcpmem_diff *diff;
	const struct tcpmem_trend *trend;
};

/* footer_print() - for people, as lines under what they read on stdout */
void footer_print(const struct footer *footer, const struct options *options);

/* footer_print_causes() - why sums may differ from the kernel's, likewise */
void footer_print_causes(const struct tcpmem_reconciliation *books);

/* footer_print_text() - one sentence, wrapped and escaped */
void footer_print_text(const char *text);

/* footer_message() - on stderr, where stdout is for a program */
void footer_message(const struct footer *footer);

/* footer_message_warnings() - what it lacks alone */
void footer_message_warnings(const struct footer *footer);

/* footer_print_warnings() - likewise, on stdout, a line for each */
void footer_print_warnings(const struct footer *footer);

/* footer_json() - time, complete, warnings, netns: members of every answer */
void footer_json(struct json *json, const struct footer *footer);

#endif
