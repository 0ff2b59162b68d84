// SPDX-License-Identifier: LGPL-2.1-or-later
/* expr.c - random expressions, in words and in truth */
#include "expr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum kind {
	AND,
	OR,
	NOT,
	HOST,
	PORT,
	DEV,
	CGROUP,
	FAMILY,
	MARK,
	STATE,
	RMEM,
	QUEUE,
	INODE,
	AUTOBOUND,
};

struct expr {
	enum kind kind;
	enum tm_filter_op op;
	bool remote;
	struct expr *left; /* NOT: what it denies */
	struct expr *right;
	uint8_t family;
	unsigned int bits;
	int port;
	uint8_t addr[16];
	uint64_t number;
	uint32_t mask;
};

struct maker {
	struct expr_rng *rng;
	const struct tcpmem_socket *pool;
	size_t count;
	unsigned int what;
};

uint32_t expr_random(struct expr_rng *rng, uint32_t below)
{
	rng->state = rng->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((rng->state >> 33) % below);
}

static const struct tcpmem_socket *any_socket(struct maker *m)
{
	return &m->pool[expr_random(m->rng, (uint32_t)m->count)];
}

static enum tm_filter_op any_op(struct maker *m, uint32_t count)
{
	static const enum tm_filter_op ops[] = { TM_OP_EQ, TM_OP_NE, TM_OP_LT,
						 TM_OP_GE, TM_OP_GT, TM_OP_LE };

	return ops[expr_random(m->rng, count)];
}

/* A socket's own value, or one beside it. */
static uint64_t near(struct maker *m, uint64_t value, uint64_t max)
{
	uint32_t step = expr_random(m->rng, 4);

	if (step == 0 && value < max)
		return value + 1;
	return step == 1 && value ? value - 1 : value;
}

static void make_host(struct maker *m, struct expr *e)
{
	const struct tcpmem_socket *sock = any_socket(m);
	const uint8_t *addr = e->remote ? sock->remote : sock->local;
	bool ipv6 = sock->flags & TM_SOCK_IPV6;

	e->port = TM_PORT_ANY;
	if (expr_random(m->rng, 3) == 0)
		e->port = e->remote ? sock->remote_port : sock->local_port;
	if (expr_random(m->rng, 6) == 0)
		return; /* any address */
	e->family = ipv6 ? AF_INET6 : AF_INET;
	e->bits = ipv6 ? 128 : 32;
	/* What is mapped may be asked for either way. */
	if (ipv6 && addr[10] == 0xff && expr_random(m->rng, 2)) {
		e->family = AF_INET;
		e->bits = 32;
		addr += 12;
	}
	memcpy(e->addr, addr, e->family == AF_INET ? 4 : 16);
	if (expr_random(m->rng, 2))
		e->bits = expr_random(m->rng, e->bits + 1);
}

static void make_value(struct maker *m, struct expr *e)
{
	const struct tcpmem_socket *sock = any_socket(m);

	switch (e->kind) {
	case PORT:
		e->op = any_op(m, 6);
		e->number = near(
			m, e->remote ? sock->remote_port : sock->local_port,
			UINT16_MAX);
		break;
	case DEV:
		e->number = near(m, sock->ifindex, UINT32_MAX);
		break;
	case CGROUP:
		e->number = near(m, sock->cgroup_id, UINT64_MAX);
		break;
	case FAMILY:
		e->number = expr_random(m->rng, 2);
		break;
	case MARK:
		e->mask = expr_random(m->rng, 2) ? UINT32_MAX : 0xf;
		e->number = near(m, sock->mark & e->mask, e->mask);
		break;
	case STATE:
		e->op = TM_OP_EQ;
		while (!e->mask || e->mask & ~TCPMEM_STATES_ALL)
			e->mask = 1u << (1 + expr_random(m->rng, 13));
		if (expr_random(m->rng, 2))
			e->mask |= 1u << sock->state;
		break;
	case RMEM:
		e->op = any_op(m, 6);
		e->number = near(m, sock->skmem[0], UINT32_MAX);
		break;
	case QUEUE:
		e->op = any_op(m, 6);
		e->number = near(m, e->remote ? sock->wqueue : sock->rqueue,
				 UINT32_MAX);
		break;
	case INODE:
		e->op = any_op(m, 6);
		e->number = near(m, sock->inode, UINT32_MAX);
		break;
	default:
		break;
	}
}

static enum kind any_kind(struct maker *m)
{
	static const enum kind kernel[] = { HOST, HOST, HOST,	PORT,  PORT,
					    PORT, DEV,	CGROUP, FAMILY };
	static const enum kind here[] = { RMEM, QUEUE, INODE };
	uint32_t roll = expr_random(m->rng, 16);

	if (roll == 0 && m->what & EXPR_AUTOBOUND) {
		m->what &= ~(unsigned int)EXPR_AUTOBOUND;
		return AUTOBOUND;
	}
	if (roll <= 2 && m->what & EXPR_STATE)
		return STATE;
	if (roll <= 4 && m->what & EXPR_HERE)
		return here[expr_random(m->rng, 3)];
	if (roll == 5 && m->what & EXPR_MARK)
		return MARK;
	return kernel[expr_random(m->rng, 9)];
}

static struct expr *make(struct maker *m, unsigned int depth)
{
	struct expr *e = calloc(1, sizeof(*e));

	if (!e)
		abort();
	if (depth && expr_random(m->rng, 3)) {
		uint32_t roll = expr_random(m->rng, 5);

		e->kind = roll < 2 ? AND : roll < 4 ? OR : NOT;
		e->left = make(m, depth - 1);
		if (e->kind != NOT)
			e->right = make(m, depth - 1);
		return e;
	}
	e->kind = any_kind(m);
	e->op = any_op(m, 2);
	e->remote = expr_random(m->rng, 2);
	if (e->kind == HOST)
		make_host(m, e);
	else
		make_value(m, e);
	return e;
}

struct expr *expr_new(struct expr_rng *rng, const struct tcpmem_socket *pool,
		      size_t count, unsigned int what)
{
	struct maker m = { rng, pool, count, what };

	return make(&m, 1 + expr_random(rng, 5));
}

void expr_free(struct expr *expr)
{
	if (!expr)
		return;
	expr_free(expr->left);
	expr_free(expr->right);
	free(expr);
}

/* Linux 5.10 tells no mark of a TIME_WAIT socket. */
bool expr_is_known(const struct expr *expr, const struct tcpmem_socket *sock)
{
	if (!expr)
		return true;
	if (expr->kind == AUTOBOUND ||
	    (expr->kind == MARK && !(sock->flags & TM_SOCK_HAS_MARK)))
		return false;
	return expr_is_known(expr->left, sock) &&
	       expr_is_known(expr->right, sock);
}

static bool bit(const uint8_t *bytes, unsigned int i)
{
	return bytes[i / 8] >> (7 - i % 8) & 1;
}

static bool host_true(const struct expr *e, const struct tcpmem_socket *sock)
{
	const uint8_t *addr = e->remote ? sock->remote : sock->local;
	int port = e->remote ? sock->remote_port : sock->local_port;
	char text[INET6_ADDRSTRLEN];

	if (e->port != TM_PORT_ANY && e->port != port)
		return false;
	if (e->family == AF_UNSPEC)
		return true;
	if (sock->flags & TM_SOCK_IPV6 && e->family == AF_INET) {
		inet_ntop(AF_INET6, addr, text, sizeof(text));
		if (strncmp(text, "::ffff:", 7) != 0)
			return false;
		addr += 12;
	} else if (!(sock->flags & TM_SOCK_IPV6) && e->family == AF_INET6) {
		return false;
	}
	for (unsigned int i = 0; i < e->bits; i++) {
		if (bit(addr, i) != bit(e->addr, i))
			return false;
	}
	return true;
}

static uint64_t value_of(const struct expr *e, const struct tcpmem_socket *sock)
{
	bool mini = sock->flags & TM_SOCK_MINI;

	switch (e->kind) {
	case PORT:
		return e->remote ? sock->remote_port : sock->local_port;
	case DEV:
		return sock->ifindex;
	case CGROUP:
		return mini ? 0 : sock->cgroup_id;
	case FAMILY:
		return sock->flags & TM_SOCK_IPV6 ? 1 : 0;
	case MARK:
		return sock->mark & e->mask;
	case RMEM:
		return mini ? 0 : sock->skmem[0];
	case QUEUE:
		return e->remote ? sock->wqueue : sock->rqueue;
	default:
		return sock->inode;
	}
}

bool expr_is_true(const struct expr *expr, const struct tcpmem_socket *sock)
{
	uint64_t value;

	switch (expr->kind) {
	case AND:
		return expr_is_true(expr->left, sock) &&
		       expr_is_true(expr->right, sock);
	case OR:
		return expr_is_true(expr->left, sock) ||
		       expr_is_true(expr->right, sock);
	case NOT:
		return !expr_is_true(expr->left, sock);
	case HOST:
		return host_true(expr, sock) == (expr->op == TM_OP_EQ);
	case STATE:
		return expr->mask & 1u << sock->state;
	default:
		break;
	}
	value = value_of(expr, sock);
	switch (expr->op) {
	case TM_OP_EQ:
		return value == expr->number;
	case TM_OP_NE:
		return value != expr->number;
	case TM_OP_LT:
		return value < expr->number;
	case TM_OP_GE:
		return value >= expr->number;
	case TM_OP_GT:
		return value > expr->number;
	default:
		return value <= expr->number;
	}
}

static void write_op(struct expr_rng *rng, enum tm_filter_op op, FILE *out)
{
	static const char *const ops[][4] = {
		[TM_OP_EQ] = { " = ", "==", " eq ", " " },
		[TM_OP_NE] = { " != ", "!=", " ne ", " neq " },
		[TM_OP_LT] = { " < ", "<", " lt ", " \\< " },
		[TM_OP_GE] = { " >= ", ">=", " ge ", " geq " },
		[TM_OP_GT] = { " > ", ">", " gt ", " \\> " },
		[TM_OP_LE] = { " <= ", "<=", " le ", " leq " },
	};

	fputs(ops[op][expr_random(rng, 4)], out);
}

static void write_host(const struct expr *e, FILE *out)
{
	char text[INET6_ADDRSTRLEN];
	bool ipv6 = e->family == AF_INET6;

	if (e->family == AF_UNSPEC) {
		fputc('*', out);
	} else {
		inet_ntop(e->family, e->addr, text, sizeof(text));
		fprintf(out, ipv6 ? "[%s/%u]" : "%s/%u", text, e->bits);
	}
	if (e->port != TM_PORT_ANY)
		fprintf(out, ":%d", e->port);
}

static void write_states(const struct expr *e, FILE *out)
{
	for (unsigned int i = 1; i <= TCPMEM_STATE_MAX; i++) {
		if (e->mask & 1u << i)
			fprintf(out, "state %s ",
				tcpmem_state_describe((enum tcpmem_state)i)
					->name);
	}
}

static void write_comparison(const struct expr *e, struct expr_rng *rng,
			     FILE *out)
{
	static const char *const names[] = {
		[HOST] = "src",	     [PORT] = "sport",	  [DEV] = "dev",
		[CGROUP] = "cgroup", [FAMILY] = "family", [MARK] = "fwmark",
		[RMEM] = "rmem",     [QUEUE] = "rqueue",  [INODE] = "inode",
	};
	static const char *const remote_names[] = {
		[HOST] = "dst",
		[PORT] = "dport",
		[QUEUE] = "wqueue",
	};
	bool sided = e->kind == HOST || e->kind == PORT || e->kind == QUEUE;

	if (e->kind == STATE) {
		write_states(e, out);
		return;
	}
	if (e->kind == AUTOBOUND) {
		fputs(e->op == TM_OP_EQ ? "autobound" : "! autobound", out);
		return;
	}
	fputs(sided && e->remote ? remote_names[e->kind] : names[e->kind], out);
	write_op(rng, e->op, out);
	if (e->kind == HOST)
		write_host(e, out);
	else if (e->kind == FAMILY)
		fputs(e->number ? "ipv6" : "ipv4", out);
	else if (e->kind == MARK)
		fprintf(out, "0x%" PRIx64 "/%#x", e->number, e->mask);
	else
		fprintf(out, "%s%" PRIu64,
			e->kind == CGROUP			 ? "/"
			: e->kind == PORT && expr_random(rng, 2) ? ":"
								 : "",
			e->number);
}

static void write_inner(const struct expr *e, struct expr_rng *rng, FILE *out)
{
	fputs(expr_random(rng, 2) ? "( " : "(", out);
	expr_write(e, rng, out);
	fputs(expr_random(rng, 2) ? " )" : ")", out);
}

/* From left to right, as ss reads it: only what is right needs parentheses. */
void expr_write(const struct expr *expr, struct expr_rng *rng, FILE *out)
{
	static const char *const ands[] = { " and ", " & ", " && ", " " };
	static const char *const ors[] = { " or ", " | ", " || " };
	bool join = expr->kind == AND || expr->kind == OR;
	const struct expr *last = join ? expr->right : expr->left;

	if (!join && expr->kind != NOT) {
		write_comparison(expr, rng, out);
		return;
	}
	if (join && (expr_random(rng, 8) == 0 || expr->left->kind == STATE))
		write_inner(expr->left, rng, out);
	else if (join)
		expr_write(expr->left, rng, out);
	if (expr->kind == AND)
		fputs(ands[expr_random(rng, 4)], out);
	else if (expr->kind == OR)
		fputs(ors[expr_random(rng, 3)], out);
	else
		fputs(expr_random(rng, 2) ? "not " : "! ", out);
	if (last->kind == AND || last->kind == OR || last->kind == STATE ||
	    expr_random(rng, 8) == 0)
		write_inner(last, rng, out);
	else
		expr_write(last, rng, out);
}

static int no_service(const char *name, uint16_t *port)
{
	(void)name;
	(void)port;
	return -ENOENT;
}

static int no_host(const char *name, int family, struct tm_filter_host *host,
		   size_t max)
{
	(void)name;
	(void)family;
	(void)host;
	(void)max;
	return -ENOENT;
}

static int no_user(const char *name, uint32_t *uid)
{
	(void)name;
	(void)uid;
	return -ENOENT;
}

static int cgroup_by_number(const char *path, uint64_t *id)
{
	char *end;

	*id = strtoull(path + 1, &end, 10);
	return *path == '/' && !*end ? 0 : -ENOENT;
}

const struct tm_filter_names expr_names = {
	.service = no_service,
	.host = no_host,
	.user = no_user,
	.cgroup = cgroup_by_number,
};

static void random_address(struct expr_rng *rng, bool ipv6, uint8_t addr[16])
{
	static const char *const v4[] = { "127.0.0.1", "127.0.0.2", "10.1.2.3",
					  "10.200.0.1", "0.0.0.0" };
	static const char *const v6[] = {
		"::1", "fe80::1",	   "2001:db8::7",
		"::",  "::ffff:127.0.0.1", "::ffff:10.1.2.3"
	};

	memset(addr, 0, 16);
	if (ipv6)
		inet_pton(AF_INET6, v6[expr_random(rng, 6)], addr);
	else
		inet_pton(AF_INET, v4[expr_random(rng, 5)], addr);
}

struct tcpmem_socket expr_socket(struct expr_rng *rng)
{
	static const uint16_t ports[] = { 0,	 1,	22,    80,    443,
					  32767, 32768, 40000, 65534, 65535 };
	static const uint8_t states[] = {
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13
	};
	struct tcpmem_socket sock = {
		.state = states[expr_random(rng, 12)],
		.local_port = ports[expr_random(rng, 10)],
		.remote_port = ports[expr_random(rng, 10)],
		.flags = TM_SOCK_HAS_MARK,
		.ifindex = expr_random(rng, 3),
		.mark = expr_random(rng, 40),
		.inode = expr_random(rng, 1000),
		.rqueue = expr_random(rng, 3),
		.wqueue = expr_random(rng, 3),
	};
	bool mini =
		sock.state == TCPMEM_STATE_TIME_WAIT ||
		(sock.state == TCPMEM_STATE_SYN_RECV && expr_random(rng, 2));

	if (expr_random(rng, 2))
		sock.flags |= TM_SOCK_IPV6;
	random_address(rng, sock.flags & TM_SOCK_IPV6, sock.local);
	random_address(rng, sock.flags & TM_SOCK_IPV6, sock.remote);
	if (mini) {
		sock.flags |= TM_SOCK_MINI;
		return sock;
	}
	sock.flags |= TM_SOCK_HAS_CGROUP;
	sock.cgroup_id = expr_random(rng, 4);
	sock.skmem_words = TM_SKMEM_WORDS;
	sock.skmem[0] = expr_random(rng, 3) * 4096;
	return sock;
}
