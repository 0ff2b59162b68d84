// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * played.c - the command over a kernel that is played from captures
 *
 * LOOKS names captures, without .tcpmem, with commas between: each look at the
 * kernel is the next of them, and the last one is taken again. "-NAME" is a
 * look that fails with ENOENT. Time passes only where the command waits; behind
 * the last look, the wait between samples is ended by SIGTERM. In FILES/N are
 * the files of the kernel that are read behind look number N. With WIDTH, the
 * output is a terminal of so many columns, 0: it does not say of how many. With
 * STUCK, no file can be removed.
 */
#include "played.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

/* 2026-11-22T12:00:00Z, and three days since the boot */
#define WALL_S INT64_C(1795348800)
#define BOOT_S INT64_C(259200)

static _Atomic int64_t passed;
static size_t looks;

void played_wait(int64_t ns)
{
	if (ns > 0)
		passed += ns;
}

static void tell(int64_t seconds, struct timespec *time)
{
	time->tv_sec = (time_t)(seconds + passed / NS_PER_S);
	time->tv_nsec = (long)(passed % NS_PER_S);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	switch (clock) {
	case CLOCK_REALTIME:
		tell(WALL_S, time);
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
		tell(BOOT_S, time);
		return 0;
	default: /* nothing takes time of a CPU */
		*time = (struct timespec){ 0 };
		return 0;
	}
}

time_t time(time_t *told)
{
	struct timespec now;

	tell(WALL_S, &now);
	if (told)
		*told = now.tv_sec;
	return now.tv_sec;
}

static int64_t ns_of(const struct timespec *time)
{
	return time ? time->tv_sec * NS_PER_S + time->tv_nsec : 0;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
		    struct timespec *left)
{
	(void)clock;
	(void)flags;
	(void)left;
	if (getenv("TELL"))
		fprintf(stderr, "waited: %d ms\n",
			(int)(ns_of(time) / 1000000));
	played_wait(ns_of(time));
	return 0;
}

int sigtimedwait(const sigset_t *set, siginfo_t *info,
		 const struct timespec *timeout)
{
	(void)info;
	if (played_is_over() && sigismember(set, SIGTERM) == 1)
		return SIGTERM;
	played_wait(ns_of(timeout));
	errno = EAGAIN;
	return -1;
}

/* The name of look number @index; the last one if there are fewer */
static const char *name_of(size_t index)
{
	static char name[256];
	const char *at = getenv("LOOKS");

	for (; at && index && strchr(at, ','); index--)
		at = strchr(at, ',') + 1;
	snprintf(name, sizeof(name), "%.*s.tcpmem",
		 (int)strcspn(at ? at : "", ","), at ? at : "");
	return name;
}

bool played_is_over(void)
{
	size_t count = 1;

	for (const char *at = getenv("LOOKS"); at && *at; at++)
		count += *at == ',';
	return looks >= count;
}

int played_look(struct tcpmem_ctx *ctx, const struct tcpmem_query *query,
		struct tcpmem_snapshot **snap)
{
	const char *name = name_of(looks++);

	if (*name == '-')
		return -ENOENT;
	return tcpmem_snapshot_load(ctx, query, name, 0, NULL, snap);
}

int tcpmem_snapshot_take(struct tcpmem_ctx *ctx,
			 const struct tcpmem_query *query,
			 struct tcpmem_snapshot **snap)
{
	return played_look(ctx, query, snap);
}

int tcpmem_dump(struct tcpmem_ctx *ctx, const struct tcpmem_query *query,
		const struct tcpmem_dump_ops *ops, void *user,
		struct tcpmem_snapshot **snap)
{
	int ret = played_look(ctx, query, snap);
	size_t count = ret ? 0 : tcpmem_snapshot_get_socket_count(*snap);

	/* what was dumped before a restart counts for nothing */
	if (count && ops->restart) {
		ret = ops->socket(*snap, tcpmem_snapshot_get_socket(*snap, 0),
				  user);
		ops->restart(user);
	}
	for (size_t i = 0; ret == 0 && i < count; i++)
		ret = ops->socket(*snap, tcpmem_snapshot_get_socket(*snap, i),
				  user);
	return ret;
}

/* Copies the capture of the look that was taken last. */
static int copy(int to)
{
	int from = open(name_of(looks - 1), O_RDONLY | O_CLOEXEC);
	struct stat stat;
	int ret = -EIO;

	if (from >= 0 && fstat(from, &stat) == 0 &&
	    sendfile(to, from, NULL, (size_t)stat.st_size) == stat.st_size)
		ret = 0;
	if (from >= 0)
		close(from);
	return ret;
}

int tcpmem_snapshot_save(struct tcpmem_ctx *ctx,
			 const struct tcpmem_query *query, const char *path,
			 struct tcpmem_snapshot **snap)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int ret = fd < 0 ? -errno : played_look(ctx, query, snap);

	if (ret == 0)
		ret = copy(fd);
	if (fd >= 0)
		close(fd);
	return ret;
}

struct tcpmem_sampler {
	struct tcpmem_ctx *ctx;
	const struct tcpmem_query *query;
};

int tcpmem_sampler_new(struct tcpmem_ctx *ctx, const struct tcpmem_query *query,
		       struct tcpmem_sampler **sampler)
{
	*sampler = calloc(1, sizeof(**sampler));
	if (!*sampler)
		return -ENOMEM;
	**sampler = (struct tcpmem_sampler){ ctx, query };
	return 0;
}

void tcpmem_sampler_free(struct tcpmem_sampler *sampler)
{
	free(sampler);
}

int tcpmem_sampler_next(struct tcpmem_sampler *sampler,
			struct tcpmem_snapshot **snap)
{
	return played_look(sampler->ctx, sampler->query, snap);
}

int tcpmem_sampler_save_fd(struct tcpmem_sampler *sampler, int fd,
			   struct tcpmem_snapshot **snap)
{
	int ret = played_look(sampler->ctx, sampler->query, snap);

	return ret ? ret : copy(fd);
}

/* Its sockets are those that end, if EVENTS is set. */
int tcpmem_sampler_wait(struct tcpmem_sampler *sampler, int timeout_ms,
			const struct tcpmem_dump_ops *ops, void *user,
			struct tcpmem_events *counts)
{
	struct tcpmem_snapshot *snap;
	size_t count;
	int ret = (int)played_number("EVENTS", "error");

	played_wait(timeout_ms * INT64_C(1000000));
	counts->lost = (uint64_t)played_number("EVENTS", "lost");
	counts->malformed = (uint64_t)played_number("EVENTS", "malformed");
	counts->undecided = (uint64_t)played_number("EVENTS", "undecided");
	counts->namespaces = (size_t)played_number("EVENTS", "namespaces");
	counts->deaf = (size_t)played_number("EVENTS", "deaf");
	counts->hooks_error = -(int)played_number("EVENTS", "hooks_error");
	if (ret || !getenv("EVENTS") || played_number("EVENTS", "silent") ||
	    played_is_over())
		return -ret;
	ret = played_look(sampler->ctx, sampler->query, &snap);
	if (ret)
		return ret;
	count = tcpmem_snapshot_get_socket_count(snap);
	for (size_t i = 0; ret == 0 && i < count; i++) {
		counts->ended++;
		ret = ops->socket(snap, tcpmem_snapshot_get_socket(snap, i),
				  user);
	}
	tcpmem_snapshot_free(snap);
	return ret;
}

/* FILES/N/proc/vmstat ...; NULL: it is the host's */
static FILE *open_played(const char *path, const char *mode)
{
	const char *files = getenv("FILES");
	char place[512];
	int fd;

	if (!files)
		return NULL;
	snprintf(place, sizeof(place), "%s/%zu/%s", files, looks, path);
	fd = open(place, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? NULL : fdopen(fd, mode);
}

static bool is_kernels(const char *path)
{
	if (getenv("CGROUP") && strncmp(path, "/proc/", 6) == 0 &&
	    strcmp(path + strlen(path) - 7, "/cgroup") == 0)
		return true;
	return strcmp(path, "/proc/vmstat") == 0 ||
	       strncmp(path, "/cgroup", 7) == 0;
}

FILE *fopen(const char *path, const char *mode)
{
	int fd;

	if (is_kernels(path))
		return getenv("CGROUP") ? played_cgroup(path)
					: open_played(path, mode);
	fd = *mode == 'r' ? open(path, O_RDONLY | O_CLOEXEC)
	     : *mode == 'w'
		     ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			    0666)
		     : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
			    0666);
	return fd < 0 ? NULL : fdopen(fd, mode);
}

/* Where cgroups are: played, or nowhere */
FILE *setmntent(const char *path, const char *mode)
{
	static const char mounts[] =
		"cgroup /cgroup1/cpu cgroup rw,cpu 0 0\n"
		"cgroup /cgroup1/memory cgroup rw,memory 0 0\n"
		"cgroup2 /cgroup2 cgroup2 rw 0 0\n"
		"cgroup2 /elsewhere cgroup2 rw 0 0\n";

	(void)path;
	if (getenv("CGROUP"))
		return played_mounts();
	return fmemopen((char *)mounts,
			getenv("FILES") ? sizeof(mounts) - 1 : 1, mode);
}

/* ---- a terminal ---- */

int isatty(int fd)
{
	return fd == STDOUT_FILENO && getenv("WIDTH");
}

int ioctl(int fd, unsigned long request, ...)
{
	struct winsize *size;
	va_list args;

	va_start(args, request);
	size = va_arg(args, void *);
	va_end(args);
	if (request != TIOCGWINSZ || !isatty(fd))
		return (int)syscall(SYS_ioctl, fd, request, size);
	*size = (struct winsize){
		.ws_col = (unsigned short)atoi(getenv("WIDTH")),
		.ws_row = 24,
	};
	return 0;
}

int unlinkat(int dir, const char *path, int flags)
{
	if (!getenv("STUCK"))
		return (int)syscall(SYS_unlinkat, dir, path, flags);
	errno = EBUSY;
	return -1;
}
