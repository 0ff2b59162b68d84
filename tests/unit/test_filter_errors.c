// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_filter_errors.c - every error is placed, and what is too much is one */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "filter_names.h"
#include "unit.h"

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
	{ "src 1.2.3.4/255.255.255.253", "    ^^^^^^^^^^^^^^^^^^^^^^^",
	  A_HOST },
	{ "src 1.2.3.4/8x", "    ^^^^^^^^^^", A_HOST },
	{ "src 1.2.3.4/1.2.3.4.5", "    ^^^^^^^^^^^^^^^^^", A_HOST },
	{ "src 1.2.3,4", "    ^^^^^^^", A_HOST },
	{ "src 1..2", "    ^^^^", A_HOST },
	{ "src [1.2.3.4%v1]", "     ^^^^^^^^^^", A_HOST },
	{ "src [fe80::1%]", "     ^^^^^^^^", A_HOST },
	{ "src [fe80::1%a/b]", "     ^^^^^^^^^^^", A_HOST },
	{ "src fe80::1%v1/64", "    ^^^^^^^^^^^^^", A_HOST },
	{ "src db-1.example%v1", "    ^^^^^^^^^^^^^^^", A_HOST },
	{ "src link:x", "    ^^^^", "inet: or inet6:" },
	{ "src netlink:x", "    ^^^^^^^", "inet: or inet6:" },
	{ "src 127.0.0.1:65536", "              ^^^^^", A_PORT },
	{ "src \"1.2.3.4:x y\"", "    ^^^^^^^^^^^^^", A_PORT },
	{ "sport > inet:*", "        ^^^^^^", "a port from 0 to 65535 to" },
	{ "dev .", "    ^", "the name or the number of an interface" },
	{ "dev ..", "    ^^", "the name or the number of an interface" },
	{ "dev a:b", "    ^^^", "the name or the number of an interface" },
	{ "fwmark 1/4294967296", "       ^^^^^^^^^^^^", "a mark" },
	{ "fwmark 1/1x", "       ^^^^", "a mark" },
	{ "held > 8388608T", "       ^^^^^^^^", A_NUMBER },
	{ "held > 9223372036854775808", "       ^^^^^^^^^^^^^^^^^^^",
	  A_NUMBER },
	{ "held > 1kB", "       ^^^", A_NUMBER },
	{ "held > 1kiBx", "       ^^^^^", A_NUMBER },
	{ "held > -", "       ^", A_NUMBER },
	{ "pid = 4294967296", "      ^^^^^^^^^^", "the number of a process" },
	{ "pid = 1x", "      ^^", "the number of a process" },
	{ "rtt > 9223372036854775808", "      ^^^^^^^^^^^^^^^^^^^",
	  "a time in" },
	{ "last_rcv > 9223372036854776s", "           ^^^^^^^^^^^^^^^^^",
	  "a time in" },
	{ "comm = \"a\\", "          ^", "a closing quote" },
	{ "comm =", "      ^", "a process's name" },
	{ "state time-wait-time-wait-time-wait-time-wait",
	  "      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^", A_STATE },
	{ "state \"closed,x\"", "      ^^^^^^^^^^", A_STATE },
	{ "state closed,x\\ y", "      ^^^^^^^^^^^", A_STATE },
	{ "exclude all", "        ^^^", "a set of states that is not empty" },
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

START_TEST(metadata_errors)
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

/* No address and no name of a host is longer than 255 bytes. */
START_TEST(bounds_hosts)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter;

	for (size_t length = 254; length <= 257; length++) {
		char text[300] = "src ";

		/* inet_aton(3) takes any number of them for 0.0.0.0 */
		memset(text + 4, '0', length);
		if (length <= 255) {
			ck_assert_int_eq(
				tm_filter_parse(text, &names, &error, &filter),
				0);
			tcpmem_filter_free(filter);
			memset(text + 4, 'x', length);
		}
		ck_assert_int_eq(tm_filter_parse(text, &names, &error, &filter),
				 -EINVAL);
		ck_assert_uint_eq(error.offset, 4);
		ck_assert_uint_eq(error.length, length);
		ck_assert_int_eq(
			strncmp(error.expected, A_HOST, strlen(A_HOST)), 0);
	}
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

/* "@error: written if the filter is wrong; may be NULL" */
START_TEST(needs_no_error)
{
	struct tcpmem_filter *filter;

	ck_assert_int_eq(tcpmem_filter_parse("nonsense", NULL, &filter),
			 -EINVAL);
	ck_assert_int_eq(tcpmem_filter_parse("pid 1", NULL, &filter), 0);
	tcpmem_filter_free(filter);
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

int main(void)
{
	Suite *suite = suite_create("filter-errors");
	TCase *tc = tcase_create("errors");

	tcase_add_loop_test(tc, metadata_errors, 0, TM_ARRAY_SIZE(errors));
	tcase_add_test(tc, bounds_length);
	tcase_add_test(tc, bounds_hosts);
	tcase_add_test(tc, bounds_depth);
	tcase_add_test(tc, refuses_an_error_without_room);
	tcase_add_test(tc, needs_no_error);
	tcase_add_test(tc, cuts_what_was_found);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
