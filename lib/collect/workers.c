// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * workers.c - threads that dump namespaces side by side
 *
 * A worker goes from namespace to namespace and dumps each; its sockets travel
 * to the caller's thread in batches, of which there is a fixed number: a slow
 * caller slows the workers down, and memory does not grow.
 */
#include "base/util.h"
#include "collect/sources.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* One that is being filled, one under way, one for what is logged. */
#define BATCHES_PER_WORKER 3

#define BATCH_SOCKETS 256

enum batch_kind {
	BATCH_SOCKET,
	BATCH_RESTART,
	BATCH_LOG,
};

struct batch {
	struct batch *next;
	enum batch_kind kind;
	uint16_t netns;
	enum tcpmem_log_level level;
	struct tm_socket_set sockets;
	char text[512];
};

struct worker_pool {
	const struct tm_dump *dump;
	int (*job)(struct tm_dump_ctx *ctx);
	pthread_mutex_t lock;
	pthread_cond_t arrived;	 /* for the caller */
	pthread_cond_t returned; /* for workers that wait for a free batch */
	struct batch *free;
	struct batch *first, **last; /* under way */
	size_t next; /* the list is passed twice, for the own namespace first */
	bool cancelled;
	size_t working;
	int ret;
};

struct worker {
	struct worker_pool *pool;
	struct tm_dump_ctx ctx;
	struct batch *batch; /* that is being filled */
	pthread_t thread;
};

/* Return: a batch, or NULL once the dump was cancelled. */
static struct batch *take_batch(struct worker_pool *pool)
{
	struct batch *batch = NULL;

	pthread_mutex_lock(&pool->lock);
	while (!pool->free && !pool->cancelled)
		pthread_cond_wait(&pool->returned, &pool->lock);
	if (!pool->cancelled) {
		batch = pool->free;
		pool->free = batch->next;
	}
	pthread_mutex_unlock(&pool->lock);
	return batch;
}

static void send_batch(struct worker_pool *pool, struct batch *batch)
{
	pthread_mutex_lock(&pool->lock);
	batch->next = NULL;
	*pool->last = batch;
	pool->last = &batch->next;
	pthread_cond_signal(&pool->arrived);
	pthread_mutex_unlock(&pool->lock);
}

static void flush(struct worker *worker)
{
	if (!worker->batch)
		return;
	send_batch(worker->pool, worker->batch);
	worker->batch = NULL;
}

static int send_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		       void *user)
{
	struct worker *worker = user;
	struct batch *batch = worker->batch;
	int ret;

	if (!batch) {
		batch = take_batch(worker->pool);
		if (!batch)
			return -ECANCELED;
		batch->kind = BATCH_SOCKET;
		tm_socket_set_clear(&batch->sockets);
		worker->batch = batch;
	}
	ret = tm_socket_set_add(&batch->sockets, sock, info);
	if (batch->sockets.count == BATCH_SOCKETS)
		flush(worker);
	return ret;
}

static int send_restart(uint16_t netns, void *user)
{
	struct worker *worker = user;
	struct batch *batch;

	flush(worker);
	batch = take_batch(worker->pool);
	if (!batch)
		return -ECANCELED;
	batch->kind = BATCH_RESTART;
	batch->netns = netns;
	send_batch(worker->pool, batch);
	return 0;
}

static void send_log(enum tcpmem_log_level level, const char *text, void *user)
{
	struct worker *worker = user;
	struct batch *batch = take_batch(worker->pool);

	if (!batch)
		return;
	batch->kind = BATCH_LOG;
	batch->level = level;
	snprintf(batch->text, sizeof(batch->text), "%s", text);
	send_batch(worker->pool, batch);
}

/*
 * The caller's own namespace goes first, to a worker that has not moved yet:
 * without the right to enter namespaces it can be dumped all the same.
 */
static bool take_namespace(struct worker_pool *pool, size_t *index)
{
	const struct tm_ns_list *list = pool->dump->list;

	for (; !pool->cancelled && pool->next < 2 * list->count; pool->next++) {
		bool own = pool->next < list->count;

		*index = pool->next % list->count;
		if (list->ns[*index].own != own ||
		    !tm_dump_wants(pool->dump, *index))
			continue;
		pool->next++;
		return true;
	}
	return false;
}

/* The first error is the pool's. */
static void cancel(struct worker_pool *pool, int error)
{
	if (!pool->ret)
		pool->ret = error;
	pool->cancelled = true;
	pthread_cond_broadcast(&pool->returned);
}

static int run_job(struct worker *worker)
{
	struct tm_dump_ctx *ctx = &worker->ctx;
	const struct tm_dump *dump = ctx->dump;
	const struct tm_ns *ns = &dump->list->ns[ctx->index];
	int ret = 0;

	if (!ns->own)
		ret = dump->plan->kernel->enter(&ctx->ctx, ns);
	if (ret < 0)
		return tm_dump_denied(ctx, ret);
	ctx->inside = true;
	ret = worker->pool->job(ctx);
	flush(worker);
	return ret;
}

static void *run_worker(void *arg)
{
	struct worker *worker = arg;
	struct worker_pool *pool = worker->pool;
	int ret = 0;

	pthread_mutex_lock(&pool->lock);
	while (ret == 0 && take_namespace(pool, &worker->ctx.index)) {
		pthread_mutex_unlock(&pool->lock);
		ret = run_job(worker);
		pthread_mutex_lock(&pool->lock);
		if (ret == 0)
			ret = tm_dump_report(&worker->ctx);
	}
	if (ret)
		cancel(pool, ret);
	pool->working--;
	pthread_cond_signal(&pool->arrived);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static int emit_sockets(const struct tm_sink *sink, struct tm_socket_set *set)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < set->count; i++)
		ret = sink->socket(&set->sock[i],
				   set->with_info ? &set->info[i] : NULL,
				   sink->user);
	return ret;
}

static int emit(const struct tm_dump *dump, struct batch *batch)
{
	switch (batch->kind) {
	case BATCH_SOCKET:
		return emit_sockets(dump->sink, &batch->sockets);
	case BATCH_RESTART:
		return dump->sink->restart(batch->netns, dump->sink->user);
	case BATCH_LOG:
		tm_log(dump->plan->ctx, batch->level, "%s", batch->text);
		return 0;
	}
	return 0;
}

/* Takes batches in until no worker works and none is under way. */
static struct batch *take_first(struct worker_pool *pool)
{
	struct batch *batch = pool->first;

	if (!batch)
		return NULL;
	pool->first = batch->next;
	if (!pool->first)
		pool->last = &pool->first;
	return batch;
}

static void receive(struct worker_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	while (pool->first || pool->working) {
		struct batch *batch = take_first(pool);
		int ret;

		if (!batch) {
			pthread_cond_wait(&pool->arrived, &pool->lock);
			continue;
		}
		pthread_mutex_unlock(&pool->lock);
		ret = pool->ret ? 0 : emit(pool->dump, batch);
		pthread_mutex_lock(&pool->lock);
		if (ret)
			cancel(pool, ret);
		batch->next = pool->free;
		pool->free = batch;
		pthread_cond_broadcast(&pool->returned);
	}
	pthread_mutex_unlock(&pool->lock);
}

static int start(struct worker_pool *pool, struct worker *worker)
{
	const struct tm_dump *dump = pool->dump;
	int ret = tm_dump_ctx_init(&worker->ctx, dump);

	if (ret < 0)
		return ret;
	worker->pool = pool;
	worker->ctx.sink.socket = send_socket;
	worker->ctx.sink.restart = send_restart;
	worker->ctx.sink.user = worker;
	if (dump->plan->ctx->log)
		tcpmem_ctx_set_log(&worker->ctx.ctx, send_log, worker);
	ret = tm_thread_start(&worker->thread, run_worker, worker);
	if (ret < 0)
		tm_dump_ctx_deinit(&worker->ctx);
	return ret;
}

/* Return: how many started; what one fewer does another will. */
static size_t start_all(struct worker_pool *pool, struct worker *worker,
			size_t count)
{
	size_t started = 0;
	int ret = 0;

	pthread_mutex_lock(&pool->lock);
	while (started < count && ret == 0) {
		ret = start(pool, &worker[started]);
		started += ret == 0;
	}
	pool->working = started;
	if (!started)
		pool->ret = ret;
	pthread_mutex_unlock(&pool->lock);
	return started;
}

static void run_pool(struct worker_pool *pool, size_t count)
{
	struct worker *worker = calloc(count, sizeof(*worker));
	size_t batches = count * BATCHES_PER_WORKER, started = 0;
	struct batch *batch = calloc(batches, sizeof(*batch));

	for (size_t i = 0; batch && i < batches; i++) {
		batch[i].sockets.with_info =
			tm_plan_needs(pool->dump->plan, TCPMEM_NEED_INFO);
		batch[i].next = pool->free;
		pool->free = &batch[i];
	}
	if (worker && batch)
		started = start_all(pool, worker, count);
	else
		pool->ret = -ENOMEM;
	if (started)
		receive(pool);
	for (size_t i = 0; i < started; i++) {
		pthread_join(worker[i].thread, NULL);
		tm_dump_ctx_deinit(&worker[i].ctx);
	}
	for (size_t i = 0; batch && i < batches; i++)
		tm_socket_set_deinit(&batch[i].sockets);
	free(worker);
	free(batch);
}

int tm_workers_run(const struct tm_dump *dump,
		   int (*job)(struct tm_dump_ctx *ctx), size_t count)
{
	struct worker_pool pool = { .dump = dump, .job = job };

	pool.last = &pool.first;
	pthread_mutex_init(&pool.lock, NULL);
	pthread_cond_init(&pool.arrived, NULL);
	pthread_cond_init(&pool.returned, NULL);
	run_pool(&pool, count);
	pthread_cond_destroy(&pool.returned);
	pthread_cond_destroy(&pool.arrived);
	pthread_mutex_destroy(&pool.lock);
	return pool.ret;
}
