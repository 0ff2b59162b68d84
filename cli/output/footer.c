// SPDX-License-Identifier: LGPL-2.1-or-later
/* footer.c - the namespaces, times and warnings of snapshots */
#include "output.h"

#include "file.h"
#include "messages.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Where stdout is no terminal */
#define LINE_WIDTH 79

static int line_width(void)
{
	return term_width() > 1 ? term_width() - 1 : LINE_WIDTH;
}

/* Words beyond the line's width go to the next line, behind two blanks. */
static int print_wrapped(const char *text, size_t indent)
{
	size_t width = (size_t)line_width();
	size_t column = indent;
	bool first = true;
	int lines = 1;

	printf("%*s", (int)indent, "");
	while (*text) {
		size_t len = strcspn(text, " ");

		if (!first && column + 1 + len > width) {
			fputs("\n  ", stdout);
			column = 2;
			lines++;
		} else if (!first) {
			putchar(' ');
			column++;
		}
		first = false;
		escape_print_part(stdout, text, len, ESCAPE_TERMINAL);
		column += len;
		text += len + strspn(text + len, " ");
	}
	putchar('\n');
	return lines;
}

__attribute__((format(printf, 2, 0))) static int
print_text(size_t indent, const char *format, va_list args)
{
	char *text;
	int lines;

	if (vasprintf(&text, format, args) < 0) {
		stdout_lost(ENOMEM);
		return 0;
	}
	lines = print_wrapped(text, indent);
	free(text);
	return lines;
}

int footer_print_text(const char *format, ...)
{
	va_list args;
	int lines;

	va_start(args, format);
	lines = print_text(2, format, args);
	va_end(args);
	return lines;
}

int footer_print_line(const char *format, ...)
{
	va_list args;
	int lines;

	va_start(args, format);
	lines = print_text(0, format, args);
	va_end(args);
	return lines;
}

/* As long as names of files, and so of namespaces, are */
#define SCOPE_SIZE 320

/* "network namespace self (net:[4026531840])", or how many */
static const char *scope_text(const struct tcpmem_snapshot *snap,
			      char text[SCOPE_SIZE])
{
	size_t count = tcpmem_snapshot_get_netns_count(snap);
	const char *name;
	int64_t inode;

	if (count == 1) {
		name = tcpmem_snapshot_get_netns(snap, 0, &inode);
		snprintf(text, SCOPE_SIZE,
			 "network namespace %s (net:[%" PRId64 "])", name,
			 inode == TCPMEM_UNKNOWN ? 0 : inode);
	} else {
		snprintf(text, SCOPE_SIZE, "%zu network namespaces", count);
	}
	return text;
}

/*
 * struct warnings - those of both snapshots, the earlier one's first, one by
 * one; @before: how many these are
 */
struct warnings {
	const struct footer *footer;
	size_t before;
	size_t i;
};

static struct warnings begin_warnings(const struct footer *footer)
{
	struct warnings all = { .footer = footer };

	while (footer->before &&
	       tcpmem_snapshot_get_warning(footer->before, all.before, NULL))
		all.before++;
	return all;
}

/* Warning @i; NULL: there are not so many */
static const char *warning_text(const struct warnings *all, size_t i,
				enum tcpmem_warning_code *code)
{
	const struct footer *footer = all->footer;

	return i < all->before
		       ? tcpmem_snapshot_get_warning(footer->before, i, code)
		       : tcpmem_snapshot_get_warning(footer->snap,
						     i - all->before, code);
}

static bool is_repeat(const struct warnings *all, size_t i)
{
	const char *text = warning_text(all, i, NULL);

	for (size_t j = 0; j < i; j++)
		if (strcmp(warning_text(all, j, NULL), text) == 0)
			return true;
	return false;
}

static bool is_narrowed(const struct tcpmem_snapshot *snap)
{
	enum tcpmem_warning_code code;

	for (size_t i = 0; tcpmem_snapshot_get_warning(snap, i, &code); i++)
		if (code == TCPMEM_WARNING_NETNS_SCOPE)
			return true;
	return false;
}

static bool has_netns(const struct tcpmem_snapshot *snap, const char *name,
		      int64_t inode)
{
	size_t count = tcpmem_snapshot_get_netns_count(snap);

	for (size_t i = 0; i < count; i++) {
		int64_t other;

		if (strcmp(tcpmem_snapshot_get_netns(snap, i, &other), name) ==
			    0 ||
		    other == inode)
			return true;
	}
	return false;
}

/* Whether @snap was not asked for all network namespaces of @other. */
static bool lacks_netns(const struct tcpmem_snapshot *snap,
			const struct tcpmem_snapshot *other)
{
	size_t count =
		is_narrowed(snap) ? tcpmem_snapshot_get_netns_count(other) : 0;

	for (size_t i = 0; i < count; i++) {
		int64_t inode;
		const char *name = tcpmem_snapshot_get_netns(other, i, &inode);

		if (!has_netns(snap, name, inode))
			return true;
	}
	return false;
}

bool footer_is_partial(const struct footer *footer)
{
	return footer->before && (lacks_netns(footer->before, footer->snap) ||
				  lacks_netns(footer->snap, footer->before));
}

/* The next warning, none of them twice; NULL: there is no more */
static const char *next_warning(struct warnings *all,
				enum tcpmem_warning_code *code)
{
	const char *text;

	do
		text = warning_text(all, all->i, code);
	while (text && is_repeat(all, all->i++));
	return text;
}

/* A warning about namespaces that were not asked for stands in the scope. */
static const char *next_shown(struct warnings *all)
{
	enum tcpmem_warning_code code;
	const char *text;

	do
		text = next_warning(all, &code);
	while (text && code == TCPMEM_WARNING_NETNS_SCOPE);
	return text;
}

static void print_elapsed(const struct tcpmem_diff *diff)
{
	int64_t ns;

	if (tcpmem_diff_get_elapsed_ns(diff, &ns) < 0) {
		puts("; the time between them is unknown");
		return;
	}
	printf(", %.1f seconds %s\n", (double)(ns < 0 ? -ns : ns) / 1e9,
	       ns < 0 ? "before it" : "later");
}

/* The sizes of subflows are read only where there are any. */
static bool has_other_sizes(const struct footer *footer)
{
	for (int i = 0; i < TCPMEM_OBJECT_COUNT; i++) {
		enum tcpmem_object object = (enum tcpmem_object)i;

		if (object != TCPMEM_OBJECT_SUBFLOW &&
		    tcpmem_snapshot_get_object(footer->before, object, NULL) !=
			    tcpmem_snapshot_get_object(footer->snap, object,
						       NULL))
			return true;
	}
	return false;
}

/* How sockets were told for the same, where that is not their cookie */
static void print_match(const struct footer *footer)
{
	static const char *const texts[] = {
		[TCPMEM_MATCH_ADDRESS] =
			"One of them has no boot id: sockets with the same "
			"cookie and addresses were taken for the same.",
		[TCPMEM_MATCH_NOTHING] =
			"They are of two boots or two hosts: they have no "
			"socket and no process in common.",
	};
	enum tcpmem_match match = tcpmem_diff_get_match(footer->diff);

	if (texts[match])
		footer_print_text("%s", texts[match]);
	if (match != TCPMEM_MATCH_NOTHING && has_other_sizes(footer))
		footer_print_text("They have the sizes of the kernel's objects "
				  "from different sources: those of the later "
				  "one are taken for both.");
	if (footer_is_partial(footer))
		footer_print_text("One of them was not asked for all network "
				  "namespaces of the other: sockets there are "
				  "not compared.");
}

static void print_compared(const struct footer *footer)
{
	const struct tcpmem_snapshot *snaps[] = { footer->before,
						  footer->snap };

	for (size_t i = 0; i < 2; i++) {
		int64_t ns = tcpmem_snapshot_get_time_ns(snaps[i]);
		char text[WHEN_SIZE];

		when_text(ns, text);
		printf("%s%s", i ? " with " : "Compared: ", text);
	}
	print_elapsed(footer->diff);
	print_match(footer);
}

/* As many words as a line has room for */
static void print_words(const char *text)
{
	int taken;
	size_t len = text_prefix(text, line_width(), &taken);

	if (text[len]) {
		len = text_prefix(text, line_width() - 1, &taken);
		while (len && text[len - 1] != ' ')
			len--;
	}
	printf("%.*s%s\n", (int)len, text,
	       !text[len]	 ? ""
	       : term_has_utf8() ? "\u2026"
				 : "~");
}

/* "Warnings: 3 (-v tells all): the file descriptors of 69 processes ~" */
static void print_brief(const char *label, size_t count, const char *text)
{
	char *line = NULL;
	size_t size;
	FILE *out = memstream_open(&line, &size);

	if (out) {
		fprintf(out, "%s: %zu (-v tells all): ", label, count);
		escape_print(out, text, ESCAPE_TERMINAL);
	}
	memstream_end(out, &line);
	if (line)
		print_words(line);
	free(line);
}

static void print_all(const struct footer *footer)
{
	struct warnings all = begin_warnings(footer);
	const char *text;

	fputs("Warnings:\n", stdout);
	while ((text = next_shown(&all)))
		footer_print_text("%s", text);
}

static void print_warnings(const struct footer *footer, bool color)
{
	struct warnings all = begin_warnings(footer);
	const char *first = next_shown(&all);
	size_t count = 0;

	for (const char *text = first; text; text = next_shown(&all))
		count++;
	if (!count)
		return;
	if (color)
		fputs(TERM_YELLOW, stdout);
	if (footer->brief)
		print_brief("Warnings", count, first);
	else
		print_all(footer);
	if (color)
		fputs(TERM_RESET, stdout);
}

void footer_print_causes(const struct tcpmem_reconciliation *reconciliation,
			 bool brief)
{
	size_t count = 0;
	const char *text;

	while (tcpmem_reconciliation_get_cause(reconciliation, count, NULL))
		count++;
	if (brief && count)
		print_brief("Causes of the difference", count,
			    tcpmem_reconciliation_get_cause(reconciliation, 0,
							    NULL));
	for (size_t i = brief ? count : 0;
	     (text = tcpmem_reconciliation_get_cause(reconciliation, i, NULL));
	     i++) {
		if (i == 0)
			puts("The kernel's count differs because:");
		footer_print_text("%s", text);
	}
}

/* One text for stdout and stderr */
#define MISSED_TEXT \
	"%" PRId64 " samples fewer than asked for: each takes too long"

void footer_print_missed(int64_t missed)
{
	if (missed)
		footer_print_text(MISSED_TEXT, missed);
}

static void print_scope(const struct footer *footer,
			const struct options *options)
{
	char scope[SCOPE_SIZE];

	fputs("Scope: ", stdout);
	escape_print(stdout, scope_text(footer->snap, scope), ESCAPE_TERMINAL);
	if (is_narrowed(footer->snap))
		fputs("; others are not counted", stdout);
	if (options->states)
		fputs(", only sockets in the states of --state", stdout);
	if (options->filter)
		fputs(", only sockets that match the filter", stdout);
	putchar('\n');
}

void footer_print(const struct footer *footer, const struct options *options)
{
	putchar('\n');
	if (footer->diff)
		print_compared(footer);
	if (footer->trend)
		printf("Watched: %.1f seconds, %" PRIu64 " samples\n",
		       (double)tcpmem_trend_get_elapsed_ns(footer->trend) / 1e9,
		       tcpmem_trend_get_sample_count(footer->trend));
	footer_print_missed(footer->missed);
	print_scope(footer, options);
	print_warnings(footer, term_has_color(options->color));
}

void footer_message(const struct footer *footer)
{
	char scope[SCOPE_SIZE];

	message("scope: %s%s", scope_text(footer->snap, scope),
		is_narrowed(footer->snap) ? "; others are not counted" : "");
	if (footer->missed)
		message(MISSED_TEXT, footer->missed);
	footer_message_warnings(footer);
}

void footer_print_warnings(FILE *out, const char *prefix,
			   const struct footer *footer)
{
	struct warnings all = begin_warnings(footer);
	const char *text;

	while ((text = next_shown(&all))) {
		fputs(prefix, out);
		escape_print(out, text, ESCAPE_TERMINAL);
		putc('\n', out);
	}
}

void footer_message_warnings(const struct footer *footer)
{
	struct warnings all = begin_warnings(footer);
	const char *text;

	while ((text = next_shown(&all)))
		message("warning: %s", text);
}

void footer_json_time(struct json *json, const char *key, int64_t ns)
{
	char text[WHEN_SIZE];

	if (ns != TCPMEM_UNKNOWN)
		when_text_ms(ns, text);
	json_text(json, key, ns == TCPMEM_UNKNOWN ? NULL : text);
}

static void json_warnings(struct json *json, const struct footer *footer)
{
	struct warnings all = begin_warnings(footer);
	enum tcpmem_warning_code code;
	const char *text;

	json_open_array(json, "warnings");
	while ((text = next_warning(&all, &code))) {
		json_open_object(json, NULL);
		json_text(json, "code",
			  tcpmem_warning_code_describe(code)->name);
		json_text(json, "text", text);
		json_close_object(json);
	}
	json_close_array(json);
}

/* The time of the earlier snapshot, and how sockets were matched */
static void json_compared(struct json *json, const struct footer *footer)
{
	int64_t ns;

	footer_json_time(json, "before",
			 tcpmem_snapshot_get_time_ns(footer->before));
	if (tcpmem_diff_get_elapsed_ns(footer->diff, &ns) < 0)
		ns = TCPMEM_UNKNOWN;
	json_seconds(json, "elapsed_seconds", ns, 1e9);
	json_text(json, "match",
		  tcpmem_match_describe(tcpmem_diff_get_match(footer->diff))
			  ->name);
}

static void json_namespace(struct json *json,
			   const struct tcpmem_snapshot *snap, size_t index)
{
	int64_t inode;
	const char *name = tcpmem_snapshot_get_netns(snap, index, &inode);

	json_open_object(json, NULL);
	json_text(json, "name", name);
	if (inode != TCPMEM_UNKNOWN)
		json_id(json, "inode", (uint64_t)inode);
	else
		json_null(json, "inode");
	json_close_object(json);
}

static void json_netns(struct json *json, const struct tcpmem_snapshot *snap)
{
	size_t count = tcpmem_snapshot_get_netns_count(snap);

	json_open_object(json, "netns");
	json_text(json, "scope", is_narrowed(snap) ? "selected" : "all");
	json_integer(json, "count", (int64_t)count);
	json_open_array(json, "namespaces");
	for (size_t i = 0; i < count; i++)
		json_namespace(json, snap, i);
	json_close_array(json);
	json_close_object(json);
}

void footer_json(struct json *json, const struct footer *footer)
{
	bool complete = tcpmem_snapshot_is_complete(footer->snap) &&
			!footer_is_partial(footer) &&
			(!footer->before ||
			 tcpmem_snapshot_is_complete(footer->before));

	footer_json_time(json, "time",
			 tcpmem_snapshot_get_time_ns(footer->snap));
	json_bool(json, "complete", complete);
	json_warnings(json, footer);
	json_netns(json, footer->snap);
	if (footer->diff)
		json_compared(json, footer);
	if (!footer->trend)
		return;
	json_seconds(json, "elapsed_seconds",
		     tcpmem_trend_get_elapsed_ns(footer->trend), 1e9);
	json_integer(json, "samples",
		     (int64_t)tcpmem_trend_get_sample_count(footer->trend));
	json_integer(json, "samples_missed", footer->missed);
}
