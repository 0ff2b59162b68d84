/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* retain.h - captures kept for later, not more than a directory can bear */
#ifndef CLI_CHECK_RETAIN_H
#define CLI_CHECK_RETAIN_H

#include "session.h"

/* RETAIN_FILES, RETAIN_BYTES - of the files that retain() wrote into a
 * directory */
#define RETAIN_FILES 10
#define RETAIN_BYTES (INT64_C(1) << 30)

/*
 * retain() - saves a capture in @dir and removes the oldest of its own files
 *
 * Its own are regular files of this user with names as it gives them. It says
 * on stderr what it saved, or why it could not: the check has its answer.
 */
void retain(const struct session *session, const char *dir);

#endif
