// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_pprof_parse.c - what a Go program serves, and what pretends to be that
 */
#include "explain/explain.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pprof *pprof;

static void set_up(void)
{
	pprof = NULL;
}

static void tear_down(void)
{
	free(pprof);
}

#define PROFILE "heap profile: 1: 2 [3: 4] @ heap/1048576\n"
#define BEGIN	"\n# runtime.MemStats\n"
#define HEAP                                                                     \
	"# HeapAlloc = 67330720\n# HeapIdle = 2777088\n# HeapInuse = 67969024\n" \
	"# HeapReleased = 2768896\n# Stack = 557056 / 600000\n"

#define TABLES                                               \
	"# MSpan = 39312 / 48816\n# MCache = 2400 / 15600\n" \
	"# BuckHashSys = 1445075\n# GCSys = 10685440\n# OtherSys = 568485\n"

static int parse(const char *heap, const char *goroutine)
{
	/* exactly as long: one byte too far is seen */
	char *copy = strndup(heap, strlen(heap));
	size_t len = strlen(heap);
	int ret;

	copy = realloc(copy, len + !len);
	ret = pprof_parse(copy, len, goroutine,
			  goroutine ? strlen(goroutine) : 0, &pprof);
	free(copy);
	return ret;
}

static int64_t figure(enum pprof_metric which)
{
	ck_assert(pprof->known[which]);
	return pprof->value[which];
}

static bool is_known(enum pprof_metric which)
{
	return pprof->known[which];
}

START_TEST(each_figure_is_read)
{
	ck_assert_int_eq(parse(PROFILE BEGIN HEAP TABLES,
			       "goroutine profile: total 103\n100 @ 0x1\n"),
			 0);
	ck_assert_int_eq(figure(PPROF_GOROUTINES), 103);
	ck_assert_int_eq(figure(PPROF_HEAP_ALLOC), 67330720);
	ck_assert_int_eq(figure(PPROF_HEAP_INUSE), 67969024);
	ck_assert_int_eq(figure(PPROF_HEAP_IDLE), 2777088);
	ck_assert_int_eq(figure(PPROF_HEAP_RELEASED), 2768896);
	ck_assert_int_eq(figure(PPROF_STACK_INUSE), 557056);
	ck_assert_int_eq(figure(PPROF_TABLES),
			 48816 + 15600 + 1445075 + 10685440 + 568485);
	ck_assert_int_eq(figure(PPROF_KEPT),
			 67969024 + 2777088 - 2768896 + 557056 + 12763416);
}
END_TEST

/* "-EBADMSG if a text is not what it should be" */
START_TEST(other_texts_are_refused)
{
	ck_assert_int_eq(parse("", NULL), -EBADMSG);
	ck_assert_int_eq(parse("<html>404</html>", NULL), -EBADMSG);
	ck_assert_int_eq(parse(HEAP, NULL), -EBADMSG);
	ck_assert_int_eq(parse(PROFILE BEGIN HEAP, "<html>"), -EBADMSG);
	ck_assert_int_eq(parse(PROFILE BEGIN HEAP, ""), -EBADMSG);
	ck_assert_ptr_null(pprof);
}
END_TEST

/* "-ENODATA if the texts do not tell it" */
START_TEST(what_is_missing_or_senseless_is_unknown)
{
	ck_assert_int_eq(parse(PROFILE BEGIN, NULL), 0);
	for (int i = 0; i < PPROF_COUNT; i++)
		ck_assert(!is_known((enum pprof_metric)i));
	free(pprof);
	ck_assert_int_eq(parse(PROFILE BEGIN
			       "# HeapInuse = -1\n"
			       "# HeapIdle = 99999999999999999999\n"
			       "# Stack = 5 of 6\n# HeapReleased = 5x\n"
			       "# MSpan = 5\n",
			       NULL),
			 0);
	for (int i = 0; i < PPROF_COUNT; i++)
		ck_assert(!is_known((enum pprof_metric)i));
}
END_TEST

START_TEST(a_sum_of_nonsense_is_unknown)
{
	ck_assert_int_eq(parse(PROFILE BEGIN
			       "# HeapInuse = 9223372036854775807\n"
			       "# HeapIdle = 9\n# HeapReleased = 8\n"
			       "# Stack = 1 / 1\n" TABLES,
			       NULL),
			 0);
	ck_assert(!is_known(PPROF_KEPT));
	free(pprof);
	ck_assert_int_eq(parse(PROFILE BEGIN
			       "# HeapInuse = 1\n# HeapIdle = 8\n"
			       "# HeapReleased = 9\n# Stack = 1 / 1\n" TABLES,
			       NULL),
			 0);
	ck_assert(!is_known(PPROF_KEPT));
}
END_TEST

/* Every prefix of a text is a text, too: none is read beyond its end. */
START_TEST(a_text_may_end_anywhere)
{
	static const char whole[] = PROFILE BEGIN HEAP TABLES;

	for (size_t len = 0; len < strlen(whole); len++) {
		char *cut = strndup(whole, len);

		pprof = NULL;
		parse(cut, NULL);
		free(pprof);
		free(cut);
	}
	pprof = NULL;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pprof");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, each_figure_is_read);
	tcase_add_test(tc, other_texts_are_refused);
	tcase_add_test(tc, what_is_missing_or_senseless_is_unknown);
	tcase_add_test(tc, a_sum_of_nonsense_is_unknown);
	tcase_add_test(tc, a_text_may_end_anywhere);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
