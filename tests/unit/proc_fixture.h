/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* proc_fixture.h - processes of a made-up /proc, and the fds that they have */
#ifndef TM_PROC_FIXTURE_H
#define TM_PROC_FIXTURE_H

#include "proc/internal.h"
#include "proc_tree.h"

#include <stdbool.h>
#include <stdio.h>

/* A process of one thread without fds. */
static inline void put_process(uint32_t pid)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "%u/task/%u/fd", pid, pid);
	tree_dir(&tree, path);
	snprintf(path, sizeof(path), "%u/fd", pid);
	tree_dir(&tree, path);
	snprintf(path, sizeof(path), "%u/stat", pid);
	snprintf(text, sizeof(text), "%u (a (b) c)" STAT_BEHIND, pid);
	tree_file(&tree, path, text);
}

/* Whether a scan found that @pid has a socket of @inode. */
static inline bool holds(const struct tm_fd_refs *refs, uint32_t pid,
			 uint32_t inode)
{
	for (size_t i = 0; i < refs->count; i++)
		if (refs->fd_ref[i].inode == inode &&
		    refs->process[refs->fd_ref[i].process].pid == pid)
			return true;
	return false;
}

#endif
