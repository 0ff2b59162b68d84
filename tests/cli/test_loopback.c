// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_loopback.c - which hosts of URLs are this one; no server is asked */
#include "explain/loopback.h"
#include "unit.h"

#include <string.h>

static const char *const here[] = {
	"127.0.0.1",
	"127.255.255.254",
	"127.1",
	"0.0.0.0",
	"0",
	"[::1]",
	"::1",
	"[::]",
	"[::ffff:127.0.0.1]",
	"[::ffff:0.0.0.0]",
	"localhost",
	"LocalHost",
	"localhost.",
	"a.localhost",
	"A.LOCALHOST.",
	"127.0.0.1.",
};

static const char *const elsewhere[] = {
	"128.0.0.1",
	"126.255.255.255",
	"10.0.0.127",
	"0.0.0.1",
	"1.0.0.0",
	"[::2]",
	"[1::1]",
	"[fe80::1]",
	"[::ffff:128.0.0.1]",
	"[::ffff:10.127.0.1]",
	"[::127.0.0.1]",
	"[64:ff9b::127.0.0.1]",
	"no-such-name-here",
	"localhost.invalid",
	"xlocalhost",
	".localhost",
	"",
	"localhos",
	"a.localhost.x",
};

START_TEST(addresses_and_names_of_loopback_are)
{
	ck_assert_msg(is_loopback(here[_i]), "%s", here[_i]);
}
END_TEST

START_TEST(all_others_are_not)
{
	ck_assert_msg(!is_loopback(elsewhere[_i]), "%s", elsewhere[_i]);
}
END_TEST

/* A name has 255 bytes at most: what is longer is cut, and no other host. */
START_TEST(long_names_are_none)
{
	char name[1024];

	memset(name, 'a', sizeof(name));
	strcpy(name + sizeof(name) - sizeof(".localhost"), ".localhost");
	ck_assert(!is_loopback(name));
	strcpy(name + 255 - strlen(".localhost"), ".localhost");
	ck_assert(is_loopback(name));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("loopback");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, addresses_and_names_of_loopback_are, 0,
			    sizeof(here) / sizeof(*here));
	tcase_add_loop_test(tc, all_others_are_not, 0,
			    sizeof(elsewhere) / sizeof(*elsewhere));
	tcase_add_test(tc, long_names_are_none);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
