// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_filter_needs.c - what a filter asks of the host, kernel and query */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"
#include "filter_names.h"
#include "unit.h"

/* Every way in which the first line may be followed */
START_TEST(explains_who_decides)
{
	static const struct {
		const char *text, *rest;
	} cases[] = {
		{ "", "states: all\nkernel: nothing but the states\n"
		      "here: nothing\n" },
		{ "state listening sport 22",
		  "states: listening\nkernel: sport = 22\nhere: nothing\n" },
		{ "not state all and sport 22",
		  "states: none: nothing can match\nkernel: sport = 22\n"
		  "here: nothing\n" },
		{ "sport 22 and (comm a or dport 1) and held > 1 and dev 0",
		  "states: all\nkernel: sport = 22 and dev = 0\n"
		  "here: (comm = a or dport = 1) and held > 1\n" },
		{ "(sport 1 comm a) or (sport 2 comm b)",
		  "states: all\nkernel: sport = 1 or sport = 2\n"
		  "here: (sport = 1 and comm = a) or (sport = 2 and "
		  "comm = b)\n" },
		{ "not (sport 1 or comm a)",
		  "states: all\nkernel: sport != 1\nhere: comm != a\n" },
		{ "state listening or sport 22",
		  "states: all\nkernel: nothing but the states\n"
		  "here: state listening or sport = 22\n" },
		{ "(state listening sport 1) or (state listening sport 2)",
		  "states: listening\nkernel: sport = 1 or sport = 2\n"
		  "here: nothing\n" },
		{ "(state listening sport 1) or (state established sport 2)",
		  "states: established,listening\n"
		  "kernel: sport = 1 or sport = 2\n"
		  "here: (state listening and sport = 1) or "
		  "(state established and sport = 2)\n" },
	};

	for (size_t i = 0; i < TM_ARRAY_SIZE(cases); i++) {
		struct tcpmem_filter *filter = parse(cases[i].text);
		char *explained;

		ck_assert_int_eq(tcpmem_filter_explain(filter, &explained), 0);
		ck_assert_str_eq(strchr(explained, '\n') + 1, cases[i].rest);
		free(explained);
		tcpmem_filter_free(filter);
	}
}
END_TEST

/* What every Linux has: the caller's own names and numbers */
START_TEST(asks_the_host_for_names)
{
	const struct servent *service;
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter;

	ck_assert_int_eq(tcpmem_filter_parse("user = root and src localhost",
					     &error, &filter),
			 0);
	ck_assert_uint_eq(filter->node[0].id, 0);
	ck_assert_uint_eq(filter->node[1].host.family, AF_INET);
	ck_assert_uint_eq(filter->node[1].host.addr[0], 127);
	tcpmem_filter_free(filter);
	ck_assert_int_eq(
		tcpmem_filter_parse("user = no.such.user", &error, &filter),
		-EINVAL);
	/* A directory, but no cgroup */
	ck_assert_int_eq(
		tcpmem_filter_parse("cgroup = /proc/self", &error, &filter),
		-EINVAL);
	ck_assert_int_eq(tcpmem_filter_parse("sport = :no-such-service", &error,
					     &filter),
			 -EINVAL);
	service = getservbyname("ssh", "tcp");
	if (service) {
		ck_assert_int_eq(
			tcpmem_filter_parse("sport = :ssh", &error, &filter),
			0);
		ck_assert_uint_eq(filter->node[0].id,
				  ntohs((uint16_t)service->s_port));
		tcpmem_filter_free(filter);
	}
	/* for files too, but a cgroup need not be one here */
	ck_assert_int_eq(
		tcpmem_filter_parse_saved("user = root and src localhost and "
					  "cgroup = /no/such/cgroup",
					  &error, &filter),
		0);
	ck_assert_uint_eq(filter->node[0].id, 0);
	ck_assert_uint_eq(filter->node[1].host.addr[0], 127);
	tcpmem_filter_free(filter);
	ck_assert_int_eq(tcpmem_filter_parse_saved("sport = :no-such-service",
						   &error, &filter),
			 -EINVAL);
	ck_assert_int_eq(tcpmem_filter_parse_saved("user = no.such.user",
						   &error, &filter),
			 -EINVAL);
}
END_TEST

/* Names of interfaces that a filter asks about, one after the other */
START_TEST(interfaces_are_told)
{
	struct tcpmem_filter *filter =
		parse("dev eth0 or dev 7 or src [fe80::1%v1] or pid 1");
	size_t at = 0;

	ck_assert_str_eq(tm_filter_next_dev(filter, &at), "eth0");
	ck_assert_str_eq(tm_filter_next_dev(filter, &at), "v1");
	ck_assert_ptr_null(tm_filter_next_dev(filter, &at));
	ck_assert_uint_eq(at, filter->count);
	tcpmem_filter_free(filter);
}
END_TEST

/* What a query has to ask for, so that it can be decided */
START_TEST(each_field_asks_for_its_own)
{
	static const struct {
		const char *text;
		uint32_t needs;
	} asks[] = {
		{ "", 0 },
		{ "sport = 80 or held > 1k", 0 },
		{ "timer = probe", 0 },
		{ "timer_retrans > 3", 0 },
		{ "rtt > 20ms", TCPMEM_NEED_INFO },
		{ "cong = bbr", TCPMEM_NEED_INFO },
		{ "pid = 1", TCPMEM_NEED_HOLDERS },
		{ "comm = web", TCPMEM_NEED_HOLDERS },
		{ "kind = orphan", TCPMEM_NEED_HOLDERS },
		{ "cmdline = web", TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA },
		{ "program = web", TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA },
		{ "container = web",
		  TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA },
		{ "pod = web", TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA },
		{ "peer_pid = 1", TCPMEM_NEED_PEERS | TCPMEM_NEED_HOLDERS },
		{ "peer_process = a", TCPMEM_NEED_PEERS | TCPMEM_NEED_HOLDERS },
		{ "peer_netns = a", TCPMEM_NEED_PEERS | TCPMEM_NEED_HOLDERS },
		{ "timer_expires > 3", TCPMEM_NEED_INFO },
		{ "netns = a or user = 1 or inode = 2", 0 },
		{ "rtt > 1 or timer = probe", TCPMEM_NEED_INFO },
		{ "ppid = 1", TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA },
		{ "cgroup = /web", 0 },
		{ "cgroup ~ /web*",
		  TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA },
		{ "not (unit = web or rtt > 3s)", TCPMEM_NEED_HOLDERS |
							  TCPMEM_NEED_METADATA |
							  TCPMEM_NEED_INFO },
	};

	for (size_t i = 0; i < TM_ARRAY_SIZE(asks); i++) {
		struct tcpmem_filter *filter = parse(asks[i].text);

		ck_assert_msg(tm_filter_needs(filter) == asks[i].needs, "%s",
			      asks[i].text);
		tcpmem_filter_free(filter);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter-needs");
	TCase *tc = tcase_create("parse");

	tcase_add_test(tc, each_field_asks_for_its_own);
	tcase_add_test(tc, interfaces_are_told);
	tcase_add_test(tc, explains_who_decides);
	tcase_add_test(tc, asks_the_host_for_names);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
