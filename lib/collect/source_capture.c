// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * source_capture.c - a saved file -> a const snapshot
 *
 * Its messages take the way that the kernel's take: decoded, counted once,
 * accounted, attributed. What differs is only who hands them on.
 */
#include "base/u64set.h"
#include "base/util.h"
#include "collect/collect.h"
#include "collect/filter.h"
#include "collect/holders.h"
#include "collect/scope.h"
#include "host/internal.h"
#include "model/classifier.h"
#include "netlink/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEEN_SLOTS 1024

struct load {
	struct tm_collect collect;
	struct tm_classifier classifier;
	struct tm_u64set seen; /* identities, scrambled */
	uint64_t seed;
	bool begun; /* sockets have come */
	uint32_t netns;
	size_t malformed;
};

/* What the file does not say is what an ordinary machine has. */
static void set_objects(struct load *load, const struct tm_objects *saved)
{
	struct tm_objects *objects = &load->collect.snap->objects;

	tm_objects_default(objects);
	for (size_t i = 0; i < TCPMEM_OBJECT_COUNT; i++) {
		if (!saved->bytes[i])
			continue;
		objects->bytes[i] = saved->bytes[i];
		objects->source[i] = saved->source[i];
	}
}

static void begin_sockets(struct load *load, const struct tm_capture *capture)
{
	set_objects(load, &capture->objects);
	load->collect.snap->host = capture->host;
	load->begun = true;
}

/* The kernel and joined files may repeat a socket. 1: it was seen before. */
static int is_repeat(struct load *load, const struct tcpmem_socket *sock)
{
	uint64_t identity = tm_socket_identity(sock);
	/* one to one, since the seed is odd; a file may hold any */
	uint64_t scrambled = identity * load->seed;

	if (!identity)
		return 0;
	if (tm_u64set_has(&load->seen, scrambled))
		return 1;
	return tm_u64set_add(&load->seen, scrambled);
}

static int on_socket(struct load *load, struct tcpmem_socket *sock,
		     const struct tm_info *info)
{
	struct tm_collect *c = &load->collect;
	int ret = is_repeat(load, sock);

	if (ret)
		return ret < 0 ? ret : 0;
	if (!(sock->flags & TM_SOCK_MPTCP) &&
	    !(c->states & (1u << sock->state)))
		return 0;
	if (sock->netns != load->netns) {
		tm_classifier_clear(&load->classifier);
		load->netns = sock->netns;
	}
	ret = tm_classify(&load->classifier, c->states, sock);
	if (ret <= 0)
		return ret;
	if (c->narrow && !tm_collect_wants(c->filter, NULL, sock))
		return 0;
	tm_classifier_account(&load->classifier, &c->snap->objects, sock);
	return tm_collect_socket(c, sock, info);
}

static int on_message(const struct tm_capture_message *message,
		      const struct tm_capture *capture, void *user)
{
	struct tcpmem_socket sock;
	struct load *load = user;
	struct tm_info info;

	if (tm_parse_socket(message->data, message->len, message->mptcp,
			    &sock) < 0) {
		load->malformed++;
		return 0;
	}
	if (!tm_collect_in_scope(load->collect.query,
				 &capture->netns[message->netns]))
		return 0;
	sock.netns = (uint16_t)message->netns;
	if (message->role == TM_CAPTURE_LISTENERS)
		return tm_listeners_add(load->collect.listeners, &sock);
	/* with the holders come all listeners, without them what was asked */
	if (!capture->scope.holders) {
		int ret = tm_listeners_add(load->collect.listeners, &sock);

		if (ret < 0)
			return ret;
	}
	if (!load->begun)
		begin_sockets(load, capture);
	if (!(load->collect.needs & TCPMEM_NEED_INFO))
		return on_socket(load, &sock, NULL);
	tm_parse_info(message->data, message->mptcp, &info);
	return on_socket(load, &sock, &info);
}

static int on_restart(void *user)
{
	struct load *load = user;

	tm_u64set_clear(&load->seen);
	tm_classifier_clear(&load->classifier);
	return tm_collect_restart(&load->collect);
}

static int add_scope_warnings(struct load *load,
			      const struct tm_capture *capture)
{
	const struct tcpmem_query *query = load->collect.query;
	struct tm_warnings *warnings = &load->collect.snap->warnings;
	int ret = 0;

	if (capture->foreign)
		return tm_warnings_add(
			warnings, TCPMEM_WARNING_CAPTURE_SCOPE,
			"a dump of ss tells nothing of processes, "
			"namespaces, time and the host; sizes of "
			"objects are those of an ordinary machine");
	if (query->states & ~capture->scope.states)
		ret = tm_warnings_add(
			warnings, TCPMEM_WARNING_CAPTURE_SCOPE,
			"the capture was asked for some states only");
	if (ret == 0 && (query->needs & TCPMEM_NEED_HOLDERS) &&
	    !capture->scope.holders)
		ret = tm_warnings_add(
			warnings, TCPMEM_WARNING_CAPTURE_SCOPE,
			"the capture was not asked for processes");
	if (ret == 0 && (load->collect.needs & TCPMEM_NEED_INFO) &&
	    !capture->scope.info)
		ret = tm_warnings_add(warnings, TCPMEM_WARNING_CAPTURE_SCOPE,
				      "the capture was not asked for tcp_info");
	return ret;
}

/* Whether a warning that was saved says something to who asks now. */
static bool matters(const struct tcpmem_query *query,
		    enum tcpmem_warning_code code)
{
	switch (code) {
	case TCPMEM_WARNING_FDS_UNREADABLE:
	case TCPMEM_WARNING_PROC_HIDDEN:
		return query->needs & TCPMEM_NEED_HOLDERS;
	case TCPMEM_WARNING_NETNS_DENIED:
		return !query->netns_count;
	case TCPMEM_WARNING_SOCKETS_UNSEEN:
		return !query->netns_count &&
		       query->states == TCPMEM_STATES_ALL;
	default:
		return true;
	}
}

static int set_warnings(struct load *load, const struct tm_capture *capture)
{
	struct tm_warnings *warnings = &load->collect.snap->warnings;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < capture->warnings.count; i++)
		if (matters(load->collect.query,
			    capture->warnings.warning[i].code))
			ret = tm_warnings_add(
				warnings, capture->warnings.warning[i].code,
				"%s", capture->warnings.warning[i].text);
	if (ret == 0 &&
	    !tm_warnings_have(warnings, TCPMEM_WARNING_COUNTERS_MISSING))
		ret = tm_collect_uncounted(&load->collect);
	if (ret == 0 && load->malformed &&
	    !tm_warnings_have(warnings, TCPMEM_WARNING_MESSAGE_MALFORMED))
		ret = tm_warnings_add(
			warnings, TCPMEM_WARNING_MESSAGE_MALFORMED,
			"%zu records of the file make no sense and "
			"are not counted",
			load->malformed);
	return ret ? ret : add_scope_warnings(load, capture);
}

static int set_holders(struct load *load, struct tm_capture *capture)
{
	struct tm_collect *c = &load->collect;
	int ret;

	if (!(c->needs & TCPMEM_NEED_HOLDERS) || !capture->scope.holders)
		return tm_listeners_finish(c->listeners, NULL);
	ret = tm_holders_finish(capture->holders);
	if (ret)
		return ret;
	c->snap->holders = capture->holders;
	capture->holders = NULL;
	if (c->needs & TCPMEM_NEED_METADATA) {
		c->snap->metadata = capture->metadata;
		memset(&capture->metadata, 0, sizeof(capture->metadata));
	}
	c->complete = capture->complete;
	c->nested = capture->nested;
	return tm_listeners_finish(c->listeners, c->snap->holders);
}

/* The kernel's side of the accounting; ours is what was just added up. */
static void set_accounting(struct load *load, const struct tm_capture *capture)
{
	const struct tcpmem_query *query = load->collect.query;
	struct tm_accounting *accounting = &load->collect.snap->accounting;
	const struct tm_accounting ours = *accounting;

	*accounting = capture->accounting;
	tm_accounting_forget(accounting);
	tm_accounting_merge(accounting, &ours);
	if (query->netns_count || query->states != TCPMEM_STATES_ALL)
		accounting->narrowed = true;
}

/* Sockets that no dump showed: none is looked for where all are not. */
static int add_dark(struct load *load, struct tm_capture *capture)
{
	struct tm_collect *c = &load->collect;
	int ret = 0;

	if (c->query->netns_count || !(c->query->needs & TCPMEM_NEED_HOLDERS))
		return 0;
	for (size_t i = 0; ret == 0 && i < capture->dark_count; i++)
		if (c->query->states & 1u << capture->dark[i].state)
			ret = tm_collect_socket(c, &capture->dark[i], NULL);
	return ret;
}

static int finish(struct load *load, struct tm_capture *capture)
{
	struct tcpmem_snapshot *snap = load->collect.snap;
	int ret;

	if (!load->begun)
		begin_sockets(load, capture);
	ret = add_dark(load, capture);
	if (ret)
		return ret;
	set_accounting(load, capture);
	snap->clock = capture->clock;
	snap->netns = capture->netns;
	snap->netns_count = capture->netns_count;
	capture->netns = NULL;
	capture->netns_count = 0;
	ret = set_holders(load, capture);
	if (ret)
		return ret;
	tm_collect_attribute(&load->collect);
	tm_collect_select(&load->collect);
	ret = set_warnings(load, capture);
	if (ret == 0)
		ret = tm_collect_undecided(&load->collect);
	if (ret == 0)
		ret = tm_collect_explain(&load->collect);
	return ret ? ret : tm_collect_narrow(&load->collect);
}

static int load_file(struct load *load, int fd, unsigned int flags,
		     struct tm_capture_error *error)
{
	const struct tm_capture_sink sink = {
		.message = on_message,
		.restart = on_restart,
		.user = load,
	};
	struct tm_capture capture;
	int ret;

	load->seed = tm_random_seed();
	ret = tm_u64set_init(&load->seen, SEEN_SLOTS);
	if (ret == 0)
		ret = tm_classifier_init(&load->classifier);
	if (ret) {
		tm_u64set_deinit(&load->seen);
		return ret;
	}
	ret = tm_capture_read(fd, flags & TCPMEM_LOAD_SALVAGE, &sink, &capture,
			      error);
	if (ret == 0)
		ret = finish(load, &capture);
	tm_capture_clear(&capture);
	tm_classifier_deinit(&load->classifier);
	tm_u64set_deinit(&load->seen);
	return ret;
}

/* Of a file that does not say when it was made, the file system does. */
static void set_time(struct tcpmem_snapshot *snap, int fd)
{
	struct stat st;
	int64_t ns;

	if (snap->clock.wall_ns || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	if (__builtin_mul_overflow(st.st_mtim.tv_sec, INT64_C(1000000000),
				   &ns) ||
	    __builtin_add_overflow(ns, st.st_mtim.tv_nsec, &ns) || ns < 0)
		return;
	snap->clock.wall_ns = ns;
}

int tcpmem_snapshot_load_fd(struct tcpmem_ctx *ctx,
			    const struct tcpmem_query *query, int fd,
			    unsigned int flags,
			    struct tcpmem_capture_error *error,
			    struct tcpmem_snapshot **snapshot)
{
	struct load load = { .collect = { .ctx = ctx, .query = query } };
	struct tm_capture_error found = { .offset = 0 };
	int ret;

	if ((flags & ~TCPMEM_LOAD_SALVAGE) ||
	    (error && error->size < sizeof(*error)))
		return -EINVAL;
	ret = tm_collect_begin(&load.collect);
	if (ret == 0)
		ret = load_file(&load, fd, flags, &found);
	if (ret == 0)
		set_time(load.collect.snap, fd);
	if (ret && error) {
		error->offset = found.offset;
		snprintf(error->text, sizeof(error->text), "%s", found.text);
	}
	return tm_collect_end(&load.collect, ret, snapshot);
}

int tcpmem_snapshot_load(struct tcpmem_ctx *ctx,
			 const struct tcpmem_query *query, const char *path,
			 unsigned int flags, struct tcpmem_capture_error *error,
			 struct tcpmem_snapshot **snapshot)
{
	int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = tcpmem_snapshot_load_fd(ctx, query, fd, flags, error, snapshot);
	close(fd);
	return ret;
}
