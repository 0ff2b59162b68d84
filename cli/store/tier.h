/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tier.h - what stays of looks that are too old: their sums */
#ifndef CLI_STORE_TIER_H
#define CLI_STORE_TIER_H

#include "store/file.h"

/* tier_make() - the files of sums of a file of looks, which has ended */
void tier_make(const char *dir, const struct file_entry *look);

/* tier_make_missing() - of all files whose writer was killed */
void tier_make_missing(const char *dir);

#endif
