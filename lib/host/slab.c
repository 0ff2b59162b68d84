// SPDX-License-Identifier: LGPL-2.1-or-later
/* slab.c - what one object of a slab cache costs, its share of waste included
 */
#include "host/internal.h"

#include "base/util.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* As on every 64-bit machine but a few; BTF does not say. */
#define CACHE_LINE 64
#define POINTER	   8

/* SLUB asks for no more than 8 pages at once unless it has to. */
#define MOST_PAGES 8

static uint64_t round_up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1) / unit * unit;
}

/* kmalloc has powers of two, and 96 and 192. */
static uint64_t kmalloc_size(uint32_t bytes)
{
	uint64_t size = 8;

	if (bytes > 64 && bytes <= 96)
		return 96;
	if (bytes > 128 && bytes <= 192)
		return 192;
	while (size < bytes)
		size *= 2;
	return size;
}

uint64_t tm_slab_pad(enum tm_slab_layout layout, uint32_t bytes)
{
	uint64_t size = bytes;

	switch (layout) {
	case TM_SLAB_KMALLOC:
		return kmalloc_size(bytes);
	case TM_SLAB_LINES:
		return round_up(size, CACHE_LINE);
	case TM_SLAB_RCU:
		return round_up(size, POINTER) + POINTER;
	case TM_SLAB_RCU_LINES:
		return round_up(size + POINTER, CACHE_LINE);
	default:
		return round_up(size, POINTER);
	}
}

/* The least objects that SLUB wants in a slab. */
static uint64_t least_objects(uint64_t bytes, uint64_t largest, uint32_t cpus)
{
	uint64_t most = largest / bytes;
	uint64_t least = 4;

	for (; cpus; cpus /= 2)
		least += 4;
	if (least > most)
		least = most;
	return least ? least : 1;
}

/*
 * SLUB takes the smallest slab that holds enough objects and wastes at most
 * a sixteenth; if there is none, an eighth, and so on.
 */
static uint64_t slab_bytes(uint64_t bytes, uint64_t page, uint32_t cpus)
{
	uint64_t largest = page * MOST_PAGES;
	uint64_t need = least_objects(bytes, largest, cpus) * bytes;
	uint64_t smallest = page;

	while (smallest < need)
		smallest *= 2;
	for (uint64_t part = 16; part > 1; part /= 2) {
		for (uint64_t slab = smallest; slab <= largest; slab *= 2) {
			if (slab % bytes <= slab / part)
				return slab;
		}
	}
	return smallest;
}

static uint64_t share(uint64_t slab, uint64_t objects)
{
	return (slab + objects / 2) / objects;
}

uint64_t tm_slab_share(uint64_t bytes, uint64_t page, uint32_t cpus)
{
	uint64_t slab;

	if (!bytes || bytes > UINT32_MAX || !page || page > UINT32_MAX)
		return 0;
	slab = slab_bytes(bytes, page, cpus);
	return share(slab, slab / bytes);
}

enum { ACTIVE_OBJS, NUM_OBJS, OBJ_SIZE, OBJ_PER_SLAB, PAGES_PER_SLAB, COLUMNS };

/* "TCP  52  52  2368  13  8 : tunables ..."; what has no colon was cut. */
static int parse_row(const char *row, uint64_t column[static COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++) {
		size_t blank = strspn(row, " ");

		if (!blank || tm_parse_u64(row + blank, &row, &column[i]) < 0)
			return -EBADMSG;
	}
	return strncmp(row, " : ", 3) == 0 ? 0 : -EBADMSG;
}

int tm_slabinfo_find(const char *text, const char *cache, uint64_t page,
		     uint64_t *bytes)
{
	static const char version[] = "slabinfo - version: 2.";
	uint64_t column[COLUMNS], slab, used;
	const char *row;

	if (strncmp(text, version, strlen(version)) != 0)
		return -EBADMSG;
	row = tm_find_line(text, cache);
	if (!row)
		return -ENODATA;
	if (parse_row(row, column) < 0)
		return -EBADMSG;
	if (__builtin_mul_overflow(column[PAGES_PER_SLAB], page, &slab) ||
	    __builtin_mul_overflow(column[OBJ_SIZE], column[OBJ_PER_SLAB],
				   &used) ||
	    !used || used > slab)
		return -EBADMSG;
	*bytes = share(slab, column[OBJ_PER_SLAB]);
	return 0;
}

/* ":A-0000128": flags that caches must share to be merged, and the size */
static int parse_merged(const char *name, uint64_t *bytes)
{
	uint64_t value;

	if (*name++ != ':')
		return -EBADMSG;
	while ((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z'))
		name++;
	if (*name == '-')
		name++;
	if (tm_parse_u64(name, &name, &value) < 0 || *name)
		return -EBADMSG;
	*bytes = value;
	return 0;
}

int tm_slab_merged(const struct tcpmem_ctx *ctx, const char *cache,
		   uint64_t *bytes)
{
	char path[PATH_MAX], name[64];
	ssize_t len;
	int ret;

	ret = snprintf(path, sizeof(path), "%s/kernel/slab/%s", ctx->sys,
		       cache);
	if (ret < 0 || (size_t)ret >= sizeof(path))
		return -ENAMETOOLONG;
	len = readlink(path, name, sizeof(name));
	if (len < 0)
		return -errno;
	if ((size_t)len >= sizeof(name))
		return -EBADMSG;
	name[len] = '\0';
	return parse_merged(name, bytes);
}
