/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exposition.h - families and samples in text 0.0.4 and OpenMetrics 1.0 */
#ifndef CLI_METRICS_EXPOSITION_H
#define CLI_METRICS_EXPOSITION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum family_type {
	FAMILY_GAUGE,
	FAMILY_COUNTER,
	FAMILY_INFO,
};

struct metrics_look;
struct exposition;

/*
 * struct family - metrics of one name
 * @name: without the suffix "_total" or "_info"
 * @unit: the name's suffix; NULL: none. "seconds" are given in ns.
 * @label: of each sample; NULL: none
 * @print: its samples
 * @which: the number that @print takes
 */
struct family {
	const char *name;
	enum family_type type;
	const char *unit;
	const char *text;
	const char *label;
	void (*print)(struct exposition *exposition,
		      const struct metrics_look *look);
	size_t which;
};

/*
 * struct exposition - what is being written
 * @family: of the samples that follow; its heading precedes the first
 */
struct exposition {
	FILE *out;
	bool openmetrics;
	const struct family *family;
	bool opened;
};

/* exposition_family() - begins a family */
void exposition_family(struct exposition *exposition,
		       const struct family *family);

/*
 * exposition_sample() - one sample; none if @value is unknown
 * @label: value of the family's label, in UTF-8
 */
void exposition_sample(struct exposition *exposition, const char *label,
		       int64_t value);

/* exposition_sample_by() - the same with a label before: by="program" */
void exposition_sample_by(struct exposition *exposition, const char *by,
			  const char *label, int64_t value);

#endif
