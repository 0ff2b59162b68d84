// SPDX-License-Identifier: LGPL-2.1-or-later
/* oom.c - processes that the kernel killed for lack of memory, by cgroup */
#include "record/record.h"

#include "cgroup.h"
#include "output/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* struct oom_cgroup - @kills: the kernel's count; @seen: in this look */
struct oom_cgroup {
	char *path;
	int64_t kills;
	bool seen;
};

static int64_t read_count(const char *path)
{
	FILE *file = fopen(path, "re");
	int64_t count = TCPMEM_UNKNOWN;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "oom_kill %" SCNd64, &count) == 1)
			break;
	if (file)
		fclose(file);
	return count;
}

/* @file: of the cgroup, in the hierarchy that has it */
static int64_t read_in(bool v2, const char *cgroup, const char *file)
{
	char mount[PATH_MAX], *path;
	int64_t count;

	if (!cgroup_mount(v2, mount) ||
	    asprintf(&path, "%s%s/%s", mount, cgroup, file) < 0)
		return TCPMEM_UNKNOWN;
	count = read_count(path);
	free(path);
	return count;
}

static int64_t read_cgroup(const char *cgroup)
{
	int64_t count = read_in(true, cgroup, "memory.events");

	return count == TCPMEM_UNKNOWN
		       ? read_in(false, cgroup, "memory.oom_control")
		       : count;
}

static int64_t risen(int64_t *before, int64_t now)
{
	int64_t rise = now == TCPMEM_UNKNOWN || *before == TCPMEM_UNKNOWN
			       ? 0
			       : now - *before;

	*before = now;
	return rise > 0 ? rise : 0;
}

static void see(struct oom *oom, const char *path)
{
	struct oom_cgroup *larger;

	for (size_t i = 0; i < oom->count; i++)
		if (strcmp(oom->cgroup[i].path, path) == 0) {
			oom->cgroup[i].seen = true;
			return;
		}
	larger = realloc(oom->cgroup, (oom->count + 1) * sizeof(*larger));
	if (!larger)
		return;
	oom->cgroup = larger;
	larger += oom->count;
	*larger = (struct oom_cgroup){ strdup(path), read_cgroup(path), true };
	oom->count += larger->path != NULL;
}

/* The cgroups that have sockets */
static void see_all(struct oom *oom, const struct tcpmem_snapshot *snap)
{
	struct tcpmem_table *table = NULL;

	if (tcpmem_group(snap, "cgroup", &table) < 0)
		return;
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(table, i);
		const char *path = tcpmem_row_get_subject(row)->key;

		if (*path == '/')
			see(oom, path);
	}
	tcpmem_table_free(table);
}

/* Return: how many were killed in them since the look before */
static int64_t find_named(struct oom *oom, FILE *causes)
{
	int64_t named = 0;

	for (size_t i = 0; i < oom->count; i++) {
		struct oom_cgroup *cgroup = &oom->cgroup[i];
		int64_t kills =
			risen(&cgroup->kills, read_cgroup(cgroup->path));

		if (!kills)
			continue;
		fprintf(causes, "out of memory: %" PRId64 " killed in ", kills);
		escape_print(causes, cgroup->path, ESCAPE_TERMINAL);
		fputc('\n', causes);
		named += kills;
	}
	return named;
}

/* One without sockets now had its last check. */
static void forget_unseen(struct oom *oom)
{
	size_t kept = 0;

	for (size_t i = 0; i < oom->count; i++) {
		if (oom->cgroup[i].seen)
			oom->cgroup[kept++] = oom->cgroup[i];
		else
			free(oom->cgroup[i].path);
	}
	oom->count = kept;
	for (size_t i = 0; i < kept; i++)
		oom->cgroup[i].seen = false;
}

void oom_find(struct oom *oom, const struct tcpmem_snapshot *snap, FILE *causes)
{
	int64_t host = read_count("/proc/vmstat");
	int64_t kills = risen(&oom->host, host), named = 0;

	/* while the host's count stands still, so do those of its cgroups */
	if (kills || host == TCPMEM_UNKNOWN)
		named = find_named(oom, causes);
	if (kills > named)
		fprintf(causes, "out of memory: %" PRId64 " killed%s\n",
			kills - named, named ? " elsewhere" : "");
	see_all(oom, snap);
	forget_unseen(oom);
}

void oom_close(struct oom *oom)
{
	for (size_t i = 0; i < oom->count; i++)
		free(oom->cgroup[i].path);
	free(oom->cgroup);
}
