/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keep.h - captures kept for later, not more than a directory can bear */
#ifndef CLI_CHECK_KEEP_H
#define CLI_CHECK_KEEP_H

#include "ask.h"

/* KEEP_FILES, KEEP_BYTES - of the files that keep() wrote into a directory */
#define KEEP_FILES 10
#define KEEP_BYTES (INT64_C(1) << 30)

/*
 * keep() - saves a capture in @dir and removes the oldest of its own files
 *
 * Its own are regular files of this user with names as it gives them. It says
 * on stderr what it saved, or why it could not: the check has its answer.
 */
void keep(const struct ask *ask, const char *dir);

#endif
