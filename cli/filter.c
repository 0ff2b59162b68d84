// SPDX-License-Identifier: LGPL-2.1-or-later
/* filter.c - the FILTER of a command line, and its errors */
#include "options.h"

#include "messages.h"
#include "output/file.h"
#include "output/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

/* Bytes of the filter before the error, and in all, in the message */
#define SHOWN_BEFORE 40
#define SHOWN	     72

static int no_memory(void)
{
	message("out of memory");
	return EXIT_FAILED;
}

/* Words with a blank between them; NULL: no memory */
static char *join(char **words)
{
	size_t len = 1;
	char *text;
	char *end;

	for (size_t i = 0; words[i]; i++)
		len += strlen(words[i]) + 1;
	text = malloc(len);
	if (!text)
		return NULL;
	end = text;
	for (size_t i = 0; words[i]; i++) {
		if (i)
			*end++ = ' ';
		end = stpcpy(end, words[i]);
	}
	*end = '\0';
	return text;
}

/* @len bytes of @text, escaped for a terminal; NULL: no memory */
static char *escaped(const char *text, size_t len)
{
	char *made = NULL;
	size_t size;
	FILE *out = memstream_open(&made, &size);

	if (out)
		escape_print_part(out, text, len, ESCAPE_TERMINAL);
	memstream_end(out, &made);
	return made;
}

/* Columns on the screen of an escaped text */
static size_t width(const char *text)
{
	mbstate_t state = { 0 };
	size_t places = 0;
	wchar_t c;
	size_t len;

	while (*text) {
		len = mbrtowc(&c, text, strlen(text), &state);
		if (len > strlen(text))
			break;
		places += (size_t)wcwidth(c);
		text += len;
	}
	return places;
}

/* A part of the filter, and a line below it of one @mark and then @fill. */
static void add_part(FILE *line, FILE *marks, const char *text, size_t len,
		     char mark, char fill)
{
	char *part = escaped(text, len);
	size_t places = part ? width(part) : 0;

	fputs(part ? part : "?", line);
	for (size_t i = 0; i < places; i++)
		fputc(i ? fill : mark, marks);
	free(part);
}

static bool is_within_character(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* The filter around the error; "..." stands for the rest. */
static void draw(FILE *line, FILE *marks, const char *text,
		 const struct tcpmem_filter_error *error)
{
	size_t len = strlen(text);
	size_t begin = 0;
	size_t end = len;
	size_t marked = error->length;

	if (len > SHOWN && error->offset > SHOWN_BEFORE)
		begin = error->offset - SHOWN_BEFORE;
	while (is_within_character(text[begin]))
		begin++;
	if (len - begin > SHOWN)
		end = begin + SHOWN;
	while (is_within_character(text[end]))
		end++;
	if (marked > end - error->offset)
		marked = end - error->offset;
	add_part(line, marks, "...", begin ? 3 : 0, ' ', ' ');
	add_part(line, marks, text + begin, error->offset - begin, ' ', ' ');
	if (marked)
		add_part(line, marks, text + error->offset, marked, '^', '~');
	else
		fputc('^', marks);
	add_part(line, marks, text + error->offset + marked,
		 end - error->offset - marked, ' ', ' ');
	add_part(line, marks, "...", end < len ? 3 : 0, ' ', ' ');
}

static void print_place(const char *text,
			const struct tcpmem_filter_error *error)
{
	char *drawn[2] = { NULL, NULL };
	size_t size[2];
	FILE *line = memstream_open(&drawn[0], &size[0]);
	FILE *marks = memstream_open(&drawn[1], &size[1]);

	if (line && marks)
		draw(line, marks, text, error);
	memstream_end(line, &drawn[0]);
	memstream_end(marks, &drawn[1]);
	if (drawn[0] && drawn[1]) {
		/* cut blanks at the end of the line of marks */
		while (size[1] && drawn[1][size[1] - 1] == ' ')
			drawn[1][--size[1]] = '\0';
		fprintf(stderr, "  %s\n  %s\n", drawn[0], drawn[1]);
	}
	free(drawn[0]);
	free(drawn[1]);
}

/* What stands for a word that other tools have. */
static const char *find_other_word(const char *word)
{
	static const struct {
		const char *word, *meant;
	} words[] = {
		{ "host", "src HOST' or 'dst HOST" },
		{ "ip", "src HOST' or 'dst HOST" },
		{ "port", "sport PORT' or 'dport PORT" },
		{ "name", "comm NAME" },
		{ "process", "comm NAME' or 'pid PID" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(words[i].word, word) == 0)
			return words[i].meant;
	return NULL;
}

/* "state " and a word of tcpmem_filter_error.found */
#define MEANT_SIZE 72

/*
 * The nearest field, or state as the filter takes it; NULL: none is near.
 * @text: room for it
 */
static const char *find_meant(const struct tcpmem_filter_error *error,
			      char text[MEANT_SIZE])
{
	const char *other = find_other_word(error->found), *name, *field;
	struct suggest suggest;
	uint32_t states;

	if (other)
		return other;
	suggest_init(&suggest, error->found);
	for (size_t i = 0; (name = tcpmem_filter_field_describe(i)->name); i++)
		suggest_offer(&suggest, name);
	field = suggest.best;
	for (int i = 0; i <= TCPMEM_STATE_MAX; i++) {
		name = tcpmem_state_describe((enum tcpmem_state)i)->name;
		if (name)
			suggest_offer(&suggest, name);
	}
	if (tcpmem_states_from_name(error->found, &states) == 0)
		suggest.best = error->found;
	if (!suggest.best)
		return NULL;
	snprintf(text, MEANT_SIZE, "%s%s",
		 suggest.best == field ? "" : "state ", suggest.best);
	return text;
}

static int report_wrong(const char *filter,
			const struct tcpmem_filter_error *error)
{
	char text[MEANT_SIZE];
	const char *meant =
		error->field && error->length ? find_meant(error, text) : NULL;

	if (meant)
		message("wrong filter: nothing is called '%s': did you mean '%s'? "
			"(man 7 tcpmem-filter)",
			error->found, meant);
	else if (error->length)
		message("wrong filter: '%s' stands where %s is expected",
			error->found, error->expected);
	else
		message("wrong filter: %s is expected", error->expected);
	print_place(filter, error);
	return EXIT_USAGE;
}

static int understand(struct options *options, const char *text)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	int ret = options->from
			  ? tcpmem_filter_parse_saved(text, &error,
						      &options->filter)
			  : tcpmem_filter_parse(text, &error, &options->filter);

	if (ret == 0)
		return 0;
	return error.expected ? report_wrong(text, &error) : no_memory();
}

int filter_read(struct options *options, char **words)
{
	char *text;
	int ret;

	if (options->filter_text && *words) {
		message("a filter behind the command and one behind --filter: "
			"join them with 'and'");
		return EXIT_USAGE;
	}
	if (options->filter_text)
		return understand(options, options->filter_text);
	if (!*words && !options->explain_filter)
		return 0;
	text = join(words);
	ret = text ? understand(options, text) : no_memory();
	free(text);
	return ret;
}

int filter_explain(const struct options *options)
{
	char *text;
	char *rest;
	char *line;

	if (tcpmem_filter_explain(options->filter, &text) < 0)
		return no_memory();
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		escape_print(stdout, line, ESCAPE_TERMINAL);
		putchar('\n');
	}
	tcpmem_free(text);
	return EXIT_DONE;
}
