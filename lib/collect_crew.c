// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * collect_crew.c - helper threads that walk namespaces side by side
 *
 * A helper goes from namespace to namespace and dumps each; what it finds
 * travels to the caller's thread in parcels, of which there is a fixed number:
 * a slow caller slows the helpers down, and memory does not grow.
 */
#include "collect_crew.h"

#include "collect_visit.h"
#include "read/netns_enter.h"
#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* One that is being filled, one under way, one for what is logged. */
#define PARCELS_PER_HELPER 3

#define PARCEL_SOCKETS 256

enum parcel_kind {
	PARCEL_SOCKET,
	PARCEL_RESTART,
	PARCEL_LOG,
};

/* @info: of the sockets; NULL: nobody asked for it */
struct parcel {
	struct parcel *next;
	enum parcel_kind kind;
	uint16_t netns;
	enum tcpmem_log_level level;
	size_t count;
	struct tm_info *info;
	union {
		struct tcpmem_socket sock[PARCEL_SOCKETS];
		char text[512];
	};
};

struct crew {
	const struct tm_walk *walk;
	pthread_mutex_t lock;
	pthread_cond_t arrived;	 /* for the caller */
	pthread_cond_t returned; /* for helpers that wait for a free parcel */
	struct parcel *free;
	struct parcel *first, **last; /* under way */
	size_t next;
	bool own_taken;
	bool cancelled;
	size_t helpers; /* that still work */
	int ret;
};

struct helper {
	struct crew *crew;
	struct tm_visitor visitor;
	struct parcel *parcel; /* that is being filled */
	pthread_t thread;
};

/* Return: a parcel, or NULL once the walk was cancelled. */
static struct parcel *take(struct crew *crew)
{
	struct parcel *parcel = NULL;

	pthread_mutex_lock(&crew->lock);
	while (!crew->free && !crew->cancelled)
		pthread_cond_wait(&crew->returned, &crew->lock);
	if (!crew->cancelled) {
		parcel = crew->free;
		crew->free = parcel->next;
	}
	pthread_mutex_unlock(&crew->lock);
	return parcel;
}

static void send_off(struct crew *crew, struct parcel *parcel)
{
	pthread_mutex_lock(&crew->lock);
	parcel->next = NULL;
	*crew->last = parcel;
	crew->last = &parcel->next;
	pthread_cond_signal(&crew->arrived);
	pthread_mutex_unlock(&crew->lock);
}

static void flush(struct helper *helper)
{
	if (!helper->parcel)
		return;
	send_off(helper->crew, helper->parcel);
	helper->parcel = NULL;
}

static int send_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		       void *user)
{
	struct helper *helper = user;
	struct parcel *parcel = helper->parcel;

	if (!parcel) {
		parcel = take(helper->crew);
		if (!parcel)
			return -ECANCELED;
		parcel->kind = PARCEL_SOCKET;
		parcel->count = 0;
		helper->parcel = parcel;
	}
	if (info)
		parcel->info[parcel->count] = *info;
	parcel->sock[parcel->count++] = *sock;
	if (parcel->count == PARCEL_SOCKETS)
		flush(helper);
	return 0;
}

static int send_restart(uint16_t netns, void *user)
{
	struct helper *helper = user;
	struct parcel *parcel;

	flush(helper);
	parcel = take(helper->crew);
	if (!parcel)
		return -ECANCELED;
	parcel->kind = PARCEL_RESTART;
	parcel->netns = netns;
	send_off(helper->crew, parcel);
	return 0;
}

static void send_log(enum tcpmem_log_level level, const char *text, void *user)
{
	struct helper *helper = user;
	struct parcel *parcel = take(helper->crew);

	if (!parcel)
		return;
	parcel->kind = PARCEL_LOG;
	parcel->level = level;
	snprintf(parcel->text, sizeof(parcel->text), "%s", text);
	send_off(helper->crew, parcel);
}

/*
 * The caller's own namespace goes first, to a helper that has not moved yet:
 * without the right to enter namespaces it can be visited all the same.
 */
static bool take_namespace(struct crew *crew, size_t *index)
{
	const struct tm_ns_list *list = crew->walk->list;

	if (crew->cancelled)
		return false;
	for (size_t i = 0; !crew->own_taken && i < list->count; i++) {
		if (list->ns[i].own && tm_walk_wants(crew->walk, i)) {
			crew->own_taken = true;
			*index = i;
			return true;
		}
	}
	crew->own_taken = true;
	for (; crew->next < list->count; crew->next++) {
		if (list->ns[crew->next].own ||
		    !tm_walk_wants(crew->walk, crew->next))
			continue;
		*index = crew->next++;
		return true;
	}
	return false;
}

static int visit(struct helper *helper)
{
	struct tm_visitor *visitor = &helper->visitor;
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
	flush(helper);
	return ret;
}

static void *help(void *arg)
{
	struct helper *helper = arg;
	struct crew *crew = helper->crew;
	int ret = 0;

	pthread_mutex_lock(&crew->lock);
	while (ret == 0 && take_namespace(crew, &helper->visitor.index)) {
		pthread_mutex_unlock(&crew->lock);
		ret = visit(helper);
		pthread_mutex_lock(&crew->lock);
		if (ret == 0)
			ret = tm_visit_report(&helper->visitor);
	}
	if (ret && !crew->ret)
		crew->ret = ret;
	if (ret)
		crew->cancelled = true;
	crew->helpers--;
	pthread_cond_signal(&crew->arrived);
	pthread_cond_broadcast(&crew->returned);
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

static int deliver(const struct tm_walk *walk, struct parcel *parcel)
{
	int ret = 0;

	switch (parcel->kind) {
	case PARCEL_SOCKET:
		for (size_t i = 0; ret == 0 && i < parcel->count; i++)
			ret = walk->sink.socket(&parcel->sock[i],
						walk->info ? &parcel->info[i]
							   : NULL,
						walk->sink.user);
		return ret;
	case PARCEL_RESTART:
		return walk->sink.restart(parcel->netns, walk->sink.user);
	case PARCEL_LOG:
		tm_log(walk->ctx, parcel->level, "%s", parcel->text);
		return 0;
	}
	return 0;
}

/* Takes parcels in until no helper works and none is under way. */
static void receive(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	while (crew->first || crew->helpers) {
		struct parcel *parcel = crew->first;
		int ret;

		if (!parcel) {
			pthread_cond_wait(&crew->arrived, &crew->lock);
			continue;
		}
		crew->first = parcel->next;
		if (!crew->first)
			crew->last = &crew->first;
		pthread_mutex_unlock(&crew->lock);
		ret = crew->ret ? 0 : deliver(crew->walk, parcel);
		pthread_mutex_lock(&crew->lock);
		if (ret && !crew->ret) {
			crew->ret = ret;
			crew->cancelled = true;
		}
		parcel->next = crew->free;
		crew->free = parcel;
		pthread_cond_broadcast(&crew->returned);
	}
	pthread_mutex_unlock(&crew->lock);
}

static int start(struct crew *crew, struct helper *helper)
{
	int ret = tm_visitor_init(&helper->visitor, crew->walk);

	if (ret < 0)
		return ret;
	helper->crew = crew;
	helper->visitor.sink = (struct tm_walk_sink){
		.socket = send_socket,
		.restart = crew->walk->sink.restart ? send_restart : NULL,
		.user = helper,
	};
	if (crew->walk->ctx->log)
		tcpmem_ctx_set_log(&helper->visitor.ctx, send_log, helper);
	ret = tm_thread_start(&helper->thread, help, helper);
	if (ret < 0)
		tm_visitor_deinit(&helper->visitor);
	return ret;
}

/* Return: how many started; what one fewer does another will. */
static size_t start_all(struct crew *crew, struct helper *helper, size_t count)
{
	size_t started = 0;
	int ret = 0;

	pthread_mutex_lock(&crew->lock);
	while (started < count && ret == 0) {
		ret = start(crew, &helper[started]);
		started += ret == 0;
	}
	crew->helpers = started;
	if (!started)
		crew->ret = ret;
	pthread_mutex_unlock(&crew->lock);
	return started;
}

static int run_crew(struct crew *crew, size_t count)
{
	struct helper *helper = calloc(count, sizeof(*helper));
	size_t parcels = count * PARCELS_PER_HELPER, started = 0;
	struct parcel *parcel = calloc(parcels, sizeof(*parcel));
	bool with_info = crew->walk->info;
	struct tm_info *info = NULL;

	if (with_info)
		info = calloc(parcels * PARCEL_SOCKETS, sizeof(*info));
	if (helper && parcel && (info || !with_info)) {
		for (size_t i = 0; i < parcels; i++) {
			parcel[i].next = crew->free;
			crew->free = &parcel[i];
			if (info)
				parcel[i].info = info + i * PARCEL_SOCKETS;
		}
		started = start_all(crew, helper, count);
	} else {
		crew->ret = -ENOMEM;
	}
	if (started)
		receive(crew);
	for (size_t i = 0; i < started; i++) {
		pthread_join(helper[i].thread, NULL);
		tm_visitor_deinit(&helper[i].visitor);
	}
	free(helper);
	free(parcel);
	free(info);
	return crew->ret;
}

int tm_crew_walk(const struct tm_walk *walk, size_t count)
{
	struct crew crew = { .walk = walk };
	int ret;

	crew.last = &crew.first;
	pthread_mutex_init(&crew.lock, NULL);
	pthread_cond_init(&crew.arrived, NULL);
	pthread_cond_init(&crew.returned, NULL);
	ret = run_crew(&crew, count);
	pthread_cond_destroy(&crew.returned);
	pthread_cond_destroy(&crew.arrived);
	pthread_mutex_destroy(&crew.lock);
	return ret;
}
