// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_filter_bytecode.c - the kernel would take the program, and select the
 * same sockets as we do
 */
#include <errno.h>
#include <linux/inet_diag.h>
#include <string.h>

#include "bc.h"
#include "expr.h"
#include "filter/filter.h"
#include "stride.h"
#include "unit.h"

#define EXPRESSIONS 10000
#define SOCKETS	    64

static struct tm_netns netns = {
	.name = (char *)"self",
	.facts = { .known = true, .port_low = 32768, .port_high = 60999 },
};
static const struct tcpmem_snapshot snapshot = {
	.netns = &netns,
	.netns_count = 1,
};

struct compiled {
	struct tcpmem_filter *filter;
	uint32_t states;
	void *code;
	size_t len;
	bool exact;
};

static struct compiled compile(const char *text)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct compiled c;
	int ret = tm_filter_parse(text, &expr_names, &error, &c.filter);

	ck_assert_msg(ret == 0, "\"%s\": at %zu \"%s\", expected %s", text,
		      error.offset, error.found, error.expected);
	ck_assert_int_eq(tm_filter_bytecode(c.filter, &netns.facts, &c.states,
					    &c.code, &c.len, &c.exact),
			 0);
	ck_assert_msg(!c.code || bc_audit(c.code, c.len, true) == 0,
		      "\"%s\" is refused", text);
	return c;
}

static void release(struct compiled *c)
{
	tcpmem_filter_free(c->filter);
	free(c->code);
}

/* What comes out of the kernel when it is asked. */
static bool comes(const struct compiled *c, const struct tcpmem_socket *sock,
		  bool bound)
{
	return c->states & 1u << sock->state &&
	       (!c->code || bc_run(c->code, c->len, sock, bound));
}

static enum tm_filter_verdict eval(const struct compiled *c,
				   const struct tcpmem_socket *sock, bool asked)
{
	struct tcpmem_socket s = *sock;
	const struct tm_filter_facts facts = {
		.snapshot = &snapshot,
		.netns = &netns,
		.accounted = true,
		.attributed = true,
	};

	s.asked = asked;
	return tm_filter_eval(c->filter, &facts, &s);
}

/*
 * A listener's port was bound unless the kernel could have chosen it, other
 * ports were not: what own evaluation takes for granted where it must.
 */
static bool is_bound(const struct tcpmem_socket *sock)
{
	return (sock->state == TCPMEM_STATE_LISTENING ||
		sock->state == TCPMEM_STATE_BOUND_INACTIVE) &&
	       (sock->local_port < netns.facts.port_low ||
		sock->local_port > netns.facts.port_high);
}

static void check_socket(const struct compiled *c, const struct expr *expr,
			 const struct tcpmem_socket *sock, const char *text)
{
	bool bound = is_bound(sock);
	bool came = comes(c, sock, bound);
	bool alone = eval(c, sock, false) == TM_FILTER_YES;
	bool asked = eval(c, sock, c->exact) == TM_FILTER_YES;

	/* With bytecode and without: the same. */
	ck_assert_msg((came && asked) == alone,
		      "\"%s\": kernel %d, then %d; alone %d", text, came, asked,
		      alone);
	if (!expr_is_known(expr, sock))
		return;
	ck_assert_msg(alone == expr_is_true(expr, sock),
		      "\"%s\": evaluated as %d", text, alone);
	if (c->exact)
		ck_assert_msg(came == alone, "\"%s\": kernel %d, alone %d",
			      text, came, alone);
}

static char *words(const struct expr *expr, struct expr_rng *rng)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	expr_write(expr, rng, out);
	fclose(out);
	return text;
}

static void check_random(struct expr_rng *rng, unsigned int what)
{
	struct tcpmem_socket pool[SOCKETS];
	struct expr *expr;
	struct compiled c;
	char *text;

	for (size_t i = 0; i < SOCKETS; i++)
		pool[i] = expr_socket(rng);
	expr = expr_new(rng, pool, SOCKETS, what);
	text = words(expr, rng);
	c = compile(text);
	/* "exact": what the kernel knows, and states where "and" puts them */
	if (!(what & ~(unsigned int)(EXPR_KERNEL | EXPR_MARK | EXPR_AUTOBOUND)))
		ck_assert(c.exact);
	for (size_t i = 0; i < SOCKETS; i++)
		check_socket(&c, expr, &pool[i], text);
	release(&c);
	free(text);
	expr_free(expr);
}

/* A property: 10,000 random expressions, each on 64 random sockets */
START_TEST(kernel_and_we_agree)
{
	static const unsigned int what[] = {
		EXPR_KERNEL,
		EXPR_KERNEL | EXPR_STATE | EXPR_MARK,
		EXPR_KERNEL | EXPR_STATE | EXPR_HERE,
		EXPR_KERNEL | EXPR_STATE | EXPR_HERE | EXPR_AUTOBOUND,
		EXPR_KERNEL | EXPR_AUTOBOUND,
	};
	unsigned int rounds = random_rounds(EXPRESSIONS);
	struct expr_rng rng = { .state = 1 };

	for (unsigned int i = 0; i < rounds; i++)
		check_random(&rng, what[i % 5]);
}
END_TEST

static size_t count_ops(const struct compiled *c, uint8_t code)
{
	const uint8_t *bytes = c->code;
	size_t count = 0;

	for (size_t at = 0; at < c->len; at += bytes[at + 1])
		count += bytes[at] == code;
	return count;
}

/* "its own opcode is far younger" */
START_TEST(equal_ports_need_no_young_opcode)
{
	struct compiled c = compile("sport = 22 or dport != 80");

	ck_assert_uint_eq(count_ops(&c, INET_DIAG_BC_S_EQ), 0);
	ck_assert_uint_eq(count_ops(&c, INET_DIAG_BC_D_EQ), 0);
	ck_assert_uint_eq(count_ops(&c, INET_DIAG_BC_S_COND), 1);
	ck_assert_uint_eq(count_ops(&c, INET_DIAG_BC_D_COND), 1);
	release(&c);
}
END_TEST

/* "-EPERM if it asks for fwmark without CAP_NET_ADMIN": nothing else does */
START_TEST(only_marks_need_privilege)
{
	struct compiled mark = compile("sport 22 or fwmark 1");
	struct compiled rest =
		compile("sport 22 or src 1.2.3.4 or dev 1 or cgroup /1 or "
			"autobound or family ipv4 or dport >= 7");

	ck_assert_int_eq(bc_audit(mark.code, mark.len, false), -EPERM);
	ck_assert_int_eq(bc_audit(rest.code, rest.len, false), 0);
	release(&mark);
	release(&rest);
}
END_TEST

/* What does not fit into the kernel's 64 KiB is decided here */
START_TEST(leaves_out_what_is_too_long)
{
	char *text = malloc(TM_FILTER_TEXT_MAX);
	struct compiled c;
	size_t len = 0;

	/* The longest operation there is, and a jump behind each */
	for (int i = 0; i < TM_FILTER_KERNEL_MAX; i++)
		len += (size_t)sprintf(text + len, "%ssrc [::%x]:1",
				       i ? " or " : "", i);
	c = compile(text);
	ck_assert(c.exact);
	ck_assert_uint_gt(c.len, 60000);
	ck_assert_uint_le(c.len + 4, UINT16_MAX);
	release(&c);
	strcpy(text + len, " or sport 1");
	c = compile(text);
	ck_assert(!c.exact);
	ck_assert_ptr_null(c.code);
	ck_assert_uint_eq(c.len, 0);
	release(&c);
	free(text);
}
END_TEST

/* Bodies longer than the 252 bytes that a step can be */
START_TEST(jumps_over_long_bodies)
{
	char text[4096] = "dport 1 or (";
	struct tcpmem_socket sock = { .state = 1, .flags = TM_SOCK_IPV6 };
	struct compiled c;

	for (int i = 0; i < 50; i++)
		sprintf(text + strlen(text), "src != [fe80::%x] and ", i);
	strcat(text, "sport 2) or dport 3");
	c = compile(text);
	ck_assert_uint_gt(c.len, 4 * 252);
	ck_assert(!bc_run(c.code, c.len, &sock, false));
	sock.remote_port = 1;
	ck_assert(bc_run(c.code, c.len, &sock, false));
	sock.remote_port = 3;
	ck_assert(bc_run(c.code, c.len, &sock, false));
	sock.remote_port = 0;
	sock.local_port = 2;
	ck_assert(bc_run(c.code, c.len, &sock, false));
	release(&c);
}
END_TEST

/* "interfaces have other numbers in each" */
START_TEST(interfaces_are_the_namespaces)
{
	struct tm_iface iface[] = { { "eth0", 7 }, { "gone", 0 } };
	struct tcpmem_socket sock = { .state = 1, .ifindex = 7 };
	struct compiled c = compile("dev eth0");

	/* Not looked up: not the kernel's, and not known */
	ck_assert_ptr_null(c.code);
	ck_assert(!c.exact);
	ck_assert_int_eq(eval(&c, &sock, false), TM_FILTER_UNKNOWN);
	release(&c);

	netns.facts.iface = iface;
	netns.facts.iface_count = 2;
	c = compile("dev eth0");
	ck_assert(c.exact);
	ck_assert(bc_run(c.code, c.len, &sock, false));
	ck_assert_int_eq(eval(&c, &sock, false), TM_FILTER_YES);
	sock.ifindex = 0;
	ck_assert(!bc_run(c.code, c.len, &sock, false));
	ck_assert_int_eq(eval(&c, &sock, false), TM_FILTER_NO);
	release(&c);
	/* Not there at all: no socket is bound to it, not even an unbound one
	 */
	c = compile("dev gone");
	ck_assert(!bc_run(c.code, c.len, &sock, false));
	ck_assert_int_eq(eval(&c, &sock, false), TM_FILTER_NO);
	release(&c);
	c = compile("dev != gone");
	ck_assert(bc_run(c.code, c.len, &sock, false));
	ck_assert_int_eq(eval(&c, &sock, false), TM_FILTER_YES);
	release(&c);
	netns.facts.iface = NULL;
	netns.facts.iface_count = 0;
}
END_TEST

/* "0 if nothing can match" */
START_TEST(knows_when_nothing_can_match)
{
	struct compiled c = compile("state listening and state established");

	ck_assert_uint_eq(c.states, 0);
	release(&c);
	c = compile("state listening and (state established or sport 1)");
	ck_assert_uint_eq(c.states, 1u << TCPMEM_STATE_LISTENING);
	release(&c);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter-bytecode");
	TCase *tc = tcase_create("bytecode");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, kernel_and_we_agree);
	tcase_add_test(tc, equal_ports_need_no_young_opcode);
	tcase_add_test(tc, only_marks_need_privilege);
	tcase_add_test(tc, leaves_out_what_is_too_long);
	tcase_add_test(tc, jumps_over_long_bodies);
	tcase_add_test(tc, interfaces_are_the_namespaces);
	tcase_add_test(tc, knows_when_nothing_can_match);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
