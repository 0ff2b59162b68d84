// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_metrics.c - series as text, and which groups have one */
#include "capture.h"
#include "metrics/exposition.h"
#include "metrics/look.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const struct family plain = {
	.name = "f_things",
	.text = "Things.",
};
static const struct family counter = {
	.name = "f_waited_seconds",
	.type = FAMILY_COUNTER,
	.unit = "seconds",
	.text = "Waited.",
	.label = "who",
};
static const struct family info = {
	.name = "f_build",
	.type = FAMILY_INFO,
	.text = "About it.",
	.label = "version",
};

static void print_all(struct capture *capture, bool openmetrics)
{
	struct exposition exposition;

	capture_begin(capture);
	exposition = (struct exposition){ .out = capture->out,
					  .openmetrics = openmetrics };
	exposition_family(&exposition, &plain);
	exposition_sample(&exposition, NULL, -7);
	exposition_family(&exposition, &counter);
	exposition_sample(&exposition, "nobody", TCPMEM_UNKNOWN);
	exposition_sample_by(&exposition, "program", "a\\b\"c\nd", 1);
	exposition_sample(&exposition, "b", INT64_C(12000000034));
	exposition_family(&exposition, &plain);
	exposition_sample(&exposition, NULL, TCPMEM_UNKNOWN);
	exposition_family(&exposition, &info);
	exposition_sample(&exposition, "1", 1);
}

#define SAMPLES                                                           \
	"f_waited_seconds_total{by=\"program\",who=\"a\\\\b\\\"c\\nd\"} " \
	"0.000000001\n"                                                   \
	"f_waited_seconds_total{who=\"b\"} 12.000000034\n"

/* "families ... precede the first": none of what is not known */
START_TEST(text_names_the_samples)
{
	struct capture capture;

	print_all(&capture, false);
	ck_assert_str_eq(capture_text(&capture),
			 "# HELP f_things Things.\n"
			 "# TYPE f_things gauge\n"
			 "f_things -7\n"
			 "# HELP f_waited_seconds_total Waited.\n"
			 "# TYPE f_waited_seconds_total counter\n" SAMPLES
			 "# HELP f_build_info About it.\n"
			 "# TYPE f_build_info gauge\n"
			 "f_build_info{version=\"1\"} 1\n");
	capture_end(&capture);
}
END_TEST

START_TEST(openmetrics_names_the_family)
{
	struct capture capture;

	print_all(&capture, true);
	ck_assert_str_eq(capture_text(&capture),
			 "# TYPE f_things gauge\n"
			 "# HELP f_things Things.\n"
			 "f_things -7\n"
			 "# TYPE f_waited_seconds counter\n"
			 "# UNIT f_waited_seconds seconds\n"
			 "# HELP f_waited_seconds Waited.\n" SAMPLES
			 "# TYPE f_build info\n"
			 "# HELP f_build About it.\n"
			 "f_build_info{version=\"1\"} 1\n");
	capture_end(&capture);
}
END_TEST

/* tcpmem-metrics(7): the counters of the kernel */
START_TEST(each_event_has_its_name)
{
	static const char *const names[METRICS_EVENT_COUNT] = {
		"memory_pressures",
		"memory_pressure_seconds",
		"memory_aborts",
		"timeout_aborts",
		"prunes",
		"pruned_packets",
		"out_of_order_prunes",
		"collapsed_packets",
		"receive_drops",
		"backlog_drops",
		"listen_overflows",
		"listen_drops",
		"request_drops",
		"syncookies_sent",
		"time_wait_overflows",
		"failed_attempts",
		"resets",
		"resets_sent",
	};
	struct metrics_look look = { 0 };
	struct capture capture;

	for (int i = 0; i < METRICS_EVENT_COUNT; i++)
		look.event[i] = 100 + i;
	capture_begin(&capture);
	metrics_print(capture.out, false, &look);
	(void)capture_text(&capture);
	for (int i = 0; i < METRICS_EVENT_COUNT; i++) {
		char line[128];

		snprintf(line, sizeof(line), "\ntcpmem_%s_total %s%d\n",
			 names[i],
			 i == METRICS_EVENT_PRESSURE_TIME ? "0.000000" : "",
			 100 + i);
		ck_assert_msg(strstr(capture.text, line), "no line %s", line);
	}
	capture_end(&capture);
}
END_TEST

/* What is behind @name, whose line has no labels */
static const char *value_of(const char *text, const char *name)
{
	char begin[128];
	const char *at;

	snprintf(begin, sizeof(begin), "\n%s ", name);
	at = strstr(text, begin);
	ck_assert_msg(at, "no %s", name);
	return at + strlen(begin);
}

static int64_t integer_of(const char *text, const char *name)
{
	return strtoll(value_of(text, name), NULL, 10);
}

static int64_t count_fds(void)
{
	int64_t count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Its pages of @field of statm, in bytes */
static int64_t statm(int field)
{
	int64_t pages[2] = { 0 };
	FILE *in = fopen("/proc/self/statm", "re");

	ck_assert_ptr_nonnull(in);
	ck_assert_int_eq(
		fscanf(in, "%" SCNd64 " %" SCNd64, &pages[0], &pages[1]), 2);
	fclose(in);
	return pages[field] * sysconf(_SC_PAGESIZE);
}

START_TEST(a_process_tells_what_it_uses)
{
	struct rlimit limit;
	struct capture capture;
	int64_t start, now = (int64_t)time(NULL);
	const char *text, *begun;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 77;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	capture_begin(&capture);
	metrics_print_process(capture.out, false);
	text = capture_text(&capture);
	ck_assert_int_eq(integer_of(text, "process_max_fds"), 77);
	ck_assert_int_eq(integer_of(text, "process_open_fds"), count_fds());
	ck_assert_int_lt(
		llabs(integer_of(text, "process_virtual_memory_bytes") -
		      statm(0)),
		1 << 22);
	ck_assert_int_lt(
		llabs(integer_of(text, "process_resident_memory_bytes") -
		      statm(1)),
		1 << 22);
	ck_assert_int_lt(integer_of(text, "process_cpu_seconds_total"), 3600);
	ck_assert(strtod(value_of(text, "process_cpu_seconds_total"), NULL) >
		  0);
	/* to the millisecond, of 9 digits */
	begun = value_of(text, "process_start_time_seconds");
	start = integer_of(text, "process_start_time_seconds");
	ck_assert_int_le(start, now + 1);
	ck_assert_int_gt(start, now - 600);
	ck_assert_int_eq(strncmp(strchr(begun, '.') + 4, "000000\n", 7), 0);
	capture_end(&capture);
}
END_TEST

START_TEST(ports_are_numbers_with_commas)
{
	static const char wanted[] =
		"ports with commas between, as in 443,8080";
	static const char *const wrong[] = { "",	"0",	"x",   "80,",
					     ",80",	"80 ",	" 80", "+80",
					     "65536",	"80,0", "80:", "80,,1",
					     "80,65536" };
	struct metrics_config config = { 0 };

	ck_assert_ptr_null(metrics_ports(&config, "1,65535,80"));
	ck_assert_uint_eq(config.port_count, 3);
	ck_assert_uint_eq(config.port[0], 1);
	ck_assert_uint_eq(config.port[1], 65535);
	ck_assert_uint_eq(config.port[2], 80);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const char *said;

		config = (struct metrics_config){ 0 };
		said = metrics_ports(&config, wrong[i]);
		ck_assert_msg(said && strcmp(said, wanted) == 0, "%s",
			      wrong[i]);
	}
	config = (struct metrics_config){ 0 };
	for (int i = 0; i < METRICS_PORTS; i++)
		ck_assert_ptr_null(metrics_ports(&config, "9"));
	ck_assert_str_eq(metrics_ports(&config, "9"), "32 ports at most");
	ck_assert_uint_eq(config.port_count, METRICS_PORTS);
}
END_TEST

START_TEST(groups_are_those_that_are_bounded)
{
	struct metrics_config config = { 0 };
	uint32_t needs, least;
	const char *name;
	size_t count = 0;

	ck_assert_int_eq(metrics_needs(&config, &least), 0);
	ck_assert_uint_eq(least, TCPMEM_NEED_HOLDERS | TCPMEM_SUMS_SUFFICE);
	ck_assert_uint_eq(metrics_least_series(&config), METRICS_FIXED + 10);
	for (; (name = metrics_group_name(count)); count++) {
		uint32_t of_key = least;

		config.group = name;
		ck_assert_int_eq(tcpmem_keys_require(name, &of_key), 0);
		ck_assert_int_eq(metrics_needs(&config, &needs), 0);
		ck_assert_uint_eq(needs, of_key);
	}
	ck_assert_uint_eq(count, 4);
	config.group = "process";
	ck_assert_int_eq(metrics_needs(&config, &needs), -EINVAL);
	config = (struct metrics_config){ .port_count = 3 };
	ck_assert_int_eq(metrics_needs(&config, &needs), 0);
	ck_assert_uint_eq(metrics_least_series(&config), METRICS_FIXED + 25);
}
END_TEST

/* What is not known adds nothing; a sum of it alone is not known. */
START_TEST(sums_are_of_what_is_known)
{
	int64_t sum = 5;

	metrics_add(&sum, TCPMEM_UNKNOWN, true);
	ck_assert(sum == TCPMEM_UNKNOWN);
	metrics_add(&sum, 3, false);
	ck_assert_int_eq(sum, 3);
	metrics_add(&sum, TCPMEM_UNKNOWN, false);
	ck_assert_int_eq(sum, 3);
	metrics_add(&sum, 4, false);
	ck_assert_int_eq(sum, 7);
	metrics_add(&sum, 2, true);
	ck_assert_int_eq(sum, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, text_names_the_samples);
	tcase_add_test(tc, openmetrics_names_the_family);
	tcase_add_test(tc, each_event_has_its_name);
	tcase_add_test(tc, a_process_tells_what_it_uses);
	tcase_add_test(tc, ports_are_numbers_with_commas);
	tcase_add_test(tc, groups_are_those_that_are_bounded);
	tcase_add_test(tc, sums_are_of_what_is_known);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
