/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * child.h - a command that runs in our place
 *
 * It has our standard streams, process group and terminal, so what a terminal
 * sends reaches both. What is sent to us alone is handed on.
 */
#ifndef CLI_RUN_CHILD_H
#define CLI_RUN_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* What a shell, env(1) and timeout(1) say of a command that did not run. */
enum {
	RUN_EXIT_BEYOND = 122, /* ours alone: it ran, and took too much */
	RUN_EXIT_TROUBLE = 125,
	RUN_EXIT_NO_EXEC = 126,
	RUN_EXIT_NOT_FOUND = 127,
	RUN_EXIT_SIGNAL = 128, /* and the signal's number */
};

/*
 * struct child - the command
 * @signals: signalfd(2) of all that we hand on, and of SIGCHLD
 * @mask, @chld: as they were, and as the command has them
 * @code, @status: as waitid(2) says how it ended
 */
struct child {
	pid_t pid;
	int signals;
	sigset_t mask;
	struct sigaction chld;
	bool ended;
	int code;
	int status;
};

/*
 * child_prepare() - from here on no signal is lost, and orphans are adopted
 *
 * Before any thread is started. Return: 0 or -errno.
 */
int child_prepare(struct child *child);

/*
 * child_start() - runs the command
 * @argv: ends with NULL
 * @cgroup: fd of a cgroup.procs that it moves to; -1 if it stays
 *
 * Return: 0, or the exit code of a command that does not run, after it said
 * why.
 */
int child_start(struct child *child, char **argv, int cgroup);

/*
 * child_wait() - until the command has ended
 *
 * Hands signals on meanwhile. An ended command is not reaped: its pid is its
 * own until child_reap().
 */
void child_wait(struct child *child);

/* child_reap() - Return: its exit code, as a shell has it */
int child_reap(struct child *child);

/* child_has_others() - whether processes that it started live on */
bool child_has_others(void);

#endif
