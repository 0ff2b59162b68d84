/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* file_tree.h - a tree of each test's own, and paths in it to write to */
#ifndef TEST_FILE_TREE_H
#define TEST_FILE_TREE_H

#include "tree.h"

#include <limits.h>
#include <stdio.h>

static struct tree tree;

static inline void begin(void)
{
	tree_make(&tree);
}

static inline void end(void)
{
	tree_remove(&tree);
}

static inline const char *at(const char *name)
{
	static char path[2][PATH_MAX];
	static int which;

	/* without the directories that tree_path() makes */
	which = !which;
	snprintf(path[which], PATH_MAX, "%s/%s", tree.root, name);
	return path[which];
}

#endif
