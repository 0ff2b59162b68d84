// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_memstream.c - texts in memory that are not whole are errors */
#include "cli.h"
#include "messages.h"
#include "output/file.h"
#include "unit.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ssize_t refuse(void *cookie, const char *data, size_t size)
{
	(void)cookie;
	(void)data;
	(void)size;
	errno = ENOMEM;
	return 0;
}

/* A stream as one of open_memstream() is once it gets no memory */
static FILE *open_broken(void)
{
	FILE *out = fopencookie(NULL, "w",
				(cookie_io_functions_t){ .write = refuse });

	ck_assert_ptr_nonnull(out);
	fputs("lost", out);
	fflush(out);
	return out;
}

/* "fclose() does not tell of an allocation that failed before it" */
START_TEST(a_text_that_is_not_whole_is_none)
{
	char *text = strdup("lo");

	ck_assert_int_eq(memstream_close(open_broken(), &text), -ENOMEM);
	ck_assert_ptr_null(text);
	ck_assert_int_eq(memstream_close(NULL, &text), -ENOMEM);
}
END_TEST

START_TEST(a_whole_text_stays)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs("whole", out);
	ck_assert_int_eq(memstream_close(out, &text), 0);
	ck_assert_str_eq(text, "whole");
	free(text);
}
END_TEST

/* "the same of a text for stdout: stdout_close() fails" */
/* However it is written, the text has room for its end. */
START_TEST(a_text_grows)
{
	static const size_t sizes[] = { 1, 23, 24, 25, 40, 4096, 100000 };
	char *text;
	size_t size;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		FILE *out = memstream_open(&text, &size);

		ck_assert_ptr_nonnull(out);
		ck_assert_str_eq(text, "");
		setvbuf(out, NULL, i % 2 ? _IONBF : _IOFBF, sizes[i]);
		for (size_t k = 0; k < sizes[i]; k++)
			putc('a' + (int)(k % 26), out);
		ck_assert_int_eq(fflush(out), 0);
		ck_assert_uint_eq(size, sizes[i]);
		ck_assert_uint_gt(malloc_usable_size(text), size);
		ck_assert_int_eq(memstream_close(out, &text), 0);
		ck_assert_uint_eq(strlen(text), sizes[i]);
		for (size_t k = 0; k < sizes[i]; k++)
			ck_assert_int_eq(text[k], 'a' + (int)(k % 26));
		free(text);
	}
}
END_TEST

/* More than twice as much as there was room for, and less than that */
START_TEST(a_text_grows_by_what_is_needed)
{
	static const size_t parts[] = { 1000, 1500, 2500, 10 };
	char *text, part[2500];
	size_t size, whole = 0;
	FILE *out = memstream_open(&text, &size);

	memset(part, 'a', sizeof(part));
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		whole += parts[i];
		fwrite(part, 1, parts[i], out);
		ck_assert_int_eq(fflush(out), 0);
		ck_assert_uint_eq(size, whole);
		ck_assert_uint_gt(malloc_usable_size(text), whole);
		ck_assert_uint_eq(strspn(text, "a"), whole);
		ck_assert_int_eq(text[whole], '\0');
	}
	ck_assert_int_eq(memstream_close(out, &text), 0);
	free(text);
}
END_TEST

/* "To the beginning": nothing of the last text is left. */
START_TEST(a_text_can_begin_anew)
{
	char *text;
	size_t size;
	FILE *out = memstream_open(&text, &size);

	fputs("a long text", out);
	ck_assert_int_eq(fflush(out), 0);
	ck_assert_str_eq(text, "a long text");
	rewind(out);
	fputs("new", out);
	ck_assert_int_eq(fflush(out), 0);
	ck_assert_uint_eq(size, 3);
	ck_assert_str_eq(text, "new");
	/* nowhere else */
	ck_assert_int_lt(fseeko(out, 1, SEEK_SET), 0);
	ck_assert_int_lt(fseeko(out, 0, SEEK_END), 0);
	ck_assert_int_eq(memstream_close(out, &text), 0);
	ck_assert_str_eq(text, "new");
	free(text);
}
END_TEST

START_TEST(the_command_fails_for_it)
{
	char *text = NULL;

	memstream_end(open_broken(), &text);
	ck_assert_int_eq(stdout_close(EXIT_DONE), EXIT_FAILED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memstream");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, a_text_that_is_not_whole_is_none);
	tcase_add_test(tc, a_whole_text_stays);
	tcase_add_test(tc, a_text_grows);
	tcase_add_test(tc, a_text_grows_by_what_is_needed);
	tcase_add_test(tc, a_text_can_begin_anew);
	tcase_add_test(tc, the_command_fails_for_it);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
