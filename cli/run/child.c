// SPDX-License-Identifier: LGPL-2.1-or-later
/* child.c - the command as a child process */
#include "run.h"

#include "cli.h"
#include "messages.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static const int forwarded[] = {
	SIGINT,	 SIGTERM, SIGHUP,  SIGQUIT, SIGUSR1,
	SIGUSR2, SIGALRM, SIGCONT, SIGTSTP, SIGWINCH,
};

int child_prepare(struct child *child)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t set;

	*child = (struct child){ .signals = -1 };
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++)
		sigaddset(&set, forwarded[i]);
	/* with SIGCHLD ignored, waitid(2) gives no exit status */
	if (sigaction(SIGCHLD, &usual, &child->chld) < 0 ||
	    sigprocmask(SIG_BLOCK, &set, &child->mask) < 0 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return -errno;
	child->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return child->signals < 0 ? -errno : 0;
}

/* Runs between fork(2) and exec(2). Without the cgroup the command runs too. */
static void exec_command(const struct child *child, char **argv, int cgroup,
			 int failure)
{
	ssize_t moved = cgroup < 0 ? 0 : write(cgroup, "0", 1);
	int error;

	(void)moved;
	sigaction(SIGCHLD, &child->chld, NULL);
	sigprocmask(SIG_SETMASK, &child->mask, NULL);
	execvp(argv[0], argv);
	error = errno;
	if (write(failure, &error, sizeof(error)) != sizeof(error))
		_exit(RUN_EXIT_TROUBLE);
	_exit(RUN_EXIT_NO_EXEC);
}

/* exec(2) closes the pipe; else errno comes through it. */
static int read_failure(int fd)
{
	int error = 0;
	ssize_t got;

	do {
		got = read(fd, &error, sizeof(error));
	} while (got < 0 && errno == EINTR);
	return got == sizeof(error) ? error : 0;
}

static int report_exec_error(const char *name, int error)
{
	message("cannot run %s: %s", name, strerror(error));
	return error == ENOENT ? RUN_EXIT_NOT_FOUND : RUN_EXIT_NO_EXEC;
}

static int report_fork_error(int error)
{
	message("cannot start a process: %s", strerror(error));
	return RUN_EXIT_TROUBLE;
}

int child_start(struct child *child, char **argv, int cgroup)
{
	int failure[2];
	int error;

	if (pipe2(failure, O_CLOEXEC) < 0)
		return report_fork_error(errno);
	child->pid = fork();
	if (child->pid == 0)
		exec_command(child, argv, cgroup, failure[1]);
	error = errno;
	close(failure[1]);
	if (child->pid > 0)
		error = read_failure(failure[0]);
	close(failure[0]);
	if (child->pid < 0)
		return report_fork_error(error);
	if (!error)
		return 0;
	waitpid(child->pid, NULL, 0);
	return report_exec_error(argv[0], error);
}

/*
 * Stops this process as SIGTSTP does by default. The kernel discards the signal
 * if the process group is orphaned: no shell would continue it.
 */
static void stop_self(void)
{
	sigset_t tstp;

	sigemptyset(&tstp);
	sigaddset(&tstp, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &tstp, NULL);
	sigprocmask(SIG_BLOCK, &tstp, NULL);
}

/* A signal of the terminal has reached the whole process group already. */
static void forward_signal(const struct child *child,
			   const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;

	if (number == SIGCHLD)
		return;
	if (info->ssi_code != SI_KERNEL)
		kill(child->pid, number);
	if (number == SIGTSTP)
		stop_self();
}

/* Whether there are children. @info: of one that has ended; it stays. */
static bool next_ended(siginfo_t *info)
{
	int ret;

	info->si_pid = 0;
	do
		ret = waitid(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT);
	while (ret < 0 && errno == EINTR);
	return ret == 0;
}

/* What is left of a process is in the cgroup that it ended in. */
static void note_cgroup(struct child *child, pid_t pid)
{
	if (child->cgroup && !run_cgroup_has(child->cgroup, pid))
		child->escaped = true;
}

/* Of those that live on, the kernel lists the adopted ones. */
static void note_cgroups(struct child *child)
{
	FILE *file = fopen("/proc/thread-self/children", "re");
	int pid;

	while (file && fscanf(file, "%d", &pid) == 1)
		note_cgroup(child, pid);
	if (file)
		fclose(file);
}

/* Reaps adopted orphans; the command is not reaped (WNOWAIT). */
static void reap_orphans(struct child *child)
{
	siginfo_t info;

	while (!child->ended && next_ended(&info) && info.si_pid) {
		note_cgroup(child, info.si_pid);
		if (info.si_pid == child->pid) {
			child->ended = true;
			child->code = info.si_code;
			child->status = info.si_status;
		} else {
			waitpid(info.si_pid, NULL, WNOHANG);
		}
	}
}

void child_wait(struct child *child)
{
	struct pollfd poll = { .fd = child->signals, .events = POLLIN };
	struct signalfd_siginfo info;

	reap_orphans(child);
	while (!child->ended) {
		ppoll(&poll, 1, NULL, NULL);
		while (read(child->signals, &info, sizeof(info)) ==
		       sizeof(info))
			forward_signal(child, &info);
		reap_orphans(child);
	}
}

int child_reap(struct child *child)
{
	waitpid(child->pid, NULL, 0);
	if (child->code == CLD_EXITED)
		return child->status;
	return RUN_EXIT_SIGNAL + child->status;
}

bool child_has_others(struct child *child)
{
	siginfo_t info;
	bool others;

	while ((others = next_ended(&info)) && info.si_pid) {
		note_cgroup(child, info.si_pid);
		waitpid(info.si_pid, NULL, WNOHANG);
	}
	note_cgroups(child);
	return others;
}
