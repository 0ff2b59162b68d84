// SPDX-License-Identifier: LGPL-2.1-or-later
/* objects.c - what the kernel's slab objects cost on this machine */
#include "host/internal.h"

#include "base/util.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* About 25 KiB; older kernels had a row for each cache of each cgroup. */
#define SLABINFO_LIMIT (8 * 1024 * 1024)

#define NO_PROTOCOL TM_PROTOCOL_ROWS

/*
 * The protocols' sizes are what the kernel registered, so they are asked for
 * the sockets, and BTF for the rest. The last column is Linux 6.18, x86-64.
 */
static const struct object {
	const char *cache;
	const char *structure;
	enum tm_protocol_row protocol;
	enum tm_slab_layout layout;
	uint32_t bytes;
} table[] = {
	[TCPMEM_OBJECT_TCP] = { "TCP", NULL, TM_PROTOCOL_TCP, TM_SLAB_RCU_LINES,
				2521 },
	[TCPMEM_OBJECT_TCPV6] = { "TCPv6", NULL, TM_PROTOCOL_TCPV6,
				  TM_SLAB_RCU_LINES, 2521 },
	[TCPMEM_OBJECT_MPTCP] = { "MPTCP", NULL, TM_PROTOCOL_MPTCP,
				  TM_SLAB_RCU_LINES, 2048 },
	[TCPMEM_OBJECT_MPTCPV6] = { "MPTCPv6", NULL, TM_PROTOCOL_MPTCPV6,
				    TM_SLAB_RCU_LINES, 2185 },
	[TCPMEM_OBJECT_SOCK_INODE] = { "sock_inode_cache", "socket_alloc",
				       NO_PROTOCOL, TM_SLAB_RCU_LINES, 862 },
	[TCPMEM_OBJECT_FILE] = { "filp", "file", NO_PROTOCOL, TM_SLAB_LINES,
				 195 },
	[TCPMEM_OBJECT_DENTRY] = { "dentry", "dentry", NO_PROTOCOL,
				   TM_SLAB_PLAIN, 195 },
	[TCPMEM_OBJECT_TIME_WAIT] = { "tw_sock_TCP", "tcp_timewait_sock",
				      NO_PROTOCOL, TM_SLAB_RCU, 256 },
	[TCPMEM_OBJECT_REQUEST] = { "request_sock_TCP", "tcp_request_sock",
				    NO_PROTOCOL, TM_SLAB_RCU, 341 },
	[TCPMEM_OBJECT_BIND_BUCKET] = { "tcp_bind_bucket", "inet_bind_bucket",
					NO_PROTOCOL, TM_SLAB_LINES, 128 },
	[TCPMEM_OBJECT_BIND2_BUCKET] = { "tcp_bind2_bucket",
					 "inet_bind2_bucket", NO_PROTOCOL,
					 TM_SLAB_LINES, 128 },
	/* the kmalloc cache that its size leads to, another with each kernel */
	[TCPMEM_OBJECT_SUBFLOW] = { NULL, "mptcp_subflow_context", NO_PROTOCOL,
				    TM_SLAB_KMALLOC, 512 },
};

_Static_assert(TM_ARRAY_SIZE(table) == TCPMEM_OBJECT_COUNT,
	       "every object has its row");

struct machine {
	const struct tcpmem_ctx *ctx;
	struct tm_objects *objects;
	uint64_t page;
	uint32_t cpus;
};

static bool is_found(const struct machine *m, size_t i)
{
	return m->objects->source[i] != TCPMEM_OBJECT_SOURCE_DEFAULT;
}

/* An implausible size is left to the next source. */
static void set(struct machine *m, size_t i, uint64_t bytes,
		enum tcpmem_object_source source)
{
	if (!bytes || bytes > TM_OBJECT_MAX)
		return;
	m->objects->bytes[i] = (uint32_t)bytes;
	m->objects->source[i] = source;
}

static void set_struct(struct machine *m, size_t i, uint64_t bytes)
{
	if (!bytes || bytes > TM_OBJECT_MAX)
		return;
	bytes = tm_slab_pad(table[i].layout, (uint32_t)bytes);
	set(m, i, tm_slab_share(bytes, m->page, m->cpus),
	    TCPMEM_OBJECT_SOURCE_BTF);
}

static int read_slabinfo(struct machine *m)
{
	uint64_t bytes;
	char *text;
	size_t len;
	int ret = tm_read_file(m->ctx->proc, "slabinfo", SLABINFO_LIMIT, &text,
			       &len);

	if (ret < 0)
		return tm_shortage(ret);
	for (size_t i = 0; i < TM_ARRAY_SIZE(table); i++) {
		if (table[i].cache && tm_slabinfo_find(text, table[i].cache,
						       m->page, &bytes) == 0)
			set(m, i, bytes, TCPMEM_OBJECT_SOURCE_SLABINFO);
	}
	free(text);
	return 0;
}

static int read_merged(struct machine *m)
{
	uint64_t bytes;
	int ret = 0;

	for (size_t i = 0; !tm_shortage(ret) && i < TM_ARRAY_SIZE(table); i++) {
		if (!table[i].cache || is_found(m, i))
			continue;
		ret = tm_slab_merged(m->ctx, table[i].cache, &bytes);
		if (ret == 0)
			set(m, i, tm_slab_share(bytes, m->page, m->cpus),
			    TCPMEM_OBJECT_SOURCE_SYSFS);
	}
	return tm_shortage(ret);
}

static int read_protocols(struct machine *m)
{
	struct tm_protocol row[TM_PROTOCOL_ROWS];
	int ret = tm_protocols_read(m->ctx, NULL, row);

	if (ret < 0)
		return tm_shortage(ret);
	for (size_t i = 0; i < TM_ARRAY_SIZE(table); i++) {
		if (table[i].protocol != NO_PROTOCOL && !is_found(m, i))
			set_struct(m, i, row[table[i].protocol].size);
	}
	return 0;
}

/* Parsing BTF is the slowest source: last, and only for missing sizes. */
static int read_btf(struct machine *m, bool mptcp)
{
	struct tm_btf_struct wanted[TM_ARRAY_SIZE(table) + 1];
	size_t object[TM_ARRAY_SIZE(table) + 1];
	size_t count = 0;
	int ret;

	for (size_t i = 0; i < TM_ARRAY_SIZE(table); i++) {
		if (!table[i].structure || is_found(m, i) ||
		    (i == TCPMEM_OBJECT_SUBFLOW && !mptcp))
			continue;
		wanted[count].name = table[i].structure;
		object[count++] = i;
	}
	if (!count)
		return 0;
	/* since 7.x the socket's inode is wrapped once more; the larger counts
	 */
	if (!is_found(m, TCPMEM_OBJECT_SOCK_INODE)) {
		wanted[count].name = "sockfs_inode";
		object[count++] = TCPMEM_OBJECT_SOCK_INODE;
	}
	ret = tm_btf_read(m->ctx, wanted, count);
	for (size_t i = 0; ret == 0 && i < count; i++)
		set_struct(m, object[i], wanted[i].bytes);
	return tm_shortage(ret);
}

/* SLUB's nr_cpu_ids may exceed the CPUs that are online. */
static int slub_cpus(const struct tcpmem_ctx *ctx, uint32_t *cpus)
{
	int ret = tm_cpus_read(ctx, "present", cpus);

	if (!tm_shortage(ret) && (ret < 0 || *cpus <= 1))
		ret = tm_cpus_read(ctx, "possible", cpus);
	return tm_shortage(ret);
}

void tm_objects_default(struct tm_objects *objects)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(table); i++) {
		objects->bytes[i] = table[i].bytes;
		objects->source[i] = TCPMEM_OBJECT_SOURCE_DEFAULT;
	}
}

int tm_objects_read(const struct tcpmem_ctx *ctx, bool mptcp,
		    struct tm_objects *objects)
{
	struct machine m = {
		.ctx = ctx,
		.objects = objects,
		.page = (uint64_t)sysconf(_SC_PAGESIZE),
		.cpus = 1,
	};
	int ret = slub_cpus(ctx, &m.cpus);

	tm_objects_default(objects);
	if (ret == 0)
		ret = read_slabinfo(&m);
	if (ret == 0)
		ret = read_merged(&m);
	if (ret == 0)
		ret = read_protocols(&m);
	return ret ? ret : read_btf(&m, mptcp);
}

/* ---- what one object of a slab cache costs, its share of waste included ----
 */

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
