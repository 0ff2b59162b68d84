/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* collector.h - one look for all who ask at the same time */
#ifndef EXPORTER_COLLECTOR_H
#define EXPORTER_COLLECTOR_H

#include "exporter.h"

/* The texts of an answer: what metrics_print() writes in each format */
enum { TEXT_PLAIN, TEXT_OPENMETRICS, TEXT_COUNT };

/* struct answer - what a look came to; never changes */
struct answer {
	unsigned int refs;
	char *text[TEXT_COUNT];
	size_t size[TEXT_COUNT];
};

struct answer *answer_ref(struct answer *answer);
void answer_unref(struct answer *answer);

/*
 * struct source - where answers come from
 * @next: waits for one, until @deadline_ns of CLOCK_MONOTONIC as far as it can.
 *	Return: the answer, or NULL.
 */
struct source {
	struct answer *(*next)(struct source *source, int64_t deadline_ns);
	void (*free)(struct source *source);
};

/* source_live() - looks at the kernel; NULL after a message */
struct source *source_live(const struct settings *settings);

/* source_remote() - asks the collector at a UNIX socket; NULL: no memory */
struct source *source_remote(const char *path);

struct collector;

/* collector_new() - starts a thread that looks when asked; NULL: cannot */
struct collector *collector_new(struct source *source, int64_t min_interval_ns);

/* collector_free() - waits for the look that is under way */
void collector_free(struct collector *collector);

/*
 * collector_get() - the answer of now
 * @success: whether the look succeeded in time; if not, the answer is that of
 *	the last one that did
 *
 * Return: an answer to unref; NULL: there never was one.
 */
struct answer *collector_get(struct collector *collector, int64_t deadline_ns,
			     bool *success);

/*
 * feed_serve() - hands answers to exporters that connect to a UNIX socket
 * @stop: readable when it is to return
 *
 * Return: 0, or -1 after a message.
 */
int feed_serve(struct collector *collector, const char *path, int stop);

#endif
