/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bc.h - the kernel's bytecode machine, as far as a filter meets it */
#ifndef TM_TESTS_BC_H
#define TM_TESTS_BC_H

#include "model/socket.h"

/*
 * bc_audit() - whether the kernel would take the program
 *
 * The rules of inet_diag_bc_audit (net/ipv4/inet_diag.c).
 *
 * Return: 0, -EINVAL, or -EPERM for what needs CAP_NET_ADMIN.
 */
int bc_audit(const void *code, size_t len, bool net_admin);

/*
 * bc_run() - whether it lets the socket through, as inet_diag_bc_run says
 * @bound: its port was named to bind(), which only the kernel knows
 */
bool bc_run(const void *code, size_t len, const struct tcpmem_socket *sock,
	    bool bound);

#endif
