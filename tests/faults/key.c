// SPDX-License-Identifier: LGPL-2.1-or-later
/* key.c - the tasks of the command, and names for what they call */
#include "key.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define TASKS_MAX 256

const char *work_dir;

static struct task tasks[TASKS_MAX];
static size_t task_count;

/* NSpid names a task in each PID namespace, the innermost last. */
static void read_task(struct task *task)
{
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", task->tid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Tgid: %d", &task->process) == 1)
			continue;
		if (strncmp(line, "NSpid:", 6) == 0) /* as its /proc has it */
			task->inner = strtol(strrchr(line, '\t'), NULL, 10);
	}
	if (file)
		fclose(file);
}

struct task *task_find(pid_t tid)
{
	struct task *task = tasks;

	for (size_t i = 0; i < task_count; i++, task++)
		if (task->tid == tid)
			return task;
	if (task_count == TASKS_MAX)
		task_count = 0;
	task = &tasks[task_count++];
	*task = (struct task){ .tid = tid, .process = tid };
	read_task(task);
	return task;
}

bool task_is_strange(pid_t process)
{
	for (size_t i = 0; i < task_count; i++)
		if (tasks[i].process == process && tasks[i].strange)
			return true;
	return false;
}

void task_read_text(pid_t tid, uint64_t address, char *text, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), done = 0;

	while (done < size - 1) {
		size_t part = page - (address + done) % page;
		struct iovec to = { .iov_base = text + done };
		struct iovec from = {
			.iov_base = (void *)(uintptr_t)(address + done),
		};
		ssize_t len;

		if (part > size - 1 - done)
			part = size - 1 - done;
		to.iov_len = part;
		from.iov_len = part;
		len = process_vm_readv(tid, &to, 1, &from, 1, 0);
		if (len <= 0)
			break;
		done += (size_t)len;
		if (memchr(to.iov_base, '\0', (size_t)len))
			break;
	}
	text[done] = '\0';
}

/* "socket:[123]" is another number each time. */
static void read_fd(pid_t tid, int fd, char *text, size_t size)
{
	char path[64], *bracket;
	ssize_t len;

	if (fd == AT_FDCWD)
		snprintf(path, sizeof(path), "/proc/%d/cwd", tid);
	else
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid, fd);
	len = readlink(path, text, size - 1);
	text[len < 0 ? 0 : len] = '\0';
	bracket = strstr(text, ":[");
	if (bracket)
		*bracket = '\0';
}

/* Its own ids, and names that it makes up, differ from run to run. */
static void append_path(char *key, const char *path)
{
	size_t work = work_dir ? strlen(work_dir) : 0, len = strlen(key);
	const char *part = path;

	if (work && strncmp(path, work_dir, work) == 0) {
		snprintf(key + len, KEY_SIZE - len, "WORK%s",
			 strncmp(path + work, "/.", 2) ? path + work : "/.tmp");
		return;
	}
	while (*part && len < KEY_SIZE - 16) {
		size_t size = strcspn(part + 1, "/") + 1;
		char *end;
		long number = strtol(part + 1, &end, 10);
		bool own = false;

		if (*part == '/' && end == part + size && size > 1)
			for (size_t i = 0; i < task_count; i++)
				own |= tasks[i].inner == number;
		len += (size_t)snprintf(key + len, KEY_SIZE - len, "%.*s",
					own ? 5 : (int)size,
					own ? "/SELF" : part);
		part += size;
	}
}

static void append_at(char *key, pid_t tid, int dir, uint64_t address)
{
	char path[KEY_SIZE], from[256], name[256];

	task_read_text(tid, address, name, sizeof(name));
	from[0] = '\0';
	if (*name != '/')
		read_fd(tid, dir, from, sizeof(from));
	snprintf(path, sizeof(path), "%s%s%s", from,
		 *name && *name != '/' ? "/" : "", name);
	append_path(key, path);
}

static void append_fd(char *key, pid_t tid, int fd)
{
	char path[256];

	read_fd(tid, fd, path, sizeof(path));
	append_path(key, path);
}

static void append_number(char *key, uint64_t number)
{
	size_t len = strlen(key);

	snprintf(key + len, KEY_SIZE - len, " %#x", (unsigned int)number);
}

void key_describe(const struct call *call, const struct seccomp_notif *ask,
		  char key[KEY_SIZE])
{
	const __u64 *args = ask->data.args;
	pid_t tid = (pid_t)ask->pid;

	snprintf(key, KEY_SIZE, "%s ", call->name);
	switch (call->about) {
	case ABOUT_NOTHING:
		break;
	case ABOUT_FD:
	case ABOUT_FD_NUMBER:
	case ABOUT_FD_OPTION:
		append_fd(key, tid, (int)args[0]);
		if (call->about != ABOUT_FD)
			append_number(key, args[1]);
		if (call->about == ABOUT_FD_OPTION)
			append_number(key, args[2]);
		break;
	case ABOUT_NUMBER:
		append_number(key, args[0]);
		break;
	case ABOUT_PATH:
		append_at(key, tid, AT_FDCWD, args[0]);
		break;
	case ABOUT_AT:
		append_at(key, tid, (int)args[0], args[1]);
		break;
	case ABOUT_OPEN_AT:
		if (args[2] & (O_WRONLY | O_RDWR | O_CREAT))
			snprintf(key, KEY_SIZE, "%s:write ", call->name);
		append_at(key, tid, (int)args[0], args[1]);
		break;
	case ABOUT_MAPPING:
		append_fd(key, tid, (int)args[4]);
		break;
	}
}
