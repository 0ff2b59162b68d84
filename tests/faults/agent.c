// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * agent.c - the part of the fault engine that is linked into the command
 *
 * Before main() it hands its system calls over to inject.c, so that neither
 * the loader nor a sanitizer is disturbed; until exit() alloc.c counts
 * allocations and refuses one. Without FAULTS_CONTROL in the environment it
 * does nothing.
 */
#include "alloc.h"
#include "calls.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

static void report(enum report what, const void *value)
{
	syscall(REPORT_CALL, what, value);
}

static void report_refused(const char *where)
{
	report(REPORT_REFUSED, where);
}

static struct sock_filter load(unsigned int offset)
{
	return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
}

static struct sock_filter answer(unsigned int what)
{
	return (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what);
}

static struct sock_filter jump(unsigned int value, size_t yes, size_t no)
{
	return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value,
					    (unsigned char)yes,
					    (unsigned char)no);
}

/* Of what goes over @control inject.c is not asked: it waits for it. */
static int hand_over(int control)
{
	struct sock_filter code[CALL_COUNT + 6];
	const struct sock_fprog program = {
		.filter = code,
		.len = CALL_COUNT + 6,
	};
	struct sock_filter *at = code;

	*at++ = load(offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < CALL_COUNT; i++)
		*at++ = jump((unsigned int)calls[i].number, CALL_COUNT - i, 0);
	*at++ = answer(SECCOMP_RET_ALLOW);
	*at++ = load(offsetof(struct seccomp_data, args));
	*at++ = jump((unsigned int)control, 1, 0);
	*at++ = answer(SECCOMP_RET_USER_NOTIF);
	*at++ = answer(SECCOMP_RET_ALLOW);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_NEW_LISTENER |
				    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
			    &program);
}

static int send_fd(int control, int fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} extra = { 0 };
	struct iovec byte = { .iov_base = ".", .iov_len = 1 };
	const struct msghdr message = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = &extra,
		.msg_controllen = sizeof(extra),
	};

	extra.head.cmsg_len = CMSG_LEN(sizeof(fd));
	extra.head.cmsg_level = SOL_SOCKET;
	extra.head.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&extra.head), &fd, sizeof(fd));
	return sendmsg(control, &message, 0) == 1 ? 0 : -errno;
}

static void end(void)
{
	faults_stop();
	report(REPORT_END, (const void *)faults_alloc.counted);
}

static void __attribute__((constructor)) begin(void)
{
	const char *control = getenv("FAULTS_CONTROL");
	const char *allocation = getenv("FAULTS_ALLOCATION");
	int listener;

	if (!control)
		return;
	unsetenv("FAULTS_CONTROL");
	faults_alloc.on_refused = report_refused;
	if (allocation)
		faults_alloc.refused = strtoul(allocation, NULL, 10);
	/* it is called before what a sanitizer does at exit */
	atexit(end);
	listener = hand_over(atoi(control));
	if (listener < 0 || send_fd(atoi(control), listener) < 0) {
		perror("faults: seccomp");
		_exit(77);
	}
	/* first of all the fd that waits for nobody but inject.c */
	close(listener);
	faults_begin();
}
