/* SPDX-License-Identifier: (LGPL-2.1-or-later OR GPL-2.0-only) */
/*
 * kernel.h - the kernel's types, as far as the programs read them
 *
 * Where a member is in the running kernel is found when a program is loaded:
 * for each type of which a member is read, the kernel walks all of its own
 * types, about 1 ms, unless it remembers the name. It remembers one name for
 * each of 31 hashes (kernel/bpf/btf.c, vmlinux_cand_cache): two names of one
 * hash in one program are looked for at each load.
 */
#ifndef TM_BPF_KERNEL_H
#define TM_BPF_KERNEL_H

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define KERNEL __attribute__((preserve_access_index))

struct seq_file;

typedef struct {
	int counter;
} KERNEL atomic_t;

typedef struct {
	atomic_t refs;
} KERNEL refcount_t;

typedef struct {
	unsigned int val;
} KERNEL kuid_t;

struct ns_common {
	unsigned int inum;
} KERNEL;

struct inet_hashinfo {
	unsigned int ehash_mask;
} KERNEL;

struct inet_timewait_death_row {
	struct inet_hashinfo *hashinfo;
} KERNEL;

struct netns_ipv4 {
	struct inet_timewait_death_row tcp_death_row;
} KERNEL;

struct net {
	struct ns_common ns;
	struct netns_ipv4 ipv4;
} KERNEL;

typedef struct {
	struct net *net;
} KERNEL possible_net_t;

struct in6_addr {
	union {
		__u32 u6_addr32[4];
	} in6_u;
} KERNEL;

struct sock_common {
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	unsigned int skc_hash;
	__u16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned char skc_ipv6only : 1;
	int skc_bound_dev_if;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
} KERNEL;

struct kernfs_node {
	__u64 id;
} KERNEL;

struct cgroup {
	struct kernfs_node *kn;
} KERNEL;

struct sock_cgroup_data {
	struct cgroup *cgroup;
} KERNEL;

struct hlist_node {
	struct hlist_node *next;
	struct hlist_node **pprev;
} KERNEL;

struct timer_list {
	struct hlist_node entry;
} KERNEL;

struct sock {
	struct sock_common __sk_common;
	struct {
		atomic_t rmem_alloc;
		int len;
	} sk_backlog;
	atomic_t sk_drops;
	int sk_rcvbuf;
	int sk_sndbuf;
	int sk_forward_alloc;
	int sk_wmem_queued;
	refcount_t sk_wmem_alloc;
	atomic_t sk_omem_alloc;
	__u32 sk_mark;
	kuid_t sk_uid;
	unsigned short sk_protocol;
	unsigned char sk_shutdown;
	__u32 sk_ack_backlog;
	__u32 sk_max_ack_backlog;
	struct timer_list sk_timer;
	struct sock_cgroup_data sk_cgrp_data;
} KERNEL;

struct request_sock_queue {
	atomic_t qlen;
} KERNEL;

struct inet_bind_bucket;

struct inet_connection_sock {
	struct request_sock_queue icsk_accept_queue;
	struct inet_bind_bucket *icsk_bind_hash;
	unsigned char icsk_retransmits;
	unsigned char icsk_pending;
	unsigned char icsk_probes_out;
} KERNEL;

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 rcv_nxt;
	__u32 copied_seq;
	__u32 write_seq;
	__u32 snd_una;
} KERNEL;

struct socket {
	struct sock *sk;
} KERNEL;

struct inode {
	unsigned long i_ino;
} KERNEL;

struct socket_alloc {
	struct socket socket;
	struct inode vfs_inode;
} KERNEL;

struct file;

struct cred {
	kuid_t euid;
} KERNEL;

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
	unsigned long *open_fds;
} KERNEL;

struct files_struct {
	struct fdtable *fdt;
} KERNEL;

struct nsproxy {
	struct net *net_ns;
} KERNEL;

struct task_struct {
	unsigned int flags;
	int tgid;
	struct task_struct *group_leader;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	unsigned long long start_boottime;
	const struct cred *cred;
	char comm[16];
} KERNEL;

struct bpf_iter_meta {
	struct seq_file *seq;
} KERNEL;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} KERNEL;

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	unsigned int fd;
	struct file *file;
} KERNEL;

#endif
