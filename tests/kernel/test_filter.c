// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_filter.c - the kernel takes the bytecode and selects what we select
 *
 * Below the public header: raw dumps, with a program and without.
 */
#include "bc.h"
#include "expr.h"
#include "filter/filter.h"
#include "many_sockets.h"
#include "need.h"
#include "netlink/internal.h"
#include "netns/internal.h"
#include "patience.h"
#include "suite.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPRESSIONS 10000
#define BATCH	    250

/* What one dump showed, in the order of the kernel's walk. */
struct seen {
	struct tcpmem_socket sock[2048];
	size_t count;
	bool unfiltered;
};

static struct tcpmem_ctx *ctx;
static struct tm_netns netns = { .name = (char *)"self" };
static const struct tcpmem_snapshot snapshot = {
	.netns = &netns,
	.netns_count = 1,
};
static struct many_sockets many_sockets;

static void set_up(void)
{
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	tm_net_facts_ports(ctx, &netns.facts);
	ck_assert_uint_gt(netns.facts.port_high, 0);
	many_sockets_gather(&many_sockets);
	many_sockets_listen("127.0.0.1", 0);
}

static void tear_down(void)
{
	many_sockets_disperse(&many_sockets);
	tcpmem_ctx_free(ctx);
}

static int on_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		     void *user)
{
	struct seen *seen = user;

	(void)info;
	if (seen->count == sizeof(seen->sock) / sizeof(seen->sock[0]))
		return -E2BIG;
	seen->sock[seen->count++] = *sock;
	return 0;
}

static int on_restart(void *user)
{
	struct seen *seen = user;

	seen->count = 0;
	return 0;
}

static void on_unfiltered(void *user)
{
	struct seen *seen = user;

	seen->unfiltered = true;
}

static void dump(uint32_t states, const void *code, size_t len,
		 struct seen *seen)
{
	const struct tm_diag_source source = { .open = tm_diag_open };
	const struct tm_diag_request request = {
		.states = states,
		.code = code,
		.code_len = len,
	};
	const struct tm_diag_sink sink = {
		.socket = on_socket,
		.restart = on_restart,
		.unfiltered = on_unfiltered,
		.user = seen,
	};
	struct tm_warnings warnings = { 0 };
	bool refused;

	seen->count = 0;
	seen->unfiltered = false;
	ck_assert_int_eq(tm_diag_dump(ctx, &source, &request, &sink, &warnings,
				      &refused),
			 0);
	ck_assert_uint_eq(warnings.count, 0);
}

/* What a filter can ask of a socket; counters and queues may move. */
static bool same_socket(const struct tcpmem_socket *a,
			const struct tcpmem_socket *b)
{
	return a->cookie == b->cookie && a->state == b->state &&
	       a->flags == b->flags && a->local_port == b->local_port &&
	       a->remote_port == b->remote_port &&
	       memcmp(a->local, b->local, sizeof(a->local)) == 0 &&
	       memcmp(a->remote, b->remote, sizeof(a->remote)) == 0;
}

static bool same_dump(const struct seen *a, const struct seen *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!same_socket(&a->sock[i], &b->sock[i]))
			return false;
	return true;
}

static bool has(const struct seen *seen, const struct tcpmem_socket *sock)
{
	for (size_t i = 0; i < seen->count; i++)
		if (same_socket(&seen->sock[i], sock))
			return true;
	return false;
}

/* A listener of the many_sockets named its port to bind(), unless it is from
 * the kernel's own; so did what is bound and inactive. Nothing else did. */
static bool is_bound(const struct tcpmem_socket *sock)
{
	return (sock->state == TCPMEM_STATE_LISTENING ||
		sock->state == TCPMEM_STATE_BOUND_INACTIVE) &&
	       (sock->local_port < netns.facts.port_low ||
		sock->local_port > netns.facts.port_high);
}

struct compiled {
	char *text;
	struct tcpmem_filter *filter;
	uint32_t states;
	void *code;
	size_t len;
	bool exact;
};

static struct compiled compile(char *text)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct compiled c = { .text = text };
	int ret = tm_filter_parse(text, &expr_names, &error, &c.filter);

	ck_assert_msg(ret == 0, "\"%s\": at %zu \"%s\", expected %s", text,
		      error.offset, error.found, error.expected);
	ck_assert_int_eq(tm_filter_bytecode(c.filter, &netns.facts, &c.states,
					    &c.code, &c.len, &c.exact),
			 0);
	return c;
}

static void release(struct compiled *c)
{
	tcpmem_filter_free(c->filter);
	free(c->code);
	free(c->text);
}

static bool selects(const struct compiled *c, const struct tcpmem_socket *sock,
		    bool asked)
{
	struct tcpmem_socket s = *sock;
	const struct tm_filter_facts facts = {
		.snapshot = &snapshot,
		.netns = &netns,
		.accounted = true,
		.attributed = true,
	};

	s.asked = asked;
	return tm_filter_eval(c->filter, &facts, &s) == TM_FILTER_YES;
}

static const char *complain(const struct compiled *c,
			    const struct tcpmem_socket *sock, const char *what)
{
	static char text[8192];

	snprintf(text, sizeof(text), "\"%s\": %s, of %s, port %u to %u",
		 c->text, what,
		 tcpmem_state_describe((enum tcpmem_state)sock->state)->name,
		 sock->local_port, sock->remote_port);
	return text;
}

/* NULL, or what is wrong: that must not be if all sockets were at rest. */
static const char *compare(const struct compiled *c, const struct expr *expr,
			   const struct seen *all, const struct seen *kernel)
{
	if (kernel->unfiltered)
		return complain(c, &all->sock[0], "the kernel refuses it");
	for (size_t i = 0; i < all->count; i++) {
		const struct tcpmem_socket *sock = &all->sock[i];
		bool came = has(kernel, sock);
		bool machine = c->states & 1u << sock->state &&
			       (!c->code ||
				bc_run(c->code, c->len, sock, is_bound(sock)));
		bool alone = selects(c, sock, false);

		if (came != machine)
			return complain(c, sock, "not the kernel's machine");
		if ((came && selects(c, sock, c->exact)) != alone)
			return complain(c, sock, "differs without bytecode");
		if (!expr_is_known(expr, sock))
			continue;
		if (alone != expr_is_true(expr, sock))
			return complain(c, sock, "evaluated wrongly");
		if (c->exact && came != alone)
			return complain(c, sock, "not exact");
	}
	return NULL;
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

/* NULL, or the first thing that is wrong in a batch. */
static const char *check_batch(struct expr_rng *rng, const struct seen *all)
{
	static const unsigned int what[] = {
		EXPR_KERNEL | EXPR_MARK,
		EXPR_KERNEL | EXPR_STATE,
		EXPR_KERNEL | EXPR_STATE | EXPR_HERE | EXPR_MARK,
		EXPR_KERNEL | EXPR_STATE | EXPR_AUTOBOUND,
	};
	const char *wrong = NULL;

	for (size_t i = 0; i < BATCH && !wrong; i++) {
		static struct seen kernel;
		struct expr *expr =
			expr_new(rng, all->sock, all->count, what[i % 4]);
		struct compiled c = compile(words(expr, rng));

		dump(c.states, c.code, c.len, &kernel);
		wrong = compare(&c, expr, all, &kernel);
		release(&c);
		expr_free(expr);
	}
	return wrong;
}

/*
 * 10,000 random expressions: what comes through the kernel with the program,
 * and what is then selected, is what is selected without
 */
START_TEST(kernel_and_we_agree)
{
	static struct seen before, after;
	struct expr_rng rng = { .state = 1 };
	struct fx_deadline deadline = fx_deadline_start();

	for (size_t done = 0; done < EXPRESSIONS;) {
		struct expr_rng start = rng;
		const char *wrong;

		dump(TCPMEM_STATES_ALL, NULL, 0, &before);
		ck_assert_uint_gt(before.count, 100);
		wrong = check_batch(&rng, &before);
		dump(TCPMEM_STATES_ALL, NULL, 0, &after);
		if (same_dump(&before, &after)) {
			ck_assert_msg(!wrong, "%s", wrong);
			done += BATCH;
			deadline = fx_deadline_start();
			continue;
		}
		ck_assert_msg(fx_deadline_wait(&deadline),
			      "the sockets do not come to rest");
		rng = start;
	}
}
END_TEST

static size_t count_filtered(const char *text, struct seen *seen)
{
	struct compiled c = compile(strdup(text));

	dump(c.states, c.code, c.len, seen);
	release(&c);
	return seen->count;
}

/* KERNEL: "-EPERM if it asks for fwmark without CAP_NET_ADMIN" */
START_TEST(marks_without_privilege)
{
	static struct seen seen;
	size_t all;

	/* a listener, and what it accepted */
	ck_assert_uint_eq(count_filtered("fwmark = 0x11", &seen), 2);
	ck_assert(!seen.unfiltered);
	all = count_filtered("", &seen);
	/* A user namespace without the right to this network namespace */
	ck_assert_int_eq(unshare(CLONE_NEWUSER), 0);
	ck_assert_uint_eq(count_filtered("fwmark = 0x11", &seen), all);
	ck_assert(seen.unfiltered);
	/* and now nobody says what is marked */
	for (size_t i = 0; i < seen.count; i++)
		ck_assert(!(seen.sock[i].flags & TM_SOCK_HAS_MARK));
}
END_TEST

/* As long as an attribute can be, and longer */
START_TEST(long_programs)
{
	static struct seen seen;
	char *text = malloc(TM_FILTER_TEXT_MAX);
	size_t len = 0, most;

	for (int i = 0; i < TM_FILTER_KERNEL_MAX - 1; i++)
		len += (size_t)sprintf(text + len, "src [::%x]:1 or ", i + 2);
	strcpy(text + len, "sport = 22");
	most = count_filtered(text, &seen);
	ck_assert(!seen.unfiltered);
	ck_assert_uint_eq(most, count_filtered("sport = 22", &seen));
	ck_assert_uint_gt(most, 0);
	strcpy(text + len, "sport = 23 or sport = 22");
	ck_assert_uint_eq(count_filtered(text, &seen),
			  count_filtered("", &seen));
	free(text);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("filter");
	TCase *tcase = fx_suite_case(suite, "filter");

	tcase_set_timeout(tcase, 600);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, kernel_and_we_agree);
	tcase_add_test(tcase, marks_without_privilege);
	tcase_add_test(tcase, long_programs);
	return suite;
}

int main(void)
{
	fx_need_flavour(FX_IPV6);
	fx_skip_flavours();
	return fx_suite_run(make_suite);
}
