// SPDX-License-Identifier: LGPL-2.1-or-later
/* find.c - the processes that a name stands for: pid, comm, program, unit ...
 */
#include "base/util.h"
#include "collect/holders.h"
#include "model/metadata.h"
#include "model/snapshot.h"
#include "proc/internal.h"
#include "tcpmem/explain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 256

/*
 * struct search - @pid: @count processes that @spec names
 * @unread: others may be called so: their names could not be read
 */
struct search {
	const char *spec;
	uint32_t *pid;
	size_t count;
	size_t capacity;
	bool unread;
};

static int found(struct search *search, uint32_t pid)
{
	return tm_append(search->pid, search->count, search->capacity, &pid);
}

static bool is_program(const char *path, const char *spec)
{
	const char *slash = strrchr(path, '/');

	return strcmp(path, spec) == 0 ||
	       (slash && strcmp(slash + 1, spec) == 0);
}

/* The cgroup itself, and those below it. */
static bool is_below(const char *path, const char *spec)
{
	size_t len = strlen(spec);

	while (len && spec[len - 1] == '/')
		len--;
	return *spec == '/' && strncmp(path, spec, len) == 0 &&
	       (!path[len] || path[len] == '/');
}

static bool is_unit(const char *path, const char *spec)
{
	char unit[NAME_SIZE];
	size_t len = strlen(spec);

	return tm_cgroup_unit(path, unit, sizeof(unit)) == 0 &&
	       strncmp(unit, spec, len) == 0 &&
	       (!unit[len] || strcmp(unit + len, ".service") == 0);
}

/* A container or pod, by name, by id, or as rows show it. */
static bool is_place(const struct tm_metadata *metadata, const char *id,
		     const char *spec)
{
	const char *name = tm_metadata_name(metadata, id);
	char shown[NAME_SIZE], whole[2 * NAME_SIZE];

	tm_cgroup_format_id(id, NULL, shown, sizeof(shown));
	tm_metadata_format_id(metadata, id, whole, sizeof(whole));
	return strcmp(id, spec) == 0 || strcmp(shown, spec) == 0 ||
	       strcmp(whole, spec) == 0 || (name && strcmp(name, spec) == 0);
}

static bool lives_at(const struct tm_metadata *metadata, const char *path,
		     const char *spec)
{
	char id[NAME_SIZE];

	return is_below(path, spec) || is_unit(path, spec) ||
	       (tm_cgroup_container(path, id, sizeof(id)) == 0 &&
		is_place(metadata, id, spec)) ||
	       (tm_cgroup_pod(path, id, sizeof(id)) == 0 &&
		is_place(metadata, id, spec));
}

static bool is_meant(const struct tm_metadata *metadata,
		     const struct tm_process_metadata *place, const char *spec)
{
	const struct tm_blobs *texts = &metadata->texts;

	return (place->program != TM_METADATA_UNKNOWN &&
		is_program(tm_blobs_get(texts, place->program), spec)) ||
	       (place->cgroup != TM_METADATA_UNKNOWN &&
		lives_at(metadata, tm_blobs_get(texts, place->cgroup), spec));
}

/* Return: 1 if process @pid is meant, 0 if not or it has ended; -errno. */
static int look_at(const struct tcpmem_ctx *ctx, int proc, uint32_t pid,
		   struct search *search)
{
	struct tcpmem_process process = { .pid = pid };
	struct tm_metadata metadata = { 0 };
	struct tm_process_metadata place;
	struct tm_proc_stat stat;
	char path[32];
	int ret;

	snprintf(path, sizeof(path), "%u/stat", pid);
	ret = tm_proc_stat_read(proc, path, &stat);
	search->unread |= ret < 0 && ret != -ENOENT && ret != -ESRCH;
	if (ret < 0 || stat.exiting || stat.kernel)
		return 0;
	process.start_time = stat.start_time;
	memcpy(process.comm, stat.comm, sizeof(process.comm));
	ret = tm_metadata_read_process(ctx, &process, &metadata, &place,
				       &search->unread);
	if (ret == 0 && place.cgroup != TM_METADATA_UNKNOWN)
		ret = tm_metadata_read_names(ctx, &metadata, place.cgroup, pid);
	if (ret == 0)
		ret = is_meant(&metadata, &place, search->spec);
	tm_metadata_deinit(&metadata);
	return ret;
}

/* No process has that name: what else may be called so? */
static int find_others(const struct tcpmem_ctx *ctx, struct search *search)
{
	struct tm_pids pids;
	uint32_t pid;
	int ret = tm_pids_open(&pids, ctx->proc, NULL);

	if (ret < 0)
		return ret;
	while (ret >= 0 && (pid = tm_pids_next(&pids))) {
		ret = look_at(ctx, pids.proc, pid, search);
		if (ret > 0)
			ret = found(search, pid);
	}
	tm_pids_close(&pids);
	return ret < 0 ? ret : 0;
}

static int find_pid(const struct tcpmem_ctx *ctx, struct search *search,
		    uint32_t pid)
{
	struct tm_proc_stat stat;
	int ret = tm_proc_stat_read_pid(ctx, pid, &stat);

	search->unread = ret == -EACCES || ret == -EPERM;
	if (search->unread)
		return 0;
	return ret < 0 ? ret : found(search, tm_proc_leader(ctx, pid));
}

static int find(const struct tcpmem_ctx *ctx, struct search *search)
{
	uint32_t pid = tm_parse_pid(search->spec);
	int ret;

	if (pid)
		return find_pid(ctx, search, pid);
	ret = tm_proc_find(ctx, search->spec, &search->pid, &search->count);
	return ret == -ENOENT ? find_others(ctx, search) : ret;
}

static int find_held(const struct tcpmem_snapshot *snap, struct search *search,
		     bool by_comm)
{
	const struct tm_metadata *metadata = &snap->metadata;
	size_t count = snap->holders ? tm_holders_process_count(snap->holders)
				     : 0;
	uint32_t pid = tm_parse_pid(search->spec);
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < count; i++) {
		const struct tcpmem_process *process =
			tm_holders_get_process(snap->holders, (uint32_t)i);
		bool meant;

		if (pid)
			meant = process->pid == pid;
		else if (by_comm)
			meant = strcmp(process->comm, search->spec) == 0;
		else
			meant = i < metadata->process_count &&
				is_meant(metadata, &metadata->process[i],
					 search->spec);
		if (meant)
			ret = found(search, process->pid);
	}
	return ret;
}

static int compare(const void *a, const void *b)
{
	const uint32_t *p = a, *q = b;

	return (*p > *q) - (*p < *q);
}

int tcpmem_find_processes(struct tcpmem_ctx *ctx,
			  const struct tcpmem_snapshot *snapshot,
			  const char *spec, uint32_t **pids, size_t *count)
{
	struct search search = { .spec = spec };
	int ret;

	if (ctx) {
		ret = find(ctx, &search);
	} else {
		ret = find_held(snapshot, &search, true);
		if (ret == 0 && !search.count)
			ret = find_held(snapshot, &search, false);
	}
	if (ret == 0 && !search.count)
		ret = search.unread ? -EACCES : -ENOENT;
	if (ret < 0) {
		free(search.pid);
		return ret;
	}
	qsort(search.pid, search.count, sizeof(*search.pid), compare);
	*pids = search.pid;
	*count = search.count;
	return 0;
}
