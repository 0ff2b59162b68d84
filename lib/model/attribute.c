// SPDX-License-Identifier: LGPL-2.1-or-later
/* attribute.c - sockets x holders -> each socket's holder and kind */
#include "model/holders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* One listening socket; after finish a group of them. */
struct listener {
	struct tm_endpoint at;
	bool v6only; /* of a group: all are */
	uint32_t waiting;
	uint32_t inode;
	uint32_t holder;
	bool finished;
};

struct tm_listeners {
	struct listener *listener;
	size_t count, capacity;
};

static const uint8_t any_ipv4[16] = { [10] = 0xff, [11] = 0xff };
static const uint8_t any_ipv6[16];

int tm_listeners_new(struct tm_listeners **listeners)
{
	struct tm_listeners *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	*listeners = l;
	return 0;
}

void tm_listeners_free(struct tm_listeners *listeners)
{
	if (!listeners)
		return;
	free(listeners->listener);
	free(listeners);
}

static struct tm_endpoint endpoint_of(const struct tcpmem_socket *sock)
{
	struct tm_endpoint at = {
		.ifindex = sock->ifindex,
		.netns = sock->netns,
		.port = sock->local_port,
		.ipv6 = sock->flags & TM_SOCK_IPV6,
	};

	if (at.ipv6) {
		memcpy(at.address, sock->local, 16);
	} else {
		memcpy(at.address, any_ipv4, 12);
		memcpy(at.address + 12, sock->local, 4);
	}
	return at;
}

int tm_listeners_add(struct tm_listeners *listeners,
		     const struct tcpmem_socket *sock)
{
	const struct listener listener = {
		.at = endpoint_of(sock),
		.v6only = sock->flags & TM_SOCK_V6ONLY,
		.waiting = sock->rqueue,
		.inode = sock->inode,
	};

	if (sock->state != TCPMEM_STATE_LISTENING || !sock->inode)
		return 0;
	return tm_append(listeners->listener, listeners->count,
			 listeners->capacity, &listener);
}

static int compare_endpoints(const struct tm_endpoint *a,
			     const struct tm_endpoint *b)
{
	if (a->port != b->port)
		return (a->port > b->port) - (a->port < b->port);
	if (a->netns != b->netns)
		return (a->netns > b->netns) - (a->netns < b->netns);
	if (a->ifindex != b->ifindex)
		return (a->ifindex > b->ifindex) - (a->ifindex < b->ifindex);
	if (a->ipv6 != b->ipv6)
		return (a->ipv6 > b->ipv6) - (a->ipv6 < b->ipv6);
	return memcmp(a->address, b->address, sizeof(a->address));
}

static int compare_listeners(const void *a, const void *b)
{
	const struct listener *x = a, *y = b;

	return compare_endpoints(&x->at, &y->at);
}

/*
 * The holder of @count listeners at one endpoint. The kernel does not say in
 * which one's queue a child is.
 */
static int unite(const struct listener *group, size_t count,
		 struct tm_holders *holders, uint32_t *holder)
{
	uint32_t *part = reallocarray(NULL, count, sizeof(*part));
	bool any_waiting = false;
	size_t parts = 0;
	int ret;

	if (!part)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		any_waiting |= group[i].waiting > 0;
	for (size_t i = 0; i < count; i++)
		if (group[i].waiting || !any_waiting)
			part[parts++] =
				tm_holders_find(holders, group[i].inode);
	ret = tm_holders_union(holders, part, parts, holder);
	free(part);
	return ret;
}

/* How many listeners from @first on have its address and port */
static size_t group_size(const struct listener *first, size_t count)
{
	size_t size = 1;

	while (size < count && !compare_listeners(first, &first[size]))
		size++;
	return size;
}

int tm_listeners_finish(struct tm_listeners *listeners,
			struct tm_holders *holders)
{
	struct listener *listener = listeners->listener;
	size_t groups = 0, end;

	if (listeners->count)
		qsort(listener, listeners->count, sizeof(*listener),
		      compare_listeners);
	for (size_t i = 0; i < listeners->count; i = end) {
		struct listener group = listener[i];

		end = i + group_size(&listener[i], listeners->count - i);
		for (size_t k = i + 1; k < end; k++)
			group.v6only &= listener[k].v6only;
		if (holders && !group.finished &&
		    unite(&listener[i], end - i, holders, &group.holder) < 0)
			return -ENOMEM;
		group.finished = true;
		listener[groups++] = group;
	}
	listeners->count = groups;
	return 0;
}

/* Compares the key alone. */
static const struct listener *find_at(const struct tm_listeners *listeners,
				      const struct tm_endpoint *at)
{
	struct listener key = { .at = *at };

	if (!listeners->count)
		return NULL;
	return bsearch(&key, listeners->listener, listeners->count, sizeof(key),
		       compare_listeners);
}

/*
 * A child is bound to the device that its listener is bound to; a link-local
 * one to the device that it came in by, whatever its listener.
 */
static const struct listener *find_device(const struct tm_listeners *listeners,
					  struct tm_endpoint at)
{
	const struct listener *found = find_at(listeners, &at);

	if (found || !at.ifindex)
		return found;
	at.ifindex = 0;
	return find_at(listeners, &at);
}

static bool is_mapped(const struct tm_endpoint *at)
{
	return !memcmp(at->address, any_ipv4, 12);
}

/*
 * The kernel prefers an exact address to any address, and gives a child the
 * family of its listener: what came to an IPv6 listener by IPv4 is v4-mapped.
 */
static const struct listener *
find_listener(const struct tm_listeners *listeners,
	      const struct tcpmem_socket *sock)
{
	struct tm_endpoint at = endpoint_of(sock);
	const struct listener *found = find_device(listeners, at);
	bool mapped = is_mapped(&at);

	if (!found && mapped) {
		memcpy(at.address, any_ipv4, sizeof(at.address));
		found = find_device(listeners, at);
	}
	if (!found && at.ipv6) {
		memcpy(at.address, any_ipv6, sizeof(at.address));
		found = find_device(listeners, at);
		if (found && mapped && found->v6only)
			found = NULL;
	}
	return found;
}

bool tm_listeners_find(const struct tm_listeners *listeners,
		       const struct tcpmem_socket *sock, size_t *index)
{
	const struct listener *found = find_listener(listeners, sock);

	if (found)
		*index = (size_t)(found - listeners->listener);
	return found;
}

size_t tm_listeners_count(const struct tm_listeners *listeners)
{
	return listeners->count;
}

uint32_t tm_listeners_holder(const struct tm_listeners *listeners, size_t index)
{
	return listeners->listener[index].holder;
}

const struct tm_endpoint *tm_listeners_get(const struct tm_listeners *listeners,
					   size_t index)
{
	return &listeners->listener[index].at;
}

void tm_listeners_renumber(struct tm_listeners *listeners,
			   const uint16_t *netns)
{
	for (size_t i = 0; i < listeners->count; i++) {
		struct tm_endpoint *at = &listeners->listener[i].at;

		at->netns = netns[at->netns];
	}
}

/* A FIN_WAIT_2 mini-socket is a TIME_WAIT one by another name. */
static enum tcpmem_kind mini_kind(const struct tcpmem_socket *sock)
{
	return sock->state == TCPMEM_STATE_SYN_RECV ? TCPMEM_KIND_SYN_RECV
						    : TCPMEM_KIND_TIME_WAIT;
}

static const struct listener *
find_acceptor(const struct tm_listeners *listeners,
	      const struct tcpmem_socket *sock)
{
	return tm_socket_may_wait(sock) ? find_listener(listeners, sock) : NULL;
}

void tm_attribute(struct tcpmem_socket *sock, const struct tm_holders *holders,
		  const struct tm_listeners *listeners, bool complete)
{
	const struct listener *listener;
	enum tcpmem_kind held = TCPMEM_KIND_PROCESS;

	sock->holder = tm_holders_find(holders, sock->inode);
	if (sock->flags & TM_SOCK_MINI) {
		sock->kind = (uint8_t)mini_kind(sock);
		return;
	}
	if (!sock->inode) {
		listener = find_acceptor(listeners, sock);
		if (!listener) {
			sock->kind = TCPMEM_KIND_ORPHAN;
			return;
		}
		sock->holder = listener->holder;
		held = TCPMEM_KIND_UNACCEPTED;
	}
	if (sock->holder == TM_HOLDER_NONE)
		held = complete ? TCPMEM_KIND_IN_FLIGHT : TCPMEM_KIND_HIDDEN;
	sock->kind = (uint8_t)held;
}

void tm_attribute_without_holders(struct tcpmem_socket *sock)
{
	sock->holder = TM_HOLDER_NONE;
	if (sock->flags & TM_SOCK_MINI)
		sock->kind = (uint8_t)mini_kind(sock);
	else if (sock->inode || tm_socket_may_wait(sock))
		sock->kind = TCPMEM_KIND_UNKNOWN;
	else
		sock->kind = TCPMEM_KIND_ORPHAN;
}
