// SPDX-License-Identifier: LGPL-2.1-or-later
/* holders.c - who holds which socket, from /proc/PID/fd */
#include "proc/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

/* Processes below which starting a scan thread does not pay. */
#define PIDS_PER_THREAD 256

#define THREADS_MAX 8

/* Bytes of a ring's fdinfo; it may have a million files. */
#define RING_MAX   (64 * 1024 * 1024)
#define RING_TRIES 8

/* struct scan - what one thread reads, and what it found */
struct scan {
	struct tm_pids *pids;
	struct tm_fd_refs fd_refs;
	const struct tm_fd_visitor *visitor; /* NULL: fd_refs are noted */
	const struct tm_fd_cache *cache;     /* NULL: every process is read */
	struct tm_fd_known *known;
	size_t known_count, known_capacity;
	struct tm_proc_scan result;
	bool own_pids;	      /* pids in /proc are those that kcmp(2) takes */
	bool fds_are_counted; /* see has_no_fds() */
	struct tm_fd_tables tables;
	struct tm_dir tasks, fds;
	pthread_t thread;
	int ret;
};

/*
 * A process that is being read. Its directory stays open: once the process is
 * gone nothing can be read through it, whoever has its pid by then.
 */
struct subject {
	int dir;
	uint32_t pid;
	uint32_t tid;	/* whose fd table is being read */
	uint32_t index; /* in the fd_refs, once it is known there */
	bool known;
	bool denied;
	bool unsteady; /* a count of its fds does not tell whether it changed */
};

/* stat is read only for processes that hold a socket. */
static int meet(struct scan *scan, struct subject *subject)
{
	struct tcpmem_process process = { .pid = subject->pid };
	struct tm_proc_stat stat;
	struct stat st;
	int ret;

	ret = tm_proc_stat_read(subject->dir, "stat", &stat);
	if (ret < 0)
		return ret;
	if (fstat(subject->dir, &st) < 0)
		return -errno;
	process.uid = st.st_uid;
	process.start_time = stat.start_time;
	memcpy(process.comm, stat.comm, sizeof(process.comm));
	ret = tm_fd_refs_process(&scan->fd_refs, &process, &subject->index);
	subject->known = ret == 0;
	return ret;
}

static int show_socket(struct scan *scan, const struct subject *subject,
		       const char *name, uint32_t inode)
{
	const char *end;
	uint64_t fd;

	if (!scan->own_pids || tm_parse_u64(name, &end, &fd) < 0 || *end ||
	    fd > INT_MAX)
		return 0;
	return scan->visitor->socket(subject->pid, subject->tid, (int)fd, inode,
				     scan->visitor->user);
}

static int show_netns(struct scan *scan, const struct subject *subject,
		      const char *name, uint64_t inode)
{
	char path[64];
	int len;

	len = snprintf(path, sizeof(path), "%u/task/%u/fd/%s", subject->pid,
		       subject->tid, name);
	if (!inode || len < 0 || (size_t)len >= sizeof(path))
		return 0;
	return scan->visitor->netns(inode, path, scan->visitor->user);
}

static int hold(struct scan *scan, struct subject *subject, uint32_t inode)
{
	if (!subject->known) {
		int ret = meet(scan, subject);

		if (ret < 0)
			return ret;
	}
	return tm_fd_refs_add(&scan->fd_refs, inode, subject->index);
}

/*
 * A link that cannot be read may be a socket's, unless the fd was closed
 * meanwhile, or is of a file whose path is longer than the kernel tells.
 */
static int judge_unread(int error)
{
	if (error == ENOENT || error == ENAMETOOLONG)
		return 0;
	return tm_shortage(-error) ? -error : -EACCES;
}

static int take_socket(struct scan *scan, struct subject *subject,
		       const char *name, uint64_t inode)
{
	if (!inode || inode > UINT32_MAX)
		return 0;
	if (scan->visitor)
		return show_socket(scan, subject, name, (uint32_t)inode);
	return hold(scan, subject, (uint32_t)inode);
}

/* "    0: socket:[12345]" */
static uint64_t parse_registered(const char *line)
{
	static const char kind[] = ": socket:[";
	const char *end;
	uint64_t inode;

	line += strspn(line, " 0123456789");
	if (strncmp(line, kind, sizeof(kind) - 1) != 0 ||
	    tm_parse_u64(line + sizeof(kind) - 1, &end, &inode) < 0)
		return 0;
	return *end == ']' ? inode : 0;
}

static int read_fdinfo(const struct scan *scan, const char *name, char **text)
{
	char path[64];
	size_t len;
	int fd, ret;

	snprintf(path, sizeof(path), "../fdinfo/%.20s", name);
	fd = openat(scan->fds.fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = tm_read_all(fd, RING_MAX, text, &len);
	close(fd);
	return ret;
}

/*
 * Files that are registered with an io_uring need no fd: fdinfo lists them
 * behind "UserFiles:", which is missing while the ring is locked. No copy can
 * be made of them, so that they are nothing for a visitor.
 */
static int read_ring(struct scan *scan, struct subject *subject,
		     const char *name)
{
	char *text = NULL, *line = NULL;
	int ret = 0;

	for (int i = 0; i < RING_TRIES && ret == 0 && !line; i++) {
		free(text);
		text = NULL;
		ret = read_fdinfo(scan, name, &text);
		line = ret < 0 ? NULL : strstr(text, "\nUserFiles:");
	}
	if (ret == 0 && !line)
		ret = -EBUSY;
	if (ret < 0)
		ret = judge_unread(-ret);
	while (ret == 0 && line && (line = strchr(line + 1, '\n')))
		ret = take_socket(scan, subject, name,
				  parse_registered(line + 1));
	free(text);
	return ret;
}

static bool wants_rings_alone(const struct scan *scan)
{
	return scan->pids->round && scan->pids->round->rings;
}

static int read_fd(struct scan *scan, struct subject *subject, const char *name)
{
	char text[32];
	uint64_t inode;
	ssize_t len = readlinkat(scan->fds.fd, name, text, sizeof(text) - 1);

	if (len < 0)
		return judge_unread(errno);
	text[len] = '\0';
	inode = tm_parse_link(text, "socket");
	if (inode)
		return wants_rings_alone(scan)
			       ? 0
			       : take_socket(scan, subject, name, inode);
	if (scan->visitor)
		return show_netns(scan, subject, name,
				  tm_parse_link(text, "net"));
	if (strcmp(text, "anon_inode:[io_uring]"))
		return 0;
	subject->unsteady = true;
	return read_ring(scan, subject, name);
}

static int read_table(struct scan *scan, struct subject *subject,
		      const char *path)
{
	const struct dirent *entry;
	int ret;

	ret = tm_dir_open(&scan->fds, subject->dir, path);
	if (ret < 0)
		return ret;
	while ((ret = tm_dir_next(&scan->fds, &entry)) > 0) {
		if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
			continue;
		ret = read_fd(scan, subject, entry->d_name);
		if (ret < 0)
			break;
	}
	tm_dir_close(&scan->fds);
	return ret;
}

/*
 * Whether a task whose fds may not be read has any. Root owns those of a task
 * without memory, which one that ends gives up first; threads that outlive
 * their leader are asked themselves.
 */
static bool may_have_fds(const struct subject *subject, const char *path)
{
	struct tm_proc_stat stat;
	int ret = tm_proc_stat_read(subject->dir, path, &stat);

	if (ret < 0)
		return ret != -ENOENT && ret != -ESRCH;
	return !stat.kernel && !stat.exiting;
}

/*
 * Reads the table of the process or, with @task as "task/TID/", of a thread.
 * One that ended is not the scan's fault, nor is one that may not be read or
 * whose process has no name: it goes on.
 */
static int read_task(struct scan *scan, struct subject *subject,
		     const char *task)
{
	char path[sizeof("task//stat") + 10];
	int ret;

	snprintf(path, sizeof(path), "%sfd", task);
	ret = read_table(scan, subject, path);
	switch (ret) {
	case -ENOENT:
	case -ESRCH:
		return 0;
	case -EACCES:
	case -EPERM:
		subject->unsteady = true;
		snprintf(path, sizeof(path), "%sstat", task);
		subject->denied |= may_have_fds(subject, path);
		return 0;
	case -EBADMSG:
		subject->denied = true;
		return 0;
	default:
		return ret;
	}
}

static int read_thread(struct scan *scan, struct subject *subject,
		       const char *name)
{
	char task[sizeof("task//") + 10];
	uint32_t tid = tm_parse_pid(name);
	int ret;

	if (!tid || tid == subject->pid)
		return 0;
	ret = scan->own_pids ? tm_fd_tables_meet(&scan->tables, tid) : 1;
	if (ret <= 0)
		return ret;
	subject->tid = tid;
	subject->unsteady = true;
	snprintf(task, sizeof(task), "task/%u/", tid);
	return read_task(scan, subject, task);
}

static int read_threads(struct scan *scan, struct subject *subject)
{
	const struct dirent *entry;
	int ret;

	ret = tm_dir_open(&scan->tasks, subject->dir, "task");
	if (ret < 0)
		return ret;
	tm_fd_tables_clear(&scan->tables);
	if (scan->own_pids)
		ret = tm_fd_tables_meet(&scan->tables, subject->pid);
	while (ret >= 0 && (ret = tm_dir_next(&scan->tasks, &entry)) > 0)
		ret = read_thread(scan, subject, entry->d_name);
	tm_dir_close(&scan->tasks);
	return ret;
}

static int read_subject(struct scan *scan, struct subject *subject)
{
	int ret;

	subject->tid = subject->pid;
	ret = read_task(scan, subject, "");
	if (ret < 0 || subject->denied ||
	    tm_proc_is_single(subject->dir, "task"))
		return ret;
	ret = read_threads(scan, subject);
	return ret == -ENOENT || ret == -ESRCH ? 0 : ret;
}

/*
 * Since Linux 6.2 the size of /proc/PID/fd says how many are open, also to
 * those who may not read which: f1f1f2569901.
 */
static bool count_fds(const struct scan *scan, const char *pid,
		      struct tm_fd_known *known)
{
	char path[sizeof("/fd") + 10];
	struct stat st;

	if (!scan->fds_are_counted)
		return false;
	snprintf(path, sizeof(path), "%s/fd", pid);
	if (fstatat(scan->pids->proc, path, &st, 0) < 0)
		return false;
	known->inode = st.st_ino;
	known->fds = st.st_size;
	return true;
}

/* Most processes of an idle host are the kernel's threads: they have no fds. */
static bool is_single_pid(const struct scan *scan, const char *pid)
{
	char path[sizeof("/task") + 10];

	snprintf(path, sizeof(path), "%s/task", pid);
	return tm_proc_is_single(scan->pids->proc, path);
}

static void note_denied(struct tm_proc_scan *result, uint32_t pid)
{
	if (result->denied < TM_DENIED_NAMED)
		result->denied_pid[result->denied] = pid;
	result->denied++;
}

static int read_fds(struct scan *scan, const char *name,
		    struct subject *subject)
{
	int ret;

	subject->dir = openat(scan->pids->proc, name,
			      O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (subject->dir < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	ret = read_subject(scan, subject);
	close(subject->dir);
	if (subject->denied)
		note_denied(&scan->result, subject->pid);
	else
		scan->result.processes++;
	return ret;
}

static int remember(struct scan *scan, const struct tm_fd_known *known)
{
	return tm_append(scan->known, scan->known_count, scan->known_capacity,
			 known);
}

static int read_process(struct scan *scan, uint32_t pid)
{
	struct tm_fd_known known = { .pid = pid };
	struct subject subject = { .pid = pid };
	bool counted;
	char name[11];
	int ret;

	snprintf(name, sizeof(name), "%u", pid);
	counted = count_fds(scan, name, &known);
	if (counted && !known.fds && is_single_pid(scan, name)) {
		scan->result.processes++;
		return 0;
	}
	known.kept = counted && tm_fd_cache_has(scan->cache, &known);
	if (known.kept) {
		scan->result.processes++;
		return remember(scan, &known);
	}
	ret = read_fds(scan, name, &subject);
	if (ret < 0 || !counted || !known.fds || subject.unsteady)
		return ret;
	return remember(scan, &known);
}

static void *read_processes(void *arg)
{
	struct scan *scan = arg;
	uint32_t pid;

	while (scan->ret == 0 && (pid = tm_pids_next(scan->pids)))
		scan->ret = read_process(scan, pid);
	tm_fd_tables_deinit(&scan->tables);
	return NULL;
}

static bool counts_fds(int proc)
{
	struct stat st;

	return fstatat(proc, "self/fd", &st, 0) == 0 && st.st_size;
}

/* Thread 0 is the caller; threads that cannot start are left out. */
static size_t run_threads(struct scan *scan, size_t threads)
{
	size_t started = 1;

	while (started < threads &&
	       tm_thread_start(&scan[started].thread, read_processes,
			       &scan[started]) == 0)
		started++;
	read_processes(&scan[0]);
	for (size_t i = 1; i < started; i++)
		pthread_join(scan[i].thread, NULL);
	return started;
}

static void add_result(struct scan *to, const struct scan *from)
{
	for (size_t i = 0; i < from->result.denied; i++)
		note_denied(&to->result, i < TM_DENIED_NAMED
						 ? from->result.denied_pid[i]
						 : 0);
	to->result.processes += from->result.processes;
}

/* Merges the results of @count threads. */
static int unite(struct scan *scan, size_t count)
{
	int ret = scan[0].ret;

	for (size_t i = 1; i < count; i++) {
		if (ret == 0)
			ret = scan[i].ret;
		if (ret == 0)
			ret = tm_fd_refs_merge(&scan[0].fd_refs,
					       &scan[i].fd_refs);
		for (size_t j = 0; ret == 0 && j < scan[i].known_count; j++)
			ret = remember(&scan[0], &scan[i].known[j]);
		tm_fd_refs_deinit(&scan[i].fd_refs);
		free(scan[i].known);
		add_result(&scan[0], &scan[i]);
	}
	return ret;
}

static size_t count_threads(const struct tm_pids *pids)
{
	size_t threads = tm_thread_cpus();

	if (threads > pids->count / PIDS_PER_THREAD + 1)
		threads = pids->count / PIDS_PER_THREAD + 1;
	return threads < THREADS_MAX ? threads : THREADS_MAX;
}

static int scan_pids(const struct tcpmem_ctx *ctx, struct tm_pids *pids,
		     const struct tm_fd_visitor *visitor, size_t threads,
		     struct tm_fd_cache *cache, struct tm_fd_refs *fd_refs,
		     struct tm_proc_scan *result)
{
	bool partial = cache && tm_fd_cache_begin(cache);
	struct scan *scan = calloc(threads, sizeof(*scan));
	bool own_pids = tm_proc_has_own_pids(pids->proc);
	bool fds_are_counted = counts_fds(pids->proc);
	int ret;

	if (!scan)
		return -ENOMEM;
	for (size_t i = 0; i < threads; i++) {
		scan[i].pids = pids;
		scan[i].visitor = visitor;
		scan[i].cache = partial ? cache : NULL;
		scan[i].own_pids = own_pids;
		scan[i].fds_are_counted = fds_are_counted;
	}
	ret = unite(scan, run_threads(scan, threads));
	tm_proc_view_read(ctx, pids->proc, &scan->result.view);
	if (ret == 0 && cache)
		ret = tm_fd_cache_update(cache, &scan->fd_refs, scan->known,
					 scan->known_count);
	free(scan->known);
	if (ret == 0) {
		*result = scan->result;
		*fd_refs = scan->fd_refs;
	} else {
		tm_fd_refs_deinit(&scan->fd_refs);
	}
	free(scan);
	return ret;
}

int tm_fd_refs_proc_scan(const struct tcpmem_ctx *ctx,
			 struct tm_scan_state *round, struct tm_fd_cache *cache,
			 struct tm_fd_refs *fd_refs, struct tm_proc_scan *scan)
{
	struct tm_pids pids;
	int ret = tm_pids_open(&pids, ctx->proc, round);

	if (ret < 0)
		return ret;
	ret = scan_pids(ctx, &pids, NULL, count_threads(&pids), cache, fd_refs,
			scan);
	tm_pids_close(&pids);
	return ret;
}

int tm_fds_proc_visit(const struct tcpmem_ctx *ctx,
		      const struct tm_fd_visitor *visitor,
		      struct tm_proc_scan *scan)
{
	struct tm_fd_refs none;
	struct tm_pids pids;
	int ret = tm_pids_open(&pids, ctx->proc, NULL);

	if (ret < 0)
		return ret;
	ret = scan_pids(ctx, &pids, visitor, 1, NULL, &none, scan);
	tm_pids_close(&pids);
	return ret;
}
