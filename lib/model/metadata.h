/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* metadata.h - where sockets and processes live: cgroups and programs */
#ifndef TM_MODEL_METADATA_H
#define TM_MODEL_METADATA_H

#include "base/hash.h"
#include "tcpmem/types.h"

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

/*
 * struct tm_process_metadata - of the process with the same index
 * @program: path of its executable, else its comm
 * @cgroup: path in the v1 memory hierarchy, else in v2
 * @cmdline: arguments with spaces between; of a long one, its beginning
 * @parent: pid; %TM_METADATA_UNKNOWN if unknown
 * @rss: bytes; it and what follows may be %TCPMEM_UNKNOWN
 */
struct tm_process_metadata {
	uint32_t program;
	uint32_t cgroup;
	uint32_t cmdline;
	uint32_t parent;
	int64_t rss;
	int64_t fds;
	int64_t fds_max;
};

/* A process of which no metadata was read */
#define TM_PROCESS_METADATA_NONE                                               \
	{                                                                      \
		.program = TM_METADATA_UNKNOWN, .cgroup = TM_METADATA_UNKNOWN, \
		.cmdline = TM_METADATA_UNKNOWN, .parent = TM_METADATA_UNKNOWN, \
		.rss = TCPMEM_UNKNOWN, .fds = TCPMEM_UNKNOWN,                  \
		.fds_max = TCPMEM_UNKNOWN,                                     \
	}

/* The longest command line that is kept, its NUL included */
#define TM_CMDLINE_SIZE 1024

/* The name of container or pod number i of @id is number @name_of[i]. */
struct tm_place_names {
	struct tm_blobs id, name;
	uint32_t *name_of;
	size_t count, capacity;
};

/*
 * All zero is empty; numbers refer to @texts.
 *
 * @fds_max: it is to be read of each process
 */
struct tm_metadata {
	struct tm_blobs texts;
	struct tm_place_names names;
	struct tm_cgroup *cgroup;
	size_t cgroup_count, cgroup_capacity;
	struct tm_index by_id; /* of cgroups */
	uint32_t seed; /* hash seed, since ids may collide on purpose; 0: not
			  drawn yet */
	struct tm_process_metadata *process;
	size_t process_count;
	bool fds_max;
};

void tm_metadata_deinit(struct tm_metadata *metadata);

/* tm_metadata_want() - a socket is in cgroup @id. Return: 0 or -ENOMEM. */
int tm_metadata_want(struct tm_metadata *metadata, uint64_t id);

/* tm_metadata_find() - the cgroup with @id; NULL if no socket is in it */
struct tm_cgroup *tm_metadata_find(const struct tm_metadata *metadata,
				   uint64_t id);

/*
 * tm_metadata_add_name() - @id, of a container or a pod, is called @name
 *
 * The first name of an id stays. Return: 0 or -ENOMEM.
 */
int tm_metadata_add_name(struct tm_metadata *metadata, const char *id,
			 const char *name);

/*
 * tm_metadata_name() - what the container or pod @id is called
 *
 * Return: its name, as long as @metadata does not change; NULL if unknown.
 */
const char *tm_metadata_name(const struct tm_metadata *metadata,
			     const char *id);

/* tm_metadata_format_id() - "NAME[ID]", or the id alone; cut to @size */
void tm_metadata_format_id(const struct tm_metadata *metadata, const char *id,
			   char *text, size_t size);

/*
 * what a cgroup's path says about who lives there
 *
 * Pure. Paths are as the kernel gives them, from the root of the hierarchy;
 * what systemd (nspawn too), docker, podman, containerd, CRI-O, kubernetes
 * (with either cgroup driver) and LXC write is known.
 */

/*
 * tm_cgroup_unit() - the deepest systemd service or scope on @path
 * @size: room in @name, its NUL included; a longer name is cut
 *
 * Return: 0, or -ENOENT if there is none.
 */
int tm_cgroup_unit(const char *path, char *name, size_t size);

/*
 * tm_cgroup_container() - the id of the innermost container: 64 digits, or the
 *	name where the runtime has no other id (LXC, a machine of nspawn)
 */
int tm_cgroup_container(const char *path, char *id, size_t size);

/* tm_cgroup_id_shown() - how many bytes of a container's id people are shown */
size_t tm_cgroup_id_shown(const char *id);

/* tm_cgroup_format_id() - "NAME[ID]"; without @name the id alone; cut to @size
 */
void tm_cgroup_format_id(const char *id, const char *name, char *text,
			 size_t size);

/* tm_cgroup_pod() - the UID of the kubernetes pod, with dashes */
int tm_cgroup_pod(const char *path, char *name, size_t size);

#endif
