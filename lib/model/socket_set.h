/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * socket_set.h - sockets, and beside each its tcp_info if that is wanted
 *
 * The only code that adds, moves or removes a socket or what belongs to it:
 * the two cannot come apart. Whoever has the set may write to its sockets.
 */
#ifndef TM_MODEL_SOCKET_SET_H
#define TM_MODEL_SOCKET_SET_H

#include "model/info.h"
#include "model/socket.h"

/*
 * struct tm_socket_set - all zero is an empty set without tcp_info
 * @with_info: tcp_info is kept; set it before the first socket is added
 * @info: of each socket, by its index; NULL without @with_info
 */
struct tm_socket_set {
	struct tcpmem_socket *sock;
	size_t count, capacity;
	bool with_info;
	struct tm_info *info;
	size_t info_capacity;
};

/* tm_socket_set_deinit() - frees the sockets; the set is empty then */
void tm_socket_set_deinit(struct tm_socket_set *set);

/* tm_socket_set_clear() - removes all sockets and keeps the memory */
void tm_socket_set_clear(struct tm_socket_set *set);

/*
 * tm_socket_set_add() - copies a socket behind the others
 * @info: its tcp_info; NULL if there is none
 *
 * Return: 0 or -ENOMEM.
 */
int tm_socket_set_add(struct tm_socket_set *set,
		      const struct tcpmem_socket *sock,
		      const struct tm_info *info);

/*
 * tm_socket_set_remove_if() - removes sockets; the others keep their order
 * @remove: called once for each socket, in order
 */
void tm_socket_set_remove_if(struct tm_socket_set *set,
			     bool (*remove)(struct tcpmem_socket *sock,
					    void *user),
			     void *user);

/*
 * tm_socket_set_merge() - moves the sockets of @from behind those of @set
 *
 * Nothing is copied if @set is empty and both keep the same.
 *
 * Return: 0 or -ENOMEM; @from is to be freed either way.
 */
int tm_socket_set_merge(struct tm_socket_set *set, struct tm_socket_set *from);

/* tm_socket_set_info() - tcp_info of one of its sockets; NULL if there is none
 */
const struct tm_info *tm_socket_set_info(const struct tm_socket_set *set,
					 const struct tcpmem_socket *sock);

#endif
