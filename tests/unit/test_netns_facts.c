// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_netns_facts.c - what a namespace says that filters ask for */
#include "netns/internal.h"
#include "proc_tree.h"
#include "unit.h"

#define RANGE "sys/net/ipv4/ip_local_port_range"

static struct tm_net_facts facts;

static void setup(void)
{
	proc_tree_make();
	memset(&facts, 0, sizeof(facts));
}

static void teardown(void)
{
	free(facts.iface);
	proc_tree_remove();
}

START_TEST(reads_the_range)
{
	tree_file(&tree, RANGE, "32768\t60999\n");
	tm_net_facts_ports(ctx, &facts);
	ck_assert_uint_eq(facts.port_low, 32768);
	ck_assert_uint_eq(facts.port_high, 60999);
}
END_TEST

/* All ports there are, and one alone */
START_TEST(reads_ranges_at_their_bounds)
{
	tree_file(&tree, RANGE, "0 65535\n");
	tm_net_facts_ports(ctx, &facts);
	ck_assert_uint_eq(facts.port_low, 0);
	ck_assert_uint_eq(facts.port_high, 65535);
	tree_file(&tree, RANGE, "\t 80  80");
	tm_net_facts_ports(ctx, &facts);
	ck_assert_uint_eq(facts.port_low, 80);
	ck_assert_uint_eq(facts.port_high, 80);
}
END_TEST

/* "That of one which is gone is its number" */
START_TEST(looks_names_up)
{
	tm_net_facts_ifindex(1, &facts);
	tm_net_facts_ifindex(2000000001, &facts);
	ck_assert_uint_eq(facts.iface_count, 2);
	ck_assert_str_eq(tm_net_facts_name(&facts, 1), "lo");
	ck_assert_str_eq(tm_net_facts_name(&facts, 2000000001), "2000000001");
	ck_assert_ptr_null(tm_net_facts_name(&facts, 2));
}
END_TEST

/* "Where that cannot be read it stays unknown" */
START_TEST(ranges_that_are_none)
{
	static const char *const texts[] = {
		"",	"\n",	      "32768\n",       "32768 65536\n",
		"-1 5", "60000 1000", "99999999999 1", "a b",
	};

	tm_net_facts_ports(ctx, &facts); /* no file */
	ck_assert_uint_eq(facts.port_high, 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		tree_file(&tree, RANGE, texts[i]);
		tm_net_facts_ports(ctx, &facts);
		ck_assert_uint_eq(facts.port_low, 0);
		ck_assert_uint_eq(facts.port_high, 0);
	}
}
END_TEST

/* "with @index 0 if there is no such interface; -ENODATA if it was not looked
 * up" */
START_TEST(looks_interfaces_up)
{
	uint32_t index = 99;

	ck_assert_int_eq(tm_net_facts_find(&facts, "lo", &index), -ENODATA);
	tm_net_facts_iface("lo", &facts);
	tm_net_facts_iface("no-such-iface", &facts);
	tm_net_facts_iface("lo", &facts);
	ck_assert_uint_eq(facts.iface_count, 2);
	/* the first interface of every namespace */
	ck_assert_int_eq(tm_net_facts_find(&facts, "lo", &index), 0);
	ck_assert_uint_eq(index, 1);
	ck_assert_int_eq(tm_net_facts_find(&facts, "no-such-iface", &index), 0);
	ck_assert_uint_eq(index, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net-facts");
	TCase *tc = tcase_create("net-facts");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, reads_the_range);
	tcase_add_test(tc, reads_ranges_at_their_bounds);
	tcase_add_test(tc, looks_names_up);
	tcase_add_test(tc, ranges_that_are_none);
	tcase_add_test(tc, looks_interfaces_up);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
