/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * info.h - tcp_info beside the sockets, where it was asked for
 *
 * It is twice as long as a stored socket: it has an array of its own, which
 * is there only if somebody wants it.
 */
#ifndef TM_MODEL_INFO_H
#define TM_MODEL_INFO_H

#include "tcpmem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the kernel's struct tcp_info up to the last that has a name. */
#define TM_INFO_SIZE 248

/*
 * struct tm_info - what the kernel said of one socket
 * @expires_ms: when its timer runs out
 * @len: bytes of tcp_info; 0 if there was none
 */
struct tm_info {
	uint32_t expires_ms;
	uint16_t len;
	bool present; /* a message came: of sockets that are found by fd none */
	uint8_t bytes[TM_INFO_SIZE];
};

/*
 * struct tm_infos - of each socket kept, by its index; of a stream, of the
 * socket that is being handed on
 * @wanted: false: nothing is stored
 */
struct tm_infos {
	bool wanted;
	struct tm_info *info;
	size_t count;
	size_t capacity;
};

void tm_infos_deinit(struct tm_infos *infos);

/*
 * tm_infos_put() - the one at @index, which there is or is the next
 * @info: NULL if there is none
 *
 * Return: 0 or -ENOMEM.
 */
int tm_infos_put(struct tm_infos *infos, size_t index,
		 const struct tm_info *info);

struct tcpmem_snapshot;
struct tcpmem_socket;

/*
 * tm_info_is_missing() - why a figure is not known of a socket
 *
 * Return: true if nobody asked or the kernel is too old to have it; false if
 * the socket has none, now or ever.
 */
bool tm_info_is_missing(const struct tcpmem_snapshot *snapshot,
			const struct tcpmem_socket *sock,
			enum tcpmem_info which);

/* tm_infos_move() - moves one to a place before it, as its socket was */
void tm_infos_move(struct tm_infos *infos, size_t from, size_t to);

#endif
