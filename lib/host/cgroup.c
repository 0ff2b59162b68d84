// SPDX-License-Identifier: LGPL-2.1-or-later
/* cgroup.c - cgroup ids -> paths, processes -> cgroups */
#include "host/internal.h"

#include "base/util.h"
#include "model/metadata.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Longer than any unit, or any name of a container. */
#define NAME_SIZE 256

/* The kernel allows more, nobody nests them so deep; each costs an fd. */
#define DEPTH_MAX 64

struct walk {
	struct tm_metadata *metadata;
	size_t missing;
	bool unread;
	char path[PATH_MAX];
	size_t len;
};

static bool is_mount(const struct mntent *entry, bool v2)
{
	if (v2)
		return strcmp(entry->mnt_type, "cgroup2") == 0;
	return strcmp(entry->mnt_type, "cgroup") == 0 &&
	       hasmntopt(entry, "memory");
}

/* Return: 0; -ENOENT: no mount is such a one; -EIO. */
static int find_mount(FILE *mounts, bool v2, char *dir, size_t size)
{
	char line[4 * PATH_MAX];
	struct mntent entry;

	while (getmntent_r(mounts, &entry, line, sizeof(line))) {
		if (is_mount(&entry, v2)) {
			snprintf(dir, size, "%s", entry.mnt_dir);
			return 0;
		}
	}
	return ferror(mounts) ? -EIO : -ENOENT;
}

int tm_cgroup_mount(const struct tcpmem_ctx *ctx, bool v2, char *dir,
		    size_t size)
{
	char path[PATH_MAX];
	FILE *mounts;
	int ret;

	snprintf(path, sizeof(path), "%s/self/mounts", ctx->proc);
	mounts = fopen(path, "re");
	if (!mounts) /* it is there, wherever there is a /proc of one's own */
		return errno == ENOENT ? -ESRCH : -errno;
	ret = find_mount(mounts, v2, dir, size);
	fclose(mounts);
	return ret;
}

/* The cgroup that the mount at @dir begins with; "/" where nothing tells. */
static void find_root(const struct tcpmem_ctx *ctx, const char *dir,
		      char root[PATH_MAX])
{
	char path[PATH_MAX], line[2 * PATH_MAX], found[PATH_MAX];
	unsigned long long id;
	struct statx mount;
	FILE *info;

	snprintf(root, PATH_MAX, "/");
	if (statx(AT_FDCWD, dir, 0, STATX_MNT_ID, &mount) < 0 ||
	    !(mount.stx_mask & STATX_MNT_ID))
		return; /* before 5.8 */
	snprintf(path, sizeof(path), "%s/self/mountinfo", ctx->proc);
	info = fopen(path, "re");
	if (!info)
		return;
	while (fgets(line, sizeof(line), info))
		if (sscanf(line, "%llu %*u %*s %4095s", &id, found) == 2 &&
		    id == mount.stx_mnt_id)
			snprintf(root, PATH_MAX, "%s", found);
	fclose(info);
}

bool tm_cgroup_is_root(const struct tcpmem_ctx *ctx, const char *dir)
{
	char root[PATH_MAX];

	find_root(ctx, dir, root);
	return strcmp(root, "/") == 0;
}

static int visit(struct walk *walk, uint64_t id)
{
	struct tm_cgroup *cgroup = tm_metadata_find(walk->metadata, id);
	int ret;

	if (!cgroup || cgroup->path != TM_METADATA_UNKNOWN)
		return 0;
	ret = tm_blobs_intern(&walk->metadata->texts,
			      walk->len ? walk->path : "/",
			      walk->len ? walk->len : 1, &cgroup->path);
	if (ret == 0)
		walk->missing--;
	return ret;
}

static struct dirent *next_entry(struct walk *walk, DIR *stream)
{
	struct dirent *entry;

	errno = 0;
	entry = readdir(stream);
	walk->unread |= !entry && errno;
	return entry;
}

static int walk_dir(struct walk *walk, int dir, int depth);

/* What is mounted, or open, is there. Return: 0, or a shortage. */
static int note_unread(struct walk *walk, int error)
{
	walk->unread = true;
	return tm_shortage(error);
}

static int walk_child(struct walk *walk, int parent, const char *name,
		      int depth)
{
	size_t before = walk->len, len = strlen(name);
	int dir, ret;

	if (depth == DEPTH_MAX || before + 1 + len >= sizeof(walk->path)) {
		walk->unread = true;
		return 0;
	}
	dir = openat(parent, name,
		     O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	/* a cgroup may be removed at any time */
	if (dir < 0)
		return errno == ENOENT ? 0 : note_unread(walk, -errno);
	walk->path[walk->len++] = '/';
	memcpy(walk->path + walk->len, name, len);
	walk->len += len;
	ret = walk_dir(walk, dir, depth + 1);
	walk->len = before;
	return ret;
}

/* Owns and closes @dir. */
static int walk_dir(struct walk *walk, int dir, int depth)
{
	DIR *stream = fdopendir(dir);
	struct dirent *entry;
	struct stat st;
	int ret = 0;

	if (!stream) {
		ret = note_unread(walk, -errno);
		close(dir);
		return ret;
	}
	ret = fstat(dir, &st) < 0 ? note_unread(walk, -errno)
				  : visit(walk, st.st_ino);
	while (ret == 0 && walk->missing && (entry = next_entry(walk, stream)))
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") &&
		    strcmp(entry->d_name, ".."))
			ret = walk_child(walk, dir, entry->d_name, depth);
	closedir(stream);
	return ret;
}

/*
 * A mount may begin with a cgroup below the reader's root. Of one that begins
 * above, nothing tells which of its cgroups that root is.
 */
static int walk_mount(const struct tcpmem_ctx *ctx, struct walk *walk)
{
	char root[PATH_MAX];
	int dir, ret = tm_cgroup_mount(ctx, true, walk->path,
				       sizeof(walk->path));

	if (ret < 0)
		return ret == -ENOENT ? 0 : note_unread(walk, ret);
	find_root(ctx, walk->path, root);
	if (strncmp(root, "/..", 3) == 0)
		return note_unread(walk, -EXDEV);
	dir = open(walk->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(walk->path, sizeof(walk->path), "%s", root[1] ? root : "");
	walk->len = strlen(walk->path);
	return dir < 0 ? note_unread(walk, -errno) : walk_dir(walk, dir, 0);
}

int tm_cgroup_paths(const struct tcpmem_ctx *ctx, struct tm_metadata *metadata,
		    bool *unread)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	int ret = 0;

	if (!walk)
		return -ENOMEM;
	walk->metadata = metadata;
	walk->missing = metadata->cgroup_count;
	if (walk->missing)
		ret = walk_mount(ctx, walk);
	*unread = walk->missing && walk->unread;
	free(walk);
	return ret;
}

/* Whether "memory" is among the controllers, with commas between. */
static bool has_memory(const char *controllers, size_t len)
{
	static const char memory[] = "memory";
	const char *end = controllers + len;

	while (controllers < end) {
		size_t part = strcspn(controllers, ",:");

		if (part == strlen(memory) &&
		    memcmp(controllers, memory, part) == 0)
			return true;
		controllers += part + 1;
	}
	return false;
}

/* Lines are HIERARCHY:CONTROLLERS:PATH; that of v2 is "0::PATH". */
const char *tm_cgroup_of_process(const char *text, size_t *len)
{
	const char *found = NULL;

	while (*text) {
		size_t line = strcspn(text, "\n");
		const char *controllers = memchr(text, ':', line);
		const char *path = NULL;

		if (controllers++)
			path = memchr(controllers, ':',
				      line - (size_t)(controllers - text));
		if (path && path[1] == '/') {
			bool memory = has_memory(controllers,
						 (size_t)(path - controllers));

			if (memory || (!found && text[0] == '0')) {
				found = path + 1;
				*len = line - (size_t)(found - text);
			}
			if (memory)
				return found;
		}
		text += line;
		text += *text == '\n';
	}
	return found;
}

static int label_container(const struct tcpmem_ctx *ctx, const char *id,
			   uint32_t pid, char *label, size_t size)
{
	struct tm_container_names names = { 0 };
	char name[NAME_SIZE];
	int ret = tm_container_name(ctx, &names, id, pid, name, sizeof(name));

	tm_cgroup_format_id(id, ret == 0 ? name : NULL, label, size);
	tm_container_names_deinit(&names);
	return tm_shortage(ret);
}

static int label_path(const struct tcpmem_ctx *ctx, const char *path,
		      uint32_t pid, char *label, size_t size)
{
	char id[NAME_SIZE];

	if (tm_cgroup_container(path, id, sizeof(id)) == 0)
		return label_container(ctx, id, pid, label, size);
	return tm_cgroup_unit(path, label, size);
}

/* Lines are "HIERARCHY:CONTROLLERS:PATH"; the first path that tells wins. */
static int label_lines(const struct tcpmem_ctx *ctx, char *text, uint32_t pid,
		       char *label, size_t size)
{
	char *line, *rest = text;
	int ret = -ENOENT;

	while (ret == -ENOENT && (line = strsep(&rest, "\n"))) {
		const char *path = strchr(line, ':');

		path = path ? strchr(path + 1, ':') : NULL;
		if (path)
			ret = label_path(ctx, path + 1, pid, label, size);
	}
	return ret;
}

int tm_cgroup_label(const struct tcpmem_ctx *ctx, uint32_t pid, char *label,
		    size_t size)
{
	char file[32], *text;
	size_t len;
	int ret;

	snprintf(file, sizeof(file), "%" PRIu32 "/cgroup", pid);
	ret = tm_read_file(ctx->proc, file, 1 << 20, &text, &len);
	if (ret < 0)
		return ret;
	ret = label_lines(ctx, text, pid, label, size);
	free(text);
	return ret;
}
