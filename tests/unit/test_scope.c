// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_scope.c - what a query asks for, and what of a look is none of it */
#include "collect/sources.h"
#include "filter/filter.h"
#include "model/snapshot.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

static struct tcpmem_ctx *ctx;
static struct tcpmem_query *query;
static struct tcpmem_filter *filter;
static struct tcpmem_snapshot snap;
static struct tm_plan plan;

static void setup(void)
{
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tcpmem_query_new(&query), 0);
	ck_assert_int_eq(tcpmem_query_require(query, 0), 0);
	memset(&snap, 0, sizeof(snap));
}

static void teardown(void)
{
	for (size_t i = 0; i < snap.netns_count; i++)
		tm_netns_deinit(&snap.netns[i]);
	free(snap.netns);
	tm_socket_set_deinit(&snap.sockets);
	tm_warnings_clear(&snap.warnings);
	tcpmem_filter_free(filter);
	filter = NULL;
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
}

static void set_filter(const char *text)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };

	tcpmem_filter_free(filter);
	ck_assert_int_eq(tcpmem_filter_parse(text, &error, &filter), 0);
	ck_assert_int_eq(tcpmem_query_set_filter(query, filter), 0);
}

static void make(uint32_t states, enum tm_sink_kind sink)
{
	ck_assert_int_eq(tcpmem_query_set_states(query, states), 0);
	ck_assert_int_eq(tm_plan_make(ctx, query, sink, &plan), 0);
}

#define CLOSED	    (1u << TCPMEM_STATE_CLOSED)
#define BOUND	    (1u << TCPMEM_STATE_BOUND_INACTIVE)
#define LISTENING   (1u << TCPMEM_STATE_LISTENING)
#define ESTABLISHED (1u << TCPMEM_STATE_ESTABLISHED)

/* "sockets that no dump shows are asked for, by their state": not by "all" */
START_TEST(some_states_are_in_no_dump)
{
	static const struct {
		uint32_t states;
		bool unhashed, bound, wanted;
	} some[] = {
		{ TCPMEM_STATES_ALL, false, false, true },
		{ CLOSED, true, false, true },
		{ BOUND, false, true, true },
		{ CLOSED | BOUND | LISTENING, true, true, true },
		{ CLOSED | ESTABLISHED, false, false, true },
		{ BOUND | ESTABLISHED, false, false, true },
		{ LISTENING, false, false, false },
	};

	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++)
		for (int sink = TM_SINK_KEEP; sink <= TM_SINK_CAPTURE; sink++) {
			make(some[i].states, (enum tm_sink_kind)sink);
			ck_assert_uint_eq(plan.unhashed, some[i].unhashed);
			ck_assert_uint_eq(plan.bound, some[i].bound);
			ck_assert_int_eq(tm_plan_wants_unhashed(&plan),
					 some[i].wanted);
			ck_assert_uint_eq(plan.states, some[i].states);
			ck_assert_uint_eq(plan.selected, some[i].states);
			ck_assert(plan.mptcp);
			ck_assert_ptr_eq(plan.kernel, &tm_kernel_live);
			ck_assert_uint_eq(plan.sink, sink);
		}
}
END_TEST

/* "the filter lets the kernel leave sockets out", unless all must be known */
START_TEST(a_filter_is_the_kernels_or_not)
{
	set_filter("sport = 80");
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert(plan.prefiltered);
	ck_assert_ptr_nonnull(plan.filter);
	ck_assert_uint_eq(plan.needs, 0);
	ck_assert(!plan.unhashed);
	ck_assert(!tm_plan_wants_unhashed(&plan));
	make(BOUND, TM_SINK_KEEP);
	ck_assert(plan.bound);
	ck_assert(!plan.prefiltered);
	set_filter("kind = dark");
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert(plan.unhashed);
	ck_assert(!plan.prefiltered);
	set_filter("kind != dark");
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert(!plan.unhashed);
	set_filter("kind = orphan and sport = 80");
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert(!plan.unhashed);
	ck_assert(plan.prefiltered);
}
END_TEST

/* "Of a connection, one end may match and the other not" */
START_TEST(who_asks_for_peers_dumps_all)
{
	static const uint32_t needs[] = { TCPMEM_NEED_PEERS, TCPMEM_NEED_PAST };

	set_filter("sport = 80");
	ck_assert_int_eq(tcpmem_query_require(query, needs[_i]), 0);
	make(LISTENING | ESTABLISHED, TM_SINK_KEEP);
	ck_assert(!plan.prefiltered);
	ck_assert_uint_eq(plan.states, TCPMEM_STATES_ALL);
	ck_assert_uint_eq(plan.selected, LISTENING | ESTABLISHED);
	ck_assert_uint_eq(plan.needs, needs[_i] | TCPMEM_NEED_HOLDERS);
}
END_TEST

START_TEST(plans_of_the_same_namespaces)
{
	struct tm_plan of;

	set_filter("sport = 80");
	ck_assert_int_eq(tcpmem_query_require(query, TCPMEM_NEED_INFO), 0);
	make(ESTABLISHED, TM_SINK_KEEP);
	of = tm_plan_of_states(&plan, CLOSED);
	ck_assert_uint_eq(of.states, CLOSED);
	ck_assert_uint_eq(of.needs, 0);
	ck_assert_ptr_null(of.filter);
	ck_assert(!of.prefiltered);
	ck_assert(of.mptcp);
	ck_assert_ptr_eq(of.query, query);
	of = tm_plan_listeners(&plan);
	ck_assert_uint_eq(of.states, LISTENING);
	ck_assert(!of.mptcp);
	ck_assert_ptr_null(of.filter);
	ck_assert_uint_eq(plan.states, ESTABLISHED);
}
END_TEST

/* "whether sockets are left out" and "whether a filter, states or namespaces
 * are asked for"
 */
START_TEST(what_narrows_and_what_selects)
{
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert(!tm_plan_narrows(&plan));
	ck_assert(!tm_plan_selects(&plan));
	make(LISTENING, TM_SINK_KEEP);
	ck_assert(tm_plan_narrows(&plan));
	ck_assert(tm_plan_selects(&plan));
	set_filter("rtt > 1ms");
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert(!tm_plan_narrows(&plan));
	ck_assert(tm_plan_selects(&plan));
	set_filter("sport = 80");
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert(tm_plan_narrows(&plan));
	plan.filter = NULL;
	plan.prefiltered = false;
	plan.selected = 0; /* of an answer that has no sockets */
	ck_assert(!tm_plan_selects(&plan));
	ck_assert_int_eq(tcpmem_query_add_netns(query, "blue"), 0);
	ck_assert(tm_plan_narrows(&plan));
	ck_assert(tm_plan_selects(&plan));
}
END_TEST

static void add_netns(uint64_t inode, const char *name, bool own)
{
	snap.netns = reallocarray(snap.netns, snap.netns_count + 1,
				  sizeof(*snap.netns));
	ck_assert_ptr_nonnull(snap.netns);
	snap.netns[snap.netns_count++] = (struct tm_netns){
		.inode = inode,
		.name = strdup(name),
		.own = own,
	};
}

/* "'self', a name or an inode stands for it" */
START_TEST(what_a_namespace_is_called)
{
	static const struct {
		const char *spec;
		bool own, blue, unit;
	} some[] = {
		{ "self", true, false, false },
		{ "1", true, false, false },
		{ "22", false, true, false },
		{ "2", false, false, false },
		{ "222", false, false, false },
		{ "blue", false, true, false },
		{ "blu", false, false, false },
		{ "bluer", false, false, false },
		{ "web.service", false, false, true },
		{ "web.service:3", false, false, true },
		{ "web.service:", false, false, false },
		{ "web", false, false, false },
		{ "3", false, false, true },
	};

	add_netns(1, "host", true);
	add_netns(22, "blue", false);
	add_netns(3, "web.service:3", false);
	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		const char *spec = some[i].spec;

		ck_assert_int_eq(tm_scope_is_called(&snap.netns[0], spec),
				 some[i].own);
		ck_assert_int_eq(tm_scope_is_called(&snap.netns[1], spec),
				 some[i].blue);
		ck_assert_int_eq(tm_scope_is_called(&snap.netns[2], spec),
				 some[i].unit);
	}
	ck_assert(tm_scope_has(query, &snap.netns[0]));
	ck_assert_int_eq(tcpmem_query_add_netns(query, "blue"), 0);
	ck_assert_int_eq(tcpmem_query_add_netns(query, "3"), 0);
	ck_assert(!tm_scope_has(query, &snap.netns[0]));
	ck_assert(tm_scope_has(query, &snap.netns[1]));
	ck_assert(tm_scope_has(query, &snap.netns[2]));
}
END_TEST

static void add_socket(uint16_t netns, enum tcpmem_state state)
{
	const struct tcpmem_socket sock = {
		.cookie = netns + 1u,
		.netns = netns,
		.state = (uint8_t)state,
		.local_port = 80,
	};

	ck_assert_int_eq(tm_socket_set_add(&snap.sockets, &sock, NULL), 0);
}

/* "leaves out the namespaces that were not asked for": the others move up */
START_TEST(namespaces_that_nobody_asked_for)
{
	const struct tcpmem_socket listener = {
		.inode = 7,
		.netns = 4,
		.state = TCPMEM_STATE_LISTENING,
	};
	struct tm_listeners *listeners;

	ck_assert_int_eq(tm_listeners_new(&listeners), 0);
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	for (uint64_t i = 0; i < 5; i++)
		add_netns(10 + i, i == 1 ? "blue" : "other", i == 3);
	add_socket(1, TCPMEM_STATE_ESTABLISHED);
	add_socket(3, TCPMEM_STATE_ESTABLISHED);
	add_socket(4, TCPMEM_STATE_ESTABLISHED);
	ck_assert_int_eq(tm_listeners_add(listeners, &listener), 0);
	ck_assert_int_eq(tm_listeners_finish(listeners, NULL), 0);
	ck_assert_int_eq(tm_scope_apply(&plan, &snap, listeners), 0);
	ck_assert_uint_eq(snap.netns_count, 5);
	ck_assert_uint_eq(snap.warnings.count, 0);
	ck_assert_int_eq(tcpmem_query_add_netns(query, "self"), 0);
	ck_assert_int_eq(tcpmem_query_add_netns(query, "14"), 0);
	ck_assert_int_eq(tcpmem_query_add_netns(query, "blue"), 0);
	for (int time = 0; time < 2; time++) { /* and then they stay */
		ck_assert_int_eq(tm_scope_apply(&plan, &snap, listeners), 0);
		ck_assert_uint_eq(snap.netns_count, 3);
		ck_assert_uint_eq(snap.netns[0].inode, 11);
		ck_assert_uint_eq(snap.netns[1].inode, 13);
		ck_assert_uint_eq(snap.netns[2].inode, 14);
		for (uint16_t i = 0; i < 3; i++)
			ck_assert_uint_eq(snap.sockets.sock[i].netns, i);
		ck_assert_uint_eq(snap.warnings.count, 1);
		ck_assert_int_eq(snap.warnings.warning[0].code,
				 TCPMEM_WARNING_NETNS_SCOPE);
		if (time == 0)
			ck_assert_uint_eq(tm_listeners_get(listeners, 0)->netns,
					  2);
	}
	ck_assert_int_eq(tcpmem_query_add_netns(query, "15"), 0);
	ck_assert_int_eq(tm_scope_apply(&plan, &snap, listeners), -ENOENT);
	ck_assert_uint_eq(snap.netns_count, 3);
	tm_listeners_free(listeners);
}
END_TEST

static void add_iface(size_t netns, const char *name, uint32_t index)
{
	struct tm_net_facts *facts = &snap.netns[netns].facts;
	struct tm_iface *iface;

	facts->iface = reallocarray(facts->iface, facts->iface_count + 1,
				    sizeof(*iface));
	iface = &facts->iface[facts->iface_count++];
	*iface = (struct tm_iface){ .index = index };
	strcpy(iface->name, name);
}

/* "-ENODEV": an interface that no namespace has; one that was not looked at
 * may have it
 */
START_TEST(an_interface_that_is_nowhere)
{
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert_int_eq(tm_select_explain(&plan, 3, &snap), 0);
	ck_assert_uint_eq(snap.warnings.count, 0);
	set_filter("dev = eth7");
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert_int_eq(tm_select_explain(&plan, 0, &snap), 0);
	add_netns(1, "self", true);
	add_netns(2, "blue", false);
	ck_assert_int_eq(tm_select_explain(&plan, 0, &snap), 0);
	add_iface(0, "eth7", 0);
	ck_assert_int_eq(tm_select_explain(&plan, 0, &snap), 0);
	add_iface(1, "eth7", 0);
	ck_assert_int_eq(tm_select_explain(&plan, 0, &snap), -ENODEV);
	snap.netns[1].facts.iface[0].index = 1;
	ck_assert_int_eq(tm_select_explain(&plan, 0, &snap), 0);
	ck_assert_uint_eq(snap.warnings.count, 0);
	ck_assert_int_eq(tm_select_explain(&plan, 2, &snap), 0);
	ck_assert_uint_eq(snap.warnings.count, 1);
	ck_assert_int_eq(snap.warnings.warning[0].code,
			 TCPMEM_WARNING_FILTER_UNDECIDED);
	ck_assert_int_eq(strncmp(snap.warnings.warning[0].text, "2 ", 2), 0);
}
END_TEST

/* "removes the sockets that do not match", and those of other states */
START_TEST(sockets_that_nobody_asked_for)
{
	size_t undecided = 0;

	add_netns(1, "self", true);
	for (int time = 0; time < 2; time++)
		add_socket(0, time ? TCPMEM_STATE_LISTENING
				   : TCPMEM_STATE_ESTABLISHED);
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert_int_eq(tm_select(&plan, &snap, &undecided), 0);
	ck_assert_uint_eq(snap.sockets.count, 2);
	set_filter("sport = 80 and rtt > 1ms"); /* which nobody knows */
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert(!tm_select_one(&plan, &snap, &snap.sockets.sock[0],
				 &undecided));
	ck_assert_uint_eq(undecided, 1);
	plan.filter = NULL;
	plan.selected = LISTENING; /* of all that were dumped */
	ck_assert_int_eq(tm_select(&plan, &snap, &undecided), 0);
	ck_assert_uint_eq(snap.sockets.count, 1);
	ck_assert_uint_eq(snap.sockets.sock[0].state, TCPMEM_STATE_LISTENING);
	set_filter("sport = 81");
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert_int_eq(tm_select(&plan, &snap, &undecided), 0);
	ck_assert_uint_eq(snap.sockets.count, 0);
	ck_assert_uint_eq(undecided, 1);
}
END_TEST

/* "false if @sock cannot match, whatever is still found" */
START_TEST(what_may_still_match)
{
	const struct tm_net_facts facts = { .known = true };
	const struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_ESTABLISHED,
		.local_port = 80,
	};

	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert(tm_select_may(&plan, &facts, &sock));
	set_filter("sport = 81");
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert(!tm_select_may(&plan, &facts, &sock));
	plan.prefiltered = false; /* who needs all has all */
	ck_assert(tm_select_may(&plan, &facts, &sock));
	set_filter("sport = 80 and rtt > 1ms");
	make(TCPMEM_STATES_ALL, TM_SINK_KEEP);
	ck_assert(plan.prefiltered);
	ck_assert(tm_select_may(&plan, &facts, &sock));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scope");
	TCase *tc = tcase_create("scope");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, some_states_are_in_no_dump);
	tcase_add_test(tc, a_filter_is_the_kernels_or_not);
	tcase_add_loop_test(tc, who_asks_for_peers_dumps_all, 0, 2);
	tcase_add_test(tc, plans_of_the_same_namespaces);
	tcase_add_test(tc, what_narrows_and_what_selects);
	tcase_add_test(tc, what_a_namespace_is_called);
	tcase_add_test(tc, namespaces_that_nobody_asked_for);
	tcase_add_test(tc, an_interface_that_is_nowhere);
	tcase_add_test(tc, sockets_that_nobody_asked_for);
	tcase_add_test(tc, what_may_still_match);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
