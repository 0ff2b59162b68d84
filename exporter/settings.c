// SPDX-License-Identifier: LGPL-2.1-or-later
/* settings.c - the command line; its flags are those of Prometheus' exporters
 */
#include "exporter.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define USUAL_SOCKET "/run/tcpmem/metrics.sock"

enum exit_code {
	EXIT_WRONG_USAGE = 2,
};

enum flag {
	FLAG_ADDRESS,
	FLAG_PATH,
	FLAG_SYSTEMD,
	FLAG_WEB_CONFIG,
	FLAG_COLLECT,
	FLAG_SOCKET,
	FLAG_MIN_INTERVAL,
	FLAG_NETNS,
	FLAG_GROUP,
	FLAG_TOP,
	FLAG_PORT,
	FLAG_MAX_SERIES,
	FLAG_HELP,
	FLAG_VERSION,
	FLAG_COUNT,
};

static const struct {
	const char *name;
	const char *arg;
	const char *text;
} flags[FLAG_COUNT] = {
	[FLAG_ADDRESS] = { "web.listen-address", "ADDRESS",
			   "where to listen, may be repeated;\n"
			   "usual: 127.0.0.1:10101, [::1]:10101" },
	[FLAG_PATH] = { "web.telemetry-path", "PATH", "usual: /metrics" },
	[FLAG_SYSTEMD] = { "web.systemd-socket", NULL,
			   "listen at what the service manager hands over" },
	[FLAG_WEB_CONFIG] = { "web.config.file", "FILE",
			      "TLS and users, as for other exporters" },
	[FLAG_COLLECT] = { "collect", NULL,
			   "look at the kernel, which takes privilege" },
	[FLAG_SOCKET] = { "collector.socket", "PATH",
			  "ask the collector there; with --collect: be it\n"
			  "usual to ask: " USUAL_SOCKET },
	[FLAG_MIN_INTERVAL] = { "min-interval", "SECONDS",
				"between two looks; usual: 1" },
	[FLAG_NETNS] = { "netns", "NETNS",
			 "only one namespace: NAME, PID, PATH, self" },
	[FLAG_GROUP] = { "group", "GROUP",
			 "of each program, unit, cgroup or container" },
	[FLAG_TOP] = { "top", "N", "the N largest have a name; usual: 20" },
	[FLAG_PORT] = { "port", "PORTS",
			"series of each of these local ports" },
	[FLAG_MAX_SERIES] = { "max-series", "N", "at most N; usual: 500" },
	[FLAG_HELP] = { "help", NULL, "this text" },
	[FLAG_VERSION] = { "version", NULL, "the version" },
};

void report(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	fprintf(stderr, "tcpmem-exporter: %s\n", line);
}

/* A message, and the exit code that goes with it */
#define wrong(...) (report(__VA_ARGS__), EXIT_WRONG_USAGE)

static int print_help(void)
{
	puts("Usage: tcpmem-exporter [OPTION]...\n\n"
	     "Serves the series of 'tcpmem export' to Prometheus. It asks the "
	     "collector, which\n"
	     "is 'tcpmem-exporter --collect --collector.socket PATH', and needs "
	     "no privilege;\n"
	     "or looks at the kernel itself with --collect.\n\nOptions:");
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		const char *text = flags[i].text;
		const char *end = strchrnul(text, '\n');
		int width = printf("  --%s%s%s", flags[i].name,
				   flags[i].arg ? " " : "",
				   flags[i].arg ? flags[i].arg : "");

		printf("%*s%.*s\n", width < 32 ? 32 - width : 1, "",
		       (int)(end - text), text);
		if (*end)
			printf("%32s%s\n", "", end + 1);
	}
	return EXIT_SUCCESS;
}

static int read_count(const char *text, size_t *count)
{
	char *end;

	errno = 0;
	*count = strtoul(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9')
		return wrong("'%s': a number is expected", text);
	return -1;
}

static int read_interval(const char *text, int64_t *ns)
{
	char *end;
	double seconds = strtod(text, &end);

	if ((strcmp(end, "s") != 0 && *end) || end == text ||
	    !(seconds >= 0 && seconds <= 3600))
		return wrong("--min-interval '%s': seconds are expected, 3600 "
			     "at most",
			     text);
	*ns = (int64_t)(seconds * (double)NS_PER_SECOND);
	return -1;
}

static int add_address(struct settings *settings, const char *text)
{
	if (settings->address_count == LISTEN_MAX)
		return wrong("too many addresses to listen at: '%s'", text);
	settings->address[settings->address_count++] = text;
	return -1;
}

static int add_ports(struct settings *settings, const char *text)
{
	const char *expected = metrics_ports(&settings->metrics, text);

	if (!expected)
		return -1;
	report("--port '%s': %s", text, expected);
	return EXIT_WRONG_USAGE;
}

/* Return: -1 to go on, or an exit code. */
static int apply(struct settings *settings, enum flag flag, const char *arg)
{
	switch (flag) {
	case FLAG_ADDRESS:
		return add_address(settings, arg);
	case FLAG_PATH:
		settings->path = arg;
		return *arg == '/' ? -1 : wrong("'%s' is no path", arg);
	case FLAG_SYSTEMD:
		settings->systemd = true;
		return -1;
	case FLAG_WEB_CONFIG:
		settings->web_config = arg;
		return -1;
	case FLAG_COLLECT:
		settings->collect = true;
		return -1;
	case FLAG_SOCKET:
		settings->socket = arg;
		return -1;
	case FLAG_MIN_INTERVAL:
		return read_interval(arg, &settings->min_interval_ns);
	case FLAG_NETNS:
		settings->metrics.netns = arg;
		return -1;
	case FLAG_GROUP:
		settings->metrics.group = arg;
		return -1;
	case FLAG_TOP:
		return read_count(arg, &settings->metrics.top);
	case FLAG_PORT:
		return add_ports(settings, arg);
	case FLAG_MAX_SERIES:
		return read_count(arg, &settings->metrics.max_series);
	case FLAG_HELP:
		return print_help();
	default:
		puts("tcpmem-exporter " TCPMEM_VERSION);
		return EXIT_SUCCESS;
	}
}

static int check(struct settings *settings)
{
	uint32_t needs;

	if (metrics_needs(&settings->metrics, &needs) < 0)
		return wrong("--group '%s': it is program, unit, cgroup or "
			     "container",
			     settings->metrics.group);
	if (settings->metrics.max_series <
	    metrics_least_series(&settings->metrics)) {
		report("--max-series: it is %zu at least",
		       metrics_least_series(&settings->metrics));
		return EXIT_WRONG_USAGE;
	}
	if (!settings->collect && !settings->socket)
		settings->socket = USUAL_SOCKET;
	return -1;
}

int settings_parse(int argc, char **argv, struct settings *settings)
{
	struct option longs[FLAG_COUNT + 1] = { 0 };
	int flag, code;

	*settings = (struct settings){
		.path = "/metrics",
		.min_interval_ns = NS_PER_SECOND,
		.metrics = { .top = METRICS_TOP,
			     .max_series = METRICS_MAX_SERIES },
	};
	for (int i = 0; i < FLAG_COUNT; i++)
		longs[i] = (struct option){
			.name = flags[i].name,
			.has_arg = flags[i].arg ? required_argument
						: no_argument,
			.val = i,
		};
	opterr = 0;
	while ((flag = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (flag == '?')
			return wrong("'%s': see --help", argv[optind - 1]);
		code = apply(settings, (enum flag)flag, optarg);
		if (code >= 0)
			return code;
	}
	if (argv[optind])
		return wrong("unexpected argument '%s'", argv[optind]);
	return check(settings);
}
