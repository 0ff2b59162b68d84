// SPDX-License-Identifier: LGPL-2.1-or-later
/* events.c - sockets that end between two looks, in many namespaces */
#include "collect/holders.h"

#include "base/util.h"
#include "collect/sources.h"
#include "netlink/internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Events of one namespace before those of the next have their turn. */
#define TURN 4096

/* Namespaces that begin meanwhile are looked for so often. */
#define FOLLOW_NS INT64_C(1000000000)

/*
 * struct lifetime - of a namespace
 * @left: it is gone: what ended there is still to be heard
 * @late: it began since the first time
 */
struct lifetime {
	bool left;
	bool late;
};

/*
 * struct tm_events - what is listened to
 * @snap: its namespaces are those of @poll, and it has the one socket that is
 *	handed on
 * @poll: a netlink socket of each; fd is -1 where there is none
 * @lifetime: of each
 * @followed_ns: when namespaces were looked for last; 0: never
 * @late: those that began since the first time, also those that are forgotten
 * @counts: so far; @lost: by sockets that are closed
 * @plan, @cache, @ops, @user, @netns: of the call that is under way
 * @answer: what @ops->socket returned in it; not 0: it ends
 */
struct tm_events {
	struct tcpmem_snapshot *snap;
	struct pollfd *poll;
	struct lifetime *lifetime;
	int64_t followed_ns;
	size_t late;
	struct tcpmem_events counts;
	uint64_t lost;
	size_t undecided;
	const struct tm_plan *plan;
	const struct tm_cache *cache;
	const struct tcpmem_dump_ops *ops;
	void *user;
	uint16_t netns;
	int answer;
};

int tm_events_new(const struct tm_plan *plan, struct tm_events **events)
{
	struct tm_events *e = calloc(1, sizeof(*e));
	int ret;

	if (!e)
		return -ENOMEM;
	ret = tm_snapshot_new(plan, &e->snap);
	if (ret) {
		free(e);
		return ret;
	}
	e->snap->sockets.with_info = true;
	*events = e;
	return 0;
}

static void stop(struct tm_events *events, size_t i)
{
	uint64_t lost;

	if (events->poll[i].fd < 0)
		return;
	if (tm_events_lost(events->poll[i].fd, &lost) == 0)
		events->lost += lost;
	close(events->poll[i].fd);
}

void tm_events_free(struct tm_events *events)
{
	if (!events)
		return;
	for (size_t i = 0; i < events->snap->netns_count; i++)
		stop(events, i);
	free(events->poll);
	free(events->lifetime);
	tcpmem_snapshot_free(events->snap);
	free(events);
}

/* Return: an fd; -1 if the namespace may not be entered; or what lacks. */
static int listen_in(const struct tm_plan *plan, const struct tm_ns *ns)
{
	int fd = plan->kernel->open(plan->kernel, plan->ctx, ns, false);
	int ret;

	if (fd < 0)
		return tm_netns_lacks(fd) ? fd : -1;
	ret = tm_events_listen(fd);
	if (ret == 0)
		return fd;
	close(fd);
	return tm_shortage(ret) ? ret : -1;
}

static bool is_same(const struct tm_netns *netns, const struct tm_ns *ns)
{
	return ns->inode ? netns->inode == ns->inode : netns->own && ns->own;
}

/* Moves a namespace that is listened to already. Return: false if it is not. */
static bool keep(struct tm_events *events, const struct tm_ns *ns,
		 struct tm_netns *netns, struct pollfd *poll,
		 struct lifetime *lifetime)
{
	for (size_t i = 0; i < events->snap->netns_count; i++) {
		if (!events->snap->netns[i].name ||
		    !is_same(&events->snap->netns[i], ns))
			continue;
		*netns = events->snap->netns[i];
		events->snap->netns[i] = (struct tm_netns){ 0 };
		*poll = events->poll[i];
		events->poll[i].fd = -1;
		lifetime->late = events->lifetime[i].late;
		return true;
	}
	return false;
}

static int begin(const struct tm_plan *plan, struct tm_ns_list *list, size_t i,
		 struct tm_netns *netns, struct pollfd *poll)
{
	struct tm_ns *ns = &list->ns[i];
	int ret = tm_ns_name(plan->ctx, list, i, true);

	if (ret)
		return ret;
	ret = listen_in(plan, ns);
	if (ret < -1)
		return ret;
	*poll = (struct pollfd){ .fd = ret, .events = POLLIN };
	*netns = (struct tm_netns){
		.inode = ns->inode,
		.own = ns->own,
		.name = strdup(ns->name),
	};
	if (netns->name)
		return 0;
	if (poll->fd >= 0)
		close(poll->fd);
	return -ENOMEM;
}

/* What ended in one that is gone is heard before it is forgotten. */
static size_t keep_left(struct tm_events *events, struct tm_netns *netns,
			struct pollfd *poll, struct lifetime *lifetime)
{
	size_t count = 0;

	for (size_t i = 0; i < events->snap->netns_count; i++) {
		if (events->poll[i].fd < 0 || events->lifetime[i].left)
			continue;
		netns[count] = events->snap->netns[i];
		poll[count] = events->poll[i];
		lifetime[count++] =
			(struct lifetime){ true, events->lifetime[i].late };
		events->snap->netns[i] = (struct tm_netns){ 0 };
		events->poll[i].fd = -1;
	}
	return count;
}

/* Those that are still there are forgotten. */
static void replace(struct tm_events *events, struct tm_netns *netns,
		    struct pollfd *poll, struct lifetime *lifetime,
		    size_t count)
{
	for (size_t i = 0; i < events->snap->netns_count; i++) {
		stop(events, i);
		tm_netns_deinit(&events->snap->netns[i]);
	}
	free(events->snap->netns);
	free(events->poll);
	free(events->lifetime);
	events->snap->netns = netns;
	events->snap->netns_count = count;
	events->poll = poll;
	events->lifetime = lifetime;
}

bool tm_events_are_stale(const struct tm_events *events)
{
	return tm_now_ns(CLOCK_MONOTONIC) - events->followed_ns > FOLLOW_NS;
}

/* What ended in a late one before it was found is not known, gone or not. */
static void count_namespaces(struct tm_events *events,
			     const struct tm_plan *plan,
			     const struct tm_ns_list *list, size_t count)
{
	struct tcpmem_events *counts = &events->counts;
	size_t unlisted = list->unreadable_count, late = 0;

	if (!plan->query->netns_count)
		unlisted += list->unread_proc || list->unidentified;
	counts->deaf = unlisted + events->late;
	for (size_t i = 0; i < count; i++) {
		late += events->lifetime[i].late;
		counts->deaf += events->poll[i].fd < 0 &&
				!events->lifetime[i].late;
	}
	counts->namespaces = count + unlisted + events->late - late;
}

int tm_events_follow(struct tm_events *events, const struct tm_plan *plan,
		     struct tm_ns_list *list)
{
	size_t most = list->count + events->snap->netns_count + 1, count = 0;
	struct tm_netns *netns = calloc(most, sizeof(*netns));
	struct pollfd *poll = calloc(most, sizeof(*poll));
	struct lifetime *lifetime = calloc(most, sizeof(*lifetime));
	size_t gone;
	int ret = 0;

	if (!netns || !poll || !lifetime) {
		free(netns);
		free(poll);
		free(lifetime);
		return -ENOMEM;
	}
	for (size_t i = 0; ret == 0 && i < list->count; i++) {
		if (!keep(events, &list->ns[i], &netns[count], &poll[count],
			  &lifetime[count])) {
			ret = begin(plan, list, i, &netns[count], &poll[count]);
			lifetime[count].late = ret == 0 && events->followed_ns;
			events->late += lifetime[count].late;
		}
		count += ret == 0;
	}
	gone = keep_left(events, netns + count, poll + count, lifetime + count);
	replace(events, netns, poll, lifetime, count + gone);
	count_namespaces(events, plan, list, count);
	events->followed_ns = tm_now_ns(CLOCK_MONOTONIC);
	return ret;
}

static int on_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		     void *user)
{
	struct tm_events *events = user;
	struct tm_socket_set *set = &events->snap->sockets;
	int ret;

	events->counts.ended++;
	sock->netns = events->netns;
	sock->kind = TCPMEM_KIND_UNKNOWN;
	ret = tm_socket_set_add(set, sock, info);
	if (ret == 0)
		ret = tm_past_ended(events->plan, events->cache, events->snap);
	if (ret == 0 && tm_select_one(events->plan, events->snap, set->sock,
				      &events->undecided))
		ret = events->answer = events->ops->socket(
			events->snap, set->sock, events->user);
	tm_socket_set_clear(set);
	return ret;
}

static int on_malformed(void *user)
{
	((struct tm_events *)user)->counts.malformed++;
	return 0;
}

static int receive(struct tm_events *events, size_t i)
{
	const struct tm_events_sink sink = {
		.socket = on_socket,
		.malformed = on_malformed,
		.user = events,
	};
	int ret = 1;

	events->netns = (uint16_t)i;
	for (size_t n = 0; ret == 1 && !events->answer && n < TURN; n++)
		ret = tm_events_receive(events->poll[i].fd, &sink);
	return ret == 1 || ret == -EAGAIN ? 0 : ret;
}

static void count(struct tm_events *events)
{
	struct tcpmem_events *counts = &events->counts;

	counts->lost = events->lost;
	for (size_t i = 0; i < events->snap->netns_count; i++) {
		uint64_t lost;

		if (events->poll[i].fd >= 0 &&
		    tm_events_lost(events->poll[i].fd, &lost) == 0)
			counts->lost += lost;
	}
	counts->undecided = events->undecided;
	counts->hooks_error = events->cache->hooks_error;
}

int tm_events_wait(struct tm_events *events, const struct tm_plan *plan,
		   const struct tm_cache *cache, int timeout_ms,
		   const struct tcpmem_dump_ops *ops, void *user,
		   struct tcpmem_events *counts)
{
	size_t size = counts->size;
	int ret = poll(events->poll, events->snap->netns_count, timeout_ms);

	if (ret < 0 && errno != EINTR)
		return -errno;
	events->snap->clock.wall_ns = tm_now_ns(CLOCK_REALTIME);
	events->plan = plan;
	events->cache = cache;
	events->ops = ops;
	events->user = user;
	events->answer = 0;
	ret = ret > 0 ? 0 : -EAGAIN;
	for (size_t i = 0;
	     ret == 0 && !events->answer && i < events->snap->netns_count; i++)
		if (events->poll[i].fd >= 0 && events->poll[i].revents)
			ret = receive(events, i);
	count(events);
	*counts = events->counts;
	counts->size = size;
	/* whatever it is: 1 and -EAGAIN mean something else to what receives */
	if (events->answer)
		return events->answer;
	return ret == -EAGAIN ? 0 : ret;
}
