// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_query.c - what a query takes, and where a context looks */
#include "query/query.h"

#include "base/ctx.h"
#include "filter/filter.h"
#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static struct tcpmem_query *query;
static struct tcpmem_ctx *ctx;

static void set_up(void)
{
	ck_assert_int_eq(tcpmem_query_new(&query), 0);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
}

static void tear_down(void)
{
	tcpmem_query_free(query);
	tcpmem_query_free(NULL);
	tcpmem_ctx_free(ctx);
	tcpmem_ctx_free(NULL);
}

/* "asks for all states, with holders" */
START_TEST(a_new_query_asks_for_all)
{
	ck_assert_uint_eq(query->states, TCPMEM_STATES_ALL);
	ck_assert_uint_eq(query->needs, TCPMEM_NEED_HOLDERS);
	ck_assert(query->bytecode);
	ck_assert_ptr_null(query->filter);
	ck_assert_uint_eq(query->netns_count, 0);
	ck_assert_int_eq(query->source, TCPMEM_HOLDER_SOURCE_AUTO);
}
END_TEST

/* "-EINVAL if @mask is 0 or has a bit that is no state" */
START_TEST(states_are_those_that_there_are)
{
	const uint32_t first = 1u << TCPMEM_STATE_ESTABLISHED;

	ck_assert_int_eq(tcpmem_query_set_states(query, first), 0);
	ck_assert_int_eq(tcpmem_query_set_states(query, 0), -EINVAL);
	for (unsigned int bit = 0; bit < 32; bit++) {
		uint32_t mask = 1u << bit;
		bool state = mask & TCPMEM_STATES_ALL;

		ck_assert_int_eq(tcpmem_query_set_states(query, first), 0);
		ck_assert_int_eq(tcpmem_query_set_states(query, first | mask),
				 state ? 0 : -EINVAL);
		ck_assert_uint_eq(query->states, state ? first | mask : first);
	}
}
END_TEST

/* "-EINVAL if @needs has a bit that is no need"; replaces the earlier ones */
START_TEST(needs_are_those_that_there_are)
{
	for (unsigned int bit = 0; bit < 32; bit++) {
		uint32_t mask = 1u << bit;
		bool need = mask <= TCPMEM_NEED_PAST ||
			    mask == TCPMEM_SUMS_SUFFICE;

		ck_assert_int_eq(tcpmem_query_require(query, 0), 0);
		ck_assert_int_eq(tcpmem_query_require(query, mask),
				 need ? 0 : -EINVAL);
		ck_assert_uint_eq(query->needs, need ? mask : 0);
	}
	ck_assert_int_eq(tcpmem_query_require(
				 query, TCPMEM_NEEDS_ALL | TCPMEM_SUMS_SUFFICE),
			 0);
	ck_assert_uint_eq(query->needs, TCPMEM_NEEDS_ALL | TCPMEM_SUMS_SUFFICE);
}
END_TEST

START_TEST(sources_are_those_that_there_are)
{
	ck_assert_int_eq(
		tcpmem_query_set_holder_source(query, TCPMEM_HOLDER_SOURCE_BPF),
		0);
	ck_assert_int_eq(query->source, TCPMEM_HOLDER_SOURCE_BPF);
	ck_assert_int_eq(tcpmem_query_set_holder_source(
				 query, (enum tcpmem_holder_source)(
						TCPMEM_HOLDER_SOURCE_BPF + 1)),
			 -EINVAL);
	ck_assert_int_eq(query->source, TCPMEM_HOLDER_SOURCE_BPF);
}
END_TEST

static void expect_netns(const char *spec, int ret)
{
	size_t count = query->netns_count;

	ck_assert_int_eq(tcpmem_query_add_netns(query, spec), ret);
	ck_assert_uint_eq(query->netns_count, count + (ret == 0));
	if (ret == 0)
		ck_assert_str_eq(query->netns[count], spec);
}

/* "an ip-netns name, a pid, an absolute path"; "-EINVAL if it cannot name one"
 */
START_TEST(a_namespace_has_a_name_or_a_path)
{
	static const char *const good[] = {
		"self", "blue",		  "1",	 "...", ".a", "..b",
		"/",	"/proc/1/ns/net", "/..", "a b"
	};
	static const char *const bad[] = { "", ".", "..", "a/b", "a/", "./a" };
	char text[PATH_MAX + 2];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		expect_netns(good[i], 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_netns(bad[i], -EINVAL);
	memset(text, 'x', sizeof(text));
	text[NAME_MAX] = '\0';
	expect_netns(text, 0);
	text[NAME_MAX] = 'x';
	text[NAME_MAX + 1] = '\0';
	expect_netns(text, -EINVAL);
	text[0] = '/';
	expect_netns(text, 0);
	text[NAME_MAX + 1] = 'x';
	text[PATH_MAX] = '\0';
	expect_netns(text, -EINVAL);
	text[PATH_MAX - 1] = '\0';
	expect_netns(text, 0);
}
END_TEST

/* "@filter: copied; NULL asks for all again" */
START_TEST(a_filter_is_copied_and_taken_back)
{
	struct tcpmem_filter *filter;

	ck_assert_int_eq(
		tcpmem_filter_parse("sport = 80 or pid = 7", NULL, &filter), 0);
	ck_assert_int_eq(tcpmem_query_set_filter(query, filter), 0);
	ck_assert_ptr_nonnull(query->filter);
	ck_assert_ptr_ne(query->filter, filter);
	ck_assert_ptr_ne(query->filter->node, filter->node);
	ck_assert_ptr_ne(query->filter->strings, filter->strings);
	ck_assert_uint_eq(query->filter->count, 3);
	ck_assert_int_eq(memcmp(query->filter->node, filter->node,
				3 * sizeof(*filter->node)),
			 0);
	ck_assert_uint_eq(query->filter->strings_len, filter->strings_len);
	ck_assert_int_eq(memcmp(query->filter->strings, filter->strings,
				filter->strings_len),
			 0);
	ck_assert_int_eq(tcpmem_query_set_filter(query, filter), 0);
	tcpmem_filter_free(filter);
	ck_assert_int_eq(tcpmem_query_set_filter(query, NULL), 0);
	ck_assert_ptr_null(query->filter);
}
END_TEST

START_TEST(a_context_looks_where_it_is_told)
{
	char root[PATH_MAX / 2 + 1];

	ck_assert_str_eq(ctx->proc, "/proc");
	ck_assert_str_eq(ctx->sys, "/sys");
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "/a", NULL), 0);
	ck_assert_str_eq(ctx->proc, "/a");
	ck_assert_str_eq(ctx->sys, "/sys");
	ck_assert_int_eq(tm_ctx_set_roots(ctx, NULL, "/b"), 0);
	ck_assert_str_eq(ctx->proc, "/a");
	ck_assert_str_eq(ctx->sys, "/b");
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "", "/c"), -EINVAL);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, "/c", ""), -EINVAL);
	ck_assert_str_eq(ctx->proc, "/a");
	ck_assert_str_eq(ctx->sys, "/b");
	memset(root, 'x', sizeof(root));
	root[PATH_MAX / 2] = '\0';
	ck_assert_int_eq(tm_ctx_set_roots(ctx, root, NULL), -ENAMETOOLONG);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, NULL, root), -ENAMETOOLONG);
	root[PATH_MAX / 2 - 1] = '\0';
	ck_assert_int_eq(tm_ctx_set_roots(ctx, root, NULL), 0);
	ck_assert_str_eq(ctx->proc, root);
	ck_assert_str_eq(ctx->sys, "/b");
}
END_TEST

static char logged[600];
static enum tcpmem_log_level logged_at;

static void keep_log(enum tcpmem_log_level level, const char *text, void *user)
{
	snprintf(logged, sizeof(logged), "%s", text);
	logged_at = level;
	*(int *)user += 1;
}

START_TEST(a_log_goes_to_who_asked)
{
	char text[600];
	int calls = 0;

	tm_log(ctx, TCPMEM_LOG_WARNING, "nobody listens");
	tcpmem_ctx_set_log(ctx, keep_log, &calls);
	tm_log(ctx, TCPMEM_LOG_WARNING, "%s %d", "seven", 7);
	ck_assert_int_eq(calls, 1);
	ck_assert_str_eq(logged, "seven 7");
	ck_assert_int_eq(logged_at, TCPMEM_LOG_WARNING);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	tm_log(ctx, TCPMEM_LOG_DEBUG, "%s", text);
	ck_assert_uint_eq(strlen(logged), 511); /* it is cut */
	ck_assert_int_eq(logged_at, TCPMEM_LOG_DEBUG);
	tcpmem_ctx_set_log(ctx, NULL, NULL);
	tm_log(ctx, TCPMEM_LOG_WARNING, "nobody listens");
	ck_assert_int_eq(calls, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("query");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_new_query_asks_for_all);
	tcase_add_test(tc, states_are_those_that_there_are);
	tcase_add_test(tc, needs_are_those_that_there_are);
	tcase_add_test(tc, sources_are_those_that_there_are);
	tcase_add_test(tc, a_namespace_has_a_name_or_a_path);
	tcase_add_test(tc, a_filter_is_copied_and_taken_back);
	tcase_add_test(tc, a_context_looks_where_it_is_told);
	tcase_add_test(tc, a_log_goes_to_who_asked);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
