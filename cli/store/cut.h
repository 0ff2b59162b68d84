/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cut.h - a piece of a store, as a store of its own */
#ifndef CLI_STORE_CUT_H
#define CLI_STORE_CUT_H

#include "options.h"
#include "store/file.h"

/* store_cut() - 0, -errno with @why, or an exit code */
int store_cut(const struct options *options, const char *to,
	      char why[FILE_TEXT_SIZE]);

#endif
