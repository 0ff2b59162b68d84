// SPDX-License-Identifier: LGPL-2.1-or-later
/* objects.c - what the kernel's slab objects cost on this machine */
#include "host/internal.h"

#include "base/util.h"

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
