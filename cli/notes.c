// SPDX-License-Identifier: LGPL-2.1-or-later
/* notes.c - which namespaces an answer is about, and what it lacks */
#include "notes.h"

#include "escape.h"
#include "say.h"
#include "term.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINE_WIDTH 79

/* Words that do not fit go to the next line, behind the same two blanks. */
void notes_print_text(const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " ");
		char word[256];

		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		if (!column || column + 1 + len > LINE_WIDTH) {
			fputs(column ? "\n  " : "  ", stdout);
			column = 2;
		} else {
			putchar(' ');
			column++;
		}
		escape_print(stdout, word, ESCAPE_TERMINAL);
		column += len;
		text += len + strspn(text + len, " ");
	}
	putchar('\n');
}

/* "self (net:[4026531840])"; more than one is counted. NULL: no memory. */
static char *scope_text(const struct tcpmem_snapshot *snap)
{
	size_t count = tcpmem_snapshot_get_netns_count(snap);
	char *text;
	int len;

	if (count == 1)
		len = asprintf(&text,
			       "network namespace %s (net:[%" PRIu64 "])",
			       tcpmem_snapshot_get_netns_name(snap, 0),
			       tcpmem_snapshot_get_netns_inode(snap, 0));
	else
		len = asprintf(&text, "%zu network namespaces", count);
	return len < 0 ? NULL : text;
}

void notes_print(const struct tcpmem_snapshot *snap,
		 const struct options *options)
{
	bool color = term_has_color(options->color);
	size_t count = tcpmem_snapshot_get_gap_count(snap);
	char *scope = scope_text(snap);

	fputs("\nSeen: ", stdout);
	escape_print(stdout, scope ? scope : "?", ESCAPE_TERMINAL);
	if (options->states)
		fputs(", only sockets in the states asked for", stdout);
	putchar('\n');
	free(scope);
	if (!count)
		return;
	if (color)
		fputs(TERM_YELLOW, stdout);
	fputs("Not seen:\n", stdout);
	for (size_t i = 0; i < count; i++)
		notes_print_text(tcpmem_snapshot_get_gap_text(snap, i));
	if (color)
		fputs(TERM_RESET, stdout);
}

void notes_print_causes(const struct tcpmem_reconciliation *books)
{
	size_t count = tcpmem_reconciliation_get_cause_count(books);

	if (count)
		puts("The kernel's count differs because:");
	for (size_t i = 0; i < count; i++)
		notes_print_text(
			tcpmem_reconciliation_get_cause_text(books, i));
}

void notes_say(const struct tcpmem_snapshot *snap)
{
	char *scope = scope_text(snap);

	say("seen: %s", scope ? scope : "?");
	free(scope);
	notes_say_gaps(snap);
}

void notes_say_gaps(const struct tcpmem_snapshot *snap)
{
	for (size_t i = 0; i < tcpmem_snapshot_get_gap_count(snap); i++)
		say("not seen: %s", tcpmem_snapshot_get_gap_text(snap, i));
}

static void json_time(struct json *json, int64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	char text[64];
	struct tm utc;
	size_t len;

	gmtime_r(&seconds, &utc);
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + len, sizeof(text) - len, ".%03dZ",
		 (int)(ns % 1000000000 / 1000000));
	json_text(json, "time", text);
}

static void json_warnings(struct json *json, const struct tcpmem_snapshot *snap)
{
	json_open_array(json, "warnings");
	for (size_t i = 0; i < tcpmem_snapshot_get_gap_count(snap); i++) {
		json_open_object(json, NULL);
		json_text(
			json, "code",
			tcpmem_gap_name(tcpmem_snapshot_get_gap_code(snap, i)));
		json_text(json, "text", tcpmem_snapshot_get_gap_text(snap, i));
		json_close_object(json);
	}
	json_close_array(json);
}

static bool is_narrowed(const struct tcpmem_snapshot *snap)
{
	for (size_t i = 0; i < tcpmem_snapshot_get_gap_count(snap); i++)
		if (tcpmem_snapshot_get_gap_code(snap, i) ==
		    TCPMEM_GAP_NETNS_SCOPE)
			return true;
	return false;
}

static void json_netns(struct json *json, const struct tcpmem_snapshot *snap)
{
	size_t count = tcpmem_snapshot_get_netns_count(snap);

	json_open_object(json, "netns");
	json_text(json, "scope", is_narrowed(snap) ? "selected" : "all");
	json_integer(json, "count", (int64_t)count);
	json_open_array(json, "namespaces");
	for (size_t i = 0; i < count; i++) {
		uint64_t inode = tcpmem_snapshot_get_netns_inode(snap, i);

		json_open_object(json, NULL);
		json_text(json, "name",
			  tcpmem_snapshot_get_netns_name(snap, i));
		if (inode)
			json_id(json, "inode", inode);
		else
			json_null(json, "inode");
		json_close_object(json);
	}
	json_close_array(json);
	json_close_object(json);
}

void notes_json(struct json *json, const struct tcpmem_snapshot *snap)
{
	json_time(json, tcpmem_snapshot_get_time_ns(snap));
	json_bool(json, "complete", tcpmem_snapshot_is_complete(snap));
	json_warnings(json, snap);
	json_netns(json, snap);
}
