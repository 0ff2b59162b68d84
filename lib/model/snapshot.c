// SPDX-License-Identifier: LGPL-2.1-or-later
/* snapshot.c - what a snapshot, its sockets and its processes answer */
#include "model/snapshot.h"

#include "tcpmem/snapshot.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Default of net.core.mem_pcpu_rsv, in pages. */
#define USUAL_RESERVE (INT64_C(1) << 20)

void tm_netns_deinit(struct tm_netns *netns)
{
	free(netns->name);
	free(netns->facts.iface);
	free(netns->limits);
}

void tcpmem_snapshot_free(struct tcpmem_snapshot *snapshot)
{
	if (!snapshot)
		return;
	for (size_t i = 0; i < snapshot->netns_count; i++)
		tm_netns_deinit(&snapshot->netns[i]);
	free(snapshot->netns);
	free(snapshot->limits);
	tm_socket_set_deinit(&snapshot->sockets);
	tm_socket_set_deinit(&snapshot->summed.like);
	free(snapshot->summed.sums);
	tm_holders_free(snapshot->holders);
	tm_metadata_deinit(&snapshot->metadata);
	free(snapshot->charges.charge);
	tm_listeners_free(snapshot->listeners);
	tm_past_deinit(&snapshot->past);
	tm_warnings_clear(&snapshot->warnings);
	free(snapshot);
}

int64_t tcpmem_snapshot_get_time_ns(const struct tcpmem_snapshot *snapshot)
{
	return snapshot->clock.wall_ns ? snapshot->clock.wall_ns
				       : TCPMEM_UNKNOWN;
}

const char *tcpmem_snapshot_get_boot(const struct tcpmem_snapshot *snapshot,
				     int64_t *ns)
{
	const struct tm_clock *clock = &snapshot->clock;

	*ns = clock->boottime_ns ? clock->boottime_ns : TCPMEM_UNKNOWN;
	return clock->boot_id;
}

size_t tcpmem_snapshot_get_socket_count(const struct tcpmem_snapshot *snapshot)
{
	return snapshot->sockets.count;
}

const struct tcpmem_socket *
tcpmem_snapshot_get_socket(const struct tcpmem_snapshot *snapshot, size_t index)
{
	assert(index < snapshot->sockets.count);
	return &snapshot->sockets.sock[index];
}

size_t tcpmem_snapshot_get_holder_count(const struct tcpmem_snapshot *snapshot,
					const struct tcpmem_socket *sock)
{
	if (!snapshot->holders)
		return 0;
	return tm_holder_count(snapshot->holders, sock->holder);
}

const struct tcpmem_process *
tcpmem_snapshot_get_holder(const struct tcpmem_snapshot *snapshot,
			   const struct tcpmem_socket *sock, size_t index)
{
	assert(index < tcpmem_snapshot_get_holder_count(snapshot, sock));
	return tm_holders_get_process(
		snapshot->holders,
		tm_holder_get(snapshot->holders, sock->holder, index));
}

static const char *cgroup_path(const struct tm_metadata *metadata, uint64_t id)
{
	const struct tm_cgroup *cgroup = tm_metadata_find(metadata, id);

	return cgroup && cgroup->path != TM_METADATA_UNKNOWN
		       ? tm_blobs_get(&metadata->texts, cgroup->path)
		       : NULL;
}

int tcpmem_socket_get_past(const struct tcpmem_snapshot *snapshot,
			   const struct tcpmem_socket *sock,
			   struct tcpmem_past *past)
{
	const struct tm_past *all = &snapshot->past;
	size_t index = (size_t)(sock - snapshot->sockets.sock);
	size_t size = past->size;
	const struct tm_past_ref *ref;

	if (size < sizeof(*past))
		return -EINVAL;
	if (!all->ref || index >= all->ref_count)
		return -ENODATA;
	ref = &all->ref[index];
	*past = (struct tcpmem_past){
		.size = size,
		.age_us = ref->aged ? (int64_t)ref->age_us : TCPMEM_UNKNOWN,
	};
	if (ref->cgroup_id)
		past->cgroup = cgroup_path(&snapshot->metadata, ref->cgroup_id);
	if (ref->creator)
		past->creator = &all->owner[ref->creator - 1].process;
	if (ref->source == TM_PAST_UNKNOWN)
		return past->creator ? 0 : -ENODATA;
	past->process = &all->owner[ref->owner].process;
	past->gone = all->owner[ref->owner].gone;
	past->source = tm_past_source_name((enum tm_past_source)ref->source);
	return 0;
}

size_t tcpmem_snapshot_get_netns_count(const struct tcpmem_snapshot *snapshot)
{
	return snapshot->netns_count;
}

const char *tcpmem_snapshot_get_netns(const struct tcpmem_snapshot *snapshot,
				      size_t index, int64_t *inode)
{
	const struct tm_netns *netns = &snapshot->netns[index];

	assert(index < snapshot->netns_count);
	if (inode)
		*inode = netns->inode ? (int64_t)netns->inode : TCPMEM_UNKNOWN;
	return netns->name;
}

int tm_net_facts_find(const struct tm_net_facts *facts, const char *name,
		      uint32_t *index)
{
	for (size_t i = 0; i < facts->iface_count; i++) {
		if (strcmp(facts->iface[i].name, name) == 0) {
			*index = facts->iface[i].index;
			return 0;
		}
	}
	return -ENODATA;
}

const char *tm_net_facts_name(const struct tm_net_facts *facts, uint32_t index)
{
	for (size_t i = 0; i < facts->iface_count; i++)
		if (facts->iface[i].index == index)
			return facts->iface[i].name;
	return NULL;
}

const char *tcpmem_socket_get_interface(const struct tcpmem_snapshot *snapshot,
					const struct tcpmem_socket *sock)
{
	if (!sock->ifindex || sock->netns >= snapshot->netns_count)
		return NULL;
	return tm_net_facts_name(&snapshot->netns[sock->netns].facts,
				 sock->ifindex);
}

int tcpmem_snapshot_get_host_metric(const struct tcpmem_snapshot *snapshot,
				    enum tcpmem_host_metric fact,
				    int64_t *value)
{
	if ((size_t)fact >= TCPMEM_HOST_METRIC_COUNT ||
	    !snapshot->host.known[fact] ||
	    (fact == TCPMEM_HOST_METRIC_TIME_WAIT_ALL &&
	     tm_coverage_missing(snapshot, TM_COVERAGE_NETNS)))
		return -ENODATA;
	*value = snapshot->host.fact[fact];
	return 0;
}

uint32_t tcpmem_snapshot_get_object(const struct tcpmem_snapshot *snapshot,
				    enum tcpmem_object object,
				    enum tcpmem_object_source *source)
{
	assert((size_t)object < TCPMEM_OBJECT_COUNT);
	if (source)
		*source = snapshot->objects.source[object];
	return snapshot->objects.bytes[object];
}

const char *tcpmem_snapshot_get_warning(const struct tcpmem_snapshot *snapshot,
					size_t index,
					enum tcpmem_warning_code *code)
{
	const struct tm_warning *warning = &snapshot->warnings.warning[index];

	if (index >= snapshot->warnings.count)
		return NULL;
	if (code)
		*code = warning->code;
	return warning->text;
}

uint32_t tcpmem_process_get_pid(const struct tcpmem_process *process)
{
	return process->pid;
}

uint64_t tcpmem_process_get_start_time(const struct tcpmem_process *process)
{
	return process->start_time;
}

const char *tcpmem_process_get_comm(const struct tcpmem_process *process)
{
	return process->comm;
}

/*
 * A recorder leaves out the limits of namespaces that count no socket: those
 * without a connection that do not listen are not counted.
 */
bool tm_snapshot_lacks_limit(const struct tcpmem_snapshot *snapshot,
			     size_t limit)
{
	for (size_t i = 0; i < snapshot->sockets.count; i++) {
		const struct tcpmem_socket *sock = &snapshot->sockets.sock[i];
		const struct tm_limits *limits =
			snapshot->netns[sock->netns].limits;

		if (sock->state != TCPMEM_STATE_CLOSED &&
		    sock->state != TCPMEM_STATE_BOUND_INACTIVE &&
		    (!limits ||
		     (limit != SIZE_MAX && !limits->limit[limit].known)))
			return true;
	}
	return false;
}

static const char *text_of(const struct tm_metadata *metadata, uint32_t number)
{
	return number == TM_METADATA_UNKNOWN
		       ? NULL
		       : tm_blobs_get(&metadata->texts, number);
}

void tm_process_details(const struct tm_metadata *metadata,
			const struct tm_process_metadata *place,
			struct tcpmem_process_details *details)
{
	*details = (struct tcpmem_process_details){
		.size = sizeof(*details),
		.cmdline = text_of(metadata, place->cmdline),
		.program = text_of(metadata, place->program),
		.cgroup = text_of(metadata, place->cgroup),
		.parent = place->parent == TM_METADATA_UNKNOWN ? TCPMEM_UNKNOWN
							       : place->parent,
		.rss = place->rss,
		.fds = place->fds,
		.fds_max = place->fds_max,
	};
}

int tcpmem_process_get_details(const struct tcpmem_snapshot *snapshot,
			       const struct tcpmem_process *process,
			       struct tcpmem_process_details *details)
{
	const struct tm_metadata *metadata = &snapshot->metadata;
	struct tm_process_metadata all = TM_PROCESS_METADATA_NONE;

	if (details->size < sizeof(*details))
		return -EINVAL;
	if (metadata->process_count)
		all = metadata->process[process -
					tm_holders_get_process(
						snapshot->holders, 0)];
	tm_process_details(metadata, &all, details);
	return 0;
}

int64_t tm_host_per_cpu(const struct tm_host *host, int64_t count, int64_t size)
{
	int64_t all;

	if (__builtin_mul_overflow(count, size, &all) ||
	    __builtin_mul_overflow(host->fact[TCPMEM_HOST_METRIC_CPUS], all,
				   &all) ||
	    all > TM_FACT_MAX)
		return TM_FACT_MAX;
	return all;
}

/*
 * Only the initial namespace has the sysctl. It is there since 6.9; from 6.0
 * on the kernel kept its default back, before that nothing.
 */
int64_t tm_snapshot_tolerance(const struct tcpmem_snapshot *snapshot)
{
	const struct tm_host *host = &snapshot->host;
	int64_t reserve = USUAL_RESERVE;

	if (host->known[TCPMEM_HOST_METRIC_PCPU_RESERVE])
		reserve = host->fact[TCPMEM_HOST_METRIC_PCPU_RESERVE];
	return tm_host_per_cpu(host, 1, reserve);
}

static void set_metric(struct tm_host *host, enum tcpmem_host_metric which,
		       int64_t value)
{
	host->known[which] = value != TCPMEM_UNKNOWN;
	host->fact[which] = host->known[which] ? value : 0;
}

/*
 * Of two that are as near, the caller's, and else the one with more; of those
 * without a limit that is known, the one with more.
 */
static bool is_nearer(const struct tm_netns *a, const struct tm_netns *b)
{
	bool limited = a->time_wait_max != TCPMEM_UNKNOWN;
	double left = limited ? (double)b->time_wait_max : 1;
	double right = limited ? (double)a->time_wait_max : 1;

	if (a->time_wait == TCPMEM_UNKNOWN || b->time_wait == TCPMEM_UNKNOWN)
		return b->time_wait == TCPMEM_UNKNOWN;
	if (limited != (b->time_wait_max != TCPMEM_UNKNOWN))
		return limited;
	left *= (double)a->time_wait;
	right *= (double)b->time_wait;
	if (left != right)
		return left > right;
	return a->own || (!b->own && a->time_wait > b->time_wait);
}

/* Only the writer's own: of another namespace it would be a wrong number. */
static void find_own(struct tcpmem_snapshot *snapshot)
{
	struct tm_host *host = &snapshot->host;

	for (size_t i = 0; i < snapshot->netns_count; i++)
		if (snapshot->netns[i].own)
			set_metric(host, TCPMEM_HOST_METRIC_TIME_WAIT_NETNS,
				   (int64_t)i);
	if (host->known[TCPMEM_HOST_METRIC_TIME_WAIT_NETNS])
		return;
	set_metric(host, TCPMEM_HOST_METRIC_TIME_WAIT, TCPMEM_UNKNOWN);
	set_metric(host, TCPMEM_HOST_METRIC_TIME_WAIT_MAX, TCPMEM_UNKNOWN);
}

void tm_snapshot_find_time_wait(struct tcpmem_snapshot *snapshot)
{
	struct tm_host *host = &snapshot->host;
	const struct tm_netns *netns = snapshot->netns;
	size_t worst = 0;
	int64_t all = 0;

	for (size_t i = 0; i < snapshot->netns_count; i++) {
		if (is_nearer(&netns[i], &netns[worst]))
			worst = i;
		if (all == TCPMEM_UNKNOWN ||
		    netns[i].time_wait == TCPMEM_UNKNOWN ||
		    __builtin_add_overflow(all, netns[i].time_wait, &all))
			all = TCPMEM_UNKNOWN;
	}
	set_metric(host, TCPMEM_HOST_METRIC_TIME_WAIT_NETNS, TCPMEM_UNKNOWN);
	set_metric(host, TCPMEM_HOST_METRIC_FIN_WAIT_2, TCPMEM_UNKNOWN);
	set_metric(host, TCPMEM_HOST_METRIC_TIME_WAIT_ALL,
		   snapshot->netns_count ? all : TCPMEM_UNKNOWN);
	if (!snapshot->netns_count ||
	    netns[worst].time_wait == TCPMEM_UNKNOWN) {
		find_own(snapshot);
		return;
	}
	set_metric(host, TCPMEM_HOST_METRIC_TIME_WAIT_NETNS, (int64_t)worst);
	set_metric(host, TCPMEM_HOST_METRIC_TIME_WAIT, netns[worst].time_wait);
	set_metric(host, TCPMEM_HOST_METRIC_TIME_WAIT_MAX,
		   netns[worst].time_wait_max);
	set_metric(host, TCPMEM_HOST_METRIC_FIN_WAIT_2,
		   netns[worst].fin_wait_2);
}

/* ---- what a question selected, against what was seen ---- */

#define SOCKETS	 TM_COVERAGE_SOCKETS
#define HOLDERS	 (TM_COVERAGE_HOLDERS | TM_COVERAGE_SHARES)
#define ANYTHING (SOCKETS | HOLDERS | TM_COVERAGE_COUNTERS)

/* Namespaces that were not asked for hide nothing that was. */
static const uint32_t hides[TCPMEM_WARNING_COUNT] = {
	[TCPMEM_WARNING_NETNS_SCOPE] = 0,
	[TCPMEM_WARNING_DUMP_INTERRUPTED] = SOCKETS,
	[TCPMEM_WARNING_COUNTERS_MISSING] = TM_COVERAGE_COUNTERS,
	[TCPMEM_WARNING_MPTCP_MISSING] = SOCKETS,
	[TCPMEM_WARNING_FDS_UNREADABLE] = HOLDERS,
	[TCPMEM_WARNING_PROC_HIDDEN] = HOLDERS,
	[TCPMEM_WARNING_MESSAGE_MALFORMED] = SOCKETS,
	[TCPMEM_WARNING_CAPTURE_SCOPE] = HOLDERS,
	[TCPMEM_WARNING_CAPTURE_DAMAGED] = ANYTHING | TM_COVERAGE_NETNS,
	[TCPMEM_WARNING_NETNS_DENIED] = SOCKETS | TM_COVERAGE_NETNS,
	[TCPMEM_WARNING_SOCKETS_UNSEEN] = SOCKETS | TM_COVERAGE_NETNS,
	[TCPMEM_WARNING_FILTER_UNDECIDED] = SOCKETS,
	[TCPMEM_WARNING_KTLS] = TM_COVERAGE_COUNTERS,
	[TCPMEM_WARNING_CGROUPS_UNREADABLE] = TM_COVERAGE_SHARES,
	[TCPMEM_WARNING_PROC_FOREIGN] = HOLDERS | TM_COVERAGE_NETNS,
	[TCPMEM_WARNING_SOCK_DIAG_CLOSED] = TM_COVERAGE_COUNTERS,
	[TCPMEM_WARNING_PROGRAMS_UNREADABLE] = TM_COVERAGE_SHARES,
	[TCPMEM_WARNING_PAST_UNKNOWN] = 0,
};

/* Processes that could not be read matter where a socket may be theirs. */
static bool all_have_holders(const struct tcpmem_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->sockets.count; i++) {
		uint8_t kind = snapshot->sockets.sock[i].kind;

		if (kind == TCPMEM_KIND_HIDDEN || kind == TCPMEM_KIND_UNKNOWN)
			return false;
	}
	return true;
}

const char *tm_coverage_missing(const struct tcpmem_snapshot *snapshot,
				uint32_t parts)
{
	const struct tm_warnings *warnings = &snapshot->warnings;

	if ((parts & TM_COVERAGE_HOLDERS) && all_have_holders(snapshot))
		parts &= ~(uint32_t)TM_COVERAGE_HOLDERS;
	for (size_t i = 0; i < warnings->count; i++) {
		enum tcpmem_warning_code code = warnings->warning[i].code;
		uint32_t hidden = hides[code];

		if (code == TCPMEM_WARNING_CAPTURE_SCOPE &&
		    snapshot->lacks_states)
			hidden |= SOCKETS;
		if (hidden & parts)
			return warnings->warning[i].text;
	}
	return NULL;
}

uint32_t tcpmem_snapshot_get_states(const struct tcpmem_snapshot *snapshot)
{
	uint32_t asked = snapshot->states;

	/* no query asks for none: a filter excludes what it asks for */
	if (!asked && !snapshot->selected)
		asked = TCPMEM_STATES_ALL;
	return asked & ~snapshot->lacks_states;
}

bool tcpmem_snapshot_is_complete(const struct tcpmem_snapshot *snapshot)
{
	return !tm_coverage_missing(snapshot, ANYTHING);
}

const char *tcpmem_snapshot_get_unseen(const struct tcpmem_snapshot *snapshot,
				       uint32_t needs)
{
	uint32_t parts = SOCKETS;

	if (needs & TCPMEM_NEED_HOLDERS)
		parts |= TM_COVERAGE_HOLDERS;
	if (needs & TCPMEM_NEED_INFO)
		parts |= TM_COVERAGE_COUNTERS;
	return tm_coverage_missing(snapshot, parts);
}
