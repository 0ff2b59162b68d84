/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* collect_fixture.h - a scripted kernel with namespaces, and a made-up /proc */
#ifndef TM_COLLECT_FIXTURE_H
#define TM_COLLECT_FIXTURE_H

#include "collect/sources.h"
#include "filter/filter.h"
#include "proc_tree.h"
#include "scripted_kernel.h"

#include <check.h>
#include <pthread.h>

#define OWN   1 /* inodes of namespaces, and what they are scripted by */
#define OTHER 2
#define LATE  3

/* A kernel whose namespaces answer what their scripts say. */
struct fake {
	struct tm_kernel kernel;
	struct script *script[4]; /* by inode */
	const int *inuse;	  /* of each further count; ends with -1 */
	pthread_mutex_t lock;
};

static struct fake fake;
static struct tcpmem_query *query;
static struct tcpmem_snapshot *snap;
static struct tm_plan plan;
static struct tm_cache cache;

/* At once: a worker may be reading the file. */
static inline void replace_file(const char *path, const char *text)
{
	char from[PATH_MAX], to[PATH_MAX];

	tree_file(&tree, "net/new", text);
	tree_path(&tree, "net/new", from);
	tree_path(&tree, path, to);
	ck_assert_int_eq(rename(from, to), 0);
}

/* What every namespace counts, and what the kernel counts in all. */
static inline void set_counts(int inuse, int all)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "sockets: used 9\nTCP: inuse %d orphan 0 tw 0 alloc %d mem "
		 "0\n",
		 inuse, all);
	replace_file("net/sockstat", text);
	snprintf(text, sizeof(text), "TCP 2304 %d 0 no\n", inuse);
	replace_file("net/protocols", text);
}

static inline int fake_enter(const struct tcpmem_ctx *at,
			     const struct tm_ns *ns)
{
	(void)at;
	(void)ns;
	pthread_mutex_lock(&fake.lock);
	if (fake.inuse && fake.inuse[0] >= 0)
		set_counts(*fake.inuse++, 20);
	pthread_mutex_unlock(&fake.lock);
	return 0;
}

static inline int fake_open(const struct tm_kernel *kernel,
			    const struct tcpmem_ctx *at, const struct tm_ns *ns,
			    bool inside)
{
	(void)kernel;
	(void)at;
	(void)inside;
	return script_open_fd(fake.script[ns->inode]);
}

/* The files of a namespace are in a directory by its inode. */
static inline int fake_list(const struct tm_kernel *kernel,
			    const struct tcpmem_ctx *at, const struct tm_ns *ns,
			    bool inside, bool ipv6)
{
	char path[64];

	(void)kernel;
	(void)inside;
	snprintf(path, sizeof(path), "list/%d/tcp%s", (int)ns->inode,
		 ipv6 ? "6" : "");
	return tm_open_below(at->proc, path);
}

/* It brings all sockets of a namespace, and fails behind them. */
static inline int fake_iter_open(const struct tcpmem_ctx *at, bool sockets,
				 struct tm_holders_bpf **bpf)
{
	(void)at;
	*bpf = NULL;
	return sockets ? 0 : -EPERM;
}

static inline int fake_iter_read(struct tm_holders_bpf *bpf,
				 const struct tm_holders_look *look,
				 struct tm_fd_refs *refs)
{
	const struct tcpmem_process process = { .pid = 10, .comm = "half" };
	struct tcpmem_socket sock = { .inode = 4711, .cookie = 1, .state = 1 };
	struct tm_iter_sockets *to = look->iter_sockets;
	uint32_t index;

	(void)bpf;
	ck_assert_int_eq(tm_fd_refs_process(refs, &process, &index), 0);
	ck_assert_int_eq(tm_fd_refs_add(refs, 4711, index), 0);
	ck_assert_int_eq(tm_iter_sockets_netns(to, OWN, &sock.netns), 0);
	ck_assert_int_eq(tm_socket_set_add(&to->sockets, &sock, NULL), 0);
	return -EPERM;
}

static inline void set_up(void)
{
	proc_tree_make();
	tree_link(&tree, "thread-self/ns/net", "net:[1]");
	tree_file(&tree, "stat", "cpu 1 2 3\n");
	set_counts(2, 2);
	fake = (struct fake){
		.kernel = { fake_enter, fake_open, fake_list, fake_iter_open,
			    fake_iter_read },
	};
	pthread_mutex_init(&fake.lock, NULL);
	for (size_t i = 0; i < 4; i++) {
		fake.script[i] = calloc(1, sizeof(struct script));
		ck_assert_ptr_nonnull(fake.script[i]);
	}
	ck_assert_int_eq(tcpmem_query_new(&query), 0);
	ck_assert_int_eq(tcpmem_query_require(query, 0), 0);
}

static inline void tear_down(void)
{
	for (size_t i = 0; i < 4; i++) {
		script_finish(fake.script[i]);
		free(fake.script[i]);
	}
	tcpmem_snapshot_free(snap);
	snap = NULL;
	tm_cache_deinit(&cache);
	cache = (struct tm_cache){ .program = NULL };
	tcpmem_query_free(query);
	proc_tree_remove();
}

static inline void make_plan(uint32_t needs, enum tm_sink_kind sink)
{
	ck_assert_int_eq(tcpmem_query_require(query, needs), 0);
	ck_assert_int_eq(tm_plan_make(ctx, query, sink, &plan), 0);
	plan.kernel = &fake.kernel;
}

/* A dump of @count sockets with cookies from @first. */
static inline void script_dump(int netns, uint32_t seq, uint64_t first,
			       size_t count)
{
	struct script_open *open = script_next(fake.script[netns]);

	script_datagram(open);
	for (size_t i = 0; i < count; i++)
		script_socket(open, seq, first + i, 1);
	script_end(open, seq, NLMSG_DONE, 0);
}

/* A process in a namespace; @fd: where its only fd leads */
static inline void add_process(unsigned int pid, const char *netns,
			       const char *fd)
{
	char path[64], text[128];

	snprintf(path, sizeof(path), "%u/stat", pid);
	snprintf(text, sizeof(text), "%u (test)" STAT_BEHIND, pid);
	tree_file(&tree, path, text);
	snprintf(path, sizeof(path), "%u/ns/net", pid);
	tree_link(&tree, path, netns);
	snprintf(path, sizeof(path), "%u/ns/mnt", pid);
	tree_link(&tree, path, "mnt:[9]");
	snprintf(path, sizeof(path), "%u/task/%u/fd/3", pid, pid);
	tree_link(&tree, path, fd);
	snprintf(path, sizeof(path), "%u/fd/3", pid);
	tree_link(&tree, path, fd);
}

static inline void take(void)
{
	ck_assert_int_eq(tm_keep_take(&plan, &cache, &snap), 0);
}

/* The cookies kept are from @first on, each once, in whatever order. */
static inline void expect_cookies(uint64_t first, size_t count)
{
	uint64_t seen = 0;

	ck_assert_uint_eq(snap->sockets.count, count);
	for (size_t i = 0; i < count; i++) {
		uint64_t at = snap->sockets.sock[i].cookie - first;

		ck_assert_uint_lt(at, count);
		seen |= UINT64_C(1) << at;
	}
	ck_assert_uint_eq(seen, (UINT64_C(1) << count) - 1);
	ck_assert_int_eq(snap->accounting.sockets, (int64_t)count);
}

#endif
