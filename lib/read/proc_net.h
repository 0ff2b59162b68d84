/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* proc_net.h - what a namespace's net directory in /proc says about TCP */
#ifndef TM_READ_PROC_NET_H
#define TM_READ_PROC_NET_H

#include "ctx.h"

/* A row of net/protocols. */
enum tm_protocol_row {
	TM_PROTOCOL_TCP,
	TM_PROTOCOL_TCPV6,
	TM_PROTOCOL_MPTCP,
	TM_PROTOCOL_MPTCPV6,
};
#define TM_PROTOCOL_ROWS (TM_PROTOCOL_MPTCPV6 + 1)

/*
 * struct tm_protocol - what the kernel says about a protocol
 * @known: the kernel has it; else the rest is 0
 * @size: bytes of its sock structure
 * @sockets: those of the namespace that the kernel's tables hold: neither
 *	bound-inactive nor unbound nor dark ones, nor mini-sockets
 */
struct tm_protocol {
	bool known;
	uint64_t size;
	uint64_t sockets;
};

/*
 * tm_proc_net_read() - reads a whole file of a net directory
 * @net: the directory, below the root of /proc; NULL is that of the calling
 *	thread, which may have left the namespace of its process
 *
 * Return: 0 and a buffer to free in @text; -errno of reading.
 */
int tm_proc_net_read(const struct tcpmem_ctx *ctx, const char *net,
		     const char *name, char **text);

/*
 * tm_protocols_read() - reads the TCP rows of net/protocols
 * @net: as above
 *
 * Return: 0; -errno of reading; -EBADMSG if there is no TCP or a row is not
 * as the kernel writes it.
 */
int tm_protocols_read(const struct tcpmem_ctx *ctx, const char *net,
		      struct tm_protocol row[static TM_PROTOCOL_ROWS]);

/*
 * tm_sockstat_parse() - finds a number in the text of net/sockstat{,6}
 * @line: the line it is in: "TCP:"
 * @word: the word before it: "inuse"
 *
 * Return: 0, or -EBADMSG if it is not there, is no number or was cut.
 */
int tm_sockstat_parse(const char *text, const char *line, const char *word,
		      uint64_t *value);

#endif
