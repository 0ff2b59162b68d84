// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tree.c - which sockets are a process tree's, moment after moment
 *
 * What a process of the tree holds is the tree's. What nobody holds any more is
 * if it was before, or was made in the tree's cgroup; a mini-socket, which may
 * never have been seen open, also if its addresses are the tree's. Of the rest
 * what nobody was seen with, nor any cgroup tells, may be the tree's.
 */
#include "analysis/tree.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 64

int tm_tree_init(struct tm_tree *tree, uint64_t cgroup)
{
	struct tm_u64set *sets[] = {
		&tree->before,	&tree->ports, &tree->peers, &tree->namespaces,
		&tree->existed, &tree->open,  &tree->pairs,
	};
	int ret = 0;

	memset(tree, 0, sizeof(*tree));
	tree->seed = tm_random_seed();
	tree->cgroup = cgroup;
	for (size_t i = 0; i < TM_TREE_METRICS; i++)
		tree->metric[i].size = sizeof(tree->metric[i]);
	tree->opened.size = sizeof(tree->opened);
	for (size_t i = 0; ret == 0 && i < TM_TREE_MOMENTS; i++) {
		ret = tm_u64set_init(&tree->seen[i], SLOTS);
		if (ret == 0)
			ret = tm_u64set_init(&tree->others[i], SLOTS);
	}
	for (size_t i = 0; ret == 0 && i < TM_ARRAY_SIZE(sets); i++)
		ret = tm_u64set_init(sets[i], SLOTS);
	return ret;
}

void tm_tree_deinit(struct tm_tree *tree)
{
	for (size_t i = 0; i < TM_TREE_MOMENTS; i++) {
		tm_u64set_deinit(&tree->seen[i]);
		tm_u64set_deinit(&tree->others[i]);
	}
	tm_u64set_deinit(&tree->before);
	tm_u64set_deinit(&tree->ports);
	tm_u64set_deinit(&tree->peers);
	tm_u64set_deinit(&tree->namespaces);
	tm_u64set_deinit(&tree->existed);
	tm_u64set_deinit(&tree->open);
	tm_u64set_deinit(&tree->pairs);
	free(tree->ended);
	free(tree->left);
}

static uint64_t mix(const struct tm_tree *tree, uint64_t hash, uint64_t word)
{
	hash = (hash ^ word ^ tree->seed) * UINT64_C(0xff51afd7ed558ccd);
	return (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53) | 1;
}

/* A bijection, since the seed is odd; 0 stays 0, which no set holds. */
uint64_t tm_tree_identity_key(const struct tm_tree *tree,
			      const struct tcpmem_socket *sock)
{
	return tm_socket_identity(sock) * tree->seed;
}

static uint64_t place_key(const struct tm_tree *tree,
			  const struct tcpmem_snapshot *snap, size_t netns)
{
	uint64_t inode = snap->netns[netns].inode;

	return mix(tree, inode, inode ? 0 : netns);
}

uint64_t tm_tree_port_key(const struct tm_tree *tree,
			  const struct tcpmem_snapshot *snap,
			  const struct tcpmem_socket *sock)
{
	return mix(tree, place_key(tree, snap, sock->netns), sock->local_port);
}

uint64_t tm_tree_peer_key(const struct tm_tree *tree,
			  const struct tcpmem_snapshot *snap,
			  const struct tcpmem_socket *sock)
{
	uint64_t half[2];
	uint64_t key;

	memcpy(half, sock->remote, sizeof(half));
	key = mix(tree, place_key(tree, snap, sock->netns), half[0]);
	key = mix(tree, key, half[1]);
	return mix(tree, key, sock->remote_port);
}

static bool is_in(const struct tm_u64set sets[TM_TREE_MOMENTS], uint64_t key)
{
	for (size_t i = 0; i < TM_TREE_MOMENTS; i++)
		if (tm_u64set_has(&sets[i], key))
			return true;
	return false;
}

bool tm_tree_was_seen(const struct tm_tree *tree,
		      const struct tcpmem_socket *sock)
{
	return is_in(tree->seen, tm_tree_identity_key(tree, sock));
}

bool tm_tree_made(const struct tm_tree *tree, const struct tcpmem_socket *sock)
{
	return tree->made && sock->cookie &&
	       tree->made(sock->cookie, tree->made_user);
}

static enum tcpmem_residue what_is_left(const struct tcpmem_socket *sock)
{
	if (sock->kind == TCPMEM_KIND_TIME_WAIT)
		return TCPMEM_RESIDUE_TIME_WAIT;
	if (sock->kind == TCPMEM_KIND_ORPHAN)
		return TCPMEM_RESIDUE_ORPHAN;
	return TCPMEM_RESIDUE_OPEN;
}

static bool has_holder_of_ours(const struct tcpmem_snapshot *snap,
			       const struct tcpmem_socket *sock,
			       const bool *ours)
{
	size_t count;

	if (!snap->holders)
		return false;
	count = tm_holder_count(snap->holders, sock->holder);
	for (size_t i = 0; i < count; i++)
		if (ours[tm_holder_get(snap->holders, sock->holder, i)])
			return true;
	return false;
}

/* Ports and peers by which mini-sockets never seen open are recognised. */
static int note_addresses(struct tm_tree *tree,
			  const struct tcpmem_snapshot *snap,
			  const struct tcpmem_socket *sock)
{
	uint64_t port = tm_tree_port_key(tree, snap, sock);
	int ret = tm_u64set_add(&tree->namespaces,
				place_key(tree, snap, sock->netns));

	if (ret)
		return ret;
	if (sock->state == TCPMEM_STATE_LISTENING)
		return tm_u64set_add(&tree->ports, port);
	if (!sock->remote_port || tm_u64set_has(&tree->ports, port))
		return 0;
	return tm_u64set_add(&tree->peers, tm_tree_peer_key(tree, snap, sock));
}

static int fd_ref(struct tm_tree *tree, const struct tcpmem_snapshot *snap,
		  size_t i)
{
	const struct tcpmem_socket *sock = &snap->sockets.sock[i];
	int ret = 0;

	tree->left[i] = (uint8_t)what_is_left(sock);
	if (tm_tree_identity_key(tree, sock))
		ret = tm_u64set_add(&tree->seen[0],
				    tm_tree_identity_key(tree, sock));
	return ret;
}

static bool cgroup_decides(const struct tm_tree *tree,
			   const struct tcpmem_socket *sock)
{
	return (sock->flags & TM_SOCK_HAS_CGROUP) && tree->cgroup;
}

/* Where a hook or a cgroup will tell whose it was, it is not remembered. */
static int note_other(struct tm_tree *tree, const struct tcpmem_socket *sock)
{
	uint64_t key = tm_tree_identity_key(tree, sock);

	if (!key || tree->made || cgroup_decides(tree, sock))
		return 0;
	return tm_u64set_add(&tree->others[0], key);
}

static int claim_one(struct tm_tree *tree, const struct tcpmem_snapshot *snap,
		     size_t i)
{
	int ret = fd_ref(tree, snap, i);

	return ret ? ret : note_addresses(tree, snap, &snap->sockets.sock[i]);
}

/* Held sockets first: their ports and peers identify the others. */
static int claim_held(struct tm_tree *tree, const struct tcpmem_snapshot *snap,
		      const bool *ours)
{
	for (size_t i = 0; i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];
		int ret = 0;

		tree->left[i] = TM_TREE_NOT_OURS;
		if (!sock->holder)
			continue;
		if (!has_holder_of_ours(snap, sock, ours))
			ret = note_other(tree, sock);
		else
			ret = claim_one(tree, snap, i);
		if (ret)
			return ret;
	}
	return 0;
}

static bool is_ours_by_address(const struct tm_tree *tree,
			       const struct tcpmem_snapshot *snap,
			       const struct tcpmem_socket *sock)
{
	if (!(sock->flags & TM_SOCK_MINI))
		return false;
	return tm_u64set_has(&tree->ports,
			     tm_tree_port_key(tree, snap, sock)) ||
	       (!tree->made &&
		tm_u64set_has(&tree->peers,
			      tm_tree_peer_key(tree, snap, sock)));
}

static bool is_ours_by_cgroup(const struct tm_tree *tree,
			      const struct tcpmem_socket *sock)
{
	return cgroup_decides(tree, sock) && sock->cgroup_id == tree->cgroup;
}

static bool is_ours(const struct tm_tree *tree,
		    const struct tcpmem_snapshot *snap,
		    const struct tcpmem_socket *sock)
{
	return tm_tree_was_seen(tree, sock) || is_ours_by_cgroup(tree, sock) ||
	       tm_tree_made(tree, sock) || is_ours_by_address(tree, snap, sock);
}

/* Whether it may be the tree's, and nothing tells */
static bool is_unclaimed(const struct tm_tree *tree,
			 const struct tcpmem_snapshot *snap,
			 const struct tcpmem_socket *sock)
{
	if (tree->made || !tm_u64set_has(&tree->namespaces,
					 place_key(tree, snap, sock->netns)))
		return false;
	return sock->kind == TCPMEM_KIND_TIME_WAIT ||
	       (sock->kind == TCPMEM_KIND_ORPHAN &&
		!cgroup_decides(tree, sock) &&
		!tm_u64set_has(&tree->existed,
			       tm_tree_identity_key(tree, sock)));
}

static int claim_abandoned(struct tm_tree *tree,
			   const struct tcpmem_snapshot *snap)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];

		if (sock->holder ||
		    tm_u64set_has(&tree->before,
				  tm_tree_identity_key(tree, sock)))
			continue;
		if (is_ours(tree, snap, sock))
			ret = fd_ref(tree, snap, i);
		else if (sock->kind == TCPMEM_KIND_ORPHAN &&
			 is_in(tree->others, tm_tree_identity_key(tree, sock)))
			ret = note_other(tree, sock);
		else if (is_unclaimed(tree, snap, sock))
			tree->left[i] = TCPMEM_RESIDUE_UNCLAIMED;
	}
	return ret;
}

static void count_held(int64_t value[TM_TREE_METRICS],
		       const struct tcpmem_socket *sock, bool *uncounted)
{
	int64_t held;

	if (tcpmem_socket_get_metric(sock, TCPMEM_METRIC_HELD, &held) == 0)
		value[TCPMEM_CHECK_METRIC_HELD] += held;
	else
		*uncounted = true;
}

static void count_socket(int64_t value[TM_TREE_METRICS],
			 const struct tcpmem_socket *sock, uint8_t left,
			 bool *uncounted)
{
	bool counts = !(sock->flags & TM_SOCK_SUBFLOW);

	if (left == TM_TREE_NOT_OURS || left == TCPMEM_RESIDUE_UNCLAIMED)
		return;
	count_held(value, sock, uncounted);
	if (left == TCPMEM_RESIDUE_TIME_WAIT) {
		value[TCPMEM_CHECK_METRIC_TIME_WAIT]++;
		return;
	}
	value[TCPMEM_CHECK_METRIC_SOCKETS] += counts;
	if (left == TCPMEM_RESIDUE_ORPHAN)
		value[TCPMEM_CHECK_METRIC_ORPHANS] += counts;
	if (sock->state == TCPMEM_STATE_CLOSE_WAIT)
		value[TCPMEM_CHECK_METRIC_CLOSE_WAIT] += counts;
}

/* What no sample saw open may be the tree's: what is counted is less then. */
static void doubt_orphans(struct tm_tree *tree,
			  const struct tcpmem_snapshot *snap)
{
	bool doubt = false;

	for (size_t i = 0; i < snap->sockets.count; i++)
		doubt |= tree->left[i] == TCPMEM_RESIDUE_UNCLAIMED &&
			 snap->sockets.sock[i].kind == TCPMEM_KIND_ORPHAN;
	tree->metric[TCPMEM_CHECK_METRIC_SOCKETS].least |= doubt;
	tree->metric[TCPMEM_CHECK_METRIC_HELD].least |= doubt;
	tree->metric[TCPMEM_CHECK_METRIC_ORPHANS].least |= doubt;
	tree->opened.least |= doubt;
}

static void count(struct tm_tree *tree, const struct tcpmem_snapshot *snap,
		  bool least)
{
	bool uncounted = false;
	int64_t ns = snap->clock.boottime_ns - tree->begin_ns;
	int64_t value[TM_TREE_METRICS] = { 0 };

	for (size_t i = 0; i < snap->sockets.count; i++)
		count_socket(value, &snap->sockets.sock[i], tree->left[i],
			     &uncounted);
	tree->metric[TCPMEM_CHECK_METRIC_HELD].least |= uncounted;
	doubt_orphans(tree, snap);
	for (int i = 0; i < TM_TREE_METRICS; i++) {
		struct tcpmem_tree_metric *metric = &tree->metric[i];

		metric->least |= least;
		metric->value = value[i];
		if (value[i] <= metric->peak)
			continue;
		metric->peak = value[i];
		metric->peak_ns = ns;
	}
}

/* The set of the oldest sample is reused for this one. */
static void turn(struct tm_u64set sets[TM_TREE_MOMENTS])
{
	struct tm_u64set oldest = sets[TM_TREE_MOMENTS - 1];

	memmove(&sets[1], &sets[0], (TM_TREE_MOMENTS - 1) * sizeof(sets[0]));
	tm_u64set_clear(&oldest);
	sets[0] = oldest;
}

static int reserve(struct tm_tree *tree, size_t count)
{
	uint8_t *moved;

	if (count <= tree->left_capacity)
		return 0;
	moved = realloc(tree->left, count);
	if (!moved)
		return -ENOMEM;
	tree->left = moved;
	tree->left_capacity = count;
	return 0;
}

int tm_tree_begin(struct tm_tree *tree, const struct tcpmem_snapshot *snap)
{
	int ret = 0;

	tree->begin_ns = snap->clock.boottime_ns;
	for (size_t i = 0; ret == 0 && i < snap->netns_count; i++)
		if (snap->netns[i].own)
			ret = tm_u64set_add(&tree->namespaces,
					    place_key(tree, snap, i));
	for (size_t i = 0; ret == 0 && i < snap->sockets.count; i++) {
		uint64_t key =
			tm_tree_identity_key(tree, &snap->sockets.sock[i]);

		if (key && snap->sockets.sock[i].kind == TCPMEM_KIND_TIME_WAIT)
			ret = tm_u64set_add(&tree->before, key);
		if (ret == 0 && key)
			ret = tm_u64set_add(&tree->existed, key);
	}
	return ret;
}

int tm_tree_add(struct tm_tree *tree, const struct tcpmem_snapshot *snap,
		const bool *ours, bool least)
{
	int ret = reserve(tree, snap->sockets.count);

	if (ret)
		return ret;
	turn(tree->seen);
	turn(tree->others);
	ret = claim_held(tree, snap, ours);
	if (ret == 0)
		ret = claim_abandoned(tree, snap);
	if (ret == 0)
		count(tree, snap, least);
	return ret ? ret : tm_tree_claim_ended(tree, snap);
}
