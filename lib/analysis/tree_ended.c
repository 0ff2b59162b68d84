// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tree_ended.c - connections of a process tree that ended between two moments
 *
 * One that a moment showed is the tree's by its cookie. One that lived between
 * two is if a hook saw it made in the tree's cgroup, or, where there is none,
 * by its addresses: it arrived where a process of the tree listens, or went
 * where one went.
 */
#include "analysis/tree.h"

#include "base/util.h"

#include <errno.h>
#include <string.h>

static bool is_connection(const struct tcpmem_snapshot *snap,
			  const struct tcpmem_socket *sock)
{
	int64_t value;

	/* the handshake measures it; 0 is none */
	return sock->remote_port &&
	       tcpmem_socket_get_info(snap, sock, TCPMEM_INFO_RTT, &value) == 0;
}

/* IPv4 in the first four bytes, whatever the family of the socket */
static void unmap(uint8_t address[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(address, mapped, sizeof(mapped)) != 0)
		return;
	memcpy(address, address + 12, 4);
	memset(address + 4, 0, 12);
}

/* One end alone has its local port in the key of the namespace. */
static uint64_t pair_key(const struct tm_tree *tree,
			 const struct tcpmem_snapshot *snap,
			 const struct tcpmem_socket *sock)
{
	struct tcpmem_socket plain = *sock;

	plain.netns = 0;
	unmap(plain.local);
	unmap(plain.remote);
	return tm_tree_port_key(tree, snap, sock) ^ tm_socket_pair_key(&plain);
}

static uint64_t other_key(const struct tm_tree *tree,
			  const struct tcpmem_snapshot *snap,
			  const struct tcpmem_socket *sock)
{
	struct tcpmem_socket other = *sock;

	other.local_port = sock->remote_port;
	other.remote_port = sock->local_port;
	memcpy(other.local, sock->remote, sizeof(other.local));
	memcpy(other.remote, sock->local, sizeof(other.remote));
	return pair_key(tree, snap, &other);
}

static bool is_ours_by_address(const struct tm_tree *tree,
			       const struct tm_tree_ended *ended)
{
	return !tree->made && (tm_u64set_has(&tree->ports, ended->port) ||
			       tm_u64set_has(&tree->peers, ended->peer));
}

static void count_opened(struct tm_tree *tree)
{
	uint64_t count = tree->closed + tree->open_count;

	tree->opened.peak = (int64_t)count;
	if (count < tree->made_count)
		count = tree->made_count;
	tree->opened.value = (int64_t)count;
}

static int claim(struct tm_tree *tree, struct tm_tree_ended *ended)
{
	ended->ours = true;
	tree->closed++;
	if (tm_u64set_has(&tree->open,
			  tm_tree_identity_key(tree, &ended->sock)))
		tree->open_count--;
	count_opened(tree);
	return tm_u64set_add(&tree->pairs, ended->pair | 1);
}

static struct tm_tree_ended describe(const struct tm_tree *tree,
				     const struct tcpmem_snapshot *snap,
				     const struct tcpmem_socket *sock)
{
	return (struct tm_tree_ended){
		.sock = *sock,
		.port = tm_tree_port_key(tree, snap, sock),
		.peer = tm_tree_peer_key(tree, snap, sock),
		.pair = pair_key(tree, snap, sock),
		.other = other_key(tree, snap, sock),
	};
}

int tm_tree_end(struct tm_tree *tree, const struct tcpmem_snapshot *snap,
		const struct tcpmem_socket *sock)
{
	struct tm_tree_ended ended;
	bool made = tm_tree_made(tree, sock);
	bool seen = tm_tree_was_seen(tree, sock);

	if (!made &&
	    (!is_connection(snap, sock) ||
	     tm_u64set_has(&tree->existed, tm_tree_identity_key(tree, sock))))
		return 0;
	/* of a listener that was passed to the tree not each may be seen */
	tree->opened.least |= tree->made && seen && !made;
	if (tree->ended_count == TM_TREE_ENDED_MAX) {
		tree->opened.least = true;
		return 0;
	}
	ended = describe(tree, snap, sock);
	if ((made || seen || is_ours_by_address(tree, &ended)) &&
	    claim(tree, &ended) < 0)
		return -ENOMEM;
	return tm_append(tree->ended, tree->ended_count, tree->ended_capacity,
			 &ended);
}

static bool is_open_connection(const struct tm_tree *tree, uint8_t left,
			       const struct tcpmem_socket *sock)
{
	return (left == TCPMEM_RESIDUE_OPEN || left == TCPMEM_RESIDUE_ORPHAN) &&
	       sock->remote_port && sock->state != TCPMEM_STATE_SYN_SENT &&
	       !(sock->flags & (TM_SOCK_MINI | TM_SOCK_SUBFLOW)) &&
	       !tm_u64set_has(&tree->existed, tm_tree_identity_key(tree, sock));
}

static int count_open(struct tm_tree *tree, const struct tcpmem_snapshot *snap)
{
	int ret = 0;

	tm_u64set_clear(&tree->open);
	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];

		if (is_open_connection(tree, tree->left[i], sock))
			ret = tm_u64set_add(&tree->open,
					    tm_tree_identity_key(tree, sock));
	}
	tree->open_count = tree->open.count;
	count_opened(tree);
	return ret;
}

int tm_tree_claim_ended(struct tm_tree *tree,
			const struct tcpmem_snapshot *snap)
{
	size_t addresses = tree->ports.count + tree->peers.count;
	bool more = addresses != tree->addresses;
	int ret = 0;

	for (size_t i = 0; ret == 0 && more && i < tree->ended_count; i++) {
		struct tm_tree_ended *ended = &tree->ended[i];

		if (!ended->ours && is_ours_by_address(tree, ended))
			ret = claim(tree, ended);
	}
	tree->addresses = addresses;
	return ret ? ret : count_open(tree, snap);
}

enum tcpmem_residue tm_tree_ended_is(const struct tm_tree *tree,
				     const struct tm_tree_ended *ended)
{
	if (ended->ours)
		return TCPMEM_RESIDUE_CLOSED;
	return tree->made || tm_u64set_has(&tree->pairs, ended->other | 1)
		       ? TCPMEM_RESIDUE_COUNT
		       : TCPMEM_RESIDUE_UNATTRIBUTED;
}
