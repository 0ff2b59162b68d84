/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* classifier.h - sockets as they come in, each once */
#ifndef TM_MODEL_CLASSIFIER_H
#define TM_MODEL_CLASSIFIER_H

#include "base/hash.h"
#include "model/accounting.h"
#include "model/socket.h"

/*
 * which TCP sockets are subflows of an MPTCP connection
 *
 * A subflow's record does not say so. It has the inode of its msk; once the
 * connection was closed, the msk has none while the subflow's record may keep
 * the old one (Linux 6.17), and only the addresses tell.
 */

struct tm_msks {
	struct tm_u64set inodes;
	struct tm_u64set waiting; /* in an accept queue: address pairs */
	struct tm_u64set closed;  /* by their owner: address pairs */
};

/* tm_msks_init() - none yet. Return: 0 or -ENOMEM. */
int tm_msks_init(struct tm_msks *msks);
void tm_msks_deinit(struct tm_msks *msks);
void tm_msks_clear(struct tm_msks *msks);

/* tm_msks_add() - an msk was seen. Return: 0 or -ENOMEM. */
int tm_msks_add(struct tm_msks *msks, const struct tcpmem_socket *msk);

/*
 * tm_msks_mark() - marks @sock if it is a subflow
 *
 * An inode that its closed msk left there is dropped.
 */
void tm_msks_mark(const struct tm_msks *msks, struct tcpmem_socket *sock);

/*
 * what a namespace's sockets tell about each other
 *
 * Sockets come one namespace after the other, msks before the TCP sockets.
 */

struct tm_classifier {
	struct tm_msks msks;
	struct tm_ports ports;
};

/* tm_classifier_init() - nothing came yet. Return: 0 or -ENOMEM. */
int tm_classifier_init(struct tm_classifier *classifier);
void tm_classifier_deinit(struct tm_classifier *classifier);

/* tm_classifier_clear() - another namespace follows, or the same one anew */
void tm_classifier_clear(struct tm_classifier *classifier);

/*
 * tm_classify() - tells msks, their subflows and others apart
 * @states: that were asked for: msks come in all states, to know subflows by
 *
 * Return: 1 if it was asked for, 0 if not, -ENOMEM.
 */
int tm_classify(struct tm_classifier *classifier, uint32_t states,
		struct tcpmem_socket *sock);

/*
 * tm_classifier_account() - completes a socket that was met but for its holder
 *
 * Only those that are kept: what sockets share is paid for by the first.
 */
void tm_classifier_account(struct tm_classifier *classifier,
			   const struct tm_objects *objects,
			   struct tcpmem_socket *sock);

/*
 * sockets that were found by their fds, with all that a dump
 * shows
 *
 * A namespace of which as many were found as it counts need not be dumped.
 */

/*
 * struct tm_iter_socket_netns - one namespace that sockets were found in
 * @inode: in nsfs
 * @partial: there is an msk, or a listener with requests in SYN_RECV, which no
 *	fd holds
 */
struct tm_iter_socket_netns {
	uint64_t inode;
	bool partial;
};

/*
 * struct tm_iter_sockets - all zero is none
 * @sockets: complete but for what attribution and accounting fill in; @netns is
 *	an index in @netns here, @holder the place in the table that dumps walk.
 *	A socket is there once for each fd that holds it.
 * @unhashed: TCP sockets that are in no table, likewise, with @with_unhashed
 */
struct tm_iter_sockets {
	struct tm_socket_set sockets;
	struct tm_socket_set unhashed;
	bool with_unhashed;
	struct tm_iter_socket_netns *netns;
	size_t netns_count, netns_capacity;
};

void tm_iter_sockets_deinit(struct tm_iter_sockets *iter_sockets);

/* tm_iter_sockets_netns() - the index of a namespace; 0 or -ENOMEM, -E2BIG */
int tm_iter_sockets_netns(struct tm_iter_sockets *iter_sockets, uint64_t inode,
			  uint16_t *index);

#endif
