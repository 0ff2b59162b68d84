// SPDX-License-Identifier: LGPL-2.1-or-later
/* breakdown.c - one walk over the sockets: what of them concerns a process */
#include "analysis/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void add(struct tm_breakdown *breakdown, enum tcpmem_finding_code code,
		int64_t bytes, uint32_t payload)
{
	struct tm_heap *heap = &breakdown->heap[code];

	heap->sockets++;
	heap->bytes += bytes;
	heap->payload += payload;
}

static void date(struct tm_breakdown *breakdown, enum tcpmem_finding_code code,
		 int64_t ms)
{
	struct tm_heap *heap = &breakdown->heap[code];

	if (!heap->dated || ms < heap->newest)
		heap->newest = ms;
	if (ms > heap->oldest)
		heap->oldest = ms;
	heap->dated++;
}

static int64_t number(const struct tcpmem_socket *sock,
		      enum tcpmem_metric which)
{
	int64_t value;

	return tcpmem_socket_get_metric(sock, which, &value) == 0 ? value : 0;
}

static bool is_held(const struct tcpmem_snapshot *snap,
		    const struct tcpmem_socket *sock, uint32_t pid)
{
	size_t count = tcpmem_snapshot_get_holder_count(snap, sock);

	for (size_t i = 0; i < count; i++)
		if (tcpmem_process_get_pid(
			    tcpmem_snapshot_get_holder(snap, sock, i)) == pid)
			return true;
	return false;
}

static void note(struct tm_busiest *busiest, const struct tcpmem_socket *sock,
		 int64_t amount)
{
	if (amount < busiest->most)
		return;
	busiest->port = sock->local_port;
	busiest->most = amount;
	busiest->limit = sock->wqueue;
}

static void look_at_listener(struct tm_breakdown *breakdown,
			     const struct tcpmem_socket *sock)
{
	int64_t drops = number(sock, TCPMEM_METRIC_DROPS);

	/* the kernel takes one more than the limit */
	if (sock->rqueue > sock->wqueue) {
		add(breakdown, TCPMEM_FINDING_BACKLOG_FULL, 0, sock->rqueue);
		note(&breakdown->full, sock, sock->rqueue);
	}
	if (drops) {
		add(breakdown, TCPMEM_FINDING_BACKLOG_DROPS, 0,
		    (uint32_t)drops);
		note(&breakdown->drops, sock, drops);
	}
}

static void look_at_sent(const struct tm_target *target,
			 const struct tcpmem_socket *sock,
			 struct tm_breakdown *breakdown)
{
	enum tcpmem_finding_code code = TCPMEM_FINDING_UNDELIVERED;
	int64_t wmem = number(sock, TCPMEM_METRIC_WMEM_QUEUED);
	int64_t window;

	if (!wmem || !sock->wqueue)
		return;
	if (sock->timer == TCPMEM_TIMER_PROBE ||
	    (tcpmem_socket_get_info(target->snap, sock, TCPMEM_INFO_SND_WND,
				    &window) == 0 &&
	     window == 0))
		code = TCPMEM_FINDING_ZERO_WINDOW;
	else if (sock->timer == TCPMEM_TIMER_RETRANSMIT && sock->retrans)
		code = TCPMEM_FINDING_RETRANSMITTING;
	add(breakdown, code, wmem, sock->wqueue);
}

static void look_at_received(const struct tm_target *target,
			     const struct tcpmem_socket *sock,
			     struct tm_breakdown *breakdown)
{
	int64_t rmem = number(sock, TCPMEM_METRIC_RMEM);
	int64_t ms;

	if (!rmem || !sock->rqueue)
		return;
	add(breakdown, TCPMEM_FINDING_UNREAD, rmem, sock->rqueue);
	if (tcpmem_socket_get_info(target->snap, sock, TCPMEM_INFO_LAST_RCV,
				   &ms) == 0)
		date(breakdown, TCPMEM_FINDING_UNREAD, ms);
}

static bool is_at(const struct tm_target *target, const char *limit,
		  int64_t value)
{
	const struct tcpmem_limit *max;

	if (!target->limits)
		return false;
	max = tm_limits_find(&target->limits->limits, limit);
	return max->known && value >= max->value;
}

/* Limits apply to sockets of the process's own namespace alone. */
static void look_at_limits(const struct tm_target *target,
			   const struct tcpmem_socket *sock,
			   struct tm_breakdown *breakdown)
{
	int64_t rmem = number(sock, TCPMEM_METRIC_RMEM);
	int64_t wmem = number(sock, TCPMEM_METRIC_WMEM_QUEUED);

	if (sock->netns != target->netns)
		return;
	if (rmem &&
	    is_at(target, "tcp_rmem_max", number(sock, TCPMEM_METRIC_RCVBUF)))
		add(breakdown, TCPMEM_FINDING_RCVBUF_MAX, rmem, 0);
	if (wmem &&
	    is_at(target, "tcp_wmem_max", number(sock, TCPMEM_METRIC_SNDBUF)))
		add(breakdown, TCPMEM_FINDING_SNDBUF_MAX, wmem, 0);
}

/* Silent for longer than tcp_keepalive_time: keepalive would have probed. */
static void look_at_silence(const struct tm_target *target,
			    const struct tcpmem_socket *sock,
			    struct tm_breakdown *breakdown)
{
	const struct tcpmem_limit *time;
	int64_t data, ack, ms;

	if (!target->limits || sock->netns != target->netns ||
	    tcpmem_socket_get_info(target->snap, sock, TCPMEM_INFO_LAST_RCV,
				   &data) < 0 ||
	    tcpmem_socket_get_info(target->snap, sock,
				   TCPMEM_INFO_LAST_ACK_RECV, &ack) < 0)
		return;
	time = tm_limits_find(&target->limits->limits, "tcp_keepalive_time");
	ms = data < ack ? data : ack;
	if (!time->known || ms / 1000 <= time->value)
		return;
	add(breakdown, TCPMEM_FINDING_NO_KEEPALIVE,
	    number(sock, TCPMEM_METRIC_HELD), 0);
	date(breakdown, TCPMEM_FINDING_NO_KEEPALIVE, ms);
}

static void look_at_established(const struct tm_target *target,
				const struct tcpmem_socket *sock,
				struct tm_breakdown *breakdown)
{
	bool on = sock->timer == TCPMEM_TIMER_KEEPALIVE;

	/* the kernel reports one timer, which may hide the keepalive timer */
	if (!on && sock->timer)
		return;
	breakdown->connections++;
	breakdown->keepalive += on;
	if (!on)
		look_at_silence(target, sock, breakdown);
	if (number(sock, TCPMEM_METRIC_BUFFER))
		return;
	add(breakdown, TCPMEM_FINDING_IDLE, number(sock, TCPMEM_METRIC_HELD),
	    0);
	breakdown->idle_keepalive += on;
}

static void look_at(const struct tm_target *target,
		    const struct tcpmem_socket *sock,
		    struct tm_breakdown *breakdown)
{
	int64_t held = number(sock, TCPMEM_METRIC_HELD);

	if (sock->state == TCPMEM_STATE_LISTENING) {
		look_at_listener(breakdown, sock);
		return;
	}
	if (sock->kind == TCPMEM_KIND_UNACCEPTED) {
		add(breakdown, TCPMEM_FINDING_UNACCEPTED, held, sock->rqueue);
		return;
	}
	if (sock->kind == TCPMEM_KIND_DARK) {
		/* an unbound socket is in no accept queue */
		if (number(sock, TCPMEM_METRIC_RMEM))
			add(breakdown, TCPMEM_FINDING_DARK, held, 0);
		return;
	}
	look_at_received(target, sock, breakdown);
	look_at_sent(target, sock, breakdown);
	look_at_limits(target, sock, breakdown);
	if (sock->state == TCPMEM_STATE_CLOSE_WAIT)
		add(breakdown, TCPMEM_FINDING_CLOSE_WAIT, held, sock->rqueue);
	if (sock->state == TCPMEM_STATE_ESTABLISHED)
		look_at_established(target, sock, breakdown);
}

static int look_at_port(const struct tm_target *target,
			const struct tcpmem_socket *sock, bool mine,
			struct tm_port_counts *ports)
{
	const struct tcpmem_limit *range;

	if (!target->limits || sock->netns != target->netns ||
	    sock->flags & TM_SOCK_SUBFLOW)
		return 0;
	range = tm_limits_find(&target->limits->limits, "ip_local_port_range");
	return tm_port_counts_add(ports, sock, range, mine);
}

static int look_at_all(const struct tm_target *target, bool *lives_in,
		       struct tm_port_counts *ports,
		       struct tm_breakdown *breakdown)
{
	const struct tcpmem_snapshot *snap = target->snap;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];
		bool mine = is_held(snap, sock, target->pid);

		ret = look_at_port(target, sock, mine, ports);
		if (!mine)
			continue;
		lives_in[sock->netns] = true;
		look_at(target, sock, breakdown);
		if (tcpmem_snapshot_get_holder_count(snap, sock) > 1) {
			breakdown->shared.sockets +=
				!(sock->flags & TM_SOCK_SUBFLOW);
			breakdown->shared.bytes +=
				number(sock, TCPMEM_METRIC_HELD);
		}
	}
	return ret;
}

/* An orphan's past owner is unknown; only its namespace excludes a process. */
static void look_at_orphans(const struct tcpmem_snapshot *snap,
			    const bool *lives_in,
			    struct tm_breakdown *breakdown)
{
	for (size_t i = 0; i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];

		if (sock->kind == TCPMEM_KIND_ORPHAN && lives_in[sock->netns])
			add(breakdown, TCPMEM_FINDING_ORPHANS,
			    number(sock, TCPMEM_METRIC_HELD), sock->wqueue);
	}
}

int tm_breakdown_make(const struct tm_target *target,
		      struct tm_breakdown *breakdown)
{
	bool *lives_in =
		calloc(target->snap->netns_count + 1, sizeof(*lives_in));
	struct tm_port_counts ports = { 0 };
	int ret;

	memset(breakdown, 0, sizeof(*breakdown));
	if (!lives_in)
		return -ENOMEM;
	ret = look_at_all(target, lives_in, &ports, breakdown);
	if (ret == 0) {
		look_at_orphans(target->snap, lives_in, breakdown);
		tm_port_counts_find(&ports, &breakdown->ports);
	}
	tm_port_counts_clear(&ports);
	free(lives_in);
	return ret;
}
