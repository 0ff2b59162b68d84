// SPDX-License-Identifier: LGPL-2.1-or-later
/* metadata.c - cgroups of sockets and processes, their charges, programs */
#include "collect/holders.h"

#include "base/hash.h"
#include "base/util.h"
#include "host/internal.h"
#include "proc/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CGROUP_FILE_MAX (64 * 1024)
#define NAME_SIZE	256
#define LIMITS_FILE_MAX 4096

/* The pid may be another process's by now. Return: a directory or -errno. */
static int open_process(const struct tcpmem_ctx *ctx,
			const struct tcpmem_process *process,
			struct tm_process_metadata *place)
{
	struct tm_proc_stat stat;
	char path[PATH_MAX];
	int dir, ret;

	snprintf(path, sizeof(path), "%s/%u", ctx->proc, process->pid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	ret = tm_proc_stat_read(dir, "stat", &stat);
	if (ret == 0 && stat.start_time == process->start_time) {
		place->parent = stat.parent;
		if (stat.rss != TCPMEM_UNKNOWN)
			place->rss = stat.rss * sysconf(_SC_PAGESIZE);
		return dir;
	}
	close(dir);
	return ret < 0 ? ret : -ESRCH;
}

/* struct unread - processes whose cgroup, or program, could not be read */
struct unread {
	size_t cgroups;
	size_t programs;
};

/* Its name stands for a program that is not told; none looks like a path. */
static int take_name(const struct tcpmem_process *process,
		     struct tm_metadata *metadata, uint32_t *number)
{
	char text[sizeof(process->comm) + 2];
	bool path = *process->comm == '/';
	int len = snprintf(text, sizeof(text), "%s%s%s", path ? "[" : "",
			   process->comm, path ? "]" : "");

	return tm_blobs_intern(&metadata->texts, text, (size_t)len, number);
}

/* Without the right to read the link, processes of one name stand together. */
static int read_program(int dir, const struct tcpmem_process *process,
			struct tm_metadata *metadata, uint32_t *number,
			struct unread *unread)
{
	char path[PATH_MAX];
	ssize_t len = -1;

	if (dir >= 0)
		len = readlinkat(dir, "exe", path, sizeof(path));
	if (dir >= 0 && len < 0 && tm_shortage(-errno))
		return -errno;
	unread->programs += dir >= 0 && len < 0 && errno != ENOENT &&
			    errno != ESRCH;
	if (len > 0)
		return tm_blobs_intern(&metadata->texts, path, (size_t)len,
				       number);
	return take_name(process, metadata, number);
}

/* A process without arguments, as is one that ends, has its name instead. */
static int read_cmdline(int dir, const struct tcpmem_process *process,
			struct tm_metadata *metadata, uint32_t *number)
{
	char text[TM_CMDLINE_SIZE];
	int fd = openat(dir, "cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return tm_shortage(-errno);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < 0)
		return 0;
	while (len && (!text[len - 1] || text[len - 1] == ' '))
		len--;
	for (ssize_t i = 0; i < len; i++)
		if (!text[i])
			text[i] = ' ';
	if (!len)
		len = snprintf(text, sizeof(text), "[%s]", process->comm);
	return tm_blobs_intern(&metadata->texts, text, (size_t)len, number);
}

static int read_fds(int dir, uint32_t pid, int64_t *fds)
{
	int64_t count;
	int ret = tm_proc_count_fds(dir, pid, &count, NULL);

	/* who holds a socket has some, though its first thread has ended */
	if (ret == 0 && count)
		*fds = count;
	return tm_shortage(ret);
}

/* "Max open files            1024                 524288               files"
 */
static int read_fds_max(int dir, int64_t *max)
{
	const char *at;
	uint64_t soft;
	char *text;
	size_t len;
	int fd = openat(dir, "limits", O_RDONLY | O_CLOEXEC);
	int ret = fd < 0 ? -errno
			 : tm_read_all(fd, LIMITS_FILE_MAX, &text, &len);

	if (fd >= 0)
		close(fd);
	if (ret < 0)
		return tm_shortage(ret);
	at = tm_find_line(text, "Max open files");
	if (at && tm_parse_u64(at + strspn(at, " "), &at, &soft) == 0 &&
	    soft <= INT64_MAX)
		*max = (int64_t)soft;
	free(text);
	return 0;
}

/* Where no hierarchy was ever mounted no process is told to be in one. */
static bool has_cgroups(const struct tcpmem_ctx *ctx)
{
	char *text;
	size_t len;
	bool has;

	if (tm_read_file(ctx->proc, "self/cgroup", CGROUP_FILE_MAX, &text,
			 &len) < 0)
		return false;
	has = tm_cgroup_of_process(text, &len);
	free(text);
	return has;
}

/* @unread: counts those that have one which cannot be read */
static int read_cgroup(const struct tcpmem_ctx *ctx,
		       const struct tcpmem_process *process,
		       struct tm_metadata *metadata, uint32_t *number,
		       struct unread *unread)
{
	char file[32], *text;
	const char *path;
	size_t len;
	int ret;

	snprintf(file, sizeof(file), "%u/cgroup", process->pid);
	ret = tm_read_file(ctx->proc, file, CGROUP_FILE_MAX, &text, &len);
	unread->cgroups += ret < 0 && ret != -ENOENT && ret != -ESRCH;
	if (ret < 0)
		return tm_shortage(ret);
	path = tm_cgroup_of_process(text, &len);
	unread->cgroups += !path && has_cgroups(ctx);
	ret = path ? tm_blobs_intern(&metadata->texts, path, len, number) : 0;
	free(text);
	return ret;
}

static int read_process(const struct tcpmem_ctx *ctx,
			const struct tcpmem_process *process,
			struct tm_metadata *metadata,
			struct tm_process_metadata *place,
			struct unread *unread)
{
	int dir, ret;

	*place = (struct tm_process_metadata)TM_PROCESS_METADATA_NONE;
	dir = open_process(ctx, process, place);
	ret = dir < 0 ? tm_shortage(dir) : 0;
	unread->cgroups += dir < 0 && dir != -ENOENT && dir != -ESRCH;
	if (ret == 0)
		ret = read_program(dir, process, metadata, &place->program,
				   unread);
	if (ret == 0 && dir >= 0)
		ret = read_cgroup(ctx, process, metadata, &place->cgroup,
				  unread);
	if (ret == 0 && dir >= 0)
		ret = read_cmdline(dir, process, metadata, &place->cmdline);
	if (ret == 0 && dir >= 0)
		ret = read_fds(dir, process->pid, &place->fds);
	if (ret == 0 && dir >= 0 && metadata->fds_max)
		ret = read_fds_max(dir, &place->fds_max);
	if (dir >= 0)
		close(dir);
	return ret;
}

int tm_metadata_read_process(const struct tcpmem_ctx *ctx,
			     const struct tcpmem_process *process,
			     struct tm_metadata *metadata,
			     struct tm_process_metadata *place, bool *unread)
{
	struct unread count = { 0 };
	int ret = read_process(ctx, process, metadata, place, &count);

	*unread |= count.programs || count.cgroups;
	return ret;
}

static int read_cgroups(const struct tcpmem_ctx *ctx,
			struct tm_metadata *metadata,
			struct tm_warnings *warnings)
{
	bool unread;
	int ret = tm_cgroup_paths(ctx, metadata, &unread);

	if (ret < 0 || !unread)
		return ret;
	return tm_warnings_add(warnings, TCPMEM_WARNING_CGROUPS_UNREADABLE,
			       "the paths of cgroups could not be read: they "
			       "are shown by their ids");
}

static int read_processes(const struct tcpmem_ctx *ctx,
			  const struct tm_holders *holders,
			  struct tm_metadata *metadata,
			  struct tm_warnings *warnings)
{
	size_t count = tm_holders_process_count(holders);
	struct unread unread = { 0 };
	int ret = 0;

	metadata->process = calloc(count + 1, sizeof(*metadata->process));
	if (!metadata->process)
		return -ENOMEM;
	metadata->process_count = count;
	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = read_process(ctx,
				   tm_holders_get_process(holders, (uint32_t)i),
				   metadata, &metadata->process[i], &unread);
	if (ret == 0 && unread.programs)
		ret = tm_warnings_add(
			warnings, TCPMEM_WARNING_PROGRAMS_UNREADABLE,
			"the programs of %zu process%s could not be read: "
			"names stand for them",
			unread.programs, unread.programs == 1 ? "" : "es");
	if (ret < 0 || !unread.cgroups)
		return ret;
	return tm_warnings_add(warnings, TCPMEM_WARNING_CGROUPS_UNREADABLE,
			       "the cgroups of %zu process%s could not be read",
			       unread.cgroups, unread.cgroups == 1 ? "" : "es");
}

/* The name of the container, and of the pod, that live at a cgroup's path. */
static int read_names_at(const struct tcpmem_ctx *ctx,
			 struct tm_container_names *files,
			 struct tm_metadata *metadata, uint32_t path,
			 uint32_t pid)
{
	const char *text = tm_blobs_get(&metadata->texts, path);
	char id[NAME_SIZE], name[NAME_SIZE];
	int ret = 0;

	if (tm_cgroup_container(text, id, sizeof(id)) == 0 &&
	    !tm_metadata_name(metadata, id)) {
		ret = tm_container_name(ctx, files, id, pid, name,
					sizeof(name));
		if (ret == 0)
			ret = tm_metadata_add_name(metadata, id, name);
	}
	if (!tm_shortage(ret) && tm_cgroup_pod(text, id, sizeof(id)) == 0 &&
	    !tm_metadata_name(metadata, id)) {
		ret = tm_pod_name(ctx, files, id, name, sizeof(name));
		if (ret == 0)
			ret = tm_metadata_add_name(metadata, id, name);
	}
	return tm_shortage(ret);
}

int tm_metadata_read_names(const struct tcpmem_ctx *ctx,
			   struct tm_metadata *metadata, uint32_t path,
			   uint32_t pid)
{
	struct tm_container_names files = { 0 };
	int ret = read_names_at(ctx, &files, metadata, path, pid);

	tm_container_names_deinit(&files);
	return ret;
}

/* A process is asked before a socket, for it may tell more than files do. */
static int read_names(const struct tcpmem_ctx *ctx,
		      const struct tm_holders *holders,
		      struct tm_metadata *metadata)
{
	struct tm_container_names files = { 0 };
	bool *done = calloc(metadata->texts.count + 1, sizeof(*done));
	int ret = done ? 0 : -ENOMEM;

	for (size_t i = 0; ret == 0 && i < metadata->process_count; i++) {
		uint32_t path = metadata->process[i].cgroup;

		if (path == TM_METADATA_UNKNOWN || done[path])
			continue;
		done[path] = true;
		ret = read_names_at(
			ctx, &files, metadata, path,
			tm_holders_get_process(holders, (uint32_t)i)->pid);
	}
	for (size_t i = 0; ret == 0 && i < metadata->cgroup_count; i++) {
		uint32_t path = metadata->cgroup[i].path;

		if (path == TM_METADATA_UNKNOWN || done[path])
			continue;
		done[path] = true;
		ret = read_names_at(ctx, &files, metadata, path, 0);
	}
	free(done);
	tm_container_names_deinit(&files);
	return ret;
}

static int want_cgroups(struct tm_metadata *metadata,
			const struct tm_socket_set *set)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < set->count; i++)
		if (set->sock[i].flags & TM_SOCK_HAS_CGROUP)
			ret = tm_metadata_want(metadata,
					       set->sock[i].cgroup_id);
	return ret;
}

int tm_metadata_read(const struct tcpmem_ctx *ctx, struct tcpmem_snapshot *snap)
{
	struct tm_metadata *metadata = &snap->metadata;
	int ret = want_cgroups(metadata, &snap->sockets);

	if (ret == 0)
		ret = want_cgroups(metadata, &snap->summed.like);
	if (ret == 0)
		ret = read_cgroups(ctx, metadata, &snap->warnings);
	if (ret == 0)
		ret = read_processes(ctx, snap->holders, metadata,
				     &snap->warnings);
	return ret ? ret : read_names(ctx, snap->holders, metadata);
}

struct reader {
	const struct tm_charge_mount *mount;
	struct tm_metadata *metadata;
	struct tm_charges *charges;
	struct tm_u64set visited; /* numbers of texts, and 1 */
};

static int read_one(struct reader *r, uint32_t path)
{
	struct tm_charges *charges = r->charges;
	const char *text = tm_blobs_get(&r->metadata->texts, path);
	struct tm_charge charge = { .path = path };
	char dir[2 * PATH_MAX];
	int ret;

	snprintf(dir, sizeof(dir), "%s%s", r->mount->dir, text);
	ret = tm_charge_read(dir, r->mount->source, &charge.bytes);
	if (ret == -ENOMEM)
		return ret;
	charge.known = ret == 0;
	return tm_append(charges->charge, charges->count, charges->capacity,
			 &charge);
}

/*
 * The root is charged nothing; sockets of a process there belong to nobody. A
 * path above the reader's own root begins with "/..".
 */
static int read_up(struct reader *r, uint32_t path)
{
	while (path != TM_METADATA_UNKNOWN &&
	       !tm_u64set_has(&r->visited, (uint64_t)path + 1)) {
		const char *text = tm_blobs_get(&r->metadata->texts, path);
		const char *slash = strrchr(text, '/');
		char *parent;
		int ret;

		if (!slash || !slash[1] || strncmp(text, "/..", 3) == 0)
			return 0;
		ret = tm_u64set_add(&r->visited, (uint64_t)path + 1);
		if (ret == 0)
			ret = read_one(r, path);
		if (ret < 0 || slash == text)
			return ret;
		/* interning may move the text that it is given */
		parent = strndup(text, (size_t)(slash - text));
		if (!parent)
			return -ENOMEM;
		ret = tm_blobs_intern(&r->metadata->texts, parent,
				      strlen(parent), &path);
		free(parent);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int read_all(struct reader *r)
{
	const struct tm_metadata *metadata = r->metadata;
	int ret = 0;

	if (r->mount->source == TM_CHARGES_V2)
		for (size_t i = 0; ret == 0 && i < metadata->cgroup_count; i++)
			ret = read_up(r, metadata->cgroup[i].path);
	for (size_t i = 0; ret == 0 && i < metadata->process_count; i++)
		ret = read_up(r, metadata->process[i].cgroup);
	return ret;
}

static const char *mounts_error(int error)
{
	if (error == -ESRCH)
		return "not there";
	return error == -EXDEV ? "of another cgroup namespace"
			       : strerror(-error);
}

int tm_charges_read(const struct tcpmem_ctx *ctx, struct tm_metadata *metadata,
		    struct tm_charges *charges, struct tm_warnings *warnings)
{
	struct tm_charge_mount *mount = malloc(sizeof(*mount));
	struct reader r = {
		.mount = mount,
		.metadata = metadata,
		.charges = charges,
	};
	int unseen, ret;

	if (!mount)
		return -ENOMEM;
	unseen = tm_charge_find_mount(ctx, mount);
	charges->source = mount->source;
	charges->others = tm_charge_others(ctx);
	ret = tm_u64set_init(&r.visited, 64);
	if (ret == 0 && mount->source != TM_CHARGES_NONE)
		ret = read_all(&r);
	if (ret == 0 && unseen)
		ret = tm_warnings_add(warnings,
				      TCPMEM_WARNING_CGROUPS_UNREADABLE,
				      "what the kernel counts of cgroups could "
				      "not be read: mounts: %s",
				      mounts_error(unseen));
	tm_u64set_deinit(&r.visited);
	free(mount);
	return ret;
}
