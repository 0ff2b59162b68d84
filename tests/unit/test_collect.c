// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_collect.c - the stages, against a scripted kernel and a made-up /proc */
#include "collect/sources.h"
#include "filter/filter.h"
#include "scripted_kernel.h"
#include "tree.h"
#include "unit.h"

#include <pthread.h>

#define OWN   1 /* inodes of namespaces, and what they are scripted by */
#define OTHER 2
#define LATE  3

#define STAT_BEHIND " S 0 0 0 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 77 0\n"

/* A kernel whose namespaces answer what their scripts say. */
struct fake {
	struct tm_kernel kernel;
	struct script *script[4]; /* by inode */
	const int *inuse;	  /* of each further count; ends with -1 */
	pthread_mutex_t lock;
};

static struct fake fake;
static struct tree tree;
static struct tcpmem_ctx *ctx;
static struct tcpmem_query *query;
static struct tcpmem_snapshot *snap;
static struct tm_plan plan;
static struct tm_cache cache;

/* At once: a worker may be reading the file. */
static void replace_file(const char *path, const char *text)
{
	char from[PATH_MAX], to[PATH_MAX];

	tree_file(&tree, "net/new", text);
	tree_path(&tree, "net/new", from);
	tree_path(&tree, path, to);
	ck_assert_int_eq(rename(from, to), 0);
}

/* What every namespace counts, and what the kernel counts in all. */
static void set_counts(int inuse, int all)
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

static int fake_enter(const struct tcpmem_ctx *at, const struct tm_ns *ns)
{
	(void)at;
	(void)ns;
	pthread_mutex_lock(&fake.lock);
	if (fake.inuse && fake.inuse[0] >= 0)
		set_counts(*fake.inuse++, 20);
	pthread_mutex_unlock(&fake.lock);
	return 0;
}

static int fake_open(const struct tm_kernel *kernel,
		     const struct tcpmem_ctx *at, const struct tm_ns *ns,
		     bool inside)
{
	(void)kernel;
	(void)at;
	(void)inside;
	return script_open_fd(fake.script[ns->inode]);
}

/* The files of a namespace are in a directory by its inode. */
static int fake_list(const struct tm_kernel *kernel,
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
static int fake_iter_open(const struct tcpmem_ctx *at, bool sockets,
			  struct tm_holders_bpf **bpf)
{
	(void)at;
	*bpf = NULL;
	return sockets ? 0 : -EPERM;
}

static int fake_iter_read(struct tm_holders_bpf *bpf,
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

static void set_up(void)
{
	tree_make(&tree);
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
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tcpmem_ctx_set_roots(ctx, tree.root, NULL), 0);
	ck_assert_int_eq(tcpmem_query_new(&query), 0);
	ck_assert_int_eq(tcpmem_query_require(query, 0), 0);
}

static void tear_down(void)
{
	for (size_t i = 0; i < 4; i++) {
		script_finish(fake.script[i]);
		free(fake.script[i]);
	}
	tcpmem_snapshot_free(snap);
	snap = NULL;
	tm_cache_deinit(&cache);
	cache = (struct tm_cache){ .objects_known = false };
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	tree_remove(&tree);
}

static void make_plan(uint32_t needs, enum tm_sink_kind sink)
{
	ck_assert_int_eq(tcpmem_query_require(query, needs), 0);
	ck_assert_int_eq(tm_plan_make(ctx, query, sink, &plan), 0);
	plan.kernel = &fake.kernel;
}

/* A dump of @count sockets with cookies from @first. */
static void script_dump(int netns, uint32_t seq, uint64_t first, size_t count)
{
	struct script_open *open = script_next(fake.script[netns]);

	script_datagram(open);
	for (size_t i = 0; i < count; i++)
		script_socket(open, seq, first + i, 1);
	script_end(open, seq, NLMSG_DONE, 0);
}

/* One that the kernel breaks off behind its first socket. */
static void script_broken(int netns, uint32_t seq, uint64_t first)
{
	struct script_open *open = script_next(fake.script[netns]);

	script_datagram(open);
	script_socket(open, seq, first, 1);
	script_end(open, seq, NLMSG_DONE, -EBUSY);
}

/* A process in a namespace; @fd: where its only fd leads */
static void add_process(unsigned int pid, const char *netns, const char *fd)
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

static void take(void)
{
	ck_assert_int_eq(tm_keep_take(&plan, &cache, &snap), 0);
}

/* The cookies kept are from @first on, each once, in whatever order. */
static void expect_cookies(uint64_t first, size_t count)
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

/* "what a query and its filter want, together" */
START_TEST(a_plan_is_what_all_want_together)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter;

	make_plan(TCPMEM_NEED_CHARGES, TM_SINK_KEEP);
	ck_assert_uint_eq(plan.needs, TCPMEM_NEED_CHARGES |
					      TCPMEM_NEED_HOLDERS |
					      TCPMEM_NEED_METADATA);
	ck_assert(!plan.prefiltered);
	ck_assert_int_eq(tcpmem_filter_parse("state listening and rtt > 1ms",
					     &error, &filter),
			 0);
	ck_assert_int_eq(tcpmem_query_set_filter(query, filter), 0);
	tcpmem_filter_free(filter);
	make_plan(0, TM_SINK_KEEP);
	ck_assert_uint_eq(plan.needs, TCPMEM_NEED_INFO);
	ck_assert_uint_eq(plan.states, 1u << TCPMEM_STATE_LISTENING);
	/* "a file has all sockets" */
	make_plan(0, TM_SINK_CAPTURE);
	ck_assert_uint_eq(plan.needs, TCPMEM_NEED_LIMITS);
	ck_assert_uint_eq(plan.states, TCPMEM_STATES_ALL);
	ck_assert_ptr_null(plan.filter);
}
END_TEST

/* "whether the namespace may have msks": a 0 is believed where it can be */
START_TEST(msks_are_asked_for_where_there_may_be_any)
{
	struct tm_netns_status ns = { .counted = false };
	struct tm_status status = { .ns = &ns, .count = 1 };

	for (int i = 0; i < 2; i++) {
		status.mptcp_counted = i;
		ns = (struct tm_netns_status){ .counted = false };
		ck_assert(tm_status_may_have_mptcp(&status, 0));
		ns.counted = true;
		ck_assert(!tm_status_may_have_mptcp(&status, 0));
		ns.stat.has_mptcp = true;
		ck_assert_int_eq(tm_status_may_have_mptcp(&status, 0), !i);
		ns.stat.mptcp = 1;
		ck_assert(tm_status_may_have_mptcp(&status, 0));
	}
}
END_TEST

/* Sockets that the kernel counts lead to a namespace that only an fd holds. */
START_TEST(a_namespace_is_found_late)
{
	add_process(10, "net:[1]", "net:[3]");
	set_counts(2, 9);
	script_dump(OWN, 1, 100, 2);
	script_dump(LATE, 1, 102, 2);
	make_plan(TCPMEM_NEED_HOLDERS, TM_SINK_KEEP);
	query->source = TCPMEM_HOLDER_SOURCE_PROC;
	/* nobody holds them: they are asked for again, and stay */
	for (int i = 0; i < 2; i++) {
		struct script_open *open =
			script_next(fake.script[i ? LATE : OWN]);

		for (int j = 0; j < 2; j++) {
			script_datagram(open);
			script_end(open, 0, NLMSG_ERROR, -EPERM);
		}
	}
	take();
	expect_cookies(100, 4);
	ck_assert_uint_eq(snap->netns_count, 2);
	ck_assert_uint_eq(snap->netns[1].inode, LATE);
}
END_TEST

/* "the sockets of one namespace" are void, and those of no other */
START_TEST(a_dump_that_restarts_is_kept_once)
{
	add_process(10, "net:[1]", "/dev/null");
	add_process(20, "net:[2]", "/dev/null");
	set_counts(2, 4);
	script_dump(OWN, 1, 100, 2);
	script_broken(OTHER, 1, 102);
	script_dump(OTHER, 2, 102, 2);
	make_plan(0, TM_SINK_KEEP);
	take();
	expect_cookies(100, 4);
}
END_TEST

/* A socket, and a restart of all, as a stream gets them. */
struct stream {
	uint64_t cookie[16];
	size_t count;
	size_t restarts;
};

static int on_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		     void *user)
{
	struct stream *stream = user;

	(void)info;
	ck_assert_uint_lt(stream->count, 16);
	stream->cookie[stream->count++] = sock->cookie;
	return 0;
}

static int on_restart(uint16_t netns, void *user)
{
	struct stream *stream = user;

	(void)netns;
	stream->count = 0;
	stream->restarts++;
	return 0;
}

/* "those of all namespaces, or nothing" */
START_TEST(what_was_emitted_is_taken_back_for_all)
{
	struct stream stream = { .count = 0 };
	const struct tm_sink sink = {
		.socket = on_socket,
		.restart = on_restart,
		.restarts = TM_RESTART_ALL,
		.user = &stream,
	};
	struct tm_live live = { .plan = &plan, .cache = &cache };

	add_process(10, "net:[1]", "/dev/null");
	add_process(20, "net:[2]", "/dev/null");
	set_counts(2, 4);
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_live_open(&live, false), 0);
	snap = live.snap;
	/* one of two namespaces after the other, so that order is sure */
	live.status.ns[1].status = TM_DUMP_EMPTY;
	script_dump(OWN, 1, 100, 2);
	live.sink = &sink;
	ck_assert_int_eq(tm_live_dump(&live), 0);
	ck_assert_uint_eq(stream.count, 2);
	live.status.ns[1].status = TM_DUMP_PENDING;
	script_broken(OTHER, 1, 102);
	script_dump(OWN, 1, 100, 2);
	script_dump(OTHER, 1, 102, 2);
	ck_assert_int_eq(tm_live_dump(&live), 0);
	ck_assert_uint_eq(stream.restarts, 1);
	ck_assert_uint_eq(stream.count, 4);
	ck_assert_int_eq(tm_live_finish(&live), 0);
	ck_assert_int_eq(snap->accounting.sockets, 4);
	ck_assert_int_eq(tm_live_close(&live, 0, &snap), 0);
}
END_TEST

/* "processes whose program cannot be read": names stand for them, and that is
 * said; so is a cgroup's path without mounts to look it up in */
START_TEST(a_program_that_cannot_be_read_is_a_warning)
{
	add_process(10, "net:[1]", "socket:[4711]");
	tree_file(&tree, "10/exe", "no link\n");
	tree_file(&tree, "10/cgroup", "0::/somewhere\n");
	set_counts(1, 1);
	script_dump(OWN, 1, 100, 1);
	make_plan(TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA, TM_SINK_KEEP);
	query->source = TCPMEM_HOLDER_SOURCE_PROC;
	take();
	ck_assert(tm_warnings_have(&snap->warnings,
				   TCPMEM_WARNING_PROGRAMS_UNREADABLE));
	ck_assert(!tcpmem_snapshot_is_complete(snap));
}
END_TEST

#define LISTED                                                              \
	"  sl  local_address rem_address   st\n"                            \
	"   0: 0100007F:%s 00000000:0000 0A 00000000:00000000 00:00000000 " \
	"00000000     0        0 %s 1 0 100 0 0 10 0\n"

static void refuse(int netns, int error)
{
	script_next(fake.script[netns])->error = error;
}

static void add_list(int netns, const char *port, const char *inode)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "list/%d/tcp", netns);
	snprintf(text, sizeof(text), LISTED, port, inode);
	tree_file(&tree, path, text);
}

/* "Where sock_diag cannot be used, sockets are from /proc/net/tcp, and a
 * warning says so": one, whatever the number of namespaces */
START_TEST(a_closed_sock_diag_is_replaced_by_files)
{
	int64_t held;

	add_process(10, "net:[1]", "/dev/null");
	add_process(20, "net:[2]", "/dev/null");
	set_counts(2, 2);
	refuse(OWN, -EACCES);
	refuse(OTHER, -EPERM);
	add_list(OWN, "1F90", "11");
	add_list(OTHER, "1F90", "12");
	make_plan(0, TM_SINK_KEEP);
	take();
	ck_assert_uint_eq(snap->sockets.count, 2);
	ck_assert_uint_ne(snap->sockets.sock[0].netns,
			  snap->sockets.sock[1].netns);
	ck_assert_int_eq(tcpmem_socket_get_metric(&snap->sockets.sock[0],
						  TCPMEM_METRIC_HELD, &held),
			 -ENODATA);
	ck_assert_uint_eq(snap->warnings.count, 1);
	ck_assert_int_eq(snap->warnings.warning[0].code,
			 TCPMEM_WARNING_SOCK_DIAG_CLOSED);
	ck_assert(!tcpmem_snapshot_is_complete(snap));
}
END_TEST

static int fake_open_gone(const struct tm_kernel *kernel,
			  const struct tcpmem_ctx *at, const struct tm_ns *ns,
			  bool inside)
{
	return ns->inode == LATE && !inside ? -ENOENT
					    : fake_open(kernel, at, ns, inside);
}

/* The caller's namespace has two sockets, another one ends: @opens tells when
 */
static void make_vanishing(int (*opens)(const struct tm_kernel *kernel,
					const struct tcpmem_ctx *at,
					const struct tm_ns *ns, bool inside))
{
	add_process(10, "net:[1]", "net:[3]");
	set_counts(2, 9);
	script_dump(OWN, 1, 100, 2);
	fake.kernel.open = opens;
	make_plan(TCPMEM_NEED_HOLDERS, TM_SINK_KEEP);
	query->source = TCPMEM_HOLDER_SOURCE_PROC;
}

static void expect_vanished(void)
{
	/* nobody holds them: they are asked for again, and stay */
	struct script_open *open = script_next(fake.script[OWN]);

	for (int i = 0; i < 2; i++) {
		script_datagram(open);
		script_end(open, 0, NLMSG_ERROR, -EPERM);
	}
	take();
	expect_cookies(100, 2);
	ck_assert(!tm_warnings_have(&snap->warnings,
				    TCPMEM_WARNING_SOCK_DIAG_CLOSED));
}

/* A namespace that ends while it is about to be asked is no error. */
START_TEST(a_namespace_that_vanishes_is_left_out)
{
	make_vanishing(fake_open_gone);
	expect_vanished();
}
END_TEST

static int fake_open_once(const struct tm_kernel *kernel,
			  const struct tcpmem_ctx *at, const struct tm_ns *ns,
			  bool inside)
{
	static int opens;

	return ns->inode == LATE && !inside && opens++
		       ? -ENOENT
		       : fake_open(kernel, at, ns, inside);
}

/* Nor is one that ends between two requests: each opens a socket of its own. */
START_TEST(a_namespace_that_vanishes_half_way_is_left_out)
{
	struct script_open *open = script_next(fake.script[LATE]);

	script_datagram(open);
	script_end(open, 0, NLMSG_ERROR, -EINVAL);
	make_vanishing(fake_open_once);
	expect_vanished();
}
END_TEST

/* "-EPROTONOSUPPORT if neither can be read" */
START_TEST(without_either_there_is_no_answer)
{
	refuse(OWN, -EACCES);
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_keep_take(&plan, &cache, &snap), -EPROTONOSUPPORT);
	snap = NULL;
}
END_TEST

static void add_socket(struct tm_socket_set *set, uint64_t cookie, uint8_t kind)
{
	const struct tcpmem_socket sock = {
		.cookie = cookie,
		.state = TCPMEM_STATE_ESTABLISHED,
		.kind = kind,
		.inode = 5,
	};
	const struct tm_info info = {
		.expires_ms = (uint32_t)cookie,
		.present = true,
	};

	ck_assert_int_eq(tm_socket_set_add(set, &sock, &info), 0);
}

/* "it is gone, and removed"; what belongs to others stays theirs */
START_TEST(a_holder_that_vanishes_takes_its_socket_along)
{
	struct tm_socket_set set = { .with_info = true };
	struct tm_owners owners = { .complete = true };
	struct script_open *open = script_next(fake.script[OWN]);
	struct tm_ns_list list;
	size_t own;

	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_ns_list_init(ctx, &list), 0);
	ck_assert_int_eq(tm_ns_list_add_own(&list, &own), 0);
	add_socket(&set, 1, TCPMEM_KIND_PROCESS);
	add_socket(&set, 2, TCPMEM_KIND_IN_FLIGHT);
	add_socket(&set, 3, TCPMEM_KIND_HIDDEN);
	add_socket(&set, 4, TCPMEM_KIND_PROCESS);
	script_datagram(open);
	script_end(open, 0, NLMSG_ERROR, -ENOENT);
	script_datagram(open);
	script_socket(open, 0, 3, 1);
	ck_assert_int_eq(tm_recheck(&plan, &list, &owners, &set), 0);
	ck_assert_uint_eq(set.count, 3);
	for (size_t i = 0; i < set.count; i++)
		ck_assert_uint_eq(set.info[i].expires_ms, set.sock[i].cookie);
	ck_assert_uint_eq(set.sock[1].cookie, 3);
	ck_assert_uint_eq(set.sock[1].inode, 4711); /* as it is now */
	tm_socket_set_deinit(&set);
	tm_ns_list_clear(&list);
}
END_TEST

/* An iterator that fails behind its last record has told nothing. */
START_TEST(an_iterator_refused_half_way_is_replaced_by_dumps)
{
	struct tm_live live = { .plan = &plan, .cache = &cache };

	set_counts(1, 1);
	query->source = TCPMEM_HOLDER_SOURCE_BPF;
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_live_open(&live, false), 0);
	snap = live.snap;
	ck_assert_int_eq(tm_holder_scan_start(&plan, TM_SCAN_ALL_OR_NOTHING,
					      &cache, &live.scan),
			 0);
	script_dump(OWN, 1, 100, 1);
	ck_assert_int_eq(tm_keep_run(&live), 0);
	expect_cookies(100, 1);
	ck_assert_int_eq(tm_holder_scan_wait(live.scan), 0);
	ck_assert_uint_eq(tm_holder_scan_result(live.scan)->refs.count, 0);
	ck_assert_int_eq(tm_holder_scan_result(live.scan)->bpf_error, -EPERM);
	ck_assert_int_eq(tm_live_close(&live, 0, &snap), 0);
}
END_TEST

static int fake_iter_whole(struct tm_holders_bpf *bpf,
			   const struct tm_holders_look *look,
			   struct tm_fd_refs *refs)
{
	ck_assert_int_eq(fake_iter_read(bpf, look, refs), -EPERM);
	return fake_iter_read(bpf, look, refs) == -EPERM ? 0 : -EIO;
}

/* "sockets of deferred namespaces that it has seen whole", each once */
START_TEST(what_the_iterator_saw_whole_is_not_dumped)
{
	struct tm_live live = { .plan = &plan, .cache = &cache };

	set_counts(1, 1);
	fake.kernel.iter_read = fake_iter_whole;
	query->source = TCPMEM_HOLDER_SOURCE_BPF;
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_live_open(&live, false), 0);
	snap = live.snap;
	ck_assert_int_eq(tm_holder_scan_start(&plan, TM_SCAN_ALL_OR_NOTHING,
					      &cache, &live.scan),
			 0);
	ck_assert_int_eq(tm_keep_run(&live), 0);
	expect_cookies(1, 1);
	ck_assert_int_eq(tm_live_close(&live, 0, &snap), 0);
}
END_TEST

/* "counts the sockets of all namespaces at one moment": what closes is none */
START_TEST(sockets_that_close_while_they_are_counted_are_not_missing)
{
	static const int inuse[] = { 10, -1 };
	struct tm_live live = { .plan = &plan, .cache = &cache };

	add_process(10, "net:[1]", "/dev/null");
	add_process(20, "net:[2]", "/dev/null");
	set_counts(10, 24);
	fake.inuse = inuse; /* from then on the host has 20 */
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_live_open(&live, false), 0);
	ck_assert_ptr_eq(fake.inuse, inuse + 1);
	ck_assert(live.snap->accounting.unhashed_known);
	ck_assert_int_eq(live.snap->accounting.unhashed, 0);
	ck_assert_int_eq(tm_live_close(&live, 0, &snap), 0);
}
END_TEST

/* "none is ever too high, so the highest one is right" */
START_TEST(counters_that_move_are_read_again)
{
	static const int inuse[] = { 20, 16, 20, -1 };
	struct tm_live live = { .plan = &plan, .cache = &cache };
	const struct tm_sink none = { .restarts = TM_RESTART_NEVER };
	struct tm_dump dump = {
		.plan = &plan,
		.sink = &none,
		.which = 1u << TM_DUMP_PENDING,
	};

	add_process(10, "net:[1]", "/dev/null");
	add_process(20, "net:[2]", "/dev/null");
	set_counts(10, 20);
	make_plan(0, TM_SINK_KEEP);
	ck_assert_int_eq(tm_live_open(&live, false), 0);
	snap = live.snap;
	dump.list = &live.list;
	dump.status = &live.status;
	dump.warnings = &snap->warnings;
	dump.objects = &snap->objects;
	ck_assert_int_eq(snap->accounting.unhashed, 0);
	/* nothing was dumped: 20 sockets are unseen, the counts say none */
	live.status.ns[0].status = TM_DUMP_DENIED;
	fake.inuse = inuse;
	ck_assert_int_eq(tm_accounting_after(&dump, &snap->accounting), 0);
	ck_assert_int_eq(snap->accounting.unhashed, 4);
	ck_assert(snap->accounting.unhashed_known);
	ck_assert_ptr_eq(fake.inuse, inuse + 3);
	ck_assert_int_eq(tm_live_close(&live, 0, &snap), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("collect");
	TCase *tcase = tcase_create("stages");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_plan_is_what_all_want_together);
	tcase_add_test(tcase, msks_are_asked_for_where_there_may_be_any);
	tcase_add_test(tcase, a_namespace_is_found_late);
	tcase_add_test(tcase, a_dump_that_restarts_is_kept_once);
	tcase_add_test(tcase, what_was_emitted_is_taken_back_for_all);
	tcase_add_test(tcase, a_holder_that_vanishes_takes_its_socket_along);
	tcase_add_test(tcase,
		       an_iterator_refused_half_way_is_replaced_by_dumps);
	tcase_add_test(tcase, what_the_iterator_saw_whole_is_not_dumped);
	tcase_add_test(tcase, a_program_that_cannot_be_read_is_a_warning);
	tcase_add_test(tcase, a_closed_sock_diag_is_replaced_by_files);
	tcase_add_test(tcase, a_namespace_that_vanishes_is_left_out);
	tcase_add_test(tcase, a_namespace_that_vanishes_half_way_is_left_out);
	tcase_add_test(tcase, without_either_there_is_no_answer);
	tcase_add_test(
		tcase,
		sockets_that_close_while_they_are_counted_are_not_missing);
	tcase_add_test(tcase, counters_that_move_are_read_again);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
