// SPDX-License-Identifier: (LGPL-2.1-or-later OR GPL-2.0-only)
/*
 * connections.bpf.c - which connections are made in a cgroup, and how many
 *
 * A hook that runs when the handshake is done, with the socket's cgroup: that
 * of the process that called socket(2), for it or for its listener. Those that
 * nobody accepts and subflows of MPTCP are seen, too. Nothing is changed.
 */
#include "bpf/kernel.h"
#include "bpf/record.h"

/* The oldest make room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, TM_BPF_CONNECTIONS_MAX);
	__type(key, __u64);
	__type(value, __u8);
} cookies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} opened SEC(".maps");

SEC("sockops")
int established(struct bpf_sock_ops *ops)
{
	__u32 first = 0;
	__u8 made = 1;
	__u64 cookie, *count;

	if (ops->op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB &&
	    ops->op != BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		return 1;
	cookie = bpf_get_socket_cookie(ops);
	bpf_map_update_elem(&cookies, &cookie, &made, BPF_ANY);
	count = bpf_map_lookup_elem(&opened, &first);
	if (count)
		__sync_fetch_and_add(count, 1);
	return 1;
}

/* Nothing here is for programs that are compatible with the GPL alone. */
char licence[] SEC("license") = "GPL";
