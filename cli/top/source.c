// SPDX-License-Identifier: LGPL-2.1-or-later
/* source.c - looks at the kernel's sockets, or at those of a capture */
#include "source.h"

#include "metrics/metrics.h"

#include <errno.h>
#include <time.h>

static int64_t cpu_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return used.tv_sec * INT64_C(1000000000) + used.tv_nsec;
}

/* What the host says: a dump of few sockets is enough to be told. */
static int take_totals(struct top_live *live, struct top_look *look)
{
	struct tcpmem_query *query;
	int ret = tcpmem_query_new(&query);

	if (ret < 0)
		return ret;
	ret = tcpmem_query_require(query, 0);
	if (ret == 0)
		ret = tcpmem_query_add_netns(query, "self");
	if (ret == 0)
		ret = tcpmem_query_set_states(
			query, UINT32_C(1) << TCPMEM_STATE_CLOSING);
	if (ret == 0)
		ret = tcpmem_snapshot_take(live->session.ctx, query,
					   &look->snap);
	tcpmem_query_free(query);
	look->totals = true;
	return ret;
}

static void forget(struct top_live *live)
{
	tcpmem_sampler_free(live->sampler);
	live->sampler = NULL;
	top_look_put(live->last);
	live->last = NULL;
}

static int ask_for(struct top_live *live, const struct top_request *request)
{
	struct session *session = &live->session;
	int ret;

	if (live->sampler && live->needs == request->needs &&
	    live->filter == request->filter_number)
		return 0;
	forget(live);
	live->needs = request->needs;
	live->filter = request->filter_number;
	ret = tcpmem_query_require(session->query, request->needs);
	/* of a connection in a chain, one end may match alone */
	if (ret == 0)
		ret = tcpmem_query_set_filter(session->query,
					      request->blame ? NULL
							     : request->filter);
	if (ret == 0 && !session->options->from)
		ret = tcpmem_sampler_new(session->ctx, session->query,
					 &live->sampler);
	return ret;
}

/* Rates need two looks with what blame needs: it begins with the second. */
static int add_blame(struct top_live *live, const struct top_request *request,
		     struct top_look *look)
{
	const struct top_look *last = live->last;

	if (!last && !live->session.options->from)
		return 0;
	return tcpmem_blame_new(look->snap, last ? last->snap : NULL,
				request->filter, &look->blame);
}

static int add_limits(struct top_live *live, struct top_look *look)
{
	const struct options *options = live->session.options;

	return tcpmem_limits_read(
		live->session.ctx, live->last ? live->last->snap : NULL,
		look->snap,
		options->netns_count == 1 ? options->netns[0] : NULL,
		&look->limits);
}

static void remember(struct top_live *live, const struct top_request *request,
		     struct top_look *look)
{
	top_look_put(live->last);
	live->last = (request->blame || request->limits) &&
				     !live->session.options->from
			     ? top_look_get(look)
			     : NULL;
}

static int fetch(struct top_live *live, const struct top_request *request,
		 struct top_look *look)
{
	if (live->sampler)
		return tcpmem_sampler_next(live->sampler, &look->snap);
	if (request->at)
		return session_load_at(&live->session, live->source.name,
				       request->at, &look->snap);
	return session_fetch(&live->session, &look->snap);
}

static int next(struct top_source *source, const struct top_request *request,
		struct top_look *look)
{
	struct top_live *live = source->user;
	int ret;

	if (!live->begun && !source->name) {
		live->begun = true;
		return take_totals(live, look);
	}
	ret = ask_for(live, request);
	if (ret == 0)
		ret = fetch(live, request, look);
	if (ret == 0 && request->blame)
		ret = add_blame(live, request, look);
	if (ret == 0 && request->limits)
		ret = add_limits(live, look);
	if (ret == 0)
		remember(live, request, look);
	return ret;
}

int top_live_open(struct top_live *live, const struct options *options)
{
	*live = (struct top_live){
		.source = { .next = next, .name = options->from, .user = live },
	};
	return session_open(&live->session, options, TCPMEM_NEED_HOLDERS);
}

void top_live_close(struct top_live *live)
{
	top_look_put(live->last);
	tcpmem_sampler_free(live->sampler);
	session_close(&live->session);
}

int top_look_take(struct top_source *source, const struct top_request *request,
		  struct top_look **look)
{
	struct top_look *made = top_look_new();
	int64_t cpu = cpu_ns();
	int ret;

	if (!made)
		return -ENOMEM;
	made->needs = request->needs;
	made->filter = request->filter_number;
	made->moment = request->moment;
	made->begun_ns = top_clock_ns();
	if (!source->name)
		top_counters_read(&made->counters);
	ret = source->next(source, request, made);
	/* they are those of the caller's namespace, whatever was asked for */
	made->counters.known &= ret >= 0 && metrics_has_self(made->snap);
	made->ended_ns = top_clock_ns();
	made->cpu_ns = cpu_ns() - cpu;
	if (ret < 0)
		top_look_put(made);
	else
		*look = made;
	return ret < 0 ? ret : 0;
}
