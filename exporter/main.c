// SPDX-License-Identifier: LGPL-2.1-or-later
/* main.c - tcpmem-exporter: serves, or collects for those who serve */
#include "collector.h"
#include "web.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* How often it is looked for changed files, slow clients and free places */
#define IDLE_MS 1000
#define FULL_MS 20

/*
 * struct server - what HTTP is served with
 * @web: serves new connections
 * @old: with the files as they were before, until its connections have ended
 * @stamp: of the files
 */
struct server {
	const struct settings *settings;
	struct collector *collector;
	struct web *web, *old;
	uint64_t stamp;
	int fds[LISTEN_MAX];
	int fd_count;
};

static bool server_open(struct server *server)
{
	const char *path = server->settings->web_config;
	struct web_config *config = path ? web_config_read(path) : NULL;

	if (path && !config)
		return false;
	server->stamp = config ? web_config_stamp(config) : 0;
	server->fd_count = listen_open(server->settings, server->fds);
	if (server->fd_count < 0) {
		web_config_free(config);
		return false;
	}
	server->web = web_new(server->collector, server->settings, config);
	return server->web != NULL;
}

/* Certificates and users change without a restart; a mistake changes nothing.
 */
static void reload(struct server *server)
{
	const struct web_config *config = web_get_config(server->web);
	struct web_config *changed;
	uint64_t stamp;
	struct web *web;

	if (server->old && !web_connections(server->old)) {
		web_free(server->old);
		server->old = NULL;
	}
	if (!config || server->old)
		return;
	stamp = web_config_stamp(config);
	if (stamp == server->stamp)
		return;
	server->stamp = stamp;
	changed = web_config_read(server->settings->web_config);
	web = changed ? web_new(server->collector, server->settings, changed)
		      : NULL;
	if (!web) {
		report("the files stay as they were read before");
		return;
	}
	server->stamp = web_config_stamp(changed);
	server->old = server->web;
	server->web = web;
}

static void accept_one(struct server *server, int listener)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	int fd = accept4(listener, (struct sockaddr *)&address, &size,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		web_add(server->web, fd, &address, size);
}

static size_t count_connections(struct server *server)
{
	return web_connections(server->web) +
	       (server->old ? web_connections(server->old) : 0);
}

/* Who comes while all places are taken waits in the kernel's queue. */
static void serve(struct server *server, int stop)
{
	struct pollfd polls[LISTEN_MAX + 1] = { { .fd = stop,
						  .events = POLLIN } };

	for (int i = 0; i < server->fd_count; i++)
		polls[i + 1] = (struct pollfd){ .fd = server->fds[i],
						.events = POLLIN };
	while (!polls[0].revents) {
		bool full = count_connections(server) >= CONNECTIONS_MAX;
		nfds_t count = full ? 1 : (nfds_t)server->fd_count + 1;

		if (poll(polls, count, full ? FULL_MS : IDLE_MS) < 0)
			continue;
		for (nfds_t i = 1; i < count; i++)
			if (polls[i].revents &&
			    count_connections(server) < CONNECTIONS_MAX)
				accept_one(server, polls[i].fd);
		reload(server);
	}
}

static int serve_http(struct collector *collector,
		      const struct settings *settings, int stop)
{
	struct server server = { .settings = settings, .collector = collector };
	bool opened = server_open(&server);

	if (opened) {
		notify_ready();
		serve(&server, stop);
	}
	if (server.old)
		web_free(server.old);
	if (server.web)
		web_free(server.web);
	return opened ? 0 : -1;
}

/* Signals arrive at a file descriptor, whichever thread they find. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int run(const struct settings *settings, int stop)
{
	struct source *source = settings->collect
					? source_live(settings)
					: source_remote(settings->socket);
	struct collector *collector =
		source ? collector_new(source, settings->min_interval_ns)
		       : NULL;
	int ret = -1;

	if (source && !collector)
		report("out of memory");
	if (collector && settings->collect && settings->socket)
		ret = feed_serve(collector, settings->socket, stop);
	else if (collector)
		ret = serve_http(collector, settings, stop);
	if (collector)
		collector_free(collector);
	if (source)
		source->free(source);
	return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct settings settings;
	int code = settings_parse(argc, argv, &settings);
	int ret;

	if (code >= 0)
		return code;
	ret = settings.collect ? 0 : rights_drop();
	if (ret < 0) {
		report("cannot give up privileges: %s", strerror(-ret));
		return EXIT_FAILURE;
	}
	return run(&settings, open_signals());
}
