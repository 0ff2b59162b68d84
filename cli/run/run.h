/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* run.h - tcpmem run: the child, its cgroup, its samples, the report */
#ifndef CLI_RUN_RUN_H
#define CLI_RUN_RUN_H

#include "options.h"
#include "session.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * struct run - a command that has ended
 * @tree: what it and its descendants used and left
 * @snap: the last one of @tree, taken when the command had ended
 * @check: how the peaks stand to thresholds
 * @code: its exit code, as a shell has it
 * @signal: that ended it; 0: it exited
 * @others: processes that it started live on
 */
struct run {
	const struct options *options;
	char **argv;
	const struct tcpmem_tree *tree;
	const struct tcpmem_snapshot *snap;
	const struct tcpmem_check *check;
	int code;
	int signal;
	int64_t elapsed_ns;
	bool others;
};

/*
 * run_left() - what it left, the most expensive first
 *
 * Return: 0 or -errno; free the table either way.
 */
int run_left(const struct run *run, enum tcpmem_residue left,
	     struct tcpmem_table **table);

/* run_left_keys() - what that is grouped by */
const char *run_left_keys(enum tcpmem_residue left);

/* run_text() and run_json(): the report. Return: 0 or -errno. */
int run_text(const struct run *run, FILE *out);
int run_json(const struct run *run, FILE *out);

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

/* struct run_cgroup - @path: of the cgroup; NULL: none could be made */
struct run_cgroup {
	char *path;
	uint64_t id;
	int procs; /* fd of cgroup.procs; -1: none */
};

/*
 * run_cgroup_make() - makes one below our own
 *
 * It takes no controller, so nothing is limited or counted otherwise than
 * before. Where there is no v2 hierarchy, or we may not, there is none.
 */
void run_cgroup_make(struct run_cgroup *cgroup);

/* run_cgroup_remove() - removes it; who lives on in it comes back to ours */
void run_cgroup_remove(struct run_cgroup *cgroup);

/*
 * struct run_sampler - what was seen so far
 * @last: at the last look
 * @every_ns: the pause that was asked for; 0: the usual one
 * @begin, @looked: when the command began, and when the last look ended
 * @spent: how long all looks took
 * @error: why the last look failed; 0: it did not
 */
struct run_sampler {
	struct tcpmem_sampler *source;
	struct tcpmem_tree *tree;
	struct tcpmem_snapshot *last;
	int64_t every_ns;
	int64_t begin;
	int64_t looked;
	int64_t spent;
	int error;
	pthread_t thread;
	pthread_mutex_t lock; /* of @stop */
	pthread_cond_t stopped;
	bool stop;
};

/* run_clock_ns() - ns by a clock that is never set */
int64_t run_clock_ns(void);

/* run_sampler_open() - and what is there before the command is. 0 or -errno. */
int run_sampler_open(struct run_sampler *sampler, struct session *session,
		     int64_t every_ns);
void run_sampler_close(struct run_sampler *sampler);

/* run_sampler_start() - from now on, from time to time. 0 or -errno. */
int run_sampler_start(struct run_sampler *sampler);

/*
 * run_sampler_stop() - no more, but for the last one
 *
 * The command has ended and is not reaped: its sockets are closed, and what
 * became of them is still to be seen.
 */
void run_sampler_stop(struct run_sampler *sampler);

#endif
