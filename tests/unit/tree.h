/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tree.h - a directory that stands in for /proc or /sys */
#ifndef TM_TREE_H
#define TM_TREE_H

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tree {
	char root[64];
};

static inline void tree_fail(const char *what, const char *path)
{
	fprintf(stderr, "tree: %s %s: %s\n", what, path, strerror(errno));
	abort();
}

static inline void tree_make(struct tree *tree)
{
	snprintf(tree->root, sizeof(tree->root), "/tmp/tcpmem-tree-XXXXXX");
	if (!mkdtemp(tree->root))
		tree_fail("mkdtemp", tree->root);
}

static inline int tree_unlink(const char *path, const struct stat *st, int type,
			      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void tree_remove(struct tree *tree)
{
	nftw(tree->root, tree_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* Puts @path together and makes the directories above it. */
static inline void tree_path(const struct tree *tree, const char *path,
			     char full[PATH_MAX])
{
	snprintf(full, PATH_MAX, "%s/%s", tree->root, path);
	for (char *slash = full + strlen(tree->root) + 1;
	     (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(full, 0755) < 0 && errno != EEXIST)
			tree_fail("mkdir", full);
		*slash = '/';
	}
}

static inline void tree_dir(const struct tree *tree, const char *path)
{
	char full[PATH_MAX];

	tree_path(tree, path, full);
	if (mkdir(full, 0755) < 0 && errno != EEXIST)
		tree_fail("mkdir", full);
}

static inline void tree_bytes(const struct tree *tree, const char *path,
			      const void *bytes, size_t len)
{
	char full[PATH_MAX];
	FILE *file;

	tree_path(tree, path, full);
	file = fopen(full, "w");
	if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) < 0)
		tree_fail("write", full);
}

static inline void tree_file(const struct tree *tree, const char *path,
			     const char *text)
{
	tree_bytes(tree, path, text, strlen(text));
}

static inline void tree_link(const struct tree *tree, const char *path,
			     const char *target)
{
	char full[PATH_MAX];

	tree_path(tree, path, full);
	unlink(full);
	if (symlink(target, full) < 0)
		tree_fail("symlink", full);
}

#endif
