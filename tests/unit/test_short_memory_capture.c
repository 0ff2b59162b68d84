// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_short_memory_capture.c - a capture whose reading finds no memory */
#include "capture_whole.h"
#include "short_memory.h"
#include "unit.h"

#include <sys/mman.h>
#include <unistd.h>

static struct bytes file;

static int pass_message(const struct tm_capture_message *message,
			const struct tm_capture *capture, void *user)
{
	(void)message;
	(void)capture;
	(void)user;
	return 0;
}

static int pass_restart(void *user)
{
	(void)user;
	return 0;
}

static int read_file(void)
{
	const struct tm_capture_sink sink = {
		.message = pass_message,
		.restart = pass_restart,
		.limits = true,
	};
	struct tm_capture_error error;
	struct tm_capture capture;
	int fd = memfd_create("capture", MFD_CLOEXEC);
	int ret = write(fd, file.data, file.len) < 0 ? -EIO : 0;

	lseek(fd, 0, SEEK_SET);
	TRY(tm_capture_read(fd, true, &sink, &capture, &error));
	TRY(tm_holders_finish(capture.holders));
	tm_capture_clear(&capture);
	close(fd);
	return ret;
}

START_TEST(a_capture_that_finds_no_memory_says_so)
{
	file = make_capture();
	expect_short(read_file, 25);
	file.data[file.len / 2] ^= 1; /* the damage is a warning */
	expect_short(read_file, 20);
	free(file.data);
}
END_TEST

START_TEST(a_dump_of_ss_that_finds_no_memory_says_so)
{
	uint8_t dump[256];

	file = (struct bytes){ dump, make_message(dump, AF_INET, 1) };
	expect_short(read_file, 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("short_memory_capture");
	TCase *tc = tcase_create("short_memory_capture");

	tcase_add_test(tc, a_capture_that_finds_no_memory_says_so);
	tcase_add_test(tc, a_dump_of_ss_that_finds_no_memory_says_so);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
