// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * collect_workers.c - worker threads that walk namespaces side by side
 *
 * A worker goes from namespace to namespace and dumps each; what it finds
 * travels to the caller's thread in batches, of which there is a fixed number:
 * a slow caller slows the workers down, and memory does not grow.
 */
#include "collect/workers.h"

#include "base/thread.h"
#include "collect/netns_dump.h"
#include "netns/internal.h"

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

/* @info: of the sockets; NULL: nobody asked for it */
struct batch {
	struct batch *next;
	enum batch_kind kind;
	uint16_t netns;
	enum tcpmem_log_level level;
	size_t count;
	struct tm_info *info;
	union {
		struct tcpmem_socket sock[BATCH_SOCKETS];
		char text[512];
	};
};

struct workers {
	const struct tm_walk *walk;
	pthread_mutex_t lock;
	pthread_cond_t arrived;	 /* for the caller */
	pthread_cond_t returned; /* for workers that wait for a free batch */
	struct batch *free;
	struct batch *first, **last; /* under way */
	size_t next;
	bool own_taken;
	bool cancelled;
	size_t workers; /* that still work */
	int ret;
};

struct worker {
	struct workers *workers;
	struct tm_visitor visitor;
	struct batch *batch; /* that is being filled */
	pthread_t thread;
};

/* Return: a batch, or NULL once the walk was cancelled. */
static struct batch *take(struct workers *workers)
{
	struct batch *batch = NULL;

	pthread_mutex_lock(&workers->lock);
	while (!workers->free && !workers->cancelled)
		pthread_cond_wait(&workers->returned, &workers->lock);
	if (!workers->cancelled) {
		batch = workers->free;
		workers->free = batch->next;
	}
	pthread_mutex_unlock(&workers->lock);
	return batch;
}

static void send_off(struct workers *workers, struct batch *batch)
{
	pthread_mutex_lock(&workers->lock);
	batch->next = NULL;
	*workers->last = batch;
	workers->last = &batch->next;
	pthread_cond_signal(&workers->arrived);
	pthread_mutex_unlock(&workers->lock);
}

static void flush(struct worker *worker)
{
	if (!worker->batch)
		return;
	send_off(worker->workers, worker->batch);
	worker->batch = NULL;
}

static int send_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		       void *user)
{
	struct worker *worker = user;
	struct batch *batch = worker->batch;

	if (!batch) {
		batch = take(worker->workers);
		if (!batch)
			return -ECANCELED;
		batch->kind = BATCH_SOCKET;
		batch->count = 0;
		worker->batch = batch;
	}
	if (info)
		batch->info[batch->count] = *info;
	batch->sock[batch->count++] = *sock;
	if (batch->count == BATCH_SOCKETS)
		flush(worker);
	return 0;
}

static int send_restart(uint16_t netns, void *user)
{
	struct worker *worker = user;
	struct batch *batch;

	flush(worker);
	batch = take(worker->workers);
	if (!batch)
		return -ECANCELED;
	batch->kind = BATCH_RESTART;
	batch->netns = netns;
	send_off(worker->workers, batch);
	return 0;
}

static void send_log(enum tcpmem_log_level level, const char *text, void *user)
{
	struct worker *worker = user;
	struct batch *batch = take(worker->workers);

	if (!batch)
		return;
	batch->kind = BATCH_LOG;
	batch->level = level;
	snprintf(batch->text, sizeof(batch->text), "%s", text);
	send_off(worker->workers, batch);
}

/*
 * The caller's own namespace goes first, to a worker that has not moved yet:
 * without the right to enter namespaces it can be visited all the same.
 */
static bool take_namespace(struct workers *workers, size_t *index)
{
	const struct tm_ns_list *list = workers->walk->list;

	if (workers->cancelled)
		return false;
	for (size_t i = 0; !workers->own_taken && i < list->count; i++) {
		if (list->ns[i].own && tm_walk_wants(workers->walk, i)) {
			workers->own_taken = true;
			*index = i;
			return true;
		}
	}
	workers->own_taken = true;
	for (; workers->next < list->count; workers->next++) {
		if (list->ns[workers->next].own ||
		    !tm_walk_wants(workers->walk, workers->next))
			continue;
		*index = workers->next++;
		return true;
	}
	return false;
}

static int visit(struct worker *worker)
{
	struct tm_visitor *visitor = &worker->visitor;
	const struct tm_ns *ns = &visitor->walk->list->ns[visitor->index];
	int ret = 0;

	if (!ns->own)
		ret = tm_ns_enter(&visitor->ctx, ns);
	if (ret < 0)
		return tm_visit_denied(visitor, ret);
	if (visitor->walk->count_only)
		tm_visit_count(visitor);
	else
		ret = tm_visit_dump(visitor);
	flush(worker);
	return ret;
}

static void *help(void *arg)
{
	struct worker *worker = arg;
	struct workers *workers = worker->workers;
	int ret = 0;

	pthread_mutex_lock(&workers->lock);
	while (ret == 0 && take_namespace(workers, &worker->visitor.index)) {
		pthread_mutex_unlock(&workers->lock);
		ret = visit(worker);
		pthread_mutex_lock(&workers->lock);
		if (ret == 0)
			ret = tm_visit_report(&worker->visitor);
	}
	if (ret && !workers->ret)
		workers->ret = ret;
	if (ret)
		workers->cancelled = true;
	workers->workers--;
	pthread_cond_signal(&workers->arrived);
	pthread_cond_broadcast(&workers->returned);
	pthread_mutex_unlock(&workers->lock);
	return NULL;
}

static int emit_socket(const struct tm_walk *walk, struct batch *batch)
{
	int ret = 0;

	switch (batch->kind) {
	case BATCH_SOCKET:
		for (size_t i = 0; ret == 0 && i < batch->count; i++)
			ret = walk->sink.socket(&batch->sock[i],
						walk->info ? &batch->info[i]
							   : NULL,
						walk->sink.user);
		return ret;
	case BATCH_RESTART:
		return walk->sink.restart(batch->netns, walk->sink.user);
	case BATCH_LOG:
		tm_log(walk->ctx, batch->level, "%s", batch->text);
		return 0;
	}
	return 0;
}

/* Takes batches in until no worker works and none is under way. */
static void receive(struct workers *workers)
{
	pthread_mutex_lock(&workers->lock);
	while (workers->first || workers->workers) {
		struct batch *batch = workers->first;
		int ret;

		if (!batch) {
			pthread_cond_wait(&workers->arrived, &workers->lock);
			continue;
		}
		workers->first = batch->next;
		if (!workers->first)
			workers->last = &workers->first;
		pthread_mutex_unlock(&workers->lock);
		ret = workers->ret ? 0 : emit_socket(workers->walk, batch);
		pthread_mutex_lock(&workers->lock);
		if (ret && !workers->ret) {
			workers->ret = ret;
			workers->cancelled = true;
		}
		batch->next = workers->free;
		workers->free = batch;
		pthread_cond_broadcast(&workers->returned);
	}
	pthread_mutex_unlock(&workers->lock);
}

static int start(struct workers *workers, struct worker *worker)
{
	int ret = tm_visitor_init(&worker->visitor, workers->walk);

	if (ret < 0)
		return ret;
	worker->workers = workers;
	worker->visitor.sink = (struct tm_walk_sink){
		.socket = send_socket,
		.restart = workers->walk->sink.restart ? send_restart : NULL,
		.user = worker,
	};
	if (workers->walk->ctx->log)
		tcpmem_ctx_set_log(&worker->visitor.ctx, send_log, worker);
	ret = tm_thread_start(&worker->thread, help, worker);
	if (ret < 0)
		tm_visitor_deinit(&worker->visitor);
	return ret;
}

/* Return: how many started; what one fewer does another will. */
static size_t start_all(struct workers *workers, struct worker *worker,
			size_t count)
{
	size_t started = 0;
	int ret = 0;

	pthread_mutex_lock(&workers->lock);
	while (started < count && ret == 0) {
		ret = start(workers, &worker[started]);
		started += ret == 0;
	}
	workers->workers = started;
	if (!started)
		workers->ret = ret;
	pthread_mutex_unlock(&workers->lock);
	return started;
}

static int run_workers(struct workers *workers, size_t count)
{
	struct worker *worker = calloc(count, sizeof(*worker));
	size_t batches = count * BATCHES_PER_WORKER, started = 0;
	struct batch *batch = calloc(batches, sizeof(*batch));
	bool with_info = workers->walk->info;
	struct tm_info *info = NULL;

	if (with_info)
		info = calloc(batches * BATCH_SOCKETS, sizeof(*info));
	if (worker && batch && (info || !with_info)) {
		for (size_t i = 0; i < batches; i++) {
			batch[i].next = workers->free;
			workers->free = &batch[i];
			if (info)
				batch[i].info = info + i * BATCH_SOCKETS;
		}
		started = start_all(workers, worker, count);
	} else {
		workers->ret = -ENOMEM;
	}
	if (started)
		receive(workers);
	for (size_t i = 0; i < started; i++) {
		pthread_join(worker[i].thread, NULL);
		tm_visitor_deinit(&worker[i].visitor);
	}
	free(worker);
	free(batch);
	free(info);
	return workers->ret;
}

int tm_workers_walk(const struct tm_walk *walk, size_t count)
{
	struct workers workers = { .walk = walk };
	int ret;

	workers.last = &workers.first;
	pthread_mutex_init(&workers.lock, NULL);
	pthread_cond_init(&workers.arrived, NULL);
	pthread_cond_init(&workers.returned, NULL);
	ret = run_workers(&workers, count);
	pthread_cond_destroy(&workers.returned);
	pthread_cond_destroy(&workers.arrived);
	pthread_mutex_destroy(&workers.lock);
	return ret;
}
