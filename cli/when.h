/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* when.h - moments as text */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

#include <stdint.h>

#define WHEN_SIZE 64

/* when_text() - ns since 1970 as "2026-11-25T22:15:00Z"; "" beyond reason */
void when_text(int64_t ns, char text[WHEN_SIZE]);

/* when_text_ms() - the same with milliseconds */
void when_text_ms(int64_t ns, char text[WHEN_SIZE]);

#endif
