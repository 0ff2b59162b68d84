// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * container_names.c - what people call a container, from files and arguments
 *
 * An engine's own file comes first, then kubelet's logs, then the arguments of
 * the container's monitor, last the host name that its processes see.
 */
#include "host/internal.h"

#include "base/util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define FILE_MAX   (16 << 20)
#define ARGUMENTS  (64 << 10)
#define NAME_SIZE  256
#define ID_LEN	   64
#define ANCESTORS  16
#define TASKS	   "run/containerd/io.containerd.runtime.v2.task"
#define KUBERNETES "io.kubernetes.cri."

/* struct source - where one name may be found */
struct source {
	const struct tcpmem_ctx *ctx;
	struct tm_container_names *names;
	const char *id;
	uint32_t pid;
	char *name; /* NAME_SIZE bytes */
};

/* The caller's root directory; a tree that a test made has its own. */
static void root_path(const struct tcpmem_ctx *ctx, const char *path,
		      char full[PATH_MAX])
{
	snprintf(full, PATH_MAX, "%s/self/root/%s", ctx->proc, path);
}

static int read_below_root(const struct tcpmem_ctx *ctx, const char *path,
			   char **text)
{
	char full[PATH_MAX];
	size_t len;

	root_path(ctx, "", full);
	return tm_read_file(full, path, FILE_MAX, text, &len);
}

/* Adds what the directory holds; one that is not there adds nothing. */
static int list_names(const struct tcpmem_ctx *ctx, const char *path,
		      struct tm_name_list *list)
{
	struct tm_dir *dir = malloc(sizeof(*dir));
	const struct dirent *entry;
	char full[PATH_MAX];
	int ret;

	if (!dir)
		return -ENOMEM;
	root_path(ctx, path, full);
	ret = tm_dir_open(dir, AT_FDCWD, full);
	if (ret < 0) {
		free(dir);
		return tm_shortage(ret);
	}
	while ((ret = tm_dir_next(dir, &entry)) > 0) {
		size_t more = strlen(entry->d_name) + 1;
		char *moved = realloc(list->text, list->len + more);

		if (!moved) {
			ret = -ENOMEM;
			break;
		}
		list->text = moved;
		memcpy(moved + list->len, entry->d_name, more);
		list->len += more;
	}
	tm_dir_close(dir);
	free(dir);
	return tm_shortage(ret);
}

/* Whole lists are read when the first name is looked for in them. */
static int read_storage(const struct tcpmem_ctx *ctx,
			struct tm_container_names *names)
{
	static const char path[] =
		"var/lib/containers/storage/overlay-containers/containers.json";

	if (names->storage_read)
		return 0;
	names->storage_read = true;
	return tm_shortage(read_below_root(ctx, path, &names->storage));
}

static int read_list(const struct tcpmem_ctx *ctx, const char *path,
		     struct tm_name_list *list)
{
	if (list->read)
		return 0;
	list->read = true;
	return list_names(ctx, path, list);
}

void tm_container_names_deinit(struct tm_container_names *names)
{
	free(names->storage);
	free(names->logs.text);
	free(names->pods.text);
	free(names->tasks.text);
	memset(names, 0, sizeof(*names));
}

/* Engines allow no other bytes; what has them was not written by one. */
static bool is_name(const char *name)
{
	if (!*name)
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("._-/", *name))
			return false;
	return true;
}

/* "k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT", as CRI-O and cri-dockerd say. */
static void shorten_kubernetes(char *name)
{
	char copy[NAME_SIZE], *rest = copy, *part[4];

	snprintf(copy, sizeof(copy), "%s", name);
	for (size_t i = 0; i < TM_ARRAY_SIZE(part); i++)
		part[i] = strsep(&rest, "_");
	if (rest && strcmp(part[0], "k8s") == 0)
		snprintf(name, NAME_SIZE, "%s/%s/%s", part[3], part[2],
			 part[1]);
}

/* podman and CRI-O keep one list of all containers. */
static int from_storage(const struct source *s)
{
	char id[ID_LEN + 1];
	const char *list, *at = NULL;
	int ret = read_storage(s->ctx, s->names);

	if (ret < 0)
		return ret;
	list = s->names->storage;
	while (list && (at = tm_json_element(list, at))) {
		if (!tm_json_text(tm_json_member(at, "id"), id, sizeof(id)) ||
		    strcmp(id, s->id) != 0)
			continue;
		at = tm_json_element(tm_json_member(at, "names"), NULL);
		return tm_json_text(at, s->name, NAME_SIZE) ? 0 : -ENOENT;
	}
	return -ENOENT;
}

/* docker keeps a file a container, whose "Name" begins with a slash. */
static int from_docker(const struct source *s)
{
	char path[PATH_MAX], *text, name[NAME_SIZE];
	int ret;

	snprintf(path, sizeof(path),
		 "var/lib/docker/containers/%s/config.v2.json", s->id);
	ret = read_below_root(s->ctx, path, &text);
	if (ret < 0)
		return ret;
	if (tm_json_text(tm_json_member(text, "Name"), name, sizeof(name)))
		snprintf(s->name, NAME_SIZE, "%s", name + (*name == '/'));
	else
		ret = -ENOENT;
	free(text);
	return ret;
}

static bool annotation(const char *text, const char *key, char *value)
{
	return tm_json_text(
		tm_json_member(tm_json_member(text, "annotations"), key), value,
		NAME_SIZE);
}

static int name_of_bundle(const char *text, char *name)
{
	char ns[NAME_SIZE], pod[NAME_SIZE], own[NAME_SIZE];
	int len;

	if (annotation(text, "nerdctl/name", name))
		return 0;
	if (!annotation(text, KUBERNETES "sandbox-namespace", ns) ||
	    !annotation(text, KUBERNETES "sandbox-name", pod))
		return -ENOENT;
	if (!annotation(text, KUBERNETES "container-name", own))
		snprintf(own, sizeof(own), "pause");
	len = snprintf(name, NAME_SIZE, "%s/%s/%s", ns, pod, own);
	return len < NAME_SIZE ? 0 : -ENOENT;
}

/* containerd keeps what it gave to the runtime, by namespace and id. */
static int from_containerd(const struct source *s)
{
	struct tm_name_list *tasks = &s->names->tasks;
	char path[PATH_MAX], *text;
	int ret = read_list(s->ctx, TASKS, tasks);
	bool found = false;

	for (size_t at = 0; ret == 0 && !found && at < tasks->len;
	     at += strlen(tasks->text + at) + 1) {
		if (tasks->text[at] == '.')
			continue;
		snprintf(path, sizeof(path), TASKS "/%s/%s/config.json",
			 tasks->text + at, s->id);
		if (read_below_root(s->ctx, path, &text) < 0)
			continue;
		found = name_of_bundle(text, s->name) == 0;
		free(text);
	}
	return ret < 0 ? ret : found ? 0 : -ENOENT;
}

/* kubelet links "POD_NAMESPACE_CONTAINER-ID.log" for whoever collects logs. */
static int from_logs(const struct source *s)
{
	struct tm_name_list *logs = &s->names->logs;
	char *part[3], copy[NAME_SIZE], *rest = copy;
	const char *id = NULL, *entry = NULL;
	int ret = read_list(s->ctx, "var/log/containers", logs);

	if (ret < 0)
		return ret;
	for (size_t at = 0; at < logs->len && !id;
	     at += strlen(logs->text + at) + 1) {
		entry = logs->text + at;
		id = strstr(entry, s->id);
	}
	if (!id || id == entry || id[-1] != '-' ||
	    snprintf(copy, sizeof(copy), "%.*s", (int)(id - entry) - 1,
		     entry) >= (int)sizeof(copy))
		return -ENOENT;
	for (size_t i = 0; i < TM_ARRAY_SIZE(part); i++) {
		part[i] = strsep(&rest, "_");
		if (!part[i])
			return -ENOENT;
	}
	return snprintf(s->name, NAME_SIZE, "%s/%s/%s", part[1], part[0],
			part[2]) < NAME_SIZE
		       ? 0
		       : -ENOENT;
}

/* A process that has ended, or is the first, has none: 0. */
static uint32_t parent_of(const struct tcpmem_ctx *ctx, uint32_t pid,
			  bool *is_conmon)
{
	char path[32], *text;
	const char *at, *end;
	uint64_t parent = 0;
	size_t len;

	snprintf(path, sizeof(path), "%u/status", pid);
	if (tm_read_file(ctx->proc, path, ARGUMENTS, &text, &len) < 0)
		return 0;
	*is_conmon = strncmp(text, "Name:\tconmon\n", 13) == 0;
	at = strstr(text, "\nPPid:\t");
	if (at)
		(void)tm_parse_u64(at + 7, &end, &parent);
	free(text);
	return (uint32_t)parent;
}

/* The argument behind @option in a list of them, each with a NUL. */
static const char *argument(const char *list, size_t len, const char *option)
{
	for (size_t at = 0; at < len; at += strlen(list + at) + 1) {
		size_t next = at + strlen(list + at) + 1;

		if (strcmp(list + at, option) == 0)
			return next < len ? list + next : NULL;
	}
	return NULL;
}

static int name_of_monitor(const struct source *s, uint32_t pid)
{
	const char *id, *name;
	char path[32], *text;
	size_t len;
	int ret = -ENOENT;

	snprintf(path, sizeof(path), "%u/cmdline", pid);
	if (tm_read_file(s->ctx->proc, path, ARGUMENTS, &text, &len) < 0)
		return -ENOENT;
	id = argument(text, len, "-c");
	name = argument(text, len, "-n");
	if (id && name && strcmp(id, s->id) == 0 &&
	    snprintf(s->name, NAME_SIZE, "%s", name) < NAME_SIZE)
		ret = 0;
	free(text);
	return ret;
}

/* conmon, the parent of what podman and CRI-O start, is told the name. */
static int from_monitor(const struct source *s)
{
	uint32_t pid = s->pid;

	for (int i = 0; pid > 1 && i < ANCESTORS; i++) {
		bool is_conmon = false;
		uint32_t parent = parent_of(s->ctx, pid, &is_conmon);

		if (is_conmon)
			return name_of_monitor(s, pid);
		pid = parent;
	}
	return -ENOENT;
}

struct uts_visit {
	int fd;
	bool entered;
	struct utsname uts;
};

/* A thread of its own goes there, and ends there. */
static void *visit_uts(void *arg)
{
	struct uts_visit *visit = arg;

	visit->entered = setns(visit->fd, CLONE_NEWUTS) == 0 &&
			 uname(&visit->uts) == 0;
	return NULL;
}

static bool same_file(int fd, const struct tcpmem_ctx *ctx, const char *path)
{
	struct stat there, here;
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s/%s", ctx->proc, path);
	return fstat(fd, &there) < 0 || stat(full, &here) < 0 ||
	       there.st_ino == here.st_ino;
}

/* The host's own name is none of a container, and its id tells nothing. */
static int from_uts(const struct source *s)
{
	struct uts_visit visit = { 0 };
	pthread_t thread;
	char path[32];

	if (!s->pid)
		return -ENOENT;
	snprintf(path, sizeof(path), "%u/ns/uts", s->pid);
	visit.fd = tm_open_below(s->ctx->proc, path);
	if (visit.fd < 0)
		return visit.fd;
	if (!same_file(visit.fd, s->ctx, "self/ns/uts") &&
	    tm_thread_start(&thread, visit_uts, &visit) == 0)
		pthread_join(thread, NULL);
	close(visit.fd);
	if (!visit.entered ||
	    strncmp(s->id, visit.uts.nodename, strlen(visit.uts.nodename)) == 0)
		return -ENOENT;
	snprintf(s->name, NAME_SIZE, "%s", visit.uts.nodename);
	return 0;
}

/* A machine's name is its id; one with other bytes names no file either. */
static bool is_id(const char *id)
{
	return strlen(id) == ID_LEN &&
	       strspn(id, "0123456789abcdefABCDEF") == ID_LEN;
}

int tm_container_name(const struct tcpmem_ctx *ctx,
		      struct tm_container_names *names, const char *id,
		      uint32_t pid, char *name, size_t size)
{
	static int (*const sources[])(const struct source *) = {
		from_docker, from_containerd, from_storage,
		from_logs,   from_monitor,    from_uts,
	};
	char found[NAME_SIZE];
	struct source s = { ctx, names, id, pid, found };
	int ret;

	if (!is_id(id))
		return -ENOENT;
	for (size_t i = 0; i < TM_ARRAY_SIZE(sources); i++) {
		ret = sources[i](&s);
		if (tm_shortage(ret))
			return ret;
		if (ret < 0)
			continue;
		shorten_kubernetes(found);
		if (!is_name(found))
			continue;
		snprintf(name, size, "%s", found);
		return 0;
	}
	return -ENOENT;
}

/* NAMESPACE_NAME_UID is the directory of a pod's logs. */
static bool read_pod(const char *text, const char *uid, char *name, size_t size)
{
	char copy[NAME_SIZE], *rest = copy;
	const char *ns, *pod;
	size_t len = (size_t)snprintf(copy, sizeof(copy), "%s", text);

	ns = strsep(&rest, "_");
	pod = rest ? strsep(&rest, "_") : NULL;
	if (len >= sizeof(copy) || !rest || strcmp(rest, uid) != 0 ||
	    !is_name(ns) || !is_name(pod))
		return false;
	snprintf(name, size, "%s/%s", ns, pod);
	return true;
}

int tm_pod_name(const struct tcpmem_ctx *ctx, struct tm_container_names *names,
		const char *uid, char *name, size_t size)
{
	struct tm_name_list *pods = &names->pods;
	int ret = read_list(ctx, "var/log/pods", pods);

	if (ret < 0)
		return ret;
	for (size_t at = 0; at < pods->len; at += strlen(pods->text + at) + 1)
		if (read_pod(pods->text + at, uid, name, size))
			return 0;
	return -ENOENT;
}
