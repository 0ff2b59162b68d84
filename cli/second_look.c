// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * second_look.c - asks again only for the sockets that are in question
 *
 * A filter of ports is one that the kernel applies: of many sockets it then
 * reports, and copies the tcp_info of, few. Servers share a local port, and
 * clients a remote one.
 */
#include "second_look.h"
#include "output/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* The kernel tries one condition after the other, on every socket. */
#define CONDITIONS_MAX 16

enum side {
	LOCAL,
	REMOTE,
	SIDES,
};

static const char *const side_name[SIDES] = { "sport", "dport" };

/* struct wanted - ports of the sockets; how often each occurs, on each side */
struct wanted {
	uint16_t (*port)[SIDES];
	size_t count, capacity;
	uint32_t uses[SIDES][UINT16_MAX + 1];
	bool chosen[SIDES][UINT16_MAX + 1];
};

int64_t second_look_field(const struct tcpmem_socket *sock,
			  enum tcpmem_socket_field field)
{
	int64_t value = 0;

	(void)tcpmem_socket_get_field(sock, field, &value);
	return value;
}

bool second_look_unsent(const struct tcpmem_socket *sock)
{
	int64_t bytes = 0;

	(void)tcpmem_socket_get_metric(sock, TCPMEM_METRIC_WMEM_QUEUED, &bytes);
	return bytes;
}

static int make_room(struct wanted *wanted)
{
	size_t capacity = wanted->capacity ? wanted->capacity * 2 : 64;
	void *moved =
		reallocarray(wanted->port, capacity, sizeof(*wanted->port));

	if (!moved)
		return -ENOMEM;
	wanted->port = moved;
	wanted->capacity = capacity;
	return 0;
}

static int add(struct wanted *wanted, const struct tcpmem_socket *sock)
{
	uint16_t *port;

	if (wanted->count == wanted->capacity && make_room(wanted) < 0)
		return -ENOMEM;
	port = wanted->port[wanted->count++];
	port[LOCAL] = (uint16_t)second_look_field(
		sock, TCPMEM_SOCKET_FIELD_LOCAL_PORT);
	port[REMOTE] = (uint16_t)second_look_field(
		sock, TCPMEM_SOCKET_FIELD_REMOTE_PORT);
	wanted->uses[LOCAL][port[LOCAL]]++;
	wanted->uses[REMOTE][port[REMOTE]]++;
	return 0;
}

/* One condition for each socket */
static void write_pairs(const struct wanted *wanted, FILE *out)
{
	for (size_t i = 0; i < wanted->count; i++) {
		const uint16_t *port = wanted->port[i];

		/* of a listening socket the remote port is 0 */
		fprintf(out, "%s( sport = :%u and dport = :%u )",
			i ? " or " : "", port[LOCAL], port[REMOTE]);
	}
}

/* One for each port that stands for most of a socket's like */
static void write_ports(struct wanted *wanted, FILE *out)
{
	const char * or = "";

	for (size_t i = 0; i < wanted->count; i++) {
		const uint16_t *port = wanted->port[i];
		enum side side =
			wanted->uses[REMOTE][port[REMOTE]] >
					wanted->uses[LOCAL][port[LOCAL]]
				? REMOTE
				: LOCAL;

		/* 0 is the remote port of all that listen */
		if (!port[REMOTE])
			side = LOCAL;
		if (wanted->chosen[side][port[side]])
			continue;
		wanted->chosen[side][port[side]] = true;
		fprintf(out, "%s%s = :%u", or, side_name[side], port[side]);
		or = " or ";
	}
}

static size_t count_chosen(const struct wanted *wanted)
{
	size_t count = 0;

	for (size_t i = 0; i <= UINT16_MAX; i++)
		count += wanted->chosen[LOCAL][i] + wanted->chosen[REMOTE][i];
	return count;
}

static int set_filter(struct tcpmem_query *query, const char *text)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter;
	int ret = tcpmem_filter_parse(text, &error, &filter);

	if (ret < 0)
		return ret;
	ret = tcpmem_query_set_filter(query, filter);
	tcpmem_filter_free(filter);
	return ret;
}

static int narrow(struct tcpmem_query *query, struct wanted *wanted)
{
	char *text = NULL;
	size_t size;
	FILE *out;
	int ret = 0;

	/* the time of the look is all that it has to tell */
	if (!wanted->count) {
		ret = tcpmem_query_set_states(query,
					      1u << TCPMEM_STATE_LISTENING);
		return ret ? ret : tcpmem_query_add_netns(query, "self");
	}
	out = memstream_open(&text, &size);
	if (out && wanted->count <= CONDITIONS_MAX)
		write_pairs(wanted, out);
	else if (out)
		write_ports(wanted, out);
	ret = memstream_close(out, &text);
	if (ret == 0 && count_chosen(wanted) <= CONDITIONS_MAX)
		ret = set_filter(query, text);
	free(text);
	return ret;
}

/* Notes the ports of what is wanted, and of which namespaces it is. */
static int find_wanted(const struct tcpmem_snapshot *snap,
		       second_look_wants *wants, const void *user,
		       struct wanted *wanted, bool *netns)
{
	size_t count = tcpmem_snapshot_get_socket_count(snap);
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < count; i++) {
		const struct tcpmem_socket *sock =
			tcpmem_snapshot_get_socket(snap, i);

		if (!wants(snap, sock, user))
			continue;
		netns[second_look_field(sock, TCPMEM_SOCKET_FIELD_NETNS)] =
			true;
		ret = add(wanted, sock);
	}
	return ret;
}

static int add_netns(struct tcpmem_query *query,
		     const struct tcpmem_snapshot *snap, const bool *netns)
{
	size_t count = tcpmem_snapshot_get_netns_count(snap);
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < count; i++)
		if (netns[i])
			ret = tcpmem_query_add_netns(
				query,
				tcpmem_snapshot_get_netns(snap, i, NULL));
	return ret;
}

int second_look_query(const struct tcpmem_snapshot *snap,
		      second_look_wants *wants, const void *user,
		      struct tcpmem_query **query)
{
	struct wanted *wanted = calloc(1, sizeof(*wanted));
	bool *netns = calloc(tcpmem_snapshot_get_netns_count(snap) + 1,
			     sizeof(*netns));
	int ret = wanted && netns ? tcpmem_query_new(query) : -ENOMEM;

	if (ret == 0)
		ret = find_wanted(snap, wants, user, wanted, netns);
	if (ret == 0)
		ret = tcpmem_query_require(*query, TCPMEM_NEED_INFO);
	if (ret == 0)
		ret = add_netns(*query, snap, netns);
	if (ret == 0)
		ret = narrow(*query, wanted);
	if (wanted)
		free(wanted->port);
	free(wanted);
	free(netns);
	return ret;
}

int second_look_take(struct session *session, const struct tcpmem_query *query,
		     struct tcpmem_snapshot **snap)
{
	int ret = tcpmem_snapshot_take(session->ctx, query, snap);

	/* one of its namespaces has gone meanwhile */
	if (ret != -ENOENT)
		return ret;
	ret = tcpmem_query_require(session->query, TCPMEM_NEED_INFO);
	return ret ? ret
		   : tcpmem_snapshot_take(session->ctx, session->query, snap);
}

int second_look_add_info(struct session *session, struct tcpmem_snapshot *snap,
			 second_look_wants *wants, const void *user)
{
	struct tcpmem_query *query = NULL;
	struct tcpmem_snapshot *other = NULL;
	int ret = second_look_query(snap, wants, user, &query);

	if (ret == 0)
		ret = second_look_take(session, query, &other);
	if (ret == 0)
		ret = tcpmem_snapshot_add_info(snap, other);
	tcpmem_snapshot_free(other);
	tcpmem_query_free(query);
	return ret;
}
