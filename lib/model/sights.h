/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * iter_sockets.h - sockets that were found by their fds, with all that a dump
 * shows
 *
 * A namespace of which as many were found as it counts need not be dumped.
 */
#ifndef TM_MODEL_ITER_SOCKETS_H
#define TM_MODEL_ITER_SOCKETS_H

#include "model/socket_set.h"

/*
 * struct tm_iter_socket_netns - one namespace that sockets were found in
 * @inode: in nsfs
 * @requests: a listener there has requests in SYN_RECV, which no fd holds
 */
struct tm_iter_socket_netns {
	uint64_t inode;
	bool requests;
};

/*
 * struct tm_iter_sockets - all zero is none
 * @sockets: complete but for what attribution and accounting fill in; @netns is
 *	an index in @netns here, @holder the place in the table that dumps walk.
 *	A socket is there once for each fd that holds it.
 */
struct tm_iter_sockets {
	struct tm_socket_set sockets;
	struct tm_iter_socket_netns *netns;
	size_t netns_count, netns_capacity;
};

void tm_iter_sockets_deinit(struct tm_iter_sockets *iter_sockets);

/* tm_iter_sockets_netns() - the index of a namespace; 0 or -ENOMEM, -E2BIG */
int tm_iter_sockets_netns(struct tm_iter_sockets *iter_sockets, uint64_t inode,
			  uint16_t *index);

#endif
