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
 * @tree: sockets of the command and its descendants, over the samples
 * @snap: the last sample of @tree, taken after the end of the command
 * @check: the results of thresholds on the peaks
 * @code: the exit code as a shell reports it
 * @signal: the signal that ended it; 0: it exited
 * @samples, @longest_ns: how often it was sampled, and the longest time without
 * @offset_ns: from tcpmem_tree_begin() to the begin of the command
 * @saw_enough: the peaks can be judged
 * @others: processes that it started still run
 * @events: counts of the sockets that ended; NULL: nothing told of them
 * @silence: -errno: why not; 0: it was not asked for, or no namespace lets us
 * @hooked: a hook of the command's cgroup tells which connections are its own
 * @escaped: not those of processes that have left it
 * @unsettled: more may have ended than was told when all was over
 * @closed: of the command's connections, how many ended
 * @unattributed: how many more ended, by whom is not known
 * @opened_exactly: no connection is missing in the number of those opened
 * @closed_exactly: all that ended was told
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
	int64_t samples;
	int64_t longest_ns;
	int64_t offset_ns;
	bool saw_enough;
	bool others;
	const struct tcpmem_events *events;
	int silence;
	bool hooked;
	bool escaped;
	bool unsettled;
	int64_t closed;
	int64_t unattributed;
	bool opened_exactly;
	bool closed_exactly;
};

/* run_signal_name() - "KILL"; its number in @text where it has no name */
const char *run_signal_name(int number, char text[12]);

/*
 * run_residue() - the sockets that it residue, the largest first
 *
 * Return: 0 or -errno; free the table either way.
 */
int run_residue(const struct run *run, enum tcpmem_residue residue,
		struct tcpmem_table **table);

/* run_count() - fills in what ended. Return: 0 or -errno. */
int run_count(struct run *run);

/* run_opened() - the number of connections that were opened */
int64_t run_opened(const struct run *run);

/* run_peak_is_least() - whether that peak is a lower bound */
bool run_peak_is_least(const struct run *run, enum tcpmem_check_metric metric);

/* run_peaks_known() - whether they are no lower bounds */
bool run_peaks_known(const struct run *run);

/* run_held_known() - whether what sockets held, at most or at last, is known */
bool run_held_known(const struct run *run, bool peak);

/* run_source() - what that number rests on: "exact", "event" or "memory" */
const char *run_source(const struct run *run);

/* run_residue_keys() - the grouping keys of run_residue() */
const char *run_residue_keys(enum tcpmem_residue residue);

/*
 * run_peak_seconds() - when a peak was, since the begin of the command
 * @ns: as struct tcpmem_tree_metric has it
 *
 * What the sample behind the end shows was there at the end.
 */
double run_peak_seconds(const struct run *run, int64_t ns);

/*
 * run_text(), run_json() and run_junit(): the report. Return: 0 or -errno.
 */
int run_junit(const struct run *run, FILE *out);
int run_text(const struct run *run, FILE *out);
int run_json(const struct run *run, FILE *out);

/* Exit codes as those of a shell, env(1) and timeout(1) */
enum {
	RUN_EXIT_BEYOND = 122,	/* ours alone: a peak is beyond its threshold */
	RUN_EXIT_UNKNOWN = 123, /* ours alone: it is not known whether one is */
	RUN_EXIT_TROUBLE = 125,
	RUN_EXIT_NO_EXEC = 126,
	RUN_EXIT_NOT_FOUND = 127,
	RUN_EXIT_SIGNAL = 128, /* plus the number of the signal */
};

/* struct run_cgroup - @path: of the cgroup; NULL: there is none */
struct run_cgroup {
	char *path;
	uint64_t id;
	int procs; /* fd of cgroup.procs; -1: none */
	int lock;  /* fd of a flock(2) that tells others it is in use; or -1 */
};

/*
 * struct child - the command as a child process
 * @signals: signalfd(2) of SIGCHLD and of the signals that are forwarded
 * @mask, @chld: signal mask and SIGCHLD action as the command inherits them
 * @code, @status: of waitid(2), after its end
 * @cgroup: that it began in; NULL: none
 * @escaped: a process of its was in another one at its end, or is now
 *
 * The command has our standard streams, process group and terminal: a signal of
 * the terminal reaches both. Signals to this process alone are forwarded.
 */
struct child {
	pid_t pid;
	int signals;
	sigset_t mask;
	struct sigaction chld;
	bool ended;
	int code;
	int status;
	const struct run_cgroup *cgroup;
	bool escaped;
};

/*
 * child_prepare() - blocks the signals and becomes a subreaper
 *
 * Call it before a thread starts. Return: 0 or -errno.
 */
int child_prepare(struct child *child);

/*
 * child_start() - runs the command
 * @argv: ends with NULL
 * @cgroup: fd of the cgroup.procs that it moves to; -1: none
 *
 * Return: 0, or the exit code of a command that does not run, after a message.
 */
int child_start(struct child *child, char **argv, int cgroup);

/*
 * child_wait() - waits for the end of the command and forwards signals
 *
 * The command is not reaped: its pid is not reused until child_reap().
 */
void child_wait(struct child *child);

/* child_reap() - reaps the command. Return: its exit code as in a shell. */
int child_reap(struct child *child);

/* child_has_others() - whether processes that it started still run */
bool child_has_others(struct child *child);

/*
 * run_cgroup_make() - makes a cgroup below our own
 *
 * It enables no controller, so limits and counts stay as they are. There is
 * none without a v2 hierarchy or without permission. Cgroups of earlier runs
 * that were killed are removed; their processes move to our own.
 */
void run_cgroup_make(struct run_cgroup *cgroup);

/* run_cgroup_has() - whether a process, or what is left of it, is in it */
bool run_cgroup_has(const struct run_cgroup *cgroup, pid_t pid);

/*
 * run_cgroup_is_left() - whether a process that descends from this one, and was
 * not reaped yet, is in another cgroup
 */
bool run_cgroup_is_left(const struct run_cgroup *cgroup);

/* run_cgroup_remove() - removes the cgroup; its processes move to our own */
void run_cgroup_remove(struct run_cgroup *cgroup);

/*
 * struct run_sampler - a thread that samples the sockets of a command
 * @last: the last snapshot
 * @every_ns: the pause of --every; 0: the default
 * @baseline: the begin of the sample before the command
 * @begin, @sampled: the begin of the command, the end of the last sample
 * @began: the begin of the last sample
 * @longest: the longest time between two of them, or without any
 * @during: samples while the command ran
 * @spent: CPU time of all samples
 * @error: -errno of the last sample, or 0
 * @events: what ended between two samples; valid if @hears
 * @silence: -errno: why nothing is heard of what ends
 * @unsettled: events still came, or that of the last socket had not come, when
 *	they were not waited for any more
 * @hooked: the connections of its cgroup are told exactly
 * @last_of_all: cookie of the socket whose end is still to be told of
 * @cgroup: that the command began in; NULL: none
 * @escaped: a sample saw a process of its in another one
 *
 * A sample takes long on a host with many sockets: signals to the command and
 * its end must not wait for it, hence the thread.
 */
struct run_sampler {
	struct tcpmem_sampler *source;
	struct tcpmem_tree *tree;
	struct tcpmem_snapshot *last;
	int64_t every_ns;
	int64_t baseline;
	int64_t begin;
	int64_t sampled;
	int64_t began;
	int64_t longest;
	int64_t during;
	int64_t spent;
	int error;
	bool hears;
	struct tcpmem_events events;
	int silence;
	bool unsettled;
	bool hooked;
	uint64_t last_of_all;
	const struct run_cgroup *cgroup;
	bool escaped;
	pthread_t thread;
	pthread_mutex_t lock; /* of @stop */
	pthread_cond_t stopped;
	bool stop;
};

/* run_clock_ns() - the monotonic clock in ns */
int64_t run_clock_ns(void);

/* run_sampler_open() - with a baseline sample. Return: 0 or -errno. */
int run_sampler_open(struct run_sampler *sampler, struct session *session,
		     const struct options *options,
		     const struct run_cgroup *cgroup);
void run_sampler_close(struct run_sampler *sampler);

/* run_sampler_unhook() - the command is not in its cgroup */
void run_sampler_unhook(struct run_sampler *sampler);

/*
 * run_sampler_start() - starts the thread
 * @begin: when the command began
 *
 * Return: 0 or -errno.
 */
int run_sampler_start(struct run_sampler *sampler, int64_t begin);

/*
 * run_sampler_stop() - stops the thread and takes the last sample
 * @end: when the command ended
 *
 * The command has ended and is not reaped: the sample shows its orphaned and
 * TIME_WAIT sockets.
 */
void run_sampler_stop(struct run_sampler *sampler, int64_t end);

/* run_sampler_heard() - whether ends were told of, of any namespace */
bool run_sampler_heard(const struct run_sampler *sampler);

/*
 * run_sampler_saw_enough() - whether the peaks of a command that ran @elapsed
 * ns are those of its samples
 *
 * Not of one that had hardly any, nor if a half of its time was without one, or
 * a second, or five times the pause that was asked for.
 */
bool run_sampler_saw_enough(const struct run_sampler *sampler, int64_t elapsed);

#endif
