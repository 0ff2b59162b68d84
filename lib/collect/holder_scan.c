// SPDX-License-Identifier: LGPL-2.1-or-later
/* collect_scan.c - looks for holders while sockets are being dumped */
#include "collect/holder_scan.h"

#include "base/thread.h"

#include <errno.h>
#include <stdlib.h>

static bool wants_bpf(const struct tm_holder_scan *scan)
{
	return scan->source == TCPMEM_HOLDER_SOURCE_BPF ||
	       (scan->source == TCPMEM_HOLDER_SOURCE_AUTO &&
		tm_holders_bpf_pays(&scan->ctx));
}

static void decide(struct tm_holder_scan *scan, enum tm_holder_scan_way way)
{
	pthread_mutex_lock(&scan->lock);
	scan->way = way;
	pthread_cond_signal(&scan->decided);
	pthread_mutex_unlock(&scan->lock);
}

bool tm_holder_scan_reads_proc(struct tm_holder_scan *scan)
{
	bool reads;

	pthread_mutex_lock(&scan->lock);
	reads = scan->way == TM_HOLDER_SCAN_PROC;
	pthread_mutex_unlock(&scan->lock);
	return reads;
}

bool tm_holder_scan_brings_iter_sockets(struct tm_holder_scan *scan)
{
	bool brings;

	if (!scan->away || scan->request == TM_HOLDER_SCAN_HOLDERS)
		return false;
	pthread_mutex_lock(&scan->lock);
	while (scan->way == TM_HOLDER_SCAN_UNDECIDED)
		pthread_cond_wait(&scan->decided, &scan->lock);
	brings = scan->way == TM_HOLDER_SCAN_BPF_ITER_SOCKETS;
	pthread_mutex_unlock(&scan->lock);
	return brings;
}

static int open_program(struct tm_holder_scan *scan, bool iter_sockets)
{
	struct tm_holders_bpf *bpf = *scan->program;

	if (bpf && (tm_holders_bpf_has_iter_sockets(bpf) || !iter_sockets))
		return 0;
	tm_holders_bpf_close(bpf);
	*scan->program = NULL;
	return tm_holders_bpf_open(&scan->ctx, iter_sockets, scan->program);
}

static int look_by_bpf(struct tm_holder_scan *scan)
{
	bool iter_sockets = scan->request != TM_HOLDER_SCAN_HOLDERS;
	int ret = open_program(scan, iter_sockets);

	if (ret < 0 &&
	    scan->request == TM_HOLDER_SCAN_HOLDERS_AND_ITER_SOCKETS) {
		/* a kernel that has not all that it is to tell */
		iter_sockets = false;
		ret = open_program(scan, iter_sockets);
	}
	if (ret < 0)
		return ret;
	decide(scan, iter_sockets ? TM_HOLDER_SCAN_BPF_ITER_SOCKETS
				  : TM_HOLDER_SCAN_BPF);
	return tm_holders_bpf_read(
		*scan->program,
		&(struct tm_holders_look){
			.iter_sockets = iter_sockets ? &scan->iter_sockets
						     : NULL,
			.only = scan->only,
			.beside_dump = scan->beside_dump && !iter_sockets,
		},
		&scan->fd_refs);
}

/* Nobody asked for BPF by name: what it cannot do, /proc can. */
static int look(struct tm_holder_scan *scan)
{
	scan->bpf_error = -ECANCELED;
	if (!tm_holder_scan_reads_proc(scan))
		scan->bpf_error = look_by_bpf(scan);
	if (scan->bpf_error == 0)
		return 0;
	tm_fd_refs_deinit(&scan->fd_refs);
	tm_iter_sockets_deinit(&scan->iter_sockets);
	decide(scan, TM_HOLDER_SCAN_PROC);
	if (scan->request == TM_HOLDER_SCAN_ALL_OR_NOTHING)
		return 0;
	if (scan->source == TCPMEM_HOLDER_SOURCE_BPF)
		return scan->bpf_error;
	return tm_fd_refs_proc_scan(&scan->ctx, &scan->round, &scan->fd_refs,
				    &scan->scan);
}

static void *go(void *arg)
{
	struct tm_holder_scan *scan = arg;

	scan->ret = look(scan);
	return NULL;
}

static int make(const struct tcpmem_ctx *ctx, enum tcpmem_holder_source source,
		enum tm_holder_scan_request request,
		struct tm_holders_bpf **program, struct tm_holder_scan **scan)
{
	struct tm_holder_scan *s = calloc(1, sizeof(*s));

	if (!s || tm_scan_state_init(&s->round) < 0) {
		free(s);
		return -ENOMEM;
	}
	s->ctx = *ctx;
	tcpmem_ctx_set_log(&s->ctx, NULL, NULL);
	s->source = source;
	s->request = request;
	s->program = program ? program : &s->own_program;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->decided, NULL);
	if (!wants_bpf(s))
		s->way = TM_HOLDER_SCAN_PROC;
	*scan = s;
	return 0;
}

int tm_holder_scan_send(const struct tcpmem_ctx *ctx,
			enum tcpmem_holder_source source,
			enum tm_holder_scan_request request,
			struct tm_holders_bpf **program,
			struct tm_holder_scan **scan)
{
	int ret = make(ctx, source, request, program, scan);

	if (ret < 0)
		return ret;
	(*scan)->beside_dump = true;
	(*scan)->away = tm_thread_start(&(*scan)->thread, go, *scan) == 0;
	return 0;
}

void tm_holder_scan_finish(struct tm_holder_scan *scan)
{
	tm_scan_state_mark_dumped(&scan->round);
}

int tm_holder_scan_wait(struct tm_holder_scan *scan)
{
	if (scan->away)
		pthread_join(scan->thread, NULL);
	else if (!scan->back)
		scan->ret = look(scan);
	scan->away = false;
	scan->back = true;
	return scan->ret;
}

int tm_holder_scan_look(const struct tcpmem_ctx *ctx,
			enum tcpmem_holder_source source,
			const struct tm_u64set *only,
			struct tm_holders_bpf **program,
			struct tm_holder_scan **scan)
{
	int ret = make(ctx, source, TM_HOLDER_SCAN_HOLDERS, program, scan);

	if (ret < 0)
		return ret;
	(*scan)->only = only;
	return tm_holder_scan_wait(*scan);
}

int tm_holder_scan_again(struct tm_holder_scan *scan,
			 const struct tm_u64set *only)
{
	tm_fd_refs_deinit(&scan->fd_refs);
	scan->only = only;
	scan->beside_dump = false;
	if (scan->bpf_error)
		return tm_fd_refs_proc_scan(&scan->ctx, &scan->round,
					    &scan->fd_refs, &scan->scan);
	scan->request = TM_HOLDER_SCAN_HOLDERS;
	return look_by_bpf(scan);
}

void tm_holder_scan_free(struct tm_holder_scan *scan)
{
	if (!scan)
		return;
	if (scan->away) {
		tm_scan_state_cancel(&scan->round);
		pthread_join(scan->thread, NULL);
	}
	tm_holders_bpf_close(scan->own_program);
	tm_fd_refs_deinit(&scan->fd_refs);
	tm_iter_sockets_deinit(&scan->iter_sockets);
	tm_scan_state_deinit(&scan->round);
	pthread_cond_destroy(&scan->decided);
	pthread_mutex_destroy(&scan->lock);
	free(scan);
}
