// SPDX-License-Identifier: LGPL-2.1-or-later
/* keys.c - what sockets can be grouped by */
#include "analysis/table.h"

#include "base/util.h"
#include "tcpmem/table.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const struct tm_past_ref *past_of(const struct tm_key_view *view,
					 const struct tcpmem_socket *sock)
{
	const struct tm_past *past = &view->snap->past;
	size_t index = (size_t)(sock - view->snap->sockets.sock);

	return past->ref && index < past->ref_count &&
			       past->ref[index].source != TM_PAST_UNKNOWN
		       ? &past->ref[index]
		       : NULL;
}

const struct tm_past_owner *tm_key_past_owner(const struct tm_key_view *view,
					      const struct tcpmem_socket *sock)
{
	const struct tm_past_ref *ref = past_of(view, sock);

	return ref ? &view->snap->past.owner[ref->owner] : NULL;
}

static int process_id(struct tm_key_view *view,
		      const struct tcpmem_socket *sock, uint32_t process,
		      uint64_t *id)
{
	if (process != TM_KEY_NO_PROCESS)
		*id = process;
	else if (sock->holder != TM_HOLDER_NONE)
		*id = TM_KEY_ASK_HOLDER;
	else if (past_of(view, sock))
		*id = TM_KEY_PAST | past_of(view, sock)->owner;
	else
		*id = TM_KEY_NOBODY | sock->kind;
	return 0;
}

bool tm_key_without_process(const struct tm_key_view *view,
			    const struct tcpmem_socket *sock, uint32_t *process,
			    uint64_t *id)
{
	const struct tm_past_owner *owner;

	if (*process != TM_KEY_NO_PROCESS)
		return false;
	owner = tm_key_past_owner(view, sock);
	if (owner && owner->holder != TM_KEY_NO_PROCESS) {
		*process = owner->holder;
		return false;
	}
	*id = sock->holder != TM_HOLDER_NONE ? TM_KEY_ASK_HOLDER
					     : TM_KEY_NOBODY | sock->kind;
	return true;
}

bool tm_key_format_absent(uint64_t id, char *text, size_t size)
{
	enum tcpmem_kind kind = (enum tcpmem_kind)(id & 0xff);

	if (id & TM_KEY_NOBODY)
		snprintf(text, size, "%s", tcpmem_kind_describe(kind)->name);
	else if (id == TM_KEY_UNREAD)
		snprintf(text, size, "unknown");
	else if (id == TM_KEY_NOT_HERE)
		snprintf(text, size, "absent");
	else if (id & TM_KEY_NONE)
		snprintf(text, size, "-");
	else
		return false;
	return true;
}

/* What stands where no process, cgroup ... does, and rows that are sums */
static bool is_reserved(const char *text)
{
	static const char *const words[] = { "absent", "-", "other", "total" };
	const char *kind;

	for (size_t i = 0; i < TM_ARRAY_SIZE(words); i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	for (unsigned int i = 0; (kind = tcpmem_kind_describe(i)->name); i++)
		if (strcmp(text, kind) == 0)
			return true;
	return false;
}

void tm_key_tell_apart(char *text, size_t size)
{
	size_t len = strlen(text);

	if (len + 3 > size || !is_reserved(text))
		return;
	memmove(text + 1, text, len);
	text[0] = text[len + 1] = '"';
	text[len + 2] = '\0';
}

static void process_format(const struct tm_key_view *view, uint64_t id,
			   char *text, size_t size)
{
	const struct tcpmem_process *process;
	const struct tm_past_owner *owner;

	if (tm_key_format_absent(id, text, size))
		return;
	if (id & TM_KEY_PAST) {
		owner = &view->snap->past.owner[(uint32_t)id];
		snprintf(text, size, "%s[%u] (%s)", owner->process.comm,
			 owner->process.pid,
			 owner->gone ? "gone" : "past owner");
		return;
	}
	process = tm_holders_get_process(view->snap->holders, (uint32_t)id);
	snprintf(text, size, "%s[%u]", process->comm, process->pid);
}

static int state_id(struct tm_key_view *view, const struct tcpmem_socket *sock,
		    uint32_t process, uint64_t *id)
{
	(void)view;
	(void)process;
	*id = sock->state;
	return 0;
}

static void state_format(const struct tm_key_view *view, uint64_t id,
			 char *text, size_t size)
{
	(void)view;
	snprintf(text, size, "%s",
		 tcpmem_state_describe((enum tcpmem_state)id)->name);
}

static int family_id(struct tm_key_view *view, const struct tcpmem_socket *sock,
		     uint32_t process, uint64_t *id)
{
	(void)view;
	(void)process;
	*id = tcpmem_socket_get_family(sock);
	return 0;
}

static void family_format(const struct tm_key_view *view, uint64_t id,
			  char *text, size_t size)
{
	(void)view;
	snprintf(text, size, "%s",
		 tcpmem_family_describe((enum tcpmem_family)id)->name);
}

static int netns_id(struct tm_key_view *view, const struct tcpmem_socket *sock,
		    uint32_t process, uint64_t *id)
{
	(void)view;
	(void)process;
	*id = sock->netns;
	return 0;
}

static void netns_format(const struct tm_key_view *view, uint64_t id,
			 char *text, size_t size)
{
	snprintf(text, size, "%s", view->snap->netns[id].name);
}

/* The kernel forgets the user of a mini-socket. */
static int user_id(struct tm_key_view *view, const struct tcpmem_socket *sock,
		   uint32_t process, uint64_t *id)
{
	(void)view;
	(void)process;
	*id = sock->flags & TM_SOCK_MINI ? TM_KEY_NOBODY | sock->kind
					 : sock->uid;
	return 0;
}

static void user_format(const struct tm_key_view *view, uint64_t id, char *text,
			size_t size)
{
	if (!tm_key_format_absent(id, text, size))
		tm_user_format((uint32_t)id, view->snap->elsewhere, text, size);
}

static int local_port_id(struct tm_key_view *view,
			 const struct tcpmem_socket *sock, uint32_t process,
			 uint64_t *id)
{
	(void)view;
	(void)process;
	*id = sock->local_port;
	return 0;
}

static int is_unconnected(const struct tcpmem_socket *sock)
{
	return sock->state == TCPMEM_STATE_LISTENING ||
	       sock->state == TCPMEM_STATE_BOUND_INACTIVE ||
	       (sock->state == TCPMEM_STATE_CLOSED && !sock->remote_port);
}

static int peer_port_id(struct tm_key_view *view,
			const struct tcpmem_socket *sock, uint32_t process,
			uint64_t *id)
{
	(void)view;
	(void)process;
	*id = is_unconnected(sock) ? TM_KEY_NONE : sock->remote_port;
	return 0;
}

void tm_key_format_number(const struct tm_key_view *view, uint64_t id,
			  char *text, size_t size)
{
	(void)view;
	if (!tm_key_format_absent(id, text, size))
		snprintf(text, size, "%ju", (uintmax_t)id);
}

/* Its id is the holder of the other end. */
static int peer_process_id(struct tm_key_view *view,
			   const struct tcpmem_socket *sock, uint32_t process,
			   uint64_t *id)
{
	struct tcpmem_peer peer = { .size = sizeof(peer) };

	(void)process;
	tcpmem_socket_get_peer(view->snap, sock, &peer);
	if (peer.process)
		*id = tm_socket_set_peer(&view->snap->sockets, sock)->holder;
	else if (peer.status == TCPMEM_PEER_SOCKET)
		*id = TM_KEY_NOBODY | peer.kind;
	else if (peer.status == TCPMEM_PEER_ABSENT)
		*id = TM_KEY_NOT_HERE;
	else
		*id = peer.status == TCPMEM_PEER_NONE ? TM_KEY_NONE
						      : TM_KEY_UNREAD;
	return 0;
}

static void peer_process_format(const struct tm_key_view *view, uint64_t id,
				char *text, size_t size)
{
	if (!tm_key_format_absent(id, text, size))
		tm_holder_format(view->snap->holders, (uint32_t)id, text, size);
}

/*
 * struct peer_place - what tells a peer from others with its address
 * @holder: behind a loopback address
 * @netns: and interface, of a link-local address
 */
struct peer_place {
	uint32_t holder;
	uint32_t netns;
	uint32_t ifindex;
};

/* The peer's address, 4 or 16 bytes, and its place */
#define PEER_SIZE (16 + sizeof(struct peer_place))

/* "%eth0": @ifindex, if it is not 0 */
static void device_format(const struct tm_key_view *view, uint32_t netns,
			  uint32_t ifindex, char *text, size_t size)
{
	const char *name;

	if (!ifindex)
		return;
	name = tm_net_facts_name(&view->snap->netns[netns].facts, ifindex);
	if (name)
		snprintf(text, size, "%%%s", name);
	else
		snprintf(text, size, "%%%u", ifindex);
}

/* Every program of the host is behind a loopback address: its holder, or 0. */
static uint32_t loopback_holder(const struct tm_key_view *view,
				const struct tcpmem_socket *sock)
{
	const struct tm_peer *peer =
		tm_socket_set_peer(&view->snap->sockets, sock);

	return peer && peer->status == TM_PEER_FOUND &&
			       tm_socket_is_loopback(sock)
		       ? peer->holder
		       : TM_HOLDER_NONE;
}

/* A v4-mapped peer counts as IPv4. */
static int peer_id(struct tm_key_view *view, const struct tcpmem_socket *sock,
		   uint32_t process, uint64_t *id)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool v6 = sock->flags & TM_SOCK_IPV6;
	const uint8_t *address = sock->remote;
	uint8_t peer[PEER_SIZE];
	struct peer_place place = { 0 };
	uint32_t number;
	size_t len;
	int ret;

	(void)process;
	if (is_unconnected(sock)) {
		*id = TM_KEY_NONE;
		return 0;
	}
	if (v6 && memcmp(address, mapped, sizeof(mapped)) == 0) {
		address += sizeof(mapped);
		v6 = false;
	}
	len = v6 ? 16 : 4;
	place.holder = loopback_holder(view, sock);
	if (v6 && tm_is_link_local(address)) {
		place.netns = sock->netns;
		place.ifindex = sock->ifindex;
	}
	memcpy(peer, address, len);
	memcpy(peer + len, &place, sizeof(place));
	ret = tm_blobs_intern(&view->blobs, peer, len + sizeof(place), &number);
	if (ret == 0)
		*id = number;
	return ret;
}

static void append_holder(const struct tm_key_view *view, uint32_t holder,
			  char *text, size_t size)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, " = ");
	len = strlen(text);
	tm_holder_format(view->snap->holders, holder, text + len, size - len);
}

static void peer_format(const struct tm_key_view *view, uint64_t id, char *text,
			size_t size)
{
	struct peer_place place;
	const uint8_t *peer;
	size_t len;

	if (tm_key_format_absent(id, text, size))
		return;
	len = view->blobs.blob[id].len - sizeof(place);
	peer = (const uint8_t *)tm_blobs_get(&view->blobs, (uint32_t)id);
	memcpy(&place, peer + len, sizeof(place));
	inet_ntop(len == 4 ? AF_INET : AF_INET6, peer, text, (socklen_t)size);
	len = strlen(text);
	device_format(view, place.netns, place.ifindex, text + len, size - len);
	if (place.holder != TM_HOLDER_NONE)
		append_holder(view, place.holder, text, size);
}

static int congestion_id(struct tm_key_view *view,
			 const struct tcpmem_socket *sock, uint32_t process,
			 uint64_t *id)
{
	const char *name = tcpmem_socket_get_congestion(view->snap, sock);
	uint32_t number;
	int ret;

	(void)process;
	if (!name) {
		*id = tm_congestion_is_missing(view->snap, sock) ? TM_KEY_UNREAD
								 : TM_KEY_NONE;
		return 0;
	}
	ret = tm_blobs_intern(&view->blobs, name, strlen(name), &number);
	if (ret == 0)
		*id = number;
	return ret;
}

/* The listener itself, and what is connected where it listens. */
static int listener_id(struct tm_key_view *view,
		       const struct tcpmem_socket *sock, uint32_t process,
		       uint64_t *id)
{
	size_t index;

	(void)process;
	*id = TM_KEY_NONE;
	if (view->snap->listeners &&
	    tm_listeners_find(view->snap->listeners, sock, &index))
		*id = index;
	return 0;
}

/* ADDRESS:PORT as ss writes it; other namespaces' with their name. */
static void listener_format(const struct tm_key_view *view, uint64_t id,
			    char *text, size_t size)
{
	const struct tm_endpoint *at;
	char address[INET6_ADDRSTRLEN];
	char device[20] = "";
	const char *netns;

	if (tm_key_format_absent(id, text, size))
		return;
	at = tm_listeners_get(view->snap->listeners, id);
	netns = view->snap->netns[at->netns].name;
	inet_ntop(at->ipv6 ? AF_INET6 : AF_INET,
		  at->address + (at->ipv6 ? 0 : 12), address, sizeof(address));
	device_format(view, at->netns, at->ifindex, device, sizeof(device));
	if (strcmp(netns, "self") == 0)
		netns = "";
	snprintf(text, size, at->ipv6 ? "[%s%s]:%u%s%s" : "%s%s:%u%s%s",
		 address, device, at->port, *netns ? "@" : "", netns);
}

const struct tm_key tm_key_process = TM_KEY(
	"process", "who holds it; what nobody holds by kind",
	TCPMEM_NEED_HOLDERS | TCPMEM_SUMS_SUFFICE, process_id, process_format);

static const struct tm_key netns_key = TM_KEY("netns", "network namespace",
					      TCPMEM_SUMS_SUFFICE, netns_id,
					      netns_format);
static const struct tm_key user_key =
	TM_KEY("user", "user whom the kernel says it belongs to", 0, user_id,
	       user_format);
static const struct tm_key state_key = TM_KEY(
	"state", "TCP state", TCPMEM_SUMS_SUFFICE, state_id, state_format);
static const struct tm_key peer_key =
	TM_KEY("peer", "address of the other end; on loopback its process",
	       TCPMEM_NEED_PEERS, peer_id, peer_format);

static const struct tm_key peer_process_key = TM_KEY(
	"peer-process", "who holds the other end; absent: not on this host",
	TCPMEM_NEED_PEERS, peer_process_id, peer_process_format);

static const struct tm_key peer_port_key =
	TM_KEY("peer-port", "port of the other end", 0, peer_port_id,
	       tm_key_format_number);
static const struct tm_key local_port_key =
	TM_KEY("local-port", "port of this end", 0, local_port_id,
	       tm_key_format_number);
static const struct tm_key listener_key = TM_KEY(
	"listener", "where it was accepted: the listening socket's address",
	TCPMEM_NEED_METADATA, listener_id, listener_format);
static const struct tm_key congestion_key =
	TM_KEY("congestion", "congestion control: cubic, bbr ...",
	       TCPMEM_NEED_INFO, congestion_id, tm_key_format_text);
static const struct tm_key family_key =
	TM_KEY("family", "ipv4 or ipv6; v4-mapped is ipv6", TCPMEM_SUMS_SUFFICE,
	       family_id, family_format);

/* In the order in which help lists them. */
static const struct tm_key *const keys[] = {
	&tm_key_process, &tm_key_comm,	    &tm_key_program, &tm_key_cmdline,
	&tm_key_ppid,	 &tm_key_cgroup,    &tm_key_unit,    &tm_key_container,
	&tm_key_pod,	 &netns_key,	    &user_key,	     &state_key,
	&peer_key,	 &peer_process_key, &peer_port_key,  &local_port_key,
	&listener_key,	 &family_key,	    &congestion_key,
};

const struct tm_key *tm_key_find(const char *name, size_t len)
{
	if (len == 4 && memcmp(name, "port", len) == 0)
		return &local_port_key;
	for (size_t i = 0; i < TM_ARRAY_SIZE(keys); i++)
		if (strlen(keys[i]->term.name) == len &&
		    memcmp(keys[i]->term.name, name, len) == 0)
			return keys[i];
	return NULL;
}

const struct tcpmem_term *tcpmem_key_describe(size_t index)
{
	static const struct tcpmem_term none;

	return index < TM_ARRAY_SIZE(keys) ? &keys[index]->term : &none;
}
