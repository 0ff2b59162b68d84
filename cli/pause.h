/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pause.h - waiting */
#ifndef CLI_PAUSE_H
#define CLI_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

/* pause_for() - waits so many ns; signals do not shorten it */
void pause_for(int64_t ns);

#endif
