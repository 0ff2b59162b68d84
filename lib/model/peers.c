// SPDX-License-Identifier: LGPL-2.1-or-later
/* peers.c - which two sockets are the ends of one connection */
#include "model/snapshot.h"

#include "base/hash.h"
#include "base/util.h"
#include "tcpmem/socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An address, v4-mapped if it is IPv4, and a port */
struct end {
	uint64_t address[2];
	uint16_t port;
};

/* Both ends of a socket */
struct ends {
	struct end local, remote;
};

struct search {
	struct tm_socket_set *set;
	struct tm_index index;
	uint32_t seed; /* whoever connects chooses addresses and ports */
};

static struct end make_end(bool v6, const uint8_t address[16], uint16_t port)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t bytes[16];
	struct end end;

	memcpy(bytes, mapped, sizeof(mapped));
	memcpy(bytes + sizeof(mapped), address, 4);
	memcpy(end.address, v6 ? address : bytes, sizeof(end.address));
	end.port = port;
	return end;
}

static struct ends ends_of(const struct tcpmem_socket *sock)
{
	bool v6 = sock->flags & TM_SOCK_IPV6;

	return (struct ends){
		.local = make_end(v6, sock->local, sock->local_port),
		.remote = make_end(v6, sock->remote, sock->remote_port),
	};
}

static bool is_same(const struct end *a, const struct end *b)
{
	return a->port == b->port && a->address[0] == b->address[0] &&
	       a->address[1] == b->address[1];
}

static bool is_loopback(const struct end *end)
{
	static const uint8_t one[16] = { [15] = 1 };
	static const uint8_t v4[13] = { [10] = 0xff, [11] = 0xff, [12] = 127 };

	return memcmp(end->address, v4, sizeof(v4)) == 0 ||
	       memcmp(end->address, one, sizeof(one)) == 0;
}

bool tm_socket_is_loopback(const struct tcpmem_socket *sock)
{
	struct ends ends = ends_of(sock);

	return is_loopback(&ends.local) || is_loopback(&ends.remote);
}

/* Of an MPTCP connection, its msk and a subflow have the same addresses. */
static bool are_same_layer(const struct tcpmem_socket *a,
			   const struct tcpmem_socket *b)
{
	return !((a->flags ^ b->flags) & TM_SOCK_MPTCP);
}

/* Whether @b is the other end of @a, whose ends are @ends */
static bool is_other_end(const struct tcpmem_socket *a, const struct ends *ends,
			 const struct tcpmem_socket *b)
{
	struct ends other;

	if (b->local_port != ends->remote.port || !are_same_layer(a, b))
		return false;
	other = ends_of(b);
	return is_same(&ends->local, &other.remote) &&
	       is_same(&ends->remote, &other.local);
}

static bool is_alike(const struct tcpmem_socket *a, const struct ends *ends,
		     const struct tcpmem_socket *b)
{
	struct ends other = ends_of(b);

	return are_same_layer(a, b) && is_same(&ends->local, &other.local) &&
	       is_same(&ends->remote, &other.remote);
}

static uint32_t hash_end(const struct search *search, const struct end *end)
{
	uint64_t low =
		end->address[1] + end->port * UINT64_C(0xd6e8feb86659fd93);

	return tm_hash(search->seed,
		       end->address[0] * UINT64_C(0x9e3779b97f4a7c15) ^ low);
}

/* Both ends of a connection have the same hash. */
static uint32_t hash_of(const struct search *search, const struct ends *ends)
{
	return hash_end(search, &ends->local) + hash_end(search, &ends->remote);
}

static bool is_connected(const struct tcpmem_socket *sock)
{
	return sock->remote_port && sock->kind != TCPMEM_KIND_DARK &&
	       sock->state != TCPMEM_STATE_LISTENING &&
	       sock->state != TCPMEM_STATE_BOUND_INACTIVE &&
	       sock->state != TCPMEM_STATE_CLOSED;
}

static void set_peer(struct tm_socket_set *set, size_t i, size_t other)
{
	const struct tcpmem_socket *sock = &set->sock[other];

	set->peer[i] = (struct tm_peer){
		.socket = (uint32_t)other,
		.holder = sock->holder,
		.netns = sock->netns,
		.kind = sock->kind,
		.status = TM_PEER_FOUND,
	};
}

static void pair(struct tm_socket_set *set, size_t i, size_t other)
{
	set_peer(set, i, other);
	set_peer(set, other, i);
}

/* Two sockets may be the peer: neither it nor its own peer is known. */
static void doubt(struct tm_socket_set *set, size_t i)
{
	if (set->peer[i].status == TM_PEER_FOUND)
		set->peer[set->peer[i].socket].status = TM_PEER_AMBIGUOUS;
	set->peer[i].status = TM_PEER_AMBIGUOUS;
}

/* Both ends in one namespace: it delivers what is sent to its own addresses. */
static void pair_or_doubt(struct tm_socket_set *set, size_t i, size_t other)
{
	if (set->peer[i].status == TM_PEER_MISSING &&
	    set->peer[other].status == TM_PEER_MISSING) {
		pair(set, i, other);
		return;
	}
	doubt(set, other);
	doubt(set, i);
}

static int match_inside(struct search *search, size_t i)
{
	struct tm_socket_set *set = search->set;
	const struct tcpmem_socket *sock = &set->sock[i];
	struct ends ends = ends_of(sock);
	struct tm_index_walk walk = { .hash = hash_of(search, &ends) };

	set->peer[i].status = TM_PEER_MISSING;
	if (is_other_end(sock, &ends, sock))
		pair(set, i, i);
	while (tm_index_next(&search->index, &walk)) {
		const struct tcpmem_socket *other = &set->sock[walk.number];

		if (other->netns != sock->netns ||
		    !is_other_end(sock, &ends, other))
			continue;
		pair_or_doubt(set, i, walk.number);
	}
	return tm_index_add(&search->index, walk.hash, (uint32_t)i);
}

/* Ends in two namespaces, if nothing else there has the same addresses. */
static void match_outside(struct search *search, size_t i)
{
	struct tm_socket_set *set = search->set;
	const struct tcpmem_socket *sock = &set->sock[i];
	struct ends ends = ends_of(sock);
	struct tm_index_walk walk = { .hash = hash_of(search, &ends) };
	size_t found = 0, others = 0, end = 0;

	while (tm_index_next(&search->index, &walk)) {
		const struct tcpmem_socket *other = &set->sock[walk.number];
		bool alone = set->peer[walk.number].status == TM_PEER_MISSING;

		if (is_other_end(sock, &ends, other)) {
			found++;
			others += !alone;
			end = walk.number;
			if (!alone)
				doubt(set, walk.number);
		} else if (walk.number != i && is_alike(sock, &ends, other)) {
			others++;
		}
	}
	if (found == 1 && !others)
		pair(set, i, end);
	else if (found)
		doubt(set, i);
}

static int match(struct search *search)
{
	struct tm_socket_set *set = search->set;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < set->count; i++)
		if (is_connected(&set->sock[i]))
			ret = match_inside(search, i);
	for (size_t i = 0; ret == 0 && i < set->count; i++)
		if (set->peer[i].status == TM_PEER_MISSING &&
		    !tm_socket_is_loopback(&set->sock[i]))
			match_outside(search, i);
	return ret;
}

int tm_peers_find(struct tm_socket_set *set)
{
	struct search search = { .set = set,
				 .seed = (uint32_t)tm_random_seed() };
	int ret;

	set->peer = calloc(set->count + 1, sizeof(*set->peer));
	if (!set->peer)
		return -ENOMEM;
	ret = tm_index_reserve(&search.index, set->count);
	if (ret == 0)
		ret = match(&search);
	tm_index_deinit(&search.index);
	return ret;
}

/* It may be in a namespace, or in a state, that was not asked for or seen. */
static bool may_be_unseen(const struct tcpmem_snapshot *snap, bool inside)
{
	static const enum tcpmem_warning_code anywhere[] = {
		TCPMEM_WARNING_DUMP_INTERRUPTED,
		TCPMEM_WARNING_MESSAGE_MALFORMED,
		TCPMEM_WARNING_CAPTURE_SCOPE,
		TCPMEM_WARNING_CAPTURE_DAMAGED,
	};

	for (size_t i = 0; i < TM_ARRAY_SIZE(anywhere); i++)
		if (tm_warnings_have(&snap->warnings, anywhere[i]))
			return true;
	return !inside &&
	       (tm_coverage_missing(snap, TM_COVERAGE_SOCKETS) ||
		tm_warnings_have(&snap->warnings, TCPMEM_WARNING_NETNS_SCOPE));
}

static void describe(const struct tcpmem_snapshot *snap,
		     const struct tm_peer *found, struct tcpmem_peer *peer)
{
	peer->status = TCPMEM_PEER_SOCKET;
	peer->kind = (enum tcpmem_kind)found->kind;
	peer->netns = found->netns;
	if (found->socket != TM_PEER_UNSELECTED)
		peer->socket = &snap->sockets.sock[found->socket];
	if (snap->holders)
		peer->process_count =
			tm_holder_count(snap->holders, found->holder);
	if (peer->process_count)
		peer->process = tm_holders_get_process(
			snap->holders,
			tm_holder_get(snap->holders, found->holder, 0));
}

int tcpmem_socket_get_peer(const struct tcpmem_snapshot *snapshot,
			   const struct tcpmem_socket *sock,
			   struct tcpmem_peer *peer)
{
	const struct tm_socket_set *set = &snapshot->sockets;
	const struct tm_peer *found;

	if (peer->size < sizeof(*peer))
		return -EINVAL;
	*peer = (struct tcpmem_peer){ .size = peer->size };
	found = tm_socket_set_peer(set, sock);
	if (!found)
		return 0;
	if (found->status == TM_PEER_NONE)
		peer->status = TCPMEM_PEER_NONE;
	else if (found->status == TM_PEER_FOUND)
		describe(snapshot, found, peer);
	else if (found->status == TM_PEER_MISSING &&
		 !may_be_unseen(snapshot, tm_socket_is_loopback(sock)))
		peer->status = TCPMEM_PEER_ABSENT;
	return 0;
}
