// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * holder_scan.c - who has which socket open, read beside a dump
 *
 * A future: it is started before the dump and waited for behind it.
 */
#include "collect/holders.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>

enum backend {
	BACKEND_UNDECIDED,
	BACKEND_PROC,
	BACKEND_BPF,
	BACKEND_BPF_SOCKETS,
};

/*
 * struct tm_holder_scan - one that runs, or has ended
 * @only: inodes whose holders alone are looked for; NULL: all
 * @state: what the first scan tells the second
 * @lock: of @backend
 */
struct tm_holder_scan {
	struct tcpmem_ctx ctx;
	const struct tm_kernel *kernel;
	enum tcpmem_holder_source source;
	enum tm_scan_request request;
	struct tm_cache *cache;
	const struct tm_u64set *only;
	struct tm_scan_result result;
	struct tm_scan_state state;
	enum backend backend;
	pthread_mutex_t lock;
	pthread_cond_t decided;
	pthread_t thread;
	bool beside_dump;
	bool running;
	int ret;
};

static bool wants_bpf(const struct tm_holder_scan *scan)
{
	return scan->source == TCPMEM_HOLDER_SOURCE_BPF ||
	       (scan->source == TCPMEM_HOLDER_SOURCE_AUTO &&
		tm_holders_bpf_pays(&scan->ctx));
}

static void decide(struct tm_holder_scan *scan, enum backend backend)
{
	pthread_mutex_lock(&scan->lock);
	scan->backend = backend;
	pthread_cond_signal(&scan->decided);
	pthread_mutex_unlock(&scan->lock);
}

bool tm_holder_scan_reads_proc(struct tm_holder_scan *scan)
{
	bool reads;

	pthread_mutex_lock(&scan->lock);
	reads = scan->backend == BACKEND_PROC;
	pthread_mutex_unlock(&scan->lock);
	return reads;
}

bool tm_holder_scan_brings_sockets(struct tm_holder_scan *scan)
{
	bool brings;

	if (!scan->running || scan->request == TM_SCAN_HOLDERS)
		return false;
	pthread_mutex_lock(&scan->lock);
	while (scan->backend == BACKEND_UNDECIDED)
		pthread_cond_wait(&scan->decided, &scan->lock);
	brings = scan->backend == BACKEND_BPF_SOCKETS;
	pthread_mutex_unlock(&scan->lock);
	return brings;
}

static int open_program(struct tm_holder_scan *scan, bool sockets)
{
	struct tm_holders_bpf *bpf = scan->cache->program;

	if (bpf && (tm_holders_bpf_has_iter_sockets(bpf) || !sockets))
		return 0;
	tm_holders_bpf_close(bpf);
	scan->cache->program = NULL;
	return scan->kernel->iter_open(&scan->ctx, sockets,
				       &scan->cache->program);
}

static int scan_by_bpf(struct tm_holder_scan *scan)
{
	bool sockets = scan->request != TM_SCAN_HOLDERS;
	int ret = open_program(scan, sockets);

	if (ret < 0 && scan->request == TM_SCAN_HOLDERS_AND_SOCKETS) {
		/* a kernel that has not all that the program is to tell */
		sockets = false;
		ret = open_program(scan, sockets);
	}
	if (ret < 0)
		return ret;
	decide(scan, sockets ? BACKEND_BPF_SOCKETS : BACKEND_BPF);
	return scan->kernel->iter_read(
		scan->cache->program,
		&(struct tm_holders_look){
			.iter_sockets = sockets ? &scan->result.sockets : NULL,
			.sums = sockets && scan->cache->sums.adds_up
					? &scan->cache->sums.iter
					: NULL,
			.only = scan->only,
			.one_reader = scan->cache->fds ||
				      (scan->beside_dump && !sockets),
		},
		&scan->result.refs);
}

static int scan_by_proc(struct tm_holder_scan *scan)
{
	return tm_fd_refs_proc_scan(&scan->ctx, &scan->state, scan->cache->fds,
				    &scan->result.refs, &scan->result.proc);
}

static bool proc_refuses(const struct tm_proc_scan *proc)
{
	return proc->denied || tm_proc_view_hides_others(&proc->view);
}

/* The iterator shows every process to whoever may load it. */
static int try_bpf(struct tm_holder_scan *scan)
{
	struct tm_scan_result *result = &scan->result;
	struct tm_fd_refs refs = result->refs;

	scan->request = TM_SCAN_HOLDERS;
	result->refs = (struct tm_fd_refs){ 0 };
	result->bpf_error = scan_by_bpf(scan);
	if (result->bpf_error == 0) {
		tm_fd_refs_deinit(&refs);
		result->proc = (struct tm_proc_scan){ 0 };
		return 0;
	}
	tm_fd_refs_deinit(&result->refs);
	result->refs = refs;
	decide(scan, BACKEND_PROC);
	return result->bpf_error == -ENOMEM ? -ENOMEM : 0;
}

/* Nobody asked for BPF by name: what it cannot do, /proc can. */
static int scan_once(struct tm_holder_scan *scan)
{
	struct tm_scan_result *result = &scan->result;
	int ret;

	result->bpf_error = tm_holder_scan_reads_proc(scan) ? -ECANCELED
							    : scan_by_bpf(scan);
	if (result->bpf_error == 0)
		return 0;
	tm_fd_refs_deinit(&result->refs);
	tm_iter_sockets_deinit(&result->sockets);
	decide(scan, BACKEND_PROC);
	if (scan->request == TM_SCAN_ALL_OR_NOTHING)
		return 0;
	if (scan->source == TCPMEM_HOLDER_SOURCE_BPF)
		return result->bpf_error;
	ret = scan_by_proc(scan);
	if (ret < 0 || scan->source != TCPMEM_HOLDER_SOURCE_AUTO ||
	    result->bpf_error != -ECANCELED || !proc_refuses(&result->proc))
		return ret;
	return try_bpf(scan);
}

static void *run(void *arg)
{
	struct tm_holder_scan *scan = arg;

	scan->ret = scan_once(scan);
	return NULL;
}

static int make(const struct tm_plan *plan, enum tm_scan_request request,
		struct tm_cache *cache, struct tm_holder_scan **scan)
{
	struct tm_holder_scan *s = calloc(1, sizeof(*s));

	*scan = NULL;
	if (!s || tm_scan_state_init(&s->state) < 0) {
		free(s);
		return -ENOMEM;
	}
	s->ctx = *plan->ctx;
	tcpmem_ctx_set_log(&s->ctx, NULL, NULL);
	s->kernel = plan->kernel;
	s->source = plan->query->source;
	s->request = request;
	s->cache = cache;
	s->state.repeats = cache->fds;
	s->ret = -EINPROGRESS;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->decided, NULL);
	if (!wants_bpf(s))
		s->backend = BACKEND_PROC;
	*scan = s;
	return 0;
}

int tm_holder_scan_start(const struct tm_plan *plan,
			 enum tm_scan_request request, struct tm_cache *cache,
			 struct tm_holder_scan **scan)
{
	int ret = make(plan, request, cache, scan);

	if (ret < 0)
		return ret;
	(*scan)->beside_dump = true;
	(*scan)->running = tm_thread_start(&(*scan)->thread, run, *scan) == 0;
	return 0;
}

void tm_holder_scan_mark_dump_done(struct tm_holder_scan *scan)
{
	tm_scan_state_mark_dumped(&scan->state);
}

int tm_holder_scan_wait(struct tm_holder_scan *scan)
{
	if (scan->running)
		pthread_join(scan->thread, NULL);
	else if (scan->ret == -EINPROGRESS)
		run(scan);
	scan->running = false;
	return scan->ret;
}

struct tm_scan_result *tm_holder_scan_result(struct tm_holder_scan *scan)
{
	return &scan->result;
}

int tm_holder_scan_now(const struct tm_plan *plan, const struct tm_u64set *only,
		       struct tm_cache *cache, struct tm_holder_scan **scan)
{
	int ret = make(plan, TM_SCAN_HOLDERS, cache, scan);

	if (ret < 0)
		return ret;
	(*scan)->only = only;
	return tm_holder_scan_wait(*scan);
}

const struct tm_u64set *
tm_holder_scan_known_inodes(const struct tm_holder_scan *scan)
{
	const struct tm_fd_cache *fds = scan->cache->fds;

	return scan->result.bpf_error && fds && fds->partial ? &fds->inodes
							     : NULL;
}

int tm_holder_scan_learn(struct tm_holder_scan *scan,
			 const struct tm_holders *holders)
{
	struct tm_fd_cache *fds = scan->cache->fds;

	if (!scan->result.bpf_error || !fds)
		return 0;
	/* none was new, and none is gone */
	if (fds->partial && fds->inodes.count == tm_holders_count(holders))
		return 0;
	tm_u64set_clear(&fds->inodes);
	return tm_holders_inodes(holders, NULL, &fds->inodes);
}

int tm_holder_scan_again(struct tm_holder_scan *scan,
			 const struct tm_u64set *only)
{
	tm_fd_refs_deinit(&scan->result.refs);
	scan->only = only;
	scan->beside_dump = false;
	if (scan->result.bpf_error) {
		tm_fd_cache_expire(scan->cache->fds);
		return scan_by_proc(scan);
	}
	scan->request = TM_SCAN_HOLDERS;
	return scan_by_bpf(scan);
}

static int read_rings(const struct tm_holder_scan *scan)
{
	struct tm_cache *cache = scan->cache;
	struct tm_proc_scan proc = { 0 };
	struct tm_fd_refs refs = { 0 };
	struct tm_scan_state state;
	int ret = tm_scan_state_init(&state);

	if (ret < 0)
		return ret;
	state.rings = true;
	ret = tm_fd_refs_proc_scan(&scan->ctx, &state, NULL, &refs, &proc);
	tm_scan_state_deinit(&state);
	if (ret == 0) {
		tm_fd_refs_deinit(&cache->rings.refs);
		cache->rings.refs = refs;
	}
	return tm_shortage(ret);
}

/* On a host where sockets come and go there is always one without a holder. */
static bool may_read_rings(struct tm_cache *cache)
{
	int64_t ns = tm_now_ns(CLOCK_MONOTONIC);

	if (cache->rings.read_ns && ns - cache->rings.read_ns < TM_FD_CACHE_NS)
		return false;
	cache->rings.read_ns = ns;
	return true;
}

int tm_holder_scan_join_rings(struct tm_holder_scan *scan,
			      struct tm_holders *holders)
{
	struct tm_u64set missing;
	int ret;

	if (scan->result.bpf_error)
		return 0;
	ret = tm_u64set_init(&missing, 64);
	if (ret < 0)
		return ret;
	ret = tm_holders_missing(holders, &missing);
	if (ret == 0 && missing.count && may_read_rings(scan->cache))
		ret = read_rings(scan);
	if (ret == 0 && missing.count)
		ret = tm_fd_refs_join(&scan->cache->rings.refs, holders,
				      &missing);
	tm_u64set_deinit(&missing);
	return ret;
}

void tm_holder_scan_free(struct tm_holder_scan *scan)
{
	if (!scan)
		return;
	if (scan->running) {
		tm_scan_state_cancel(&scan->state);
		pthread_join(scan->thread, NULL);
	}
	tm_fd_refs_deinit(&scan->result.refs);
	tm_iter_sockets_deinit(&scan->result.sockets);
	tm_scan_state_deinit(&scan->state);
	pthread_cond_destroy(&scan->decided);
	pthread_mutex_destroy(&scan->lock);
	free(scan);
}
