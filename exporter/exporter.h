/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exporter.h - tcpmem-exporter: its options, and what its parts share */
#ifndef EXPORTER_EXPORTER_H
#define EXPORTER_EXPORTER_H

#include "metrics/metrics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define NS_PER_SECOND INT64_C(1000000000)

/* Addresses to listen at, at most */
#define LISTEN_MAX 16

/* Open at the same time: connections of HTTP */
#define CONNECTIONS_MAX 8

/*
 * struct settings - the command line
 * @collect: looks itself
 * @socket: of the collector: with @collect it is served there and not by HTTP;
 *	NULL: none
 * @web_config: NULL: neither TLS nor passwords
 * @netns: NULL: all
 * @systemd: listens at what the service manager hands over
 */
struct settings {
	bool collect;
	bool systemd;
	const char *socket;
	const char *web_config;
	const char *path;
	const char *address[LISTEN_MAX];
	size_t address_count;
	int64_t min_interval_ns;
	struct metrics_config metrics;
};

/*
 * settings_parse() - reads the command line
 *
 * Return: -1, or the exit code after --help, --version or a message.
 */
int settings_parse(int argc, char **argv, struct settings *settings);

/* report() - a line on stderr */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* rights_drop() - gives up all capabilities, for good. Return: 0 or -errno. */
int rights_drop(void);

/* notify_ready() - tells the service manager, if there is one */
void notify_ready(void);

/*
 * listen_open() - opens all addresses of @settings
 * @fds: LISTEN_MAX of them
 *
 * Return: how many there are, or -1 after a message.
 */
int listen_open(const struct settings *settings, int fds[LISTEN_MAX]);

#endif
