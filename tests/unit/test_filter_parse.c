// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_filter_parse.c - every spelling is understood, every error is placed */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ask/filter.h"
#include "unit.h"
#include "util.h"

/* A host of our own: its names do not depend on the machine. */

static int service(const char *name, uint16_t *port)
{
	*port = 22;
	return strcmp(name, "ssh") == 0 ? 0 : -ENOENT;
}

static int host(const char *name, int family, struct tm_filter_host *hosts,
		size_t max)
{
	const struct tm_filter_host v4 = { .family = AF_INET,
					   .prefix = 32,
					   .addr = { 10, 0, 0, 1 } };
	const struct tm_filter_host v6 = { .family = AF_INET6,
					   .prefix = 128,
					   .addr = { 0xfd, [15] = 1 } };
	int count = 0;

	if (strcmp(name, "db-2.example") == 0) {
		hosts[0] = hosts[1] = v6;
		return 2;
	}
	if (strcmp(name, "db-1.example") != 0)
		return -ENOENT;
	ck_assert_uint_ge(max, 2);
	if (family != AF_INET6)
		hosts[count++] = v4;
	if (family != AF_INET)
		hosts[count++] = v6;
	return count;
}

static int user(const char *name, uint32_t *uid)
{
	*uid = 33;
	return strcmp(name, "www-data") == 0 ? 0 : -ENOENT;
}

static int cgroup(const char *path, uint64_t *id)
{
	*id = 77;
	return strncmp(path, "/web", 4) == 0 ? 0 : -ENOENT;
}

static const struct tm_filter_names names = { service, host, user, cgroup };

static struct tcpmem_filter *parse(const char *text)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter = NULL;
	int ret = tm_filter_parse(text, &names, &error, &filter);

	ck_assert_msg(ret == 0, "\"%.200s\": at %zu \"%s\", expected %s", text,
		      error.offset, error.found, error.expected);
	return filter;
}

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
	/* tcp_info */
	{ "rtt > 100ms", "rtt > 100000" },
	{ "rtt>=3s", "rtt >= 3000000" },
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

/* "every tcpmem_number name" */
START_TEST(understands_every_number)
{
	for (unsigned int i = 0; i < TCPMEM_NUMBER_COUNT; i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s >= 7", tcpmem_number_name(i));
		same(text, text);
	}
}
END_TEST

START_TEST(understands_every_kind)
{
	for (unsigned int i = 0; i < TCPMEM_KIND_COUNT; i++) {
		char text[64];

		snprintf(text, sizeof(text), "kind = %s", tcpmem_kind_name(i));
		same(text, text);
	}
}
END_TEST

#define A_TERM	 "a comparison"
#define A_PORT	 "a port from 0 to 65535"
#define A_HOST	 "an address, a prefix or the name of a host"
#define A_STATE	 "the name of a state"
#define A_NUMBER "a number, such as"
#define JOINT	 "\"and\", \"or\""

/* The caret's place, and how what is expected begins. */
static const struct {
	const char *text;
	const char *caret; /* under the text: ^ where, with its length */
	const char *expected;
} errors[] = {
	{ "foo = 1", "^^^", A_TERM },
	{ "sport = 22 and", "              ^", A_TERM },
	{ "and sport = 22", "^^^", A_TERM },
	{ "sport = 22 or or sport = 1", "              ^^", A_TERM },
	{ "not", "   ^", A_TERM },
	{ "()", " ^", A_TERM },
	{ "(", " ^", A_TERM },
	{ "( sport = 22", "            ^", JOINT },
	{ "sport = 22)", "          ^", JOINT },
	{ "= 22", "^", A_TERM },
	{ "sport = 22 = 23", "           ^", JOINT },
	{ "7001", "^^^^", A_TERM },
	{ "AND sport = 1", "^^^", A_TERM },
	{ "sport", "     ^", A_PORT },
	{ "sport =", "       ^", A_PORT },
	{ "sport = = 22", "        ^", A_PORT },
	{ "sport = 65536", "        ^^^^^", A_PORT },
	{ "sport = -1", "        ^^", A_PORT },
	{ "sport = 22x", "        ^^^", A_PORT },
	{ "sport = :nosuch", "         ^^^^^^", A_PORT },
	{ "sport = \"a b\"", "        ^^^^^", A_PORT },
	{ "sport > *", "        ^", A_PORT },
	{ "sport = *:22", "        ^^^^", A_PORT },
	{ "sport ~ 22", "      ^", "one of = != < <= > >=" },
	{ "src > 1.2.3.4", "    ^", "one of = !=" },
	{ "comm > a", "     ^", "one of = != ~ !~" },
	{ "src", "   ^", "an address" },
	{ "src 1.2.3.4:foo", "            ^^^", A_PORT },
	{ "src 1.2.3.4/33", "    ^^^^^^^^^^", A_HOST },
	{ "src 1.2.3.4/", "    ^^^^^^^^", A_HOST },
	{ "src 10.0.0.0/255.0.255.0", "    ^^^^^^^^^^^^^^^^^^^^", A_HOST },
	{ "src 1.2.3.4.5", "    ^^^^^^^^^", A_HOST },
	{ "src 1.2.3.256", "    ^^^^^^^^^", A_HOST },
	{ "src 7001", "    ^^^^", A_HOST },
	{ "src nosuch.example:22", "    ^^^^^^^^^^^^^^", A_HOST },
	{ "src ::1", "    ^^^", "an IPv6 address in brackets" },
	{ "src 2001:db8::1", "    ^^^^^^^^^^^", "an IPv6 address in brackets" },
	{ "src [::1", "        ^", "\"]\"" },
	{ "src [::g]:22", "     ^^^", A_HOST },
	{ "src [::1/129]", "     ^^^^^^^", A_HOST },
	{ "src [::1]/64", "         ^^^", A_PORT },
	{ "src inet:[::1]", "          ^^^", A_HOST },
	{ "src inet6:127.0.0.1", "          ^^^^^^^^^", A_HOST },
	{ "src unix:/tmp/x", "    ^^^^", "inet: or inet6:" },
	{ "sport = vsock:22", "        ^^^^^", "inet: or inet6:" },
	{ "state foo", "      ^^^", A_STATE },
	{ "state established,foo,closed", "                  ^^^", A_STATE },
	{ "state established,", "                  ^", A_STATE },
	{ "state", "     ^", A_STATE },
	{ "state > closed", "      ^", "one of = !=" },
	{ "state closed exclude closed", "                     ^^^^^^",
	  "a set of states that is not empty" },
	{ "dev", "   ^", "the name or the number of an interface" },
	{ "dev a/b", "    ^^^", "the name or the number of an interface" },
	{ "dev sixteen-bytes-xx", "    ^^^^^^^^^^^^^^^^",
	  "the name or the number of an interface" },
	{ "rtt > 1m", "      ^^", "a time in microseconds" },
	{ "rtt > x", "      ^", "a time in microseconds" },
	{ "last_rcv > 5us", "           ^^^", "a time in milliseconds" },
	{ "rtt > 9223372036855s", "      ^^^^^^^^^^^^^^", "a time in" },
	{ "rtt ~ 1", "    ^", "one of = != < <= > >=" },
	{ "cwnd = 1ms", "       ^^^", "a number" },
	{ "timer = never", "        ^^^^^", "none, retransmit" },
	{ "timer > none", "      ^", "one of = !=" },
	{ "fwmark 0x1/", "       ^^^^", "a mark" },
	{ "fwmark 1junk", "       ^^^^^", "a mark" },
	{ "fwmark 4294967296", "       ^^^^^^^^^^", "a mark" },
	{ "cgroup /db", "       ^^^", "the path of a v2 cgroup that exists" },
	{ "autobound = 1", "          ^", JOINT },
	{ "held > 1X", "       ^^", A_NUMBER },
	{ "held > 1kk", "       ^^^", A_NUMBER },
	{ "held > 9000000T", "       ^^^^^^^^", A_NUMBER },
	{ "held > --1", "       ^^^", A_NUMBER },
	{ "held > 99999999999999999999", "       ^^^^^^^^^^^^^^^^^^^^",
	  A_NUMBER },
	{ "pid = nginx", "      ^^^^^", "the number of a process" },
	{ "comm = sixteen-bytes-xx", "       ^^^^^^^^^^^^^^^^",
	  "a process's name of at most 15" },
	{ "comm = \"nginx", "             ^", "a closing quote" },
	{ "user = nosuch", "       ^^^^^^",
	  "the name or the number of a user" },
	{ "kind = nosuch", "       ^^^^^^", "process, unaccepted" },
	{ "family = ipv5", "         ^^^^", "ipv4 or ipv6" },
	{ "protocol = udp", "           ^^^", "tcp, mptcp or subflow" },
	{ "inode = x", "        ^", "an inode number" },
	{ "cookie = 18446744073709551616", "         ^^^^^^^^^^^^^^^^^^^^",
	  "a cookie" },
};

START_TEST(places_errors)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter = NULL;
	const char *text = errors[_i].text;
	size_t at = strspn(errors[_i].caret, " ");
	size_t length = strlen(errors[_i].caret) - at;
	size_t shown;

	ck_assert_msg(tm_filter_parse(text, &names, &error, &filter) == -EINVAL,
		      "\"%s\" was taken", text);
	ck_assert_ptr_null(filter);
	ck_assert_msg(error.offset == at, "\"%s\": at %zu, not %zu", text,
		      error.offset, at);
	/* "0 where something is missing": there a caret is 1 wide all the same
	 */
	ck_assert_msg((error.length ? error.length : 1) == length,
		      "\"%s\": %zu long, not %zu", text, error.length, length);
	ck_assert_msg(strncmp(error.expected, errors[_i].expected,
			      strlen(errors[_i].expected)) == 0,
		      "\"%s\": expected %s", text, error.expected);
	ck_assert_uint_le(error.offset + error.length, strlen(text));
	shown = strlen(error.found);
	ck_assert_uint_eq(shown, error.length);
	ck_assert_int_eq(strncmp(error.found, text + error.offset, shown), 0);
}
END_TEST

/* "at byte": of what is longer than is read, too */
START_TEST(bounds_length)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter;
	char *text = malloc(TM_FILTER_TEXT_MAX + 2);

	memset(text, ' ', TM_FILTER_TEXT_MAX + 1);
	text[TM_FILTER_TEXT_MAX] = '\0';
	ck_assert_int_eq(tm_filter_parse(text, &names, &error, &filter), 0);
	tcpmem_filter_free(filter);
	text[TM_FILTER_TEXT_MAX] = ' ';
	text[TM_FILTER_TEXT_MAX + 1] = '\0';
	ck_assert_int_eq(tm_filter_parse(text, &names, &error, &filter),
			 -EINVAL);
	ck_assert_uint_eq(error.offset, TM_FILTER_TEXT_MAX);
	free(text);
}
END_TEST

START_TEST(bounds_depth)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter;
	char text[512] = "";

	for (int i = 0; i < TM_FILTER_DEPTH_MAX; i++)
		strcat(text, "(");
	strcat(text, "pid 1");
	for (int i = 0; i < TM_FILTER_DEPTH_MAX; i++)
		strcat(text, ")");
	ck_assert_int_eq(tm_filter_parse(text, &names, &error, &filter), 0);
	tcpmem_filter_free(filter);
	memmove(text + 1, text, strlen(text) + 1);
	ck_assert_int_eq(tm_filter_parse(text, &names, &error, &filter),
			 -EINVAL);
	ck_assert_uint_eq(error.offset, TM_FILTER_DEPTH_MAX);
	ck_assert_uint_eq(error.length, 1);
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

/* "-EINVAL if ... @error->size is too small" */
START_TEST(refuses_an_error_without_room)
{
	struct tcpmem_filter_error error = { .size = 1 };
	struct tcpmem_filter *filter;

	ck_assert_int_eq(tcpmem_filter_parse("pid 1", &error, &filter),
			 -EINVAL);
	ck_assert_uint_eq(error.offset, 0);
}
END_TEST

/* "what stands there, cut if it is long" */
START_TEST(cuts_what_was_found)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter;
	char text[300] = { 0 };

	memset(text, 'x', sizeof(text) - 1);
	ck_assert_int_eq(tcpmem_filter_parse(text, &error, &filter), -EINVAL);
	ck_assert_uint_eq(error.length, sizeof(text) - 1);
	ck_assert_uint_eq(strlen(error.found), sizeof(error.found) - 1);
}
END_TEST

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
}
END_TEST

/* "what a filter can ask about"; "NULL if there are fewer" */
START_TEST(every_field_is_understood)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter;
	const char *name;
	size_t count = 0;

	for (; (name = tcpmem_filter_field_name(count)); count++) {
		ck_assert_ptr_nonnull(tcpmem_filter_field_text(count));
		for (size_t i = 0; i < count; i++)
			ck_assert_str_ne(tcpmem_filter_field_name(i), name);
		if (strcmp(name, "autobound") == 0)
			continue;
		/* it is a field: what lacks is what it is compared with */
		ck_assert_int_eq(tm_filter_parse(name, &names, &error, &filter),
				 -EINVAL);
		ck_assert_uint_eq(error.offset, strlen(name));
		ck_assert(!error.field);
	}
	ck_assert_uint_gt(count, 80);
	ck_assert_ptr_null(tcpmem_filter_field_text(count));
	ck_assert_ptr_null(tcpmem_filter_field_name(SIZE_MAX));
	ck_assert_int_eq(tm_filter_parse("spotr 1", &names, &error, &filter),
			 -EINVAL);
	ck_assert(error.field);
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
	tcase_add_loop_test(tc, places_errors, 0, TM_ARRAY_SIZE(errors));
	tcase_add_test(tc, bounds_length);
	tcase_add_test(tc, bounds_depth);
	tcase_add_test(tc, deep_and_wide);
	tcase_add_test(tc, refuses_an_error_without_room);
	tcase_add_test(tc, cuts_what_was_found);
	tcase_add_test(tc, explains_who_decides);
	tcase_add_test(tc, asks_the_host_for_names);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
