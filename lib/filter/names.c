// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * names.c - what this host calls services, hosts, users and cgroups
 *
 * Only what looks like a name gets here. The answers may take their time:
 * resolvers ask the network.
 */
#include "filter/filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/vfs.h>

/* More than any line of /etc/services or of a user database should need. */
#define ENTRY_MAX 16384

static int find_service(const char *name, uint16_t *port)
{
	struct servent entry, *found = NULL;
	char buffer[ENTRY_MAX];

	if (getservbyname_r(name, "tcp", &entry, buffer, sizeof(buffer),
			    &found) != 0 ||
	    !found)
		return -ENOENT;
	*port = ntohs((uint16_t)found->s_port);
	return 0;
}

static bool read_address(const struct addrinfo *info,
			 struct tm_filter_host *host)
{
	if (info->ai_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)info->ai_addr;

		*host = (struct tm_filter_host){ .family = AF_INET,
						 .prefix = 32 };
		memcpy(host->addr, &in->sin_addr, sizeof(in->sin_addr));
		return true;
	}
	if (info->ai_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)info->ai_addr;

		*host = (struct tm_filter_host){ .family = AF_INET6,
						 .prefix = 128 };
		memcpy(host->addr, &in6->sin6_addr, sizeof(in6->sin6_addr));
		return true;
	}
	return false;
}

static int find_host(const char *name, int family, struct tm_filter_host *host,
		     size_t max)
{
	const struct addrinfo hints = {
		.ai_family = family,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *list;
	size_t count = 0;

	if (getaddrinfo(name, NULL, &hints, &list) != 0)
		return -ENOENT;
	for (const struct addrinfo *i = list; i && count < max; i = i->ai_next)
		count += read_address(i, &host[count]);
	freeaddrinfo(list);
	return count ? (int)count : -ENOENT;
}

static int find_user(const char *name, uint32_t *uid)
{
	struct passwd entry, *found = NULL;
	char buffer[ENTRY_MAX];

	if (getpwnam_r(name, &entry, buffer, sizeof(buffer), &found) != 0 ||
	    !found)
		return -ENOENT;
	*uid = found->pw_uid;
	return 0;
}

/* Where the v2 hierarchy is mounted. */
static int find_mount(char *dir, size_t size)
{
	char buffer[PATH_MAX * 2];
	struct mntent entry;
	int ret = -ENOENT;
	FILE *mounts = setmntent("/proc/self/mounts", "re");

	if (!mounts)
		return -ENOENT;
	while (ret < 0 && getmntent_r(mounts, &entry, buffer, sizeof(buffer))) {
		if (strcmp(entry.mnt_type, "cgroup2") == 0 &&
		    strlen(entry.mnt_dir) < size) {
			strcpy(dir, entry.mnt_dir);
			ret = 0;
		}
	}
	endmntent(mounts);
	return ret;
}

/* NULL: @path is not in @dir. */
static const char *below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len && dir[len - 1] == '/')
		len--;
	if (strncmp(path, dir, len) != 0 || (path[len] && path[len] != '/'))
		return NULL;
	return path + len;
}

/* The longer one first, beside v1 hierarchies: a cgroup is hardly called so. */
const char *tm_cgroup_below_mount(const char *path)
{
	const char *rest = below(path, "/sys/fs/cgroup/unified");
	char dir[PATH_MAX];

	if (!rest && find_mount(dir, sizeof(dir)) == 0)
		rest = below(path, dir);
	if (!rest)
		rest = below(path, "/sys/fs/cgroup");
	return rest ? rest : path;
}

/* Its file handle is the id that the kernel gives out for its sockets. */
static int cgroup_at(const char *path, uint64_t *id)
{
	union {
		struct file_handle handle;
		unsigned char room[sizeof(struct file_handle) + sizeof(*id)];
	} u = { .handle = { .handle_bytes = sizeof(*id) } };
	struct statfs fs;
	int mount;

	if (statfs(path, &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC)
		return -ENOENT;
	if (name_to_handle_at(AT_FDCWD, path, &u.handle, &mount, 0) < 0 ||
	    u.handle.handle_bytes != sizeof(*id))
		return -ENOENT;
	memcpy(id, u.handle.f_handle, sizeof(*id));
	return 0;
}

/* As a path in the file system, or as one below the hierarchy's root. */
static int find_cgroup(const char *path, uint64_t *id)
{
	char dir[PATH_MAX], full[PATH_MAX * 2];
	int length;

	if (cgroup_at(path, id) == 0)
		return 0;
	if (find_mount(dir, sizeof(dir)) < 0)
		return -ENOENT;
	length = snprintf(full, sizeof(full), "%s/%s", dir, path);
	if (length < 0 || (size_t)length >= sizeof(full))
		return -ENOENT;
	return cgroup_at(full, id);
}

/* No cgroup has that id: of this host's, the one that is missing is none. */
static int find_any_cgroup(const char *path, uint64_t *id)
{
	if (find_cgroup(path, id) < 0)
		*id = UINT64_MAX;
	return 0;
}

const struct tm_filter_names tm_filter_names_saved = {
	.service = find_service,
	.host = find_host,
	.user = find_user,
	.cgroup = find_any_cgroup,
};

const struct tm_filter_names tm_filter_names_host = {
	.service = find_service,
	.host = find_host,
	.user = find_user,
	.cgroup = find_cgroup,
};
