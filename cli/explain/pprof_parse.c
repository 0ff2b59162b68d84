// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * pprof_parse.c - the texts of a Go program's /debug/pprof
 *
 * Behind its profile, heap?debug=1 has lines "# HeapInuse = 123", and
 * "# Stack = 123 / 456" where a part is in use of what the kernel gave. The
 * profile itself may be of any length and is passed over.
 */
#include "explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct pprof_metric_term pprof_metrics[PPROF_COUNT] = {
	[PPROF_GOROUTINES] = { "goroutines", "goroutines", NULL, "goroutines" },
	[PPROF_HEAP_ALLOC] = { "heap_alloc", "heap_alloc_bytes",
			       "# HeapAlloc = ",
			       "objects in use or not yet swept" },
	[PPROF_HEAP_INUSE] = { "heap_inuse", "heap_inuse_bytes",
			       "# HeapInuse = ", "spans with objects in them" },
	[PPROF_HEAP_IDLE] = { "heap_idle", "heap_idle_bytes",
			      "# HeapIdle = ", "spans without objects" },
	[PPROF_HEAP_RELEASED] = { "heap_released", "heap_released_bytes",
				  "# HeapReleased = ",
				  "of the idle ones, given back" },
	[PPROF_STACK_INUSE] = { "stack_inuse", "stack_inuse_bytes",
				"# Stack = ", "goroutines' stacks" },
	[PPROF_TABLES] = { "tables", "tables_bytes", NULL,
			   "the runtime's own: spans, caches, gc" },
	[PPROF_KEPT] = { "kept", "kept_bytes", NULL,
			 "all of it that was not given back" },
};

/* A line of the text, without its newline. */
struct line {
	const char *at;
	size_t len;
};

/* next() - takes a line off the @len bytes at @text. Return: false at the end
 */
static bool next(const char **text, size_t *len, struct line *line)
{
	const char *end;

	if (!*len)
		return false;
	end = memchr(*text, '\n', *len);
	line->at = *text;
	line->len = end ? (size_t)(end - *text) : *len;
	*text += line->len + (end ? 1 : 0);
	*len -= line->len + (end ? 1 : 0);
	return true;
}

/* The number behind @word; of "123 / 456" the second if @all. */
static bool number(const struct line *line, const char *word, bool all,
		   int64_t *value)
{
	size_t begin = strlen(word);
	char text[64];
	const char *at = text;
	unsigned long long found;
	char *end;

	if (line->len < begin || memcmp(line->at, word, begin) != 0 ||
	    line->len - begin >= sizeof(text))
		return false;
	memcpy(text, line->at + begin, line->len - begin);
	text[line->len - begin] = '\0';
	if (all) {
		at = strstr(text, " / ");
		if (!at)
			return false;
		at += strlen(" / ");
	}
	if (*at < '0' || *at > '9')
		return false;
	errno = 0;
	found = strtoull(at, &end, 10);
	if (errno || (*end && strncmp(end, " / ", 3) != 0))
		return false;
	return !__builtin_add_overflow(found, 0, value);
}

/* The runtime's own tables: what of them counts, and how many are needed. */
static const struct {
	const char *word;
	bool all; /* what the kernel gave, not what is in use */
} tables[] = {
	{ "# MSpan = ", true },	       { "# MCache = ", true },
	{ "# BuckHashSys = ", false }, { "# GCSys = ", false },
	{ "# OtherSys = ", false },
};

static void read_line(const struct line *line, struct pprof *pprof,
		      size_t *parts)
{
	int64_t bytes;

	for (int i = 0; i < PPROF_COUNT; i++)
		if (pprof_metrics[i].word && !pprof->known[i])
			pprof->known[i] = number(line, pprof_metrics[i].word,
						 false, &pprof->value[i]);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (number(line, tables[i].word, tables[i].all, &bytes) &&
		    !__builtin_add_overflow(pprof->value[PPROF_TABLES], bytes,
					    &pprof->value[PPROF_TABLES]))
			++*parts;
}

static void add_up(struct pprof *pprof)
{
	const int64_t *value = pprof->value;
	int64_t kept;

	for (int i = PPROF_HEAP_INUSE; i < PPROF_KEPT; i++)
		if (!pprof->known[i])
			return;
	if (value[PPROF_HEAP_RELEASED] > value[PPROF_HEAP_IDLE])
		return;
	kept = value[PPROF_HEAP_IDLE] - value[PPROF_HEAP_RELEASED];
	pprof->known[PPROF_KEPT] =
		!__builtin_add_overflow(kept, value[PPROF_HEAP_INUSE], &kept) &&
		!__builtin_add_overflow(kept, value[PPROF_STACK_INUSE],
					&kept) &&
		!__builtin_add_overflow(kept, value[PPROF_TABLES], &kept);
	pprof->value[PPROF_KEPT] = kept;
}

static int read_heap(const char *text, size_t len, struct pprof *pprof)
{
	static const char begin[] = "\n# runtime.MemStats\n";
	const char *at = len ? memmem(text, len, begin, strlen(begin)) : NULL;
	struct line line;
	size_t parts = 0;

	if (!at)
		return -EBADMSG;
	len -= (size_t)(at - text);
	while (next(&at, &len, &line))
		read_line(&line, pprof, &parts);
	pprof->known[PPROF_TABLES] = parts == ARRAY_SIZE(tables);
	add_up(pprof);
	return 0;
}

static int read_goroutine(const char *text, size_t len, struct pprof *pprof)
{
	struct line line;

	if (!next(&text, &len, &line) ||
	    !number(&line, "goroutine profile: total ", false,
		    &pprof->value[PPROF_GOROUTINES]))
		return -EBADMSG;
	pprof->known[PPROF_GOROUTINES] = true;
	return 0;
}

int pprof_parse(const char *heap, size_t heap_len, const char *goroutine,
		size_t goroutine_len, struct pprof **pprof)
{
	struct pprof *p = calloc(1, sizeof(*p));
	int ret;

	if (!p)
		return -ENOMEM;
	ret = read_heap(heap, heap_len, p);
	if (ret == 0 && goroutine)
		ret = read_goroutine(goroutine, goroutine_len, p);
	if (ret < 0)
		free(p);
	else
		*pprof = p;
	return ret;
}
