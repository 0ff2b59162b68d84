// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_filter_parse.c - every spelling is understood, as it is meant */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "filter_names.h"
#include "unit.h"

/* What was understood, in its first line. */
static char *understood(const char *text)
{
	struct tcpmem_filter *filter = parse(text);
	char *explained, *line;

	ck_assert_int_eq(tcpmem_filter_explain(filter, &explained), 0);
	tcpmem_filter_free(filter);
	ck_assert_int_eq(strncmp(explained, "filter: ", 8), 0);
	line = strndup(explained + 8, strcspn(explained + 8, "\n"));
	free(explained);
	return line;
}

static void same(const char *text, const char *meaning)
{
	char *line = understood(text);
	char *again;

	ck_assert_msg(strcmp(line, meaning) == 0,
		      "\"%s\" is \"%s\", not \"%s\"", text, line, meaning);
	/* "What is written can be parsed and means the same" */
	again = understood(line);
	ck_assert_str_eq(again, line);
	free(line);
	free(again);
}

static const struct {
	const char *text;
	const char *meaning;
} spellings[] = {
	/* nothing */
	{ "", "" },
	{ "  \t\n", "" },
	/* ports, and every spelling of every operator */
	{ "sport = :22", "sport = 22" },
	{ "sport = 22", "sport = 22" },
	{ "sport :22", "sport = 22" },
	{ "sport 22", "sport = 22" },
	{ "sport=22", "sport = 22" },
	{ "sport == 22", "sport = 22" },
	{ "sport eq 22", "sport = 22" },
	{ "sport != 22", "sport != 22" },
	{ "sport ne 22", "sport != 22" },
	{ "sport neq 22", "sport != 22" },
	{ "sport!=22", "sport != 22" },
	{ "dport >= 22", "dport >= 22" },
	{ "dport ge 22", "dport >= 22" },
	{ "dport geq 22", "dport >= 22" },
	{ "dport > 22", "dport > 22" },
	{ "dport gt 22", "dport > 22" },
	{ "dport <= 22", "dport <= 22" },
	{ "dport le 22", "dport <= 22" },
	{ "dport leq 22", "dport <= 22" },
	{ "dport < 22", "dport < 22" },
	{ "dport lt 22", "dport < 22" },
	{ "sport \\>= 22", "sport >= 22" },
	{ "sport = \\:22", "sport = 22" },
	{ "sport = :ssh", "sport = 22" },
	{ "sport >= ssh", "sport >= 22" },
	{ "sport = 0x16", "sport = 22" },
	{ "sport = 026", "sport = 22" },
	{ "sport = 0", "sport = 0" },
	{ "sport = 65535", "sport = 65535" },
	{ "sport = *", "src = *" },
	{ "dport = :*", "dst = *" },
	{ "sport != :", "src != *" },
	/* words between, and their rank, which is the same */
	{ "sport 1 and sport 2", "sport = 1 and sport = 2" },
	{ "sport 1 & sport 2", "sport = 1 and sport = 2" },
	{ "sport 1 && sport 2", "sport = 1 and sport = 2" },
	{ "sport 1 sport 2", "sport = 1 and sport = 2" },
	{ "sport 1 or sport 2", "sport = 1 or sport = 2" },
	{ "sport 1 | sport 2", "sport = 1 or sport = 2" },
	{ "sport 1 || sport 2", "sport = 1 or sport = 2" },
	{ "sport 1 or sport 2 and sport 3",
	  "(sport = 1 or sport = 2) and sport = 3" },
	{ "sport 1 and sport 2 or sport 3",
	  "(sport = 1 and sport = 2) or sport = 3" },
	{ "sport 1 or sport 2 sport 3",
	  "(sport = 1 or sport = 2) and sport = 3" },
	{ "sport 1 or ( sport 2 and sport 3 )",
	  "sport = 1 or (sport = 2 and sport = 3)" },
	{ "sport 1 and (sport 2 and sport 3)",
	  "sport = 1 and sport = 2 and sport = 3" },
	{ "not sport 1", "sport != 1" },
	{ "! sport 1", "sport != 1" },
	{ "!sport 1", "sport != 1" },
	{ "not ! sport 1", "sport = 1" },
	{ "not not not sport 1", "sport != 1" },
	{ "not sport 1 and sport 2", "sport != 1 and sport = 2" },
	{ "!(sport 1 or sport > 2)", "sport != 1 and sport <= 2" },
	{ "not ( sport 1 and not dport < 2 )", "sport != 1 or dport < 2" },
	{ "((((sport 1))))", "sport = 1" },
	{ "\\( sport 1 \\) \\& dport 2", "sport = 1 and dport = 2" },
	/* hosts */
	{ "src 127.0.0.1", "src = 127.0.0.1" },
	{ "src = 127.0.0.1", "src = 127.0.0.1" },
	{ "src == 127.0.0.1", "src = 127.0.0.1" },
	{ "src != 127.0.0.1", "src != 127.0.0.1" },
	{ "dst 10.0.0.0/8", "dst = 10.0.0.0/8" },
	{ "dst 193.233.7/24", "dst = 193.233.7.0/24" },
	{ "dst 127", "dst = 127.0.0.0" },
	{ "dst 0x7f.0.0.010", "dst = 127.0.0.8" },
	{ "dst 10.0.0.0/255.0.0.0", "dst = 10.0.0.0/8" },
	{ "dst 10.0.0.0/0x8:80", "dst = 10.0.0.0/8:80" },
	{ "dst 10.0.0.0/255.0", "dst = 10.0.0.0/8" },
	{ "dst 10.0.0.1/255.255.255.255", "dst = 10.0.0.1" },
	{ "dst 10.0.0.0/255.255.255.128", "dst = 10.0.0.0/25" },
	{ "dst 10.0.0.1/32", "dst = 10.0.0.1" },
	{ "dst [::1/128]", "dst = [::1]" },
	{ "dst fe80::/255.192.0.0", "dst = [fe80::/10]" },
	{ "dst 255.255.255.255", "dst = 255.255.255.255" },
	{ "dst 0.0.0.0/0", "dst = 0.0.0.0/0" },
	{ "dst 0/0.0.0.0", "dst = 0.0.0.0/0" },
	{ "dst 127.0.0.1:80", "dst = 127.0.0.1:80" },
	{ "dst 127.0.0.1:ssh", "dst = 127.0.0.1:22" },
	{ "dst 127.0.0.1:*", "dst = 127.0.0.1" },
	{ "dst 127.0.0.1:", "dst = 127.0.0.1" },
	{ "dst [127.0.0.1]:80", "dst = 127.0.0.1:80" },
	{ "dst :80", "dst = *:80" },
	{ "dst *:80", "dst = *:80" },
	{ "dst *80", "dst = *:80" },
	{ "dst *", "dst = *" },
	{ "dst [::1]", "dst = [::1]" },
	{ "dst [fe80::1%v1]", "dst = [fe80::1] and dev = v1" },
	{ "dst [fe80::1%v1]:80", "dst = [fe80::1]:80 and dev = v1" },
	{ "dst [fe80::1%4294967295]", "dst = [fe80::1] and dev = 4294967295" },
	{ "dst [fe80::1%7x]", "dst = [fe80::1] and dev = 7x" },
	{ "dst inet6:[fe80::1%v1] or dst [fe80::2%v2]",
	  "((family = ipv6 and dst = [fe80::1] and dev = v1) or "
	  "(dst = [fe80::2] and dev = v2)) and family = ipv6" },
	{ "dst != [fe80::1%7]", "dst != [fe80::1] or dev != 7" },
	{ "dst [::1]:80", "dst = [::1]:80" },
	{ "dst [fe80::/10]:80", "dst = [fe80::/10]:80" },
	{ "dst fe80::/10", "dst = [fe80::/10]" },
	{ "dst fe80::/10:80", "dst = [fe80::/10]:80" },
	{ "dst ::/0", "dst = [::/0]" },
	{ "dst [::ffff:1.2.3.4]", "dst = [::ffff:1.2.3.4]" },
	{ "dst default", "dst = *" },
	{ "dst any:80", "dst = *:80" },
	{ "dst all", "dst = *" },
	{ "dst db-1.example:80", "dst = 10.0.0.1:80 or dst = [fd00::1]:80" },
	{ "dst != db-1.example", "dst != 10.0.0.1 and dst != [fd00::1]" },
	/* a family before one operand is one for all of the filter */
	{ "src inet:127.0.0.1", "family = ipv4 and src = 127.0.0.1" },
	{ "src inet6:*", "family = ipv6 and src = *" },
	{ "src inet6:[::1]:80", "family = ipv6 and src = [::1]:80" },
	{ "src inet:db-1.example", "family = ipv4 and src = 10.0.0.1" },
	{ "sport = inet:22", "family = ipv4 and sport = 22" },
	{ "sport = inet6::22", "family = ipv6 and sport = 22" },
	{ "sport >= inet6:22", "family = ipv6 and sport >= 22" },
	{ "sport != inet:22",
	  "(family != ipv4 or sport != 22) and family = ipv4" },
	{ "sport 1 or src inet:*",
	  "(sport = 1 or (family = ipv4 and src = *)) and family = ipv4" },
	{ "src inet:* or src inet6:*",
	  "(family = ipv4 and src = *) or (family = ipv6 and src = *)" },
	/* states: each, the groups, and what ss takes or prints for them */
	{ "state established", "state established" },
	{ "state syn-sent", "state syn-sent" },
	{ "state syn-recv", "state syn-recv" },
	{ "state fin-wait-1", "state fin-wait-1" },
	{ "state fin-wait-2", "state fin-wait-2" },
	{ "state time-wait", "state time-wait" },
	{ "state closed", "state closed" },
	{ "state close-wait", "state close-wait" },
	{ "state last-ack", "state last-ack" },
	{ "state listening", "state listening" },
	{ "state closing", "state closing" },
	{ "state bound-inactive", "state bound-inactive" },
	{ "state close", "state closed" },
	{ "state unconnected", "state closed" },
	{ "state syn-rcv", "state syn-recv" },
	{ "state ESTAB", "state established" },
	{ "state Listen", "state listening" },
	{ "state UNCONN", "state closed" },
	{ "state all", "state all" },
	{ "state connected", "exclude closed,listening,bound-inactive" },
	{ "state synchronized",
	  "exclude syn-sent,closed,listening,bound-inactive" },
	{ "state bucket", "state syn-recv,time-wait" },
	{ "state big", "exclude syn-recv,time-wait" },
	{ "exclude listening", "exclude listening" },
	{ "excl listening", "exclude listening" },
	{ "state established state listening", "state established,listening" },
	{ "state = established,listening", "state established,listening" },
	{ "state != listening", "exclude listening" },
	{ "exclude != listening", "state listening" },
	{ "state connected exclude established",
	  "exclude established,closed,listening,bound-inactive" },
	{ "exclude all state listening", "state listening" },
	{ "not state listening", "exclude listening" },
	{ "not state all", "not state all" },
	{ "state established ( dport = :ssh or sport = :ssh )",
	  "state established and (dport = 22 or sport = 22)" },
	{ "state established sport 1 or sport 2",
	  "state established and (sport = 1 or sport = 2)" },
	{ "state established not sport 1 or sport 2",
	  "state established and (sport != 1 or sport = 2)" },
	{ "exclude closed state listening ( sport 1 ) sport 2 or sport 3",
	  "exclude closed and ((sport = 1 and sport = 2) or sport = 3)" },
	{ "(state established sport 1 or sport 2) or sport 3",
	  "(state established and (sport = 1 or sport = 2)) or sport = 3" },
	{ "state established and sport 1 or sport 2",
	  "(state established and sport = 1) or sport = 2" },
	{ "state established or sport 1 and sport 2",
	  "(state established or sport = 1) and sport = 2" },
	{ "not state established sport 1 or sport 2",
	  "(exclude established and sport = 1) or sport = 2" },
	{ "sport 1 or state listening", "sport = 1 or state listening" },
	{ "sport 1 state listening state established sport 2",
	  "sport = 1 and state established,listening and sport = 2" },
	/* the rest of ss */
	{ "dev eth0", "dev = eth0" },
	{ "dev != eth0.7", "dev != eth0.7" },
	{ "dev 3", "dev = 3" },
	{ "dev 0x3", "dev = 3" },
	{ "fwmark 0x1", "fwmark = 0x1/0xffffffff" },
	{ "fwmark = 1/3", "fwmark = 0x1/0x3" },
	{ "fwmark != 0x01/0x03", "fwmark != 0x1/0x3" },
	{ "fwmark 0xffffffff/0xffffffff", "fwmark = 0xffffffff/0xffffffff" },
	{ "cgroup /web", "cgroup = /web" },
	{ "cgroup != /web/a\\ b", "cgroup != \"/web/a b\"" },
	{ "autobound", "autobound" },
	{ "not autobound", "not autobound" },
	{ "! autobound or sport 1", "not autobound or sport = 1" },
	/* numbers */
	{ "held > 1M", "held > 1048576" },
	{ "rmem>=64k", "rmem >= 65536" },
	{ "wmem_queued 4K", "wmem_queued = 4096" },
	{ "buffer lt 2g", "buffer < 2147483648" },
	{ "charged <= 1T", "charged <= 1099511627776" },
	{ "held = 3MiB", "held = 3145728" },
	{ "held = 3kiB or held = 3GiB", "held = 3072 or held = 3221225472" },
	{ "held = 8388607T", "held = 9223370937343148032" },
	{ "held = 9223372036854775807", "held = 9223372036854775807" },
	{ "held = -9223372036854775807", "held = -9223372036854775807" },
	{ "fwd_alloc < 0", "fwd_alloc < 0" },
	{ "fwd_alloc >= -4k", "fwd_alloc >= -4096" },
	{ "drops != 0x10", "drops != 16" },
	{ "rqueue > 0 and wqueue = 1", "rqueue > 0 and wqueue = 1" },
	/* who */
	{ "pid = 1", "pid = 1" },
	{ "pid != 1", "pid != 1" },
	{ "comm nginx", "comm = nginx" },
	{ "comm ~ nginx*", "comm ~ nginx*" },
	{ "comm !~ nginx*", "comm !~ nginx*" },
	{ "not comm ~ nginx*", "comm !~ nginx*" },
	{ "comm = and", "comm = and" },
	{ "comm = (sd-pam)", "comm = \"(sd-pam)\"" },
	{ "(comm = (sd-pam))", "comm = \"(sd-pam)\"" },
	{ "comm = \"tmux: server\"", "comm = \"tmux: server\"" },
	{ "comm = tmux:\\ server", "comm = \"tmux: server\"" },
	{ "comm = \"a\\\"b\\\\c\"", "comm = \"a\\\"b\\\\c\"" },
	{ "comm = \"\"", "comm = \"\"" },
	{ "comm = fifteen-bytes-x", "comm = fifteen-bytes-x" },
	{ "comm ~ sixteen-bytes-xx", "comm ~ sixteen-bytes-xx" },
	{ "comm = a;b", "comm = \"a;b\"" },
	{ "comm = a\\\\", "comm = \"a\\\\\"" },
	{ "unit = azAZ09._-/:*?[]@%+,", "unit = azAZ09._-/:*?[]@%+," },
	{ "dev fifteen-bytes-x", "dev = fifteen-bytes-x" },
	{ "dev 4294967295", "dev = 4294967295" },
	{ "user = www-data", "user = www-data" },
	{ "user != 33", "user != 33" },
	{ "unit ~ nginx*", "unit ~ nginx*" },
	{ "container = 0123456789ab", "container = 0123456789ab" },
	{ "pod ~ *-0a", "pod ~ *-0a" },
	{ "program !~ /usr/*", "program !~ /usr/*" },
	{ "cgroup ~ /system.slice/*", "cgroup ~ /system.slice/*" },
	{ "not cgroup ~ /no/such", "cgroup !~ /no/such" },
	{ "netns = blue", "netns = blue" },
	{ "kind = orphan", "kind = orphan" },
	{ "kind time-wait", "kind = time-wait" },
	{ "family = ipv6", "family = ipv6" },
	{ "family inet", "family = ipv4" },
	{ "protocol != subflow", "protocol != subflow" },
	{ "inode = 123", "inode = 123" },
	{ "cookie = 0xffffffffffffffff", "cookie = 18446744073709551615" },
	{ "inode = 4294967295 and pid = 4294967295",
	  "inode = 4294967295 and pid = 4294967295" },
	{ "family inet6 or family ipv4", "family = ipv6 or family = ipv4" },
	{ "protocol = tcp or protocol = mptcp",
	  "protocol = tcp or protocol = mptcp" },
	{ "peer_pid = 1 or peer_process ~ a* or peer_netns = blue",
	  "peer_pid = 1 or peer_process ~ a* or peer_netns = blue" },
	{ "ppid = 1 or cmdline ~ a or cong = bbr",
	  "ppid = 1 or cmdline ~ a or cong = bbr" },
	/* tcp_info */
	{ "rtt > 100ms", "rtt > 100000" },
	{ "rtt>=3s", "rtt >= 3000000" },
	{ "rtt > 9223372036854s", "rtt > 9223372036854000000" },
	{ "last_rcv > 20", "last_rcv > 20" },
	{ "rtt > 20", "rtt > 20" },
	{ "timer = retransmit or timer = time-wait or timer = probe",
	  "timer = retransmit or timer = time-wait or timer = probe" },
	{ "min_rtt < 50us", "min_rtt < 50" },
	{ "last_rcv > 60s", "last_rcv > 60000" },
	{ "last_snd <= 20ms", "last_snd <= 20" },
	{ "not retrans = 0", "retrans != 0" },
	{ "bytes_acked > 1M", "bytes_acked > 1048576" },
	{ "cwnd 10", "cwnd = 10" },
	{ "timer = keepalive", "timer = keepalive" },
	{ "timer != none", "timer != none" },
};

START_TEST(understands)
{
	same(spellings[_i].text, spellings[_i].meaning);
}
END_TEST

/* "every tcpmem_metric name" */
START_TEST(understands_every_number)
{
	for (unsigned int i = 0; i < TCPMEM_METRIC_COUNT; i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s >= 7",
			 tcpmem_metric_describe(i)->name);
		same(text, text);
	}
}
END_TEST

START_TEST(understands_every_kind)
{
	for (unsigned int i = 0; i < TCPMEM_KIND_COUNT; i++) {
		char text[64];

		snprintf(text, sizeof(text), "kind = %s",
			 tcpmem_kind_describe(i)->name);
		same(text, text);
	}
}
END_TEST

/* As deep as can be, and as much waiting as can be at each level */
START_TEST(deep_and_wide)
{
	char *text = malloc(TM_FILTER_TEXT_MAX + 1);
	struct tcpmem_filter *filter;
	char *explained;
	size_t length = 0;

	for (int i = 0; i < TM_FILTER_DEPTH_MAX; i++)
		length +=
			(size_t)sprintf(text + length, "state all pid 1 or (");
	length += (size_t)sprintf(text + length, "src inet6:db-2.example");
	for (int i = 0; i < TM_FILTER_DEPTH_MAX; i++)
		length += (size_t)sprintf(text + length, ")");
	filter = parse(text);
	ck_assert_int_eq(tcpmem_filter_explain(filter, &explained), 0);
	free(explained);
	tcpmem_filter_free(filter);
	/* and as long as can be, "and" and "or" in turn */
	for (length = 0; length < TM_FILTER_TEXT_MAX - 32;)
		length += (size_t)sprintf(text + length, "pid %zu or pid 2 &",
					  length);
	strcpy(text + length, "pid 1");
	filter = parse(text);
	ck_assert_uint_gt(filter->count, 10000);
	ck_assert_int_eq(tcpmem_filter_explain(filter, &explained), 0);
	free(explained);
	tcpmem_filter_free(filter);
	free(text);
}
END_TEST

/* "what a filter can ask about"; "NULL if there are fewer" */
START_TEST(every_field_is_understood)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter;
	const char *name;
	size_t count = 0;

	for (; (name = tcpmem_filter_field_describe(count)->name); count++) {
		ck_assert_ptr_nonnull(
			tcpmem_filter_field_describe(count)->text);
		for (size_t i = 0; i < count; i++)
			ck_assert_str_ne(tcpmem_filter_field_describe(i)->name,
					 name);
		if (strcmp(name, "autobound") == 0)
			continue;
		/* it is a field: what lacks is what it is compared with */
		ck_assert_int_eq(tm_filter_parse(name, &names, &error, &filter),
				 -EINVAL);
		ck_assert_uint_eq(error.offset, strlen(name));
		ck_assert(!error.field);
	}
	ck_assert_uint_gt(count, 80);
	ck_assert_ptr_null(tcpmem_filter_field_describe(count)->text);
	ck_assert_ptr_null(tcpmem_filter_field_describe(SIZE_MAX)->name);
	ck_assert_int_eq(tm_filter_parse("spotr 1", &names, &error, &filter),
			 -EINVAL);
	ck_assert(error.field);
}
END_TEST

/* Each address of a host is one that may match: as many as are taken */
START_TEST(a_host_may_have_many_addresses)
{
	struct tcpmem_filter *filter = parse("src many.example");

	ck_assert_uint_eq(filter->count, 32 + 31);
	tcpmem_filter_free(filter);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter-parse");
	TCase *tc = tcase_create("parse");

	tcase_add_loop_test(tc, understands, 0, TM_ARRAY_SIZE(spellings));
	tcase_add_test(tc, understands_every_number);
	tcase_add_test(tc, understands_every_kind);
	tcase_add_test(tc, every_field_is_understood);
	tcase_add_test(tc, a_host_may_have_many_addresses);
	tcase_add_test(tc, deep_and_wide);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
