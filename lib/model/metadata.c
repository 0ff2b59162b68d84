// SPDX-License-Identifier: LGPL-2.1-or-later
/* metadata.c - the cgroups of sockets, the cgroups and programs of processes */
#include "model/metadata.h"

#include "base/util.h"
#include "model/accounting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tm_metadata_deinit(struct tm_metadata *metadata)
{
	tm_blobs_deinit(&metadata->texts);
	tm_blobs_deinit(&metadata->names.id);
	tm_blobs_deinit(&metadata->names.name);
	free(metadata->names.name_of);
	tm_index_deinit(&metadata->by_id);
	free(metadata->cgroup);
	free(metadata->process);
	memset(metadata, 0, sizeof(*metadata));
}

struct tm_cgroup *tm_metadata_find(const struct tm_metadata *metadata,
				   uint64_t id)
{
	struct tm_index_walk walk = { .hash = tm_hash(metadata->seed, id) };

	while (tm_index_next(&metadata->by_id, &walk))
		if (metadata->cgroup[walk.number].id == id)
			return &metadata->cgroup[walk.number];
	return NULL;
}

int tm_metadata_want(struct tm_metadata *metadata, uint64_t id)
{
	struct tm_cgroup *moved;

	if (!metadata->seed)
		metadata->seed = (uint32_t)tm_random_seed();
	if (tm_metadata_find(metadata, id))
		return 0;
	moved = tm_grow(metadata->cgroup, metadata->cgroup_count,
			&metadata->cgroup_capacity, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	metadata->cgroup = moved;
	if (tm_index_add(&metadata->by_id, tm_hash(metadata->seed, id),
			 (uint32_t)metadata->cgroup_count) < 0)
		return -ENOMEM;
	moved[metadata->cgroup_count].id = id;
	moved[metadata->cgroup_count].path = TM_METADATA_UNKNOWN;
	metadata->cgroup_count++;
	return 0;
}

int tm_metadata_add_name(struct tm_metadata *metadata, const char *id,
			 const char *name)
{
	struct tm_place_names *names = &metadata->names;
	uint32_t *moved, at, number;

	if (tm_blobs_intern(&names->id, id, strlen(id), &at) < 0)
		return -ENOMEM;
	if (at < names->count)
		return 0;
	moved = tm_grow(names->name_of, names->count, &names->capacity,
			sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	names->name_of = moved;
	if (tm_blobs_intern(&names->name, name, strlen(name), &number) < 0)
		return -ENOMEM;
	moved[names->count++] = number;
	return 0;
}

const char *tm_metadata_name(const struct tm_metadata *metadata, const char *id)
{
	const struct tm_place_names *names = &metadata->names;
	uint32_t at;

	if (!tm_blobs_find(&names->id, id, strlen(id), &at) ||
	    at >= names->count)
		return NULL;
	return tm_blobs_get(&names->name, names->name_of[at]);
}

void tm_metadata_format_id(const struct tm_metadata *metadata, const char *id,
			   char *text, size_t size)
{
	tm_cgroup_format_id(id, tm_metadata_name(metadata, id), text, size);
}

/* ---- a process's memory, files and threads: one table ---- */

#define METRIC(id, name, json, text, unit, source, word)               \
	[TCPMEM_PROCESS_METRIC_##id] = {                               \
		{ name, json, text, TCPMEM_UNIT_##unit }, source, word \
	}

const struct tm_process_metric_def
	tm_process_metric_defs[TCPMEM_PROCESS_METRIC_COUNT] = {
		METRIC(VSZ, "vsz", "vsz_bytes", "addresses in use; not memory",
		       BYTES, "status", "VmSize:"),
		METRIC(RSS, "rss", "rss_bytes",
		       "anon + file + shmem that is present", BYTES, "status",
		       "VmRSS:"),
		METRIC(RSS_ANON, "rss_anon", "rss_anon_bytes",
		       "heap, stacks, private pages", BYTES, "status",
		       "RssAnon:"),
		METRIC(RSS_FILE, "rss_file", "rss_file_bytes",
		       "program, libraries, files", BYTES, "status",
		       "RssFile:"),
		METRIC(RSS_SHMEM, "rss_shmem", "rss_shmem_bytes",
		       "shared memory", BYTES, "status", "RssShmem:"),
		METRIC(PSS, "pss", "pss_bytes", "RSS, shared pages by share",
		       BYTES, "smaps_rollup", "Pss:"),
		METRIC(USS, "uss", "uss_bytes", "pages that nobody else maps",
		       BYTES, "smaps_rollup", NULL),
		METRIC(SWAP, "swap", "swap_bytes",
		       "anonymous pages that are swapped out", BYTES, "status",
		       "VmSwap:"),
		METRIC(STACK, "stack", "stack_bytes",
		       "addresses of the main thread's stack", BYTES, "status",
		       "VmStk:"),
		METRIC(PAGE_TABLES, "page_tables", "page_tables_bytes",
		       "kernel memory beside RSS", BYTES, "status", "VmPTE:"),
		METRIC(STATM_RSS, "statm_rss", "statm_rss_bytes",
		       "RSS as ps and top read it", BYTES, "statm", NULL),
		METRIC(THREADS, "threads", "threads", "threads", THREADS,
		       "status", "Threads:"),
		METRIC(FDS, "fds", "fds", "open files", FILES, "fd", NULL),
		METRIC(FDS_SOCKETS, "fds_sockets", "fds_sockets",
		       "of them sockets of any kind", SOCKETS, "fd", NULL),
		METRIC(FDS_SOFT, "fds_soft", "fds_soft",
		       "open files that it may have", FILES, "limits", NULL),
		METRIC(FDS_HARD, "fds_hard", "fds_hard",
		       "what it may raise that to", FILES, "limits", NULL),
		METRIC(CGROUP_CURRENT, "cgroup_current", "cgroup_current_bytes",
		       "its cgroup's memory, all of it", BYTES,
		       "memory.current", NULL),
		METRIC(CGROUP_SOCK, "cgroup_sock", "cgroup_sock_bytes",
		       "its cgroup's TCP memory, charged", BYTES, "memory.stat",
		       NULL),
		METRIC(CGROUP_LIMIT, "cgroup_limit", "cgroup_limit_bytes",
		       "its cgroup's limit", BYTES, "memory.max", NULL),
		METRIC(CGROUP_ANON, "cgroup_anon", "cgroup_anon_bytes",
		       "of it, heap, stacks, private pages", BYTES,
		       "memory.stat", NULL),
		METRIC(CGROUP_FILE, "cgroup_file", "cgroup_file_bytes",
		       "of it, page cache: the kernel drops it for others",
		       BYTES, "memory.stat", NULL),
		METRIC(CGROUP_KERNEL, "cgroup_kernel", "cgroup_kernel_bytes",
		       "of it, the kernel's own, slab too", BYTES,
		       "memory.stat", NULL),
	};

const struct tcpmem_term *
tcpmem_process_metric_describe(enum tcpmem_process_metric metric)
{
	static const struct tcpmem_term none;

	return (size_t)metric < TCPMEM_PROCESS_METRIC_COUNT
		       ? &tm_process_metric_defs[metric].term
		       : &none;
}
