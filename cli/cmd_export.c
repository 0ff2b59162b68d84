// SPDX-License-Identifier: LGPL-2.1-or-later
/* cmd_export.c - tcpmem export: one look, as series for Prometheus */
#include "messages.h"
#include "metrics/metrics.h"
#include "output/file.h"
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void print(FILE *out, const struct options *options,
		  const struct metrics_look *look)
{
	bool openmetrics = options->format == FORMAT_OPENMETRICS;

	if (look)
		metrics_print(out, openmetrics, look);
	metrics_print_status(out, openmetrics, look != NULL);
}

/*
 * Whoever reads the directory may read the file, as node_exporter has to. It
 * reads what ends in .prom, and finds the old file or the new one.
 */
static int replace(const char *path, const struct options *options,
		   const struct metrics_look *look)
{
	char *text = NULL;
	size_t size;
	FILE *out = memstream_open(&text, &size);
	int ret;

	if (out)
		print(out, options, look);
	ret = memstream_close(out, &text);
	if (ret == 0)
		ret = file_replace(path, text, size, 0644);
	free(text);
	return ret;
}

/* @look: NULL: there is none */
static int deliver(const struct options *options,
		   const struct metrics_look *look)
{
	int ret;

	if (!options->textfile) {
		print(stdout, options, look);
		return stdout_status() < 0 ? EXIT_FAILED : EXIT_DONE;
	}
	ret = replace(options->textfile, options, look);
	if (ret == 0)
		return EXIT_DONE;
	message("--textfile: cannot write %s: %s", options->textfile,
		strerror(-ret));
	return EXIT_FAILED;
}

static int configure(const struct options *options,
		     struct metrics_config *config, uint32_t *needs)
{
	const char *expected;

	*config = (struct metrics_config){
		.group = options->group,
		.netns = options->netns_count == 1 ? options->netns[0] : NULL,
		.top = options->top ? (size_t)options->top : METRICS_TOP,
		.max_series = options->max_series ? (size_t)options->max_series
						  : METRICS_MAX_SERIES,
	};
	expected = options->ports ? metrics_ports(config, options->ports)
				  : NULL;
	if (expected) {
		message("--port '%s': %s", options->ports, expected);
		return EXIT_USAGE;
	}
	if (config->max_series < metrics_least_series(config)) {
		message("--max-series %zu: it is %zu at least",
			config->max_series, metrics_least_series(config));
		return EXIT_USAGE;
	}
	if (metrics_needs(config, needs) < 0) {
		message("--group '%s': it is program, unit, cgroup or container",
			options->group);
		return EXIT_USAGE;
	}
	return 0;
}

/* A failed look is told as a series, too, for whoever only reads those. */
static int run(const struct options *options, char **args)
{
	int64_t begin = metrics_clock(CLOCK_MONOTONIC);
	struct metrics_memory memory = { 0 };
	struct metrics_look look = { 0 };
	struct tcpmem_snapshot *snap = NULL;
	struct metrics_config config;
	struct session session;
	uint32_t needs = 0;
	int code, ret;

	(void)args;
	ret = configure(options, &config, &needs);
	if (ret)
		return ret;
	ret = session_open(&session, options, needs);
	if (ret == 0)
		ret = session_fetch(&session, &snap);
	if (ret == 0)
		ret = metrics_look(&config, &memory,
				   options->from ? NULL : session.ctx, begin,
				   snap, &look);
	code = ret < 0 ? session_failed(&session, ret)
		       : session_exit_code(options, snap);
	if (ret == 0 || !options->from)
		ret = deliver(options, ret < 0 ? NULL : &look);
	metrics_look_free(&look);
	metrics_memory_free(&memory);
	tcpmem_snapshot_free(snap);
	session_close(&session);
	return ret ? EXIT_FAILED : code;
}

const struct command cmd_export = {
	.name = "export",
	.text = "one look, as series for Prometheus",
	.about = "Prints the numbers of one look in Prometheus' text format. "
		 "tcpmem-metrics(7)\n"
		 "lists the series.\n",
	.examples = "  tcpmem export --openmetrics\n"
		    "  tcpmem export --group program --top 10\n"
		    "  tcpmem export --textfile "
		    "/var/lib/prometheus/node-exporter/tcpmem.prom\n",
	.options = OPTIONS(OPTION_OPENMETRICS, OPTION_TEXTFILE, OPTION_GROUP,
			   OPTION_TOP, OPTION_PORT, OPTION_MAX_SERIES,
			   OPTION_NETNS, OPTION_FROM, OPTION_AT, OPTION_SALVAGE,
			   OPTION_HOLDERS, OPTION_STRICT),
	.run = run,
};
