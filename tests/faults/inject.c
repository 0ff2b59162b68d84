// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * inject.c - runs the command and makes one of its system calls fail
 *
 * The command (see agent.c) asks here before each call. A call is named by
 * what it does and to what, "readlinkat /proc/7/fd/3", and by the how manieth
 * of that name it is: so it is found again whatever threads do meanwhile.
 * Prints to the report a line for each thing that happened.
 */
#include "calls.h"
#include "key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The fd over which the command sends its listener: one that it never gets. */
#define CONTROL 200

#define SECONDS 10

/* How long a process of the command may outlive it. */
#define GRACE_MS 1000

static struct {
	int scene;	   /* a pidfd of the scene's first process; -1: none */
	bool among_others; /* the command sees the host's processes */
	const char *work;  /* where the command may leave files */
	const char *key;   /* of the call that fails */
	long nth;
	int error;
	const char *allocation;
	int64_t ends;		      /* when it gets SIGTERM; 0: not */
	long orphans, sockets, pages; /* of the scene; < 0: the kernel's own */
	FILE *out;
	bool lists;
	pid_t child;
	int listener;
	long seen;
	bool failed;
} run = { .scene = -1, .sockets = -1 };

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	exit(77);
}

static bool is_sockstat(const char *key)
{
	const char *end = strrchr(key, '/');

	return strncmp(key, "read ", 5) == 0 && end &&
	       strcmp(end, "/sockstat") == 0;
}

/* The kernel counts some for all namespaces together: other people's too. */
static ssize_t rewrite(char *text, ssize_t len, size_t size)
{
	char before[4096], behind[4096], *line;
	long inuse, closing;
	int taken = 0;

	text[len] = '\0';
	line = strstr(text, "TCP: inuse");
	if (!line ||
	    sscanf(line,
		   "TCP: inuse %ld orphan %*d tw %ld alloc %*d "
		   "mem %*d%n",
		   &inuse, &closing, &taken) != 2 ||
	    !taken)
		return len;
	snprintf(before, sizeof(before), "%.*s", (int)(line - text), text);
	snprintf(behind, sizeof(behind), "%s", line + taken);
	return snprintf(text, size,
			"%sTCP: inuse %ld orphan %ld tw %ld alloc %ld "
			"mem %ld%s",
			before, inuse, run.orphans, closing, run.sockets,
			run.pages, behind);
}

/* Return: what read(2) returned, done in the command's stead; or -errno. */
static ssize_t read_sockstat(const struct seccomp_notif *ask)
{
	pid_t tid = (pid_t)ask->pid;
	int task = (int)syscall(SYS_pidfd_open, task_find(tid)->process, 0);
	int fd = (int)syscall(SYS_pidfd_getfd, task, (int)ask->data.args[0], 0);
	char text[8192];
	struct iovec from = { .iov_base = text };
	struct iovec to = {
		.iov_base = (void *)(uintptr_t)ask->data.args[1],
	};
	ssize_t len = read(fd, text, 4096);

	close(task);
	close(fd);
	if (len > 0)
		len = rewrite(text, len, sizeof(text));
	if (len > (ssize_t)ask->data.args[2])
		len = (ssize_t)ask->data.args[2];
	if (len <= 0)
		return len < 0 ? -errno : 0;
	from.iov_len = (size_t)len;
	to.iov_len = (size_t)len;
	return process_vm_writev(tid, &from, 1, &to, 1, 0) < 0 ? -errno : len;
}

static bool is_memory(const struct call *call, const struct seccomp_notif *ask)
{
	return call->about == ABOUT_MAPPING && (int)ask->data.args[4] < 0;
}

static bool is_the_one(const char *key)
{
	return run.key && strcmp(key, run.key) == 0 && ++run.seen == run.nth;
}

static void take_report(const struct seccomp_notif *ask)
{
	char where[256];

	if (ask->data.args[0] == REPORT_END) {
		/* a sanitizer's own calls are to be left in peace */
		task_find((pid_t)ask->pid)->strange = true;
		fprintf(run.out, "allocations %lld\n", ask->data.args[1]);
		return;
	}
	task_read_text((pid_t)ask->pid, ask->data.args[1], where,
		       sizeof(where));
	fprintf(run.out, "refused %s\n", where);
	run.failed = true;
}

static void decide(const struct seccomp_notif *ask,
		   struct seccomp_notif_resp *reply)
{
	struct task *task = task_find((pid_t)ask->pid);
	const struct call *call = calls;
	char key[KEY_SIZE];

	while (call->number != ask->data.nr)
		call++;
	reply->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (call->number == REPORT_CALL) {
		reply->flags = 0;
		take_report(ask);
		return;
	}
	if (task_is_strange(task->process) || is_memory(call, ask))
		return;
	if (call->number == SYS_listns) { /* it lists the host's */
		reply->flags = 0;
		reply->error = -ENOSYS;
		return;
	}
	key_describe(call, ask, key);
	if (run.lists)
		fprintf(run.out, "call %s\n", key);
	if (is_the_one(key)) {
		fprintf(run.out, "failed %s\n", key);
		run.failed = true;
		reply->flags = 0;
		reply->error = -run.error;
		return;
	}
	if (run.sockets >= 0 && is_sockstat(key)) {
		ssize_t len = read_sockstat(ask);

		reply->flags = 0;
		reply->error = len < 0 ? (int)len : 0;
		reply->val = len;
	}
	if (call->number == SYS_execve)
		task->strange = true;
}

/* Return: false if nobody is left who might ask. */
static bool serve(int wait_ms)
{
	struct pollfd ready = { .fd = run.listener, .events = POLLIN };
	struct seccomp_notif_resp reply = { 0 };
	struct seccomp_notif ask = { 0 };

	if (poll(&ready, 1, wait_ms) <= 0)
		return true;
	if (!(ready.revents & POLLIN))
		return false;
	if (ioctl(run.listener, SECCOMP_IOCTL_NOTIF_RECV, &ask) < 0)
		return true;
	decide(&ask, &reply);
	reply.id = ask.id;
	ioctl(run.listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
	return true;
}

static int receive_fd(int socket)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} extra;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &extra,
		.msg_controllen = sizeof(extra),
	};
	int fd;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 ||
	    !CMSG_FIRSTHDR(&message))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void __attribute__((noreturn)) start(int control, char **command)
{
	char number[16];

	setsid();
	if (run.scene >= 0 &&
	    setns(run.scene,
		  CLONE_NEWNET | (run.among_others ? 0 : CLONE_NEWNS)) < 0)
		die("the scene's namespaces");
	if (work_dir && chdir(work_dir) < 0)
		die(work_dir);
	if (dup3(control, CONTROL, 0) < 0)
		die("dup3");
	snprintf(number, sizeof(number), "%d", CONTROL);
	setenv("FAULTS_CONTROL", number, 1);
	if (run.allocation)
		setenv("FAULTS_ALLOCATION", run.allocation, 1);
	execv(command[0], command);
	die(command[0]);
}

static void launch(char **command)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		die("socketpair");
	/* a child is born there, and this process sees who lives there */
	if (run.scene >= 0 && !run.among_others &&
	    setns(run.scene, CLONE_NEWPID) < 0)
		die("the scene's processes");
	run.child = fork();
	if (run.child == 0)
		start(pair[1], command);
	close(pair[1]);
	run.listener = receive_fd(pair[0]);
	close(pair[0]);
	if (run.listener < 0) {
		waitpid(run.child, NULL, 0);
		die("the command did not begin");
	}
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void tell_status(int status)
{
	if (WIFSIGNALED(status))
		fprintf(run.out, "signal %d\n", WTERMSIG(status));
	else
		fprintf(run.out, "exit %d\n", WEXITSTATUS(status));
}

/* A process of the command that does not end with it is left behind. */
static void watch(void)
{
	int64_t end = now_ms() + SECONDS * 1000;
	bool ended = false, asked = true;
	int status;

	while (asked && now_ms() < end) {
		asked = serve(50);
		if (run.ends && now_ms() >= run.ends) {
			kill(run.child, SIGTERM);
			run.ends = 0;
		}
		if (!ended && waitpid(run.child, &status, WNOHANG) > 0) {
			tell_status(status);
			ended = true;
			end = now_ms() + GRACE_MS;
		}
	}
	if (!ended && !asked && waitpid(run.child, &status, 0) > 0) {
		tell_status(status);
		ended = true;
	}
	if (!ended)
		fprintf(run.out, "hang\n");
	else if (asked)
		fprintf(run.out, "left a process\n");
	kill(-run.child, SIGKILL);
	if (!ended)
		waitpid(run.child, NULL, 0);
}

static void enter(const char *pid)
{
	run.scene = (int)syscall(SYS_pidfd_open, atoi(pid), 0);
	if (run.scene < 0)
		die("the scene");
}

static void set_failing(char *text)
{
	char *error = strrchr(text, '='), *nth = strrchr(text, '#');

	if (!error || !nth || nth > error) {
		errno = EINVAL;
		die(text);
	}
	*error = *nth = '\0';
	run.error = atoi(error + 1);
	run.nth = atol(nth + 1);
	run.key = text;
}

int main(int argc, char **argv)
{
	int option;

	run.out = stdout;
	while ((option = getopt(argc, argv, "+a:d:e:f:hlm:r:t:")) > 0) {
		if (option == 'a')
			run.allocation = optarg;
		else if (option == 'd')
			work_dir = optarg;
		else if (option == 'e')
			enter(optarg);
		else if (option == 'f')
			set_failing(optarg);
		else if (option == 'h')
			run.among_others = true;
		else if (option == 'l')
			run.lists = true;
		else if (option == 'm' &&
			 sscanf(optarg, "%ld,%ld,%ld", &run.orphans,
				&run.sockets, &run.pages) == 3)
			continue;
		else if (option == 'r')
			run.out = fdopen(atoi(optarg), "w");
		else if (option == 't')
			run.ends = now_ms() + atoi(optarg);
		else
			return 2;
	}
	if (!argv[optind] || !run.out)
		return 2;
	launch(argv + optind);
	watch();
	return 0;
}
