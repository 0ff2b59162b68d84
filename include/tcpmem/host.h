/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host.h - what the host says about itself */
#ifndef TCPMEM_HOST_H
#define TCPMEM_HOST_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum tcpmem_object - the slab objects that sockets pin
 *
 * Sizes are bytes of slab per object, what rounding and whole slabs waste
 * included.
 * @since 0.1
 */
enum tcpmem_object {
	TCPMEM_OBJECT_TCP = 0,
	TCPMEM_OBJECT_TCPV6 = 1,
	TCPMEM_OBJECT_MPTCP = 2,
	TCPMEM_OBJECT_MPTCPV6 = 3,
	TCPMEM_OBJECT_SOCK_INODE = 4,
	TCPMEM_OBJECT_FILE = 5,
	TCPMEM_OBJECT_DENTRY = 6,
	TCPMEM_OBJECT_TIME_WAIT = 7,
	TCPMEM_OBJECT_REQUEST = 8,
	TCPMEM_OBJECT_BIND_BUCKET = 9,
	TCPMEM_OBJECT_BIND2_BUCKET = 10,
	TCPMEM_OBJECT_SUBFLOW = 11,
};
enum { TCPMEM_OBJECT_COUNT = 12 };

/**
 * enum tcpmem_object_source - where an object's size was read
 * @TCPMEM_OBJECT_SOURCE_DEFAULT: compiled in (Linux 6.18, x86-64); also of
 *	what only MPTCP needs, where it is not in use
 * @TCPMEM_OBJECT_SOURCE_BTF: /proc/net/protocols and /sys/kernel/btf/vmlinux
 * @TCPMEM_OBJECT_SOURCE_SLABINFO: /proc/slabinfo
 * @TCPMEM_OBJECT_SOURCE_SYSFS: the link in /sys/kernel/slab of a cache that was
 *	merged with others and so is not in slabinfo
 * @since 0.1
 */
enum tcpmem_object_source {
	TCPMEM_OBJECT_SOURCE_DEFAULT = 0,
	TCPMEM_OBJECT_SOURCE_BTF = 1,
	TCPMEM_OBJECT_SOURCE_SLABINFO = 2,
	TCPMEM_OBJECT_SOURCE_SYSFS = 3,
};
enum { TCPMEM_OBJECT_SOURCE_COUNT = 4 };

/**
 * enum tcpmem_host_metric - what the host says about itself
 * @TCPMEM_HOST_METRIC_TCP_MEM_LOW: host, bytes: net.ipv4.tcp_mem[0]
 * @TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE: host, bytes: net.ipv4.tcp_mem[1]
 * @TCPMEM_HOST_METRIC_TCP_MEM_HIGH: host, bytes: net.ipv4.tcp_mem[2]
 * @TCPMEM_HOST_METRIC_TCP_MEM_USED: host, bytes: sockstat TCP mem
 * @TCPMEM_HOST_METRIC_SOCKETS_ALLOC: host, sockets: sockstat TCP alloc
 * @TCPMEM_HOST_METRIC_ORPHANS: host, sockets: sockstat TCP orphan
 * @TCPMEM_HOST_METRIC_ORPHANS_MAX: host, sockets: tcp_max_orphans
 * @TCPMEM_HOST_METRIC_TIME_WAIT: netns, sockets: sockstat TCP tw, of the
 *	namespace that is nearest to its limit
 * @TCPMEM_HOST_METRIC_TIME_WAIT_MAX: netns, sockets: its tcp_max_tw_buckets
 * @TCPMEM_HOST_METRIC_SOCKETS_INUSE: netns, sockets: TCP + TCP6 inuse
 * @TCPMEM_HOST_METRIC_PCPU_RESERVE: host, bytes: net.core.mem_pcpu_rsv
 * @TCPMEM_HOST_METRIC_PAGE_SIZE: host, bytes
 * @TCPMEM_HOST_METRIC_CPUS: host: CPUs that exist
 * @TCPMEM_HOST_METRIC_PRESSURE: host: 1 while TCP is under memory pressure
 * @TCPMEM_HOST_METRIC_TIME_WAIT_ALL: sockets: sockstat TCP tw, of all network
 *	namespaces that were asked for; unknown if it is of one of them, or if
 *	there may be others that were not found or could not be entered
 * @TCPMEM_HOST_METRIC_TIME_WAIT_NETNS: index in the snapshot of the namespace
 *	that is nearest to its limit
 * @TCPMEM_HOST_METRIC_FIN_WAIT_2: netns, sockets: of its TIME_WAIT, those of
 *	closed sockets in FIN_WAIT_2, which the kernel counts with them; unknown
 *	if a filter or states left some out
 *
 * The scope of each is in its name's comment: "host" counts all network
 * namespaces, "netns" one: of TIME_WAIT that which is named, else the
 * caller's.
 * @since 0.1
 */
enum tcpmem_host_metric {
	TCPMEM_HOST_METRIC_TCP_MEM_LOW = 0,
	TCPMEM_HOST_METRIC_TCP_MEM_PRESSURE = 1,
	TCPMEM_HOST_METRIC_TCP_MEM_HIGH = 2,
	TCPMEM_HOST_METRIC_TCP_MEM_USED = 3,
	TCPMEM_HOST_METRIC_SOCKETS_ALLOC = 4,
	TCPMEM_HOST_METRIC_ORPHANS = 5,
	TCPMEM_HOST_METRIC_ORPHANS_MAX = 6,
	TCPMEM_HOST_METRIC_TIME_WAIT = 7,
	TCPMEM_HOST_METRIC_TIME_WAIT_MAX = 8,
	TCPMEM_HOST_METRIC_SOCKETS_INUSE = 9,
	TCPMEM_HOST_METRIC_PCPU_RESERVE = 10,
	TCPMEM_HOST_METRIC_PAGE_SIZE = 11,
	TCPMEM_HOST_METRIC_CPUS = 12,
	TCPMEM_HOST_METRIC_PRESSURE = 13,
	TCPMEM_HOST_METRIC_TIME_WAIT_ALL = 14,
	TCPMEM_HOST_METRIC_TIME_WAIT_NETNS = 15,
	TCPMEM_HOST_METRIC_FIN_WAIT_2 = 16,
};
enum { TCPMEM_HOST_METRIC_COUNT = 17 };

/**
 * tcpmem_object_describe() - "TCP", "filp" ...: the name of its slab cache
 * @since 0.1
 */
TCPMEM_API const struct tcpmem_term *
tcpmem_object_describe(enum tcpmem_object value);

/** tcpmem_object_source_describe() - "slabinfo", "btf" ... @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_object_source_describe(enum tcpmem_object_source value);

/** tcpmem_host_metric_describe() - "tcp_mem_used" ..., with unit @since 0.1 */
TCPMEM_API const struct tcpmem_term *
tcpmem_host_metric_describe(enum tcpmem_host_metric value);

#ifdef __cplusplus
}
#endif

#endif
