// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * source_capture.c - a saved file as a source of sockets
 *
 * Its messages take the way that the kernel's take: decoded, counted once,
 * accounted, attributed. What differs is only who hands them on.
 */
#include "collect/sources.h"

#include "base/hash.h"
#include "base/util.h"
#include "capture/internal.h"
#include "filter/filter.h"
#include "host/internal.h"
#include "model/classifier.h"
#include "netlink/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEEN_SLOTS 1024

/*
 * struct load - a file that is being read
 * @sink: keeps sockets in @snap
 * @accounting: the sockets' sums
 * @begun: sockets have come
 * @netns: of the last socket
 */
struct load {
	const struct tm_plan *plan;
	const struct tm_sink *sink;
	struct tcpmem_snapshot *snap;
	struct tm_owners owners;
	struct tm_accounting accounting;
	struct tm_classifier classifier;
	struct tm_u64set seen; /* identities, scrambled */
	uint64_t seed;
	bool begun;
	uint32_t netns;
	size_t malformed;
};

/* What the file does not say is what an ordinary machine has. */
static void set_objects(struct load *load, const struct tm_objects *saved)
{
	struct tm_objects *objects = &load->snap->objects;

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
	load->snap->host = capture->host;
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

static int emit(struct load *load, struct tcpmem_socket *sock,
		const struct tm_info *info)
{
	tm_accounting_add(&load->accounting, sock, tm_page_size(load->snap));
	return load->sink->socket(sock, info, load->sink->user);
}

static int on_socket(struct load *load, struct tcpmem_socket *sock,
		     const struct tm_info *info)
{
	static const struct tm_net_facts unknown;
	const struct tm_plan *plan = load->plan;
	int ret = is_repeat(load, sock);

	if (ret)
		return ret < 0 ? ret : 0;
	if (!(sock->flags & TM_SOCK_MPTCP) &&
	    !(plan->states & (1u << sock->state)))
		return 0;
	if (sock->netns != load->netns) {
		tm_classifier_clear(&load->classifier);
		load->netns = sock->netns;
	}
	ret = tm_classify(&load->classifier, plan->states, sock);
	if (ret <= 0)
		return ret;
	if (!tm_select_may(plan, &unknown, sock))
		return 0;
	tm_classifier_account(&load->classifier, &load->snap->objects, sock);
	return emit(load, sock, info);
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
	if (!tm_scope_has(load->plan->query, &capture->netns[message->netns]))
		return 0;
	sock.netns = (uint16_t)message->netns;
	if (message->role == TM_CAPTURE_LISTENERS)
		return tm_listeners_add(load->owners.listeners, &sock);
	/* with the holders come all listeners, without them what was asked */
	if (!capture->scope.holders) {
		int ret = tm_listeners_add(load->owners.listeners, &sock);

		if (ret < 0)
			return ret;
	}
	if (!load->begun)
		begin_sockets(load, capture);
	if (!tm_plan_needs(load->plan, TCPMEM_NEED_INFO))
		return on_socket(load, &sock, NULL);
	tm_parse_info(message->data, &info);
	return on_socket(load, &sock, &info);
}

/* All that came is void, of whatever namespace. */
static int on_restart(void *user)
{
	struct load *load = user;

	tm_u64set_clear(&load->seen);
	tm_classifier_clear(&load->classifier);
	tm_accounting_forget(&load->accounting);
	tm_socket_set_clear(&load->snap->sockets);
	return 0;
}

static int add_scope_warnings(struct load *load,
			      const struct tm_capture *capture)
{
	const struct tcpmem_query *query = load->plan->query;
	struct tm_warnings *warnings = &load->snap->warnings;
	int ret = 0;

	if (capture->foreign)
		return tm_warnings_add(
			warnings, TCPMEM_WARNING_CAPTURE_SCOPE,
			"a dump of ss tells nothing of processes, "
			"namespaces, time and the host; sizes of "
			"objects are those of an ordinary machine");
	load->snap->lacks_states = query->states & ~capture->scope.states;
	if (load->snap->lacks_states)
		ret = tm_warnings_add(
			warnings, TCPMEM_WARNING_CAPTURE_SCOPE,
			"the capture was asked for some states only; "
			"sockets in others are not counted");
	if (ret == 0 && tm_plan_needs(load->plan, TCPMEM_NEED_HOLDERS) &&
	    !capture->scope.holders)
		ret = tm_warnings_add(
			warnings, TCPMEM_WARNING_CAPTURE_SCOPE,
			"the capture was not asked for processes");
	if (ret == 0 && tm_plan_needs(load->plan, TCPMEM_NEED_INFO) &&
	    !capture->scope.info)
		ret = tm_warnings_add(warnings, TCPMEM_WARNING_CAPTURE_SCOPE,
				      "the capture was not asked for tcp_info");
	if (ret == 0 && tm_plan_needs(load->plan, TCPMEM_NEED_LIMITS) &&
	    !capture->limits)
		ret = tm_warnings_add(
			warnings, TCPMEM_WARNING_CAPTURE_SCOPE,
			"sysctls and counters: not in this capture");
	if (ret == 0 && capture->limits_left_out)
		ret = tm_warnings_add(
			warnings, TCPMEM_WARNING_CAPTURE_SCOPE,
			"sysctls and counters: of the first %d network "
			"namespaces alone",
			TM_CAPTURE_LIMITS_NETNS);
	else if (ret == 0 && capture->limits &&
		 tm_snapshot_lacks_limit(load->snap, SIZE_MAX))
		ret = tm_warnings_add(
			warnings, TCPMEM_WARNING_CAPTURE_SCOPE,
			"sysctls and counters: of some network namespaces with "
			"sockets they are not in this capture");
	if (ret == 0 && tm_plan_needs(load->plan, TCPMEM_NEED_PAST))
		ret = tm_warnings_add(warnings, TCPMEM_WARNING_PAST_UNKNOWN,
				      "a capture tells no past owners");
	return ret;
}

/* Whether a namespace that was asked for could not be looked into. */
static bool asks_for_unseen(const struct tcpmem_query *query,
			    const struct tcpmem_snapshot *snap)
{
	for (size_t i = 0; i < snap->netns_count; i++)
		if (!snap->netns[i].seen &&
		    tm_scope_has(query, &snap->netns[i]))
			return true;
	return false;
}

/*
 * Whether sockets that were not seen may be in any state: of chosen namespaces
 * only closed and bound ones are not looked for.
 */
static bool may_lack_others(const struct tm_capture *capture)
{
	const struct tm_accounting *accounting = &capture->accounting;

	return !tm_warnings_have(&capture->warnings,
				 TCPMEM_WARNING_NETNS_SCOPE) &&
	       (!accounting->unhashed_known ||
		accounting->unhashed > (int64_t)capture->dark_count);
}

/* Whether a warning that was saved says something to who asks now. */
static bool matters(const struct load *load, const struct tm_capture *capture,
		    enum tcpmem_warning_code code)
{
	const struct tm_plan *plan = load->plan;
	const struct tcpmem_query *query = plan->query;

	switch (code) {
	case TCPMEM_WARNING_FDS_UNREADABLE:
	case TCPMEM_WARNING_PROC_HIDDEN:
		return tm_plan_needs(load->plan, TCPMEM_NEED_HOLDERS);
	case TCPMEM_WARNING_NETNS_DENIED:
		return !query->netns_count ||
		       asks_for_unseen(query, load->snap);
	case TCPMEM_WARNING_SOCKETS_UNSEEN:
		return !query->netns_count &&
		       (plan->selected == TCPMEM_STATES_ALL || plan->unhashed ||
			plan->bound || may_lack_others(capture));
	default:
		return true;
	}
}

static int set_warnings(struct load *load, const struct tm_capture *capture)
{
	struct tm_warnings *warnings = &load->snap->warnings;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < capture->warnings.count; i++)
		if (matters(load, capture, capture->warnings.warning[i].code))
			ret = tm_warnings_add(
				warnings, capture->warnings.warning[i].code,
				"%s", capture->warnings.warning[i].text);
	if (ret == 0 && capture->warnings_left_out &&
	    matters(load, capture, capture->code_left_out))
		ret = tm_warnings_add(warnings, capture->code_left_out,
				      "%zu further warnings of the capture "
				      "are left out",
				      capture->warnings_left_out);
	if (ret == 0)
		ret = tm_accounting_explain(&load->accounting, warnings);
	if (ret == 0 && load->malformed &&
	    !tm_warnings_have(warnings, TCPMEM_WARNING_MESSAGE_MALFORMED))
		ret = tm_warnings_add(
			warnings, TCPMEM_WARNING_MESSAGE_MALFORMED,
			"%zu records of the file make no sense and "
			"are not counted",
			load->malformed);
	if (ret == 0 && load->plan->unhashed &&
	    !tm_warnings_have(warnings, TCPMEM_WARNING_SOCKETS_UNSEEN) &&
	    (load->plan->query->netns_count ||
	     tm_warnings_have(warnings, TCPMEM_WARNING_NETNS_SCOPE)))
		ret = tm_netns_explain_unhashed("closed", true, warnings);
	return ret ? ret : add_scope_warnings(load, capture);
}

static int set_holders(struct load *load, struct tm_capture *capture)
{
	const struct tm_plan *plan = load->plan;
	struct tm_owners *owners = &load->owners;
	struct tcpmem_snapshot *snap = load->snap;
	int ret;

	if (!tm_plan_needs(plan, TCPMEM_NEED_HOLDERS) ||
	    !capture->scope.holders)
		return tm_listeners_finish(owners->listeners, NULL);
	ret = tm_holders_finish(capture->holders);
	if (ret)
		return ret;
	snap->holders = capture->holders;
	capture->holders = NULL;
	if (tm_plan_needs(plan, TCPMEM_NEED_METADATA)) {
		snap->metadata = capture->metadata;
		memset(&capture->metadata, 0, sizeof(capture->metadata));
	}
	owners->holders = snap->holders;
	owners->known = true;
	owners->complete = capture->complete;
	owners->nested = capture->nested;
	return tm_listeners_finish(owners->listeners, snap->holders);
}

/* The kernel's counters, and the sums that were just added up. */
static void set_accounting(struct load *load, const struct tm_capture *capture)
{
	struct tm_accounting *accounting = &load->snap->accounting;

	*accounting = capture->accounting;
	accounting->fds_searched = capture->scope.holders;
	tm_accounting_forget(accounting);
	tm_accounting_merge(accounting, &load->accounting);
	accounting->narrowed |= tm_plan_narrows(load->plan);
}

/* Sockets that no dump showed: none is looked for where all are not. */
static int add_unhashed(struct load *load, struct tm_capture *capture)
{
	const struct tm_plan *plan = load->plan;
	int ret = 0;

	if (plan->query->netns_count)
		return 0;
	for (size_t i = 0; ret == 0 && i < capture->dark_count; i++)
		if (plan->states & 1u << capture->dark[i].state)
			ret = emit(load, &capture->dark[i], NULL);
	return ret;
}

static void set_netns(struct tcpmem_snapshot *snap, struct tm_capture *capture)
{
	snap->netns = capture->netns;
	snap->netns_count = capture->netns_count;
	capture->netns = NULL;
	capture->netns_count = 0;
}

/* @states: that the file and the question have in common */
static void count_fin_wait_2(struct tcpmem_snapshot *snap, uint32_t states)
{
	if (!(states & 1u << TCPMEM_STATE_FIN_WAIT_2))
		return;
	for (size_t i = 0; i < snap->netns_count; i++)
		snap->netns[i].fin_wait_2 = 0;
	for (size_t i = 0; i < snap->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snap->sockets.sock[i];

		if (sock->flags & TM_SOCK_MINI &&
		    sock->state == TCPMEM_STATE_FIN_WAIT_2)
			snap->netns[sock->netns].fin_wait_2++;
	}
}

/* A connection that is closed with unread data is reset. */
static bool sends_on(const struct tcpmem_socket *sock)
{
	const uint32_t states =
		1u << TCPMEM_STATE_ESTABLISHED | 1u << TCPMEM_STATE_CLOSE_WAIT |
		1u << TCPMEM_STATE_FIN_WAIT_1 | 1u << TCPMEM_STATE_LAST_ACK |
		1u << TCPMEM_STATE_CLOSING;

	return states & 1u << sock->state && sock->wqueue && !sock->rqueue &&
	       !(sock->flags & (TM_SOCK_MPTCP | TM_SOCK_SUBFLOW));
}

/*
 * Nothing has the inode any more: the socket is gone, or an orphan that sends
 * what is left, as tm_recheck() would find it where the capture was taken.
 */
static bool was_closed(struct tcpmem_socket *sock, void *user)
{
	const struct tm_capture *capture = user;

	if (!tm_capture_has_closed(capture, sock->inode))
		return false;
	if (!sends_on(sock))
		return true;
	sock->inode = 0;
	sock->flags |= TM_SOCK_ORPHAN;
	return false;
}

static int finish(struct load *load, struct tm_capture *capture)
{
	const struct tm_plan *plan = load->plan;
	struct tm_owners *owners = &load->owners;
	struct tcpmem_snapshot *snap = load->snap;
	size_t undecided = 0;
	int ret;

	if (!load->begun)
		begin_sockets(load, capture);
	ret = add_unhashed(load, capture);
	if (ret)
		return ret;
	set_accounting(load, capture);
	if (capture->closed_count)
		tm_socket_set_remove_if(&snap->sockets, was_closed, capture);
	snap->clock = capture->clock;
	set_netns(snap, capture);
	ret = set_holders(load, capture);
	if (ret)
		return ret;
	if (!plan->filter)
		count_fin_wait_2(snap, plan->states & capture->scope.states);
	tm_owners_attribute(owners, &snap->sockets);
	ret = tm_select(plan, snap, &undecided);
	if (ret == 0)
		ret = set_warnings(load, capture);
	if (ret == 0)
		ret = tm_select_explain(plan, undecided, snap);
	if (ret == 0)
		ret = tm_owners_explain(owners, &snap->sockets,
					&snap->warnings);
	if (ret == 0)
		ret = tm_scope_apply(plan, snap, owners->listeners);
	snap->limits = capture->limits;
	capture->limits = NULL;
	tm_snapshot_find_time_wait(snap);
	return ret;
}

static int load_file(struct load *load, int fd, unsigned int flags,
		     struct tm_capture_error *error)
{
	const struct tm_capture_sink sink = {
		.message = on_message,
		.restart = on_restart,
		.limits = tm_plan_needs(load->plan, TCPMEM_NEED_LIMITS),
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

static int load_snapshot(const struct tm_plan *plan, int fd, unsigned int flags,
			 struct tm_capture_error *found,
			 struct tcpmem_snapshot *snap)
{
	const struct tm_sink sink = tm_sink_keep(&snap->sockets);
	struct load load = { .plan = plan, .sink = &sink, .snap = snap };
	int ret = tm_listeners_new(&load.owners.listeners);

	if (ret == 0)
		ret = load_file(&load, fd, flags, found);
	if (ret == 0 && tm_plan_needs(plan, TCPMEM_NEED_METADATA))
		snap->listeners = load.owners.listeners;
	else
		tm_listeners_free(load.owners.listeners);
	return ret;
}

/* Cgroups are compared by path: ids are those of another time or host. */
static int make_plan(struct tcpmem_ctx *ctx, const struct tcpmem_query *query,
		     struct tm_plan *plan)
{
	int ret = tm_plan_make(ctx, query, TM_SINK_KEEP, plan);

	plan->saved = true;
	if (ret == 0 && plan->filter &&
	    plan->filter->types & 1u << TM_FILTER_CGROUP)
		plan->needs |= TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA;
	return ret;
}

static bool is_of_this_boot(const struct tcpmem_ctx *ctx,
			    const struct tcpmem_snapshot *snap)
{
	struct tm_clock now;

	tm_clock_read(ctx, &now);
	return *now.boot_id && strcmp(now.boot_id, snap->clock.boot_id) == 0;
}

int tcpmem_snapshot_load_fd(struct tcpmem_ctx *ctx,
			    const struct tcpmem_query *query, int fd,
			    unsigned int flags,
			    struct tcpmem_capture_error *error,
			    struct tcpmem_snapshot **snapshot)
{
	struct tm_capture_error found = { .offset = 0 };
	struct tcpmem_snapshot *snap = NULL;
	struct tm_plan plan;
	int ret;

	if ((flags & ~TCPMEM_LOAD_SALVAGE) ||
	    (error && error->size < sizeof(*error)))
		return -EINVAL;
	ret = make_plan(ctx, query, &plan);
	if (ret == 0)
		ret = tm_snapshot_new(&plan, &snap);
	if (ret == 0) {
		snap->saved = true;
		ret = load_snapshot(&plan, fd, flags, &found, snap);
		snap->elsewhere = !is_of_this_boot(ctx, snap);
	}
	/* the file is not at fault, whatever was found of it before */
	if (ret == -ENOMEM)
		found = (struct tm_capture_error){ 0 };
	if (ret && error) {
		error->offset = found.offset;
		snprintf(error->text, sizeof(error->text), "%s", found.text);
	}
	return tm_snapshot_end(ret, snap, snapshot);
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
