/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* human.h - bytes and times for people */
#ifndef CLI_OUTPUT_HUMAN_H
#define CLI_OUTPUT_HUMAN_H

#include <stdint.h>

#define HUMAN_SIZE 24

/*
 * human_bytes() - "0B", "512B", "1.5K", "213M", "-3.9K"
 *
 * K, M, G ... are powers of 1024. One decimal below 100, none above.
 */
void human_bytes(int64_t bytes, char text[HUMAN_SIZE]);

/*
 * human_time() - "0us", "812us", "3.4ms", "58.1s", "2.5h", "12.0d"
 * @us: microseconds, 0 at least
 *
 * One decimal below 100, none above; what is left over is cut off.
 */
void human_time(int64_t us, char text[HUMAN_SIZE]);

#endif
