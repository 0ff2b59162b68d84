// SPDX-License-Identifier: LGPL-2.1-or-later
/* holders_proc.c - who holds which socket, from /proc/PID/fd */
#include "read/holders_proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/dir.h"
#include "read/fd_tables.h"
#include "read/proc_stat.h"
#include "read/proc_view.h"
#include "util.h"

struct scan {
	struct tm_holders *holders;
	const struct tm_fd_visitor *visitor; /* NULL: holders are found */
	struct tm_proc_scan result;
	bool own_pids; /* pids in /proc are those that kcmp(2) takes */
	struct tm_fd_tables tables;
	struct tm_dir processes, tasks, fds;
};

/*
 * A process that is being read. Its directory stays open: once the process is
 * gone nothing can be read through it, whoever has its pid by then.
 */
struct subject {
	int dir;
	uint32_t pid;
	uint32_t tid;	/* whose fd table is being read */
	uint32_t index; /* in the holders, once it is known there */
	bool known;
	bool denied;
};

/* Most processes hold no socket: only those that do are looked at. */
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
	ret = tm_holders_process(scan->holders, &process, &subject->index);
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
	if (!tm_holders_wants(scan->holders, inode))
		return 0;
	if (!subject->known) {
		int ret = meet(scan, subject);

		if (ret < 0)
			return ret;
	}
	return tm_holders_add(scan->holders, inode, subject->index);
}

static int read_fd(struct scan *scan, struct subject *subject, const char *name)
{
	char text[32];
	uint64_t inode;
	ssize_t len = readlinkat(scan->fds.fd, name, text, sizeof(text) - 1);

	if (len < 0)
		return errno == EACCES || errno == EPERM ? -errno : 0;
	text[len] = '\0';
	inode = tm_parse_link(text, "socket");
	if (inode > UINT32_MAX)
		return 0;
	if (!scan->visitor)
		return inode ? hold(scan, subject, (uint32_t)inode) : 0;
	if (inode)
		return show_socket(scan, subject, name, (uint32_t)inode);
	return show_netns(scan, subject, name, tm_parse_link(text, "net"));
}

static int read_table(struct scan *scan, struct subject *subject,
		      const char *path)
{
	const struct dirent64 *entry;
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
	snprintf(task, sizeof(task), "task/%u/", tid);
	return read_task(scan, subject, task);
}

static int read_threads(struct scan *scan, struct subject *subject)
{
	const struct dirent64 *entry;
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

/* A directory has a link from itself, its parent and each directory in it. */
static bool is_single(const struct subject *subject)
{
	struct stat st;

	return fstatat(subject->dir, "task", &st, 0) == 0 && st.st_nlink == 3;
}

static int read_subject(struct scan *scan, struct subject *subject)
{
	int ret;

	subject->tid = subject->pid;
	ret = read_task(scan, subject, "");
	if (ret < 0 || subject->denied || is_single(subject))
		return ret;
	ret = read_threads(scan, subject);
	return ret == -ENOENT || ret == -ESRCH ? 0 : ret;
}

static int read_process(struct scan *scan, const char *name)
{
	struct subject subject = { .pid = tm_parse_pid(name) };
	int ret;

	if (!subject.pid)
		return 0;
	subject.dir = openat(scan->processes.fd, name,
			     O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (subject.dir < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	ret = read_subject(scan, &subject);
	close(subject.dir);
	scan->result.denied += subject.denied;
	scan->result.processes += !subject.denied;
	return ret;
}

static int read_processes(struct scan *scan)
{
	const struct dirent64 *entry;
	int ret;

	while ((ret = tm_dir_next(&scan->processes, &entry)) > 0) {
		ret = read_process(scan, entry->d_name);
		if (ret < 0)
			return ret;
	}
	return ret;
}

/* In the /proc of another PID namespace, pids mean others to kcmp(2). */
static bool has_own_pids(int proc)
{
	char text[16];
	ssize_t len = readlinkat(proc, "self", text, sizeof(text) - 1);

	if (len < 0)
		return false;
	text[len] = '\0';
	return tm_parse_pid(text) == (uint32_t)getpid();
}

static int add_gaps(const struct tm_proc_scan *result, struct tm_gaps *gaps)
{
	static const char help[] = "run as root, or with CAP_SYS_PTRACE and "
				   "CAP_DAC_READ_SEARCH";
	int ret = 0;

	if (result->denied)
		ret = tm_gaps_add(gaps, TCPMEM_GAP_FDS_UNREADABLE,
				  "%zu process%s may not be asked for sockets; "
				  "%s",
				  result->denied,
				  result->denied == 1 ? "" : "es", help);
	if (ret == 0 && result->hidden)
		ret = tm_gaps_add(gaps, TCPMEM_GAP_PROC_HIDDEN,
				  "/proc is mounted with hidepid and hides "
				  "other users' processes; %s",
				  help);
	return ret;
}

static int scan_proc(const struct tcpmem_ctx *ctx, struct scan *scan)
{
	struct tm_proc_view view;
	int ret;

	ret = tm_dir_open(&scan->processes, AT_FDCWD, ctx->proc);
	if (ret < 0)
		return ret;
	scan->own_pids = has_own_pids(scan->processes.fd);
	ret = read_processes(scan);
	tm_proc_view_read(ctx, scan->processes.fd, &view);
	tm_dir_close(&scan->processes);
	tm_fd_tables_deinit(&scan->tables);
	scan->result.hidden = view.hidden;
	scan->result.nested = view.nested;
	return ret;
}

static int run_scan(const struct tcpmem_ctx *ctx, struct tm_holders *holders,
		    const struct tm_fd_visitor *visitor,
		    struct tm_proc_scan *result)
{
	struct scan *scan = calloc(1, sizeof(*scan));
	int ret;

	if (!scan)
		return -ENOMEM;
	scan->holders = holders;
	scan->visitor = visitor;
	ret = scan_proc(ctx, scan);
	if (ret == 0)
		*result = scan->result;
	free(scan);
	return ret;
}

int tm_holders_proc_scan(const struct tcpmem_ctx *ctx,
			 struct tm_holders *holders, struct tm_gaps *gaps,
			 struct tm_proc_scan *result)
{
	struct tm_proc_scan found;
	int ret = run_scan(ctx, holders, NULL, &found);

	if (ret == 0)
		ret = add_gaps(&found, gaps);
	if (ret == 0)
		*result = found;
	return ret;
}

int tm_fds_proc_visit(const struct tcpmem_ctx *ctx,
		      const struct tm_fd_visitor *visitor,
		      struct tm_proc_scan *result)
{
	return run_scan(ctx, NULL, visitor, result);
}
