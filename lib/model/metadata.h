/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* metadata.h - where sockets and processes live: cgroups and programs */
#ifndef TM_MODEL_METADATA_H
#define TM_MODEL_METADATA_H

#include "base/blobs.h"

#include <stddef.h>

/* ---- the cgroups of sockets, the cgroups and programs of processes ---- */

/* The number of a text that is unknown. */
#define TM_METADATA_UNKNOWN UINT32_MAX

/*
 * A cgroup of the v2 hierarchy; @path is TM_METADATA_UNKNOWN until it is found.
 */
struct tm_cgroup {
	uint64_t id;
	uint32_t path;
};

/* Of the process with the same index. */
struct tm_process_metadata {
	uint32_t program; /* path of its executable, else its comm */
	uint32_t cgroup;  /* path in the v1 memory hierarchy, else in v2 */
};

/* All zero is empty; numbers refer to @texts. */
struct tm_metadata {
	struct tm_blobs texts;
	struct tm_cgroup *cgroup;
	size_t cgroup_count, cgroup_capacity;
	struct tm_index by_id; /* of cgroups */
	uint32_t seed; /* hash seed, since ids may collide on purpose; 0: not
			  drawn yet */
	struct tm_process_metadata *process;
	size_t process_count;
};

void tm_metadata_deinit(struct tm_metadata *metadata);

/* tm_metadata_want() - a socket is in cgroup @id. Return: 0 or -ENOMEM. */
int tm_metadata_want(struct tm_metadata *metadata, uint64_t id);

/* tm_metadata_find() - the cgroup with @id; NULL if no socket is in it */
struct tm_cgroup *tm_metadata_find(const struct tm_metadata *metadata,
				   uint64_t id);

/*
 * what a cgroup's path says about who lives there
 *
 * Pure. Paths are as the kernel gives them, from the root of the hierarchy;
 * what systemd, docker, podman, containerd, CRI-O, kubernetes (with either
 * cgroup driver) and LXC write is known.
 */

/*
 * tm_cgroup_unit() - the deepest systemd service or scope on @path
 * @size: room in @name, its NUL included; a longer name is cut
 *
 * Return: 0, or -ENOENT if there is none.
 */
int tm_cgroup_unit(const char *path, char *name, size_t size);

/*
 * tm_cgroup_container() - the innermost container: the first 12 digits of its
 * id, or its name where the runtime has names
 */
int tm_cgroup_container(const char *path, char *name, size_t size);

/* tm_cgroup_pod() - the UID of the kubernetes pod, with dashes */
int tm_cgroup_pod(const char *path, char *name, size_t size);

#endif
