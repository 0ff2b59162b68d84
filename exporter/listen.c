// SPDX-License-Identifier: LGPL-2.1-or-later
/* listen.c - the sockets that are listened at */
#include "exporter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG	      128
#define FIRST_PASSED  3
#define USUAL_ADDRESS "127.0.0.1:10101"
#define USUAL_SECOND  "[::1]:10101"

/* struct place - an address to bind to */
struct place {
	struct sockaddr_storage address;
	socklen_t size;
};

static bool read_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	*port = htons((uint16_t)number);
	return *text >= '0' && *text <= '9' && !*end && number <= UINT16_MAX;
}

static void set_ipv6(struct place *place, const struct in6_addr *address,
		     uint16_t port)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&place->address;

	*in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
				      .sin6_addr = *address,
				      .sin6_port = port };
	place->size = sizeof(*in6);
}

static bool is_loopback(const struct place *place)
{
	const struct sockaddr_in *in =
		(const struct sockaddr_in *)&place->address;
	const struct sockaddr_in6 *in6 =
		(const struct sockaddr_in6 *)&place->address;

	return place->address.ss_family == AF_INET
		       ? ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET
		       : IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

static void set_ipv4(struct place *place, const struct in_addr *address,
		     uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&place->address;

	*in = (struct sockaddr_in){ .sin_family = AF_INET,
				    .sin_addr = *address,
				    .sin_port = port };
	place->size = sizeof(*in);
}

/* "127.0.0.1:10101", "[::1]:10101", ":10101" of all addresses; no names */
static bool read_place(const char *text, struct place *place)
{
	const char *colon = strrchr(text, ':');
	struct in6_addr in6 = in6addr_any;
	char host[INET6_ADDRSTRLEN + 2];
	size_t length;
	struct in_addr in;
	uint16_t port;

	if (!colon || !read_port(colon + 1, &port))
		return false;
	length = (size_t)(colon - text);
	if (length >= sizeof(host))
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	if (inet_pton(AF_INET, host, &in) == 1) {
		set_ipv4(place, &in, port);
		return true;
	}
	if (length && (*host != '[' || host[length - 1] != ']'))
		return false;
	if (length) {
		host[length - 1] = '\0';
		if (inet_pton(AF_INET6, host + 1, &in6) != 1)
			return false;
	}
	set_ipv6(place, &in6, port);
	return true;
}

static int open_place(const struct place *place)
{
	int family = place->address.ss_family;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, off = 0;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, (const struct sockaddr *)&place->address, place->size) ==
		    0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	close(fd);
	return -1;
}

/* @text: the address of @place, whoever opened it */
static void warn_of_open(const struct settings *settings,
			 const struct place *place, const char *text)
{
	if (!is_loopback(place) && !settings->web_config)
		report("%s can be read by whoever reaches it: "
		       "--web.config.file has neither TLS nor users",
		       text);
}

static int open_address(const struct settings *settings, const char *text)
{
	struct place place = { 0 };
	int fd;

	if (!read_place(text, &place)) {
		report("'%s': ADDRESS:PORT is expected, as in 127.0.0.1:10101 "
		       "or [::1]:10101",
		       text);
		return -1;
	}
	fd = open_place(&place);
	if (fd < 0)
		report("cannot listen at %s: %s", text, strerror(errno));
	else
		warn_of_open(settings, &place, text);
	return fd;
}

/* What is listened at; a socket of another family is in no network. */
static void warn_of_passed(const struct settings *settings, int fd)
{
	char host[INET6_ADDRSTRLEN] = "", text[sizeof(host) + 8];
	struct place place = { .size = sizeof(place.address) };
	const struct sockaddr_in *in;
	const struct sockaddr_in6 *in6;

	if (getsockname(fd, (struct sockaddr *)&place.address, &place.size) < 0)
		return;
	in = (const struct sockaddr_in *)&place.address;
	in6 = (const struct sockaddr_in6 *)&place.address;
	if (place.address.ss_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(text, sizeof(text), "%s:%u", host,
			 ntohs(in->sin_port));
	} else if (place.address.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(text, sizeof(text), "[%s]:%u", host,
			 ntohs(in6->sin6_port));
	} else {
		return;
	}
	warn_of_open(settings, &place, text);
}

/* By the protocol of sd_listen_fds(3) */
static int take_passed(const struct settings *settings, int fds[LISTEN_MAX])
{
	const char *pid = getenv("LISTEN_PID"), *text = getenv("LISTEN_FDS");
	int count = text ? atoi(text) : 0;

	if (!pid || atoi(pid) != getpid() || count < 1 || count > LISTEN_MAX) {
		report("--web.systemd-socket: no socket was handed over");
		return -1;
	}
	for (int i = 0; i < count; i++) {
		fds[i] = FIRST_PASSED + i;
		warn_of_passed(settings, fds[i]);
	}
	return count;
}

/* A host without IPv6 has no ::1. */
static int open_usual(const struct settings *settings, int fds[LISTEN_MAX])
{
	struct place place = { 0 };

	fds[0] = open_address(settings, USUAL_ADDRESS);
	if (fds[0] < 0)
		return -1;
	fds[1] = read_place(USUAL_SECOND, &place) ? open_place(&place) : -1;
	return fds[1] < 0 ? 1 : 2;
}

int listen_open(const struct settings *settings, int fds[LISTEN_MAX])
{
	if (settings->systemd)
		return take_passed(settings, fds);
	if (!settings->address_count)
		return open_usual(settings, fds);
	for (size_t i = 0; i < settings->address_count; i++) {
		fds[i] = open_address(settings, settings->address[i]);
		if (fds[i] < 0)
			return -1;
	}
	return (int)settings->address_count;
}
