// SPDX-License-Identifier: LGPL-2.1-or-later
/* alloc.c - allocations of the command, counted, and one refused; alloc.h
 */
#include "alloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* These are names of sanitizer and libc. NOLINTBEGIN(bugprone-reserved*) */
void *__interceptor_malloc(size_t size) __attribute__((weak));
void *__interceptor_calloc(size_t count, size_t size) __attribute__((weak));
void *__interceptor_realloc(void *old, size_t size) __attribute__((weak));
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
/* NOLINTEND(bugprone-reserved*) */

struct faults_alloc faults_alloc;

static __thread bool spared; /* what this thread allocates is not counted */

void faults_begin(void)
{
	__atomic_store_n(&faults_alloc.counts, true, __ATOMIC_RELAXED);
}

void faults_stop(void)
{
	__atomic_store_n(&faults_alloc.counts, false, __ATOMIC_RELAXED);
}

/* Which function was called of the library @file that allocates; "": unknown */
static const char *find_entry(const char *file)
{
	const char *entry = "";
	void *frame[32];
	Dl_info info;
	int count;

	if (__interceptor_malloc && !faults_alloc.looks_for_callers)
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

static void tell_where(const void *caller)
{
	char where[256];
	Dl_info info;

	if (!faults_alloc.on_refused || !dladdr(caller, &info))
		return;
	snprintf(where, sizeof(where), "%s+0x%lx in %s", info.dli_fname,
		 (unsigned long)((const char *)caller -
				 (const char *)info.dli_fbase),
		 find_entry(info.dli_fname));
	faults_alloc.on_refused(where);
}

/* @caller: where the allocation is made */
static bool is_refused(const void *caller)
{
	unsigned long number;

	if (spared || !__atomic_load_n(&faults_alloc.counts, __ATOMIC_RELAXED))
		return false;
	number = __atomic_add_fetch(&faults_alloc.counted, 1, __ATOMIC_RELAXED);
	if (faults_alloc.on_counted) {
		spared = true;
		faults_alloc.on_counted(number);
		spared = false;
	}
	if (number != faults_alloc.refused)
		return false;
	tell_where(caller);
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
