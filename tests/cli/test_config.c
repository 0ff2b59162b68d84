// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_config.c - top.conf, what the kernel counts, and the list of keys */
#include "capture.h"
#include "store_dir.h"
#include "top/config.h"
#include "top/keys.h"
#include "top/top.h"
#include "unit.h"

#include <netinet/in.h>
#include <sys/socket.h>

/* What is read of a file with this text, besides @options */
static struct config read_text(const char *text, const struct options *options)
{
	struct config config;

	if (mkdir(path_of("tcpmem"), 0700) < 0)
		unlink(path_of("tcpmem/top.conf"));
	put_file("tcpmem/top.conf", text, strlen(text));
	setenv("XDG_CONFIG_HOME", dir, 1);
	config_read(&config, options);
	unlink(path_of("tcpmem/top.conf"));
	return config;
}

static const struct options none;

START_TEST(each_option_has_a_line)
{
	struct config config = read_text("by state\nsort\t-sockets\ncolor=never"
					 "\nbytes\npast\nno-unicode\n\n"
					 "# by peer\n  delay   5s",
					 &none);

	ck_assert_str_eq(config.note, "");
	ck_assert_str_eq(config.options.by, "state");
	ck_assert_str_eq(config.options.sort, "-sockets");
	ck_assert_int_eq(config.options.color, COLOR_NEVER);
	ck_assert(config.options.bytes);
	ck_assert(config.options.past);
	ck_assert(config.options.no_unicode);
	ck_assert_int_eq(config.options.every_ns, 5000000000);
	config_free(&config);
	config = read_text("", &none);
	ck_assert_str_eq(config.note, "");
	ck_assert_ptr_null(config.options.by);
	ck_assert(!config.options.bytes && !config.options.past &&
		  !config.options.no_unicode);
	ck_assert_int_eq(config.options.every_ns, 0);
	config_free(&config);
	config = read_text("color always\ncolor auto", &none);
	ck_assert_int_eq(config.options.color, COLOR_ALWAYS);
	config_free(&config);
}
END_TEST

START_TEST(the_command_line_wins)
{
	const struct options given = { .by = "peer",
				       .sort = "-held",
				       .color = COLOR_ALWAYS,
				       .every_ns = 7,
				       .past = true };
	struct config config = read_text("by state\nsort sockets\ncolor never\n"
					 "delay 5s\nbytes\n",
					 &given);

	ck_assert_str_eq(config.note, "");
	ck_assert_str_eq(config.options.by, "peer");
	ck_assert_str_eq(config.options.sort, "-held");
	ck_assert_int_eq(config.options.color, COLOR_ALWAYS);
	ck_assert_int_eq(config.options.every_ns, 7);
	ck_assert(config.options.past && config.options.bytes);
	config_free(&config);
}
END_TEST

static const struct {
	const char *line;
	const char *note;
} wrong[] = {
	{ "mouse on", "top.conf: 'mouse on' is not known" },
	{ "mouse", "top.conf: 'mouse ' is not known" },
	{ "by nothing", "top.conf: 'by nothing' is not known" },
	{ "by", "top.conf: 'by ' is not known" },
	{ "sort", "top.conf: 'sort ' is not known" },
	{ "color pink", "top.conf: 'color pink' is not known" },
	{ "color", "top.conf: 'color ' is not known" },
	{ "bytes 1", "top.conf: 'bytes 1' is not known" },
	{ "past 1", "top.conf: 'past 1' is not known" },
	{ "no-unicode no", "top.conf: 'no-unicode no' is not known" },
	{ "delay", "top.conf: 'delay ' is not known" },
	{ "delay soon", "top.conf: 'delay soon' is not known" },
	{ "sort rss", "top.conf: the view process has no column 'rss' to sort "
		      "by" },
	{ "by sockets\nsort sockets", "top.conf: the view sockets has no "
				      "column 'sockets' to sort by" },
};

START_TEST(what_is_not_known_is_told)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct config config = read_text(wrong[i].line, &none);

		ck_assert_str_eq(config.note, wrong[i].note);
		ck_assert_ptr_null(config.options.sort);
		ck_assert(!config.options.bytes && !config.options.past);
		ck_assert_int_eq(config.options.every_ns, 0);
		config_free(&config);
	}
}
END_TEST

/* What the command line says of the order is told by itself. */
START_TEST(an_order_of_the_command_line_is_not_judged)
{
	struct config config =
		read_text("by sockets", &(struct options){ .sort = "rss" });

	ck_assert_str_eq(config.note, "");
	ck_assert_str_eq(config.options.sort, "rss");
	config_free(&config);
	config = read_text("sort recv_q", &(struct options){ .by = "nothing" });
	ck_assert_str_eq(config.note, "");
	config_free(&config);
}
END_TEST

START_TEST(the_file_is_in_a_directory_of_the_user)
{
	struct config config;

	unsetenv("XDG_CONFIG_HOME");
	ck_assert_int_eq(mkdir(path_of(".config"), 0700), 0);
	ck_assert_int_eq(mkdir(path_of(".config/tcpmem"), 0700), 0);
	put_file(".config/tcpmem/top.conf", "by peer", 7);
	setenv("HOME", dir, 1);
	config_read(&config, &none);
	ck_assert_str_eq(config.options.by, "peer");
	config_free(&config);
	setenv("XDG_CONFIG_HOME", "", 1);
	config_read(&config, &none);
	ck_assert_str_eq(config.options.by, "peer");
	config_free(&config);
	setenv("XDG_CONFIG_HOME", path_of("none"), 1);
	config_read(&config, &none);
	ck_assert_ptr_null(config.options.by);
	config_free(&config);
	unsetenv("XDG_CONFIG_HOME");
	setenv("HOME", "", 1);
	config_read(&config, &none);
	ck_assert_ptr_null(config.options.by);
	config_free(&config);
	unsetenv("HOME");
	config_read(&config, &none);
	ck_assert_ptr_null(config.options.by);
	config_free(&config);
	unlink(path_of(".config/tcpmem/top.conf"));
	rmdir(path_of(".config/tcpmem"));
}
END_TEST

/* ---- counters ---- */

static int64_t counter(const char *path, const char *name)
{
	char names[8192], values[8192], *at_name, *at_value, *a, *b;
	FILE *file = fopen(path, "re");
	int64_t found = 0;

	ck_assert_ptr_nonnull(file);
	while (fgets(names, sizeof(names), file) &&
	       fgets(values, sizeof(values), file))
		for (a = strtok_r(names, " \n", &at_name),
		    b = strtok_r(values, " \n", &at_value);
		     a && b; a = strtok_r(NULL, " \n", &at_name),
		    b = strtok_r(NULL, " \n", &at_value))
			if (strcmp(a, name) == 0)
				found = strtoll(b, NULL, 10);
	fclose(file);
	return found;
}

#define SNMP	"/proc/self/net/snmp"
#define NETSTAT "/proc/self/net/netstat"

static void read_counters(int64_t value[TOP_EVENTS])
{
	value[TOP_OPENED] =
		counter(SNMP, "ActiveOpens") + counter(SNMP, "PassiveOpens");
	value[TOP_RESETS] =
		counter(SNMP, "EstabResets") + counter(SNMP, "OutRsts");
	value[TOP_RETRANS] = counter(SNMP, "RetransSegs");
	value[TOP_DROPS] = counter(NETSTAT, "ListenDrops");
	value[TOP_SQUEEZED] = counter(NETSTAT, "PruneCalled") +
			      counter(NETSTAT, "TCPRcvCollapsed");
}

/* Connections that find a full listener: the kernel counts them. */
static void drop_some(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
	socklen_t len = sizeof(address);
	int fd[6] = { socket(AF_INET, SOCK_STREAM, 0) };

	bind(fd[0], (struct sockaddr *)&address, len);
	getsockname(fd[0], (struct sockaddr *)&address, &len);
	listen(fd[0], 0);
	for (int i = 1; i < 6; i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(fd[i], (struct sockaddr *)&address, len);
	}
	for (int i = 0; i < 6; i++)
		close(fd[i]);
}

/* Whatever else the host does, they never become less. */
START_TEST(counters_are_those_of_the_kernel)
{
	int64_t before[TOP_EVENTS], after[TOP_EVENTS], begun = top_clock_ns();
	struct top_counters counters;

	if (access(NETSTAT, R_OK) < 0)
		return;
	drop_some();
	read_counters(before);
	top_counters_read(&counters);
	read_counters(after);
	ck_assert(counters.known);
	ck_assert_int_ge(counters.ns, begun);
	ck_assert_int_le(counters.ns, top_clock_ns());
	for (int i = 0; i < TOP_EVENTS; i++) {
		ck_assert_int_ge(counters.value[i], before[i]);
		ck_assert_int_le(counters.value[i], after[i]);
	}
}
END_TEST

/* ---- keys ---- */

START_TEST(help_names_the_views_and_the_keys)
{
	struct capture capture;
	const char *text;

	capture_begin(&capture);
	top_help(capture.out);
	ck_assert_str_eq(capture_text(&capture),
			 "Views, for --by:\n"
			 "  process program cgroup unit container peer\n"
			 "  local-port listener state netns sockets blame "
			 "limits\n");
	capture_end(&capture);
	capture_begin(&capture);
	top_keys_list(capture.out);
	text = capture_text(&capture);
	ck_assert_int_eq(strncmp(text, "q F10 Ctrl-C  quit          end\n", 32),
			 0);
	for (int i = 0; i < TOP_ACTIONS; i++)
		text = strchr(text, '\n') + 1;
	ck_assert_str_eq(text, "");
	capture_end(&capture);
}
END_TEST

static void remove_all(void)
{
	rmdir(path_of(".config"));
	remove_dir();
}

int main(void)
{
	Suite *suite = suite_create("config");
	TCase *tests = tcase_create("config");

	tcase_add_checked_fixture(tests, make_dir, remove_all);
	tcase_add_test(tests, each_option_has_a_line);
	tcase_add_test(tests, the_command_line_wins);
	tcase_add_test(tests, what_is_not_known_is_told);
	tcase_add_test(tests, an_order_of_the_command_line_is_not_judged);
	tcase_add_test(tests, the_file_is_in_a_directory_of_the_user);
	tcase_add_test(tests, counters_are_those_of_the_kernel);
	tcase_add_test(tests, help_names_the_views_and_the_keys);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
