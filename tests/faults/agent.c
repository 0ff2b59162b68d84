// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * agent.c - the part of the fault engine that is linked into the command
 *
 * Before main() it hands its system calls over to inject.c, so that neither
 * the loader nor a sanitizer is disturbed; until exit() it counts allocations
 * and refuses one. Without FAULTS_CONTROL in the environment it does nothing.
 */
#include "calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* These are names of sanitizer and libc. NOLINTBEGIN(bugprone-reserved*) */
void *__interceptor_malloc(size_t size) __attribute__((weak));
void *__interceptor_calloc(size_t count, size_t size) __attribute__((weak));
void *__interceptor_realloc(void *old, size_t size) __attribute__((weak));
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
/* NOLINTEND(bugprone-reserved*) */

static unsigned long refused; /* which one; 0: none */
static unsigned long counted;
static bool counts;
static __thread bool spared; /* what this thread allocates is not counted */

static void report(enum report what, const void *value)
{
	syscall(REPORT_CALL, what, value);
}

/*
 * Which function was called of the library @file that allocates; "": unknown.
 * A sanitizer prints the stack itself.
 */
static const char *find_entry(const char *file)
{
	const char *entry = "";
	void *frame[32];
	Dl_info info;
	int count;

	if (__interceptor_malloc)
		return entry;
	spared = true;
	count = backtrace(frame, (int)(sizeof(frame) / sizeof(*frame)));
	spared = false;
	for (int i = 0; i < count; i++) {
		if (dladdr(frame[i], &info) && info.dli_sname &&
		    strcmp(info.dli_fname, file) == 0)
			entry = info.dli_sname;
		else if (*entry)
			break;
	}
	return entry;
}

/* @caller: where the allocation is made */
static bool is_refused(const void *caller)
{
	char where[256];
	Dl_info info;

	if (spared || !__atomic_load_n(&counts, __ATOMIC_RELAXED) ||
	    __atomic_add_fetch(&counted, 1, __ATOMIC_RELAXED) != refused)
		return false;
	if (dladdr(caller, &info)) {
		snprintf(where, sizeof(where), "%s+0x%lx in %s", info.dli_fname,
			 (unsigned long)((const char *)caller -
					 (const char *)info.dli_fbase),
			 find_entry(info.dli_fname));
		report(REPORT_REFUSED, where);
	}
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	if (is_refused(__builtin_return_address(0)))
		return NULL;
	return __interceptor_malloc ? __interceptor_malloc(size)
				    : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	if (is_refused(__builtin_return_address(0)))
		return NULL;
	return __interceptor_calloc ? __interceptor_calloc(count, size)
				    : __libc_calloc(count, size);
}

static void *resize(void *old, size_t size, const void *caller)
{
	if (is_refused(caller))
		return NULL;
	return __interceptor_realloc ? __interceptor_realloc(old, size)
				     : __libc_realloc(old, size);
}

void *realloc(void *old, size_t size)
{
	return resize(old, size, __builtin_return_address(0));
}

void *reallocarray(void *old, size_t count, size_t size)
{
	size_t whole;

	if (__builtin_mul_overflow(count, size, &whole)) {
		errno = ENOMEM;
		return NULL;
	}
	return resize(old, whole, __builtin_return_address(0));
}

char *strndup(const char *text, size_t len)
{
	char *copy;

	len = strnlen(text, len);
	if (is_refused(__builtin_return_address(0)))
		return NULL;
	copy = __interceptor_malloc ? __interceptor_malloc(len + 1)
				    : __libc_malloc(len + 1);
	if (!copy)
		return NULL;
	copy[len] = '\0';
	return memcpy(copy, text, len);
}

char *strdup(const char *text)
{
	return strndup(text, strlen(text));
}

/* A sanitizer calls it where a thread begins, and takes no error. */
int pthread_getattr_np(pthread_t thread, pthread_attr_t *attr)
{
	int (*next)(pthread_t, pthread_attr_t *);
	int ret;

	spared = true;
	*(void **)&next = dlsym(RTLD_NEXT, "pthread_getattr_np");
	ret = next(thread, attr);
	spared = false;
	return ret;
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
	__atomic_store_n(&counts, false, __ATOMIC_RELAXED);
	report(REPORT_END, (const void *)counted);
}

static void __attribute__((constructor)) begin(void)
{
	const char *control = getenv("FAULTS_CONTROL");
	const char *allocation = getenv("FAULTS_ALLOCATION");
	int listener;

	if (!control)
		return;
	unsetenv("FAULTS_CONTROL");
	if (allocation)
		refused = strtoul(allocation, NULL, 10);
	/* it is called before what a sanitizer does at exit */
	atexit(end);
	listener = hand_over(atoi(control));
	if (listener < 0 || send_fd(atoi(control), listener) < 0) {
		perror("faults: seccomp");
		_exit(77);
	}
	/* first of all the fd that waits for nobody but inject.c */
	close(listener);
	__atomic_store_n(&counts, true, __ATOMIC_RELAXED);
}
