/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * short_memory.h - one allocation fails, and a test says which
 *
 * The program is linked with --wrap for each function below, so that the calls
 * of the library come here and those of other libraries do not. Behind each
 * block stand bytes that nobody may write, and all blocks are to be freed.
 */
#ifndef TM_SHORT_MEMORY_H
#define TM_SHORT_MEMORY_H

#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *block);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);

static bool counted;	  /* the calls are: libcheck's own are not */
static size_t made;	  /* so many so far */
static size_t asked;	  /* for so many bytes by the last one */
static size_t denied = 0; /* of them number, from 1; 0: none */

#define BLOCKS 1024
#define GUARD  16

static struct {
	void *at;
	size_t size;
} block[BLOCKS];

static bool is_denied(void)
{
	return counted && ++made == denied;
}

/* Notes a block that has room for its guard, or NULL. */
static void *guard(void *at, size_t size)
{
	size_t i = 0;

	if (!at)
		return NULL;
	while (i < BLOCKS && block[i].at)
		i++;
	if (i == BLOCKS)
		abort();
	block[i].at = at;
	block[i].size = size;
	memset((uint8_t *)at + size, 0xa5, GUARD);
	return at;
}

/* Forgets a block, if it is one of these. */
static void forget(const void *at)
{
	size_t i = 0;

	while (i < BLOCKS && block[i].at != at)
		i++;
	if (!at || i == BLOCKS)
		return;
	for (size_t k = 0; k < GUARD; k++)
		if (((uint8_t *)at)[block[i].size + k] != 0xa5)
			abort();
	block[i].at = NULL;
}

static size_t blocks_left(void)
{
	size_t left = 0;

	for (size_t i = 0; i < BLOCKS; i++)
		left += block[i].at != NULL;
	return left;
}

void *__wrap_malloc(size_t size)
{
	if (!counted)
		return __real_malloc(size);
	asked = size;
	return is_denied() ? NULL : guard(__real_malloc(size + GUARD), size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	void *made_now = __wrap_malloc(count * size);

	return made_now ? memset(made_now, 0, count * size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
	if (!counted)
		return __real_realloc(old, size);
	if (is_denied())
		return NULL;
	forget(old);
	return guard(__real_realloc(old, size + GUARD), size);
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return __wrap_realloc(old, count * size);
}

char *__wrap_strdup(const char *text)
{
	char *copy = __wrap_malloc(strlen(text) + 1);

	return copy ? strcpy(copy, text) : NULL;
}

void __wrap_free(void *at)
{
	forget(at);
	__real_free(at);
}

/*
 * Runs @run without its first allocation, then without its second, and so on
 * until there are no more: each time it has to say so, and to free what it
 * made until then.
 *
 * @least: it makes no fewer; what allocates nothing shows nothing
 */
static inline void expect_short(int (*run)(void), size_t least)
{
	int ret;

	for (denied = 1;; denied++) {
		made = 0;
		counted = true;
		ret = run();
		counted = false;
		ck_assert_msg(!blocks_left(), "without allocation %zu: %zu",
			      denied, blocks_left());
		if (made < denied)
			break;
		ck_assert_msg(ret == -ENOMEM, "without allocation %zu: %d",
			      denied, ret);
	}
	ck_assert_int_eq(ret, 0);
	ck_assert_uint_ge(made, least);
}

/* Calls until one fails, and the result of that one. */
#define TRY(call)                     \
	do {                          \
		if (ret == 0)         \
			ret = (call); \
	} while (0)

#endif
