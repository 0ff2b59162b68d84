/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * page_guard.h - bytes that end where memory ends
 *
 * One byte read too far is a fault, with a sanitizer or without.
 */
#ifndef TM_PAGE_GUARD_H
#define TM_PAGE_GUARD_H

#include <check.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct page_guard {
	uint8_t *map;
	size_t size; /* of what may be read; a guard page follows */
};

static inline void page_guard_init(struct page_guard *guard)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	guard->size = page * 2;
	guard->map = mmap(NULL, guard->size + page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(guard->map, MAP_FAILED);
	ck_assert_int_eq(mprotect(guard->map + guard->size, page, PROT_NONE),
			 0);
}

static inline void page_guard_deinit(struct page_guard *guard)
{
	munmap(guard->map, guard->size + (size_t)sysconf(_SC_PAGESIZE));
}

/* Copies @len bytes so that the last one is the last of the page. */
static inline void *page_guard_put(struct page_guard *guard, const void *bytes,
				   size_t len)
{
	uint8_t *at = guard->map + guard->size - len;

	ck_assert_uint_le(len, guard->size);
	return memcpy(at, bytes, len);
}

#endif
