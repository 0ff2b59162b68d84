// SPDX-License-Identifier: LGPL-2.1-or-later
/* child.c - runs another tcpmem command without waiting for it */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { ARGS_MAX = 16, READ_SIZE = 4096 };

/* The screen blocks signals, and its terminal is not for the child. */
static int spawn(struct top_child *child, char **args, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	int ret;

	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
					 O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
	ret = posix_spawn(&child->pid, "/proc/self/exe", &actions, &attr, args,
			  environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return -ret;
}

int top_child_start(struct top_child *child, const char *const *args)
{
	char *argv[ARGS_MAX + 2] = { (char *)"tcpmem" };
	int ends[2];
	int ret;

	top_child_end(child);
	for (size_t i = 0; args[i] && i < ARGS_MAX; i++)
		argv[i + 1] = (char *)args[i];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	child->fd = ends[0];
	(void)fcntl(child->fd, F_SETFL, O_NONBLOCK);
	ret = spawn(child, argv, ends[1]);
	close(ends[1]);
	if (ret < 0) {
		child->pid = 0;
		top_child_end(child);
	}
	return ret;
}

bool top_child_read(struct top_child *child)
{
	ssize_t len;

	do {
		char *text = realloc(child->text, child->size + READ_SIZE + 1);

		if (!text)
			return true;
		child->text = text;
		len = read(child->fd, text + child->size, READ_SIZE);
		child->size += len > 0 ? (size_t)len : 0;
		text[child->size] = '\0';
	} while (len > 0);
	return len == 0;
}

void top_child_end(struct top_child *child)
{
	if (child->fd >= 0)
		close(child->fd);
	if (child->pid) {
		/* it has ended, or ends now: it does nothing that takes time */
		kill(child->pid, SIGKILL);
		(void)waitpid(child->pid, &child->status, 0);
	}
	free(child->text);
	*child = (struct top_child){ .fd = -1, .status = child->status };
}
