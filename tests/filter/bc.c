// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * bc.c - the kernel's bytecode machine, as far as a filter meets it
 *
 * Written from the rules, not from the compiler: it knows nothing of what
 * lib/ask makes.
 */
#include "bc.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <netinet/in.h>
#include <string.h>

static struct inet_diag_bc_op op_at(const uint8_t *code, size_t at)
{
	struct inet_diag_bc_op op;

	memcpy(&op, code + at, sizeof(op));
	return op;
}

/* A jump must land where a step from operation to operation leads. */
static bool on_chain(const uint8_t *code, size_t len, size_t target)
{
	size_t at = 0;

	while (at < target && at < len) {
		struct inet_diag_bc_op op = op_at(code, at);

		if (op.yes < 4 || op.yes & 3)
			return false;
		at += op.yes;
	}
	return at == target;
}

/* How much the operand needs; -1 if it is wrong. */
static int operand_len(const uint8_t *code, size_t at, size_t left,
		       uint8_t opcode)
{
	struct inet_diag_hostcond cond;
	int addr;

	switch (opcode) {
	case INET_DIAG_BC_NOP:
	case INET_DIAG_BC_JMP:
	case INET_DIAG_BC_AUTO:
		return 0;
	case INET_DIAG_BC_S_GE:
	case INET_DIAG_BC_S_LE:
	case INET_DIAG_BC_D_GE:
	case INET_DIAG_BC_D_LE:
	case INET_DIAG_BC_DEV_COND:
		return 4;
	case INET_DIAG_BC_MARK_COND:
	case INET_DIAG_BC_CGROUP_COND:
		return 8;
	case INET_DIAG_BC_S_COND:
	case INET_DIAG_BC_D_COND:
		break;
	default:
		return -1;
	}
	if (left < 4 + sizeof(cond))
		return -1;
	memcpy(&cond, code + at + 4, sizeof(cond));
	addr = cond.family == AF_UNSPEC	 ? 0
	       : cond.family == AF_INET	 ? 4
	       : cond.family == AF_INET6 ? 16
					 : -1;
	return addr < 0 || cond.prefix_len > 8 * addr
		       ? -1
		       : (int)sizeof(cond) + addr;
}

int bc_audit(const void *code, size_t len, bool net_admin)
{
	size_t at = 0;

	if (len < 4)
		return -EINVAL;
	while (at < len) {
		size_t left = len - at, min;
		struct inet_diag_bc_op op;
		int operand;

		if (left < 4)
			return -EINVAL;
		op = op_at(code, at);
		if (op.code == INET_DIAG_BC_MARK_COND && !net_admin)
			return -EPERM;
		operand = operand_len(code, at, left, op.code);
		if (operand < 0)
			return -EINVAL;
		min = 4 + (size_t)operand;
		if (left < min)
			return -EINVAL;
		if (op.code != INET_DIAG_BC_NOP) {
			if (op.no < min || op.no > left + 4 || op.no & 3)
				return -EINVAL;
			if (op.no < left && !on_chain(code, len, at + op.no))
				return -EINVAL;
		}
		if (op.yes < min || op.yes > left + 4 || op.yes & 3)
			return -EINVAL;
		at += op.yes;
	}
	return at == len ? 0 : -EINVAL;
}

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	for (unsigned int i = 0; i < bits; i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		if ((a[i / 8] ^ b[i / 8]) & bit)
			return false;
	}
	return true;
}

static bool host_true(const uint8_t *operand, const uint8_t *addr,
		      uint16_t port, bool ipv6)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct inet_diag_hostcond cond;

	memcpy(&cond, operand, sizeof(cond));
	operand += sizeof(cond);
	if (cond.port != -1 && cond.port != port)
		return false;
	if (cond.family == AF_UNSPEC)
		return true;
	if (cond.family == (ipv6 ? AF_INET6 : AF_INET))
		return bits_equal(addr, operand, cond.prefix_len);
	return ipv6 && bits_equal(addr, mapped, 96) &&
	       bits_equal(addr + 12, operand, cond.prefix_len);
}

static bool op_true(const uint8_t *code, const struct tcpmem_socket *sock,
		    bool bound)
{
	struct inet_diag_bc_op op = op_at(code, 0);
	struct inet_diag_markcond mark;
	bool ipv6 = sock->flags & TM_SOCK_IPV6;
	uint32_t ifindex;
	uint64_t cgroup;

	switch (op.code) {
	case INET_DIAG_BC_JMP:
		return false;
	case INET_DIAG_BC_S_GE:
		return sock->local_port >= op_at(code, 4).no;
	case INET_DIAG_BC_S_LE:
		return sock->local_port <= op_at(code, 4).no;
	case INET_DIAG_BC_D_GE:
		return sock->remote_port >= op_at(code, 4).no;
	case INET_DIAG_BC_D_LE:
		return sock->remote_port <= op_at(code, 4).no;
	case INET_DIAG_BC_AUTO:
		return !bound;
	case INET_DIAG_BC_S_COND:
		return host_true(code + 4, sock->local, sock->local_port, ipv6);
	case INET_DIAG_BC_D_COND:
		return host_true(code + 4, sock->remote, sock->remote_port,
				 ipv6);
	case INET_DIAG_BC_DEV_COND:
		memcpy(&ifindex, code + 4, sizeof(ifindex));
		return ifindex == sock->ifindex;
	case INET_DIAG_BC_MARK_COND:
		memcpy(&mark, code + 4, sizeof(mark));
		return (sock->mark & mark.mask) == mark.mark;
	case INET_DIAG_BC_CGROUP_COND:
		memcpy(&cgroup, code + 4, sizeof(cgroup));
		return cgroup ==
		       (sock->flags & TM_SOCK_MINI ? 0 : sock->cgroup_id);
	default:
		return true;
	}
}

bool bc_run(const void *code, size_t len, const struct tcpmem_socket *sock,
	    bool bound)
{
	const uint8_t *at = code;
	long left = (long)len;

	while (left > 0) {
		struct inet_diag_bc_op op = op_at(at, 0);
		unsigned int step = op_true(at, sock, bound) ? op.yes : op.no;

		at += step;
		left -= step;
	}
	return left == 0;
}
