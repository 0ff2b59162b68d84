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

void tcpmem_snapshot_free(struct tcpmem_snapshot *snapshot)
{
	if (!snapshot)
		return;
	for (size_t i = 0; i < snapshot->netns_count; i++) {
		free(snapshot->netns[i].name);
		free(snapshot->netns[i].facts.iface);
	}
	free(snapshot->netns);
	tm_socket_set_deinit(&snapshot->sockets);
	tm_holders_free(snapshot->holders);
	tm_metadata_deinit(&snapshot->metadata);
	free(snapshot->charges.charge);
	tm_listeners_free(snapshot->listeners);
	tm_warnings_clear(&snapshot->warnings);
	free(snapshot);
}

int64_t tcpmem_snapshot_get_time_ns(const struct tcpmem_snapshot *snapshot)
{
	return snapshot->clock.wall_ns;
}

int tcpmem_snapshot_get_boottime_ns(const struct tcpmem_snapshot *snapshot,
				    int64_t *ns)
{
	if (!snapshot->clock.boottime_ns)
		return -ENODATA;
	*ns = snapshot->clock.boottime_ns;
	return 0;
}

const char *tcpmem_snapshot_get_boot_id(const struct tcpmem_snapshot *snapshot)
{
	return snapshot->clock.boot_id;
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

size_t tcpmem_snapshot_get_netns_count(const struct tcpmem_snapshot *snapshot)
{
	return snapshot->netns_count;
}

const char *
tcpmem_snapshot_get_netns_name(const struct tcpmem_snapshot *snapshot,
			       size_t netns)
{
	assert(netns < snapshot->netns_count);
	return snapshot->netns[netns].name;
}

uint64_t tcpmem_snapshot_get_netns_inode(const struct tcpmem_snapshot *snapshot,
					 size_t netns)
{
	assert(netns < snapshot->netns_count);
	return snapshot->netns[netns].inode;
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

int tcpmem_snapshot_get_host_metric(const struct tcpmem_snapshot *snapshot,
				    enum tcpmem_host_metric fact,
				    int64_t *value)
{
	if ((size_t)fact >= TCPMEM_HOST_METRIC_COUNT ||
	    !snapshot->host.known[fact])
		return -ENODATA;
	*value = snapshot->host.fact[fact];
	return 0;
}

uint32_t
tcpmem_snapshot_get_object_bytes(const struct tcpmem_snapshot *snapshot,
				 enum tcpmem_object object)
{
	assert((size_t)object < TCPMEM_OBJECT_COUNT);
	return snapshot->objects.bytes[object];
}

enum tcpmem_object_source
tcpmem_snapshot_get_object_source(const struct tcpmem_snapshot *snapshot,
				  enum tcpmem_object object)
{
	assert((size_t)object < TCPMEM_OBJECT_COUNT);
	return snapshot->objects.source[object];
}

size_t tcpmem_snapshot_get_warning_count(const struct tcpmem_snapshot *snapshot)
{
	return snapshot->warnings.count;
}

enum tcpmem_warning_code
tcpmem_snapshot_get_warning_code(const struct tcpmem_snapshot *snapshot,
				 size_t index)
{
	assert(index < snapshot->warnings.count);
	return snapshot->warnings.warning[index].code;
}

const char *
tcpmem_snapshot_get_warning_text(const struct tcpmem_snapshot *snapshot,
				 size_t index)
{
	assert(index < snapshot->warnings.count);
	return snapshot->warnings.warning[index].text;
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
