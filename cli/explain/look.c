// SPDX-License-Identifier: LGPL-2.1-or-later
/* look.c - a second look at the sockets of which one proves nothing */
#include "blame/blame.h"
#include "explain.h"
#include "sample_timer.h"
#include "second_look.h"

#include <errno.h>
#include <stdlib.h>

static bool is_held(const struct tcpmem_snapshot *snap,
		    const struct tcpmem_socket *sock,
		    const struct explained *item)
{
	size_t count = tcpmem_snapshot_get_holder_count(snap, sock);

	for (size_t i = 0; i < count; i++)
		if (explain_is_in(item, tcpmem_process_get_pid(
						tcpmem_snapshot_get_holder(
							snap, sock, i))))
			return true;
	return false;
}

static bool is_in_question(const struct tcpmem_socket *sock)
{
	int64_t unread = second_look_field(sock, TCPMEM_SOCKET_FIELD_RECV_Q);
	int64_t drops = 0;

	switch (tcpmem_socket_get_state(sock)) {
	case TCPMEM_STATE_CLOSE_WAIT:
		return true;
	case TCPMEM_STATE_LISTENING:
		(void)tcpmem_socket_get_metric(sock, TCPMEM_METRIC_DROPS,
					       &drops);
		return drops ||
		       unread > second_look_field(sock,
						  TCPMEM_SOCKET_FIELD_SEND_Q);
	default:
		return unread || second_look_unsent(sock) ||
		       tcpmem_socket_get_kind(sock) == TCPMEM_KIND_UNACCEPTED;
	}
}

/* A finding about a process that is undecided may be, or a chain. */
static bool is_wanted_again(const struct tcpmem_snapshot *snap,
			    const struct tcpmem_socket *sock, const void *user)
{
	const struct explain *explain = user;

	if (explain->waits && blame_wants(snap, sock, NULL))
		return true;
	if (!is_in_question(sock))
		return false;
	for (size_t i = 0; i < explain->count; i++)
		if (explain->item[i].is->undecided &&
		    is_held(snap, sock, &explain->item[i]))
			return true;
	return false;
}

static bool is_held_by_any(const struct tcpmem_snapshot *snap,
			   const struct tcpmem_socket *sock,
			   const struct explain *explain)
{
	for (size_t i = 0; i < explain->count; i++)
		if (is_held(snap, sock, &explain->item[i]))
			return true;
	return false;
}

static bool wants_info(const struct tcpmem_snapshot *snap,
		       const struct tcpmem_socket *sock, const void *user)
{
	const struct explain *explain = user;

	return is_held_by_any(snap, sock, explain) ||
	       (explain->waits && blame_wants(snap, sock, NULL));
}

static bool has_waiting(const struct explain *explain)
{
	size_t count = tcpmem_snapshot_get_socket_count(explain->snap);

	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_socket *sock =
			tcpmem_snapshot_get_socket(explain->snap, i);

		if (is_in_question(sock) &&
		    is_held_by_any(explain->snap, sock, explain))
			return true;
	}
	return false;
}

uint32_t explain_uncounted(const struct explain *explain,
			   const struct explained *item)
{
	const struct tcpmem_snapshot *snap = explain->snap;
	size_t count = tcpmem_snapshot_get_socket_count(snap);
	uint32_t states = 0;
	int64_t held;

	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_socket *sock =
			tcpmem_snapshot_get_socket(snap, i);

		if (tcpmem_socket_get_metric(sock, TCPMEM_METRIC_HELD, &held) <
			    0 &&
		    is_held(snap, sock, item))
			states |= 1u << tcpmem_socket_get_state(sock);
	}
	return states;
}

int explain_add_info(struct explain *explain, struct session *session)
{
	explain->waits = has_waiting(explain);
	return second_look_add_info(session, explain->snap, wants_info,
				    explain);
}

static int judge_again(struct explain *explain)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < explain->count; i++) {
		struct tcpmem_explanation *e = explain->item[i].is;

		if (e->undecided)
			ret = tcpmem_explanation_add_look(e, explain->snap,
							  explain->other);
	}
	return ret;
}

/* What cannot be looked at a second time stays undecided. */
static int look(struct explain *explain, struct session *session,
		const struct tcpmem_query *query, int64_t wait_ns)
{
	struct tcpmem_snapshot *other;

	pause_for(wait_ns);
	if (second_look_take(session, query, &other) < 0)
		return 0;
	tcpmem_snapshot_free(explain->other);
	explain->other = other;
	return judge_again(explain);
}

static bool is_undecided(const struct explain *explain)
{
	for (size_t i = 0; i < explain->count; i++)
		if (explain->item[i].is->undecided)
			return true;
	return false;
}

int explain_look_again(struct explain *explain, struct session *session)
{
	int64_t for_ns = explain->options->for_ns;
	struct tcpmem_query *query = NULL;
	int ret;

	if (!explain->ctx || !is_undecided(explain))
		return 0;
	ret = second_look_query(explain->snap, is_wanted_again, explain,
				&query);
	if (ret == 0)
		ret = look(explain, session, query, for_ns ? for_ns : SHORT_NS);
	if (ret == 0 && !for_ns && is_undecided(explain))
		ret = look(explain, session, query, LONG_NS - SHORT_NS);
	tcpmem_query_free(query);
	return ret;
}
