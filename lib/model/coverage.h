/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * coverage.h - what a question selected, against what was seen
 *
 * Each warning hides a part of what was selected. An answer that rests on that
 * part is not known, one that does not is.
 */
#ifndef TM_MODEL_COVERAGE_H
#define TM_MODEL_COVERAGE_H

#include "model/snapshot.h"

/*
 * enum tm_coverage - the parts, bits
 * @TM_COVERAGE_SOCKETS: every socket is there
 * @TM_COVERAGE_COUNTERS: each has its memory counters
 * @TM_COVERAGE_HOLDERS: each that is there has its holders
 * @TM_COVERAGE_SHARES: no process that was not read shares one of them
 */
enum tm_coverage {
	TM_COVERAGE_SOCKETS = 0x1,
	TM_COVERAGE_COUNTERS = 0x2,
	TM_COVERAGE_HOLDERS = 0x4,
	TM_COVERAGE_SHARES = 0x8,
};

/*
 * tm_coverage_missing() - why @parts, bits, were not all seen
 *
 * Return: the text of the first warning that says so; NULL if they were.
 */
const char *tm_coverage_missing(const struct tcpmem_snapshot *snapshot,
				uint32_t parts);

#endif
