// SPDX-License-Identifier: LGPL-2.1-or-later
/* many_sockets.c - sockets of every kind that a filter can tell apart */
#include "many_sockets.h"

#include "fail.h"
#include "need.h"
#include "scene.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct place {
	struct sockaddr_storage addr;
	socklen_t len;
};

static struct place place_of(const char *address, uint16_t port)
{
	struct place place = { .len = sizeof(struct sockaddr_in) };
	struct sockaddr_in *in = (void *)&place.addr;
	struct sockaddr_in6 *in6 = (void *)&place.addr;

	if (inet_pton(AF_INET, address, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return place;
	}
	if (inet_pton(AF_INET6, address, &in6->sin6_addr) != 1)
		fx_fail("%s is no address", address);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	place.len = sizeof(*in6);
	return place;
}

static int open_at(const struct place *place)
{
	int fd = socket(place->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		fx_fail_errno("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		fx_fail_errno("SO_REUSEADDR");
	return fd;
}

static void listen_at(int fd, const struct place *place)
{
	if (bind(fd, (const void *)&place->addr, place->len) < 0)
		fx_fail_errno("bind");
	if (listen(fd, 16) < 0)
		fx_fail_errno("listen");
}

int many_sockets_listen(const char *address, uint16_t port)
{
	struct place place = place_of(address, port);
	int fd = open_at(&place);

	listen_at(fd, &place);
	return fd;
}

int many_sockets_connect(const char *address, uint16_t port, uint16_t from)
{
	struct place place = place_of(address, port);
	struct place own = place_of(address, from);
	int fd = open_at(&place);

	if (from && bind(fd, (const void *)&own.addr, own.len) < 0)
		fx_fail_errno("bind");
	if (connect(fd, (const void *)&place.addr, place.len) < 0)
		fx_fail_errno("connect %s", address);
	return fd;
}

static void accept_from(int listener)
{
	if (accept4(listener, NULL, NULL, SOCK_CLOEXEC) < 0)
		fx_fail_errno("accept");
}

static void serve(const char *address, uint16_t port, const char *const *peers)
{
	int listener = many_sockets_listen(address, port);

	for (; *peers; peers++) {
		many_sockets_connect(*peers, port, 0);
		accept_from(listener);
	}
}

static void serve_v6only(void)
{
	struct place place = place_of("::", MANY_SOCKETS_V6ONLY);
	int fd = open_at(&place), on = 1;

	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		fx_fail_errno("IPV6_V6ONLY");
	listen_at(fd, &place);
	many_sockets_connect("::1", MANY_SOCKETS_V6ONLY, 0);
	accept_from(fd);
}

/* The listener has the mark, and gives it to its children. */
static void serve_marked(void)
{
	struct place place = place_of("127.0.0.1", MANY_SOCKETS_MARKED);
	int fd = open_at(&place), mark = 0x11;

	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0)
		fx_fail_errno("SO_MARK");
	listen_at(fd, &place);
	many_sockets_connect("127.0.0.1", MANY_SOCKETS_MARKED, 0);
	accept_from(fd);
}

static void serve_on_lo(void)
{
	struct place place = place_of("127.0.0.1", MANY_SOCKETS_ON_LO);
	int fd = open_at(&place);

	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) < 0)
		fx_fail_errno("SO_BINDTODEVICE");
	listen_at(fd, &place);
	many_sockets_connect("127.0.0.1", MANY_SOCKETS_ON_LO, 0);
	accept_from(fd);
}

static void serve_all(void)
{
	static const char *const none[] = { NULL };
	static const char *const v4[] = { "127.0.0.1", "127.0.0.1", NULL };
	static const char *const other_v4[] = { "127.0.0.2", NULL };
	static const char *const v6[] = { "::1", NULL };
	static const char *const both[] = { "127.0.0.1", "::1",
					    "::ffff:127.0.0.1",
					    "::ffff:127.0.0.3", NULL };

	serve("127.0.0.1", MANY_SOCKETS_SSH, v4);
	serve("127.0.0.2", MANY_SOCKETS_SSH, other_v4);
	serve("0.0.0.0", MANY_SOCKETS_HTTP, v4);
	serve("::1", MANY_SOCKETS_HTTPS, v6);
	serve("::", MANY_SOCKETS_DUAL, both);
	serve("::ffff:127.0.0.1", MANY_SOCKETS_HTTPS, none);
	serve_v6only();
	serve_marked();
	serve_on_lo();
}

void many_sockets_gather(struct many_sockets *many_sockets)
{
	fx_worker_start_or_fail(&many_sockets->worker);
	for (size_t i = 0; i < FX_SCENE_SS_COUNT * FX_FLAVOUR_COUNT; i++) {
		const struct fx_scene_call call = {
			.scene = i % FX_SCENE_SS_COUNT,
			.flavour = (enum fx_flavour_id)(i / FX_SCENE_SS_COUNT),
		};

		if (!fx_has_flavour(call.flavour))
			continue;
		fx_worker_run_or_fail(&many_sockets->worker, fx_scene_job,
				      &call, sizeof(call));
	}
	serve_all();
}

void many_sockets_disperse(struct many_sockets *many_sockets)
{
	fx_worker_stop(&many_sockets->worker);
}
