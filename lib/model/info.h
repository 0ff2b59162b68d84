/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * info.h - tcp_info of a socket, where it was asked for
 *
 * It is twice as long as a stored socket: it has an array of its own, which
 * is there only if somebody wants it.
 */
#ifndef TM_MODEL_INFO_H
#define TM_MODEL_INFO_H

#include "tcpmem/types.h"

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

#endif
